"""The operators' board: each open room under an opaque id, with its state and quality.

The id is drawn when the room opens and means nothing outside this process.
"""

import secrets
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from videocall.health.metrics import Metrics
from videocall.ids import AppointmentId, BridgeId
from videocall.signalling.messages import Cause, MediaPath, MediaState, Place, Report, Seat, Up
from videocall.signalling.peers import Room

SAMPLES_MAX: Final = 120
"""Ten minutes of reports, one every 5 s."""


class RoomState(StrEnum):
    WAITING = "waiting"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    FAILING = "media failing"


@dataclass(frozen=True, slots=True)
class Sample:
    """One browser's last five seconds; `at` in Unix seconds."""

    at: float
    loss_in: float | None
    rtt_ms: float | None
    kbps_in: float | None


@dataclass(slots=True)
class _Watch:
    id: str
    since: float
    reconnects: int = 0
    path: MediaPath = MediaPath.UNKNOWN
    failing: dict[Seat, Cause] = field(default_factory=dict)
    causes: Counter[Cause] = field(default_factory=Counter)
    samples: dict[Seat, deque[Sample]] = field(default_factory=dict)

    def sample(self, seat: Seat, sample: Sample) -> None:
        """Add a sample, and forget the oldest of a full row."""
        if seat not in self.samples:
            self.samples[seat] = deque(maxlen=SAMPLES_MAX)
        self.samples[seat].append(sample)


@dataclass(frozen=True, slots=True)
class RoomRow:
    """What the board shows of one room."""

    id: str
    state: RoomState
    since: float
    path: MediaPath
    bridge: BridgeId | None
    """Under which the relay's readings have it."""
    reconnects: int
    failures: dict[str, int]
    quality: dict[str, list[Sample]]


def room_state(room: Room) -> RoomState:
    """Return the state of a room; a browser whose media fails is never shown as absent."""
    seated = [peer for peer in room.peers.values() if peer.place is Place.SEATED]
    media = [peer.media for peer in seated]
    if MediaState.FAILING in media:
        return RoomState.FAILING
    if len(seated) < len(Seat):
        return RoomState.WAITING
    if MediaState.RECONNECTING in media or not all(peer.connected for peer in seated):
        return RoomState.RECONNECTING
    if all(state is MediaState.CONNECTED for state in media):
        return RoomState.CONNECTED
    return RoomState.CONNECTING


def _bridge(room: Room) -> BridgeId | None:
    bridge = room.route.bridge
    return bridge.id if bridge is not None and bridge.legs else None


class Board:
    """Watches over the rooms: the hub's observer, and what `/board` and `/metrics` show."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._watches: dict[AppointmentId, _Watch] = {}

    def rows(self, rooms: Iterable[Room], now: float) -> list[RoomRow]:
        """Return a row for every open room, those in trouble first."""
        rows = []
        for room in rooms:
            watch = self._watch(room.appointment, now)
            rows.append(
                RoomRow(
                    id=watch.id,
                    state=room_state(room),
                    since=watch.since,
                    path=watch.path,
                    bridge=_bridge(room),
                    reconnects=watch.reconnects,
                    failures={str(cause): count for cause, count in watch.causes.items()},
                    quality={str(seat): list(watch.samples.get(seat, ())) for seat in Seat},
                )
            )
        rows.sort(key=lambda row: (row.state is not RoomState.FAILING, row.since))
        return rows

    def metrics_text(self, rooms: Iterable[Room]) -> bytes:
        """Return the metrics, with the rooms counted by state at this instant."""
        counts = Counter(room_state(room) for room in rooms)
        for state in RoomState:
            self._metrics.rooms.labels(state=state).set(counts[state])
        return self._metrics.text()

    def _watch(self, appointment: AppointmentId, now: float) -> _Watch:
        watch = self._watches.get(appointment)
        if watch is None:
            watch = self._watches[appointment] = _Watch(secrets.token_hex(4), now)
        return watch

    # ---- the hub's observer ----------------------------------------------------------------------

    def socket_opened(self) -> None:
        self._metrics.sockets.inc()

    def socket_closed(self, code: int) -> None:
        self._metrics.socket_closed(code)

    def said(self, message: Up) -> None:
        self._metrics.said(message)

    def refused(self, code: str) -> None:
        self._metrics.refusals.labels(code=code).inc()

    def arrived(self, appointment: AppointmentId, seat: Seat, now: float, *, resumed: bool) -> None:
        watch = self._watch(appointment, now)
        if resumed:
            watch.reconnects += 1
        self._metrics.arrived(seat, resumed=resumed)

    def decided(self, *, admitted: bool) -> None:
        self._metrics.decisions.labels(decision="admitted" if admitted else "declined").inc()

    def reported(self, appointment: AppointmentId, seat: Seat, report: Report, now: float) -> None:
        watch = self._watch(appointment, now)
        if report.path is not MediaPath.UNKNOWN:
            watch.path = report.path
        failing = report.state is MediaState.FAILING
        cause = report.cause if failing or report.cause is not Cause.NONE else None
        new = cause if cause is not None and watch.failing.get(seat) is not cause else None
        if cause is None:
            watch.failing.pop(seat, None)
        else:
            watch.failing[seat] = cause
        if new is not None:
            watch.causes[new] += 1
        watch.sample(seat, Sample(now, report.loss_in, report.rtt_ms, report.kbps_in))
        self._metrics.reported(report, failed_with=new)

    def room_closed(self, appointment: AppointmentId) -> None:
        self._watches.pop(appointment, None)

    # ---- the postmen's observer ------------------------------------------------------------------

    def letter(self, channel: str, outcome: str) -> None:
        self._metrics.letters.labels(channel=channel, outcome=outcome).inc()

    def letters_unsent(self, channel: str, *, failed: int, late: int) -> None:
        self._metrics.letters_unsent.labels(channel=channel, state="failed").set(failed)
        self._metrics.letters_unsent.labels(channel=channel, state="late").set(late)

    # ---- the courier's observer ------------------------------------------------------------------

    def delivery(self, outcome: str) -> None:
        self._metrics.deliveries.labels(outcome=outcome).inc()

    def hooks(self, *, failing: int, stopped: int) -> None:
        self._metrics.hooks.labels(state="failing").set(failing)
        self._metrics.hooks.labels(state="stopped").set(stopped)

    # ---- the subscriber's observer ---------------------------------------------------------------

    def calendar_read(self, outcome: str) -> None:
        self._metrics.calendar_reads.labels(outcome=outcome).inc()

    def calendars_failing(self, count: int) -> None:
        self._metrics.calendars_failing.set(count)

    # ---- everybody's -----------------------------------------------------------------------------

    def failed(self, where: str) -> None:
        self._metrics.errors.labels(where=where).inc()
