"""Plays: which way media goes, and what the two browsers and the relay are told of it."""

from typing import Self

from msgspec.structs import replace

from tests.signalling.test_reroute import CANDIDATES, OFFER, OWN_ADDRESSES
from tests.signalling.test_room_plays import HOST, Play
from videocall.ids import AppointmentId, BridgeId, PeerId, VisitId
from videocall.signalling import effects as wanted
from videocall.signalling import events
from videocall.signalling import room as r
from videocall.signalling.bridge import Bridge, Credentials, Leg, LegState
from videocall.signalling.messages import (
    Candidate,
    CandidateFrom,
    Description,
    DescriptionFrom,
    DescriptionKind,
    EndedBy,
    Hello,
    Leave,
    MediaPath,
    MediaState,
    Path,
    PeerState,
    Presence,
    Refused,
    Seat,
    WhyNot,
)
from videocall.signalling.peers import Room
from videocall.signalling.reroute import ufrag_of
from videocall.signalling.route import REFUSED_S, TRIED_S, Route, Ways

BRIDGE = BridgeId("bridge")
THERAPIST, CLIENT = Seat.THERAPIST, Seat.CLIENT
ANSWER = OFFER.replace("abcd", "wxyz").replace("a=setup:actpass", "a=setup:active")
RELAY = Ways(relay=True, candidates=CANDIDATES)
TURN = Ways(turn=True)
BOTH = Ways(relay=True, candidates=CANDIDATES, turn=True)


class Call(Play):
    """Two people in a call; the relay's bridge is made as the hub makes it."""

    def on(self, event: events.Event) -> Self:
        super().on(event)
        for effect in list(self.effects):
            if isinstance(effect, wanted.Met):
                before = self.effects
                super().on(events.BridgeKnown(Bridge(BRIDGE, b"secret", {})))
                self.effects = [*before, *self.effects]
        return self

    def offers(self, name: str = "therapist", sdp: str = OFFER, *, failed: bool = False) -> Self:
        return self.describes(name, DescriptionKind.OFFER, sdp, failed=failed)

    def answers(self, name: str = "client", sdp: str = ANSWER) -> Self:
        return self.describes(name, DescriptionKind.ANSWER, sdp)

    def describes(
        self, name: str, kind: DescriptionKind, sdp: str, *, failed: bool = False
    ) -> Self:
        to = "client" if name == "therapist" else "therapist"
        self.says(name, Description(to, kind, sdp, failed))
        return self

    def passed(self, name: str) -> str:
        (found,) = [each for each in self.heard(name) if isinstance(each, DescriptionFrom)]
        return found.sdp

    def path(self, name: str) -> Path:
        return [each for each in self.heard(name) if isinstance(each, Path)][-1]

    @property
    def opened(self) -> dict[Seat, Credentials]:
        return {
            each.seat: each.credentials for each in self.effects if isinstance(each, wanted.OpenLeg)
        }

    @property
    def closed_bridges(self) -> list[BridgeId]:
        return [each.bridge for each in self.effects if isinstance(each, wanted.CloseBridge)]


def call(ways: Ways, *, private: bool = False, client_private: bool = False) -> Call:
    play = Call(Room(AppointmentId("appointment"), "Anna", private, Route(ways=ways)))
    play.arrives("therapist")
    hello = Hello("page-client", "tab-client", address_privacy=client_private)
    play.on(events.Arrived(PeerId("client"), CLIENT, VisitId("visit-client"), hello, play.now))
    play.admits("client")
    return play


def relayed(ways: Ways = RELAY) -> Call:
    """Return a call that has gone through the relay from the start."""
    return call(ways, private=True).offers().answers()


def test_a_call_goes_direct_while_that_works() -> None:
    play = call(RELAY)
    assert play.path("client") == Path(MediaPath.DIRECT, private=False, restart=False, trouble=None)
    assert play.offers().passed("client") == OFFER
    assert play.answers().passed("therapist") == ANSWER
    (passed,) = play.says("client", Candidate("therapist", HOST)).heard("therapist")
    assert isinstance(passed, CandidateFrom)
    assert play.opened == {}


def test_a_direct_way_that_fails_gives_place_to_the_relay() -> None:
    play = call(RELAY).offers().answers()
    play.now += TRIED_S
    play.offers(sdp=OFFER.replace("abcd", "next"), failed=True)
    assert play.path("client").path is play.path("therapist").path is MediaPath.RELAY
    told = play.passed("client")
    assert set(play.opened) == {THERAPIST, CLIENT}
    assert ufrag_of(told) == play.opened[CLIENT].ufrag
    assert all(f"a={each}\r\n" in told for each in CANDIDATES)
    assert play.says("client", Candidate("therapist", HOST)).heard("therapist") != []
    answer = play.answers()
    assert ufrag_of(answer.passed("therapist")) == play.opened[THERAPIST].ufrag
    assert play.says("client", Candidate("therapist", HOST)).heard("therapist") == []
    assert play.says("therapist", Candidate("client", HOST)).heard("client") == []


def test_each_way_gets_its_time_before_a_failure_is_its_own() -> None:
    play = call(RELAY).offers()
    play.now += TRIED_S - 1
    assert play.offers("client", failed=True).passed("therapist") == OFFER
    play.now += 2
    assert "a=ice-lite" in play.offers("client", failed=True).passed("therapist")
    assert "a=ice-lite" in play.offers(failed=True).passed("client")
    play.now += TRIED_S
    # Its own network may be another one: the relay is tried once more.
    assert "a=ice-lite" in play.offers(failed=True).passed("client")
    play.now += TRIED_S
    assert play.offers(failed=True).passed("client") == OFFER
    assert play.closed_bridges == [BRIDGE]


def test_an_answer_goes_the_way_of_its_offer() -> None:
    play = call(RELAY).offers()
    play.now += TRIED_S
    play.offers("client", OFFER.replace("abcd", "late"), failed=True)
    assert play.room.route.path is MediaPath.RELAY
    assert play.answers().passed("therapist") == ANSWER


def test_with_address_privacy_nothing_of_either_browser_reaches_the_other() -> None:
    for play in (call(RELAY, private=True), call(RELAY, client_private=True)):
        assert play.path("therapist").private
        play.offers().says("therapist", Candidate("client", HOST), seq=2)
        assert play.heard("client") == []
        for told in (
            play.offers().passed("client"),
            play.answers().passed("therapist"),
            play.offers("client").passed("therapist"),
        ):
            assert not any(address in told for address in OWN_ADDRESSES)


def test_only_the_leg_of_the_browser_that_restarts_ice_changes() -> None:
    play = relayed()
    before = play.opened
    for _ in range(2):
        play.offers(sdp=OFFER.replace("abcd", "moved"))
        assert ufrag_of(play.passed("client")) == before[CLIENT].ufrag
        told = ufrag_of(play.answers().passed("therapist"))
        assert told != before[THERAPIST].ufrag
        assert play.opened[THERAPIST].ufrag == told
    play.offers("client", ANSWER)
    assert play.opened[CLIENT] == before[CLIENT]
    assert ufrag_of(play.answers("therapist", OFFER.replace("abcd", "moved")).passed("client")) == (
        before[CLIENT].ufrag
    )


def test_a_negotiation_without_a_restart_keeps_both_legs() -> None:
    play = relayed()
    before = play.opened
    assert play.offers(sdp=OFFER.replace("a=mid:1", "a=mid:1\r\na=content:slides")).opened == before
    assert play.answers().opened == before


def test_a_relay_that_is_full_leaves_the_direct_way() -> None:
    play = call(RELAY).offers()
    play.now += TRIED_S
    play.offers(failed=True).on(events.BridgeRefused(BRIDGE, WhyNot.FULL, play.now))
    assert play.path("therapist") == Path(
        MediaPath.DIRECT, private=False, restart=True, trouble=None
    )
    assert not play.path("client").restart
    assert play.offers().passed("client") == OFFER


def test_with_address_privacy_a_full_relay_leaves_turn_alone() -> None:
    play = call(BOTH, private=True).offers()
    assert play.room.route.path is MediaPath.RELAY
    play.on(events.BridgeRefused(BRIDGE, WhyNot.FULL, play.now))
    assert play.path("therapist").path is MediaPath.TURN
    assert play.path("therapist").restart
    seated = [each for each in play.effects if isinstance(each, wanted.Seated)]
    assert seated == [wanted.Seated(PeerId(each), hides=True) for each in ("therapist", "client")]
    told = play.offers().passed("client")
    assert not any(address in told for address in OWN_ADDRESSES)


def test_an_offer_made_before_turn_was_the_only_way_is_not_passed_on() -> None:
    play = relayed(BOTH)
    for _ in range(2):
        play.now += TRIED_S
        play.offers("client", failed=True)
    assert play.path("therapist").path is MediaPath.TURN
    assert play.path("therapist").restart
    assert not any(isinstance(each, DescriptionFrom) for each in play.heard("therapist"))


def test_pages_that_hid_behind_turn_never_show_themselves_to_what_they_heard_there() -> None:
    play = call(BOTH, private=True).offers()
    play.on(events.BridgeRefused(BRIDGE, WhyNot.FULL, play.now)).offers().answers()
    play.now += REFUSED_S + TRIED_S
    play.offers("client", failed=True)
    assert play.room.route.path is MediaPath.TURN
    play.on(events.WaysTurned(BOTH, play.now))
    assert not any(isinstance(each, wanted.Seated | Path) for each in play.effects)
    host = HOST.replace("typ host", "typ srflx")
    assert play.says("client", Candidate("therapist", host)).heard("therapist") == []


def test_with_address_privacy_and_nothing_else_a_full_relay_is_said_and_asked_again() -> None:
    play = call(RELAY, private=True).offers().on(events.BridgeRefused(BRIDGE, WhyNot.FULL, 1000.0))
    assert play.path("client") == Path(
        MediaPath.RELAY, private=True, restart=False, trouble=WhyNot.FULL
    )
    play.now += REFUSED_S
    play.offers(failed=True)
    assert play.path("client").trouble is None
    assert "a=ice-lite" in play.passed("client")
    assert set(play.opened) == {THERAPIST, CLIENT}


def test_a_relay_that_has_room_again_is_said() -> None:
    play = call(RELAY, private=True).offers().on(events.BridgeRefused(BRIDGE, WhyNot.FULL, 1000.0))
    play.on(events.LegTurned(BRIDGE, CLIENT, LegState.UP))
    assert play.path("client").trouble is None


def test_media_goes_on_over_a_relay_that_does_not_answer_us() -> None:
    play = relayed(BOTH)
    play.on(events.WaysTurned(Ways(turn=True), play.now))
    assert play.closed_bridges == []
    assert play.room.route.path is MediaPath.RELAY
    assert all(f"a={each}\r\n" in play.offers().passed("client") for each in CANDIDATES)


def test_a_call_goes_on_as_it_was_when_the_relay_answers_again() -> None:
    for private in (True, False):
        play = call(RELAY, private=private).offers().answers()
        if not private:
            play.now += TRIED_S
            play.offers(failed=True).answers()
        legs = play.room.route.bridge
        play.on(events.WaysTurned(Ways(), play.now)).on(events.WaysTurned(RELAY, play.now))
        assert not play.path("therapist").restart
        assert play.closed_bridges == []
        assert play.room.route.bridge == legs


def test_a_relay_that_is_gone_is_left_at_the_first_failure() -> None:
    play = call(RELAY).offers().answers()
    play.now += TRIED_S
    play.offers(failed=True).answers().on(events.WaysTurned(Ways(), play.now))
    play.now += 1
    assert play.offers(failed=True).passed("client") == OFFER


def test_who_waits_for_a_private_way_is_called_when_there_is_one() -> None:
    play = call(Ways(), private=True)
    assert play.path("client").trouble is WhyNot.DOWN
    (refused,) = [each for each in play.offers().heard("therapist") if isinstance(each, Refused)]
    assert refused.code == "no_way"
    assert not any(isinstance(each, DescriptionFrom) for each in play.heard("client"))
    play.on(events.WaysTurned(RELAY, play.now))
    assert play.path("therapist") == Path(MediaPath.RELAY, private=True, restart=True, trouble=None)
    assert "a=ice-lite" in play.offers().passed("client")


def test_a_bridge_older_than_this_server_goes_on_under_what_its_browsers_know() -> None:
    legs = {
        THERAPIST: Leg(Credentials("legt", "1" * 22), "abcd"),
        CLIENT: Leg(Credentials("legc", "2" * 22), "wxyz"),
    }
    play = Play(Room(AppointmentId("appointment"), "Anna", route=Route(ways=RELAY)))
    play.arrives("therapist").arrives("client").admits("client")
    play.on(events.BridgeKnown(Bridge(BRIDGE, b"another", legs)))
    play.says("therapist", Description("client", DescriptionKind.OFFER, OFFER))
    (told,) = [each for each in play.heard("client") if isinstance(each, DescriptionFrom)]
    assert ufrag_of(told.sdp) == "legc"
    answered = play.says("client", Description("therapist", DescriptionKind.ANSWER, ANSWER))
    (told,) = [each for each in answered.heard("therapist") if isinstance(each, DescriptionFrom)]
    assert ufrag_of(told.sdp) == "legt"


def test_a_bridge_ends_with_what_is_between_two_pages() -> None:
    assert relayed().says("client", Leave()).closed_bridges == [BRIDGE]
    assert relayed().on(events.LinkRevoked()).closed_bridges == [BRIDGE]
    assert relayed().on(events.Closed(EndedBy.TIME)).closed_bridges == [BRIDGE]
    play = relayed()
    play.arrives("client2", visit="visit-client", tab="tab-client")
    assert play.closed_bridges == [BRIDGE]


def test_where_the_direct_way_failed_it_is_not_waited_for_again() -> None:
    play = call(RELAY).offers().answers()
    play.now += TRIED_S
    play.offers(failed=True).answers()
    play.arrives("client2", visit="visit-client", tab="tab-client")
    assert play.path("client2").path is MediaPath.RELAY
    play.on(events.WaysTurned(Ways(), play.now))
    play.arrives("client3", visit="visit-client", tab="tab-client")
    assert play.path("client3").path is MediaPath.DIRECT


def test_privacy_that_is_wished_for_in_a_call_takes_the_way_of_the_relay() -> None:
    play = call(RELAY).offers().answers()
    play.on(events.PrivacyTurned(wanted=True, now=play.now))
    assert play.path("therapist") == Path(MediaPath.RELAY, private=True, restart=True, trouble=None)
    told = play.offers().passed("client")
    assert not any(address in told for address in OWN_ADDRESSES)
    play.on(events.PrivacyTurned(wanted=False, now=play.now))
    assert play.path("client") == Path(MediaPath.RELAY, private=False, restart=False, trouble=None)
    assert play.closed_bridges == []


def test_privacy_that_is_wished_for_while_somebody_waits_holds_when_they_meet() -> None:
    play = Call(Room(AppointmentId("appointment"), "Anna", route=Route(ways=RELAY)))
    play.arrives("therapist").arrives("client")
    play.on(events.PrivacyTurned(wanted=True, now=play.now)).admits("client")
    assert play.path("client").private


def test_without_a_way_that_is_private_nothing_goes_direct() -> None:
    play = call(Ways()).offers().answers()
    play.on(events.PrivacyTurned(wanted=True, now=play.now))
    assert play.path("client").trouble is WhyNot.DOWN
    assert not any(isinstance(each, DescriptionFrom) for each in play.offers().heard("client"))


def test_a_bridge_goes_on_while_the_server_does_not_hear_a_browser() -> None:
    play = relayed().loses("client")
    play.on(events.Woke(play.now + r.WINDOW_S))
    assert not any(isinstance(each, wanted.CloseBridge) for each in play.effects)
    play.arrives("client2", visit="visit-client", page="page-client")
    assert not any(isinstance(each, wanted.CloseBridge | wanted.Met) for each in play.effects)
    assert play.room.route.path is MediaPath.RELAY


def test_a_leg_without_its_browser_is_told_to_the_other() -> None:
    play = relayed().on(events.LegTurned(BRIDGE, CLIENT, LegState.SILENT))
    assert play.heard("therapist") == [
        PeerState(PeerId("client"), Presence.CONNECTED, MediaState.RECONNECTING)
    ]
    other = BridgeId("another")
    assert play.on(events.LegTurned(other, CLIENT, LegState.SILENT)).effects == []
    assert play.on(events.BridgeRefused(other, WhyNot.FULL, play.now)).effects == []


def test_a_bridge_used_again_has_other_credentials() -> None:
    bridge = Bridge(BRIDGE, b"secret", {}).heard(CLIENT, "abcd", offer=True)
    again = bridge.unused().heard(CLIENT, "abcd", offer=True)
    assert bridge.legs[CLIENT] != again.legs[CLIENT]
    assert replace(again, time=0, legs=bridge.legs) == bridge
