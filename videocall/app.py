"""The composition root: builds every part and hands each what it needs, as a list.

The only file that knows every floor.
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from videocall import __version__, clock
from videocall.access.tokens import Keyring
from videocall.calendars.address import is_public
from videocall.calendars.fetch import Fetcher
from videocall.calendars.reader import Reader
from videocall.calendars.subscriber import Subscriber
from videocall.config import Config
from videocall.errors import ConfigError, VideocallError, trace
from videocall.health.metrics import Metrics
from videocall.health.rooms import Board
from videocall.ids import AppointmentId, PeerId, PersonId, VisitId
from videocall.live.hub import Hub
from videocall.live.ice import ice
from videocall.mail.compose import Letterhead
from videocall.mail.line import Smtp, Tls
from videocall.mail.mailer import Mailer
from videocall.render import Render
from videocall.scheduling.appointment import Appointment, End
from videocall.signalling.messages import Ice
from videocall.store.appointments import Appointments
from videocall.store.bookings import Bookings
from videocall.store.calendars import Calendars
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.feeds import Feeds
from videocall.store.instants import from_ms
from videocall.store.outbox import Outbox
from videocall.store.people import People
from videocall.store.plans import Plans
from videocall.store.retention import purge
from videocall.store.sealing import Seal
from videocall.store.series import AllSeries
from videocall.store.weeks import Weeks
from videocall.web import keys
from videocall.web.changes import change
from videocall.web.edge import edge

PURGE_EVERY_S: Final = 24 * 3600
KEEPALIVE_S: Final = 10.0
"""aiohttp's default of an hour would let half-sent headers live as long."""

log = logging.getLogger(__name__)


class Decisions:
    """The hub's recorder: decisions go to their rows."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def decided(
        self, appointment: AppointmentId, visit: VisitId, *, admitted: bool, at: float
    ) -> None:
        when = from_ms(round(at * 1000))
        rows = self._app[keys.APPOINTMENTS]
        await rows.record_decision(appointment, visit, admitted=admitted, at=when)

    async def ended(self, appointment: AppointmentId, at: float) -> None:
        when = from_ms(round(at * 1000))
        await change(self._app, appointment, End(), "room", when)


def build(
    config: Config,
    now: Callable[[], datetime] = clock.now,
    steady: Callable[[], float] = clock.steady,
) -> web.Application:
    """Return the application, living by the clocks `now` and `steady`.

    Raises ConfigError for a key, a secret or a database of no use.
    """
    keyring = config.keyring()
    ice_rules = config.ice_rules()
    database = Database(config.database)
    seal = Seal(keyring)
    database.write_now(seal.check)
    diary = Diary(seal, config.letter_rules)
    appointments = Appointments(database, diary)
    outbox = Outbox(database, diary)
    people = People(
        database,
        seal,
        idle=timedelta(minutes=config.signin.idle_min),
        absolute=timedelta(hours=config.signin.absolute_h),
    )
    board = Board(Metrics())

    def grant(peer: PeerId) -> tuple[Ice, float | None]:
        renew_at = steady() + ice_rules.turn_ttl_s / 2 if ice_rules.turn_urls else None
        return ice(ice_rules, peer, now()), renew_at

    app = edge()
    hub = Hub(steady=steady, grant=grant, recorder=Decisions(app), observer=board)
    app[keys.SITE] = keys.Site(
        public_url=config.server.public_url,
        practice=config.practice.name,
        contact=config.practice.contact,
        zone=config.practice.zone,
        door=config.door_rules,
        retention=config.kept,
        address_privacy=config.calls.address_privacy,
        relay_offered=bool(config.turn.urls),
        mails=config.letter_rules is not None,
        texts=False,
        signin_idle_min=config.signin.idle_min,
        signin_absolute_h=config.signin.absolute_h,
        passwords=config.argon2,
        trusted_proxies=[ip_network(each) for each in config.server.trusted_proxies],
        sockets_per_address=config.limits.sockets_per_address,
        metrics_token=config.metrics_token(),
        version=__version__,
    )
    app[keys.NOW] = now
    app[keys.STEADY] = steady
    app[keys.RENDER] = render = Render()
    app[keys.KEYRING] = keyring
    app[keys.DATABASE] = database
    app[keys.PEOPLE] = people
    app[keys.APPOINTMENTS] = appointments
    app[keys.SERIES] = AllSeries(database, diary)
    app[keys.OUTBOX] = outbox
    app[keys.FEEDS] = Feeds(database)
    app[keys.CALENDARS] = calendars = Calendars(database, seal)
    app[keys.SUBSCRIBER] = subscriber = _subscriber(config, calendars, now, board)
    app[keys.PLANS] = Plans(database, seal)
    app[keys.BOOKINGS] = Bookings(database, appointments)
    app[keys.WEEKS] = Weeks(database, diary)
    app[keys.HUB] = hub
    app[keys.BOARD] = board

    app.cleanup_ctx.append(_beside(hub.sweep_forever))
    app.cleanup_ctx.append(_beside(partial(_purge_daily, config, database, now, board)))
    app.cleanup_ctx.append(_beside(subscriber.run_forever))
    if config.mail.host:
        mailer = _mailer(config, outbox, people, keyring, render, now, board)
        app.cleanup_ctx.append(_beside(mailer.run_forever))

    async def go_home(_app: web.Application) -> None:
        await hub.go_home(config.server.drain_s)

    async def close(_app: web.Application) -> None:
        database.close()

    app.on_shutdown.append(go_home)
    app.on_cleanup.append(close)
    return app


def _mailer(
    config: Config,
    outbox: Outbox,
    people: People,
    keyring: Keyring,
    render: Render,
    now: Callable[[], datetime],
    board: Board,
) -> Mailer:
    """Return what sends letters. Raises ConfigError for a password that cannot be read."""
    url = config.server.public_url
    smtp = Smtp(
        host=config.mail.host,
        port=config.mail.port,
        username=config.mail.username,
        password=config.mail_password(),
        tls=Tls(config.mail.tls),
        hello=urlsplit(url).hostname or "localhost",
    )
    head = Letterhead(
        sender=config.sender,
        practice=config.practice.name,
        contact=config.practice.contact,
        zone=config.practice.zone,
        opens_before_min=config.door.opens_before_min,
        discreet=config.mail.discreet,
    )

    async def therapist(id: PersonId) -> str:
        person = await people.get(id)
        return person.name if person is not None else config.practice.name

    def link(appointment: Appointment) -> str:
        return f"{url}/j#{keyring.session_link(appointment)}"

    return Mailer(
        outbox, smtp, head, render=render, therapist=therapist, link=link, now=now, observer=board
    )


async def _purge_daily(
    config: Config, database: Database, now: Callable[[], datetime], board: Board
) -> None:
    while True:
        try:
            signins = timedelta(hours=config.signin.absolute_h)
            await purge(database, config.kept, signins, now())
        except VideocallError as error:
            log.error("the daily purge did not run: %s", trace(error))
            board.failed("purge")
        await asyncio.sleep(PURGE_EVERY_S)


def _subscriber(
    config: Config, calendars: Calendars, now: Callable[[], datetime], board: Board
) -> Subscriber:
    """Return what reads therapists' other calendars."""

    def anywhere(_address: str) -> bool:
        return True

    return Subscriber(
        calendars,
        Fetcher(anywhere if config.calendars.private_networks else is_public),
        Reader(),
        every=timedelta(minutes=config.calendars.refresh_min),
        now=now,
        observer=board,
    )


def _beside(
    forever: Callable[[], Coroutine[None, None, None]],
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return a cleanup context in which `forever` runs beside the application."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(forever())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then send everyone home. Raises ConfigError."""
    # aiohttp would write down the address and the request line of what it cannot read.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    app = build(config)
    asyncio.run(run(app, config, until_stopped()))


async def run(app: web.Application, config: Config, until: Coroutine[object, object, None]) -> None:
    """Serve `app` until `until` is done. Raises ConfigError where the port is taken.

    There is no access log: it would keep addresses, and links that were pasted wrongly.
    """
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=config.server.drain_s
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.server.host, config.server.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"server.port: {config.server.host}:{config.server.port} cannot be listened on"
                f" ({error.strerror or error}); is another service there?"
            ) from error
        _spare_the_collector()
        log.info("listening on %s:%d", config.server.host, config.server.port)
        await until
    finally:
        until.close()
        await runner.cleanup()


async def until_stopped() -> None:
    """Return at SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopped.set)
    await stopped.wait()


def _spare_the_collector() -> None:
    """Keep the cycle collector off what lives as long as the process, and from coming too often.

    Rooms are values without cycles, which reference counts free at once; with the defaults the
    collector walks them all again and again, a fifth of the time of a busy signalling server.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
