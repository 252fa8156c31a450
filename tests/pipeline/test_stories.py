"""Stories through the whole program: events told by several, takeovers, operators' words, restarts and replays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import UsageError
from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.coverage import load_coverage
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.rematch import forget_matches, rematch
from aggregator.pipeline.stories import join_articles, prefer_article, show_story, split_article
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY
from tests.support.fileserver import Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

FERRY_ELSEWHERE = (
    "Islanders waved flags when the battery ferry made its maiden crossing on Thursday. The silent vessel, four months "
    "late, needs twenty minutes longer than the old ship, to the anger of commuters. The shipping company charges the "
    "batteries at the quay overnight and promises another look at the timetable after summer."
)


def told(number: int, title: str, text: str, host: str) -> str:
    return item(number, title=title, text=text, link=f"https://{host}.example/{number}", guid=f"urn:{host}:{number}")


def one(*more: str) -> bytes:
    own = (
        told(1, "Electric ferry sails for the first time", FERRY, "one"),
        told(2, "Railway bridge closed", BRIDGE, "one"),
        told(3, "Library lends out seeds", LIBRARY, "one"),
    )
    return rss(*own, *more, title="The One")


def another(title: str = "Battery ferry crosses to the islands", text: str = FERRY_ELSEWHERE) -> bytes:
    return rss(told(1, title, text, "two"), title="The Two", link="https://two.example/")


def room_of(root: Path, site: Site, *names: str) -> Newsroom:
    return newsroom(root, [(name, f"{site.url}/{name}") for name in names])


def listed(room: Newsroom) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in room.feed()["items"]}


def clusters(room: Newsroom) -> dict[str, tuple[str, ...]]:
    """Members of every story, by the story's id."""
    with room.open() as instance:
        found = {}
        for stored in instance.store.articles.since(0, 1000):
            story = instance.store.stories.for_articles([stored.article.id])[stored.article.id]
            found[str(story.id)] = tuple(str(member.article_id) for member in story.members)
        return found


def article(room: Newsroom, url: str) -> str:
    with room.open() as instance:
        [name] = [one.article.id for one in instance.store.articles.since(0, 1000) if one.article.url == url]
        return str(name)


def test_two_accounts_of_one_event_name_each_other_and_both_stay_listed(tmp_path: Path) -> None:
    with serving({"/one": one(), "/two": another()}) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
    entries = listed(room)
    assert len(entries) == 4
    assert entries["urn:one:1"]["_story"]["related"] == [{"url": "https://two.example/1", "source": "The Two"}]
    assert entries["urn:two:1"]["_story"]["related"] == [{"url": "https://one.example/1", "source": "The One"}]
    assert "related" not in entries["urn:one:2"]["_story"]


def test_the_other_account_is_named_in_every_format(tmp_path: Path) -> None:
    with serving({"/one": one(), "/two": another()}) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
    files = room.snapshot()
    link = b'rel="related"'
    assert any(
        link in line and b"https://two.example/1" in line for line in files["all/feed.atom"].split(b"<entry")[1:]
    )
    assert b"https://two.example/1" in files["all/feed.rss"]
    assert link in files["all/feed.rss"]
    assert b"Also reported by" in files["all/feed.atom"]
    name = article(room, "https://one.example/1")
    assert b"https://two.example/1" in files[f"articles/{name}/index.html"]


def test_an_account_that_comes_a_day_later_joins_what_was_told_before_a_restart(tmp_path: Path) -> None:
    with serving({"/one": one(), "/two": rss(title="The Two")}) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
        assert "related" not in listed(room)["urn:one:1"]["_story"]
        room.clock.go_on(days=1)
        site.documents["/two"] = another()
        room.run()
    assert listed(room)["urn:one:1"]["_story"]["related"] == [{"url": "https://two.example/1", "source": "The Two"}]
    with room.open() as instance:
        again = load_coverage(instance, instance.store.matching.last_sequence())
        assert again.add([]) == {}
        [stored] = {s.coverage for s in instance.store.stories.for_articles(_all(instance)).values()} - {None}
        assert stored == f"c-s-{article(room, 'https://one.example/1')}"


def _all(instance: Any) -> list[Any]:
    return [stored.article.id for stored in instance.store.articles.since(0, 1000)]


def test_a_withdrawn_account_is_named_no_more(tmp_path: Path) -> None:
    with serving({"/one": one(), "/two": another()}) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
        name = article(room, "https://two.example/1")
        with room.open() as instance:
            withdraw_article(instance, name, "asked to")
        room.clock.go_on(hours=1)
        room.run()
    assert "related" not in listed(room)["urn:one:1"]["_story"]


def test_a_copy_is_no_account_of_its_own(tmp_path: Path) -> None:
    with serving({"/one": one(), "/two": another("Electric ferry sails for the first time", FERRY)}) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
    [entry] = [entry for name, entry in listed(room).items() if name in ("urn:one:1", "urn:two:1")]
    assert len(entry["_story"]["also"]) == 1
    assert "related" not in entry["_story"]


CRANE = (
    "The harbour of the old town was closed for nine hours on Monday after a crane fell across the main pier. "
    "Nobody was hurt, the harbour master said, and the ferries to the islands left from the fishing quay instead. "
    "Divers will look at the foundations on Wednesday, and until then no ship of more than forty metres may moor."
)


def wire(*hosts: str) -> dict[str, bytes]:
    """One text at several publishers, each with a story of its own beside it."""
    own = [FERRY, BRIDGE, LIBRARY, FERRY_ELSEWHERE]
    return {
        f"/{host}": rss(
            told(1, "Crane falls across the main pier", CRANE, host),
            told(2, f"News of number {n}", own[n], host),
            title=f"The {host.title()}",
        )
        for n, host in enumerate(hosts)
    }


def crane(room: Newsroom) -> list[dict[str, Any]]:
    return [entry for entry in room.feed()["items"] if entry["title"].startswith("Crane")]


def test_when_the_source_of_the_shown_member_is_removed_the_next_takes_over_its_id(tmp_path: Path) -> None:
    with serving(wire("one", "two")) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
        [before] = crane(room)
        shown = before["url"].removeprefix("https://").split(".")[0]
        left = {"one": "two", "two": "one"}[shown]
        room = room_of(tmp_path, site, left)
        room.clock.go_on(hours=2)
        room.run()
    [after] = crane(room)
    assert after["url"] == f"https://{left}.example/1"
    assert after["id"] == before["id"]
    assert after["date_published"] == before["date_published"]


def test_what_only_a_removed_source_told_stays_listed(tmp_path: Path) -> None:
    with serving(wire("one", "two")) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
        before = set(listed(room))
        room = room_of(tmp_path, site, "two")
        room.clock.go_on(hours=2)
        room.run()
    assert set(listed(room)) == before


def acted_on(room: Newsroom) -> dict[str, tuple[str, ...]]:
    """A split, a join and a choice, and the clusters that come of them."""
    with room.open() as instance:
        split_article(instance, "https://three.example/1", "another pier")
        join_articles(instance, "https://one.example/2", "https://two.example/2", "one event")
        prefer_article(instance, "https://two.example/1")
    return clusters(room)


def test_a_replay_gives_the_same_stories_and_keeps_the_operators_word(tmp_path: Path) -> None:
    with serving(wire("one", "two", "three")) as site:
        room = room_of(tmp_path, site, "one", "two", "three")
        room.run()
        before = acted_on(room)
        room.clock.go_on(days=1)
        site.documents["/four"] = wire("x", "y", "z", "four")["/four"]
        room = newsroom(tmp_path, [(name, f"{site.url}/{name}") for name in ("one", "two", "three", "four")])
        room.clock.go_on(days=1)
        room.run()
    after, feed = clusters(room), room.feed()
    assert len(after) == len(before) + 1
    with room.open() as instance:
        bounds = instance.store.matching.bounds()
        assert rematch(instance) == {"articles": 8, "stories": len(after)}
        assert instance.store.matching.bounds() == bounds
        shown = show_story(instance, "https://two.example/1")
        assert shown["preferred"] == article(room, "https://two.example/1")
    assert clusters(room) == after
    room.run()
    assert room.feed() == feed


def test_a_replay_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with serving(wire("one", "two")) as site:
        room = room_of(tmp_path, site, "one", "two")
        room.run()
        site.documents |= wire("x", "y", "three", "four")
        room = newsroom(tmp_path, [(name, f"{site.url}/{name}") for name in ("one", "two", "three", "four")])
        room.clock.go_on(days=1)
        room.run()
    before = clusters(room)
    with room.open() as instance:
        bounds = instance.store.matching.bounds()
        assert len(bounds) == 2
        forget_matches(instance)
        next(iter(match_new(instance, MatcherCell())))
        assert instance.store.matching.last_sequence() == bounds[0][1]
    room.run()
    assert clusters(room) == before


def test_a_replay_is_refused_while_another_process_matches(tmp_path: Path) -> None:
    room = newsroom(tmp_path, [])
    with room.open() as instance:
        assert instance.store.matching.acquire("another", instance.clock(), 60)
        with pytest.raises(UsageError, match="another process"):
            rematch(instance)


@pytest.mark.slow
def test_a_run_counts_a_story_once_however_many_batches_change_it(tmp_path: Path) -> None:
    many = rss(*(item(number) for number in range(600)))
    with serving({"/one": many, "/two": many}) as site:
        report = room_of(tmp_path, site, "one", "two").run()
    assert (report.summary["new"], report.summary["stories"]) == (1200, 600)
