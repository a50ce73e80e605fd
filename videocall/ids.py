"""The ids of things: opaque, at least 128 bits, URL-safe, and of distinct types."""

from typing import NewType

PersonId = NewType("PersonId", str)
AppointmentId = NewType("AppointmentId", str)
SeriesId = NewType("SeriesId", str)
LinkId = NewType("LinkId", str)
"""What a session link names: one appointment, or all of a series."""
VisitId = NewType("VisitId", str)
"""One browser that opened a session link."""
PeerId = NewType("PeerId", str)
"""One page load of one browser in a room."""
LetterId = NewType("LetterId", str)
IntegrationId = NewType("IntegrationId", str)
HookId = NewType("HookId", str)
DeliveryId = NewType("DeliveryId", str)
"""A webhook's message: the same however often it is sent."""
CalendarId = NewType("CalendarId", str)
"""One other calendar of a therapist."""
BridgeId = NewType("BridgeId", str)
"""One bridge of the relay; to operators it is the opaque id of a call."""
