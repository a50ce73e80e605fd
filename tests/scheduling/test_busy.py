"""Busy times out of foreign calendars: what blocks, on whose clock, and what is refused."""

import random
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import ZONES, changes, every_change
from tests.scheduling.foreign import calendar, event
from videocall.errors import Invalid
from videocall.scheduling.busy import BusyTimes, busy_times
from videocall.scheduling.contents import BYTES_MAX
from videocall.scheduling.timespan import Timespan, merged

YEAR: Final = Timespan(datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 12, 25, tzinfo=UTC))
TEN: Final = "DTSTART;TZID=Europe/Berlin:20261123T100000"
HOUR: Final = "DURATION:PT1H"
HALF_DAY: Final = timedelta(hours=12)


def read(ics: bytes, zone: str = "Europe/Berlin", horizon: Timespan = YEAR) -> BusyTimes:
    return busy_times(ics, horizon, zone)


def busy(*parts: str, zone: str = "Europe/Berlin") -> list[str]:
    """Return the busy times of a file as the owner's wall clock shows them."""
    where = ZoneInfo(zone)
    found = read(calendar(*parts), zone)
    assert found.unread == 0
    return [
        f"{span.start_at.astimezone(where):%m-%d %H:%M} {span.end_at.astimezone(where):%d %H:%M}"
        for span in found.spans
    ]


def refusal(ics: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read(ics)
    assert refused.value.code == "calendar"
    return refused.value.text


# ---- what blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "blocks"),
    [
        ("TRANSP:OPAQUE", True),
        ("transp:transparent", False),
        ("STATUS:TENTATIVE", True),
        ("STATUS:CANCELLED", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", True),
        ("CLASS:PRIVATE", True),
    ],
)
def test_an_entry_blocks_unless_it_says_otherwise(line: str, blocks: bool) -> None:
    assert bool(busy(event("a", TEN, HOUR, line))) is blocks


def test_free_and_busy_times_block_by_their_type() -> None:
    lines = [
        "FREEBUSY:20261123T090000Z/PT1H,20261124T090000Z/20261124T100000Z",
        "FREEBUSY;FBTYPE=FREE:20261125T090000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261126T090000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261127T090000Z/PT1H",
        "FREEBUSY;FBTYPE=X-AWAY:20261128T090000Z/PT1H",
    ]
    found = busy("BEGIN:VFREEBUSY", *lines, "END:VFREEBUSY")
    assert [each[:11] for each in found] == [f"11-{day} 10:00" for day in (23, 24, 26, 27, 28)]


def test_tasks_alarms_and_moments_without_length_block_nothing() -> None:
    alarm = ("BEGIN:VALARM", "TRIGGER:-PT15M", "DURATION:PT5H", "REPEAT:4", "END:VALARM")
    task = ("BEGIN:VTODO", "UID:t", "DTSTART:20261123T090000Z", "DUE:20261125T090000Z", "END:VTODO")
    assert busy(*task, event("a", TEN, *alarm)) == []
    assert busy(event("a", TEN, HOUR, *alarm)) == ["11-23 10:00 23 11:00"]


def test_what_touches_or_overlaps_is_one_span_and_what_is_out_of_reach_none() -> None:
    assert busy(
        event("a", TEN, HOUR),
        event("b", "DTSTART:20261123T100000Z", "DTEND:20261123T113000Z"),
        event("c", "DTSTART:20261123T101500Z", "DTEND:20261123T103000Z"),
        event("d", "DTSTART:20200101T100000Z", HOUR),
        event("e", "DTSTART:20400101T100000Z", HOUR),
    ) == ["11-23 10:00 23 12:30"]


def test_what_is_longer_than_the_horizon_fills_it() -> None:
    assert read(calendar(event("a", "DTSTART:00010101", "DTEND:99991231"))).spans == (YEAR,)


# ---- on whose clock ------------------------------------------------------------------------------


def test_a_whole_day_and_a_time_without_a_zone_are_the_owners_own() -> None:
    day = event("a", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126")
    floating = event("b", "DTSTART:20261123T100000", HOUR)
    expected = ["11-23 10:00 23 11:00", "11-24 00:00 26 00:00"]
    assert busy(day, floating, zone="America/New_York") == expected
    assert busy(day, floating, zone="Asia/Tokyo") == expected
    assert busy(event("a", "DTSTART;VALUE=DATE:20261124")) == ["11-24 00:00 25 00:00"]


def test_a_weekly_ten_is_ten_on_the_wall_all_year() -> None:
    found = busy(event("a", TEN, HOUR, "RRULE:FREQ=WEEKLY"))
    assert len(found) == 57
    assert {each.split()[1] for each in found} == {"10:00"}


def test_a_night_of_true_hours_and_a_day_of_the_wall_keep_their_length() -> None:
    night = "DTSTART;TZID=Europe/Berlin:20270326T220000", "DTEND;TZID=Europe/Berlin:20270327T060000"
    assert busy(event("a", *night, "RRULE:FREQ=DAILY;COUNT=3"))[1] == "03-27 22:00 28 07:00"
    days = "DTSTART;TZID=Europe/Berlin:20270327T120000", "DURATION:P1DT1H"
    assert busy(event("a", *days)) == ["03-27 12:00 28 13:00"]


@pytest.mark.parametrize(
    "tzid",
    [
        "Europe/Berlin",
        "W. Europe Standard Time",
        "/freeassociation.sourceforge.net/Europe/Berlin",
        "/mozilla.org/20050126_1/Europe/Berlin",
        '"Europe/Berlin"',
    ],
)
def test_a_zone_is_known_by_all_its_names(tzid: str) -> None:
    lines = f"DTSTART;TZID={tzid}:20261123T100000", HOUR
    assert busy(event("a", *lines), zone="Asia/Tokyo") == ["11-23 18:00 23 19:00"]


def test_a_zone_that_nobody_knows_is_the_owners() -> None:
    lines = "DTSTART;TZID=Nowhere:20261123T100000", HOUR
    assert busy(event("a", *lines), zone="Asia/Tokyo") == ["11-23 10:00 23 11:00"]


OUTLOOK: Final = [
    "BEGIN:VTIMEZONE",
    "TZID:Customized Time Zone",
    "X-LIC-LOCATION:Nowhere",
    "BEGIN:STANDARD",
    "DTSTART:16011028T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010325T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
]


@pytest.mark.parametrize("first", ["20261023T023000", "20270326T023000", "20270327T000000"])
def test_a_zone_that_the_file_describes_is_read_as_it_says(first: str) -> None:
    described, known = (
        busy(
            # Also where the description stands behind what needs it.
            event("a", f"DTSTART;TZID={name}:{first}", HOUR, "RRULE:FREQ=DAILY"),
            *OUTLOOK,
            zone="Asia/Tokyo",
        )
        for name in ("Customized Time Zone", "Europe/Berlin")
    )
    assert described == known
    assert len(described) > 270


def described(zone: str, name: str) -> list[str]:
    """Return a zone as a file describes it: every change, one after another."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for at in changes(zone):
        before, after = ((at + by).astimezone(ZoneInfo(zone)) for by in (-HALF_DAY, HALF_DAY))
        wall = at + (before.utcoffset() or timedelta())
        lines += ["BEGIN:STANDARD", f"DTSTART:{wall:%Y%m%dT%H%M%S}"]
        lines += [f"TZOFFSETFROM:{before:%z}", f"TZOFFSETTO:{after:%z}", "END:STANDARD"]
    return [*lines, "END:VTIMEZONE"]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([each for each in every_change() if each[1].year > 2020]), st.integers(-9, 9)
)
def test_a_described_zone_and_the_same_one_by_its_name_never_differ(
    change: tuple[str, datetime], quarters: int
) -> None:
    zone, at = change
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(minutes=15 * quarters)
    horizon = Timespan(at - timedelta(days=9), at + timedelta(days=9))

    def found(name: str) -> tuple[Timespan, ...]:
        lines = f"DTSTART;TZID={name}:{wall:%Y%m%dT%H%M%S}", "DURATION:PT15M"
        ics = calendar(*described(zone, "Somewhere"), event("a", *lines))
        return read(ics, "UTC", horizon).spans

    assert found("Somewhere") == found(zone)


# ---- series --------------------------------------------------------------------------------------


def test_one_of_a_series_is_left_out_moved_freed_or_cancelled_by_itself() -> None:
    of, free = "RECURRENCE-ID;TZID=Europe/Berlin:202611", "TRANSP:TRANSPARENT"
    found = busy(
        event("a", "DTSTART:20261125T140000Z", HOUR, of + "24T100000"),
        event("a", "DTSTART:20261125T090000Z", HOUR, of + "25T100000", free),
        event("a", "DTSTART:20261126T090000Z", HOUR, of + "26T100000", "STATUS:CANCELLED"),
        event("a", TEN, HOUR, "RRULE:FREQ=DAILY;COUNT=6", "EXDATE:20261127T090000Z"),
    )
    assert found == ["11-23 10:00 23 11:00", "11-25 15:00 25 16:00", "11-28 10:00 28 11:00"]


def test_the_highest_sequence_is_what_holds() -> None:
    later = "DTSTART;TZID=Europe/Berlin:20261124T100000"
    assert busy(event("a", later, HOUR, "SEQUENCE:2"), event("a", TEN, HOUR, "SEQUENCE:1")) == [
        "11-24 10:00 24 11:00"
    ]


def test_entries_without_an_id_are_each_their_own() -> None:
    nameless = event("", TEN, HOUR).replace("UID:@example.org\r\n", "")
    other = nameless.replace("20261123", "20261124")
    assert len(busy(nameless, other)) == 2


@pytest.mark.parametrize("value", ["20261124", "20261124T100000", "20261124T090000Z"])
def test_one_is_left_out_however_it_is_named(value: str) -> None:
    found = busy(event("a", TEN, HOUR, "RRULE:FREQ=DAILY;COUNT=3", f"EXDATE:{value}"))
    assert [each[:5] for each in found] == ["11-23", "11-25"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261125", "11-25"),
        ("20261125T090000Z", "11-25"),
        ("20261125T085959Z", "11-24"),
        ("20261125T100000", "11-25"),
    ],
)
def test_an_end_is_included_as_it_is_written(until: str, last: str) -> None:
    found = busy(event("a", TEN, HOUR, f"RRULE:FREQ=DAILY;UNTIL={until}"))
    assert found[-1].startswith(last)


def test_a_rule_may_name_several_hours_a_day() -> None:
    assert busy(event("a", TEN, HOUR, "RRULE:FREQ=DAILY;BYHOUR=10,14;COUNT=3")) == [
        "11-23 10:00 23 11:00", "11-23 14:00 23 15:00", "11-24 10:00 24 11:00",
    ]  # fmt: skip


def test_the_hours_of_a_rule_say_nothing_of_whole_days() -> None:
    odd = event("a", "DTSTART;VALUE=DATE:20261124", "RRULE:FREQ=WEEKLY;BYHOUR=7,8;COUNT=2")
    assert busy(odd) == ["11-24 00:00 25 00:00", "12-01 00:00 02 00:00"]


def test_dates_that_are_added_have_their_own_length() -> None:
    more = "RDATE;VALUE=PERIOD:20261124T090000Z/PT2H,20261125T090000Z/20261125T093000Z"
    assert busy(event("a", TEN, HOUR, more))[1:] == ["11-24 10:00 24 12:00", "11-25 10:00 25 10:30"]


# ---- old mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20261340T100000Z", HOUR),
        ("DTSTART:yesterday", HOUR),
        ("DTSTART;TZID=Europe/Berlin", HOUR),
        (HOUR,),
        ("DTSTART:20261123T100000Z", "DTEND:20261123T090000Z"),
        ("DTSTART:20261123T100000Z", "DURATION:forever"),
        ("DTSTART:20261123T100000Z", "DURATION:P99999999999999D"),
        (TEN, HOUR, "RRULE:FREQ=NOW"),
        (TEN, HOUR, "RRULE:"),
        (TEN, HOUR, "RRULE:FREQ=DAILY;INTERVAL=0"),
        (TEN, HOUR, "RRULE:FREQ=DAILY;BYMONTH=" + ",".join(["1"] * 500)),
        (TEN, HOUR, "RRULE:FREQ=DAILY;UNTIL=P1D"),
        (TEN, HOUR, "RRULE:RSCALE=CHINESE;FREQ=YEARLY"),
        (TEN, HOUR, "EXDATE:never"),
        (TEN, HOUR, "EXDATE:" + "20261123," * 10_000),
        (TEN + ";" * 100_000, HOUR),
    ],
)
def test_an_entry_that_means_nothing_is_counted_and_the_others_hold(lines: tuple[str, ...]) -> None:
    good = event("good", "DTSTART:20261201T100000Z", HOUR)
    found = read(calendar(event("bad", *lines), good))
    assert (len(found.spans), found.unread) == (1, 1)


def test_letters_in_a_wrong_encoding_and_odd_line_ends_do_no_harm() -> None:
    expected = read(calendar(event("a", TEN, HOUR))).spans
    text = calendar(event("a", "SUMMARY:Gr\xfc\xdfe", TEN, HOUR)).decode()
    for ics in (
        text.encode("latin-1"),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        text.replace("\r\n", "\n").encode(),
        text.replace("\r\n", "\r").encode(),
        text.replace("DTSTART", "DTST\r\n ART").replace("20261123", "2026\r\n\t1123").encode(),
        text.replace("BEGIN:VE", "begin:ve").encode(),
        text.encode() * 2,
    ):
        assert read(ics).spans == expected


def test_titles_names_and_places_are_nowhere_in_what_is_returned() -> None:
    lines = "SUMMARY:Cardiologist", "LOCATION:Ward 7", "ATTENDEE;CN=Ada:mailto:ada@example.org"
    found = repr(read(calendar(event("a", TEN, HOUR, *lines))))
    assert not any(word in found for word in ("Cardio", "Ward", "ada", "Ada", "example"))


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ics", "words"),
    [
        (b"", "not a calendar"),
        (b"\0" * 100, "not a calendar"),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "not a calendar"),
        (b"<!doctype html><title>Sign in</title>", "a web page"),
        (b"PK\x03\x04rest", "Unpack it"),
        (calendar(event("a", TEN, HOUR))[:-20], "breaks off"),
        (calendar("END:VEVENT"), "do not fit together"),
        (calendar(*["BEGIN:VEVENT"] * 100), "do not fit together"),
        (b"BEGIN:VCALENDAR\r\n" * 100_000, "do not fit together"),
        (b" " * (BYTES_MAX + 1), "larger than 5 MB"),
        (calendar(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 100_000), "too many entries"),
        (calendar(event("a", TEN, HOUR, "RRULE:FREQ=SECONDLY")), "every minute"),
        (calendar(event("a", TEN, HOUR, "RRULE:FREQ=MINUTELY;INTERVAL=59")), "every minute"),
        (calendar(event("a", "DTSTART:00010101T000000Z", HOUR, "RRULE:FREQ=HOURLY")), "more often"),
        (
            calendar(*(event(f"{n}", "DTSTART:19000101", "RRULE:FREQ=DAILY") for n in range(50))),
            "more often",
        ),
        (
            calendar(event("a", TEN, "DURATION:PT1S", "RRULE:FREQ=HOURLY;BYMINUTE=0,30")),
            "more busy times",
        ),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_is_no_calendar_or_never_ends_is_refused_in_plain_words(
    ics: bytes, words: str
) -> None:
    assert words in refusal(ics)


LINES: Final = st.sampled_from(
    [
        TEN, "DTSTART:99991231T235959Z", "DTSTART:00010101", "DTEND:20261123T110000", HOUR,
        "DURATION:-P5W", "DURATION:P9999999D", "RRULE:FREQ=WEEKLY;COUNT=-1", "RRULE:FREQ=YEARLY",
        "RRULE:FREQ=HOURLY;INTERVAL=99999999999", "RRULE:FREQ=DAILY;UNTIL=00010101T000000Z",
        "RRULE:FREQ=WEEKLY;BYDAY=53SU,XX", "RRULE:FREQ=MONTHLY;BYSETPOS=-400", "EXDATE:,,,",
        "RDATE;VALUE=PERIOD:20261123T090000Z/", "RDATE:20261123T090000Z/20261122T090000Z",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261123T090000Z", "RECURRENCE-ID:20261124",
        "SEQUENCE:" + "9" * 5000, "SEQUENCE:-1", "STATUS:", "UID:" + "x" * 9999, ";:;:",
        "DTSTART;TZID=Customized Time Zone:20270328T023000", "BEGIN:VALARM", "END:VALARM",
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:STANDARD",
        "END:STANDARD", "TZID:Customized Time Zone", "TZOFFSETFROM:+2400", "TZOFFSETTO:-0100",
        "TZOFFSETTO:+9999", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "FREEBUSY:/", "FREEBUSY:P1D/P1D",
        "FREEBUSY;FBTYPE=:20261123T090000Z/PT1H",
    ]
)  # fmt: skip
"""Whatever else they are, these are no calendar's usual lines."""


@settings(deadline=None, max_examples=400)
@given(st.lists(LINES, max_size=25), st.sampled_from(ZONES), st.randoms(use_true_random=False))
def test_whatever_is_thrown_at_it_the_answer_is_spans_in_order_or_a_refusal(
    lines: list[str], zone: str, chance: random.Random
) -> None:
    ics = bytearray(calendar(*OUTLOOK, "BEGIN:VEVENT", *lines, "END:VEVENT"))
    for _ in range(chance.randrange(3)):
        ics[chance.randrange(len(ics))] = chance.randrange(256)
    try:
        found = read(bytes(ics), zone)
    except Invalid:
        return
    assert list(found.spans) == merged(found.spans)
    assert all(YEAR.start_at <= span.start_at < span.end_at <= YEAR.end_at for span in found.spans)
