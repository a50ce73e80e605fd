"""Requests to other servers: never, unless it is meant, to an address of the local network.

Names are checked where they cannot lie any more: at the address a socket is made for, just before
it connects. What a name meant a moment ago, or means to somebody else, does not count.
"""

import socket
import ssl
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import AddrInfoType, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from videocall.errors import Invalid

URL_MAX_CHARS: Final = 2000
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_CLOSED: Final = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # for protocols; a cloud's metadata among them
        "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        "64:ff9b:1::/48",  # IPv4 of a local network, translated
        "fec0::/10",  # the local networks of old
    )
)
_IPV4_INSIDE: Final = tuple(ip_network(each) for each in ("::/96", "::ffff:0:0/96", "64:ff9b::/96"))
_6TO4: Final = ip_network("2002::/16")
_HOW: Final = "Please give an address such as https://example.org/webhooks."


def checked_url(text: str, *, private: bool) -> str:
    """Return an address to send to.

    Raises Invalid unless it is https, or http on localhost, and where it is one of the local
    network in so many words that nobody meant (`private`).
    """
    try:
        url = URL(text)
        host, port = url.host, url.port
    except ValueError as error:
        raise Invalid(_HOW, code="url") from error
    plain = text.isprintable() and " " not in text and len(text) <= URL_MAX_CHARS
    if not (plain and host and port and url.scheme in ("http", "https")):
        raise Invalid(_HOW, code="url")
    if url.scheme == "http" and host not in _LOCAL:
        raise Invalid("Please use https; only localhost may be http.", code="url")
    if url.user is not None or url.password is not None or url.fragment:
        raise Invalid("This address has a part that is not sent: @ or #.", code="url")
    if not private and _is_local(host):
        raise Invalid("This is an address of the local network.", code="private")
    return text


class ClosedNetwork(OSError):
    """This address is never connected to."""


def session(
    may_ask: Callable[[str], bool],
    timeout_s: float | None = None,
    trust: ssl.SSLContext | None = None,
) -> ClientSession:
    """Return a browser that knows nothing from before, not even where a name leads.

    It connects to IP addresses that it `may_ask` alone, wherever a name or a redirect leads; any
    other is a ClosedNetwork. `trust`: whose certificates are believed; None for those of the
    machine. What comes is not unpacked.
    """

    def open_socket(to: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = to
        if not may_ask(str(address[0])):
            raise ClosedNetwork("this address is never connected to")
        return socket.socket(family, kind, protocol)

    return ClientSession(
        connector=TCPConnector(
            socket_factory=open_socket,
            ssl=trust or True,
            force_close=True,
            use_dns_cache=False,
            limit=1,
        ),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        timeout=ClientTimeout(total=timeout_s),
    )


def anywhere(_text: str) -> bool:
    """Take every address, where that is meant."""
    return True


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public internet."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        inside = _ipv4_inside(address)
        if inside is not None:
            return is_public(str(inside))
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    return address.is_global and not address.is_multicast


def _is_local(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:  # a name: what it means is seen when it is connected to
        return host in _LOCAL or host.endswith(".localhost")


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to by translation or in a tunnel."""
    if any(address in network for network in _IPV4_INSIDE):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None
