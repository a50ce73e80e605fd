"""What two seated pages tell each other about their media, and which way it goes.

A message for a peer that is no longer in its seat is dropped without a word: a race is no fault.
"""

from typing import Final

from msgspec.structs import replace

from videocall.errors import Invalid
from videocall.signalling.description import check_candidate, check_description
from videocall.signalling.effects import CloseBridge, Effect, OpenLeg, Seated, Send
from videocall.signalling.events import Said
from videocall.signalling.messages import (
    Candidate,
    CandidateFrom,
    Description,
    DescriptionFrom,
    DescriptionKind,
    MediaPath,
    Path,
    Refused,
    Seat,
)
from videocall.signalling.peers import Peer, Room
from videocall.signalling.reroute import relay_only_candidate
from videocall.signalling.route import Route, Ways

CANDIDATES_MAX: Final = 64


def negotiated(
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
        return room, [refused(event, error.code, error.text)]
    if counted > CANDIDATES_MAX:
        return room, [refused(event, "too_many", "At most 64 candidates a negotiation.")]
    if counted != peer.candidates:
        room = room.holding(replace(peer, candidates=counted))
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
        room, effects = turn(room, room.route.failed(event.now), asked=peer)
        if room.route.hides is not hid:
            # It was made while the browser tried addresses of its own; another is on its way.
            return room, effects
    try:
        route, sdp = room.route.carry(peer.seat, message.kind, message.sdp)
    except Invalid as error:
        return room, [*effects, refused(event, error.code, error.text)]
    room = replace(room, route=route)
    bridge = route.bridge
    if bridge is not None and route.said[peer.seat] is MediaPath.RELAY:
        effects += [OpenLeg(bridge.id, seat, leg.credentials) for seat, leg in bridge.legs.items()]
    return room, [
        *effects,
        Send(other.id, DescriptionFrom(peer.id, message.kind, sdp, message.number)),
    ]


def turn(room: Room, route: Route, asked: Peer | None = None) -> tuple[Room, list[Effect]]:
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
        effects += [Seated(peer.id, route.hides) for peer in room.seats()]
    if (before.path, before.trouble) != (route.path, route.trouble):
        restart = before.path is not route.path and (asked is None or hides_now)
        effects += tell_path(room, restart=restart)
    return room, effects


def tell_path(room: Room, *, restart: bool = False) -> list[Effect]:
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
        for peer in room.seats()
    ]


def ways_turned(room: Room, ways: Ways, now: float) -> tuple[Room, list[Effect]]:
    """Media may go on over a relay that does not answer us: nothing is torn down for it."""
    # The relay's last candidates are still right for a description of a call that goes on.
    ways = ways if ways.candidates else replace(ways, candidates=room.route.ways.candidates)
    before = room.route
    route = replace(before, ways=ways)
    bridged = before.bridge is not None and before.bridge.legs and before.refused is None
    stuck = len(room.seats()) == len(Seat) and before.trouble is not None and not bridged
    if not stuck or not route.open_paths(now):
        return turn(room, route)
    room, effects = turn(room, route.by_the_best(now))
    if room.route.path is before.path:
        effects = tell_path(room, restart=True)
    return room, effects


def privacy_turned(room: Room, *, wanted: bool, now: float) -> tuple[Room, list[Effect]]:
    """Take the way that keeps addresses private; one that did so is not left for a direct one."""
    room = replace(room, address_privacy=wanted)
    seats = room.seats()
    private = wanted or any(peer.address_privacy for peer in seats)
    if len(seats) < len(Seat) or private is room.route.private:
        return room, []
    route = room.route
    route = route.kept_private(now) if private else replace(route, private=False)
    path = room.route.path
    room, effects = turn(room, route)
    return room, effects if route.path is not path else [*effects, *tell_path(room)]


def part(room: Room) -> tuple[Room, list[Effect]]:
    """The two pages have parted for good: what is between them ends."""
    bridge = room.route.bridge
    route = Route(ways=room.route.ways, path=room.route.path)
    closed: list[Effect] = [CloseBridge(bridge.id)] if bridge is not None and bridge.legs else []
    return replace(room, route=route), closed


def meet(room: Room, peer: Peer, other: Peer, now: float) -> tuple[Room, list[Effect]]:
    """Begin the route of two pages, or go on where the same two were."""
    pages = frozenset({peer.page, other.page})
    private = room.address_privacy or peer.address_privacy or other.address_privacy
    before = room.route
    if (before.pages, before.private) == (pages, private):
        return room, []
    room, effects = part(room)
    room = replace(room, route=room.route.begun(pages, private=private, now=now))
    if room.route.hides is not before.hides:
        effects.append(Seated(other.id, room.route.hides))
    return room, effects


def refused(event: Said, code: str, text: str) -> Send:
    """Return what tells a peer that its message is not carried out."""
    return Send(event.peer, Refused(code, text, event.seq))
