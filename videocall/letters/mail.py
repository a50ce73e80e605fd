"""Letters by mail: one connection to the mail server, and what its answers mean (RFC 5321).

What one letter meets is told apart from what stops them all: a refused address is for good, a
refused sender or password is for the operator to mend while every letter waits.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import ClassVar, Final

import aiosmtplib

from videocall.errors import Unavailable
from videocall.letters.carrier import Outcome, Reply
from videocall.letters.compose import compose
from videocall.letters.letterhead import Letterhead, Matter, Render
from videocall.scheduling.itip import Mailbox
from videocall.scheduling.letters import Channel

SEND_MAX_S: Final = 120.0
"""How long one letter may take; a claim on it holds longer."""
QUIT_S: Final = 2.0
_CLOSING: Final = 421


class Tls(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server. `hello` is our own name; `timeout_s` is for each command."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: Tls = Tls.STARTTLS
    hello: str = "localhost"
    timeout_s: float = 30.0
    trust: ssl.SSLContext | None = None
    """Whose certificates are believed; None for those of the machine."""


class MailLine:
    """An open connection."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    async def hand_over(self, letter: EmailMessage) -> Reply:
        """Send one message. LATER and broken may mean that the server has it after all."""
        sender, to = (str(letter[name].addresses[0].addr_spec) for name in ("From", "To"))
        try:
            async with asyncio.timeout(SEND_MAX_S):
                await self._client.send_message(letter, sender=sender, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _answered(error.recipients[0].code)
        except aiosmtplib.SMTPDataError as error:
            return _answered(error.code)
        except aiosmtplib.SMTPNotSupported:
            # An address with letters that this server cannot carry (RFC 6531).
            return Reply(Outcome.REFUSED)
        except aiosmtplib.SMTPResponseException as error:
            return Reply(Outcome.LATER, error.code, broken=True)
        except (aiosmtplib.SMTPException, OSError):
            return Reply(Outcome.LATER, broken=True)
        return Reply(Outcome.SENT)


class MailCarrier:
    """Writes messages and carries them to the mail server."""

    channel: ClassVar[Channel] = Channel.MAIL

    def __init__(self, smtp: Smtp, sender: Mailbox, head: Letterhead, render: Render) -> None:
        self._smtp = smtp
        self._sender = sender
        self._head = head
        self._render = render

    def write(self, matter: Matter) -> EmailMessage:
        return compose(self._render, self._head, self._sender, matter)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[MailLine]:
        """Connect and sign in. Raises Unavailable where that fails, TLS included."""
        smtp = self._smtp
        client = aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            username=smtp.username or None,
            password=smtp.password or None,
            local_hostname=smtp.hello,
            timeout=smtp.timeout_s,
            use_tls=smtp.tls is Tls.TLS,
            start_tls=smtp.tls is Tls.STARTTLS,
            tls_context=smtp.trust,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            text = "The mail server cannot be used: %(reason)s."
            raise Unavailable(text, reason=_reason(error)) from error
        try:
            yield MailLine(client)
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=QUIT_S)
            client.close()


def _answered(code: int) -> Reply:
    outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.LATER
    return Reply(outcome, code, broken=code == _CLOSING)


def _reason(error: Exception) -> str:
    """Return the kind of failure and the reply code; a server's words may quote addresses."""
    code = getattr(error, "code", None)
    return type(error).__name__ + (f" {code}" if isinstance(code, int) else "")
