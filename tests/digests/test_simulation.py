"""Sixty days of a daily digest, with everything that makes mailing tools lose or repeat items."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from aggregator.errors import OutputError
from aggregator.model.digest import Issue
from aggregator.model.ids import ArticleId
from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.digest_choice import read_issue
from aggregator.pipeline.digests import make_due
from aggregator.store.access import Facts
from tests.support.digests import START, room_with_digest
from tests.support.instances import Newsroom, rss

DAYS = 60
SUBJECTS = [
    "harbour",
    "orchard",
    "tunnel",
    "glacier",
    "choir",
    "bakery",
    "satellite",
    "meadow",
    "archive",
    "ferry",
    "reactor",
    "library",
]
VERBS = [
    "opens",
    "closes",
    "wins",
    "loses",
    "buys",
    "sells",
    "repairs",
    "paints",
    "counts",
    "moves",
    "saves",
    "measures",
]


@dataclass
class Story:
    number: int
    text: str
    title: str
    shown: int
    """Day it comes into the feed."""
    dated: str


@dataclass
class World:
    """What the sources say on each day; the same for the same seed."""

    room: Newsroom
    random: Random = field(default_factory=lambda: Random(60))
    stories: list[Story] = field(default_factory=list)
    withdrawn: dict[ArticleId, int] = field(default_factory=dict)

    def words(self, number: int) -> str:
        picked = Random(number)
        return " ".join(f"{picked.choice(SUBJECTS)}{picked.randrange(99)} {picked.choice(VERBS)}" for _ in range(40))

    def new_story(self, day: int) -> None:
        """On time, late by up to nine days, or dated in the future."""
        number = len(self.stories) + 1
        shift = self.random.choice([0, 0, 0, -1, -5, -9, 2, 400])
        when = self.room.clock.now + timedelta(days=shift)
        title = f"{self.words(number).split()[0].title()} report {number}"
        self.stories.append(Story(number, self.words(number), title, day, when.strftime("%a, %d %b %Y %H:%M:%S GMT")))

    def write(self, day: int) -> None:
        fresh = [story for story in self.stories if day - story.shown < 12]
        for story in fresh:
            if self.random.random() < 0.05:
                story.text += " corrected today"
        self._feed("one", fresh)
        self._feed("two", [story for story in fresh if story.number % 3 == 0 and day > story.shown])

    def _feed(self, name: str, stories: list[Story]) -> None:
        items = [
            f"<item><title>{story.title}</title><link>https://{name}.example/{story.number}</link>"
            f'<guid isPermaLink="false">{name}-{story.number}</guid><pubDate>{story.dated}</pubDate>'
            f"<description>{story.text}</description></item>"
            for story in reversed(stories)
        ]
        body = rss(*items, title=f"Source {name}", link=f"https://{name}.example/")
        (self.room.root / "feeds" / f"{name}.xml").write_bytes(body)


class StoppedError(Exception):
    """The program ends here."""


class FailingFacts(Facts):
    """Facts of a program that is stopped when it notes that an issue is done."""

    def set(self, key: str, value: str) -> None:
        if key.endswith(":done"):
            raise StoppedError
        super().set(key, value)


def stopped_while_freezing(room: Newsroom) -> None:
    with room.open() as instance:
        instance.store.facts = FailingFacts(instance.store.database)
        with pytest.raises(StoppedError):
            make_due(instance)


def stopped_while_writing(room: Newsroom, number: int) -> None:
    blocked = room.output / "digests" / "letter" / str(number)
    blocked.write_text("in the way", "utf-8")
    with room.open() as instance, pytest.raises(OutputError):
        make_due(instance)
    blocked.unlink()


def tick(room: Newsroom, issues: list[Issue]) -> None:
    """The daemon's tick, with a restart in the middle of every tenth issue."""
    coming = len(issues) + 1
    if coming % 20 == 10:
        stopped_while_freezing(room)
    elif coming % 20 == 0:
        stopped_while_writing(room, coming)
    with room.open() as instance:
        make_due(instance)
        issues[:] = [read_issue(one) for one in reversed(instance.store.digests.all("letter", limit=1000))]


def pages(room: Newsroom) -> dict[str, bytes]:
    folder = room.output / "digests" / "letter"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*.*")}


@pytest.mark.slow
@pytest.mark.case("B-27", "C-07")
def test_in_sixty_days_each_story_is_in_one_issue_and_no_issue_changes(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path, ("one", "two"))
    world = World(room)
    issues: list[Issue] = []
    frozen: dict[str, bytes] = {}
    world.new_story(0)
    world.write(0)
    room.run()
    tick(room, issues)
    for day in range(1, DAYS + 1):
        for hour in (10, 22):
            room.clock.now = START.replace(hour=hour) + timedelta(days=day)
            for _ in range(world.random.randrange(1, 4)):
                world.new_story(day)
            world.write(day)
            room.run()
        if day % 7 == 0 and issues:
            lost = issues[-1].items[0].item
            with room.open() as instance:
                withdraw_article(instance, lost.article_id, "asked for")
            world.withdrawn[lost.article_id] = issues[-1].number
        late = world.random.choice([1, 5, 200])
        room.clock.now = START.replace(hour=7) + timedelta(days=day + 1, minutes=late)
        tick(room, issues)
        now = pages(room)
        touched = {path for path, body in frozen.items() if now[path] != body}
        assert {path.partition("/")[0] for path in touched} <= {str(number) for number in world.withdrawn.values()}
        frozen = now
    told = Counter(one.item.article_id for issue in issues for one in issue.items)
    stories = Counter(one.item.story_id for issue in issues for one in issue.items)
    titles = Counter(one.item.title for issue in issues for one in issue.items)
    assert [issue.number for issue in issues] == list(range(1, DAYS + 1))
    assert set(told.values()) == set(stories.values()) == {1}
    assert titles == Counter(story.title for story in world.stories[1:])  # the first was there before us
    feed = json.loads((room.output / "digests/letter/feed.json").read_bytes())
    assert len(feed["items"]) == len(issues)
    assert len({one["id"] for one in feed["items"]}) == DAYS
    for article, number in world.withdrawn.items():
        assert article not in frozen[f"{number}/issue.json"].decode()
