"""Session links, visits and sign-in links: JSON Web Tokens (RFC 7519), strict in every claim.

PyJWT by default accepts a token without `exp`, several audiences, keys of any length and trailing
padding; here the algorithm, the type, the one audience and every claim are required, and a token
is bounded before anything reads it. All tokens and the sealing key derive from one master key
(HKDF, RFC 5869), which lies in a file outside the database.

A session link is minted from its row alone, always the same, so nothing of it is stored. Where
every character counts (an SMS), it has a short form that says as much: what it opens, how often it
was reissued, and a code over both.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from videocall.errors import ConfigError, LinkInvalid
from videocall.ids import AppointmentId, LinkId, PersonId, VisitId

TOKEN_MAX_CHARS: Final = 2048
MASTER_MIN_BYTES: Final = 32
LEEWAY_S: Final = 60
LINK_LIVES: Final = timedelta(days=3 * 366)
"""Longer than anybody books ahead; what a link opens is decided by today's row."""
_ALGORITHM: Final = "HS256"
_CODE_BYTES: Final = 16
_DIGITS_MAX: Final = 9
_INVALID: Final = "This link does not open anything. Please ask for a new one."


class Linked(Protocol):
    """What a session link is made of."""

    @property
    def link(self) -> LinkId: ...
    @property
    def link_generation(self) -> int: ...
    @property
    def link_issued_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SessionLink:
    """What a session link says: what it opens, and how often it was reissued."""

    link: LinkId
    generation: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What the cookie of a browser says that opened a session link."""

    appointment: AppointmentId
    generation: int
    id: VisitId


class Keyring:
    """Makes and reads tokens. Raises ConfigError for a master key under 32 bytes."""

    def __init__(self, master: bytes) -> None:
        if len(master) < MASTER_MIN_BYTES:
            raise ConfigError(f"the key must have at least {MASTER_MIN_BYTES} bytes")
        self._master = master
        self._keys = {kind: self.derive(f"token {kind}") for kind in ("link", "visit", "signin")}

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"videocall {purpose}".encode())
        return hkdf.derive(self._master)

    def booking_page(self, person: PersonId, generation: int) -> str:
        """Return the private id of a therapist's booking page: 128 bits, the same each time."""
        name = f"{person}.{generation}".encode()
        digest = hmac.digest(self.derive("booking page"), name, "sha256")
        return urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def session_link(self, appointment: Linked) -> str:
        """Return the token of an appointment's present link."""
        return self._mint(
            "link",
            subject=appointment.link,
            token_id=f"{appointment.link}.{appointment.link_generation}",
            issued_at=appointment.link_issued_at,
            until=appointment.link_issued_at + LINK_LIVES,
            gen=appointment.link_generation,
        )

    def short_link(self, linked: Linked) -> str:
        """Return a token of some fifty characters that opens the same as `session_link`."""
        return self._short(linked.link, linked.link_generation)

    def read_session_link(self, token: str, now: datetime) -> SessionLink:
        """Read a session link of either form.

        Raises LinkInvalid, with one text whatever is wrong.
        """
        link, _, rest = token.partition(".")
        generation = rest.partition(".")[0]
        # The middle of a JWT is never a number.
        if token.isascii() and generation.isdigit() and len(generation) <= _DIGITS_MAX:
            if not hmac.compare_digest(token, self._short(LinkId(link), int(generation))):
                raise LinkInvalid(_INVALID)
            return SessionLink(LinkId(link), int(generation))
        claims = self._read("link", token, now)
        return SessionLink(LinkId(_text(claims, "sub")), _whole(claims, "gen"))

    def _short(self, link: LinkId, generation: int) -> str:
        name = f"{link}.{generation}"
        digest = hmac.digest(self.derive("short link"), name.encode(), "sha256")
        return f"{name}.{urlsafe_b64encode(digest[:_CODE_BYTES]).decode().rstrip('=')}"

    def visit(self, visit: Visit, now: datetime, until: datetime) -> str:
        """Return the token of a visit's cookie."""
        return self._mint(
            "visit",
            subject=visit.appointment,
            token_id=visit.id,
            issued_at=now,
            until=until,
            gen=visit.generation,
        )

    def read_visit(self, token: str, now: datetime) -> Visit:
        """Read a visit's cookie. Raises LinkInvalid."""
        claims = self._read("visit", token, now)
        appointment = AppointmentId(_text(claims, "sub"))
        return Visit(appointment, _whole(claims, "gen"), VisitId(_text(claims, "jti")))

    def signin(self, person: PersonId, token_id: str, now: datetime, until: datetime) -> str:
        """Return the token of a sign-in link."""
        return self._mint("signin", subject=person, token_id=token_id, issued_at=now, until=until)

    def read_signin(self, token: str, now: datetime) -> PersonId:
        """Read a sign-in link. Raises LinkInvalid."""
        return PersonId(_text(self._read("signin", token, now), "sub"))

    def _mint(
        self,
        kind: str,
        *,
        subject: str,
        token_id: str,
        issued_at: datetime,
        until: datetime,
        **claims: int,
    ) -> str:
        standard = {
            "aud": f"videocall:{kind}",
            "sub": subject,
            "jti": token_id,
            "iat": int(issued_at.timestamp()),
            "exp": int(until.timestamp()),
        }
        headers = {"typ": f"videocall-{kind}+jwt"}
        return jwt.encode(standard | claims, self._keys[kind], _ALGORITHM, headers=headers)

    def _read(self, kind: str, token: str, now: datetime) -> dict[str, object]:
        """Return the claims of a token of this kind, valid at `now`."""
        if len(token) > TOKEN_MAX_CHARS or "=" in token:
            raise LinkInvalid(_INVALID)
        try:
            decoded = jwt.decode_complete(
                token,
                self._keys[kind],
                algorithms=[_ALGORITHM],
                audience=f"videocall:{kind}",
                # Times are compared below, with the clock that is handed in.
                options={
                    "require": ["aud", "sub", "jti", "iat", "exp"],
                    "strict_aud": True,
                    "enforce_minimum_key_length": True,
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise LinkInvalid(_INVALID) from error
        claims: dict[str, object] = decoded["payload"]
        at = now.timestamp()
        fresh = _whole(claims, "iat") - LEEWAY_S <= at < _whole(claims, "exp") + LEEWAY_S
        if not fresh or decoded["header"].get("typ") != f"videocall-{kind}+jwt":
            raise LinkInvalid(_INVALID)
        return claims


def _text(claims: dict[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise LinkInvalid(_INVALID)
    return value


def _whole(claims: dict[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise LinkInvalid(_INVALID)
    return value
