"""Asks the machine and the DNS where this relay may be reached, and tries whether it is.

An address is tried as a browser would: by a check to a leg made for that, whose answer must come
from the very address that was asked (RFC 8445 section 7.2.5.2.1).
"""

import asyncio
import secrets
import socket
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from typing import Final

import ifaddr
from aioice import stun

from videocall.ids import BridgeId
from videocall.live.relaying import Relay
from videocall.relay.addresses import Address
from videocall.signalling.bridge import Credentials
from videocall.signalling.messages import Seat

LOOKUP_S: Final = 3.0
TRIES: Final = 3
TRY_S: Final = 0.4
ANSWER_MAX: Final = 2048
TRIAL: Final = BridgeId("trial")
"""The bridge of the leg that is tried; operators are not shown it."""


def own() -> Sequence[Address]:
    """Return every address of this machine's interfaces, those of loopback included.

    None where the process may not ask, as under the address families of deploy/.
    """
    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        return []
    found = (address.ip for adapter in adapters for address in adapter.ips)
    return [ip_address(each if isinstance(each, str) else each[0]) for each in found]


async def named(host: str) -> Sequence[Address]:
    """Return what a host is called in the DNS (A and AAAA). Raises OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LOOKUP_S):
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


async def leading_here(relay: Relay, addresses: Sequence[Address], port: int) -> Sequence[bool]:
    """Tell of each address whether what is sent there arrives at this relay and is answered.

    All True where the relay is too full to be tried.
    """
    credentials = Credentials(secrets.token_hex(8), secrets.token_hex(24))
    relay.open(TRIAL, Seat.CLIENT, credentials)
    try:
        if not relay.legs(TRIAL):
            return [True for _ in addresses]
        tries = (_leads_here(each, port, credentials) for each in addresses)
        return await asyncio.gather(*tries)
    finally:
        relay.close(TRIAL)


async def _leads_here(address: Address, port: int, credentials: Credentials) -> bool:
    check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    check.attributes["USERNAME"] = f"{credentials.ufrag}:{secrets.token_hex(4)}"
    check.attributes["PRIORITY"] = 1
    check.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
    key = credentials.pwd.encode()
    check.add_message_integrity(key)
    loop = asyncio.get_running_loop()
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            await loop.sock_connect(sender, (str(address), port))
            for _ in range(TRIES):
                await loop.sock_sendall(sender, bytes(check))
                if await _hears_answer(sender, check, key):
                    return True
    except OSError:
        return False
    return False


async def _hears_answer(sender: socket.socket, check: stun.Message, key: bytes) -> bool:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(TRY_S):
            while not _answers(await loop.sock_recv(sender, ANSWER_MAX), check, key):
                pass
    except TimeoutError:
        return False
    return True


def _answers(answer: bytes, check: stun.Message, key: bytes) -> bool:
    try:
        message = stun.parse_message(answer)
        proven = message.check_message_integrity(key)
    except (ValueError, struct.error):  # aioice lets struct.error out where attributes are short
        return False
    right = message.message_class is stun.Class.RESPONSE
    return proven and right and message.transaction_id == check.transaction_id
