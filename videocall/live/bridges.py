"""The rooms' bridges: which is whose, and what the relay is told."""

import hashlib
import hmac
import secrets

from videocall.ids import AppointmentId, BridgeId
from videocall.live.relaying import Relay
from videocall.signalling.bridge import Bridge
from videocall.signalling.effects import CloseBridge, OpenLeg
from videocall.signalling.route import Ways


class Bridges:
    """One bridge per room, that of the pages that met last.

    Its id is made of theirs under `key`, so that it is found again after a restart.
    """

    def __init__(self, relay: Relay | None, *, turn: bool, key: bytes) -> None:
        self._relay = relay
        self._turn = turn
        self._key = key
        self._ids: dict[AppointmentId, BridgeId] = {}
        self._appointments: dict[BridgeId, AppointmentId] = {}

    @property
    def ways(self) -> Ways:
        """What there is to go by, beside the direct way."""
        candidates = () if self._relay is None else tuple(self._relay.candidates)
        return Ways(relay=bool(candidates), candidates=candidates, turn=self._turn)

    def between(self, appointment: AppointmentId, pages: frozenset[str]) -> Bridge:
        """Return the bridge of two pages; it may be older than this process."""
        self.forget(appointment)
        told = " ".join([appointment, *sorted(pages)]).encode()
        id = BridgeId(hmac.digest(self._key, told, hashlib.sha256).hex()[:32])
        self._ids[appointment], self._appointments[id] = id, appointment
        legs = {} if self._relay is None else self._relay.legs(id)
        return Bridge(id, secrets.token_bytes(32), legs)

    def appointment_of(self, bridge: BridgeId) -> AppointmentId | None:
        return self._appointments.get(bridge)

    def forget(self, appointment: AppointmentId) -> None:
        """Ask no more whose the room's bridge is; media may go on over it."""
        id = self._ids.pop(appointment, None)
        if id is not None:
            del self._appointments[id]

    def carry_out(self, effect: OpenLeg | CloseBridge) -> None:
        if self._relay is None:
            return
        match effect:
            case OpenLeg(bridge=bridge, seat=seat, credentials=credentials):
                self._relay.open(bridge, seat, credentials)
            case CloseBridge(bridge=bridge):
                self._relay.close(bridge)
