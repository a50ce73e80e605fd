"""What is wrong is told as problem+json, with the place, and never as a fault of ours."""

import asyncio
import random
import sqlite3
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from tests.web.api.conftest import CLIENT, Program
from tests.web.api.whole import whole
from tests.web.conftest import PUBLIC_URL, Practice
from videocall.web.api.caller import PER_WINDOW
from videocall.web.api.operations import Operation
from videocall.web.api.problems import PROBLEMS
from videocall.web.api.routes import OPERATIONS
from videocall.web.keys import DATABASE, INTEGRATIONS


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer videocall_" + "x" * 43,
        "Bearer videocall_" + "x" * 5000,
        "Bearer \x80\xff",
        "Basic dXNlcjpwYXNz",
        "videocall_" + "x" * 43,
    ],
)
async def test_without_a_token_nothing_is_told(practice: Practice, shown: str) -> None:
    browser = await practice.browser()
    for path in ("/api/v1/therapists", "/api/v1/appointments/x"):
        answer = await browser.get(path, headers={"Authorization": shown} if shown else {})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await answer.json())["code"] == "unauthorized"


async def test_who_is_signed_in_on_the_pages_is_nobody_here(program: Program) -> None:
    visitor = await program.practice.signed_in(program.therapist)
    assert (await visitor.get("/api/v1/therapists")).status == 401
    assert (await visitor.post_json("/api/v1/appointments", program.new())).status == 401


async def test_a_token_asks_from_anywhere_but_no_page_may_read_the_answer(program: Program) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    made = await program.post("/appointments", program.new(), **foreign)
    assert made.status == 201
    asked = await program.ask("OPTIONS", "/appointments", headers=foreign)
    assert asked.code == "method"
    for answer in (made, asked):
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_a_token_that_was_removed_opens_nothing(program: Program) -> None:
    integrations = program.practice.app[INTEGRATIONS]
    (found,) = await integrations.all()
    await integrations.remove(found.id, program.practice.now)
    assert (await program.get("/therapists")).code == "unauthorized"


async def test_two_tokens_at_once_are_none(program: Program) -> None:
    bearer = f"Bearer {program.token}"
    answer = await program.browser.get(
        "/api/v1/therapists", headers=[("Authorization", bearer), ("Authorization", bearer)]
    )
    assert answer.status == 401


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"therapist": "x"}, "/therapist"),
        ({"therapist": 7}, "/therapist"),
        ({"start_at": "tomorrow"}, "/start_at"),
        ({"start_at": "2026-11-23T10:00:00"}, "/start_at"),
        ({"start_at": "2026-11-20T10:00:00Z"}, "/start_at"),
        ({"start_at": "1900-01-01T00:00:00Z"}, "/start_at"),
        ({"start_at": "0001-01-01T00:00:00+14:00"}, "/start_at"),
        ({"start_at": "9999-12-31T23:59:59-14:00"}, "/start_at"),
        ({"start_at": "2046-11-23T10:00:00Z"}, "/start_at"),
        ({"start_at": "2026-11-23T10:00:30Z"}, "/start_at"),
        ({"start_at": "2026-11-23T10:00:00.001Z"}, "/start_at"),
        ({"minutes": 4}, "/minutes"),
        ({"minutes": 481}, "/minutes"),
        ({"minutes": 10**30}, "/minutes"),
        ({"minutes": 50.5}, "/minutes"),
        ({"minutes": "50"}, "/minutes"),
        ({"minutes": True}, "/minutes"),
        ({"kind": "hologram"}, "/kind"),
        ({"by": "operator"}, "/by"),
        ({"client": None}, "/client"),
        ({"client": {}}, "/client/name"),
        ({"client": CLIENT | {"name": " "}}, "/client/name"),
        ({"client": CLIENT | {"name": "x" * 121}}, "/client/name"),
        ({"client": CLIENT | {"name": "a\u202eb"}}, "/client/name"),
        ({"client": CLIENT | {"email": "nobody"}}, "/client/email"),
        ({"client": CLIENT | {"email": "x" * 300}}, "/client/email"),
        ({"client": CLIENT | {"phone": "0170"}}, "/client/phone"),
        ({"client": CLIENT | {"zone": "Europe/Atlantis"}}, "/client/zone"),
        ({"client": CLIENT | {"language": "klingon!"}}, "/client/language"),
        ({"client": CLIENT | {"a/b~c": 1}}, "/client/a~1b~0c"),
        ({"link": "mine"}, "/link"),
    ],
)
async def test_a_value_that_cannot_be_used_is_told_with_its_place(
    program: Program, fields: dict[str, Any], wrong: str
) -> None:
    answer = await program.post("/appointments", program.new() | fields)
    assert (answer.status, answer.wrong) == (422, [wrong])
    assert answer.json["errors"][0]["detail"]
    assert (await program.get("/appointments")).json["items"] == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/appointments?limit=0", "limit"),
        ("/appointments?limit=101", "limit"),
        ("/appointments?limit=many", "limit"),
        ("/appointments?limit=1&limit=2", "limit"),
        ("/appointments?state=happy", "state"),
        ("/appointments?from=yesterday", "from"),
        ("/appointments?until=9999-12-31T23:59:59-14:00", "until"),
        ("/appointments?from=0001-01-01T00:00:00%2B14:00", "from"),
        ("/appointments?cursor=rubbish", "cursor"),
        ("/appointments?cursor=%00", "cursor"),
        ("/appointments?cursor=WzEsMiwzXQ", "cursor"),
        ("/appointments?cursor=" + "x" * 300, "cursor"),
        ("/appointments?form=2026-01-01T00:00:00Z", "form"),
        ("/therapists?cursor=W10", "cursor"),
        ("/therapists/{her}/slots?minutes=45", "minutes"),
        ("/therapists/{her}/slots?cursor=WyJ4Il0", "cursor"),
        ("/therapists/{her}/exceptions?cursor=WyJ4IiwxXQ", "cursor"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_told_by_its_name(
    program: Program, path: str, wrong: str
) -> None:
    answer = await program.get(path.replace("{her}", program.therapist.id))
    assert (answer.status, answer.wrong) == (422, [wrong])


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (b"{", "application/json", "malformed"),
        (b"\xff\xfe", "application/json", "malformed"),
        (b'{"therapist": "\\ud800"}', "application/json", "malformed"),
        (b"[" * 60_000, "application/json", "invalid"),
        (b'{"client":' * 6_000, "application/json", "invalid"),
        (b'{"therapist": 1' + b"0" * 60_000 + b"}", "application/json", "invalid"),
        (b"null", "application/json", "invalid"),
        (b"", "application/json", "invalid"),
        (b'{"x": "' + b"x" * 70_000 + b'"}', "application/json", "too_large"),
        (b"{}", "text/plain", "unsupported"),
        (b"{}", "application/x-www-form-urlencoded", "unsupported"),
        (b"{}", "multipart/form-data; boundary=x", "unsupported"),
        (b"{}", "application/json; charset=klingon", "invalid"),
        (b"{}", "rubbish", "unsupported"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    program: Program, raw: bytes, content_type: str, code: str
) -> None:
    answer = await program.ask("POST", "/appointments", raw, {"Content-Type": content_type})
    assert (answer.status, answer.code) == (PROBLEMS[code][0], code)


async def test_an_address_that_is_not_there_or_used_another_way_is_told_so(
    program: Program,
) -> None:
    assert (await program.get("/nowhere")).code == "not_found"
    assert (await program.get("/")).code == "not_found"
    answer = await program.ask("DELETE", "/appointments")
    assert (answer.code, answer.headers["Allow"]) == ("method", "GET,HEAD,POST")
    assert (await program.ask("HEAD", "/appointments")).status == 200


async def test_a_program_that_asks_without_end_is_told_to_wait_and_others_are_not(
    program: Program, colleague: Program
) -> None:
    answers = await asyncio.gather(*(program.get("/appointments/x") for _ in range(PER_WINDOW + 5)))
    slowed = [answer for answer in answers if answer.status == 429]
    assert len(slowed) == 5
    assert slowed[0].code == "too_many"
    assert int(slowed[0].headers["Retry-After"]) >= 30
    assert (await colleague.get("/therapists")).status == 200


async def test_while_the_file_is_locked_a_program_is_told_to_come_back(program: Program) -> None:
    other = sqlite3.connect(program.practice.app[DATABASE].path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = await program.post("/appointments", program.new())
    other.close()
    assert (answer.status, answer.code) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    assert (await program.get("/appointments")).json["items"] == []


async def test_every_code_is_explained_on_the_page(program: Program) -> None:
    text = await (await program.browser.get("/api", headers={"Accept": "text/html"})).text()
    for code in PROBLEMS:
        assert f'id="{code}"' in text
    answer = await program.get("/nowhere")
    assert answer.json["type"] == f"{PUBLIC_URL}/api#not_found"


def nasty(chance: random.Random) -> Any:
    """Return something nobody expects there."""
    plain: list[Any] = [
        None, True, -1, 0, 1e308, 10**25, "", " ", "\x00", "\u202e", "x" * 3000, "2026-02-30T25:61",
        "9999-12-31T23:59", "0000-01-01", "2026-11-23T10:00:00-23:59", "../../etc/passwd", "%s",
        "' OR 1=1 --", [], {}, [[]], {"a": {}}, ["x"] * 300, "Europe/../x", "\ufeff", "\U0001f600",
    ]  # fmt: skip
    return chance.choice(plain)


def spoiled(value: Any, chance: random.Random) -> Any:
    """Return `value` with one place of it, at any depth, changed, lost or added to."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        match chance.randrange(6):
            case 0:
                return {each: value[each] for each in value if each != name}
            case 1:
                return value | {chance.choice(["", "id", "__proto__", "/", "x" * 200]): 1}
            case _:
                return value | {name: spoiled(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], spoiled(value[at], chance), *value[at + 1 :]]
    return nasty(chance)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_whatever_is_sent_it_is_never_a_fault_of_ours(
    program: Program, operation: Operation
) -> None:
    chance = random.Random(operation.name)
    real = await whole(program)
    for _ in range(120):
        path = real.path(operation)
        if chance.random() < 0.1:
            path = path.replace(chance.choice(real.ids), quote(str(nasty(chance))[:500], safe=""))
        if operation.shape.query is not None:
            names = [field.encode_name for field in msgspec.structs.fields(operation.shape.query)]
            asked = {name: str(nasty(chance)) for name in chance.sample(names, 2)}
            path += "?" + urlencode(asked, errors="replace")
        body = None
        if operation.shape.body is not None:
            body = spoiled(real.body(operation), chance)
        headers = {}
        if chance.random() < 0.2:
            headers["Idempotency-Key"] = chance.choice(["", "x" * 300, "a b", "é", '"q"', "\t"])
        if chance.random() < 0.2:
            headers["If-Match"] = chance.choice(["", "x", '"', 'W/"', '"a",,', "*, *", "é", '"é"'])
        answer = await program.ask(operation.method, path, body, headers)
        assert answer.status < 500, (path, body, headers, answer.raw)
        if answer.status >= 400:
            assert answer.code in PROBLEMS
            assert PROBLEMS[answer.code][0] == answer.status
