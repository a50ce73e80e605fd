"""Series: the wall clock repeats, each one can go its own way, dateutil agrees."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import ZONES, every_change
from videocall.errors import Conflict, Invalid
from videocall.scheduling.series import Series

wall = datetime.fromisoformat
TEN = wall("2026-11-23T10:00")
WEEK = timedelta(weeks=1)


def weekly(count: int = 6, every: int = 1) -> Series:
    return Series(TEN, "Europe/Berlin", 50, every, count=count)


def walls(series: Series) -> list[str]:
    where = ZoneInfo(series.zone)
    return [f"{each.span.start_at.astimezone(where):%m-%d %H:%M}" for each in series.occurrences]


@pytest.mark.parametrize("zone", ZONES)
def test_a_weekly_ten_is_ten_on_the_wall_all_year(zone: str) -> None:
    series = Series(TEN, zone, 50, count=106)
    where = ZoneInfo(zone)
    assert {f"{each.span.start_at.astimezone(where):%a %H:%M}" for each in series.occurrences} == {
        "Mon 10:00"
    }
    assert {each.span.duration for each in series.occurrences} == {timedelta(minutes=50)}


def test_every_few_weeks_until_a_date_that_is_included() -> None:
    assert walls(weekly(3, every=2)) == ["11-23 10:00", "12-07 10:00", "12-21 10:00"]
    until = Series(TEN, "Europe/Berlin", 50, 3, until=date(2027, 1, 4))
    assert walls(until) == ["11-23 10:00", "12-14 10:00", "01-04 10:00"]
    assert until.rrule == "FREQ=WEEKLY;INTERVAL=3;UNTIL=20270104T225959Z"
    assert weekly(6).rrule == "FREQ=WEEKLY;COUNT=6"


def test_a_time_that_the_clocks_skip_is_later_that_day() -> None:
    series = Series(wall("2027-03-21T02:30"), "Europe/Berlin", 50, count=3)
    assert walls(series) == ["03-21 02:30", "03-28 03:30", "04-04 02:30"]


def test_one_can_be_left_out_or_moved_and_the_others_stay() -> None:
    series = weekly(4).skip(TEN + WEEK)
    series = series.move(TEN + 2 * WEEK, wall("2026-12-08T15:00"), 25)
    assert walls(series) == ["11-23 10:00", "12-08 15:00", "12-14 10:00"]
    assert series.occurrences[1].original == TEN + 2 * WEEK
    assert series.occurrences[1].span.duration == timedelta(minutes=25)
    with pytest.raises(Conflict, match="left out already"):
        series.skip(TEN + WEEK)
    with pytest.raises(Conflict, match="not one of"):
        series.move(TEN + timedelta(days=1), TEN, 50)


def test_it_can_end_early() -> None:
    series = weekly(5).skip(TEN + WEEK).skip(TEN + 4 * WEEK)
    ended = series.end(TEN + 3 * WEEK)
    assert ended is not None
    assert walls(ended) == ["11-23 10:00", "12-07 10:00"]
    assert ended.rrule == "FREQ=WEEKLY;COUNT=3"
    assert series.end(TEN) is None


def of(first: str = "2026-11-23T10:00", zone: str = "Europe/Berlin", minutes: int = 50) -> Series:
    return Series(wall(first), zone, minutes, count=2)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Series(TEN, "Europe/Berlin", 50), "end"),
        (lambda: Series(TEN, "Europe/Berlin", 50, count=3, until=date(2027, 1, 1)), "end"),
        (lambda: weekly(0), "end"),
        (lambda: weekly(10_000), "end"),
        (lambda: Series(TEN, "Europe/Berlin", 50, until=date(2026, 11, 22)), "end"),
        (lambda: Series(TEN, "Europe/Berlin", 50, until=date(9999, 12, 31)), "end"),
        (lambda: weekly(2, every=0), "every"),
        (lambda: weekly(2, every=1000), "every"),
        (lambda: of(minutes=0), "minutes"),
        (lambda: of(zone="Europe/Atlantis"), "zone"),
        (lambda: of("1900-01-01T10:00"), "start"),
        (lambda: of("9999-12-31T10:00"), "start"),
        (lambda: of("2026-11-23T10:00+00:00"), "start"),
    ],
)
def test_a_rule_of_no_use_is_refused(make: Callable[[], Series], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make()
    assert refusal.value.code == code


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(every_change()),
    st.integers(-4 * 7 * 96, 0),
    st.sampled_from([1, 2, 3, 5]),
    st.integers(1, 20),
    st.booleans(),
)
def test_the_rule_means_to_dateutil_what_it_means_to_us(
    change: tuple[str, datetime], quarters: int, every: int, count: int, by_date: bool
) -> None:
    zone, at = change
    where = ZoneInfo(zone)
    near = at.astimezone(where).replace(tzinfo=None, second=0)
    first = near + timedelta(minutes=15 * quarters)
    series = Series(first, zone, 50, every, count=count)
    if by_date:
        until = series.originals[-1].date() + timedelta(days=every - 1)
        series = Series(first, zone, 50, every, until=until)
    theirs = list(rrulestr(series.rrule, dtstart=first.replace(tzinfo=where)))
    assert [each.replace(tzinfo=None) for each in theirs] == series.originals
    assert [each.astimezone(UTC) for each in theirs] == [
        each.span.start_at for each in series.occurrences
    ]
