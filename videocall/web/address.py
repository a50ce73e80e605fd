"""Whose address counts: the rightmost one that no trusted proxy has."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"
_HOPS_MAX: Final = 32
_HOUSEHOLD_BITS: Final = 64


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address a request came from.

    `peer` is the other end of the TCP connection, `forwarded` are the X-Forwarded-For lines in
    their order. Only what a trusted proxy has appended is believed: reading from the right, the
    first address that is not a trusted proxy is the client. Text that is no address ends the walk.
    """
    current = _address(peer or "")
    if current is None:
        return UNKNOWN
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_HOPS_MAX:]
    while hops and _is_in(current, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        current = before
    return str(current)


def group(address: str) -> str:
    """Return what is counted as one household: an IPv4 address, or an IPv6 /64."""
    parsed = _address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _HOUSEHOLD_BITS), strict=False))
    return address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    host = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
