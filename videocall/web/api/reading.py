"""What a program sent, as values: a body, a query, and where in them something is wrong."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from videocall.errors import Invalid
from videocall.web.api.problems import Fault, Malformed, Unsupported, Unusable
from videocall.web.posted import whole_body

_YEARS: Final = range(2000, 2200)
_WHERE: Final = re.compile(r"(?P<what>.*?)(?: - at `(?P<where>[^`]*)`)?", re.DOTALL)
_FIELD: Final = re.compile(
    r"^Object (?:contains unknown|missing required) field `(.*)`$", re.DOTALL
)
_QUOTED_MAX: Final = 100

_PLACES: Final = {
    "therapist": "/therapist",
    "start": "/start_at",
    "minutes": "/minutes",
    "kind": "/kind",
    "name": "/client/name",
    "email": "/client/email",
    "phone": "/client/phone",
    "zone": "/client/zone",
    "language": "/client/language",
    "reason": "/reason",
    "address_privacy": "/address_privacy",
}
"""Where a body has what an Invalid names by its code."""
_PARAMETERS: Final = frozenset({"cursor", "from", "minutes", "on", "until"})

_T = TypeVar("_T")


async def body(request: web.Request, kind: type[_T]) -> _T:
    """Read one JSON object. Raises Malformed, Unsupported, and Unusable with a pointer."""
    raw = await whole_body(request)
    if raw and request.content_type != "application/json":
        raise Unsupported("Please send application/json.")
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        what, path = _told(error)
        pointer = "".join(f"/{_escaped(step)}" for step in path)
        raise _unusable(Fault(detail=what, pointer=pointer)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Malformed("The body is no JSON that can be read.") from error


def query(request: web.Request, kind: type[_T]) -> _T:
    """Read the parameters. Raises Unusable with their names; none may come twice."""
    asked = request.query
    twice = sorted({name for name in asked if len(asked.getall(name)) > 1})
    if twice:
        raise _unusable(*(Fault(detail="Given more than once", parameter=name) for name in twice))
    try:
        return msgspec.convert(dict(asked), kind, strict=False)
    except msgspec.ValidationError as error:
        what, path = _told(error)
        raise _unusable(Fault(detail=what, parameter=path[0] if path else "")) from error


@contextmanager
def at(pointer: str | None, places: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Let what is wrong within be about one place of the body. Raises Unusable.

    An Invalid whose code is in `places` is about that place; any other stays as it is where there
    is no `pointer`.
    """
    try:
        yield
    except Unusable:
        raise
    except Invalid as error:
        where = places.get(error.code, pointer)
        if where is None:
            raise
        raise _unusable(Fault(detail=error.text, pointer=where)) from error


def start(at: datetime) -> datetime:
    """Return when an appointment is to start. Raises Invalid unless it is a whole minute."""
    if at.second or at.microsecond:
        raise Invalid("Please give a time in whole minutes.", code="start")
    return instant(at, "start")


def instant(at: datetime, name: str) -> datetime:
    """Return an instant in UTC. Raises Invalid, with `name` as its code, where it is out of reach.

    The first and the last years of the calendar have no UTC in some zones.
    """
    if at.year not in _YEARS:
        raise Invalid("This date is out of reach.", code=name)
    return at.astimezone(UTC)


def placed(error: Invalid, *, in_body: bool) -> Invalid:
    """Return an Invalid that names a field as one that points to it."""
    if isinstance(error, Unusable):
        return error
    if in_body and error.code in _PLACES:
        return _unusable(Fault(detail=error.text, pointer=_PLACES[error.code]))
    if error.code in _PARAMETERS:
        return _unusable(Fault(detail=error.text, parameter=error.code))
    return error


def _unusable(*faults: Fault) -> Unusable:
    return Unusable("A value cannot be used.", faults)


def _told(error: msgspec.ValidationError) -> tuple[str, list[str]]:
    """Return what is wrong, and the way to it."""
    found = _WHERE.fullmatch(str(error))
    what, where = (found["what"], found["where"] or "$") if found else (str(error), "$")
    path = re.findall(r"[^.\[\]]+", where.removeprefix("$"))
    field = _FIELD.match(what)
    if field is not None:
        path.append(field[1][:_QUOTED_MAX])
    return what[: 2 * _QUOTED_MAX], path


def _escaped(step: str) -> str:
    """Return a step of a JSON pointer (RFC 6901 section 3)."""
    return step.replace("~", "~0").replace("/", "~1")
