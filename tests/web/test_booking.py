"""Making, moving, cancelling and ending appointments through the pages."""

import asyncio
import re
from collections import Counter
from datetime import timedelta
from html import unescape

import pytest

from tests.web.conftest import Practice, Visitor
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import UNDO_FOR, State

FORM = {
    "name": "Blue Heron",
    "email": "",
    "start": "2026-11-23T15:00",
    "minutes": "50",
    "kind": "video",
    "zone": "America/New_York",
}


async def signed_in(practice: Practice) -> Visitor:
    return await practice.signed_in(await practice.add())


async def booked(visitor: Visitor, **fields: str) -> str:
    answer = await visitor.post("/appointments/new", FORM | fields)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def link_on(visitor: Visitor, page: str) -> str:
    text = await (await visitor.get(page)).text()
    found = re.search(r'data-copy="([^"]+)"', text)
    assert found is not None
    return found[1]


async def test_a_new_appointment_shows_both_zones_its_link_and_a_qr_code(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    page = await (await visitor.get(await booked(visitor) + "?done=booked")).text()
    assert "Send the link to your client" in page
    assert "Berlin time" in page
    assert "New York time" in page
    assert "15:00" in page
    assert "09:00" in page
    assert "https://sessions.example.org/j#" in page
    assert 'class="qr"' in page
    assert "<title>Appointment</title>" in page


async def test_the_agenda_shows_it_and_a_client_elsewhere_in_their_own_time(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    await booked(visitor)
    await booked(visitor, name="Otto", start="2026-11-23T17:00", zone="Europe/Vienna")
    agenda = await (await visitor.get("/agenda")).text()
    assert "Monday 23 November" in agenda
    assert agenda.count("in New York") == 1
    assert "in Vienna" not in agenda


async def test_an_empty_agenda_says_what_to_do(practice: Practice) -> None:
    visitor = await signed_in(practice)
    agenda = await (await visitor.get("/agenda")).text()
    assert "Nothing booked for the next two weeks" in agenda
    far = await (await visitor.get("/agenda?from=2027-06-01")).text()
    assert "Back to today" in far
    assert (await visitor.get("/agenda?from=0001-01-01")).status == 200
    assert (await visitor.get("/agenda?from=rubbish")).status == 200


@pytest.mark.parametrize(
    ("field", "typed", "word"),
    [
        ("name", "   ", "Please give a name or an alias."),
        ("name", "x" * 121, "at most 120"),
        ("email", "not an address", "does not look like an e-mail"),
        ("start", "", "Please give a date and a time."),
        ("start", "tomorrow", "Please give a date and a time."),
        ("start", "2026-11-20T15:00", "This time has passed."),
        ("start", "2046-11-20T15:00", "within the next"),
        ("start", "2027-03-28T02:30", "03:00"),
        ("minutes", "", "minutes as a number"),
        ("minutes", "4", "from 5 to 480"),
        ("minutes", "9" * 400, "minutes as a number"),
        ("minutes", "-5", "minutes as a number"),
        ("kind", "hologram", "choose how you meet"),
        ("zone", "Europe/Atlantis", "time zone is not known"),
        ("zone", "../../etc/passwd", "time zone is not known"),
    ],
)
async def test_what_cannot_be_used_is_told_beside_its_field_and_the_rest_is_kept(
    practice: Practice, field: str, typed: str, word: str
) -> None:
    visitor = await signed_in(practice)
    answer = await visitor.post("/appointments/new", FORM | {field: typed})
    assert answer.status == 422
    page = unescape(await answer.text())
    wrong = re.search(rf'id="{field}-wrong">([^<]*)', page)
    assert wrong is not None
    assert word in wrong[1]
    assert "Nothing was changed" in page
    kept = {name: value for name, value in FORM.items() if name != field}
    for name in ("name", "start", "minutes"):
        if name in kept:
            assert f'value="{kept[name]}"' in page
    if field not in ("kind", "name"):
        assert f"{field}-wrong" in page.split(f'id="{field}"', 1)[1].split(">", 1)[0]


async def test_text_that_cannot_be_kept_is_refused(practice: Practice) -> None:
    visitor = await signed_in(practice)
    for name in ("a\0b", "a\x1bb", "x" * 3000):
        answer = await visitor.post("/appointments/new", FORM | {"name": name})
        assert answer.status == 422


async def test_a_name_that_is_markup_is_shown_as_text(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await booked(visitor, name="<img src=x onerror=alert(1)>")
    for address in (page, "/agenda"):
        text = await (await visitor.get(address)).text()
        assert "<img" not in text
        assert "&lt;img" in text


async def test_an_overlap_is_refused_and_names_what_is_in_the_way(practice: Practice) -> None:
    visitor = await signed_in(practice)
    first = await booked(visitor)
    answer = await visitor.post(
        "/appointments/new", FORM | {"name": "Otto", "start": "2026-11-23T15:49"}
    )
    page = await answer.text()
    assert answer.status == 409
    assert "You have another appointment then:" in page
    assert f'href="{first}"' in page
    assert "Blue Heron, 15:00 to 15:50" in page
    assert 'value="Otto"' in page
    assert "Otto" not in await (await visitor.get("/agenda")).text()


async def test_one_after_the_other_without_a_gap_is_no_overlap(practice: Practice) -> None:
    visitor = await signed_in(practice)
    await booked(visitor)
    await booked(visitor, start="2026-11-23T15:50")


@pytest.mark.parametrize("racers", [2, 20])
async def test_of_those_who_race_for_one_time_one_wins_and_all_others_are_told(
    practice: Practice, racers: int
) -> None:
    visitor = await signed_in(practice)
    answers = await asyncio.gather(
        *(
            visitor.post("/appointments/new", FORM | {"name": f"Racer {number}"})
            for number in range(racers)
        )
    )
    assert Counter(answer.status for answer in answers) == {303: 1, 409: racers - 1}
    agenda = await (await visitor.get("/agenda")).text()
    assert agenda.count("data-appointment-entry") == 1


async def test_moving_keeps_the_link_and_tells_both_times(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await booked(visitor)
    before = await link_on(visitor, page)
    answer = await visitor.post(f"{page}/move", {"start": "2026-11-24T10:00", "minutes": "30"})
    assert answer.status == 303
    text = await (await visitor.get(page)).text()
    assert await link_on(visitor, page) == before
    assert "Tuesday, 24 November 2026" in text
    assert "Moved from" in text
    assert "Monday 23 November" in text


async def test_moving_onto_another_is_refused_and_onto_itself_is_not(practice: Practice) -> None:
    visitor = await signed_in(practice)
    await booked(visitor)
    page = await booked(visitor, name="Otto", start="2026-11-23T17:00")
    there = {"start": "2026-11-23T15:30", "minutes": "50"}
    answer = await visitor.post(f"{page}/move", there)
    text = await answer.text()
    assert answer.status == 409
    assert "Blue Heron, 15:00 to 15:50" in text
    assert 'value="2026-11-23T15:30"' in text
    later = await visitor.post(f"{page}/move", {"start": "2026-11-23T17:10", "minutes": "50"})
    assert later.status == 303


async def test_a_move_into_the_past_keeps_the_form_open(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await booked(visitor)
    answer = await visitor.post(f"{page}/move", {"start": "2020-01-01T10:00", "minutes": "50"})
    assert answer.status == 422
    assert "This time has passed" in await answer.text()


async def test_cancelling_frees_the_time_and_cannot_be_done_twice(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await booked(visitor)
    assert (await visitor.post(f"{page}/cancel")).status == 303
    text = await (await visitor.get(page)).text()
    assert "Cancelled" in text
    assert "data-copy" not in text
    assert (await visitor.post(f"{page}/cancel")).status == 409
    await booked(visitor, name="Otto")


async def test_reissuing_makes_another_link(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await booked(visitor)
    before = await link_on(visitor, page)
    assert (await visitor.post(f"{page}/reissue")).status == 303
    assert await link_on(visitor, page) != before


async def test_afterwards_the_therapist_notes_how_it_went_and_may_correct_it(
    practice: Practice,
) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist, in_min=5)
    page = f"/appointments/{appointment.id}"
    assert (await visitor.post(f"{page}/no-show")).status == 409
    practice.now += timedelta(minutes=60)
    assert (await visitor.post(f"{page}/no-show")).status == 303
    assert "Did not come" in await (await visitor.get("/agenda")).text()
    assert (await visitor.post(f"{page}/end")).status == 303
    stored = await practice.appointments.get(appointment.id)
    assert stored is not None
    assert stored.state is State.ENDED


async def test_a_therapist_never_sees_or_changes_what_is_anothers(practice: Practice) -> None:
    anna, otto = await practice.add(), await practice.add(email="otto@example.org")
    appointment = await practice.appointment(anna, name="Secret Swan")
    visitor = await practice.signed_in(otto)
    page = f"/appointments/{appointment.id}"
    form = {"start": "2026-11-24T10:00", "minutes": "30"}
    acts = ("move", "cancel", "end", "no-show", "reissue", "confirm", "undo")
    answers = [
        await visitor.get(page),
        await visitor.get(f"/call/{appointment.id}"),
        *[await visitor.post(f"{page}/{act}", form) for act in acts],
    ]
    never = await visitor.get("/appointments/never-was-there")
    for answer in answers:
        assert answer.status == never.status == 404
        assert await answer.text() == await never.text()
    assert "Swan" not in await (await visitor.get("/agenda")).text()
    assert await practice.appointments.get(appointment.id) == appointment


async def test_anothers_appointment_does_not_stand_in_the_way(practice: Practice) -> None:
    anna, otto = await practice.add(), await practice.add(email="otto@example.org")
    await practice.appointment(anna, in_min=120)
    await practice.appointment(otto, in_min=120, name="Otto's client")


async def test_what_is_over_has_no_call_page_but_its_own(practice: Practice) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist)
    assert (await visitor.get(f"/call/{appointment.id}")).status == 200
    await visitor.post(f"/appointments/{appointment.id}/cancel")
    answer = await visitor.get(f"/call/{appointment.id}")
    assert answer.headers["Location"] == f"/appointments/{appointment.id}"


async def test_the_start_that_is_offered_is_the_next_full_hour(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await (await visitor.get("/appointments/new")).text()
    assert 'value="2026-11-21T14:00"' in page
    assert '<option value="Europe/Berlin" selected>' in page


async def test_an_id_of_any_shape_is_answered(practice: Practice) -> None:
    visitor = await signed_in(practice)
    for id in ("%00", "a" * 3000, "..", "%F0%9F%90%A6", "'--"):
        answer = await visitor.get(f"/appointments/{AppointmentId(id)}")
        assert answer.status in (303, 404, 200)
        assert answer.status < 500


async def test_a_reason_is_kept_with_a_move_and_a_cancellation_and_the_client_reads_it(
    practice: Practice,
) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist, in_min=3000)
    page = f"/appointments/{appointment.id}"
    form = {"start": "2026-11-24T10:00", "minutes": "30", "reason": "A workshop that day"}
    assert (await visitor.post(f"{page}/move", form)).status == 303
    assert "A workshop that day" in await (await visitor.get(page)).text()
    client = await practice.visitor()
    await client.post_json("/j", {"token": practice.link_token(appointment)})
    assert "A workshop that day" in await (await client.get(f"/session/{appointment.id}")).text()
    too_long = await visitor.post(f"{page}/cancel", {"reason": "x" * 501})
    text = await too_long.text()
    assert too_long.status == 422
    assert 'id="reason-cancel-wrong"' in text
    assert 'id="reason-move-wrong"' not in text
    assert 'name="start" type="datetime-local" value="2026-11-24T10:00"' in text
    assert (await visitor.post(f"{page}/cancel", {"reason": "I am ill"})).status == 303
    text = await (await visitor.get(page)).text()
    assert "I am ill" in text
    assert "by you" in text


@pytest.mark.parametrize("act", ["move", "cancel", "end", "no-show"])
async def test_what_she_did_by_mistake_is_undone_within_five_minutes(
    practice: Practice, act: str
) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist, in_min=5)
    practice.now += timedelta(minutes=6)
    page = f"/appointments/{appointment.id}"
    form = {"start": "2026-11-24T10:00", "minutes": "30"} if act == "move" else {}
    done = await visitor.post(f"{page}/{act}", form)
    shown = await (await visitor.get(done.headers["Location"])).text()
    assert f'action="{page}/undo"' in shown
    assert (await visitor.post(f"{page}/undo")).status == 303
    after = await practice.appointments.get(appointment.id)
    assert after is not None
    assert (after.state, after.start_at) == (State.BOOKED, appointment.start_at)
    assert after.sequence > appointment.sequence or act in ("end", "no-show")
    second = await visitor.post(f"{page}/undo")
    assert second.status == 409
    assert "There is nothing to undo any more." in await second.text()


async def test_undo_goes_with_its_five_minutes_and_says_when_its_time_is_taken(
    practice: Practice,
) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist, in_min=60)
    page = f"/appointments/{appointment.id}"
    await visitor.post(f"{page}/cancel")
    await practice.appointment(therapist, in_min=60, name="Quiet Owl")
    taken = await visitor.post(f"{page}/undo")
    assert taken.status == 409
    assert "You have another appointment then" in await taken.text()
    practice.now += UNDO_FOR
    assert "/undo" not in await (await visitor.get(page)).text()
    late = await visitor.post(f"{page}/undo")
    assert late.status == 409
    assert "too late to undo" in await late.text()


async def test_a_refusal_that_is_loaded_anew_leads_back_to_the_appointment(
    practice: Practice,
) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    appointment = await practice.appointment(therapist)
    for act in ("move", "cancel", "undo", "confirm", "no-show"):
        answer = await visitor.get(f"/appointments/{appointment.id}/{act}")
        assert answer.headers["Location"] == f"/appointments/{appointment.id}"
    assert await practice.appointments.get(appointment.id) == appointment
