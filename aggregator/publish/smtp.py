"""Handing messages to an SMTP server, one recipient at a time (RFC 5321, RFC 3207)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

from aggregator.model.config import MailSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of one message: ``sent``, ``refused`` (for good), ``failed`` (worth another try), ``uncertain``."""

    state: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No message can be handed over at all: why, in one sentence."""

    sentence: str


Send = Callable[[EmailMessage, str], Delivery]


@contextmanager
def smtp_session(
    settings: MailSettings, password: str | None, trusted: ssl.SSLContext | None = None
) -> Iterator[Send | Unreachable]:
    """A connection that messages can be sent over; `trusted` is for tests and labs.

    With STARTTLS set, nothing goes out over a connection that is not encrypted.
    """
    try:
        server = _connected(settings, password, trusted or ssl.create_default_context())
    except (OSError, smtplib.SMTPException) as error:
        yield Unreachable(sentence=f"{settings.host}:{settings.port} cannot be used: {_words(error)}.")
        return
    try:
        yield lambda message, recipient: _sent(server, settings, message, recipient)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _connected(settings: MailSettings, password: str | None, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if settings.tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=trusted)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    try:
        if settings.starttls and not settings.tls:
            server.starttls(context=trusted)
        if settings.username:
            server.login(settings.username, password or "")
    except BaseException:
        server.close()
        raise
    return server


def _sent(server: smtplib.SMTP, settings: MailSettings, message: EmailMessage, recipient: str) -> Delivery:
    sender = parseaddr(settings.sender)[1]
    address = parseaddr(recipient)[1]
    try:
        server.send_message(message, from_addr=sender, to_addrs=[address])
    except smtplib.SMTPRecipientsRefused as error:
        return _refusal(*error.recipients[address])
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        # the connection broke: whether the server took the message cannot be known
        return Delivery(state="uncertain", sentence=f"The connection broke: {_words(error)}.")
    return Delivery(state="sent", sentence=f"Handed to {settings.host}.")


def _refusal(code: int, text: bytes | str) -> Delivery:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    state = "failed" if 400 <= code < 500 else "refused"
    return Delivery(state=state, sentence=f"The server said {code} {words}")


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
