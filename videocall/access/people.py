"""Therapists and operators. Clients have no account: a link is all they need."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from videocall.errors import Invalid
from videocall.ids import PersonId

NAME_MAX_CHARS: Final = 120
EMAIL_MAX_CHARS: Final = 254
"""RFC 5321 section 4.5.3.1.3, less the angle brackets."""
NOTE_MAX_CHARS: Final = 500

_EMAIL: Final = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,32}[^\W\d_][\w-]{1,62}"
)
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_SPACING: Final = str.maketrans("", "", " \u00a0-./()")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Role(StrEnum):
    THERAPIST = "therapist"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `zone` is an IANA name."""

    id: PersonId
    role: Role
    name: str
    email: str
    zone: str
    created_at: datetime
    address_privacy: bool = False
    """Whether internet addresses stay private in every session of hers."""


def clean_name(text: str) -> str:
    """Return a name with single spaces. Raises Invalid where it cannot be shown as one."""
    name = " ".join(text.split())
    if not name:
        raise Invalid("Please give a name or an alias.", code="name")
    if len(name) > NAME_MAX_CHARS:
        text = "Please use at most %(most)s characters."
        raise Invalid(text, code="name", most=NAME_MAX_CHARS)
    if _UNPRINTABLE.search(name) or not any(map(_visible, name)):
        raise Invalid("This name has characters that cannot be shown.", code="name")
    return name


def clean_email(text: str) -> str:
    """Return an e-mail address in lower case. Raises Invalid where it is none."""
    email = text.strip().lower()
    if len(email) > EMAIL_MAX_CHARS or not _EMAIL.fullmatch(email) or _UNPRINTABLE.search(email):
        raise Invalid("This does not look like an e-mail address.", code="email")
    return email


def clean_phone(text: str) -> str:
    """Return a telephone number as +491701234567 (E.164). Raises Invalid where it is none."""
    phone = text.strip().translate(_PHONE_SPACING)
    if phone.startswith("00"):
        phone = "+" + phone[2:]
    if not _PHONE.fullmatch(phone):
        text = "Please give the number with its country code, such as +49 170 1234567."
        raise Invalid(text, code="phone")
    return phone


def clean_note(text: str) -> str:
    """Return a few words of free text; it may be empty. Raises Invalid where they are many."""
    note = " ".join(text.split())
    if len(note) > NOTE_MAX_CHARS:
        text = "Please use at most %(most)s characters."
        raise Invalid(text, code="reason", most=NOTE_MAX_CHARS)
    if _UNPRINTABLE.search(note):
        raise Invalid("These words have characters that cannot be shown.", code="reason")
    return note


def clean_language(text: str) -> str:
    """Return a language tag (RFC 5646), or an empty text where it is none."""
    return text if _LANGUAGE.fullmatch(text) else ""


def _visible(char: str) -> bool:
    """Tell a letter, number, sign or symbol from a space or a mark that shows nothing alone."""
    return unicodedata.category(char)[0] in "LNPS"
