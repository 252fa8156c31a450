from __future__ import annotations

import pytest

from aggregator.model.attribution import Link
from aggregator.model.ids import SourceId
from aggregator.model.source import Trust
from aggregator.normalise.hashes import article_id, raw_entry, raw_hash, read_raw_entry
from aggregator.normalise.identity import Rung, choose_rung, identities, origin, permalink
from tests.support.normalising import a_feed, a_source, an_entry, read


@pytest.mark.case("P-48")
def test_the_publishers_id_is_the_key_while_it_can_be_trusted() -> None:
    feed = a_feed([an_entry(1), an_entry(2)])
    assert choose_rung(feed, Rung.GUID) == Rung.GUID
    first, second = identities(feed, a_source(), Rung.GUID)
    assert first.key == "guid:tag:paper.example,2026:1"
    assert first.guid == "tag:paper.example,2026:1"
    assert first.key != second.key


@pytest.mark.case("P-48")
def test_ids_that_are_all_equal_are_distrusted() -> None:
    feed = a_feed([an_entry(number, guid="same") for number in range(6)])
    reading = read(*feed.entries)
    assert reading.rung == Rung.GUID_AND_LINK
    assert len(reading.drafts) == 6


@pytest.mark.case("P-48")
def test_of_two_equal_ids_in_one_document_the_one_updated_last_counts() -> None:
    old = an_entry(1, title="Old", date="Mon, 02 Feb 2026 10:00:00 GMT")
    new = an_entry(1, title="New", date="Tue, 03 Feb 2026 10:00:00 GMT")
    for pair in ((old, new), (new, old)):
        reading = read(*pair, an_entry(2), an_entry(3))
        assert reading.rung == Rung.GUID
        assert reading.drafts[0].title == "New"
        assert len(reading.drafts) == 3
        assert "duplicate-ids" in reading.quirks


@pytest.mark.case("P-48")
def test_an_entry_without_id_is_known_by_its_link_and_without_link_by_its_words() -> None:
    linked, bare, other = identities(
        a_feed([an_entry(1, guid=""), an_entry(2, guid="", link=""), an_entry(3, guid="", link="")]), a_source(), 0
    )
    assert linked.key == "link:https://paper.example/2026/story-1"
    assert bare.key.startswith("text:")
    assert bare.key != other.key


@pytest.mark.case("P-48")
def test_entries_without_id_that_share_one_link_stay_apart() -> None:
    entries = [an_entry(number, guid="", link="https://paper.example/") for number in range(4)]
    reading = read(*entries)
    assert reading.rung > Rung.LINK
    assert len(reading.drafts) == 4


@pytest.mark.case("P-48")
def test_a_number_as_id_is_scoped_to_its_source() -> None:
    entry = an_entry(1, guid="17")
    ours = identities(a_feed([entry]), a_source(), 0)[0]
    assert ours.key == "guid:17"
    assert ours.origin == ""
    assert article_id(SourceId("one"), ours.key) != article_id(SourceId("two"), ours.key)


def test_ids_are_ignored_where_the_operator_says_so() -> None:
    found = identities(a_feed([an_entry(1)]), a_source(trust=Trust(ids=False)), 0)[0]
    assert (found.key, found.guid) == ("link:https://paper.example/2026/story-1", "")


def test_new_ids_at_links_we_know_take_the_source_down_to_links() -> None:
    feed = a_feed([an_entry(number, guid=f"new-{number}") for number in range(10)])
    known = {f"https://paper.example/2026/story-{number}": f"old-{number}" for number in range(4)}
    assert choose_rung(feed, Rung.GUID, known) == Rung.LINK
    two = dict(list(known.items())[:2])
    assert choose_rung(feed, Rung.GUID, two) == Rung.GUID


def test_a_source_never_goes_up_the_ladder() -> None:
    feed = a_feed([an_entry(1), an_entry(2)])
    for rung in Rung:
        assert choose_rung(feed, rung) == rung


@pytest.mark.parametrize("rung", list(Rung))
def test_keys_differ_on_every_rung_and_do_not_depend_on_the_position(rung: Rung) -> None:
    entries = [an_entry(number) for number in range(1, 6)]
    keys = [one.key for one in identities(a_feed(entries), a_source(), rung)]
    turned = [one.key for one in identities(a_feed(entries[::-1]), a_source(), rung)]
    assert len(set(keys)) == 5
    assert keys == turned[::-1]


@pytest.mark.parametrize(
    ("guid", "domain"),
    [
        ("https://www.paper.co.uk/?p=1", "paper.co.uk"),
        ("tag:blog.paper.example,2026-01:post-1", "paper.example"),
        ("tag:editor@paper.example,2026:1", "paper.example"),
        ("urn:uuid:0b1c", ""),
        ("17", ""),
    ],
)
@pytest.mark.case("P-49")
def test_an_id_belongs_to_the_domain_it_names(guid: str, domain: str) -> None:
    assert origin(guid) == domain


def test_the_permalink_is_the_original_link_then_the_canonical_then_the_page() -> None:
    links = (
        Link(href="https://paper.example/feed.json", media_type="application/json"),
        Link(href="https://paper.example/page", media_type="text/html"),
        Link(href="https://paper.example/rel", rel="related"),
    )
    assert permalink(an_entry(1, link="", guid="x")) == ""
    assert permalink(an_entry(1, link="", guid="https://paper.example/g")) == "https://paper.example/g"
    entry = an_entry(1, link="https://proxy.example/1", original_link="https://paper.example/own")
    assert permalink(entry) == "https://paper.example/own"
    assert permalink(read_raw_entry(raw_entry(entry))) == "https://paper.example/own"
    many = an_entry(1, link="")
    object.__setattr__(many, "links", links)
    assert permalink(many) == "https://paper.example/page"
    object.__setattr__(many, "links", (*links, Link(href="https://paper.example/c", rel="canonical")))
    assert permalink(many) == "https://paper.example/c"


def test_the_raw_hash_sees_everything_but_the_position() -> None:
    entry = an_entry(1)
    moved = read_raw_entry(raw_entry(entry))
    assert moved.position == 0
    assert raw_hash(moved) == raw_hash(entry)
    assert raw_hash(an_entry(1, comments="https://paper.example/c")) != raw_hash(entry)
    assert raw_hash(an_entry(1, title="Other")) != raw_hash(entry)


def test_article_ids_are_short_stable_and_salted() -> None:
    assert article_id(SourceId("paper"), "guid:1") == article_id(SourceId("paper"), "guid:1")
    assert len(article_id(SourceId("paper"), "guid:1")) == 20
    assert article_id(SourceId("paper"), "guid:1").isalnum()
    assert article_id(SourceId("paper"), "guid:1", 1) != article_id(SourceId("paper"), "guid:1")
