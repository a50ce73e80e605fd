"""config.toml -> frozen Config. Every key: its meaning, unit and default.

`config.example.toml` says the same to operators, and a test holds the two together. An unknown
key is an error that names the nearest one: a typo never silently means the default.
"""

import difflib
import re
import tomllib
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from videocall.access.passwords import Argon2
from videocall.access.people import clean_email, clean_language
from videocall.access.tokens import Keyring
from videocall.access.turn import IceRules
from videocall.errors import ConfigError, Invalid
from videocall.relay.addresses import ADDRESSES_MAX, LOCAL
from videocall.relay.place import Place, placed
from videocall.scheduling.door import DoorRules
from videocall.scheduling.itip import Mailbox
from videocall.scheduling.letters import LetterRules
from videocall.scheduling.zones import zone
from videocall.store.keyfile import read_or_make
from videocall.store.retention import Retention

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1, le=1_000_000)]
Minutes = Annotated[int, Meta(ge=0, le=1440)]
Reminders = Annotated[list[Annotated[int, Meta(ge=15, le=40_320)]], Meta(max_length=8)]
Days = Annotated[int, Meta(ge=1, le=36_500)]
File = Annotated[str, Meta(pattern=r"^[^\0]+$")]
FileOrNone = Annotated[str, Meta(pattern=r"^[^\0]*$")]


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the service listens, and what browsers call it."""

    host: str = "127.0.0.1"
    """The address to listen on; a TLS proxy such as Caddy stands before it."""
    port: Port = 8080
    public_url: str = "http://localhost:8080"
    """What browsers have in their address bar: scheme, host and port. https but for localhost."""
    trusted_proxies: list[str] = []
    """Networks whose X-Forwarded-For is believed, such as 127.0.0.1/32."""
    drain_s: Annotated[float, Meta(ge=0, le=300)] = 5.0
    """Over how many seconds sockets are sent home at a stop."""


class Practice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What clients read about the practice."""

    name: str = "Video appointments"
    contact: str = ""
    """What somebody who is stuck can do: a telephone number or an e-mail address."""
    zone: str = "Europe/Berlin"
    """The IANA time zone of the practice."""
    language: str = "en-GB"
    """The language of letters to whom none is known: a tag such as en-US or de."""


class Store(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where rows and the key lie. Back them up apart: neither is of use alone."""

    database: File = "videocall.db"
    key_file: File = "videocall.key"
    """At least 32 random bytes, readable by the service alone; made at the first start."""


class Door(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the waiting room is open, in minutes around the appointment."""

    opens_before_min: Minutes = 15
    closes_after_min: Minutes = 30


class Calls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How browsers reach each other."""

    address_privacy: bool = False
    """Let media go by the relay or TURN alone, so that neither side learns the other's address."""
    stun_urls: list[str] = []
    """Such as stun:turn.example.org:3478."""


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coturn server with use-auth-secret, for those whose networks allow nothing direct."""

    urls: list[str] = []
    """Such as turn:turn.example.org:3478?transport=udp; turns: for TLS."""
    secret_file: FileOrNone = ""
    """A file with coturn's static-auth-secret."""
    ttl_s: Annotated[int, Meta(ge=60, le=86_400)] = 3600
    """How many seconds credentials are valid; they are renewed at half of it."""


class Relay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own relay, for calls that cannot or should not go direct; it holds no key."""

    enabled: bool = True
    port: Port = 3480
    """UDP and TCP; 0: one that is free."""
    hosts: list[str] = msgspec.field(default_factory=lambda: ["0.0.0.0", "::"])  # noqa: S104
    """The addresses to listen on."""
    public_addresses: Annotated[list[str], Meta(max_length=ADDRESSES_MAX)] = []
    """Where browsers reach it, behind NAT say; empty: what the host of public_url is called."""
    tcp: bool = True
    """Let browsers come by TCP too, whose networks block UDP."""
    bridges_max: Annotated[int, Meta(ge=1, le=10_000)] = 200
    """Calls at a time."""
    bridge_kbps_max: Annotated[int, Meta(ge=100, le=1_000_000)] = 6_000
    """Both ways of one call together; what goes beyond is dropped."""
    kbps_max: Annotated[int, Meta(ge=100, le=100_000_000)] = 400_000
    """In all, as received within what each call may; above it no new call is taken."""
    control: FileOrNone = ""
    """The Unix socket of a `videocall relay` process; empty: the relay runs within `serve`."""


class Mail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server that carries invitations, changes and reminders to clients."""

    host: str = ""
    """Its name; empty: nothing is mailed, and the pages say so."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; never less than what is asked for."""
    username: str = ""
    """Empty: nobody is signed in."""
    password_file: FileOrNone = ""
    """A file with the password."""
    sender: str = ""
    """Whom clients see, such as Willow House <office@example.org>; also the organizer."""
    reminders_before_min: Reminders = msgspec.field(default_factory=lambda: [1440, 60])
    """Minutes before the start at which a client is reminded."""
    discreet: bool = False
    """Let subjects and SMS tell nothing, not even that there is an appointment."""


class Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP gateway that carries SMS to clients who gave a number (docs/sms.md)."""

    url: str = ""
    """Where texts are posted; empty: none are sent."""
    secret_file: FileOrNone = ""
    """A file with the secret both sides know, as whsec_<base64>."""
    sender: Annotated[str, Meta(max_length=20)] = ""
    """Whom clients see, if the gateway lets us choose."""
    reminders_before_min: Reminders = msgspec.field(default_factory=lambda: [1440])
    """Minutes before the start at which a client is reminded."""


class OtherCalendars(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calendars that therapists keep elsewhere, from which their busy times are read."""

    refresh_min: Annotated[int, Meta(ge=5, le=1440)] = 15
    """How many minutes lie between two looks at a feed."""
    private_networks: bool = False
    """Let feeds lie in private networks, and on this very machine."""


class Keep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days rows are kept."""

    appointments_days: Days = 90
    """After the end of an appointment."""
    journal_days: Days = 365
    """After the deed."""


class Signin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long therapists and operators stay signed in, and what a password costs."""

    idle_min: Positive = 720
    absolute_h: Positive = 168
    argon2_memory_kib: Annotated[int, Meta(ge=8, le=4_194_304)] = 47_104
    argon2_passes: Annotated[int, Meta(ge=1, le=100)] = 1
    argon2_lanes: Annotated[int, Meta(ge=1, le=64)] = 1


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on what strangers can take."""

    sockets_per_address: Positive = 20
    """WebSockets at once from one address (an IPv6 /64 counts as one)."""


class Operations(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What operators' machines read."""

    metrics_token_file: FileOrNone = ""
    """A file with the bearer token that /metrics asks for; empty: anyone who reaches it."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration, with `folder` to find its files in."""

    server: Server = Server()
    practice: Practice = Practice()
    store: Store = Store()
    door: Door = Door()
    calls: Calls = Calls()
    turn: Turn = Turn()
    relay: Relay = Relay()
    mail: Mail = Mail()
    calendars: OtherCalendars = OtherCalendars()
    sms: Texts = Texts()
    retention: Keep = Keep()
    signin: Signin = Signin()
    limits: Limits = Limits()
    operations: Operations = Operations()
    folder: Path = Path()

    @property
    def database(self) -> Path:
        return self.folder / self.store.database

    @property
    def door_rules(self) -> DoorRules:
        return DoorRules(self.door.opens_before_min, self.door.closes_after_min)

    @property
    def kept(self) -> Retention:
        return Retention(self.retention.appointments_days, self.retention.journal_days)

    @property
    def argon2(self) -> Argon2:
        signin = self.signin
        return Argon2(signin.argon2_memory_kib, signin.argon2_passes, signin.argon2_lanes)

    @property
    def relay_control(self) -> Path:
        return self.folder / self.relay.control

    @property
    def relay_place(self) -> Place:
        """Return where the relay listens and is reached. Raises ConfigError."""
        relay = self.relay
        host = urlsplit(self.server.public_url).hostname or ""
        return placed(relay.port, relay.hosts, relay.public_addresses, host, tcp=relay.tcp)

    @property
    def is_relayed(self) -> bool:
        """Tell whether calls can go by a relay, ours or a TURN server."""
        return self.relay.enabled or bool(self.turn.urls)

    def keyring(self) -> Keyring:
        """Read the key file, or make it at the first start. Raises ConfigError."""
        return Keyring(read_or_make(self.folder / self.store.key_file, self.database))

    def ice_rules(self) -> IceRules:
        """Return where browsers find STUN and TURN. Raises ConfigError for a missing secret."""
        return IceRules(
            stun_urls=tuple(self.calls.stun_urls),
            turn_urls=tuple(self.turn.urls),
            turn_secret=self._secret("turn.secret_file", self.turn.secret_file),
            turn_ttl_s=self.turn.ttl_s,
        )

    @property
    def letter_rules(self) -> LetterRules | None:
        """Return when clients are written to; None where nothing is sent."""
        mails, texts = bool(self.mail.host), bool(self.sms.url)
        if not mails and not texts:
            return None
        return LetterRules(
            tuple(self.mail.reminders_before_min), mails, texts,
            tuple(self.sms.reminders_before_min),
        )  # fmt: skip

    @property
    def sender(self) -> Mailbox:
        """Return whom letters are from. Raises Invalid for what is no address."""
        name, email = parseaddr(self.mail.sender)
        return Mailbox(" ".join(name.split()), clean_email(email))

    def mail_password(self) -> str:
        """Return the password for the mail server, or an empty text. Raises ConfigError."""
        return self._secret("mail.password_file", self.mail.password_file)

    def sms_secret(self) -> str:
        """Return the secret of the SMS gateway. Raises ConfigError."""
        return self._secret("sms.secret_file", self.sms.secret_file)

    def metrics_token(self) -> str:
        """Return the token of /metrics, or an empty text. Raises ConfigError."""
        name = self.operations.metrics_token_file
        return self._secret("operations.metrics_token_file", name)

    def _secret(self, key: str, name: str) -> str:
        if not name:
            return ""
        try:
            secret = (self.folder / name).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{key}: {self.folder / name} cannot be read") from error
        if not secret:
            raise ConfigError(f"{key}: {self.folder / name} is empty")
        return secret


_SECTIONS: Final[dict[str, type[Struct]]] = {
    field.name: field.type for field in msgspec.structs.fields(Config) if field.name != "folder"
}
_STUN: Final = ("stun:", "stuns:")
_TURN: Final = ("turn:", "turns:")
_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
_NO_ORIGIN: Final = (
    "server.public_url: give scheme and host alone, such as https://call.example.org"
)


def load(path: Path) -> Config:
    """Read a configuration. Raises ConfigError that names the key and what to do."""
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read; copy config.example.toml to begin with"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    _check_names(table)
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise ConfigError(f"{where.strip('`').removeprefix('$.')}: {what}") from error
    origin = _origin(config.server.public_url)
    server = msgspec.structs.replace(config.server, public_url=origin)
    config = msgspec.structs.replace(config, server=server, folder=path.resolve().parent)
    check(config)
    return config


def check(config: Config) -> None:
    """Raise ConfigError where values do not fit together."""
    if config.database.resolve() == (config.folder / config.store.key_file).resolve():
        raise ConfigError("store.key_file: the key cannot lie in the database's own file")
    for network in config.server.trusted_proxies:
        try:
            ip_network(network)
        except ValueError as error:
            raise ConfigError(f"server.trusted_proxies: {network} is no network") from error
    try:
        zone(config.practice.zone)
    except Invalid as error:
        raise ConfigError(f"practice.zone: {error.text}") from error
    for key, urls, schemes in (
        ("calls.stun_urls", config.calls.stun_urls, _STUN),
        ("turn.urls", config.turn.urls, _TURN),
    ):
        for each in urls:
            if not each.startswith(schemes):
                raise ConfigError(f"{key}: {each} must begin with {' or '.join(schemes)}")
    if not clean_language(config.practice.language):
        raise ConfigError("practice.language: give a language tag, such as en-GB or de")
    if config.mail.host:
        _check_mail(config)
    if config.sms.url:
        _check_sms(config)
    if config.turn.urls and not config.turn.secret_file:
        raise ConfigError("turn.secret_file: needed beside turn.urls (coturn's static-auth-secret)")
    if config.calls.address_privacy and not config.is_relayed:
        raise ConfigError(
            "calls.address_privacy: needs relay.enabled or turn.urls, or no call could connect"
        )
    if config.relay.enabled:
        _check_relay(config)


def _check_relay(config: Config) -> None:
    relay, _ = config.relay, config.relay_place
    if relay.tcp and relay.port == config.server.port != 0:
        raise ConfigError("relay.port: this is server.port; give the relay one of its own")
    if relay.bridge_kbps_max > relay.kbps_max:
        raise ConfigError("relay.bridge_kbps_max: more than relay.kbps_max, which is for all")


def _check_mail(config: Config) -> None:
    mail = config.mail
    if not _HOST.fullmatch(mail.host.lower()):
        raise ConfigError(f"mail.host: {mail.host!r} is no name of a server")
    try:
        _ = config.sender
    except Invalid as error:
        raise ConfigError(
            "mail.sender: give whom letters are from, such as Willow House <office@example.org>"
        ) from error
    if bool(mail.username) is not bool(mail.password_file):
        raise ConfigError("mail.password_file: a username and a password go together")
    if mail.username and mail.tls == "none" and mail.host not in LOCAL:
        raise ConfigError("mail.tls: the password would travel in the clear; use starttls or tls")


def _check_sms(config: Config) -> None:
    try:
        url = urlsplit(config.sms.url)
        _ = url.port
    except ValueError as error:
        raise ConfigError("sms.url: this is no address") from error
    host = url.hostname or ""
    if url.scheme not in _PORTS or not _HOST.fullmatch(host) or "@" in url.netloc:
        raise ConfigError("sms.url: give an address such as https://sms.example.org/send")
    if url.scheme == "http" and host not in LOCAL:
        raise ConfigError("sms.url: numbers and links would travel in the clear; use https")
    if not config.sms.secret_file:
        raise ConfigError("sms.secret_file: needed beside sms.url, to sign what is posted")


def _origin(text: str) -> str:
    """Return a public URL as browsers write it in `Origin` (RFC 6454 section 6.2)."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise ConfigError(_NO_ORIGIN) from error
    host = url.hostname or ""
    alone = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    if url.scheme not in _PORTS or not _HOST.fullmatch(host) or not alone:
        raise ConfigError(_NO_ORIGIN)
    if url.scheme == "http" and host not in LOCAL:
        raise ConfigError(
            "server.public_url: browsers give no camera without https; only localhost may be http"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}" + ("" if port in (None, _PORTS[url.scheme]) else f":{port}")


def _check_names(table: dict[str, Any]) -> None:
    for section, values in table.items():
        homes = [name for name, of in _SECTIONS.items() if section in of.__struct_fields__]
        if section not in _SECTIONS and homes and not isinstance(values, dict):
            raise ConfigError(f"{section} stands outside its section; put it below [{homes[0]}]")
        if section not in _SECTIONS:
            raise ConfigError(f"[{section}] is unknown{_nearest(section, list(_SECTIONS))}")
        if not isinstance(values, dict):
            raise ConfigError(f"{section} is a section: write [{section}]")
        known = list(_SECTIONS[section].__struct_fields__)
        for key in values:
            if key not in known:
                raise ConfigError(f"{section}.{key} is unknown{_nearest(key, known)}")


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
