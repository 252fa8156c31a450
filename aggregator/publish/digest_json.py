"""An issue as JSON: its facts, and each story as the item of a JSON Feed with our extensions."""

from __future__ import annotations

import json
from typing import Any

from aggregator.model.digest import Issue
from aggregator.publish import digest
from aggregator.publish.jsonfeed import bare, item_object
from aggregator.publish.node import clean


def issue_object(issue: Issue) -> dict[str, Any]:
    """The issue as plain data. Dates are RFC 3339, languages BCP 47."""
    made = digest.edition(issue)
    return {
        "id": digest.issue_id(issue),
        "digest": issue.name,
        "number": issue.number,
        "title": issue.title,
        "subject": digest.subject(issue),
        "url": digest.url(issue),
        "language": issue.language,
        "since": issue.since.isoformat(),
        "until": issue.until.isoformat(),
        "frozen_at": issue.frozen_at.isoformat(),
        "withdrawn": issue.withdrawn,
        "sections": [
            {
                "title": section.title,
                "items": [bare({"topic": one.topic, **item_object(made, one.item)}) for one in section.items],
            }
            for section in issue.sections
        ],
    }


def write_json(issue: Issue) -> bytes:
    return (clean(json.dumps(issue_object(issue), ensure_ascii=False, indent=1)) + "\n").encode()
