"""One request of a program: who asks, what is within its reach, and what is answered.

What is outside its reach is answered like what was never there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct
from sqlite_utils import Database as Tables

from videocall.access.people import Person, Role
from videocall.errors import Invalid, NotFound
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import Appointment
from videocall.store.answers import Answer, Asked, keep, recall
from videocall.store.integrations import Integration
from videocall.web.api.problems import Stale
from videocall.web.keys import APPOINTMENTS, PEOPLE, SEAL

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What is answered; None for no content."""

    value: T
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Answer:
        """Return the very bytes; the `ETag` is theirs."""
        if self.value is None:
            return Answer(204, b"", dict(self.headers))
        body = msgspec.json.encode(self.value)
        return Answer(self.status, body, {"ETag": f'"{etag(body)}"', **self.headers})


@dataclass(frozen=True, slots=True)
class Call:
    """A request at `now`, under a key where it has one."""

    request: web.Request
    integration: Integration
    now: datetime
    asked: Asked | None

    @property
    def app(self) -> web.Application:
        return self.request.app

    @property
    def appointment_id(self) -> AppointmentId:
        return AppointmentId(self.request.match_info["id"])

    async def therapist(self) -> Person:
        """Return the therapist of this address. Raises NotFound."""
        person = await self.app[PEOPLE].get(PersonId(self.request.match_info["therapist"]))
        if person is None or not self.sees(person):
            raise NotFound("There is no such therapist.")
        return person

    async def therapist_of(self, id: str) -> Person:
        """Return the therapist that a body names. Raises Invalid."""
        person = await self.app[PEOPLE].get(PersonId(id))
        if person is None or not self.sees(person):
            raise Invalid("There is no such therapist.", code="therapist")
        return person

    async def appointment(self) -> Appointment:
        """Return the appointment of this address. Raises NotFound."""
        found = await self.app[APPOINTMENTS].get(self.appointment_id)
        return self.within_reach(found)

    def sees(self, person: Person) -> bool:
        return person.role is Role.THERAPIST and self.integration.may_see(person.id)

    def within_reach(self, appointment: Appointment | None) -> Appointment:
        """Return what may be seen. Raises NotFound."""
        if appointment is None or not self.integration.may_see(appointment.therapist):
            raise NotFound("There is no such appointment.")
        return appointment

    def recall(self, tables: Tables) -> None:
        """Raise Repeated inside a transaction, where this was asked before."""
        if self.asked is not None:
            recall(tables, self.app[SEAL], self.asked, self.now)

    def keep(self, tables: Tables, reply: Reply[T]) -> None:
        """Keep a reply inside the transaction of its change."""
        if self.asked is not None:
            keep(tables, self.app[SEAL], self.asked, reply.answer(), self.now)

    def require_match(self, shown: Struct) -> None:
        """Raise Stale unless `If-Match` is absent or names what there is (RFC 9110 13.1.1)."""
        wanted = self.request.if_match
        if wanted is None:
            return
        current = etag(msgspec.json.encode(shown))
        if not any(each.value in ("*", current) and not each.is_weak for each in wanted):
            raise Stale("This is not as it was. Please get it again.")


def etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:24]
