"""A publisher who does not want to be polled: one command, no request any more, and nothing left if so asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.fetch.fetcher import opted_out
from aggregator.model.ids import SourceId
from aggregator.model.source import HubLease
from aggregator.pipeline.opt_outs import list_opt_outs, opt_in, opt_out
from aggregator.pipeline.run import publish_topics
from aggregator.pipeline.sources import show_source
from aggregator.pipeline.websub import keep_subscriptions
from tests.support.commands import caller
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

pytestmark = pytest.mark.case("P-62")
ASKED = "their editor wrote to us on 3 March"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({"/feed": rss(item(1), item(2)), "/other": rss(item(3), link="https://other.example/")}) as made:
        yield made


def room(root: Path, site: Site) -> Newsroom:
    made = newsroom(root, [("one", f"{site.url}/feed"), ("other", f"{site.url}/other")])
    made.run()
    return made


def test_nothing_is_asked_after_an_opt_out_and_the_source_says_why(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    with desk.open() as instance:
        told = opt_out(instance, f"{site.url}/feed", ASKED, withdraw=False)
    assert told == {"id": f"{site.url}/feed", "sources": ["one"], "withdrawn": 0}
    before = len(site.statuses("/feed"))
    desk.clock.go_on(days=2)
    desk.run()
    assert len(site.statuses("/feed")) == before
    assert len(site.statuses("/other")) == 2
    with desk.open() as instance:
        assert show_source(instance, "one")["last_outcome"] == "opted-out"
        assert list_opt_outs(instance)[0]["reason"] == ASKED


def test_what_came_from_there_is_taken_down_where_that_is_asked_too(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    assert len(desk.feed()["items"]) == 3
    with desk.open() as instance:
        assert opt_out(instance, f"{site.url}/feed", ASKED, withdraw=True)["withdrawn"] == 2
        publish_topics(instance)
    assert [one["url"] for one in desk.feed()["items"]] == ["https://source.example/3"]
    assert not [body for body in desk.snapshot().values() if b"https://source.example/1" in body]


def test_who_is_opted_in_again_is_polled_again(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    with desk.open() as instance:
        opt_out(instance, f"{site.url}/feed", ASKED, withdraw=False)
        opt_in(instance, f"{site.url}/feed")
        assert list_opt_outs(instance) == []
    before = len(site.statuses("/feed"))
    desk.clock.go_on(days=2)
    desk.run()
    assert len(site.statuses("/feed")) == before + 1


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("example.org", True),
        ("blog.example.org", True),
        ("feeds.blog.example.org", True),
        ("other.example.org", False),
        ("log.example.org", False),
        ("org.example", False),
        ("https://feeds.blog.example.org/a", True),
        ("https://feeds.blog.example.org/b", False),
    ],
)
def test_a_domain_stands_for_all_its_hosts(entry: str, expected: object) -> None:
    assert opted_out("https://feeds.blog.example.org/a", {entry}) is expected


@pytest.mark.parametrize("target", ["", "localhost", "ftp://example.org/", "exam ple.org", "example.org/feed"])
def test_what_is_neither_address_nor_host_is_refused(tmp_path: Path, site: Site, target: str) -> None:
    with room(tmp_path, site).open() as instance, pytest.raises(UsageError, match="neither an http"):
        opt_out(instance, target, ASKED, withdraw=False)


def test_an_opt_out_without_a_reason_is_refused(tmp_path: Path, site: Site) -> None:
    with room(tmp_path, site).open() as instance, pytest.raises(UsageError, match="who asked"):
        opt_out(instance, "example.org", " ", withdraw=False)


def test_the_commands_keep_list_and_forget(
    tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    room(tmp_path, site)
    call = caller(tmp_path, capsys, monkeypatch)
    assert call("sources", "opt-out", "example", "--reason", ASKED).code != 0
    kept = call("sources", "opt-out", "Example.org", "--reason", ASKED, "--json")
    assert (kept.document["id"], kept.document["sources"]) == ("example.org", [])
    (row,) = call("sources", "opt-outs", "--json").document
    assert (row["id"], row["reason"]) == ("example.org", ASKED)
    assert call("sources", "opt-in", "example.org").code == 0
    assert "there is no opt-out of example.org" in call("sources", "opt-in", "example.org").err
    assert call("sources", "opt-outs", "--json").document == []


@pytest.mark.case("P-72")
def test_the_subscription_at_a_hub_ends_with_an_opt_out(tmp_path: Path, site: Site) -> None:
    desk = room(tmp_path, site)
    text = desk.config.read_text("utf-8").replace('"https://feeds.example.org"', f'"{site.url}"')
    desk.config.write_text(text, "utf-8")  # a site that hubs could reach
    lease = HubLease(hub="https://hub.example/", topic=f"{site.url}/feed", state="active", secret="s", callback="c")
    with desk.open() as instance:
        state = instance.store.states.get(SourceId("one"))
        assert state is not None
        instance.store.states.save(replace(state, hub=lease))
        opt_out(instance, f"{site.url}/feed", ASKED, withdraw=False)
        asyncio.run(keep_subscriptions(instance))
        kept = instance.store.states.get(SourceId("one"))
    assert kept is not None
    assert kept.hub is not None
    assert kept.hub.state == "ended"
