"""The rooms' bridges: which is whose, and what the relay is told."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Protocol

from videocall.ids import AppointmentId, BridgeId
from videocall.live.relaying import Relay
from videocall.signalling.bridge import Bridge, LegState
from videocall.signalling.effects import CloseBridge, OpenLeg
from videocall.signalling.events import BridgeRefused, Event, LegTurned, WaysTurned
from videocall.signalling.messages import Seat, WhyNot
from videocall.signalling.route import Ways


class Rooms(Protocol):
    """The open rooms, as what the relay says is told to them."""

    def tell(self, appointment: AppointmentId, event: Event) -> bool:
        """Apply an event to a room that is open; tell whether it is."""

    def tell_all(self, event: Event) -> None: ...


class Bridges:
    """One bridge per room, that of the pages that met last; hears the relay for the rooms.

    Its id is made of theirs under `key`, so that it is found again after a restart.
    """

    def __init__(
        self, relay: Relay | None, *, turn: bool, key: bytes, steady: Callable[[], float]
    ) -> None:
        self._relay = relay
        self._steady = steady
        self._turn = turn
        self._key = key
        self._ids: dict[AppointmentId, BridgeId] = {}
        self._appointments: dict[BridgeId, AppointmentId] = {}
        self._used: set[BridgeId] = set()

    @property
    def ways(self) -> Ways:
        """What there is to go by, beside the direct way."""
        candidates = () if self._relay is None else tuple(self._relay.candidates)
        return Ways(relay=bool(candidates), candidates=candidates, turn=self._turn)

    def between(self, appointment: AppointmentId, pages: frozenset[str]) -> Bridge:
        """Return the bridge of two pages; it may be older than this process."""
        former = self._ids.pop(appointment, None)
        if former is not None:
            del self._appointments[former]
        told = " ".join([appointment, *sorted(pages)]).encode()
        id = BridgeId(hmac.digest(self._key, told, hashlib.sha256).hex()[:32])
        self._ids[appointment], self._appointments[id] = id, appointment
        legs = {} if self._relay is None else self._relay.legs(id)
        if legs:
            self._used.add(id)
        return Bridge(id, secrets.token_bytes(32), legs)

    # ---- what the relay says ---------------------------------------------------------------------

    def attend(self, rooms: Rooms) -> None:
        """Tell `rooms` what the relay says from now on."""
        self._rooms = rooms
        if self._relay is not None:
            self._relay.listen(self)

    def relay_turned(self) -> None:
        self._rooms.tell_all(WaysTurned(self.ways, self._steady()))

    def bridge_refused(self, bridge: BridgeId, why: WhyNot) -> None:
        self._used.discard(bridge)
        appointment = self._appointments.get(bridge)
        if appointment is None:
            return
        if not self._rooms.tell(appointment, BridgeRefused(bridge, why, self._steady())):
            self.forget(appointment)

    def leg_turned(self, bridge: BridgeId, seat: Seat, state: LegState) -> None:
        appointment = self._appointments.get(bridge)
        if appointment is not None:
            self._rooms.tell(appointment, LegTurned(bridge, seat, state))

    # ---- what becomes of them --------------------------------------------------------------------

    def forget(self, appointment: AppointmentId) -> None:
        """Nobody is in the room. Media may go on over a bridge that is in use, until `end`."""
        id = self._ids.get(appointment)
        if id is not None and id not in self._used:
            del self._ids[appointment], self._appointments[id]

    def end(self, appointment: AppointmentId) -> None:
        """Let nothing go on over the room's bridge."""
        id = self._ids.get(appointment)
        if id is not None and id in self._used:
            self.carry_out(CloseBridge(id))
            self.forget(appointment)

    def carry_out(self, effect: OpenLeg | CloseBridge) -> None:
        if self._relay is None:
            return
        match effect:
            case OpenLeg(bridge=bridge, seat=seat, credentials=credentials):
                self._used.add(bridge)
                self._relay.open(bridge, seat, credentials)
            case CloseBridge(bridge=bridge):
                self._used.discard(bridge)
                self._relay.close(bridge)
