"""The link to a relay's own process: whole again after whatever happened to either end."""

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from tests.relay.caller import UdpCaller
from tests.relay.world import Heard, credentials, named, outpost, packet, port_of, until
from videocall.errors import ConfigError
from videocall.ids import BridgeId
from videocall.relay.control import FRAME_MAX_BYTES, FROM_RELAY, FromServe, Here, Take, hear, post
from videocall.relay.link import Link
from videocall.signalling.bridge import Leg, LegState
from videocall.signalling.messages import Seat, WhyNot

ONE = BridgeId("one")
CLIENT, THERAPIST = (credentials(ONE, seat, "page") for seat in (Seat.CLIENT, Seat.THERAPIST))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control"


def up(link: Link) -> bool:
    return link.readings().up


async def test_what_is_asked_reaches_the_relay_and_what_it_says_comes_back(path: Path) -> None:
    heard = Heard()
    link = Link(path)
    link.listen(heard)
    async with outpost(path) as relay, link.running():
        assert link.candidates == relay.switchboard.candidates != ()
        link.open(ONE, Seat.CLIENT, CLIENT)
        link.open(ONE, Seat.THERAPIST, THERAPIST)
        assert link.legs(ONE) == {Seat.CLIENT: Leg(CLIENT), Seat.THERAPIST: Leg(THERAPIST)}
        with closing(UdpCaller(port_of(link.candidates))) as browser:
            await named(browser, CLIENT, "alex")
            await until(lambda: ("leg", ONE, Seat.CLIENT, LegState.UP) in heard.said)
            assert link.legs(ONE)[Seat.CLIENT] == Leg(CLIENT, "alex")
            await until(lambda: [each.id for each in link.readings().bridges] == [ONE])
        link.close(ONE)
        await until(lambda: not relay.switchboard.legs(ONE))
        assert link.legs(ONE) == {}
        await until(lambda: not link.readings().bridges)
    assert ("turned",) in heard.said


async def test_a_relay_that_is_full_says_so(path: Path) -> None:
    heard = Heard()
    link = Link(path)
    link.listen(heard)
    async with outpost(path, bridges_max=1), link.running():
        link.open(ONE, Seat.CLIENT, CLIENT)
        link.open(BridgeId("two"), Seat.CLIENT, CLIENT)
        await until(lambda: ("refused", "two", WhyNot.FULL) in heard.said)
        assert link.legs(BridgeId("two")) == {}
        assert link.legs(ONE)


async def test_a_new_serve_finds_every_bridge_with_what_its_browsers_call_themselves(
    path: Path,
) -> None:
    many = [BridgeId(f"bridge {number}") for number in range(450)]
    async with outpost(path, bridges_max=500):
        before = Link(path)
        async with before.running():
            for bridge in many:
                for seat in Seat:
                    before.open(bridge, seat, credentials(bridge, seat, "page"))
            with closing(UdpCaller(port_of(before.candidates))) as browser:
                await named(browser, credentials(many[0], Seat.CLIENT, "page"), "alex")
            await until(lambda: len(before.readings().bridges) == len(many))
        after = Link(path)
        async with after.running():
            expected = {seat: Leg(credentials(many[0], seat, "page")) for seat in Seat}
            expected[Seat.CLIENT] = Leg(expected[Seat.CLIENT].credentials, "alex")
            assert after.legs(many[0]) == expected
            assert all(set(after.legs(bridge)) == set(Seat) for bridge in many)
            await until(lambda: len(after.readings().bridges) == len(many))


async def test_a_name_that_a_browser_took_since_is_learned(path: Path) -> None:
    link = Link(path)
    async with outpost(path), link.running():
        link.open(ONE, Seat.CLIENT, CLIENT)
        port = port_of(link.candidates)
        for name in ("alex", "alexagain"):
            with closing(UdpCaller(port)) as browser:
                await named(browser, CLIENT, name)
                await until(lambda: link.legs(ONE)[Seat.CLIENT].remote_ufrag == name)  # noqa: B023


async def test_without_a_relay_serve_goes_on_and_new_bridges_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videocall.relay.link.FIRST_S", 0.05)
    heard = Heard()
    link = Link(path)
    link.listen(heard)
    async with link.running():
        assert link.candidates == ()
        assert not up(link)
        assert "relay.control" in link.readings().trouble
        link.open(ONE, Seat.CLIENT, CLIENT)
        assert heard.said == []
        await until(lambda: heard.said == [("refused", ONE, WhyNot.DOWN)])
        async with outpost(path):
            await until(lambda: link.candidates)
            assert link.legs(ONE) == {}


class Broken(Heard):
    """A hub with a fault of its own."""

    def relay_turned(self) -> None:
        super().relay_turned()
        raise RuntimeError("Alex Example")


async def test_a_fault_of_the_hub_never_ends_the_link(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub = Broken()
    link = Link(path)
    link.listen(hub)
    async with link.running():
        for _ in range(2):
            async with outpost(path):
                await until(lambda: link.candidates and up(link))
            await until(lambda: not link.candidates)
    assert len(hub.said) == 4
    assert "RuntimeError at test_link.py" in caplog.text
    assert "Alex" not in caplog.text


async def test_a_relay_that_was_started_anew_gets_every_bridge_again(path: Path) -> None:
    heard = Heard()
    link = Link(path)
    link.listen(heard)
    async with AsyncExitStack() as stack:
        async with outpost(path) as relay:
            await stack.enter_async_context(link.running())
            port = port_of(relay.switchboard.candidates)
            link.open(ONE, Seat.CLIENT, CLIENT)
            link.open(ONE, Seat.THERAPIST, THERAPIST)
            client = stack.enter_context(closing(UdpCaller(port)))
            therapist = stack.enter_context(closing(UdpCaller(port)))
            await named(client, CLIENT, "alex")
            await named(therapist, THERAPIST, "rivera")
        await until(lambda: link.candidates == ())
        assert set(link.legs(ONE)) == set(Seat)
        renewed = credentials(ONE, Seat.CLIENT, "restarted")
        link.open(ONE, Seat.CLIENT, renewed)
        async with outpost(path, port) as relay:
            await until(lambda: link.candidates)
            await named(client, renewed, "alexagain")
            await named(therapist, THERAPIST, "rivera")
            client.send(packet(7))
            assert await therapist.receive() == packet(7)
    turned = [each for each in heard.said if each == ("turned",)]
    assert len(turned) >= 3


async def test_a_bridge_that_was_ended_while_the_link_was_down_ends(path: Path) -> None:
    async with outpost(path) as relay:
        link = Link(path)
        async with link.running():
            link.open(ONE, Seat.CLIENT, CLIENT)
            await until(lambda: relay.switchboard.legs(ONE))
            async with Link(path).running():
                # The other one took over: what is ended here now is ended when it is back.
                await until(lambda: link.candidates == ())
                link.close(ONE)
                assert relay.switchboard.legs(ONE)
            await until(lambda: link.candidates)
            await until(lambda: not relay.switchboard.legs(ONE))


async def test_who_takes_over_lets_the_other_go_and_is_not_driven_out_by_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes: list[Take] = []

    def noted(writer: asyncio.StreamWriter, message: FromServe) -> None:
        if isinstance(message, Take):
            takes.append(message)
        post(writer, message)

    monkeypatch.setattr("videocall.relay.link.post", noted)
    monkeypatch.setattr("videocall.relay.link.BACK_OFF_S", (0.02, 0.02))
    async with outpost(path) as relay:
        old, new = Link(path), Link(path)
        async with old.running():
            old.open(ONE, Seat.CLIENT, CLIENT)
            await until(lambda: relay.switchboard.legs(ONE))
            async with new.running():
                assert set(new.legs(ONE)) == {Seat.CLIENT}
                await until(lambda: len(takes) >= 5)
                assert takes[2:] == [Take(over=False)] * len(takes[2:])
                assert up(new)
                assert not up(old)
                assert "Another" in old.readings().trouble
            await until(lambda: up(old))
            assert set(old.legs(ONE)) == {Seat.CLIENT}


async def test_a_frame_too_long_is_not_waited_for(path: Path) -> None:
    async with outpost(path), asyncio.timeout(20):
        reader, writer = await asyncio.open_unix_connection(path)
        post(writer, Take(over=True))
        assert isinstance(await hear(reader, FROM_RELAY), Here)
        writer.write((FRAME_MAX_BYTES + 1).to_bytes(4, "big"))
        await reader.read()
        writer.close()


WRONG_FRAMES = {
    "no message": b"\x00\x00\x00\x04junk",
    "not the first": b"\x00\x00\x00\x17\x82\xa4type\xa5close\xa6bridge\xa3one",
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "deep": (4000).to_bytes(4, "big") + b"\x91" * 4000,
}


@pytest.mark.parametrize("frame", WRONG_FRAMES.values(), ids=WRONG_FRAMES)
async def test_who_speaks_wrongly_is_hung_up_on_and_nobody_else(path: Path, frame: bytes) -> None:
    link = Link(path)
    async with outpost(path), link.running():
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(frame)
        assert await reader.read() == b""
        writer.close()
        assert up(link)
        link.open(ONE, Seat.CLIENT, CLIENT)
        await until(lambda: link.readings().bridges)


async def test_a_relay_of_another_version_is_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videocall.relay.link.FIRST_S", 0.05)

    async def answers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x00\x00\x04junk")
        asked.append(writer)

    asked: list[asyncio.StreamWriter] = []
    server = await asyncio.start_unix_server(answers, path)
    link = Link(path)
    async with link.running():
        await until(lambda: len(asked) > 1)
        assert not up(link)
    server.close()
    for each in asked:
        each.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
async def test_somebody_elses_process_is_not_listened_to(path: Path) -> None:
    speak = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "try: s.connect(sys.argv[1])\n"
        "except PermissionError: print('no'); sys.exit()\n"
        "try:\n"
        "  s.sendall(bytes.fromhex('00000011') + b'\\x82\\xa4type\\xa4take\\xa4over\\xc3')\n"
        "  print(s.recv(100))\n"
        "except (BrokenPipeError, ConnectionResetError): print(b'')"
    )

    async def stranger_hears() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", speak, str(path), stdout=subprocess.PIPE
        )
        said, _ = await process.communicate()
        return said.decode().strip()

    async with outpost(path):
        assert await stranger_hears() == "no"
        # Even where an operator opened the way.
        opened(path)
        assert await stranger_hears() == "b''"


def opened(path: Path) -> None:
    for each in path.parents:
        if each.stat().st_mode & 0o777 == 0o700:
            each.chmod(0o711)
    path.chmod(0o666)


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"relay\.control"):
        Link(tmp_path / ("x" * 200))
