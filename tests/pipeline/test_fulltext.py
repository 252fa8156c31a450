"""Pages of articles are read once, politely, and never stand in the way of polls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.model.licence import Origin
from aggregator.pipeline import fulltext
from aggregator.pipeline.articles import find_article, show_article
from aggregator.pipeline.run import Job
from tests.support.fileserver import Reply, Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

SENTENCE = "The old crane at the harbour will be painted red this spring, said the harbour master on Monday morning. "
HEAD = '<link rel="canonical" href="{url}/1"><meta name="author" content="Ann Roe">'
PAGE = (
    "<html><head><title>Crane</title>{head}</head><body><nav><a href='/'>Home</a></nav><article><h1>Crane</h1>"
    + "".join(f"<p>{number}. {SENTENCE}{SENTENCE}</p>" for number in range(6))
    + "</article><footer>All the news</footer></body></html>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        made.documents["/feed"] = rss(item(1, text="A teaser of the crane.", link=f"{made.url}/1"))
        made.documents["/1"] = PAGE.format(head=HEAD.format(url=made.url)).encode()
        made.types["/1"] = "text/html"
        yield made


def room(root: Path, site: Site, more: str = "") -> Newsroom:
    made = newsroom(root, [])
    source = f'[[source]]\nid = "one"\nurl = "{site.url}/feed"\nfull_text = true\nlicence = "CC BY 4.0"\n{more}'
    made.config.write_text(f"{made.config.read_text('utf-8')}\n{source}\n", "utf-8")
    return made


def content(desk: Newsroom) -> str:
    return str(desk.feed()["items"][0]["content_html"])


def page_of(desk: Newsroom) -> dict[str, object]:
    with desk.open() as instance:
        record: dict[str, object] = show_article(instance, "id-1")["page"]
    return record


@pytest.mark.case("P-16")
def test_a_teaser_becomes_the_article_with_its_author_and_evidence(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    desk.run()
    assert SENTENCE.strip() in content(desk)
    assert "All the news" not in content(desk)
    with desk.open() as instance:
        told = find_article(instance, "id-1").article.attribution
    assert [one.name for one in told.authors] == ["Ann Roe"]
    assert Origin.PAGE in {one.origin for one in told.evidence}
    assert page_of(desk)["state"] == "read"


def test_a_page_is_read_once_and_its_text_survives_a_changed_entry(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    desk.run()
    updated = desk.feed()["items"][0]["date_modified"]
    changed = item(1, text="Another teaser of the crane.", link=f"{site.url}/1", title="Article 1")
    site.documents["/feed"] = rss(changed)
    desk.clock.go_on(days=2)
    desk.run()
    assert len(site.statuses("/feed")) == 2
    assert SENTENCE.strip() in content(desk)
    assert site.statuses("/1") == [200]
    assert desk.feed()["items"][0]["date_modified"] == updated
    retitled = changed.replace("<title>Article 1</title>", "<title>The crane is painted</title>")
    site.documents["/feed"] = rss(retitled)
    desk.clock.go_on(days=2)
    desk.run()
    assert desk.feed()["items"][0]["title"] == "The crane is painted"
    assert SENTENCE.strip() in content(desk)


@pytest.mark.case("P-63")
def test_robots_are_obeyed_for_pages_whatever_holds_for_feeds(tmp_path: Path, site: Site) -> None:
    site.documents["/robots.txt"] = b"User-agent: *\nDisallow: /1\n"
    desk = room(tmp_path, site)
    desk.run()
    assert site.statuses("/1") == []
    assert "A teaser" in content(desk)
    page = page_of(desk)
    assert page["state"] == "given-up"
    assert "robots.txt" in str(page["reason"])


def test_a_page_that_fails_is_tried_again_later_and_given_up_in_the_end(tmp_path: Path, site: Site) -> None:
    site.replies["/1"] = Reply(status=500)
    desk = room(tmp_path, site)
    for _ in range(8):
        desk.run()
        desk.clock.go_on(hours=5)
    assert site.statuses("/1") == [500] * fulltext.TRIES
    assert page_of(desk)["state"] == "given-up"
    assert "A teaser" in content(desk)


def test_a_page_that_comes_back_is_read(tmp_path: Path, site: Site) -> None:
    site.replies["/1"] = Reply(status=503)
    desk = room(tmp_path, site)
    desk.run()
    assert page_of(desk)["state"] == "failed"
    del site.replies["/1"]
    desk.clock.go_on(hours=5)
    desk.run()
    assert SENTENCE.strip() in content(desk)


def test_what_is_no_page_is_named_and_left(tmp_path: Path, site: Site) -> None:
    site.types["/1"] = "application/pdf"
    desk = room(tmp_path, site)
    desk.run()
    assert page_of(desk) | {"at": None} == {
        "state": "given-up", "at": None, "due": None, "reason": "It is no page but application/pdf.",
    }  # fmt: skip


def test_the_licence_decides_how_much_of_it_is_republished(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    desk.config.write_text(desk.config.read_text("utf-8").replace('licence = "CC BY 4.0"', ""), "utf-8")
    desk.run()
    with desk.open() as instance:
        assert find_article(instance, "id-1").article.words > 150
    assert len(content(desk).split()) < 120
    assert "…" in content(desk)


def test_no_page_is_read_where_nobody_asked_for_it(tmp_path: Path, site: Site) -> None:
    desk = newsroom(tmp_path, [("one", f"{site.url}/feed")])
    desk.run()
    assert site.statuses("/1") == []
    assert page_of(desk) is None


def test_without_the_extra_the_operator_is_told_and_polls_go_on(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.pipeline.fulltext.is_installed", lambda: False)
    desk = room(tmp_path, site)
    desk.run()
    assert "A teaser" in content(desk)
    with desk.open() as instance:
        assert "[fulltext]" in asyncio.run(fulltext.read_pages(instance)).problem


def test_the_daemons_runs_leave_pages_to_their_own_job(tmp_path: Path, site: Site) -> None:
    with room(tmp_path, site).open() as instance:
        job = Job(instance)
        asyncio.run(job.run())
        assert site.statuses("/1") == []
        assert asyncio.run(fulltext.read_pages(instance)).completed == 1
        asyncio.run(job.run())
    assert site.statuses("/1") == [200]
    assert SENTENCE.strip() in content(Newsroom(tmp_path))


@pytest.mark.case("P-63")
def test_robots_txt_is_asked_for_once_a_day_and_not_once_a_turn(tmp_path: Path, site: Site) -> None:
    site.documents["/robots.txt"] = b"User-agent: *\nDisallow: /private\n"
    site.replies["/1"] = Reply(status=503)
    with room(tmp_path, site).open() as instance:
        asyncio.run(Job(instance).run())
        for _ in range(2):
            asyncio.run(fulltext.read_pages(instance))
            instance.clock.go_on(hours=5)  # type: ignore[attr-defined]
    assert site.statuses("/1") == [503, 503]
    assert site.statuses("/robots.txt") == [200]
