"""A week on a grid: every minute once, ten o'clock at one height, however the clock changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import every_change
from videocall.errors import Invalid
from videocall.scheduling.hours import DayException, Hours, Plan, WallSpan
from videocall.scheduling.timespan import Timespan, merged, without
from videocall.scheduling.week import LEAST_MIN, Change, Grid, Piece, changes, grid, lanes

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BERLIN = "Europe/Berlin"
PLAIN = date(2026, 11, 23)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def at(text: str, zone: str = BERLIN) -> datetime:
    """Return the instant of a wall time; `*` behind it means its second coming."""
    wall = datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=ZoneInfo(zone))
    return wall.replace(fold=int(text.endswith("*"))).astimezone(UTC)


def span(start: str, until: str, zone: str = BERLIN) -> Timespan:
    return Timespan(at(start, zone), at(until, zone))


def tops(week: Grid) -> list[tuple[int, str]]:
    return [(mark.top_min, f"{mark.wall_min // 60}:{mark.wall_min % 60:02}") for mark in week.marks]


def test_on_ordinary_days_the_height_is_the_minute_of_the_day() -> None:
    week = grid(PLAIN, 7, BERLIN)
    assert week.minutes == 1440
    assert week.pieces(span("2026-11-25T10:00", "2026-11-25T10:50")) == [Piece(2, 600, 50)]
    assert changes(week.days, BERLIN) == []


def test_over_midnight_it_is_drawn_in_two_pieces() -> None:
    week = grid(PLAIN, 7, BERLIN)
    late = span("2026-11-25T23:30", "2026-11-26T00:45")
    assert week.pieces(late) == [Piece(2, 1410, 30), Piece(3, 0, 45)]
    assert grid(date(2026, 11, 25), 1, BERLIN).pieces(late) == [Piece(0, 1410, 30)]
    assert week.pieces(span("2026-12-25T10:00", "2026-12-25T11:00")) == []


def test_a_skipped_hour_is_a_hole_and_what_lies_across_it_lasts_its_true_minutes() -> None:
    week = grid(SPRING - 6 * DAY, 7, BERLIN)
    assert week.minutes == 1440
    assert week.pieces(span("2026-03-29T01:30", "2026-03-29T03:30")) == [
        Piece(6, 90, 30),
        Piece(6, 180, 30),
    ]
    assert week.pieces(span("2026-03-28T01:30", "2026-03-28T03:30")) == [Piece(5, 90, 120)]
    assert changes(week.days, BERLIN) == [Change(SPRING, 120, 180, twice=False)]


def test_an_hour_that_comes_twice_is_there_twice_and_other_days_have_a_hole() -> None:
    week = grid(AUTUMN - 6 * DAY, 7, BERLIN)
    assert week.minutes == 1500
    assert tops(week)[1:5] == [(60, "1:00"), (120, "2:00"), (180, "2:00"), (240, "3:00")]
    assert week.pieces(span("2026-10-25T02:30", "2026-10-25T02:30*")) == [Piece(6, 150, 60)]
    assert week.pieces(span("2026-10-25T02:30*", "2026-10-25T03:30")) == [Piece(6, 210, 60)]
    assert week.pieces(span("2026-10-24T02:30", "2026-10-24T03:30")) == [
        Piece(5, 150, 30),
        Piece(5, 240, 30),
    ]
    for day in (24, 25):
        ten = week.pieces(span(f"2026-10-{day}T10:00", f"2026-10-{day}T11:00"))
        assert ten == [Piece(day - 19, 660, 60)]
    assert changes(week.days, BERLIN) == [Change(AUTUMN, 120, 180, twice=True)]


def test_a_day_that_a_zone_skipped_is_an_empty_column() -> None:
    week = grid(date(2011, 12, 26), 7, "Pacific/Apia")
    assert [len(strips) for strips in week.columns] == [1, 1, 1, 1, 0, 1, 1]
    assert changes(week.days, "Pacific/Apia") == [Change(date(2011, 12, 30), 0, 1440, twice=False)]
    alone = grid(date(2011, 12, 30), 1, "Pacific/Apia")
    round_the_clock = Plan(Hours("Pacific/Apia", ((WallSpan(0, 1440),),) * 7))
    assert alone.opening(round_the_clock) == []


def test_half_an_hour_that_comes_twice_pushes_the_rest_down_by_half_an_hour() -> None:
    zone = "Australia/Lord_Howe"
    week = grid(date(2026, 3, 30), 7, zone)
    assert week.minutes == 1470
    assert tops(week)[1:5] == [(60, "1:00"), (120, "1:30"), (150, "2:00"), (210, "3:00")]
    ten = span("2026-04-05T10:00", "2026-04-05T10:50", zone)
    assert week.pieces(ten) == [Piece(6, 630, 50)]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(every_change()), st.integers(-6, 0), st.sampled_from([1, 7]))
def test_around_every_change_each_minute_has_its_one_place_in_the_order_of_time(
    change: tuple[str, datetime], back: int, days: int
) -> None:
    zone, changed_at = change
    where = ZoneInfo(zone)
    first = changed_at.astimezone(where).date() + back * DAY
    week = grid(first, days, zone)
    seen: dict[tuple[int, int], datetime] = {}
    for column, strips in enumerate(week.columns):
        for strip in strips:
            for minute in range(strip.minutes):
                instant = strip.start_at + minute * MINUTE
                place = (column, strip.top_min + minute)
                assert place not in seen
                seen[place] = instant
                wall = instant.astimezone(where)
                assert wall.date() == week.days[column]
                assert wall.hour * 60 + wall.minute == strip.wall_min + minute
    # Nothing between the first and the last minute is left out.
    instants = sorted(seen.values())
    assert all(later - earlier == MINUTE for earlier, later in pairwise(instants))
    by_height: dict[int, set[int]] = {}
    for (_, top), instant in seen.items():
        wall = instant.astimezone(where)
        by_height.setdefault(top, set()).add(wall.hour * 60 + wall.minute)
    assert all(len(readings) == 1 for readings in by_height.values())
    assert max(by_height, default=-1) < week.minutes  # nothing where the day is skipped


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(every_change()), st.integers(-3000, 3000), st.integers(1, 600))
def test_the_pieces_of_a_span_last_as_long_as_it(
    change: tuple[str, datetime], ahead_min: int, minutes: int
) -> None:
    zone, changed_at = change
    first = changed_at.astimezone(ZoneInfo(zone)).date() - 4 * DAY
    start_at = changed_at + ahead_min * MINUTE
    pieces = grid(first, 9, zone).pieces(Timespan(start_at, start_at + minutes * MINUTE))
    assert sum(piece.minutes for piece in pieces) == minutes
    assert pieces == sorted(pieces, key=lambda piece: (piece.column, piece.top_min))


def test_open_is_while_the_clock_reads_a_time_of_her_hours() -> None:
    nights = Plan(
        Hours(BERLIN, ((WallSpan(60, 240),),) * 7),
        (DayException(AUTUMN - DAY, (WallSpan(1380, 1440),)),),
    )
    week = grid(AUTUMN - DAY, 2, BERLIN)
    assert merged(week.opening(nights)) == [
        span("2026-10-24T23:00", "2026-10-25T00:00"),
        span("2026-10-25T01:00", "2026-10-25T04:00"),
    ]
    assert merged(week.opening(nights))[1].duration == timedelta(hours=4)
    short = grid(SPRING, 1, BERLIN).opening(nights)
    assert [each.duration for each in short] == [timedelta(hours=1), timedelta(hours=1)]


def test_shown_are_the_hours_asked_for_and_those_in_which_something_is() -> None:
    week = grid(PLAIN, 7, BERLIN)
    office = week.shown(8, 18, [])
    assert (office.minutes, office.marks[0].wall_min, office.marks[-1].wall_min) == (600, 480, 1080)
    early = span("2026-11-25T06:40", "2026-11-25T07:30")
    wider = week.shown(8, 18, [early, span("2026-11-26T18:00", "2026-11-26T18:05")])
    assert (wider.marks[0].wall_min, wider.marks[-1].wall_min) == (360, 1140)
    assert wider.pieces(early) == [Piece(2, 40, 50)]
    assert wider.marks[0].top_min == 0
    assert week.shown(0, 24, []) == week
    night = span("2026-11-25T23:30", "2026-11-26T00:10")
    assert week.shown(8, 18, [night]) == week


def test_the_second_coming_of_an_hour_is_shown_by_itself_when_nothing_else_is() -> None:
    week = grid(AUTUMN, 1, BERLIN)
    shown = week.shown(8, 18, [span("2026-10-25T02:10*", "2026-10-25T03:00")])
    assert shown.marks[0].wall_min == 120
    assert shown.pieces(span("2026-10-25T02:10*", "2026-10-25T03:00")) == [Piece(0, 10, 50)]
    assert [strip.start_at for (strip,) in shown.columns] == [at("2026-10-25T02:00*")]


@pytest.mark.parametrize("first", [date(1900, 1, 1), date(9998, 12, 31)])
def test_years_nobody_plans_in_are_refused(first: date) -> None:
    with pytest.raises(Invalid):
        grid(first, 7, BERLIN)


def test_what_overlaps_stands_side_by_side_and_no_more_than_that() -> None:
    pieces = [Piece(0, 0, 60), Piece(0, 30, 60), Piece(0, 60, 30), Piece(0, 90, 50), Piece(1, 0, 9)]
    assert lanes(pieces) == [(0, 2), (1, 2), (0, 2), (0, 1), (0, 1)]


def test_what_is_short_is_drawn_high_enough_to_be_read() -> None:
    after = 5 + LEAST_MIN
    assert lanes([Piece(0, 5, 5), Piece(0, 10, 5), Piece(0, after, 50)]) == [(0, 2), (1, 2), (0, 2)]
    assert lanes([Piece(0, 5, 5), Piece(0, after, 50)]) == [(0, 1), (0, 1)]
    assert lanes([]) == []


drawn = st.lists(
    st.builds(Piece, st.integers(0, 1), st.integers(0, 300), st.integers(1, 90)), max_size=12
).map(lambda pieces: sorted(pieces, key=lambda piece: (piece.column, piece.top_min)))


@given(drawn)
def test_no_block_covers_another(pieces: list[Piece]) -> None:
    placed = list(zip(pieces, lanes(pieces), strict=True))
    for number, (one, (lane, of)) in enumerate(placed):
        assert 0 <= lane < of
        for other, (other_lane, other_of) in placed[:number]:
            apart = (
                one.column != other.column
                or other.top_min + max(other.minutes, LEAST_MIN) <= one.top_min
            )
            assert apart or lane != other_lane
            assert apart or of == other_of


def test_what_is_left_when_something_is_taken_away() -> None:
    ten_to_two = span("2026-11-25T10:00", "2026-11-25T14:00")
    noon = span("2026-11-25T11:30", "2026-11-25T12:30")
    assert without([ten_to_two], []) == [ten_to_two]
    assert without([ten_to_two], [noon, noon]) == [
        span("2026-11-25T10:00", "2026-11-25T11:30"),
        span("2026-11-25T12:30", "2026-11-25T14:00"),
    ]
    assert without([noon], [ten_to_two]) == []
    assert without([noon], [span("2026-11-25T12:00", "2026-11-25T15:00")]) == [
        span("2026-11-25T11:30", "2026-11-25T12:00")
    ]
    assert merged([noon, ten_to_two, span("2026-11-25T14:00", "2026-11-25T15:00")]) == [
        span("2026-11-25T10:00", "2026-11-25T15:00")
    ]
