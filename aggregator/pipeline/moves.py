"""Topics that got another slug, became private or public, or are no longer declared (PROTOCOL B-13).

Their ids and selections stay; their former addresses lead to the present ones, or say that the feed is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from aggregator.pipeline.marks import archives_key, version_key
from aggregator.store.store import Store

if TYPE_CHECKING:
    from aggregator.pipeline.instance import Instance
    from aggregator.publish.sink import FolderSink

GRACE = timedelta(days=7)
"""How long a topic that is no longer declared is merely missing: who took it out by mistake loses no reader."""
_RETIRED = "retired_topics"
_OURS = frozenset({"articles", "digests", "static", "about"})
Topics = Mapping[TopicSlug, Topic]


def follow_renames(store: Store, topics: Topics) -> None:
    """Give what is kept under former slugs to the present ones; nothing to do once that is done."""
    for topic in topics.values():
        for former in topic.former_slugs:
            if former not in topics and store.facts.get(version_key(former)) is not None:
                _rename(store, former, topic.slug)


def _rename(store: Store, former: TopicSlug, slug: TopicSlug) -> None:
    with store.transaction():
        store.selections.rename_topic(former, slug)
        store.overrides.rename_topic(former, slug)
        store.tokens.rename_topic(former, slug)
        for key in (version_key, archives_key):
            value = store.facts.get(key(former))
            if value is not None and store.facts.get(key(slug)) is None:
                store.facts.set(key(slug), value)
            store.facts.remove(key(former))


def redirects(instance: Instance) -> dict[str, str]:
    """Former folders of public topics and their present ones; a private topic's former slug leads nowhere."""
    found: dict[str, str] = {}
    for topic in instance.topics.values():
        if not topic.private:
            tokens = (one.token for one in instance.store.tokens.of_topic(topic.slug))
            found |= dict.fromkeys([*topic.former_slugs, *tokens], topic.slug)
    return {former: slug for former, slug in found.items() if former not in instance.topics}


def retired(instance: Instance) -> frozenset[str]:
    """Folders of topics that have not been declared for a while: their readers are told to stop asking."""
    return frozenset(
        name
        for name, since in _noted(instance).items()
        if name not in instance.topics and instance.clock() - datetime.fromisoformat(since) >= GRACE
    )


def _noted(instance: Instance) -> dict[str, str]:
    noted: dict[str, str] = json.loads(instance.store.facts.get(_RETIRED) or "{}")
    return noted


def sweep_former(instance: Instance, sink: FolderSink, present: Iterable[str]) -> None:
    """Take away what stands where no topic stands any more; `present` are the folders of all topics.

    Raises OutputError where the folder cannot be written.
    """
    standing = {*present, *_OURS}
    published = {path.partition("/")[0] for path in instance.store.editions.paths() if "/" in path}
    noted = _noted(instance)
    former = published - standing
    for folder in sorted(former):
        sink.write((), within=(folder,))
    leading = set(redirects(instance))
    now = instance.clock().isoformat()
    kept = {name: noted.get(name, now) for name in {*noted, *former} - standing - leading}
    if kept != noted:
        instance.store.facts.set(_RETIRED, json.dumps(kept, sort_keys=True))
    _forget(instance, former)


def _forget(instance: Instance, folders: Iterable[str]) -> None:
    wanted = set(folders)
    if wanted:
        paths = [path for path in instance.store.editions.paths() if path.partition("/")[0] in wanted]
        instance.store.editions.remove_documents(paths)
