"""Series over the API."""

from datetime import timedelta
from typing import Any

import pytest

from tests.web.api.conftest import CLIENT, Program

RULE = {"first": "2027-03-15T10:00", "minutes": 50, "count": 4}


def wanted(program: Program, **rule: Any) -> dict[str, Any]:
    return {"therapist": program.therapist.id, "client": CLIENT, "rule": RULE | rule}


async def test_what_is_in_the_way_is_shown_and_resolved_before_a_series_is_made(
    program: Program,
) -> None:
    await program.booked("2027-03-22T09:30:00Z")
    asked = {"therapist": program.therapist.id, "rule": RULE}
    shown = (await program.post("/series/preview", asked)).json
    assert [each["original"][5:10] for each in shown["occurrences"]] == [
        "03-15", "03-22", "03-29", "04-05"
    ]  # fmt: skip
    assert shown["clashes"] == [
        {
            "original": "2027-03-22T10:00",
            "kind": "appointment",
            "start_at": "2027-03-22T09:30:00Z",
            "end_at": "2027-03-22T10:20:00Z",
        }
    ]
    refused = await program.post("/series", wanted(program))
    assert refused.code == "overlap"
    assert len((await program.get("/appointments")).json["items"]) == 1
    elsewhere = {"original": "2027-03-22T10:00", "to": "2027-03-23T11:00", "minutes": 25}
    made = await program.post(
        "/series", wanted(program, moved=[elsewhere], skipped=["2027-04-05T10:00"])
    )
    assert made.status == 201
    starts = [each["start_at"] for each in made.json["appointments"]]
    # Ten on the wall, on both sides of the night the clocks change.
    assert starts == ["2027-03-15T09:00:00Z", "2027-03-23T10:00:00Z", "2027-03-29T08:00:00Z"]
    assert made.json["rule"]["moved"] == [elsewhere]
    assert made.json["rule"]["zone"] == "Europe/Berlin"
    assert {each["link"] for each in made.json["appointments"]} == {made.json["link"]}
    assert (await program.get(f"/series/{made.json['id']}")).raw == made.raw


async def test_one_of_a_series_goes_its_own_way_as_any_appointment(program: Program) -> None:
    made = (await program.post("/series", wanted(program))).json
    first, second = (each["id"] for each in made["appointments"][:2])
    move = {"start_at": "2027-03-16T10:00:00Z", "minutes": 50}
    assert (await program.post(f"/appointments/{first}/move", move)).json["series"] == made["id"]
    assert (await program.post(f"/appointments/{second}/cancel")).status == 200
    now = (await program.get(f"/series/{made['id']}")).json
    assert now["rule"]["skipped"] == ["2027-03-22T10:00"]
    assert now["rule"]["moved"] == [
        {"original": "2027-03-15T10:00", "to": "2027-03-16T11:00", "minutes": 50}
    ]


async def test_all_from_one_on_are_moved_ended_and_put_back(program: Program) -> None:
    made = (await program.post("/series", wanted(program))).json
    path = f"/series/{made['id']}"
    onward = {"original": "2027-03-29T10:00", "first": "2027-03-30T15:00", "minutes": 25}
    moved = await program.post(f"{path}/move", onward)
    assert moved.status == 200, moved.raw
    assert moved.json["id"] != made["id"]
    assert [each["start_at"] for each in moved.json["appointments"]] == [
        "2027-03-30T13:00:00Z",
        "2027-04-06T13:00:00Z",
    ]
    left = (await program.get(path)).json
    assert len(left["appointments"]) == 2
    undone = await program.post(f"{path}/undo")
    assert [each["start_at"] for each in undone.json["appointments"]] == [
        each["start_at"] for each in made["appointments"]
    ]
    ended = (await program.post(f"{path}/end", {"original": "2027-03-22T10:00"})).json
    assert [each["state"] for each in ended["appointments"]] == ["booked"] + ["cancelled"] * 3
    assert ended["rule"]["count"] == 1
    program.practice.now += timedelta(minutes=6)
    assert (await program.post(f"{path}/undo")).code == "undo"


async def test_a_change_of_an_old_version_of_a_series_is_refused(program: Program) -> None:
    made = await program.post("/series", wanted(program))
    path, seen = f"/series/{made.json['id']}", made.headers["ETag"]
    one = made.json["appointments"][3]["id"]
    await program.post(f"/appointments/{one}/cancel")
    end = {"original": "2027-03-22T10:00"}
    assert (await program.post(f"{path}/end", end, If_Match=seen)).code == "stale"
    seen = (await program.get(path)).headers["ETag"]
    assert (await program.post(f"{path}/end", end, If_Match=seen)).status == 200


async def test_a_series_outside_the_reach_of_a_token_is_not_there(
    program: Program, colleague: Program
) -> None:
    made = await program.post("/series", wanted(program))
    path = f"/series/{made.json['id']}"
    move = {"original": "2027-03-22T10:00", "first": "2027-03-23T10:00", "minutes": 50}
    assert (await colleague.get(path)).code == "not_found"
    assert (await colleague.post(f"{path}/move", move)).code == "not_found"
    assert (await colleague.post(f"{path}/end", {"original": RULE["first"]})).code == "not_found"
    assert (await colleague.post(f"{path}/undo")).code == "not_found"
    assert (await colleague.post("/series", wanted(program))).wrong == ["/therapist"]
    asked = {"therapist": program.therapist.id, "rule": RULE}
    assert (await colleague.post("/series/preview", asked)).wrong == ["/therapist"]
    assert (await program.get(path)).raw == made.raw


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"count": None}, "/rule/count"),
        ({"until": "2027-06-01"}, "/rule/count"),
        ({"count": None, "until": "2027-01-01"}, "/rule/count"),
        ({"count": None, "until": "9999-12-31"}, "/rule/count"),
        ({"count": 107}, "/rule/count"),
        ({"count": 0}, "/rule/count"),
        ({"every_weeks": 27}, "/rule/every_weeks"),
        ({"minutes": 481}, "/rule/minutes"),
        ({"zone": "Europe/Atlantis"}, "/rule/zone"),
        ({"first": "2027-03-15"}, "/rule/first"),
        ({"first": "2027-02-30T10:00"}, "/rule/first"),
        ({"first": "1900-03-15T10:00"}, "/rule/first"),
        ({"first": "9999-12-31T23:59"}, "/rule/first"),
        ({"first": "2026-03-15T10:00"}, "/rule/first"),
        ({"skipped": ["never"]}, "/rule/skipped/0"),
        ({"skipped": ["2027-03-32T10:00"]}, "/rule/skipped"),
        ({"skipped": ["2027-03-15T10:00"] * 107}, "/rule/skipped"),
        ({"moved": [{"original": "2027-03-15T10:00"}]}, "/rule/moved/0/to"),
    ],
)
async def test_a_rule_that_cannot_be_is_told_with_its_place_and_nothing_is_made(
    program: Program, rule: dict[str, Any], wrong: str
) -> None:
    answer = await program.post("/series", wanted(program, **rule))
    assert answer.wrong == [wrong], answer.raw
    assert (await program.get("/appointments")).json["items"] == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"original": "2027-03-15T11:00", "first": "2027-03-15T12:00", "minutes": 50}, None),
        ({"original": "2027-03-15T10:00", "first": "2026-03-15T12:00", "minutes": 50}, "/first"),
        ({"original": "2027-03-15T10:00", "first": "2199-12-31T12:00", "minutes": 50}, "/first"),
        ({"original": "2027-03-15T10:00", "first": "2027-02-30T12:00", "minutes": 50}, "/first"),
        ({"original": "2027-02-30T10:00", "first": "2027-03-15T12:00", "minutes": 50}, "/original"),
    ],
)
async def test_a_move_of_a_series_that_cannot_be_changes_nothing(
    program: Program, body: dict[str, Any], wrong: str | None
) -> None:
    made = await program.post("/series", wanted(program))
    refused = await program.post(f"/series/{made.json['id']}/move", body)
    if wrong is None:
        assert refused.code == "conflict"
    else:
        assert refused.wrong == [wrong]
    assert (await program.get(f"/series/{made.json['id']}")).raw == made.raw
