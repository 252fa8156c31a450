from __future__ import annotations

import asyncio
import multiprocessing
from datetime import UTC, datetime

import pytest

from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.pipeline.jobs import ReadFeed, ReadJob
from aggregator.pipeline.pool import WORTH_A_POOL, Readers
from tests.support.instances import item, rss

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def job(number: int) -> ReadJob:
    source = Source(id=SourceId(f"s{number}"), url=f"https://s{number}.example/feed")
    body = rss(item(number))
    return ReadJob(source=source, body=body, url=source.url, content_type=None, window=(), rung=0, now=NOW)


async def read(readers: Readers, count: int) -> int:
    found = [await readers.read(job(number)) for number in range(count)]
    return sum(one.entries for one in found if isinstance(one, ReadFeed))


def test_a_sweep_that_brings_little_starts_no_process_however_many_sources_there_are() -> None:
    with Readers(expected=1000, workers=2) as readers:
        assert asyncio.run(read(readers, WORTH_A_POOL)) == WORTH_A_POOL
        assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_a_sweep_that_brings_much_is_read_in_processes_and_ends_them() -> None:
    with Readers(expected=1000, workers=2) as readers:
        assert asyncio.run(read(readers, WORTH_A_POOL + 3)) == WORTH_A_POOL + 3
        assert multiprocessing.active_children() != []
    assert multiprocessing.active_children() == []
