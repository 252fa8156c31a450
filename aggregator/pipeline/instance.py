"""One site as a running program sees it: configuration, store, clock, and what is declared in both places."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aggregator.errors import UsageError
from aggregator.model.config import Config
from aggregator.model.edition import Site
from aggregator.model.ids import SourceId, TopicSlug
from aggregator.model.source import Declared, Source
from aggregator.model.topic import Topic
from aggregator.pipeline.clock import Clock, system_clock
from aggregator.pipeline.configuration import load_configuration
from aggregator.pipeline.moves import follow_renames
from aggregator.pipeline.owners import new_owner
from aggregator.pipeline.schedule_state import align_states
from aggregator.store.store import Store, open_store, restore

if TYPE_CHECKING:  # a command that asks nobody never loads the way out
    from aggregator.fetch.gate import HostGate
    from aggregator.fetch.robots import Rules

_AUTHORITY = "tag_authority"


class Instance:
    """Configuration and store together. Not changed while a sweep is under way; `reload` swaps the configuration."""

    def __init__(self, config: Config, store: Store, clock: Clock = system_clock) -> None:
        self.store = store
        self.clock = clock
        self.owner = new_owner()
        """Names this process in leases."""
        self.gates: WeakKeyDictionary[AbstractEventLoop, tuple[tuple[float, int], HostGate]] = WeakKeyDictionary()
        """The gate to the sources' hosts and the settings it was made by, for each loop that asks any."""
        self.robots: dict[str, Rules] = {}
        """What is known of origins' robots.txt: asked once a day and not once a sweep (RFC 9309 section 2.4)."""
        self._take(config)

    def _take(self, config: Config) -> None:
        self.config = config
        self.site = _named(config.site, self.store, self.clock())
        self.refresh()

    def refresh(self) -> None:
        """Join what files declare with what commands have added; give each source its state."""
        declared = {source.id: source for source in self.config.sources}
        added = {source.id: source for source in self.store.sources.all() if source.id not in declared}
        overlays = self.store.sources.overlays()
        self.sources: dict[SourceId, Source] = {
            source_id: replace(source, paused=overlays[source_id].paused) if source_id in overlays else source
            for source_id, source in (declared | added).items()
        }
        self.topics: dict[TopicSlug, Topic] = {topic.slug: topic for topic in self.config.topics}
        follow_renames(self.store, self.topics)
        merged = align_states(self.store, tuple(self.sources.values()), self.clock())
        for former, source_id in merged.items():
            moved, source = self.sources[former], self.sources[source_id]
            tags = tuple(dict.fromkeys((*source.tags, *moved.tags)))
            self.sources[source_id] = replace(source, tags=tags, stands_for=(*source.stands_for, former))

    def reload(self, path: Path) -> None:
        """Take over the configuration at `path`. Raises ConfigurationError and keeps the old one when it is faulty."""
        self._take(load_configuration(path))

    def watched(self) -> tuple[Path, ...]:
        """The files and folders whose change asks for a reload."""
        return (*self.config.files, self.config.feeds_root)

    def source(self, name: str) -> Source:
        """The source with this id. Raises UsageError with the nearest name."""
        found = self.sources.get(SourceId(name))
        if found is None:
            raise UsageError(_unknown("source", name, list(self.sources)))
        return found

    def topic(self, name: str) -> Topic:
        """The topic with this slug. Raises UsageError with the nearest name."""
        found = self.topics.get(TopicSlug(name))
        if found is None:
            raise UsageError(_unknown("topic", name, list(self.topics)))
        return found

    def is_declared(self, source: Source) -> bool:
        """Whether a file declares the source (a command added it otherwise)."""
        return source.declared is Declared.FILE


def _unknown(what: str, name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; there are {len(known)}, see `aggregator {what}s list`"
    return f"no {what} is called {name!r}{hint}"


def _named(site: Site, store: Store, now: datetime) -> Site:
    """The site with an authority for its ids: the configured one, else one minted once from its first address."""
    if site.tag_authority:
        return site
    stored = store.facts.get(_AUTHORITY)
    if stored is None:
        host = site.base_url.partition("://")[2].partition("/")[0].partition(":")[0]
        stored = f"{host},{now:%Y-%m-%d}"
        store.facts.set(_AUTHORITY, stored)
    return replace(site, tag_authority=stored)


@contextmanager
def open_instance(path: Path, clock: Clock = system_clock) -> Iterator[Instance]:
    """The site declared at `path`. Raises ConfigurationError, StorageError, MigrationNeeded."""
    config = load_configuration(path)
    store = open_store(config.storage, config.root)
    try:
        yield Instance(config, store, clock)
    finally:
        store.close()


def upgrade_database(path: Path) -> str:
    """Bring the schema of the site's database up to date; returns its revision."""
    config = load_configuration(path)
    store = open_store(config.storage, config.root, migrate=True)
    try:
        return store.current()
    finally:
        store.close()


def restore_backup(path: Path, file: Path) -> Path | None:
    """Put a backup in the place of the site's database; returns where the former one is kept."""
    config = load_configuration(path)
    return restore(config.storage, config.root, file)
