"""Datagrams taken together and sent on together, between real sockets on loopback."""

import socket
from collections.abc import Iterator

import pytest

from videocall.relay.batch import SLOTS, Batch

LARGEST = 100
HOSTS = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class Place:
    """A socket and its batch, and another that speaks to it."""

    def __init__(self, family: socket.AddressFamily) -> None:
        self.socket, self.other = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.socket, self.other):
            each.bind((HOSTS[family], 0))
            each.setblocking(False)
        self.other.connect(self.socket.getsockname())
        self.batch = Batch(self.socket, LARGEST)

    def taken(self, *datagrams: bytes) -> list[bytes]:
        for datagram in datagrams:
            self.other.send(datagram)
        count = self.batch.receive()
        return [
            bytes(self.batch.datagrams[slot][: self.batch.sizes[slot]]) for slot in range(count)
        ]

    def came_back(self) -> list[bytes]:
        back = []
        while True:
            try:
                back.append(self.other.recv(2 * LARGEST))
            except BlockingIOError:
                return back


@pytest.fixture(params=HOSTS, ids=["IPv4", "IPv6"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    try:
        made = Place(request.param)
    except OSError:
        pytest.skip("this machine has no IPv6")
    yield made
    made.socket.close()
    made.other.close()


def test_what_came_goes_on_as_it_is(place: Place) -> None:
    sent = [b"one", b"another", b"x" * LARGEST]
    assert place.taken(*sent) == sent
    for slot, datagram in enumerate(sent):  # it bears the name of whom it came from
        place.batch.spans[slot] = len(datagram)
    assert place.batch.send(0, len(sent)) == []
    assert place.came_back() == sent


def test_a_name_is_read_as_an_address(place: Place) -> None:
    place.taken(b"hello")
    name = place.batch.names[0].tobytes()
    assert place.batch.address(name) == place.other.getsockname()


def test_what_was_sent_short_leaves_room_for_what_comes_next(place: Place) -> None:
    place.taken(b"a")
    place.batch.spans[0] = 1
    place.batch.send(0, 1)
    assert place.taken(b"b" * LARGEST) == [b"b" * LARGEST]


def test_what_is_too_long_is_cut_off(place: Place) -> None:
    assert place.taken(b"c" * 3 * LARGEST, b"d") == [b"c" * LARGEST, b"d"]


def test_more_than_it_holds_stays_for_the_next_time(place: Place) -> None:
    sent = [bytes([number]) for number in range(SLOTS + 3)]
    assert place.taken(*sent) == sent[:SLOTS]
    assert place.taken() == sent[SLOTS:]


def test_one_that_cannot_leave_holds_up_no_other(place: Place) -> None:
    sent = [b"one", b"two", b"three"]
    place.taken(*sent)
    for slot, datagram in enumerate(sent):
        place.batch.spans[slot] = len(datagram)
    place.batch.names[1][2:4] = bytes(2)  # nobody is at port 0
    assert place.batch.send(0, 3) == [1]
    assert place.came_back() == [b"one", b"three"]


def test_where_nothing_is_there_nothing_is_taken(place: Place) -> None:
    assert place.taken() == []
