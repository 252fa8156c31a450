"""The main job: poll, match, select, publish; whole or in parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict

from aggregator.model.ids import SourceId
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.poll import Step, SweepOrder, sweep
from aggregator.pipeline.publish import publish_changed
from aggregator.pipeline.reports import PublishReport, RunReport, SweepReport
from aggregator.pipeline.select import Selector
from aggregator.pipeline.subscribe import opened_fetcher


def _no_step(_done: int, _total: int) -> None:
    """Nobody watches."""


class Job:
    """The main job of one process, with what it keeps between runs: the matcher's memory, the compiled topics."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._cell = MatcherCell()
        self._selector = Selector(instance)

    async def poll(
        self, order: SweepOrder, *, step: Step = _no_step, stop: Callable[[], bool] = lambda: False
    ) -> SweepReport:
        """Poll and commit; nothing is matched or published."""
        async with opened_fetcher(self.instance) as fetcher:
            return await sweep(self.instance, fetcher, order, step=step, stop=stop)

    def curate(self) -> int:
        """Match what is new into stories and bring the topics up to date; returns the stories changed."""
        stories = match_new(self.instance, self._cell)
        self._selector.run()
        return stories

    def publish(self, slugs: tuple[str, ...] = (), *, force: bool = False) -> PublishReport:
        """Write what has changed."""
        self._selector.run()
        chosen = [self.instance.topic(slug).slug for slug in slugs]
        return publish_changed(self.instance, self._selector, slugs=chosen, force=force)

    async def run(self, *, step: Step = _no_step, stop: Callable[[], bool] = lambda: False) -> RunReport:
        """One whole run over what is due."""
        swept = await self.poll(SweepOrder(), step=step, stop=stop)
        stories = await asyncio.to_thread(self.curate)
        published = await asyncio.to_thread(self.publish)
        return RunReport(sweep=swept, published=published, stories=stories)


def run_once(instance: Instance, step: Step = _no_step) -> RunReport:
    """Poll what is due, match, select and publish."""
    return asyncio.run(Job(instance).run(step=step))


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
