"""Webhooks: where other programs want to be told, and what they are told.

A message is a row, written in the transaction of the change it tells of. It names nobody: who
wants to know more asks the API. Address and signing secret are sealed.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Conflict, NotFound
from videocall.ids import (
    AppointmentId,
    DeliveryId,
    HookId,
    IntegrationId,
    PersonId,
    SeriesId,
    VisitId,
)
from videocall.scheduling.appointment import Appointment, Kind, State
from videocall.scheduling.events import EventType
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import SYSTEM, Act, enter
from videocall.store.sealing import Seal

HOOKS_MAX: Final = 10
ARRIVALS_MAX: Final = 50
"""Of how many visits one appointment's arrivals are told: whoever has a link can make visits."""
SECRET_PREFIX: Final = "whsec_"
HOOK_COLUMNS: Final = (
    "hooks.id, hooks.integration, hooks.sealed, hooks.failing_since, hooks.stopped"
)
_SECRET_BYTES: Final = 32


class Stopped(StrEnum):
    """Why a webhook is sent nothing any more. GONE: it answered 410."""

    GONE = "gone"
    FAILING = "failing"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The appointment of a message: no name, no address, no link."""

    id: AppointmentId
    therapist: PersonId
    start_at: datetime
    end_at: datetime
    kind: Kind
    state: State
    sequence: int
    series: SeriesId | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a webhook (Standard Webhooks 1.0.0)."""

    type: EventType
    timestamp: datetime
    data: Told


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook; `private` where its address may be one of the local network."""

    id: HookId
    integration: IntegrationId
    url: str
    secret: str
    private: bool
    failing_since: datetime | None = None
    stopped: Stopped | None = None


class _Sealed(msgspec.Struct, frozen=True):
    url: str
    secret: str
    private: bool


class Hooks:
    """The webhooks of the practice."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(
        self, integration: IntegrationId, url: str, now: datetime, *, private: bool
    ) -> Hook:
        """Add one with a secret of its own. Raises Conflict where there are enough."""
        key = base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        id = HookId(secrets.token_hex(6))
        made = Hook(id, integration, url, SECRET_PREFIX + key, private)
        sealed = self._seal.close(_Sealed(url, made.secret, private), _place(id))

        def work(tables: Tables) -> None:
            sql = "SELECT count(*) FROM hooks WHERE integration = ?"
            if tables.execute(sql, [integration]).fetchone()[0] >= HOOKS_MAX:
                raise Conflict("An integration has at most %(most)s webhooks.", most=HOOKS_MAX)
            tables.execute(
                "INSERT INTO hooks (id, integration, sealed, created_at) VALUES (?, ?, ?, ?)",
                [id, integration, sealed, to_ms(now)],
            )
            enter(tables, now, SYSTEM, Act.HOOK_ADDED, id)

        await self._database.write(work)
        return made

    async def of(self, integration: IntegrationId) -> list[Hook]:
        """Return the webhooks of an integration, the oldest first."""

        def work(tables: Tables) -> list[Hook]:
            rows = tables.execute(
                f"SELECT {HOOK_COLUMNS} FROM hooks WHERE integration = ?"
                " ORDER BY hooks.created_at, hooks.rowid",
                [integration],
            )
            return [read_hook(self._seal, row) for row in rows.fetchall()]

        return await self._database.read(work)

    async def get(self, hook: HookId) -> Hook | None:
        def work(tables: Tables) -> Hook | None:
            sql = f"SELECT {HOOK_COLUMNS} FROM hooks WHERE id = ?"
            row = tables.execute(sql, [hook]).fetchone()
            return None if row is None else read_hook(self._seal, row)

        return await self._database.read(work)

    async def remove(self, hook: HookId, now: datetime) -> None:
        """Remove one, with all that waits for it. Raises NotFound."""

        def work(tables: Tables) -> None:
            if not tables.execute("DELETE FROM hooks WHERE id = ?", [hook]).rowcount:
                raise NotFound("There is no such webhook.")
            enter(tables, now, SYSTEM, Act.HOOK_REMOVED, hook)

        await self._database.write(work)

    async def start_again(self, hook: HookId, now: datetime) -> None:
        """Send to a webhook again that was stopped, or forget that it failed."""

        def work(tables: Tables) -> None:
            sql = "UPDATE hooks SET failing_since = NULL, stopped = NULL WHERE id = ?"
            was = tables.execute("SELECT stopped FROM hooks WHERE id = ?", [hook]).fetchone()
            tables.execute(sql, [hook])
            if was is not None and was[0] is not None:
                enter(tables, now, SYSTEM, Act.HOOK_STARTED, hook)

        await self._database.write(work)

    async def arrived(self, appointment: Appointment, visit: VisitId, now: datetime) -> None:
        """Tell that a client came to the waiting room: once for each visit, however often."""

        def work(tables: Tables) -> None:
            sql = "SELECT count(DISTINCT id) FROM deliveries WHERE appointment = ? AND type = ?"
            asked = [appointment.id, EventType.ARRIVED]
            if tables.execute(sql, asked).fetchone()[0] < ARRIVALS_MAX:
                announce(tables, EventType.ARRIVED, appointment, now, visit)

        if await self._database.read(lambda tables: bool(_listening(tables, appointment))):
            await self._database.write(work)


def announce(
    tables: Tables,
    type: EventType,
    appointment: Appointment,
    now: datetime,
    visit: VisitId | None = None,
) -> None:
    """Write a message for each webhook that may hear of this therapist, to be sent soon.

    One about a visit has an id made from it: it is written once.
    """
    hooks = _listening(tables, appointment)
    if not hooks:
        return
    message = Message(type=type, timestamp=now, data=told(appointment))
    body = msgspec.json.encode(message).decode()
    for hook in hooks:
        tables.execute(
            "INSERT OR IGNORE INTO deliveries"
            " (id, hook, appointment, type, body, made_at, next_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')",
            [_id(hook, type, visit), hook, appointment.id, type, body, to_ms(now), to_ms(now)],
        )


def told(appointment: Appointment) -> Told:
    """Return what a message says of an appointment."""
    return Told(
        id=appointment.id,
        therapist=appointment.therapist,
        start_at=appointment.start_at,
        end_at=appointment.end_at,
        kind=appointment.kind,
        state=appointment.state,
        sequence=appointment.sequence,
        series=appointment.series,
    )


def read_hook(seal: Seal, row: tuple[Any, ...]) -> Hook:
    """Return the webhook of a row of HOOK_COLUMNS."""
    id, integration, sealed, failing_since, stopped = row
    opened = seal.open(sealed, _place(id), _Sealed)
    return Hook(
        id=HookId(id),
        integration=IntegrationId(integration),
        url=opened.url,
        secret=opened.secret,
        private=opened.private,
        failing_since=None if failing_since is None else from_ms(failing_since),
        stopped=None if stopped is None else Stopped(stopped),
    )


def _place(hook: str) -> str:
    return f"hooks {hook}"


def _listening(tables: Tables, appointment: Appointment) -> list[HookId]:
    rows = tables.execute(
        "SELECT hooks.id FROM hooks JOIN integrations ON integrations.id = hooks.integration"
        " WHERE stopped IS NULL AND (therapist IS NULL OR therapist = ?)",
        [appointment.therapist],
    )
    return [HookId(id) for (id,) in rows.fetchall()]


def _id(hook: HookId, type: EventType, visit: VisitId | None) -> DeliveryId:
    if visit is None:
        return DeliveryId(f"msg_{secrets.token_hex(16)}")
    return DeliveryId(f"msg_{hashlib.sha256(f'{hook} {type} {visit}'.encode()).hexdigest()[:32]}")
