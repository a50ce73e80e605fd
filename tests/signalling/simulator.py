"""A seeded world around the real hub: browsers, sockets that lose, crashes, clocks that jump.

    python -m tests.signalling.simulator --seeds 10000        many worlds
    python -m tests.signalling.simulator --seed 4711 --story  one world again, told step by step

Each world drives `Hub` and `RoomListener` through in-memory sockets with the frames of the wire.
Faults: a socket drops and everything under way on it is lost (at once, or half-open and noticed
only later), frames wait any time, browsers reload, duplicate, move devices and forge messages,
the server is killed and forgets all but its rows, the clock jumps, the relay goes, comes back, is
full, and in some worlds outlives the server. Held true at every step: the invariants of
`World.check`, and that with address privacy nothing that names one browser's address reaches the
other; and when the faults stop, everyone admitted is connected to the other seat, both by the same
way, or has been told why not.
"""

import argparse
import asyncio
import random
import re
import sys
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field

from msgspec import Struct

from videocall.errors import CloseCode, ProtocolError
from videocall.ids import AppointmentId, BridgeId, PeerId, VisitId
from videocall.live.bridges import Bridges
from videocall.live.entrance import DeskListener, RoomListener
from videocall.live.hub import HELLO_S, PING_S, Hub, Opening
from videocall.live.relaying import RelayEvents
from videocall.signalling.bridge import Credentials, Leg, LegState
from videocall.signalling.caller import Caller
from videocall.signalling.messages import (
    Admit,
    Admitted,
    Candidate,
    CandidateFrom,
    Decline,
    Declined,
    Description,
    DescriptionFrom,
    DescriptionKind,
    DeskUp,
    DeskUpFrame,
    Down,
    End,
    Ended,
    Host,
    Ice,
    Joined,
    Leave,
    Note,
    Occupied,
    Ping,
    Place,
    Refused,
    Replaced,
    Report,
    Revoked,
    Seat,
    SendNote,
    Takeover,
    Text,
    Up,
    Waiting,
    Welcome,
    WhyNot,
    dump,
    parse_desk_down,
)
from videocall.signalling.room import WINDOW_S

APPOINTMENT = AppointmentId("appointment-0001")
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
STEPS = 150
WAITING_ROOM = (
    Welcome,
    Host,
    Note,
    Admitted,
    Declined,
    Occupied,
    Ended,
    Revoked,
    Refused,
    Ping,
    Replaced,
)


class Watcher:
    """Stands where the operators' board stands; the simulator counts nothing."""

    def socket_opened(self) -> None: ...
    def socket_closed(self, code: int) -> None: ...
    def said(self, message: Up) -> None: ...
    def refused(self, code: str) -> None: ...
    def arrived(
        self, appointment: AppointmentId, seat: Seat, now: float, *, resumed: bool
    ) -> None: ...
    def decided(self, *, admitted: bool) -> None: ...
    def reported(
        self, appointment: AppointmentId, seat: Seat, report: Report, now: float
    ) -> None: ...
    def room_closed(self, appointment: AppointmentId) -> None: ...
    def failed(self, where: str) -> None:
        raise AssertionError(f"the hub failed in {where}")


@dataclass
class Rows:
    """What outlives the server."""

    arrivals: set[VisitId] = field(default_factory=set)
    admitted: set[VisitId] = field(default_factory=set)
    declined: set[VisitId] = field(default_factory=set)
    over: bool = False

    async def arrived(self, appointment: AppointmentId, visit: VisitId, at: float) -> None:
        self.arrivals.add(visit)

    async def decided(
        self, appointment: AppointmentId, visit: VisitId, *, admitted: bool, at: float
    ) -> None:
        (self.admitted if admitted else self.declined).add(visit)

    async def ended(self, appointment: AppointmentId, at: float) -> None:
        self.over = True


LEG_OF_RELAY = "candidate:1 1 udp 2130706431 203.0.113.9 3480 typ host"


@dataclass
class Exchange:
    """A relay that keeps books and passes nothing on."""

    up: bool = True
    full: bool = False
    bridges: dict[BridgeId, dict[Seat, Leg]] = field(default_factory=dict)
    known: dict[str, Seat] = field(default_factory=dict)
    events: list[RelayEvents] = field(default_factory=list)
    refusals: list[BridgeId] = field(default_factory=list)

    @property
    def candidates(self) -> tuple[str, ...]:
        return (LEG_OF_RELAY,) if self.up else ()

    def listen(self, events: RelayEvents) -> None:
        self.events = [events]

    def legs(self, bridge: BridgeId) -> dict[Seat, Leg]:
        return dict(self.bridges.get(bridge, {})) if self.up else {}

    def open(self, bridge: BridgeId, seat: Seat, credentials: Credentials) -> None:
        if not self.up or (self.full and bridge not in self.bridges):
            self.refusals.append(bridge)
            return
        self.known[credentials.ufrag] = seat
        before = self.bridges.setdefault(bridge, {}).get(seat)
        same = before is not None and before.credentials == credentials
        self.bridges[bridge][seat] = before if same and before else Leg(credentials)

    def close(self, bridge: BridgeId) -> None:
        self.bridges.pop(bridge, None)

    def speak(self, random: random.Random) -> None:
        """Say what happened meanwhile, and let something happen."""
        for bridge in self.refusals:
            self.events[0].bridge_refused(bridge, WhyNot.FULL if self.up else WhyNot.DOWN)
        self.refusals.clear()
        roll = random.random()
        if roll < 0.2:
            self.full = not self.full
        elif roll < 0.4:
            self.up = not self.up
            self.events[0].relay_turned()
        elif self.bridges:
            bridge = random.choice(list(self.bridges))
            state = random.choice(list(LegState))
            self.events[0].leg_turned(bridge, random.choice(list(Seat)), state)


@dataclass(eq=False)
class Pipe:
    """A socket whose frames travel when the world lets them."""

    up: deque[bytes] = field(default_factory=deque)
    down: deque[bytes | CloseCode] = field(default_factory=deque)
    cut_off: bool = False
    server_knows: bool = False
    close_code: int = CloseCode.GOING_AWAY
    closing: bool = False
    heard_at: float = 0.0
    pinged_at: float = 0.0

    def post(self, frame: bytes) -> None:
        if not self.cut_off and not self.closing:
            self.down.append(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        if not self.closing:
            self.closing = True
            self.close_code = code
            self.down.append(code)

    def wants_ping(self, now: float, ping_s: float) -> bool:
        if now - self.heard_at > 2 * ping_s:
            self.cut_off = True
            return False
        due = now - self.pinged_at >= ping_s
        self.pinged_at = now if due else self.pinged_at
        return due


@dataclass(eq=False)
class Browser:
    """One page of one browser, as our own page behaves."""

    name: str
    seat: Seat
    visit: VisitId
    caller: Caller
    pipe: Pipe | None = None
    listener: RoomListener | None = None
    way_in: ExitStack = field(default_factory=ExitStack)
    wants_in: bool = True
    welcomed: bool = False
    told: type[Struct] | None = None
    place: Place | None = None
    other: PeerId | None = None
    other_page: str = ""
    connected_page: str = ""
    heard_last: dict[str, int] = field(default_factory=dict)
    ufrag: str = ""
    told_ufrag: str = ""
    told_way: str = ""

    @property
    def address(self) -> str:
        """What must not be told to the other where addresses are private."""
        return f"at-{self.name}.local"


class World:
    def __init__(self, seed: int, *, story: bool = False) -> None:
        self.random = random.Random(seed)
        self.story = story
        self.now = 1_000_000.0
        self.rows = Rows()
        self.browsers: list[Browser] = []
        self.desk = Pipe()
        self.desk_listener: DeskListener | None = None
        self.waiting: Waiting | None = None
        self.serial = 0
        self.revoked: set[VisitId] = set()
        self.private = self.random.random() < 0.4
        self.turn = self.random.random() < 0.5
        self.relay_outlives = self.random.random() < 0.5
        self.relay = Exchange()
        self.hub = self.start()

    # ---- the server ----

    def start(self) -> Hub:
        self.hub = Hub(
            steady=lambda: self.now,
            grant=lambda peer, hides: (Ice([], relay_only=hides, expires_at_ms=None), None),
            recorder=self.rows,
            observer=Watcher(),
            bridges=Bridges(
                self.relay, turn=self.turn, key=b"the same after a crash", steady=lambda: self.now
            ),
        )
        self.open_desk()
        return self.hub

    def open_desk(self) -> None:
        self.desk = Pipe(heard_at=self.now)
        self.desk_listener = DeskListener(self.hub, "therapist", self.desk)

    async def crash(self) -> None:
        """Kill the server: sockets break, all but the rows is forgotten."""
        await asyncio.sleep(0)
        for browser in self.browsers:
            browser.pipe = browser.listener = None
        if not self.relay_outlives:
            self.relay = Exchange()
        self.start()

    # ---- browsers ----

    def open_page(self, seat: Seat, visit: str, tab: str = "") -> Browser:
        self.serial += 1
        name = f"{seat.value}-{self.serial}"
        caller = Caller(f"page-{self.serial:08}", tab or f"tab-{self.serial:08}")
        browser = Browser(name, seat, VisitId(visit), caller, ufrag=f"own{self.serial}")
        self.browsers.append(browser)
        return browser

    def connect(self, browser: Browser) -> None:
        """Go through the door: today's row and the cookie decide, before the upgrade."""
        if browser.pipe is not None or not browser.wants_in:
            return
        if self.rows.over:
            browser.told, browser.wants_in = Ended, False
            return
        if browser.visit in self.revoked:
            browser.told, browser.wants_in = Revoked, False
            return
        opening = Opening(
            APPOINTMENT,
            "therapist",
            "Anna",
            address_privacy=self.private,
            admitted=frozenset(self.rows.admitted - self.revoked),
            declined=frozenset(self.rows.declined),
        )
        browser.pipe = Pipe(heard_at=self.now, pinged_at=self.now)
        browser.way_in = ExitStack()
        approach = browser.way_in.enter_context(self.hub.approach(APPOINTMENT, browser.seat))
        browser.listener = RoomListener(self.hub, approach, opening, browser.visit, browser.pipe)
        browser.welcomed = False
        browser.pipe.up.append(browser.caller.hello())

    def say(self, browser: Browser, message: Up) -> None:
        if browser.caller.peer is None:
            return
        frame = browser.caller.say(message)
        if browser.pipe is not None and browser.welcomed:
            browser.pipe.up.append(frame)

    def drop(self, browser: Browser) -> None:
        """Break the socket; the server learns of it now, or only by silence."""
        pipe, listener = browser.pipe, browser.listener
        if pipe is None or listener is None:
            return
        pipe.cut_off = True
        if self.random.random() < 0.7:
            pipe.server_knows = True
            listener.on_gone()
            browser.way_in.close()
        browser.pipe = browser.listener = None

    def close_page(self, browser: Browser) -> None:
        self.drop(browser)
        self.browsers.remove(browser)

    # ---- frames ----

    def carry_up(self, browser: Browser) -> None:
        pipe, listener = browser.pipe, browser.listener
        if pipe is None or listener is None or not pipe.up or pipe.closing:
            return
        pipe.heard_at = self.now
        try:
            listener.on_frame(pipe.up.popleft())
        except ProtocolError as error:
            pipe.close(error.close_code, error.text)

    def carry_down(self, browser: Browser) -> None:
        pipe, listener = browser.pipe, browser.listener
        if pipe is None or listener is None:
            return
        if pipe.cut_off:
            listener.on_gone()
            browser.way_in.close()
            browser.pipe = browser.listener = None
            return
        if not pipe.down:
            return
        frame = pipe.down.popleft()
        if isinstance(frame, CloseCode):
            listener.on_gone()
            browser.way_in.close()
            browser.pipe = browser.listener = None
            late = not browser.welcomed
            assert frame is not CloseCode.PROTOCOL or late, f"{browser.name} broke the protocol"
            if frame.final:
                browser.wants_in = False
            return
        message, replay = browser.caller.heard(frame)
        pipe.up.extend(replay)
        if message is not None:
            self.on_message(browser, message)

    def on_message(self, browser: Browser, message: Down) -> None:
        if self.story:
            print(f"    {browser.name} hears {message}")
        if browser.place is not Place.SEATED:
            assert isinstance(message, WAITING_ROOM), f"{browser.name} waits but hears {message}"
        match message:
            case Welcome(place=place):
                browser.place = place if message.resumed else Place.WAITING
                browser.told = browser.told if message.resumed else None
                browser.welcomed = True
            case Ping():
                if browser.pipe is not None:
                    browser.pipe.up.append(browser.caller.pong())
            case Admitted():
                browser.place = Place.SEATED
            case Occupied():
                browser.place = Place.ASKING
                browser.told = Occupied
            case Declined() | Ended() | Revoked() | Replaced():
                browser.told = type(message)
                browser.wants_in = False
                browser.place = None
            case Joined(peer=peer, page=page, polite=polite):
                browser.other = peer
                if page != browser.other_page:
                    browser.other_page, browser.connected_page = page, ""
                if not polite and browser.connected_page != page:
                    self.offer(browser)
            case DescriptionFrom(sender=sender, kind=kind, sdp=sdp):
                assert sender == browser.other, f"{browser.name} hears a stranger"
                self.said_to(browser, sdp)
                self.told(browser, sdp)
                if kind is DescriptionKind.OFFER:
                    self.describe(browser, DescriptionKind.ANSWER)
                browser.connected_page = browser.other_page
            case CandidateFrom(candidate=candidate):
                assert not (self.private and ".local" in candidate), "a candidate slipped through"
            case _:
                pass

    def offer(self, browser: Browser) -> None:
        self.describe(browser, DescriptionKind.OFFER)

    def describe(self, browser: Browser, kind: DescriptionKind) -> None:
        if browser.other is None:
            return
        self.serial += 1
        if kind is DescriptionKind.OFFER and self.random.random() < 0.5:
            browser.ufrag = f"own{self.serial}"
        sdp = (
            f"v=0\r\ns={browser.name} {self.serial}\r\na=group:BUNDLE 0\r\n"
            f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 {browser.address}\r\n"
            f"a=candidate:1 1 udp 1 {browser.address} 9 typ host\r\na=ice-ufrag:{browser.ufrag}\r\n"
            f"a=ice-pwd:{browser.name}\r\na=mid:0\r\na=rtcp-mux\r\n{FINGERPRINT}\r\n"
        )
        failed = kind is DescriptionKind.OFFER and self.random.random() < 0.3
        self.say(browser, Description(browser.other, kind, sdp, failed))
        own = f"candidate:1 1 udp 1 {browser.address} 9 typ host"
        self.say(browser, Candidate(browser.other, own, ufrag=browser.ufrag))

    def told(self, browser: Browser, sdp: str) -> None:
        """Take in where the other browser is said to be."""
        (browser.told_ufrag,) = re.findall(r"^a=ice-ufrag:(\S+)", sdp, re.MULTILINE)
        named = re.search(r"at-\S+\.local", sdp)
        assert not (self.private and named), f"{browser.name} is told an address"
        browser.told_way = "relay" if "a=ice-lite" in sdp else "direct"
        if browser.told_way == "relay":
            assert named is None, f"{browser.name} is told an address by the relay's side"
            whose = self.relay.known.get(browser.told_ufrag, browser.seat)
            assert whose is browser.seat, f"{browser.name} is told the other's leg"

    def said_to(self, browser: Browser, sdp: str) -> None:
        """Hold that each sender's descriptions come once and in the order they were said."""
        sender, number = sdp.split("\r\n")[1].rsplit(" ", 1)
        assert int(number) > browser.heard_last.get(sender, 0), (
            f"{browser.name} hears a message twice or out of order"
        )
        browser.heard_last[sender] = int(number)

    # ---- the desk ----

    def click(self, message: DeskUp) -> None:
        assert self.desk_listener is not None
        self.desk_listener.on_frame(dump(DeskUpFrame(message)))

    def read_desk(self) -> None:
        self.desk.heard_at = self.now
        if self.desk.closing and self.desk_listener is not None:
            # Asked to come to the door again, as every desk is now and then.
            self.desk_listener.on_gone()
            self.open_desk()
        while self.desk.down:
            frame = self.desk.down.popleft()
            if isinstance(frame, bytes):
                message = parse_desk_down(frame).message
                if isinstance(message, Waiting):
                    self.waiting = message

    # ---- what happens ----

    async def happen(self) -> None:
        """Let one random thing happen."""
        roll = self.random.random()
        browser = self.random.choice(self.browsers)
        if roll < 0.62:
            (self.carry_up if self.random.random() < 0.5 else self.carry_down)(browser)
        elif roll < 0.72:
            self.connect(browser)
        elif roll < 0.76:
            self.drop(browser)
        elif roll < 0.80:
            self.speak(browser)
        elif roll < 0.85:
            self.decide()
        elif roll < 0.88 and len(self.browsers) < 8:
            self.come()
        elif roll < 0.90 and len(self.browsers) > 2:
            self.close_page(browser)
        elif roll < 0.92 and browser.place is Place.ASKING:
            self.say(browser, Takeover())
        elif roll < 0.93:
            self.say(browser, Leave())
            browser.wants_in, browser.told = False, Leave
        elif roll < 0.95:
            await self.crash()
        elif roll < 0.955:
            self.relay.speak(self.random)
        elif roll < 0.965:
            self.now += self.random.choice((-3600.0, 3600.0, WINDOW_S, HELLO_S, PING_S))
        elif roll < 0.967:
            self.hub.revoked(APPOINTMENT)
            self.revoked |= {each.visit for each in self.browsers if each.seat is Seat.CLIENT}
        elif roll < 0.968 and browser.seat is Seat.THERAPIST:
            self.say(browser, End())
        else:
            self.tick()
        await asyncio.sleep(0)

    def tick(self) -> None:
        self.now += self.random.uniform(0, 20)
        self.read_desk()
        self.hub.sweep()

    def speak(self, browser: Browser) -> None:
        """Say something, allowed or not, to whom one has heard of or not."""
        to = self.random.choice([browser.other or "nobody-000", "nobody-000"])
        forged = f"v=0\r\ns=forged 1\r\na=ice-ufrag:x\r\n{FINGERPRINT}\r\n"
        message = self.random.choice(
            [Candidate(to, ""), Text("hello"), Description("nobody-000",
             DescriptionKind.OFFER, forged), End() if browser.seat is Seat.CLIENT else Text("x")]
        )  # fmt: skip
        self.say(browser, message)
        if browser.place is Place.SEATED and self.random.random() < 0.5:
            self.offer(browser)

    def decide(self) -> None:
        self.read_desk()
        if not self.waiting or not self.waiting.people:
            return
        person = self.random.choice(self.waiting.people)
        roll = self.random.random()
        if roll < 0.75:
            self.click(Admit(APPOINTMENT, person.peer, also=True))
        elif roll < 0.85:
            self.click(Decline(APPOINTMENT, person.peer))
        else:
            self.click(SendNote(APPOINTMENT, person.peer, "Two more minutes"))

    def come(self) -> None:
        """A new page: a stranger, a second device, a duplicate tab or a reload."""
        model = self.random.choice(self.browsers)
        roll = self.random.random()
        if roll < 0.4:
            self.close_page(model)
            fresh = self.open_page(model.seat, model.visit, tab=model.caller.tab)
        elif roll < 0.7:
            fresh = self.open_page(model.seat, model.visit)
        else:
            self.serial += 1
            fresh = self.open_page(Seat.CLIENT, f"visit-{self.serial:08}")
        self.connect(fresh)

    # ---- what must hold ----

    def check(self) -> None:
        """Hold the invariants of the one room."""
        for room in self.hub.rooms():
            for seat in Seat:
                held = [
                    p for p in room.peers.values() if p.seat is seat and p.place is Place.SEATED
                ]
                assert len(held) <= 1, f"two in the seat of the {seat}"
            for peer in room.peers.values():
                assert peer.visit not in room.declined, "a declined visit is inside"
                if peer.seat is Seat.CLIENT and peer.place is Place.SEATED:
                    assert peer.visit in room.admitted, "seated without admission"
                assert peer.seat is Seat.THERAPIST or peer.visit not in self.revoked, (
                    "a revoked visit is inside"
                )

    async def settle(self) -> None:
        """Stop all faults and let everyone finish."""
        for round_ in range(400):
            self.now += 1.0
            for browser in list(self.browsers):
                if browser.wants_in:
                    self.connect(browser)
                for _ in range(8):
                    self.carry_up(browser)
                    self.carry_down(browser)
            self.read_desk()
            self.hub.sweep()
            await asyncio.sleep(0)
            if round_ > WINDOW_S + 30 and not any(
                b.pipe and (b.pipe.up or b.pipe.down) for b in self.browsers
            ):
                break
        self.check()
        await self.settle_way()
        seated = [b for b in self.browsers if b.place is Place.SEATED and b.wants_in]
        for browser in self.browsers:
            if browser.wants_in:
                waits = any(
                    p.peer == browser.caller.peer
                    for p in (self.waiting.people if self.waiting else [])
                )
                assert browser in seated or browser.told is not None or waits, (
                    f"{browser.name} is nowhere and was not told"
                )
        by_seat = {seat: [b for b in seated if b.seat is seat] for seat in Seat}
        assert all(len(held) <= 1 for held in by_seat.values()), "two pages think they are seated"
        if all(by_seat.values()):
            therapist, client = by_seat[Seat.THERAPIST][0], by_seat[Seat.CLIENT][0]
            for one, other in ((therapist, client), (client, therapist)):
                assert one.other == other.caller.peer, f"{one.name} speaks to a former peer"
                assert one.connected_page == other.caller.page, (
                    f"{one.name} is not connected to {other.name}"
                )

    async def settle_way(self) -> None:
        """Let the two negotiate once more over a relay that works, and hold that they agree."""
        self.relay.full, self.relay.up = False, True
        self.relay.events[0].relay_turned()
        self.now += 60
        for _ in range(3):
            for browser in self.browsers:
                if browser.seat is Seat.THERAPIST and browser.place is Place.SEATED:
                    self.offer(browser)
                    browser.told_way = ""
            for _ in range(40):
                for browser in list(self.browsers):
                    self.carry_up(browser)
                    self.carry_down(browser)
                await asyncio.sleep(0)
        seated = {b.seat: b for b in self.browsers if b.place is Place.SEATED and b.wants_in}
        if len(seated) < len(Seat) or not seated[Seat.THERAPIST].told_way:
            return
        one, other = seated[Seat.THERAPIST], seated[Seat.CLIENT]
        assert one.told_way == other.told_way, "the two go different ways"
        if one.told_way == "direct":
            assert (one.told_ufrag, other.told_ufrag) == (other.ufrag, one.ufrag)
        else:
            legs = {
                each.credentials.ufrag for b in self.relay.bridges.values() for each in b.values()
            }
            assert {one.told_ufrag, other.told_ufrag} <= legs, "a leg is not open"


async def live(seed: int, *, story: bool = False) -> None:
    """Live one world through. Raises AssertionError where it breaks a promise."""
    world = World(seed, story=story)
    world.connect(world.open_page(Seat.THERAPIST, "visit-therapist"))
    world.connect(world.open_page(Seat.CLIENT, "visit-client"))
    for number in range(STEPS):
        if story:
            print(f"step {number}, at {world.now:.1f}")
        await world.happen()
        world.check()
    await world.settle()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--story", action="store_true")
    chosen = parser.parse_args()
    seeds = range(chosen.seeds) if chosen.seed is None else [chosen.seed]
    broken = 0
    for seed in seeds:
        try:
            asyncio.run(live(seed, story=chosen.story))
        except AssertionError as error:
            broken += 1
            print(f"seed {seed}: {error}")
    print(f"{len(seeds)} worlds, {broken} broke a promise")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
