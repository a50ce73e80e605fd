"""The relay has no key, and nothing with which it could use one."""

import subprocess
import sys
from typing import Final

OPENERS: Final = ("aiortc", "pylibsrtp", "OpenSSL", "av")
"""What ends DTLS, decrypts SRTP or decodes media."""
LOADED: Final = f"""
import sys
import videocall.cli, videocall.exchange, videocall.app
print([name for name in sys.modules if name.split(".")[0] in {OPENERS!r}])
"""


def test_nothing_that_opens_media_is_ever_loaded() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout.strip() == "[]"
