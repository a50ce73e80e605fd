"""Letters about a series: the whole of it, one of it, and what a calendar makes of them."""

from datetime import datetime, timedelta
from typing import Final

from tests.letters.conftest import LINK, Post, entry, words
from tests.letters.program import Program, Spans
from videocall.scheduling.appointment import Cancel, Move, Party, ReissueLink, State
from videocall.scheduling.booked_series import Whole
from videocall.scheduling.series import Series

TEN: Final = datetime.fromisoformat("2026-11-23T10:00")
WEEK, DAY, MINUTE = timedelta(weeks=1), timedelta(days=1), timedelta(minutes=1)
RULE: Final = Series(TEN, "Europe/Berlin", 50, count=5)


def booked(*wholes: Whole) -> Spans:
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

    async def shown() -> Spans:
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
    course = await post.series.course(id)
    after = course.rule_from(id, place, place + DAY, 50, post.now)
    on = await post.series.move(id, place, after, "x", post.now)
    assert await shown() == booked(await whole(post, made), on.whole)
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


async def test_the_cancel_of_one_that_lost_its_place_takes_nothing_else_out(post: Post) -> None:
    made = await post.book_series(RULE)
    await post.arrived()
    await post.appointments.change(made.members[3].id, Cancel(), "x", post.now)
    await post.series.end(made.series.id, TEN + 2 * WEEK, "x", post.now)
    post.now += 6 * MINUTE
    messages = await post.arrived()
    assert sorted(str(each["Subject"]) for each in messages) == [
        "Cancelled: appointment on Monday 14 December, 09:00",
        "Changed: your series of appointments",
    ]
    (told,) = [told for each in messages if (told := entry(each)) is not None]
    program = Program()
    program.take(told)
    assert (told[0], program.shown) == ("REQUEST", booked(await whole(post, made)))


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
    course = await post.series.course(made.series.id)
    after = course.rule_from(made.series.id, TEN + WEEK, TEN + WEEK + DAY, 50, post.now)
    await post.series.move(made.series.id, TEN + WEEK, after, "x", post.now)
    await post.arrived()
    await post.series.undo(made.series.id, "x", post.now)
    letters = await post.arrived()
    assert len(letters) == 2
    assert not any("cancel" in (words(each) + str(each["Subject"])).lower() for each in letters)
    assert any("was taken back. What holds is in another letter." in words(e) for e in letters)
