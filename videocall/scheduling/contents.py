"""What an .ics file says about time, and nothing else: titles and names are never looked at.

Content lines (RFC 5545 section 3.1) are unfolded and sorted into their components. What a value
means is for others; here it is only bounded: bytes, entries, and how deep they lie in each other.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from icalendar.parser import Contentline

from videocall.errors import Invalid, Text

BYTES_MAX: Final = 5_000_000
ENTRIES_MAX: Final = 20_000
_DEPTH_MAX: Final = 8
_LINE_MAX_CHARS: Final = 50_000
"""Of a line that is read: thousands of dates."""

_ONSET: Final = frozenset({"DTSTART", "RDATE", "RRULE", "TZOFFSETFROM", "TZOFFSETTO"})
_KEPT: Final = {
    "VEVENT": frozenset(
        {
            "DTEND", "DTSTART", "DURATION", "EXDATE", "RDATE", "RECURRENCE-ID", "RRULE", "SEQUENCE",
            "STATUS", "TRANSP", "UID", "X-MICROSOFT-CDO-BUSYSTATUS",
        }
    ),
    "VFREEBUSY": frozenset({"FREEBUSY"}),
    "VTIMEZONE": frozenset({"TZID"}),
    "STANDARD": _ONSET,
    "DAYLIGHT": _ONSET,
}  # fmt: skip
"""The properties that are read, by the component they belong to; an alarm's are not."""

_FOLD: Final = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")

_TOO_LARGE: Final = "This calendar is larger than 5 MB. Export fewer months of it."
_TOO_MANY: Final = "This calendar has too many entries. Export fewer months of it."
_WEB_PAGE: Final = Text(
    "This is a web page, not a calendar. Look in your calendar's settings for its address in iCal"
    " format."
)
_ARCHIVE: Final = Text("This is an archive. Unpack it, and choose the .ics file that is in it.")
_NO_CALENDAR: Final = Text("This is not a calendar: an .ics file begins with BEGIN:VCALENDAR.")
_BROKEN: Final = Text("This calendar breaks off in the middle, or its parts do not fit together.")


@dataclass(frozen=True, slots=True)
class Line:
    """One property: the zone it names, a parameter that matters to it, and its value."""

    tzid: str
    option: str
    """FBTYPE of a FREEBUSY, RANGE of a RECURRENCE-ID; in capitals."""
    value: str


@dataclass(slots=True)
class Part:
    """A component. `broken`: one of its lines could not be read."""

    kind: str
    lines: dict[str, list[Line]] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)
    broken: bool = False

    def one(self, name: str) -> Line | None:
        """Return the first line of this name."""
        found = self.lines.get(name)
        return found[0] if found else None

    def word(self, name: str) -> str:
        """Return the value of the first line of this name in capitals, or an empty text."""
        line = self.one(name)
        return "" if line is None else line.value.strip().upper()

    def all(self, name: str) -> list[Line]:
        return self.lines.get(name, [])


def parts(ics: bytes) -> list[Part]:
    """Return the events, free-busy times and time zones of a file.

    Raises Invalid for what is no calendar, is cut off, or is too large.
    """
    if len(ics) > BYTES_MAX:
        raise Invalid(_TOO_LARGE, code="calendar")
    found: list[Part] = []
    open_parts: list[Part] = []
    calendars = 0
    for line in _lines(ics):
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            part = Part(line[6:].strip().upper())
            if open_parts:
                open_parts[-1].parts.append(part)
            open_parts.append(part)
            calendars += part.kind == "VCALENDAR"
            if len(open_parts) > _DEPTH_MAX or not calendars:
                raise Invalid(_BROKEN if calendars else _NO_CALENDAR, code="calendar")
        elif name == "END":
            if not open_parts or open_parts[-1].kind != line[4:].strip().upper():
                raise Invalid(_BROKEN, code="calendar")
            part = open_parts.pop()
            if part.kind in ("VEVENT", "VFREEBUSY", "VTIMEZONE"):
                found.append(part)
                if len(found) > ENTRIES_MAX:
                    raise Invalid(_TOO_MANY, code="calendar")
        elif open_parts and name in _KEPT.get(open_parts[-1].kind, ()):
            _keep(open_parts[-1], name, line)
    if open_parts or not calendars:
        raise Invalid(_BROKEN if calendars else _no_calendar(ics), code="calendar")
    return found


def _lines(ics: bytes) -> Iterator[str]:
    """Yield unfolded lines. What is kept is ASCII, so letters in a wrong encoding do no harm."""
    wide = ics.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = ics.decode("utf-16" if wide else "utf-8-sig", "replace")
    yield from filter(None, _LINE_END.split(_FOLD.sub("", text)))


def _keep(part: Part, name: str, line: str) -> None:
    if len(line) > _LINE_MAX_CHARS:
        part.broken = True
        return
    try:
        _, params, value = Contentline(line).parts()
    except ValueError:
        part.broken = True
        return
    option = str(params.get("FBTYPE") or params.get("RANGE") or "").upper()
    kept = Line(str(params.get("TZID", "")), option, value)
    part.lines.setdefault(name, []).append(kept)


def _no_calendar(ics: bytes) -> str:
    start = ics[:1000].lstrip(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"<"):
        return _WEB_PAGE
    return _ARCHIVE if start.startswith(b"PK\x03\x04") else _NO_CALENDAR
