"""What mailing tools read of a topic with the newsletter profile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from aggregator.model.attribution import Image, ImagePlace
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.topic import FeedKind, Profile
from aggregator.publish.atom import write_atom
from aggregator.publish.check_rss import check_rss
from aggregator.publish.document import RSS, Document
from aggregator.publish.jsonfeed import write_jsonfeed
from aggregator.publish.places import feed_url
from aggregator.publish.rss import write_rss
from tests.support.editions import NOON, credited_images, edition, full_item, item, licence, moment, topic

NAMES = {
    "media": "http://search.yahoo.com/mrss/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dcterms": "http://purl.org/dc/terms/",
}


def newsletter(*items: EditionItem, **changes: Any) -> Edition:
    return edition(*items, topic=topic(profile=Profile.NEWSLETTER, **changes))


def rss(made: Edition, path: str) -> list[Any]:
    found: Any = etree.fromstring(write_rss(made)).xpath(f"channel/item/{path}", namespaces=NAMES)
    return list(found)


@pytest.mark.case("B-35", "C-07")
def test_one_lead_image_that_its_licence_allows_with_type_and_size() -> None:
    moon, mars, plain = credited_images()
    made = newsletter(item(1, images=(plain, mars, moon)))
    assert rss(made, "media:content/@url") == [moon.url]
    assert rss(made, "media:content/@type") == ["image/jpeg"]
    assert rss(made, "media:content/@fileSize") == ["204800"]
    assert json.loads(write_jsonfeed(made))["items"][0]["image"] == moon.url
    assert write_atom(made).count(b"<media:content") == 1


def test_an_image_without_a_licence_or_too_large_is_not_offered() -> None:
    moon, _, plain = credited_images()
    huge = replace(moon, length=1_000_001)
    assert rss(newsletter(item(1, images=(plain, huge))), "media:content") == []
    assert len(rss(edition(item(1, images=(plain, huge))), "media:content")) == 2


def test_an_address_that_ends_like_an_image_goes_before_one_that_does_not() -> None:
    bare = Image(url="https://img.example.com/view?id=3", place=ImagePlace.LEAD, licence=licence())
    named = Image(url="https://img.example.com/3.png?w=600", licence=licence())
    assert rss(newsletter(item(1, images=(bare, named))), "media:content/@url") == [named.url]
    assert rss(newsletter(item(1, images=(bare,))), "media:content/@url") == [bare.url]


def test_every_image_in_the_text_keeps_its_credit_all_the_same() -> None:
    made = newsletter(item(1, images=credited_images()))
    assert "Bob Shutter" in rss(made, "content:encoded/text()")[0]


@pytest.mark.case("B-34")
def test_the_description_is_short_and_the_content_whole() -> None:
    made = newsletter(item(1, summary="word " * 200, content=f"<p>{'word ' * 400}</p>"))
    assert len(rss(made, "description/text()")[0].split()) < 65
    assert len(rss(made, "content:encoded/text()")[0].split()) > 400


@pytest.mark.case("B-26", "B-27")
def test_the_dates_follow_the_listing_and_the_original_day_can_be_read() -> None:
    late = item(1, published=moment(NOON - timedelta(days=5)), listed=NOON, updated=NOON - timedelta(days=5))
    made = newsletter(late)
    assert rss(made, "pubDate/text()") == ["Sun, 01 Mar 2026 12:00:00 +0000"]
    assert rss(made, "dcterms:issued/text()") == ["2026-02-24T12:00:00+00:00"]
    assert "2026-02-24" in rss(made, "content:encoded/text()")[0]


def test_it_is_valid_and_its_address_ends_as_tools_want_it() -> None:
    made = newsletter(full_item(), item(1), item(2))
    document = Document(path="space/feed.rss", media_type=RSS, body=write_rss(made), updated=made.updated)
    assert list(check_rss(document, None)) == []
    assert feed_url(made, FeedKind.RSS).endswith("/space/feed.rss")


def test_nothing_in_it_needs_a_script_or_a_second_base() -> None:
    text = write_rss(newsletter(full_item())).decode()
    assert "data:" not in text
    assert "<script" not in text
    assert 'src="/' not in text
