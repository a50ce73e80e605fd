"""A mail server that listens, speaks SMTP and can be told to misbehave."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class PostOffice:
    """What arrived, and how to answer: `rcpt` and `data` are replies, each used once, then 250."""

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    signed_in: list[bytes] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str | Callable[[SMTP], None]] = field(default_factory=list)
    reached_data: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None
    """Where set, the answer to a message waits for it."""
    connections: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.reached_data.set()
        if self.hold is not None:
            await self.hold.wait()
        reply = self.data.pop(0) if self.data else "250 OK"
        if isinstance(reply, str) and not reply.startswith("250"):
            return reply
        content = envelope.content
        assert isinstance(content, bytes)
        if callable(reply) and reply is not drop_after_taking:
            reply(server)
            return "250 OK"
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.arrived.append(message)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        if callable(reply):
            reply(server)
        return "250 OK"

    def authenticate(self, *arguments: Any) -> AuthResult:
        login = arguments[-1]
        self.signed_in.append(login.login)
        return AuthResult(success=login.password == b"right", handled=False)


def drop(server: SMTP) -> None:
    """Break the connection without an answer and without having taken the message."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def drop_after_taking(server: SMTP) -> None:
    """Take the message, then break the connection before the answer."""
    drop(server)


@asynccontextmanager
async def listening(
    office: PostOffice, *, implicit_tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[PostOffice]:
    """Listen on a free port of this machine."""
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        office.connections += 1
        return SMTP(office, hostname="post.example.org", enable_SMTPUTF8=True, **options)

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=implicit_tls)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context for localhost, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "post.pem"
    path.write_bytes(private + signed.public_bytes(pem))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    theirs = ssl.create_default_context(cadata=signed.public_bytes(pem).decode())
    return ours, theirs
