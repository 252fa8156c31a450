"""Where new articles become stories, selections and documents: loaded when there is something to do."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model.ids import TopicSlug
from aggregator.pipeline.garbage import seldom_collected
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.publish import publish_changed
from aggregator.pipeline.reports import PublishReport
from aggregator.pipeline.select import Selector


class Desk:
    """Matcher and topics of one process, kept warm between runs."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._cell = MatcherCell()
        self._selector = Selector(instance)

    def curate(self) -> int:
        """Match what is new and select; returns the stories begun or changed."""
        self._cell.stories.clear()
        with seldom_collected():
            self._selector.run(match_new(self._instance, self._cell))
        return len(self._cell.stories)

    def publish(self, slugs: Sequence[TopicSlug]) -> PublishReport:
        """Build, check and write."""
        self._selector.prepare()
        with seldom_collected():
            return publish_changed(self._instance, self._selector, slugs=slugs)
