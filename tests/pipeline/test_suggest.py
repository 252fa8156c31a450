"""``aggregator stories suggest`` from feed to command: what it lists, that an operator's word ends it, and that it
changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aggregator.errors import UsageError
from aggregator.pipeline.clock import system_clock
from aggregator.pipeline.stories import join_articles, split_article
from aggregator.pipeline.suggest import MISSING, suggest_stories
from tests.pipeline.test_stories import article, clusters, told
from tests.support.commands import caller
from tests.support.dedupe import BRIDGE, FERRY
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, newsroom, rss

MEANINGS = (("ferry", "fähre"), ("bridge", "brücke"), ("library", "bibliothek"))


def embed(titles: Sequence[str]) -> NDArray[np.float32]:
    """By the nouns of these tests; a title with none of them is like no other."""
    rows = np.zeros((len(titles), len(MEANINGS) + len(titles)), dtype=np.float32)
    for number, title in enumerate(titles):
        meant = [n for n, words in enumerate(MEANINGS) if any(word in title.lower() for word in words)]
        rows[number, meant[0] if meant else len(MEANINGS) + number] = 1.0
    return rows


def in_german(document: bytes) -> bytes:
    return document.replace(b"<language>en", b"<language>de")


DOCUMENTS = {
    "/paper": rss(
        told(1, "Electric ferry sails for the first time", FERRY, "paper"),
        told(2, "Railway bridge closed", BRIDGE, "paper"),
        title="The Paper",
    ),
    "/zeitung": in_german(
        rss(
            told(1, "Elektrische Fähre nimmt den Betrieb auf", "Sie fährt leise und braucht länger.", "zeitung"),
            told(2, "Mehr Geld für Schulen", "Der Landtag hat es beschlossen.", "zeitung"),
            title="Die Zeitung",
        )
    ),
    "/ticker": rss(told(1, "Borrow a tomato at the library", "-", "ticker"), title="The Ticker"),
    "/wire": rss(told(1, "Seeds on loan: city library", "-", "wire"), title="The Wire"),
}


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    with serving(DOCUMENTS) as site:
        made = newsroom(tmp_path, [(path[1:], f"{site.url}{path}") for path in DOCUMENTS])
        made.run()
    return made


def pairs(room: Newsroom, since: str = "7d", limit: int = 20) -> list[set[str]]:
    with room.open() as instance:
        found = suggest_stories(instance, since, limit, embed)
    return [{row["first_title"], row["second_title"]} for row in found]


FERRIES = {"Electric ferry sails for the first time", "Elektrische Fähre nimmt den Betrieb auf"}
SEEDS = {"Borrow a tomato at the library", "Seeds on loan: city library"}


def test_two_languages_and_bare_titles_are_suggested_and_nothing_is_joined(room: Newsroom) -> None:
    before = clusters(room)
    found = pairs(room)
    assert len(found) == 2
    assert FERRIES in found
    assert SEEDS in found
    assert clusters(room) == before


def test_a_pair_names_both_articles_and_how_alike_they_are(room: Newsroom) -> None:
    with room.open() as instance:
        row = suggest_stories(instance, "7d", 1, embed)[0]
    assert row["cosine"] == 1.0
    assert {"first", "first_title", "first_language", "first_sources", "first_story"} < row.keys()


def test_a_pair_that_was_joined_is_suggested_no_more(room: Newsroom) -> None:
    one, other = article(room, "https://paper.example/1"), article(room, "https://zeitung.example/1")
    with room.open() as instance:
        join_articles(instance, one, other, "one crossing")
    assert pairs(room) == [SEEDS]


def test_a_pair_that_was_split_is_suggested_no_more(room: Newsroom) -> None:
    one, other = article(room, "https://paper.example/1"), article(room, "https://zeitung.example/1")
    with room.open() as instance:
        join_articles(instance, one, other, "one crossing")
        split_article(instance, other, "another ferry")
    assert pairs(room) == [SEEDS]


def test_only_the_span_is_looked_at_and_only_so_many_are_listed(room: Newsroom) -> None:
    assert pairs(room, limit=1) == pairs(room)[:1]
    room.clock.go_on(days=9)
    assert pairs(room) == []


def test_without_the_extra_a_sentence_says_which_one_to_install(
    room: Newsroom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.pipeline.suggest.is_installed", lambda: False)
    with room.open() as instance, pytest.raises(UsageError, match=r"\[embeddings\]"):
        suggest_stories(instance, "7d", 20)
    called = caller(room.root, capsys, monkeypatch)("stories", "suggest")
    assert (called.code, called.out, called.err.strip()) == (2, "", MISSING)


def test_the_command_lists_pairs_for_people_and_for_programs(
    room: Newsroom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.pipeline.suggest.is_installed", lambda: True)
    monkeypatch.setattr("aggregator.pipeline.suggest.load_embedder", lambda: embed)
    call = caller(room.root, capsys, monkeypatch)
    weeks = f"{(system_clock() - room.clock()).days // 7 + 2}w"
    rows = call("stories", "suggest", "--since", weeks, "--json").document
    assert [row["cosine"] for row in rows] == [1.0] * len(rows) != []
    shown = call("stories", "suggest", "--since", weeks, "--limit", "1")
    assert rows[0]["first"] in shown.out
    assert rows[0]["second_title"].split()[0] in shown.out
    assert "aggregator stories pin FIRST SECOND" in shown.err
    none = call("stories", "suggest", "--since", "1h", "--json")
    assert none.document == []
