"""What docs/sms.md promises to who writes a gateway is what is posted."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from standardwebhooks import Webhook

from tests.letters.smsgateway import SECRET
from videocall.ids import LetterId
from videocall.letters.sms import SEND_MAX_S, Gateway, Sms, signed

DOCUMENT: Final = (Path(__file__).parents[2] / "docs" / "sms.md").read_text()
AT: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def example() -> str:
    """Return the request in the document as it is made."""
    gateway = Gateway("https://sms.example.org/send", SECRET, "Willow")
    link = "https://call.example.org/j#dGhpcyBpcyBhbiBleGFtcGxl.1.bm90aGluZyBpcyBoZXJlIQ"
    words = f"Willow House: a reminder of Tue 24 Nov, 13:00. {link}"
    id = LetterId("3f6c0d9a1b2e4f5061728394a5b6c7d8")
    posted = signed(gateway, Sms(id, "+491701234567", words, gateway.sender), AT)
    lines = [
        "POST /send HTTP/1.1", "Host: sms.example.org", "Content-Type: application/json",
        "User-Agent: videocall",
        *(f"{name}: {posted.headers[name]}" for name in posted.headers if name != "Content-Type"),
        "", posted.body.decode(),
    ]  # fmt: skip
    return "\n".join(lines)


def test_the_example_is_what_is_posted() -> None:
    (shown,) = re.findall(r"```http\n(.*?)\n```", DOCUMENT, re.DOTALL)
    assert shown == example()


def test_the_signature_of_the_example_is_made_with_the_secret_beside_it() -> None:
    headers, _, body = example().partition("\n\n")
    said = dict(line.split(": ", 1) for line in headers.splitlines()[1:])
    (known,) = re.findall(r'Webhook\("(whsec_[^"]+)"\)', DOCUMENT)
    assert Webhook(known).sign(said["webhook-id"], AT, body) == said["webhook-signature"]


def test_every_field_is_explained() -> None:
    body = json.loads(example().rpartition("\n")[2])
    assert list(body) == list(Sms.__struct_fields__)
    for name in body:
        assert f"| `{name}` |" in DOCUMENT


def test_the_time_an_answer_may_take_is_told() -> None:
    assert f"no answer within {SEND_MAX_S:.0f} s" in DOCUMENT
