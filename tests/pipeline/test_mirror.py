"""The output in a bucket: the same documents, with the headers that readers need, and only what changed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.mirror import _order, mirror
from aggregator.pipeline.run import Job, publish_topics
from tests.support.bucket import S3, s3_server
from tests.support.commands import caller
from tests.support.instances import Newsroom, item, newsroom

pytestmark = pytest.mark.slow

TABLE = """
[output.bucket]
url = "s3://site/news"
options = {{ region = "eu-west-1", endpoint = "{endpoint}", virtual_hosted_style_request = "false" }}
credentials = {{ access_key_id = {{ env = "BUCKET_KEY" }}, secret_access_key = {{ env = "BUCKET_SECRET" }} }}
"""
SOURCE = '<rss version="2.0"><channel><title>S</title><link>https://s.example/</link>{}</channel></rss>'


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as made:
        made.make("site")
        yield made


@pytest.fixture
def s3(server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    server.empty("site")
    monkeypatch.setenv("BUCKET_KEY", "key")
    monkeypatch.setenv("BUCKET_SECRET", "very-secret")
    return server


def made(root: Path, s3: S3, more: str = "") -> Newsroom:
    room = newsroom(root, [("one", "feeds/one.xml")], more=TABLE.format(endpoint=s3.endpoint) + more)
    say(room, item(1), item(2))
    return room


def say(room: Newsroom, *items: str) -> None:
    (room.root / "feeds/one.xml").write_text(SOURCE.format("".join(items)), "utf-8")


def documents(room: Newsroom) -> set[str]:
    return {
        name
        for name in room.snapshot()
        if not name.endswith((".gz", ".br", ".zst", ".lock")) and name not in {"_headers", "_redirects"}
    }


@pytest.mark.case("B-01", "B-10")
def test_the_bucket_has_what_the_folder_has_with_its_headers(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    room.run()
    assert s3.names("site") == {f"news/{name}" for name in documents(room)}
    body, headers = s3.get("site", "news/all/feed.atom")
    assert body == (room.output / "all/feed.atom").read_bytes()
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=900, stale-if-error=604800"
    assert s3.get("site", "news/all/feed.json")[1]["content-type"] == "application/feed+json"
    assert s3.get("site", "news/index.html")[1]["content-type"] == "text/html; charset=utf-8"


def test_only_what_changed_is_sent_and_nothing_where_nothing_did(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    room.run()
    s3.asked.clear()
    room.clock.go_on(hours=2)
    room.run()
    assert s3.asked == []
    say(room, item(3), item(1), item(2))
    room.clock.go_on(hours=2)
    room.run()
    sent = s3.puts()
    assert "/site/news/all/feed.atom" in sent
    assert "/site/news/sources.opml" not in sent
    assert len(sent) < len(documents(room))


def test_pages_go_before_the_documents_that_lead_to_them(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    room.run()
    place = {path: at for at, path in enumerate(s3.puts())}
    pages = [at for path, at in place.items() if path.startswith("/site/news/articles/")]
    assert pages
    assert max(pages) < place["/site/news/all/feed.atom"] < place["/site/news/index.html"]


def test_the_issues_of_a_digest_go_before_its_feed() -> None:
    groups = {path: _order(path)[0] for path in ("digests/week/1/index.html", "digests/week/1/issue.json")}
    groups |= {path: _order(path)[0] for path in ("digests/week/feed.atom", "digests/week/index.html", "index.html")}
    assert list(groups.values()) == [0, 0, 1, 1, 2]


def test_what_was_taken_down_leaves_the_bucket(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    room.run()
    before = s3.names("site")
    with room.open() as instance:
        withdraw_article(instance, "https://source.example/1", "the publisher asked")
        publish_topics(instance)
    gone = before - s3.names("site")
    assert len([name for name in gone if "/articles/" in name]) == 1
    assert b"https://source.example/1<" not in s3.get("site", "news/all/feed.atom")[0]


def test_a_bucket_that_refuses_keeps_what_it_has_and_gets_the_rest_later(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    s3.refused.add("PUT")
    with room.open() as instance:
        report = publish_topics(instance)
    assert "The bucket s3://site/news cannot be written: its permissions do not allow it." in report.bucket
    assert "very-secret" not in report.bucket
    s3.refused.clear()
    with room.open() as instance:
        assert Job(instance).publish().bucket == ""
    assert s3.names("site") == {f"news/{name}" for name in documents(room)}


def test_a_command_that_could_not_write_the_bucket_has_failed(
    tmp_path: Path, s3: S3, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = made(tmp_path, s3)
    room.config.write_text(room.config.read_text("utf-8").replace("s3://site/", "s3://nowhere/"), "utf-8")
    done = caller(tmp_path, capsys, monkeypatch)("publish", "--json")
    assert done.code == 1
    assert done.document[0]["id"] == "all"
    assert "The bucket s3://nowhere/news cannot be written: there is no such bucket." in done.err
    assert (room.output / "all/feed.atom").exists()


def test_a_missing_secret_is_named_and_never_shown(tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    room = made(tmp_path, s3)
    monkeypatch.delenv("BUCKET_SECRET")
    with room.open() as instance:
        publish_topics(instance)
        problem = mirror(instance).problem
    assert "output.bucket.credentials: The environment variable BUCKET_SECRET is not set." in problem


def test_texts_lie_there_as_gzip_where_that_is_asked_for(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3)
    room.config.write_text(room.config.read_text("utf-8").replace("[output.bucket]", "[output.bucket]\ngzip = true"))
    room.run()
    body, headers = s3.get("site", "news/all/feed.atom")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == (room.output / "all/feed.atom").read_bytes()


@pytest.mark.case("B-10")
def test_a_secret_path_is_private_to_its_reader(tmp_path: Path, s3: S3) -> None:
    room = made(tmp_path, s3, '[[topic]]\nslug = "inner"\ntitle = "Inner"\nprivate = true\n')
    room.run()
    with room.open() as instance:
        (token,) = instance.store.tokens.of_topic(instance.topic("inner").slug)
    _, headers = s3.get("site", f"news/{token.token}/feed.atom")
    assert headers["cache-control"].startswith("private, ")
