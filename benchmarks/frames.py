"""RFC 6455, the client's half: just enough of it, as cheap as Python allows."""

import struct
import zlib
from typing import Final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FINAL: Final = 0x80
_DEFLATED: Final = 0x40
_MASKED: Final = 0x80
# The server unmasks whatever the key is (section 5.3); with zeros we need not mask.
_KEY: Final = b"\0\0\0\0"


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return one whole masked frame."""
    return _frame(payload, _FINAL | opcode)


def deflated(payload: bytes) -> bytes:
    """Return one text frame as permessage-deflate without context takeover (RFC 7692)."""
    compressor = zlib.compressobj(wbits=-15)
    body = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return _frame(body[:-4], _FINAL | _DEFLATED | TEXT)


def _frame(payload: bytes, first: int) -> bytes:
    size = len(payload)
    if size < 126:
        head = bytes((first, _MASKED | size))
    elif size < 65536:
        head = struct.pack("!BBH", first, _MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", first, _MASKED | 127, size)
    return head + _KEY + payload


def split(received: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the whole frames of a server as (opcode, payload), and the bytes left over."""
    frames: list[tuple[int, bytes]] = []
    start, size = 0, len(received)
    while size - start >= 2:
        length = received[start + 1]
        body = start + 2
        if length == 126:
            length = int.from_bytes(received[body : body + 2])
            body += 2
        elif length == 127:
            length = int.from_bytes(received[body : body + 8])
            body += 8
        end = body + length
        if end > size or body > size:
            break
        frames.append((received[start] & 0xF, received[body:end]))
        start = end
    return frames, received[start:]
