"""Half-open spans of time."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from videocall.errors import Invalid
from videocall.scheduling.timespan import Timespan, merged

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


def test_one_span_may_begin_where_another_ends() -> None:
    first, second = Timespan(NOON, NOON + HOUR), Timespan(NOON + HOUR, NOON + 2 * HOUR)
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert NOON in first
    assert NOON + HOUR not in first


def test_spans_that_share_a_moment_overlap() -> None:
    whole, inside = Timespan(NOON, NOON + 3 * HOUR), Timespan(NOON + HOUR, NOON + 2 * HOUR)
    late = Timespan(NOON + 3 * HOUR - timedelta(microseconds=1), NOON + 4 * HOUR)
    for other in (whole, inside, late):
        assert whole.overlaps(other)
        assert other.overlaps(whole)


def test_a_night_with_a_clock_change_lasts_as_long_as_it_does() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = Timespan(
        datetime(2026, 3, 28, 12, tzinfo=berlin), datetime(2026, 3, 29, 12, tzinfo=berlin)
    )
    assert spring.duration == timedelta(hours=23)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(Invalid):
        Timespan(NOON.replace(tzinfo=None), NOON)
    with pytest.raises(Invalid):
        Timespan(NOON, (NOON + HOUR).replace(tzinfo=None))


def test_a_span_that_does_not_last_is_refused() -> None:
    for end_at in (NOON, NOON - HOUR):
        with pytest.raises(Invalid):
            Timespan(NOON, end_at)


def test_merged_spans_are_in_order_and_those_that_touch_are_one() -> None:
    spans = [
        Timespan(NOON + start * HOUR, NOON + end * HOUR)
        for start, end in ((5, 6), (0, 2), (2, 3), (1, 2), (8, 9))
    ]
    assert merged(spans) == [
        Timespan(NOON + start * HOUR, NOON + end * HOUR) for start, end in ((0, 3), (5, 6), (8, 9))
    ]
