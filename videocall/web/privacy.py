"""Address privacy: whether it holds for a session, and by whose choice.

A client's choice in the page of a session is told by that browser, and is not known here.
"""

from enum import StrEnum

from videocall.errors import Invalid
from videocall.scheduling.appointment import Appointment
from videocall.web.keys import Site
from videocall.web.posted import Posted


class Ground(StrEnum):
    """Who wants internet addresses kept private, the farthest reaching first."""

    PRACTICE = "practice"
    THERAPIST = "therapist"
    APPOINTMENT = "appointment"


def ground(
    site: Site, *, therapist_private: bool, appointment: Appointment | None = None
) -> Ground | None:
    """Return why neither side is to learn the other's internet address; None where they may."""
    if site.address_privacy:
        return Ground.PRACTICE
    if therapist_private:
        return Ground.THERAPIST
    if appointment is not None and appointment.address_privacy:
        return Ground.APPOINTMENT
    return None


def require_way(site: Site, *, wanted: bool) -> None:
    """Raise Invalid where addresses are to be kept private and no call could connect then."""
    if wanted and not site.relay_offered:
        text = "This server has no relay: with internet addresses kept private nobody could meet."
        raise Invalid(text, code="address_privacy")


def wanted(posted: Posted) -> bool:
    """Return what the switch of a form says."""
    return posted.text("address_privacy") == "yes"
