"""The ICE servers one peer is given, with credentials of its own."""

from datetime import datetime, timedelta

from videocall.access.turn import IceRules, credentials
from videocall.signalling.messages import Ice, IceServer


def ice(rules: IceRules, name: str, now: datetime) -> Ice:
    """Return the ICE servers for one peer, with credentials of its own."""
    servers = [IceServer(list(rules.stun_urls))] if rules.stun_urls else []
    expires_at_ms = None
    if rules.turn_urls:
        until = now + timedelta(seconds=rules.turn_ttl_s)
        username, password = credentials(rules.turn_secret, name, until)
        servers.append(IceServer(list(rules.turn_urls), username, password))
        expires_at_ms = int(until.timestamp() * 1000)
    return Ice(servers, rules.relay_only, expires_at_ms)
