"""Local file sources: below the feeds folder and nowhere else."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, FetchReason, Freshness, NotModified, Validators
from aggregator.model.source import SourceState

_TYPES = {".json": "application/feed+json", ".html": "text/html", ".htm": "text/html"}


class FileFailureError(Exception):
    def __init__(self, reason: FetchReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


def is_local(url: str) -> bool:
    """Whether a source's url is a path rather than a web address."""
    return "://" not in url and not url.startswith(("http:", "https:", "file:", "data:"))


def fetch_file(path: str, state: SourceState, root: Path, settings: FetchSettings, *, now: datetime) -> FetchOutcome:
    """Reads a file as if it were served; its hash is its ETag, so that an unchanged one gives `NotModified`."""
    try:
        body = _read(_locate(path, root), settings.max_decoded)
    except FileFailureError as failure:
        return FetchFailed(url=path, reason=failure.reason, detail=failure.detail, received_at=now)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    validators = Validators(url=path, etag=etag)
    if state.validators == validators:
        return NotModified(url=path, validators=validators, freshness=Freshness(), received_at=now)
    return Fetched(
        url=path,
        status=200,
        body=body,
        content_type=_TYPES.get(Path(path).suffix.lower()),
        validators=validators,
        freshness=Freshness(),
        received_at=now,
        unconditional=state.validators is None,
        wire_bytes=len(body),
    )


def _locate(path: str, root: Path) -> Path:
    """The real file, every link in its path followed; raises `FileFailureError` where it is not below the feeds folder."""
    top = root.resolve()
    try:
        found = (top / path).resolve()
        if not found.exists() and Path(path).parts[:1] == (top.name,):
            found = (top.parent / path).resolve()
    except (OSError, ValueError, RuntimeError):
        raise FileFailureError(FetchReason.FILE_UNREADABLE, f"The path {path!r} cannot be read.") from None
    if not found.is_relative_to(top):
        raise FileFailureError(FetchReason.FILE_OUTSIDE, f"The file {path} is not below the feeds folder.")
    return found


def _read(found: Path, limit: int) -> bytes:
    try:
        # The path was resolved a moment ago: a link that has been put in its place since is not followed.
        descriptor = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise FileFailureError(FetchReason.FILE_MISSING, f"The file {found.name} does not exist.") from None
    except OSError as error:
        raise FileFailureError(
            FetchReason.FILE_UNREADABLE, f"The file {found.name} cannot be read: {error.strerror}."
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileFailureError(FetchReason.FILE_UNREADABLE, f"{found.name} is a folder or no ordinary file.")
        with open(descriptor, "rb", closefd=False) as file:
            body = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(body) > limit:
        raise FileFailureError(FetchReason.TOO_LARGE, f"The file {found.name} is larger than {limit} bytes.")
    if not body:
        raise FileFailureError(FetchReason.EMPTY, f"The file {found.name} is empty.")
    return body
