"""What happens in a room, on its way to the database: in order, again until it is written."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from videocall.errors import Unavailable, VideocallError, trace
from videocall.ids import AppointmentId, VisitId
from videocall.signalling.effects import RecordDecision, RecordEnd

RETRY_S: Final = (0.2, 1.0, 2.0, 5.0)

log = logging.getLogger(__name__)


class Recorder(Protocol):
    """Where decisions are written down. Raises Unavailable: not now, try again."""

    async def decided(
        self, appointment: AppointmentId, visit: VisitId, *, admitted: bool, at: float
    ) -> None: ...

    async def arrived(self, appointment: AppointmentId, visit: VisitId, at: float) -> None:
        """A client came to the waiting room; it may be told of one visit again and again."""

    async def ended(self, appointment: AppointmentId, at: float) -> None: ...


@dataclass(frozen=True, slots=True)
class RecordArrival:
    """A client came to the waiting room."""

    visit: VisitId
    at: float


Record = RecordArrival | RecordDecision | RecordEnd


class Records:
    """The decisions of one room that are not written yet.

    Calls `written` when the last one is. A database that cannot write now is asked again, so a
    call never waits for a disk.
    """

    __slots__ = ("_appointment", "_pending", "_recorder", "_task", "_written")

    def __init__(
        self, appointment: AppointmentId, recorder: Recorder, written: Callable[[], None]
    ) -> None:
        self._appointment = appointment
        self._recorder = recorder
        self._written = written
        self._pending: list[Record] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The writing that goes on now."""
        return self._task

    def add(self, record: Record) -> None:
        self._pending.append(record)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        failures = 0
        while self._pending:
            record = self._pending[0]
            try:
                match record:
                    case RecordArrival(visit=visit, at=at):
                        await self._recorder.arrived(self._appointment, visit, at)
                    case RecordEnd(at=at):
                        await self._recorder.ended(self._appointment, at)
                    case RecordDecision(visit=visit, admitted=admitted, at=at):
                        await self._recorder.decided(
                            self._appointment, visit, admitted=admitted, at=at
                        )
            except Unavailable:
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            except VideocallError as error:
                # Cancelled or purged meanwhile: there is nothing left to write it to.
                log.warning("a decision was not recorded: %s", error.code)
            except Exception as error:
                log.error("a decision could not be recorded: %s", trace(error))
            self._pending.pop(0)
        self._task = None
        self._written()
