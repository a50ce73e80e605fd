"""Calendars as other programs write them."""


def calendar(*parts: str) -> bytes:
    """Return a file of these components."""
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""]).encode()


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}@example.org", *lines, "END:VEVENT"])
