"""Letters through a real SMTP server, whatever it does: delivered once, late, or told as failed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import icalendar
import pytest

from tests.letters.conftest import HEAD, LINK, START, Post
from tests.letters.postoffice import PostOffice, certificate, drop, drop_after_taking, listening
from tests.store.conftest import NOON, Rows, open_rows
from videocall.errors import Unavailable
from videocall.letters.letterhead import Letterhead
from videocall.letters.mail import Tls
from videocall.scheduling.appointment import Cancel, Move, ReissueLink
from videocall.scheduling.itip import Mailbox
from videocall.store.outbox import CLAIM_HOLDS, LetterState, Unsent

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROOT: Final = Path(__file__).parents[2]


def read(text: bytes | str) -> tuple[str, Any]:
    """Return the method and the one event of a calendar."""
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


# ---- what a letter says --------------------------------------------------------------------------


async def test_an_invitation_tells_the_time_in_the_clients_zone_and_the_link(post: Post) -> None:
    appointment = await post.book()
    await post.mailer().drain()
    (message,) = post.office.arrived
    assert post.office.envelopes == [("office@example.org", ["ada@example.org"])]
    assert message["From"] == "Willow House <office@example.org>"
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Appointment on Tuesday 24 November, 12:00"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    words = text.get_content()
    assert "You have an appointment with Sam O'Rivera & Söhne:" in words
    assert "Tuesday 24 November 2026" in words.replace(",", "")
    assert "12:00 – 12:50 (London time)" in words
    assert f"\n{LINK}1\n" in words.replace("\r\n", "\n")
    assert "030 123 456" in words
    markup = html.get_content()
    assert f'href="{LINK}1"' in markup
    assert "Sam O&#39;Rivera &amp; Söhne" in markup
    assert "src=" not in markup
    assert await post.states(appointment) == [
        LetterState.SENT, LetterState.WAITING, LetterState.WAITING,
    ]  # fmt: skip


async def test_the_calendar_entry_is_an_alternative_and_a_file_and_tells_the_same(
    post: Post,
) -> None:
    appointment = await post.book()
    await post.mailer().drain()
    (message,) = post.office.arrived
    assert message.get_content_type() == "multipart/mixed"
    parts = {part.get_content_type(): part for part in message.walk()}
    assert list(parts) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
        "application/ics",
    ]  # fmt: skip
    entry = parts["text/calendar"]
    assert entry.get_param("method") == "REQUEST"
    assert entry.get_content_charset() == "utf-8"
    assert parts["application/ics"].get_filename() == "appointment.ics"
    for part in (entry, parts["application/ics"]):
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes)
        assert raw.count(b"\r\n") == raw.count(b"\n")
        _, event = read(raw)
        assert event["DTSTART"].dt == appointment.start_at
        assert event["UID"] == appointment.uid
        assert event["SUMMARY"] == "Appointment"
        assert event["LOCATION"] == f"{LINK}1"
        assert event["ORGANIZER"] == "mailto:office@example.org"
        assert event["ATTENDEE"] == "mailto:ada@example.org"


async def test_the_clients_name_is_in_no_letter(post: Post) -> None:
    await post.book()
    await post.mailer().drain()
    parts = [part.get_payload(decode=True) for part in post.office.arrived[0].walk()]
    said = post.office.arrived[0].as_bytes() + b"".join(p for p in parts if isinstance(p, bytes))
    assert b"Lovelace" not in said
    assert b"rivera@" not in said


async def test_a_move_updates_and_a_cancellation_removes_the_same_entry(post: Post) -> None:
    appointment = await post.book()
    mailer = post.mailer()
    await mailer.drain()
    for command in (Move(START + DAY, 30), ReissueLink(), Cancel()):
        await post.appointments.change(appointment.id, command, "rivera", post.now)
        post.now += MINUTE
        await mailer.drain()
    events = []
    for message in post.office.arrived:
        (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        method, event = read(part.get_content())
        events.append((method, event["SEQUENCE"], event["UID"], event["DTSTART"].dt))
    assert events == [
        ("REQUEST", 0, appointment.uid, START),
        ("REQUEST", 1, appointment.uid, START + DAY),
        ("REQUEST", 1, appointment.uid, START + DAY),
        ("CANCEL", 2, appointment.uid, START + DAY),
    ]
    assert [subject.split(":")[0].split(" on ")[0] for subject in post.subjects] == [
        "Appointment", "New time", "New link", "Cancelled",
    ]  # fmt: skip
    gone = post.office.arrived[-1].get_body(("plain",))
    assert gone is not None
    assert LINK not in gone.get_content()


async def test_a_reminder_has_the_link_and_puts_nothing_back_into_a_calendar(post: Post) -> None:
    await post.book()
    mailer = post.mailer()
    await mailer.drain()
    post.now = START - DAY
    await mailer.drain()
    reminder = post.office.arrived[-1]
    assert reminder["Subject"] == "Reminder: appointment on Tuesday 24 November, 12:00"
    assert reminder.get_content_type() == "multipart/alternative"
    assert "calendar" not in {part.get_content_subtype() for part in reminder.walk()}
    body = reminder.get_body(("plain",))
    assert body is not None
    assert LINK in body.get_content()


async def test_in_discreet_mode_a_subject_tells_nothing(post: Post) -> None:
    appointment = await post.book()
    head = replace(HEAD, discreet=True)
    mailer = post.mailer(head, Mailbox("", "office@example.org"))
    await mailer.drain()
    await post.appointments.change(appointment.id, Move(START + DAY, 30), "rivera", post.now)
    await mailer.drain()
    await post.appointments.change(appointment.id, Cancel(), "rivera", post.now)
    await mailer.drain()
    assert post.subjects == ["A message for you"] * 3
    assert {message["From"] for message in post.office.arrived} == {"office@example.org"}


async def test_no_name_or_practice_can_add_a_header(post: Post) -> None:
    await post.book()
    evil = "Willow\r\nBcc: everybody@example.net\r\n\r\n<script>"
    head = Letterhead(evil, evil, "UTC", "en", 15)
    mailer = post.mailer(head, Mailbox(evil, "office@example.org"))
    await mailer.drain()
    (message,) = post.office.arrived
    assert message["Bcc"] is None
    assert post.office.envelopes[0][1] == ["ada@example.org"]
    html = message.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


async def test_an_address_in_another_script_is_written_to(post: Post) -> None:
    therapist = await post.rows.therapist()
    book = post.rows.book(therapist, START, "Ada")
    for number, email in enumerate(("a@bücher.example.org", "jürgen@example.org")):
        later = post.rows.book(therapist, START + number * HOUR, f"C{number}")
        await post.appointments.book(
            type(book)(later.id, later.uid, therapist.id, "Ada", email, None, later.start_at, 50,
                       later.kind),
            NOON,
        )  # fmt: skip
    await post.mailer().drain()
    assert sorted(envelope[1][0] for envelope in post.office.envelopes) == [
        "a@xn--bcher-kva.example.org", "jürgen@example.org",
    ]  # fmt: skip


# ---- what a mail server does ---------------------------------------------------------------------


async def test_many_letters_go_over_one_connection_each_once(post: Post) -> None:
    for number in range(12):
        await post.book(f"C{number}", START + number * HOUR)
    mailer = post.mailer()
    await mailer.drain()
    await mailer.drain()
    assert (len(post.office.arrived), post.office.connections) == (12, 1)
    assert len(set(post.ids)) == 12


async def test_two_mailers_on_one_file_send_each_letter_once(post: Post) -> None:
    for number in range(6):
        await post.book(f"C{number}", START + number * HOUR)
    twin = Post(open_rows(post.rows.path), post.office)
    try:
        await asyncio.gather(post.mailer().drain(), twin.mailer().drain())
    finally:
        twin.rows.database.close()
    assert Counter(post.ids).most_common(1)[0][1] == 1
    assert len(post.ids) == 6


async def test_a_refused_address_is_given_up_and_told_and_the_others_are_sent(post: Post) -> None:
    refused = await post.book("Ada")
    await post.book("Bob", START + HOUR)
    post.office.rcpt = ["550 no such mailbox"]
    await post.mailer().drain()
    assert [message["To"] for message in post.office.arrived] == ["bob@example.org"]
    assert (await post.states(refused))[0] is LetterState.FAILED
    assert (await post.outbox.of_appointment(refused.id))[0].code == 550
    assert await post.outbox.unsent(post.now) == Unsent(failed=1, late=0)
    assert post.watch.letters == {"refused": 1, "sent": 1}


@pytest.mark.parametrize("where", ["rcpt", "data"])
async def test_not_now_means_again_a_little_later(post: Post, where: str) -> None:
    await post.book()
    setattr(post.office, where, ["451 busy", "452 still busy"])
    mailer = post.mailer()
    for wait_min, sent in ((0, 0), (1, 0), (2, 1)):
        post.now += wait_min * MINUTE
        await mailer.drain()
        await mailer.drain()
        assert len(post.office.arrived) == sent
    assert post.watch.letters == {"later": 2, "sent": 1}


async def test_a_message_that_is_refused_is_given_up(post: Post) -> None:
    appointment = await post.book()
    post.office.data = ["554 looks like spam"]
    await post.mailer().drain()
    assert (await post.states(appointment))[0] is LetterState.FAILED


async def test_a_server_that_does_not_answer_is_left_and_tried_again(post: Post) -> None:
    await post.book()
    post.office.hold = asyncio.Event()
    with pytest.raises(Unavailable):
        await post.mailer(timeout_s=0.3).drain()
    post.office.hold.set()
    post.office.hold = None
    post.office.arrived.clear()
    post.now += MINUTE
    await post.mailer().drain()
    assert len(post.office.arrived) == 1


async def test_a_connection_lost_in_the_message_is_tried_again_under_the_same_id(
    post: Post,
) -> None:
    await post.book()
    post.office.data = [drop]
    with pytest.raises(Unavailable):
        await post.mailer().drain()
    assert post.office.arrived == []
    post.now += MINUTE
    await post.mailer().drain()
    assert len(post.office.arrived) == 1


async def test_where_nobody_can_know_a_copy_has_the_same_id(post: Post) -> None:
    await post.book()
    post.office.data = [drop_after_taking]
    with pytest.raises(Unavailable):
        await post.mailer().drain()
    post.now += MINUTE
    await post.mailer().drain()
    first, second = post.ids
    assert first == second


async def test_a_server_that_is_away_costs_no_letter_and_becomes_an_alarm(rows: Rows) -> None:
    office = PostOffice()
    async with listening(office):
        pass
    post = Post(rows, office)
    appointment = await post.book()
    with pytest.raises(Unavailable):
        await post.mailer().drain()
    post.now += 20 * MINUTE
    assert await post.outbox.unsent(post.now) == Unsent(failed=0, late=1)
    async with listening(office):
        await post.mailer().drain()
    assert (await post.states(appointment))[0] is LetterState.SENT


@pytest.mark.parametrize("implicit", [False, True])
async def test_over_tls_with_a_password(rows: Rows, tmp_path: Path, implicit: bool) -> None:
    ours, theirs = certificate(tmp_path)
    office = PostOffice()
    options: dict[str, Any] = {"authenticator": office.authenticate}
    options |= (
        {"implicit_tls": ours, "auth_require_tls": False}
        if implicit
        else {"tls_context": ours, "require_starttls": True, "auth_required": True}
    )
    async with listening(office, **options):
        post = Post(rows, office)
        await post.book()
        tls = Tls.TLS if implicit else Tls.STARTTLS
        with pytest.raises(Unavailable):
            await post.mailer(tls=tls, trust=theirs, username="office", password="wrong").drain()
        await post.mailer(tls=tls, trust=theirs, username="office", password="right").drain()
    assert len(office.arrived) == 1
    assert b"office" in office.signed_in


async def test_a_server_that_wants_tls_gets_nothing_in_the_clear(
    rows: Rows, tmp_path: Path
) -> None:
    ours, _ = certificate(tmp_path)
    async with listening(PostOffice(), tls_context=ours, require_starttls=True) as office:
        post = Post(rows, office)
        appointment = await post.book()
        with pytest.raises(Unavailable):
            await post.mailer().drain()
        # What the operator has to mend costs no letter.
        assert (await post.states(appointment))[0] is LetterState.WAITING


async def test_tls_that_is_asked_for_is_never_left_out_nor_a_strange_certificate_believed(
    post: Post, tmp_path: Path
) -> None:
    await post.book()
    with pytest.raises(Unavailable):
        await post.mailer(tls=Tls.STARTTLS).drain()
    ours, _ = certificate(tmp_path)
    async with listening(PostOffice(), tls_context=ours) as office:
        stranger = Post(post.rows, office)
        with pytest.raises(Unavailable):
            await stranger.mailer(tls=Tls.STARTTLS).drain()
    assert office.arrived == post.office.arrived == []


# ---- what happens meanwhile ----------------------------------------------------------------------


async def test_nothing_of_the_old_hour_is_sent_when_the_server_is_back(rows: Rows) -> None:
    office = PostOffice()
    async with listening(office):
        pass
    post = Post(rows, office)
    moved, cancelled = await post.book("Ada"), await post.book("Bob", START + HOUR)
    with pytest.raises(Unavailable):
        await post.mailer().drain()
    await post.appointments.change(moved.id, Move(START + DAY, 50), "rivera", NOON)
    await post.appointments.change(cancelled.id, Cancel(), "rivera", NOON)
    post.now = NOON + DAY
    async with listening(office):
        await post.mailer().drain()
    told = {message["To"]: str(message["Subject"]) for message in office.arrived}
    assert told["bob@example.org"].startswith("Cancelled")
    assert told["ada@example.org"] == "New time: appointment on Wednesday 25 November, 12:00"
    for message in office.arrived:
        if message["To"] == "ada@example.org":
            body = message.get_body(("plain",))
            assert body is not None
            assert "Wednesday" in body.get_content()
            assert "Tuesday" not in body.get_content()


async def test_a_stop_waits_for_the_letter_in_hand(post: Post) -> None:
    appointment = await post.book()
    post.office.hold = asyncio.Event()
    running = asyncio.create_task(post.mailer().run_forever())
    await post.office.reached_data.wait()
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    post.office.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await post.states(appointment))[0] is LetterState.SENT
    assert len(post.office.arrived) == 1


_DIES: Final = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.letters.conftest import LINK, START, Post
from tests.letters.postoffice import PostOffice
from tests.letters.conftest import Post
from tests.store.conftest import open_rows

async def main():
    post = Post(open_rows(Path(sys.argv[1])), PostOffice(port=int(sys.argv[2])))
    claim = post.outbox.claim
    async def claim_and_die(now, channel):
        await claim(now, channel)
        os.kill(os.getpid(), signal.SIGKILL)
    post.outbox.claim = claim_and_die
    await post.mailer().drain()

asyncio.run(main())
"""


async def test_a_process_killed_between_claim_and_letter_loses_and_doubles_nothing(
    post: Post,
) -> None:
    await post.book()
    dying = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _DIES, str(post.rows.path), str(post.office.port)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    assert dying.returncode == -signal.SIGKILL
    await post.mailer().drain()
    assert post.office.arrived == []
    post.now += CLAIM_HOLDS
    await post.mailer().drain()
    await post.mailer().drain()
    assert len(post.office.arrived) == 1


async def test_a_round_that_fails_is_not_the_last(post: Post) -> None:
    await post.book()
    post.office.data = [drop]
    running = asyncio.create_task(post.mailer(look_every_s=0.01).run_forever())
    while not post.watch.failures["mail"]:
        await asyncio.sleep(0.01)
    post.now += 20 * MINUTE
    while not post.office.arrived:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert post.watch.unsent == Unsent(failed=0, late=0)


async def test_what_was_not_sent_is_counted_for_the_operator(post: Post) -> None:
    await post.book()
    post.office.rcpt = ["550 no such mailbox"]
    running = asyncio.create_task(post.mailer(look_every_s=0.01).run_forever())
    while post.watch.unsent != Unsent(failed=1, late=0):
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_letter_that_cannot_be_written_stops_no_other(post: Post) -> None:
    unwritten = await post.book("Ada")
    await post.book("Bob", START + HOUR)
    mailer = post.mailer(nameless=unwritten.id)
    await mailer.drain()
    assert [message["To"] for message in post.office.arrived] == ["bob@example.org"]
    assert (await post.states(unwritten))[0] is LetterState.FAILED
    assert post.watch.failures == {"letter": 1}
