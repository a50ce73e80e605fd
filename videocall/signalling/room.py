"""One room, as a function: `step(room, event) -> (room, effects)`.

A room is the meeting of one appointment. It has two seats. A *peer* is one page load of one
browser; its socket may drop and resume within `window_s` and it stays the same peer, anything
else that comes back is a new peer. A client's peer waits until the therapist admits its *visit*
(one browser that opened the link); an admitted visit keeps its right to the seat across reloads
and restarts of the server, a declined one never re-enters.

Instants are Unix seconds, handed in. Timers leave as `Wake(at)` and come back as `Woke(now)`.
"""

from typing import Final, assert_never

from msgspec.structs import replace

from videocall.errors import CloseCode
from videocall.ids import PeerId
from videocall.signalling.bridge import LegState
from videocall.signalling.effects import (
    ClickDone,
    Close,
    Effect,
    Met,
    Observe,
    RecordDecision,
    RecordEnd,
    RefuseClick,
    Seated,
    Send,
    WaitingChanged,
    Wake,
)
from videocall.signalling.events import (
    AdmitClicked,
    Arrived,
    BridgeKnown,
    BridgeRefused,
    Closed,
    DeclineClicked,
    Dropped,
    Event,
    HostPresence,
    LegTurned,
    LinkRevoked,
    Lost,
    NoteWritten,
    PrivacyTurned,
    Resumed,
    Said,
    TimeMoved,
    WaysTurned,
    Woke,
)
from videocall.signalling.messages import (
    Admitted,
    Candidate,
    Declined,
    Description,
    Devices,
    DevicesFrom,
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
    PeerState,
    Place,
    Pong,
    Presence,
    Replaced,
    Report,
    Revoked,
    Seat,
    Takeover,
    Text,
    TextFrom,
)
from videocall.signalling.negotiation import (
    meet,
    negotiated,
    part,
    privacy_turned,
    refused,
    tell_path,
    turn,
    ways_turned,
)
from videocall.signalling.peers import Peer, Room

WINDOW_S: Final = 120
STRANGERS_MAX: Final = 16
"""How many may wait at once: a leaked link fills the waiting room, never the seats."""
TABS_MAX: Final = 2
"""How many pages of one visit may wait or ask at once."""


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
            return room, tell_path(room)
        case BridgeRefused(bridge=bridge_id, why=why, now=now):
            if room.route.bridge is None or room.route.bridge.id != bridge_id:
                return room, []
            return turn(room, room.route.without_bridge(why, now))
        case LegTurned():
            return _leg_turned(room, event)
        case WaysTurned(ways=ways, now=now):
            return ways_turned(room, ways, now)
        case PrivacyTurned(wanted=wanted, now=now):
            return privacy_turned(room, wanted=wanted, now=now)
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
        room = room.holding(peer)
        return room, [*effects, Send(peer.id, Host(room.host_present)), WaitingChanged()]
    holder = room.seated(event.seat)
    if holder is not None and holder.connected:
        room = room.holding(replace(peer, place=Place.ASKING))
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
    room = room.holding(replace(peer, lost_at=None))
    return room, _tell_presence(room, peer, Presence.CONNECTED)


def _lost(room: Room, event: Lost) -> tuple[Room, list[Effect]]:
    peer = room.peers.get(event.peer)
    if peer is None or not peer.connected:
        return room, []
    room = room.holding(replace(peer, lost_at=event.now))
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
                room, parted = part(room)
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
            room = room.holding(peer)
            if peer.place is Place.WAITING:
                return room, [WaitingChanged()]
        case Hello():
            return room, [refused(event, "hello_again", "This socket has said hello before.")]
        case _:
            pass
    if peer.place is not Place.SEATED:
        return room, [refused(event, "not_admitted", "The therapist has not admitted you yet.")]
    other = room.seated(peer.seat.other)
    match message:
        case Description() | Candidate():
            return negotiated(room, peer, other, event, message)
        case Devices():
            devices = DevicesFrom(peer.id, message.camera, message.microphone, message.screen)
            return room, [Send(other.id, devices)] if other else []
        case Text():
            return room, [Send(other.id, TextFrom(peer.id, message.text))] if other else []
        case Report():
            return _reported(room, peer, other, message, event.now)
        case End():
            if peer.seat is not Seat.THERAPIST:
                refusal = refused(event, "forbidden", "Only the therapist can end the session.")
                return room, [refusal]
            room, effects = _close(room, EndedBy.THERAPIST)
            return room, [RecordEnd(event.now), *effects]
        case _:
            assert_never(message)


def _reported(
    room: Room, peer: Peer, other: Peer | None, report: Report, now: float
) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = [Observe(peer.seat, report, now)]
    if report.state is not peer.media:
        peer = replace(peer, media=report.state)
        room = room.holding(peer)
        if other is not None:
            effects.append(Send(other.id, PeerState(peer.id, Presence.CONNECTED, peer.media)))
    return room, effects


def _leg_turned(room: Room, event: LegTurned) -> tuple[Room, list[Effect]]:
    route = room.route
    if route.bridge is None or route.bridge.id != event.bridge:
        return room, []
    if event.state is LegState.UP:
        return turn(room, replace(route, refused=None))
    peer, other = room.seated(event.seat), room.seated(event.seat.other)
    if peer is None or other is None or route.path is not MediaPath.RELAY:
        return room, []
    peer = replace(peer, media=MediaState.RECONNECTING)
    presence = Presence.CONNECTED if peer.connected else Presence.RECONNECTING
    return room.holding(peer), _tell_presence(room, peer, presence)


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
            room = room.holding(replace(twin, place=Place.ASKING))
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
        room = room.without(holder.id)
    peer = replace(peer, place=Place.SEATED, candidates=0)
    room = room.holding(peer)
    effects += [Send(peer.id, Admitted())]
    other = room.seated(peer.seat.other)
    if other is None:
        return room, [*effects, Seated(peer.id, room.route.hides)]
    room, met = meet(room, peer, other, now)
    effects += [Seated(peer.id, room.route.hides), *met]
    effects += [_joined(other, peer), _joined(peer, other)]
    if not other.connected:
        effects.append(Send(peer.id, PeerState(other.id, Presence.RECONNECTING, other.media)))
    if room.route.bridge is None:
        effects.append(Met(room.route.pages))
    else:
        effects += tell_path(room)
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
    room = room.without(peer.id)
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
    room, parted = part(room)
    return replace(room, ended=by, peers={}), effects + parted


def _revoke(room: Room) -> tuple[Room, list[Effect]]:
    effects: list[Effect] = []
    for peer in list(room.peers.values()):
        if peer.seat is Seat.CLIENT:
            effects.append(Send(peer.id, Revoked()))
            room, gone = _remove(room, peer, CloseCode.LINK_INVALID)
            effects += gone
    room, parted = part(room)
    effects += parted
    return replace(room, admitted=frozenset(), declined=frozenset()), effects


def _waiting_peer(room: Room, peer_id: PeerId) -> Peer | None:
    peer = room.peers.get(peer_id)
    return peer if peer is not None and peer.place is Place.WAITING else None


GONE: Final = RefuseClick("gone", "This person is no longer in the waiting room.")
