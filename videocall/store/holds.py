"""Times that are kept while a form is filled."""

from datetime import datetime

from sqlite_utils import Database as Tables

from videocall.store.instants import to_ms


def drop_expired_holds(tables: Tables, now: datetime) -> None:
    """Let go of times that were kept for a form nobody sent."""
    tables.execute("DELETE FROM holds WHERE expires_at <= ?", [to_ms(now)])
