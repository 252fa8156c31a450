"""What is served at a path of the output, by its name (PROTOCOL B-01)."""

from __future__ import annotations

from pathlib import PurePosixPath

FEED_ENDINGS = (".atom", ".rss")
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
