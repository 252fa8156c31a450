"""The rows of the matcher's window: one per matched article, oldest first, in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.features import Features, key_of
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.moment import Moment, Precision

ROW = np.dtype(
    [
        ("source", "<i4"),
        ("day", "<i4"),
        ("seen", "<f8"),
        ("published", "<f8"),
        ("keys", "<i4"),
        ("title_keys", "<i4"),
        ("dead", "?"),
        ("guid", "<u8"),
        ("url", "<u8"),
        ("text", "<u8"),
        ("title", "<u8"),
    ]
)
"""A row as it is stored."""
Rows = NDArray[np.int64]
Column = NDArray[Any]
_HOUR = 3600.0


def hours_of(instant: datetime) -> float:
    """Hours since 1970."""
    return instant.timestamp() / _HOUR


class Candidate(NamedTuple):
    """An article to be matched."""

    article_id: ArticleId
    source_id: SourceId
    seen_at: datetime
    published: datetime | None
    """None where the publisher gives no date: then ages are counted from `seen_at`."""
    features: Features


def candidate_of(article: Article, features: Features) -> Candidate:
    """An article with its features (`features_of`), ready for the matcher.

    A bare day is taken as the instant of that day nearest to when we saw the article, a date that had to be moved
    back from the future as none: ages of a few hours decide, and neither says more than that.
    """
    return Candidate(
        article_id=article.id,
        source_id=article.source_id,
        seen_at=article.first_seen,
        published=_instant(article.published, article.first_seen),
        features=features,
    )


def _instant(moment: Moment | None, seen_at: datetime) -> datetime | None:
    if moment is None or moment.clamped:
        return None
    if moment.precision is Precision.DAY:
        return max(moment.instant, min(seen_at, moment.instant + timedelta(days=1)))
    return moment.instant


class Window:
    """Rows `base` to `end`; a row's number never changes. Rows before `near` have lost their features."""

    def __init__(self) -> None:
        self.base = 0
        self.near = 0
        self.ids: list[ArticleId] = []
        self._blobs: list[bytes] = []
        self._columns: dict[str, Column] = {str(name): np.zeros(1024, dtype=ROW[name]) for name in ROW.names or ()}
        self._sources: dict[SourceId, int] = {}
        self._row_of: dict[ArticleId, int] = {}

    @property
    def end(self) -> int:
        return self.base + len(self.ids)

    def column(self, name: str) -> Column:
        """One field of `ROW` of the live rows; row `n` stands at `n - base`."""
        return self._columns[name][: len(self.ids)]

    @property
    def source_names(self) -> list[SourceId]:
        """By the numbers of the column ``source``."""
        return list(self._sources)

    @property
    def size(self) -> int:
        """Bytes of the rows and features."""
        return len(self.ids) * ROW.itemsize + sum(map(len, self._blobs))

    def article(self, row: int) -> ArticleId:
        return self.ids[row - self.base]

    def blob(self, row: int) -> bytes:
        """What is kept of a row's features, as `Features.to_bytes` writes it: everything but the keys."""
        return self._blobs[row - self.base]

    def append(self, batch: Sequence[Candidate]) -> None:
        """Adds a row for each candidate; an article that is here already is replaced by its newer self."""
        features = [candidate.features for candidate in batch]
        blobs = [one.to_bytes(with_keys=False) for one in features]
        seen = np.array([hours_of(candidate.seen_at) for candidate in batch], dtype=np.float64)
        columns: dict[str, Sequence[object] | Column] = {
            "source": [self.source_number(candidate.source_id) for candidate in batch],
            "day": np.floor_divide(seen, 24),
            "seen": seen,
            "published": [hours_of(one.published) if one.published else np.nan for one in batch],
            "keys": [len(one.keys) // 4 for one in features],
            "title_keys": [len(one.title_keys) // 4 for one in features],
            "dead": np.zeros(len(batch), dtype=bool),
            "guid": np.array([one.guid for one in features], dtype=np.uint64),
            "url": np.array([one.url for one in features], dtype=np.uint64),
            "text": np.array([one.text for one in features], dtype=np.uint64),
            "title": np.array([key_of(one.title.casefold()) if one.title else 0 for one in features], dtype=np.uint64),
        }
        self._extend([candidate.article_id for candidate in batch], blobs, columns)

    def _extend(
        self, ids: Sequence[ArticleId], blobs: Sequence[bytes], columns: Mapping[str, Sequence[object] | Column]
    ) -> None:
        """Adds rows whose sources are numbered by `source_number`."""
        first, start, end = self.end, len(self.ids), len(self.ids) + len(ids)
        self._reserve(end)
        for name, values in columns.items():
            self._columns[name][start:end] = values
        self.ids.extend(ids)
        self._blobs.extend(blobs)
        dead = self._columns["dead"]
        for row, article_id in enumerate(ids, first):
            older = self._row_of.get(article_id)
            if older is not None:
                dead[older - self.base] = True
            self._row_of[article_id] = row
        days = self._columns["day"]
        days[max(0, start - 1) : end] = np.maximum.accumulate(days[max(0, start - 1) : end])

    def source_number(self, source: SourceId) -> int:
        return self._sources.setdefault(source, len(self._sources))

    def same_source(self, row: int, other: int) -> bool:
        sources = self._columns["source"]
        return bool(sources.item(row - self.base) == sources.item(other - self.base))

    def hours_apart(self, row: int, other: int) -> float:
        """As `hours_between`, for one pair."""
        mine, its = row - self.base, other - self.base
        published = self._columns["published"]
        apart = abs(published.item(mine) - published.item(its))
        if apart != apart:  # noqa: PLR0124 - one of them is not a number
            seen = self._columns["seen"]
            apart = abs(seen.item(mine) - seen.item(its))
        return float(apart)

    def hours_between(self, rows: Rows, others: Rows) -> NDArray[np.float64]:
        """Between two publications; between the two first sights where one has no date."""
        mine, its = rows - self.base, others - self.base
        published, seen = self._columns["published"], self._columns["seen"]
        apart: NDArray[np.float64] = np.abs(published[mine] - published[its])
        undated = np.flatnonzero(np.isnan(apart))
        apart[undated] = np.abs(seen[mine[undated]] - seen[its[undated]])
        return apart

    def first_row_of(self, day: int) -> int:
        """The first row seen on a day or later."""
        return self.base + int(np.searchsorted(self.column("day"), day))

    def forget(self, *, before: int, features_before: int) -> None:
        """Drops rows before `before`, and the features of rows before `features_before`."""
        for row in range(max(self.near, self.base), features_before):
            self._blobs[row - self.base] = b""
        self.near = max(self.near, features_before)
        gone = before - self.base
        if gone <= 0:
            return
        for row, article_id in enumerate(self.ids[:gone], self.base):
            if self._row_of.get(article_id) == row:
                del self._row_of[article_id]
        self._columns = {name: self.column(name)[gone:].copy() for name in self._columns}
        del self.ids[:gone], self._blobs[:gone]
        self.base = before

    def pack(self, start: int, end: int) -> tuple[dict[str, object], list[bytes]]:
        """Rows `start` to `end` as a JSON header and binary parts; the inverse of `unpack`."""
        cut = slice(start - self.base, end - self.base)
        blobs = self._blobs[cut]
        names = self.source_names
        rows = np.empty(end - start, dtype=ROW)
        for name, values in self._columns.items():
            rows[name] = values[cut]
        used, rows["source"] = np.unique(rows["source"], return_inverse=True)
        header: dict[str, object] = {"ids": self.ids[cut], "sources": [names[number] for number in used.tolist()]}
        return header, [rows.tobytes(), np.array([len(blob) for blob in blobs], "<u4").tobytes(), b"".join(blobs)]

    def unpack(self, ids: Sequence[ArticleId], sources: Sequence[SourceId], parts: Sequence[bytes]) -> None:
        """Appends the rows that `pack` wrote."""
        rows = np.frombuffer(parts[0], dtype=ROW)
        columns: dict[str, Sequence[object] | Column] = {name: rows[name] for name in self._columns}
        numbers = np.array([self.source_number(source) for source in sources], dtype=np.int32)
        columns["source"] = numbers[rows["source"]]
        ends = accumulate(np.frombuffer(parts[1], "<u4").tolist(), initial=0)
        self._extend(ids, [parts[2][a:b] for a, b in pairwise(ends)], columns)

    def _reserve(self, needed: int) -> None:
        size = len(self._columns["day"])
        if needed > size:
            live = len(self.ids)
            for name, values in self._columns.items():
                grown = np.zeros(max(needed, 2 * size), dtype=values.dtype)
                grown[:live] = values[:live]
                self._columns[name] = grown
