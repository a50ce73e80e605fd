"""Appointments over the API."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.web.api.conftest import CLIENT, NINE, RULES, TEN, WEEKDAYS, Program
from videocall.access.people import Role
from videocall.ids import AppointmentId, LinkId
from videocall.scheduling.appointment import Kind
from videocall.store.journal import Act
from videocall.web.keys import DATABASE as _DATABASE
from videocall.web.keys import INTEGRATIONS as _INTEGRATIONS


async def test_an_appointment_that_is_made_can_be_read_with_its_link(program: Program) -> None:
    made = await program.post("/appointments", program.new())
    assert made.status == 201
    shown = made.json
    assert (shown["start_at"], shown["end_at"]) == (TEN, "2026-11-23T09:50:00Z")
    assert (shown["state"], shown["kind"], shown["sequence"]) == ("booked", "video", 0)
    assert shown["client"] == CLIENT | {"phone": None, "language": ""}
    read = await program.get(f"/appointments/{shown['id']}")
    assert (read.status, read.raw) == (200, made.raw)
    assert made.headers["Location"] == f"/api/v1/appointments/{shown['id']}"
    token = shown["link"].partition("/j#")[2]
    opened = program.practice.keyring.read_session_link(token, program.practice.now)
    assert opened.link == LinkId(shown["id"])
    unchanged = await program.get(
        f"/appointments/{shown['id']}", If_None_Match=read.headers["ETag"]
    )
    assert (unchanged.status, unchanged.raw) == (304, b"")


async def test_the_pages_show_what_the_api_made_and_the_api_what_the_pages_moved(
    program: Program,
) -> None:
    made = await program.booked()
    visitor = await program.practice.signed_in(program.therapist)
    page = await visitor.get(f"/appointments/{made['id']}")
    assert "Blue Heron" in await page.text()
    form = {"start": "2026-11-24T15:00", "minutes": "30"}
    assert (await visitor.post(f"/appointments/{made['id']}/move", form)).status == 303
    moved = (await program.get(f"/appointments/{made['id']}")).json
    assert (moved["start_at"], moved["minutes"]) == ("2026-11-24T14:00:00Z", 30)
    assert (moved["moved_from"], moved["sequence"]) == (TEN, 1)
    assert moved["link"] == made["link"]


async def test_of_fifty_programs_that_want_one_time_at_once_exactly_one_gets_it(
    program: Program,
) -> None:
    wishes = [program.new(by="client"), program.new()] * 25
    answers = await asyncio.gather(*(program.post("/appointments", wish) for wish in wishes))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 49}
    assert {answer.code for answer in answers if answer.status == 409} <= {"taken", "overlap"}
    assert len((await program.get("/appointments")).json["items"]) == 1


async def test_every_change_of_the_pages_can_be_made(program: Program) -> None:
    path = f"/appointments/{(await program.booked())['id']}"
    moved = await program.post(f"{path}/move", {"start_at": NINE, "minutes": 25, "reason": "Ill"})
    assert (moved.json["start_at"], moved.json["reason"]) == (NINE, "Ill")
    undone = await program.post(f"{path}/undo")
    assert (undone.json["start_at"], undone.json["sequence"]) == (TEN, 2)
    assert (await program.post(f"{path}/undo")).code == "undo"
    reissued = await program.post(f"{path}/reissue")
    assert reissued.json["link"] != undone.json["link"]
    program.practice.now = datetime.fromisoformat(TEN) + timedelta(minutes=20)
    absent = await program.post(f"{path}/no-show")
    assert absent.json["state"] == "no_show"
    ended = await program.post(f"{path}/end")
    assert (ended.json["state"], ended.json["ended_at"]) == ("ended", "2026-11-23T09:20:00Z")
    assert (await program.post(f"{path}/cancel")).code == "conflict"
    other = f"/appointments/{(await program.booked('2026-11-24T09:00:00Z'))['id']}"
    cancelled = await program.post(f"{other}/cancel", {"reason": "Flu"})
    assert (cancelled.json["state"], cancelled.json["late"]) == ("cancelled", False)


async def test_on_behalf_of_a_client_the_rules_hold(program: Program) -> None:
    async def refused(start_at: str, **fields: object) -> str:
        return (
            await program.post("/appointments", program.new(start_at, by="client", **fields))
        ).code

    assert await refused("2026-11-22T09:00:00Z") == "taken"
    assert await refused("2026-11-23T09:01:00Z") == "taken"
    assert await refused(TEN, minutes=45) == "invalid"
    made = await program.booked(by="client")
    path = f"/appointments/{made['id']}"
    assert made["changed_by"] == "client"
    night = {"start_at": "2026-11-24T01:00:00Z", "minutes": 50}
    assert (await program.post(f"{path}/move", night | {"by": "client"})).code == "taken"
    assert (await program.post(f"{path}/move", night)).status == 200
    assert (await program.post(f"{path}/undo", {"by": "client"})).code == "undo"
    assert (await program.post(f"{path}/undo")).json["start_at"] == TEN
    program.practice.now = datetime.fromisoformat(TEN) - timedelta(hours=2)
    late = {"start_at": "2026-11-24T10:00:00Z", "minutes": 50, "by": "client"}
    assert (await program.post(f"{path}/move", late)).code == "notice"
    cancelled = await program.post(f"{path}/cancel", {"by": "client"})
    assert (cancelled.json["state"], cancelled.json["late"]) == ("cancelled", True)


async def test_what_a_client_asks_for_is_confirmed_or_declined(program: Program) -> None:
    practice = program.practice
    rules = replace(RULES, confirm=True, kinds=(Kind.AUDIO,))
    await practice.plans.set_hours(program.therapist.id, WEEKDAYS, rules, practice.now)
    assert (await program.post("/appointments", program.new(by="client"))).wrong == ["/kind"]
    asked = await program.booked(by="client", kind="audio")
    assert asked["state"] == "tentative"
    confirmed = await program.post(f"/appointments/{asked['id']}/confirm")
    assert confirmed.json["state"] == "booked"
    assert (await program.post(f"/appointments/{asked['id']}/confirm")).code == "conflict"


async def test_a_change_of_an_old_version_is_refused_and_nothing_changes(program: Program) -> None:
    made = await program.post("/appointments", program.new())
    path, seen = f"/appointments/{made.json['id']}", made.headers["ETag"]
    to_nine = {"start_at": NINE, "minutes": 50}
    moved = await program.post(f"{path}/move", to_nine, If_Match=seen)
    assert moved.status == 200
    for old in (seen, f"W/{moved.headers['ETag']}", '"rubbish"'):
        assert (await program.post(f"{path}/cancel", If_Match=old)).code == "stale"
    assert (await program.get(path)).raw == moved.raw
    several = f'"rubbish", {moved.headers["ETag"]}'
    assert (await program.post(f"{path}/cancel", If_Match=several)).status == 200
    assert (await program.post(f"{path}/undo", If_Match="*")).status == 200


async def test_of_two_changes_of_one_version_one_is_made(program: Program) -> None:
    made = await program.post("/appointments", program.new())
    path, seen = f"/appointments/{made.json['id']}", made.headers["ETag"]
    answers = await asyncio.gather(
        *(
            program.post(f"{path}/move", {"start_at": NINE, "minutes": minutes}, If_Match=seen)
            for minutes in range(20, 30)
        )
    )
    assert Counter(answer.status for answer in answers) == {200: 1, 412: 9}


async def test_pages_of_a_list_hold_each_appointment_once_in_order(program: Program) -> None:
    starts = [f"2026-11-{day}T{hour}:00:00Z" for day in (24, 23, 26, 25) for hour in ("10", "09")]
    made = [await program.booked(start) for start in starts]
    await program.post(f"/appointments/{made[0]['id']}/cancel")
    made.append(await program.booked(made[0]["start_at"]))
    listed, cursor = [], ""
    while True:
        page = (await program.get(f"/appointments?limit=2{cursor}")).json
        listed += page["items"]
        assert len(page["items"]) <= 2
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(each["id"] for each in listed) == sorted(each["id"] for each in made)
    assert [each["start_at"] for each in listed] == sorted(each["start_at"] for each in made)


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("from=2026-11-23T09:50:00Z", [11, 13]),
        ("from=2026-11-23T09:49:59Z", [9, 11, 13]),
        ("until=2026-11-23T11:00:00Z", [9]),
        ("from=2026-11-23T12:00:00%2B01:00&until=2026-11-23T13:00:01Z", [11, 13]),
        ("state=cancelled", [13]),
        ("state=booked&limit=1", [9]),
    ],
)
async def test_a_list_holds_what_was_asked_for(
    program: Program, query: str, hours: list[int]
) -> None:
    made = [await program.booked(f"2026-11-23T{hour}:00:00Z") for hour in ("09", "11", "13")]
    await program.post(f"/appointments/{made[-1]['id']}/cancel")
    found = (await program.get(f"/appointments?{query}")).json["items"]
    assert [int(each["start_at"][11:13]) for each in found] == hours


async def test_what_is_outside_the_reach_of_a_token_is_as_if_it_was_not_there(
    program: Program, colleague: Program
) -> None:
    made = await program.booked()
    await program.booked("2026-11-25T09:00:00Z", therapist=colleague.therapist.id)
    path, her = f"/appointments/{made['id']}", program.therapist.id
    hers = [
        f"/therapists/{her}{each}"
        for each in ("", "/plan", "/exceptions", "/slots", "/booking-page")
    ]
    for hidden in (path, f"{path}/live", f"{path}/letters", *hers):
        answer = await colleague.get(hidden)
        never = await colleague.get(hidden.replace(made["id"], "x" * 22).replace(her, "x" * 22))
        assert (answer.status, answer.raw) == (404, never.raw)
    for change in ("cancel", "end", "no-show", "reissue", "undo", "confirm"):
        assert (await colleague.post(f"{path}/{change}")).code == "not_found"
    to_nine = {"start_at": NINE, "minutes": 50}
    assert (await colleague.post(f"{path}/move", to_nine)).code == "not_found"
    assert (await colleague.post(f"{path}/move", to_nine | {"by": "client"})).code == "not_found"
    assert (await colleague.post("/appointments", program.new())).wrong == ["/therapist"]
    assert (await colleague.get(f"/appointments?therapist={her}")).json["items"] == []
    assert len((await colleague.get("/appointments")).json["items"]) == 1
    assert len((await program.get("/appointments")).json["items"]) == 2
    assert (await program.get(path)).json == made


async def test_an_operator_is_no_therapist(program: Program) -> None:
    operator = await program.practice.add(Role.OPERATOR, "op@example.org")
    assert (await program.get(f"/therapists/{operator.id}")).code == "not_found"
    new = program.new(therapist=operator.id)
    assert (await program.post("/appointments", new)).wrong == ["/therapist"]
    assert [each["id"] for each in (await program.get("/therapists")).json["items"]] == [
        program.therapist.id
    ]


async def test_the_journal_says_which_program_did_it(program: Program) -> None:
    made = await program.booked()
    (integration,) = await program.practice.app[_INTEGRATIONS].all()
    row = await program.practice.app[_DATABASE].read(
        lambda tables: tables.execute(
            "SELECT actor FROM journal WHERE subject = ? AND act = ?",
            [AppointmentId(made["id"]), Act.BOOKED],
        ).fetchone()
    )
    assert row == (integration.id,)
