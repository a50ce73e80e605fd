"""What is told of each change, to whom, and that it names nobody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlite_utils import Database as Tables

from tests.store.conftest import NOON, Rows
from videocall.access.people import Person
from videocall.errors import Conflict
from videocall.ids import LinkId, PersonId, VisitId
from videocall.scheduling.appointment import (
    Appointment,
    Cancel,
    Confirm,
    End,
    Kind,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
)
from videocall.scheduling.booked_series import BookedSeries, new_series_id, new_uid
from videocall.scheduling.series import Series
from videocall.store.deliveries import MESSAGES_KEPT, Deliveries
from videocall.store.diary import Diary
from videocall.store.hooks import ARRIVALS_MAX, HOOKS_MAX, Hook, Hooks
from videocall.store.integrations import Integrations
from videocall.store.retention import Retention, purge
from videocall.store.series import AllSeries

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BY = PersonId("somebody")


async def hook(rows: Rows, therapist: Person | None = None, name: str = "Software") -> Hook:
    id = None if therapist is None else therapist.id
    made, _ = await Integrations(rows.database, rows.seal).add(name, id, NOON)
    hooks = Hooks(rows.database, rows.seal)
    return await hooks.add(made.id, "https://example.org/hook", NOON, private=False)


async def told(rows: Rows, to: Hook | None = None) -> list[Any]:
    def work(tables: Tables) -> list[Any]:
        found = tables.execute(
            "SELECT body FROM deliveries WHERE ? IS NULL OR hook = ? ORDER BY rowid",
            [to and to.id, to and to.id],
        )
        return [msgspec.json.decode(body) for (body,) in found.fetchall()]

    return await rows.database.read(work)


def words(messages: list[Any]) -> list[str]:
    return [f"{each['type'].partition('.')[2]} {each['data']['state']}" for each in messages]


async def booked(rows: Rows, therapist: Person) -> Appointment:
    return await rows.appointments.book(rows.book(therapist, NOON + DAY, "Ada"), NOON)


async def test_each_change_is_told_with_the_state_it_led_to(rows: Rows) -> None:
    therapist = await rows.therapist()
    await hook(rows)
    made = await booked(rows, therapist)
    change, undo = rows.appointments.change, rows.appointments.undo
    start_at = made.start_at
    await change(made.id, Move(start_at + HOUR, 50), BY, NOON)
    await undo(made.id, Party.THERAPIST, BY, NOON)
    await change(made.id, ReissueLink(), BY, NOON)
    await change(made.id, Cancel(), BY, NOON)
    await undo(made.id, Party.THERAPIST, BY, NOON)
    await change(made.id, MarkNoShow(), BY, start_at)
    await change(made.id, End(), BY, start_at)
    await undo(made.id, Party.THERAPIST, BY, start_at)
    assert words(await told(rows)) == [
        "booked booked", "moved booked", "moved booked", "cancelled cancelled", "booked booked",
        "ended no_show", "ended ended", "ended no_show",
    ]  # fmt: skip
    sequences = [each["data"]["sequence"] for each in await told(rows)]
    assert sequences == sorted(sequences)


async def test_what_a_client_asks_for_is_told_and_again_when_it_is_confirmed(rows: Rows) -> None:
    therapist = await rows.therapist()
    await hook(rows)
    book = rows.book(therapist, NOON + DAY, "Ada")
    made = await rows.appointments.book(replace(book, tentative=True, by=Party.CLIENT), NOON)
    await rows.appointments.change(made.id, Confirm(), BY, NOON)
    assert words(await told(rows)) == ["booked tentative", "booked booked"]


async def test_each_of_a_series_is_told(rows: Rows) -> None:
    therapist = await rows.therapist()
    await hook(rows)
    series = AllSeries(rows.database, Diary(rows.seal))
    first = (NOON + DAY).replace(tzinfo=None)
    id = new_series_id()
    made = await series.book(
        BookedSeries(
            id=id, uid=new_uid(), therapist=therapist.id, link=LinkId(id), client_name="Ada",
            client_email=None, client_phone=None, client_zone=None, client_language="",
            kind=Kind.VIDEO, rule=Series(first, "Europe/Berlin", 50, count=3), sequence=0,
            created_at=NOON, changed_at=NOON,
        ),
        BY,
        NOON,
    )  # fmt: skip
    onward = first + timedelta(weeks=1)
    _, after = made.as_it_is.move_from(onward, onward + HOUR, 50)
    await series.move(made.series.id, onward, after, BY, NOON)
    await series.undo(made.series.id, BY, NOON)
    await series.end(made.series.id, onward, BY, NOON)
    await series.undo(made.series.id, BY, NOON)
    messages = await told(rows)
    assert words(messages) == [
        *["booked booked"] * 3, *["moved booked"] * 4, *["cancelled cancelled"] * 2,
        *["booked booked"] * 2,
    ]  # fmt: skip
    assert {each["data"]["series"] for each in messages} >= {made.series.id}


async def test_a_change_that_is_refused_is_not_told(rows: Rows) -> None:
    therapist = await rows.therapist()
    await hook(rows)
    made = await booked(rows, therapist)
    with pytest.raises(Conflict):
        await rows.appointments.book(rows.book(therapist, made.start_at, "Bob"), NOON)
    with pytest.raises(Conflict):
        await rows.appointments.change(made.id, MarkNoShow(), BY, NOON)

    def refuse(_tables: Tables, _after: Appointment) -> None:
        raise Conflict("no")

    with pytest.raises(Conflict):
        await rows.appointments.change(made.id, Cancel(), BY, NOON, last=refuse)
    assert words(await told(rows)) == ["booked booked"]


async def test_a_program_of_one_therapist_hears_of_hers_alone(rows: Rows) -> None:
    therapist, other = await rows.therapist(), await rows.therapist("otto@example.org")
    all_of_it = await hook(rows)
    hers = await hook(rows, therapist, "Hers")
    await rows.appointments.book(rows.book(other, NOON + DAY, "Bob"), NOON)
    mine = await booked(rows, therapist)
    assert [each["data"]["id"] for each in await told(rows, hers)] == [mine.id]
    assert len(await told(rows, all_of_it)) == 2


async def test_a_message_names_nobody_and_the_secret_is_sealed(rows: Rows) -> None:
    therapist = await rows.therapist()
    to = await hook(rows, name="Grace's software")
    _, token = await Integrations(rows.database, rows.seal).add("Second", None, NOON)
    made = await booked(rows, therapist)
    await rows.appointments.change(made.id, Cancel(reason="Flu in Bern"), BY, NOON)
    disk = rows.bytes_on_disk()
    assert b"appointment.cancelled" in disk
    for private in (
        "Lovelace", "ada@", "Rivera", "Flu", "example.org", "Grace", to.secret, to.secret[6:30],
        token, token[12:30],
    ):  # fmt: skip
        assert private.encode() not in disk
    for message in await told(rows):
        assert set(message) == {"type", "timestamp", "data"}
        assert set(message["data"]) == {
            "id", "therapist", "start_at", "end_at", "kind", "state", "sequence", "series",
        }  # fmt: skip


async def test_an_arrival_is_told_once_for_each_visit(rows: Rows) -> None:
    therapist = await rows.therapist()
    made = await booked(rows, therapist)
    hooks = Hooks(rows.database, rows.seal)
    await hooks.arrived(made, VisitId("before-anybody-listens"), NOON)
    first, second = await hook(rows), await hook(rows, name="Second")
    for visit in ("phone", "laptop", "phone", "phone"):
        await hooks.arrived(made, VisitId(visit), NOON)
    for each in (first, second):
        assert words(await told(rows, each)) == ["arrived booked"] * 2
    deliveries = Deliveries(rows.database, rows.seal)
    for _ in range(4):
        claimed = await deliveries.claim(NOON)
        assert claimed is not None
        await deliveries.taken(claimed, 204)
    await hooks.arrived(made, VisitId("phone"), NOON + HOUR)
    assert await deliveries.claim(NOON + HOUR) is None
    for number in range(2 * ARRIVALS_MAX):
        await hooks.arrived(made, VisitId(f"made-up-{number}"), NOON)
    assert len(await told(rows)) <= 2 * ARRIVALS_MAX


async def test_messages_go_after_a_week_and_with_their_appointment(rows: Rows) -> None:
    therapist = await rows.therapist()
    to = await hook(rows)
    made = await booked(rows, therapist)
    deliveries = Deliveries(rows.database, rows.seal)
    claimed = await deliveries.claim(NOON)
    assert claimed is not None
    assert claimed.hook.url == to.url
    await deliveries.taken(claimed, 204)
    await purge(rows.database, Retention(), DAY, NOON + MESSAGES_KEPT - HOUR)
    assert len(await told(rows)) == 1
    await purge(rows.database, Retention(), DAY, NOON + MESSAGES_KEPT)
    assert await told(rows) == []
    disk = rows.bytes_on_disk()
    assert claimed.id.encode() not in disk
    assert made.id.encode() in disk


async def test_a_program_has_few_webhooks_and_all_go_with_it(rows: Rows) -> None:
    therapist = await rows.therapist()
    first = await hook(rows)
    hooks = Hooks(rows.database, rows.seal)
    for number in range(HOOKS_MAX - 1):
        await hooks.add(first.integration, f"https://example.org/{number}", NOON, private=False)
    with pytest.raises(Conflict):
        await hooks.add(first.integration, "https://example.org/more", NOON, private=False)
    await booked(rows, therapist)
    assert len(await told(rows)) == HOOKS_MAX
    await Integrations(rows.database, rows.seal).remove(first.integration, NOON)
    assert await told(rows) == []
    assert await hooks.of(first.integration) == []
