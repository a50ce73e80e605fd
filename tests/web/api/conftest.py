"""A program that asks over the API, with a token of its own."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pytest
from multidict import CIMultiDict

from tests.web.conftest import Browser, Practice
from videocall.access.people import Person
from videocall.scheduling.hours import Rules, WallSpan
from videocall.web import keys

NINE: Final = "2026-11-23T08:00:00Z"
"""Monday, nine in Berlin."""
TEN: Final = "2026-11-23T09:00:00Z"
CLIENT: Final = {"name": "Blue Heron", "email": "heron@example.org", "zone": "Europe/London"}
RULES: Final = Rules(notice_min=60, lengths_min=(25, 50), change_notice_min=24 * 60)
WEEKDAYS: Final = ((WallSpan(9 * 60, 17 * 60),),) * 5 + ((), ())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: CIMultiDict[str]
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json"
        problem = self.json
        assert problem["status"] == self.status
        assert problem["type"].endswith(f"/api#{problem['code']}")
        return str(problem["code"])

    @property
    def wrong(self) -> list[str]:
        """Where the body or the query is wrong."""
        assert self.code == "invalid"
        return [each.get("pointer", each.get("parameter")) for each in self.json["errors"]]


@dataclass
class Program:
    """Another program."""

    practice: Practice
    browser: Browser
    token: str
    therapist: Person

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask with a body as JSON, or with these very bytes."""
        shown = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            shown["Content-Type"] = "application/json"
        sent = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        async with self.browser.request(
            method, f"/api/v1{path}", data=sent, headers=shown | (headers or {})
        ) as answer:
            return Answer(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=_named(headers))

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.ask("POST", path, body, _named(headers))

    def new(self, start_at: str = TEN, **fields: Any) -> dict[str, Any]:
        usual = {"therapist": self.therapist.id, "minutes": 50, "client": CLIENT}
        return usual | {"start_at": start_at} | fields

    async def booked(self, start_at: str = TEN, **fields: Any) -> Any:
        answer = await self.post("/appointments", self.new(start_at, **fields))
        assert answer.status == 201, answer.raw
        return answer.json


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def connect(
    practice: Practice, therapist: Person, *, alone: bool = False, name: str = "Software"
) -> Program:
    """Return a program that sees the whole practice, or this therapist `alone`."""
    reach = therapist.id if alone else None
    _, token = await practice.app[keys.INTEGRATIONS].add(name, reach, practice.now)
    return Program(practice, await practice.browser(), token, therapist)


@pytest.fixture
async def program(practice: Practice) -> Program:
    """A program of a practice whose therapist works from nine to five on weekdays."""
    therapist = await practice.add()
    await practice.plans.set_hours(therapist.id, WEEKDAYS, RULES, practice.now)
    return await connect(practice, therapist)


@pytest.fixture
async def colleague(program: Program) -> Program:
    """A program that sees another therapist alone."""
    practice = program.practice
    other = await practice.add(email="otto@example.org")
    return await connect(practice, other, alone=True, name="Otto's website")
