"""What was posted: a form's fields, or one JSON object. Everything is bounded."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import web

from videocall.errors import Invalid

_FIELD_MAX_CHARS = 2000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Posted:
    """The text fields of a form."""

    fields: dict[str, str]

    def text(self, name: str) -> str:
        """Return a field without the blanks around it; empty when it was not sent."""
        return self.fields.get(name, "").strip()


async def form(request: web.Request) -> Posted:
    """Read a form; raises Invalid for text that cannot be stored."""
    try:
        posted = await request.post()
    except ValueError as error:
        raise Invalid("This form cannot be read.") from error
    fields = {name: value for name, value in posted.items() if isinstance(value, str)}
    for value in fields.values():
        if len(value) > _FIELD_MAX_CHARS or "\0" in value or not _encodable(value):
            raise Invalid("A field holds something that cannot be kept as text.")
    return Posted(fields)


async def json_body(request: web.Request, type_: type[_T]) -> _T:
    """Read one JSON object as `type_`; raises Invalid for anything else."""
    try:
        return msgspec.json.decode(await request.read(), type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid("This is not what the page sends.") from error


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
