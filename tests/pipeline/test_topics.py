"""Topics as operators write them: lists, saved queries, topics of topics, previews; and the example topics."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.curate.match import TopicMatch, TopicMatcher
from aggregator.model.ids import TopicSlug
from aggregator.model.source import Republish
from aggregator.model.topic import PolicyVerdict, Topic
from aggregator.pipeline.candidates import Pool
from aggregator.pipeline.preview import preview
from aggregator.pipeline.replay import replay
from aggregator.pipeline.run import publish_topics
from benchmarks.example_topics import example_topics
from tests.support.articles import NOON, article
from tests.support.fileserver import serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

WORDS = "# what sails\nferry\ntall ship\n"
MORE = """
[lists]
boats = "boats.txt"
[queries]
weather = "storm OR rain"
[[topic]]
slug = "boats"
title = "Boats"
query = "list:boats"
limit = 5
formats = ["json"]
[[topic]]
slug = "weather"
title = "Weather"
query = "@weather NOT ferry"
language = "nl"
policy = "link"
[[topic]]
slug = "coast"
title = "Coast"
topics = ["boats", "weather"]
query = "-bakery"
"""
DOCUMENT = rss(
    item(1, title="Ferry late again", text="Passengers were told to come back at noon.", day=1),
    item(2, title="A tall ship came in", text="Children waved from the quay all morning.", day=1),
    item(3, title="Rain all week", text="Farmers are glad of it and tourists are not.", day=1),
    item(4, title="Storm stops the ferry", text="The captain would not leave before dawn.", day=1),
    item(5, title="Bakery wins a prize", text="The rye loaf convinced every judge but one.", day=1),
    item(6, title="Rain in the bakery", text="A pipe burst over the ovens in the night.", day=1),
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    root = tmp_path_factory.mktemp("topics")
    (root / "boats.txt").write_text(WORDS, "utf-8")
    with serving({"/feed": DOCUMENT}) as site:
        made = newsroom(root, [("one", f"{site.url}/feed")], base=BASE, more=MORE)
        made.run()
    return made


def numbers(room: Newsroom, topic: str) -> list[int]:
    return sorted(int(entry["url"].rpartition("/")[2]) for entry in room.feed(topic)["items"])


def tried(room: Newsroom, query: str) -> dict[str, Any]:
    with room.open() as instance:
        return preview(instance, query, since="30d", limit=50)


def found(shown: dict[str, Any]) -> set[str]:
    return {row["id"] for row in shown["newest"]}


def test_a_list_of_words_in_a_file_a_saved_query_and_a_topic_of_topics_select_what_they_say(room: Newsroom) -> None:
    assert numbers(room, "boats") == [1, 2, 4]
    assert numbers(room, "weather") == [3, 6]
    assert numbers(room, "coast") == [1, 2, 3, 4]


def test_each_topic_has_its_own_settings(room: Newsroom) -> None:
    files = room.snapshot()
    assert "boats/feed.json" in files
    assert "boats/feed.atom" not in files
    assert room.feed("weather")["language"] == "nl"
    assert {entry["_why"]["policy"]["policy"] for entry in room.feed("weather")["items"]} == {"link"}


@pytest.mark.parametrize("topic", ["boats", "weather", "coast", "all"])
def test_a_preview_of_a_topic_selects_what_is_listed(room: Newsroom, topic: str) -> None:
    shown = tried(room, topic)
    assert shown["articles"] == len(numbers(room, topic))
    assert (shown["would_enter"], shown["no_longer_matching"]) == (0, [])
    with room.open() as instance:
        assert {one.article_id for one in instance.store.selections.of_topic(instance.topic(topic).slug)} >= found(
            shown
        )


def test_a_preview_counts_by_source_and_day_and_changes_nothing(room: Newsroom) -> None:
    before = room.snapshot()
    with room.open() as instance:
        stored = instance.store.selections.counts()
    shown = tried(room, "bakery OR @weather")
    assert shown["articles"] == shown["stories"] == 4
    assert shown["by_source"] == {"one": 4}
    assert shown["by_day"] == {"2026-03-01": 4}
    with room.open() as instance:
        assert instance.store.selections.counts() == stored
    assert room.snapshot() == before


def test_a_preview_of_a_changed_topic_tells_what_would_enter_and_what_no_longer_fits(room: Newsroom) -> None:
    text = room.config.read_text("utf-8")
    try:
        room.config.write_text(text.replace('"list:boats"', '"tall OR prize"'), "utf-8")
        shown = tried(room, "boats")
    finally:
        room.config.write_text(text, "utf-8")
    assert shown["would_enter"] == 1
    assert sorted(row["title"] for row in shown["no_longer_matching"]) == ["Ferry late again", "Storm stops the ferry"]


def test_a_replay_of_unchanged_rules_changes_nothing(room: Newsroom) -> None:
    with room.open() as instance:
        told = replay(instance, topic=None, since=None, relist=False)
    assert set(told["topics"].values()) == {0}


def test_the_example_topics_can_be_read_and_find_their_subject() -> None:
    topics, saved = example_topics()
    assert len(topics) == 12
    matcher = TopicMatcher(topics, saved=saved)
    titles = {
        "space": "Telescope finds a new exoplanet",
        "climate": "Der Klimawandel und die Alpen",
        "health": "Measles are back in town",
        "artificial-intelligence": "大模型 in plain words",
        "security": "Sicherheitslücke in a popular router",
        "programming": "Ten years of writing Haskell",
        "games": "Le jeu vidéo de la semaine",
        "economy": "Inflation slows again",
        "sport": "Fußball am Sonntag",
        "politics": "Prime minister resigns",
        "screen": "Un cinéma rouvre ses portes",
        "science": "Forscher entdecken einen Käfer",
    }
    for slug, title in titles.items():
        assert slug in {match.topic for match in matcher.match(article(title=title), None, NOON)}, title
    assert matcher.match(article(title="A quiet afternoon in the garden"), None, NOON) == ()


def test_a_replay_with_relist_lists_what_a_new_site_would(room: Newsroom, tmp_path: Path) -> None:
    copy = Newsroom(tmp_path / "copy")
    shutil.copytree(room.root, copy.root)
    text = copy.config.read_text("utf-8")
    copy.config.write_text(text.replace('"list:boats"', '"tall OR prize"'), "utf-8")
    with copy.open() as instance:
        replay(instance, topic="boats", since=None, relist=False)
        publish_topics(instance, ())
    assert numbers(copy, "boats") == [1, 2, 4, 5]
    with copy.open() as instance:
        replay(instance, topic="boats", since=None, relist=True)
        publish_topics(instance, ())
    assert numbers(copy, "boats") == [2, 5]


def test_a_replay_keeps_all_of_the_window_and_the_newest_of_what_is_older() -> None:
    topic = Topic(slug=TopicSlug("t"), title="T", limit=5)
    pool = Pool(topic, first_edition=False, rewritten=False, window=NOON - timedelta(hours=100))
    verdict = PolicyVerdict(policy=Republish.LINK, rule="default", reason="")
    for age in range(6000):
        one = article(f"a{age}", published=NOON - timedelta(hours=age))
        pool.add_replayed(one, TopicMatch(topic=topic.slug, place="title"), verdict)
        assert len(pool.found) <= 101 + 4001
    pool.trim()
    assert set(pool.found) == set(pool.verdicts) == {f"a{age}" for age in range(1101)}
