"""The page that explains the API: what it shows is what happens."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook

from tests.web.api.conftest import Program
from tests.web.conftest import PUBLIC_URL
from videocall.hooks.post import signed
from videocall.ids import HookId, IntegrationId
from videocall.store.hooks import Hook
from videocall.web.api import examples
from videocall.web.api.routes import OPERATIONS


async def shown(program: Program) -> str:
    answer = await program.browser.get("/api", headers={"Accept": "text/html"})
    assert answer.status == 200
    return unescape(await answer.text())


def labelled(text: str, label: str) -> str:
    found = re.search(rf'aria-label="{label}"><code>(.*?)</code>', text, re.DOTALL)
    assert found is not None
    return found[1]


def shape(value: Any) -> Any:
    """Return the names and kinds of values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return type(value).__name__


async def test_the_request_and_the_answer_are_what_the_service_takes_and_gives(
    program: Program,
) -> None:
    text = await shown(program)
    new = msgspec.json.decode(labelled(text, "appointment.json"))
    made = await program.post("/appointments", new | {"therapist": program.therapist.id})
    assert made.status == 201
    example = msgspec.json.decode(labelled(text, "The answer"))
    assert list(example) == list(made.json)
    assert shape(example) == shape(made.json)
    for name in ("client", "start_at", "end_at", "minutes", "kind", "state", "changed_by"):
        assert example[name] == made.json[name]


async def test_the_refusal_is_what_the_service_says(program: Program) -> None:
    text = await shown(program)
    new = msgspec.json.decode(labelled(text, "appointment.json"))
    refused = await program.post("/appointments", new | {"minutes": 4})
    assert msgspec.json.decode(labelled(text, "A refusal")) == refused.json
    assert PUBLIC_URL in refused.json["type"]


async def test_the_message_is_signed_as_the_service_signs(program: Program) -> None:
    text = labelled(await shown(program), "A message")
    lines, _, body = text.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in lines.splitlines())
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    hook = Hook(
        HookId("x"), IntegrationId("x"), "https://x.example", examples.SECRET, private=False
    )
    ours = signed(hook, examples.MESSAGE_ID, body, at)
    assert headers.items() <= ours.items()
    fresh = datetime.now(UTC) - timedelta(seconds=5)
    now = signed(hook, examples.MESSAGE_ID, body, fresh)
    assert Webhook(examples.SECRET).verify(body, now)["type"] == "appointment.booked"


async def test_every_operation_is_named_with_what_it_does(program: Program) -> None:
    text = await shown(program)
    for operation in OPERATIONS:
        assert f"{operation.method} {operation.path}" in text
        assert operation.summary in text
        assert operation.summary.endswith(".")
