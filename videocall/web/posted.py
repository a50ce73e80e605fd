"""What was posted: a form's fields, or one JSON object. Everything is bounded."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from videocall.errors import Invalid

_FIELD_MAX_CHARS: Final = 2000
_FIELDS_MAX: Final = 32
_UNREADABLE: Final = "This form cannot be read."
_BODY_S: Final = 10.0
_T = TypeVar("_T")


class Link(msgspec.Struct, frozen=True):
    """The token of a link, as a page's script sends it."""

    token: Annotated[str, msgspec.Meta(max_length=2048)]


@dataclass(frozen=True, slots=True)
class Posted:
    """The text fields of a form."""

    fields: dict[str, str]

    def text(self, name: str) -> str:
        """Return a field without the blanks around it; empty when it was not sent."""
        return self.fields.get(name, "").strip()


async def form(request: web.Request) -> Posted:
    """Read a form as our pages send it; raises Invalid for anything that cannot be kept as text.

    Files are sent by none of them, so the several parsers for multipart bodies stay unused.
    """
    body = await whole_body(request)
    if body and request.content_type != "application/x-www-form-urlencoded":
        raise Invalid(_UNREADABLE)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
    except ValueError as error:
        raise Invalid(_UNREADABLE) from error
    fields = dict(pairs)
    if any(len(value) > _FIELD_MAX_CHARS or "\0" in value for value in fields.values()):
        raise Invalid("A field holds something that cannot be kept as text.")
    return Posted(fields)


async def json_body(request: web.Request, type_: type[_T]) -> _T:
    """Read one JSON object as `type_`; raises Invalid for anything else."""
    try:
        return msgspec.json.decode(await whole_body(request), type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid("This is not what the page sends.") from error


async def whole_body(request: web.Request) -> bytes:
    """Read the body, which must come within 10 s; raises Invalid for one that cannot be read."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except (TimeoutError, web.RequestPayloadError) as error:
        raise Invalid(_UNREADABLE) from error
