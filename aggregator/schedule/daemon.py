"""The long-running process: ticks, serves, reloads its configuration, and stops cleanly."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from aggregator.errors import ConfigurationError, OutputError
from aggregator.pipeline.instance import Instance, open_instance
from aggregator.pipeline.reports import RunReport
from aggregator.pipeline.run import Job, prune
from aggregator.schedule.logs import log_to_stderr
from aggregator.schedule.ticker import Ticker

if TYPE_CHECKING:
    from aggregator.pipeline.hub import Announcer
    from aggregator.pipeline.websub import Keeper

SWEEP_SECONDS = 30.0
RELOAD_SECONDS = 5.0
PRUNE_SECONDS = 86_400.0
DIGEST_SECONDS = 60.0
WEBSUB_SECONDS = 30.0
ANNOUNCE_SECONDS = 10.0
PAGES_SECONDS = 60.0
HISTORY_SECONDS = 60.0
log = structlog.get_logger(__name__)
Application = Callable[..., Any]
MakeApplication = Callable[[Instance], Application]
Tell = Callable[[RunReport], None]
"""Called with the report of the first sweep."""


class Daemon:
    """One process of a site: everything it does goes through the use cases of ``pipeline/``."""

    def __init__(self, config: Path, make_application: MakeApplication, tell: Tell) -> None:
        self._config = config
        self._make_application = make_application
        self._tell = tell
        self._told = False
        self._stop = asyncio.Event()
        self._busy = asyncio.Lock()
        self._stamps: tuple[tuple[str, int], ...] = ()
        self._announcer: Announcer | None = None
        self._keeper: Keeper | None = None

    async def run(self) -> None:
        """Until SIGTERM or SIGINT; a sweep that is under way is finished first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self._reload(force=True)))
        with open_instance(self._config) as instance:
            self._instance = instance
            self._job = Job(instance)
            self._stamps = _stamps(instance)
            await self._tick_and_serve(instance)

    async def _tick_and_serve(self, instance: Instance) -> None:
        ticker = Ticker()
        ticker.every(SWEEP_SECONDS, "sweep", self._sweep, at_once=True)
        ticker.every(RELOAD_SECONDS, "reload", partial(self._reload, force=False))
        ticker.every(PRUNE_SECONDS, "prune", self._prune)
        ticker.every(DIGEST_SECONDS, "digests", self._digests)
        ticker.every(WEBSUB_SECONDS, "subscriptions", self._subscriptions)
        ticker.every(ANNOUNCE_SECONDS, "announcements", self._announce)
        ticker.every(PAGES_SECONDS, "pages", self._pages)
        ticker.every(HISTORY_SECONDS, "history", self._history)
        server = _server(instance, self._make_application(instance))
        serving = asyncio.create_task(server.serve(sockets=[_bound(instance)]))
        ticker.start()
        waiting = asyncio.create_task(self._stop.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        server.should_exit = True
        await ticker.stop()
        async with self._busy:  # a reload that a signal asked for
            await serving
        waiting.cancel()

    async def _sweep(self) -> None:
        async with self._busy:
            if not self._stop.is_set():
                report = await self._job.run(stop=self._stop.is_set)
                if not self._told:
                    self._tell(report)
                    self._told = True
                elif report.sources:
                    log.info("swept", **report.summary)

    async def _prune(self) -> None:
        async with self._busy:
            log.info("pruned", **await asyncio.to_thread(prune, self._instance))

    async def _digests(self) -> None:
        """Make the issues that are due, then send them; sweeps need not wait for a mail server."""
        if not self._instance.config.digests:
            return
        from aggregator.pipeline.digest_sending import send_made
        from aggregator.pipeline.digests import make_due

        async with self._busy:
            if self._stop.is_set():
                return
            made = await asyncio.to_thread(make_due, self._instance)
        await asyncio.to_thread(send_made, self._instance, made)

    async def _subscriptions(self) -> None:
        """Ask hubs of sources for what is due; beside the sweeps, for a slow hub must not delay them."""
        if not self._instance.config.fetch.websub:
            return
        if self._keeper is None:
            from aggregator.pipeline.websub import Keeper

            self._keeper = Keeper(self._instance)
        if asked := await self._keeper.keep():
            log.info("hubs_asked", subscriptions=asked)

    async def _pages(self) -> None:
        """Read the pages of articles that want them; beside the sweeps, through the same gate."""
        if not any(source.full_text for source in self._instance.sources.values()):
            return
        from aggregator.pipeline.fulltext import read_pages

        report = await read_pages(self._instance, stop=self._stop.is_set)
        if report.read or report.failed:
            log.info("pages_read", read=report.read, failed=report.failed, completed=report.completed)

    async def _history(self) -> None:
        """Walk on through the archives of sources that want it; beside the sweeps, through the same gate."""
        if not any(source.history for source in self._instance.sources.values()):
            return
        from aggregator.pipeline.history import walk

        await walk(self._instance, stop=self._stop.is_set)

    async def _announce(self) -> None:
        """Tell hubs and subscribers what has been published; no build waits for them."""
        if not self._instance.site.hubs:
            return
        if self._announcer is None:
            from aggregator.pipeline.hub import Announcer

            self._announcer = Announcer(self._instance)
        if told := await self._announcer.tell():
            log.info("told", pings_and_deliveries=told)

    async def _reload(self, *, force: bool) -> None:
        """Take over a changed configuration; a faulty one is reported and the old one goes on."""
        stamps = await asyncio.to_thread(_stamps, self._instance)
        if stamps == self._stamps and not force:
            return
        self._stamps = stamps
        async with self._busy:
            try:
                await asyncio.to_thread(self._instance.reload, self._config)
            except ConfigurationError as error:
                log.warning("configuration_refused", faults=[str(fault) for fault in error.faults])
                return
        self._stamps = _stamps(self._instance)
        log.info("configuration_loaded", revision=self._instance.config.revision)


class _Server(uvicorn.Server):
    """Leaves signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(instance: Instance, application: Application) -> _Server:
    settings = instance.config.serve
    return _Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
    )


def _bound(instance: Instance) -> socket.socket:
    """The listening socket. Raises OutputError where the address cannot be had."""
    host, port = instance.config.serve.host, instance.config.serve.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OutputError(f"cannot serve on {host}:{port}: {error.strerror}; [serve] port names another") from error
    log.info("serving", url=f"http://{host}:{listening.getsockname()[1]}/")
    return listening


def _stamps(instance: Instance) -> tuple[tuple[str, int], ...]:
    return tuple((str(path), _changed(path)) for path in instance.watched())


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def run_daemon(config: Path, make_application: MakeApplication, tell: Tell) -> None:
    """Tick and serve until stopped. Raises ConfigurationError, StorageError, OutputError at the start only."""
    log_to_stderr()
    asyncio.run(Daemon(config, make_application, tell).run())


def serve_only(config: Path, make_application: MakeApplication) -> None:
    """Serve the output and nothing else."""
    log_to_stderr()
    with open_instance(config) as instance:
        server = _server(instance, make_application(instance))
        asyncio.run(server.serve(sockets=[_bound(instance)]))
