"""The rows of the matcher's window: one per matched article, oldest first, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

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
Rows = NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3600.0


def hours_of(instant: datetime) -> float:
    """Hours since 1970."""
    return (instant - _EPOCH).total_seconds() / _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
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
        self._data = np.zeros(1024, dtype=ROW)
        self._sources: dict[SourceId, int] = {}
        self._row_of: dict[ArticleId, int] = {}

    @property
    def end(self) -> int:
        return self.base + len(self.ids)

    @property
    def table(self) -> NDArray[np.void]:
        """The live rows; row `n` stands at `n - base`."""
        return self._data[: len(self.ids)]

    @property
    def source_names(self) -> list[SourceId]:
        """By the numbers of the column ``source``."""
        return list(self._sources)

    @property
    def size(self) -> int:
        """Bytes of the rows and features."""
        return self.table.nbytes + sum(map(len, self._blobs))

    def article(self, row: int) -> ArticleId:
        return self.ids[row - self.base]

    def features(self, row: int) -> Features:
        """What is kept of a row's features: everything but the keys."""
        return Features.from_bytes(self._blobs[row - self.base])

    def append(self, batch: Sequence[Candidate]) -> None:
        """Adds a row for each candidate; an article that is here already is replaced by its newer self."""
        blobs = [candidate.features.to_bytes(with_keys=False) for candidate in batch]
        rows = np.array([self._row(candidate) for candidate in batch], dtype=ROW)
        self.extend([candidate.article_id for candidate in batch], blobs, rows)

    def extend(self, ids: Sequence[ArticleId], blobs: Sequence[bytes], rows: NDArray[np.void]) -> None:
        """Adds rows whose sources are numbered by `source_number`."""
        self._reserve(len(rows))
        first, start = self.end, len(self.ids)
        self._data[start : start + len(rows)] = rows
        self.ids.extend(ids)
        self._blobs.extend(blobs)
        for row, article_id in enumerate(ids, first):
            older = self._row_of.get(article_id)
            if older is not None:
                self._data["dead"][older - self.base] = True
            self._row_of[article_id] = row
        days = self._data["day"]
        days[max(0, start - 1) : len(self.ids)] = np.maximum.accumulate(days[max(0, start - 1) : len(self.ids)])

    def source_number(self, source: SourceId) -> int:
        return self._sources.setdefault(source, len(self._sources))

    def same_source(self, row: int, other: int) -> bool:
        sources = self._data["source"]
        return bool(sources.item(row - self.base) == sources.item(other - self.base))

    def hours_apart(self, row: int, other: int) -> float:
        """As `hours_between`, for one pair."""
        mine, its = row - self.base, other - self.base
        published = self._data["published"]
        apart = abs(published.item(mine) - published.item(its))
        if apart != apart:  # noqa: PLR0124 - one of them is not a number
            seen = self._data["seen"]
            apart = abs(seen.item(mine) - seen.item(its))
        return float(apart)

    def hours_between(self, rows: Rows, others: Rows) -> NDArray[np.float64]:
        """Between two publications; between the two first sights where one has no date."""
        mine, its = rows - self.base, others - self.base
        published, seen = self._data["published"], self._data["seen"]
        apart: NDArray[np.float64] = np.abs(published[mine] - published[its])
        return np.where(np.isnan(apart), np.abs(seen[mine] - seen[its]), apart)

    def first_row_of(self, day: int) -> int:
        """The first row seen on a day or later."""
        return self.base + int(np.searchsorted(self.table["day"], day))

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
        self._data = self.table[gone:].copy()
        del self.ids[:gone], self._blobs[:gone]
        self.base = before

    def pack(self, start: int, end: int) -> tuple[dict[str, object], list[bytes]]:
        """Rows `start` to `end` as a JSON header and binary parts; the inverse of `unpack`."""
        cut = slice(start - self.base, end - self.base)
        blobs = self._blobs[cut]
        names = self.source_names
        rows = self.table[cut].copy()
        used, rows["source"] = np.unique(rows["source"], return_inverse=True)
        header: dict[str, object] = {"ids": self.ids[cut], "sources": [names[number] for number in used.tolist()]}
        return header, [rows.tobytes(), np.array([len(blob) for blob in blobs], "<u4").tobytes(), b"".join(blobs)]

    def unpack(self, ids: Sequence[ArticleId], sources: Sequence[SourceId], parts: Sequence[bytes]) -> None:
        """Appends the rows that `pack` wrote."""
        rows = np.frombuffer(parts[0], dtype=ROW).copy()
        numbers = np.array([self.source_number(source) for source in sources], dtype=np.int32)
        rows["source"] = numbers[rows["source"]]
        ends = accumulate(np.frombuffer(parts[1], "<u4").tolist(), initial=0)
        self.extend(ids, [parts[2][a:b] for a, b in pairwise(ends)], rows)

    def _row(self, candidate: Candidate) -> tuple[object, ...]:
        features, seen = candidate.features, hours_of(candidate.seen_at)
        return (
            self.source_number(candidate.source_id),
            int(seen // 24),
            seen,
            hours_of(candidate.published) if candidate.published else np.nan,
            len(features.keys) // 4,
            len(features.title_keys) // 4,
            False,
            features.guid,
            features.url,
            features.text,
            key_of(features.title.casefold()) if features.title else 0,
        )

    def _reserve(self, count: int) -> None:
        needed = len(self.ids) + count
        if needed > len(self._data):
            grown = np.zeros(max(needed, 2 * len(self._data)), dtype=ROW)
            grown[: len(self.ids)] = self.table
            self._data = grown
