from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.publish.archives import newest_archive, to_close
from aggregator.publish.render import render_topic
from tests.support.archives import render_archives
from tests.support.documents import find, tree
from tests.support.editions import NOON, edition, item

BASE = "https://feeds.example.org/space"


def listed(count: int) -> list[Any]:
    """Items in the order of listing, oldest first."""
    start = NOON - timedelta(days=1)
    return [item(n, listed=start + timedelta(minutes=n), updated=start + timedelta(minutes=n)) for n in range(count)]


def archives(count: int, size: int = 3) -> dict[str, bytes]:
    return {d.path: d.body for d in render_archives(edition(), listed(count), size=size)}


@pytest.mark.case("B-17")
def test_archives_are_linked_both_ways_and_never_to_an_unfinished_one() -> None:
    made = archives(11)
    assert [p for p in made if p.endswith("atom")] == [f"space/archive/0000{n}.atom" for n in (1, 2, 3)]
    links = [
        {link.get("rel"): link.get("href") for link in find(tree(made[f"space/archive/0000{n}.atom"]), "a:link")}
        for n in (1, 2, 3)
    ]
    assert [one.get("prev-archive") for one in links] == [
        None,
        f"{BASE}/archive/00001.atom",
        f"{BASE}/archive/00002.atom",
    ]
    assert [one.get("next-archive") for one in links] == [
        f"{BASE}/archive/00002.atom",
        f"{BASE}/archive/00003.atom",
        None,
    ]
    assert {one["current"] for one in links} == {f"{BASE}/feed.atom"}
    assert [one["self"] for one in links] == [f"{BASE}/archive/0000{n}.atom" for n in (1, 2, 3)]


@pytest.mark.case("B-17")
def test_archives_are_marked_and_have_the_id_of_the_feed() -> None:
    root = tree(archives(6)["space/archive/00001.atom"])
    assert find(root, "fh:archive") != []
    assert find(root, "a:id/text()") == ["tag:feeds.example.org,2026-01-01:space"]


@pytest.mark.case("B-18")
def test_new_items_change_only_the_archive_that_gets_a_successor() -> None:
    before, after = archives(7), archives(1000)
    assert before["space/archive/00001.atom"] == after["space/archive/00001.atom"]
    changed = [path for path in before if before[path] != after[path]]
    assert {path.rpartition(".")[0] for path in changed} == {"space/archive/00002"}


@pytest.mark.case("B-18")
def test_each_item_is_in_exactly_one_archive() -> None:
    ids = [i for p, body in archives(11).items() if p.endswith("atom") for i in find(tree(body), "a:entry/a:id/text()")]
    assert sorted(ids) == sorted(one.id for one in listed(9))
    assert len(ids) == len(set(ids))


@pytest.mark.case("B-17", "B-19")
def test_the_live_document_leads_to_the_newest_archive_in_its_own_format() -> None:
    live = edition(previous_archive=newest_archive(edition(), 3))
    atom, rss, feed, _ = (d.body for d in render_topic(live))
    assert find(tree(atom), "a:link[@rel='prev-archive']/@href") == [f"{BASE}/archive/00003.atom"]
    assert find(tree(rss), "channel/a:link[@rel='prev-archive']/@href") == [f"{BASE}/archive/00003.rss"]
    assert json.loads(feed)["next_url"] == f"{BASE}/archive/00003.json"


@pytest.mark.case("B-19")
def test_the_chain_of_json_pages_ends_and_repeats_nothing() -> None:
    made = archives(11)
    url, seen = f"{BASE}/archive/00003.json", []
    while url:
        page = json.loads(made[url.removeprefix("https://feeds.example.org/")])
        assert page["feed_url"] == url
        seen += [one["id"] for one in page["items"]]
        url = page.get("next_url")
    assert len(seen) == len(set(seen)) == 9


@pytest.mark.case("B-19")
def test_a_complete_feed_says_so_and_has_no_other_parts() -> None:
    atom, rss, *_ = (d.body for d in render_topic(edition(complete=True)))
    assert find(tree(atom), "fh:complete") != []
    assert find(tree(rss), "channel/fh:complete") != []
    assert find(tree(atom), "a:link[contains(@rel, 'archive')]") == []


def test_a_topic_writes_archives_only_in_its_formats() -> None:
    made = edition()
    only = replace(made, topic=replace(made.topic, formats=made.topic.formats[:1]))
    assert [d.path for d in render_archives(only, listed(6), size=3)] == [
        "space/archive/00001.atom",
        "space/archive/00002.atom",
    ]


@pytest.mark.case("B-17")
@pytest.mark.parametrize(
    ("left", "made", "sizes"),
    [
        ("", 0, ()),
        ("..", 0, ()),
        ("...", 0, ()),
        (".....", 0, ()),
        ("......", 0, (3, 3)),
        (".......", 0, (3, 3)),
        ("...", 1, (3,)),
        ("..", 5, ()),
    ],
)
def test_full_archives_are_closed_and_the_first_only_with_the_second(
    left: str, made: int, sizes: tuple[int, ...]
) -> None:
    assert to_close([mark == "x" for mark in left], made, size=3) == sizes


@pytest.mark.case("B-17")
@pytest.mark.parametrize(
    ("left", "made", "sizes"),
    [
        ("x", 2, (1,)),
        ("x.", 2, (2,)),
        ("...x", 2, (3, 1)),
        ("x.", 0, (1, 1)),
        ("xx.", 0, (1, 2)),
        ("x..", 0, (1, 2)),
        ("x....", 0, (1, 2)),
        ("x", 0, ()),
    ],
)
def test_what_leaves_the_live_document_is_in_an_archive_at_once(left: str, made: int, sizes: tuple[int, ...]) -> None:
    assert to_close([mark == "x" for mark in left], made, size=3) == sizes


def test_a_topic_without_archives_leads_to_none() -> None:
    assert newest_archive(edition(), 0) is None
    assert newest_archive(edition(), 2) == "space/archive/00002.atom"
