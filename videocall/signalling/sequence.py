"""Numbering and replay: a dropped socket loses no message and repeats none.

Each peer has one `Sequence` on the server, and its browser has the mirror of it. Both live as
long as the peer, across sockets. TCP keeps the order within a socket, so a gap means a broken
sender, and a number seen before means a replay after `resume`.
"""

from typing import Final

from videocall.errors import ProtocolError

UNACKED_MAX: Final = 256
UNACKED_MAX_BYTES: Final = 1024 * 1024


class Overflow(Exception):
    """More is waiting for an acknowledgement than is kept: the peer is gone."""


class Sequence:
    """What was sent and not yet acknowledged, and how far the other side has been heard."""

    __slots__ = ("_bytes", "_unacked", "received", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0
        # A list, not a deque: few wait at a time, and an empty deque already holds 600 bytes.
        self._unacked: list[tuple[int, bytes]] = []
        self._bytes = 0

    def keep(self, frame: bytes) -> None:
        """Keep the frame numbered `sent` until it is acknowledged. Raises Overflow."""
        self._unacked.append((self.sent, frame))
        self._bytes += len(frame)
        if len(self._unacked) > UNACKED_MAX or self._bytes > UNACKED_MAX_BYTES:
            raise Overflow

    def next(self) -> int:
        """Number the next message."""
        self.sent += 1
        return self.sent

    def acknowledged(self, ack: int) -> None:
        """Forget what the other side has. Raises ProtocolError for what was never sent."""
        if ack > self.sent:
            raise ProtocolError("This acknowledges a message that was never sent.")
        count = 0
        for seq, frame in self._unacked:
            if seq > ack:
                break
            self._bytes -= len(frame)
            count += 1
        del self._unacked[:count]

    def accept(self, seq: int) -> bool:
        """Tell whether the message numbered `seq` is new. Raises ProtocolError for a gap."""
        if seq <= self.received:
            return False
        if seq != self.received + 1:
            raise ProtocolError("A message is missing before this one.")
        self.received = seq
        return True

    def replay(self, received: int) -> list[bytes]:
        """Return the frames after `received`, oldest first. Raises ProtocolError as above."""
        self.acknowledged(received)
        return [frame for _, frame in self._unacked]
