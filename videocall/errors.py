"""What can go wrong, whose fault it is and who is told.

VideocallError          code, http_status, close_code, text, said
  ProtocolError         our own pages never send this: the socket is closed with 4400
  Refusal               told to the sender in plain words; the connection lives
    Invalid             a value that cannot be used (the text says how to mend it)
    Forbidden           the sender may not do this
    NotFound            there is no such thing, or not for this person
    Conflict            true when asked, no longer possible now
    TooMany             a bound on count or rate was reached
    Unavailable         try again shortly; nothing was changed
  LinkInvalid           a session link that opens nothing (4401, final)
  ConfigError           the configuration or a key file cannot be used; the process does not start

Anything else is internal: logged by type, answered with a generic text.
"""

import traceback
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class CloseCode(IntEnum):
    """WebSocket close codes (RFC 6455 section 7.4; 4000 to 4999 are ours)."""

    GOING_AWAY = 1001
    INTERNAL = 1011
    RESTARTING = 1012
    TRY_LATER = 1013
    PROTOCOL = 4400
    LINK_INVALID = 4401
    REFUSED = 4403
    SLOW = 4408
    REPLACED = 4409
    ENDED = 4410

    @property
    def final(self) -> bool:
        """Tell whether a page must stop reconnecting after this code."""
        return self in FINAL_CLOSE_CODES


FINAL_CLOSE_CODES = frozenset(
    {CloseCode.LINK_INVALID, CloseCode.REFUSED, CloseCode.REPLACED, CloseCode.ENDED}
)


class Text(str):
    """A sentence for people, in English, with what it takes to say it in another language.

    `msgid` has places for `values`, as in "Please choose from %(least)s to %(most)s."; a value may
    be a Text itself. Whoever finds texts to translate looks for what is given here as a literal.
    """

    msgid: str
    values: Mapping[str, object]

    def __new__(cls, msgid: str, **values: object) -> "Text":
        """Return the sentence with its values filled in."""
        text = super().__new__(cls, msgid % values if values else msgid)
        text.msgid, text.values = msgid, values
        return text


class VideocallError(Exception):
    """A failure with a stable `code` for programs and words for people.

    `text` is plain English; pages say `said`, in their reader's language.
    """

    code: str = "internal"
    http_status: ClassVar[int] = 500
    close_code: ClassVar[CloseCode] = CloseCode.INTERNAL

    def __init__(self, text: str, *, code: str | None = None, **values: object) -> None:
        self.said = text if isinstance(text, Text) else Text(text, **values)
        self.text = str(self.said)
        super().__init__(self.text)
        if code is not None:
            self.code = code


class ProtocolError(VideocallError):
    code = "protocol"
    http_status = 400
    close_code = CloseCode.PROTOCOL


class Refusal(VideocallError):
    code = "refused"
    http_status = 400
    close_code = CloseCode.REFUSED


class Invalid(Refusal):
    code = "invalid"
    http_status = 422


class Forbidden(Refusal):
    code = "forbidden"
    http_status = 403


class NotFound(Refusal):
    code = "not_found"
    http_status = 404


class Conflict(Refusal):
    code = "conflict"
    http_status = 409


class TooMany(Refusal):
    code = "too_many"
    http_status = 429


class Unavailable(Refusal):
    code = "unavailable"
    http_status = 503


class LinkInvalid(VideocallError):
    code = "link_invalid"
    http_status = 403
    close_code = CloseCode.LINK_INVALID


class ConfigError(VideocallError):
    code = "config"


def trace(error: BaseException) -> str:
    """Return where `error` arose, innermost first, without its message, which may quote people."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-6:]))
    return f"{type(error).__name__} at {places}"
