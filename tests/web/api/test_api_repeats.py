"""A request that is sent again under its key is done once, whatever happens between."""

import asyncio
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.practice import configure
from tests.web.api.conftest import NINE, TEN, Program, connect
from tests.web.api.whole import whole
from tests.web.conftest import employ
from videocall.store import answers
from videocall.store.retention import purge
from videocall.web.api.operations import Operation
from videocall.web.api.repeats import IN_PROGRESS
from videocall.web.api.routes import OPERATIONS
from videocall.web.keys import DATABASE, SITE

POSTS = [each for each in OPERATIONS if each.method == "POST" and each.name != "preview_series"]


async def count(program: Program) -> int:
    return len((await program.get("/appointments?limit=100")).json["items"])


@pytest.mark.parametrize("operation", POSTS, ids=lambda each: each.name)
async def test_the_same_request_gets_the_same_answer_and_changes_nothing_more(
    program: Program, operation: Operation
) -> None:
    real = await whole(program)
    await real.ready(operation)
    path = real.path(operation)
    body = real.body(operation) if operation.shape.body else None
    first = await program.post(path, body, Idempotency_Key="one")
    assert first.status == operation.status, first.raw
    after = await count(program)
    program.practice.now += timedelta(hours=1)
    # An old `If-Match` does no harm: what it protects has been done.
    again = await program.post(path, body, Idempotency_Key="one", If_Match='"old"')
    assert (again.status, again.raw) == (first.status, first.raw)
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)
    assert await count(program) == after


async def test_another_request_under_the_same_key_is_refused(program: Program) -> None:
    assert (await program.post("/appointments", program.new(), Idempotency_Key="k")).status == 201
    other = await program.post("/appointments", program.new(NINE), Idempotency_Key="k")
    assert (other.status, other.code) == (422, "key_reused")
    made = (await program.get("/appointments")).json["items"]
    cancel = await program.post(f"/appointments/{made[0]['id']}/cancel", Idempotency_Key="k")
    assert cancel.code == "key_reused"
    assert [each["state"] for each in made] == ["booked"]


async def test_the_order_and_blanks_of_a_body_make_no_other_request(program: Program) -> None:
    new = program.new()
    first = await program.post("/appointments", new, Idempotency_Key="k")
    turned = dict(reversed(new.items()))
    again = await program.post("/appointments", turned, Idempotency_Key="k")
    assert again.raw == first.raw


async def test_a_refusal_changed_nothing_and_the_key_may_be_tried_again(program: Program) -> None:
    made = await program.booked()
    refused = await program.post("/appointments", program.new(), Idempotency_Key="k")
    assert refused.code == "overlap"
    assert (await program.post(f"/appointments/{made['id']}/cancel")).status == 200
    taken = await program.post("/appointments", program.new(), Idempotency_Key="k")
    assert taken.status == 201


async def test_twenty_at_once_under_one_key_make_one_appointment(program: Program) -> None:
    answers = await asyncio.gather(
        *(
            program.post("/appointments", program.new(TEN), Idempotency_Key="race")
            for _ in range(20)
        )
    )
    seen = Counter(answer.status for answer in answers)
    assert seen[201] >= 1
    assert seen[201] + seen[409] == 20
    assert {answer.raw for answer in answers if answer.status == 201} == {
        (await program.post("/appointments", program.new(TEN), Idempotency_Key="race")).raw
    }
    assert {answer.code for answer in answers if answer.status == 409} <= {"in_progress"}
    assert await count(program) == 1


async def test_while_a_request_is_worked_on_the_same_is_told_so(program: Program) -> None:
    other = sqlite3.connect(program.practice.app[DATABASE].path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first = asyncio.create_task(program.post("/appointments", program.new(), Idempotency_Key="k"))
    while not program.practice.app[IN_PROGRESS]:
        await asyncio.sleep(0.001)
    again = await program.post("/appointments", program.new(), Idempotency_Key="k")
    assert (again.status, again.code) == (409, "in_progress")
    other.close()
    assert (await first).status == 201
    later = await program.post("/appointments", program.new(), Idempotency_Key="k")
    assert later.raw == (await first).raw


@pytest.mark.parametrize("change", ["book", "cancel"])
async def test_two_processes_on_one_file_do_a_request_once(tmp_path: Path, change: str) -> None:
    config = configure(tmp_path)
    one, two = employ(config), employ(config)
    first = await connect(one, await one.add())
    second = Program(two, await two.browser(), first.token, first.therapist)
    path, body, status = "/appointments", first.new(), 201
    if change == "cancel":
        path, body, status = f"/appointments/{(await first.booked())['id']}/cancel", {}, 200
    answers = await asyncio.gather(
        *(each.post(path, body, Idempotency_Key="k") for each in (first, second) * 3)
    )
    assert {answer.status for answer in answers} <= {status, 409}
    assert len({answer.raw for answer in answers if answer.status == status}) == 1
    # Who comes second is given the answer, or asked to wait; never told that it was too late.
    assert {answer.code for answer in answers if answer.status == 409} <= {"in_progress"}
    assert await count(first) == 1
    await one.close()
    await two.close()


async def test_another_program_has_keys_of_its_own(program: Program) -> None:
    second = await connect(program.practice, program.therapist, name="Another")
    first = await program.post("/appointments", program.new(), Idempotency_Key="k")
    other = await second.post("/appointments", second.new(NINE), Idempotency_Key="k")
    assert (first.status, other.status) == (201, 201)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
async def test_what_is_no_key_is_refused_before_anything_is_done(
    program: Program, key: str
) -> None:
    answer = await program.post("/appointments", program.new(), Idempotency_Key=key)
    assert (answer.status, answer.code) == (400, "malformed")
    assert await count(program) == 0
    longest = await program.post("/appointments", program.new(), Idempotency_Key="x" * 255)
    assert longest.status == 201


async def test_an_answer_is_kept_for_a_day_sealed_and_then_gone(program: Program) -> None:
    practice = program.practice
    first = await program.post("/appointments", program.new(), Idempotency_Key="wren")
    practice.now += timedelta(hours=24) - timedelta(seconds=1)
    again = await program.post("/appointments", program.new(), Idempotency_Key="wren")
    assert again.raw == first.raw
    disk = practice.app[DATABASE].path.read_bytes()
    for private in (b"wren", b"Heron", first.json["link"][-40:].encode()):
        assert private not in disk
    practice.now += timedelta(seconds=1)
    await purge(
        practice.app[DATABASE], practice.app[SITE].retention, timedelta(days=1), practice.now
    )
    rows = await practice.app[DATABASE].read(
        lambda tables: tables.execute("SELECT count(*) FROM answers").fetchone()[0]
    )
    assert rows == 0


async def test_keys_without_end_are_refused_and_those_there_are_still_hold(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "KEYS_MAX", 2)
    for key, start_at in (("one", NINE), ("two", TEN)):
        new = program.new(start_at)
        assert (await program.post("/appointments", new, Idempotency_Key=key)).status == 201
    late = await program.post(
        "/appointments", program.new("2026-11-23T10:00:00Z"), Idempotency_Key="three"
    )
    assert late.code == "too_many"
    again = await program.post("/appointments", program.new(NINE), Idempotency_Key="one")
    assert again.status == 201
    assert await count(program) == 2


async def test_an_answer_survives_a_restart(tmp_path: Path) -> None:
    config = configure(tmp_path)
    before = employ(config)
    first = await connect(before, await before.add())
    made = await first.post("/appointments", first.new(), Idempotency_Key="k")
    await before.close()
    after = employ(config)
    same = Program(after, await after.browser(), first.token, first.therapist)
    again = await same.post("/appointments", same.new(), Idempotency_Key="k")
    assert (again.status, again.raw) == (201, made.raw)
    assert await count(same) == 1
    await after.close()
