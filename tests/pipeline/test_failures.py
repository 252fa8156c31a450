"""What a failing source, host, network or document does, and above all what it does not do."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from aggregator.errors import ConfigurationError, StorageError
from aggregator.model.fetch import FetchOutcome
from aggregator.model.ids import SourceId
from aggregator.model.source import Health, Source, SourceState
from aggregator.pipeline.door import opened_fetcher
from aggregator.pipeline.poll import Fetches, SweepOrder, sweep
from aggregator.pipeline.reports import Row, RunReport
from aggregator.pipeline.run import Job, poll_sources
from tests.support.fileserver import Reply, serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss


def row(report: RunReport, name: str) -> Row:
    return next(one for one in report.sources if one["id"] == name)


def state(room: Newsroom, name: str) -> SourceState:
    with room.open() as instance:
        found = instance.store.states.get(SourceId(name))
    assert found is not None
    return found


def all_polled(room: Newsroom) -> tuple[Row, ...]:
    with room.open() as instance:
        return poll_sources(instance, (), everything=True, force=True).sources


ILL = {
    "broken": Reply(status=500, body=b"oops"),
    "missing": Reply(status=404, body=b"nothing"),
    "empty": Reply(status=200, body=b""),
    "page": Reply(status=200, body=b"<!doctype html><title>Hello</title><p>No feed here"),
    "silent": Reply(status=204),
    "gone": Reply(status=410, body=b"gone"),
    "binary": Reply(status=200, body=b"\x00\x01\x02" * 100),
}


@pytest.mark.case("B-11")
def test_failing_sources_keep_their_published_items_and_damage_no_other(tmp_path: Path) -> None:
    names = [*ILL, "well"]
    with serving({f"/{name}": rss(item(number, guid=f"urn:{name}")) for number, name in enumerate(names)}) as site:
        room = newsroom(tmp_path, [(name, f"{site.url}/{name}") for name in names])
        room.run()
        site.replies |= {f"/{name}": reply for name, reply in ILL.items()}
        site.documents["/well"] = rss(item(7, guid="urn:well"), item(50, day=2, guid="urn:more"))
        room.clock.go_on(days=2)
        report = room.run()
    assert report.summary["failed"] == len(ILL)
    assert row(report, "well")["new"] == 1
    assert {entry["id"] for entry in room.feed()["items"]} == {*(f"urn:{name}" for name in names), "urn:more"}
    outcomes = [row(report, name)["outcome"] for name in ILL]
    assert outcomes == ["server-error", "not-found", "empty", "html", "odd-success", "gone", "not-a-feed"]
    sentences = [row(report, name)["message"] for name in ILL]
    assert all(sentences)
    assert "\n" not in "".join(sentences)


@pytest.mark.case("P-12")
def test_a_body_that_ends_early_commits_nothing_and_is_asked_for_again(tmp_path: Path) -> None:
    whole = rss(item(1), item(2), item(3, day=2))
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        before, validators = room.snapshot(), state(room, "one").validators
        site.replies["/feed"] = Reply(body=whole[:400], promised=len(whole), headers={"ETag": '"new"'})
        room.clock.go_on(days=2)
        report = room.run()
        assert row(report, "one")["outcome"] == "truncated"
        assert (report.summary["new"], report.summary["revised"]) == (0, 0)
        assert state(room, "one").validators == validators
        feed_after = {name: data for name, data in room.snapshot().items() if name.startswith("all/")}
        assert feed_after == {name: data for name, data in before.items() if name.startswith("all/")}
        del site.replies["/feed"]
        site.documents["/feed"] = whole
        room.clock.go_on(days=2)
        assert room.run().summary["new"] == 2


@pytest.mark.case("P-12", "P-46")
def test_a_document_cut_short_by_its_publisher_gives_its_entries_but_not_its_validators(tmp_path: Path) -> None:
    whole = rss(item(1), item(2), item(3, day=2))
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        site.documents["/feed"] = whole[: whole.index(b"Article 3") + 4]
        room.clock.go_on(days=2)
        room.run()
        site.documents["/feed"] = whole
        room.clock.go_on(days=2)
        room.run()
    assert len(room.feed()["items"]) == 3


@pytest.mark.case("P-25")
def test_a_retry_after_holds_for_the_whole_host_over_a_restart_and_against_force(tmp_path: Path) -> None:
    documents = {f"/{name}": rss(item(number)) for number, name in enumerate("abc")}
    with serving(documents) as site:
        room = newsroom(tmp_path, [(name, f"{site.url}/{name}") for name in "abc"])
        room.run()
        site.replies["/a"] = Reply(status=429, headers={"Retry-After": "7200"})
        with room.open() as instance:
            poll_sources(instance, ("a",), force=True)
        asked = len(site.requests)
        del site.replies["/a"]
        room.clock.go_on(minutes=110)
        assert all_polled(room) == ()
        assert len(site.requests) == asked
        room.clock.go_on(minutes=15)
        assert len(all_polled(room)) == 3


@pytest.mark.case("P-33")
def test_a_source_that_is_gone_is_not_asked_again_until_it_is_resumed(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        site.replies["/feed"] = Reply(status=410)
        for _ in range(12):
            room.clock.go_on(days=8)
            room.run()
        assert state(room, "one").health is Health.GONE
        assert state(room, "one").remedy
    assert [entry["id"] for entry in room.feed()["items"]] != []


def nobody_there(number: int) -> list[tuple[str, str]]:
    """Sources on as many hosts, at a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [(f"dead-{host}", f"http://127.0.0.{host}:{port}/feed") for host in range(2, 2 + number)]


@pytest.mark.case("P-36")
def test_when_our_own_network_is_down_nothing_is_held_against_the_sources(tmp_path: Path) -> None:
    dead = nobody_there(7)
    room = newsroom(tmp_path, dead)
    report = room.run()
    assert report.summary["failed"] == 7
    assert {state(room, name).failures for name, _ in dead} == {0}
    assert {state(room, name).health for name, _ in dead} == {Health.HEALTHY}


@pytest.mark.case("P-36")
def test_a_few_dead_sources_among_living_ones_are_held_against_them(tmp_path: Path) -> None:
    dead = nobody_there(3)
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [*dead, ("well", f"{site.url}/feed")])
        room.run()
    assert {state(room, name).failures for name, _ in dead} == {1}


@pytest.mark.case("P-61")
def test_one_host_is_asked_one_request_at_a_time(tmp_path: Path) -> None:
    asking: list[int] = []
    most: list[int] = []

    def come() -> None:
        asking.append(1)
        most.append(len(asking))
        threading_pause()
        asking.pop()

    with serving() as site:
        for number in range(6):
            site.replies[f"/{number}"] = Reply(body=rss(item(number)), before=come)
        room = newsroom(tmp_path, [(f"s-{number}", f"{site.url}/{number}") for number in range(6)])
        assert room.run().summary["new"] == 6
    assert most == [1] * 6


def threading_pause() -> None:
    """Long enough for a second request to arrive, were there one."""
    threading.Event().wait(0.02)


def test_a_sweep_that_is_told_to_stop_breaks_off_and_leaves_no_lease(tmp_path: Path) -> None:
    reached, hold = threading.Event(), threading.Event()

    def come() -> None:
        reached.set()
        hold.wait(20)

    with serving() as site:
        site.replies["/a"] = Reply(body=rss(item(1)), before=come)
        room = newsroom(tmp_path, [("a", f"{site.url}/a")])
        with room.open() as instance:
            asyncio.run(Job(instance).poll(SweepOrder(), stop=reached.is_set))
            assert instance.store.states.holders(instance.clock()) == ()
        hold.set()
        site.replies.clear()
        site.documents["/a"] = rss(item(1))
        assert room.run().summary["new"] == 1


@dataclass
class Stumbling:
    """A fetcher with a fault of its own for one source."""

    real: Fetches
    name: str

    async def fetch(
        self, source: Source, state: SourceState, *, now: datetime, subscribers: int = 0, force: bool = False
    ) -> FetchOutcome:
        if source.id == self.name:
            raise ZeroDivisionError("a fault of this program")
        return await self.real.fetch(source, state, now=now, subscribers=subscribers, force=force)


def test_a_source_that_this_program_fails_on_does_not_end_the_sweep(tmp_path: Path) -> None:
    with serving({"/a": rss(item(1)), "/b": rss(item(2)), "/c": rss(item(3))}) as site:
        room = newsroom(tmp_path, [(name, f"{site.url}/{name}") for name in "abc"])

        async def stumble() -> tuple[Row, ...]:
            with room.open() as instance:
                async with opened_fetcher(instance) as fetcher:
                    report = await sweep(instance, Stumbling(fetcher, "b"), SweepOrder())
            return report.sources

        rows = {one["id"]: one for one in asyncio.run(stumble())}
    assert [rows[name]["new"] for name in "abc"] == [1, 0, 1]
    assert "ZeroDivisionError" in rows["b"]["message"]


def test_a_database_that_fails_ends_the_sweep_with_the_reason(tmp_path: Path) -> None:
    def spoil() -> None:
        with sqlite3.connect(tmp_path / "data" / "aggregator.db") as connection:
            connection.execute("DROP TABLE articles")

    with serving() as site:
        site.replies["/feed"] = Reply(body=rss(item(1)), before=spoil)
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        with pytest.raises(StorageError, match="lacks a table"):
            room.run()


def local(root: Path, text: bytes | None) -> Newsroom:
    room = newsroom(root, [("file", "feeds/file.xml")], base=BASE)
    if text is not None:
        (root / "feeds" / "file.xml").write_bytes(text)
    return room


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        (None, "file-missing", "does not exist"),
        (b"", "empty", "is empty"),
        (b"<!doctype html><html><title>A page</title><p>Nothing to see", "html", "web page, not a feed"),
    ],
    ids=["missing", "empty", "html"],
)
def test_a_local_source_that_cannot_be_read_is_named_in_one_sentence(
    tmp_path: Path, text: bytes | None, outcome: str, words: str
) -> None:
    message = row(local(tmp_path, text).run(), "file")
    assert outcome in message["outcome"]
    assert words in message["message"]
    assert "\n" not in message["message"]
    assert message["message"].count(".") <= 3


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    room = newsroom(tmp_path, [("folder", "feeds/inner")])
    (tmp_path / "feeds" / "inner").mkdir()
    said = row(room.run(), "folder")
    assert said["outcome"] == "file-unreadable"
    assert "folder" in said["message"]


def test_a_file_outside_the_feeds_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(rss(item(1)))
    room = newsroom(tmp_path / "site", [("link", "feeds/link.xml")])
    (tmp_path / "site" / "feeds" / "link.xml").symlink_to(tmp_path / "secret.xml")
    with pytest.raises(ConfigurationError, match="a path below feeds/"):
        room.run()


@pytest.mark.slow
def test_a_feed_of_three_megabytes_is_read_whole(tmp_path: Path) -> None:
    words = "Nothing much happened in the village on this day of the year. " * 155
    body = rss(*(item(number, text=f"{words} Number {number}.") for number in range(320)))
    assert len(body) > 3_000_000
    report = local(tmp_path, body).run()
    assert (report.summary["fetched"], report.summary["new"]) == (1, 320)
    assert len(room_items(tmp_path)) == 300


def room_items(root: Path) -> list[object]:
    items: list[object] = Newsroom(root).feed()["items"]
    return items
