"""The browser's side of the wire, without a browser: the protocol's example client.

It does what `static/call/channel.js` does, in a page of Python: numbers what it says, keeps it
until it is acknowledged, resumes after a dropped socket. It knows no socket: frames go in and
come out. `videocall.health.visitor` puts it on a WebSocket; the simulator drives it directly.
"""

from videocall.ids import PeerId
from videocall.signalling.messages import (
    UNCOUNTED_UP,
    Down,
    Hello,
    Place,
    Pong,
    Resume,
    Up,
    UpFrame,
    Welcome,
    dump,
    parse_down,
)
from videocall.signalling.sequence import Sequence


class Caller:
    """One page load of one browser."""

    def __init__(
        self, page: str, tab: str, *, camera: bool = True, microphone: bool = True
    ) -> None:
        self.page = page
        self.tab = tab
        self.camera = camera
        self.microphone = microphone
        self.peer: PeerId | None = None
        self.place: Place | None = None
        self._sequence = Sequence()

    def hello(self) -> bytes:
        """Return the first frame of a socket: arrives, or resumes as the peer it was."""
        resume = None if self.peer is None else Resume(self.peer, self._sequence.received)
        hello = Hello(self.page, self.tab, self.camera, self.microphone, resume=resume)
        return dump(UpFrame(hello))

    def say(self, message: Up) -> bytes:
        """Return the frame of a message. Raises Overflow where too much is unacknowledged."""
        sequence = self._sequence
        if isinstance(message, UNCOUNTED_UP):
            return dump(UpFrame(message, 0, sequence.received))
        frame = dump(UpFrame(message, sequence.next(), sequence.received))
        sequence.keep(frame)
        return frame

    def pong(self) -> bytes:
        """Return the answer to a ping."""
        return self.say(Pong())

    def heard(self, frame: bytes) -> tuple[Down | None, list[bytes]]:
        """Take a frame of the server.

        Returns its message, or None for one heard before, and the frames to send now: after a
        `welcome` that resumed, what the server has not received.
        """
        down = parse_down(frame)
        message = down.message
        if isinstance(message, Welcome):
            resumed = message.resumed and message.peer == self.peer
            if not resumed:
                self._sequence = Sequence()
            self.peer = message.peer
            self.place = message.place
            return message, self._sequence.replay(message.received) if resumed else []
        self._sequence.acknowledged(down.ack)
        if down.seq and not self._sequence.accept(down.seq):
            return None, []
        return message, []
