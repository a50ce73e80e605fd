"""Texts through a real HTTP gateway, whatever it does: sent once, late, or told as failed."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from tests.letters.conftest import HEAD, SHORT, START, Post
from tests.letters.postoffice import PostOffice, certificate
from tests.letters.smsgateway import SECRET, Misbehave, SmsGateway, listening
from tests.store.conftest import NOON, Rows
from videocall.errors import ConfigError, Unavailable
from videocall.letters.carrier import BrokenOff
from videocall.letters.letterhead import Letterhead
from videocall.letters.postman import Postman
from videocall.letters.sms import Gateway, Signed, SmsCarrier, secret
from videocall.scheduling.appointment import Appointment, Cancel, Move
from videocall.scheduling.letters import Channel, LetterRules
from videocall.store.outbox import CLAIM_HOLDS, LetterState, Unsent

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PHONE: Final = "+491701234567"
SENT: Final = LetterState.SENT


class Texting(Post):
    """A practice that sends SMS alone."""

    def __init__(self, rows: Rows, gateway: SmsGateway) -> None:
        rules = LetterRules(mails=False, texts=True)
        super().__init__(rows, PostOffice(), rules=rules)
        self.gateway = gateway

    def texter(
        self,
        head: Letterhead = HEAD,
        *,
        gateway: Gateway | None = None,
        look_every_s: float = 5.0,
    ) -> Postman[Signed]:
        carrier = SmsCarrier(gateway or self.gateway.gateway(), head, self.render)
        return self.postman(carrier, look_every_s)

    async def book_by_phone(self, name: str = "Ada", start_at: datetime = START) -> Appointment:
        return await self.book(name, start_at, client_email=None, client_phone=PHONE)

    async def unsent(self) -> Unsent:
        return await self.outbox.unsent(self.now, Channel.SMS)


@pytest.fixture
async def texting(rows: Rows) -> AsyncIterator[Texting]:
    async with listening(SmsGateway()) as gateway:
        yield Texting(rows, gateway)


# ---- what is sent --------------------------------------------------------------------------------


async def test_a_text_tells_the_practice_the_time_in_the_clients_zone_and_the_link(
    texting: Texting,
) -> None:
    appointment = await texting.book_by_phone()
    await texting.texter().drain()
    ((id, sms),) = texting.gateway.sent.items()
    assert sms == {
        "id": id,
        "to": PHONE,
        "sender": "Willow",
        "text": f"Willow House: your appointment is on Tue 24 Nov, 12:00 (London time). {SHORT}1",
    }
    assert await texting.states(appointment) == [SENT, LetterState.WAITING]


async def test_a_day_before_a_text_reminds_once(texting: Texting) -> None:
    await texting.book_by_phone()
    texter = texting.texter()
    await texter.drain()
    texting.now = START - DAY
    await texter.drain()
    await texter.drain()
    assert texting.gateway.texts[1:] == [
        f"Willow House: a reminder of Tue 24 Nov, 12:00 (London time). {SHORT}1"
    ]


async def test_a_move_tells_the_new_time_and_a_cancellation_has_no_link(texting: Texting) -> None:
    appointment = await texting.book_by_phone()
    texter = texting.texter()
    await texter.drain()
    for command in (Move(START + DAY, 50), Cancel()):
        await texting.appointments.change(appointment.id, command, "rivera", texting.now)
        await texter.drain()
    assert texting.gateway.texts[1:] == [
        f"Willow House: your new time is Wed 25 Nov, 12:00 (London time). {SHORT}1",
        "Willow House: your appointment on Wed 25 Nov, 12:00 (London time) is cancelled.",
    ]
    texting.now = START + 3 * DAY
    await texter.drain()
    assert len(texting.gateway.sent) == 3


async def test_a_client_with_both_is_told_by_mail_and_reminded_by_both(rows: Rows) -> None:
    async with listening(SmsGateway()) as gateway:
        both = Post(rows, PostOffice(), rules=LetterRules(texts=True))
        appointment = await both.book(client_phone=PHONE)
        posted = await both.outbox.of_appointment(appointment.id)
        assert [(each.kind, each.channel) for each in posted] == [
            ("invitation", "mail"), ("reminder", "mail"), ("reminder", "sms"),
            ("reminder", "mail"),
        ]  # fmt: skip
        both.now = START - DAY
        await both.postman(SmsCarrier(gateway.gateway(), HEAD, both.render)).drain()
        assert len(gateway.sent) == 1


async def test_in_discreet_mode_a_text_tells_nothing_but_the_link(texting: Texting) -> None:
    await texting.book_by_phone()
    await texting.texter(replace(HEAD, discreet=True)).drain()
    assert texting.gateway.texts == [f"A message for you: {SHORT}1"]


async def test_the_clients_name_is_in_no_text(texting: Texting) -> None:
    await texting.book_by_phone()
    await texting.texter().drain()
    assert "Lovelace" not in str(texting.gateway.sent)


# ---- what a gateway does -------------------------------------------------------------------------


async def test_a_number_that_is_refused_is_given_up_and_told_and_the_others_are_sent(
    texting: Texting,
) -> None:
    refused = await texting.book_by_phone()
    await texting.book_by_phone("Bob", START + HOUR)
    texting.gateway.replies = [422]
    await texting.texter().drain()
    assert len(texting.gateway.sent) == 1
    (told, _) = await texting.outbox.of_appointment(refused.id)
    assert (told.state, told.code, told.channel) == (LetterState.FAILED, 422, "sms")
    assert await texting.unsent() == Unsent(failed=1, late=0)
    assert await texting.outbox.unsent(texting.now) == Unsent(0, 0)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503, 301, 302, 307, 401, 403, 404])
async def test_not_now_means_again_a_little_later(texting: Texting, status: int) -> None:
    await texting.book_by_phone()
    answer = web.Response(status=status, headers={"Location": "/elsewhere"})
    texting.gateway.replies = [answer]
    texter = texting.texter()
    with pytest.raises(Unavailable):
        await texter.drain()
    await texter.drain()
    assert texting.gateway.sent == {}
    texting.now += MINUTE
    await texter.drain()
    assert len(texting.gateway.sent) == 1
    assert texting.gateway.elsewhere == 0


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("600", 600),
        (format_datetime(NOON + timedelta(seconds=600), usegmt=True), 600),
        ("86400000", 3600),
        ("-5", 0),
        ("soon", 0),
        ("9" * 400, 3600),
        ("", 0),
    ],
)
async def test_a_gateway_that_asks_for_patience_gets_it_within_bounds(
    texting: Texting, asked: str, wait_s: int
) -> None:
    await texting.book_by_phone()
    date = format_datetime(NOON, usegmt=True)
    texting.gateway.replies = [
        web.Response(status=429, headers={"Retry-After": asked, "Date": date})
    ]
    texter = texting.texter()
    with pytest.raises(BrokenOff) as broken:
        await texter.drain()
    assert broken.value.wait_s == wait_s
    texting.now += max(timedelta(seconds=wait_s - 1), 59 * timedelta(seconds=1))
    await texter.drain()
    assert texting.gateway.sent == {}
    texting.now += timedelta(seconds=1)
    await texter.drain()
    assert len(texting.gateway.sent) == 1


@pytest.mark.parametrize("how", ["drop", "drop_in_the_first_line", "take_and_drop"])
async def test_an_answer_that_never_comes_is_asked_for_again_under_the_same_id(
    texting: Texting, how: str
) -> None:
    await texting.book_by_phone()
    misbehave: Misbehave = getattr(texting.gateway, how)
    texting.gateway.replies = [misbehave]
    texter = texting.texter()
    with pytest.raises(Unavailable):
        await texter.drain()
    texting.now += MINUTE
    await texter.drain()
    # Where it was sent before its answer was lost, the gateway knows it again and sends one.
    assert (texting.gateway.asked, len(texting.gateway.sent)) == (2, 1)


async def test_an_answer_without_end_is_left_after_its_first_line(texting: Texting) -> None:
    appointment = await texting.book_by_phone()
    texting.gateway.replies = [texting.gateway.never_end]
    async with asyncio.timeout(5):
        await texting.texter().drain()
    assert (await texting.states(appointment))[0] is SENT


async def test_a_gateway_that_does_not_answer_is_left_and_tried_again(texting: Texting) -> None:
    await texting.book_by_phone()
    texting.gateway.hold = asyncio.Event()
    with pytest.raises(Unavailable):
        await texting.texter(gateway=texting.gateway.gateway(timeout_s=0.3)).drain()
    texting.gateway.hold.set()
    texting.gateway.hold = None
    texting.now += MINUTE
    await texting.texter().drain()
    assert len(texting.gateway.sent) == 1


async def test_a_gateway_that_is_away_costs_no_text_and_becomes_an_alarm(rows: Rows) -> None:
    async with listening(SmsGateway()) as gateway:
        pass
    texting = Texting(rows, gateway)
    appointment = await texting.book_by_phone()
    with pytest.raises(Unavailable):
        await texting.texter().drain()
    texting.now += 20 * MINUTE
    assert await texting.unsent() == Unsent(failed=0, late=1)
    async with listening(gateway):
        await texting.texter().drain()
    assert (await texting.states(appointment))[0] is SENT


async def test_what_is_not_signed_with_the_secret_both_know_waits_for_the_operator(
    texting: Texting,
) -> None:
    appointment = await texting.book_by_phone()
    other = "whsec_" + base64.b64encode(bytes(24)).decode()
    with pytest.raises(Unavailable):
        await texting.texter(gateway=texting.gateway.gateway(secret=other)).drain()
    assert (await texting.states(appointment))[0] is LetterState.WAITING


async def test_a_strange_certificate_is_not_believed(rows: Rows, tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path)
    async with listening(SmsGateway(), ours) as gateway:
        texting = Texting(rows, gateway)
        await texting.book_by_phone()
        with pytest.raises(Unavailable):
            await texting.texter().drain()
        assert gateway.asked == 0
        texting.now += MINUTE
        await texting.texter(gateway=gateway.gateway(trust=theirs)).drain()
        assert len(gateway.sent) == 1


# ---- what happens meanwhile ----------------------------------------------------------------------


async def test_two_processes_on_one_file_post_each_text_once(texting: Texting) -> None:
    for number in range(6):
        await texting.book_by_phone(f"C{number}", START + number * HOUR)
    await asyncio.gather(texting.texter().drain(), texting.texter().drain())
    assert (texting.gateway.asked, len(texting.gateway.sent)) == (6, 6)


async def test_what_a_dead_process_left_is_posted_later_under_the_same_id(
    texting: Texting,
) -> None:
    await texting.book_by_phone()
    left = await texting.outbox.claim(texting.now, Channel.SMS)
    assert left is not None
    await texting.texter().drain()
    assert texting.gateway.asked == 0
    texting.now += CLAIM_HOLDS
    await texting.texter().drain()
    assert list(texting.gateway.sent) == [left.id]


async def test_nothing_of_the_old_hour_is_sent_when_the_gateway_is_back(rows: Rows) -> None:
    async with listening(SmsGateway()) as gateway:
        pass
    texting = Texting(rows, gateway)
    moved = await texting.book_by_phone()
    gone = await texting.book_by_phone("Bob", START + HOUR)
    with pytest.raises(Unavailable):
        await texting.texter().drain()
    await texting.appointments.change(moved.id, Move(START + DAY, 50), "rivera", NOON)
    await texting.appointments.change(gone.id, Cancel(), "rivera", NOON)
    texting.now += DAY
    async with listening(gateway):
        await texting.texter().drain()
    assert sorted(each.split(": ")[1][:30] for each in gateway.texts) == [
        "your appointment on Tue 24 Nov", "your new time is Wed 25 Nov, 1",
    ]  # fmt: skip


async def test_a_stop_waits_for_the_text_in_hand(texting: Texting) -> None:
    appointment = await texting.book_by_phone()
    texting.gateway.hold = asyncio.Event()
    running = asyncio.create_task(texting.texter().run_forever())
    await texting.gateway.reached.wait()
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    texting.gateway.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await texting.states(appointment))[0] is SENT


async def test_a_round_that_fails_is_not_the_last_and_is_counted(texting: Texting) -> None:
    await texting.book_by_phone()
    texting.gateway.replies = [500]
    running = asyncio.create_task(texting.texter(look_every_s=0.01).run_forever())
    while not texting.watch.failures["sms"]:
        await asyncio.sleep(0.01)
    texting.now += 20 * MINUTE
    while not texting.gateway.sent:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert texting.watch.letters == {"later": 1, "sent": 1}


@pytest.mark.parametrize(
    "written", ["", "hello", "whsec_", "whsec_aGVsbG8=", "whsec_!!!!", SECRET[6:], "whsec_" + "é"]
)
def test_a_secret_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"sms\.secret_file"):
        secret(written)
    assert secret(SECRET) == SECRET
