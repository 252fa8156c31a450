"""The whole configuration: the main file, the files it includes, and what must agree between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from aggregator.config import build
from aggregator.config.lines import line_of
from aggregator.config.read import read_table
from aggregator.config.schema import DigestTable, FeedsFile, FeedsTable, MainFile, SourceTable, TopicTable
from aggregator.errors import ConfigurationError, Fault
from aggregator.model.config import Config
from aggregator.model.ids import SourceId
from aggregator.model.source import Source

Lines = dict[tuple[str | int, ...], int]


class OpmlFeed(Protocol):
    """A subscription of an OPML document."""

    @property
    def title(self) -> str: ...
    @property
    def xml_url(self) -> str: ...
    @property
    def html_url(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


class Opml(Protocol):
    """An OPML document as read."""

    @property
    def feeds(self) -> Sequence[OpmlFeed]: ...
    @property
    def problem(self) -> str: ...


OpmlReader = Callable[[bytes], Opml]
"""Reads OPML: handed in, because reading documents is another room's business."""


@dataclass
class _Gathered:
    """What the files declare, each with the place it was declared at."""

    faults: list[Fault] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    sources: list[tuple[SourceTable, _Place]] = field(default_factory=list)
    topics: list[tuple[TopicTable, _Place]] = field(default_factory=list)
    digests: list[tuple[DigestTable, _Place]] = field(default_factory=list)
    queries: dict[str, str] = field(default_factory=dict)
    opml: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    file: str
    lines: Lines
    path: tuple[str | int, ...]

    def fault(self, key: str, expected: str) -> Fault:
        path = (*self.path, key)
        shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        return Fault(file=self.file, line=line_of(self.lines, path), key=shown, expected=expected)


def load(path: Path, read_opml: OpmlReader) -> Config:
    """Read the configuration at `path` and all files that it includes.

    Raises `ConfigurationError` with every fault of every file.
    """
    root = path.parent
    main, lines, faults = read_table(path, str(path), MainFile)
    gathered = _Gathered(faults=faults, files=[path])
    if main is None:
        _include(gathered, root, FeedsTable().include, read_opml)
        raise ConfigurationError(tuple(gathered.faults))
    _take(gathered, main, lines, str(path))
    _include(gathered, root, main.feeds.include, read_opml)
    feeds_root = root / main.feeds.folder
    config = Config(
        root=root,
        feeds_root=feeds_root,
        site=build.site(main),
        storage=build.storage(main),
        output=build.output(main, root),
        fetch=build.fetch(main),
        serve=build.serve(main),
        policy=build.policy(main),
        mail=build.mail(main),
        sources=_sources(gathered, root, feeds_root),
        topics=tuple(build.topic(table) for table, _ in gathered.topics),
        digests=tuple(build.digest(table) for table, _ in gathered.digests),
        saved_queries=tuple(sorted(gathered.queries.items())),
        lists=_lists(gathered, root, main.lists, _Place(str(path), lines, ("lists",))),
        files=tuple(gathered.files),
    )
    _agree(gathered, config)
    if gathered.faults:
        raise ConfigurationError(tuple(gathered.faults))
    return _with_revision(config)


def _take(gathered: _Gathered, file: MainFile | FeedsFile, lines: Lines, shown: str) -> None:
    for number, source in enumerate(file.source):
        gathered.sources.append((source, _Place(shown, lines, ("source", number))))
    for number, topic in enumerate(file.topic):
        gathered.topics.append((topic, _Place(shown, lines, ("topic", number))))
    for number, digest in enumerate(file.digest):
        gathered.digests.append((digest, _Place(shown, lines, ("digest", number))))
    for name, query in file.queries.items():
        if name in gathered.queries:
            place = _Place(shown, lines, ("queries",))
            gathered.faults.append(place.fault(name, f"expected another name: {name!r} is declared twice"))
        gathered.queries[name] = query


def _include(gathered: _Gathered, root: Path, patterns: tuple[str, ...], read_opml: OpmlReader) -> None:
    for path in sorted({found for pattern in patterns for found in root.glob(pattern)}):
        gathered.files.append(path)
        shown = str(path)
        if path.suffix == ".opml":
            _include_opml(gathered, path, shown, read_opml)
            continue
        file, lines, faults = read_table(path, shown, FeedsFile)
        gathered.faults.extend(faults)
        if file is not None:
            _take(gathered, file, lines, shown)


def _include_opml(gathered: _Gathered, path: Path, shown: str, read_opml: OpmlReader) -> None:
    try:
        document = read_opml(path.read_bytes())
    except OSError as error:
        gathered.faults.append(
            Fault(file=shown, line=1, key="file", expected=f"expected a readable file: {error.strerror}")
        )
        return
    if not document.feeds:
        why = f": {document.problem}" if document.problem else ""
        gathered.faults.append(
            Fault(file=shown, line=1, key="opml", expected=f"expected an OPML document with feeds in it{why}")
        )
    taken: set[str] = set()
    for feed in document.feeds:
        identifier = build.mint_source_id(feed.xml_url, taken)
        taken.add(identifier)
        gathered.opml.append(
            Source(
                id=identifier,
                url=feed.xml_url,
                title=feed.title or None,
                tags=feed.tags,
                home_url=feed.html_url or None,
            )
        )


def _sources(gathered: _Gathered, root: Path, feeds_root: Path) -> tuple[Source, ...]:
    taken: dict[str, _Place] = {}
    urls: dict[str, str] = {}
    sources: list[Source] = []
    for table, place in gathered.sources:
        identifier = SourceId(table.id) if table.id else build.mint_source_id(table.url, set(taken))
        if identifier in taken:
            other = taken[identifier]
            expected = f"expected another id: {identifier!r} is declared in {other.file} already"
            gathered.faults.append(place.fault("id", expected))
            continue
        if fault := _url_fault(table, place, urls, root, feeds_root):
            gathered.faults.append(fault)
        taken[identifier] = place
        urls[table.url] = identifier
        sources.append(build.source(table, identifier))
    for source in gathered.opml:
        if source.url not in urls:
            identifier = build.mint_source_id(source.url, set(taken)) if source.id in taken else source.id
            taken[identifier] = _Place("opml", {}, ())
            urls[source.url] = identifier
            sources.append(_with_id(source, identifier))
    return tuple(sources)


def _with_id(source: Source, identifier: SourceId) -> Source:
    return Source(id=identifier, url=source.url, title=source.title, tags=source.tags, home_url=source.home_url)


def _url_fault(table: SourceTable, place: _Place, urls: dict[str, str], root: Path, feeds_root: Path) -> Fault | None:
    if table.url in urls:
        return place.fault("url", f"expected another url: source {urls[table.url]!r} has it already")
    if "://" in table.url:
        return None
    path = (root / table.url).resolve()
    if not path.is_relative_to(feeds_root.resolve()):
        return place.fault("url", f"expected an http(s) url or a path below {feeds_root.name}/, not {table.url!r}")
    return None


def _lists(
    gathered: _Gathered, root: Path, declared: dict[str, str], place: _Place
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words of each list: one a line, without empty lines and lines that begin with a hash."""
    lists = []
    for name, file in sorted(declared.items()):
        gathered.files.append(root / file)
        try:
            lines = (root / file).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            gathered.faults.append(place.fault(name, f"expected a readable file of words, {file!r} is none: {error}"))
            continue
        words = (line.strip() for line in lines)
        lists.append((name, tuple(word for word in words if word and not word.startswith("#"))))
    return tuple(lists)


def _agree(gathered: _Gathered, config: Config) -> None:
    """What one file says of another: ids that exist, slugs that are free, topics that do not go round in circles."""
    source_ids = {source.id for source in config.sources}
    slugs: set[str] = set()
    for table, place in gathered.topics:
        if table.slug in slugs:
            gathered.faults.append(place.fault("slug", f"expected another slug: {table.slug!r} is declared twice"))
        slugs.add(table.slug)
    known_tags = {tag for source in config.sources for tag in source.tags}
    for table, place in gathered.topics:
        _known(gathered, place, "sources", table.sources, set(source_ids), "source")
        _known(gathered, place, "tags", table.tags, known_tags, "tag of a source")
        _known(gathered, place, "topics", table.topics, slugs, "topic")
    for digest, place in gathered.digests:
        _known(gathered, place, "topics", digest.topics, slugs, "topic")
    gathered.faults.extend(_circles(gathered))


def _known(gathered: _Gathered, place: _Place, key: str, names: tuple[str, ...], known: set[str], what: str) -> None:
    for name in names:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            gathered.faults.append(place.fault(key, f"expected a {what}, and {name!r} is none{hint}"))


def _circles(gathered: _Gathered) -> list[Fault]:
    built_from = {table.slug: table.topics for table, _ in gathered.topics}

    def reaches(start: str, slug: str, seen: frozenset[str]) -> bool:
        return any(
            after == start or (after not in seen and reaches(start, after, seen | {after}))
            for after in built_from.get(slug, ())
        )

    circular = [
        place.fault("topics", f"expected no circle: {table.slug!r} is built from itself")
        for table, place in gathered.topics
        if reaches(table.slug, table.slug, frozenset())
    ]
    return circular[:1]


def _with_revision(config: Config) -> Config:

    output = replace(config.output, folder=Path(os.path.relpath(config.output.folder, config.root)))
    stated = replace(config, files=(), root=Path(), feeds_root=Path(), output=output)
    return replace(config, revision=sha256(repr(stated).encode()).hexdigest()[:16])
