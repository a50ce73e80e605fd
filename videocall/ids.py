"""The ids of things: opaque, at least 128 bits, URL-safe, and of distinct types."""

from typing import NewType

PersonId = NewType("PersonId", str)
AppointmentId = NewType("AppointmentId", str)
VisitId = NewType("VisitId", str)
"""One browser that opened a session link."""
PeerId = NewType("PeerId", str)
"""One page load of one browser in a room."""
LetterId = NewType("LetterId", str)
