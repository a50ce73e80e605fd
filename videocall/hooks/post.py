"""One message on its way: signed, sent, and what the answer means (Standard Webhooks 1.0.0)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from aiohttp import ClientError
from standardwebhooks.webhooks import Webhook

from videocall.ids import DeliveryId
from videocall.outbound import anywhere, is_public, session
from videocall.store.hooks import Hook

TIMEOUT_S: Final = 15.0
_GONE: Final = 410


class Outcome(StrEnum):
    """TAKEN: any 2xx. LATER: not now. GONE: never again (410)."""

    TAKEN = "taken"
    LATER = "later"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a message, with the status where there was an answer."""

    outcome: Outcome
    code: int | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a message that tells of nothing."""

    timestamp: datetime
    type: str = "videocall.test"
    data: dict[str, str] = {}


def signed(hook: Hook, id: DeliveryId, body: str, now: datetime) -> dict[str, str]:
    """Return the headers of a message; its signature is over its id, `now` and the very bytes."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "videocall",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(hook.secret).sign(id, now, body),
    }


async def post(
    hook: Hook, id: DeliveryId, body: str, now: datetime, timeout_s: float = TIMEOUT_S
) -> Reply:
    """Send one message. A redirect is not followed, and nothing of an answer's body is read."""
    headers = signed(hook, id, body, now)
    may_ask = anywhere if hook.private else is_public
    try:
        async with (
            session(may_ask, timeout_s) as http,
            http.post(
                hook.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer,
        ):
            return _meaning(answer.status)
    except (ClientError, OSError, TimeoutError, ValueError):
        return Reply(Outcome.LATER)


async def try_out(hook: Hook, now: datetime) -> Reply:
    """Send a message that tells of nothing, to see whether a webhook takes it."""
    id = DeliveryId(f"msg_{secrets.token_hex(16)}")
    return await post(hook, id, msgspec.json.encode(Trial(timestamp=now)).decode(), now)


def _meaning(status: int) -> Reply:
    if 200 <= status < 300:
        return Reply(Outcome.TAKEN, status)
    return Reply(Outcome.GONE if status == _GONE else Outcome.LATER, status)
