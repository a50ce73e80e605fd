"""What is typed on a wall clock, and the instant it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videocall.errors import Invalid
from videocall.scheduling.zones import instant, zone

TEN_ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Chatham",
]  # fmt: skip


def test_a_wall_time_is_its_instant_in_utc() -> None:
    assert instant("2026-11-21T14:30", "Europe/Berlin") == datetime(
        2026, 11, 21, 13, 30, tzinfo=UTC
    )
    assert instant("2026-07-01T14:30", "Europe/Berlin") == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert instant("2026-11-21T14:30", "Asia/Kathmandu").minute == 45


@pytest.mark.parametrize(
    ("typed", "where", "next_time"),
    [
        ("2026-03-29T02:30", "Europe/Berlin", "03:00"),
        ("2026-03-29T02:00", "Europe/Berlin", "03:00"),
        ("2026-03-08T02:59", "America/New_York", "03:00"),
        ("2027-03-28T02:30:00", "Europe/Berlin", "03:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "02:30"),
        ("2011-12-30T10:00", "Pacific/Apia", "00:00, 2011-12-31"),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused_with_the_next_real_one(
    typed: str, where: str, next_time: str
) -> None:
    with pytest.raises(Invalid, match=f"skipped.*is {next_time}\\.$") as refusal:
        instant(typed, where)
    assert refusal.value.code == "start"


def test_a_time_that_comes_twice_is_the_earlier() -> None:
    assert instant("2026-10-25T02:30", "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_minutes_beside_a_gap_are_real() -> None:
    before = instant("2026-03-29T01:59", "Europe/Berlin")
    after = instant("2026-03-29T03:00", "Europe/Berlin")
    assert after - before == timedelta(minutes=1)


@pytest.mark.parametrize(
    "name",
    [
        "", "Europe", "Europe/", "Europe/Atlantis", "europe/berlin ", "../../etc/passwd",
        "/etc/passwd",
        "Europe/Berlin\0", "CEST", "+02:00", "x" * 100_000, "Europe/Berlin" + "x" * 64, "\ud800",
        "zone.tab", "tzdata.zi", "posix/Europe/Berlin", "localtime", "posixrules", "Factory", "🕰",
    ],
)  # fmt: skip
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    for refuse in (lambda: zone(name), lambda: instant("2026-11-21T14:30", name)):
        with pytest.raises(Invalid, match="such as Europe/Berlin") as refusal:
            refuse()
        assert refusal.value.code == "zone"


def test_every_zone_that_a_form_offers_is_known() -> None:
    for name in available_timezones() - {"localtime", "Factory"}:
        assert zone(name).key == name


@pytest.mark.parametrize(
    "typed",
    ["", "tomorrow", "14:30", "2026-02-30T10:00", "2026-13-01T10:00", "2026-11-21", "20261121",
     "2026-W47-6", "2026-11-21T25:00", "2026-11-21T14:30Z", "2026-11-21T14:30+01:00",
     "0001-01-01T00:00", "9999-12-31T23:59", "1" * 100_000, "２０２６-11-21T14:30", "\ud800"],
)  # fmt: skip
def test_what_is_no_date_and_time_is_refused_with_words(typed: str) -> None:
    for where in ("Europe/Berlin", "Pacific/Kiritimati", "America/Adak"):
        with pytest.raises(Invalid) as refusal:
            instant(typed, where)
        assert refusal.value.code == "start"
        assert len(refusal.value.text) < 200


@settings(deadline=None)
@given(
    st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2036-01-01")),
    st.sampled_from(TEN_ZONES),
)
def test_an_instant_read_on_the_wall_clock_is_what_was_typed(wall: datetime, where: str) -> None:
    wall = wall.replace(second=0, microsecond=0)
    try:
        at = instant(wall.isoformat(timespec="minutes"), where)
    except Invalid:
        # Skipped: then no instant of two days around is shown as this time.
        near = wall.replace(tzinfo=UTC) + timedelta(hours=24)
        shown = {
            (near - timedelta(minutes=minutes)).astimezone(zone(where)).replace(tzinfo=None)
            for minutes in range(48 * 60)
        }
        assert wall not in shown
    else:
        assert at.astimezone(zone(where)).replace(tzinfo=None) == wall
