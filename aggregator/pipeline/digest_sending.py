"""Sending frozen issues. For each recipient it is noted before a mail leaves and after: nobody gets an issue twice.

A crash between the two notes leaves a recipient ``uncertain``: the mail may have left, so it is not sent again unless
the operator says so.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256

import structlog

from aggregator.errors import UsageError
from aggregator.fetch.credentials import SecretMissingError, read_secret
from aggregator.model.digest import Issue
from aggregator.model.source import Secret
from aggregator.net.client import HttpClient
from aggregator.pipeline.digests import issue_numbered
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.publish.drafts import Drafted, Outcome, draft_in_buttondown, draft_in_listmonk
from aggregator.publish.mail import issue_message
from aggregator.publish.smtp import Delivery, Send, Unreachable, smtp_session

_AGAIN = frozenset({"", "failed"})
log = structlog.get_logger(__name__)


def send_issue(
    instance: Instance,
    name: str,
    number: int | None = None,
    to: tuple[str, ...] = (),
    *,
    dry_run: bool = False,
    retry_uncertain: bool = False,
    trusted: ssl.SSLContext | None = None,
) -> list[Row]:
    """Send an issue to the digest's recipients, or to these; returns a row for each.

    Raises UsageError where there is no such issue, no server, or an address that is none.
    """
    issue = issue_numbered(instance, name, number)
    recipients = _recipients(instance, name, to)
    if not instance.config.mail.host and not dry_run:
        raise UsageError("no mail server is configured: [mail] host names one")
    again = _AGAIN | {"uncertain"} if retry_uncertain else _AGAIN
    states = {one: _state(instance, issue, one) for one in recipients}
    due = [one for one in recipients if states[one][0] in again]
    done = [_row(issue, one, *states[one]) for one in recipients if one not in due]
    if dry_run:
        return [*done, *(_row(issue, one, "would send", _size(instance, issue, one)) for one in due)]
    return [*done, *_send_all(instance, issue, due, trusted)]


def send_made(instance: Instance, issues: list[Issue]) -> None:
    """What the daemon does with fresh issues, and with those that were cut short: their recipients get them."""
    if not instance.config.mail.host:
        return
    for settings in instance.config.digests:
        fresh = any(issue.name == settings.name for issue in issues)
        pending = [one for one in instance.store.digests.all(settings.name, limit=1) if one.state == "sending"]
        if settings.send_to and (fresh or pending):
            rows = send_issue(instance, settings.name)
            log.info("issue_sent", digest=settings.name, sent=sum(row["state"] == "sent" for row in rows))


def _recipients(instance: Instance, name: str, to: tuple[str, ...]) -> list[str]:
    declared = next((one.send_to for one in instance.config.digests if one.name == name), ())
    wanted = to or declared
    for text in wanted:
        address = parseaddr(text)[1]
        if address.count("@") != 1 or not address.isascii():
            raise UsageError(f"{text!r} is no mail address")
    by_address = {parseaddr(text)[1].lower(): text for text in reversed(wanted)}
    return list(reversed(by_address.values()))


def _fact(issue: Issue, recipient: str) -> str:
    """By a hash of the address: addresses are kept in the operator's configuration and nowhere else."""
    mark = sha256(parseaddr(recipient)[1].lower().encode()).hexdigest()[:24]
    return f"digest:{issue.name}:{issue.number}:to:{mark}"


def _state(instance: Instance, issue: Issue, recipient: str) -> tuple[str, str]:
    """The state and its sentence; a note that was never followed by another is ``uncertain``."""
    note = instance.store.facts.get(_fact(issue, recipient))
    if note is None:
        return "", ""
    state, sentence = json.loads(note)
    if state == "sending":
        return "uncertain", "The program stopped while it was being sent: it may have arrived."
    return state, sentence


def _note(instance: Instance, issue: Issue, recipient: str, state: str, sentence: str) -> None:
    instance.store.facts.set(_fact(issue, recipient), json.dumps([state, sentence]))


def _send_all(instance: Instance, issue: Issue, recipients: list[str], trusted: ssl.SSLContext | None) -> list[Row]:
    if not recipients:
        return []
    mail = instance.config.mail
    password = _secret(mail.password, "mail.password")
    instance.store.digests.set_state(issue.name, issue.number, "sending")
    rows: list[Row] = []
    with smtp_session(mail, password, trusted) as session:
        for recipient in recipients:
            if isinstance(session, Unreachable):
                rows.append(_row(issue, recipient, "failed", session.sentence))
            else:
                rows.append(_send_one(instance, issue, recipient, session))
    whole = all(row["state"] in {"sent", "refused"} for row in rows)
    instance.store.digests.set_state(issue.name, issue.number, "sent" if whole else "sending")
    return rows


def _send_one(instance: Instance, issue: Issue, recipient: str, send: Send) -> Row:
    message = _message(instance, issue, recipient)
    _note(instance, issue, recipient, "sending", instance.clock().isoformat())
    delivery: Delivery = send(message, recipient)
    _note(instance, issue, recipient, delivery.state, _told(delivery, instance.clock()))
    return _row(issue, recipient, delivery.state, delivery.sentence)


def _told(delivery: Delivery, now: datetime) -> str:
    return f"{delivery.sentence} ({now:%Y-%m-%d %H:%M} UTC)"


def _message(instance: Instance, issue: Issue, recipient: str) -> EmailMessage:
    return issue_message(issue, instance.config.mail, recipient)


def _size(instance: Instance, issue: Issue, recipient: str) -> str:
    message = _message(instance, issue, recipient)
    return f"“{message['Subject']}”, {len(message.as_bytes())} bytes"


def _row(issue: Issue, recipient: str, state: str, sentence: str) -> Row:
    return {
        "id": issue.name,
        "number": issue.number,
        "recipient": recipient,
        "state": state,
        "sentence": sentence,
    }


def _secret(secret: Secret | None, key: str) -> str | None:
    try:
        return None if secret is None else read_secret(secret)
    except SecretMissingError as error:
        raise UsageError(f"{key}: {error}") from error


def hand_over(instance: Instance, name: str, number: int | None, tool: str, *, dry_run: bool = False) -> Row:
    """Make a draft of an issue in ``listmonk`` or ``buttondown``; once only. Raises UsageError where it is not set up."""
    issue = issue_numbered(instance, name, number)
    settings = getattr(instance.config.mail, tool)
    if settings is None:
        raise UsageError(f"{tool} is not set up: a [mail.{tool}] table does that")
    key = f"digest:{issue.name}:{issue.number}:in:{tool}"
    before = instance.store.facts.get(key)
    if before:
        state, sentence = json.loads(before)
        return _row(issue, tool, state, sentence)
    if dry_run:
        return _row(issue, tool, "would draft", f"{len(issue.items)} stories")
    token = _secret(settings.token, f"mail.{tool}.token") or ""
    instance.store.facts.set(key, json.dumps(["uncertain", f"The program stopped while {tool} was asked: look there."]))
    outcome = asyncio.run(_drafted(instance, issue, tool, token))
    if isinstance(outcome, Drafted):
        note = ("drafted", f"{tool} has it as {outcome.id} {outcome.url}".strip())
    else:
        note = ("uncertain" if outcome.uncertain else "failed", outcome.sentence)
    instance.store.facts.set(key, "" if note[0] == "failed" else json.dumps(note))
    return _row(issue, tool, *note)


async def _drafted(instance: Instance, issue: Issue, tool: str, token: str) -> Outcome:
    mail = instance.config.mail
    async with HttpClient(instance.config.fetch) as client:
        if tool == "listmonk" and mail.listmonk is not None:
            return await draft_in_listmonk(client, mail.listmonk, token, issue)
        assert mail.buttondown is not None
        return await draft_in_buttondown(client, mail.buttondown, token, issue)
