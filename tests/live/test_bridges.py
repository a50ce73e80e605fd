"""The hub and the relay: whose bridge is whose, and until when."""

import asyncio

import pytest

from tests.signalling.simulator import APPOINTMENT, Browser, World
from videocall.ids import AppointmentId
from videocall.signalling.messages import Admit, Leave, MediaPath, Seat


class Place(World):
    """A world without chance, in which everything said is heard at once."""

    def __init__(self) -> None:
        super().__init__(1)
        self.private, self.turn = False, True

    def enter(self, seat: Seat) -> Browser:
        browser = self.open_page(seat, f"visit-{seat}")
        self.connect(browser)
        self.hear_all()
        return browser

    def hear_all(self) -> None:
        for _ in range(40):
            for browser in list(self.browsers):
                self.carry_up(browser)
                self.carry_down(browser)
        self.read_desk()

    def admit(self) -> None:
        self.read_desk()
        assert self.waiting is not None
        self.click(Admit(APPOINTMENT, self.waiting.people[0].peer, also=True))
        self.hear_all()

    @property
    def path(self) -> MediaPath:
        (room,) = self.hub.rooms()
        return room.route.path


@pytest.fixture
async def place() -> Place:
    return Place()


def met(place: Place) -> tuple[Browser, Browser]:
    therapist, client = place.enter(Seat.THERAPIST), place.enter(Seat.CLIENT)
    place.admit()
    return therapist, client


async def test_privacy_switched_on_while_somebody_waits_holds(place: Place) -> None:
    place.enter(Seat.CLIENT)
    place.private = True
    place.enter(Seat.THERAPIST)
    place.admit()
    assert place.path is MediaPath.RELAY
    assert {each.told_way for each in place.browsers} == {"relay"}


async def test_a_bridge_outlives_its_room_until_the_appointment_is_over(place: Place) -> None:
    place.private = True
    browsers = met(place)
    assert len(place.relay.bridges) == 1
    for browser in browsers:
        place.drop(browser)
    for pipe in browsers:
        pipe.way_in.close()
    await asyncio.sleep(0)
    place.now += 1000
    place.hub.sweep()
    assert not list(place.hub.rooms())
    assert len(place.relay.bridges) == 1, "media may go on"
    place.hub.ended(AppointmentId("another"))
    assert len(place.relay.bridges) == 1
    place.hub.ended(APPOINTMENT)
    assert place.relay.bridges == {}


async def test_a_bridge_ends_when_somebody_leaves(place: Place) -> None:
    place.private = True
    _, client = met(place)
    place.say(client, Leave())
    place.hear_all()
    assert place.relay.bridges == {}
