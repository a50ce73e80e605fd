"""Therapists' product-wide sockets: who is at work, and what each is shown.

A desk is shown the whole state at each change, so nothing on it is numbered or repeated.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from videocall.errors import CloseCode
from videocall.live.socket import Socket
from videocall.signalling.messages import DeskDown, DeskDownFrame, Ping, dump

AWAY_S: Final = 10.0
"""How long a therapist counts as present between two pages."""


ASKED_AGAIN_S: Final = 30 * 60.0
"""How long a desk stays open before it must come to the door again: sign-ins end."""


class Desks:
    """Every open desk socket, by therapist, and since when. Instants are steady seconds."""

    def __init__(self) -> None:
        self._open: defaultdict[str, dict[Socket, float]] = defaultdict(dict)
        self._away_at: dict[str, float] = {}

    def __iter__(self) -> Iterator[Socket]:
        return (desk for desks in self._open.values() for desk in desks)

    def present(self, therapist: str) -> bool:
        """Tell whether the therapist has a page of ours open, or had one a moment ago."""
        return therapist in self._open or therapist in self._away_at

    def of(self, therapist: str) -> frozenset[Socket]:
        """Return the therapist's open desks."""
        return frozenset(self._open.get(therapist, ()))

    def sit_down(self, therapist: str, desk: Socket, now: float) -> bool:
        """A page opened; return whether the therapist was away until now."""
        was_away = not self.present(therapist)
        self._open[therapist][desk] = now
        self._away_at.pop(therapist, None)
        return was_away

    def stand_up(self, therapist: str, desk: Socket, now: float) -> None:
        """A page closed; its therapist is away where no other opens within 10 s."""
        desks = self._open[therapist]
        desks.pop(desk, None)
        if not desks:
            del self._open[therapist]
            self._away_at[therapist] = now + AWAY_S

    def show(self, therapist: str, message: DeskDown) -> None:
        """Send a therapist a message on every page she has open."""
        frame = dump(DeskDownFrame(0, 0, message))
        for desk in self._open.get(therapist, ()):
            desk.post(frame)

    def sweep(self, now: float, ping_s: float) -> list[str]:
        """Ping the desks, cut those that are gone; return the therapists who went away."""
        for desks in self._open.values():
            for desk, since in desks.items():
                if now - since > ASKED_AGAIN_S:
                    desk.close(CloseCode.GOING_AWAY)
                elif desk.wants_ping(now, ping_s):
                    post(desk, Ping())
        gone = [therapist for therapist, at in self._away_at.items() if now >= at]
        for therapist in gone:
            del self._away_at[therapist]
        return gone


def post(desk: Socket, message: DeskDown) -> None:
    """Send one desk a message."""
    desk.post(dump(DeskDownFrame(0, 0, message)))
