"""Signing in and out."""

import pytest

from tests.practice import PASSWORD
from tests.web.conftest import PUBLIC_URL, Practice
from videocall.access.people import Role

RIGHT = {"email": "anna@example.org", "password": PASSWORD}
WRONG = {"email": "anna@example.org", "password": "not this one at all"}


async def test_the_right_password_leads_to_the_agenda(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    answer = await visitor.post("/signin", RIGHT)
    assert (answer.status, answer.headers["Location"]) == (303, "/agenda")
    cookie = answer.headers["Set-Cookie"]
    for part in ("__Host-signin=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert (await visitor.get("/agenda")).status == 200


async def test_an_operator_is_led_to_the_board(practice: Practice) -> None:
    await practice.add(Role.OPERATOR)
    answer = await (await practice.visitor()).post("/signin", RIGHT)
    assert answer.headers["Location"] == "/board"


async def test_a_wrong_password_and_an_unknown_address_look_the_same(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    wrong = await visitor.post("/signin", WRONG)
    unknown = await visitor.post("/signin", WRONG | {"email": "zoe@example.org"})
    assert wrong.status == unknown.status == 403
    texts = [await answer.text() for answer in (wrong, unknown)]
    assert texts[0] == texts[1].replace("zoe@example.org", "anna@example.org")
    assert "do not fit together" in texts[0]
    assert 'value="anna@example.org"' in texts[0]
    assert "Set-Cookie" not in wrong.headers


async def test_a_new_signin_gets_a_new_token_and_the_one_before_ends(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    await visitor.post("/signin", RIGHT)
    before = visitor.cookies["__Host-signin"]
    await visitor.post("/signin", RIGHT)
    assert visitor.cookies["__Host-signin"] != before
    assert await practice.people.by_signin(before, practice.now) is None


async def test_a_token_planted_before_is_not_taken_over(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    visitor.cookies["__Host-signin"] = "planted"
    await visitor.post("/signin", RIGHT)
    assert visitor.cookies["__Host-signin"] != "planted"


async def test_guessing_at_one_account_is_slowed_and_others_are_not(practice: Practice) -> None:
    await practice.add()
    await practice.add(email="otto@example.org")
    visitor = await practice.visitor()
    for _ in range(10):
        assert (await visitor.post("/signin", WRONG)).status == 403
    answer = await visitor.post("/signin", RIGHT)
    assert answer.status == 429
    assert "quarter of an hour" in await answer.text()
    other = RIGHT | {"email": "otto@example.org"}
    assert (await visitor.post("/signin", other)).status == 303


async def test_a_stranger_elsewhere_cannot_lock_a_therapist_out(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    for _ in range(15):
        await visitor.post("/signin", WRONG, **{"X-Forwarded-For": "203.0.113.66"})
    home = await visitor.post("/signin", RIGHT, **{"X-Forwarded-For": "198.51.100.7"})
    assert home.status == 303


async def test_guessing_at_one_account_from_everywhere_is_slowed_as_well(
    practice: Practice,
) -> None:
    await practice.add()
    visitor = await practice.visitor()
    for trial in range(200):
        address = f"198.51.100.{trial}"
        await visitor.post("/signin", WRONG, **{"X-Forwarded-For": address})
    answer = await visitor.post("/signin", RIGHT, **{"X-Forwarded-For": "203.0.113.1"})
    assert answer.status == 429


async def test_guessing_from_one_household_is_slowed_whatever_the_account(
    practice: Practice,
) -> None:
    await practice.add()
    visitor = await practice.visitor()
    for trial in range(40):
        form = WRONG | {"email": f"person-{trial}@example.org"}
        address = f"2001:db8::{trial:x}"
        await visitor.post("/signin", form, **{"X-Forwarded-For": address})
    same = await visitor.post("/signin", RIGHT, **{"X-Forwarded-For": "2001:db8::ffff"})
    assert same.status == 429
    neighbour = await visitor.post("/signin", RIGHT, **{"X-Forwarded-For": "2001:db8:0:1::1"})
    assert neighbour.status == 303


async def test_who_has_signed_in_has_all_trials_again(practice: Practice) -> None:
    await practice.add()
    visitor = await practice.visitor()
    for _ in range(3):
        for _ in range(8):
            await visitor.post("/signin", WRONG)
        assert (await visitor.post("/signin", RIGHT)).status == 303


@pytest.mark.parametrize(
    ("to", "place"),
    [
        ("/appointments/new", "/appointments/new"),
        ("https://evil.example", "/agenda"),
        ("//evil.example", "/agenda"),
        ("/\\evil.example", "/agenda"),
        ("/%2fevil", "/agenda"),
        ("", "/agenda"),
    ],
)
async def test_signing_in_leads_back_to_a_page_of_ours_alone(
    practice: Practice, to: str, place: str
) -> None:
    await practice.add()
    answer = await (await practice.visitor()).post("/signin", RIGHT | {"to": to})
    assert answer.headers["Location"] == place


async def test_a_stranger_is_sent_to_sign_in_and_back(practice: Practice) -> None:
    answer = await (await practice.visitor()).get("/appointments/new")
    assert (answer.status, answer.headers["Location"]) == (303, "/signin?to=/appointments/new")


async def test_a_link_signs_in_and_reading_pages_uses_nothing_up(practice: Practice) -> None:
    person = await practice.add()
    until = practice.now.replace(hour=13)
    token = practice.keyring.signin(person.id, "once", practice.now, until)
    visitor = await practice.visitor()
    for _ in range(2):
        assert (await visitor.get("/signin")).status == 200
    answer = await visitor.post_json("/signin/link", {"token": token})
    assert (answer.status, await answer.json()) == (200, {"to": "/agenda"})
    assert (await visitor.get("/agenda")).status == 200


@pytest.mark.parametrize("body", [{"token": "broken"}, {"token": ""}, {"token": "a.b.c"}])
async def test_a_broken_link_says_what_to_do(practice: Practice, body: dict[str, str]) -> None:
    answer = await (await practice.visitor()).post_json("/signin/link", body)
    assert answer.status == 403
    assert "sign in with your password" in (await answer.json())["text"]


async def test_a_sign_in_link_past_its_time_opens_nothing(practice: Practice) -> None:
    person = await practice.add()
    until = practice.now.replace(hour=13)
    token = practice.keyring.signin(person.id, "once", practice.now, until)
    practice.now = practice.now.replace(hour=14)
    answer = await (await practice.visitor()).post_json("/signin/link", {"token": token})
    assert answer.status == 403


@pytest.mark.parametrize("body", [{}, [], "x", {"token": 7}, {"token": "x" * 5000}])
async def test_what_is_no_link_at_all_is_refused(practice: Practice, body: object) -> None:
    answer = await (await practice.visitor()).post_json("/signin/link", body)
    assert (answer.status, (await answer.json())["code"]) == (422, "invalid")


async def test_signing_out_ends_the_session_and_clears_the_browser(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    token = visitor.cookies["__Host-signin"]
    answer = await visitor.post("/signout")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert visitor.cookies == {}
    assert await practice.people.by_signin(token, practice.now) is None


async def test_on_localhost_cookies_need_no_https(practice: Practice) -> None:
    from dataclasses import replace

    from videocall.web.keys import SITE

    practice.app[SITE] = replace(practice.app[SITE], public_url="http://localhost:8080")
    await practice.add()
    answer = await (await practice.visitor()).post("/signin", RIGHT)
    assert answer.headers["Set-Cookie"].startswith("signin=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


async def test_nothing_of_a_person_is_logged(
    practice: Practice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    await practice.add()
    visitor = await practice.visitor()
    await visitor.post("/signin", RIGHT)
    await visitor.post("/signin", WRONG)
    ours = [record for record in caplog.records if record.name.startswith("videocall")]
    written = " ".join(record.getMessage() for record in ours)
    for secret in ("anna", "Anna", PASSWORD, "127.0.0.1", *visitor.cookies.values()):
        assert secret not in written
    assert PUBLIC_URL not in written
