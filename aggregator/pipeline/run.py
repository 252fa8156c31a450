"""The main job: poll, match, select, publish; whole or in parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from aggregator.model.ids import SourceId
from aggregator.model.topic import Topic
from aggregator.pipeline.door import opened_fetcher
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.marks import is_curated, is_published
from aggregator.pipeline.poll import Step, SweepOrder, sweep
from aggregator.pipeline.reports import PublishReport, Row, RunReport, SweepReport

if TYPE_CHECKING:
    from aggregator.pipeline.desk import Desk


def _no_step(_done: int, _total: int) -> None:
    """Nobody watches."""


class Job:
    """The main job of one process, with what it keeps between runs: the matcher's memory, the compiled topics."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._desk: Desk | None = None

    async def poll(
        self, order: SweepOrder, *, step: Step = _no_step, stop: Callable[[], bool] = lambda: False
    ) -> SweepReport:
        """Poll and commit; nothing is matched or published."""
        async with opened_fetcher(self.instance) as fetcher:
            return await sweep(self.instance, fetcher, order, step=step, stop=stop)

    def curate(self) -> int:
        """Match what is new into stories and bring the topics up to date; returns the stories changed."""
        return 0 if is_curated(self.instance) else self._at_desk().curate()

    def publish(self, slugs: tuple[str, ...] = (), *, force: bool = False) -> PublishReport:
        """Write what has changed; `force` builds everything and compares, whether or not anything is known to differ."""
        chosen = [self.instance.topic(slug).slug for slug in slugs]
        self.curate()
        if not force and not slugs and is_published(self.instance):
            report = PublishReport(topics=tuple(_untouched(topic) for topic in self.instance.topics.values()))
        else:
            report = self._at_desk().publish(chosen)
        return report if self.instance.config.output.bucket is None else _mirrored(self.instance, report)

    async def run(
        self, *, step: Step = _no_step, stop: Callable[[], bool] = lambda: False, alone: bool = False
    ) -> RunReport:
        """One whole run over what is due; `alone` does what otherwise is done beside the runs."""
        swept = await self.poll(SweepOrder(), step=step, stop=stop)
        if alone:
            await self._read_more(stop)
        stories = await asyncio.to_thread(self.curate)
        published = await asyncio.to_thread(self.publish)
        return RunReport(sweep=swept, published=published, stories=stories)

    async def _read_more(self, stop: Callable[[], bool]) -> None:
        """A turn at the pages and one at the archives of sources that want them."""
        sources = self.instance.sources.values()
        if any(source.full_text for source in sources):
            from aggregator.pipeline.fulltext import read_pages

            await read_pages(self.instance, stop=stop)
        if any(source.history for source in sources):
            from aggregator.pipeline.history import walk

            await walk(self.instance, stop=stop)

    def _at_desk(self) -> Desk:
        if self._desk is None:
            # Matching, selecting and writing take a second to load, and most sweeps bring nothing for them.
            from aggregator.pipeline.desk import Desk

            self._desk = Desk(self.instance)
        return self._desk


def _mirrored(instance: Instance, report: PublishReport) -> PublishReport:
    """The report once the bucket has what the folder has, or is known not to."""
    from aggregator.pipeline.mirror import mirror

    return replace(report, bucket=mirror(instance).problem)


def _untouched(topic: Topic) -> Row:
    return {"id": topic.slug, "title": topic.title, "items": None, "written": 0, "unchanged": 0, "message": ""}


def run_once(instance: Instance, step: Step = _no_step) -> RunReport:
    """Poll what is due, match, select and publish."""
    return asyncio.run(Job(instance).run(step=step, alone=True))


def poll_sources(
    instance: Instance, names: tuple[str, ...], *, everything: bool = False, force: bool = False, step: Step = _no_step
) -> SweepReport:
    """Poll what is due, the named sources, or all; match and select what came. Raises UsageError for unknown names."""
    chosen: tuple[SourceId, ...] | None = tuple(instance.source(name).id for name in names) or None
    order = SweepOrder(names=chosen, ignore_due=everything or force or chosen is not None, force=force)
    job = Job(instance)
    report = asyncio.run(job.poll(order, step=step))
    job.curate()
    return report


def publish_topics(instance: Instance, slugs: tuple[str, ...] = ()) -> PublishReport:
    """Publish what changed, all topics or the named ones."""
    return Job(instance).publish(slugs, force=True)


def prune(instance: Instance) -> dict[str, int]:
    """Let go of what is older than the configuration keeps; returns how many rows of each kind."""
    return asdict(instance.store.prune(instance.clock(), instance.config.storage))
