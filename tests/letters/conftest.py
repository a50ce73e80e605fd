"""A practice that mails, and a post office that takes it."""

import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import icalendar
import pytest

from tests.letters.postoffice import PostOffice, listening
from tests.store.conftest import NOON, Rows, open_rows
from videocall.access.people import Person
from videocall.ids import LinkId
from videocall.letters.carrier import Carrier, Written
from videocall.letters.letterhead import Letterhead, Links
from videocall.letters.mail import MailCarrier, Smtp, Tls
from videocall.letters.postman import Postman
from videocall.render import Render
from videocall.scheduling.appointment import Appointment, Kind
from videocall.scheduling.booked_series import BookedSeries, new_series_id, new_uid
from videocall.scheduling.itip import Mailbox
from videocall.scheduling.letters import LetterRules
from videocall.scheduling.series import Series
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import LetterState, Outbox, Unsent
from videocall.store.series import AllSeries, Whole

START: Final = NOON + timedelta(days=3)
LINK: Final = "https://sessions.example.org/j#" + "eyJhbGciOiJIUzI1NiJ9." * 12
SHORT: Final = "https://sessions.example.org/j#" + "x" * 22 + ".1."
PAGE: Final = "https://sessions.example.org/appointments/"
THERAPIST: Final = "Sam O'Rivera & Söhne"
OFFICE: Final = Mailbox("Willow House", "office@example.org")
HEAD: Final = Letterhead("Willow House", "030 123 456", "Europe/Berlin", "en-GB", 15)


@dataclass
class Watch:
    """What the metrics would count."""

    letters: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    unsent: Unsent = field(default_factory=lambda: Unsent(0, 0))

    def letter(self, channel: str, outcome: str) -> None:
        self.letters[outcome] += 1

    def letters_unsent(self, channel: str, *, failed: int, late: int) -> None:
        self.unsent = Unsent(failed, late)

    def failed(self, where: str) -> None:
        self.failures[where] += 1


@dataclass
class Post:
    """A practice that mails, its post office, and a clock that can be set."""

    rows: Rows
    office: PostOffice
    now: datetime = NOON
    watch: Watch = field(default_factory=Watch)
    render: Render = field(default_factory=Render)
    rules: LetterRules = field(default_factory=LetterRules)

    def __post_init__(self) -> None:
        diary = Diary(self.rows.seal, self.rules)
        self.appointments = Appointments(self.rows.database, diary)
        self.series = AllSeries(self.rows.database, diary)
        self.outbox = Outbox(self.rows.database, diary)

    def mailer(
        self,
        head: Letterhead = HEAD,
        sender: Mailbox = OFFICE,
        tls: Tls = Tls.NONE,
        trust: ssl.SSLContext | None = None,
        username: str = "",
        password: str = "",
        timeout_s: float = 10.0,
        look_every_s: float = 5.0,
        nameless: str = "",
    ) -> Postman[EmailMessage]:
        smtp = Smtp(
            "localhost", self.office.port, username, password, tls, "sessions.example.org",
            timeout_s, trust,
        )  # fmt: skip

        carrier = MailCarrier(smtp, sender, head, self.render)
        return self.postman(carrier, look_every_s, nameless)

    def postman(
        self, carrier: Carrier[Written], look_every_s: float = 5.0, nameless: str = ""
    ) -> Postman[Written]:
        """Return who sends the letters of a channel; those of `nameless` cannot be written."""

        def links(appointment: Appointment) -> Links:
            if appointment.id == nameless:
                raise ValueError(nameless)
            generation = appointment.link_generation
            return Links(f"{LINK}{generation}", f"{SHORT}{generation}", f"{PAGE}{appointment.id}")

        return Postman(
            self.outbox, carrier, therapist=self.rows.people.get, links=links,
            now=lambda: self.now, observer=self.watch, look_every_s=look_every_s,
        )  # fmt: skip

    async def therapist(self) -> Person:
        found = await self.rows.people.by_email("rivera@example.org")
        return found[0] if found is not None else await self.rows.therapist(name=THERAPIST)

    async def book(
        self, name: str = "Ada", start_at: datetime = START, **otherwise: Any
    ) -> Appointment:
        book = self.rows.book(await self.therapist(), start_at, name)
        return await self.appointments.book(replace(book, **otherwise), self.now)

    async def book_series(self, rule: Series, **otherwise: Any) -> Whole:
        therapist = await self.therapist()
        series = BookedSeries(
            new_series_id(), new_uid(), therapist.id, LinkId("s" * 22), "Ada Lovelace",
            "ada@example.org", None, "Europe/London", "", Kind.VIDEO, rule, 0, self.now, self.now,
        )  # fmt: skip
        return await self.series.book(replace(series, **otherwise), therapist.id, self.now)

    async def states(self, appointment: Appointment) -> list[LetterState]:
        return [each.state for each in await self.outbox.of_appointment(appointment.id)]

    async def arrived(self) -> list[EmailMessage]:
        """Send what is due; return what arrived since the last time."""
        before = len(self.office.arrived)
        await self.mailer().drain()
        return self.office.arrived[before:]

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.office.arrived]

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.office.arrived]


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    opened = open_rows(tmp_path / "videocall.db")
    yield opened
    opened.database.close()


@pytest.fixture
async def post(rows: Rows) -> AsyncIterator[Post]:
    async with listening(PostOffice()) as office:
        yield Post(rows, office)


def words(message: EmailMessage) -> str:
    """Return what a letter says, each paragraph one line."""
    body = message.get_body(("plain",))
    assert body is not None
    said: str = body.get_content()
    return said.replace("\r\n", "\n")


def entry(message: EmailMessage) -> tuple[str, list[Any]] | None:
    """Return the method and the events of the calendar entry in a letter."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar: Any = icalendar.Calendar.from_ical(part.get_content())
            assert part.get_param("method") == calendar["METHOD"]
            return str(calendar["METHOD"]), list(calendar.walk("VEVENT"))
    return None
