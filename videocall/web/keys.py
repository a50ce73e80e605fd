"""What the composition root hands to the pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from videocall.access.passwords import Argon2
from videocall.access.tokens import Keyring
from videocall.calendars.subscriber import Subscriber
from videocall.health.rooms import Board
from videocall.live.hub import Hub
from videocall.relay.readings import Readings
from videocall.render import Render
from videocall.scheduling.door import DoorRules
from videocall.store.appointments import Appointments
from videocall.store.bookings import Bookings
from videocall.store.calendars import Calendars
from videocall.store.database import Database
from videocall.store.deliveries import Deliveries
from videocall.store.feeds import Feeds
from videocall.store.integrations import Integrations
from videocall.store.outbox import Outbox
from videocall.store.people import People
from videocall.store.plans import Plans
from videocall.store.retention import Retention
from videocall.store.sealing import Seal
from videocall.store.series import AllSeries
from videocall.store.weeks import Weeks
from videocall.web.address import Network


@dataclass(frozen=True, slots=True)
class Site:
    """What every page may know of this installation."""

    public_url: str
    """Scheme, host and port; no path, no slash at the end."""
    practice: str
    contact: str
    """What a person who is stuck can do: a phone number or an address; may be empty."""
    zone: str
    language: str
    """The language of letters to whom none is known, as a tag (RFC 5646)."""
    door: DoorRules
    retention: Retention
    address_privacy: bool
    relay_offered: bool
    """Whether calls can go by a relay, ours or a TURN server."""
    mails: bool
    """Whether a mail server is configured."""
    texts: bool
    """Whether an SMS gateway is configured."""
    signin_idle_min: int
    signin_absolute_h: int
    passwords: Argon2
    trusted_proxies: Sequence[Network]
    sockets_per_address: int
    metrics_token: str
    """Empty where anybody who reaches `/metrics` may read it."""
    version: str

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")


SITE: Final = web.AppKey("site", Site)
NOW: Final[web.AppKey[Callable[[], datetime]]] = web.AppKey("now")
"""The wall clock."""
STEADY: Final[web.AppKey[Callable[[], float]]] = web.AppKey("steady")
"""The hub's clock: Unix seconds that count on when the wall clock jumps."""
RENDER: Final = web.AppKey("render", Render)
KEYRING: Final = web.AppKey("keyring", Keyring)
DATABASE: Final = web.AppKey("database", Database)
PEOPLE: Final = web.AppKey("people", People)
APPOINTMENTS: Final = web.AppKey("appointments", Appointments)
SERIES: Final = web.AppKey("series", AllSeries)
OUTBOX: Final = web.AppKey("outbox", Outbox)
CALENDARS: Final = web.AppKey("calendars", Calendars)
SUBSCRIBER: Final = web.AppKey("subscriber", Subscriber)
FEEDS: Final = web.AppKey("feeds", Feeds)
PLANS: Final = web.AppKey("plans", Plans)
BOOKINGS: Final = web.AppKey("bookings", Bookings)
WEEKS: Final = web.AppKey("weeks", Weeks)
SEAL: Final = web.AppKey("seal", Seal)
INTEGRATIONS: Final = web.AppKey("integrations", Integrations)
DELIVERIES: Final = web.AppKey("deliveries", Deliveries)
HUB: Final = web.AppKey("hub", Hub)
BOARD: Final = web.AppKey("board", Board)
RELAY: Final[web.AppKey[Callable[[], Readings]]] = web.AppKey("relay")
"""What the relay reads now; not there where it is switched off."""
