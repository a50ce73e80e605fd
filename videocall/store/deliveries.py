"""Messages on their way to webhooks: claimed one by one, tried again, given up.

A message is claimed in a transaction, for one process alone. A process that dies with one leaves it
in doubt; it is claimed again after CLAIM_HOLDS, under the same id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.ids import DeliveryId, HookId
from videocall.store.database import Database
from videocall.store.hooks import HOOK_COLUMNS, Hook, Stopped, read_hook
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import SYSTEM, Act, enter
from videocall.store.sealing import Seal

CLAIM_HOLDS: Final = timedelta(minutes=2)
TRIED_FOR: Final = timedelta(days=2)
MESSAGES_KEPT: Final = timedelta(days=7)
"""How long a message is kept, sent or not, so that an arrival is not told twice."""
STOPPED_AFTER: Final = timedelta(days=1, hours=23)
"""How long a webhook may take nothing: a little less than a message is tried for, so that it stops
with the first one that is given up."""
_NEXT: Final = (
    f"SELECT deliveries.id, body, made_at, attempts, {HOOK_COLUMNS}"
    " FROM deliveries JOIN hooks ON hooks.id = deliveries.hook"
    " WHERE deliveries.state IN ('waiting', 'claimed') AND next_at <= :now"
    " AND hook NOT IN (SELECT value FROM json_each(:busy)) ORDER BY next_at LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to send now: exactly these bytes."""

    id: DeliveryId
    hook: Hook
    body: str
    made_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class HookHealth:
    """How many webhooks fail now, and how many were stopped."""

    failing: int
    stopped: int


class Deliveries:
    """All messages of the practice."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def claim(self, now: datetime, busy: Iterable[HookId] = ()) -> Claimed | None:
        """Return the message that is due the longest, but for those to webhooks in `busy`."""
        asked = {"now": to_ms(now), "busy": msgspec.json.encode(sorted(busy)).decode()}

        def due(tables: Tables) -> tuple[Any, ...] | None:
            row: tuple[Any, ...] | None = tables.execute(_NEXT, asked).fetchone()
            return row

        def work(tables: Tables) -> Claimed | None:
            row = due(tables)
            if row is None:
                return None
            id, body, made_at, attempts, *hook = row
            tables.execute(
                "UPDATE deliveries SET state = 'claimed', attempts = attempts + 1, next_at = ?"
                " WHERE id = ?",
                [to_ms(now + CLAIM_HOLDS), id],
            )
            to = read_hook(self._seal, tuple(hook))
            return Claimed(DeliveryId(id), to, body, from_ms(made_at), attempts + 1)

        if await self._database.read(due) is None:
            return None
        return await self._database.write(work)

    async def taken(self, claimed: Claimed, code: int) -> None:
        """Note that a webhook has taken a message."""

        def work(tables: Tables) -> None:
            tables.execute(
                "UPDATE deliveries SET state = 'sent', code = ? WHERE id = ?", [code, claimed.id]
            )
            tables.execute("UPDATE hooks SET failing_since = NULL WHERE id = ?", [claimed.hook.id])

        await self._database.write(work)

    async def later(
        self, claimed: Claimed, now: datetime, again_at: datetime, code: int | None
    ) -> bool:
        """Put a message back, or give it up after two days; tell whether the webhook is stopped.

        It is, where it took nothing for as long.
        """
        last_at = claimed.made_at + TRIED_FOR

        def work(tables: Tables) -> bool:
            tables.execute(
                "UPDATE deliveries SET state = ?, next_at = ?, code = ?"
                " WHERE id = ? AND state = 'claimed'",
                [
                    "waiting" if now < last_at else "failed",
                    to_ms(min(again_at, last_at)),
                    code,
                    claimed.id,
                ],
            )
            tables.execute(
                "UPDATE hooks SET failing_since = coalesce(failing_since, ?) WHERE id = ?",
                [to_ms(now), claimed.hook.id],
            )
            sql = "SELECT 1 FROM hooks WHERE id = ? AND failing_since <= ?"
            asked = [claimed.hook.id, to_ms(now - STOPPED_AFTER)]
            if tables.execute(sql, asked).fetchone() is None:
                return False
            return _stop(tables, claimed.hook.id, Stopped.FAILING, now)

        return await self._database.write(work)

    async def gone(self, claimed: Claimed, now: datetime, code: int) -> None:
        """Stop a webhook that says it is gone for good."""

        def work(tables: Tables) -> None:
            tables.execute("UPDATE deliveries SET code = ? WHERE id = ?", [code, claimed.id])
            _stop(tables, claimed.hook.id, Stopped.GONE, now)

        await self._database.write(work)

    async def health(self) -> HookHealth:
        """Count the webhooks that somebody should know of."""

        def work(tables: Tables) -> HookHealth:
            row = tables.execute(
                "SELECT count(*) FILTER (WHERE stopped IS NULL AND failing_since IS NOT NULL),"
                " count(*) FILTER (WHERE stopped IS NOT NULL) FROM hooks"
            ).fetchone()
            return HookHealth(*row)

        return await self._database.read(work)


def _stop(tables: Tables, hook: HookId, why: Stopped, now: datetime) -> bool:
    sql = "UPDATE hooks SET stopped = ? WHERE id = ? AND stopped IS NULL"
    stopped = tables.execute(sql, [why, hook]).rowcount == 1
    if stopped:
        tables.execute(
            "UPDATE deliveries SET state = 'failed' WHERE hook = ? AND state != 'sent'", [hook]
        )
        enter(tables, now, SYSTEM, Act.HOOK_STOPPED, hook)
    return stopped
