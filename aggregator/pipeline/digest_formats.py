"""An issue in each format, for commands and the web."""

from __future__ import annotations

from typing import Any

from aggregator.errors import UsageError
from aggregator.model.digest import Issue
from aggregator.pipeline.digest_choice import Draft
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.publish.digest_html import write_mail
from aggregator.publish.digest_json import issue_object, write_json
from aggregator.publish.digest_text import write_markdown, write_text
from aggregator.publish.mail import PLACEHOLDER, issue_message

FORMATS = ("html", "text", "markdown", "json", "eml")


def written(instance: Instance, issue: Issue, kind: str) -> bytes:
    """The issue in one of `FORMATS`; html is that of the mail. Raises UsageError for any other."""
    match kind:
        case "html":
            return write_mail(issue, PLACEHOLDER).encode()
        case "text":
            return write_text(issue).encode()
        case "markdown":
            return write_markdown(issue).encode()
        case "json":
            return write_json(issue)
        case "eml":
            return issue_message(issue, instance.config.mail).as_bytes()
        case _:
            raise UsageError(f"an issue is written as one of {', '.join(FORMATS)}, not {kind!r}")


def issue_plain(issue: Issue) -> dict[str, Any]:
    """The issue as JSON knows it."""
    return issue_object(issue)


def left_out_rows(draft: Draft) -> list[Row]:
    """What a draft leaves out, a row for each story with the reason."""
    return [
        {
            "id": one.story_id,
            "article": one.article_id,
            "topic": one.topic,
            "title": one.title,
            "rule": one.rule,
            "sentence": one.sentence,
        }
        for one in draft.left_out
    ]
