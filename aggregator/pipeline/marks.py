"""How far selecting and publishing have come: marks in the store, read before anything heavy is loaded.

Most sweeps bring nothing new. What they need to find that out is here, apart from the stages that would do the work.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from aggregator.model.config import Config
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from aggregator.pipeline.clock import top_of_hour

if TYPE_CHECKING:
    from aggregator.pipeline.instance import Instance

CHANGE_CURSOR = "selected_change"
HOUR_CURSOR = "selected_hour"
OVERRIDE_CURSOR = "selected_override"
PUBLISHED_STAMP = "published_stamp"


def version_key(slug: TopicSlug) -> str:
    """The fact that holds the version of a topic's settings which was last selected with."""
    return f"topic:{slug}"


def archives_key(slug: TopicSlug) -> str:
    """The fact that holds where a topic's archives end, and up to where they are known to be right."""
    return f"archives:{slug}"


def topic_version(topic: Topic, config: Config) -> str:
    """Hash of everything that decides what a topic selects."""
    return sha256(repr((topic, config.saved_queries, config.lists)).encode()).hexdigest()[:16]


def is_curated(instance: Instance) -> bool:
    """Whether there is nothing to match and nothing to select: no change, no act, no new hour, no new setting."""
    store = instance.store
    if store.facts.get(HOUR_CURSOR) != top_of_hour(instance.clock()).isoformat():
        return False
    if store.articles.changes(int(store.facts.get(CHANGE_CURSOR) or 0), 1):
        return False
    newest = max((override.id for override in store.overrides.active(instance.clock())), default=0)
    log = store.overrides.log(limit=1)
    if (store.facts.get(OVERRIDE_CURSOR) or "0:0") != f"{newest}:{log[0].id if log else 0}":
        return False
    return all(
        store.facts.get(version_key(topic.slug)) == topic_version(topic, instance.config)
        for topic in instance.topics.values()
    )


def publication_stamp(instance: Instance) -> str:
    """Everything that the published documents can depend on, as a hash."""
    store = instance.store
    log = store.overrides.log(limit=1)
    states = [(s.source_id, s.health, s.why, s.feed_title, s.feed_updated) for s in store.states.all()]
    parts = (
        instance.config.revision,
        instance.site,
        top_of_hour(instance.clock()),
        store.facts.get(CHANGE_CURSOR),
        store.facts.get(HOUR_CURSOR),
        log[0].id if log else 0,
        states,
    )
    return sha256(repr(parts).encode()).hexdigest()


def is_published(instance: Instance) -> bool:
    """Whether the output folder holds what the store would give."""
    index = instance.config.output.folder / "index.html"
    return index.exists() and instance.store.facts.get(PUBLISHED_STAMP) == publication_stamp(instance)
