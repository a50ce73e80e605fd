"""A letter as a text: one short line, which a telephone shows on its locked screen."""

from typing import Final

from videocall.letters.letterhead import Letterhead, Matter, Render, language, words

_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_TWICE: Final = frozenset("^{}\\[~]|€\f")
"""What GSM 03.38 writes as two."""
_PLAIN: Final = str.maketrans("\u00a0\u2007\u202f–—‘’“”„…", '   --\'\'""".')
"""A single one of these, and every letter of an SMS would take twice the room."""


def text(render: Render, head: Letterhead, matter: Matter) -> str:
    """Return the words of a letter in one line."""
    values = words(matter, head) | {"short": matter.links.short}
    written = render("sms/letter.txt", language(matter, head), values)
    return " ".join(written.split()).translate(_PLAIN)


def sms_parts(text: str) -> int:
    """Return as how many SMS a text travels (3GPP TS 23.038): 160 letters, or 70 in other scripts.

    Those of several have less room each: they say which comes first.
    """
    if all(char in _GSM7 or char in _GSM7_TWICE for char in text):
        length, alone, joined = len(text) + sum(char in _GSM7_TWICE for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
