"""Who is in a room: its peers, each in its place, and what else is true of the meeting now."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from videocall.ids import AppointmentId, PeerId, VisitId
from videocall.signalling.messages import Devices, EndedBy, MediaState, Place, Seat, WaitingPerson
from videocall.signalling.route import Route


class Peer(Struct, frozen=True, gc=False):
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


class Room(Struct, frozen=True, gc=False):
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

    def holding(self, peer: Peer) -> "Room":
        """Return the room with `peer` as it is now."""
        return replace(self, peers={**self.peers, peer.id: peer})

    def without(self, peer: PeerId) -> "Room":
        """Return the room without a peer."""
        return replace(self, peers={id: each for id, each in self.peers.items() if id != peer})

    def seats(self) -> list[Peer]:
        """Return who holds a seat."""
        return [peer for seat in Seat if (peer := self.seated(seat)) is not None]
