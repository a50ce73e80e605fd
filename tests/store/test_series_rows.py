"""Series in their rows: made, moved and ended as a whole, or not at all."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.store.conftest import NOON, Rows
from tests.store.series_play import (
    TEN,
    WEEK,
    Practice,
    at,
    link_of,
    practice_of,
    weekly,
)
from videocall.errors import Conflict, Invalid, NotFound
from videocall.ids import SeriesId
from videocall.scheduling.appointment import (
    UNDO_FOR,
    Cancel,
    End,
    Move,
    Party,
    ReissueLink,
    State,
)
from videocall.scheduling.booked_series import Whole
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.obstacles import InTheWay
from videocall.scheduling.timespan import Timespan
from videocall.store.bookings import Bookings
from videocall.store.calendars import Calendars, Reading, Version
from videocall.store.instants import to_ms
from videocall.store.plans import Plans
from videocall.store.retention import Retention, purge
from videocall.store.series import Changed, Undoable

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BY: Final = "anna"


@pytest.fixture
async def practice(rows: Rows) -> Practice:
    return await practice_of(rows)


async def move_from(
    practice: Practice, whole: Whole, number: int, to: str, minutes: int = 50, now: datetime = NOON
) -> Changed:
    """Move the nth and all after it to a wall time."""
    course = await practice.course(whole)
    here = course.places[number - 1]
    wall = datetime.fromisoformat(to)
    after = course.rule_from(here.series.id, here.original, wall, minutes, now)
    return await practice.series.move(here.series.id, here.original, after, BY, now)


async def end_from(practice: Practice, whole: Whole, number: int, now: datetime = NOON) -> Changed:
    here = (await practice.course(whole)).places[number - 1]
    return await practice.series.end(here.series.id, here.original, BY, now)


async def refused(practice: Practice, whole: Whole, number: int, to: str) -> str:
    """Return why a move is refused; nothing must have changed."""
    before = await practice.everything()
    with pytest.raises(Conflict) as refusal:
        await move_from(practice, whole, number, to)
    assert await practice.everything() == before
    return refusal.value.text


# ---- making ----


async def test_each_of_a_series_is_an_appointment_with_the_one_link(practice: Practice) -> None:
    whole = await practice.book(weekly().skip(TEN + WEEK).move(TEN, TEN + WEEK / 7, 25))
    assert await practice.walls(whole) == [
        "11-24 10:00", "12-07 10:00", "12-14 10:00", "12-21 10:00", "12-28 10:00",
    ]  # fmt: skip
    assert {each.link for each in whole.members} == {link_of(whole)}
    assert {each.client_name for each in whole.members} == {"Ada Lovelace"}
    assert len({each.uid for each in whole.members} | {whole.series.uid}) == 6
    assert [each.minutes for each in whole.members] == [25, 50, 50, 50, 50]
    assert whole.as_it_is == weekly().skip(TEN + WEEK).move(TEN, TEN + WEEK / 7, 25)


async def test_two_years_of_weeks_can_be_made_from_within_the_month(practice: Practice) -> None:
    whole = await practice.book(weekly(106, TEN + 3 * WEEK))
    assert len(whole.members) == 106
    with pytest.raises(Invalid):
        await practice.book(weekly(106, TEN + 12 * WEEK + HOUR), "Bob")


async def test_a_series_that_overlaps_another_appointment_is_not_made_at_all(
    practice: Practice,
) -> None:
    await practice.book(weekly(2, TEN + 2 * WEEK + 49 * MINUTE))
    before = await practice.everything()
    with pytest.raises(Conflict, match="another appointment"):
        await practice.book(weekly(6), "Bob")
    assert await practice.everything() == before


async def test_a_series_of_which_all_is_left_out_is_not_made(practice: Practice) -> None:
    before = await practice.everything()
    with pytest.raises(Invalid, match="Nothing"):
        await practice.book(weekly(1).skip(TEN))
    with pytest.raises(Invalid):
        await practice.book(weekly(3), name=" ")
    assert await practice.everything() == before


async def test_what_is_in_the_way_is_told_with_its_client(practice: Practice) -> None:
    bob = await practice.book(weekly(2, TEN + WEEK), "Bob")
    await practice.rows.database.write(
        lambda tables: tables.execute(
            "INSERT INTO holds VALUES (x'00', ?, ?, ?, ?)",
            [
                practice.therapist, to_ms(at("2026-12-14T10:30")), to_ms(at("2026-12-14T11:20")),
                to_ms(NOON + 5 * MINUTE),
            ],
        )
    )  # fmt: skip
    found = await practice.series.conflicts(practice.therapist, weekly(), NOON)
    assert [(each.occurrence.original, each.other.kind) for each in found] == [
        (TEN + WEEK, InTheWay.APPOINTMENT),
        (TEN + 2 * WEEK, InTheWay.APPOINTMENT),
        (TEN + 3 * WEEK, InTheWay.HOLD),
    ]
    assert found[0].other.appointment == bob.members[0]
    later = await practice.series.conflicts(practice.therapist, weekly(), NOON + 6 * MINUTE)
    assert len(later) == 2
    free = weekly().skip(TEN + WEEK).skip(TEN + 2 * WEEK).skip(TEN + 3 * WEEK)
    assert await practice.series.conflicts(practice.therapist, free, NOON) == []
    await practice.book(free)


async def test_what_her_other_calendars_say_is_in_the_way_but_does_not_hinder(
    practice: Practice,
) -> None:
    busy = Timespan(at("2026-12-07T09:00"), at("2026-12-07T12:00"))
    reading = Reading(BusyTimes((busy,), 0), busy.end_at, None, Version())
    calendars = Calendars(practice.rows.database, practice.rows.seal)
    await calendars.add(practice.therapist, "Home", "", reading, NOON)
    (clash,) = await practice.series.conflicts(practice.therapist, weekly(), NOON)
    assert (clash.occurrence.original, clash.other.firm) == (TEN + 2 * WEEK, False)
    assert len((await practice.book(weekly())).members) == 6


async def test_what_a_client_is_booking_just_now_is_not_taken(practice: Practice) -> None:
    hold = "INSERT INTO holds VALUES (x'00', ?, ?, ?, ?)"
    times = [at("2026-12-14T10:30"), at("2026-12-14T11:20"), NOON + 5 * MINUTE]
    await practice.rows.database.write(
        lambda tables: tables.execute(hold, [practice.therapist, *map(to_ms, times)])
    )
    with pytest.raises(Conflict, match="A client is booking"):
        await practice.book(weekly())
    assert len((await practice.book(weekly(), now=NOON + 6 * MINUTE)).members) == 6


# ---- moving all from one on ----


async def test_all_from_here_on_are_moved_and_those_before_stay(practice: Practice) -> None:
    whole = await practice.book(weekly())
    changed = await move_from(practice, whole, 4, "2026-12-16T15:00", 25)
    assert await practice.walls(whole) == [
        "11-23 10:00", "11-30 10:00", "12-07 10:00", "12-16 15:00", "12-23 15:00", "12-30 15:00",
    ]  # fmt: skip
    assert [each.minutes for each in changed.touched] == [25, 25, 25]
    assert [each.id for each in changed.touched] == [each.id for each in whole.members[3:]]
    course = await practice.course(whole)
    assert [each.series.rule.rrule for each in course.wholes] == ["FREQ=WEEKLY;COUNT=3"] * 2
    assert changed.whole == course.wholes[1]
    assert changed.whole.series.uid != whole.series.uid
    assert [course.number(each.id) for each in course.members] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("to", "first"),
    [
        ("2026-11-30T10:00", "11-30 10:00"),  # onto the next of them
        ("2026-11-23T10:25", "11-23 10:25"),  # overlapping itself
        ("2026-12-07T10:00", "12-07 10:00"),
    ],
)
async def test_all_can_be_moved_onto_the_times_they_have_now(
    practice: Practice, to: str, first: str
) -> None:
    whole = await practice.book(weekly())
    changed = await move_from(practice, whole, 1, to)
    walls = await practice.walls(whole)
    assert walls[0] == first
    assert len(walls) == 6
    assert changed.whole.series.id == whole.series.id
    assert changed.whole.series.uid == whole.series.uid
    assert changed.whole.series.sequence > whole.series.sequence


async def test_a_week_later_what_was_left_out_is_still_left_out_and_nothing_else_is(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(5))
    second = whole.members[1]
    await practice.appointments.change(second.id, Cancel(), BY, NOON)
    changed = await move_from(practice, whole, 1, "2026-11-30T10:00")
    assert await practice.walls(whole) == [
        "11-30 10:00", "12-14 10:00", "12-21 10:00", "12-28 10:00",
    ]  # fmt: skip
    rule = changed.whole.as_it_is
    assert rule.skipped == {TEN + 2 * WEEK}
    assert [each.span for each in rule.occurrences] == [
        each.span for each in changed.whole.members if each.state is State.BOOKED
    ]
    assert await practice.appointments.undoable_until(second.id, Party.THERAPIST, NOON) is None


async def test_one_that_was_cancelled_leaves_its_place_to_those_that_come_there(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(4))
    first = whole.members[0]
    await practice.appointments.change(first.id, Cancel(), BY, NOON)
    changed = await move_from(practice, whole, 2, "2026-11-23T10:00")
    assert await practice.walls(whole) == ["11-23 10:00", "11-30 10:00", "12-07 10:00"]
    assert changed.whole.series.id == whole.series.id
    assert changed.whole.as_it_is == weekly(3)
    course = await practice.course(whole)
    assert [course.number(each.id) for each in whole.members] == [None, 1, 2, 3]
    await practice.series.undo(whole.series.id, BY, NOON)
    assert await practice.walls(whole) == ["11-30 10:00", "12-07 10:00", "12-14 10:00"]
    course = await practice.course(whole)
    assert [course.number(each.id) for each in whole.members] == [1, 2, 3, 4]


async def test_what_was_moved_by_itself_goes_back_into_line(practice: Practice) -> None:
    whole = await practice.book(weekly(4))
    move = Move(at("2026-12-08T15:00"), 25)
    await practice.appointments.change(whole.members[2].id, move, BY, NOON)
    changed = await move_from(practice, whole, 2, "2026-12-01T09:00")
    assert await practice.walls(whole) == [
        "11-23 10:00", "12-01 09:00", "12-08 09:00", "12-15 09:00",
    ]  # fmt: skip
    assert changed.whole.as_it_is.moved == {}


async def test_a_time_that_the_clocks_skip_is_later_that_night_for_that_one_alone(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(6, datetime.fromisoformat("2027-03-01T10:00")))
    changed = await move_from(practice, whole, 2, "2027-03-14T02:30")
    assert await practice.walls(whole) == [
        "03-01 10:00", "03-14 02:30", "03-21 02:30", "03-28 03:30", "04-04 02:30", "04-11 02:30",
    ]  # fmt: skip
    assert {each.minutes for each in changed.touched} == {50}
    assert changed.whole.as_it_is.moved == {}


async def test_one_of_them_can_go_elsewhere_or_be_left_out_while_all_are_moved(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(4))
    course = await practice.course(whole)
    tuesday = datetime.fromisoformat("2026-12-01T10:00")
    after = course.rule_from(whole.series.id, TEN + WEEK, tuesday, 50, NOON)
    after = after.skip(tuesday + WEEK).move(tuesday, tuesday + timedelta(hours=3), 50)
    changed = await practice.series.move(whole.series.id, TEN + WEEK, after, BY, NOON)
    assert await practice.walls(whole) == ["11-23 10:00", "12-01 13:00", "12-15 10:00"]
    assert changed.whole.as_it_is == after
    assert Counter(each.state for each in changed.touched) == {State.BOOKED: 2, State.CANCELLED: 1}


async def test_a_move_onto_another_appointment_changes_nothing(practice: Practice) -> None:
    whole = await practice.book(weekly(4))
    await practice.book(weekly(1, datetime.fromisoformat("2026-12-15T10:49")), "Bob")
    assert "another appointment" in await refused(practice, whole, 2, "2026-12-01T10:00")


async def test_a_move_onto_those_that_stay_changes_nothing(practice: Practice) -> None:
    whole = await practice.book(weekly(4))
    elsewhere = Move(at("2026-12-15T10:30"), 50)
    await practice.appointments.change(whole.members[0].id, elsewhere, BY, NOON)
    assert "another appointment" in await refused(practice, whole, 2, "2026-12-01T10:00")
    course = await practice.course(whole)
    rule = course.rule_from(
        whole.series.id, TEN + WEEK, datetime.fromisoformat("2026-12-01T10:00"), 50, NOON
    )
    going = [each.member.id for each in course.places[1:] if each.member is not None]
    span = Timespan(whole.members[0].start_at, rule.occurrences[-1].span.end_at)
    found = await practice.series.obstacles(practice.therapist, span, NOON, going)
    assert [each.appointment.id for each in found if each.appointment] == [whole.members[0].id]


async def test_what_has_begun_or_is_over_cannot_be_where_a_change_starts_but_stays_as_it_is(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(4))
    # The last was moved to be the first, and took place.
    early = Move(at("2026-11-22T10:00"), 50)
    await practice.appointments.change(whole.members[3].id, early, BY, NOON)
    now = at("2026-11-23T10:20")
    with pytest.raises(Conflict, match="begun already"):
        await move_from(practice, whole, 1, "2026-12-01T10:00", now=now)
    changed = await move_from(practice, whole, 2, "2026-12-01T10:00", now=now)
    assert len(changed.touched) == 2
    assert await practice.walls(whole) == [
        "11-22 10:00", "11-23 10:00", "12-01 10:00", "12-08 10:00",
    ]  # fmt: skip
    ended = await end_from(practice, whole, 2, now)
    assert len(ended.touched) == 2
    assert await practice.walls(whole) == ["11-22 10:00", "11-23 10:00"]


async def test_who_was_faster_is_not_overruled(practice: Practice) -> None:
    """A client cancels one between the look at a move and the move."""
    whole = await practice.book(weekly(4))
    course = await practice.course(whole)
    to = datetime.fromisoformat("2026-12-01T10:00")
    after = course.rule_from(whole.series.id, TEN + WEEK, to, 50, NOON)
    cancel = Cancel(by=Party.CLIENT)
    await practice.appointments.change(whole.members[2].id, cancel, "client", NOON)
    before = await practice.everything()
    with pytest.raises(Conflict, match="changed meanwhile"):
        await practice.series.move(whole.series.id, TEN + WEEK, after, BY, NOON)
    assert await practice.everything() == before


async def test_what_is_not_one_of_the_series_or_none_at_all_is_told(practice: Practice) -> None:
    whole = await practice.book(weekly(3))
    with pytest.raises(Conflict, match="not one of"):
        await practice.series.end(whole.series.id, TEN + MINUTE, BY, NOON)
    with pytest.raises(NotFound):
        await practice.series.end(SeriesId("never was"), TEN, BY, NOON)
    with pytest.raises(NotFound):
        await practice.series.undo(SeriesId("never was"), BY, NOON)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await practice.series.move(whole.series.id, TEN, weekly(2), BY, NOON)


# ---- ending ----


async def test_ending_from_here_cancels_this_one_and_all_after_it(practice: Practice) -> None:
    whole = await practice.book(weekly())
    changed = await end_from(practice, whole, 4)
    assert {each.state for each in changed.touched} == {State.CANCELLED}
    assert len(changed.touched) == 3
    assert await practice.walls(whole) == ["11-23 10:00", "11-30 10:00", "12-07 10:00"]
    assert changed.whole.as_it_is == weekly(3)
    with pytest.raises(Conflict, match="not one of"):
        await practice.series.end(whole.series.id, TEN + 4 * WEEK, BY, NOON)
    assert len((await end_from(practice, whole, 1)).touched) == 3
    assert await practice.walls(whole) == []
    with pytest.raises(Conflict):
        await practice.series.end(whole.series.id, TEN, BY, NOON)


async def test_all_after_it_is_also_what_goes_on_since_all_were_moved(practice: Practice) -> None:
    whole = await practice.book(weekly())
    await move_from(practice, whole, 4, "2026-12-16T15:00")
    changed = await end_from(practice, whole, 2)
    assert len(changed.touched) == 5
    assert await practice.walls(whole) == ["11-23 10:00"]
    assert [place.member for place in (await practice.course(whole)).places] == whole.members[:1]
    undone = await practice.series.undo(whole.series.id, BY, NOON)
    assert len(undone.touched) == 5
    walls = await practice.walls(whole)
    assert len(walls) == 6
    assert walls[3] == "12-16 15:00"
    again = await move_from(practice, whole, 2, "2026-12-01T09:00")
    assert await practice.walls(whole) == ["11-23 10:00"] + [
        f"{TEN + number * WEEK + timedelta(days=1):%m-%d} 09:00" for number in range(1, 6)
    ]
    assert len(again.touched) == 5
    assert [len(each.members) for each in (await practice.course(whole)).wholes] == [1, 5]


# ---- undo ----


async def test_for_five_minutes_a_move_of_all_can_be_undone(practice: Practice) -> None:
    whole = await practice.book(weekly())
    changed = await move_from(practice, whole, 4, "2026-12-16T15:00")
    for each in (whole, changed.whole):
        undoable = await practice.series.undoable(each.series.id, NOON)
        assert undoable == Undoable(NOON + UNDO_FOR, moved=3, cancelled=0)
    late = NOON + UNDO_FOR
    assert await practice.series.undoable(whole.series.id, late) is None
    before = await practice.everything()
    with pytest.raises(Conflict, match="nothing to undo"):
        await practice.series.undo(whole.series.id, BY, late)
    assert await practice.everything() == before
    await practice.series.undo(changed.whole.series.id, BY, late - MINUTE)
    assert (await practice.series.get(whole.series.id)) == Whole(
        replace(whole.series, sequence=2, changed_at=late - MINUTE),
        [
            replace(each, sequence=2, changed_at=late - MINUTE) if number >= 3 else each
            for number, each in enumerate(whole.members)
        ],
    )
    with pytest.raises(Conflict, match="nothing to undo"):
        await practice.series.undo(whole.series.id, BY, late - MINUTE)


@pytest.mark.parametrize("to", ["2026-11-30T10:00", "2026-11-23T10:00", "2026-12-14T10:30"])
async def test_a_move_onto_their_own_times_is_undone_as_well(practice: Practice, to: str) -> None:
    whole = await practice.book(weekly(5, TEN + WEEK))
    changed = await move_from(practice, whole, 1, to)
    await practice.series.undo(changed.whole.series.id, BY, NOON)
    assert await practice.walls(whole) == [
        f"{TEN + number * WEEK:%m-%d} 10:00" for number in range(1, 6)
    ]


async def test_an_end_can_be_undone_unless_the_time_is_taken_by_now(practice: Practice) -> None:
    whole = await practice.book(weekly())
    await end_from(practice, whole, 4)
    bob = await practice.book(weekly(1, TEN + 4 * WEEK), "Bob")
    before = await practice.everything()
    with pytest.raises(Conflict, match="another appointment"):
        await practice.series.undo(whole.series.id, BY, NOON + MINUTE)
    assert await practice.everything() == before
    await practice.appointments.change(bob.members[0].id, Cancel(), BY, NOON + MINUTE)
    await practice.series.undo(whole.series.id, BY, NOON + 2 * MINUTE)
    assert len(await practice.walls(whole)) == 6


async def test_what_somebody_changed_since_is_not_undone_over_their_head(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly())
    await move_from(practice, whole, 4, "2026-12-16T15:00")
    untouched, touched = whole.members[1], whole.members[4]
    await practice.appointments.change(untouched.id, Cancel(), BY, NOON)
    await practice.appointments.change(touched.id, ReissueLink(), BY, NOON)
    assert await practice.series.undoable(whole.series.id, NOON) is not None
    await practice.appointments.change(touched.id, Cancel(by=Party.CLIENT), "client", NOON)
    assert await practice.series.undoable(whole.series.id, NOON) is None
    with pytest.raises(Conflict, match="changed since"):
        await practice.series.undo(whole.series.id, BY, NOON)
    assert (await practice.nth(whole, 4)).start_at == at("2026-12-16T15:00")


async def test_undo_does_not_bring_back_a_session_that_took_place_meanwhile(
    practice: Practice,
) -> None:
    """The therapist moves what comes while a session goes on, ends it, and thinks again."""
    whole = await practice.book(weekly(4))
    now = at("2026-11-23T10:49")
    await move_from(practice, whole, 2, "2026-12-01T10:00", now=now)
    await practice.appointments.change(whole.members[0].id, End(), BY, now + MINUTE)
    await practice.series.undo(whole.series.id, BY, now + 2 * MINUTE)
    assert (await practice.nth(whole, 1)).state is State.ENDED
    assert (await practice.walls(whole))[1] == "11-30 10:00"


# ---- the link ----


async def test_the_link_stays_the_same_and_a_new_one_is_new_for_all(practice: Practice) -> None:
    whole = await practice.book(weekly())
    changed = await move_from(practice, whole, 4, "2026-12-16T15:00")
    await move_from(practice, whole, 5, "2026-12-24T15:00")
    opened = await practice.appointments.by_link(link_of(whole))
    assert [each.id for each in opened] == [each.id for each in whole.members]
    assert {each.link_generation for each in opened} == {1}
    last = opened[-1]
    await practice.appointments.change(last.id, ReissueLink(), BY, NOON + MINUTE)
    opened = await practice.appointments.by_link(link_of(whole))
    assert {(each.link_generation, each.link_issued_at) for each in opened} == {(2, NOON + MINUTE)}
    await practice.series.undo(changed.whole.series.id, BY, NOON + 2 * MINUTE)
    opened = await practice.appointments.by_link(link_of(whole))
    assert {each.link_generation for each in opened} == {2}


# ---- letters ----


async def test_one_letter_tells_a_series_and_each_of_it_is_reminded_of(practice: Practice) -> None:
    whole = await practice.book(weekly(3))
    assert await practice.series_letters() == [(whole.series.id, "series", 0)]
    for each in whole.members:
        assert await practice.reminders(each) == [
            each.start_at - timedelta(minutes=minutes) for minutes in (1440, 60)
        ]
    every = await practice.ask("SELECT count(*) FROM letters")
    assert every == [(1 + 3 * 2,)]


async def test_a_change_of_all_writes_one_letter_for_each_calendar_entry(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(4))
    changed = await move_from(practice, whole, 3, "2026-12-08T15:00")
    assert sorted(await practice.series_letters()) == sorted(
        [(whole.series.id, "series", 1), (changed.whole.series.id, "series", 1)]
    )
    for each in (await practice.course(whole)).members:
        assert len(await practice.reminders(each)) == 2
    await end_from(practice, whole, 1)
    assert sorted(await practice.series_letters()) == sorted(
        [(whole.series.id, "series_ended", 2), (changed.whole.series.id, "series_ended", 2)]
    )
    assert await practice.ask("SELECT count(*) FROM letters WHERE series IS NULL") == [(0,)]


async def test_an_undo_ends_in_calendars_what_they_have_heard_of_and_nothing_else(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(4))
    await move_from(practice, whole, 3, "2026-12-08T15:00")
    await practice.series.undo(whole.series.id, BY, NOON)
    assert await practice.series_letters() == [(whole.series.id, "series", 2)]
    assert await practice.ask("SELECT count(*) FROM series") == [(1,)]
    changed = await move_from(practice, whole, 3, "2026-12-08T15:00")
    await practice.letters_go()
    await practice.series.undo(whole.series.id, BY, NOON)
    assert sorted(await practice.series_letters()) == sorted(
        [(whole.series.id, "series", 4), (changed.whole.series.id, "series_ended", 4)]
    )


async def test_where_nothing_takes_place_any_more_the_client_is_told_so(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(3))
    await practice.appointments.change(whole.members[0].id, Cancel(), BY, NOON)
    await end_from(practice, whole, 2)
    assert await practice.series_letters() == [(whole.series.id, "series_ended", 2)]


# ---- what is kept ----


async def test_a_series_is_purged_with_its_last_appointment(practice: Practice) -> None:
    whole = await practice.book(weekly(3), "Zebulon Quagga")
    kept, signins = Retention(appointments_days=90), timedelta(hours=1)

    async def left(now: datetime) -> int:
        await purge(practice.rows.database, kept, signins, now)
        found = await practice.series.get(whole.series.id)
        return -1 if found is None else len(found.members)

    ends = [each.end_at + timedelta(days=90) for each in whole.members]
    assert [await left(at + MINUTE) for at in ends] == [2, 1, -1]
    for table in ("series", "appointments", "letters", "undos"):
        assert await practice.ask(f"SELECT count(*) FROM {table}") == [(0,)]
    assert await practice.ask("SELECT act FROM journal WHERE act != 'purged'") == [
        ("person added",)
    ]


async def test_what_remains_after_a_purge_keeps_its_number_and_can_be_changed(
    practice: Practice,
) -> None:
    whole = await practice.book(weekly(30))
    now = whole.members[4].end_at + timedelta(days=90, minutes=1)
    await purge(practice.rows.database, Retention(), timedelta(hours=1), now)
    course = await practice.course(whole)
    assert len(course.members) == 25
    assert course.number(course.members[0].id) == 6
    await end_from(practice, whole, 25, now)
    assert (await practice.course(whole)).number(course.members[0].id) == 6


async def test_names_of_a_series_and_of_what_can_be_undone_are_sealed(practice: Practice) -> None:
    whole = await practice.book(weekly(3), "Zebulon Quagga")
    await move_from(practice, whole, 2, "2026-12-01T10:00")
    on_disk = practice.rows.bytes_on_disk()
    for secret in ("Zebulon", "Quagga", "ada@example.org"):
        assert secret.encode() not in on_disk


async def test_a_series_stands_in_the_way_of_clients_who_book(practice: Practice) -> None:
    plans = Plans(practice.rows.database, practice.rows.seal)
    hours = ((WallSpan(600, 660),),) * 7
    await plans.set_hours(practice.therapist, hours, Rules(0, 0, 0, (50,), 60), NOON)
    await practice.book(weekly(3))
    bookings = Bookings(practice.rows.database, practice.appointments)
    ahead = Timespan(NOON, NOON + 3 * WEEK)
    free = await bookings.free(practice.therapist, 50, NOON, ahead)
    mondays = [each for each in free if each.start_at.weekday() == 0]
    assert mondays == []
    assert len(free) == 18
