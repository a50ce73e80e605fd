"""Requests that are sent again, because an answer was lost: the same key, the same answer.

`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) goes with any POST. The answer to a
change is kept with the change; a refusal changed nothing, and the same key may be tried again.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from videocall.errors import Conflict
from videocall.ids import IntegrationId
from videocall.store.answers import Asked
from videocall.store.integrations import Integration
from videocall.web.api.problems import Malformed

HEADER: Final = "Idempotency-Key"
KEY_MAX_CHARS: Final = 255
KEY: Final = rf"^[!-~]([ -~]{{0,{KEY_MAX_CHARS - 2}}}[!-~])?$"
"""What a key looks like: printable, without blanks around it."""
_KEY: Final = re.compile(KEY)

IN_PROGRESS: Final = web.AppKey("in_progress", set[tuple[IntegrationId, str]])
"""Requests under a key that are being worked on now."""


def asked(request: web.Request, integration: Integration, body: bytes) -> Asked | None:
    """Return a request under its key, if it has one. Raises Malformed for what is no key."""
    keys = request.headers.getall(HEADER, [])
    if request.method != "POST" or not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Malformed(f"{HEADER} is 1 to {KEY_MAX_CHARS} printable characters, sent once.")
    digest = hashlib.sha256(body).hexdigest()
    return Asked(integration.id, keys[0], f"{request.method} {request.rel_url} {digest}")


@contextmanager
def in_progress(request: web.Request, asked: Asked | None) -> Iterator[None]:
    """Work on one request at a time under a key. Raises Conflict while there is another."""
    if asked is None:
        yield
        return
    working = request.app[IN_PROGRESS]
    mark = (asked.integration, asked.key)
    if mark in working:
        raise Conflict("A request under this key is being worked on.", code="in_progress")
    working.add(mark)
    try:
        yield
    finally:
        working.discard(mark)
