"""A source that has moved for good to where another one is polled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.model.ids import SourceId
from aggregator.model.source import Health, SourceState
from aggregator.pipeline.sources import pause_source, resume_source
from aggregator.pipeline.subscribe import add_source
from tests.support.fileserver import Reply, Site, serving
from tests.support.instances import Newsroom, item, newsroom, rss

OLD, NEW = SourceId("old"), SourceId("new")
TOPICS = """
[[topic]]
slug = "by-source"
title = "By source"
sources = ["old"]
[[topic]]
slug = "by-query"
title = "By query"
query = 'source:old'
[[topic]]
slug = "by-tag"
title = "By tag"
tags = ["rivers"]
"""


@contextmanager
def moving(root: Path) -> Iterator[tuple[Newsroom, Site]]:
    """A source whose url has long led to that of another, asked once more: now the redirect is believed."""
    with serving({"/new": rss(item(1))}) as site:
        site.replies["/old"] = Reply(status=301, headers={"Location": f"{site.url}/new"})
        room = newsroom(root, [(NEW, f"{site.url}/new")], more=TOPICS)
        with room.config.open("a", encoding="utf-8") as config:
            config.write(f'[[source]]\nid = "{OLD}"\nurl = "{site.url}/old"\ntags = ["rivers"]\n')
        room.run()
        with room.open() as instance:
            state = instance.store.states.get(OLD)
            assert state is not None
            assert state.sightings is not None
            instance.store.states.save(replace(state, sightings=replace(state.sightings, count=9)))
        room.clock.go_on(days=8)
        room.run()
        yield room, site


def state_of(room: Newsroom, source: SourceId) -> SourceState:
    with room.open() as instance:
        state = instance.store.states.get(source)
    assert state is not None
    return state


@pytest.mark.case("P-28")
def test_a_source_that_has_moved_to_another_ones_url_is_no_longer_asked_on_its_own(tmp_path: Path) -> None:
    with moving(tmp_path) as (room, site):
        state = state_of(room, OLD)
        assert (state.url, state.health) == (f"{site.url}/new", Health.PAUSED)
        assert state.why == "moved for good to where new is polled"
        assert state.remedy == "none is needed: what comes there counts as its own"
        with room.open() as instance, pytest.raises(UsageError, match="moved to where new is polled"):
            resume_source(instance, OLD)
        site.requests.clear()
        room.clock.go_on(days=2)
        report = room.run()
        assert [path for path, _ in site.requests if path in {"/old", "/new"}] == ["/new"]
        assert report.summary["failed"] == 0


@pytest.mark.case("P-28")
@pytest.mark.parametrize("topic", ["by-source", "by-query", "by-tag"])
def test_what_comes_at_the_new_place_counts_for_the_topics_of_the_old_source(tmp_path: Path, topic: str) -> None:
    with moving(tmp_path) as (room, site):
        site.documents["/new"] = rss(item(2, day=2), item(1))
        room.clock.go_on(days=2)
        room.run()
        assert [entry["title"] for entry in room.feed(topic)["items"]] == ["Article 2", "Article 1"]
        assert [entry["title"] for entry in room.feed()["items"]] == ["Article 2", "Article 1"], "each once"


@pytest.mark.case("P-28")
def test_the_source_is_asked_again_when_the_other_one_rests_or_is_taken_out(tmp_path: Path) -> None:
    with moving(tmp_path) as (room, site):
        with room.open() as instance:
            pause_source(instance, NEW, "a test")
        assert state_of(room, OLD).health is Health.HEALTHY
        with room.open() as instance:
            resume_source(instance, NEW)
        assert state_of(room, OLD).health is Health.PAUSED
        declared = room.config.read_text("utf-8")
        room.config.write_text(declared.replace(f'[[source]]\nid = "new"\nurl = "{site.url}/new"\n', ""), "utf-8")
        assert state_of(room, OLD).health is Health.HEALTHY
        site.documents["/new"] = rss(item(3, day=3), item(1))
        room.clock.go_on(days=2)
        assert room.run().summary["new"] == 1


@pytest.mark.case("P-28")
def test_a_source_that_has_not_moved_is_polled_although_another_is_declared_at_its_url(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [])
        with room.open() as instance:
            add_source(instance, f"{site.url}/feed", source_id=OLD, title=None, tags=())
        newsroom(tmp_path, [(NEW, f"{site.url}/feed")])
        room.run()
        assert [state_of(room, name).health for name in (OLD, NEW)] == [Health.HEALTHY, Health.HEALTHY]


@pytest.mark.case("P-28")
def test_a_source_that_reads_a_page_by_its_own_selectors_is_merged_with_none(tmp_path: Path) -> None:
    with moving(tmp_path) as (room, _):
        with room.config.open("a", encoding="utf-8") as config:
            config.write('[source.page]\nitem = "article"\ntitle = "h2"\nlink = "a"\n')
        assert state_of(room, OLD).health is Health.HEALTHY


@pytest.mark.case("P-28")
def test_a_private_source_never_takes_the_place_of_a_public_one(tmp_path: Path) -> None:
    with moving(tmp_path) as (room, _):
        declared = room.config.read_text("utf-8")
        room.config.write_text(declared.replace('id = "new"\n', 'id = "new"\nprivate = true\n'), "utf-8")
        assert state_of(room, OLD).health is Health.HEALTHY
