"""What was posted: a form's fields, perhaps with a file, or one JSON object. All is bounded."""

import asyncio
import re
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
_UPLOAD_S: Final = 120.0
_AROUND_BYTES: Final = 8 * 1024
"""The other fields of a form with a file, and what separates them."""
_BOUNDARY: Final = re.compile(r'multipart/form-data; *boundary="?([\w\'()+,./:=?-]{1,70})"?')
_NAMED: Final = re.compile(r'; name="(?P<field>[^"]*)"(; filename="(?P<file>[^"]*)")?')
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

    None of them sends a file along; the one that does is read by `upload`.
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
    return _checked(dict(pairs))


@dataclass(frozen=True, slots=True)
class Upload:
    """The text fields of a form, and the file that was chosen in it; an empty one for none."""

    posted: Posted
    filename: str
    content: bytes


async def upload(request: web.Request, max_bytes: int) -> Upload:
    """Read a form with a file, as browsers send it (RFC 7578), within two minutes.

    Raises Invalid for one that cannot be read; what is announced as larger is not read at all.
    """
    boundary = _BOUNDARY.fullmatch(request.headers.get("Content-Type", ""))
    length = request.content_length
    if boundary is None or length is None:
        raise Invalid(_UNREADABLE)
    if length > max_bytes + _AROUND_BYTES:
        text = "This file is larger than %(most)s MB. Nothing was changed."
        raise Invalid(text, code="file", most=max_bytes // 1_000_000)
    try:
        async with asyncio.timeout(_UPLOAD_S):
            body = await request.content.readexactly(length)
        return _upload(body, boundary[1].encode())
    except (TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        raise Invalid(_UNREADABLE) from error


def _upload(body: bytes, boundary: bytes) -> Upload:
    """Take a form with a file apart. Raises ValueError."""
    fields: dict[str, str] = {}
    filename, content = "", b""
    _, *parts, end = (b"\r\n" + body).split(b"\r\n--" + boundary, _FIELDS_MAX)
    if not end.startswith(b"--"):
        raise ValueError("a form ends with its boundary")
    for part in parts:
        head, _, value = part.partition(b"\r\n\r\n")
        named = _NAMED.search(head.decode())
        if named is None:
            raise ValueError("a field has a name")
        if named["file"] is None:
            fields[named["field"]] = value.decode()
        else:
            filename, content = named["file"], value
    return Upload(_checked(fields), filename, content)


async def json_body(request: web.Request, type_: type[_T]) -> _T:
    """Read one JSON object as `type_`; raises Invalid for anything else."""
    try:
        return msgspec.json.decode(await whole_body(request), type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid("This is not what the page sends.") from error


def _checked(fields: dict[str, str]) -> Posted:
    if any(len(value) > _FIELD_MAX_CHARS or "\0" in value for value in fields.values()):
        raise Invalid("A field holds something that cannot be kept as text.")
    return Posted(fields)


async def whole_body(request: web.Request) -> bytes:
    """Read the body, which must come within 10 s; raises Invalid for one that cannot be read."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except (TimeoutError, web.RequestPayloadError) as error:
        raise Invalid(_UNREADABLE) from error
