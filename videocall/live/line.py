"""A peer's numbered line to its browser, across the sockets it uses."""

from videocall.errors import CloseCode
from videocall.ids import PeerId
from videocall.live.socket import Socket
from videocall.signalling.messages import Down, DownFrame, Ping, Welcome, dump
from videocall.signalling.sequence import Sequence


class Line:
    """Sends a peer its messages: at once where a socket is there, and again after a resume."""

    __slots__ = ("ice_at", "peer", "sequence", "socket")

    def __init__(self, peer: PeerId, socket: Socket) -> None:
        self.peer = peer
        self.sequence = Sequence()
        self.socket: Socket | None = socket
        self.ice_at: float | None = None

    def welcome(self, welcome: Welcome) -> None:
        """Send the answer to hello, which is not counted."""
        if self.socket is not None:
            self.socket.post(self._uncounted(welcome))

    def keep_alive(self, now: float, ping_s: float) -> None:
        """Ping the browser when it is time, or cut it when it is gone."""
        if self.socket is not None and self.socket.wants_ping(now, ping_s):
            self.socket.post(self._uncounted(Ping()))

    def _uncounted(self, message: Down) -> bytes:
        return dump(DownFrame(0, self.sequence.received, message))

    def send(self, message: Down) -> None:
        """Send a counted message. Raises Overflow where too much is unacknowledged."""
        sequence = self.sequence
        frame = dump(DownFrame(sequence.next(), sequence.received, message))
        sequence.keep(frame)
        if self.socket is not None:
            self.socket.post(frame)

    def resume(self, socket: Socket, received: int) -> list[bytes]:
        """Go on over `socket`; return the frames to send again. Raises ProtocolError."""
        replay = self.sequence.replay(received)
        if self.socket is not None:
            self.socket.close(CloseCode.GOING_AWAY)
        self.socket = socket
        return replay

    def close(self, code: CloseCode) -> None:
        if self.socket is not None:
            self.socket.close(code)
            self.socket = None
