"""What a client can change by themselves, through the pages; and what they cannot."""

import asyncio
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse
from icalendar import Calendar

from tests.web.conftest import Practice, Visitor
from videocall.access.people import Person
from videocall.ids import AppointmentId, LinkId
from videocall.scheduling.appointment import (
    UNDO_FOR,
    Appointment,
    Book,
    Cancel,
    Confirm,
    End,
    Kind,
    Move,
    Party,
    ReissueLink,
    State,
)
from videocall.scheduling.booked_series import BookedSeries, new_series_id, new_uid
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.series import Series
from videocall.web import keys

WEEK = ((WallSpan(9 * 60, 17 * 60),),) * 7
RULES = Rules(notice_min=0, buffer_after_min=10, step_min=60, change_notice_min=24 * 60)
NINE, TEN = "2026-11-25T08:00:00Z", "2026-11-25T09:00:00Z"
ELEVEN = "2026-11-25T10:00:00Z"


@dataclass
class Client:
    """Somebody with an appointment on Wednesday at nine, Berlin time, who lives in Vienna."""

    practice: Practice
    therapist: Person
    id: AppointmentId
    visitor: Visitor

    @property
    def path(self) -> str:
        return f"/session/{self.id}/change"

    async def row(self) -> Appointment:
        found = await self.practice.appointments.get(self.id)
        assert found is not None
        return found

    async def read(self, path: str | None = None) -> str:
        answer = await self.visitor.get(path or self.path)
        assert answer.status == 200, answer.status
        return unescape(await answer.text())

    async def move(self, start: str = TEN, **fields: str) -> ClientResponse:
        sequence = str((await self.row()).sequence)
        form = {"start": start, "zone": "Europe/Vienna", "sequence": sequence} | fields
        return await self.visitor.post(f"{self.path}/move", form)

    async def cancel(self, **fields: str) -> ClientResponse:
        sequence = str((await self.row()).sequence)
        return await self.visitor.post(f"{self.path}/cancel", {"sequence": sequence} | fields)

    async def undo(self) -> ClientResponse:
        return await self.visitor.post(f"{self.path}/undo")

    async def change(self, command: Move | Cancel | Confirm | End | ReissueLink) -> Appointment:
        """Let the therapist change it."""
        rows, now = self.practice.appointments, self.practice.now
        return await rows.change(self.id, command, self.therapist.id, now)


async def client_of(
    practice: Practice, *, start: str = NINE, tentative: bool = False, rules: Rules = RULES
) -> Client:
    therapist = await practice.add()
    await practice.plans.set_hours(therapist.id, WEEK, rules, practice.now)
    return await another(practice, therapist, start, tentative=tentative)


async def another(
    practice: Practice, therapist: Person, start: str, *, tentative: bool = False
) -> Client:
    id = AppointmentId(secrets.token_urlsafe(16))
    book = Book(
        id=id,
        uid=id,
        therapist=therapist.id,
        client_name="Blue Heron",
        client_email=None,
        client_zone="Europe/Vienna",
        start_at=datetime.fromisoformat(start),
        minutes=50,
        kind=Kind.VIDEO,
        by=Party.CLIENT,
        tentative=tentative,
    )
    made = await practice.appointments.book(book, practice.now)
    return Client(practice, therapist, id, await visit(practice, made))


async def visit(practice: Practice, appointment: Appointment) -> Visitor:
    """Open the session link in a fresh browser."""
    visitor = await practice.visitor()
    answer = await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    assert answer.status == 200
    return visitor


def offered(page: str) -> list[str]:
    return re.findall(r'name="start" value="([^"]+)"', page)


# ---- moving --------------------------------------------------------------------------------------


async def test_the_door_leads_to_a_page_that_offers_free_times_on_both_clocks(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    door = await client.read(f"/session/{client.id}")
    assert f'href="{client.path}"' in door
    page = await client.read(f"{client.path}?zone=Asia/Tokyo")
    assert TEN in offered(page)
    assert NINE not in offered(page)
    assert re.search(r">18:00</time>.{0,80}10:00 in Berlin", page, re.S)
    assert "Cancel the appointment" in page
    home = await client.read()
    assert "Vienna time" in home
    assert "data-guess" in home


async def test_a_time_is_chosen_looked_at_and_only_then_moved_to(practice: Practice) -> None:
    client = await client_of(practice)
    before = await client.row()
    sure = await client.read(f"{client.path}/time?start={TEN}&zone=Europe/Vienna")
    assert "Move it to this time?" in sure
    assert "Wednesday 25 November, 09:00" in sure
    assert ">10:00</time>" in sure
    assert await client.row() == before
    answer = await client.move(TEN, reason="  The train\nis late ")
    assert answer.status == 303
    page = await client.read(answer.headers["Location"])
    assert "Your appointment is moved" in page
    assert ">10:00</time>" in page
    assert "Wednesday 25 November, 09:00" in page
    assert "possible until" in page
    after = await client.row()
    assert (after.start_at, after.reason) == (datetime.fromisoformat(TEN), "The train is late")
    assert after.changed_by is Party.CLIENT
    assert practice.link_token(after) == practice.link_token(before)


async def test_a_time_it_overlaps_itself_is_free_for_it(practice: Practice) -> None:
    rules = Rules(notice_min=0, step_min=30, buffer_after_min=10)
    client = await client_of(practice, rules=rules)
    half = "2026-11-25T08:30:00Z"
    assert half in offered(await client.read())
    assert (await client.move(half)).status == 303


async def test_whoever_was_slower_gets_fresh_times_and_keeps_their_words(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    assert TEN in offered(await client.read())
    await another(practice, client.therapist, TEN)
    answer = await client.move(TEN, reason="Because of the train")
    page = unescape(await answer.text())
    assert answer.status == 409
    assert "Someone was faster" in page
    assert "stays as it is" in page
    assert 'name="reason" value="Because of the train"' in page
    assert TEN not in offered(page)
    assert ELEVEN in offered(page)
    assert "Because" not in "".join(re.findall(r'(?:href|action)="([^"]+)"', page))
    again = {"start": ELEVEN, "zone": "Europe/Vienna", "reason": "Because of the train"}
    sure = await (await client.visitor.post(f"{client.path}/time", again)).text()
    assert ">Because of the train</textarea>" in sure
    looked = await client.visitor.post(f"{client.path}/time", again | {"start": TEN})
    assert looked.status == 409
    assert (await client.row()).start_at == datetime.fromisoformat(NINE)


async def test_of_those_who_race_for_one_time_one_wins_and_nobody_loses_theirs(
    practice: Practice,
) -> None:
    first = await client_of(practice)
    clients = [first] + [
        await another(practice, first.therapist, f"2026-11-{day}T08:00:00Z")
        for day in (26, 27, 28, 29, 30)
    ]
    answers = await asyncio.gather(*(client.move("2026-12-01T08:00:00Z") for client in clients))
    assert Counter(answer.status for answer in answers) == {303: 1, 409: 5}
    starts = sorted([(await client.row()).start_at for client in clients])
    assert len(set(starts)) == 6
    assert starts[-1] == datetime.fromisoformat("2026-12-01T08:00:00Z")


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("2026-11-25T03:00:00Z", 409),  # At night.
        ("2026-11-25T09:30:00Z", 409),  # Between two starts.
        ("2026-11-20T09:00:00Z", 409),  # In the past.
        ("2027-11-25T09:00:00Z", 409),  # Further than her plan.
        ("2026-11-26T08:00:00Z", 409),  # The client's own other appointment.
        ("9999-12-31T23:59:59Z", 422),
        ("tomorrow", 422),
        ("", 422),
    ],
)
async def test_a_time_that_is_not_offered_is_refused_and_nothing_changes(
    practice: Practice, start: str, status: int
) -> None:
    client = await client_of(practice)
    await another(practice, client.therapist, "2026-11-26T08:00:00Z")
    before = await client.row()
    assert (await client.move(start)).status == status
    chosen = await client.visitor.post(f"{client.path}/time", {"start": start})
    assert chosen.status == status
    assert await client.row() == before


async def test_words_that_cannot_be_kept_are_told_and_nothing_changes(practice: Practice) -> None:
    client = await client_of(practice)
    before = await client.row()
    for words in ("x" * 501, "a\x1bb"):
        for answer in (await client.move(reason=words), await client.cancel(reason=words)):
            assert answer.status == 422
            assert 'id="reason-wrong"' in await answer.text()
    assert await client.row() == before


async def test_without_free_times_it_can_still_be_cancelled_and_contact_is_told(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    none: tuple[tuple[WallSpan, ...], ...] = ((),) * 7
    await practice.plans.set_hours(client.therapist.id, none, RULES, practice.now)
    page = await client.read()
    assert "There is no other free time just now" in page
    assert "030 123 456" in page
    assert "Cancel the appointment" in page
    assert offered(page) == []


async def test_one_of_a_series_says_that_only_this_one_changes(practice: Practice) -> None:
    client = await client_of(practice)
    rule = Series(datetime.fromisoformat("2026-12-01T10:00"), "Europe/Berlin", 50, count=3)
    weekly = BookedSeries(
        id=new_series_id(),
        uid=new_uid(),
        therapist=client.therapist.id,
        link=LinkId("link-of-a-series"),
        client_name="Blue Heron",
        client_email=None,
        client_phone=None,
        client_zone="Europe/Vienna",
        client_language="",
        kind=Kind.VIDEO,
        rule=rule,
        sequence=0,
        created_at=practice.now,
        changed_at=practice.now,
    )
    whole = await practice.app[keys.SERIES].book(weekly, client.therapist.id, practice.now)
    first, *others = whole.members
    one = Client(practice, client.therapist, first.id, await visit(practice, first))
    assert "Only this one changes" in await one.read()
    await one.move(TEN)
    assert (await one.row()).start_at == datetime.fromisoformat(TEN)
    assert [await practice.appointments.get(each.id) for each in others] == others


async def test_in_a_zone_where_the_clocks_change_the_hour_is_the_therapists(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    practice.now = datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    later = await another(practice, client.therapist, "2027-03-31T07:00:00Z")
    page = await later.read(f"{later.path}?zone=Europe/Berlin")
    assert "2027-03-28T07:00:00Z" in offered(page)
    assert "2027-03-28T08:00:00Z" in offered(page)


# ---- the notice ----------------------------------------------------------------------------------


async def test_later_than_the_notice_a_move_is_refused_kindly(practice: Practice) -> None:
    client = await client_of(practice)
    practice.now = datetime.fromisoformat(NINE) - timedelta(hours=24)
    assert TEN in offered(await client.read())
    practice.now += timedelta(seconds=1)
    page = await client.read()
    assert offered(page) == []
    assert "please contact your therapist" in page
    assert "24 hours before it begins" in page
    assert "030 123 456" in page
    assert "Cancel the appointment" in page
    before = await client.row()
    answer = await client.move(TEN)
    assert answer.status == 409
    assert "too late to move" in await answer.text()
    assert await client.row() == before


async def test_a_late_cancellation_says_beforehand_what_it_counts_as(practice: Practice) -> None:
    client = await client_of(practice)
    assert "late" not in (await client.read(f"{client.path}/cancel")).split("<main")[1]
    practice.now = datetime.fromisoformat(NINE) - timedelta(minutes=1)
    page = await client.read(f"{client.path}/cancel")
    assert "in less than 24 hours: this counts as cancelled late" in page
    answer = await client.cancel(reason="I am ill")
    assert answer.status == 303
    row = await client.row()
    assert (row.state, row.late, row.reason) == (State.CANCELLED, True, "I am ill")
    desk = await practice.signed_in(client.therapist)
    told = unescape(await (await desk.get(f"/appointments/{client.id}")).text())
    assert "I am ill" in told
    assert "by your client" in told
    assert ">late<" in told
    assert ">late<" in await (await desk.get("/agenda?from=2026-11-25")).text()


async def test_what_has_begun_can_no_longer_be_changed(practice: Practice) -> None:
    client = await client_of(practice)
    practice.now = datetime.fromisoformat(NINE)
    before = await client.row()
    for path in (client.path, f"{client.path}/cancel"):
        page = await client.read(path)
        assert "It has begun" in page
        assert "Go to the session" in page
        assert "<textarea" not in page
    for answer in (await client.move(TEN), await client.cancel()):
        assert answer.status == 409
        assert "It has begun" in await answer.text()
    assert await client.row() == before


# ---- cancelling and undoing ----------------------------------------------------------------------


async def test_a_client_cancels_and_takes_it_back_from_the_door(practice: Practice) -> None:
    client = await client_of(practice)
    before = await client.row()
    answer = await client.cancel(reason="")
    assert answer.headers["Location"] == f"/session/{client.id}"
    door = await client.read(f"/session/{client.id}")
    assert "You cancelled this appointment" in door
    assert f'action="{client.path}/undo"' in door
    undone = await client.undo()
    assert undone.status == 303
    assert "All is as it was before" in await client.read(undone.headers["Location"])
    after = await client.row()
    assert (after.state, after.start_at) == (State.BOOKED, before.start_at)
    assert 'data-door="early"' in await client.read(f"/session/{client.id}")


async def test_a_move_is_undone_and_only_once(practice: Practice) -> None:
    client = await client_of(practice)
    await client.move(TEN)
    assert (await client.undo()).status == 303
    assert (await client.row()).start_at == datetime.fromisoformat(NINE)
    second = await client.undo()
    page = unescape(await second.text())
    assert second.status == 409
    assert "There is nothing to undo any more." in page
    assert ">09:00</time>" in page


async def test_after_five_minutes_it_is_too_late_to_undo(practice: Practice) -> None:
    client = await client_of(practice)
    await client.cancel()
    practice.now += UNDO_FOR
    assert "/undo" not in await client.read(f"/session/{client.id}")
    answer = await client.undo()
    assert answer.status == 409
    page = await answer.text()
    assert "too late to undo" in page
    assert "You cancelled this appointment" in page


@pytest.mark.parametrize("how", ["move", "cancel"])
async def test_an_undo_whose_time_is_taken_by_now_says_so_and_loses_nothing(
    practice: Practice, how: str
) -> None:
    client = await client_of(practice)
    await (client.move(TEN) if how == "move" else client.cancel())
    await another(practice, client.therapist, "2026-11-25T07:40:00Z")
    before = await client.row()
    answer = await client.undo()
    page = unescape(await answer.text())
    assert answer.status == 409
    assert "Your time of before is taken by now" in page
    assert await client.row() == before


async def test_nobody_undoes_what_the_other_did(practice: Practice) -> None:
    client = await client_of(practice)
    await client.change(Move(datetime.fromisoformat(TEN), 50, reason="A workshop"))
    page = await client.read(f"/session/{client.id}")
    assert "Your appointment has a new time" in page
    assert "A workshop" in page
    assert "/undo" not in page
    assert (await client.undo()).status == 409
    assert (await client.row()).start_at == datetime.fromisoformat(TEN)
    await client.move(ELEVEN)
    desk = await practice.signed_in(client.therapist)
    assert "/undo" not in await (await desk.get(f"/appointments/{client.id}")).text()
    assert (await desk.post(f"/appointments/{client.id}/undo")).status == 409
    assert (await client.row()).start_at == datetime.fromisoformat(ELEVEN)


# ---- two tabs, the way back, old pages -----------------------------------------------------------


async def test_the_same_move_sent_twice_is_one_move(practice: Practice) -> None:
    client = await client_of(practice)
    form = {"start": TEN, "zone": "Europe/Vienna", "sequence": "0"}
    answers = [await client.visitor.post(f"{client.path}/move", form) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    places = {answer.headers["Location"].partition("&")[0] for answer in answers}
    assert places == {f"/booked/{client.id}?done=moved"}
    assert (await client.row()).sequence == 1
    back = await client.visitor.get(f"{client.path}/time?start={TEN}")
    assert back.status == 303


async def test_a_page_that_became_old_changes_nothing_and_shows_how_it_is(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    await client.change(Move(datetime.fromisoformat(TEN), 50))
    before = await client.row()
    for answer in (
        await client.move(ELEVEN, sequence="0", reason="Sorry"),
        await client.cancel(sequence="0", reason="Sorry"),
        await client.cancel(sequence="", reason="Sorry"),
    ):
        page = unescape(await answer.text())
        assert answer.status == 409
        assert "has changed meanwhile" in page
        assert ">10:00</time>" in page
        assert "Sorry" in page
    assert await client.row() == before


async def test_what_was_cancelled_in_another_tab_shows_its_door_and_the_way_back(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    await client.cancel()
    before = await client.row()
    for answer in (
        await client.cancel(),
        await client.move(TEN),
        await client.visitor.get(client.path),
        await client.visitor.get(f"{client.path}/cancel"),
        await client.visitor.get(f"{client.path}/time?start={TEN}"),
        await client.visitor.get(f"/booked/{client.id}"),
    ):
        assert answer.status == 303
        assert answer.headers["Location"] == f"/session/{client.id}"
    assert await client.row() == before


async def test_what_is_over_shows_its_door(practice: Practice) -> None:
    client = await client_of(practice)
    practice.now = datetime.fromisoformat(NINE) + timedelta(minutes=50)
    for answer in (await client.move(TEN), await client.cancel(), await client.undo()):
        assert answer.status in (303, 409)
    assert (await client.row()).state is State.BOOKED
    await client.change(End())
    answer = await client.visitor.get(client.path)
    assert answer.headers["Location"] == f"/session/{client.id}"


async def test_looking_changes_nothing_and_a_refusal_loaded_anew_leads_back(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    before = await client.row()
    for path in ("", "/cancel", f"/time?start={TEN}", "/move", "/undo"):
        answer = await client.visitor.get(client.path + path)
        assert answer.status in (200, 303)
    for _ in range(2):
        assert (await client.visitor.get(f"/session/{client.id}/door")).status == 200
    assert await client.row() == before


# ---- who may -------------------------------------------------------------------------------------


async def test_a_revoked_link_changes_nothing_and_is_told_to_be_replaced(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    await client.move(TEN)
    await client.change(ReissueLink())
    before = await client.row()
    for answer in (
        await client.move(ELEVEN),
        await client.cancel(),
        await client.undo(),
        await client.visitor.get(client.path),
    ):
        assert answer.status == 303
        assert 'data-door="revoked"' in await client.read(answer.headers["Location"])
    assert (await client.visitor.get(f"/booked/{client.id}.ics")).status == 403
    assert await client.row() == before


async def test_nobody_changes_what_is_anothers(practice: Practice) -> None:
    client = await client_of(practice)
    other = await another(practice, client.therapist, "2026-11-26T08:00:00Z")
    stranger = await practice.visitor()
    desk = await practice.signed_in(client.therapist)
    form = {"start": TEN, "sequence": "0"}
    before = await client.row()
    for visitor in (other.visitor, stranger, desk):
        for act in ("move", "cancel", "undo"):
            answer = await visitor.post(f"{client.path}/{act}", form)
            assert answer.headers["Location"] == f"/session/{client.id}"
        door = await (await visitor.get(f"/session/{client.id}")).text()
        assert 'data-door="unknown"' in door
        assert "Blue Heron" not in door
    crossing = await client.visitor.post(
        f"{client.path}/cancel", {"sequence": "0"}, **{"Sec-Fetch-Site": "cross-site"}
    )
    assert crossing.status == 403
    assert await client.row() == before


async def test_three_devices_with_one_link_see_and_change_the_same(practice: Practice) -> None:
    client = await client_of(practice)
    devices = [await visit(practice, await client.row()) for _ in range(3)]
    first, second, third = (
        Client(practice, client.therapist, client.id, visitor) for visitor in devices
    )
    await first.move(TEN)
    assert "new time" in await second.read(f"/session/{client.id}")
    await second.cancel()
    assert "You cancelled" in await third.read(f"/session/{client.id}")
    await third.undo()
    assert "new time" in await first.read(f"/session/{client.id}")


async def test_a_visit_lasts_as_long_as_what_it_was_moved_to(practice: Practice) -> None:
    client = await client_of(practice)
    later = datetime.fromisoformat("2027-01-15T08:00:00Z")
    assert (await client.move("2027-01-15T08:00:00Z")).status == 303
    practice.now = later - timedelta(minutes=5)
    assert 'data-seat="client"' in await client.read(f"/session/{client.id}")


async def test_one_household_cannot_change_without_end(practice: Practice) -> None:
    client = await client_of(practice)
    answers = [(await client.undo()).status for _ in range(61)]
    assert Counter(answers) == {409: 60, 429: 1}


# ---- what is only asked for ----------------------------------------------------------------------


async def test_a_request_can_be_changed_and_taken_back_and_is_never_late(
    practice: Practice,
) -> None:
    client = await client_of(practice, tentative=True)
    assert "It is yours once your therapist has confirmed it" in await client.read(
        f"/session/{client.id}"
    )
    assert "Take back the request" in await client.read()
    await client.move(TEN)
    row = await client.row()
    assert (row.state, row.start_at) == (State.TENTATIVE, datetime.fromisoformat(TEN))
    assert "Your request is changed" in await client.read(f"/booked/{client.id}?done=moved")
    practice.now = datetime.fromisoformat(TEN) - timedelta(minutes=1)
    assert "cancelled late" not in await client.read(f"{client.path}/cancel")
    await client.cancel()
    assert (await client.row()).late is False


# ---- the calendar --------------------------------------------------------------------------------


async def test_the_calendar_file_has_the_time_and_the_link_and_tells_nobody(
    practice: Practice,
) -> None:
    client = await client_of(practice)
    await client.move(TEN)
    assert f'href="/booked/{client.id}.ics"' in await client.read(f"/booked/{client.id}")
    answer = await client.visitor.get(f"/booked/{client.id}.ics")
    assert answer.status == 200
    assert answer.content_type == "text/calendar"
    assert "attachment" in answer.headers["Content-Disposition"]
    body = await answer.text()
    event = Calendar.from_ical(body).walk("VEVENT")[0]
    row = await client.row()
    assert event["UID"] == row.uid
    assert event.decoded("SEQUENCE") == 1
    assert event.decoded("DTSTART") == row.start_at
    assert event.decoded("DTEND") == row.end_at
    assert event["SUMMARY"] == "Appointment"
    assert practice.link_token(row) in str(event["URL"])
    assert "Heron" not in body
    assert "Weiss" not in body
    stranger = await practice.visitor()
    assert (await stranger.get(f"/booked/{client.id}.ics")).status == 403
    await client.cancel()
    assert (await client.visitor.get(f"/booked/{client.id}.ics")).status == 409


async def test_what_is_only_asked_for_is_in_no_calendar_yet(practice: Practice) -> None:
    client = await client_of(practice, tentative=True)
    assert ".ics" not in await client.read(f"/booked/{client.id}")
    assert (await client.visitor.get(f"/booked/{client.id}.ics")).status == 409
    await client.change(Confirm())
    assert (await client.visitor.get(f"/booked/{client.id}.ics")).status == 200
