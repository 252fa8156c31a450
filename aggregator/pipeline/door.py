"""The way out to the sources, opened for as long as it is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aggregator.fetch.fetcher import Fetcher
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
        )
