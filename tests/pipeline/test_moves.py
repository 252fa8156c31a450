"""Topics under another slug, another path, another domain, or none any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aggregator.cli.main import app
from aggregator.errors import UsageError
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import SelectionState
from aggregator.pipeline.topics import renew_token, show_token
from aggregator.web.app import make_application
from tests.support.asgi import Reply, call
from tests.support.documents import find, tree
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, item, newsroom, rss

MOON = '[[topic]]\nslug = "moon"\ntitle = "The Moon"\nwindow = "2d"\nmin_items = 1\n'
PRIVATE = MOON + "private = true\n"
BASE = "https://feeds.example.org"


@dataclass
class Desk:
    """A newsroom whose source says what the test wants."""

    room: Newsroom
    documents: dict[str, bytes]

    def days(self, *days: int) -> None:
        self.documents["/feed"] = rss(*(item(day, day=day) for day in days))

    def rewrite(self, old: str, new: str, **later: float) -> None:
        text = self.room.config.read_text("utf-8")
        assert old in text
        self.room.config.write_text(text.replace(old, new), "utf-8")
        self.room.clock.go_on(**(later or {"minutes": 5}))
        self.room.run()

    def get(self, path: str, **headers: str) -> Reply:
        with self.room.open() as instance:
            return call(make_application(instance), path, **headers)

    def token(self) -> str:
        with self.room.open() as instance:
            return str(show_token(instance, "moon")["url"]).removeprefix(f"{BASE}/").rstrip("/")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving({"/feed": rss(item(1, day=1), item(2, day=2))}) as site:
        yield Desk(newsroom(tmp_path, [("one", f"{site.url}/feed")], more=MOON), site.documents)


def ids(feed: dict[str, Any]) -> tuple[str, list[str]]:
    return feed["_feed"]["id"], [one["id"] for one in feed["items"]]


@pytest.mark.case("B-13", "B-22")
def test_a_renamed_topic_keeps_its_ids_its_items_and_its_archives(desk: Desk) -> None:
    desk.room.run()
    desk.room.clock.go_on(days=4)
    desk.days(6)
    desk.room.run()
    before = ids(desk.room.feed("moon"))
    archived = (desk.room.output / "moon/archive/00001.atom").read_bytes()
    desk.rewrite('slug = "moon"', 'slug = "luna"\nformer_slugs = ["moon"]')
    assert ids(desk.room.feed("luna")) == before
    assert not (desk.room.output / "moon").exists()
    again = (desk.room.output / "luna/archive/00001.atom").read_bytes()
    assert again.replace(b"/luna/", b"/moon/") == archived
    assert find(tree((desk.room.output / "luna/feed.atom").read_bytes()), "a:link[@rel='self']/@href") == [
        f"{BASE}/luna/feed.atom"
    ]


@pytest.mark.case("B-28")
def test_what_aged_out_under_the_former_slug_never_comes_back_under_the_new_one(desk: Desk) -> None:
    desk.room.run()
    desk.room.clock.go_on(days=4)
    desk.days(1, 2, 6)
    desk.room.run()
    before = ids(desk.room.feed("moon"))
    desk.rewrite('slug = "moon"', 'slug = "luna"\nformer_slugs = ["moon"]', days=1)
    assert ids(desk.room.feed("luna")) == before


@pytest.mark.case("B-13")
def test_the_former_address_leads_to_the_present_one(desk: Desk) -> None:
    desk.room.run()
    desk.rewrite('slug = "moon"', 'slug = "luna"\nformer_slugs = ["moon"]')
    for name in ("feed.atom", "feed.rss", "feed.json", ""):
        reply = desk.get(f"/moon/{name}")
        assert (reply.status, reply["location"]) == (301, f"/luna/{name}")
        assert desk.get(reply["location"]).status == 200
    assert "/moon/* /luna/:splat 301" in (desk.room.output / "_redirects").read_text("utf-8").splitlines()


@pytest.mark.case("B-13", "B-22")
def test_another_base_url_keeps_every_id(desk: Desk) -> None:
    desk.room.run()
    desk.rewrite('tag_authority = "example.org,2026-01-01"\n', "")
    before = ids(desk.room.feed("moon"))
    desk.rewrite(BASE, "https://news.example.net/feeds")
    after = desk.room.feed("moon")
    assert ids(after) == before
    assert after["feed_url"] == "https://news.example.net/feeds/moon/feed.json"


@pytest.mark.case("B-13")
def test_a_retired_topic_is_missing_for_a_week_and_then_gone(desk: Desk) -> None:
    desk.room.run()
    desk.rewrite(MOON, "")
    assert not (desk.room.output / "moon").exists()
    assert desk.get("/moon/feed.atom").status == 404
    desk.room.clock.go_on(days=8)
    desk.room.run()
    assert desk.get("/moon/feed.atom").status == 410
    desk.rewrite('title = "Test newsroom"', 'title = "Newsroom"')
    assert desk.get("/moon/feed.atom").status == 410


@pytest.mark.case("B-28")
def test_a_topic_that_was_taken_out_by_mistake_goes_on(desk: Desk) -> None:
    desk.room.run()
    before = ids(desk.room.feed("moon"))
    text = desk.room.config.read_text("utf-8")
    desk.rewrite(MOON, "")
    desk.room.config.write_text(text, "utf-8")
    desk.room.clock.go_on(days=9)
    desk.room.run()
    assert ids(desk.room.feed("moon"))[0] == before[0]
    assert desk.get("/moon/feed.atom").status == 200


def test_a_private_topic_is_for_its_reader_alone(desk: Desk) -> None:
    desk.room.config.write_text(desk.room.config.read_text("utf-8").replace(MOON, PRIVATE), "utf-8")
    desk.room.run()
    token = desk.token()
    reply = desk.get(f"/{token}/feed.atom")
    assert reply.status == 200
    assert reply["cache-control"].startswith("private, ")
    assert reply["x-robots-tag"] == "noindex"
    assert "link" not in reply
    assert "content-location" not in reply
    assert desk.get("/all/feed.atom")["cache-control"].startswith("public, ")


def test_the_documents_of_a_private_topic_do_not_name_their_own_address(desk: Desk) -> None:
    text = desk.room.config.read_text("utf-8").replace(MOON, PRIVATE)
    text = text.replace("[storage]", 'hubs = ["https://hub.example.org/"]\n[storage]')
    desk.room.config.write_text(text, "utf-8")
    desk.room.run()
    folder = desk.room.output / desk.token()
    for name in ("feed.atom", "feed.rss", "index.html"):
        body = (folder / name).read_text("utf-8")
        assert "hub.example.org" not in body
        assert f'/{name}" rel="self"' not in body
        assert "/articles/" not in body
    feed = json.loads((folder / "feed.json").read_bytes())
    assert "feed_url" not in feed
    assert "hubs" not in feed
    assert "hub.example.org" in (desk.room.output / "all/feed.atom").read_text("utf-8")


def test_a_revoked_path_ends_at_once_and_another_takes_its_place(desk: Desk) -> None:
    desk.room.config.write_text(desk.room.config.read_text("utf-8").replace(MOON, PRIVATE), "utf-8")
    desk.room.run()
    former = desk.token()
    with desk.room.open() as instance:
        renew_token(instance, "moon")
    assert not (desk.room.output / former).exists()
    assert desk.get(f"/{former}/feed.atom").status == 404
    desk.room.run()
    assert desk.token() != former
    assert desk.get(f"/{desk.token()}/feed.atom").status == 200


def test_only_a_private_topic_has_a_secret_path(desk: Desk) -> None:
    desk.room.run()
    with desk.room.open() as instance, pytest.raises(UsageError, match="is public"):
        show_token(instance, "moon")


def test_a_topic_that_becomes_public_leads_its_readers_over(desk: Desk) -> None:
    desk.room.config.write_text(desk.room.config.read_text("utf-8").replace(MOON, PRIVATE), "utf-8")
    desk.room.run()
    token = desk.token()
    desk.rewrite("private = true\n", "")
    assert not (desk.room.output / token).exists()
    reply = desk.get(f"/{token}/feed.atom")
    assert (reply.status, reply["location"]) == (301, "/moon/feed.atom")


def test_the_public_name_of_a_topic_that_became_private_leads_nowhere(desk: Desk) -> None:
    desk.room.run()
    desk.rewrite(MOON, PRIVATE + 'former_slugs = ["mond"]\n')
    assert not (desk.room.output / "moon").exists()
    assert desk.get("/moon/feed.atom").status == 404
    assert desk.get("/mond/feed.atom").status == 404
    assert "mond" not in (desk.room.output / "_redirects").read_text("utf-8")


def test_acts_and_tokens_go_over_to_the_new_slug(desk: Desk) -> None:
    desk.room.config.write_text(desk.room.config.read_text("utf-8").replace(MOON, PRIVATE), "utf-8")
    desk.room.run()
    token = desk.token()
    desk.rewrite('slug = "moon"', 'slug = "luna"\nformer_slugs = ["moon"]')
    with desk.room.open() as instance:
        assert str(show_token(instance, "luna")["url"]) == f"{BASE}/{token}/"
        former, now = TopicSlug("moon"), TopicSlug("luna")
        assert instance.store.selections.of_topic(former) == ()
        assert len(instance.store.selections.of_topic(now, [SelectionState.LISTED])) == 2


def test_the_command_tells_and_renews_the_secret_path(desk: Desk) -> None:
    desk.room.config.write_text(desk.room.config.read_text("utf-8").replace(MOON, PRIVATE), "utf-8")
    desk.room.run()

    def told(*options: str) -> str:
        command = ["topics", "token", "moon", *options, "--config", str(desk.room.config), "--json"]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0
        return str(json.loads(result.stdout)["url"])

    first = told()
    assert first == f"{BASE}/{desk.token()}/"
    assert told() == first
    assert told("--revoke") != first
    assert told() == f"{BASE}/{desk.token()}/"
