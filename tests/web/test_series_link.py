"""One link for a whole series: whatever becomes of it, it leads to the right one of them."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tests.web.conftest import NOON, Practice, Visitor
from videocall.access.people import Person
from videocall.access.tokens import Visit
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Book, Cancel, End, Kind, Move, ReissueLink
from videocall.scheduling.booked_series import Whole, new_series
from videocall.scheduling.course import Course
from videocall.scheduling.series import Series
from videocall.web import keys

WEEK: Final = timedelta(weeks=1)
MINUTE: Final = timedelta(minutes=1)
TEN: Final = datetime.fromisoformat("2026-11-23T10:00")
BERLIN: Final = ZoneInfo("Europe/Berlin")


class OneLink:
    """A series of three, and the link that was sent when it was made."""

    def __init__(self, practice: Practice, therapist: Person, whole: Whole) -> None:
        self.practice = practice
        self.therapist = therapist
        self.whole = whole
        self.members = list(whole.members)
        self.token = practice.link_token(whole.members[0])

    async def leads_to(self, visitor: Visitor | None = None) -> tuple[int, str]:
        """Open the link; return which of the three it leads to, from 1, and how its door is."""
        visitor = visitor or await self.practice.visitor()
        answer = await visitor.post_json("/j", {"token": self.token})
        assert answer.status == 200, await answer.text()
        page = (await answer.json())["to"]
        door = await (await visitor.get(f"{page}/door")).json()
        ids = [each.id for each in self.members]
        return ids.index(AppointmentId(page.rpartition("/")[2])) + 1, door["door"]

    def visit(self, visitor: Visitor) -> Visit:
        """Return who a browser with one visit cookie is to us."""
        (cookie,) = visitor.cookies.values()
        return self.practice.keyring.read_visit(cookie, self.practice.now)

    def when(self, number: int, minutes: int) -> None:
        """Set the clock to so many minutes after the start of one of them."""
        self.practice.now = self.members[number - 1].start_at + minutes * MINUTE

    async def change(self, number: int, command: Move | Cancel | End | ReissueLink) -> None:
        await self.practice.appointments.change(
            self.members[number - 1].id, command, self.therapist.id, self.practice.now
        )

    async def course(self) -> Course:
        return await self.practice.app[keys.SERIES].course(self.whole.series.id)


async def a_series(practice: Practice, email: str = "anna@example.org", name: str = "A") -> OneLink:
    therapist = await practice.add(email=email)
    rule = Series(TEN, "Europe/Berlin", 50, count=3)
    first = Book(
        AppointmentId("any"), "any", therapist.id, name, None, None,
        rule.usual(TEN).start_at, 50, Kind.VIDEO,
    )  # fmt: skip
    series = new_series(first, rule, NOON)
    whole = await practice.app[keys.SERIES].book(series, therapist.id, NOON)
    return OneLink(practice, therapist, whole)


@pytest.fixture
async def one(practice: Practice) -> OneLink:
    return await a_series(practice)


@pytest.mark.parametrize(
    ("number", "minutes", "leads_to"),
    [
        (1, -24 * 60, (1, "early")),
        (1, -16, (1, "early")),
        (1, -15, (1, "open")),
        (1, 0, (1, "open")),
        (1, 49, (1, "open")),
        (1, 79, (1, "open")),
        (1, 80, (2, "early")),
        (2, -3 * 24 * 60, (2, "early")),
        (2, 25, (2, "open")),
        (3, -60, (3, "early")),
        (3, 10, (3, "open")),
        (3, 80, (3, "over")),
        (3, 60 * 24 * 60, (3, "over")),
    ],
)
async def test_the_link_leads_to_the_one_going_on_or_else_to_the_next(
    one: OneLink, number: int, minutes: int, leads_to: tuple[int, str]
) -> None:
    one.when(number, minutes)
    assert await one.leads_to() == leads_to


async def test_the_same_browser_goes_on_from_one_to_the_next(one: OneLink) -> None:
    visitor = await one.practice.visitor()
    for number in (1, 2, 3):
        one.when(number, -5)
        assert await one.leads_to(visitor) == (number, "open")


async def test_after_one_is_skipped_the_link_leads_to_the_next(one: OneLink) -> None:
    await one.change(1, Cancel())
    assert await one.leads_to() == (2, "early")
    one.when(1, 10)
    assert await one.leads_to() == (2, "early")
    await one.change(2, Cancel())
    await one.change(3, Cancel())
    # Where nothing comes, the last of them tells what happened.
    assert await one.leads_to() == (3, "cancelled")


async def test_after_one_was_ended_early_the_link_leads_to_the_next(one: OneLink) -> None:
    one.when(1, 30)
    await one.change(1, End())
    assert await one.leads_to() == (2, "early")


async def test_one_that_was_moved_before_another_comes_first(one: OneLink) -> None:
    await one.change(3, Move(one.members[0].start_at - timedelta(days=1), 50))
    assert await one.leads_to() == (3, "moved")


async def test_two_in_a_row_are_not_confused(one: OneLink) -> None:
    """The door of the first is still open for latecomers when the second begins."""
    await one.change(2, Move(one.members[0].end_at + 10 * MINUTE, 50))
    one.when(1, 55)
    assert await one.leads_to() == (1, "open")
    one.when(1, 60)
    assert await one.leads_to() == (2, "open")


async def test_after_all_from_one_on_are_moved_the_same_link_works(one: OneLink) -> None:
    course = await one.course()
    series, original = one.whole.series.id, TEN + WEEK
    to = datetime.fromisoformat("2026-12-01T16:00")
    after = course.rule_from(series, original, to, 50, NOON)
    moved = await one.practice.app[keys.SERIES].move(
        series, original, after, one.therapist.id, NOON
    )
    assert moved.whole.series.id != series
    one.when(1, 90)
    assert await one.leads_to() == (2, "moved")
    one.practice.now = to.replace(tzinfo=BERLIN)
    assert await one.leads_to() == (2, "open")
    one.practice.now = (to + WEEK).replace(tzinfo=BERLIN)
    assert await one.leads_to() == (3, "open")
    one.practice.now += 90 * MINUTE
    assert await one.leads_to() == (3, "over")


async def test_after_the_series_was_ended_its_link_says_so(one: OneLink) -> None:
    one.when(1, 90)
    now = one.practice.now
    series = one.practice.app[keys.SERIES]
    await series.end(one.whole.series.id, TEN + WEEK, one.therapist.id, now)
    assert await one.leads_to() == (1, "over")
    await series.undo(one.whole.series.id, one.therapist.id, now)
    assert await one.leads_to() == (2, "early")


async def test_two_devices_wait_at_the_same_door_each_as_itself(one: OneLink) -> None:
    one.when(2, -5)
    laptop, phone = await one.practice.visitor(), await one.practice.visitor()
    assert await one.leads_to(laptop) == await one.leads_to(phone) == (2, "open")
    assert laptop.cookies.keys() == phone.cookies.keys()
    assert laptop.cookies != phone.cookies
    # Opened again, each stays the visit it was.
    before = one.visit(laptop)
    await one.leads_to(laptop)
    assert one.visit(laptop) == before


async def test_a_new_link_of_one_is_the_new_link_of_all(one: OneLink) -> None:
    before = await one.practice.visitor()
    assert await one.leads_to(before) == (1, "early")
    await one.change(3, ReissueLink())
    assert await one.leads_to() == (1, "revoked")
    one.when(2, -5)
    assert await one.leads_to(before) == (2, "revoked")
    stored = await one.practice.appointments.get(one.members[0].id)
    assert stored is not None
    one.token = one.practice.link_token(stored)
    assert await one.leads_to(before) == (2, "open")


async def test_the_page_of_a_series_makes_a_new_link_for_all(one: OneLink) -> None:
    visitor = await one.practice.signed_in(one.therapist)
    answer = await visitor.post(f"/series/{one.whole.series.id}/reissue")
    assert answer.status == 303
    page = await (await visitor.get(answer.headers["Location"])).text()
    assert "This is the new link" in page
    assert one.token not in page
    assert await one.leads_to() == (1, "revoked")
    stored = await one.practice.appointments.get(one.members[2].id)
    assert stored is not None
    assert one.practice.link_token(stored) in page


async def test_the_series_of_two_therapists_do_not_meet(practice: Practice) -> None:
    anna = await a_series(practice)
    otto = await a_series(practice, "otto@example.org", "B")
    assert anna.token != otto.token
    visitor = await practice.visitor()
    assert await anna.leads_to(visitor) == (1, "early")
    assert await otto.leads_to(visitor) == (1, "early")
    await anna.change(1, ReissueLink())
    assert await otto.leads_to() == (1, "early")
    assert await anna.leads_to() == (1, "revoked")
