"""``aggregator why`` answers for each rule that keeps an article out, with the sentence a person needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aggregator.pipeline.explain import why
from tests.support.fileserver import serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

MORE = """
[[topic]]
slug = "capped"
title = "Capped"
per_source = 1
[[topic]]
slug = "scored"
title = "Scored"
min_score = 99.0
[[topic]]
slug = "narrow"
title = "Narrow"
window = "2d"
min_items = 1
[[topic]]
slug = "dutch"
title = "Dutch"
languages = ["nl"]
[[topic]]
slug = "others"
title = "Others"
sources = ["two"]
query = "number"
"""
WIRE = (
    "The harbour of the old town was closed for nine hours on Monday after a crane fell across the main pier. "
    "Nobody was hurt, the harbour master said, and the ferries to the islands left from the fishing quay instead. "
    "Divers will look at the foundations on Wednesday, and until then no ship of more than forty metres may moor."
)
OLD = item(1, day=1).replace("01 Mar", "10 Feb")
ONE = rss(OLD, item(2, day=2), item(3, title="Crane falls in the harbour", text=WIRE, day=1))
TWO = rss(
    item(9, title="Crane falls in the harbour", text=WIRE, day=2, link="https://two.example/9", guid="urn:nine"),
    link="https://two.example/",
)
FIRST, NEWEST, CRANE, COPY = (
    "https://source.example/1",
    "https://source.example/2",
    "https://source.example/3",
    "https://two.example/9",
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    with serving({"/one": ONE, "/two": TWO}) as site:
        sources = [("one", f"{site.url}/one"), ("two", f"{site.url}/two")]
        made = newsroom(tmp_path_factory.mktemp("why"), sources, base=BASE, more=MORE)
        made.run()
    return made


def told(room: Newsroom, url: str, topic: str) -> dict[str, Any]:
    with room.open() as instance:
        [answer] = why(instance, url, topic)
    assert any(answer.as_json["sentence"] in line for line in answer.lines)
    return answer.as_json


@pytest.mark.parametrize(
    ("url", "topic", "rule", "words"),
    [
        (FIRST, "capped", "cap", "1 items of one already"),
        (NEWEST, "scored", "score", "is below 99"),
        (FIRST, "narrow", "window", "older than the 2 days"),
        (NEWEST, "dutch", "query", "does not fit"),
        (NEWEST, "others", "query", "does not fit"),
    ],
    ids=["cap", "score", "window", "language", "source"],
)
def test_each_refusal_names_its_rule(room: Newsroom, url: str, topic: str, rule: str, words: str) -> None:
    answer = told(room, url, topic)
    assert not answer["present"]
    assert answer["rule"] == rule
    assert words in answer["sentence"]


def test_a_duplicate_names_the_article_that_is_shown_and_what_ties_them(room: Newsroom) -> None:
    answers = [told(room, url, "all") for url in (CRANE, COPY)]
    [shown] = [answer for answer in answers if answer["present"]]
    [hidden] = [answer for answer in answers if not answer["present"]]
    assert hidden["rule"] == "duplicate"
    assert shown["article_id"] in hidden["sentence"]
    assert len(hidden["story"]) == 2


def test_a_listed_article_names_its_score_parts_verdict_and_times(room: Newsroom) -> None:
    answer = told(room, NEWEST, "all")
    assert answer["present"]
    assert {part["name"] for part in answer["parts"]} >= {"source", "match", "coverage", "recency", "novelty"}
    assert answer["verdict"]["policy"] in {"excerpt", "link", "full"}
    assert {"published", "first_seen", "listed", "stays_until"} <= answer["times"].keys()


def test_a_source_that_refuses_is_named_as_the_reason(tmp_path: Path) -> None:
    with serving({"/one": ONE}) as site:
        made = newsroom(tmp_path, [("one", f"{site.url}/one")], base=BASE)
        text = made.config.read_text("utf-8")
        made.config.write_text(text.replace('id = "one"', 'id = "one"\npolicy = "refuse"'), "utf-8")
        made.run()
    answer = told(made, NEWEST, "all")
    assert (answer["present"], answer["rule"], answer["verdict"]["policy"]) == (False, "policy", "refuse")
