"""The guard sits in the connection: no url, redirect or resolver talks its way past it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchReason
from aggregator.net.client import HttpClient
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpRequest, Reply
from tests.support.resolver import FakeResolver
from tests.support.server import ScriptedServer, answer, feed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        running.on("/feed", feed())
        yield running


async def reason(client: HttpClient, url: str) -> FetchReason:
    outcome = await client.send(HttpRequest(url=url))
    assert isinstance(outcome, NetFailed)
    return outcome.reason


@pytest.mark.case("P-65")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "0", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"],
)
async def test_a_literal_private_address_gets_no_connection(server: ScriptedServer, host: str) -> None:
    async with HttpClient(FetchSettings()) as client:
        assert await reason(client, server.url(host=host)) is FetchReason.PRIVATE_ADDRESS
    assert server.seen == []


@pytest.mark.case("P-65")
@pytest.mark.parametrize("answers", ["127.0.0.1", "::1", "10.0.0.1", "93.184.216.34 10.0.0.1", "100.64.0.9", "fc00::7"])
async def test_a_name_with_any_private_answer_is_refused(server: ScriptedServer, answers: str) -> None:
    resolver = FakeResolver(a_test=answers)
    async with HttpClient(FetchSettings(), resolver=resolver) as client:
        assert await reason(client, server.url(host="a.test")) is FetchReason.PRIVATE_ADDRESS
        assert await reason(client, server.url(host="a.test.")) is FetchReason.PRIVATE_ADDRESS
    assert server.seen == []


@pytest.mark.case("P-65")
async def test_localhost_with_a_dot_is_still_localhost(server: ScriptedServer) -> None:
    async with HttpClient(FetchSettings()) as client:
        assert await reason(client, server.url(host="localhost.")) is FetchReason.PRIVATE_ADDRESS
    assert server.seen == []


@pytest.mark.case("P-65")
async def test_a_name_is_looked_up_once_so_rebinding_gains_nothing(server: ScriptedServer) -> None:
    resolver = FakeResolver()
    resolver.add("a.test", "127.0.0.1", "10.0.0.1")
    async with HttpClient(FetchSettings(allow_networks=("127.0.0.0/8",)), resolver=resolver) as client:
        server.on("/close", answer(200, b"x", ("Connection", "close")))
        first = await client.send(HttpRequest(url=server.url("/close", "a.test")))
        assert isinstance(first, Reply)
        assert resolver.asked == ["a.test"]
        assert await reason(client, server.url(host="a.test")) is FetchReason.PRIVATE_ADDRESS
    assert server.paths == ["/close"]


@pytest.mark.case("P-65")
async def test_the_proxies_of_the_environment_are_not_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, server.url("/"))
    async with HttpClient(FetchSettings(connect_timeout=1), resolver=FakeResolver(a_test="10.0.0.1")) as client:
        assert await reason(client, "http://a.test/feed") is FetchReason.PRIVATE_ADDRESS
    assert server.seen == []


@pytest.mark.case("P-65")
async def test_ports_of_other_protocols_are_refused() -> None:
    async with HttpClient(FetchSettings(), resolver=FakeResolver(a_test="93.184.216.34")) as client:
        for port in (22, 25, 6379, 11211):
            assert await reason(client, f"http://a.test:{port}/") is FetchReason.BAD_URL


async def test_a_proxy_named_by_the_operator_is_used_and_its_target_is_checked(server: ScriptedServer) -> None:
    resolver = FakeResolver(a_test="93.184.216.34", inside_test="10.0.0.1")
    server.on("http://a.test/feed", feed())
    async with HttpClient(FetchSettings(), resolver=resolver) as client:
        through = await client.send(HttpRequest(url="http://a.test/feed", proxy=server.url("/")))
        assert isinstance(through, Reply)
        inside = await client.send(HttpRequest(url="http://inside.test/feed", proxy=server.url("/")))
        assert isinstance(inside, NetFailed)
        assert inside.reason is FetchReason.PRIVATE_ADDRESS
    assert server.paths == ["http://a.test/feed"]


async def test_a_dead_proxy_is_a_failure_that_does_not_name_it() -> None:
    async with HttpClient(FetchSettings(), resolver=FakeResolver(a_test="93.184.216.34")) as client:
        got = await client.send(HttpRequest(url="http://a.test/", proxy="http://u:secret@127.0.0.1:1"))
    assert isinstance(got, NetFailed)
    assert got.reason is FetchReason.CONNECT
    assert "secret" not in got.detail


class BlackHole:
    """A port whose queue of waiting connections is full: attempts neither succeed nor fail."""

    def __init__(self, port: int) -> None:
        self._listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._listener.bind(("::1", port))
        self._listener.listen(0)
        self._fillers = [socket.socket(socket.AF_INET6, socket.SOCK_STREAM) for _ in range(3)]
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex(("::1", port))

    def close(self) -> None:
        for one in (*self._fillers, self._listener):
            one.close()


LAB = FetchSettings(allow_networks=("127.0.0.0/8", "::1/128"), deadline=5.0)


@pytest.mark.case("P-58")
async def test_a_silent_ipv6_address_delays_no_more_than_the_stagger_and_is_avoided_next_time(
    server: ScriptedServer,
) -> None:
    hole = BlackHole(server.port)
    server.on("/feed", answer(200, b"x", ("Connection", "close")))
    try:
        async with HttpClient(LAB, resolver=FakeResolver(a_test="::1 127.0.0.1")) as client:
            took = []
            for _ in range(2):
                began = time.monotonic()
                assert isinstance(await client.send(HttpRequest(url=server.url(host="a.test"))), Reply)
                took.append(time.monotonic() - began)
    finally:
        hole.close()
    assert took[0] < 0.6
    assert took[1] < 0.2


@pytest.mark.case("P-58")
async def test_a_refused_address_gives_way_to_the_next_at_once(server: ScriptedServer) -> None:
    async with HttpClient(LAB, resolver=FakeResolver(a_test="::1 127.0.0.2 127.0.0.1")) as client:
        began = time.monotonic()
        assert isinstance(await client.send(HttpRequest(url=server.url(host="a.test"))), Reply)
        assert time.monotonic() - began < 0.2


@pytest.mark.case("P-58")
async def test_a_host_that_has_only_ipv6_is_reached() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(feed().pieces[0])
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "::1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with HttpClient(LAB, resolver=FakeResolver(six_test="::1")) as client:
        assert isinstance(await client.send(HttpRequest(url=f"http://six.test:{port}/feed")), Reply)
    listening.close()
    await listening.wait_closed()


@pytest.mark.case("P-58")
async def test_when_every_address_refuses_the_connection_fails() -> None:
    async with HttpClient(LAB, resolver=FakeResolver(a_test="::1 127.0.0.1")) as client:
        assert await reason(client, "http://a.test:4/") is FetchReason.CONNECT
