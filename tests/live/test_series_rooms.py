"""What open rooms are told when a series changes, and only those it concerns."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession

from tests.practice import Work, configure, open_practice
from videocall import clock
from videocall.health.visitor import Visitor
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment, Book, Kind
from videocall.scheduling.booked_series import Whole, new_series
from videocall.scheduling.series import Series
from videocall.scheduling.zones import wall_at
from videocall.signalling.messages import Ended, EndedBy, Host, Joined, Moved, Text, TextFrom
from videocall.store.instants import to_ms
from videocall.web import keys

WEEK: Final = timedelta(weeks=1)


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    async with open_practice(configure(tmp_path)) as practice:
        yield practice


async def weekly(work: Work, starts_in: timedelta) -> Whole:
    """Book three weeks, the first of them soon."""
    start_at = clock.now().replace(second=0, microsecond=0) + starts_in
    rule = Series(wall_at(start_at, "Europe/Berlin"), "Europe/Berlin", 50, count=3)
    book = Book(
        AppointmentId("a"), "a", work.therapist.id, "Alex", None, None, start_at, 50, Kind.VIDEO
    )
    series = new_series(book, rule, clock.now())
    return await work.app[keys.SERIES].book(series, work.therapist.id, clock.now())


async def post(work: Work, session: ClientSession, path: str, form: dict[str, str]) -> None:
    async with session.post(
        work.url + path, data=form, headers={"Origin": work.url}, allow_redirects=False
    ) as answer:
        assert answer.status == 303, await answer.text()


def original(member: Appointment) -> str:
    assert member.original is not None
    return member.original.isoformat()


async def in_call(work: Work, member: Appointment) -> tuple[ClientSession, Visitor, Visitor]:
    session = await work.signed_in()
    desk = await work.desk(session)
    client = await work.client(member)
    (person,) = await desk.who_waits()
    await desk.admit(person)
    therapist = await work.host(member, session)
    await client.hear(Joined)
    await therapist.hear(Joined)
    return session, therapist, client


async def test_who_waits_for_the_first_hears_that_all_were_moved_and_that_all_are_cancelled(
    work: Work,
) -> None:
    whole = await weekly(work, timedelta(minutes=10))
    session = await work.signed_in()
    client = await work.client(whole.members[0])
    await client.hear(Host)
    here = {"from": original(whole.members[0])}
    start_at = whole.members[0].start_at + timedelta(minutes=2)
    start = f"{wall_at(start_at, 'Europe/Berlin'):%Y-%m-%dT%H:%M}"
    path = f"/series/{whole.series.id}"
    move = here | {"start": start, "minutes": "50", "act": "move"}
    await post(work, session, f"{path}/move", move)
    assert (await client.hear(Moved)).start_at_ms == to_ms(start_at)
    await post(work, session, f"{path}/undo", {})
    assert (await client.hear(Moved)).start_at_ms == to_ms(whole.members[0].start_at)
    await post(work, session, f"{path}/end", here)
    assert (await client.hear(Ended)).by is EndedBy.CANCELLED


async def test_a_session_that_goes_on_is_not_disturbed_by_a_change_of_the_next(work: Work) -> None:
    whole = await weekly(work, timedelta())
    session, therapist, client = await in_call(work, whole.members[0])
    await post(
        work, session, f"/series/{whole.series.id}/end", {"from": original(whole.members[1])}
    )
    await therapist.say(Text("see you"))
    assert isinstance(await next_of_talk(client), TextFrom)


async def next_of_talk(client: Visitor) -> object:
    """Return the next message that is a text, or that would disturb."""
    while True:
        message = await client.hear_any()
        if isinstance(message, TextFrom | Moved | Ended):
            return message


async def test_while_a_session_runs_over_its_link_leads_back_to_it(work: Work) -> None:
    whole = await weekly(work, timedelta())
    first = whole.members[0]
    await in_call(work, first)
    earlier = [to_ms(at - timedelta(hours=3)) for at in (first.start_at, first.end_at)]
    await work.app[keys.DATABASE].write(
        lambda tables: tables.execute(
            "UPDATE appointments SET start_at = ?, end_at = ? WHERE id = ?", [*earlier, first.id]
        )
    )
    anywhere = work.visitor(work.browser())
    assert await anywhere.open_link(work.link(first)) == f"/session/{first.id}"
