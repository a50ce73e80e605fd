"""What a practice puts on every letter, and what the words of one are made from.

The words are made when a letter is sent, from today's rows. The client's name is in none of them:
it is the therapist's own note. The reason a client gives is not either: their therapist reads it
after signing in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from videocall.access.people import Person
from videocall.scheduling.appointment import Appointment, Party
from videocall.scheduling.booked_series import left_out, still_to_come
from videocall.scheduling.letters import LetterKind
from videocall.scheduling.news import news
from videocall.store.outbox import Claimed
from videocall.store.series import Whole

DATES_MAX: Final = 12
"""How many dates of a series a letter lists."""
_GIVES_REASON: Final = frozenset({LetterKind.MOVED, LetterKind.CANCELLED, LetterKind.DECLINED})
_WITHOUT_LINK: Final = frozenset(
    {LetterKind.CANCELLED, LetterKind.DECLINED, LetterKind.SERIES_ENDED}
)

Render = Callable[[str, str, Mapping[str, object]], str]
"""A template, accepted languages and values, to a text."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters of a practice have in common.

    `zone` and `language` are for whom none is known. `discreet`: what a locked screen shows of a
    letter tells nothing.
    """

    practice: str
    contact: str
    zone: str
    language: str
    opens_before_min: int
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    """Where a letter may lead: the client's session link, a short one, the therapist's page."""

    session: str
    short: str
    page: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A letter to be written `now`: what it is about, and whose appointment that is."""

    claimed: Claimed
    therapist: Person | None
    links: Links
    now: datetime

    @property
    def kind(self) -> LetterKind:
        return self.claimed.letter.kind

    @property
    def to(self) -> str:
        """Return whom it goes to; news go to the therapist's own address, as it is today."""
        if self.kind is LetterKind.NEWS:
            return self.therapist.email if self.therapist is not None else ""
        return self.claimed.to

    @property
    def link(self) -> str:
        if self.kind is LetterKind.NEWS:
            return self.links.page
        return "" if self.kind in _WITHOUT_LINK else self.links.session


def language(matter: Matter, head: Letterhead) -> str:
    """Return the language of who reads it, as an Accept-Language would."""
    if matter.kind is LetterKind.NEWS:
        return head.language
    return matter.claimed.appointment.client_language or head.language


def words(matter: Matter, head: Letterhead) -> dict[str, object]:
    """Return the values that the templates of a letter are filled with."""
    appointment, person = matter.claimed.appointment, matter.therapist
    is_news = matter.kind is LetterKind.NEWS
    by_client = appointment.changed_by is Party.CLIENT
    told = matter.kind in _GIVES_REASON and not by_client
    known_zone = person.zone if is_news and person is not None else appointment.client_zone
    zone = known_zone or head.zone
    return {
        "kind": matter.kind.value,
        "head": head,
        "appointment": appointment,
        "therapist": person.name if person is not None else head.practice,
        "link": matter.link,
        "zone": zone,
        "other_clock": _offset(appointment, zone) != _offset(appointment, head.zone),
        "by_client": by_client,
        "reason": appointment.reason if told else "",
        "news": news(appointment).value,
        **_series_words(matter.claimed.series, matter.now),
    }


def _series_words(whole: Whole | None, now: datetime) -> dict[str, object]:
    """Return what letters about a series say; `undone`: it was made by a change taken back."""
    members = [] if whole is None else whole.members
    ahead = still_to_come(members, now)
    without = [] if whole is None else left_out(whole.series, members, now)
    return {
        "series": None if whole is None else whole.series,
        "undone": not members,
        "ahead": ahead[:DATES_MAX],
        "more": max(len(ahead) - DATES_MAX, 0),
        "left_out": without[:DATES_MAX],
        "left_out_more": max(len(without) - DATES_MAX, 0),
    }


def _offset(appointment: Appointment, zone: str) -> timedelta | None:
    return appointment.start_at.astimezone(ZoneInfo(zone)).utcoffset()
