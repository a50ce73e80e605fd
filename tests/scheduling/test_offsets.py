"""A zone's clock as integers reads what `zoneinfo` reads."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import every_change
from videocall.errors import Invalid
from videocall.scheduling.offsets import offset_at, offsets

EVERYWHERE = sorted(available_timezones() - {"localtime", "Factory"})
FIRST, LAST = (round(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1999, 2200))


def read(zone: str, at_s: int) -> float:
    offset = datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset.total_seconds()


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EVERYWHERE), st.integers(FIRST, LAST))
def test_anywhere_at_any_time_it_reads_the_same(zone: str, at_s: int) -> None:
    assert offset_at(offsets(zone, at_s, at_s), at_s) == read(zone, at_s)


def test_it_changes_at_the_very_second() -> None:
    for zone, change in every_change():
        at_s = round(change.timestamp())
        changes = offsets(zone, at_s, at_s)
        assert at_s in changes[0]
        for near_s in (at_s - 1, at_s):
            assert offset_at(changes, near_s) == read(zone, near_s)


@pytest.mark.parametrize("at_s", [-(10**18), FIRST - 1, LAST + 400 * 86_400, 10**18])
def test_years_nobody_plans_in_are_refused(at_s: int) -> None:
    with pytest.raises(Invalid):
        offsets("Europe/Berlin", at_s, at_s)
