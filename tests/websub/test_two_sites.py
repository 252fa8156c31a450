"""One site reads another's feed, and is told of its news by the other's hub: everything real, on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from aggregator.model.source import HubLease
from aggregator.pipeline.hub import Announcer
from aggregator.pipeline.instance import Instance, open_instance
from aggregator.pipeline.poll import SweepOrder
from aggregator.pipeline.run import Job
from aggregator.pipeline.websub import keep_subscriptions
from aggregator.web.app import make_application
from tests.support.instances import BASE, item, newsroom, rss

pytestmark = pytest.mark.anyio


class Server(uvicorn.Server):
    """Leaves signals to pytest."""

    def install_signal_handlers(self) -> None:
        pass


@asynccontextmanager
async def served(root: Path, source: str) -> AsyncIterator[tuple[str, Instance]]:
    """A site on a free port, with its own hub and one source; in real time."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    base = BASE.replace("https://feeds.example.org", address)
    base = base.replace("[storage]", f'hubs = ["{address}/websub/hub"]\n[storage]')
    room = newsroom(root, [("a", source)], base=base)
    with open_instance(room.config) as instance:
        settings = uvicorn.Config(make_application(instance), log_config=None, lifespan="off")
        server = Server(settings)
        serving = asyncio.create_task(server._serve(sockets=[listening]))
        try:
            yield address, instance
        finally:
            server.should_exit = True
            await serving
            listening.close()


async def until(instance: Instance, holds: Callable[[HubLease], object]) -> None:
    """Wait until this holds of the subscription. Raises TimeoutError."""
    async with asyncio.timeout(20):
        while True:
            (found,) = await asyncio.to_thread(instance.store.states.all)
            if found.hub is not None and holds(found.hub):
                return
            await asyncio.sleep(0.02)


@pytest.mark.case("P-66", "P-67", "P-68", "P-71", "B-39", "B-41")
async def test_news_of_one_site_reach_another_without_a_poll(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        writer_root = tmp_path / "writer"
        (writer_root / "feeds").mkdir(parents=True)
        (writer_root / "feeds" / "a.xml").write_bytes(rss(item(1)))
        address, writer = await stack.enter_async_context(served(writer_root, "feeds/a.xml"))
        _, reader = await stack.enter_async_context(served(tmp_path / "reader", f"{address}/all/feed.atom"))
        writing, reading = Job(writer), Job(reader)
        await writing.run()
        await reading.run()
        assert await keep_subscriptions(reader) == 1
        await until(reader, lambda lease: lease.state == "active")
        assert await Announcer(writer).tell() == 0

        (writer_root / "feeds" / "a.xml").write_bytes(rss(item(1), item(2)))
        await writing.poll(SweepOrder(ignore_due=True, force=True))
        await asyncio.to_thread(writing.publish)
        assert await Announcer(writer).tell() == 1
        await until(reader, lambda lease: lease.last_delivery_at)
        await asyncio.to_thread(reading.publish)
        found = (tmp_path / "reader" / "output" / "all" / "feed.json").read_text("utf-8")
        assert "Article 2" in found
