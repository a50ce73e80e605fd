"""A series before it is made: what cannot take place waits for a choice, the rest does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videocall.errors import Invalid
from videocall.scheduling.hours import DayException, Hours, Plan, Rules, WallSpan
from videocall.scheduling.obstacles import InTheWay, Obstacle, Obstacles, clashes
from videocall.scheduling.proposal import OFFERED, Choices, Proposal, propose, reach
from videocall.scheduling.series import Series
from videocall.scheduling.timespan import Timespan

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEN = datetime.fromisoformat("2026-11-23T10:00")
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
NO_HOURS = Plan(Hours("Europe/Berlin"))
RULE = Series(TEN, "Europe/Berlin", 50, count=4)


def taken(wall: datetime, kind: InTheWay = InTheWay.APPOINTMENT, minutes: int = 50) -> Obstacle:
    start_at = wall.replace(tzinfo=BERLIN)
    return Obstacle(kind, Timespan(start_at, start_at + timedelta(minutes=minutes)))


def proposed(
    *obstacles: Obstacle, choices: Choices | None = None, plan: Plan = NO_HOURS
) -> Proposal:
    return propose(RULE, choices or {}, Obstacles(obstacles), plan, NOW)


def walls(spans: list[Timespan]) -> list[str]:
    return [f"{each.start_at.astimezone(BERLIN):%m-%d %H:%M}" for each in spans]


def test_with_nothing_in_the_way_all_take_place() -> None:
    proposal = proposed()
    assert proposal.settled
    assert proposal.count == 4
    assert proposal.rule == RULE


def test_what_clashes_is_left_out_until_somebody_decides() -> None:
    proposal = proposed(taken(TEN + WEEK))
    assert not proposal.settled
    assert proposal.count == 3
    assert [row.settled for row in proposal.rows] == [True, False, True, True]
    decided = proposed(taken(TEN + WEEK), choices={TEN + WEEK: None})
    assert decided.settled
    assert decided.rule == RULE.skip(TEN + WEEK)
    # To keep it where it cannot be is no decision.
    assert not proposed(taken(TEN + WEEK), choices={TEN + WEEK: TEN + WEEK}).settled


def test_what_is_only_busy_is_a_warning_and_takes_place() -> None:
    proposal = proposed(taken(TEN, InTheWay.BUSY))
    assert proposal.settled
    assert proposal.count == 4
    assert proposal.rows[0].clashes
    assert proposal.rows[0].offers


def test_one_goes_where_it_was_chosen_to_go() -> None:
    proposal = proposed(taken(TEN), choices={TEN: TEN + 3 * HOUR})
    assert proposal.settled
    assert proposal.rule == RULE.move(TEN, TEN + 3 * HOUR, 50)
    assert clashes(proposal.rule, Obstacles([taken(TEN)])) == []


def test_where_it_was_chosen_to_go_it_can_clash_again() -> None:
    onto_other = proposed(taken(TEN), taken(TEN + HOUR), choices={TEN: TEN + HOUR})
    assert not onto_other.settled
    onto_itself = proposed(taken(TEN), choices={TEN: TEN + WEEK})
    assert [each.kind for each in onto_itself.rows[0].clashes] == [InTheWay.ITSELF]
    assert not onto_itself.settled
    onto_one_that_goes = proposed(taken(TEN), choices={TEN: TEN + WEEK, TEN + WEEK: None})
    assert onto_one_that_goes.settled
    both = proposed(choices={TEN: TEN + HOUR, TEN + WEEK: TEN + HOUR})
    assert [row.settled for row in both.rows] == [False, False, True, True]


def test_a_time_that_has_passed_is_told_for_that_one() -> None:
    proposal = proposed(taken(TEN), choices={TEN: TEN - WEEK})
    assert "has passed" in proposal.rows[0].wrong
    assert not proposal.settled


def test_the_nearest_free_times_are_offered_by_day_where_she_has_no_hours() -> None:
    offers = proposed(taken(TEN)).rows[0].offers
    # Half hours of the day, and ten minutes free after each session.
    assert walls(list(offers)) == ["11-23 08:30", "11-23 09:00", "11-23 11:00", "11-23 11:30"]


def test_the_nearest_free_times_are_within_her_hours_and_no_others_in_the_way() -> None:
    week = ((WallSpan(600, 780),), (), (WallSpan(600, 660),), (), (), (), ())
    plan = Plan(Hours("Europe/Berlin", week), (), Rules(buffer_after_min=0, step_min=60))
    offers = proposed(taken(TEN), taken(TEN + HOUR), plan=plan).rows[0].offers
    assert walls(list(offers)) == ["11-23 12:00", "11-25 10:00"]
    closed = Plan(Hours("Europe/Berlin", week), (DayException(TEN.date()),), plan.rules)
    assert walls(list(proposed(taken(TEN), plan=closed).rows[0].offers)) == ["11-25 10:00"]


def test_what_is_offered_has_not_passed() -> None:
    first = datetime.fromisoformat("2026-11-21T13:00")
    rule = Series(first, "Europe/Berlin", 50, count=1)
    proposal = propose(rule, {}, Obstacles([taken(first)]), NO_HOURS, NOW)
    assert all(each.start_at >= NOW for each in proposal.rows[0].offers)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Series(TEN - WEEK, "Europe/Berlin", 50, count=3), "start"),
        (Series(datetime(2199, 1, 1), "Europe/Berlin", 50, count=3), "start"),  # noqa: DTZ001
        (Series(TEN, "Europe/Berlin", 50, 26, count=6), "end"),
        (Series(TEN + 20 * WEEK, "Europe/Berlin", 50, count=106), "end"),
    ],
)
def test_a_rule_out_of_reach_is_refused_beside_its_field(rule: Series, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        propose(rule, {}, Obstacles(), NO_HOURS, NOW)
    assert refusal.value.code == code


def test_what_the_rule_leaves_out_or_moves_itself_is_not_asked_about() -> None:
    rule = RULE.skip(TEN).move(TEN + WEEK, TEN - HOUR, 50)
    proposal = propose(rule, {}, Obstacles(), NO_HOURS, NOW)
    assert [row.original for row in proposal.rows] == [TEN + 2 * WEEK, TEN + 3 * WEEK]
    assert proposal.rule == rule


obstacles = st.lists(
    st.builds(
        taken,
        st.integers(-200, 3000).map(lambda quarters: TEN + quarters * HOUR / 4),
        st.sampled_from([InTheWay.APPOINTMENT, InTheWay.HOLD, InTheWay.BUSY]),
        st.integers(5, 600),
    ),
    max_size=12,
)
choices = st.dictionaries(
    st.integers(0, 3).map(lambda number: TEN + number * WEEK),
    st.none() | st.integers(0, 2500).map(lambda quarters: TEN + quarters * HOUR / 4),
)


@settings(deadline=None)
@given(obstacles, choices)
def test_what_is_settled_is_free_and_what_is_offered_is_too(
    obstacles: list[Obstacle], choices: dict[datetime, datetime | None]
) -> None:
    found = Obstacles(obstacles)
    proposal = propose(RULE, choices, found, NO_HOURS, NOW)
    in_the_way = [each for each in clashes(proposal.rule, found) if each.other.firm]
    assert proposal.settled == (
        all(row.decided and not row.wrong for row in proposal.rows) and not in_the_way
    )
    assert proposal.count == len(proposal.rule.occurrences)
    whole = reach(RULE, choices.values())
    taken = [each.span for each in obstacles] + [each.span for each in proposal.rule.occurrences]
    for row in proposal.rows:
        assert len(row.offers) <= OFFERED
        for offer in row.offers:
            assert whole.start_at <= offer.start_at
            assert offer.end_at <= whole.end_at + HOUR
            assert not any(offer.overlaps(span) for span in taken)
