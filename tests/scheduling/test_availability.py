"""Free slots, above all where the clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import SKIPPED_DAY, ZONES, changes, every_change
from tests.scheduling.straightforward import open_each_minute, plain_slots
from videocall.errors import Invalid
from videocall.scheduling.availability import Busy, first_slot, slots
from videocall.scheduling.hours import DayException, Hours, Plan, Rules, WallSpan
from videocall.scheduling.timespan import Timespan

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday
MORNING, AFTERNOON = WallSpan(9 * 60, 12 * 60), WallSpan(14 * 60, 17 * 60)
OFFICE = ((MORNING, AFTERNOON),) * 5 + ((), ())
FREE_RULES = Rules(notice_min=0, buffer_after_min=0, step_min=60)
DAY = timedelta(days=1)


def plan(
    week: tuple[tuple[WallSpan, ...], ...] = OFFICE,
    *exceptions: DayException,
    zone: str = "Europe/Berlin",
    rules: Rules = FREE_RULES,
) -> Plan:
    return Plan(Hours(zone, week), exceptions, rules)


def walls(found: list[Timespan], zone: str = "Europe/Berlin") -> list[str]:
    return [f"{slot.start_at.astimezone(ZoneInfo(zone)):%d %H:%M}" for slot in found]


def ask(asked: Plan, *sessions: Timespan, minutes: int = 50, days: int = 1) -> list[str]:
    horizon = Timespan(NOW, NOW + days * DAY)
    return walls(slots(asked, Busy(asked.rules, sessions), minutes, NOW, horizon))


def at(hour: int, minutes: int = 60, day: int = 23) -> Timespan:
    start_at = datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Europe/Berlin"))
    return Timespan(start_at, start_at + timedelta(minutes=minutes))


def test_a_day_is_offered_from_the_start_of_the_hours_in_steps() -> None:
    expected = ["23 09:00", "23 10:00", "23 11:00", "23 14:00", "23 15:00", "23 16:00"]
    assert ask(plan()) == expected


def test_what_does_not_fit_before_the_hours_end_is_not_offered() -> None:
    assert ask(plan(), minutes=90) == ["23 09:00", "23 10:00", "23 14:00", "23 15:00"]
    assert ask(plan(), minutes=200) == []


def test_a_session_blocks_its_time_and_touching_it_is_no_overlap() -> None:
    assert ask(plan(), at(10)) == ["23 09:00", "23 11:00", "23 14:00", "23 15:00", "23 16:00"]


def test_between_two_sessions_lie_both_buffers() -> None:
    rules = Rules(
        notice_min=0, buffer_before_min=5, buffer_after_min=10, step_min=5, lengths_min=(30,)
    )
    near = ask(plan(rules=rules), at(10, 30), minutes=30)
    assert "23 09:15" in near
    assert "23 09:20" not in near
    assert "23 10:40" not in near
    assert "23 10:45" in near


def test_notice_and_how_far_ahead_bound_what_is_offered() -> None:
    soon = Rules(notice_min=3 * 60, buffer_after_min=0, step_min=60, ahead_days=2)
    found = walls(slots(plan(rules=soon), Busy(soon), 50, NOW))
    assert found[0] == "23 14:00"
    assert found[-1] == "24 16:00"


def test_a_full_day_is_not_offered() -> None:
    rules = Rules(notice_min=0, buffer_after_min=0, step_min=60, most_per_day=2)
    assert ask(plan(rules=rules), at(9), at(10), days=2)[0] == "24 09:00"
    assert ask(plan(rules=rules), at(9))[0] == "23 10:00"


def test_an_exception_takes_a_day_off_replaces_its_hours_or_adds_to_them() -> None:
    monday, evening = date(2026, 11, 23), WallSpan(19 * 60, 20 * 60)
    assert ask(plan(OFFICE, DayException(monday))) == []
    assert ask(plan(OFFICE, DayException(monday, (evening,)))) == ["23 19:00"]
    assert ask(plan(OFFICE, DayException(monday, (evening,), extra=True)))[-1] == "23 19:00"
    both = DayException(monday), DayException(monday, (evening,), extra=True)
    assert ask(plan(OFFICE, *both)) == ["23 19:00"]


def test_hours_until_midnight_go_on_into_those_of_the_next_day() -> None:
    late = ((WallSpan(23 * 60, 24 * 60),), (WallSpan(0, 60),), (), (), (), (), ())
    rules = Rules(notice_min=0, buffer_after_min=0, step_min=30)
    assert ask(plan(late, rules=rules)) == ["23 23:00", "23 23:30", "24 00:00"]


def test_a_night_that_skips_an_hour_has_it_in_no_slot() -> None:
    night = plan(((WallSpan(60, 240),),) * 7, rules=Rules(0, 0, 0, (60,), 30))
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = slots(night, Busy(night.rules), 60, now, Timespan(now, now + DAY))
    assert walls(found) == ["29 01:00", "29 01:30", "29 03:00"]


def test_a_night_that_repeats_an_hour_offers_it_once_and_the_slot_lasts_its_true_minutes() -> None:
    night = plan(((WallSpan(60, 240),),) * 7, rules=Rules(0, 0, 0, (60,), 30))
    now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    found = slots(night, Busy(night.rules), 60, now, Timespan(now, now + DAY))
    assert walls(found) == ["25 01:00", "25 01:30", "25 02:00", "25 02:30", "25 03:00"]
    assert {slot.duration for slot in found} == {timedelta(hours=1)}


def test_a_day_that_a_zone_skipped_has_no_slot() -> None:
    apia = plan(((WallSpan(9 * 60, 12 * 60),),) * 7, zone="Pacific/Apia")
    now = SKIPPED_DAY[1] - 2 * DAY
    found = slots(apia, Busy(apia.rules), 50, now, Timespan(now, now + 4 * DAY))
    days = [wall[:2] for wall in walls(found, "Pacific/Apia")]
    assert days == ["28"] * 3 + ["29"] * 3 + ["31"] * 3 + ["01"] * 3


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_a_year_nobody_plans_in_is_refused(year: int) -> None:
    now = datetime(year, 6, 1, tzinfo=UTC)
    with pytest.raises(Invalid):
        slots(plan(), Busy(FREE_RULES), 50, now)


@pytest.mark.parametrize("minutes", [-1, 0, 10**9])
def test_a_length_out_of_reach_is_refused(minutes: int) -> None:
    with pytest.raises(Invalid):
        slots(plan(), Busy(FREE_RULES), minutes, NOW)


# ---- where the clock changes ---------------------------------------------------------------------

wall_spans = st.builds(
    lambda start, lasts: WallSpan(start, min(start + lasts, 1440)),
    st.integers(0, 287).map(lambda fifths: fifths * 5) | st.sampled_from([0, 60, 120, 150]),
    st.integers(1, 96).map(lambda fifths: fifths * 15) | st.just(1440),
)
days = st.lists(wall_spans, max_size=3).map(tuple)
rule_sets = st.builds(
    Rules,
    notice_min=st.sampled_from([0, 90, 1440]),
    buffer_before_min=st.sampled_from([0, 5, 30]),
    buffer_after_min=st.sampled_from([0, 10]),
    step_min=st.sampled_from([10, 15, 30, 50, 60]),
    ahead_days=st.sampled_from([2, 4]),
    most_per_day=st.sampled_from([None, None, 1, 2]),
)


@st.composite
def worlds(
    draw: st.DrawFn,
) -> tuple[Plan, list[Timespan], list[Timespan], int, datetime]:
    zone, change = draw(st.sampled_from(every_change()))
    now = change - timedelta(minutes=draw(st.integers(0, 2 * 1440)))
    week = draw(st.tuples(*[days] * 7))
    dates = st.integers(-1, 4).map(lambda ahead: now.date() + ahead * DAY)
    exceptions = draw(st.lists(st.builds(DayException, dates, days, st.booleans()), max_size=3))
    spans = st.builds(
        lambda ahead_s, lasts_s: Timespan(
            now + timedelta(seconds=ahead_s), now + timedelta(seconds=ahead_s + lasts_s)
        ),
        st.integers(-40_000, 4 * 86_400) | st.integers(-600, 6_000).map(lambda fives: fives * 300),
        st.floats(0.001, 20_000) | st.sampled_from([300, 3000, 3600]),
    )
    sessions, others = draw(st.lists(spans, max_size=8)), draw(st.lists(spans, max_size=8))
    made = Plan(Hours(zone, week), tuple(exceptions), draw(rule_sets))
    return made, sessions, others, draw(st.sampled_from([5, 25, 50, 60, 90, 480])), now


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds())
def test_around_every_change_slots_are_those_of_the_straightforward_way(
    world: tuple[Plan, list[Timespan], list[Timespan], int, datetime],
) -> None:
    asked, sessions, others, minutes, now = world
    found = slots(asked, Busy(asked.rules, sessions, others), minutes, now)
    assert found == plain_slots(asked, sessions, others, minutes, now)
    where = ZoneInfo(asked.hours.zone)
    first = first_slot(asked, Busy(asked.rules, sessions, others), minutes, now)
    assert first == (found[0] if found else None)
    for slot in found:
        assert slot.duration == timedelta(minutes=minutes)
        assert not any(map(slot.overlaps, [*sessions, *others]))
        assert open_each_minute(asked, where, slot.start_at, slot.end_at)
        wall = slot.start_at.astimezone(where)
        assert wall.replace(fold=0).astimezone(UTC) == slot.start_at


@pytest.mark.parametrize("zone", ZONES)
def test_across_every_change_of_a_zone_all_hours_of_all_kinds_agree(zone: str) -> None:
    round_the_clock = ((WallSpan(0, 1440),),) * 7
    split = ((WallSpan(0, 90), WallSpan(105, 150), WallSpan(150, 1435)),) * 7
    for change in (*changes(zone), *([SKIPPED_DAY[1]] if zone == SKIPPED_DAY[0] else [])):
        for week, step, minutes in ((round_the_clock, 30, 60), (split, 15, 45)):
            asked = plan(week, zone=zone, rules=Rules(0, 0, 0, (minutes,), step))
            now = change - DAY
            horizon = Timespan(now, change + DAY)
            found = slots(asked, Busy(asked.rules), minutes, now, horizon)
            assert found == plain_slots(asked, [], [], minutes, now, horizon)
            assert found


@pytest.mark.parametrize("zone", ZONES)
def test_ten_on_the_wall_is_offered_as_ten_all_year(zone: str) -> None:
    asked = plan(((WallSpan(600, 660),),) * 7, zone=zone, rules=Rules(0, 0, 0, ahead_days=366))
    found = slots(asked, Busy(asked.rules), 50, NOW)
    assert len(found) >= 365
    assert {f"{slot.start_at.astimezone(ZoneInfo(zone)):%H:%M}" for slot in found} == {"10:00"}
