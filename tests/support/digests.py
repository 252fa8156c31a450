"""Digests for tests: settings, candidates, whole issues, and a newsroom that has a digest."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.curate.digest import Candidate, Choice, Sent, choose
from aggregator.model.attribution import Image
from aggregator.model.config import DigestSettings
from aggregator.model.digest import Issue, IssueItem, IssueSection
from aggregator.model.edition import AlsoAt, EditionItem
from aggregator.model.ids import ArticleId, SourceId, StoryId, TopicSlug
from aggregator.model.story import Tie
from aggregator.model.topic import Topic
from tests.support.editions import NOON, full_item, item, publisher, site, topic
from tests.support.instances import BASE, Clock, Newsroom, newsroom, rss

SINCE = NOON - timedelta(days=1)
UNTIL = NOON + timedelta(days=1)
NOTHING_SENT = Sent(stories={}, articles={})


def settings(**changes: Any) -> DigestSettings:
    return replace(DigestSettings(name="letter", title="The Letter", topics=(TopicSlug("space"),)), **changes)


def candidate(number: int = 1, *, of: Topic | None = None, news: bool = True, **changes: Any) -> Candidate:
    return Candidate(topic=of or topic(), item=item(number, **changes), news=news)


def chosen(*candidates: Candidate, sent: Sent = NOTHING_SENT, **changes: Any) -> Choice:
    """What `choose` makes of these between `SINCE` and `UNTIL`; settings by name."""
    stored = changes.pop("stored", False)
    allowed = changes.pop("image_allowed", None)
    further: dict[str, Any] = {"image_allowed": allowed} if allowed else {}
    return choose(settings(**changes), candidates, since=SINCE, until=UNTIL, sent=sent, stored=stored, **further)


def numbers(choice: Choice) -> list[str]:
    return [str(one.item.story_id) for one in choice.items]


def reasons(choice: Choice) -> dict[str, str]:
    return {str(one.story_id): one.rule for one in choice.left_out}


def copies(count: int) -> tuple[AlsoAt, ...]:
    """That many further carriers."""
    return tuple(
        AlsoAt(
            article_id=ArticleId(f"copy{number}"),
            source_id=SourceId(f"paper{number}"),
            publisher=publisher(f"Paper{number}"),
            url=f"https://paper{number}.example.com/",
            title="The same",
            tie=Tie.NEAR_COPY,
        )
        for number in range(count)
    )


def issue(*items: EditionItem, **changes: Any) -> Issue:
    shown = items or (full_item(), item(1), item(2))
    section = IssueSection(title="", items=tuple(IssueItem(topic=TopicSlug("space"), item=one) for one in shown))
    made = Issue(
        name="letter",
        number=3,
        title="The Letter",
        language="en",
        site=site(),
        since=SINCE,
        until=UNTIL,
        frozen_at=UNTIL,
        sections=(section,),
    )
    return replace(made, **changes)


def long_issue(count: int) -> Issue:
    """Stories of the greatest length, each with an image."""
    text = "The words of a long summary go on for a while. " * 12
    return issue(
        *(
            item(number, summary=text, images=(Image(url=f"https://img.example.com/{number}.jpg", alt="A view"),))
            for number in range(count)
        )
    )


START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAILY = """
[[digest]]
name = "letter"
title = "The Letter"
topics = ["all"]
period = "daily"
hour = 7
stories = 100
"""


def room_with_digest(root: Path, feeds: Sequence[str] = ("one",), *, more: str = "", digest: str = DAILY) -> Newsroom:
    """A newsroom that reads ``feeds/<name>.xml`` and makes a digest each day at 7."""
    base = BASE.replace("[[topic]]", "[output]\ncompress = []\n[[topic]]")
    room = newsroom(root, [(name, f"feeds/{name}.xml") for name in feeds], more=digest + more, base=base)
    room.clock.now = START
    for name in feeds:
        write_feed(room, name)
    return room


def copy_of(room: Newsroom, root: Path, *, config: str | None = None) -> Newsroom:
    """The same newsroom once more in another folder, as it stands; `config` replaces its configuration."""
    shutil.copytree(room.root, root, dirs_exist_ok=True)
    if config is not None:
        (root / "config.toml").write_text(config, "utf-8")
    return Newsroom(root, Clock(room.clock.now))


def write_feed(room: Newsroom, name: str, *items: str) -> None:
    """Replaces a source's feed."""
    body = rss(*items, title=f"Source {name}", link=f"https://{name}.example/")
    (room.root / "feeds" / f"{name}.xml").write_bytes(body)


def story_ids(made: Issue) -> list[StoryId]:
    return [one.item.story_id for one in made.items]
