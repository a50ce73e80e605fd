"""A leg: what the relay is to one browser. It answers its checks and never sends one (ICE-lite).

A verified check proves where the browser is heard from; one that nominates says where to send. When
the browser restarts ICE, the leg answers under two generations of credentials for a while.

Here is the limit of ICE-lite: whoever has a leg's credentials and can forge the source address of a
check has the other side's media sent to that address, for 30 s by each check. Only the room's own
members have credentials, networks that check source addresses (BCP 38) let no such check out, and
`bridge_kbps_max` bounds what is sent.
"""

from enum import Enum, auto
from math import inf
from typing import Final

from videocall.relay.checks import Check
from videocall.relay.lane import Lane, Source
from videocall.signalling import bridge
from videocall.signalling.bridge import Credentials

CONSENT_S: Final = 30.0
"""RFC 7675 section 5.1: who is not heard for so long gets nothing more."""
OVERLAP_S: Final = 5.0
"""How long earlier credentials count once a pair is nominated under the last."""
GENERATIONS_MAX: Final = 3

_MARKS: Final = 1 << 18


class Generation:
    """One pair of credentials, and which transactions were seen under it.

    A check that somebody overheard and repeats from elsewhere must prove nothing. Transaction ids
    are random, so a Bloom filter of 32 KiB remembers them: after 10,000 checks, which are some
    hours, it takes one new check in 2,500 for a repetition, and the next one counts.
    """

    __slots__ = ("_marks", "credentials", "ends_at", "remote_ufrag")

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.remote_ufrag: str | None = None
        self.ends_at = inf
        self._marks = bytearray()

    def first(self, transaction: bytes) -> bool:
        """Tell whether this transaction was not seen yet, and remember it."""
        marks = self._marks = self._marks or bytearray(_MARKS // 8)
        new = False
        for at in range(0, 12, 3):
            mark = int.from_bytes(transaction[at : at + 3], "big") % _MARKS
            if not marks[mark >> 3] >> (mark & 7) & 1:
                marks[mark >> 3] |= 1 << (mark & 7)
                new = True
        return new


class Heard(Enum):
    """What a verified check is to its leg."""

    NOTHING = auto()
    """It proves nothing and gets no answer."""
    AGAIN = auto()
    """A repetition from where its leg is heard: Firefox sends what was not answered once more."""
    NEW = auto()


class _Proof:
    __slots__ = ("generation", "heard_at")

    def __init__(self, generation: Generation, now: float) -> None:
        self.generation = generation
        self.heard_at = now


class Leg:
    """One end of a bridge. `outward` carries what its browser sends, `inward` what it is sent."""

    __slots__ = (
        "_generations", "_proofs", "_sources_max", "heard_at", "inward", "outward", "pair", "up",
    )  # fmt: skip

    def __init__(self, *, outward: Lane, inward: Lane, sources_max: int, now: float) -> None:
        self.outward = outward
        self.inward = inward
        self.heard_at = now
        self.pair: Source | None = None
        self.up = False
        self._sources_max = sources_max
        self._generations: dict[str, Generation] = {}
        self._proofs: dict[Source, _Proof] = {}

    @property
    def ufrags(self) -> list[str]:
        """What it is asked by now, the last told at the end."""
        return list(self._generations)

    @property
    def spoken_of(self) -> bridge.Leg | None:
        """The leg as the room knows it: under what was told last; None: nothing was."""
        if not self._generations:
            return None
        last = list(self._generations.values())[-1]
        return bridge.Leg(last.credentials, last.remote_ufrag)

    def credentials(self, ufrag: str) -> Credentials:
        return self._generations[ufrag].credentials

    def admit(self, credentials: Credentials) -> None:
        """Answer under these as well, and count them as those told last."""
        known = self._generations.pop(credentials.ufrag, None)
        if known is None or known.credentials != credentials:
            if known is not None:
                self._part_with(known)
            elif len(self._generations) >= GENERATIONS_MAX:
                self._part_with(self._spare())
            known = Generation(credentials)
        known.ends_at = inf
        self._generations[credentials.ufrag] = known

    def _spare(self) -> Generation:
        """Return the earliest generation that the pair does not need."""
        paired = None if self.pair is None else self._proofs[self.pair].generation
        return next(each for each in self._generations.values() if each is not paired)

    def prove(self, source: Source, check: Check, ufrag: str, now: float) -> Heard:
        """Take a check that is verified under `ufrag`; where it is new, it proves its source.

        It is nothing where it is a repetition from elsewhere, or where the source is another leg's,
        which is heard from it: nobody takes over the address of somebody else. A repetition from
        the same source, which may be spoofed, is to be answered and must change nothing.
        """
        generation = self._generations[ufrag]
        new = generation.first(check.transaction)
        proof = self._proofs.get(source)
        if proof is None:
            if not new or source.lane is not None:
                return Heard.NOTHING
            proof = self._proofs[source] = _Proof(generation, now)
            source.bind(self.outward)
            self._keep_few(source)
        elif not new:
            return Heard.AGAIN
        elif proof.generation.ends_at <= generation.ends_at:
            proof.generation = generation
        proof.heard_at = self.heard_at = now
        generation.remote_ufrag = check.remote_ufrag
        return Heard.NEW

    def _keep_few(self, newest: Source) -> None:
        """Forget the source that was least recently proven, where there are too many."""
        if len(self._proofs) > self._sources_max:
            kept = {newest, self.pair}
            spare = (source for source in self._proofs if source not in kept)
            self.lose(min(spare, key=lambda source: self._proofs[source].heard_at))

    def nominate(self, source: Source, ufrag: str, now: float) -> None:
        """Send to this proven source from now on; the last one nominated is the one."""
        self.up = True
        if source != self.pair:
            self.pair = source
            self.inward.lead_to(source)
        *earlier, last = self._generations.values()
        if last is self._generations[ufrag]:
            for each in earlier:
                each.ends_at = min(each.ends_at, now + OVERLAP_S)

    def lose(self, source: Source) -> None:
        """Forget a source; where it was the pair, nothing is sent until there is another."""
        if self._proofs.pop(source, None) is None:
            return
        source.bind(None)
        if source == self.pair:
            self.pair = None
            self.inward.close()

    def _part_with(self, generation: Generation) -> None:
        self._generations.pop(generation.credentials.ufrag, None)
        for source, proof in list(self._proofs.items()):
            if proof.generation is generation:
                self.lose(source)

    def pass_time(self, now: float) -> None:
        """Let go of earlier credentials, and of whom was not heard for 30 s."""
        for generation in list(self._generations.values()):
            if generation.ends_at <= now:
                self._part_with(generation)
        for source, proof in list(self._proofs.items()):
            if now - proof.heard_at > CONSENT_S:
                self.lose(source)
        if now - self.heard_at > CONSENT_S:
            self.up = False

    def close(self) -> None:
        for source in list(self._proofs):
            self.lose(source)
        self._generations.clear()
