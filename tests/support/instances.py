"""Sites made for a test: a configuration in a folder, a clock, and the main job run on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.pipeline.instance import Instance, open_instance
from aggregator.pipeline.reports import RunReport
from aggregator.pipeline.run import run_once

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Newsroom:
    """An instance in a folder of its own; each use opens and closes it as a command would."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def output(self) -> Path:
        return self.root / "output"

    @contextmanager
    def open(self) -> Iterator[Instance]:
        with open_instance(self.config, self.clock) as instance:
            yield instance

    def run(self) -> RunReport:
        """One whole run."""
        with self.open() as instance:
            return run_once(instance)

    def feed(self, topic: str = "all") -> dict[str, Any]:
        """A topic's JSON Feed as published."""
        document: dict[str, Any] = json.loads((self.output / topic / "feed.json").read_bytes())
        return document

    def snapshot(self) -> dict[str, bytes]:
        """Every published file with its bytes."""
        files = (path for path in self.output.rglob("*") if path.is_file())
        return {str(path.relative_to(self.output)): path.read_bytes() for path in sorted(files)}


BASE = """
[site]
title = "Test newsroom"
base_url = "https://feeds.example.org"
tag_authority = "example.org,2026-01-01"
contact = "desk@example.org"
[storage]
url = "sqlite:///data/aggregator.db"
[fetch]
allow_networks = ["127.0.0.0/8"]
host_gap = 0
min_interval = 0
unconditional_interval = 0
default_interval = 0
[[topic]]
slug = "all"
title = "Everything"
limit = 300
"""


def newsroom(root: Path, sources: Iterable[tuple[str, str]], *, more: str = "", base: str = BASE) -> Newsroom:
    """A site with sources given as (id, url) and further TOML."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "feeds").mkdir(exist_ok=True)
    tables = "\n".join(f'[[source]]\nid = "{name}"\nurl = "{url}"\n' for name, url in sources)
    (root / "config.toml").write_text(f"{base}\n{more}\n{tables}", "utf-8")
    return Newsroom(root)


def rss(*items: str, title: str = "A source", link: str = "https://source.example/") -> bytes:
    """A small RSS 2.0 document."""
    head = f"<title>{title}</title><link>{link}</link><description>d</description><language>en</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(number: int, *, title: str = "", text: str = "", day: int = 1, link: str = "", guid: str = "") -> str:
    """An item with an id, a link, a date and a text of its own."""
    words = text or f"The text of article number {number} is about subject {number * 37} and nothing else at all."
    link = link or f"https://source.example/{number}"
    return (
        f"<item><title>{title or f'Article {number}'}</title><link>{link}</link>"
        f'<guid isPermaLink="false">{guid or f"id-{number}"}</guid>'
        f"<pubDate>{day:02d} Mar 2026 08:00:00 GMT</pubDate><description>{words}</description></item>"
    )
