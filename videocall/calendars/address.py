"""Where a feed lies, as a therapist types it.

She may type any address; this server must not fetch for her what only it can reach: its own
machine, the practice's network, a cloud's metadata. That is for `outbound` to see to.
"""

from typing import Final
from urllib.parse import urlsplit

from videocall.errors import Invalid

ADDRESS_MAX_CHARS: Final = 2000
_SCHEMES: Final = {"https": "https", "http": "http", "webcal": "https", "webcals": "https"}
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
