"""What HTTP says of a path of the output: its type and how long it is fresh (PROTOCOL B-01, B-10)."""

from __future__ import annotations

from pathlib import PurePosixPath

FEED_ENDINGS = (".atom", ".rss")
ARCHIVE_AGE = 86_400
STALE_IF_ERROR = 7 * 86_400
"""Seconds (RFC 5861): readers may go on with what they have while we cannot be reached."""
_TYPES = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
}
_NAMED = {"feed.json": "application/feed+json", "opml.xml": "text/x-opml; charset=utf-8"}


def media_type(path: str) -> str:
    """The Content-Type; octets for what has none of ours."""
    name = path.rpartition("/")[2]
    if is_feed(path) and name.endswith(".json"):
        return _NAMED["feed.json"]
    return _NAMED.get(name) or _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def is_feed(path: str) -> bool:
    """Whether the path is a topic's document or archive in a feed format."""
    name = path.rpartition("/")[2]
    return name.endswith(FEED_ENDINGS) or name == "feed.json" or (name.endswith(".json") and "/archive/" in path)


def cache_control(path: str, cadence: int, *, private: bool) -> str:
    """The Cache-Control of a path; `cadence` is the seconds between builds.

    Archives are asked about again after a day, not immutable: a takedown has to reach them. What lies under a secret is
    for its reader alone.
    """
    age = max(cadence, ARCHIVE_AGE) if "/archive/" in path else cadence
    return f"{'private' if private else 'public'}, max-age={age}, stale-if-error={STALE_IF_ERROR}"
