"""What the rooms after the fetch found out about a poll, as far as it decides when to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.entry import ParseFailed, Schedule
from aggregator.model.source import WindowEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The defaults fit a poll that brought no body. None: nothing known, what the state holds stays."""

    parse_failed: ParseFailed | None = None
    complete: bool = True
    """The whole document was read cleanly: only then its validators are committed (PROTOCOL P-12, P-46)."""
    schedule: Schedule | None = None
    entry_times: tuple[datetime, ...] = ()
    """When the document's entries appeared (published, else first seen), in any order; old and new ones alike."""
    new: int = 0
    overlap: int | None = None
    """Entries that were in the window of the poll before too; None: there was none to compare with."""
    body_hash: str | None = None
    window: tuple[WindowEntry, ...] | None = None
    identity_rung: int | None = None
    quirks: tuple[str, ...] | None = None
    feed_title: str | None = None
    feed_home_url: str | None = None
    feed_updated: str | None = None
