"""Where documents are read: in a thread while there is little to do, in processes when there is much."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self

from aggregator.pipeline.garbage import THRESHOLDS
from aggregator.pipeline.jobs import ReadJob, ReadOutcome

WORTH_A_POOL = 64
"""Documents with something new in one sweep from which starting processes costs less than it saves: they take more than a
second to load what reads."""


def _settle_in() -> None:
    """A reader makes many small values and no cycles: looking for garbage rarely saves a tenth of its time."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class Readers:
    """Reads documents; starts processes when the sweep is large enough, and not before there is a body to read."""

    def __init__(self, expected: int, workers: int | None = None) -> None:
        self._workers = workers if workers is not None else min(os.cpu_count() or 1, 8)
        self._wanted = expected >= WORTH_A_POOL and self._workers > 1
        self._pool: ProcessPoolExecutor | None = None
        self._seen = 0

    async def read(self, job: ReadJob) -> ReadOutcome:
        """Read one document away from the event loop."""
        from aggregator.pipeline.reading import read  # the rooms that read are loaded with the first body

        self._seen += 1
        if not self._wanted or self._seen <= WORTH_A_POOL:
            return await asyncio.to_thread(read, job)
        return await asyncio.get_running_loop().run_in_executor(self._started(), read, job)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork of a process with threads may deadlock; a fork server starts clean and imports once.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["aggregator.pipeline.reading"])
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_settle_in)
        return self._pool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
