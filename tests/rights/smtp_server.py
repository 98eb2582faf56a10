"""A real mail server on this machine: what it took, and what it was told to refuse."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP = "hang up"
"""As a farewell: the line is cut instead."""


@dataclass
class Mailbox:
    """What the server took. `answers` are given to the next messages instead of taking them."""

    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    recipient_answers: list[str] = field(default_factory=list)
    kill_after_taking: int = 0
    drop_after_taking: int = 0
    farewells: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.raw.append(content)
        self.to.append(list(envelope.rcpt_tos))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        if self.kill_after_taking:
            os.kill(self.kill_after_taking, signal.SIGKILL)
        if self.drop_after_taking:
            # Taken, and the line is cut before anybody hears of it.
            self.drop_after_taking -= 1
            _hang_up(server)
        return "250 taken"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        farewell = self.farewells.pop(0) if self.farewells else "221 Bye"
        if farewell == HANG_UP:
            _hang_up(server)
        return farewell

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"a mail password", handled=False)


@dataclass(frozen=True)
class Serving:
    """A server that listens on this port of 127.0.0.1."""

    port: int
    box: Mailbox


@contextmanager
def serving(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: bool = False,
    port: int = 0,
    utf8: bool = False,
) -> Iterator[Serving]:
    """A mail server for the time of the test, in a thread of its own."""
    box = Mailbox()

    def factory() -> SMTP:
        return SMTP(
            box,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=box.authenticate if login else None,
            auth_required=login,
            hostname="localhost",
            enable_SMTPUTF8=utf8,
        )

    loop = asyncio.new_event_loop()
    started: list[asyncio.Server] = []
    ready = threading.Event()

    async def listen() -> None:
        started.append(await loop.create_server(factory, "127.0.0.1", port, ssl=tls))
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(listen())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield Serving(int(started[0].sockets[0].getsockname()[1]), box)
    finally:
        loop.call_soon_threadsafe(_stop, loop, started[0])
        thread.join(10)
        loop.close()


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def _stop(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_later(0.05, loop.stop)
