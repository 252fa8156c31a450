from __future__ import annotations

from dataclasses import replace
from typing import Any

import lxml.html
import pytest

from aggregator.model.ids import SourceId
from aggregator.model.source import Health, Source, SourceState
from aggregator.publish.html import direction
from aggregator.publish.render import render_articles, render_site, render_topic
from tests.support.editions import NOON, edition, full_item, item, licence, site, topic

RICH = edition(full_item(), item(1))


def topic_page(made: Any = RICH) -> Any:
    return lxml.html.fromstring(next(d.body for d in render_topic(made) if d.path.endswith(".html")))


def article_page(made: Any = RICH) -> Any:
    return lxml.html.fromstring(render_articles([made])[0].body)


def page(path: str, *sources: Source, **changes: Any) -> Any:
    documents = render_site(RICH.site, [RICH], list(sources), **changes)
    return lxml.html.fromstring(next(d.body for d in documents if d.path == path))


def text(element: Any) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.case("B-42")
def test_readers_find_every_feed_with_its_exact_type_and_a_title_of_its_own() -> None:
    links = topic_page().xpath("//head/link[@rel='alternate']")
    assert [link.get("type") for link in links] == [
        "application/atom+xml",
        "application/rss+xml",
        "application/feed+json",
    ]
    assert len({link.get("title") for link in links}) == 3
    assert links[0].get("href") == "https://feeds.example.org/space/feed.atom"


@pytest.mark.case("B-42")
def test_a_hub_is_named_only_where_there_is_one() -> None:
    assert topic_page().xpath("//link[@rel='hub']") == []
    made = replace(RICH, site=site(hubs=("https://hub.example.org/",)))
    assert topic_page(made).xpath("//link[@rel='hub']/@href") == ["https://hub.example.org/"]


@pytest.mark.case("B-44")
def test_the_twin_page_shows_all_that_the_feeds_say_without_script() -> None:
    shown = topic_page()
    assert shown.xpath("//script | //@onclick") == []
    assert shown.xpath("//article//h2/a/text()") == [full_item().title, "Article 1"]
    assert "Alice Lens is licensed under CC BY 2.0" in text(shown)
    assert "De maan stond" in text(shown)


def test_microdata_names_author_date_licence_and_image() -> None:
    first = topic_page().xpath("//article[@itemscope]")[0]
    assert first.xpath(".//*[@itemprop='author']//*[@itemprop='name']/text()") == ["Jan de Vries", "ANP"]
    assert first.xpath(".//*[@itemprop='author']/@itemtype")[1] == "https://schema.org/Organization"
    assert first.xpath(".//time/@datetime") == ["2020-12-24T00:00:00+01:00"]
    assert first.xpath("./p//a[@itemprop='license']/@href") == ["https://creativecommons.org/licenses/by/4.0/"]
    image = first.xpath(".//*[@itemtype='https://schema.org/ImageObject']")[0]
    assert image.xpath(".//*[@itemprop='license']/@href") == ["https://creativecommons.org/licenses/by/2.0/"]
    assert image.xpath(".//*[@itemprop='creator']/@content") == ["Alice Lens"]


@pytest.mark.parametrize(
    ("tag", "expected"), [("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("nl", "ltr"), ("", "ltr")]
)
def test_writing_direction_follows_the_language(tag: str, expected: str) -> None:
    assert direction(tag) == expected


def test_an_article_in_another_script_has_its_own_direction() -> None:
    shown = topic_page(edition(item(1, language="ar"), item(2)))
    assert shown.xpath("//article/@dir") == ["rtl", "ltr"]
    assert shown.xpath("//article/@lang") == ["ar", "en"]


def test_titles_cannot_bring_markup_into_a_page() -> None:
    shown = topic_page(edition(item(title="<script>x</script>", summary='"><img src=x onerror=y>')))
    assert shown.xpath("//script | //article//img") == []
    assert shown.xpath("//h2/a/text()") == ["<script>x</script>"]


@pytest.mark.parametrize(
    ("settings", "expected"), [({}, []), ({"indexing": False}, ["noindex"]), ({"private": True}, ["noindex"])]
)
def test_topics_are_indexed_unless_they_say_otherwise(settings: dict[str, Any], expected: list[str]) -> None:
    shown = topic_page(edition(topic=topic(**settings)))
    assert shown.xpath("//meta[@name='robots']/@content") == expected


def test_an_article_page_points_to_the_original_and_is_indexed_only_by_licence() -> None:
    shown = article_page(edition(item(licence=None)))
    assert shown.xpath("//link[@rel='canonical']/@href") == ["https://moonwire.example.com/1"]
    assert shown.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert article_page(edition(item(licence=licence()))).xpath("//meta[@name='robots']") == []


def test_an_article_page_says_who_what_and_why() -> None:
    shown = text(article_page())
    for words in (
        "Jan de Vries, ANP",
        "CC BY 4.0",
        "door Jan de Vries",
        "The original is at Maanpost.",
        "near copy",
        "The word “maan” is in the title.",
        "Shown: full.",
        "24-12-2020",
    ):
        assert words in shown


def test_an_article_page_gives_the_reason_of_every_topic_but_private_ones() -> None:
    other = edition(full_item(), topic=topic(slug="mars", title="Mars"))
    hidden = edition(full_item(), topic=topic(slug="secret", title="Secret", private=True))
    (shown,) = render_articles([edition(full_item()), other, hidden])
    assert lxml.html.fromstring(shown.body).xpath("//h3/a/text()") == ["Space", "Mars"]


def test_private_topics_and_sources_are_on_no_public_document() -> None:
    hidden = edition(item(1), topic=topic(slug="secret", title="Secret", private=True))
    source = Source(id=SourceId("hush"), url="https://hush.example/feed", title="Hush", private=True)
    for document in render_site(site(), [hidden], [source]):
        assert b"ecret" not in document.body
        assert b"ush" not in document.body.replace(b"push", b"")


def test_the_index_shows_topics_and_the_health_of_sources() -> None:
    source = Source(id=SourceId("moonwire"), url="https://moonwire.example.com/feed.xml", title="Moonwire")
    state = SourceState(source_id=source.id, url=source.url, due=NOON, health=Health.FAILING, why="It answers 500.")
    shown = page("index.html", source, states={source.id: state})
    assert shown.xpath("//h2/a/text()") == ["Space"]
    assert "It answers 500." in text(shown)
    assert shown.xpath("//span[contains(@class,'dot')]/@class") == ["dot failing"]


def test_the_robots_page_says_who_and_how_to_opt_out() -> None:
    shown = text(page("about/bot/index.html"))
    assert "desk@feeds.example.org" in shown
    assert "How to opt out" in shown


@pytest.mark.case("B-43")
def test_sources_are_listed_in_a_stable_order_without_credentials() -> None:
    one = Source(id=SourceId("b"), url="https://u:p@b.example/feed?token=t", title="B", home_url="https://b.example/")
    two = Source(id=SourceId("a"), url="https://a.example/feed", title="A", tags=("moon",))
    three = Source(id=SourceId("c"), url="samples/c.xml", title="C")
    bodies = []
    for sources in ([one, two, three], [three, two, one]):
        documents = render_site(RICH.site, [RICH], sources)
        bodies.append(next(d.body for d in documents if d.path == "sources.opml"))
    assert bodies[0] == bodies[1]
    assert b"u:p" not in bodies[0]
    assert b"token" not in bodies[0]
    root = lxml.html.fromstring(bodies[0].partition(b"\n")[2])
    assert root.xpath("//outline/@text") == ["moon", "A", "B", "C"]
    assert root.xpath("//outline/@xmlurl") == ["https://a.example/feed", "https://b.example/feed"]


def test_health_is_told_without_times_of_polls() -> None:
    source = Source(id=SourceId("moonwire"), url="https://moonwire.example.com/feed.xml")
    made = [
        next(d.body for d in render_site(site(), [], [source], {source.id: state}) if d.path == "health.json")
        for state in (
            SourceState(source_id=source.id, url=source.url, due=NOON),
            SourceState(source_id=source.id, url=source.url, due=NOON.replace(hour=18), last_poll_at=NOON),
        )
    ]
    assert made[0] == made[1]
    assert b'"health": "healthy"' in made[0]
