"""A client books by themselves, through the pages."""

import asyncio
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from tests.web.conftest import Practice, Visitor
from videocall.access.people import Person
from videocall.scheduling.appointment import Appointment, Kind, Party, State
from videocall.scheduling.hours import Rules, WallSpan
from videocall.store.bookings import HOLD_LIVES
from videocall.web import keys

WEEK = ((WallSpan(9 * 60, 12 * 60), WallSpan(22 * 60, 1440)),) * 7
RULES = Rules(notice_min=0, buffer_after_min=10, step_min=60, lengths_min=(25, 50))
NINE = "2026-11-23T08:00:00Z"
TEN = "2026-11-23T09:00:00Z"
FORM = {
    "name": "Blue Heron",
    "email": "",
    "kind": "audio",
    "zone": "America/New_York",
    "minutes": "50",
    "start": TEN,
}


async def opened(practice: Practice) -> tuple[Person, str]:
    """Return a therapist with hours, and the path of her booking page."""
    therapist = await practice.add()
    await practice.plans.set_hours(therapist.id, WEEK, RULES, practice.now)
    page = practice.keyring.booking_page(therapist.id, 1)
    await practice.plans.open_page(therapist.id, page, 1, practice.now)
    return therapist, f"/book/{page}"


async def shown(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    return unescape(await answer.text())


def offered(page: str) -> list[str]:
    return re.findall(r'name="start" value="([^"]+)"', page)


async def test_free_times_are_told_on_both_clocks_where_they_differ(practice: Practice) -> None:
    _, path = await opened(practice)
    page = await shown(await practice.visitor(), f"{path}?zone=Asia/Tokyo")
    assert "Monday 23 November" in page
    assert re.search(r">18:00</time>.{0,80}10:00 in Berlin", page, re.S)
    assert TEN in offered(page)
    night = await shown(await practice.visitor(), f"{path}?zone=Asia/Tokyo")
    assert re.search(r">06:00</time>.{0,80}Monday, 22:00 in Berlin", night, re.S)
    same = await shown(await practice.visitor(), f"{path}?zone=Europe/Vienna")
    assert "in Berlin" not in same


async def test_without_a_choice_the_browser_may_guess_the_zone(practice: Practice) -> None:
    _, path = await opened(practice)
    visitor = await practice.visitor()
    assert "data-guess" in await shown(visitor, path)
    assert "data-guess" not in await shown(visitor, f"{path}?zone=Asia/Tokyo")
    for rubbish in ("?zone=Europe/Atlantis", "?from=never&minutes=7", "?zone=%00"):
        assert NINE in offered(await shown(visitor, path + rubbish))


async def test_a_week_of_days_at_a_time(practice: Practice) -> None:
    _, path = await opened(practice)
    visitor = await practice.visitor()
    page = await shown(visitor, f"{path}?zone=Europe/Berlin")
    later = re.search(r'rel="next" href="([^"]+)"', page)
    assert later is not None
    assert "Earlier days" not in page
    following = await shown(visitor, later[1])
    assert not set(offered(page)) & set(offered(following))
    earlier = re.search(r'rel="prev" href="([^"]+)"', following)
    assert earlier is not None
    assert offered(await shown(visitor, earlier[1])) == offered(page)


async def test_a_client_books_and_keeps_a_link_that_opens_the_waiting_room(
    practice: Practice,
) -> None:
    therapist, path = await opened(practice)
    visitor = await practice.visitor()
    held = await visitor.post(f"{path}/hold", {"zone": FORM["zone"], "minutes": "50", "start": TEN})
    text = unescape(await held.text())
    assert "04:00" in text
    assert "10:00 for your therapist, in Berlin" in text
    assert "kept for you until 07:10" in text
    answer = await visitor.post(path, FORM)
    assert answer.status == 303
    page = await shown(visitor, answer.headers["Location"])
    token = re.search(r'data-copy="https://sessions.example.org/j#([^"]+)"', page)
    assert token is not None
    assert 'class="qr"' in page
    phone = await practice.visitor()
    assert (await phone.post_json("/j", {"token": token[1]})).status == 200
    agenda = await (await (await practice.signed_in(therapist)).get("/agenda")).text()
    assert "Blue Heron" in agenda
    assert "10:00" in agenda
    assert TEN not in offered(await shown(await practice.visitor(), path))


async def test_the_link_is_shown_to_the_browser_that_booked_alone(practice: Practice) -> None:
    _, path = await opened(practice)
    visitor = await practice.visitor()
    place = (await visitor.post(path, FORM)).headers["Location"]
    stranger = await practice.visitor()
    answer = await stranger.get(place)
    assert answer.status == 403
    assert "/j#" not in await answer.text()
    assert (await stranger.get("/booked/never-was-there")).status == 403


async def test_while_a_form_is_filled_its_time_is_free_for_nobody_else(practice: Practice) -> None:
    _, path = await opened(practice)
    first, second = await practice.visitor(), await practice.visitor()
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    assert (await first.post(f"{path}/hold", choice)).status == 200
    assert TEN not in offered(await shown(second, path))
    assert TEN in offered(await shown(first, path))
    late = await second.post(path, FORM | {"name": "Quiet Owl", "email": "owl@example.org"})
    page = unescape(await late.text())
    assert late.status == 409
    assert "Someone was faster" in page
    assert 'value="Quiet Owl"' in page
    assert 'value="owl@example.org"' in page
    assert 'name="kind" value="audio"' in page
    assert NINE in offered(page)
    again = {"name": "Quiet Owl", "email": "owl@example.org", "zone": "Europe/Berlin"}
    details = await second.post(f"{path}/hold", again | {"minutes": "50", "start": NINE})
    assert 'value="Quiet Owl"' in await details.text()
    practice.now += HOLD_LIVES
    assert TEN in offered(await shown(second, path))


async def test_the_therapist_is_told_when_a_client_is_just_booking_that_time(
    practice: Practice,
) -> None:
    therapist, path = await opened(practice)
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    assert (await (await practice.visitor()).post(f"{path}/hold", choice)).status == 200
    visitor = await practice.signed_in(therapist)
    form = FORM | {"start": "2026-11-23T10:30"}
    answer = await visitor.post("/appointments/new", form)
    assert answer.status == 422
    assert "A client is booking this time just now" in await answer.text()
    practice.now += HOLD_LIVES
    assert (await visitor.post("/appointments/new", form)).status == 303


async def test_a_second_choice_frees_the_first_and_so_does_the_way_back(
    practice: Practice,
) -> None:
    _, path = await opened(practice)
    visitor, other = await practice.visitor(), await practice.visitor()
    choice = {"zone": "Europe/Berlin", "minutes": "50"}
    for start in (TEN, NINE, NINE):
        assert (await visitor.post(f"{path}/hold", choice | {"start": start})).status == 200
    assert TEN in offered(await shown(other, path))
    assert NINE not in offered(await shown(other, path))


@pytest.mark.parametrize(
    ("field", "typed", "status"),
    [
        ("name", "  ", 422),
        ("name", "x" * 121, 422),
        ("email", "nobody", 422),
        ("kind", "hologram", 422),
        ("minutes", "45", 422),
        ("minutes", "99999", 422),
        ("minutes", "0", 422),
        ("start", "", 422),
        ("start", "0001-01-01T00:00:00Z", 422),
        ("start", "9999-12-31T23:59:59Z", 422),
        ("start", "2026-11-20T09:00:00Z", 409),
        ("start", "2026-11-23T09:01:00Z", 409),
        ("start", "2046-11-23T09:00:00Z", 409),
        ("start", "2026-11-23T13:00:00Z", 409),
    ],
)
async def test_what_cannot_be_booked_is_told_and_what_was_typed_stays(
    practice: Practice, field: str, typed: str, status: int
) -> None:
    therapist, path = await opened(practice)
    answer = await (await practice.visitor()).post(path, FORM | {field: typed})
    assert answer.status == status
    if field not in ("name",):
        assert 'value="Blue Heron"' in await answer.text()
    span = practice.now, practice.now + timedelta(days=60)
    assert await practice.appointments.of_therapist(therapist.id, *span) == []


@pytest.mark.parametrize("step", ["", "/hold"])
async def test_of_fifty_who_want_one_time_at_once_exactly_one_gets_it(
    practice: Practice, step: str
) -> None:
    therapist, path = await opened(practice)
    visitors = [await practice.visitor() for _ in range(50)]
    answers = await asyncio.gather(
        *(
            visitor.post(
                path + step,
                FORM | {"name": f"Racer {number}"},
                **{"X-Forwarded-For": f"203.0.113.{number}"},
            )
            for number, visitor in enumerate(visitors)
        )
    )
    won = 200 if step else 303
    assert Counter(answer.status for answer in answers) == {won: 1, 409: 49}
    for number, answer in enumerate(answers):
        if answer.status == 409:
            page = unescape(await answer.text())
            assert f'value="Racer {number}"' in page
            assert TEN not in offered(page)
            assert NINE in offered(page)
    span = practice.now, practice.now + timedelta(days=60)
    made = await practice.appointments.of_therapist(therapist.id, *span)
    assert len(made) == (0 if step else 1)


async def test_one_household_cannot_hold_or_book_without_end(practice: Practice) -> None:
    _, path = await opened(practice)
    visitor = await practice.visitor()
    answers = [(await visitor.post(f"{path}/hold", FORM)).status for _ in range(61)]
    assert Counter(answers) == {200: 60, 429: 1}


async def test_a_page_that_is_off_or_renewed_opens_nothing(practice: Practice) -> None:
    therapist, path = await opened(practice)
    visitor = await practice.visitor()
    never = await visitor.get("/book/never-was-there")
    await practice.plans.open_page(therapist.id, "another-id", 2, practice.now)
    for answer in (await visitor.get(path), await visitor.post(path, FORM)):
        assert answer.status == never.status == 404
        assert await answer.text() == await never.text()
    assert "ask your therapist" in await never.text()


async def test_over_the_night_the_clocks_change_ten_stays_ten(practice: Practice) -> None:
    _, path = await opened(practice)
    practice.now = datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    page = await shown(await practice.visitor(), f"{path}?zone=Europe/Berlin")
    assert "2027-03-28T08:00:00Z" in offered(page)
    assert "2027-03-28T09:00:00Z" in offered(page)
    assert page.count(">10:00</time>") >= 6


async def test_somebody_elses_page_cannot_post_a_booking(practice: Practice) -> None:
    _, path = await opened(practice)
    visitor = await practice.visitor()
    answer = await visitor.post(path, FORM, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


async def only(practice: Practice, therapist: Person) -> Appointment:
    """Return the one appointment there is."""
    span = practice.now, practice.now + timedelta(days=60)
    (made,) = await practice.appointments.of_therapist(therapist.id, *span)
    return made


async def test_only_what_the_therapist_offers_can_be_chosen_and_it_is_said_plainly(
    practice: Practice,
) -> None:
    therapist, path = await opened(practice)
    visitor = await practice.visitor()
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    page = await (await visitor.post(f"{path}/hold", choice)).text()
    assert re.findall(r'name="kind" value="(\w+)"', page) == ["video", "audio", "chat"]
    assert "like a telephone call" in page
    two = replace(RULES, kinds=(Kind.AUDIO, Kind.CHAT))
    await practice.plans.set_hours(therapist.id, WEEK, two, practice.now)
    page = await (await visitor.post(f"{path}/hold", choice)).text()
    assert re.findall(r'name="kind" value="(\w+)"( checked)?', page) == [
        ("audio", " checked"),
        ("chat", ""),
    ]
    await practice.plans.set_hours(
        therapist.id, WEEK, replace(RULES, kinds=(Kind.AUDIO,)), practice.now
    )
    page = await (await visitor.post(f"{path}/hold", choice)).text()
    assert "You meet by sound only, like a telephone call." in page
    assert 'type="radio"' not in page
    refused = await visitor.post(path, FORM | {"kind": "video"})
    assert refused.status == 422
    assert 'id="kind-wrong"' in await refused.text()
    assert (await visitor.post(path, FORM | {"kind": "audio"})).status == 303


async def test_a_time_is_asked_for_where_the_therapist_confirms_each(practice: Practice) -> None:
    therapist, path = await opened(practice)
    confirming = replace(RULES, confirm=True)
    await practice.plans.set_hours(therapist.id, WEEK, confirming, practice.now)
    visitor = await practice.visitor()
    assert "Your therapist then confirms it" in await shown(visitor, path)
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    page = await (await visitor.post(f"{path}/hold", choice)).text()
    assert "Ask for this time" in page
    assert "Book this time" not in page
    answer = await visitor.post(path, FORM | {"reason": "Since last week"})
    page = await shown(visitor, answer.headers["Location"])
    assert "Your request" in page
    assert "waits for your therapist to confirm it" in page
    made = await only(practice, therapist)
    assert (made.state, made.changed_by) == (State.TENTATIVE, Party.CLIENT)
    assert TEN not in offered(await shown(await practice.visitor(), path))

    desk = await practice.signed_in(therapist)
    for page in ("/agenda", "/hours", f"/appointments/{made.id}"):
        assert '<span class="top-word">One request<' in await (await desk.get(page)).text()
    agenda = await (await desk.get("/agenda")).text()
    assert "One request waits for your word" in agenda
    assert "Since last week" in agenda
    confirmed = await desk.post(f"/appointments/{made.id}/confirm")
    assert confirmed.status == 303
    assert "Confirmed." in await (await desk.get(confirmed.headers["Location"])).text()
    assert "One request" not in await (await desk.get("/agenda")).text()
    assert "Your appointment" in await shown(visitor, f"/booked/{made.id}")
    assert (await desk.post(f"/appointments/{made.id}/confirm")).status == 409


async def test_a_request_can_be_declined_and_that_undone(practice: Practice) -> None:
    therapist, path = await opened(practice)
    confirming = replace(RULES, confirm=True)
    await practice.plans.set_hours(therapist.id, WEEK, confirming, practice.now)
    visitor, desk = await practice.visitor(), await practice.signed_in(therapist)
    await visitor.post(path, FORM)
    made = await only(practice, therapist)
    page = f"/appointments/{made.id}"
    assert "Your client waits for your word" in await (await desk.get(page)).text()
    answer = await desk.post(f"{page}/cancel", {"reason": "I am away that week"})
    assert answer.headers["Location"] == f"{page}?done=declined"
    door = await shown(visitor, f"/session/{made.id}")
    assert "This appointment was cancelled" in door
    assert "I am away that week" in door
    assert TEN in offered(await shown(visitor, path))
    assert (await desk.post(f"{page}/undo")).status == 303
    assert 'data-door="tentative"' in await shown(visitor, f"/session/{made.id}")


async def test_the_therapist_offers_another_time_for_what_was_asked(practice: Practice) -> None:
    therapist, path = await opened(practice)
    confirming = replace(RULES, confirm=True)
    await practice.plans.set_hours(therapist.id, WEEK, confirming, practice.now)
    visitor, desk = await practice.visitor(), await practice.signed_in(therapist)
    await visitor.post(path, FORM)
    made = await only(practice, therapist)
    form = {"start": "2026-11-24T15:00", "minutes": "50"}
    assert (await desk.post(f"/appointments/{made.id}/move", form)).status == 303
    after = await only(practice, therapist)
    assert (after.state, after.sequence) == (State.TENTATIVE, 1)


async def test_a_telephone_number_is_asked_for_only_where_it_is_of_use(practice: Practice) -> None:
    therapist, path = await opened(practice)
    visitor = await practice.visitor()
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    assert 'name="phone"' not in await (await visitor.post(f"{path}/hold", choice)).text()
    await visitor.post(path, FORM | {"phone": "+49 170 1234567"})
    assert (await only(practice, therapist)).client_phone is None


async def test_a_telephone_number_is_kept_where_clients_are_reached_by_sms(
    practice: Practice,
) -> None:
    practice.app[keys.SITE] = replace(practice.app[keys.SITE], texts=True)
    therapist, path = await opened(practice)
    visitor = await practice.visitor()
    choice = {"zone": "Europe/Berlin", "minutes": "50", "start": TEN}
    assert 'name="phone"' in await (await visitor.post(f"{path}/hold", choice)).text()
    wrong = await visitor.post(path, FORM | {"phone": "0170"})
    assert wrong.status == 422
    assert 'id="phone-wrong"' in await wrong.text()
    assert 'value="0170"' in await (await visitor.post(f"{path}/times", {"phone": "0170"})).text()
    await visitor.post(path, FORM | {"phone": "+49 170 1234567"})
    assert (await only(practice, therapist)).client_phone == "+491701234567"


@pytest.mark.parametrize(
    ("liked", "kept"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de-AT"),
        ("en;q=0.2, fr-CH", "fr-CH"),
        ("*", ""),
        ("", ""),
        ("'; DROP TABLE, es", "es"),
    ],
)
async def test_the_language_of_the_browser_is_kept_for_letters(
    practice: Practice, liked: str, kept: str
) -> None:
    therapist, path = await opened(practice)
    await (await practice.visitor()).post(path, FORM, **{"Accept-Language": liked})
    assert (await only(practice, therapist)).client_language == kept


async def test_words_for_the_therapist_are_kept_when_somebody_was_faster(
    practice: Practice,
) -> None:
    _, path = await opened(practice)
    first, second = await practice.visitor(), await practice.visitor()
    await first.post(path, FORM)
    late = await second.post(path, FORM | {"name": "Quiet Owl", "reason": "It is about sleep"})
    page = unescape(await late.text())
    assert late.status == 409
    assert 'name="reason" value="It is about sleep"' in page
    assert "sleep" not in "".join(re.findall(r'(?:href|action)="([^"]+)"', page))
    details = await second.post(
        f"{path}/hold", {"zone": "UTC", "minutes": "50", "start": NINE, "reason": "About sleep"}
    )
    assert ">About sleep</textarea>" in await details.text()
    wrong = await second.post(path, FORM | {"start": NINE, "reason": "x" * 501})
    assert wrong.status == 422
    assert 'id="reason-wrong"' in await wrong.text()


async def test_a_client_without_script_chooses_a_zone_with_the_button(practice: Practice) -> None:
    _, path = await opened(practice)
    page = await shown(await practice.visitor(), path)
    form = re.search(r'<form id="zone-form".*?</form>', page, re.S)
    assert form is not None
    assert f'method="get" action="{path}"' in form[0]
    assert '<select id="zone" name="zone">' in form[0]
    assert 'type="submit"' in form[0]
