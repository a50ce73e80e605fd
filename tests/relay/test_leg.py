"""A leg as a play: checks and time in; where packets are let in from, and sent to, out."""

import secrets

import pytest

from tests.relay.caller import credentials
from videocall.relay.checks import Check
from videocall.relay.lane import HELD_MAX, Allowance, Lane, no_drops
from videocall.relay.leg import Heard, Leg
from videocall.relay.readings import Drop, Transport
from videocall.signalling.bridge import Credentials


class Place:
    """A source that notes what is sent there."""

    transport = Transport.UDP
    door: object = None
    name = b""

    def __init__(self) -> None:
        self.lane: Lane | None = None
        self.sent: list[bytes] = []

    def send(self, packet: bytes | memoryview) -> None:
        self.sent.append(bytes(packet))

    def bind(self, lane: Lane | None) -> None:
        self.lane = lane


class Play:
    def __init__(self, kbps: int = 10_000) -> None:
        self.dropped = no_drops()
        allowance = Allowance(kbps, 0.0)
        self.outward = Lane(allowance, self.dropped, 0.0)
        self.inward = Lane(allowance, self.dropped, 0.0)
        self.leg = Leg(outward=self.outward, inward=self.inward, sources_max=3, now=0.0)
        self.first, self.second = credentials(), credentials()
        self.leg.admit(self.first)

    def check(
        self,
        place: Place,
        *,
        now: float = 0.0,
        ufrag: str = "",
        nominates: bool = False,
        transaction: bytes = b"",
    ) -> bool:
        check = Check(transaction or secrets.token_bytes(12), "abcd", nominates, False)
        ufrag = ufrag or self.first.ufrag
        proven = self.leg.prove(place, check, ufrag, now) is Heard.NEW
        if proven and nominates:
            self.leg.nominate(place, ufrag, now)
        return proven

    def deliver(self, packet: bytes, now: float = 0.0) -> None:
        """Bring what the other browser sent to this leg's."""
        self.inward.carry(memoryview(packet), len(packet), packet[0], now)


def media(number: int = 0) -> bytes:
    return b"\x80\x60" + number.to_bytes(2, "big") + bytes(40)


def test_a_check_lets_packets_in_and_a_nomination_lets_them_out() -> None:
    play, place = Play(), Place()
    play.deliver(media())
    assert play.check(place)
    assert place.lane is play.outward
    play.deliver(media())
    assert play.leg.pair is None
    assert play.check(place, nominates=True)
    play.deliver(media(7))
    assert place.sent == [media(7)]
    assert play.dropped[Drop.EARLY] == 2


def test_the_last_nomination_is_the_one() -> None:
    play, wifi, mobile = Play(), Place(), Place()
    play.check(wifi, nominates=True)
    play.check(mobile)
    play.deliver(media(1))
    play.check(mobile, nominates=True)
    play.deliver(media(2))
    assert (wifi.sent, mobile.sent) == ([media(1)], [media(2)])
    assert wifi.lane is mobile.lane is play.outward


def test_a_handshake_waits_for_the_pair_but_only_its_last_8_packets() -> None:
    play, place = Play(), Place()
    flights = [bytes([22, number]) + bytes(60) for number in range(20)]
    for packet in flights:
        play.deliver(packet)
    play.check(place, nominates=True)
    assert place.sent == flights[-HELD_MAX:]
    assert play.dropped[Drop.EARLY] == 20 - HELD_MAX
    play.check(place, nominates=True)
    assert len(place.sent) == HELD_MAX


def test_a_check_that_was_overheard_proves_nothing_from_elsewhere() -> None:
    play, place, thief = Play(), Place(), Place()
    transactions = [secrets.token_bytes(12) for _ in range(5000)]
    for transaction in transactions:
        assert play.check(place, nominates=True, transaction=transaction)
    assert not any(play.check(thief, nominates=True, transaction=each) for each in transactions)
    assert (play.leg.pair, thief.lane) == (place, None)
    play.leg.pass_time(31.0)
    assert not play.check(place, transaction=transactions[0], now=31.0)


def test_a_check_that_is_repeated_in_the_name_of_a_source_changes_nothing() -> None:
    play, wifi, mobile = Play(), Place(), Place()
    overheard = secrets.token_bytes(12)
    play.check(wifi, nominates=True, transaction=overheard)
    play.check(mobile, nominates=True, now=1.0)
    for now in (10.0, 20.0, 30.0):
        play.check(wifi, nominates=True, transaction=overheard, now=now)
    play.deliver(media())
    assert (wifi.sent, mobile.sent) == ([], [media()])
    play.leg.pass_time(31.5)
    assert (wifi.lane, mobile.lane, play.leg.up) == (None, None, False)


def test_nobody_takes_over_the_source_of_another_leg() -> None:
    play, other, place = Play(), Play(), Place()
    play.check(place, nominates=True)
    assert not other.check(place, nominates=True)
    assert place.lane is play.outward
    play.leg.pass_time(30.1)
    assert other.check(place, now=30.1)


def test_the_source_least_recently_proven_makes_room_but_never_the_pair() -> None:
    play, places = Play(), [Place() for _ in range(6)]
    for now, place in enumerate(places):
        play.check(place, now=float(now), nominates=now == 0)
    assert [place.lane is not None for place in places] == [True, False, False, False, True, True]
    assert play.leg.pair is places[0]


def test_a_restart_keeps_the_old_pair_until_5_s_after_the_new_one() -> None:
    play, old, new = Play(), Place(), Place()
    play.check(old, nominates=True)
    play.leg.admit(play.second)
    assert play.leg.ufrags == [play.first.ufrag, play.second.ufrag]
    play.leg.pass_time(20.0)
    play.check(old, now=20.0)
    play.check(new, now=20.0, ufrag=play.second.ufrag)
    play.deliver(media(1))
    assert old.sent == [media(1)]
    play.check(new, now=21.0, ufrag=play.second.ufrag, nominates=True)
    play.deliver(media(2))
    assert new.sent == [media(2)]
    play.leg.pass_time(25.9)
    assert old.lane is play.outward
    play.leg.pass_time(26.0)
    assert old.lane is None
    assert new.lane is play.outward
    assert play.leg.ufrags == [play.second.ufrag]


def test_a_restart_over_the_same_address_keeps_it() -> None:
    play, place = Play(), Place()
    play.check(place, nominates=True)
    play.leg.admit(play.second)
    play.check(place, ufrag=play.second.ufrag, nominates=True)
    play.check(place, now=4.0)
    play.leg.pass_time(5.0)
    assert play.leg.pair is place
    assert play.leg.ufrags == [play.second.ufrag]


def test_restarts_that_lead_nowhere_never_cost_the_pair() -> None:
    play, place = Play(), Place()
    play.check(place, nominates=True)
    for _ in range(10):
        play.leg.admit(credentials())
    assert len(play.leg.ufrags) == 3
    assert play.leg.ufrags[0] == play.first.ufrag
    play.deliver(media())
    assert place.sent == [media()]


def test_a_restart_taken_back_is_no_restart() -> None:
    play = Play()
    play.leg.admit(play.second)
    play.leg.admit(play.first)
    known = play.leg.spoken_of
    assert known is not None
    assert known.credentials == play.first
    play.leg.admit(play.first)
    assert len(play.leg.ufrags) == 2


def test_the_same_name_with_another_password_is_another_generation() -> None:
    play, place = Play(), Place()
    play.check(place, nominates=True)
    play.leg.admit(Credentials(play.first.ufrag, "another"))
    assert play.leg.credentials(play.first.ufrag).pwd == "another"
    assert (place.lane, play.leg.pair) == (None, None)


@pytest.mark.parametrize(("silent_s", "up"), [(30.0, True), (30.1, False)])
def test_who_is_silent_for_30_s_gets_nothing_more(silent_s: float, up: bool) -> None:
    play, place = Play(), Place()
    play.check(place, nominates=True)
    play.leg.pass_time(silent_s)
    play.deliver(media())
    assert (play.leg.up, bool(place.sent), place.lane is not None) == (up, up, up)
    play.check(place, now=40.0, nominates=True)
    play.deliver(media(1))
    assert play.leg.up
    assert place.sent[-1] == media(1)


def test_a_bridge_carries_no_more_than_it_may_and_as_much_as_it_may() -> None:
    play, place = Play(kbps=800), Place()
    play.check(place, nominates=True)
    packet = media() + bytes(956)
    for step in range(10_000):
        play.deliver(packet, now=step / 1000)
    allowed = 100_000 * 10 + 50_000
    assert sum(map(len, place.sent)) == pytest.approx(allowed, rel=0.01)
    assert play.dropped[Drop.OVER_LIMIT] == 10_000 - len(place.sent)
    play.inward.tick(10.0)
    assert play.inward.meter.kbps == pytest.approx(allowed * 8 / 1000 / 10, rel=0.01)
