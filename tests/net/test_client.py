"""The client over real sockets: whole replies or named failures."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator

import pytest

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchReason
from aggregator.net.client import HttpClient
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpRequest, Reply
from tests.support.resolver import FakeResolver
from tests.support.server import ATOM, Answer, ScriptedServer, answer, chunked, dripping, feed, pieces

pytestmark = pytest.mark.anyio
LAB = FetchSettings(allow_networks=("127.0.0.0/8", "::1/128"), deadline=5.0, connect_timeout=2.0)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient(LAB, resolver=FakeResolver(a_test="127.0.0.1", b_test="127.0.0.1")) as running:
        yield running


async def failure(client: HttpClient, url: str, **parts: float) -> NetFailed:
    outcome = await client.send(HttpRequest(url=url, deadline=parts.get("deadline")))
    assert isinstance(outcome, NetFailed)
    return outcome


async def reply(client: HttpClient, url: str, *headers: tuple[str, str]) -> Reply:
    outcome = await client.send(HttpRequest(url=url, headers=headers))
    assert isinstance(outcome, Reply), outcome
    return outcome


async def test_a_request_goes_out_as_written_and_the_reply_comes_back_whole(
    client: HttpClient, server: ScriptedServer
) -> None:
    server.on("/feed?a=1&b=%20", feed(("ETag", 'W/"x"'), ("X-Odd", "caf\xe9")))
    got = await reply(client, server.url("/feed?a=1&b=%20", "a.test"), ("User-Agent", "me"), ("If-None-Match", "gei0"))
    assert (got.status, got.body, got.wire_bytes) == (200, ATOM, len(ATOM))
    assert got.header("etag") == 'W/"x"'
    assert got.header("x-odd") == "caf\xe9"
    expected = (
        f"GET /feed?a=1&b=%20 HTTP/1.1\r\nHost: a.test:{server.port}\r\nUser-Agent: me\r\nIf-None-Match: gei0\r\n\r\n"
    )
    assert server.seen[0].raw == expected.encode()


@pytest.mark.case("P-16")
async def test_cookies_are_never_sent_back(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/feed", feed(("Set-Cookie", "id=1; Path=/")))
    for _ in range(3):
        await reply(client, server.url())
    assert all("cookie" not in seen.headers and "referer" not in seen.headers for seen in server.seen)


async def test_a_connection_is_used_again_for_the_same_host_only(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/feed", feed())
    for host in ("a.test", "a.test", "b.test"):
        await reply(client, server.url(host=host))
    assert [seen.connection for seen in server.seen] == [1, 1, 2]


async def test_a_kept_connection_that_the_server_closed_costs_no_failure(
    client: HttpClient, server: ScriptedServer
) -> None:
    server.on("/feed", Answer(pieces=feed().pieces, close=True), feed())
    await reply(client, server.url())
    assert (await reply(client, server.url())).status == 200


async def test_a_kept_connection_that_breaks_under_the_request_is_tried_anew(
    client: HttpClient, server: ScriptedServer
) -> None:
    server.on("/feed", feed(), Answer(pieces=(), close=True), feed())
    await reply(client, server.url())
    assert (await reply(client, server.url())).status == 200
    assert [seen.connection for seen in server.seen] == [1, 1, 2]


async def test_a_new_connection_that_breaks_is_a_failure_and_not_tried_again(
    client: HttpClient, server: ScriptedServer
) -> None:
    server.on("/feed", Answer(pieces=(), close=True))
    assert (await failure(client, server.url())).reason is FetchReason.PROTOCOL
    assert len(server.seen) == 1


@pytest.mark.case("P-42")
@pytest.mark.parametrize(
    "broken",
    [
        answer(200, ATOM, length=len(ATOM) * 2, close=True),
        answer(200, ATOM, length=len(ATOM) * 2, reset=True),
        chunked(ATOM, last=False),
        answer(200, gzip.compress(ATOM)[:-9], ("Content-Encoding", "gzip")),
    ],
    ids=["short", "reset", "no-last-chunk", "short-gzip"],
)
async def test_an_incomplete_body_is_truncated(client: HttpClient, server: ScriptedServer, broken: Answer) -> None:
    server.on("/feed", broken)
    assert (await failure(client, server.url())).reason is FetchReason.TRUNCATED


@pytest.mark.case("P-42")
async def test_a_body_over_the_cap_is_a_failure_not_a_stump(server: ScriptedServer) -> None:
    server.on("/feed", answer(200, b"<" * 5000))
    server.on("/chunked", chunked(b"<" * 5000))
    server.on("/coded", answer(200, gzip.compress(b"<" * 50_000), ("Content-Encoding", "gzip")))
    settings = FetchSettings(allow_networks=LAB.allow_networks, max_body=4000, max_decoded=20_000)
    async with HttpClient(settings) as client:
        for path in ("/feed", "/chunked", "/coded"):
            assert (await failure(client, server.url(path))).reason is FetchReason.TOO_LARGE


async def test_a_chunked_and_an_unbounded_body_are_read_to_their_end(
    client: HttpClient, server: ScriptedServer
) -> None:
    server.on("/chunked", chunked(ATOM))
    server.on("/close", Answer(pieces=answer(200, ATOM, length=None).pieces, close=True))
    assert (await reply(client, server.url("/chunked"))).body == ATOM
    assert (await reply(client, server.url("/close"))).body == ATOM


@pytest.mark.case("P-43")
async def test_a_dripping_body_ends_at_the_deadline(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/feed", dripping(ATOM, 0.05))
    began = time.monotonic()
    assert (await failure(client, server.url(), deadline=0.3)).reason is FetchReason.DEADLINE
    assert time.monotonic() - began < 1.0


@pytest.mark.case("P-43")
async def test_dripping_headers_end_at_the_deadline(client: HttpClient, server: ScriptedServer) -> None:
    head = answer(200, ATOM).pieces[0]
    server.on("/feed", Answer(pieces=tuple(head[at : at + 1] for at in range(len(head))), pause=0.05))
    assert (await failure(client, server.url(), deadline=0.2)).reason is FetchReason.DEADLINE


@pytest.mark.case("P-43")
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2**20 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(10_000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(300)) + b"Content-Length: 0\r\n\r\n",
    ],
    ids=["one-large", "ten-thousand", "three-hundred"],
)
async def test_too_many_or_too_large_headers_are_refused(
    client: HttpClient, server: ScriptedServer, head: bytes
) -> None:
    server.on("/feed", pieces(head))
    assert (await failure(client, server.url())).reason is FetchReason.PROTOCOL


@pytest.mark.parametrize("rubbish", [b"hello\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"\x00\x01\x02\r\n\r\n"])
async def test_what_is_not_http_is_a_protocol_failure(
    client: HttpClient, server: ScriptedServer, rubbish: bytes
) -> None:
    server.on("/feed", pieces(rubbish))
    assert (await failure(client, server.url())).reason is FetchReason.PROTOCOL


async def test_interim_replies_are_passed_over(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/feed", pieces(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", feed().pieces[0], close=False))
    assert (await reply(client, server.url())).status == 200


async def test_a_redirect_is_a_reply_like_any_other(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/feed", answer(302, b"", ("Location", "/elsewhere")))
    assert (await reply(client, server.url())).status == 302
    assert server.paths == ["/feed"]


@pytest.mark.case("P-36")
async def test_names_that_do_not_exist_and_names_nobody_can_tell_differ(client: HttpClient) -> None:
    assert (await failure(client, "http://missing.test/")).reason is FetchReason.DNS_NOT_FOUND
    resolver = FakeResolver()
    resolver.broken = True
    async with HttpClient(LAB, resolver=resolver) as offline:
        assert (await failure(offline, "http://any.test/")).reason is FetchReason.DNS


async def test_a_closed_port_is_a_failed_connection(client: HttpClient, unused_tcp_port: int) -> None:
    assert (await failure(client, f"http://a.test:{unused_tcp_port}/")).reason is FetchReason.CONNECT


@pytest.fixture
async def unused_tcp_port() -> int:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


@pytest.mark.case("P-31", "P-65")
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://a.test/1",
        "ftp://a.test/",
        "http://",
        "unix:/run/x",
        "a.test",
        "http://a.test:99999/",
        "http://[::1/",
    ],
)
async def test_only_http_urls_are_fetched(client: HttpClient, url: str) -> None:
    assert (await failure(client, url)).reason is FetchReason.BAD_URL


async def test_a_post_carries_its_body(client: HttpClient, server: ScriptedServer) -> None:
    server.on("/hub", answer(202))
    request = HttpRequest(url=server.url("/hub"), method="POST", body=b"hub.mode=subscribe")
    got = await client.send(request)
    assert isinstance(got, Reply)
    assert server.seen[0].raw.endswith(b"\r\n\r\nhub.mode=subscribe")
