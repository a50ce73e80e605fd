"""The ICE servers one peer is given, with credentials of its own."""

from datetime import datetime, timedelta

from videocall.access.turn import IceRules, credentials
from videocall.signalling.messages import Ice, IceServer


def ice(rules: IceRules, name: str, now: datetime, *, hides: bool) -> Ice:
    """Return the ICE servers for one peer, with credentials of its own.

    With `hides` its browser uses a TURN server's candidates alone.
    """
    servers = [IceServer(list(rules.stun_urls))] if rules.stun_urls else []
    expires_at_ms = None
    if rules.turn_urls:
        until = now + timedelta(seconds=rules.turn_ttl_s)
        username, password = credentials(rules.turn_secret, name, until)
        servers.append(IceServer(list(rules.turn_urls), username, password))
        expires_at_ms = int(until.timestamp() * 1000)
    return Ice(servers, hides, expires_at_ms)
