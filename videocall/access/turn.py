"""ICE servers, and TURN credentials that expire.

coturn's REST scheme (draft-uberti-behave-turn-rest): the user name is the expiry in Unix seconds
and an opaque id, the password the HMAC-SHA1 of it under a secret shared with the TURN server.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IceRules:
    """Where browsers ask for their addresses (STUN) and for a TURN server."""

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    turn_ttl_s: int = 3600


def credentials(secret: str, name: str, until: datetime) -> tuple[str, str]:
    """Return the user name and password for `name` until an instant."""
    username = f"{int(until.timestamp())}:{name}"
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return username, base64.b64encode(digest).decode()
