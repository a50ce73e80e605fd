"""Address privacy over the API."""

from dataclasses import replace

import pytest

from tests.web.api.conftest import CLIENT, Program
from tests.web.conftest import Practice
from videocall.web.keys import SITE

RULE = {"first": "2027-03-15T10:00", "minutes": 50, "count": 3}


@pytest.fixture(autouse=True)
def relayed(request: pytest.FixtureRequest, practice: Practice) -> None:
    """Let there be a way for calls that keeps addresses private, unless a test wants none."""
    offered = getattr(request, "param", True)
    practice.app[SITE] = replace(practice.app[SITE], relay_offered=offered)


@pytest.mark.parametrize("by", ["therapist", "client"])
async def test_an_appointment_is_made_with_it_and_read_with_it(program: Program, by: str) -> None:
    made = await program.booked(by=by, address_privacy=True)
    assert made["address_privacy"] is True
    assert (await program.get(f"/appointments/{made['id']}")).json == made
    plain = await program.booked("2026-11-24T09:00:00Z", by=by)
    assert plain["address_privacy"] is False


async def test_it_is_switched_unless_the_program_has_seen_an_old_version(program: Program) -> None:
    made = await program.post("/appointments", program.new())
    path, seen = f"/appointments/{made.json['id']}", made.headers["ETag"]
    on = await program.post(f"{path}/address-privacy", {"on": True})
    assert on.json == made.json | {"address_privacy": True, "changed_at": on.json["changed_at"]}
    stale = await program.post(f"{path}/address-privacy", {"on": False}, If_Match=seen)
    assert stale.code == "stale"
    assert (await program.post(f"{path}/address-privacy", {})).wrong == ["/on"]
    off = await program.post(f"{path}/address-privacy", {"on": False})
    assert off.json["address_privacy"] is False


async def test_a_program_of_another_switches_nothing(program: Program, colleague: Program) -> None:
    path = f"/appointments/{(await program.booked())['id']}"
    assert (await colleague.post(f"{path}/address-privacy", {"on": True})).code == "not_found"
    assert (await program.get(path)).json["address_privacy"] is False


async def test_a_series_is_made_with_it_and_switched_as_a_whole(program: Program) -> None:
    wanted = {"therapist": program.therapist.id, "client": CLIENT, "rule": RULE}
    made = (await program.post("/series", wanted | {"address_privacy": True})).json
    assert [each["address_privacy"] for each in made["appointments"]] == [True] * 3
    path = f"/series/{made['id']}"
    off = (await program.post(f"{path}/address-privacy", {"on": False})).json
    assert [each["address_privacy"] for each in off["appointments"]] == [False] * 3
    assert (await program.get(path)).json == off
    first = f"/appointments/{made['appointments'][0]['id']}"
    await program.post(f"{first}/address-privacy", {"on": True})
    now = (await program.get(path)).json
    assert [each["address_privacy"] for each in now["appointments"]] == [True, False, False]


@pytest.mark.parametrize("relayed", [False], indirect=True)
async def test_without_a_relay_it_is_refused_and_the_place_is_named(program: Program) -> None:
    made = await program.booked()
    path = f"/appointments/{made['id']}"
    assert (await program.post(f"{path}/address-privacy", {"on": True})).wrong == ["/on"]
    wish = program.new("2026-11-24T09:00:00Z", address_privacy=True)
    assert (await program.post("/appointments", wish)).wrong == ["/address_privacy"]
    wanted = {"therapist": program.therapist.id, "client": CLIENT, "rule": RULE}
    refused = await program.post("/series", wanted | {"address_privacy": True})
    assert refused.wrong == ["/address_privacy"]
