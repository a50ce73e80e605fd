"""A browser as the relay meets it: checks by aioice's STUN over UDP or TCP, and packets."""

import asyncio
import secrets
import socket
from typing import Protocol

from aioice import stun

from videocall.ids import BridgeId
from videocall.relay.limits import Limits
from videocall.relay.switchboard import Switchboard
from videocall.signalling.bridge import Credentials, LegState, WhyNot
from videocall.signalling.messages import Seat

WAIT_S = 10.0


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def credentials() -> Credentials:
    return Credentials(secrets.token_hex(8), secrets.token_hex(24))


def check(
    told: Credentials,
    *,
    me: str = "abcd",
    nominate: bool = True,
    controlling: bool = True,
    pwd: str | None = None,
) -> bytes:
    """Return a connectivity check such as a browser makes."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{told.ufrag}:{me}"
    message.attributes["PRIORITY"] = 1853824767
    message.attributes["ICE-CONTROLLING" if controlling else "ICE-CONTROLLED"] = 7
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((pwd or told.pwd).encode())
    return bytes(message)


class Caller(Protocol):
    def send(self, packet: bytes) -> None: ...
    async def receive(self) -> bytes: ...
    def close(self) -> None: ...


class UdpCaller:
    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect((host, port))

    def send(self, packet: bytes) -> None:
        self.socket.send(packet)

    async def receive(self) -> bytes:
        receiving = asyncio.get_running_loop().sock_recv(self.socket, 4096)
        return await asyncio.wait_for(receiving, WAIT_S)

    def close(self) -> None:
        self.socket.close()


class TcpCaller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int, host: str = "127.0.0.1") -> "TcpCaller":
        return cls(*await asyncio.open_connection(host, port))

    def send(self, packet: bytes) -> None:
        self.writer.write(len(packet).to_bytes(2, "big") + packet)

    async def receive(self) -> bytes:
        size = int.from_bytes(await asyncio.wait_for(self.reader.readexactly(2), WAIT_S), "big")
        return await asyncio.wait_for(self.reader.readexactly(size), WAIT_S)

    async def closed(self) -> bool:
        """Wait until the relay has ended the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(1), WAIT_S) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.writer.transport.abort()


async def prove(caller: Caller, told: Credentials, *, nominate: bool = True) -> stun.Message:
    """Send a check and return its answer, the integrity of which is right."""
    asked = check(told, nominate=nominate)
    caller.send(asked)
    packet = await caller.receive()
    answer = stun.parse_message(packet)
    assert answer.transaction_id == asked[8:20]
    assert answer.check_message_integrity(told.pwd.encode())
    assert len(packet) <= len(asked)
    return answer


class Told:
    """What the relay says, in order."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    def relay_turned(self) -> None:
        self.queue.put_nowait(("turned",))

    def bridge_refused(self, bridge: BridgeId, why: WhyNot) -> None:
        self.queue.put_nowait((bridge, why))

    def leg_turned(self, bridge: BridgeId, seat: Seat, state: LegState) -> None:
        self.queue.put_nowait((bridge, seat, state))

    async def next(self) -> tuple[object, ...]:
        return await asyncio.wait_for(self.queue.get(), WAIT_S)


class Exchange:
    """A relay on loopback with a clock of the test's, and what it says."""

    def __init__(self, limits: Limits) -> None:
        self.clock = Clock()
        self.board = Switchboard(limits=limits, steady=self.clock)
        self.told = Told()
        self.board.listen(self.told)
        self.callers: list[Caller] = []

    async def caller(self, how: str = "udp4") -> Caller:
        """Return a caller over udp4, udp6, tcp4 or tcp6."""
        at = int(how.endswith("6"))
        host = ("127.0.0.1", "::1")[at]
        caller: Caller
        if how.startswith("udp"):
            caller = UdpCaller(self.board.udp_ports[at], host)
        else:
            caller = await TcpCaller.connect(self.board.tcp_ports[at], host)
        self.callers.append(caller)
        return caller

    def open(self, bridge: str = "bridge") -> dict[Seat, Credentials]:
        """Open both legs of a bridge and return what their browsers are told."""
        told = {seat: credentials() for seat in Seat}
        for seat, each in told.items():
            self.board.open(BridgeId(bridge), seat, each)
        return told

    async def pair(
        self, how: tuple[str, str] = ("udp4", "udp4"), bridge: str = "bridge"
    ) -> tuple[Caller, Caller]:
        """Return the two callers of a bridge whose legs have their pairs."""
        told = self.open(bridge)
        callers = []
        for seat, each in zip(Seat, how, strict=True):
            callers.append(await self.caller(each))
            await prove(callers[-1], told[seat])
            assert await self.told.next() == (bridge, seat, LegState.UP)
        return callers[0], callers[1]

    async def nothing_came(self, sender: Caller, receiver: Caller) -> None:
        """Assert that nothing else is on its way to `receiver`: the next packet is a fresh one."""
        mark = b"\x80mark" + secrets.token_bytes(16)
        sender.send(mark)
        assert await receiver.receive() == mark

    async def stop(self) -> None:
        for caller in self.callers:
            caller.close()
        await self.board.stop()
