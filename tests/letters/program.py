"""A calendar program that takes in what is mailed to its owner."""

from datetime import UTC, datetime
from typing import Any

import recurring_ical_events
from icalendar import Calendar

Spans = set[tuple[datetime, datetime]]


class Program:
    """It does as RFC 5546 says, and knows of each event what was said last about it."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], Any] = {}

    def take(self, told: tuple[str, list[Any]] | None) -> None:
        if told is None:
            return
        method, events = told
        for event in events:
            uid, place = str(event["UID"]), _place(event)
            known = self.events.get((uid, place))
            assert known is None or known["SEQUENCE"] <= event["SEQUENCE"]
            if method == "REQUEST":
                if not place:  # The whole again: what it does not name stands apart no more.
                    self._forget(uid)
                self.events[uid, place] = event
            elif not place:
                self._forget(uid)
            else:
                self.events.pop((uid, place), None)
                whole = self.events.get((uid, ""))
                if whole is not None:
                    whole.add("exdate", event["RECURRENCE-ID"].dt)

    def _forget(self, uid: str) -> None:
        self.events = {key: kept for key, kept in self.events.items() if key[0] != uid}

    @property
    def shown(self) -> Spans:
        calendar = Calendar()
        for event in self.events.values():
            calendar.add_component(event)
        return {
            (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC))
            for each in recurring_ical_events.of(calendar).all()
        }


def _place(event: Any) -> str:
    return str(event["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in event else ""
