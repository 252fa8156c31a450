"""The output's files as HTTP representations, read whole so that a reply never mixes two versions."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.web.negotiation import CODINGS, write_date

_SMALL = 4 * 2**20
"""Bytes up to which a file is kept in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One file's bytes with what HTTP says of them."""

    body: bytes
    etag: str
    """Strong, made from these very bytes: equal on every machine, different for every coding (PROTOCOL B-02)."""
    modified: int
    last_modified: str
    coding: str | None


_Stamp = tuple[int, int, int, int]


@dataclass(slots=True)
class Files:
    """Reads below `root`; keeps small files in memory as long as the file system says that they are the same."""

    root: Path
    capacity: int = 256 * 2**20
    """Bytes kept in memory at most."""
    _kept: OrderedDict[str, tuple[_Stamp, Representation]] = field(default_factory=OrderedDict)
    _size: int = 0

    def read(self, path: str, codings: tuple[str, ...] = ()) -> Representation | None:
        """The best of the allowed codings that is there, else the file itself; None where there is none."""
        for coding in codings:
            found = self._open(path + CODINGS[coding], coding)
            if found is not None:
                return found
        return self._open(path, None)

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def _open(self, path: str, coding: str | None) -> Representation | None:
        place = f"{self.root}/{path}"
        try:
            stamp = _stamp(os.stat(place))  # noqa: PTH116  on the path of every request
        except (OSError, ValueError):
            return None
        kept = self._kept.get(path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        return self._load(path, place, coding)

    def _load(self, path: str, place: str, coding: str | None) -> Representation | None:
        """From one open file: a rename in between changes neither the bytes nor the time that belongs to them."""
        try:
            with Path(place).open("rb") as file:
                status = os.fstat(file.fileno())
                body = file.read()
        except OSError:
            return None
        made = Representation(
            body=body,
            etag=f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"',
            modified=int(status.st_mtime),
            last_modified=write_date(status.st_mtime),
            coding=coding,
        )
        self._keep(path, _stamp(status), made)
        return made

    def _keep(self, path: str, stamp: _Stamp, made: Representation) -> None:
        old = self._kept.pop(path, None)
        if old is not None:
            self._size -= len(old[1].body)
        if len(made.body) > _SMALL:
            return
        self._kept[path] = (stamp, made)
        self._size += len(made.body)
        while self._size > self.capacity:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= len(dropped.body)


def _stamp(status: os.stat_result) -> _Stamp:
    """The change time moves with every write and rename, whatever the file's own times are set to."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
