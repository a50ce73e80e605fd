"""A letter as a message: plain text, the same words as HTML, and the calendar entry (RFC 6047).

Nothing is fetched when a letter is read, so nothing tells that it was.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from videocall.letters.letterhead import Letterhead, Matter, Render, language, words
from videocall.scheduling.appointment import State
from videocall.scheduling.itip import Card, Mailbox, Method, cancel, request
from videocall.scheduling.itip_series import cancel_series, request_series
from videocall.scheduling.letters import LetterKind


def compose(render: Render, head: Letterhead, sender: Mailbox, matter: Matter) -> EmailMessage:
    """Return a letter as a message; its id is the letter's, however often it is sent."""
    spoken, values = language(matter, head), words(matter, head)
    organizer = Mailbox(sender.name or ("" if head.discreet else head.practice), sender.email)
    written = render("mail/letter.txt", spoken, values)
    paragraphs = [each.strip() for each in written.split("\n\n") if each.strip()]
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(organizer.name, organizer.email)
    message["To"] = _address("", matter.to)
    message["Subject"] = _one_line(render("mail/subject.txt", spoken, values))
    message["Date"] = format_datetime(matter.now)
    domain = sender.email.rpartition("@")[2]
    message["Message-ID"] = f"<{matter.claimed.id}@{_ascii(domain)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice in return
    message.set_content("\n\n".join(paragraphs) + "\n")
    html = render("mail/letter.html", spoken, values | {"paragraphs": paragraphs})
    message.add_alternative(html, subtype="html")
    card = _card(render("mail/entry.txt", spoken, values), matter.link)
    entry = _entry(matter, card, organizer)
    if entry is not None:
        _enclose(message, *entry)
    return message


def _entry(matter: Matter, card: Card, organizer: Mailbox) -> tuple[Method, bytes] | None:
    """Return what a calendar is told.

    A reminder tells it nothing: it would put back what a client took out. What is not certain yet
    is in no calendar.
    """
    appointment, whole = matter.claimed.appointment, matter.claimed.series
    series = whole.series if whole is not None else None
    told = card, organizer, matter.to, matter.now
    match matter.kind:
        case LetterKind.SERIES_ENDED if series is not None:
            return Method.CANCEL, cancel_series(series, *told)
        case LetterKind.SERIES if whole is not None:
            return Method.REQUEST, request_series(whole.series, whole.members, *told)
        case LetterKind.NEW_LINK | LetterKind.RESTORED if whole is not None:
            # It is the link of all of them; and few programs put back alone what was taken out.
            return Method.REQUEST, request_series(whole.series, whole.members, *told)
        case LetterKind.NEW_LINK if appointment.state is State.TENTATIVE:
            return None
        case LetterKind.INVITATION | LetterKind.MOVED | LetterKind.RESTORED | LetterKind.NEW_LINK:
            return Method.REQUEST, request(appointment, *told, series)
        case LetterKind.CANCELLED if series is not None and appointment.original is None:
            # It has no place in its series any more, which tells that itself; without one, this
            # would take out all of it.
            return None
        case LetterKind.CANCELLED:
            return Method.CANCEL, cancel(appointment, *told, series)
        case _:
            return None


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
