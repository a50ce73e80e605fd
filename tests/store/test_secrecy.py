"""What the file holds: no name, no address, no token; and nothing of what was purged."""

import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlite_utils import Database as Tables

from tests.store.conftest import NOON, Rows
from videocall.errors import ConfigError, Conflict
from videocall.ids import AppointmentId, VisitId
from videocall.scheduling.appointment import Cancel, Move, ReissueLink
from videocall.scheduling.letters import LetterRules
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import Outbox
from videocall.store.retention import Purged, Retention, purge

DAY: Final = timedelta(days=1)
SIGNINS: Final = timedelta(hours=12)


async def sealed_of(rows: Rows, id: AppointmentId) -> bytes:
    sealed: bytes = await rows.database.read(
        lambda tables: tables.execute(
            "SELECT sealed FROM appointments WHERE id = ?", [id]
        ).fetchone()[0]
    )
    return sealed


async def test_names_addresses_and_tokens_are_nowhere_on_the_disk(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, NOON + DAY, "Ada"), NOON)
    await rows.appointments.change(booked.id, Move(NOON + 2 * DAY, 50), therapist.id, NOON)
    token = await rows.people.signin(therapist.id, NOON)
    for _ in range(2):
        disk = rows.bytes_on_disk()
        assert booked.id.encode() in disk
        for private in ("Lovelace", "ada@", "rivera@", "Rivera", token, token[:16]):
            assert private.encode() not in disk
            assert private.lower().encode() not in disk.lower()
            assert private.encode("utf-16-le") not in disk
        await rows.database.forget()


async def test_a_sealed_value_moved_to_another_row_does_not_open(rows: Rows) -> None:
    therapist = await rows.therapist()
    ada = await rows.appointments.book(rows.book(therapist, NOON + DAY, "Ada"), NOON)
    bob = await rows.appointments.book(rows.book(therapist, NOON + 2 * DAY, "Bob"), NOON)

    def swap(tables: Tables) -> None:
        tables.execute(
            "UPDATE appointments SET sealed = (SELECT sealed FROM appointments WHERE id = ?)"
            " WHERE id = ?",
            [ada.id, bob.id],
        )

    await rows.database.write(swap)
    with pytest.raises(ConfigError):
        await rows.appointments.get(bob.id)


async def test_the_same_name_never_looks_the_same(rows: Rows) -> None:
    assert rows.seal.close("Ada", "here") != rows.seal.close("Ada", "here")


async def test_a_purge_removes_what_is_past_its_days_and_counts_it(rows: Rows) -> None:
    therapist = await rows.therapist()
    old = await rows.appointments.book(rows.book(therapist, NOON + DAY, "Ada"), NOON)
    new = await rows.appointments.book(rows.book(therapist, NOON + 3 * DAY, "Bob"), NOON)
    await rows.people.signin(therapist.id, NOON)
    kept = await rows.people.signin(therapist.id, NOON + 92 * DAY)
    visit = VisitId("visit-aaaaaaaaaaaaaaaa")
    await rows.appointments.record_decision(old.id, visit, admitted=True, at=NOON)
    now = NOON + 92 * DAY
    purged = await purge(rows.database, Retention(), SIGNINS, now)
    assert purged == Purged(appointments=1, signins=1, journal=2)
    assert await rows.appointments.get(old.id) is None
    assert await rows.appointments.known(old.id) is None
    assert await rows.appointments.get(new.id) == new
    assert await rows.people.by_signin(kept, now) == therapist
    assert await purge(rows.database, Retention(), SIGNINS, now) == Purged(0, 0, 0)


async def test_an_appointment_is_kept_to_its_last_day(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, NOON, "Ada", 60), NOON)
    last = NOON + timedelta(hours=1) + 90 * DAY
    assert (await purge(rows.database, Retention(), SIGNINS, last)).appointments == 0
    assert await rows.appointments.get(booked.id) == booked
    assert (await purge(rows.database, Retention(), SIGNINS, last + DAY)).appointments == 1


async def test_lines_of_the_journal_go_after_their_own_days(rows: Rows) -> None:
    await rows.therapist()
    now = NOON + 366 * DAY
    purged = await purge(rows.database, Retention(journal_days=365), SIGNINS, now)
    assert purged.journal == 1


async def test_after_a_purge_nothing_of_a_row_is_on_the_disk(rows: Rows) -> None:
    chance = random.Random(7)
    therapist = await rows.therapist()
    gone: list[bytes] = []
    for number in range(120):
        start_at = NOON + timedelta(hours=number)
        name = f"C{number}" + "x" * chance.randrange(60)
        booked = await rows.appointments.book(rows.book(therapist, start_at, name), NOON)
        visit = VisitId(f"visit-{number}-{chance.randbytes(8).hex()}")
        await rows.appointments.record_decision(booked.id, visit, admitted=True, at=NOON)
        if chance.random() < 0.5:
            later = Move(start_at, chance.randrange(5, 50))
            await rows.appointments.change(booked.id, later, therapist.id, NOON)
        if chance.random() < 0.3:
            await rows.appointments.change(booked.id, ReissueLink(), therapist.id, NOON)
        if chance.random() < 0.2:
            await rows.appointments.change(booked.id, Cancel(), therapist.id, NOON)
        sealed = await _sealed(rows, booked.id)
        gone += [booked.id.encode(), visit.encode(), sealed[:24], sealed[-24:]]
    future = await rows.appointments.book(rows.book(therapist, NOON + 300 * DAY, "Kept"), NOON)
    assert all(each in rows.bytes_on_disk() for each in gone)
    purged = await purge(rows.database, Retention(), SIGNINS, NOON + 100 * DAY)
    assert purged.appointments == 120
    disk = rows.bytes_on_disk()
    assert [each for each in gone if each in disk] == []
    assert rows.log_bytes() == 0
    assert await rows.appointments.get(future.id) == future


async def test_after_a_purge_nothing_of_a_letter_is_on_the_disk(rows: Rows) -> None:
    appointments = Appointments(rows.database, Diary(rows.seal, LetterRules()))
    outbox = Outbox(rows.database, Diary(rows.seal, LetterRules()))
    therapist = await rows.therapist()
    for number in range(60):
        start_at = NOON + DAY + timedelta(hours=number)
        name = f"C{number}" + "x" * (number % 50)
        booked = await appointments.book(rows.book(therapist, start_at, name), NOON)
        if number % 3 == 0:
            await appointments.change(booked.id, Cancel(), therapist.id, NOON)
        if number % 2 == 0 and (claimed := await outbox.claim(NOON)) is not None:
            await outbox.sent(claimed.id, NOON)

    def written(tables: Tables) -> list[bytes]:
        found = tables.execute("SELECT id, sealed FROM letters").fetchall()
        return [part for id, sealed in found for part in (id.encode(), sealed[:24], sealed[-24:])]

    gone = await rows.database.read(written)
    assert len(gone) > 300
    disk = rows.bytes_on_disk()
    assert all(each in disk for each in gone)
    assert b"@example.org" not in disk
    await purge(rows.database, Retention(), SIGNINS, NOON + 100 * DAY)
    disk = rows.bytes_on_disk()
    assert [each for each in gone if each in disk] == []


async def _sealed(rows: Rows, appointment: AppointmentId) -> bytes:
    def work(tables: Tables) -> bytes:
        sql = "SELECT sealed FROM appointments WHERE id = ?"
        sealed: bytes = tables.execute(sql, [appointment]).fetchone()[0]
        return sealed

    return await rows.database.read(work)


@pytest.mark.parametrize("seed", [1, 2])
async def test_purged_day_by_day_between_kept_rows_nothing_of_a_row_stays(
    rows: Rows, seed: int
) -> None:
    # These two worlds make SQLite move rows between pages and leave copies of them behind.
    chance = random.Random(seed)
    therapist = await rows.therapist()
    written: list[tuple[datetime, bytes, bytes]] = []
    for number in range(120):
        chance.random()
        start_at = NOON + timedelta(days=chance.randrange(700), minutes=number)
        book = rows.book(therapist, start_at, f"C{number}" + "x" * chance.randrange(50), 5)
        with suppress(Conflict):
            booked = await rows.appointments.book(book, NOON)
            sealed = await sealed_of(rows, booked.id)
            written.append((booked.end_at, booked.id.encode(), sealed[:24]))
    for days in range(100, 900, 100):
        now = NOON + timedelta(days=days)
        await purge(rows.database, Retention(), SIGNINS, now)
        disk = rows.bytes_on_disk()
        for end_at, id, sealed in written:
            kept = end_at >= now - 90 * DAY
            assert (id in disk, sealed in disk) == (kept, kept)
