"""Issues as drafts in mailing tools, through their HTTP APIs: listmonk (version 4 and later) and Buttondown (v1).

Nothing is sent by this: a person looks at the draft there and lets it go.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from aggregator.model.config import ButtondownSettings, ListmonkSettings
from aggregator.model.digest import Issue
from aggregator.net.client import HttpClient
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpRequest, Reply
from aggregator.publish import digest
from aggregator.publish.digest_html import write_mail
from aggregator.publish.digest_text import write_markdown, write_text

LISTMONK_UNSUBSCRIBE = "{{ UnsubscribeURL }}"
_MARK = "https://unsubscribe.invalid/"
_BRACES = re.compile(r"\{(?=[{%#])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The tool has it."""

    id: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDrafted:
    """The tool refused it, or could not be asked."""

    sentence: str
    uncertain: bool = False
    """The request went out and no answer came: there may be a draft."""


Outcome = Drafted | NotDrafted


def inert_braces(text: str) -> str:
    """HTML or Markdown in which no story's words can be taken for a template's ``{{ … }}`` or ``{% … %}``."""
    return _BRACES.sub("&#123;", text)


def _plain_braces(text: str) -> str:
    """The same for plain text, where no reference can stand for a brace."""
    return _BRACES.sub("{ ", text)


def listmonk_campaign(settings: ListmonkSettings, issue: Issue) -> dict[str, Any]:
    """The body of ``POST /api/campaigns``: created campaigns are drafts."""
    html = inert_braces(write_mail(issue, _MARK)).replace(_MARK, LISTMONK_UNSUBSCRIBE)
    body = {
        "name": f"{issue.title} {issue.number}",
        "subject": _plain_braces(digest.subject(issue)),
        "lists": list(settings.lists),
        "type": "regular",
        "content_type": "html",
        "body": html,
        "altbody": _plain_braces(write_text(issue)),
        "tags": [issue.name],
    }
    return body if settings.template is None else {**body, "template_id": settings.template}


async def draft_in_listmonk(client: HttpClient, settings: ListmonkSettings, token: str, issue: Issue) -> Outcome:
    """Make a campaign of the issue."""
    credentials = base64.b64encode(f"{settings.username}:{token}".encode()).decode()
    reply = await _post(
        client, f"{settings.url}/api/campaigns", f"Basic {credentials}", listmonk_campaign(settings, issue)
    )
    match reply:
        case NotDrafted():
            return reply
        case {"data": {"id": number}}:
            return Drafted(id=str(number), url=f"{settings.url}/admin/campaigns/{number}")
        case _:
            return NotDrafted(sentence="listmonk's answer names no campaign.", uncertain=True)


def buttondown_email(issue: Issue) -> dict[str, Any]:
    """The body of ``POST /v1/emails``."""
    return {
        "subject": _plain_braces(digest.subject(issue)),
        "body": inert_braces(write_markdown(issue)),
        "status": "draft",
        "slug": f"{issue.name}-{issue.number}",
    }


async def draft_in_buttondown(client: HttpClient, settings: ButtondownSettings, token: str, issue: Issue) -> Outcome:
    """Make an email of the issue."""
    reply = await _post(client, f"{settings.url}/v1/emails", f"Token {token}", buttondown_email(issue))
    if isinstance(reply, NotDrafted):
        return reply
    if "id" not in reply:
        return NotDrafted(sentence="Buttondown's answer names no email.", uncertain=True)
    return Drafted(id=str(reply["id"]), url=str(reply.get("absolute_url", "")))


async def _post(client: HttpClient, url: str, authorization: str, body: dict[str, Any]) -> dict[str, Any] | NotDrafted:
    headers = (
        ("Authorization", authorization),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("User-Agent", "aggregator"),
    )
    data = json.dumps(body, ensure_ascii=False).encode()
    reply = await client.send(HttpRequest(url=url, method="POST", headers=headers, body=data))
    if isinstance(reply, NetFailed):
        return NotDrafted(sentence=reply.detail, uncertain=True)
    if not 200 <= reply.status < 300:
        return NotDrafted(sentence=f"The server said {reply.status}: {_reason(reply)}")
    return _object(reply)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(reply: Reply) -> str:
    said = _object(reply)
    return str(said.get("message") or said.get("detail") or reply.body[:200].decode("utf-8", "replace"))
