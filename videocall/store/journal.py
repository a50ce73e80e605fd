"""Who did what, when: written in the transaction of the deed, with ids alone."""

from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database as Tables

from videocall.store.instants import to_ms

SYSTEM = "system"
CLIENT = "client"


class Act(StrEnum):
    PERSON_ADDED = "person added"
    PASSWORD_SET = "password set"
    SIGNED_IN = "signed in"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    ENDED = "ended"
    NO_SHOW = "no-show"
    UNDONE = "undone"
    SERIES_BOOKED = "series booked"
    SERIES_MOVED = "series moved"
    SERIES_ENDED = "series ended"
    LINK_REISSUED = "link reissued"
    ADDRESS_PRIVACY_ON = "address privacy on"
    ADDRESS_PRIVACY_OFF = "address privacy off"
    ADMITTED = "admitted"
    DECLINED = "declined"
    FEED_MADE = "calendar address made"
    FEED_STOPPED = "calendar address stopped"
    CALENDAR_ADDED = "other calendar added"
    CALENDAR_REMOVED = "other calendar removed"
    HOURS_SET = "hours set"
    INTEGRATION_ADDED = "integration added"
    INTEGRATION_REMOVED = "integration removed"
    HOOK_ADDED = "webhook added"
    HOOK_REMOVED = "webhook removed"
    HOOK_STOPPED = "webhook stopped"
    HOOK_STARTED = "webhook started again"
    PURGED = "purged"


def privacy_act(on: bool) -> Act:
    """Return the act of switching address privacy on, or off."""
    return Act.ADDRESS_PRIVACY_ON if on else Act.ADDRESS_PRIVACY_OFF


def enter(tables: Tables, at: datetime, actor: str, act: Act, subject: str) -> None:
    """Write one line; `actor` and `subject` are ids."""
    tables.execute(
        "INSERT INTO journal (at, actor, act, subject) VALUES (?, ?, ?, ?)",
        [to_ms(at), actor, act, subject],
    )
