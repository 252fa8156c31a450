"""Segments: what the store keeps of the matcher's window, append-only, so that a restart finds the same clusters.

A segment is a JSON header (its length in four bytes before it) and binary parts: rows, features, index runs with row
numbers counted from the segment's first row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from aggregator.dedupe.postings import Packed
from aggregator.dedupe.window import Window

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows `start` to `end` and their index runs."""

    start: int
    end: int
    bodies: Packed
    titles: Packed


class ForeignSegmentError(ValueError):
    """The bytes were not written by this format of segments."""


def write(window: Window, batches: Sequence[Batch]) -> bytes:
    """The rows and index runs of neighbouring batches."""
    start, end = max(batches[0].start, window.base), batches[-1].end
    header, parts = window.pack(start, end)
    for runs in ([batch.bodies for batch in batches], [batch.titles for batch in batches]):
        joined = np.concatenate(runs)
        joined = joined[(joined & np.uint64(0xFFFFFFFF)) >= np.uint64(start)] - np.uint64(start)
        parts.append(np.sort(joined).tobytes())
    header |= {"format": FORMAT, "parts": [len(part) for part in parts]}
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join((len(head).to_bytes(4, "little"), head, *parts))


def read(window: Window, data: bytes) -> Batch:
    """Appends a segment's rows to the window and gives its index runs with the window's row numbers."""
    size = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:size])
    if header.get("format") != FORMAT:
        raise ForeignSegmentError(f"a segment of format {header.get('format')}, where {FORMAT} was expected")
    ends = accumulate(header["parts"], initial=size)
    parts = [data[a:b] for a, b in pairwise(ends)]
    start = window.end
    window.unpack(header["ids"], header["sources"], parts[:3])
    bodies, titles = (np.frombuffer(part, "<u8") + np.uint64(start) for part in parts[3:5])
    return Batch(start=start, end=window.end, bodies=bodies, titles=titles)


def merged(runs: Iterable[Packed]) -> Iterator[Packed]:
    """All runs as one sorted run, or nothing."""
    kept = [run for run in runs if len(run)]
    if kept:
        joined = np.concatenate(kept)
        joined.sort(kind="stable")
        yield joined
