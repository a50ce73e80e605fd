"""PeerJS's server (npm `peer`) as a target, in its own protocol."""

import atexit
import itertools
import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks import frames, payloads
from benchmarks.course import Heard, Speech
from benchmarks.driver import Socket
from benchmarks.process import Served
from benchmarks.upgrade import request

# Through its library, not its command line: that one writes a line per connection.
_START: Final = """
const {PeerServer} = require("peer");
PeerServer({port: 0, host: "127.0.0.1", concurrent_limit: 100000}, (server) =>
  console.log(JSON.stringify({port: server.address().port})));
"""
_CONNECTION: Final = "mc_8w1k3qz6c0p"


class PeerJSMissing(Exception):
    """Node, npm or the package is not to be had here; the text says which."""


class PeerJSSpeech:
    __slots__ = ("_other", "_request")

    def __init__(self, own: str, other: str, port: int) -> None:
        target = f"/peerjs?key=peerjs&id={own}&token={own}&version=1.5.5"
        self._request = request(target, port, origin="http://localhost")
        self._other = other

    def request(self) -> bytes:
        return self._request

    def opened(self, _socket: Socket, /) -> bool:
        return True

    def heard(self, payload: bytes, _socket: Socket, /) -> Heard:
        return Heard.OTHER if payload.startswith(b'{"type":"OPEN"') else Heard.RELAYED

    def offer(self) -> bytes:
        return self._say("OFFER", _descriptions["OFFER"])

    def answer(self) -> bytes:
        return self._say("ANSWER", _descriptions["ANSWER"])

    def candidate(self, number: int) -> bytes:
        return self._say("CANDIDATE", _candidates[number])

    def leave(self, socket: Socket) -> None:
        socket.leave()

    def _say(self, kind: str, payload: bytes) -> bytes:
        words = (kind.encode(), payload, self._other.encode())
        return frames.frame(b'{"type":"%b","payload":%b,"dst":"%b"}' % words)


class PeerJS:
    """The server's process. Raises PeerJSMissing where it cannot run."""

    name: Final = "PeerJS"

    @staticmethod
    def install() -> None:
        """Install the package, once per run."""
        _folder()

    def __init__(self) -> None:
        self.served = Served(
            ["node", "-e", _START],
            {"NODE_PATH": str(_folder() / "node_modules"), "NODE_ENV": "production"},
        )
        self._rooms = itertools.count()

    def pair(self) -> tuple[Speech, Speech]:
        """Return how the therapist and the client of a new room speak."""
        room = f"{next(self._rooms):08x}-5a3f-4c1e-9d2b-6f0e8c7b"
        therapist, client = f"{room}a000", f"{room}b000"
        port = self.served.port
        return PeerJSSpeech(therapist, client, port), PeerJSSpeech(client, therapist, port)


@cache
def _folder() -> Path:
    """Return where the package is; the folder goes with the run."""
    folder = tempfile.mkdtemp(prefix="videocall-peerjs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _install(folder)
    return Path(folder)


def _install(folder: str) -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise PeerJSMissing(f"{tool} is not installed")
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline"]
    try:
        subprocess.run(
            [*command, "--prefix", folder, "peer@1"],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise PeerJSMissing(f"npm could not install it ({type(error).__name__})") from error


def _payload(**fields: Any) -> bytes:
    fields |= {"type": "media", "connectionId": _CONNECTION}
    return json.dumps(fields, separators=(",", ":")).encode()


_descriptions: Final = {
    kind: _payload(sdp={"type": kind.lower(), "sdp": payloads.description(chars)})
    for kind, chars in (("OFFER", payloads.OFFER_CHARS), ("ANSWER", payloads.ANSWER_CHARS))
}
_candidates: Final = [
    _payload(
        candidate={
            "candidate": payloads.candidate(number),
            "sdpMLineIndex": 0,
            "sdpMid": "0",
            "usernameFragment": "EsAw",
        }
    )
    for number in range(payloads.CANDIDATES + 2)
]
