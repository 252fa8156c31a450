"""What the writers make: whole documents, and where they stand in the output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ATOM = "application/atom+xml"
RSS = "application/rss+xml"
JSON_FEED = "application/feed+json"
OPML = "text/x-opml"
HTML = "text/html"
CSS = "text/css"
JSON = "application/json"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of the output: what it is called, what it is, and when its content last changed."""

    path: str
    """Relative to the output's root, with forward slashes."""
    media_type: str
    body: bytes
    updated: datetime
    """The newest change of what is in it; becomes Last-Modified (PROTOCOL B-03)."""
    compress: bool = True
    """Whether precompressed copies are worth their room."""
