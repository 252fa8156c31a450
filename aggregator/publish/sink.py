"""Documents to a folder, so that no reader and no crash ever sees a half or a mixed version (PROTOCOL B-09).

For each changed document the new bytes and their compressed copies are written beside it under other names and
flushed; then the old copies are taken away, the document is renamed into place, and the new copies after it. At every
moment each compressed copy that is there belongs to the document that is there; a crash leaves copies missing at
worst, and the next write completes them.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import brotli
import zstandard

from aggregator.errors import OutputError
from aggregator.publish.document import Document

_TEMPORARY = ".new~"
_LOCK = ".lock"
_BROTLI_QUALITY = 6
_ZSTD_LEVEL = 9
_GZIP_LEVEL = 7
_WORTH_COMPRESSING = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which bytes stand at a path, and since when (seconds since 1970)."""

    digest: str
    since: int


Known = Mapping[str, Version]
_NOTHING: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkResult:
    """The paths that were written, were there already with the same bytes, or were taken away."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    versions: Known = field(default_factory=dict)
    """What is news to who knew `known`."""


def digest(body: bytes) -> str:
    """The hash that a document's ETag is made of."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)


def _brotli(body: bytes) -> bytes:
    return cast("bytes", cast("Any", brotli).compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_content_size=True).compress(body)


CODINGS: dict[str, Callable[[bytes], bytes]] = {"gz": _gzip, "br": _brotli, "zst": _zstd}


class FolderSink:
    """A folder that a web server may serve as it is.

    `clock` tells the time of a change where a document's own would not be later than the last one served: its file
    time, which servers send as Last-Modified, never goes back and never lies in the future (PROTOCOL B-03).
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        codings: Sequence[str] = tuple(CODINGS),
        flush: bool = True,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._codings = tuple(codings)
        self._flush = flush

    def write(
        self,
        documents: Iterable[Document],
        *,
        within: Iterable[str] = (),
        keep: Iterable[str] = (),
        known: Known = _NOTHING,
    ) -> SinkResult:
        """Writes what differs and leaves the rest untouched.

        `within`: folders of which `documents` and the paths in `keep` are the whole content; what else lies there is
        removed. `known`: what stood at the paths before, so that times of change outlive a folder that was emptied.
        Raises `OutputError` with a sentence where the folder cannot be written; what was replaced until then stays.
        """
        written: list[str] = []
        unchanged: list[str] = []
        versions: dict[str, Version] = {}
        try:
            with self._alone():
                for document in documents:
                    (written if self._put(document, known, versions) else unchanged).append(document.path)
                removed = tuple(self._sweep({*written, *unchanged, *keep}, tuple(within)))
        except OSError as error:
            raise self._sentence(error) from error
        return SinkResult(written=tuple(written), unchanged=tuple(unchanged), removed=removed, versions=versions)

    def remove(self, paths: Iterable[str]) -> SinkResult:
        """Takes documents away with their compressed copies; paths that are not there are passed over."""
        try:
            with self._alone():
                removed = tuple(path for path in paths if self._take_away(self._place(path)))
        except OSError as error:
            raise self._sentence(error) from error
        return SinkResult(removed=removed)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time: a command may run beside the daemon, and both stage under the same names."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sentence(self, error: OSError) -> OutputError:
        place = error.filename or self._folder
        return OutputError(f"The output folder {self._folder} cannot be written: {error.strerror or error} ({place}).")

    def _place(self, path: str) -> Path:
        place = self._folder / path
        if ".." in Path(path).parts or Path(path).is_absolute():
            raise OutputError(f"The output path {path} leads out of the output folder.")
        return place

    def _put(self, document: Document, known: Known, versions: dict[str, Version]) -> bool:
        place = self._place(document.path)
        codings = self._codings if document.compress and len(document.body) >= _WORTH_COMPRESSING else ()
        before = _stat(place)
        last, own = known.get(document.path), digest(document.body)
        if before is not None and before.st_size == len(document.body) and place.read_bytes() == document.body:
            self._complete(place, document.body, int(before.st_mtime), codings)
            if last is None or last.digest != own:
                versions[document.path] = Version(digest=own, since=int(before.st_mtime))
            return False
        when = last.since if last and last.digest == own and before is None else self._changed(document, before, last)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._replace(place, document.body, when, codings)
        versions[document.path] = Version(digest=own, since=when)
        return True

    def _changed(self, document: Document, before: os.stat_result | None, known: Version | None) -> int:
        """Seconds since 1970: the document's own time where that is later than the last one, else the present."""
        now = int(self._clock().timestamp())
        own = min(int(document.updated.timestamp()), now)
        last = max(int(before.st_mtime) if before else -1, known.since if known else -1)
        return own if own > last else max(now, last + 1)

    def _complete(self, place: Path, body: bytes, when: int, codings: Sequence[str]) -> None:
        """The copies that a crash has left out."""
        for coding in codings:
            copy = _copy(place, coding)
            found = _stat(copy)
            if found is None or int(found.st_mtime) != when:
                self._stage(copy, CODINGS[coding](body), when).replace(copy)

    def _replace(self, place: Path, body: bytes, when: int, codings: Sequence[str]) -> None:
        staged = self._stage(place, body, when)
        copies = [(_copy(place, c), self._stage(_copy(place, c), CODINGS[c](body), when)) for c in codings]
        for coding in CODINGS:
            _copy(place, coding).unlink(missing_ok=True)
        staged.replace(place)
        for copy, ready in copies:
            ready.replace(copy)
        self._flush_folder(place.parent)

    def _stage(self, place: Path, body: bytes, when: int) -> Path:
        """The bytes under a temporary name in the same folder, flushed, with their final time."""
        staged = place.with_name(place.name + _TEMPORARY)
        with staged.open("wb") as file:
            file.write(body)
            file.flush()
            if self._flush:
                os.fsync(file.fileno())
        os.utime(staged, (when, when))
        return staged

    def _flush_folder(self, folder: Path) -> None:
        if self._flush:
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

    def _sweep(self, kept: set[str], within: Sequence[str]) -> Iterator[str]:
        for scope in within:
            for place in sorted(self._place(scope).rglob("*"), reverse=True):
                path = place.relative_to(self._folder).as_posix()
                if place.is_dir():
                    _remove_empty(place)
                elif not _is_copy(path) and path not in kept:
                    self._take_away(place)
                    yield path
            _remove_empty(self._place(scope))

    def _take_away(self, place: Path) -> bool:
        for coding in CODINGS:
            _copy(place, coding).unlink(missing_ok=True)
        if not place.exists():
            return False
        place.unlink()
        self._flush_folder(place.parent)
        return True


def _copy(place: Path, coding: str) -> Path:
    return place.with_name(f"{place.name}.{coding}")


def _is_copy(path: str) -> bool:
    return path.endswith(tuple(f".{coding}" for coding in CODINGS))


def _remove_empty(folder: Path) -> None:
    """Not even the name of a folder stays: it may be a former slug or token."""
    with suppress(OSError):
        folder.rmdir()


def _stat(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None
