"""What the main job tells about itself: rows for tables, sums for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What polling came to, a row for each source."""

    sources: tuple[Row, ...] = ()

    def count(self, outcome: str) -> int:
        return sum(row["outcome"] == outcome for row in self.sources)

    def total(self, column: str) -> int:
        return sum(int(row[column]) for row in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What publishing came to: a row for each topic, and how many documents were written or left alone."""

    topics: tuple[Row, ...] = ()
    written: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()
    """Why a document was not replaced, or an item left out."""
    bucket: str = ""
    """Why the bucket does not have all of it; empty where it has, or none is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One whole run."""

    sweep: SweepReport = field(default_factory=SweepReport)
    published: PublishReport = field(default_factory=PublishReport)
    stories: int = 0

    @property
    def sources(self) -> tuple[Row, ...]:
        return self.sweep.sources

    @property
    def topics(self) -> tuple[Row, ...]:
        return self.published.topics

    @property
    def summary(self) -> dict[str, int]:
        """The sums that ``run --once --json`` prints."""
        fetched, same = self.sweep.count("fetched"), self.sweep.count("not-modified")
        return {
            "sources": len(self.sweep.sources),
            "fetched": fetched,
            "not_modified": same,
            "failed": len(self.sweep.sources) - fetched - same,
            "new": self.sweep.total("new"),
            "revised": self.sweep.total("revised"),
            "stories": self.stories,
            "written": self.published.written,
            "unchanged": self.published.unchanged,
        }
