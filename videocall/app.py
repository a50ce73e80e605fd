"""The composition root: builds every part and hands each what it needs, as a list.

The only file that knows every floor.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache, partial
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from videocall import __version__, clock
from videocall.access.tokens import Keyring
from videocall.calendars.fetch import Fetcher
from videocall.calendars.reader import Reader
from videocall.calendars.subscriber import Subscriber
from videocall.config import Config
from videocall.errors import ConfigError, VideocallError, trace
from videocall.exchange import Exchange, exchange
from videocall.health.metrics import Metrics
from videocall.health.rooms import Board
from videocall.hooks.courier import Courier
from videocall.ids import AppointmentId, PeerId, VisitId
from videocall.letters.carrier import Carrier, Written
from videocall.letters.letterhead import Letterhead, Links
from videocall.letters.mail import MailCarrier, Smtp, Tls
from videocall.letters.postman import Postman
from videocall.letters.sms import Gateway, Signed, SmsCarrier, secret
from videocall.live.bridges import Bridges
from videocall.live.hub import Hub
from videocall.live.ice import ice
from videocall.live.relaying import Relay
from videocall.outbound import anywhere, is_public
from videocall.process import log_to_stderr, spare_the_collector, until_stopped
from videocall.render import Render
from videocall.scheduling.appointment import Appointment, End
from videocall.signalling.messages import Ice
from videocall.store.appointments import Appointments
from videocall.store.bookings import Bookings
from videocall.store.calendars import Calendars
from videocall.store.database import Database
from videocall.store.deliveries import Deliveries
from videocall.store.diary import Diary
from videocall.store.feeds import Feeds
from videocall.store.hooks import Hooks
from videocall.store.instants import from_ms
from videocall.store.integrations import Integrations
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

Forever = Callable[[], Coroutine[None, None, None]]

log = logging.getLogger(__name__)


class Recorder:
    """The hub's recorder: what happens in a room goes to its rows."""

    def __init__(self, app: web.Application, hooks: Hooks) -> None:
        self._app = app
        self._hooks = hooks

    async def arrived(self, appointment: AppointmentId, visit: VisitId, at: float) -> None:
        found = await self._app[keys.APPOINTMENTS].get(appointment)
        if found is not None:
            await self._hooks.arrived(found, visit, from_ms(round(at * 1000)))

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

    Raises ConfigError for a key, a secret, a language or a database of no use.
    """
    keyring = config.keyring()
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
    app = edge()
    relaying = _relaying(app, config, steady)
    relay = relaying.relay if relaying else None
    board = Board(Metrics(relaying.readings if relaying else None))

    recorder = Recorder(app, Hooks(database, seal))
    hub = _hub(config, keyring, relay, recorder, board, now, steady)
    app[keys.SITE] = _site(config)
    app[keys.NOW] = now
    app[keys.STEADY] = steady
    app[keys.RENDER] = render = _render(config)
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
    app[keys.SEAL] = seal
    app[keys.INTEGRATIONS] = Integrations(database, seal)
    app[keys.DELIVERIES] = deliveries = Deliveries(database, seal)
    app[keys.HUB] = hub
    app[keys.BOARD] = board

    courier = Courier(deliveries, now=now, observer=board)
    purging = partial(_purge_daily, config, database, now, board)
    loops: list[Forever] = [
        hub.sweep_forever, purging, subscriber.run_forever, courier.run_forever
    ]  # fmt: skip
    postmen = _postmen(config, outbox, people, keyring, render, now, board)
    loops += [each.run_forever for each in postmen]
    app.cleanup_ctx.extend(map(_beside, loops))

    async def go_home(_app: web.Application) -> None:
        await hub.go_home(config.server.drain_s)

    async def close(_app: web.Application) -> None:
        database.close()

    app.on_shutdown.append(go_home)
    app.on_cleanup.append(close)
    return app


def _hub(
    config: Config,
    keyring: Keyring,
    relay: Relay | None,
    recorder: Recorder,
    board: Board,
    now: Callable[[], datetime],
    steady: Callable[[], float],
) -> Hub:
    """Return the hub, which hears what the relay says. Raises ConfigError."""
    rules = config.ice_rules()

    def grant(peer: PeerId, hides: bool) -> tuple[Ice, float | None]:
        renew_at = steady() + rules.turn_ttl_s / 2 if rules.turn_urls else None
        return ice(rules, peer, now(), hides=hides), renew_at

    bridges = Bridges(
        relay, turn=bool(rules.turn_urls), key=keyring.derive("bridges"), steady=steady
    )
    return Hub(steady=steady, grant=grant, recorder=recorder, observer=board, bridges=bridges)


def _site(config: Config) -> keys.Site:
    """Return what pages say of this installation. Raises ConfigError."""
    return keys.Site(
        public_url=config.server.public_url,
        practice=config.practice.name,
        contact=config.practice.contact,
        zone=config.practice.zone,
        language=config.practice.language,
        door=config.door_rules,
        retention=config.kept,
        address_privacy=config.calls.address_privacy,
        relay_offered=config.is_relayed,
        mails=bool(config.mail.host),
        texts=bool(config.sms.url),
        signin_idle_min=config.signin.idle_min,
        signin_absolute_h=config.signin.absolute_h,
        passwords=config.argon2,
        trusted_proxies=[ip_network(each) for each in config.server.trusted_proxies],
        sockets_per_address=config.limits.sockets_per_address,
        metrics_token=config.metrics_token(),
        version=__version__,
    )


def _relaying(app: web.Application, config: Config, steady: Callable[[], float]) -> Exchange | None:
    """Return the relay, which lives as long as `app`; None where it is switched off."""
    found = exchange(config, steady)
    if found is None:
        return None

    async def context(_app: web.Application) -> AsyncIterator[None]:
        async with found.running():
            yield

    app[keys.RELAY] = found.readings
    app.cleanup_ctx.append(context)
    return found


@cache
def _pages() -> Render:
    """Return what all services of this process render with, read once."""
    return Render()


def _render(config: Config) -> Render:
    """Return what makes pages and letters. Raises ConfigError for a language there is none of."""
    render = _pages()
    spoken = render.languages(config.practice.language)
    if config.practice.language not in spoken:
        raise ConfigError(f"practice.language: there are {', '.join(spoken)}")
    return render


def _postmen(
    config: Config,
    outbox: Outbox,
    people: People,
    keyring: Keyring,
    render: Render,
    now: Callable[[], datetime],
    board: Board,
) -> Iterator[Postman[EmailMessage] | Postman[Signed]]:
    """Yield who sends letters. Raises ConfigError for a secret that cannot be used."""
    url = config.server.public_url
    head = Letterhead(
        practice=config.practice.name,
        contact=config.practice.contact,
        zone=config.practice.zone,
        language=config.practice.language,
        opens_before_min=config.door.opens_before_min,
        discreet=config.mail.discreet,
    )

    def links(appointment: Appointment) -> Links:
        return Links(
            session=f"{url}/j#{keyring.session_link(appointment)}",
            short=f"{url}/j#{keyring.short_link(appointment)}",
            page=f"{url}/appointments/{appointment.id}",
        )

    def postman(carrier: Carrier[Written]) -> Postman[Written]:
        return Postman(outbox, carrier, therapist=people.get, links=links, now=now, observer=board)

    if config.mail.host:
        smtp = Smtp(
            host=config.mail.host,
            port=config.mail.port,
            username=config.mail.username,
            password=config.mail_password(),
            tls=Tls(config.mail.tls),
            hello=urlsplit(url).hostname or "localhost",
        )
        yield postman(MailCarrier(smtp, config.sender, head, render))
    if config.sms.url:
        gateway = Gateway(config.sms.url, secret(config.sms_secret()), config.sms.sender)
        yield postman(SmsCarrier(gateway, head, render))


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
    return Subscriber(
        calendars,
        Fetcher(anywhere if config.calendars.private_networks else is_public),
        Reader(),
        every=timedelta(minutes=config.calendars.refresh_min),
        now=now,
        observer=board,
    )


def _beside(
    forever: Forever,
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
    log_to_stderr()
    app = build(config)
    asyncio.run(run(app, config, until_stopped()))


async def run(app: web.Application, config: Config, until: Coroutine[object, object, None]) -> None:
    """Serve `app` until `until` is done. Raises ConfigError where a port is taken.

    There is no access log: it would keep addresses, and links that were pasted wrongly.
    """
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=config.server.drain_s
    )
    try:
        await runner.setup()
        site = web.TCPSite(runner, config.server.host, config.server.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"server.port: {config.server.host}:{config.server.port} cannot be listened on"
                f" ({error.strerror or error}); is another service there?"
            ) from error
        spare_the_collector()
        log.info("listening on %s:%d", config.server.host, config.server.port)
        await until
    finally:
        until.close()
        await runner.cleanup()
