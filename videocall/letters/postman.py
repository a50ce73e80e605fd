"""Drains the outbox of one channel.

Exactly once, as far as the channel allows: a letter is claimed, handed over, and noted as sent when
the other side has said that it took it. No crash loses it. It can be handed over twice in one case
alone, where the line or this process dies after it was taken and before the answer was noted (for
mail see RFC 1047): nobody can know then, so it is sent again, under the same id. Mail programs know
a copy by its Message-ID, an SMS gateway must know one by its `id`. A stop of the service is not
such a case: it waits for the letter in hand.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol

from videocall.access.people import Person
from videocall.errors import Unavailable, trace
from videocall.ids import PersonId
from videocall.letters.carrier import BrokenOff, Carrier, Line, Outcome, Reply, Written
from videocall.letters.letterhead import Links, Matter
from videocall.scheduling.appointment import Appointment
from videocall.store.outbox import Claimed, Outbox

LOOK_EVERY_S: Final = 5.0
BACK_OFF_MAX_S: Final = 300.0
STOP_S: Final = 20.0
"""How long a stop waits for the letter in hand."""
_NOTE_TRIES: Final = 20
"""With the time a letter may take, these end before the claim on it does."""
_NOTE_EVERY_S: Final = 2.0

_log: Final = logging.getLogger(__name__)


class Observer(Protocol):
    """Who counts letters and failures."""

    def letter(self, channel: str, outcome: str) -> None: ...
    def letters_unsent(self, channel: str, *, failed: int, late: int) -> None: ...
    def failed(self, where: str) -> None: ...


class Postman(Generic[Written]):
    """Sends what is due by one channel, one letter after another over one line."""

    def __init__(
        self,
        outbox: Outbox,
        carrier: Carrier[Written],
        *,
        therapist: Callable[[PersonId], Awaitable[Person | None]],
        links: Callable[[Appointment], Links],
        now: Callable[[], datetime],
        observer: Observer,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._outbox = outbox
        self._carrier = carrier
        self._therapist = therapist
        self._links = links
        self._now = now
        self._observer = observer
        self._look_every_s = look_every_s

    async def run_forever(self) -> None:
        """Drain the outbox again and again; while the line is down, less and less often."""
        channel, failures = self._carrier.channel, 0
        while True:
            wait_s = 0.0
            try:
                await self.drain()
                failures = 0
            except Unavailable as error:
                failures += 1
                wait_s = error.wait_s if isinstance(error, BrokenOff) else 0
                _log.warning("no letter could be sent by %s: %s", channel, error.text)
                self._observer.failed(channel)
            except Exception as error:  # One bad round must not be the last.
                failures += 1
                _log.error("the postman for %s failed: %s", channel, trace(error))
                self._observer.failed(channel)
            await self._count()
            back_off_s = min(self._look_every_s * 2 ** min(failures, 16), BACK_OFF_MAX_S)
            await asyncio.sleep(max(wait_s, back_off_s))

    async def drain(self) -> None:
        """Send every letter that is due. Raises Unavailable where the line is of no use."""
        channel = self._carrier.channel
        if not await self._outbox.due(self._now(), channel):
            return
        async with self._carrier.open() as line:
            # Claimed when the line is open: between the claim and the letter nothing is waited for.
            while (claimed := await self._outbox.claim(self._now(), channel)) is not None:
                delivering = asyncio.ensure_future(self._deliver(line, claimed))
                try:
                    reply = await asyncio.shield(delivering)
                except asyncio.CancelledError:
                    await asyncio.wait({delivering}, timeout=STOP_S)
                    raise
                if reply.broken:
                    raise BrokenOff(reply.code, reply.wait_s)

    async def _deliver(self, line: Line[Written], claimed: Claimed) -> Reply:
        """Hand one letter over and note what became of it."""
        try:
            letter = await self._write(claimed)
        except Exception as error:  # A letter that cannot be written must not stop the others.
            _log.error("a letter could not be written: %s", trace(error))
            self._observer.failed("letter")
            reply = Reply(Outcome.REFUSED)
        else:
            reply = await line.hand_over(letter)
        self._observer.letter(self._carrier.channel, reply.outcome)
        await self._note(claimed, reply)
        return reply

    async def _write(self, claimed: Claimed) -> Written:
        appointment = claimed.appointment
        therapist = await self._therapist(appointment.therapist)
        return self._carrier.write(
            Matter(claimed, therapist, self._links(appointment), self._now())
        )

    async def _note(self, claimed: Claimed, reply: Reply) -> None:
        """Write the reply down, for as long as it takes: unnoted, a letter would be sent again."""
        for left in reversed(range(_NOTE_TRIES)):
            try:
                await self._write_down(claimed, reply)
            except Unavailable:
                if not left:
                    raise
                await asyncio.sleep(_NOTE_EVERY_S)
            else:
                return

    async def _write_down(self, claimed: Claimed, reply: Reply) -> None:
        now = self._now()
        match reply.outcome:
            case Outcome.SENT:
                await self._outbox.sent(claimed.id, now)
            case Outcome.LATER:
                not_before = now + timedelta(seconds=reply.wait_s)
                await self._outbox.later(claimed, now, reply.code, not_before)
            case Outcome.REFUSED:
                await self._outbox.refused(claimed.id, now, reply.code)

    async def _count(self) -> None:
        channel = self._carrier.channel
        try:
            unsent = await self._outbox.unsent(self._now(), channel)
        except Unavailable:
            return
        self._observer.letters_unsent(channel, failed=unsent.failed, late=unsent.late)
