"""What a therapist reads about mail: what will be sent, what was, and what could not be."""

from datetime import timedelta
from html import unescape
from pathlib import Path

import msgspec
import pytest

from tests.practice import configure
from tests.web.conftest import Practice, Visitor
from videocall.app import build
from videocall.config import Practice as PracticeNames
from videocall.errors import ConfigError
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Book, Kind
from videocall.scheduling.letters import Channel
from videocall.store.outbox import Outbox
from videocall.web.keys import OUTBOX

FORM = {
    "name": "Blue Heron",
    "email": "heron@example.org",
    "start": "2026-11-23T15:00",
    "minutes": "50",
    "kind": "video",
    "zone": "America/New_York",
}


async def booked(practice: Practice, **fields: str) -> tuple[Visitor, str]:
    visitor = await practice.signed_in(await practice.add())
    answer = await visitor.post("/appointments/new", FORM | fields)
    assert answer.status == 303
    return visitor, answer.headers["Location"]


async def read(visitor: Visitor, page: str) -> str:
    return " ".join(unescape(await (await visitor.get(page)).text()).split())


def outbox(practice: Practice) -> Outbox:
    return practice.app[OUTBOX]


async def test_without_a_mail_server_the_pages_say_that_nothing_is_sent(practice: Practice) -> None:
    visitor, page = await booked(practice)
    assert "nothing is sent from here" in await read(visitor, "/appointments/new")
    text = await read(visitor, page)
    assert "Send the link to your client" in text
    assert "please tell them yourself" in text
    assert "Invitation" not in text
    kept = await read(visitor, "/keep")
    assert "Letters by e-mail" not in kept
    assert "SMS" not in kept


async def test_with_one_the_pages_say_what_is_sent(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    assert "The invitation with the link goes here" in await read(visitor, "/appointments/new")
    text = await read(visitor, page)
    assert "on its way to your client" in text
    assert "please tell them yourself" not in text
    assert "The new one is mailed to heron@example.org" in text
    kept = await read(visitor, "/keep")
    assert "Letters by e-mail and by SMS" in kept
    assert "An SMS passes the gateway" not in kept


async def test_without_an_address_nothing_is_promised(mailing: Practice) -> None:
    visitor, page = await booked(mailing, email="")
    text = await read(visitor, page)
    assert "Send the link to your client" in text
    assert "Invitation" not in text


async def test_the_therapist_sees_each_letter_and_when_it_goes(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    text = await read(visitor, page)
    assert 'by e-mail</span></span> <span class="pill">On its way' in text
    assert text.count("Planned") == 2
    assert "Sunday 22 November, 15:00" in text
    claimed = await outbox(mailing).claim(mailing.now)
    assert claimed is not None
    await outbox(mailing).sent(claimed.id, mailing.now)
    assert 'Sent</span> <span class="soft small">Saturday 21 November, 13:00' in await read(
        visitor, page
    )


async def test_a_letter_that_waits_too_long_is_told_there_on_the_agenda_and_in_the_week(
    mailing: Practice,
) -> None:
    visitor, page = await booked(mailing)
    places = ("/agenda", "/week?on=2026-11-23", "/day?on=2026-11-23")
    for place in places:
        assert "Letter not sent" not in await read(visitor, place)
    mailing.now += timedelta(minutes=20)
    assert "Not sent yet" in await read(visitor, page)
    for place in places:
        assert "Letter not sent" in await read(visitor, place)
    colleague = await mailing.signed_in(await mailing.add(email="lee@example.org"))
    assert "Letter not sent" not in await read(colleague, "/agenda")


async def test_a_text_that_is_refused_is_told_as_one(texting: Practice) -> None:
    visitor = await texting.signed_in(therapist := await texting.add())
    book = Book(
        AppointmentId("i" * 22), "uid", therapist.id, "Blue Heron", None, None,
        texting.now + timedelta(days=2), 50, Kind.VIDEO, client_phone="+491701234567",
    )  # fmt: skip
    made = await texting.appointments.book(book, texting.now)
    page = f"/appointments/{made.id}"
    assert 'by SMS</span></span> <span class="pill">On its way' in await read(visitor, page)
    claimed = await outbox(texting).claim(texting.now, Channel.SMS)
    assert claimed is not None
    await outbox(texting).refused(claimed.id, texting.now, 422)
    assert "The SMS gateway did not take it. Is the number right?" in await read(visitor, page)
    body = await (await visitor.get("/readyz")).json()
    assert body["checks"]["sms"] == "warn: 1 letters failed, 0 late"
    assert "mail" not in body["checks"]
    assert (await visitor.post(page + "/letters")).status == 303
    again = await outbox(texting).claim(texting.now, Channel.SMS)
    assert again is not None
    assert again.id == claimed.id


async def test_who_may_read_an_sms_is_told(texting: Practice) -> None:
    kept = await read(await texting.visitor(), "/keep")
    assert "An SMS passes the gateway" in kept
    assert "telephone number if they were given" in kept
    assert "A letter passes the mail servers" not in kept


async def test_the_therapist_chooses_the_language_of_the_letters(mailing: Practice) -> None:
    visitor = await mailing.signed_in(await mailing.add())
    form = await read(visitor, "/appointments/new")
    assert '<option value="en-GB" lang="en-GB" selected>English</option>' in form
    assert '<option value="de" lang="de">Deutsch</option>' in form
    answer = await visitor.post("/appointments/new", FORM | {"language": "de"})
    id = AppointmentId(answer.headers["Location"].split("/")[2].partition("?")[0])
    made = await mailing.appointments.get(id)
    assert made is not None
    assert made.client_language == "de"
    wrong = await (
        await visitor.post("/appointments/new", FORM | {"language": "de", "email": "none"})
    ).text()
    assert '<option value="de" lang="de" selected>' in wrong


async def test_a_refused_address_is_told_and_can_be_tried_again(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    claimed = await outbox(mailing).claim(mailing.now)
    assert claimed is not None
    await outbox(mailing).refused(claimed.id, mailing.now, 550)
    text = await read(visitor, page)
    assert "Could not be sent" in text
    assert "Is the address right?" in text
    assert "on its way to your client." not in text
    answer = await visitor.post(page.partition("?")[0] + "/letters")
    assert answer.headers["Location"].endswith("?done=mailed")
    assert "Could not be sent" not in await read(visitor, page)
    again = await outbox(mailing).claim(mailing.now)
    assert again is not None
    assert again.id == claimed.id


async def test_nobody_else_can_send_the_letters_of_an_appointment(mailing: Practice) -> None:
    _, page = await booked(mailing)
    path = page.partition("?")[0] + "/letters"
    colleague = await mailing.signed_in(await mailing.add(email="lee@example.org"))
    assert (await colleague.post(path)).status == 404
    assert (await (await mailing.visitor()).post(path)).status == 401


async def test_readiness_warns_of_unsent_letters_and_stays_ready(mailing: Practice) -> None:
    visitor, _ = await booked(mailing)
    body = await (await visitor.get("/readyz")).json()
    checks = dict.fromkeys(("database", "mail", "relay", "signalling", "webhooks"), "pass")
    assert body == {"status": "pass", "checks": checks}
    mailing.now += timedelta(minutes=20)
    answer = await visitor.get("/readyz")
    body = await answer.json()
    assert answer.status == 200
    assert body["status"] == "warn"
    assert body["checks"]["mail"] == "warn: 0 letters failed, 1 late"


async def test_a_language_without_translations_is_no_language_of_a_practice(tmp_path: Path) -> None:
    config = configure(tmp_path)
    config = msgspec.structs.replace(config, practice=PracticeNames(language="fr"))
    with pytest.raises(ConfigError, match=r"practice\.language: there are en-GB, de"):
        build(config)
