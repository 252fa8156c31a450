"""Every fact of a record, written in each format, is read back from it, paired as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import feedparser
import pytest

from aggregator.model.attribution import Image
from aggregator.publish.atom import write_atom
from aggregator.publish.rss import write_rss
from tests.support.documents import atom, feed_json, find, rss
from tests.support.editions import credited_images, edition, full_item, item, licence

SHOWN = edition(full_item(), item(1))


def image_facts(image: Image) -> tuple[str | None, ...]:
    url = image.licence.url if image.licence else None
    return image.url, image.title, image.creator, image.source_name, image.copyright, url


def read_image(element: Any) -> tuple[str | None, ...]:
    def first(path: str) -> str | None:
        return next(iter(find(element, path)), None)

    url = first("dcterms:license/@rdf:resource")
    rights = first("media:copyright/text()")
    stated = {licence("CC-BY-2.0").name, licence("CC-BY-NC-4.0").name}
    return (
        element.get("url"),
        first("media:title/text()"),
        first("media:credit[not(@role)]/text()"),
        first("media:credit[@role='distribution company']/text()"),
        None if rights in stated else rights,
        url,
    )


@pytest.mark.case("B-31")
@pytest.mark.parametrize("path", ["//a:entry[1]/media:content", "//item[1]/media:content"])
def test_image_facts_stay_paired_in_media_rss(path: str) -> None:
    root = atom(SHOWN) if "entry" in path else rss(SHOWN)
    assert [read_image(element) for element in find(root, path)] == [image_facts(i) for i in credited_images()]


def test_image_facts_stay_paired_in_json() -> None:
    images = feed_json(SHOWN)["items"][0]["_attribution"]["images"]
    keys = ("url", "title", "creator", "source_name", "copyright")
    shown = [(*(image.get(key) for key in keys), image.get("licence", {}).get("url")) for image in images]
    assert shown == [image_facts(image) for image in credited_images()]
    assert images[0]["creator_url"] == "https://photos.example.com/alice"
    assert images[0]["source_url"] == "https://photos.example.com/alice/1"
    assert images[0]["credit_line"] == "The Moon tonight by Alice Lens is licensed under CC BY 2.0"


def test_no_licence_is_stated_that_the_source_did_not_state() -> None:
    known = {
        "https://creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "https://creativecommons.org/licenses/by/2.0/",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    }
    for body in (write_atom(SHOWN), write_rss(SHOWN)):
        assert set(re.findall(r"https?://creativecommons.org/licenses/[^\"<&]*", body.decode())) <= known
    alone = edition(item(1))
    assert "creativecommons.org/licenses" not in write_atom(alone).decode() + write_rss(alone).decode()


def parsed(body: bytes) -> Any:
    return feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)


@pytest.mark.parametrize("write", [write_atom, write_rss])
def test_an_independent_reader_finds_the_facts(write: Any) -> None:
    shown, given = parsed(write(SHOWN)), full_item()
    assert shown.bozo == 0
    first = shown.entries[0]
    assert first.id == given.id
    assert first.link == given.url
    assert first.title in {given.title, given.title.replace("&", "&amp;").replace("<", "&lt;")}
    assert [author["name"] for author in first.authors] == [person.name for person in given.authors]
    assert first.content[0].value.startswith(given.content)
    assert first.rights == given.rights
    assert first.published_parsed[:5] == (2020, 12, 23, 23, 0)
    assert first.source.title == "Maanpost"
    assert {tag.label or tag.term for tag in first.tags} == {"De maan"}
    assert [e.href for e in first.enclosures] == ["https://maanpost.example.com/1.mp3"]
    links = {link.rel: link.href for link in first.links}
    assert links["via"] == "https://origineel.example.net/maan"
    assert any("creativecommons.org/licenses/by/4.0/" in str(value) for value in first.values())


def test_the_story_is_told_in_json() -> None:
    story = feed_json(SHOWN)["items"][0]["_story"]
    assert story["first_seen_at"] == "Maanpost"
    assert story["original_known"] is True
    assert story["also"][0]["url"] == "https://moonwire.example.com/copy"
    assert story["also"][0]["tie"] == "near-copy"


def test_the_visible_line_names_everyone() -> None:
    (content,) = find(atom(edition(full_item())), "a:entry/a:content/text()")
    credit = content.removeprefix(full_item().content)
    for words in (
        "Jan de Vries, ANP",
        '<a href="https://maanpost.example.com/">Maanpost</a>',
        "2020-12-24",
        '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>',
        '<a href="https://photos.example.com/alice/1">The Moon tonight by Alice Lens is licensed under CC BY 2.0</a>',
        'Bob Shutter, <a href="https://creativecommons.org/licenses/by-nc/4.0/">CC BY-NC 4.0</a>',
        'Also reported by <a href="https://moonwire.example.com/copy">Moonwire</a>',
        "Original: Maanpost",
    ):
        assert words in credit


def test_another_feed_of_the_same_publisher_is_no_other_reporter() -> None:
    item = full_item()
    own = replace(item, also=tuple(replace(one, publisher=item.attribution.publisher) for one in item.also), related=())
    (content,) = find(atom(edition(own)), "a:entry/a:content/text()")
    assert "Jan de Vries, ANP" in content
    assert "Also reported by" not in content
    assert "Original:" not in content
