"""Drains the outbox.

Exactly once, as far as SMTP allows: a letter is claimed, handed over, and noted as sent when the
server has answered 250. No crash loses it. It can reach a client twice in one case alone, where the
connection or this process dies after the server took the last line and before its answer was noted
(RFC 1047): nobody can know then, so it is sent again, under the same Message-ID, by which mail
programs know a copy. A stop of the service is not such a case: it waits for the letter in hand.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from videocall.errors import Unavailable, trace
from videocall.ids import PersonId
from videocall.mail.compose import Letterhead, Render, compose
from videocall.mail.line import Line, Outcome, Reply, Smtp, open_line
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

    def letter(self, outcome: str) -> None: ...
    def letters_unsent(self, *, failed: int, late: int) -> None: ...
    def failed(self, where: str) -> None: ...


class Mailer:
    """Sends what is due, one letter after another over one connection."""

    def __init__(
        self,
        outbox: Outbox,
        smtp: Smtp,
        head: Letterhead,
        *,
        render: Render,
        therapist: Callable[[PersonId], Awaitable[str]],
        link: Callable[[Appointment], str],
        now: Callable[[], datetime],
        observer: Observer,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._outbox = outbox
        self._smtp = smtp
        self._head = head
        self._render = render
        self._therapist = therapist
        self._link = link
        self._now = now
        self._observer = observer
        self._look_every_s = look_every_s

    async def run_forever(self) -> None:
        """Drain the outbox again and again; while the mail server is away, less and less often."""
        failures = 0
        while True:
            try:
                await self.drain()
                failures = 0
            except Unavailable as error:
                failures += 1
                _log.warning("no letter could be sent: %s", error.text)
                self._observer.failed("mail")
            except Exception as error:  # One bad round must not be the last.
                failures += 1
                _log.error("the mailer failed: %s", trace(error))
                self._observer.failed("mail")
            await self._count()
            await asyncio.sleep(min(self._look_every_s * 2 ** min(failures, 16), BACK_OFF_MAX_S))

    async def drain(self) -> None:
        """Send every letter that is due. Raises Unavailable where the mail server is of no use."""
        if not await self._outbox.due(self._now()):
            return
        async with open_line(self._smtp) as line:
            # Claimed when the line is open: between the claim and the letter nothing is waited for.
            while (claimed := await self._outbox.claim(self._now())) is not None:
                delivering = asyncio.ensure_future(self._deliver(line, claimed))
                try:
                    reply = await asyncio.shield(delivering)
                except asyncio.CancelledError:
                    await asyncio.wait({delivering}, timeout=STOP_S)
                    raise
                if reply.broken:
                    raise Unavailable(f"The mail server broke off ({reply.code or 'no answer'}).")

    async def _deliver(self, line: Line, claimed: Claimed) -> Reply:
        """Hand one letter over and note what became of it."""
        try:
            appointment = claimed.appointment
            therapist = await self._therapist(appointment.therapist)
            link = self._link(appointment)
            message = compose(self._render, self._head, claimed, therapist, link, self._now())
        except Exception as error:  # A letter that cannot be written must not stop the others.
            _log.error("a letter could not be written: %s", trace(error))
            self._observer.failed("letter")
            reply = Reply(Outcome.REFUSED)
        else:
            sender = str(message["From"].addresses[0].addr_spec)
            to = str(message["To"].addresses[0].addr_spec)
            reply = await line.hand_over(message, sender, to)
        self._observer.letter(reply.outcome)
        await self._note(claimed, reply)
        return reply

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
        match reply.outcome:
            case Outcome.SENT:
                await self._outbox.sent(claimed.id, self._now())
            case Outcome.LATER:
                await self._outbox.later(claimed, self._now(), reply.code)
            case Outcome.REFUSED:
                await self._outbox.refused(claimed.id, self._now(), reply.code)

    async def _count(self) -> None:
        try:
            unsent = await self._outbox.unsent(self._now())
        except Unavailable:
            return
        self._observer.letters_unsent(failed=unsent.failed, late=unsent.late)
