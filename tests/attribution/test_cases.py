"""The cases of `tests/corpus/attribution`: a feed or a piece of HTML in, every fact of its attribution out.

Each file says in a leading comment (``_expect`` in JSON Feed) what must come out. What is not named there must be empty:
a fact too many fails a case as a fact too few does.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.model.article import Article
from aggregator.model.attribution import Attribution, Image, Link
from aggregator.model.entry import FeedFormat, ParsedEntry, ParsedFeed, Text, TextKind
from aggregator.model.ids import SourceId
from aggregator.model.licence import VERIFIED
from aggregator.model.source import Source
from aggregator.normalise.document import read_document
from aggregator.parse.document import parse

FOLDER = Path(__file__).parent.parent / "corpus" / "attribution"
CASES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".xml", ".html", ".json"})
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEAST = 150


def expected(text: str, suffix: str) -> dict[str, Any]:
    if suffix == ".json":
        value: dict[str, Any] = json.loads(text)["_expect"]
    else:
        value = json.loads(text.partition("expect: ")[2].partition(" -->")[0])
    return value


def feed_of(text: str, suffix: str) -> ParsedFeed:
    if suffix == ".html":
        return _around(text)
    found = parse(text.encode(), url="https://gazette.example/feed")
    assert isinstance(found, ParsedFeed)
    return found


def _around(html: str) -> ParsedFeed:
    entry = ParsedEntry(
        id="g-1",
        title=Text(value="A tram for Lenz"),
        links=(Link(href="https://gazette.example/a/1"),),
        content=Text(value=html, kind=TextKind.HTML),
    )
    home = "https://gazette.example/"
    return ParsedFeed(
        format=FeedFormat.RSS_20,
        url="https://gazette.example/feed",
        home_url=home,
        title=Text(value="Harbour Gazette"),
        entries=(entry,),
    )


def article_of(feed: ParsedFeed, language: str | None) -> Article:
    source = Source(id=SourceId("gazette"), url="https://gazette.example/feed", language=language)
    (article,) = read_document(feed, source, window=(), rung=0, now=NOW).drafts
    return article


def facts(attribution: Attribution, images: tuple[Image, ...]) -> dict[str, Any]:
    licence = attribution.licence
    found = {
        "authors": [one.name for one in attribution.authors],
        "contributors": [one.name for one in attribution.contributors],
        "licence": licence.id if licence else None,
        "holder": licence.holder if licence and licence.id != "CC-BY-4.0" else None,
        "verified": False if licence and not licence.verified else None,
        "rights": attribution.rights,
        "agencies": list(attribution.agencies),
        "original": attribution.original.href if attribution.original else None,
        "via": [one.href for one in attribution.via],
        "carried": attribution.carried.title if attribution.carried else None,
        "images": [image_facts(one) for one in images],
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def image_facts(image: Image) -> dict[str, Any]:
    doubted = any(one.confidence < VERIFIED for one in image.evidence)
    found = {
        "url": image.url,
        "place": image.place.value if image.place == "lead" else None,
        "title": image.title,
        "creator": image.creator,
        "creator_url": image.creator_url,
        "source": image.source_name,
        "source_url": image.source_url if image.source_url and "creativecommons" not in image.source_url else None,
        "licence": image.licence.id if image.licence else None,
        "managed": image.rights_managed or None,
        "copyright": image.copyright,
        "verified": False if doubted else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def unproven(image: Image) -> set[str]:
    """Facts of an image without evidence."""
    names = ("title", "creator", "creator_url", "source_name", "source_url", "licence", "copyright", "credit_line")
    missing = {name for name in names if getattr(image, name)} - {one.fact for one in image.evidence}
    return missing | ({"licence"} if image.licence and image.licence.evidence is None else set())


@pytest.mark.case("B-29", "B-30", "B-31", "B-35")
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_gives_exactly_the_facts_that_it_states(path: Path) -> None:
    text = path.read_text("utf-8")
    wanted = expected(text, path.suffix)
    article = article_of(feed_of(text, path.suffix), wanted.pop("language", None))
    assert facts(article.attribution, article.images) == wanted
    assert [unproven(image) for image in article.images] == [set()] * len(article.images)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= LEAST
