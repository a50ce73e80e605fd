"""Examples for the page `/api`, made of the types themselves; tests send and verify them."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from standardwebhooks.webhooks import Webhook

from videocall.ids import AppointmentId, DeliveryId, PersonId
from videocall.scheduling.appointment import Kind, Party, State
from videocall.scheduling.events import EventType
from videocall.store.hooks import SECRET_PREFIX, Message, Told
from videocall.web.api import wire
from videocall.web.api.problems import Fault, Problem

THERAPIST: Final = "f3Jq0mXKx2d1b7QeYb0VZw"
ID: Final = "u0r5Gm2rQ1K4m1c8H2m4Gw"
KEY: Final = "8e03978e-40d5-43dd-bc93-6894a57f9324"
SECRET: Final = SECRET_PREFIX + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_MADE_AT: Final = datetime(2027, 3, 1, 8, 30, tzinfo=UTC)
_START_AT: Final = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
_END_AT: Final = datetime(2027, 3, 8, 9, 50, tzinfo=UTC)
_CLIENT: Final = wire.Client(name="Blue Heron", email="heron@example.org", zone="Europe/London")

NEW: Final = wire.NewAppointment(
    therapist=THERAPIST, start_at=_START_AT, minutes=50, client=_CLIENT, kind=Kind.VIDEO
)


def made(public_url: str) -> wire.Appointment:
    """Return what NEW is answered with."""
    return wire.Appointment(
        id=ID,
        therapist=THERAPIST,
        client=_CLIENT,
        start_at=_START_AT,
        end_at=_END_AT,
        minutes=50,
        kind=Kind.VIDEO,
        state=State.BOOKED,
        sequence=0,
        series=None,
        original=None,
        link=f"{public_url}/j#eyJhbGciOiJIUzI1NiIsInR5cCI6...",
        created_at=_MADE_AT,
        changed_at=_MADE_AT,
        changed_by=Party.THERAPIST,
        reason="",
        late=False,
        moved_from=None,
        moved_at=None,
        cancelled_at=None,
        ended_at=None,
        address_privacy=False,
    )


def refused(public_url: str) -> Problem:
    """Return what NEW with 4 minutes is answered with."""
    return Problem(
        type=f"{public_url}/api#invalid",
        title="invalid",
        status=422,
        detail="A value cannot be used.",
        code="invalid",
        errors=[Fault(detail="Expected `int` >= 5", pointer="/minutes")],
    )


MESSAGE_ID: Final = DeliveryId("msg_1f8a0c5d9b7e4a3f8c2d6e5b4a3f2c1d")
_MESSAGE: Final = Message(
    type=EventType.BOOKED,
    timestamp=_MADE_AT,
    data=Told(
        id=AppointmentId(ID),
        therapist=PersonId(THERAPIST),
        start_at=_START_AT,
        end_at=_END_AT,
        kind=Kind.VIDEO,
        state=State.BOOKED,
        sequence=0,
        series=None,
    ),
)
MESSAGE_BODY: Final = msgspec.json.encode(_MESSAGE).decode()
MESSAGE_HEADERS: Final = {
    "webhook-id": MESSAGE_ID,
    "webhook-timestamp": str(int(_MADE_AT.timestamp())),
    "webhook-signature": Webhook(SECRET).sign(MESSAGE_ID, _MADE_AT, MESSAGE_BODY),
}


def pretty(value: Any) -> str:
    """Return JSON as a person reads it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
