"""What a therapist reads about mail: what will be sent, what was, and what could not be."""

from datetime import timedelta
from html import unescape

from tests.web.conftest import Practice, Visitor
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
    assert "Letters to your client" not in text
    assert "Letters to the e-mail" not in await read(visitor, "/keep")


async def test_with_one_the_pages_say_what_is_sent(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    assert "The invitation with the link goes here" in await read(visitor, "/appointments/new")
    text = await read(visitor, page)
    assert "on its way to your client" in text
    assert "please tell them yourself" not in text
    assert "The new one is mailed to heron@example.org" in text
    assert "Letters to the e-mail address" in await read(visitor, "/keep")


async def test_without_an_address_nothing_is_promised(mailing: Practice) -> None:
    visitor, page = await booked(mailing, email="")
    text = await read(visitor, page)
    assert "Send the link to your client" in text
    assert "Letters to your client" not in text


async def test_the_therapist_sees_each_letter_and_when_it_goes(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    text = await read(visitor, page)
    assert 'Invitation</span> <span class="pill">On its way' in text
    assert text.count("Planned") == 2
    assert "Sunday 22 November, 15:00" in text
    claimed = await outbox(mailing).claim(mailing.now)
    assert claimed is not None
    await outbox(mailing).sent(claimed.id, mailing.now)
    assert 'Sent</span> <span class="soft small">Saturday 21 November, 13:00' in await read(
        visitor, page
    )


async def test_a_letter_that_waits_too_long_is_told(mailing: Practice) -> None:
    visitor, page = await booked(mailing)
    mailing.now += timedelta(minutes=20)
    assert "Not sent yet" in await read(visitor, page)


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
    checks = dict.fromkeys(("database", "mail", "signalling", "webhooks"), "pass")
    assert body == {"status": "pass", "checks": checks}
    mailing.now += timedelta(minutes=20)
    answer = await visitor.get("/readyz")
    body = await answer.json()
    assert answer.status == 200
    assert body["status"] == "warn"
    assert body["checks"]["mail"] == "warn: 0 letters failed, 1 late"
