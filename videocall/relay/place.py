"""Where the relay listens, and what is known of how browsers come there, as configured (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from videocall.errors import ConfigError
from videocall.relay.addresses import LOCAL, Address, is_inside, is_near, read


@dataclass(frozen=True, slots=True)
class Place:
    port: int
    """UDP and TCP; 0: one that is free."""
    bound: Sequence[Address]
    tcp: bool
    host: str
    """The host of the public URL."""
    configured: Sequence[Address] = ()
    """Where browsers are told to come; empty: to be found."""

    @property
    def localhost(self) -> bool:
        return self.host in LOCAL


def placed(
    port: int, hosts: Sequence[str], public_addresses: Sequence[str], host: str, *, tcp: bool
) -> Place:
    """Return the place that the section `[relay]` speaks of. Raises ConfigError."""
    if not hosts:
        raise ConfigError("relay.hosts: give an address to listen on, or relay.enabled = false")
    bound = _read("relay.hosts", hosts, public=False)
    configured = _read("relay.public_addresses", public_addresses, public=True)
    for each in configured:
        if is_near(each) and not is_inside(host):
            raise ConfigError(
                f"relay.public_addresses: {each} leads nowhere for browsers outside your network;"
                " it may stand here only where server.public_url is localhost or a private host"
            )
        if each.version not in {one.version for one in bound}:
            raise ConfigError(
                f"relay.public_addresses: nothing in relay.hosts listens on IPv{each.version}"
                f" for {each}"
            )
    return Place(port, bound, tcp, host, configured)


def _read(key: str, texts: Sequence[str], *, public: bool) -> Sequence[Address]:
    try:
        return [read(each, public=public) for each in texts]
    except ConfigError as error:
        raise ConfigError(f"{key}: {error.text}") from error
