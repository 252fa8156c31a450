"""What topics list over time: filled, added to, aged, withdrawn, handed on, rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.topics import list_topics
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

WIRE = (
    "The harbour of the old town was closed for nine hours on Monday after a crane fell across the main pier. "
    "Nobody was hurt, the harbour master said, and the ferries to the islands left from the fishing quay instead. "
    "Divers will look at the foundations on Wednesday, and until then no ship of more than forty metres may moor."
)


def ids(room: Newsroom, topic: str = "all") -> list[str]:
    return [entry["id"] for entry in room.feed(topic)["items"]]


def items(room: Newsroom, topic: str = "all") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room.feed(topic)["items"]
    return found


def declare(room: Newsroom, text: str) -> None:
    with room.config.open("a", encoding="utf-8") as config:
        config.write(f"\n{text}\n")


def rewrite(room: Newsroom, old: str, new: str) -> None:
    text = room.config.read_text("utf-8")
    assert old in text
    room.config.write_text(text.replace(old, new), "utf-8")


def dated(*days: int) -> bytes:
    return rss(*(item(day, day=day) for day in days))


def old_entries(count: int, month: str = "Jan") -> bytes:
    made = rss(*(item(number, day=number) for number in range(1, count + 1)))
    return made.replace(b" Mar 2026", f" {month} 2026".encode())


def everywhere(room: Newsroom, words: str) -> list[str]:
    """The published files that hold some words."""
    return [name for name, data in room.snapshot().items() if words.encode() in data]


def test_a_first_edition_is_filled_from_everything_stored(tmp_path: Path) -> None:
    with serving({"/feed": old_entries(20)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
    assert len(ids(room)) == 20


def test_a_topic_declared_later_is_filled_from_everything_stored_too(tmp_path: Path) -> None:
    with serving({"/feed": old_entries(20)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        declare(room, '[[topic]]\nslug = "later"\ntitle = "Later"\nquery = "article"')
        room.clock.go_on(minutes=5)
        room.run()
    assert sorted(ids(room, "later")) == sorted(ids(room))
    assert len(ids(room, "later")) == 20


def test_a_source_added_later_brings_only_its_entries_of_the_last_days(tmp_path: Path) -> None:
    fresh = rss(item(40, day=1, guid="urn:fresh"))
    with serving(
        {"/one": dated(1), "/two": old_entries(9).replace(b"</channel>", fresh.split(b"</language>")[1])}
    ) as site:
        site.documents["/two"] = site.documents["/two"].replace(b"</channel></rss></rss>", b"</channel></rss>")
        room = newsroom(tmp_path, [("one", f"{site.url}/one")])
        room.run()
        declare(room, f'[[source]]\nid = "two"\nurl = "{site.url}/two"')
        room.clock.go_on(hours=2)
        report = room.run()
        assert report.summary["new"] == 10
    assert len(ids(room)) == 2
    assert "urn:fresh" in ids(room)


def test_what_was_listed_stays_listed_though_its_source_fails_for_weeks(tmp_path: Path) -> None:
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        before = ids(room)
        del site.documents["/feed"]
        for _ in range(4):
            room.clock.go_on(days=3)
            room.run()
    assert ids(room) == before


@pytest.mark.case("B-28")
def test_what_aged_out_never_comes_back(tmp_path: Path) -> None:
    topic = '[[topic]]\nslug = "narrow"\ntitle = "Narrow"\nwindow = "2d"\nmin_items = 1'
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=topic)
        room.run()
        [first] = ids(room, "narrow")
        room.clock.go_on(days=4)
        site.documents["/feed"] = rss(item(6, day=6), item(1, day=1))
        room.run()
        assert first not in ids(room, "narrow")
        site.documents["/feed"] = rss(item(1, day=1, text="The old article was edited and is quite another text now."))
        for _ in range(3):
            room.clock.go_on(days=1, hours=5)
            room.run()
            assert first not in ids(room, "narrow")


def test_a_withdrawn_article_leaves_every_output_and_never_comes_back(tmp_path: Path) -> None:
    text = "A libel of the most remarkable kind about a duchess."
    with serving({"/feed": rss(item(1, text=text), item(2))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        assert everywhere(room, "about a duchess")
        with room.open() as instance:
            withdraw_article(instance, "https://source.example/1", "a court's order")
        room.clock.go_on(minutes=1)
        room.run()
        assert everywhere(room, "about a duchess") == []
        assert len(ids(room)) == 1
        site.documents["/feed"] = rss(item(1, text=f"{text} Now with more detail."), item(2))
        for _ in range(3):
            room.clock.go_on(days=2)
            room.run()
    assert everywhere(room, "duchess") == []
    assert len(ids(room)) == 1


def atom(*parts: str) -> bytes:
    head = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
        "<id>urn:atom-source</id><title>An Atom source</title><updated>2026-03-01T09:00:00Z</updated>"
        '<link rel="alternate" href="https://atom.example/"/><author><name>Desk</name></author>'
    )
    return f'<?xml version="1.0" encoding="utf-8"?>{head}{"".join(parts)}</feed>'.encode()


def atom_entry(number: int, text: str) -> str:
    return (
        f"<entry><id>urn:atom:{number}</id><title>The crane on the pier</title>"
        f'<link href="https://atom.example/{number}"/><updated>2026-03-01T07:00:00Z</updated>'
        f"<published>2026-03-01T07:00:00Z</published><summary>{text}</summary></entry>"
    )


DELETED = '<at:deleted-entry ref="urn:atom:1" when="2026-03-02T10:00:00Z"/>'


@pytest.mark.case("B-21", "B-24")
def test_when_the_publisher_deletes_the_shown_article_the_next_best_takes_over_its_id(tmp_path: Path) -> None:
    other = rss(item(1, title="The crane on the pier", text=WIRE, day=1))
    with serving({"/atom": atom(atom_entry(1, WIRE)), "/other": other}) as site:
        room = newsroom(tmp_path, [("atom", f"{site.url}/atom"), ("other", f"{site.url}/other")])
        room.run()
        [before] = items(room)
        assert before["id"] == "urn:atom:1"
        site.documents["/atom"] = atom(DELETED)
        room.clock.go_on(days=2)
        room.run()
        [after] = items(room)
    assert after["id"] == before["id"]
    assert after["url"] == "https://source.example/1"
    assert everywhere(room, "https://atom.example/1") == []


def test_when_the_publisher_deletes_the_only_article_it_is_gone(tmp_path: Path) -> None:
    with serving(
        {"/atom": atom(atom_entry(1, WIRE), atom_entry(2, "Quite another matter: the weather was fine."))}
    ) as site:
        room = newsroom(tmp_path, [("atom", f"{site.url}/atom")])
        room.run()
        site.documents["/atom"] = atom(DELETED, atom_entry(2, "Quite another matter: the weather was fine."))
        room.clock.go_on(days=2)
        room.run()
    assert ids(room) == ["urn:atom:2"]
    assert everywhere(room, "https://atom.example/1") == []


def test_a_changed_query_keeps_what_was_listed_and_takes_what_is_fresh(tmp_path: Path) -> None:
    snow = item(1, title="Snow", text="Snow fell on the hills all night.", day=1)
    rain = item(2, title="Rain", text="Rain fell on the plains all day.", day=1)
    topic = '[[topic]]\nslug = "sky"\ntitle = "Sky"\nquery = "snow"'
    with serving({"/feed": rss(snow, rain)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=topic)
        room.run()
        assert [entry["title"] for entry in items(room, "sky")] == ["Snow"]
        rewrite(room, 'query = "snow"', 'query = "rain"')
        room.clock.go_on(minutes=5)
        room.run()
    assert {entry["title"] for entry in items(room, "sky")} == {"Snow", "Rain"}


def test_changed_settings_of_a_topic_are_published_at_once(tmp_path: Path) -> None:
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        rewrite(room, 'title = "Everything"', 'title = "All of it"')
        room.clock.go_on(minutes=1)
        assert room.run().summary["written"] > 0
    assert room.feed()["title"] == "All of it"
    assert "All of it" in room.snapshot()["index.html"].decode()


def test_a_topic_that_is_no_longer_declared_leaves_the_front_page(tmp_path: Path) -> None:
    topic = '[[topic]]\nslug = "passing"\ntitle = "A passing interest"\n'
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=topic)
        room.run()
        assert "A passing interest" in room.snapshot()["index.html"].decode()
        rewrite(room, topic, "")
        room.clock.go_on(minutes=1)
        room.run()
    assert "A passing interest" not in room.snapshot()["index.html"].decode()
    assert "passing" not in room.snapshot()["opml.xml"].decode()


def test_the_url_of_a_private_source_is_in_no_output(tmp_path: Path) -> None:
    with serving() as site:
        path = "/members/u-48151623/feed"
        site.documents[path] = with_self(site, path)
        room = newsroom(tmp_path, [], more=f'[[source]]\nid = "paid"\nurl = "{site.url}{path}"\nprivate = true\n')
        room.run()
        assert len(ids(room)) == 1
        assert everywhere(room, "48151623") == []
        del site.documents[path]
        room.clock.go_on(days=3)
        room.run()
    assert everywhere(room, "48151623") == []


def with_self(site: Site, path: str) -> bytes:
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{site.url}{path}"/><item>'
    return rss(item(1)).replace(b"<item>", link.encode(), 1)


PRIVATE = '[[topic]]\nslug = "inner-circle"\ntitle = "For the inner circle"\nprivate = true\n'


def private_folder(room: Newsroom) -> str:
    with room.open() as instance:
        [row] = [row for row in list_topics(instance) if row["id"] == "inner-circle"]
    return str(row["url"]).removeprefix("https://feeds.example.org/").rstrip("/")


def test_a_private_topic_stands_under_a_path_that_nothing_public_tells(tmp_path: Path) -> None:
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=PRIVATE)
        room.run()
        folder = private_folder(room)
        assert len(folder) == 32
        assert not (room.output / "inner-circle").exists()
        assert len(ids(room, folder)) == 1
        telling = [*everywhere(room, "inner circle"), *everywhere(room, folder), *everywhere(room, "inner-circle")]
        assert {name.split("/")[0] for name in telling} == {folder}
        before = room.snapshot()
        room.clock.go_on(days=2)
        room.run()
    assert room.snapshot() == before


def test_a_topic_that_becomes_private_leaves_its_public_path(tmp_path: Path) -> None:
    with serving({"/feed": dated(1)}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")], more=PRIVATE.replace("private = true", ""))
        room.run()
        assert (room.output / "inner-circle" / "feed.atom").exists()
        rewrite(room, 'title = "For the inner circle"', 'title = "For the inner circle"\nprivate = true')
        room.clock.go_on(minutes=5)
        room.run()
        folder = private_folder(room)
    assert [name for name in room.snapshot() if name.startswith("inner-circle")] == []
    assert len(ids(room, folder)) == 1


def test_the_same_site_made_in_two_ways_lists_the_same(tmp_path: Path) -> None:
    """One sweep over both sources, and one after the other, end in the same items."""
    documents = {"/a": rss(item(1), item(2)), "/b": rss(item(11), item(12))}
    with serving(documents) as site:
        sources = [("a", f"{site.url}/a"), ("b", f"{site.url}/b")]
        together = newsroom(tmp_path / "together", sources)
        together.run()
        apart = newsroom(tmp_path / "apart", sources[:1])
        apart.run()
        declare(apart, f'[[source]]\nid = "b"\nurl = "{site.url}/b"')
        apart.run()
    assert sorted(ids(apart)) == sorted(ids(together))
