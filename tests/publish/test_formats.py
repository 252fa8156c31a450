"""What stands in each format: identity, dates, links, attribution and licences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.model.attribution import Attribution, Person
from aggregator.model.ids import PublishedId
from aggregator.model.topic import ImagePolicy, Profile
from aggregator.publish import facts
from aggregator.publish.atom import write_atom
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.rss import write_rss
from tests.support.documents import atom, feed_json, find, rss
from tests.support.editions import NOON, edition, full_item, item, licence, moment, publisher, site, topic

UNSPECIFIED = "http://purl.org/atompub/license#unspecified"


@pytest.mark.case("B-21", "C-06")
@pytest.mark.parametrize(
    "identifier",
    [
        "HTTP://Example.COM/%7Euser/A?b=2&a=1#Frag",
        "http://example.com/path/",
        "urn:uuid:1225C695-CFB8-4ebb-AAAA-80DA344EFA6A",
        "https://例え.example/記事",
        "tag:example.org,2020:a b",
        "http://example.com/with space",
        "https://example.com:443/x/../y",
    ],
)
def test_ids_are_the_sources_own_character_for_character(identifier: str) -> None:
    made = edition(item(id=PublishedId(identifier)))
    assert find(atom(made), "a:entry/a:id/text()") == [identifier]
    assert find(rss(made), "channel/item/guid/text()") == [identifier]
    assert [entry["id"] for entry in feed_json(made)["items"]] == [identifier]


@pytest.mark.case("B-22", "B-13")
def test_the_feed_id_is_the_editions_wherever_it_is_served() -> None:
    moved = edition(site=site(base_url="https://elsewhere.example.net"), path="cosmos")
    assert find(atom(moved), "a:id/text()") == ["tag:feeds.example.org,2026-01-01:space"]
    assert find(atom(moved), "a:entry/a:id/text()") == find(atom(edition()), "a:entry/a:id/text()")
    assert find(atom(moved), "a:link[@rel='self']/@href") == ["https://elsewhere.example.net/cosmos/feed.atom"]


@pytest.mark.case("B-23", "C-01")
def test_guids_are_never_taken_for_links() -> None:
    assert set(find(rss(edition(full_item(), item(1))), "channel/item/guid/@isPermaLink")) == {"false"}


@pytest.mark.case("B-25")
def test_updated_moves_with_the_item_only() -> None:
    plain = edition(item(1), item(2))
    other = edition(item(1), item(2), topic=topic(description="New words"), cadence=60)
    assert find(atom(plain), "a:entry/a:updated/text()") == find(atom(other), "a:entry/a:updated/text()")
    assert find(atom(plain), "a:updated/text()") == ["2026-03-01T11:01:00+00:00"]


@pytest.mark.case("B-25")
def test_items_that_a_source_dates_alike_differ_in_updated_and_keep_the_difference() -> None:
    first, second = item(1, updated=NOON), item(2, updated=NOON)
    both = find(atom(edition(first, second)), "a:entry/a:updated/text()")
    assert len(set(both)) == 2
    assert all(text.startswith("2026-03-01T12:00:00") for text in both)
    assert find(atom(edition(second)), "a:entry/a:updated/text()") == both[1:]


@pytest.mark.case("B-26")
def test_dates_are_in_each_formats_own_form_and_agree() -> None:
    made = edition(item(1, published=moment(NOON, offset=-330)))
    assert find(atom(made), "a:entry/a:published/text()") == ["2026-03-01T06:30:00-05:30"]
    assert find(rss(made), "channel/item/pubDate/text()") == ["Sun, 01 Mar 2026 06:30:00 -0530"]
    assert feed_json(made)["items"][0]["date_published"] == "2026-03-01T06:30:00-05:30"
    assert find(rss(made), "//dc:date") == []


def test_a_bare_day_stays_that_day_in_every_format() -> None:
    made = edition(full_item())
    assert find(atom(made), "a:entry/a:published/text()")[0].startswith("2020-12-24T00:00:00+01:00")
    assert find(rss(made), "channel/item/pubDate/text()")[0].startswith("Thu, 24 Dec 2020")
    assert feed_json(made)["items"][0]["date_published"].startswith("2020-12-24")


@pytest.mark.case("B-27", "C-07")
def test_a_newsletters_dates_are_those_of_listing_and_the_original_is_kept() -> None:
    late = item(1, published=moment(NOON - timedelta(days=5)), listed=NOON, updated=NOON - timedelta(days=5))
    made = edition(late, topic=topic(profile=Profile.NEWSLETTER))
    assert find(rss(made), "channel/item/pubDate/text()") == ["Sun, 01 Mar 2026 12:00:00 +0000"]
    assert find(rss(made), "channel/item/dcterms:issued/text()") == ["2026-02-24T12:00:00+00:00"]
    assert find(atom(made), "a:entry/a:published/text()") == ["2026-03-01T12:00:00+00:00"]
    assert find(atom(made), "a:entry/a:updated/text()")[0] >= "2026-03-01T12:00:00"
    reader = edition(late)
    assert find(rss(reader), "channel/item/pubDate/text()") == ["Tue, 24 Feb 2026 12:00:00 +0000"]


@pytest.mark.case("B-29")
def test_the_source_of_each_entry_is_told_in_every_format() -> None:
    made = edition(full_item())
    inside = find(atom(made), "a:entry/a:source")[0]
    assert find(inside, "a:id/text() | a:title/text() | a:updated/text() | a:rights/text()") == [
        "tag:maanpost.example.com,2020:feed",
        "Maanpost",
        "2026-03-01T11:00:00+00:00",
        "© Maanpost",
    ]
    assert find(inside, "a:link/@href") == [
        "https://maanpost.example.com/feed.xml",
        "https://maanpost.example.com/",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ]
    assert find(rss(made), "channel/item/source/@url | channel/item/source/text()") == [
        "https://maanpost.example.com/feed.xml",
        "Maanpost",
    ]
    assert feed_json(made)["items"][0]["_source"]["feed_url"] == "https://maanpost.example.com/feed.xml"


@pytest.mark.case("B-29")
def test_a_source_that_an_entry_brought_along_is_kept_and_not_nested() -> None:
    carried = publisher("Firsthand")
    made = edition(item(attribution=Attribution(publisher=publisher("Planet"), carried=carried)))
    assert find(atom(made), "a:entry/a:source/a:title/text()") == ["Firsthand"]
    assert find(atom(made), "a:entry//a:source//a:source") == []
    assert find(atom(made), "a:entry/a:link[@rel='via']/@href") == ["https://planet.example.com/"]
    assert find(rss(made), "channel/item/source/text()") == ["Firsthand"]


@pytest.mark.case("B-29")
def test_a_private_sources_address_is_in_no_format() -> None:
    hidden = publisher(feed_url=None, feed_id=None)
    made = edition(item(attribution=Attribution(publisher=hidden)))
    assert find(atom(made), "a:entry/a:source/a:id/text()") == ["tag:feeds.example.org,2026-01-01:source:moonwire"]
    for body in (write_atom(made), write_rss(made), write_jsonfeed(made)):
        assert b"feed.xml" not in body


@pytest.mark.case("B-30", "C-04")
def test_every_entry_has_an_author_of_its_own() -> None:
    made = edition(full_item(), item(1, authors=()))
    for entry, names in zip(find(atom(made), "a:entry"), (["Jan de Vries", "ANP"], ["Moonwire"]), strict=True):
        assert find(entry, "a:author/a:name/text()") == names
    assert find(rss(made), "channel/item[2]/dc:creator/text()") == ["Moonwire"]
    assert find(rss(made), "//author") == []
    assert feed_json(made)["items"][1]["authors"] == [{"name": "Moonwire"}]


def test_addresses_of_people_are_in_no_format() -> None:
    made = edition(full_item())
    for body in (write_atom(made), write_rss(made), write_jsonfeed(made)):
        assert b"jan@" not in body


@pytest.mark.case("B-31")
def test_an_entry_without_a_licence_does_not_inherit_that_of_the_selection() -> None:
    made = edition(item(1), full_item(), topic=topic(licence="CC-BY-4.0"))
    assert find(atom(made), "a:link[@rel='license']/@href") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert find(atom(made), "a:entry[1]/a:link[@rel='license']/@href") == [UNSPECIFIED]
    assert find(atom(made), "a:entry[2]/a:link[@rel='license']/@href") == [
        "https://creativecommons.org/licenses/by/4.0/"
    ]
    assert find(rss(made), "channel/cc:license") == []
    assert find(rss(made), "channel/item/cc:license/text()") == ["https://creativecommons.org/licenses/by/4.0/"]


@pytest.mark.case("B-31")
@pytest.mark.parametrize("unsure", [licence(confidence=0.5), licence(known=False), licence(evidence=None)])
def test_a_licence_that_is_not_sure_is_not_stated(unsure: Any) -> None:
    made = edition(item(licence=unsure, images=()))
    assert find(atom(made), "a:entry/a:link[@rel='license']/@href") == [UNSPECIFIED]
    assert find(rss(made), "channel/item/cc:license") == []
    assert feed_json(made)["items"][0]["_attribution"]["licence"]["verified"] is (unsure.verified)


def test_rights_are_told_in_every_format() -> None:
    made = edition(full_item())
    assert find(atom(made), "a:entry/a:rights/text()") == ["© 2020 Jan de Vries"]
    assert find(rss(made), "channel/item/dc:rights/text()") == ["© 2020 Jan de Vries"]
    assert feed_json(made)["items"][0]["_attribution"]["rights"] == "© 2020 Jan de Vries"


@pytest.mark.case("B-32")
def test_the_link_is_the_original_and_others_are_via_or_related() -> None:
    entry = find(atom(edition(full_item())), "a:entry")[0]
    assert find(entry, "a:link[@rel='alternate']/@href") == ["https://maanpost.example.com/1234?a=1&b=2"]
    assert find(entry, "a:link[@rel='via']/@href") == [
        "https://via.example.net/maan",
        "https://origineel.example.net/maan",
    ]
    assert find(entry, "a:link[@rel='related']/@href") == [
        "https://moonwire.example.com/copy",
        "https://forum.example.net/maan",
    ]
    assert find(entry, "a:link[@rel='self']") == []


@pytest.mark.case("B-33")
def test_rss_titles_lose_no_word_in_readers_that_take_them_for_html() -> None:
    body = write_rss(edition(item(title="Use <word> & AT&T &amp; co")))
    assert "Use &#x3C;\u2060word> &#x26; AT&#x26;T &#x26;\u2060amp; co".replace(">", "&gt;").encode() in body


@pytest.mark.case("B-34")
def test_an_excerpt_is_the_description_and_nothing_stands_twice() -> None:
    made = edition(item(content="", summary="Short & sweet"), topic=topic(attribution_line=False))
    assert find(rss(made), "channel/item/description/text()") == ["<p>Short &amp; sweet</p>"]
    assert find(rss(made), "channel/item/content:encoded") == []
    assert find(atom(made), "a:entry/a:content") == []
    assert feed_json(made)["items"][0]["content_text"] == "Short & sweet"


@pytest.mark.case("B-35")
def test_images_have_type_and_size_and_the_lead_one_is_the_thumbnail() -> None:
    shown = find(rss(edition(full_item())), "channel/item/media:content")
    assert dict(shown[0].attrib) == {
        "url": "https://img.example.com/moon.jpg",
        "medium": "image",
        "type": "image/jpeg",
        "fileSize": "204800",
        "width": "1200",
        "height": "800",
    }
    assert shown[1].get("type") == "image/png"
    assert find(rss(edition(full_item())), "channel/item/media:thumbnail/@url") == ["https://img.example.com/moon.jpg"]


@pytest.mark.case("B-35")
def test_rss_has_one_enclosure_with_a_length() -> None:
    two = full_item().enclosures * 2
    made = edition(item(enclosures=(replace(two[0], length=None), two[1])))
    assert [dict(e.attrib) for e in find(rss(made), "channel/item/enclosure")] == [
        {"url": "https://maanpost.example.com/1.mp3", "length": "0", "type": "audio/mpeg"}
    ]


def test_images_can_be_dropped_by_a_topic() -> None:
    made = edition(full_item(), topic=topic(images=ImagePolicy.DROP))
    for body in (write_atom(made), write_rss(made), write_jsonfeed(made)):
        assert b"img.example.com" not in body


@pytest.mark.case("B-38")
def test_json_feed_has_what_version_1_1_asks() -> None:
    made = edition(full_item(), site=site(hubs=("https://hub.example.org/",), logo="https://feeds.example.org/l.png"))
    feed = feed_json(made)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example.org/"}]
    assert feed["icon"] == "https://feeds.example.org/l.png"
    assert feed["home_page_url"] == "https://feeds.example.org/space/"
    entry = feed["items"][0]
    assert entry["attachments"] == [
        {
            "url": "https://maanpost.example.com/1.mp3",
            "mime_type": "audio/mpeg",
            "size_in_bytes": 12345,
            "duration_in_seconds": 61,
        }
    ]
    assert entry["tags"] == ["De maan"]
    assert entry["image"] == "https://img.example.com/moon.jpg"


@pytest.mark.case("B-39", "B-42")
def test_feeds_name_themselves_their_page_and_their_hub() -> None:
    made = edition(site=site(hubs=("https://hub.example.org/",)))
    for relation, expected in (
        ("self", ["https://feeds.example.org/space/feed.atom"]),
        ("hub", ["https://hub.example.org/"]),
    ):
        assert find(atom(made), f"a:link[@rel='{relation}']/@href") == expected
    assert find(atom(made), "a:link[@rel='alternate']/@href") == ["https://feeds.example.org/space/"]
    assert find(rss(made), "channel/a:link[@rel='self']/@href") == ["https://feeds.example.org/space/feed.rss"]
    assert find(rss(made), "channel/a:link[@rel='hub']/@href") == ["https://hub.example.org/"]
    assert find(rss(made), "channel/link/text()") == ["https://feeds.example.org/space/"]
    assert feed_json(made)["feed_url"] == "https://feeds.example.org/space/feed.json"


@pytest.mark.case("B-10")
def test_the_ttl_is_the_interval_between_builds() -> None:
    assert find(rss(edition(cadence=1800)), "channel/ttl/text()") == ["30"]


def test_explanations_are_in_json_always_and_elsewhere_where_asked_for() -> None:
    plain, told = edition(full_item()), edition(full_item(), topic=topic(explain=True))
    assert feed_json(plain)["items"][0]["_why"]["words"] == ["maan"]
    assert b"why:why" not in write_atom(plain) + write_rss(plain)
    assert b"<why:word>maan</why:word>" in write_atom(told)
    assert b"<why:word>maan</why:word>" in write_rss(told)
    assert find(rss(told), "channel/item/media:content/media:license/@href") == [
        "https://creativecommons.org/licenses/by/2.0/",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ]


def test_people_without_a_name_are_passed_over() -> None:
    made = edition(item(authors=(Person(name=""), Person(name="Bo"))))
    assert find(atom(made), "a:entry/a:author/a:name/text()") == ["Bo"]


def test_an_edition_without_items_is_a_feed() -> None:
    empty = replace(edition(), items=(), updated=datetime(2026, 1, 1, tzinfo=UTC))
    assert find(atom(empty), "a:entry") == []
    assert feed_json(empty)["items"] == []


@pytest.mark.case("B-33")
@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("https://x.example/a?b=c&d=%20#e", "https://x.example/a?b=c&d=%20#e"),
        ("https://x.example/naïve—é", "https://x.example/na%C3%AFve%E2%80%94%C3%A9"),
        ("https://bücher.example/[1].html", "https://xn--bcher-kva.example/%5B1%5D.html"),
    ],
)
def test_addresses_are_written_as_uris(given: str, written: str) -> None:
    made = edition(item(url=given))
    assert find(rss(made), "channel/item/link/text()") == [written]
    assert find(atom(made), "a:entry/a:link[@rel='alternate']/@href") == [written]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example/a b", 'https://x.example/"x', "urn:x", "//x"]
)
def test_addresses_that_no_format_can_carry_are_left_out(url: str) -> None:
    given = full_item()
    made = edition(
        replace(
            given,
            url=url,
            comments_url=url,
            images=(replace(given.images[0], url=url),),
            enclosures=(replace(given.enclosures[0], url=url),),
            related=(replace(given.related[0], href=url),),
        )
    )
    for root in (atom(made), rss(made)):
        assert url not in {*root.xpath("//@href"), *root.xpath("//@url"), *(e.text for e in root.iter())}
    assert find(rss(made), "channel/item/link/text()") == ["https://feeds.example.org/articles/a7/"]


@pytest.mark.case("B-29")
@pytest.mark.parametrize("identifier", ["tag:moonwire.example.com", "https://moonwire.example.com", "moonwire", None])
def test_a_source_without_a_usable_id_is_known_by_its_address(identifier: str | None) -> None:
    odd = publisher(feed_id=identifier)
    made = edition(item(attribution=Attribution(publisher=odd)))
    assert find(atom(made), "a:entry/a:source/a:id/text()") == ["https://moonwire.example.com/feed.xml"]


@pytest.mark.case("B-36")
@pytest.mark.parametrize(("tag", "written"), [("nl-BE", "nl-BE"), ("wuu", "zh-wuu"), ("und", None), ("", None)])
def test_languages_are_written_as_readers_know_them(tag: str, written: str | None) -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert find(atom(edition(item(language=tag))), "a:entry")[0].get(lang) == written


@pytest.mark.case("B-26")
@pytest.mark.parametrize("offset", [-490, -495, 16 * 60])
def test_an_offset_that_no_place_keeps_is_written_in_utc(offset: int) -> None:
    made = edition(item(published=moment(NOON, offset=offset)))
    assert find(rss(made), "channel/item/pubDate/text()") == ["Sun, 01 Mar 2026 12:00:00 +0000"]


def test_rights_with_markup_become_words() -> None:
    made = edition(item(rights='Under <a href="https://x.example/">CC BY</a> &amp; more'))
    assert find(atom(made), "a:entry/a:rights/text()") == ["Under CC BY & more"]


@pytest.mark.parametrize(
    ("feed_id", "feed_url", "expected"),
    [
        ("urn:x:moon", "https://moon.example/feed", "urn:x:moon"),
        ("https://moon.example", "https://moon.example/feed", "https://moon.example/feed"),
        ("not an id", "https://moon.example/feed", "https://moon.example/feed"),
        ("https://moon.example", "https://moon.example", "https://moon.example/"),
        ("yt:channel:1", "https://moon.example/feed", "https://moon.example/feed"),
        ("HTTPS://Moon.example:443/Feed?a", "https://moon.example/feed", "https://moon.example/Feed?a"),
        ("", "http://moon.example?feed=1", "http://moon.example/?feed=1"),
        ("12", "http://moon.example:8080", "http://moon.example:8080/"),
        ("", "", "tag:feeds.example.org,2026-01-01:source:moonwire"),
    ],
)
@pytest.mark.case("B-29", "B-37")
def test_the_id_of_a_source_names_a_feed_and_not_a_host(feed_id: str, feed_url: str, expected: str) -> None:
    named = replace(publisher(), feed_id=feed_id or None, feed_url=feed_url or None)
    shown = item(attribution=replace(item().attribution, publisher=named, carried=None))
    assert facts.source_id(edition(shown), shown) == expected
