"""How often an appointment is to be repeated, as a form holds it."""

import re
from datetime import date, datetime
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.series import Series
from videocall.web.posted import Posted

NAMES: Final = ("repeat", "every", "ends", "until", "count")
ONCE: Final = "no"
SOME_WEEKS: Final = "n"
_FIXED: Final = {"1": 1, "2": 2}
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS_MAX: Final = 5


class Repeat:
    """Reads a posted form: `values` as typed, `wrong` a word for each field that fails."""

    def __init__(self, posted: Posted) -> None:
        self.values = {name: posted.text(name) for name in NAMES}
        self.wrong: dict[str, str] = {}

    @property
    def asked(self) -> bool:
        """Whether it is to be repeated at all."""
        return self.values["repeat"] not in ("", ONCE)

    def rule(self, first: datetime, zone: str, minutes: int) -> Series | None:
        """Return the series that begins at the wall time `first`, or None where it is none."""
        try:
            every = self._every()
            count, until = self._end()
            return Series(first, zone, minutes, every, count=count, until=until)
        except Invalid as error:
            self.complain(error)
            return None

    def complain(self, error: Invalid) -> None:
        """Put what is wrong with the rule beside the field that says it."""
        end = "until" if self.values["ends"] == "on" else "count"
        self.wrong[end if error.code == "end" else error.code] = error.said

    def _every(self) -> int:
        if self.values["repeat"] in _FIXED:
            return _FIXED[self.values["repeat"]]
        if self.values["repeat"] != SOME_WEEKS:
            raise Invalid("Please choose how often.", code="repeat")
        return _number(self.values["every"], "every")

    def _end(self) -> tuple[int | None, date | None]:
        match self.values["ends"]:
            case "on":
                return None, _date(self.values["until"])
            case "after":
                return _number(self.values["count"], "count"), None
            case _:
                raise Invalid("A series needs an end: a date, or how many.", code="ends")


def unrepeated() -> dict[str, str]:
    """Return what the form holds at first."""
    return {"repeat": ONCE, "every": "3", "ends": "after", "until": "", "count": "10"}


def _number(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        raise Invalid("Please give a number.", code=field)
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError as error:
        raise Invalid("Please give the date of the last day.", code="until") from error
