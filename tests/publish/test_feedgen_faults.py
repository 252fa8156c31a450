"""One test for each fault of feedgen 1.0.0 that our bridge meets: without the remedy it fails."""

from __future__ import annotations

import locale
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.model.article import Category
from aggregator.model.attribution import Attribution, Link
from aggregator.publish.atom import write_atom
from aggregator.publish.rss import write_rss
from tests.support.documents import atom, find, rss
from tests.support.editions import edition, full_item, item, moment, publisher, topic


def test_entry_links_keep_relation_type_and_length() -> None:
    link = find(atom(edition(full_item())), "a:entry/a:link[@rel='enclosure']")[0]
    assert dict(link.attrib) == {
        "href": "https://maanpost.example.com/1.mp3",
        "rel": "enclosure",
        "type": "audio/mpeg",
        "length": "12345",
    }


def test_only_the_real_links_are_written() -> None:
    """feedgen refuses an entry without an alternate link of its own making: what it was given must not be seen."""
    links = find(atom(edition(full_item())), "a:entry/a:link")
    assert [link.get("href") for link in links if link.get("rel") == "alternate"] == [full_item().url]
    assert all(str(link.get("href")).startswith(("https://", "http://")) for link in links)


def test_licence_links_are_written_for_entries() -> None:
    links = find(atom(edition(full_item())), "a:entry/a:link[@rel='license']/@href")
    assert links == ["https://creativecommons.org/licenses/by/4.0/"]


def test_any_relation_is_written() -> None:
    made = item(comments_url="https://moonwire.example.com/1#talk")
    assert find(atom(edition(made)), "a:entry/a:link[@rel='replies']/@href") == [made.comments_url]


@pytest.mark.case("B-29")
def test_the_source_element_is_whole() -> None:
    names = [child.tag.partition("}")[2] for child in find(atom(edition(full_item())), "a:entry/a:source/*")]
    assert set(names) >= {"id", "title", "updated", "link", "rights", "author", "icon", "logo", "subtitle", "category"}


@pytest.mark.case("B-06")
def test_no_date_comes_from_the_clock() -> None:
    then = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    source = Attribution(publisher=publisher(updated="2001-02-03T04:05:06+00:00"))
    made = edition(item(published=moment(then), updated=then, listed=then, attribution=source), updated=then)
    for body in (write_atom(made), write_rss(made)):
        text = re.sub(rb"tag:[^<]*|<copyright.*", b"", body)
        assert re.findall(rb"\b20\d\d-\d\d-\d\dT|\w{3} 20\d\d ", text)
        assert set(re.findall(rb"\b(20\d\d)(?:-\d\d-\d\dT| \d\d:)", text)) == {b"2001"}


def test_an_author_without_an_address_reaches_rss() -> None:
    assert find(rss(edition(item())), "channel/item/dc:creator/text()") == ["Ann Writer"]


def test_content_stands_beside_the_description() -> None:
    shown = find(rss(edition(full_item())), "channel/item/description | channel/item/content:encoded")
    assert [element.tag.partition("}")[2] or element.tag for element in shown] == ["description", "encoded"]
    assert shown[0].text != shown[1].text


def test_items_keep_the_order_of_the_edition() -> None:
    shown = edition(item(3), item(1), item(2))
    assert find(atom(shown), "a:entry/a:title/text()") == ["Article 3", "Article 1", "Article 2"]
    assert find(rss(shown), "channel/item/title/text()") == ["Article 3", "Article 1", "Article 2"]


@pytest.mark.case("B-36")
@pytest.mark.parametrize("character", [*map(chr, (0, 8, 0x1F, 0x85, 0xD800, 0xDFFF, 0xFFFD, 0xFFFE, 0x1FFFF))])
def test_no_character_kills_the_feed(character: str) -> None:
    made = item(title=f"Moon{character}!", summary=character, content=f"<p>{character}Mars</p>")
    for root in (atom(edition(made)), rss(edition(made))):
        assert "".join(root.itertext()).count("Mars") >= 1
        assert character not in "".join(root.itertext())


def test_entries_have_their_own_language() -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    root = atom(edition(full_item(), item(1)))
    assert [root.get(lang), *(entry.get(lang) for entry in find(root, "a:entry"))] == ["en", "nl", "en"]


def test_each_image_keeps_its_credit_and_its_licence() -> None:
    for root, path in ((atom(edition(full_item())), "a:entry"), (rss(edition(full_item())), "channel/item")):
        images = find(root, f"{path}/media:content")
        assert [find(image, "media:credit[not(@role)]/text()") for image in images] == [
            ["Alice Lens"],
            ["Bob Shutter"],
            [],
        ]
        assert [find(image, "dcterms:license/@rdf:resource") for image in images] == [
            ["https://creativecommons.org/licenses/by/2.0/"],
            ["https://creativecommons.org/licenses/by-nc/4.0/"],
            [],
        ]


def test_the_generator_is_ours() -> None:
    assert find(atom(edition()), "a:generator/text()") == ["aggregator"]
    assert "feedgen" not in write_rss(edition()).decode()


def test_dates_are_written_without_touching_the_locale_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> str:
        raise AssertionError(arguments)

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"<pubDate>Sun, 01 Mar 2026 11:00:00 +0000</pubDate>" in write_rss(edition(item(1)))


@pytest.mark.case("B-33")
def test_a_title_that_looks_like_markup_is_marked_as_html_in_atom() -> None:
    root = atom(edition(item(title="Use <b>bold</b> & AT&T"), topic=topic(title="<i>All</i>")))
    titles = find(root, "a:entry/a:title | a:title")
    assert [title.get("type") for title in titles] == ["html", "html"]
    assert titles[1].text == "Use &lt;b&gt;bold&lt;/b&gt; &amp; AT&amp;T"


def test_an_item_without_content_and_link_is_still_written() -> None:
    made = replace(item(content="", summary="", url=""), related=(Link(href="https://x.example/", rel="related"),))
    assert find(atom(edition(made)), "a:entry/a:link[@rel='alternate']/@href") == [
        "https://feeds.example.org/articles/a1/"
    ]


@pytest.mark.case("B-44")
def test_a_browser_finds_a_stylesheet_and_no_transformation() -> None:
    for body in (write_atom(edition()), write_rss(edition())):
        head = body[:300].decode()
        assert '<?xml-stylesheet type="text/css" href="https://feeds.example.org/static/feed.css"?>' in head
        assert "xsl" not in head.replace("xml-stylesheet", "")


def test_a_category_without_a_label_has_none() -> None:
    made = item(categories=(Category(term="moon", label="", scheme=""),))
    assert [dict(one.attrib) for one in find(atom(edition(made)), "a:entry/a:category")] == [{"term": "moon"}]


@pytest.mark.case("B-44")
def test_a_browser_that_shows_the_bare_text_shows_where_to_read_it_first() -> None:
    made = edition(topic=topic(slug="moon--mars"))
    for body in (write_atom(made), write_rss(made)):
        sentence = body.decode().splitlines()[2]
        assert sentence.startswith("<!-- This is a feed: ")
        assert sentence.endswith(" https://feeds.example.org/moon-%2Dmars/ -->")
        assert b"</" in body.partition(b"-->")[2]


@pytest.mark.case("B-36")
def test_atom_is_unprefixed_and_the_usual_prefixes_are_used() -> None:
    body = write_atom(edition(full_item()))
    assert b"<entry" in body
    assert b"<media:content" in body
    assert not body.startswith(b"\xef\xbb\xbf")
    assert b"<!DOCTYPE" not in body
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
