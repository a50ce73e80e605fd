"""Sends what is due: a few messages at once, to one webhook one after another.

At least once: a message is claimed, sent, and noted as taken when the webhook has answered 2xx. No
crash loses it; where the answer was lost, or this process died before it was noted, it is sent
again under the same id, by which the other side knows a copy.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from videocall.errors import Unavailable, trace
from videocall.hooks.post import TIMEOUT_S, Outcome, Reply, post
from videocall.ids import HookId
from videocall.store.deliveries import Claimed, Deliveries

LOOK_EVERY_S: Final = 2.0
AT_ONCE: Final = 8
STOP_S: Final = 5.0
"""How long a stop waits for the messages in hand; what is not done by then is sent again."""
_RETRY_MAX_S: Final = 6 * 3600.0
_NOTE_TRIES: Final = 20
_NOTE_EVERY_S: Final = 2.0

_log: Final = logging.getLogger(__name__)


class Observer(Protocol):
    """Who counts messages and failures."""

    def delivery(self, outcome: str) -> None: ...
    def hooks(self, *, failing: int, stopped: int) -> None: ...
    def failed(self, where: str) -> None: ...


class Courier:
    """Brings messages to webhooks; a slow one holds up none but its own."""

    def __init__(
        self,
        deliveries: Deliveries,
        *,
        now: Callable[[], datetime],
        observer: Observer,
        look_every_s: float = LOOK_EVERY_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._deliveries = deliveries
        self._now = now
        self._observer = observer
        self._look_every_s = look_every_s
        self._timeout_s = timeout_s
        self._in_hand: dict[HookId, asyncio.Task[None]] = {}

    async def run_forever(self) -> None:
        """Send what is due, again and again; a stop waits a little for what is in hand."""
        try:
            while True:
                try:
                    await self.look()
                    await self._count()
                except Unavailable as error:
                    _log.warning("no webhook could be sent: %s", error.text)
                except Exception as error:  # One bad round must not be the last.
                    _log.error("the courier failed: %s", trace(error))
                    self._observer.failed("webhooks")
                await self._rest()
        finally:
            if self._in_hand:
                await asyncio.wait(self._in_hand.values(), timeout=STOP_S)
            for task in self._in_hand.values():
                task.cancel()

    async def look(self) -> None:
        """Begin to send what is due, as far as hands are free."""
        while len(self._in_hand) < AT_ONCE:
            claimed = await self._deliveries.claim(self._now(), self._in_hand)
            if claimed is None:
                return
            task = asyncio.create_task(self._deliver(claimed))
            self._in_hand[claimed.hook.id] = task

    async def drain(self) -> None:
        """Send all that is due now."""
        await self.look()
        while self._in_hand:
            await asyncio.wait(self._in_hand.values())
            await self.look()

    async def _rest(self) -> None:
        """Wait until it is time to look again, or a hand is free."""
        pause = asyncio.create_task(asyncio.sleep(self._look_every_s))
        try:
            await asyncio.wait(
                [pause, *self._in_hand.values()], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            pause.cancel()

    async def _deliver(self, claimed: Claimed) -> None:
        """Send one message and note what became of it."""
        try:
            reply = await post(claimed.hook, claimed.id, claimed.body, self._now(), self._timeout_s)
            self._observer.delivery(reply.outcome)
            await _until_written(lambda: self._note(claimed, reply))
        except Exception as error:  # The claim runs out, and it is sent again.
            _log.error("a webhook could not be sent: %s", trace(error))
            self._observer.failed("webhooks")
        finally:
            del self._in_hand[claimed.hook.id]

    async def _note(self, claimed: Claimed, reply: Reply) -> None:
        now = self._now()
        match reply.outcome:
            case Outcome.TAKEN:
                await self._deliveries.taken(claimed, reply.code or 0)
            case Outcome.GONE:
                await self._deliveries.gone(claimed, now, reply.code or 0)
            case Outcome.LATER:
                again_at = now + timedelta(seconds=pause_s(claimed.attempts))
                if await self._deliveries.later(claimed, now, again_at, reply.code):
                    _log.warning("a webhook has taken nothing for two days and was stopped")

    async def _count(self) -> None:
        health = await self._deliveries.health()
        self._observer.hooks(failing=health.failing, stopped=health.stopped)


def pause_s(attempts: int) -> float:
    """Return how long to wait after so many attempts: 5 s, 20 s, 80 s, up to 6 h; a fifth more or
    less, so that many do not come back at once."""
    steady = min(5.0 * (1 << 2 * min(attempts - 1, 8)), _RETRY_MAX_S)
    return steady * (8_000 + secrets.randbelow(4_001)) / 10_000


async def _until_written(note: Callable[[], Awaitable[None]]) -> None:
    """Write a reply down, about as long as the claim lasts: unnoted, it would be sent again."""
    for left in reversed(range(_NOTE_TRIES)):
        try:
            await note()
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(_NOTE_EVERY_S)
        else:
            return
