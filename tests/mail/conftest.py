"""A practice that mails, and a post office that takes it."""

import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.mail.postoffice import PostOffice, listening
from tests.store.conftest import NOON, Rows, open_rows
from videocall.mail.compose import Letterhead
from videocall.mail.line import Smtp, Tls
from videocall.mail.mailer import Mailer
from videocall.render import Render
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.itip import Mailbox
from videocall.scheduling.letters import LetterRules
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import LetterState, Outbox, Unsent

START: Final = NOON + timedelta(days=3)
LINK: Final = "https://sessions.example.org/j#" + "eyJhbGciOiJIUzI1NiJ9." * 12
HEAD: Final = Letterhead(
    Mailbox("Willow House", "office@example.org"),
    "Willow House",
    "030 123 456",
    "Europe/Berlin",
    opens_before_min=15,
)


@dataclass
class Watch:
    """What the metrics would count."""

    letters: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    unsent: Unsent = field(default_factory=lambda: Unsent(0, 0))

    def letter(self, outcome: str) -> None:
        self.letters[outcome] += 1

    def letters_unsent(self, *, failed: int, late: int) -> None:
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

    def __post_init__(self) -> None:
        rows = self.rows
        self.appointments = Appointments(rows.database, Diary(rows.seal, LetterRules()))
        self.outbox = Outbox(rows.database, Diary(rows.seal, LetterRules()))

    def mailer(
        self,
        head: Letterhead = HEAD,
        tls: Tls = Tls.NONE,
        trust: ssl.SSLContext | None = None,
        username: str = "",
        password: str = "",
        timeout_s: float = 10.0,
        look_every_s: float = 5.0,
        nameless: str = "",
    ) -> Mailer:
        smtp = Smtp(
            "localhost", self.office.port, username, password, tls, "sessions.example.org",
            timeout_s, trust,
        )  # fmt: skip

        async def therapist(_id: str) -> str:
            return "Dr. O'Brien & Söhne"

        def link(appointment: Appointment) -> str:
            if appointment.id == nameless:
                raise ValueError(nameless)
            return f"{LINK}{appointment.link_generation}"

        return Mailer(
            self.outbox, smtp, head, render=self.render, therapist=therapist, link=link,
            now=lambda: self.now, observer=self.watch, look_every_s=look_every_s,
        )  # fmt: skip

    async def book(self, name: str = "Ada", start_at: datetime = START) -> Appointment:
        found = await self.rows.people.by_email("rivera@example.org")
        therapist = found[0] if found is not None else await self.rows.therapist()
        return await self.appointments.book(self.rows.book(therapist, start_at, name), self.now)

    async def states(self, appointment: Appointment) -> list[LetterState]:
        return [each.state for each in await self.outbox.of_appointment(appointment.id)]

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
