"""Small feed documents that say themselves what must hold when they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(Description|Content-Type|Trust-Charset|Case|Expect):[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class FeedCase:
    """One file: its bytes, the expression that must hold, and how it is served."""

    name: str
    body: bytes
    expect: str
    content_type: str | None
    trust_charset: bool


def load(path: Path) -> FeedCase:
    body = path.read_bytes()
    fields = _json_fields(body) if path.suffix == ".json" else _comment_fields(body)
    assert fields.get("Description"), f"{path.name} has no Description"
    assert fields.get("Expect"), f"{path.name} has no Expect"
    return FeedCase(
        name=path.name,
        body=body,
        expect=fields["Expect"],
        content_type=fields.get("Content-Type"),
        trust_charset=fields.get("Trust-Charset") != "no",
    )


def _json_fields(body: bytes) -> Mapping[str, str]:
    data = json.loads(body)
    fields = {"Description": data["_description"], "Expect": data["_expect"]}
    if "_content_type" in data:
        fields["Content-Type"] = data["_content_type"]
    return fields


def _comment_fields(body: bytes) -> Mapping[str, str]:
    """The fields of the comment: it is ASCII, whatever encoding the file is in."""
    text = body.replace(b"\x00", b"").decode("latin-1")
    return {key: value.strip() for key, value in _LINE.findall(text)}
