"""Documents to a folder, so that no reader and no crash ever sees a half or a mixed version (PROTOCOL B-09).

For each changed document the new bytes and their compressed copies are written beside it under other names and
flushed; then the old copies are taken away, the document is renamed into place, and the new copies after it. At every
moment each compressed copy that is there belongs to the document that is there; a crash leaves copies missing at
worst, and the next write completes them.
"""

from __future__ import annotations

import fcntl
import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
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
class SinkResult:
    """The paths that were written, were there already with the same bytes, or were taken away."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


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

    def write(self, documents: Iterable[Document], *, within: Iterable[str] = ()) -> SinkResult:
        """Writes what differs and leaves the rest untouched.

        `within`: folders of which `documents` is the whole content; what else lies there is removed.
        Raises `OutputError` with a sentence where the folder cannot be written; what was replaced until then stays.
        """
        written: list[str] = []
        unchanged: list[str] = []
        try:
            with self._alone():
                for document in documents:
                    (written if self._put(document) else unchanged).append(document.path)
                removed = tuple(self._sweep(set(written) | set(unchanged), tuple(within)))
        except OSError as error:
            raise self._sentence(error) from error
        return SinkResult(written=tuple(written), unchanged=tuple(unchanged), removed=removed)

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

    def _put(self, document: Document) -> bool:
        place = self._place(document.path)
        codings = self._codings if document.compress and len(document.body) >= _WORTH_COMPRESSING else ()
        before = _stat(place)
        if before is not None and before.st_size == len(document.body) and place.read_bytes() == document.body:
            self._complete(place, document.body, int(before.st_mtime), codings)
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        self._replace(place, document.body, self._changed(document, before), codings)
        return True

    def _changed(self, document: Document, before: os.stat_result | None) -> int:
        """Seconds since 1970: the document's own time where that is later than the last one, else the present."""
        now = int(self._clock().timestamp())
        own = min(int(document.updated.timestamp()), now)
        if before is None:
            return own
        last = int(before.st_mtime)
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
            for place in sorted(self._place(scope).rglob("*")):
                path = place.relative_to(self._folder).as_posix()
                if place.is_file() and not _is_copy(path) and path not in kept:
                    self._take_away(place)
                    yield path

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


def _stat(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None
