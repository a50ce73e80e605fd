"""Where a feed lies, and which networks are never asked.

A therapist may type any address; this server must not fetch for her what only it can reach: its own
machine, the practice's network, a cloud's metadata. The address that counts is the one that is
connected to, whatever a name resolved to before.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from videocall.errors import Invalid

ADDRESS_MAX_CHARS: Final = 2000
_SCHEMES: Final = {"https": "https", "http": "http", "webcal": "https", "webcals": "https"}
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

_NO_ADDRESS: Final = (
    "Please give the whole address of the calendar. It begins with https:// or webcal://."
)


def clean_address(text: str) -> str:
    """Return the address of a feed as http or https; webcal means https. Raises Invalid."""
    text = text.strip()
    try:
        url = urlsplit(text)
        scheme, host, _ = _SCHEMES.get(url.scheme.lower()), url.hostname, url.port
    except ValueError as error:
        raise Invalid(_NO_ADDRESS, code="address") from error
    sound = text.isprintable() and " " not in text and len(text) <= ADDRESS_MAX_CHARS
    if scheme is None or not host or not sound:
        raise Invalid(_NO_ADDRESS, code="address")
    return url._replace(scheme=scheme, fragment="").geturl()


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the open internet."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        inside = _ipv4_inside(address)
        if inside is not None:
            return is_public(str(inside))
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    return address.is_global and not address.is_multicast


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to by translation or in a tunnel."""
    if any(address in network for network in _IPV4_INSIDE):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None
