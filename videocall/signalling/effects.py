"""What a room wants done about an event."""

from msgspec import Struct

from videocall.errors import CloseCode
from videocall.ids import BridgeId, PeerId, VisitId
from videocall.signalling.bridge import Credentials
from videocall.signalling.messages import Down, Report, Seat


class Send(Struct, frozen=True, gc=False):
    peer: PeerId
    message: Down


class Close(Struct, frozen=True, gc=False):
    """Close the peer's socket, if any, and forget the peer."""

    peer: PeerId
    code: CloseCode


class Seated(Struct, frozen=True, gc=False):
    """The peer holds its seat from now on: give it ICE servers, which are to be used alone where
    `hides`.
    """

    peer: PeerId
    hides: bool


class Met(Struct, frozen=True, gc=False):
    """These two pages negotiate from now on: bring `BridgeKnown` before anything else of theirs."""

    pages: frozenset[str]


class OpenLeg(Struct, frozen=True, gc=False):
    """Let the relay answer the browser at `seat` under these."""

    bridge: BridgeId
    seat: Seat
    credentials: Credentials


class CloseBridge(Struct, frozen=True, gc=False):
    """Nothing goes over this bridge any more."""

    bridge: BridgeId


class Wake(Struct, frozen=True, gc=False):
    """Bring `Woke` at this instant, or a little later."""

    at: float


class RecordDecision(Struct, frozen=True, gc=False):
    """Write down that the therapist admitted or declined this visit."""

    visit: VisitId
    admitted: bool
    at: float


class RecordEnd(Struct, frozen=True, gc=False):
    """Write down that the therapist ended the session."""

    at: float


class RefuseClick(Struct, frozen=True, gc=False):
    """Tell the desk why its click was not carried out."""

    code: str
    text: str


class ClickDone(Struct, frozen=True, gc=False):
    """Tell the desk that the person it admitted is in."""


class WaitingChanged(Struct, frozen=True, gc=False):
    """Show the therapist who waits now."""


class Observe(Struct, frozen=True, gc=False):
    """Hand a report to the operators' board."""

    seat: Seat
    report: Report
    now: float


Effect = (
    Send | Close | Seated | Met | OpenLeg | CloseBridge | Wake | RecordDecision | RecordEnd
    | RefuseClick | ClickDone | WaitingChanged | Observe
)  # fmt: skip
