"""What a program changes is told to the people in the room at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.practice import Work, configure, open_practice
from videocall import clock
from videocall.errors import CloseCode
from videocall.health.visitor import Visitor
from videocall.scheduling.appointment import Appointment
from videocall.signalling.messages import Ended, EndedBy, Moved, Revoked
from videocall.web.keys import INTEGRATIONS


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    async with open_practice(configure(tmp_path)) as practice:
        yield practice


async def waiting(work: Work) -> tuple[Appointment, Visitor]:
    appointment = await work.book()
    return appointment, await work.client(appointment)


async def asks(work: Work, appointment: Appointment, what: str, body: Any = None) -> None:
    name = f"Program that asks to {what}"
    _, token = await work.app[INTEGRATIONS].add(name, None, clock.now())
    path = f"{work.url}/api/v1/appointments/{appointment.id}/{what}"
    headers = {"Authorization": f"Bearer {token}"}
    async with work.browser().post(path, json=body or {}, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("cancel", EndedBy.CANCELLED),
        ("end", EndedBy.THERAPIST),
        ("no-show", EndedBy.THERAPIST),
    ],
)
async def test_who_waits_hears_that_it_is_over(work: Work, what: str, by: EndedBy) -> None:
    appointment, client = await waiting(work)
    await asks(work, appointment, what)
    assert (await client.hear(Ended)).by is by
    assert await client.closed() == CloseCode.ENDED


async def test_who_waits_hears_of_another_time(work: Work) -> None:
    appointment, client = await waiting(work)
    start_at = appointment.start_at + timedelta(hours=2)
    await asks(work, appointment, "move", {"start_at": start_at.isoformat(), "minutes": 25})
    moved = await client.hear(Moved)
    assert moved.start_at_ms == start_at.timestamp() * 1000
    await asks(work, appointment, "undo")
    assert (await client.hear(Moved)).start_at_ms == appointment.start_at.timestamp() * 1000


async def test_who_came_by_an_old_link_is_shown_the_door(work: Work) -> None:
    appointment, client = await waiting(work)
    await asks(work, appointment, "reissue")
    await client.hear(Revoked)
    assert await client.closed() == CloseCode.LINK_INVALID
