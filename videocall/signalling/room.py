"""One room, as a function: `step(room, event) -> (room, effects)`.

A room is the meeting of one appointment. It has two seats. A *peer* is one page load of one
browser; its socket may drop and resume within `window_s` and it stays the same peer, anything
else that comes back is a new peer. A client's peer waits until the therapist admits its *visit*
(one browser that opened the link); an admitted visit keeps its right to the seat across reloads
and restarts of the server, a declined one never re-enters.

A message for a peer that is no longer in its seat is dropped without a word: a race is no fault.
Instants are Unix seconds, handed in. Timers leave as `Wake(at)` and come back as `Woke(now)`.
"""

from collections.abc import Mapping
from typing import Final, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from videocall.errors import CloseCode, Invalid
from videocall.ids import AppointmentId, BridgeId, PeerId, VisitId
from videocall.signalling.bridge import Bridge, Credentials, LegState
from videocall.signalling.description import check_candidate, check_description
from videocall.signalling.messages import (
    Admitted,
    Candidate,
    CandidateFrom,
    Count,
    Declined,
    Description,
    DescriptionFrom,
    DescriptionKind,
    Devices,
    DevicesFrom,
    Down,
    End,
    Ended,
    EndedBy,
    Hello,
    Host,
    Joined,
    Leave,
    MediaPath,
    MediaState,
    Moved,
    Note,
    Occupied,
    Path,
    PeerState,
    Place,
    Pong,
    Presence,
    Refused,
    Replaced,
    Report,
    Revoked,
    Seat,
    Takeover,
    Text,
    TextFrom,
    Up,
    WaitingPerson,
    WhyNot,
)
from videocall.signalling.reroute import relay_only_candidate
from videocall.signalling.route import Route, Ways

WINDOW_S: Final = 120
CANDIDATES_MAX: Final = 64
STRANGERS_MAX: Final = 16
"""How many may wait at once: a leaked link fills the waiting room, never the seats."""
TABS_MAX: Final = 2
"""How many pages of one visit may wait or ask at once."""


# ---- values --------------------------------------------------------------------------------------


class _Value(Struct, frozen=True, gc=False):
    """A value of a room: never changed, never part of a cycle, cheap to copy with a change."""


class Peer(_Value, frozen=True, gc=False):
    """One page load of one browser."""

    id: PeerId
    seat: Seat
    visit: VisitId
    page: str
    tab: str
    devices: Devices
    place: Place
    arrived_at: float
    lost_at: float | None = None
    media: MediaState = MediaState.NONE
    candidates: int = 0
    address_privacy: bool = False

    @property
    def connected(self) -> bool:
        return self.lost_at is None


class Room(_Value, frozen=True, gc=False):
    """Everything that is true of one meeting now."""

    appointment: AppointmentId
    client_name: str = ""
    address_privacy: bool = False
    """Wished for by the practice, the therapist or for this appointment."""
    route: Route = Route()
    host_present: bool = False
    admitted: frozenset[VisitId] = frozenset()
    declined: frozenset[VisitId] = frozenset()
    peers: Mapping[PeerId, Peer] = field(default_factory=dict)
    ended: EndedBy | None = None

    def seated(self, seat: Seat) -> Peer | None:
        """Return who holds `seat`."""
        for peer in self.peers.values():
            if peer.place is Place.SEATED and peer.seat is seat:
                return peer
        return None

    def waiting(self) -> list[WaitingPerson]:
        """Return who waits, the longest first; all but one of a person's devices are second."""
        seen = bool(self.admitted) or self.seated(Seat.CLIENT) is not None
        people = []
        for peer in sorted(self.peers.values(), key=lambda peer: peer.arrived_at):
            if peer.place is Place.WAITING:
                people.append(
                    WaitingPerson(
                        appointment=self.appointment,
                        peer=peer.id,
                        name=self.client_name,
                        since_ms=int(peer.arrived_at * 1000),
                        second_device=seen,
                        connected=peer.connected,
                        camera=peer.devices.camera,
                        microphone=peer.devices.microphone,
                    )
                )
                seen = True
        return people


# ---- events --------------------------------------------------------------------------------------


class Arrived(_Value, frozen=True, gc=False):
    """A browser was let through the door (by its cookie and today's row) and said hello."""

    peer: PeerId
    seat: Seat
    visit: VisitId
    hello: Hello
    now: float


class Resumed(_Value, frozen=True, gc=False):
    """A known peer is back on a new socket, within its window."""

    peer: PeerId
    now: float


class Lost(_Value, frozen=True, gc=False):
    """A peer's socket is gone."""

    peer: PeerId
    now: float


class Dropped(_Value, frozen=True, gc=False):
    """More waits for this peer than is kept for it: it cannot resume."""

    peer: PeerId


class Said(_Value, frozen=True, gc=False):
    """A peer sent a message, numbered `seq`."""

    peer: PeerId
    message: Up
    seq: Count
    now: float


class AdmitClicked(_Value, frozen=True, gc=False):
    """The therapist admits a waiting peer. `elsewhere`: she is in another live session."""

    peer: PeerId
    also: bool
    elsewhere: bool
    now: float


class DeclineClicked(_Value, frozen=True, gc=False):
    peer: PeerId
    now: float


class NoteWritten(_Value, frozen=True, gc=False):
    """The therapist sends a line to a waiting peer."""

    peer: PeerId
    text: str


class HostPresence(_Value, frozen=True, gc=False):
    """The therapist came to, or left, the product."""

    present: bool


class Closed(_Value, frozen=True, gc=False):
    """The session is over: ended from outside the room, cancelled, or past its time."""

    by: EndedBy


class LinkRevoked(_Value, frozen=True, gc=False):
    """The session link was reissued: every client peer goes, and its visit's right with it."""


class TimeMoved(_Value, frozen=True, gc=False):
    start_at: float
    end_at: float


class BridgeKnown(_Value, frozen=True, gc=False):
    """The relay's bridge for the two pages that met; with legs where it is up already."""

    bridge: Bridge


class BridgeRefused(_Value, frozen=True, gc=False):
    """The relay took no bridge, or lost it."""

    bridge: BridgeId
    why: WhyNot
    now: float


class LegTurned(_Value, frozen=True, gc=False):
    """The relay has the browser at `seat`, or has not heard of it for 30 s."""

    bridge: BridgeId
    seat: Seat
    state: LegState


class WaysTurned(_Value, frozen=True, gc=False):
    """The relay came, went, or is reached at other addresses."""

    ways: Ways
    now: float


class Woke(_Value, frozen=True, gc=False):
    now: float


Event = (
    Arrived | Resumed | Lost | Dropped | Said | AdmitClicked | DeclineClicked | NoteWritten
    | HostPresence | Closed | LinkRevoked | TimeMoved
    | BridgeKnown | BridgeRefused | LegTurned | WaysTurned | Woke
)  # fmt: skip


# ---- effects -------------------------------------------------------------------------------------


class Send(_Value, frozen=True, gc=False):
    peer: PeerId
    message: Down


class Close(_Value, frozen=True, gc=False):
    """Close the peer's socket, if any, and forget the peer."""

    peer: PeerId
    code: CloseCode


class Seated(_Value, frozen=True, gc=False):
    """The peer holds its seat from now on: give it ICE servers, which are to be used alone where
    `hides`.
    """

    peer: PeerId
    hides: bool


class Met(_Value, frozen=True, gc=False):
    """These two pages negotiate from now on: bring `BridgeKnown` before anything else of theirs."""

    pages: frozenset[str]


class OpenLeg(_Value, frozen=True, gc=False):
    """Let the relay answer the browser at `seat` under these."""

    bridge: BridgeId
    seat: Seat
    credentials: Credentials


class CloseBridge(_Value, frozen=True, gc=False):
    """Nothing goes over this bridge any more."""

    bridge: BridgeId


class Wake(_Value, frozen=True, gc=False):
    """Bring `Woke` at this instant, or a little later."""

    at: float


class RecordDecision(_Value, frozen=True, gc=False):
    """Write down that the therapist admitted or declined this visit."""

    visit: VisitId
    admitted: bool
    at: float


class RecordEnd(_Value, frozen=True, gc=False):
    """Write down that the therapist ended the session."""

    at: float


class RefuseClick(_Value, frozen=True, gc=False):
    """Tell the desk why its click was not carried out."""

    code: str
    text: str


class ClickDone(_Value, frozen=True, gc=False):
    """Tell the desk that the person it admitted is in."""


class WaitingChanged(_Value, frozen=True, gc=False):
    """Show the therapist who waits now."""


class Observe(_Value, frozen=True, gc=False):
    """Hand a report to the operators' board."""

    seat: Seat
    report: Report
    now: float


Effect = (
    Send | Close | Seated | Met | OpenLeg | CloseBridge | Wake | RecordDecision | RecordEnd
    | RefuseClick | ClickDone | WaitingChanged | Observe
)  # fmt: skip


# ---- the step ------------------------------------------------------------------------------------


def step(room: Room, event: Event) -> tuple[Room, list[Effect]]:
    """Return the room after `event`, and what is to be done about it."""
    match event:
        case Said():
            return _said(room, event)
        case Arrived():
            return _arrived(room, event)
        case Resumed():
            return _resumed(room, event)
        case Lost():
            return _lost(room, event)
        case Dropped(peer=peer_id):
            dropped = room.peers.get(peer_id)
            return (room, []) if dropped is None else _remove(room, dropped, CloseCode.SLOW)
        case AdmitClicked():
            return _admit(room, event)
        case DeclineClicked():
            return _decline(room, event)
        case NoteWritten(peer=peer_id, text=text):
            if _waiting_peer(room, peer_id) is None:
                return room, [GONE]
            return room, [Send(peer_id, Note(text))]
        case HostPresence(present=present):
            if present == room.host_present:
                return room, []
            room = replace(room, host_present=present)
            return room, [
                Send(peer.id, Host(present))
                for peer in room.peers.values()
                if peer.place is Place.WAITING
            ]
        case Closed(by=by):
            return _close(room, by)
        case LinkRevoked():
            return _revoke(room)
        case TimeMoved(start_at=start_at, end_at=end_at):
            moved = Moved(int(start_at * 1000), int(end_at * 1000))
            return room, [Send(peer_id, moved) for peer_id in room.peers]
        case BridgeKnown(bridge=bridge):
            room = replace(room, route=room.route.over(bridge))
            return room, _tell_path(room)
        case BridgeRefused(bridge=bridge_id, why=why, now=now):
            if room.route.bridge is None or room.route.bridge.id != bridge_id:
                return room, []
            return _turn(room, room.route.without_bridge(why, now))
        case LegTurned():
            return _leg_turned(room, event)
        case WaysTurned(ways=ways, now=now):
            return _ways_turned(room, ways, now)
        case Woke(now=now):
            return _woke(room, now)
        case _:
            assert_never(event)


def _arrived(room: Room, event: Arrived) -> tuple[Room, list[Effect]]:
    if room.ended is not None:
        return room, [Send(event.peer, Ended(room.ended)), Close(event.peer, CloseCode.ENDED)]
    if event.visit in room.declined:
        return room, [Send(event.peer, Declined()), Close(event.peer, CloseCode.REFUSED)]
    effects: list[Effect] = []
    # The same tab again is a reload: its former page is gone, whatever its socket says.
    for former in _of_tab(room, event):
        room, gone = _remove(room, former, CloseCode.REPLACED)
        effects += gone
    room, made = _make_room(room, event)
    effects += made
    peer = Peer(
        id=event.peer,
        seat=event.seat,
        visit=event.visit,
        page=event.hello.page,
        tab=event.hello.tab,
        devices=Devices(camera=event.hello.camera, microphone=event.hello.microphone),
        place=Place.WAITING,
        arrived_at=event.now,
        address_privacy=event.hello.address_privacy,
    )
    if event.seat is Seat.CLIENT and event.visit not in room.admitted:
        if sum(each.place is Place.WAITING for each in room.peers.values()) >= STRANGERS_MAX:
            return room, [*effects, Close(peer.id, CloseCode.TRY_LATER)]
        room = _with(room, peer)
        return room, [*effects, Send(peer.id, Host(room.host_present)), WaitingChanged()]
    holder = room.seated(event.seat)
    if holder is not None and holder.connected:
        room = _with(room, replace(peer, place=Place.ASKING))
        return room, [*effects, Send(peer.id, Occupied(holder.visit == peer.visit))]
    room, seated = _seat(room, peer, event.now)
    return room, effects + seated


def _make_room(room: Room, event: Arrived) -> tuple[Room, list[Effect]]:
    """Take out who only takes up room: a visit's oldest pages, and in a full room who is lost."""
    outside = [peer for peer in room.peers.values() if peer.place is not Place.SEATED]
    outside.sort(key=lambda peer: peer.arrived_at)
    own = [peer for peer in outside if (peer.seat, peer.visit) == (event.seat, event.visit)]
    gone = own[: max(0, len(own) - TABS_MAX + 1)]
    if len(outside) - len(gone) >= STRANGERS_MAX:
        gone += [peer for peer in outside if not peer.connected and peer not in gone]
    effects: list[Effect] = []
    for peer in gone:
        room, removed = _remove(room, peer, CloseCode.REPLACED)
        effects += [Send(peer.id, Replaced()), *removed]
    return room, effects


def _of_tab(room: Room, event: Arrived) -> list[Peer]:
    return [
        peer
        for peer in room.peers.values()
        if (peer.seat, peer.visit, peer.tab) == (event.seat, event.visit, event.hello.tab)
    ]


def _resumed(room: Room, event: Resumed) -> tuple[Room, list[Effect]]:
    peer = room.peers[event.peer]
    room = _with(room, replace(peer, lost_at=None))
    return room, _tell_presence(room, peer, Presence.CONNECTED)


def _lost(room: Room, event: Lost) -> tuple[Room, list[Effect]]:
    peer = room.peers.get(event.peer)
    if peer is None or not peer.connected:
        return room, []
    room = _with(room, replace(peer, lost_at=event.now))
    return room, [
        Wake(event.now + WINDOW_S),
        *_tell_presence(room, peer, Presence.RECONNECTING),
    ]


def _woke(room: Room, now: float) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = []
    for peer in list(room.peers.values()):
        if peer.lost_at is None:
            continue
        if now >= peer.lost_at + WINDOW_S:
            room, gone = _remove(room, peer, CloseCode.GOING_AWAY)
            effects += gone
        else:
            effects.append(Wake(peer.lost_at + WINDOW_S))
    return room, effects


def _said(room: Room, event: Said) -> tuple[Room, list[Effect]]:
    peer = room.peers.get(event.peer)
    if peer is None:
        return room, []
    message = event.message
    match message:
        case Leave():
            room, gone = _remove(room, peer, CloseCode.GOING_AWAY)
            if peer.place is Place.SEATED:
                room, parted = _part(room)
                gone += parted
            return room, gone
        case Pong():
            return room, []
        case Takeover():
            if peer.place is not Place.ASKING:
                return room, []
            return _seat(room, peer, event.now)
        case Devices():
            peer = replace(peer, devices=message)
            room = _with(room, peer)
            if peer.place is Place.WAITING:
                return room, [WaitingChanged()]
        case Hello():
            return room, [_refused(event, "hello_again", "This socket has said hello before.")]
        case _:
            pass
    if peer.place is not Place.SEATED:
        return room, [_refused(event, "not_admitted", "The therapist has not admitted you yet.")]
    other = room.seated(peer.seat.other)
    match message:
        case Description() | Candidate():
            return _negotiated(room, peer, other, event, message)
        case Devices():
            devices = DevicesFrom(peer.id, message.camera, message.microphone, message.screen)
            return room, [Send(other.id, devices)] if other else []
        case Text():
            return room, [Send(other.id, TextFrom(peer.id, message.text))] if other else []
        case Report():
            return _reported(room, peer, other, message, event.now)
        case End():
            if peer.seat is not Seat.THERAPIST:
                refusal = _refused(event, "forbidden", "Only the therapist can end the session.")
                return room, [refusal]
            room, effects = _close(room, EndedBy.THERAPIST)
            return room, [RecordEnd(event.now), *effects]
        case _:
            assert_never(message)


def _negotiated(
    room: Room, peer: Peer, other: Peer | None, event: Said, message: Description | Candidate
) -> tuple[Room, list[Effect]]:
    try:
        if isinstance(message, Description):
            check_description(message.sdp)
            counted = 0
        else:
            check_candidate(message.candidate)
            counted = peer.candidates + 1
    except Invalid as error:
        return room, [_refused(event, error.code, error.text)]
    if counted > CANDIDATES_MAX:
        return room, [_refused(event, "too_many", "At most 64 candidates a negotiation.")]
    if counted != peer.candidates:
        room = _with(room, replace(peer, candidates=counted))
    if other is None or other.id != message.to:
        return room, []
    if isinstance(message, Description):
        return _described(room, peer, other, event, message)
    candidate: str | None = message.candidate
    match room.route.way_of(peer.seat):
        case MediaPath.RELAY:
            # The browser's checks come to the leg: its own addresses are nobody's business.
            candidate = None
        case MediaPath.TURN:
            candidate = relay_only_candidate(message.candidate)
        case _:
            pass
    if candidate is None:
        return room, []
    passed = CandidateFrom(peer.id, candidate, message.mid, message.index, message.ufrag)
    return room, [Send(other.id, passed)]


def _described(
    room: Room, peer: Peer, other: Peer, event: Said, message: Description
) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = []
    if message.kind is DescriptionKind.OFFER and message.failed:
        hid = room.route.hides
        room, effects = _turn(room, room.route.failed(event.now), asked=peer)
        if room.route.hides is not hid:
            # It was made while the browser tried addresses of its own; another is on its way.
            return room, effects
    try:
        route, sdp = room.route.carry(peer.seat, message.kind, message.sdp)
    except Invalid as error:
        return room, [*effects, _refused(event, error.code, error.text)]
    room = replace(room, route=route)
    bridge = route.bridge
    if bridge is not None and route.said[peer.seat] is MediaPath.RELAY:
        effects += [OpenLeg(bridge.id, seat, leg.credentials) for seat, leg in bridge.legs.items()]
    return room, [*effects, Send(other.id, DescriptionFrom(peer.id, message.kind, sdp))]


def _turn(room: Room, route: Route, asked: Peer | None = None) -> tuple[Room, list[Effect]]:
    """Let media go by `route` from the next offer on: that of `asked`, or one the therapist's page
    is told to make.
    """
    before = room.route
    room = replace(room, route=route)
    effects: list[Effect] = []
    if before.path is MediaPath.RELAY and route.path is not before.path and before.bridge:
        effects.append(CloseBridge(before.bridge.id))
    hides_now = before.hides is not route.hides
    if hides_now:
        effects += [Seated(peer.id, route.hides) for peer in _seats(room)]
    if (before.path, before.trouble) != (route.path, route.trouble):
        restart = before.path is not route.path and (asked is None or hides_now)
        effects += _tell_path(room, restart=restart)
    return room, effects


def _tell_path(room: Room, *, restart: bool = False) -> list[Effect]:
    """Tell both which way media goes; the therapist's page is the one that makes offers."""
    route = room.route
    return [
        Send(
            peer.id,
            Path(
                route.path,
                route.private,
                restart=restart and peer.seat is Seat.THERAPIST,
                trouble=route.trouble,
            ),
        )
        for peer in _seats(room)
    ]


def _seats(room: Room) -> list[Peer]:
    return [peer for seat in Seat if (peer := room.seated(seat)) is not None]


def _leg_turned(room: Room, event: LegTurned) -> tuple[Room, list[Effect]]:
    route = room.route
    if route.bridge is None or route.bridge.id != event.bridge:
        return room, []
    if event.state is LegState.UP:
        return _turn(room, replace(route, refused=None))
    peer, other = room.seated(event.seat), room.seated(event.seat.other)
    if peer is None or other is None or route.path is not MediaPath.RELAY:
        return room, []
    peer = replace(peer, media=MediaState.RECONNECTING)
    presence = Presence.CONNECTED if peer.connected else Presence.RECONNECTING
    return _with(room, peer), _tell_presence(room, peer, presence)


def _ways_turned(room: Room, ways: Ways, now: float) -> tuple[Room, list[Effect]]:
    """Media may go on over a relay that does not answer us: nothing is torn down for it."""
    # The relay's last candidates are still right for a description of a call that goes on.
    ways = ways if ways.candidates else replace(ways, candidates=room.route.ways.candidates)
    stuck = len(_seats(room)) == len(Seat) and room.route.trouble is not None
    route = replace(room.route, ways=ways)
    if not stuck or not route.open_paths(now):
        return _turn(room, route)
    room = replace(room, route=route.by_the_best(now))
    hides = room.route.hides
    return room, [
        *(Seated(peer.id, hides) for peer in _seats(room) if hides),
        *_tell_path(room, restart=True),
    ]


def _part(room: Room) -> tuple[Room, list[Effect]]:
    """The two pages have parted for good: what is between them ends."""
    bridge = room.route.bridge
    route = Route(ways=room.route.ways)
    closed: list[Effect] = [CloseBridge(bridge.id)] if bridge is not None and bridge.legs else []
    return replace(room, route=route), closed


def _reported(
    room: Room, peer: Peer, other: Peer | None, report: Report, now: float
) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = [Observe(peer.seat, report, now)]
    if report.state is not peer.media:
        peer = replace(peer, media=report.state)
        room = _with(room, peer)
        if other is not None:
            effects.append(Send(other.id, PeerState(peer.id, Presence.CONNECTED, peer.media)))
    return room, effects


def _admit(room: Room, event: AdmitClicked) -> tuple[Room, list[Effect]]:
    peer = _waiting_peer(room, event.peer)
    if peer is None:
        return room, [GONE]
    if event.elsewhere and not event.also:
        text = "You are in another session. End it first, or admit this person as well."
        return room, [RefuseClick("in_another_session", text)]
    room = replace(room, admitted=room.admitted | {peer.visit})
    room, effects = _seat(room, peer, event.now)
    # The same browser may wait in two tabs: both are admitted, one holds the seat.
    for twin in list(room.peers.values()):
        if twin.visit == peer.visit and twin.place is Place.WAITING:
            room = _with(room, replace(twin, place=Place.ASKING))
            effects.append(Send(twin.id, Occupied(same_browser=True)))
    return room, [
        RecordDecision(peer.visit, admitted=True, at=event.now),
        *effects,
        WaitingChanged(),
        ClickDone(),
    ]


def _decline(room: Room, event: DeclineClicked) -> tuple[Room, list[Effect]]:
    peer = _waiting_peer(room, event.peer)
    if peer is None:
        return room, [GONE]
    room = replace(room, declined=room.declined | {peer.visit})
    effects: list[Effect] = [RecordDecision(peer.visit, admitted=False, at=event.now)]
    for twin in list(room.peers.values()):
        if twin.visit == peer.visit:
            effects.append(Send(twin.id, Declined()))
            room, gone = _remove(room, twin, CloseCode.REFUSED)
            effects += gone
    return room, effects


def _seat(room: Room, peer: Peer, now: float) -> tuple[Room, list[Effect]]:
    """Give `peer` its seat; whoever held it is told that the call was moved."""
    effects: list[Effect] = []
    holder = room.seated(peer.seat)
    if holder is not None and holder.id != peer.id:
        effects += [Send(holder.id, Replaced()), Close(holder.id, CloseCode.REPLACED)]
        room = _without(room, holder.id)
    peer = replace(peer, place=Place.SEATED, candidates=0)
    room = _with(room, peer)
    effects += [Send(peer.id, Admitted())]
    other = room.seated(peer.seat.other)
    if other is None:
        return room, [*effects, Seated(peer.id, room.route.hides)]
    room, met = _meet(room, peer, other, now)
    effects += [Seated(peer.id, room.route.hides), *met]
    effects += [_joined(other, peer), _joined(peer, other)]
    if not other.connected:
        effects.append(Send(peer.id, PeerState(other.id, Presence.RECONNECTING, other.media)))
    if room.route.bridge is None:
        effects.append(Met(room.route.pages))
    else:
        effects += _tell_path(room)
    return room, effects


def _meet(room: Room, peer: Peer, other: Peer, now: float) -> tuple[Room, list[Effect]]:
    """Begin the route of two pages, or go on where the same two were."""
    pages = frozenset({peer.page, other.page})
    private = room.address_privacy or peer.address_privacy or other.address_privacy
    before = room.route
    if (before.pages, before.private) == (pages, private):
        return room, []
    room, effects = _part(room)
    room = replace(room, route=room.route.begun(pages, private=private, now=now))
    if room.route.hides is not before.hides:
        effects.append(Seated(other.id, room.route.hides))
    return room, effects


def _joined(to: Peer, other: Peer) -> Send:
    devices = other.devices
    return Send(
        to.id,
        Joined(
            peer=other.id,
            page=other.page,
            polite=to.seat is Seat.CLIENT,
            camera=devices.camera,
            microphone=devices.microphone,
            screen=devices.screen,
        ),
    )


def _remove(room: Room, peer: Peer, code: CloseCode) -> tuple[Room, list[Effect]]:
    """Take `peer` out of the room and tell whom it concerns."""
    room = _without(room, peer.id)
    effects: list[Effect] = [Close(peer.id, code)]
    effects += _tell_presence(room, peer, Presence.LEFT)
    return room, effects


def _tell_presence(room: Room, peer: Peer, presence: Presence) -> list[Effect]:
    match peer.place:
        case Place.WAITING:
            return [WaitingChanged()]
        case Place.SEATED:
            other = room.seated(peer.seat.other)
            if other is None:
                return []
            return [Send(other.id, PeerState(peer.id, presence, peer.media))]
        case Place.ASKING:
            return []
        case _:
            assert_never(peer.place)


def _close(room: Room, by: EndedBy) -> tuple[Room, list[Effect]]:
    if room.ended is not None:
        return room, []
    effects: list[Effect] = []
    for peer_id in room.peers:
        effects += [Send(peer_id, Ended(by)), Close(peer_id, CloseCode.ENDED)]
    if any(peer.place is Place.WAITING for peer in room.peers.values()):
        effects.append(WaitingChanged())
    room, parted = _part(room)
    return replace(room, ended=by, peers={}), effects + parted


def _revoke(room: Room) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = []
    for peer in list(room.peers.values()):
        if peer.seat is Seat.CLIENT:
            effects.append(Send(peer.id, Revoked()))
            room, gone = _remove(room, peer, CloseCode.LINK_INVALID)
            effects += gone
    room, parted = _part(room)
    effects += parted
    return replace(room, admitted=frozenset(), declined=frozenset()), effects


def _waiting_peer(room: Room, peer_id: PeerId) -> Peer | None:
    peer = room.peers.get(peer_id)
    return peer if peer is not None and peer.place is Place.WAITING else None


GONE: Final = RefuseClick("gone", "This person is no longer in the waiting room.")


def _refused(event: Said, code: str, text: str) -> Send:
    return Send(event.peer, Refused(code, text, event.seq))


def _with(room: Room, peer: Peer) -> Room:
    return replace(room, peers={**room.peers, peer.id: peer})


def _without(room: Room, peer_id: PeerId) -> Room:
    kept = {peer.id: peer for peer in room.peers.values() if peer.id != peer_id}
    return replace(room, peers=kept)
