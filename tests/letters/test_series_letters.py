"""Letters about a series: the whole of it, one of it, and what a calendar makes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar

from tests.letters.conftest import LINK, Post, entry, words
from videocall.scheduling.appointment import Cancel, Move, Party, ReissueLink, State
from videocall.scheduling.series import Series
from videocall.store.series import Whole

TEN: Final = datetime.fromisoformat("2026-11-23T10:00")
WEEK, DAY, MINUTE = timedelta(weeks=1), timedelta(days=1), timedelta(minutes=1)
RULE: Final = Series(TEN, "Europe/Berlin", 50, count=5)


class Program:
    """A calendar program: it takes in what is mailed as RFC 5546 says."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], Any] = {}

    def take(self, told: tuple[str, list[Any]] | None) -> None:
        if told is None:
            return
        method, events = told
        for event in events:
            uid, place = str(event["UID"]), _place(event)
            known = self.events.get((uid, place))
            assert known is None or known["SEQUENCE"] <= event["SEQUENCE"]
            if method == "CANCEL" and not place:
                self.events = {key: kept for key, kept in self.events.items() if key[0] != uid}
            elif method == "CANCEL":
                self.events.pop((uid, place), None)
                self.events[uid, ""].add("exdate", event["RECURRENCE-ID"].dt)
            else:
                if not place:  # The whole again: what it does not name stands apart no more.
                    self.events = {key: kept for key, kept in self.events.items() if key[0] != uid}
                self.events[uid, place] = event

    @property
    def shown(self) -> set[tuple[datetime, datetime]]:
        calendar = Calendar()
        for event in self.events.values():
            calendar.add_component(event)
        return {
            (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC))
            for each in recurring_ical_events.of(calendar).all()
        }


def _place(event: Any) -> str:
    return str(event["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in event else ""


def booked(*wholes: Whole) -> set[tuple[datetime, datetime]]:
    return {
        (each.start_at, each.end_at)
        for whole in wholes
        for each in whole.members
        if each.state is State.BOOKED
    }


async def test_a_series_is_told_in_one_letter_with_its_dates_and_what_is_left_out(
    post: Post,
) -> None:
    await post.book_series(RULE.skip(TEN + WEEK))
    (message,) = await post.arrived()
    assert message["Subject"] == "Appointments from Monday 23 November, 09:00"
    said = words(message)
    assert "You have a series of appointments with Sam O'Rivera & Söhne:" in said
    listed = said.split("\n\n")[1].splitlines()
    assert listed == [
        "Monday, 23 November 2026, 09:00 – 09:50", "Monday, 7 December 2026, 09:00 – 09:50",
        "Monday, 14 December 2026, 09:00 – 09:50", "Monday, 21 December 2026, 09:00 – 09:50",
        "(London time)",
    ]  # fmt: skip
    assert "Not on:\nMonday, 30 November 2026\n" in said
    assert said.count(LINK) == 1
    assert "The same link opens each of them" in said


async def test_many_dates_are_counted(post: Post) -> None:
    await post.book_series(Series(TEN, "Europe/Berlin", 50, count=30))
    (message,) = await post.arrived()
    assert words(message).count("09:00 – 09:50") == 12
    assert "\nand 18 more\n" in words(message)


async def test_what_a_calendar_program_shows_is_what_is_booked(post: Post) -> None:
    program = Program()

    async def shown() -> set[tuple[datetime, datetime]]:
        post.now += 6 * MINUTE
        for message in await post.arrived():
            program.take(entry(message))
        return program.shown

    made = await post.book_series(RULE.skip(TEN + WEEK))
    id = made.series.id
    assert await shown() == booked(made)

    first, second, third = made.members[:3]
    await post.appointments.change(second.id, Move(second.start_at + DAY, 25), "x", post.now)
    assert await shown() == booked(await whole(post, made))
    await post.appointments.change(third.id, Cancel(), "x", post.now)
    assert await shown() == booked(await whole(post, made))
    await post.appointments.undo(third.id, Party.THERAPIST, "x", post.now - 5 * MINUTE)
    assert await shown() == booked(await whole(post, made))
    await post.appointments.change(first.id, ReissueLink(), "x", post.now)
    assert await shown() == booked(await whole(post, made))
    assert len(program.events) == 3  # The rule, what was moved, and what was put back.

    place = third.original
    assert place is not None
    _, after = RULE.skip(TEN + WEEK).move_from(place, place + DAY, 50)
    on = await post.series.move(id, place, after, "x", post.now)
    assert await shown() == booked(await whole(post, made), on)
    assert len({uid for uid, _ in program.events}) == 2

    await post.series.undo(id, "x", post.now - 5 * MINUTE)
    assert await shown() == booked(await whole(post, made))
    await post.series.end(id, place, "x", post.now)
    assert await shown() == booked(await whole(post, made))
    await post.series.end(id, TEN, "x", post.now)
    assert await shown() == set()


async def whole(post: Post, made: Whole) -> Whole:
    found = await post.series.get(made.series.id)
    assert found is not None
    return found


async def test_one_of_a_series_is_told_alone(post: Post) -> None:
    made = await post.book_series(RULE)
    await post.arrived()
    second = made.members[1]
    await post.appointments.change(second.id, Move(second.start_at + DAY, 50), "x", post.now)
    (message,) = await post.arrived()
    assert message["Subject"] == "New time: appointment on Tuesday 1 December, 09:00"
    assert "The others of the series stay as they are." in words(message)
    told = entry(message)
    assert told is not None
    method, (event,) = told
    assert (method, event["UID"]) == ("REQUEST", made.series.uid)
    assert b"RECURRENCE-ID;TZID=Europe/Berlin:20261130T100000" in event.to_ical()


async def test_a_change_of_the_whole_is_told_as_it_is_from_now_on(post: Post) -> None:
    made = await post.book_series(RULE)
    await post.arrived()
    await post.series.end(made.series.id, TEN + 3 * WEEK, "x", post.now)
    (message,) = await post.arrived()
    assert message["Subject"] == "Changed: your series of appointments"
    assert "has changed. From now on it is:" in words(message)
    assert words(message).count("2026, 09:00") == 3
    await post.series.end(made.series.id, TEN, "x", post.now)
    (message,) = await post.arrived()
    assert message["Subject"] == "Cancelled: your series of appointments"
    assert "None of it takes place any more." in words(message)
    assert LINK not in words(message)


async def test_a_series_of_which_only_the_past_is_left_ends_in_a_letter(post: Post) -> None:
    made = await post.book_series(RULE)
    await post.arrived()
    post.now += 3 * DAY
    await post.series.end(made.series.id, TEN + WEEK, "x", post.now)
    (message,) = await post.arrived()
    assert "ends here." in words(message)
    assert LINK not in words(message)


async def test_a_change_taken_back_frightens_nobody(post: Post) -> None:
    made = await post.book_series(RULE)
    _, after = RULE.move_from(TEN + WEEK, TEN + WEEK + DAY, 50)
    await post.series.move(made.series.id, TEN + WEEK, after, "x", post.now)
    await post.arrived()
    await post.series.undo(made.series.id, "x", post.now)
    letters = await post.arrived()
    assert len(letters) == 2
    assert not any("cancel" in (words(each) + str(each["Subject"])).lower() for each in letters)
    assert any("was taken back. What holds is in another letter." in words(e) for e in letters)
