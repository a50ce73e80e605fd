"""Plays: what happens in a room, as a dialogue of events and what people then hear."""

from dataclasses import dataclass, field
from typing import Self

from msgspec.structs import replace

from videocall.errors import CloseCode
from videocall.ids import AppointmentId, PeerId, VisitId
from videocall.signalling import effects as wanted
from videocall.signalling import events
from videocall.signalling import room as r
from videocall.signalling.messages import (
    Admitted,
    Candidate,
    CandidateFrom,
    Declined,
    Description,
    DescriptionFrom,
    DescriptionKind,
    Devices,
    DevicesFrom,
    Down,
    End,
    Ended,
    EndedBy,
    Hello,
    Host,
    Joined,
    Leave,
    MediaState,
    Moved,
    Note,
    Occupied,
    PeerState,
    Presence,
    Refused,
    Replaced,
    Report,
    Revoked,
    Seat,
    Takeover,
    Text,
    TextFrom,
    Up,
    WaitingPerson,
)
from videocall.signalling.peers import Room
from videocall.signalling.route import Route, Ways

SDP = "v=0\r\na=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
HOST = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0"
RELAY = "candidate:2 1 udp 41885439 203.0.113.5 49160 typ relay raddr 192.0.2.7 rport 50000"


@dataclass
class Play:
    """A room under way: say what happens, then ask what somebody heard since."""

    room: Room = field(default_factory=lambda: Room(AppointmentId("appointment"), "Anna"))
    effects: list[wanted.Effect] = field(default_factory=list)
    now: float = 1000.0

    def on(self, event: events.Event) -> Self:
        self.room, self.effects = r.step(self.room, event)
        return self

    def arrives(self, name: str, visit: str = "", tab: str = "", page: str = "") -> Self:
        seat = Seat.THERAPIST if name.startswith("therapist") else Seat.CLIENT
        hello = Hello(page=page or f"page-{name}", tab=tab or f"tab-{name}", microphone=True)
        visitor = VisitId(visit or f"visit-{name}")
        return self.on(events.Arrived(PeerId(name), seat, visitor, hello, self.now))

    def says(self, name: str, message: Up, seq: int = 1) -> Self:
        return self.on(events.Said(PeerId(name), message, seq, self.now))

    def admits(self, name: str, *, also: bool = False, elsewhere: bool = False) -> Self:
        return self.on(events.AdmitClicked(PeerId(name), also, elsewhere, self.now))

    def declines(self, name: str) -> Self:
        return self.on(events.DeclineClicked(PeerId(name), self.now))

    def loses(self, name: str) -> Self:
        return self.on(events.Lost(PeerId(name), self.now))

    def heard(self, name: str) -> list[Down]:
        sends = [e for e in self.effects if isinstance(e, wanted.Send)]
        return [send.message for send in sends if send.peer == name]

    def closed(self, name: str) -> CloseCode | None:
        closes = [e for e in self.effects if isinstance(e, wanted.Close) and e.peer == name]
        return closes[0].code if closes else None

    def waiting(self) -> list[str]:
        return [person.peer for person in self.room.waiting()]

    def seated(self) -> set[str]:
        return {p.id for seat in Seat if (p := self.room.seated(seat)) is not None}


def in_call() -> Play:
    return Play().arrives("therapist").arrives("client").admits("client")


def joined(play: Play, name: str) -> Joined:
    return next(message for message in play.heard(name) if isinstance(message, Joined))


def test_a_client_who_arrives_waits_and_the_therapist_is_shown() -> None:
    play = Play(now=5.0).arrives("client")
    assert play.waiting() == ["client"]
    assert play.seated() == set()
    assert wanted.WaitingChanged() in play.effects
    assert play.room.waiting() == [
        WaitingPerson(
            appointment=AppointmentId("appointment"),
            peer=PeerId("client"),
            name="Anna",
            since_ms=5000,
            second_device=False,
            connected=True,
            camera=False,
            microphone=True,
        )
    ]


def test_a_waiting_client_hears_whether_the_therapist_is_there() -> None:
    play = Play().arrives("client")
    assert play.heard("client") == [Host(present=False)]
    assert play.on(events.HostPresence(present=True)).heard("client") == [Host(present=True)]
    assert play.on(events.HostPresence(present=True)).effects == []


def test_before_admission_nothing_reaches_the_other_seat() -> None:
    play = Play().arrives("therapist").arrives("client")
    for message in (
        Description("therapist", DescriptionKind.OFFER, SDP),
        Candidate("therapist", HOST),
        Text("hello"),
        Report(MediaState.CONNECTED),
        End(),
    ):
        play.says("client", message)
        assert play.heard("therapist") == []
        assert [type(heard) for heard in play.heard("client")] == [Refused]


def test_admission_brings_both_into_the_call_and_exactly_one_is_polite() -> None:
    play = in_call()
    assert play.seated() == {"therapist", "client"}
    assert Admitted() in play.heard("client")
    assert wanted.Seated(PeerId("client"), hides=False) in play.effects
    assert joined(play, "client").peer == "therapist"
    assert joined(play, "therapist").peer == "client"
    assert {joined(play, "client").polite, joined(play, "therapist").polite} == {True, False}
    assert wanted.RecordDecision(VisitId("visit-client"), admitted=True, at=1000.0) in play.effects
    assert play.waiting() == []


def test_admission_from_elsewhere_in_the_product_seats_the_client_before_the_therapist() -> None:
    play = Play().arrives("client").admits("client")
    assert play.seated() == {"client"}
    play.arrives("therapist")
    assert joined(play, "client").peer == "therapist"
    assert joined(play, "therapist").peer == "client"


def test_a_click_on_somebody_who_is_no_longer_waiting_is_told() -> None:
    assert Play().admits("client").effects == [r.GONE]
    assert in_call().admits("client").effects == [r.GONE]
    assert Play().declines("client").effects == [r.GONE]
    assert Play().on(events.NoteWritten(PeerId("client"), "soon")).effects == [r.GONE]


def test_a_second_live_session_needs_the_therapists_word() -> None:
    play = Play().arrives("client").admits("client", elsewhere=True)
    assert isinstance(play.effects[0], wanted.RefuseClick)
    assert play.seated() == set()
    assert play.admits("client", elsewhere=True, also=True).seated() == {"client"}


def test_a_line_from_the_therapist_reaches_the_person_waiting() -> None:
    play = Play().arrives("client").on(events.NoteWritten(PeerId("client"), "Two more minutes"))
    assert play.heard("client") == [Note("Two more minutes")]


def test_a_declined_visit_goes_and_never_re_enters() -> None:
    play = Play().arrives("client").declines("client")
    assert play.heard("client") == [Declined()]
    assert play.closed("client") is CloseCode.REFUSED
    play.arrives("client-again", visit="visit-client")
    assert play.heard("client-again") == [Declined()]
    assert play.closed("client-again") is CloseCode.REFUSED
    assert play.waiting() == []


def test_descriptions_and_candidates_carry_the_senders_identity_as_the_server_knows_it() -> None:
    play = in_call().says("client", Description("therapist", DescriptionKind.OFFER, SDP))
    assert play.heard("therapist") == [
        DescriptionFrom(PeerId("client"), DescriptionKind.OFFER, SDP, 0)
    ]
    play.says("therapist", Candidate("client", HOST, "0", 0, "abcd"))
    assert play.heard("client") == [CandidateFrom(PeerId("therapist"), HOST, "0", 0, "abcd")]


def test_a_message_for_a_former_peer_vanishes_without_a_fault() -> None:
    play = in_call().arrives("therapist2", visit="visit-therapist", tab="tab-therapist")
    assert play.seated() == {"therapist2", "client"}
    assert play.says("client", Candidate("therapist", HOST)).effects == []


def test_a_bad_description_is_refused_and_the_call_goes_on() -> None:
    two = SDP + "a=fingerprint:sha-256 " + ":".join(["CD"] * 32) + "\r\n"
    play = in_call()
    for sdp in (two, SDP + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n", "v=0\r\n", "x"):
        play.says("client", Description("therapist", DescriptionKind.OFFER, sdp), seq=7)
        (refused,) = play.heard("client")
        assert isinstance(refused, Refused)
        assert (refused.code, refused.about) == ("bad_description", 7)
        assert play.heard("therapist") == []
    assert play.seated() == {"therapist", "client"}


def test_more_than_64_candidates_a_negotiation_are_refused() -> None:
    play = in_call()
    for _ in range(64):
        assert play.says("client", Candidate("therapist", HOST)).heard("therapist")
    assert play.says("client", Candidate("therapist", HOST)).heard("therapist") == []
    assert isinstance(play.heard("client")[0], Refused)
    play.says("client", Description("therapist", DescriptionKind.OFFER, SDP))
    assert play.says("client", Candidate("therapist", HOST)).heard("therapist")


def test_address_privacy_lets_only_relay_candidates_pass_without_related_addresses() -> None:
    play = Play()
    play.room = replace(play.room, address_privacy=True, route=Route(ways=Ways(turn=True)))
    play.arrives("therapist").arrives("client").admits("client")
    assert play.says("client", Candidate("therapist", HOST)).heard("therapist") == []
    (passed,) = play.says("client", Candidate("therapist", RELAY)).heard("therapist")
    assert isinstance(passed, CandidateFrom)
    assert passed.candidate == "candidate:2 1 udp 41885439 203.0.113.5 49160 typ relay"
    sdp = f"{SDP}a={HOST}\r\na={RELAY}\r\na=end-of-candidates\r\n"
    play.says("client", Description("therapist", DescriptionKind.OFFER, sdp))
    (description,) = play.heard("therapist")
    assert isinstance(description, DescriptionFrom)
    assert "192.0.2.7" not in description.sdp
    assert "203.0.113.5" in description.sdp


def test_a_muted_person_is_shown_as_muted() -> None:
    play = in_call().says("client", Devices(camera=False, microphone=False))
    assert play.heard("therapist") == [
        DevicesFrom(PeerId("client"), camera=False, microphone=False, screen=False)
    ]
    play.arrives("therapist2", visit="visit-therapist", tab="tab-therapist")
    assert joined(play, "therapist2").microphone is False


def test_a_line_of_text_reaches_the_other_seat_only() -> None:
    play = in_call().arrives("stranger").says("client", Text("hello"))
    assert play.heard("therapist") == [TextFrom(PeerId("client"), "hello")]
    assert play.heard("stranger") == []


def test_media_that_fails_is_told_to_the_other_as_failing_not_as_absent() -> None:
    play = in_call().says("client", Report(MediaState.FAILING), seq=0)
    assert play.heard("therapist") == [
        PeerState(PeerId("client"), Presence.CONNECTED, MediaState.FAILING)
    ]
    play.says("client", Report(MediaState.FAILING), seq=0)
    assert play.heard("therapist") == []


def test_a_lost_socket_keeps_its_seat_and_the_other_is_told() -> None:
    play = in_call().loses("client")
    assert play.seated() == {"therapist", "client"}
    assert play.heard("therapist") == [
        PeerState(PeerId("client"), Presence.RECONNECTING, MediaState.NONE)
    ]
    assert wanted.Wake(play.now + r.WINDOW_S) in play.effects
    play.on(events.Resumed(PeerId("client"), play.now + 30))
    assert play.heard("therapist") == [
        PeerState(PeerId("client"), Presence.CONNECTED, MediaState.NONE)
    ]


def test_a_peer_that_does_not_come_back_within_the_window_is_gone() -> None:
    play = in_call().loses("client")
    assert play.on(events.Woke(play.now + r.WINDOW_S - 1)).seated() == {"therapist", "client"}
    assert wanted.Wake(play.now + r.WINDOW_S) in play.effects
    play.on(events.Woke(play.now + r.WINDOW_S))
    assert play.seated() == {"therapist"}
    assert play.heard("therapist") == [PeerState(PeerId("client"), Presence.LEFT, MediaState.NONE)]


def test_a_reload_takes_its_own_seat_back_without_a_question() -> None:
    play = in_call().arrives("client2", visit="visit-client", tab="tab-client")
    assert play.seated() == {"therapist", "client2"}
    assert play.closed("client") is CloseCode.REPLACED
    assert joined(play, "therapist").page == "page-client2"


def test_after_a_restart_of_the_server_an_admitted_visit_is_seated_at_once() -> None:
    room = Room(AppointmentId("a"), "Anna", admitted=frozenset({VisitId("visit-client")}))
    play = Play(room).arrives("client").arrives("therapist")
    assert play.seated() == {"client", "therapist"}
    assert joined(play, "client").page == "page-therapist"


def test_a_duplicate_tab_is_asked_and_moves_the_call_only_when_told() -> None:
    play = in_call().arrives("client2", visit="visit-client")
    assert play.heard("client2") == [Occupied(same_browser=True)]
    assert play.seated() == {"therapist", "client"}
    assert play.says("client2", Text("hello")).heard("therapist") == []
    play.says("client2", Takeover())
    assert play.heard("client") == [Replaced()]
    assert play.closed("client") is CloseCode.REPLACED
    assert play.seated() == {"therapist", "client2"}


def test_only_one_who_was_asked_can_take_over() -> None:
    play = in_call().arrives("stranger").says("stranger", Takeover())
    assert play.seated() == {"therapist", "client"}
    assert play.effects == []


def test_a_forwarded_link_on_a_second_device_waits_and_is_marked() -> None:
    play = in_call().arrives("stranger")
    assert play.seated() == {"therapist", "client"}
    assert [person.second_device for person in play.room.waiting()] == [True]


def test_of_two_devices_waiting_the_later_is_the_second() -> None:
    play = Play().arrives("phone")
    play.now += 10
    play.arrives("laptop")
    marks = {person.peer: person.second_device for person in play.room.waiting()}
    assert marks == {"phone": False, "laptop": True}


def test_admitting_a_second_device_moves_the_call_and_tells_the_first() -> None:
    play = in_call().arrives("phone").admits("phone")
    assert play.heard("client") == [Replaced()]
    assert play.seated() == {"therapist", "phone"}


def test_leaving_keeps_the_door_open_to_come_back() -> None:
    play = in_call().says("client", Leave())
    assert play.heard("therapist") == [PeerState(PeerId("client"), Presence.LEFT, MediaState.NONE)]
    play.arrives("client2", visit="visit-client")
    assert play.seated() == {"therapist", "client2"}


def test_the_therapists_end_ends_it_for_both_and_for_good() -> None:
    play = in_call().says("therapist", End())
    for name in ("therapist", "client"):
        assert play.heard(name) == [Ended(EndedBy.THERAPIST)]
        assert play.closed(name) is CloseCode.ENDED
    assert wanted.RecordEnd(play.now) in play.effects
    play.arrives("client2", visit="visit-client")
    assert play.closed("client2") is CloseCode.ENDED


def test_a_client_cannot_end_the_session_for_both() -> None:
    play = in_call().says("client", End())
    assert isinstance(play.heard("client")[0], Refused)
    assert play.seated() == {"therapist", "client"}


def test_a_cancelled_appointment_ends_a_live_room() -> None:
    play = in_call().on(events.Closed(EndedBy.CANCELLED))
    assert play.heard("client") == [Ended(EndedBy.CANCELLED)]
    assert play.closed("therapist") is CloseCode.ENDED


def test_a_reissued_link_closes_every_client_and_takes_back_the_admission() -> None:
    play = in_call().arrives("stranger").on(events.LinkRevoked())
    for name in ("client", "stranger"):
        assert play.heard(name) == [Revoked()]
        assert play.closed(name) is CloseCode.LINK_INVALID
    assert play.seated() == {"therapist"}
    assert play.arrives("client2", visit="visit-client").waiting() == ["client2"]


def test_a_move_is_told_to_everyone_inside() -> None:
    play = in_call().on(events.TimeMoved(2000.0, 5000.0))
    assert play.heard("client") == [Moved(2_000_000, 5_000_000)]
    assert play.heard("therapist") == [Moved(2_000_000, 5_000_000)]


def test_a_leaked_link_fills_the_waiting_room_and_never_the_seats() -> None:
    play = in_call()
    for number in range(r.STRANGERS_MAX):
        play.arrives(f"client{number}")
    play.arrives("one-too-many")
    assert play.closed("one-too-many") is CloseCode.TRY_LATER
    assert len(play.waiting()) == r.STRANGERS_MAX
    play.arrives("therapist2", visit="visit-therapist", tab="tab-therapist")
    play.arrives("client-again", visit="visit-client", tab="tab-client")
    assert play.seated() == {"therapist2", "client-again"}


def test_in_a_full_waiting_room_who_is_lost_makes_room() -> None:
    play = Play()
    for number in range(r.STRANGERS_MAX):
        play.arrives(f"client{number}")
    play.loses("client3").arrives("newcomer")
    assert "newcomer" in play.waiting()
    assert "client3" not in play.waiting()


def test_one_browser_waits_in_two_tabs_at_most() -> None:
    play = Play()
    for number in range(3):
        play.now += 1
        play.arrives(f"tab{number}", visit="visit-client")
    assert play.waiting() == ["tab1", "tab2"]


def test_a_stranger_is_marked_after_the_admitted_client_has_left() -> None:
    play = in_call().says("client", Leave()).arrives("stranger")
    assert [person.second_device for person in play.room.waiting()] == [True]
