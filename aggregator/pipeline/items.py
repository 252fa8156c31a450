"""A topic's items in the order they entered it, in pages that never skip or repeat while new ones arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aggregator.errors import UsageError
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.ids import StoryId
from aggregator.model.topic import Selection, SelectionState, Topic
from aggregator.pipeline.digest_formats import issue_plain
from aggregator.pipeline.digests import issue_numbered
from aggregator.pipeline.editions import edition_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.select import Selector
from aggregator.publish.jsonfeed import bare, item_object
from aggregator.store.arrivals import arrivals

_SHOWN = frozenset({SelectionState.LISTED, SelectionState.AGED_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items, and where to go on."""

    items: tuple[dict[str, Any], ...]
    """As JSON Feed has them, the first to enter first; what was taken out since is left out."""
    cursor: int
    """Ask for what came after this next time."""
    more: bool
    """Whether there is another page now."""


class Reader:
    """Answers programs that follow topics and digests. Usable from several threads."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._selector = Selector(instance)

    def items(self, slug: str, *, after: int = 0, since: datetime | None = None, limit: int = 50) -> Page:
        """The next page of a topic. Raises UsageError where there is no public topic of that name."""
        topic = self._instance.topic(slug)
        if topic.private:
            raise UsageError(f"no topic is called {slug!r}")
        found = arrivals(self._instance.store.database, topic.slug, after=after, limit=limit + 1, since=since)
        page = found[:limit]
        return Page(
            items=self._objects(topic, [story for _, story in page]),
            cursor=page[-1][0] if page else after,
            more=len(found) > limit,
        )

    def issue(self, name: str, number: int) -> dict[str, Any]:
        """A frozen issue. Raises UsageError where there is none, or none that is public."""
        issue = issue_numbered(self._instance, name, number)
        if not issue.public:
            raise UsageError(f"no digest is called {name!r}")
        return issue_plain(issue)

    def _objects(self, topic: Topic, stories: list[StoryId]) -> tuple[dict[str, Any], ...]:
        kept = self._instance.store.selections.of_stories(stories, topic.slug)
        shown = [_as_listed(one) for one in kept if one.state in _SHOWN]
        self._selector.prepare()
        edition = edition_of(self._instance, self._selector, topic, shown)
        items = {item.story_id: item for item in edition.items}
        return tuple(_object(edition, items[story]) for story in stories if story in items)


def _as_listed(selection: Selection) -> Selection:
    return replace(selection, state=SelectionState.LISTED)


def _object(edition: Edition, item: EditionItem) -> dict[str, Any]:
    made: dict[str, Any] = bare({"listed": item.listed.isoformat(), **item_object(edition, item)})
    return made
