"""Pairs of stories that may be one: which are worth a look, and which never are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from aggregator.dedupe.embedding import is_installed, load_embedder
from aggregator.dedupe.suggest import Headline, Suggestion, suggest, worth_asking
from aggregator.model.ids import ArticleId, SourceId, StoryId
from tests.support.dedupe import FERRY, START

Vector = tuple[float, float, float]
EVENT, NEAR, ELSE = (1.0, 0.0, 0.0), (0.95, 0.3122499, 0.0), (0.0, 1.0, 0.0)


def headline(
    name: str, language: str = "en", *, title: str = "", text: str = "", source: str = "", hours: float = 0.0
) -> Headline:
    return Headline(
        story_id=StoryId(f"s-{name}"),
        article_id=ArticleId(name),
        source_ids=frozenset({SourceId(source or f"source-of-{name}")}),
        language=language,
        title=title or f"Title of {name}",
        text=text,
        at=START + timedelta(hours=hours),
    )


def pairs(*given: tuple[Headline, Vector], apart: Collection[frozenset[StoryId]] = ()) -> list[tuple[str, str, float]]:
    vectors: NDArray[np.float32] = np.array([vector for _, vector in given], dtype=np.float32)
    found: Sequence[Suggestion] = suggest([one for one, _ in given], vectors, apart)
    return [(str(pair.first.article_id), str(pair.second.article_id), pair.cosine) for pair in found]


def test_titles_of_two_languages_that_mean_one_thing_are_a_pair() -> None:
    found = pairs((headline("b", "de", text=FERRY, hours=1), NEAR), (headline("a", "en", text=FERRY), EVENT))
    assert found == [("a", "b", 0.95)]


def test_each_is_the_others_nearest_of_its_language() -> None:
    nearer, farther = (headline("near", "de"), EVENT), (headline("far", "de", text=FERRY), NEAR)
    assert pairs((headline("en"), EVENT), nearer, farther) == [("en", "near", 1.0)]


def test_a_story_may_have_a_counterpart_in_every_language() -> None:
    found = pairs((headline("en"), EVENT), (headline("de", "de"), EVENT), (headline("fr", "fr"), NEAR))
    assert found == [("de", "en", 1.0), ("de", "fr", 0.95), ("en", "fr", 0.95)]


def test_briefs_of_one_language_are_a_pair_and_long_texts_are_not() -> None:
    assert pairs((headline("a"), EVENT), (headline("b"), NEAR)) == [("a", "b", 0.95)]
    assert pairs((headline("a", text=FERRY), EVENT), (headline("b"), NEAR)) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(headline("b", "de", source="source-of-a"), id="of one source"),
        pytest.param(headline("b", "de", hours=49), id="too far apart"),
        pytest.param(headline("b", "de", title="Erdbeben der Stärke 5,4"), id="other figures"),
    ],
)
def test_what_cannot_be_one_is_no_pair(other: Headline) -> None:
    assert pairs((headline("a", title="Earthquake of 6.1"), EVENT), (other, EVENT)) == []


def test_figures_are_the_same_in_either_spelling() -> None:
    quakes = headline("a", title="Earthquake of 6.1"), headline("b", "de", title="Erdbeben der Stärke 6,1")
    assert len(pairs(*((one, EVENT) for one in quakes))) == 1


def test_what_an_operator_split_is_no_pair_and_leaves_room_for_the_next() -> None:
    split = frozenset({StoryId("s-a"), StoryId("s-b")})
    given = (headline("a"), EVENT), (headline("b", "de"), EVENT), (headline("c", "de", text=FERRY), NEAR)
    assert pairs(*given, apart={split}) == [("a", "c", 0.95)]


def test_what_means_something_else_is_no_pair() -> None:
    assert pairs((headline("a"), EVENT), (headline("b", "de"), ELSE)) == []


def test_only_what_may_be_half_of_a_pair_is_asked_about() -> None:
    brief, long, german = headline("a"), headline("b", text=FERRY), headline("d", "de", text=FERRY)
    assert worth_asking([brief, long]) == (brief,)
    assert worth_asking([brief, long, german]) == (brief, long, german)
    assert worth_asking([replace(brief, title="")]) == ()


EVENTS = (
    (
        "Electric ferry sails for the first time",
        "Battery ferry makes its maiden crossing",
        "Elektrische Fähre fährt zum ersten Mal",
        "Le ferry électrique effectue sa première traversée",
    ),
    (
        "Railway bridge closed after divers find cracks",
        "Cracked piers shut rail bridge over the estuary",
        "Eisenbahnbrücke wegen Rissen gesperrt",
        "Un pont ferroviaire fermé à cause de fissures",
    ),
    (
        "City library to lend out seeds",
        "Borrow a tomato: library opens seed collection",
        "Stadtbibliothek verleiht jetzt Saatgut",
        "La bibliothèque municipale prête des graines",
    ),
    (
        "Magnitude 6.1 earthquake shakes northern Chile",
        "Strong quake of 6.1 hits Chile's north",
        "Erdbeben der Stärke 6,1 erschüttert Nordchile",
        "Un séisme de magnitude 6,1 secoue le nord du Chili",
    ),
    (
        "Magnitude 5.4 earthquake felt across Crete",
        "Crete shaken by 5.4 quake",
        "Erdbeben der Stärke 5,4 auf Kreta",
        "La Crète secouée par un séisme de magnitude 5,4",
    ),
)


@pytest.mark.skipif(not is_installed(), reason="needs the extra embeddings")
def test_the_model_finds_the_same_event_in_three_languages_and_mixes_none_up() -> None:
    titles = {
        f"{event}/{number}": (language, told[number])
        for event, told in enumerate(EVENTS)
        for number, language in enumerate(("en", "en", "de", "fr"))
    }
    headlines = [headline(name, language, title=title) for name, (language, title) in titles.items()]
    found = suggest(headlines, load_embedder()([one.title for one in headlines]))
    events = [(pair.first.article_id.split("/")[0], pair.second.article_id.split("/")[0]) for pair in found]
    assert [pair for pair in events if pair[0] != pair[1]] == []
    assert len(found) >= 3 * len(EVENTS)


@pytest.mark.skipif(not is_installed(), reason="needs the extra embeddings")
def test_the_model_takes_any_title() -> None:
    vectors = load_embedder()(["", "a\x00b", "\ud800", "😀" * 500, "א\u0301" * 300])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
