"""What carries letters by one channel, and what becomes of one."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from videocall.errors import Unavailable
from videocall.letters.letterhead import Matter
from videocall.scheduling.letters import Channel

Written = TypeVar("Written")
Taken_contra = TypeVar("Taken_contra", contravariant=True)


class Outcome(StrEnum):
    """SENT: it was taken. LATER: not now. REFUSED: never, as it is."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a letter, with the code of the answer where there was one.

    `broken`: nothing more goes over this line. `wait_s`: how long the other side asked to be left.
    """

    outcome: Outcome
    code: int | None = None
    broken: bool = False
    wait_s: int = 0


class BrokenOff(Unavailable):
    """The other side takes nothing more for now; it asked to be left for `wait_s`."""

    def __init__(self, answer: int | None, wait_s: int = 0) -> None:
        super().__init__("The other side broke off (%(answer)s).", answer=answer or "no answer")
        self.wait_s = wait_s


class Line(Protocol[Taken_contra]):
    """An open line to who takes letters."""

    async def hand_over(self, letter: Taken_contra) -> Reply:
        """Send one. LATER and broken may mean that it was taken after all."""
        ...


class Carrier(Protocol[Written]):
    """Writes letters for its channel and hands them over."""

    @property
    def channel(self) -> Channel: ...

    def write(self, matter: Matter) -> Written:
        """Return a letter as it is handed over; it bears the id of the letter."""
        ...

    def open(self) -> AbstractAsyncContextManager[Line[Written]]:
        """Open a line. Raises Unavailable where that fails."""
        ...
