"""The wire, on one page.

Every WebSocket text frame is one JSON object, at most 64 KiB:

    {"seq": 3, "ack": 7, "message": {"type": "candidate", ...}}

`seq` counts the sender's messages from 1 for as long as the peer lives, across its sockets;
0 marks a message that is not counted and not repeated (hello, welcome, ping, pong, report).
`ack` is the highest `seq` received from the other side. Unknown fields are ignored, an unknown
`type` is refused in-band, anything else that does not fit is a protocol error.

A browser in a room speaks `Up` and hears `Down`. A therapist's product-wide socket (the desk)
speaks `DeskUp` and hears `DeskDown`. The server stamps `from`; nobody can send it.
"""

from enum import StrEnum
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from videocall.errors import Invalid, ProtocolError
from videocall.ids import AppointmentId, PeerId

SUBPROTOCOL: Final = "videocall.v1"
DESK_SUBPROTOCOL: Final = "videocall.desk.v1"
FRAME_MAX_BYTES: Final = 64 * 1024
SDP_MAX_CHARS: Final = 32 * 1024
CANDIDATE_MAX_CHARS: Final = 512
TEXT_MAX_CHARS: Final = 2000
NOTE_MAX_CHARS: Final = 200

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="opaque, URL-safe")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Milliseconds = Annotated[int, Meta(description="Unix time in milliseconds")]
Share = Annotated[float, Meta(ge=0, le=1, description="0 to 1")]
Metric = Annotated[float, Meta(ge=0, le=1e7)]


class Seat(StrEnum):
    THERAPIST = "therapist"
    CLIENT = "client"

    @property
    def other(self) -> "Seat":
        return Seat.CLIENT if self is Seat.THERAPIST else Seat.THERAPIST


class Place(StrEnum):
    """Where a peer is: waiting to be admitted, in its seat, or asked whether to move the call."""

    WAITING = "waiting"
    SEATED = "seated"
    ASKING = "asking"


class DescriptionKind(StrEnum):
    OFFER = "offer"
    ANSWER = "answer"


class Presence(StrEnum):
    """What the other seat is told about a peer's socket or departure."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    LEFT = "left"


class MediaState(StrEnum):
    """A browser's own view of its media (RTCPeerConnection.connectionState, in our words)."""

    NONE = "none"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    FAILING = "failing"


class MediaPath(StrEnum):
    """How media goes: between the browsers, through a TURN server, or through our own relay."""

    UNKNOWN = "unknown"
    DIRECT = "direct"
    TURN = "turn"
    RELAY = "relay"


class Cause(StrEnum):
    """Why media fails, as far as the browser can tell."""

    NONE = "none"
    ICE = "ice"
    DTLS = "dtls"
    SILENT = "silent"
    FROZEN = "frozen"
    BLACK = "black"
    MICROPHONE = "microphone"
    CAMERA = "camera"


class WhyNot(StrEnum):
    """Why the relay takes no new bridge."""

    FULL = "full"
    DOWN = "down"


class EndedBy(StrEnum):
    THERAPIST = "therapist"
    CANCELLED = "cancelled"
    TIME = "time"


class _Message(Struct, frozen=True, gc=False, tag_field="type"):
    """One message; its tag is the `type` on the wire."""


# ---- said by a browser in a room ---------------------------------------------------------------


class Resume(Struct, frozen=True, gc=False):
    """The peer to go on as, and the highest `seq` this browser has received."""

    peer: Id
    received: Count


class Hello(_Message, frozen=True, gc=False, tag="hello"):
    """The first message, within 5 s: arrives, or resumes after a dropped socket.

    `page` is drawn once per page load, `tab` once per browser tab (it survives a reload). With
    `address_privacy` this person's internet address is kept from the other seat.
    """

    page: Id
    tab: Id
    camera: bool = False
    microphone: bool = False
    address_privacy: bool = False
    resume: Resume | None = None


class Takeover(_Message, frozen=True, gc=False, tag="takeover"):
    """ "Move the call here": the answer to `occupied`."""


class Description(_Message, frozen=True, gc=False, tag="description"):
    """An offer or answer for the other seat (RFC 9429 section 4.1.8).

    `failed` marks an offer that restarts ICE because nothing came through: it may go another way.
    `number` tells offers of one page apart; an answer has that of its offer.
    """

    to: Id
    kind: DescriptionKind
    sdp: Annotated[str, Meta(min_length=1, max_length=SDP_MAX_CHARS)]
    failed: bool = False
    number: Count = 0


class Candidate(_Message, frozen=True, gc=False, tag="candidate"):
    """One trickled ICE candidate (RFC 8838); an empty string ends the candidates."""

    to: Id
    candidate: Annotated[str, Meta(max_length=CANDIDATE_MAX_CHARS)]
    mid: Annotated[str, Meta(max_length=32)] | None = None
    index: Annotated[int, Meta(ge=0, le=64)] | None = None
    ufrag: Annotated[str, Meta(max_length=256)] | None = None


class Devices(_Message, frozen=True, gc=False, tag="devices"):
    """What this browser sends now, so that a muted person is shown as muted, not as broken."""

    camera: bool
    microphone: bool
    screen: bool = False


class Text(_Message, frozen=True, gc=False, tag="text"):
    """A line beside the picture, used when the data channel is not open; kept nowhere."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX_CHARS)]


class Report(_Message, frozen=True, gc=False, tag="report"):
    """The last five seconds by getStats(); not counted, a lost one does not matter."""

    state: MediaState
    path: MediaPath = MediaPath.UNKNOWN
    cause: Cause = Cause.NONE
    rtt_ms: Metric | None = None
    loss_in: Share | None = None
    jitter_ms: Metric | None = None
    kbps_in: Metric | None = None
    kbps_out: Metric | None = None
    fps_in: Metric | None = None
    concealed: Share | None = None


class Leave(_Message, frozen=True, gc=False, tag="leave"):
    """Steps out; the door stays open to come back."""


class End(_Message, frozen=True, gc=False, tag="end"):
    """Ends the session for both; the therapist's alone."""


class Pong(_Message, frozen=True, gc=False, tag="pong"):
    """The answer to every `ping`."""


Up = (
    Hello | Takeover | Description | Candidate | Devices | Text | Report | Leave | End | Pong
)  # fmt: skip


# ---- heard by a browser in a room --------------------------------------------------------------


class IceServer(Struct, frozen=True, gc=False):
    """One RTCIceServer; TURN credentials are time-limited."""

    urls: list[str]
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class Welcome(_Message, frozen=True, gc=False, tag="welcome"):
    """The answer to `hello`, also to one who is turned away next.

    `received` is the highest `seq` the server has from this peer. Unless it resumed, both sides
    count anew from here.
    """

    peer: PeerId
    seat: Seat
    place: Place
    resumed: bool
    received: Count
    now_ms: Milliseconds
    window_s: int


class Host(_Message, frozen=True, gc=False, tag="host"):
    """To a waiting client: whether the therapist is anywhere in the product right now."""

    present: bool


class Note(_Message, frozen=True, gc=False, tag="note"):
    """A line from the therapist to the person waiting."""

    text: str


class Admitted(_Message, frozen=True, gc=False, tag="admitted"):
    """This peer now holds its seat."""


class Declined(_Message, frozen=True, gc=False, tag="declined"):
    """The therapist did not admit this person; the socket closes with 4403."""


class Occupied(_Message, frozen=True, gc=False, tag="occupied"):
    """The seat is held from another tab or device: "move the call here?"."""

    same_browser: bool


class Joined(_Message, frozen=True, gc=False, tag="joined"):
    """Both seats are taken: negotiate with `peer`. The same `page` as before is the same call."""

    peer: PeerId
    page: str
    polite: bool
    camera: bool
    microphone: bool
    screen: bool


class Ice(_Message, frozen=True, gc=False, tag="ice"):
    """ICE servers for RTCPeerConnection.setConfiguration(), and again before they expire."""

    servers: list[IceServer]
    relay_only: bool
    expires_at_ms: Milliseconds | None


class Path(_Message, frozen=True, gc=False, tag="path"):
    """Which way media goes from the next offer on; where `restart` is set, make one that restarts
    ICE. `private`: neither side learns the other's address. `trouble`: nothing goes that way now.
    """

    path: MediaPath
    private: bool
    restart: bool
    trouble: WhyNot | None


class PeerState(_Message, frozen=True, gc=False, tag="peer_state"):
    """The other seat's socket came, went or left; media is not touched by this."""

    peer: PeerId
    presence: Presence
    media: MediaState


class DescriptionFrom(_Message, frozen=True, gc=False, tag="description"):
    sender: PeerId = field(name="from")
    kind: DescriptionKind
    sdp: str
    number: int


class CandidateFrom(_Message, frozen=True, gc=False, tag="candidate"):
    sender: PeerId = field(name="from")
    candidate: str
    mid: str | None
    index: int | None
    ufrag: str | None


class DevicesFrom(_Message, frozen=True, gc=False, tag="devices"):
    sender: PeerId = field(name="from")
    camera: bool
    microphone: bool
    screen: bool


class TextFrom(_Message, frozen=True, gc=False, tag="text"):
    sender: PeerId = field(name="from")
    text: str


class Replaced(_Message, frozen=True, gc=False, tag="replaced"):
    """The call was moved to another tab or device; the socket closes with 4409."""


class Ended(_Message, frozen=True, gc=False, tag="ended"):
    """The session is over for both; the socket closes with 4410."""

    by: EndedBy


class Revoked(_Message, frozen=True, gc=False, tag="revoked"):
    """The link was replaced by a newer one; the socket closes with 4401."""


class Moved(_Message, frozen=True, gc=False, tag="moved"):
    """The appointment has a new time."""

    start_at_ms: Milliseconds
    end_at_ms: Milliseconds


class Refused(_Message, frozen=True, gc=False, tag="refused"):
    """A message was not carried out; the connection lives. `about` is its `seq`."""

    code: str
    text: str
    about: Count


class Ping(_Message, frozen=True, gc=False, tag="ping"):
    """Every 15 s; 30 s without any frame is a lost socket."""


Down = (
    Welcome | Host | Note | Admitted | Declined | Occupied | Joined | Ice | Path | PeerState
    | DescriptionFrom | CandidateFrom | DevicesFrom | TextFrom
    | Replaced | Ended | Revoked | Moved | Refused | Ping
)  # fmt: skip


# ---- the desk: a therapist, wherever she is in the product -------------------------------------


class Admit(_Message, frozen=True, gc=False, tag="admit"):
    """Brings a waiting person into the call. `also` allows a second live session at once."""

    appointment: Id
    peer: Id
    also: bool = False


class Decline(_Message, frozen=True, gc=False, tag="decline"):
    appointment: Id
    peer: Id


class SendNote(_Message, frozen=True, gc=False, tag="note"):
    appointment: Id
    peer: Id
    text: Annotated[str, Meta(min_length=1, max_length=NOTE_MAX_CHARS)]


DeskUp = Admit | Decline | SendNote | Pong


class WaitingPerson(Struct, frozen=True, gc=False):
    """Someone in a waiting room."""

    appointment: AppointmentId
    peer: PeerId
    name: str
    since_ms: Milliseconds
    second_device: bool
    connected: bool
    camera: bool
    microphone: bool


class Waiting(_Message, frozen=True, gc=False, tag="waiting"):
    """Everyone who waits for this therapist, whole, at each change."""

    people: list[WaitingPerson]
    live: list[AppointmentId]


class AdmittedTo(_Message, frozen=True, gc=False, tag="admitted_to"):
    """The answer to `admit`: go to this call."""

    appointment: AppointmentId


class Changed(_Message, frozen=True, gc=False, tag="changed"):
    """Something about this appointment of hers is not as it was: what a page shows is old."""

    appointment: AppointmentId


DeskDown = Waiting | AdmittedTo | Changed | Refused | Ping


# ---- frames --------------------------------------------------------------------------------------


class UpFrame(Struct, frozen=True, gc=False):
    message: Up
    seq: Count = 0
    ack: Count = 0


class DownFrame(Struct, frozen=True, gc=False):
    seq: int
    ack: int
    message: Down


class DeskUpFrame(Struct, frozen=True, gc=False):
    message: DeskUp
    seq: Count = 0
    ack: Count = 0


class DeskDownFrame(Struct, frozen=True, gc=False):
    seq: int
    ack: int
    message: DeskDown


UNCOUNTED_UP: Final = (Hello, Report, Pong)

_up = msgspec.json.Decoder(UpFrame)
_desk_up = msgspec.json.Decoder(DeskUpFrame)
_down = msgspec.json.Decoder(DownFrame)
_desk_down = msgspec.json.Decoder(DeskDownFrame)
_encoder = msgspec.json.Encoder()
_Frame = TypeVar("_Frame")


def parse(frame: bytes) -> UpFrame:
    """Read one frame of a browser in a room.

    Raises BadMessage for an unknown `type` or a field out of its bounds (told in-band),
    ProtocolError for what is no frame at all: not JSON, nested too deep, not UTF-8.
    """
    return _parse(_up, frame)


def parse_desk(frame: bytes) -> DeskUpFrame:
    """Read one frame of a desk; raises as `parse`."""
    return _parse(_desk_up, frame)


def parse_down(frame: bytes) -> DownFrame:
    """Read one frame of the server (for the example client)."""
    return _parse(_down, frame)


def parse_desk_down(frame: bytes) -> DeskDownFrame:
    """Read one desk frame of the server (for the example client)."""
    return _parse(_desk_down, frame)


class BadMessage(Invalid):
    """A numbered frame around a message that cannot be used."""

    code = "bad_message"

    def __init__(self, text: str, seq: int) -> None:
        super().__init__(text)
        self.seq = seq


class _Envelope(Struct, frozen=True, gc=False):
    message: msgspec.Raw
    seq: Count = 0
    ack: Count = 0


_envelope = msgspec.json.Decoder(_Envelope)
_NOT_A_FRAME: Final = "A frame must be one JSON object with seq, ack and message."


def _parse(decoder: msgspec.json.Decoder[_Frame], frame: bytes) -> _Frame:
    try:
        return decoder.decode(frame)
    except msgspec.ValidationError as error:
        try:
            seq = _envelope.decode(frame).seq
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise ProtocolError(_NOT_A_FRAME) from error
        raise BadMessage(f"This message cannot be used: {error}.", seq) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ProtocolError(_NOT_A_FRAME) from error


def dump(frame: UpFrame | DownFrame | DeskUpFrame | DeskDownFrame) -> bytes:
    """Write one frame."""
    return _encoder.encode(frame)
