"""Address privacy in its rows: switched, journalled, inherited, and added to files that are old."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import sqlite_utils

from tests.store.conftest import NOON, Rows, open_rows
from tests.store.series_play import TEN, WEEK, practice_of, wanted, weekly
from tests.store.test_outbox import Mailed
from videocall.errors import Conflict
from videocall.scheduling.appointment import Appointment, Cancel, Move, Party, SetAddressPrivacy
from videocall.scheduling.letters import LetterKind

HOUR: Final = timedelta(hours=1)
ON, OFF = SetAddressPrivacy(on=True), SetAddressPrivacy(on=False)


async def journal(rows: Rows) -> list[tuple[str, str, str]]:
    return await rows.database.read(
        lambda tables: tables.execute(
            "SELECT actor, act, subject FROM journal ORDER BY id"
        ).fetchall()
    )


async def test_it_is_switched_and_journalled_and_nothing_else_changes(rows: Rows) -> None:
    therapist = await rows.therapist()
    made = await rows.appointments.book(rows.book(therapist, NOON + HOUR, "Ada"), NOON)
    private = await rows.appointments.change(made.id, ON, therapist.id, NOON + HOUR / 2)
    assert private == replace(made, address_privacy=True, changed_at=NOON + HOUR / 2)
    assert await rows.appointments.get(made.id) == private
    open_again = await rows.appointments.change(made.id, OFF, therapist.id, NOON + HOUR / 2)
    assert not open_again.address_privacy
    assert (await journal(rows))[-2:] == [
        (therapist.id, "address privacy on", made.id),
        (therapist.id, "address privacy off", made.id),
    ]
    await rows.appointments.change(made.id, Cancel(), therapist.id, NOON)
    with pytest.raises(Conflict):
        await rows.appointments.change(made.id, ON, therapist.id, NOON)


async def test_letters_that_wait_still_go_and_the_last_change_can_still_be_undone(
    rows: Rows,
) -> None:
    mailed = Mailed(rows)
    made = await mailed.book()
    moved = await mailed.appointments.change(made.id, Move(made.start_at + HOUR, 50), "x", NOON)
    waiting = await mailed.kept(made)
    await mailed.appointments.change(made.id, ON, "x", NOON)
    assert await mailed.kept(made) == waiting
    assert LetterKind.MOVED in await mailed.drained(NOON)
    undone = await mailed.appointments.undo(made.id, Party.THERAPIST, "x", NOON)
    assert (undone.start_at, undone.address_privacy) == (made.start_at, True)
    assert undone.sequence == moved.sequence + 1


async def test_a_therapist_has_it_on_for_all_her_sessions(rows: Rows) -> None:
    therapist = await rows.therapist()
    other = await rows.therapist("kern@example.org", "Mika Kern")
    made = await rows.appointments.book(rows.book(therapist, NOON + HOUR, "Ada"), NOON)
    await rows.people.set_address_privacy(therapist.id, True, NOON)
    assert await rows.people.get(therapist.id) == replace(therapist, address_privacy=True)
    assert await rows.people.get(other.id) == other
    known = await rows.appointments.known(made.id)
    assert known is not None
    assert known.therapist_private
    assert not known.appointment.address_privacy
    assert (await journal(rows))[-1] == (therapist.id, "address privacy on", therapist.id)


def private(members: list[Appointment]) -> list[bool]:
    return [each.address_privacy for each in members]


async def test_a_series_hands_it_to_all_its_appointments_and_they_keep_it_wherever_they_go(
    rows: Rows,
) -> None:
    practice = await practice_of(rows)
    series = wanted(practice.therapist, weekly(4))
    whole = await practice.series.book(series, "anna", NOON, address_privacy=True)
    assert private(list(whole.members)) == [True] * 4
    course = await practice.course(whole)
    here = course.places[1]
    after = course.rule_from(here.series.id, here.original, TEN + WEEK + HOUR, 50, NOON)
    split = await practice.series.move(here.series.id, here.original, after, "anna", NOON)
    assert split.whole.series.id != whole.series.id
    assert private((await practice.course(split.whole)).members) == [True] * 4
    await practice.series.undo(whole.series.id, "anna", NOON)
    assert private((await practice.course(whole)).members) == [True] * 4


async def test_an_undo_of_a_series_does_not_bring_addresses_back_into_the_open(
    rows: Rows,
) -> None:
    practice = await practice_of(rows)
    whole = await practice.book(weekly(3))
    course = await practice.course(whole)
    here = course.places[1]
    after = course.rule_from(here.series.id, here.original, TEN + WEEK + HOUR, 50, NOON)
    await practice.series.move(here.series.id, here.original, after, "anna", NOON)
    await practice.series.set_address_privacy(whole.series.id, True, "anna", NOON)
    await practice.series.undo(whole.series.id, "anna", NOON)
    assert private((await practice.course(whole)).members) == [True] * 3


async def test_what_is_over_is_left_as_it_was(rows: Rows) -> None:
    practice = await practice_of(rows)
    whole = await practice.book(weekly(3))
    after_first = whole.members[0].end_at
    changed = await practice.series.set_address_privacy(whole.series.id, True, "anna", after_first)
    assert [each.id for each in changed.touched] == [each.id for each in whole.members[1:]]
    assert private(list(changed.whole.members)) == [False, True, True]
    after_all = whole.members[-1].end_at
    with pytest.raises(Conflict):
        await practice.series.set_address_privacy(whole.series.id, False, "anna", after_all)


async def test_a_file_from_before_opens_with_its_rows_and_nothing_private(tmp_path: Path) -> None:
    rows = open_rows(tmp_path / "videocall.db")
    therapist = await rows.therapist()
    made = await rows.appointments.book(rows.book(therapist, NOON + HOUR, "Ada"), NOON)
    rows.database.close()
    before = sqlite_utils.Database(rows.path)
    for table in ("people", "appointments"):
        before.execute(f"ALTER TABLE {table} DROP COLUMN address_privacy")
    before.execute("DELETE FROM _sqlite_migrations WHERE name = 'm013_address_privacy'")
    before.conn.commit()
    before.close()
    opened = open_rows(rows.path)
    assert await opened.people.get(therapist.id) == therapist
    assert await opened.appointments.get(made.id) == made
    private = await opened.appointments.change(made.id, ON, therapist.id, NOON)
    assert private.address_privacy
    opened.database.close()
