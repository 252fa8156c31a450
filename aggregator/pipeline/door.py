"""The way out to the sources, opened for as long as it is needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.gate import HostGate
from aggregator.model.config import FetchSettings
from aggregator.net.client import HttpClient
from aggregator.pipeline.instance import Instance


@asynccontextmanager
async def opened_fetcher(instance: Instance) -> AsyncIterator[Fetcher]:
    """The fetcher of an instance, for as long as it is needed."""
    settings = instance.config.fetch
    async with HttpClient(settings) as client:
        yield Fetcher(
            client,
            settings,
            base_url=instance.site.base_url,
            feeds_root=instance.config.feeds_root,
            opt_outs=[entry.target for entry in instance.store.opt_outs.all()],
            gate=_gate(instance, settings),
            robots=instance.robots,
        )


def _gate(instance: Instance, settings: FetchSettings) -> HostGate:
    """The one gate of this process: polls, pages and archives of one host take turns (PROTOCOL P-61)."""
    loop = asyncio.get_running_loop()
    kept = instance.gates.get(loop)
    if kept is None or kept[0] != (settings.host_gap, settings.concurrency):
        made = HostGate(gap=settings.host_gap, concurrency=settings.concurrency, clock=time.monotonic)
        kept = instance.gates[loop] = ((settings.host_gap, settings.concurrency), made)
    return kept[1]
