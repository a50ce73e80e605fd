"""Therapists over the API: hours, exceptions, free times."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.web.api.conftest import NINE, TEN, Program
from tests.web.conftest import PUBLIC_URL
from videocall.access.people import Role


async def test_therapists_are_listed_page_by_page_without_operators(program: Program) -> None:
    practice = program.practice
    emails = [f"t{number}@example.org" for number in range(4)]
    ids = {program.therapist.id, *[(await practice.add(email=email)).id for email in emails]}
    await practice.add(Role.OPERATOR, "op@example.org")
    seen, cursor = [], ""
    while True:
        page = (await program.get(f"/therapists?limit=2{cursor}")).json
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(ids)
    assert set(seen) == ids
    one = (await program.get(f"/therapists/{program.therapist.id}")).json
    assert one == {"id": program.therapist.id, "name": "Anna Weiss", "zone": "Europe/Berlin"}


async def test_a_plan_that_is_read_can_be_sent_back_as_it_is(program: Program) -> None:
    path = f"/therapists/{program.therapist.id}/plan"
    before = await program.get(path)
    assert before.json["week"]["monday"] == [{"start_min": 540, "end_min": 1020}]
    assert before.json["week"]["sunday"] == []
    new = {name: before.json[name] for name in ("week", "rules")}
    after = await program.ask("PUT", path, new)
    assert (after.status, after.raw) == (200, before.raw)


async def test_a_plan_that_is_set_is_what_the_pages_show(program: Program) -> None:
    path = f"/therapists/{program.therapist.id}/plan"
    new = (await program.get(path)).json
    del new["zone"]
    new["week"] = {
        "saturday": [{"start_min": 600, "end_min": 615}, {"start_min": 615, "end_min": 720}]
    }
    new["rules"] |= {"lengths_min": [60, 30], "confirm": True, "kinds": ["chat", "video"]}
    set_to = (await program.ask("PUT", path, new)).json
    assert set_to["week"]["saturday"] == [{"start_min": 600, "end_min": 720}]
    assert set_to["rules"]["lengths_min"] == [30, 60]
    visitor = await program.practice.signed_in(program.therapist)
    assert "10:00–12:00" in await (await visitor.get("/hours")).text()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"week": {"monday": [{"start_min": 600, "end_min": 600}]}}, "/week/monday"),
        ({"week": {"monday": [{"start_min": 600}]}}, "/week/monday/0/end_min"),
        ({"week": {"monday": [{"start_min": 1440, "end_min": 1440}]}}, "/week/monday/0/start_min"),
        ({"week": {"friday": [{"start_min": 0, "end_min": 1441}]}}, "/week/friday/0/end_min"),
        ({"week": {"friday": [{"start_min": 0, "end_min": 9}] * 13}}, "/week/friday"),
        ({"week": {"funday": []}}, "/week/funday"),
        ({"rules": {"step_min": 0}}, "/rules/step_min"),
        ({"rules": {"lengths_min": []}}, "/rules/lengths_min"),
        ({"rules": {"lengths_min": [4]}}, "/rules/lengths_min/0"),
        ({"rules": {"lengths_min": [50] * 7}}, "/rules/lengths_min"),
        ({"rules": {"kinds": []}}, "/rules/kinds"),
        ({"rules": {"most_per_day": 0}}, "/rules/most_per_day"),
        ({"rules": {"notice_min": -1}}, "/rules/notice_min"),
        ({"zone": "Europe/London"}, "/zone"),
    ],
)
async def test_a_plan_that_cannot_be_is_told_with_the_place_and_not_set(
    program: Program, change: dict[str, Any], wrong: str
) -> None:
    path = f"/therapists/{program.therapist.id}/plan"
    before = await program.get(path)
    new = {name: before.json[name] for name in ("week", "rules")}
    new = {**new, **change}
    new["rules"] = before.json["rules"] | change.get("rules", {})
    answer = await program.ask("PUT", path, new)
    assert (answer.status, answer.wrong) == (422, [wrong])
    assert (await program.get(path)).raw == before.raw


async def test_exceptions_come_and_go_and_the_free_times_with_them(program: Program) -> None:
    path = f"/therapists/{program.therapist.id}"

    async def hours(on: str) -> set[int]:
        day = f"{path}/slots?from={on}T00:00:00Z&until={on}T23:59:59Z&limit=100&minutes=50"
        return {int(each["start_at"][11:13]) for each in (await program.get(day)).json["items"]}

    assert await hours("2026-11-24") == set(range(8, 16))
    off = await program.ask("PUT", f"{path}/exceptions/2026-11-24", {"spans": []})
    assert off.json == {"on": "2026-11-24", "spans": [], "extra": False}
    assert await hours("2026-11-24") == set()
    evening = {"spans": [{"start_min": 1140, "end_min": 1200}], "extra": True}
    await program.ask("PUT", f"{path}/exceptions/2026-11-25", evening)
    assert await hours("2026-11-25") == {*range(8, 16), 18}
    first = (await program.get(f"{path}/exceptions?limit=1")).json
    rest = (await program.get(f"{path}/exceptions?limit=1&cursor={first['next']}")).json
    assert [each["on"] for each in first["items"] + rest["items"]] == ["2026-11-24", "2026-11-25"]
    assert rest["next"] is None
    for _ in range(2):
        gone = await program.ask("DELETE", f"{path}/exceptions/2026-11-24")
        assert (gone.status, gone.raw) == (204, b"")
    assert await hours("2026-11-24") == set(range(8, 16))


async def test_the_booking_page_goes_on_and_off_under_one_link(program: Program) -> None:
    path = f"/therapists/{program.therapist.id}/booking-page"
    assert (await program.get(path)).json == {"on": False, "link": None}
    on = (await program.ask("PUT", path, {"on": True})).json
    visitor = await program.practice.visitor()
    place = on["link"].removeprefix(PUBLIC_URL)
    assert (await visitor.get(place)).status == 200
    assert (await program.ask("PUT", path, {"on": False})).json["link"] is None
    assert (await visitor.get(place)).status == 404
    assert (await program.ask("PUT", path, {"on": True})).json == on
    assert (await program.ask("PUT", path, {"on": "yes"})).wrong == ["/on"]


@pytest.mark.parametrize(
    ("on", "spans", "wrong"),
    [
        ("2026-02-30", [], "on"),
        ("today", [], "on"),
        ("20261124", [], None),
        ("9999-12-31", [], "on"),
        ("1900-01-01", [], "on"),
        ("2026-11-24", [{"start_min": 60, "end_min": 30}], "/spans"),
        ("2026-11-24", [{"start_min": 60, "end_min": 30, "x": 1}], "/spans/0/x"),
    ],
)
async def test_an_exception_that_cannot_be_is_told(
    program: Program, on: str, spans: list[object], wrong: str | None
) -> None:
    path = f"/therapists/{program.therapist.id}/exceptions/{on}"
    answer = await program.ask("PUT", path, {"spans": spans})
    if wrong is None:
        assert answer.json["on"] == "2026-11-24"
    else:
        assert answer.wrong == [wrong]


async def test_free_times_are_those_of_the_booking_page_on_every_page(program: Program) -> None:
    await program.booked(TEN)
    seen: list[str] = []
    cursor = ""
    while True:
        page = (
            await program.get(
                f"/therapists/{program.therapist.id}/slots?minutes=50&limit=7{cursor}"
            )
        ).json
        assert (page["zone"], page["minutes"]) == ("Europe/Berlin", 50)
        seen += [each["start_at"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == sorted(set(seen))
    assert len(seen) > 400
    assert NINE in seen
    assert TEN not in seen
    for each in seen:
        wall = datetime.fromisoformat(each).astimezone(ZoneInfo("Europe/Berlin"))
        assert wall.weekday() < 5
        assert 9 <= wall.hour < 17
    assert all(after > before for before, after in pairwise(seen))


async def test_asked_for_any_time_whatever_the_work_is_bounded(program: Program) -> None:
    path = f"/therapists/{program.therapist.id}/slots"
    wide = await program.get(f"{path}?from=2000-01-01T00:00:00Z&until=2199-12-31T00:00:00Z")
    assert len(wide.json["items"]) == 50
    for empty in (
        "from=2199-01-01T00:00:00Z",
        "until=2026-01-01T00:00:00Z",
        "from=2026-11-25T00:00:00Z&until=2026-11-24T00:00:00Z",
    ):
        nothing = await program.get(f"{path}?{empty}")
        assert (nothing.status, nothing.json["items"], nothing.json["next"]) == (200, [], None)


async def test_the_shortest_length_is_shown_unless_one_is_asked_for(program: Program) -> None:
    page = (await program.get(f"/therapists/{program.therapist.id}/slots")).json
    assert page["minutes"] == 25
    first = page["items"][0]
    lasts = datetime.fromisoformat(first["end_at"]) - datetime.fromisoformat(first["start_at"])
    assert lasts == timedelta(minutes=25)
    assert datetime.fromisoformat(first["start_at"]).tzinfo == UTC
