"""What is measured: capacity, the relay alone, delay at a pace, idle memory, growth."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Final, Protocol

from benchmarks.course import NEGOTIATION, Course, Room, Speech, Stage
from benchmarks.driver import Driver
from benchmarks.process import Served

AT_ONCE: Final = 96
IDLE_S: Final = 0.05
SETTLE_S: Final = 0.5
LIMIT_S: Final = 90.0
WARM_UP: Final = 50


class Target(Protocol):
    """A server under test and the rooms to be played on it."""

    @property
    def name(self) -> str: ...

    @property
    def served(self) -> Served: ...

    def pair(self) -> tuple[Speech, Speech]:
        """Return how the therapist and the client of a new room speak."""


@dataclass(frozen=True, slots=True)
class Window:
    """What one stretch of work took. `units` are rooms, or relayed messages."""

    units: int
    wall_s: float
    server_s: float
    driver_s: float
    delays_s: list[float]

    @property
    def per_s(self) -> float:
        return self.units / self.wall_s

    @property
    def server_ms(self) -> float:
        """Return the server's CPU milliseconds per unit."""
        return self.server_s * 1000 / self.units

    @property
    def server_busy(self) -> float:
        return self.server_s / self.wall_s

    @property
    def driver_busy(self) -> float:
        return self.driver_s / self.wall_s

    def delay_ms(self, share: float) -> float:
        """Return the delay below which `share` of the relayed messages arrived."""
        ordered = sorted(self.delays_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Stopwatch:
    """Reads the clocks of the wall, the server and the driver."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._began = self._read()

    def stop(self, units: int, delays_s: list[float]) -> Window:
        began, ended = self._began, self._read()
        wall_s, server_s, driver_s = (
            after - before for before, after in zip(began, ended, strict=True)
        )
        return Window(units, wall_s, server_s, driver_s, delays_s)

    def _read(self) -> tuple[float, float, float]:
        return time.perf_counter(), self._served.cpu_s(), time.process_time()


def capacity(driver: Driver, target: Target, rooms: int, at_once: int = AT_ONCE) -> Window:
    """Play `rooms` rooms as fast as the server goes, `at_once` at a time."""
    started = finished = 0

    def reached(_room: Room, stage: Stage) -> None:
        nonlocal started, finished
        if stage is Stage.DONE:
            finished += 1
            if started < rooms:
                start()

    def start() -> None:
        nonlocal started
        started += 1
        Room(course, *target.pair())

    course = Course(driver, target.served.port, IDLE_S, reached, [])
    watch = Stopwatch(target.served)
    for _ in range(min(at_once, rooms)):
        start()
    driver.run(lambda: finished == rooms, LIMIT_S)
    return watch.stop(rooms, course.delays_s)


def paced(driver: Driver, target: Target, rate_per_s: float, seconds: float) -> Window:
    """Let a room begin every 1 / `rate_per_s` seconds, whatever the server does."""
    rooms = max(1, int(rate_per_s * seconds))
    finished = 0

    def reached(_room: Room, stage: Stage) -> None:
        nonlocal finished
        finished += stage is Stage.DONE

    course = Course(driver, target.served.port, IDLE_S, reached, [])

    def start() -> None:
        Room(course, *target.pair())

    watch = Stopwatch(target.served)
    for number in range(rooms):
        driver.later(number / rate_per_s, start)
    driver.run(lambda: finished == rooms, seconds + LIMIT_S)
    return watch.stop(rooms, course.delays_s)


class Crowd:
    """Many rooms that go on together, from stage to stage."""

    def __init__(self, driver: Driver, target: Target, rooms: int, *pauses: Stage) -> None:
        self._driver = driver
        self._size = rooms
        self._pairs = target.pair
        self._rooms: list[Room] = []
        self._reached: Counter[Stage] = Counter()
        self.course = Course(driver, target.served.port, 0.0, self._count, [], frozenset(pauses))

    def open(self, until: Stage) -> None:
        """Open all rooms, a few at a time."""
        while len(self._rooms) < self._size:
            for _ in range(min(AT_ONCE, self._size - len(self._rooms))):
                self._rooms.append(Room(self.course, *self._pairs()))
            self._wait_for(until)

    def go(self, until: Stage) -> None:
        """Let all rooms go on from their pause."""
        for room in self._rooms:
            room.go()
        self._wait_for(until)

    def _count(self, _room: Room, stage: Stage) -> None:
        self._reached[stage] += 1

    def _wait_for(self, stage: Stage) -> None:
        self._driver.run(lambda: self._reached[stage] == len(self._rooms), LIMIT_S)


def relay(driver: Driver, target: Target, rooms: int) -> Window:
    """Measure the negotiation alone: both are in all rooms before it begins."""
    crowd = Crowd(driver, target, rooms, Stage.JOINED, Stage.NEGOTIATED)
    crowd.open(Stage.JOINED)
    driver.wait(SETTLE_S)
    watch = Stopwatch(target.served)
    crowd.go(Stage.NEGOTIATED)
    window = watch.stop(rooms * NEGOTIATION, crowd.course.delays_s)
    crowd.go(Stage.DONE)
    return window


def idle_bytes(driver: Driver, target: Target, sockets: int) -> float:
    """Return the resident bytes per socket of rooms that have negotiated and now are quiet."""
    Crowd(driver, target, WARM_UP).open(Stage.DONE)
    driver.wait(SETTLE_S)
    before = target.served.rss_bytes()
    crowd = Crowd(driver, target, sockets // 2, Stage.NEGOTIATED)
    crowd.open(Stage.NEGOTIATED)
    driver.wait(2 * SETTLE_S)
    return (target.served.rss_bytes() - before) / sockets


def growth(driver: Driver, target: Target, rooms: int) -> tuple[int, int]:
    """Return the resident bytes after `rooms` finished rooms, and after twice as many."""
    sizes = []
    for _ in range(2):
        capacity(driver, target, rooms, AT_ONCE // 4)
        driver.wait(SETTLE_S)
        sizes.append(target.served.rss_bytes())
    return sizes[0], sizes[1]
