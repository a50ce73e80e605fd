"""How much the relay may carry: a new bridge is refused before a running one is harmed."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    bridges_max: int = 200
    bridge_kbps_max: int = 6_000
    """Both ways of one bridge together; what goes beyond is dropped."""
    kbps_max: int = 400_000
    """In all, as received within what each bridge may; above it no new bridge is made."""
    sources_max: int = 8
    """Addresses and connections that one leg's browser is heard from."""
    tcp_max: int = 1_000
    """TCP connections at a time."""
    tcp_per_address_max: int = 32
    """The same from one IPv4 address, or one /64 of IPv6: a whole office may be behind it."""
