"""What runs in the transaction of a change, before it and after it."""

from collections.abc import Callable
from typing import TypeVar

from sqlite_utils import Database as Tables

T = TypeVar("T")


def around(
    work: Callable[[Tables], T],
    first: Callable[[Tables], None] | None,
    last: Callable[[Tables, T], None] | None,
) -> Callable[[Tables], T]:
    """Return `work` with `first` before it, and `last` after it with what it made.

    Each of the three may refuse, and then nothing of them happens.
    """

    def whole(tables: Tables) -> T:
        if first is not None:
            first(tables)
        made = work(tables)
        if last is not None:
            last(tables, made)
        return made

    return whole
