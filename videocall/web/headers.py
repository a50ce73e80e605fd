"""The security headers of every response: pages, JSON, files and refusals alike."""

from functools import cache
from typing import Final

from aiohttp import web

from videocall.web.keys import SITE

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self' blob: mediastream:",
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
)

_ALLOWED_HERE: Final = (
    "camera",
    "microphone",
    "display-capture",
    "screen-wake-lock",
    "fullscreen",
    "picture-in-picture",
    "speaker-selection",
    "autoplay",
    "clipboard-write",
)
_DENIED: Final = (
    "accelerometer",
    "browsing-topics",
    "clipboard-read",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "midi",
    "payment",
    "publickey-credentials-get",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_PERMISSIONS: Final = ", ".join(
    [f"{name}=(self)" for name in _ALLOWED_HERE] + [f"{name}=()" for name in _DENIED]
)

_ALWAYS: Final = {
    "Permissions-Policy": _PERMISSIONS,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
_TWO_YEARS_S: Final = 2 * 365 * 24 * 3600

IMMUTABLE: Final = "public, max-age=31536000, immutable"
CLEAR: Final = '"cache", "storage"'
"""What a shared device forgets when somebody signs out or a session is over."""


@cache
def _policy(public_url: str) -> str:
    """Return the Content-Security-Policy: our own files, and nothing written inline.

    Safari before 16 does not take 'self' to mean our own WebSockets too (WebKit bug 201591).
    """
    sockets = public_url.replace("http", "ws", 1)
    return "; ".join([*_POLICY, f"connect-src 'self' {sockets}"])


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete `response` just before it is sent (an `on_response_prepare` signal).

    An upgrade is left as it is: no page reads its headers, and they would stay with the socket.
    """
    if isinstance(response, web.WebSocketResponse):
        return
    headers = response.headers
    headers.update(_ALWAYS)
    headers["Content-Security-Policy"] = _policy(request.app[SITE].public_url)
    headers.setdefault("Cache-Control", "no-store")
    headers.popall("Server", None)
    if request.app[SITE].secure:
        headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS_S}; includeSubDomains"
