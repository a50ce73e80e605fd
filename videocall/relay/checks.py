"""Connectivity checks as an ICE-lite agent meets them: found cheaply, verified, answered.

A lite agent sends no check of its own (RFC 8445 section 2.5), so nothing ever leaves for an address
that somebody merely named. Whatever is not a verified Binding request gets no answer, and an answer
is no longer than its request: the relay is of no use to a stranger who wants to flood somebody
else. What a member of the room could do is said in `leg`.
"""

import re
import struct
from typing import Final

from aioice import stun
from msgspec import Struct

from videocall.signalling.bridge import Credentials

BINDING_REQUEST: Final = 0x0001
USERNAME: Final = 0x0006
USERNAME_MAX_BYTES: Final = 513
ATTRIBUTES_MAX: Final = 16
CHECK_MAX_BYTES: Final = 1280
"""The least MTU of IPv6. Chrome packs its DTLS handshake into checks, of 1,220 bytes at most."""

_HEADER: Final = struct.Struct("!HHI")
_ATTRIBUTE: Final = struct.Struct("!HH")
_ICE_CHARS: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")


class Check(Struct, frozen=True, gc=False):
    """A Binding request with the right integrity."""

    transaction: bytes
    remote_ufrag: str
    """What the browser calls itself."""
    nominates: bool
    controlled: bool
    """The browser thinks that we control."""


def asked(packet: memoryview) -> bytes | None:
    """Return whom a Binding request asks: the left part of its USERNAME. None: it is no such thing.

    Looks at headers alone and refuses more than 16 attributes, so that junk costs next to nothing,
    here and where the rest is read.
    """
    size = len(packet)
    if not stun.HEADER_LENGTH <= size <= CHECK_MAX_BYTES or size % 4:
        return None
    kind, length, cookie = _HEADER.unpack_from(packet)
    if (kind, length, cookie) != (BINDING_REQUEST, size - stun.HEADER_LENGTH, stun.COOKIE):
        return None
    at = stun.HEADER_LENGTH
    whom = None
    for _ in range(ATTRIBUTES_MAX):
        if at >= size:
            break
        name, length = _ATTRIBUTE.unpack_from(packet, at)
        at += 4
        if at + length > size:
            return None
        if name == USERNAME:
            if length > USERNAME_MAX_BYTES:
                return None
            whom = bytes(packet[at : at + length]).partition(b":")[0]
        at += length + -length % 4
    return whom if at >= size else None


def verified(packet: bytes, credentials: Credentials) -> Check | None:
    """Return the check that `packet` is under `credentials` (RFC 8445 section 7.3); None: none.

    MESSAGE-INTEGRITY and FINGERPRINT must be there and right (RFC 8445 section 7.1.4).
    """
    try:
        message = stun.parse_message(packet)
        if not message.check_message_integrity(credentials.pwd.encode()):
            return None
    except (ValueError, struct.error):  # aioice lets struct.error out where attributes are short
        return None
    said = message.attributes
    ufrag, _, remote_ufrag = said.get("USERNAME", "").partition(":")
    controlled = "ICE-CONTROLLED" in said
    if ufrag != credentials.ufrag or not _ICE_CHARS.fullmatch(remote_ufrag):
        return None
    if "FINGERPRINT" not in said or controlled == ("ICE-CONTROLLING" in said):
        return None
    return Check(message.transaction_id, remote_ufrag, "USE-CANDIDATE" in said, controlled)


def answer(check: Check, source: tuple[str, int], credentials: Credentials) -> bytes:
    """Return the answer: what address `source` the check came from, or that it is we who are lite.

    A lite agent is always controlled, and a browser that thinks so of itself is told by 487 (Role
    Conflict, RFC 8445 section 7.3.1.1).
    """
    kind = stun.Class.ERROR if check.controlled else stun.Class.RESPONSE
    message = stun.Message(stun.Method.BINDING, kind, check.transaction)
    if check.controlled:
        message.attributes["ERROR-CODE"] = (487, "Role Conflict")
    else:
        message.attributes["XOR-MAPPED-ADDRESS"] = source
    message.add_message_integrity(credentials.pwd.encode())
    return bytes(message)
