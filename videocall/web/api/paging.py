"""Pages of a list: a cursor is the place of the last thing on the page before."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from videocall.errors import Invalid

Ms = Annotated[int, Meta(ge=0, lt=1 << 43)]
"""Unix milliseconds, up to the year 2248."""
Part = Annotated[str, Meta(max_length=64)]

T = TypeVar("T")
_P = TypeVar("_P")


def cut(rows: Sequence[T], limit: int, place: Callable[[T], object]) -> tuple[list[T], str | None]:
    """Return a page of `rows`, and its cursor where there are more than `limit`."""
    page = list(rows[:limit])
    if len(rows) <= limit:
        return page, None
    return page, urlsafe_b64encode(msgspec.json.encode(place(page[-1]))).decode().rstrip("=")


def place(cursor: str | None, kind: type[_P]) -> _P | None:
    """Return the place a cursor stands for. Raises Invalid for one that was not given out."""
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=kind)
    except (ValueError, RecursionError) as error:  # a DecodeError is a ValueError
        raise Invalid("This cursor was not given out here.", code="cursor") from error
