"""People with an account, and where they are signed in."""

from datetime import timedelta
from typing import Final

import pytest

from tests.store.conftest import NOON, Rows
from videocall.access.people import Role
from videocall.errors import Conflict, Invalid
from videocall.ids import PersonId

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)


async def test_a_person_is_found_by_id_and_by_address_however_it_is_typed(rows: Rows) -> None:
    therapist = await rows.therapist()
    assert await rows.people.get(therapist.id) == therapist
    for typed in ("rivera@example.org", " Rivera@Example.ORG "):
        assert await rows.people.by_email(typed) == (therapist, "$argon2id$hash")
    for typed in ("", "rivera", "lee@example.org", "\ud800@example.org", "x" * 100_000):
        assert await rows.people.by_email(typed) is None
    assert await rows.people.get(PersonId("nobody")) is None


async def test_an_address_belongs_to_one_account(rows: Rows) -> None:
    await rows.therapist()
    with pytest.raises(Conflict, match="account with this e-mail"):
        await rows.therapist("RIVERA@example.org")


@pytest.mark.parametrize(
    ("name", "email", "zone"),
    [
        ("", "lee@example.org", "Europe/Berlin"),
        ("Lee", "lee", "Europe/Berlin"),
        ("Lee", "lee@example.org", "Europe/Atlantis"),
    ],
)
async def test_an_account_with_an_unusable_value_is_refused(
    rows: Rows, name: str, email: str, zone: str
) -> None:
    with pytest.raises(Invalid):
        await rows.people.add(Role.OPERATOR, name, email, zone, "hash", NOON)


async def test_a_sign_in_lasts_until_it_is_idle(rows: Rows) -> None:
    therapist = await rows.therapist()
    token = await rows.people.signin(therapist.id, NOON)
    assert await rows.people.by_signin(token, NOON + HOUR - MINUTE) == therapist
    assert await rows.people.by_signin(token, NOON + 2 * HOUR) is None


async def test_using_a_sign_in_keeps_it_but_not_beyond_its_absolute_end(rows: Rows) -> None:
    therapist = await rows.therapist()
    token = await rows.people.signin(therapist.id, NOON)
    now = NOON
    while now < NOON + 12 * HOUR - 30 * MINUTE:
        now += 30 * MINUTE
        assert await rows.people.by_signin(token, now) == therapist, now
        await rows.database.write(lambda _tables: None)
    assert await rows.people.by_signin(token, NOON + 12 * HOUR) is None


async def test_signing_out_ends_this_sign_in_alone(rows: Rows) -> None:
    therapist = await rows.therapist()
    here, there = [await rows.people.signin(therapist.id, NOON) for _ in range(2)]
    await rows.people.sign_out(here)
    assert await rows.people.by_signin(here, NOON) is None
    assert await rows.people.by_signin(there, NOON) == therapist


async def test_a_new_password_signs_out_everywhere(rows: Rows) -> None:
    therapist, colleague = await rows.therapist(), await rows.therapist("lee@example.org")
    tokens = [await rows.people.signin(therapist.id, NOON) for _ in range(3)]
    other = await rows.people.signin(colleague.id, NOON)
    await rows.people.set_password(therapist.id, "$argon2id$other", NOON)
    assert [await rows.people.by_signin(token, NOON) for token in tokens] == [None] * 3
    assert await rows.people.by_signin(other, NOON) == colleague
    assert await rows.people.by_email("rivera@example.org") == (therapist, "$argon2id$other")


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 1_000_000])
async def test_what_is_no_token_signs_nobody_in(rows: Rows, token: str) -> None:
    await rows.therapist()
    assert await rows.people.by_signin(token, NOON) is None
    await rows.people.sign_out(token)
