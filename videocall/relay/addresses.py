"""Which addresses browsers are told for the relay, and the candidates made of them (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from videocall.errors import ConfigError

Address = IPv4Address | IPv6Address

ADDRESSES_MAX: Final = 8
LOCAL: Final = ("localhost", "127.0.0.1", "::1")

_UDP_PREFERENCE: Final = 126
_TCP_PREFERENCE: Final = 90
"""Below UDP, as browsers have it: TCP waits for what is lost (RFC 6544 section 4.2)."""
_PASSIVE: Final = 4 << 13
_COMPONENT: Final = 1
_PRIVATE_SUFFIXES: Final = (".local", ".localhost", ".lan", ".internal", ".home.arpa", ".test")
_DOCUMENTATION: Final = tuple(
    map(
        ip_network,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    )
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of this machine: `configured` goes before all, `named` is what the public host
    is called in the DNS, `own` what its interfaces have, `bound` where the relay listens.
    """

    bound: Sequence[Address]
    configured: Sequence[Address] = ()
    named: Sequence[Address] = ()
    own: Sequence[Address] = ()
    localhost: bool = False
    """Whether browsers come by localhost, so that they are on this machine or beside it."""


def read(text: str, *, public: bool) -> Address:
    """Return an address one can listen on, or where `public`, one that browsers can be told.

    Raises ConfigError, which says what is wrong with it.
    """
    try:
        address = ip_address(text)
    except ValueError as error:
        raise ConfigError(f"{text} is no IPv4 or IPv6 address") from error
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise ConfigError(f"{text} has a zone, which no other machine knows; leave it out")
        if address.ipv4_mapped is not None:
            raise ConfigError(f"{text} is an IPv4 address in disguise; write {address.ipv4_mapped}")
    if address.is_multicast:
        raise ConfigError(f"{text} is a multicast address; give one of this server alone")
    if public and address.is_unspecified:
        raise ConfigError(
            f"{text} leads nowhere; give the address at which browsers reach this server"
        )
    if public and any(address in network for network in _DOCUMENTATION):
        raise ConfigError(f"{text} is an example from a document; give this server's own address")
    return address


def is_near(address: Address) -> bool:
    """Tell whether an address means something on this machine or in its own network alone."""
    return address.is_loopback or address.is_link_local or address.is_private


def is_inside(host: str) -> bool:
    """Tell whether a host is this machine, or one that only its own network knows by this name."""
    if host in LOCAL or host.endswith(_PRIVATE_SUFFIXES):
        return True
    try:
        return is_near(ip_address(host))
    except ValueError:
        return "." not in host


def chosen(around: Surroundings) -> Sequence[Address]:
    """Return where browsers reach the relay, the likeliest first; at most ADDRESSES_MAX.

    What is configured stays in its order; else addresses of wide reach go first, IPv6 before IPv4.
    Many machines call their own public name 127.0.1.1: that is true for nobody else.
    """
    families = {each.version for each in around.bound}
    found: Iterable[Address] = around.configured
    if not around.configured:
        found = sorted(
            _found(around), key=lambda each: (is_near(each), each.is_loopback, -each.version)
        )
    usable = (each for each in found if each.version in families and not each.is_link_local)
    return tuple(dict.fromkeys(usable))[:ADDRESSES_MAX]


def _found(around: Surroundings) -> Sequence[Address]:
    if around.localhost:
        return [each for each in around.own if _listens_at(around.bound, each)]
    named = [each for each in around.named if not each.is_loopback]
    return named or [each for each in around.own if each.is_global]


def _listens_at(bound: Iterable[Address], address: Address) -> bool:
    return any(
        each == address or (each.is_unspecified and each.version == address.version)
        for each in bound
    )


def candidates(addresses: Sequence[Address], port: int, *, tcp: bool) -> Sequence[str]:
    """Return the candidate-attributes of the relay (RFC 8839 section 5.1), UDP before TCP.

    Priorities follow RFC 8445 section 5.1.2.1, and for TCP RFC 6544 section 4.2.
    """
    lines = []
    count = len(addresses)
    for place, address in enumerate(addresses):
        priority = _priority(_UDP_PREFERENCE, 65535 - place)
        lines.append(f"candidate:u{place} {_COMPONENT} udp {priority} {address} {port} typ host")
    for place, address in enumerate(addresses if tcp else ()):
        priority = _priority(_TCP_PREFERENCE, _PASSIVE + count - place)
        lines.append(
            f"candidate:t{place} {_COMPONENT} tcp {priority} {address} {port} typ host"
            " tcptype passive"
        )
    return tuple(lines)


def _priority(type_preference: int, local_preference: int) -> int:
    return (type_preference << 24) + (local_preference << 8) + (256 - _COMPONENT)
