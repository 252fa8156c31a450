"""An issue as a mail message: multipart/alternative, with the headers that mailing lists owe their readers.

RFC 5322 and MIME; List-Id (RFC 2919), List-Unsubscribe (RFC 2369) and one click to unsubscribe (RFC 8058).
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from urllib.parse import quote, urlsplit

from aggregator.model.config import MailSettings
from aggregator.model.digest import Issue
from aggregator.publish import digest
from aggregator.publish.digest_html import write_mail
from aggregator.publish.digest_text import write_text

PLACEHOLDER = "https://example.invalid/unsubscribe"
"""Stands where the mailing tool puts its own address; ``.invalid`` is never found (RFC 2606)."""


def issue_message(issue: Issue, settings: MailSettings, recipient: str = "") -> EmailMessage:
    """The message to one recipient, or to nobody yet: then with placeholders. Equal arguments give equal bytes."""
    unsubscribe = unsubscribe_address(settings, issue, recipient) if recipient else PLACEHOLDER
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(settings.sender or f"{issue.site.title} <news@{_domain(issue)}>")
    if recipient:
        message["To"] = _address(recipient)
    if settings.reply_to:
        message["Reply-To"] = _address(settings.reply_to)
    message["Subject"] = digest.subject(issue)
    message["Date"] = format_datetime(issue.frozen_at.replace(microsecond=0))
    message["Message-ID"] = f"<{issue.name}.{issue.number}.{_mark(issue, recipient)}@{_domain(issue)}>"
    message["List-Id"] = f"<{issue.name}.{_domain(issue)}>"
    if digest.url(issue):
        message["Archived-At"] = f"<{digest.url(issue)}>"
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    if unsubscribe.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Content-Language"] = issue.language
    message["Precedence"] = "bulk"
    message.set_content(_with_way_out(issue, unsubscribe), cte="quoted-printable")
    message.add_alternative(write_mail(issue, unsubscribe), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{_mark(issue, recipient)}")
    return message


def unsubscribe_address(settings: MailSettings, issue: Issue, recipient: str) -> str:
    """The operator's address for this recipient; a mail to the sender where none is configured."""
    address = quote(parseaddr(recipient)[1], safe="@")
    if settings.unsubscribe:
        return settings.unsubscribe.replace("{address}", address)
    sender = parseaddr(settings.reply_to or settings.sender)[1] or f"news@{_domain(issue)}"
    return f"mailto:{sender}?subject=unsubscribe%20{issue.name}"


def _with_way_out(issue: Issue, unsubscribe: str) -> str:
    return f"{write_text(issue)}{digest.phrases(issue).unsubscribe}: {unsubscribe}\n"


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=" ".join(name.split()), addr_spec=address)


def _domain(issue: Issue) -> str:
    """Of the site's authority for ids, which never changes."""
    authority = issue.site.tag_authority.partition(",")[0].rpartition("@")[2]
    return authority or urlsplit(issue.site.base_url).hostname or "localhost"


def _mark(issue: Issue, recipient: str) -> str:
    return sha256(f"{digest.issue_id(issue)}\n{recipient}".encode()).hexdigest()[:16]
