"""A real SMTP server on loopback that keeps what it was given."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


@dataclass
class Mailbox:
    """What arrived, and how the server answers."""

    port: int = 0
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """(recipient, message) in the order of arrival."""
    answers: dict[str, str] = field(default_factory=dict)
    """By recipient: what RCPT is answered."""
    logins: list[tuple[str, str]] = field(default_factory=list)
    """(user, password) of each login; any is let in."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        self.arrived += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"

    def log_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, words: Any) -> AuthResult:
        assert isinstance(words, LoginPassword)
        self.logins.append((words.login.decode(), words.password.decode()))
        return AuthResult(success=True)

    @property
    def recipients(self) -> list[str]:
        return [address for address, _ in self.arrived]


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """The server, on a port of its own, until the end of the block. With `tls` it takes mails over STARTTLS only."""
    box = Mailbox()
    loop = asyncio.new_event_loop()

    def answer() -> SMTP:
        return SMTP(
            box,
            hostname="mail.example.org",
            loop=loop,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=box.log_in,
        )

    server = loop.run_until_complete(loop.create_server(answer, "127.0.0.1", 0))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
