"""A token is read only if it is exactly one that we minted, for this purpose, and still in time."""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import pytest

from videocall.access.tokens import LINK_LIVES, Keyring, SessionLink, Visit
from videocall.errors import ConfigError, LinkInvalid
from videocall.ids import AppointmentId, LinkId, PersonId, VisitId
from videocall.scheduling.appointment import AHEAD_MAX

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEYRING: Final = Keyring(bytes(range(32)))
KEY: Final = KEYRING.derive("token link")
APPOINTMENT: Final = AppointmentId("appointment-aaaaaaaaaa")
LINK: Final = LinkId(APPOINTMENT)
CLAIMS: Final[dict[str, Any]] = {
    "aud": "videocall:link",
    "sub": APPOINTMENT,
    "jti": f"{APPOINTMENT}.1",
    "iat": int(NOON.timestamp()),
    "exp": int((NOON + timedelta(days=1)).timestamp()),
    "gen": 1,
}


@dataclass(frozen=True)
class Row:
    link: LinkId = LINK
    link_generation: int = 1
    link_issued_at: datetime = NOON


def forged(
    claims: dict[str, Any] | None = None,
    *,
    key: bytes = KEY,
    alg: str = "HS256",
    typ: str = "videocall-link+jwt",
) -> str:
    return jwt.encode(CLAIMS if claims is None else claims, key, alg, headers={"typ": typ})


def assert_refused(token: str, now: datetime = NOON) -> None:
    with pytest.raises(LinkInvalid) as refusal:
        KEYRING.read_session_link(token, now)
    assert refusal.value.text == "This link does not open anything. Please ask for a new one."


def test_a_forged_token_with_every_right_claim_would_pass() -> None:
    assert KEYRING.read_session_link(forged(), NOON) == SessionLink(LINK, 1)


def test_a_session_link_says_its_appointment_and_generation() -> None:
    token = KEYRING.session_link(Row(link_generation=3))
    assert KEYRING.read_session_link(token, NOON) == SessionLink(LINK, 3)


def test_a_short_link_says_the_same_in_few_characters() -> None:
    token = KEYRING.short_link(Row(link_generation=3))
    assert KEYRING.read_session_link(token, NOON) == SessionLink(LINK, 3)
    assert len(token) <= 48
    # A program that finds links in texts leaves out what looks like the end of a sentence.
    assert token[-1].isalnum()


def test_a_short_link_with_anything_changed_is_refused() -> None:
    token = KEYRING.short_link(Row())
    link, generation, code = token.split(".")
    assert_refused(KEYRING.short_link(Row(link=LinkId("another"))).replace("another", link))
    assert_refused(Keyring(bytes(32)).short_link(Row()))
    for wrong in (
        f"{link}.2.{code}", f"{link}.01.{code}", f"{link}.1.", f"{link}.1", f"{link}.1.{code}x",
        f"{link}.1.{code}.", f".1.{code}", f"{link}.١.{code}", f"{link}.{'1' * 5000}.{code}",
        f"{link}é.1.{code}", f"\ud800.1.{code}", f"{link}.{generation}.{code[:-1]}",
    ):  # fmt: skip
        assert_refused(wrong)


def test_the_same_row_always_gives_the_same_link_so_nothing_is_stored() -> None:
    assert KEYRING.session_link(Row()) == KEYRING.session_link(Row())
    assert KEYRING.session_link(Row()) != KEYRING.session_link(Row(link_generation=2))


def test_a_link_outlives_every_appointment_that_can_be_made_with_it() -> None:
    longest_ahead = AHEAD_MAX + timedelta(days=2)
    assert longest_ahead < LINK_LIVES


def test_a_visit_comes_back_as_it_was() -> None:
    visit = Visit(APPOINTMENT, 2, VisitId("visit-bbbbbbbbbbbbbbbb"))
    token = KEYRING.visit(visit, NOON, NOON + timedelta(hours=2))
    assert KEYRING.read_visit(token, NOON) == visit


def test_a_sign_in_link_says_whom_it_signs_in_until_it_expires() -> None:
    until = NOON + timedelta(minutes=15)
    token = KEYRING.signin(PersonId("person-cccccccccc"), "once", NOON, until)
    assert KEYRING.read_signin(token, NOON) == "person-cccccccccc"
    with pytest.raises(LinkInvalid):
        KEYRING.read_signin(token, until + timedelta(minutes=2))


def test_a_token_of_one_kind_opens_nothing_of_another() -> None:
    until = NOON + timedelta(hours=1)
    visit = KEYRING.visit(Visit(APPOINTMENT, 1, VisitId("v" * 22)), NOON, until)
    signin = KEYRING.signin(PersonId("p" * 22), "once", NOON, until)
    link = KEYRING.session_link(Row())
    assert_refused(visit)
    assert_refused(signin)
    for token in (link, signin):
        with pytest.raises(LinkInvalid):
            KEYRING.read_visit(token, NOON)
    for token in (link, visit):
        with pytest.raises(LinkInvalid):
            KEYRING.read_signin(token, NOON)


@pytest.mark.parametrize("missing", sorted(CLAIMS))
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    assert_refused(forged({name: value for name, value in CLAIMS.items() if name != missing}))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("exp", str(CLAIMS["exp"])),
        ("exp", True),
        ("exp", None),
        ("exp", [CLAIMS["exp"]]),
        ("exp", 1e999),
        ("iat", str(CLAIMS["iat"])),
        ("gen", "1"),
        ("gen", True),
        ("gen", 1.5),
        ("sub", 7),
        ("sub", None),
        ("jti", 7),
        ("aud", ["videocall:link"]),
        ("aud", ["videocall:link", "videocall:visit"]),
        ("aud", "videocall:link "),
        ("aud", ""),
        ("aud", None),
    ],
)
def test_a_claim_of_the_wrong_type_is_refused(claim: str, value: object) -> None:
    assert_refused(forged(CLAIMS | {claim: value}))


def test_a_token_past_its_time_is_refused_after_a_minute_of_leeway() -> None:
    until = NOON + timedelta(days=1)
    KEYRING.read_session_link(forged(), until + timedelta(seconds=59))
    assert_refused(forged(), until + timedelta(seconds=60))


def test_a_token_from_the_future_is_refused_beyond_a_minute_of_leeway() -> None:
    KEYRING.read_session_link(forged(), NOON - timedelta(seconds=60))
    assert_refused(forged(), NOON - timedelta(seconds=61))


def test_a_token_with_the_wrong_type_in_its_header_is_refused() -> None:
    for typ in ("JWT", "videocall-visit+jwt", ""):
        assert_refused(forged(typ=typ))


def test_an_unsigned_token_is_refused() -> None:
    head = _segment({"alg": "none", "typ": "videocall-link+jwt"})
    body = _segment(CLAIMS)
    for signature in ("", "AAAA"):
        assert_refused(f"{head}.{body}.{signature}")
    _, _, right = forged().split(".")
    assert_refused(f"{head}.{body}.{right}")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_the_right_key(alg: str) -> None:
    signed = f"{_segment({'alg': alg, 'typ': 'videocall-link+jwt'})}.{_segment(CLAIMS)}"
    mac = hmac.digest(KEY, signed.encode(), alg.replace("HS", "sha"))
    assert_refused(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_another_key_is_refused() -> None:
    assert_refused(forged(key=bytes(32)))
    assert_refused(Keyring(bytes(32)).session_link(Row()))


def test_a_short_key_does_not_make_a_keyring() -> None:
    for master in (b"", b"k", bytes(31)):
        with pytest.raises(ConfigError):
            Keyring(master)


def test_one_token_has_one_text() -> None:
    token = forged()
    for other in (token + "=", token + "==", token + " ", " " + token, token + "\n", token + "."):
        assert_refused(other)
    last = token[-1]
    for near in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if near != last:
            assert_refused(token[:-1] + near)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "\0", "é.é.é", "\ud800", "Bearer x.y.z", "🔑" * 3, "{}.{}.{}"],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert_refused(token)


def test_a_token_over_two_kibibytes_is_refused_unread() -> None:
    assert_refused(forged(CLAIMS | {"filler": "x" * 2048}))
    assert_refused("a" * 10_000_000)


def test_deep_nesting_is_refused() -> None:
    head = _segment({"alg": "HS256", "typ": "videocall-link+jwt"})
    assert_refused(f"{head}.{base64.urlsafe_b64encode(b'[' * 1000).decode().rstrip('=')}.AAAA")


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
