"""From the form to the mailbox: the service itself, running, and a mail server that listens."""

import asyncio
from pathlib import Path

import msgspec

from tests.letters.postoffice import PostOffice, listening
from tests.practice import configure, open_practice
from videocall.config import Mail


async def test_what_is_booked_in_the_form_arrives_as_a_letter_with_the_same_link(
    tmp_path: Path,
) -> None:
    async with listening(PostOffice()) as office:
        mail = Mail(
            host="localhost", port=office.port, tls="none", sender="Willow <office@example.org>"
        )
        config = msgspec.structs.replace(configure(tmp_path), mail=mail)
        async with open_practice(config) as work:
            session = await work.signed_in()
            form = {
                "name": "Blue Heron", "email": "heron@example.org", "minutes": "50",
                "start": "2027-11-22T15:00", "kind": "video", "zone": "Europe/London",
            }  # fmt: skip
            origin = {"Origin": work.url}
            async with session.post(
                f"{work.url}/appointments/new", data=form, headers=origin
            ) as answer:
                page = await answer.text()
            async with asyncio.timeout(30):
                while not office.arrived:
                    await asyncio.sleep(0.05)
            (message,) = office.arrived
            body = message.get_body(("plain",))
            assert body is not None
            links = [line for line in body.get_content().split() if "/j#" in line]
            assert len(links) == 1
            assert f'data-copy="{links[0]}"' in page
            async with session.get(f"{work.url}/metrics") as answer:
                assert (
                    'videocall_letters_total{channel="mail",outcome="sent"} 1.0'
                    in await answer.text()
                )
