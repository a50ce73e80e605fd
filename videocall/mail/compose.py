"""A letter as a message: plain text, the same words as HTML, and the calendar entry (RFC 6047).

The words are made when the letter is sent, from today's appointment. The client's name is in none
of them: it is the therapist's own note. Nothing is fetched when a letter is read, so nothing tells
that it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from videocall.scheduling.appointment import Appointment
from videocall.scheduling.itip import Card, Mailbox, Method, cancel, request
from videocall.scheduling.letters import LetterKind
from videocall.store.outbox import Claimed

_METHODS: Final = {
    LetterKind.INVITATION: Method.REQUEST,
    LetterKind.MOVED: Method.REQUEST,
    LetterKind.NEW_LINK: Method.REQUEST,
    LetterKind.CANCELLED: Method.CANCEL,
}
"""A reminder has no entry: it would put back what a client took out of the calendar."""

Render = Callable[[str, str, Mapping[str, object]], str]
"""A template, accepted languages and values, to a text."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters of a practice have in common. `discreet`: subjects tell nothing."""

    sender: Mailbox
    practice: str
    contact: str
    zone: str
    opens_before_min: int
    discreet: bool = False

    @property
    def name(self) -> str:
        """Whom a letter is shown to be from."""
        return self.sender.name or ("" if self.discreet else self.practice)


def compose(
    render: Render, head: Letterhead, claimed: Claimed, therapist: str, link: str, now: datetime
) -> EmailMessage:
    """Return a letter as a message; its id is the letter's, however often it is sent."""
    appointment, kind = claimed.appointment, claimed.letter.kind
    cancelled = kind is LetterKind.CANCELLED
    values = {
        "kind": kind.value,
        "head": head,
        "appointment": appointment,
        "zone": appointment.client_zone or head.zone,
        "therapist": therapist,
        "link": "" if cancelled else link,
    }
    text = render("mail/letter.txt", "", values).strip() + "\n"
    paragraphs = [each.strip() for each in text.split("\n\n") if each.strip()]
    message = EmailMessage(policy=SMTP)
    domain = head.sender.email.rpartition("@")[2]
    message["From"] = _address(head.name, head.sender.email)
    message["To"] = _address("", claimed.to)
    message["Subject"] = _one_line(render("mail/subject.txt", "", values))
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{claimed.id}@{_ascii(domain)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice in return
    message.set_content(text)
    html = render("mail/letter.html", "", values | {"paragraphs": paragraphs})
    message.add_alternative(html, subtype="html")
    method = _METHODS.get(kind)
    if method is not None:
        card = _card(render("mail/entry.txt", "", values), "" if cancelled else link)
        _enclose(message, method, _entry(method, appointment, card, head, claimed.to, now))
    return message


def _entry(
    method: Method,
    appointment: Appointment,
    card: Card,
    head: Letterhead,
    to: str,
    now: datetime,
) -> bytes:
    organizer = Mailbox(head.name, head.sender.email)
    write = cancel if method is Method.CANCEL else request
    return write(appointment, card, organizer, to, now)


def _enclose(message: EmailMessage, method: Method, entry: bytes) -> None:
    """Add the entry as mail programs want it: an alternative to the text, and a file.

    The file is of another type, or some would take the entry in twice.
    """
    message.add_alternative(
        entry.decode(), subtype="calendar", params={"method": method.value}, cte="base64"
    )
    message.add_attachment(entry, maintype="application", subtype="ics", filename="appointment.ics")


def _card(text: str, link: str) -> Card:
    summary, _, description = text.strip().partition("\n")
    return Card(summary.strip(), link, description.strip())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _address(name: str, email: str) -> Address:
    local, _, domain = email.rpartition("@")
    return Address(_one_line(name), username=local, domain=_ascii(domain))


def _ascii(domain: str) -> str:
    """Return a domain as mail servers know it (RFC 5890)."""
    return domain.encode("idna").decode()
