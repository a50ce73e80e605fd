"""The open rooms: applies events, carries out effects, and keeps one sweep for all timers.

An event is applied and its effects are carried out without an `await` between: no two events of
a room ever mix. Instants are steady Unix seconds (`steady`): they go on when the wall clock
jumps. A finished room leaves nothing behind.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, assert_never

from videocall.errors import CloseCode, ProtocolError, VideocallError, trace
from videocall.ids import AppointmentId, PeerId, VisitId
from videocall.live import desks
from videocall.live.bridges import Bridges
from videocall.live.desks import Desks
from videocall.live.line import Line
from videocall.live.observer import Observer
from videocall.live.records import RecordArrival, Recorder, Records
from videocall.live.socket import Socket
from videocall.live.watch import Watch
from videocall.signalling import effects, events
from videocall.signalling.events import Event
from videocall.signalling.messages import (
    AdmittedTo,
    Changed,
    Down,
    DownFrame,
    Ended,
    EndedBy,
    Hello,
    Ice,
    Place,
    Refused,
    Revoked,
    Seat,
    UpFrame,
    Waiting,
    Welcome,
    dump,
)
from videocall.signalling.peers import Room
from videocall.signalling.room import GONE, WINDOW_S, step
from videocall.signalling.route import Route
from videocall.signalling.sequence import Overflow

SWEEP_S: Final = 1.0
PING_S: Final = 15.0
HELLO_S: Final = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the door knows of an appointment when someone comes through it."""

    appointment: AppointmentId
    therapist: str
    client_name: str
    address_privacy: bool
    admitted: frozenset[VisitId]
    declined: frozenset[VisitId]


@dataclass(slots=True, eq=False)
class Approach:
    """Somebody on the way in, from before the door is asked until their socket is gone.

    The door answers from rows read a moment ago. What changes between that answer and hello
    (a link revoked, a session ended) is kept here, so that nobody slips in on an old answer.
    """

    appointment: AppointmentId
    seat: Seat
    turned_away: tuple[Down, CloseCode] | None = None


@dataclass(slots=True, eq=False)
class OpenRoom:
    """A room, the lines to its peers and its decisions that are not written yet."""

    room: Room
    therapist: str
    records: Records
    lines: dict[PeerId, Line] = field(default_factory=dict)
    wake_at: float | None = None


class Hub:
    """Every open room of this process.

    `grant(peer, hides)` makes the ICE message with fresh credentials and says when to renew it, in
    steady seconds, or None where nothing expires.
    """

    def __init__(
        self,
        *,
        steady: Callable[[], float],
        grant: Callable[[PeerId, bool], tuple[Ice, float | None]],
        recorder: Recorder,
        observer: Observer,
        bridges: Bridges,
    ) -> None:
        self._steady = steady
        self._grant = grant
        self._recorder = recorder
        self.observer = observer
        self._rooms: dict[AppointmentId, OpenRoom] = {}
        self._of_therapist: defaultdict[str, set[AppointmentId]] = defaultdict(set)
        self._desks = Desks()
        self.watch = Watch()
        self._approaches: defaultdict[AppointmentId, set[Approach]] = defaultdict(set)
        self._silent: dict[Socket, float] = {}
        self._bridges = bridges
        bridges.attend(self)
        self.draining = False

    # ---- what pages ask ------------------------------------------------------------------------

    def is_live(self, appointment: AppointmentId) -> bool:
        """Tell whether both seats are taken."""
        open_room = self._rooms.get(appointment)
        return open_room is not None and all(
            open_room.room.seated(seat) is not None for seat in Seat
        )

    def live_of(self, therapist: str) -> list[AppointmentId]:
        """Return the therapist's live sessions."""
        return sorted(id for id in self._of_therapist.get(therapist, ()) if self.is_live(id))

    def waiting_of(self, therapist: str) -> Waiting:
        """Return who waits for the therapist, the longest first."""
        people = [
            person
            for id in self._of_therapist.get(therapist, ())
            for person in self._rooms[id].room.waiting()
        ]
        people.sort(key=lambda person: person.since_ms)
        return Waiting(people, self.live_of(therapist))

    def open_of(self, therapist: str) -> list[AppointmentId]:
        """Return whose rooms of the therapist are open."""
        return sorted(self._of_therapist.get(therapist, ()))

    def rooms(self) -> Iterator[Room]:
        """Go through every open room, as it stands."""
        return (open_room.room for open_room in self._rooms.values())

    # ---- what pages cause, after the rows are written ------------------------------------------

    def ended(self, appointment: AppointmentId) -> None:
        self._close(appointment, EndedBy.THERAPIST)

    def cancelled(self, appointment: AppointmentId) -> None:
        self._close(appointment, EndedBy.CANCELLED)

    def keep_private(self, appointment: AppointmentId, *, wanted: bool) -> None:
        """Keep addresses private in a room that is open, or no longer on this account."""
        self.tell(appointment, events.PrivacyTurned(wanted, self._steady()))

    def moved(self, appointment: AppointmentId, start_at: float, end_at: float) -> None:
        self.tell(appointment, events.TimeMoved(start_at, end_at))

    def revoked(self, appointment: AppointmentId) -> None:
        for approach in self._approaches.get(appointment, ()):
            if approach.seat is Seat.CLIENT:
                approach.turned_away = (Revoked(), CloseCode.LINK_INVALID)
        self.tell(appointment, events.LinkRevoked())
        self._bridges.end(appointment)

    def changed(self, therapist: str, appointment: AppointmentId) -> None:
        """Tell every open page of hers and of her client that what it shows may be old."""
        self._desks.show(therapist, Changed(appointment))
        self.watch.changed(appointment)

    def _close(self, appointment: AppointmentId, by: EndedBy) -> None:
        for approach in self._approaches.get(appointment, ()):
            approach.turned_away = (Ended(by), CloseCode.ENDED)
        self.tell(appointment, events.Closed(by))
        self._bridges.end(appointment)

    def tell(self, appointment: AppointmentId, event: Event) -> bool:
        """Apply an event to a room that is open; tell whether it is."""
        open_room = self._rooms.get(appointment)
        if open_room is not None:
            self._apply(open_room, event)
        return open_room is not None

    def tell_all(self, event: Event) -> None:
        """Apply an event to every open room; a fault in one is not the others'."""
        for open_room in list(self._rooms.values()):
            try:
                self._apply(open_room, event)
            except Exception as error:
                log.error("a room did not hear of it: %s", trace(error))
                self.observer.failed("room")

    # ---- sockets of a room ---------------------------------------------------------------------

    @contextmanager
    def approach(self, appointment: AppointmentId, seat: Seat) -> Iterator[Approach]:
        """Keep watch for somebody on the way in; the room is not forgotten meanwhile."""
        approach = Approach(appointment, seat)
        self._approaches[appointment].add(approach)
        try:
            yield approach
        finally:
            approaches = self._approaches[appointment]
            approaches.discard(approach)
            if not approaches:
                del self._approaches[appointment]
            self._forget_if_empty(appointment)

    def knock(self, socket: Socket) -> None:
        """A socket is open and has not said hello yet."""
        self._silent[socket] = self._steady()
        self.observer.socket_opened()

    def enter(
        self, approach: Approach, opening: Opening, visit: VisitId, hello: Hello, socket: Socket
    ) -> Line | None:
        """Let a browser that said hello into its room, as the peer it was or as a new one."""
        self._silent.pop(socket, None)
        if approach.turned_away is not None:
            message, code = approach.turned_away
            socket.post(dump(DownFrame(0, 0, message)))
            socket.close(code)
            return None
        seat = approach.seat
        open_room = self._rooms.get(opening.appointment)
        if open_room is None:
            open_room = self._open(opening)
        elif opening.address_privacy and not open_room.room.address_privacy:
            self._apply(open_room, events.PrivacyTurned(wanted=True, now=self._steady()))
        line = self._resume(open_room, seat, visit, hello, socket)
        if line is not None:
            return line
        line = Line(PeerId(secrets.token_urlsafe(16)), socket)
        open_room.lines[line.peer] = line
        now = self._steady()
        self.observer.arrived(opening.appointment, seat, now, resumed=False)
        self._apply(open_room, events.Arrived(line.peer, seat, visit, hello, now))
        return line if line.peer in open_room.lines else None

    def hear(self, appointment: AppointmentId, line: Line, frame: UpFrame) -> None:
        """Take one frame of a peer. Raises ProtocolError for numbers that cannot be."""
        open_room = self._rooms.get(appointment)
        if open_room is None:
            return
        sequence = line.sequence
        sequence.acknowledged(frame.ack)
        if frame.seq and not sequence.accept(frame.seq):
            return
        self.observer.said(frame.message)
        self._apply(open_room, events.Said(line.peer, frame.message, frame.seq, self._steady()))

    def refuse(self, line: Line, error: VideocallError, seq: int) -> None:
        """Tell a peer that its message cannot be used. Raises ProtocolError as `hear`."""
        if seq and not line.sequence.accept(seq):
            return
        self.observer.refused(error.code)
        line.send(Refused(error.code, error.text, seq))

    def gone(self, appointment: AppointmentId, line: Line | None, socket: Socket) -> None:
        """A socket is closed; its peer may resume on another within the window."""
        self._silent.pop(socket, None)
        self.observer.socket_closed(socket.close_code)
        open_room = self._rooms.get(appointment)
        if open_room is None or line is None or line.socket is not socket:
            return
        line.socket = None
        self._apply(open_room, events.Lost(line.peer, self._steady()))

    def _open(self, opening: Opening) -> OpenRoom:
        appointment = opening.appointment
        room = Room(
            appointment=appointment,
            client_name=opening.client_name,
            address_privacy=opening.address_privacy,
            route=Route(ways=self._bridges.ways),
            host_present=self._desks.present(opening.therapist),
            admitted=opening.admitted,
            declined=opening.declined,
        )
        records = Records(appointment, self._recorder, lambda: self._forget_if_empty(appointment))
        open_room = self._rooms[appointment] = OpenRoom(room, opening.therapist, records)
        self._of_therapist[opening.therapist].add(appointment)
        return open_room

    def _resume(
        self, open_room: OpenRoom, seat: Seat, visit: VisitId, hello: Hello, socket: Socket
    ) -> Line | None:
        if hello.resume is None:
            return None
        peer = open_room.room.peers.get(PeerId(hello.resume.peer))
        if peer is None or (peer.seat, peer.visit) != (seat, visit):
            return None
        line = open_room.lines[peer.id]
        try:
            replay = line.resume(socket, hello.resume.received)
        except ProtocolError:
            return None
        line.welcome(self._welcome(line, seat, peer.place, resumed=True))
        for frame in replay:
            socket.post(frame)
        now = self._steady()
        self.observer.arrived(open_room.room.appointment, seat, now, resumed=True)
        self._apply(open_room, events.Resumed(peer.id, now))
        return line

    def _welcome(self, line: Line, seat: Seat, place: Place, *, resumed: bool) -> Welcome:
        return Welcome(
            peer=line.peer,
            seat=seat,
            place=place,
            resumed=resumed,
            received=line.sequence.received,
            now_ms=int(self._steady() * 1000),
            window_s=WINDOW_S,
        )

    # ---- the desk ------------------------------------------------------------------------------

    def sit_down(self, therapist: str, desk: Socket) -> None:
        """A therapist's page is open somewhere in the product."""
        self.observer.socket_opened()
        if self._desks.sit_down(therapist, desk, self._steady()):
            self._tell_presence(therapist, present=True)
        desks.post(desk, self.waiting_of(therapist))

    def stand_up(self, therapist: str, desk: Socket) -> None:
        """A therapist's page is gone."""
        self.observer.socket_closed(desk.close_code)
        self._desks.stand_up(therapist, desk, self._steady())

    def admit(
        self, therapist: str, desk: Socket, appointment: str, peer: str, *, also: bool
    ) -> None:
        """Carry out a click on Admit; the desk hears `admitted_to` or `refused`."""
        elsewhere = any(
            id != appointment and self._rooms[id].room.seated(Seat.THERAPIST) is not None
            for id in self._of_therapist.get(therapist, ())
        )
        event = events.AdmitClicked(PeerId(peer), also, elsewhere, self._steady())
        self._click(therapist, desk, appointment, event)

    def decline(self, therapist: str, desk: Socket, appointment: str, peer: str) -> None:
        event = events.DeclineClicked(PeerId(peer), self._steady())
        self._click(therapist, desk, appointment, event)

    def note(self, therapist: str, desk: Socket, appointment: str, peer: str, text: str) -> None:
        self._click(therapist, desk, appointment, events.NoteWritten(PeerId(peer), text))

    def _click(self, therapist: str, desk: Socket, appointment: str, event: Event) -> None:
        open_room = self._rooms.get(AppointmentId(appointment))
        if open_room is None or open_room.therapist != therapist:
            desks.post(desk, Refused(GONE.code, GONE.text, 0))
            return
        self._apply(open_room, event, desk)

    def signed_out(self, therapist: str) -> None:
        """Have every socket of the therapist come to the door again: some are signed out."""
        for desk in list(self._desks.of(therapist)):
            desk.close(CloseCode.GOING_AWAY)
        for appointment in self._of_therapist.get(therapist, ()):
            open_room = self._rooms[appointment]
            for peer in open_room.room.peers.values():
                socket = open_room.lines[peer.id].socket
                if peer.seat is Seat.THERAPIST and socket is not None:
                    socket.close(CloseCode.GOING_AWAY)

    def _tell_presence(self, therapist: str, *, present: bool) -> None:
        for appointment in list(self._of_therapist.get(therapist, ())):
            self._apply(self._rooms[appointment], events.HostPresence(present))

    # ---- the driver ----------------------------------------------------------------------------

    def _apply(self, open_room: OpenRoom, event: Event, desk: Socket | None = None) -> None:
        """Apply one event and carry out its effects. No `await` beyond this point."""
        room, wanted = step(open_room.room, event)
        open_room.room = room
        if isinstance(event, events.Arrived):
            line = open_room.lines[event.peer]
            peer_now = room.peers.get(event.peer)
            place = Place.WAITING if peer_now is None else peer_now.place
            line.welcome(self._welcome(line, event.seat, place, resumed=False))
            if event.seat is Seat.CLIENT and place is Place.WAITING and peer_now is not None:
                open_room.records.add(RecordArrival(event.visit, event.now))
        followers: list[Event] = []
        for effect in wanted:
            match effect:
                case effects.Send(peer=peer, message=message):
                    if not self._send(open_room, peer, message):
                        followers.append(events.Dropped(peer))
                case effects.Observe(seat=seat, report=report, now=now):
                    self.observer.reported(room.appointment, seat, report, now)
                case effects.Close(peer=peer, code=code):
                    closed = open_room.lines.pop(peer, None)
                    if closed is not None:
                        closed.close(code)
                case effects.Seated(peer=peer, hides=hides):
                    if not self._grant_ice(open_room, peer, hides=hides):
                        followers.append(events.Dropped(peer))
                case effects.Met(pages=pages):
                    between = self._bridges.between(room.appointment, pages)
                    followers.append(events.BridgeKnown(between))
                case effects.OpenLeg() | effects.CloseBridge():
                    self._bridges.carry_out(effect)
                case effects.Wake(at=at):
                    open_room.wake_at = min(at, open_room.wake_at or at)
                case effects.WaitingChanged():
                    therapist = open_room.therapist
                    self._desks.show(therapist, self.waiting_of(therapist))
                case effects.RecordDecision() | effects.RecordEnd():
                    open_room.records.add(effect)
                    if isinstance(effect, effects.RecordDecision):
                        self.observer.decided(admitted=effect.admitted)
                case effects.RefuseClick(code=refusal, text=text):
                    self.observer.refused(refusal)
                    if desk is not None:
                        desks.post(desk, Refused(refusal, text, 0))
                case effects.ClickDone():
                    if desk is not None:
                        desks.post(desk, AdmittedTo(room.appointment))
                case _:
                    assert_never(effect)
        for follower in followers:
            self._apply(open_room, follower)
        if not open_room.room.peers:
            self._forget_if_empty(room.appointment)

    def _send(self, open_room: OpenRoom, peer: PeerId, message: Down) -> bool:
        """Say something to a peer, if it is here; false where too much waits for it."""
        line = open_room.lines.get(peer)
        if line is not None:
            try:
                line.send(message)
            except Overflow:
                return False
        return True

    def _grant_ice(self, open_room: OpenRoom, peer: PeerId, *, hides: bool) -> bool:
        ice, open_room.lines[peer].ice_at = self._grant(peer, hides)
        return self._send(open_room, peer, ice)

    def _forget_if_empty(self, appointment: AppointmentId) -> None:
        """Let go of a room that nobody is in and whose decisions are written."""
        open_room = self._rooms.get(appointment)
        if open_room is None or open_room.room.peers or open_room.records.task is not None:
            return
        if appointment in self._approaches:
            return
        del self._rooms[appointment]
        self._bridges.forget(appointment)
        ids = self._of_therapist[open_room.therapist]
        ids.discard(appointment)
        if not ids:
            del self._of_therapist[open_room.therapist]
        self.observer.room_closed(appointment)

    # ---- time ----------------------------------------------------------------------------------

    async def sweep_forever(self) -> None:
        """Look after every timer of every room once a second, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                self.sweep()
            except Exception as error:
                log.error("the sweep failed: %s", trace(error))
                self.observer.failed("sweep")

    def sweep(self) -> None:
        """Ping, cut who has gone, renew ICE credentials, wake rooms."""
        now = self._steady()
        for socket, since in list(self._silent.items()):
            if now - since > HELLO_S:
                del self._silent[socket]
                socket.close(CloseCode.PROTOCOL, "Say hello within 5 seconds.")
        for open_room in list(self._rooms.values()):
            for line in list(open_room.lines.values()):
                line.keep_alive(now, PING_S)
                if line.ice_at is not None and now >= line.ice_at:
                    hides = open_room.room.route.hides
                    if not self._grant_ice(open_room, line.peer, hides=hides):
                        self._apply(open_room, events.Dropped(line.peer))
            if open_room.wake_at is not None and now >= open_room.wake_at:
                open_room.wake_at = None
                self._apply(open_room, events.Woke(now))
        for therapist in self._desks.sweep(now, PING_S):
            self._tell_presence(therapist, present=False)

    # ---- the end -------------------------------------------------------------------------------

    async def go_home(self, deadline_s: float) -> None:
        """Close every socket with 1012, spread over `deadline_s`, and finish writing.

        Media goes on between the browsers; they come back to their seats by themselves.
        """
        self.draining = True
        self.watch.close()
        sockets = [*self._silent, *self._desks]
        for open_room in self._rooms.values():
            lines = open_room.lines.values()
            sockets += [line.socket for line in lines if line.socket is not None]
        slices = max(1, min(50, len(sockets) // 20))
        for start in range(slices):
            for socket in sockets[start::slices]:
                socket.close(CloseCode.RESTARTING)
            await asyncio.sleep(deadline_s / slices if slices > 1 else 0)
        writing = [each.records.task for each in self._rooms.values() if each.records.task]
        if writing:
            await asyncio.wait(writing, timeout=deadline_s)
