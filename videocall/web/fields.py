"""The fields of an appointment as a form holds them, and what is wrong with each."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from videocall.access.people import clean_email, clean_name, clean_note, clean_phone
from videocall.errors import Invalid
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import Book, Kind, Move
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import instant, zone
from videocall.web.posted import Posted

NAMES: Final = (
    "name", "email", "phone", "start", "minutes", "kind", "zone", "language", "reason",
    "address_privacy",
)  # fmt: skip
_ID_BYTES: Final = 16
_DIGITS_MAX: Final = 5
_YEARS: Final = range(2000, 2200)
_T = TypeVar("_T")


class Fields:
    """Reads a posted form field by field: `values` as typed, `wrong` a word for each that fails.

    Wall times are read in `here`, the therapist's zone; without one there are instants alone.
    """

    def __init__(self, posted: Posted, here: str | None) -> None:
        self.values = {name: posted.text(name) for name in NAMES}
        self.wrong: dict[str, str] = {}
        self._here = here

    def book(self, therapist: PersonId) -> Book | None:
        """Return the appointment to make, or None when something is wrong."""
        name = self._read("name", clean_name)
        email = self._read("email", clean_email) if self.values["email"] else None
        phone = self._read("phone", clean_phone) if self.values["phone"] else None
        reason = self._read("reason", clean_note)
        client_zone = self._read("zone", lambda text: zone(text).key)
        kind = self._read("kind", _kind)
        move = self.move()
        if self.wrong or name is None or kind is None or move is None or reason is None:
            return None
        return Book(
            id=AppointmentId(secrets.token_urlsafe(_ID_BYTES)),
            uid=secrets.token_hex(_ID_BYTES),
            therapist=therapist,
            client_name=name,
            client_email=email,
            client_zone=client_zone,
            start_at=move.start_at,
            minutes=move.minutes,
            kind=kind,
            client_phone=phone,
            reason=reason,
            client_language=self.values["language"],
            address_privacy=self.values["address_privacy"] == "yes",
        )

    def move(self) -> Move | None:
        """Return the time chosen, or None when something is wrong with it."""
        start_at = self.start()
        minutes = self._read("minutes", _minutes)
        if start_at is None or minutes is None:
            return None
        return Move(start_at, minutes, reason=self.values["reason"])

    def start(self) -> datetime | None:
        """Return when it is to begin, or None when something is wrong with that."""
        return self._read("start", self._start)

    def _start(self, text: str) -> datetime:
        return _instant(text) if self._here is None else start(text, self._here)

    def complain(self, error: Invalid) -> None:
        """Put what `decide` found beside the field it names."""
        self.wrong[error.code if error.code in NAMES else "start"] = error.said

    def _read(self, name: str, parse: Callable[[str], _T]) -> _T | None:
        try:
            return parse(self.values[name])
        except Invalid as error:
            self.wrong[name] = error.said
            return None


def start(text: str, here: str) -> datetime:
    """Return the instant of a wall time in the zone `here`, or one of our own buttons'.

    Raises Invalid. An instant also tells the two comings of an hour apart.
    """
    return _instant(text) if text.endswith("Z") else instant(text, here)


def span(move: Move) -> Timespan:
    return Timespan(move.start_at, move.start_at + timedelta(minutes=move.minutes))


def _instant(text: str) -> datetime:
    """Return the instant of a button, such as 2026-11-21T14:30:00Z."""
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("Please choose a time.", code="start") from error
    if at.year not in _YEARS:
        raise Invalid("This date is out of reach.", code="start")
    return at


def _minutes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        raise Invalid("Please give the minutes as a number.")
    return int(text)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise Invalid("Please choose how you meet.") from error
