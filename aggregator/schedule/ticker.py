"""The only module that speaks APScheduler: a handful of jobs that ask the database what is due.

APScheduler drops a run that starts more than a second late unless told otherwise, hence `misfire_grace_time=None`;
a job that overruns its tick is not started twice (`max_instances=1`), and missed ticks become one (`coalesce=True`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[None]]
log = structlog.get_logger(__name__)


class Ticker:
    """Runs coroutines every so many seconds in the running event loop until stopped."""

    def __init__(self) -> None:
        self._scheduler: Any = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._running: set[asyncio.Task[Any]] = set()

    def every(self, seconds: float, name: str, job: Job, *, at_once: bool = False) -> None:
        """Run `job` every `seconds`; with `at_once` the first time immediately. A failing run is logged, not fatal."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(self._guarded(name, job), "interval", seconds=seconds, id=name, **first)

    def start(self) -> None:
        """Begin ticking; call it inside the event loop."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Start no further run, and wait for those under way.

        The scheduler's own shutdown cancels them, in the middle of whatever they do.
        """
        self._scheduler.remove_all_jobs()
        while self._running:
            await asyncio.wait(self._running)
        self._scheduler.shutdown(wait=False)

    def _guarded(self, name: str, job: Job) -> Job:
        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            try:
                await job()
            except Exception:
                log.exception("job_failed", job=name)

        return run
