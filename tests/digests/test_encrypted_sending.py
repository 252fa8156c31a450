"""Mails over STARTTLS (RFC 3207): encrypted, to the server that is meant, or not at all."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from aggregator.model.config import MailSettings
from aggregator.publish.smtp import Delivery, Unreachable, smtp_session
from tests.support.mailserver import Mailbox, mail_server

CERTIFICATES = Path(__file__).parents[1] / "net/certificates"


def serving(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / name)
    return context


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server(serving("loopback.pem")) as made:
        yield made


def settings(box: Mailbox) -> MailSettings:
    return MailSettings(host="127.0.0.1", port=box.port, starttls=True, sender="desk@example.org", username="letters")


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "desk@example.org", "ann@example.net", "The Letter, number 1"
    made.set_content("What was written.")
    return made


def test_a_mail_goes_over_starttls_and_the_password_after_it(box: Mailbox) -> None:
    trusted = ssl.create_default_context(cafile=str(CERTIFICATES / "loopback.pem"))
    with smtp_session(settings(box), "secret", trusted) as session:
        assert not isinstance(session, Unreachable)
        assert session(message(), "ann@example.net") == Delivery(state="sent", sentence="Handed to 127.0.0.1.")
    assert box.recipients == ["ann@example.net"]
    assert box.logins == [("letters", "secret")]


@pytest.mark.parametrize("authority", [None, "root.pem"], ids=["the system's", "another"])
def test_a_server_that_no_authority_vouches_for_gets_neither_mail_nor_password(
    box: Mailbox, authority: str | None
) -> None:
    trusted = ssl.create_default_context(cafile=str(CERTIFICATES / authority) if authority else None)
    with smtp_session(settings(box), "secret", trusted) as session:
        assert isinstance(session, Unreachable)
        assert "certificate" in session.sentence.lower()
    assert (box.arrived, box.logins) == ([], [])


def test_a_server_under_another_name_gets_neither_mail_nor_password() -> None:
    trusted = ssl.create_default_context(cafile=str(CERTIFICATES / "root.pem"))
    with mail_server(serving("good.pem")) as box, smtp_session(settings(box), "secret", trusted) as session:
        assert isinstance(session, Unreachable)
        assert "127.0.0.1" in session.sentence
    assert (box.arrived, box.logins) == ([], [])
