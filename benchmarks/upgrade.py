"""The request with which Chromium opens a WebSocket; every server gets the same headers."""

from typing import Final

_REQUEST: Final = (
    "GET {target} HTTP/1.1\r\n"
    "Host: localhost:{port}\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: {origin}\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "{more}"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n"
)


def request(target: str, port: int, *, origin: str, cookie: str = "", protocol: str = "") -> bytes:
    """Return the whole request."""
    more = f"Cookie: {cookie}\r\n" if cookie else ""
    more += f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    return _REQUEST.format(target=target, port=port, origin=origin, more=more).encode()
