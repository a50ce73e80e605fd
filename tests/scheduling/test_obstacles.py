"""What stands in the way of a series is found before it is made, and can be resolved."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from videocall.scheduling.obstacles import Clash, InTheWay, Obstacle, Obstacles, clashes
from videocall.scheduling.series import Series
from videocall.scheduling.timespan import Timespan

TEN = datetime.fromisoformat("2026-11-23T10:00")
WEEK = timedelta(weeks=1)
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 23, tzinfo=UTC)


def taken(start: str, minutes: int = 60, kind: InTheWay = InTheWay.APPOINTMENT) -> Obstacle:
    start_at = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    return Obstacle(kind, Timespan(start_at, start_at + timedelta(minutes=minutes)))


def weekly(count: int = 3) -> Series:
    return Series(TEN, "Europe/Berlin", 50, count=count)


def test_what_is_in_the_way_is_told_and_can_be_resolved() -> None:
    series = weekly()
    before, across = taken("2026-11-30T09:00"), taken("2026-11-30T10:49")
    found = Obstacles([across, before])
    assert clashes(series, found) == [Clash(series.occurrences[1], across)]
    assert clashes(series.skip(TEN + WEEK), found) == []
    assert clashes(series.move(TEN + WEEK, TEN + WEEK - timedelta(hours=3), 50), found) == []


def test_one_moved_onto_another_of_the_series_is_in_its_own_way() -> None:
    onto_another = weekly().move(TEN, TEN + WEEK, 50)
    (clash,) = clashes(onto_another, Obstacles())
    assert clash.occurrence.original == TEN
    assert clash.other.kind is InTheWay.ITSELF


def test_what_a_foreign_calendar_says_is_a_warning_and_the_rest_is_not() -> None:
    assert {
        kind for kind in InTheWay if not Obstacle(kind, taken("2026-11-30T10:00").span).firm
    } == {InTheWay.BUSY}


spans = st.builds(
    lambda start, minutes: Timespan(
        START + timedelta(minutes=start), START + timedelta(minutes=start + minutes)
    ),
    st.integers(0, 3000),
    st.integers(1, 600),
)


@given(st.lists(spans, max_size=40), spans)
def test_what_is_found_across_a_span_is_all_that_overlaps_it(
    taken: list[Timespan], asked: Timespan
) -> None:
    found = Obstacles(Obstacle(InTheWay.APPOINTMENT, span) for span in taken).across(asked)
    assert Counter(each.span for each in found) == Counter(
        span for span in taken if span.overlaps(asked)
    )
