"""Hours as a person types them: "9-12, 14:00–18:30"."""

import re
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.hours import SPANS_MAX, Spans, WallSpan, tidy

_CHARS_MAX: Final = 300
_TIME: Final = r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?h?"
_SPAN: Final = re.compile(rf"{_TIME}\s*(?:-|–|—|to)\s*{_TIME}")
_HOW: Final = "Please write hours such as 9:00–12:00, 14:00–18:30."


def read_spans(text: str) -> Spans:
    """Return the spans of a day; none for an empty text. Raises Invalid with an example."""
    parts = [part.strip() for part in re.split("[,;]", text) if part.strip()]
    if len(text) > _CHARS_MAX or len(parts) > SPANS_MAX:
        raise Invalid(_HOW, code="hours")
    return tidy(map(_span, parts))


def write_spans(spans: Spans) -> str:
    """Return the spans as `read_spans` reads them."""
    return ", ".join(f"{_time(span.start_min)}–{_time(span.end_min)}" for span in spans)


def _span(text: str) -> WallSpan:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Invalid(_HOW, code="hours")
    hours = [int(each or 0) for each in found.groups()]
    if hours[1] > 59 or hours[3] > 59:
        raise Invalid(_HOW, code="hours")
    return WallSpan(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
