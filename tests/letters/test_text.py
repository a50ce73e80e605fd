"""What an SMS says, and how much room it takes."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.letters.conftest import HEAD
from tests.scheduling.test_itip_series import Booked, weekly
from videocall.access.tokens import Keyring
from videocall.ids import LetterId, LinkId
from videocall.letters.letterhead import Letterhead, Links, Matter
from videocall.letters.text import sms_parts, text
from videocall.render import Render
from videocall.scheduling.appointment import Appointment, Party, State
from videocall.scheduling.letters import Channel, Letter, LetterKind
from videocall.store.outbox import Claimed
from videocall.store.series import Whole

URL: Final = "https://call.example-org.com"
RENDER: Final = Render()
KINDS: Final = [kind for kind in LetterKind if kind is not LetterKind.NEWS]
SERIES: Final = weekly(53)


def said(
    kind: LetterKind,
    appointment: Appointment,
    head: Letterhead = HEAD,
    booked: Booked | None = None,
) -> str:
    appointment = replace(appointment, link=LinkId("x" * 22))
    short = f"{URL}/j#{Keyring(bytes(32)).short_link(appointment)}"
    whole = None if booked is None else Whole(booked.series, booked.members)
    letter = Letter(kind, appointment.sequence, SERIES.now, Channel.SMS)
    claimed = Claimed(LetterId("id"), letter, "+491701234567", 1, appointment, whole)
    return text(RENDER, head, Matter(claimed, None, Links("long", short, "page"), SERIES.now))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en-GB", "en-US", "en"])
def test_in_english_every_text_is_one_sms(kind: LetterKind, language: str) -> None:
    assert len(URL) == 28
    head = replace(HEAD, practice="Willow House")
    for member in SERIES.members:
        for by in Party:
            client = replace(
                member, client_language=language, client_zone="Europe/Berlin", changed_by=by
            )
            words = said(kind, client, head, SERIES if kind.of_series else None)
            assert sms_parts(words) == 1, f"{len(words)}: {words}"


def test_what_an_alphabet_does_not_have_takes_more_room() -> None:
    assert [sms_parts(each) for each in ("", "a" * 160, "a" * 161, "a" * 306, "a" * 307)] == [
        1, 1, 2, 2, 3,
    ]  # fmt: skip
    assert sms_parts("Praxis für Ängste, Größe" + "a" * 136) == 1
    assert [sms_parts(each) for each in ("€" * 80, "€" * 81)] == [1, 2]
    assert [sms_parts(each) for each in ("я" * 70, "я" * 71, "я" * 134, "я" * 135)] == [1, 2, 2, 3]


def test_no_sign_that_only_looks_better_makes_a_text_longer() -> None:
    appointment = replace(SERIES.members[0], client_language="en-US", client_zone="Europe/Berlin")
    words = said(LetterKind.REMINDER, appointment, replace(HEAD, practice="Mum’s – “House”…"))
    assert words.startswith('Mum\'s - "House".: a reminder of Mon, Nov 23, 10:00 AM. https://')
    assert sms_parts(words) == 1


def test_the_place_is_named_where_the_clocks_differ() -> None:
    member = SERIES.members[0]
    assert "time" not in said(LetterKind.REMINDER, replace(member, client_zone="Europe/Paris"))
    assert "09:00 (London time)" in said(
        LetterKind.REMINDER, replace(member, client_zone="Europe/London")
    )


def test_a_series_tells_how_many_and_the_next() -> None:
    booked = weekly(3)
    booked.members[0] = replace(booked.members[0], state=State.ENDED)
    later = replace(booked.members[2], start_at=booked.members[2].start_at + timedelta(weeks=9))
    assert "2 appointments, the next on Mon 30 Nov, 09:00" in said(
        LetterKind.SERIES, replace(later, client_zone="Europe/London"), booked=booked
    )
