"""What a poll makes of a source that is new, unchanged, edited, rewritten or shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.pipeline.reports import Row, RunReport
from aggregator.pipeline.run import poll_sources
from tests.support.fileserver import Site, serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

FLOORS = BASE.replace("min_interval = 0\nunconditional_interval = 0\ndefault_interval = 0", "")


def one_source(root: Path, site: Site, *, base: str = BASE) -> Newsroom:
    return newsroom(root, [("one", f"{site.url}/feed")], base=base)


def again(room: Newsroom, **span: float) -> RunReport:
    room.clock.go_on(**(span or {"days": 2}))
    return room.run()


def counts(report: RunReport) -> tuple[int, int]:
    return report.summary["new"], report.summary["revised"]


def ids(room: Newsroom) -> list[str]:
    return [entry["id"] for entry in room.feed()["items"]]


def polled(room: Newsroom, *names: str, everything: bool = False, force: bool = False) -> tuple[Row, ...]:
    with room.open() as instance:
        return poll_sources(instance, names, everything=everything, force=force).sources


def test_a_new_entry_is_one_new_article_and_the_others_stay(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1), item(2))}) as site:
        room = one_source(tmp_path, site)
        assert counts(room.run()) == (2, 0)
        site.documents["/feed"] = rss(item(3, day=2), item(1), item(2))
        assert counts(again(room)) == (1, 0)
    assert len(ids(room)) == 3
    assert ids(room)[0].endswith("id-3")


@pytest.mark.case("B-06", "B-09")
def test_an_unchanged_source_changes_nothing(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1), item(2))}) as site:
        room = one_source(tmp_path, site)
        room.run()
        before = room.snapshot()
        report = again(room)
        assert (report.summary["not_modified"], *counts(report)) == (1, 0, 0)
        assert site.statuses("/feed") == [200, 304]
    assert room.snapshot() == before


@pytest.mark.case("P-06")
def test_a_touched_document_changes_nothing_and_its_new_validators_are_kept(tmp_path: Path) -> None:
    body = rss(item(1), item(2))
    with serving({"/feed": body}) as site:
        room = one_source(tmp_path, site)
        room.run()
        before = room.snapshot()
        site.documents["/feed"] = body + b"\n"
        assert counts(again(room)) == (0, 0)
        again(room)
        assert site.statuses("/feed") == [200, 200, 304]
    assert room.snapshot() == before


@pytest.mark.case("B-25")
def test_an_entry_edited_in_place_is_a_revision_of_the_same_article(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1, text="The bridge will open in May, says the mayor of the town."))}) as site:
        room = one_source(tmp_path, site)
        room.run()
        [first] = room.feed()["items"]
        site.documents["/feed"] = rss(item(1, text="The bridge will not open in May after all, says the new mayor."))
        assert counts(again(room)) == (0, 1)
        [second] = room.feed()["items"]
        with room.open() as instance:
            [stored] = instance.store.articles.find(first["id"])
            revisions = instance.store.articles.revisions(stored.article.id)
    assert first["id"] == second["id"]
    assert "not open" in second["summary"]
    assert second["date_published"] == first["date_published"]
    assert second["date_modified"] > first["date_modified"]
    assert [one.revision for one in revisions] == [1, 2]


def test_what_leaves_the_document_stays_published(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1), item(2), item(3))}) as site:
        room = one_source(tmp_path, site)
        room.run()
        site.documents["/feed"] = rss(item(4, day=2))
        assert counts(again(room)) == (1, 0)
        site.documents["/feed"] = rss(item(4, day=2), item(1))
        assert counts(again(room)) == (0, 0)
    assert len(ids(room)) == 4


def test_guids_rewritten_from_http_to_https_bring_nothing_anew(tmp_path: Path) -> None:
    def document(scheme: str) -> bytes:
        base = f"{scheme}://source.example"
        return rss(*(item(n, link=f"{base}/{n}", guid=f"{base}/{n}") for n in range(1, 6)), link=base)

    with serving({"/feed": document("http")}) as site:
        room = one_source(tmp_path, site)
        room.run()
        before = ids(room)
        site.documents["/feed"] = document("https")
        report = again(room)
        assert report.summary["new"] == 0
    assert ids(room) == before
    assert len(before) == 5


@pytest.mark.case("P-14")
def test_a_restart_polls_nothing_before_its_time_and_then_conditionally(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = one_source(tmp_path, site, base=FLOORS)
        room.run()
        assert again(room, minutes=10).summary["sources"] == 0
        assert site.statuses("/feed") == [200]
        assert again(room, days=2).summary["not_modified"] == 1
        assert site.statuses("/feed") == [200, 304]


@pytest.mark.case("P-14")
def test_an_edited_url_is_asked_once_without_validators_and_brings_nothing_anew(tmp_path: Path) -> None:
    body = rss(item(1), item(2))
    with serving({"/feed": body, "/moved": body}) as site:
        room = one_source(tmp_path, site)
        room.run()
        before = ids(room)
        text = room.config.read_text("utf-8")
        room.config.write_text(text.replace("/feed", "/moved"), "utf-8")
        assert counts(again(room)) == (0, 0)
        again(room)
        assert site.statuses("/moved") == [200, 304]
    assert ids(room) == before


@pytest.mark.case("P-20")
def test_all_keeps_the_floor_and_force_lifts_it(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = one_source(tmp_path, site, base=FLOORS)
        assert len(polled(room, everything=True)) == 1
        room.clock.go_on(minutes=30)
        assert polled(room, everything=True) == ()
        assert polled(room, "one") == ()
        assert site.statuses("/feed") == [200]
        assert len(polled(room, everything=True, force=True)) == 1
        room.clock.go_on(minutes=61)
        assert len(polled(room, everything=True)) == 1
        assert site.statuses("/feed") == [200, 304, 304]


@pytest.mark.case("P-20")
def test_each_source_is_polled_once_in_a_sweep_even_where_it_is_due_again_at_once(tmp_path: Path) -> None:
    documents = {f"/{number}": rss(item(number)) for number in range(30)}
    with serving(documents) as site:
        room = newsroom(tmp_path, [(f"source-{number}", f"{site.url}/{number}") for number in range(30)])
        report = room.run()
        assert sorted(path for path, _ in site.requests) == sorted(documents)
    assert report.summary["sources"] == 30
    assert report.summary["new"] == 30


def test_a_paused_source_is_not_polled_and_keeps_what_it_brought(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = one_source(tmp_path, site)
        room.run()
        room.config.write_text(room.config.read_text("utf-8") + "paused = true\n", "utf-8")
        assert again(room).summary["sources"] == 0
        assert len(ids(room)) == 1
        text = room.config.read_text("utf-8")
        room.config.write_text(text.replace("paused = true\n", ""), "utf-8")
        assert again(room).summary["sources"] == 1


@pytest.mark.case("B-21")
def test_two_sources_with_the_same_bare_guid_are_two_articles(tmp_path: Path) -> None:
    one, two = rss(item(1, guid="1234", title="Snow")), rss(item(2, guid="1234", title="Rain", text="Wet all week."))
    with serving({"/a": one, "/b": two}) as site:
        room = newsroom(tmp_path, [("a", f"{site.url}/a"), ("b", f"{site.url}/b")])
        assert counts(room.run()) == (2, 0)
    assert sorted(ids(room)) == ["tag:example.org,2026-01-01:a/1234", "tag:example.org,2026-01-01:b/1234"]


@pytest.mark.case("B-29", "B-30")
def test_a_source_of_the_web_is_named_with_its_feed_and_its_page(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = one_source(tmp_path, site)
        room.run()
        [entry] = room.feed()["items"]
        assert entry["_source"]["feed_url"] == f"{site.url}/feed"
        assert f'<source url="{site.url}/feed">A source</source>'.encode() in room.snapshot()["all/feed.rss"]
        atom = room.snapshot()["all/feed.atom"].decode()
    source = atom[atom.index("<source>") : atom.index("</source>")]
    assert f'<link href="{site.url}/feed" rel="self"' in source
    assert '<link href="https://source.example/" rel="alternate"' in source
    assert entry["authors"]
