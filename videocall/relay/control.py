"""The wire between `serve` and a relay that is a process of its own: one type per message.

A frame is its length in four bytes, big-endian, and a MessagePack map. `serve` begins with Take;
the relay answers with its bridges (Legs, in parts) and then Here, or with Taken. Then each says
what happens. Whoever gets a frame that cannot be read hangs up: it is not of this version.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from videocall.errors import ProtocolError
from videocall.ids import BridgeId
from videocall.relay.readings import Readings
from videocall.signalling.bridge import Credentials, Leg, LegState
from videocall.signalling.messages import Seat, WhyNot

FRAME_MAX_BYTES: Final = 256 * 1024
UNSENT_MAX_BYTES: Final = 4 * 1024 * 1024
PART: Final = 200
"""How many bridges one frame speaks of at most."""

Id = Annotated[BridgeId, Meta(max_length=64)]

_LENGTH: Final = struct.Struct("!I")
_PEER: Final = struct.Struct("3i")
"""pid, uid, gid: `struct ucred` (unix(7))."""


class Take(Struct, frozen=True, tag="take"):
    """I work with this relay from now on; where not `over`, only if nobody else does."""

    over: bool


class Open(Struct, frozen=True, tag="open"):
    bridge: Id
    seat: Seat
    credentials: Credentials


class Close(Struct, frozen=True, tag="close"):
    bridge: Id


class Taken(Struct, frozen=True, tag="taken"):
    """Somebody else works with this relay."""


class Legs(Struct, frozen=True, tag="legs"):
    """What legs these bridges have now; a bridge without any is gone."""

    bridges: Annotated[Mapping[Id, Mapping[Seat, Leg]], Meta(max_length=PART)]


class Here(Struct, frozen=True, tag="here"):
    """Where browsers reach the relay; the first one says as well that all bridges were told."""

    candidates: Annotated[Sequence[str], Meta(max_length=64)]


class Refused(Struct, frozen=True, tag="refused"):
    bridge: Id
    why: WhyNot


class LegTurned(Struct, frozen=True, tag="leg turned"):
    bridge: Id
    seat: Seat
    state: LegState


class Read(Struct, frozen=True, tag="read"):
    """Readings, every second; where there is `more`, its bridges come with the next frame."""

    readings: Readings
    more: bool


FromServe = Take | Open | Close
FromRelay = Taken | Legs | Here | Refused | LegTurned | Read

_Message = TypeVar(
    "_Message", Take | Open | Close, Taken | Legs | Here | Refused | LegTurned | Read
)

FROM_SERVE: Final[msgspec.msgpack.Decoder[FromServe]] = msgspec.msgpack.Decoder(FromServe)
FROM_RELAY: Final[msgspec.msgpack.Decoder[FromRelay]] = msgspec.msgpack.Decoder(FromRelay)
_ENCODER: Final = msgspec.msgpack.Encoder()


def post(writer: asyncio.StreamWriter, message: FromServe | FromRelay) -> None:
    """Send without waiting; who reads nothing for long is cut off."""
    body = _ENCODER.encode(message)
    writer.write(_LENGTH.pack(len(body)) + body)
    if writer.transport.get_write_buffer_size() > UNSENT_MAX_BYTES:
        writer.transport.abort()


async def hear(
    reader: asyncio.StreamReader, decoder: "msgspec.msgpack.Decoder[_Message]"
) -> _Message:
    """Return the next message. Raises ProtocolError, or EOFError when the other hung up."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > FRAME_MAX_BYTES:
        raise ProtocolError("a frame is longer than 256 KiB")
    body = await reader.readexactly(length)
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError("a frame cannot be read") from error


def is_ours(writer: asyncio.StreamWriter) -> bool:
    """Tell whether the other end runs as our own user, or as root."""
    peer: socket.socket = writer.get_extra_info("socket")
    _, uid, _ = _PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return uid in (0, os.geteuid())
