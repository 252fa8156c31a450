"""The demo instance of the repository, polled and published as its operator would do it first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from aggregator.pipeline.reports import RunReport
from tests.support.demo import REPOSITORY, demo
from tests.support.instances import START, Newsroom

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
BY_2 = "https://creativecommons.org/licenses/by/2.0/"
MOON = "De maan is dichterbij dan je denkt"
PHOTO = "https://maanblad.example/beeld/maan-boven-dijk.jpg"


@dataclass(frozen=True)
class Ran:
    room: Newsroom
    report: RunReport


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    room = demo(tmp_path_factory.mktemp("demo"))
    return Ran(room, room.run())


def json_item(ran: Ran, topic: str, title: str) -> dict[str, Any]:
    found = [item for item in ran.room.feed(topic)["items"] if item["title"] == title]
    assert len(found) == 1, f"{topic} has {len(found)} items called {title!r}"
    item: dict[str, Any] = found[0]
    return item


def atom_entry(ran: Ran, topic: str, title: str) -> Element:
    root = fromstring((ran.room.output / topic / "feed.atom").read_bytes())
    return next(entry for entry in root.iter(f"{ATOM}entry") if entry.findtext(f"{ATOM}title") == title)


def rss_item(ran: Ran, topic: str, title: str) -> Element:
    root = fromstring((ran.room.output / topic / "feed.rss").read_bytes())
    return next(item for item in root.iter("item") if item.findtext("title") == title)


def test_every_sample_source_is_polled_and_gives_articles(ran: Ran) -> None:
    declared = (REPOSITORY / "feeds" / "demo.toml").read_text("utf-8").count("[[source]]")
    assert declared >= 8
    assert [row["outcome"] for row in ran.report.sources] == ["fetched"] * declared
    assert all(row["new"] == row["entries"] > 0 and not row["message"] for row in ran.report.sources)
    assert ran.report.published.problems == ()


def test_every_topic_is_written_in_every_format_and_something_stands_in_each(ran: Ran) -> None:
    with ran.room.open() as instance:
        topics = list(instance.topics)
    assert len(topics) == 4
    for topic in topics:
        assert ran.room.feed(topic)["items"], topic
        for name in ("feed.atom", "feed.rss", "feed.json", "index.html"):
            assert (ran.room.output / topic / name).stat().st_size > 500
    for name in ("index.html", "opml.xml", "sources.opml", "health.json"):
        assert (ran.room.output / name).stat().st_size > 100


def test_a_dutch_date_and_byline_become_language_author_and_day(ran: Ran) -> None:
    item = json_item(ran, "nederlands", MOON)
    assert item["language"] == "nl"
    assert item["authors"] == [{"name": "Femke de Waal"}]
    assert item["date_published"] == "2020-12-24T00:00:00+01:00"
    assert item["_attribution"]["published_precision"] == "day"
    entry = atom_entry(ran, "nederlands", MOON)
    assert entry.findtext(f"{ATOM}published") == "2020-12-24T00:00:00+01:00"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Femke de Waal"
    assert rss_item(ran, "nederlands", MOON).findtext("pubDate") == "Thu, 24 Dec 2020 00:00:00 +0100"
    assert rss_item(ran, "nederlands", MOON).findtext(f"{DC}creator") == "Femke de Waal"
    assert rss_item(ran, "nederlands", MOON).findtext(f"{DC}language") == "nl"


def test_the_credit_of_an_image_reaches_json_feed_whole(ran: Ran) -> None:
    item = json_item(ran, "nederlands", MOON)
    [image] = item["_attribution"]["images"]
    assert item["image"] == image["url"] == PHOTO
    assert (image["title"], image["creator"]) == ("The Moon over the dyke", "JannekeR3")
    assert image["creator_url"] == "https://foto.example/people/janneke"
    assert image["source_url"] == "https://foto.example/photos/4711"
    assert (image["licence"]["id"], image["licence"]["url"]) == ("CC-BY-2.0", BY_2)
    assert all(fact["text"] for fact in image["evidence"])


def test_the_credit_of_an_image_reaches_atom_and_rss(ran: Ran) -> None:
    for parent in (atom_entry(ran, "nederlands", MOON), rss_item(ran, "nederlands", MOON)):
        media = parent.find(f"{MEDIA}content")
        assert media is not None
        assert media.get("url") == PHOTO
        assert media.findtext(f"{MEDIA}title") == "The Moon over the dyke"
        assert media.findtext(f"{MEDIA}credit") == "JannekeR3"
        licence = media.find(f"{DCTERMS}license")
        assert licence is not None
        assert licence.get(f"{RDF}resource") == BY_2
        body = parent.findtext(f"{ATOM}content") or parent.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
        assert body is not None
        assert "https://foto.example/photos/4711" in body
        assert BY_2 in body


def test_the_credit_of_an_image_reaches_the_page(ran: Ran) -> None:
    page = (ran.room.output / "nederlands" / "index.html").read_text("utf-8")
    figure = page[page.index("<figure") :].partition("</figure>")[0]
    for fact in (PHOTO, "The Moon over the dyke", "JannekeR3", "https://foto.example/photos/4711", BY_2):
        assert fact in page[page.index(PHOTO) - 200 : page.index(PHOTO) + 900], fact
    assert "<figcaption" in figure


def test_three_prints_of_one_wire_story_are_one_item_that_names_the_others(ran: Ran) -> None:
    ferries = [item for item in ran.room.feed("climate")["items"] if "ferries" in item["title"].lower()]
    assert len(ferries) == 1
    named = {one["source"] for one in ferries[0]["_story"]["also"]} | {ferries[0]["_source"]["title"]}
    assert named == {"The Harbour Post", "Island Courier", "City Ledger"}
    with ran.room.open() as instance:
        found = instance.store.articles.find(ferries[0]["id"])
        stories = instance.store.stories.for_articles([found[0].article.id])
    assert {member.source_id for story in stories.values() for member in story.members} == {
        "harbour-post",
        "island-courier",
        "city-ledger",
    }


def test_a_source_that_reserves_all_rights_is_not_given_in_full(ran: Ran) -> None:
    reserved = [
        item
        for topic in ("space", "climate")
        for item in ran.room.feed(topic)["items"]
        if item["_source"]["title"] == "The Fenced Review"
    ]
    assert len(reserved) == 2
    text = (ran.room.root / "feeds" / "samples" / "fenced-review.xml").read_text("utf-8")
    last_sentence = (
        "This is the story of what he wanted the money for, and of the widow who still owns the Sea of Cold."
    )
    assert last_sentence in text
    for item in reserved:
        assert item["_why"]["policy"]["policy"] != "full"
        assert "who still owns the Sea of Cold" not in item.get("content_html", "")


def test_only_what_may_be_reused_stands_in_the_topic_for_reuse(ran: Ran) -> None:
    items = ran.room.feed("open")["items"]
    assert len(items) >= 5
    for item in items:
        reasons = (item["_attribution"].get("licence", {}).get("id", ""), item["_why"]["policy"]["rule"])
        assert reasons[0].startswith("CC") or reasons[1] == "permission", (item["title"], reasons)


def test_windows_1252_is_read_as_it_was_written(ran: Ran) -> None:
    with ran.room.open() as instance:
        [one] = instance.store.articles.find("https://heraldo.example/niebla")
    assert one.article.title == "La niebla “más larga” del siglo cumple ocho días"
    assert [person.name for person in one.article.attribution.authors] == ["Lucía Peña"]
    assert "cosa — ni siquiera" in one.article.text


@pytest.mark.case("B-29", "B-30")
def test_every_republished_entry_names_its_source_and_an_author(ran: Ran) -> None:
    for topic in ("space", "climate", "nederlands", "open"):
        for entry in fromstring((ran.room.output / topic / "feed.atom").read_bytes()).iter(f"{ATOM}entry"):
            source = entry.find(f"{ATOM}source")
            assert source is not None
            assert all(source.findtext(f"{ATOM}{part}") for part in ("id", "title", "updated"))
            assert "alternate" in {link.get("rel") for link in source.iter(f"{ATOM}link")}
            assert entry.findtext(f"{ATOM}author/{ATOM}name")
        for item in fromstring((ran.room.output / topic / "feed.rss").read_bytes()).iter("item"):
            named = item.find("source")
            assert named is not None
            assert named.get("url")
            assert named.text
            assert item.findtext(f"{DC}creator")
            assert item.find("author") is None
        for entry_object in ran.room.feed(topic)["items"]:
            assert entry_object["_source"]["title"]
            assert entry_object["_source"]["url"]
            assert entry_object["authors"]


@pytest.mark.case("B-21")
def test_ids_of_the_sources_are_kept_in_every_format_and_topic(ran: Ran) -> None:
    assert json_item(ran, "space", "Two views of one nebula")["id"] == "tag:opentelescope.example,2021:nebula"
    seen: dict[str, set[str]] = {}
    for topic in ("space", "climate", "nederlands", "open"):
        by_format = [
            [item["id"] for item in ran.room.feed(topic)["items"]],
            [
                entry.findtext(f"{ATOM}id")
                for entry in fromstring((ran.room.output / topic / "feed.atom").read_bytes()).iter(f"{ATOM}entry")
            ],
            [
                item.findtext("guid")
                for item in fromstring((ran.room.output / topic / "feed.rss").read_bytes()).iter("item")
            ],
        ]
        assert by_format[0] == by_format[1] == by_format[2]
        for item in ran.room.feed(topic)["items"]:
            seen.setdefault(item["url"], set()).add(item["id"])
    assert {len(ids) for ids in seen.values()} == {1}
    assert seen["https://kuestenbote.example/a/sturmflut"] == {"https://kuestenbote.example/a/sturmflut"}


@pytest.mark.case("B-06", "B-09")
def test_a_second_run_changes_no_byte_and_touches_no_file(tmp_path: Path) -> None:
    room = demo(tmp_path)
    room.run()
    before, times = room.snapshot(), stamps(room)
    room.clock.go_on(days=2)
    again = room.run()
    assert again.summary["not_modified"] == again.summary["sources"] == 10
    assert (again.summary["new"], again.summary["revised"]) == (0, 0)
    assert room.snapshot() == before
    assert stamps(room) == times


def stamps(room: Newsroom) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in room.output.rglob("[!.]*") if path.is_file()}


BUILD = """
import sys
from pathlib import Path
from tests.support.instances import Newsroom
Newsroom(Path(sys.argv[1])).run()
"""


@pytest.mark.case("B-06")
def test_what_is_stored_gives_the_same_bytes_in_another_process_with_other_hashes(ran: Ran, tmp_path: Path) -> None:
    rebuilt = Newsroom(tmp_path / "other")
    shutil.copytree(ran.room.root, rebuilt.root)
    shutil.rmtree(rebuilt.output)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(rebuilt.root)],
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        timeout=60,
    )
    assert rebuilt.snapshot() == ran.room.snapshot()


def test_no_date_of_the_run_stands_in_a_feed(ran: Ran) -> None:
    today = datetime.strftime(START, "%Y-%m-%d")
    for topic in ("space", "climate", "nederlands", "open"):
        assert today not in (ran.room.output / topic / "feed.atom").read_text("utf-8")
