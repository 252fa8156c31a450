"""One poll of one source over real sockets: what goes out, and what comes of the reply."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.fetch.fetcher import Fetcher
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import (
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Hop,
    HubLinks,
    NotModified,
    Validators,
)
from aggregator.model.ids import SourceId
from aggregator.model.source import PageSelectors, Secret, Source, SourceState
from aggregator.net.client import HttpClient
from tests.support.clock import START
from tests.support.resolver import FakeResolver
from tests.support.server import ATOM, Answer, ScriptedServer, answer, feed

pytestmark = pytest.mark.anyio
LAB = FetchSettings(allow_networks=("127.0.0.0/8",), host_gap=0.0, deadline=5.0)


class Lab:
    """A fetcher, a server, and one source of it."""

    def __init__(self, server: ScriptedServer, client: HttpClient, settings: FetchSettings, root: Path) -> None:
        self.server = server
        self.fetcher = Fetcher(client, settings, base_url="https://feeds.test/", feeds_root=root)
        self.source = Source(id=SourceId("moonwire"), url=server.url("/feed", "a.test"))
        self.state = SourceState(source_id=self.source.id, url=self.source.url, due=START)

    async def poll(self, source: Source | None = None, state: SourceState | None = None) -> FetchOutcome:
        return await self.fetcher.fetch(source or self.source, state or self.state, now=START, subscribers=3)

    async def fetched(self, state: SourceState | None = None) -> Fetched:
        outcome = await self.poll(state=state)
        assert isinstance(outcome, Fetched), outcome
        return outcome

    async def failed(self, source: Source | None = None, state: SourceState | None = None) -> FetchFailed:
        outcome = await self.poll(source, state)
        assert isinstance(outcome, FetchFailed), outcome
        return outcome

    def holding(self, etag: str | None, last_modified: str | None = None, path: str = "/feed") -> SourceState:
        url = self.server.url(path, "a.test")
        return replace(self.state, validators=Validators(url=url, etag=etag, last_modified=last_modified))


RESOLVER = {"a_test": "127.0.0.1", "b_test": "127.0.0.1", "inside_test": "10.0.0.1"}


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with ScriptedServer() as server, HttpClient(LAB, resolver=FakeResolver(**RESOLVER)) as client:
        yield Lab(server, client, LAB, tmp_path)


@pytest.mark.case("P-01", "P-16", "P-62")
async def test_the_first_request_is_clean(lab: Lab) -> None:
    lab.server.on("/feed", feed(("ETag", '"e1"'), ("Set-Cookie", "a=b")))
    await lab.fetched()
    assert len(lab.server.seen) == 1
    sent = lab.server.seen[0]
    assert sent.line == "GET /feed HTTP/1.1"
    assert set(sent.headers) == {"host", "user-agent", "accept", "accept-encoding"}
    agent = sent.headers["user-agent"]
    assert agent.startswith("aggregator/")
    assert agent.endswith(" (+https://feeds.test/about/bot; 3 subscribers; feed-id=moonwire)")


@pytest.mark.case("P-02")
@pytest.mark.parametrize("etag", ['"a,b;-gzip"', 'W/"x"', "gei0eef3", '""', '"caf\xe9"'])
@pytest.mark.parametrize("modified", ["Sunday, 03-Mar-24 05:00:00 GMT", "Sun, 03 Mar 2024 05:00:00 +0000", "yesterday"])
async def test_validators_come_back_byte_for_byte(lab: Lab, etag: str, modified: str) -> None:
    lab.server.on("/feed", feed(("ETag", etag), ("Last-Modified", modified)))
    first = await lab.fetched()
    second = await lab.fetched(replace(lab.state, validators=first.validators))
    raw = lab.server.seen[1].raw
    assert f"\r\nIf-None-Match: {etag}\r\n".encode("latin-1") in raw
    assert f"\r\nIf-Modified-Since: {modified}\r\n".encode("latin-1") in raw
    assert first.unconditional
    assert not second.unconditional


@pytest.mark.case("P-03")
async def test_only_what_was_given_is_sent(lab: Lab) -> None:
    lab.server.on("/feed", feed())
    for etag, modified in (('"e"', None), (None, "m"), (None, None)):
        await lab.fetched(lab.holding(etag, modified))
    sent = [(seen.headers.get("if-none-match"), seen.headers.get("if-modified-since")) for seen in lab.server.seen]
    assert sent == [('"e"', None), (None, "m"), (None, None)]


@pytest.mark.case("P-11")
async def test_a_200_with_the_same_etag_brings_its_body(lab: Lab) -> None:
    lab.server.on("/feed", feed(("ETag", '"e"'), body=ATOM + b"<!-- new -->"))
    assert (await lab.fetched(lab.holding('"e"'))).body.endswith(b"new -->")


async def test_a_304_brings_its_own_metadata(lab: Lab) -> None:
    lab.server.on("/feed", answer(304, b"", ("ETag", '"e2"'), ("Cache-Control", "max-age=60"), ("Age", "5")))
    outcome = await lab.poll(state=lab.holding('"e1"', "m1"))
    assert isinstance(outcome, NotModified)
    assert (outcome.validators.etag, outcome.validators.last_modified) == ('"e2"', None)
    assert (outcome.freshness.cache_control, outcome.freshness.age) == ("max-age=60", "5")


@pytest.mark.case("P-09")
async def test_a_304_to_an_unconditional_request_is_a_protocol_failure(lab: Lab) -> None:
    lab.server.on("/feed", answer(304))
    failed = await lab.failed()
    assert (failed.reason, failed.status) == (FetchReason.PROTOCOL, 304)


@pytest.mark.case("P-10")
async def test_after_thirty_days_of_304_one_request_is_unconditional(lab: Lab) -> None:
    lab.server.on("/feed", feed())
    old = START - timedelta(days=30)
    stuck = replace(lab.holding('"e"'), not_modified_since=old)
    assert (await lab.fetched(stuck)).unconditional
    assert not (await lab.fetched(replace(stuck, not_modified_since=old + timedelta(hours=1)))).unconditional
    assert not (await lab.fetched(replace(stuck, last_unconditional_at=START - timedelta(days=29)))).unconditional


@pytest.mark.case("P-13")
async def test_the_target_of_a_redirect_gets_none_of_the_sources_validators(lab: Lab) -> None:
    lab.server.on("/feed", answer(302, b"", ("Location", "/b"), ("ETag", '"redirect"')))
    lab.server.on("/b", feed(("ETag", '"eB"')))
    outcome = await lab.fetched(lab.holding('"e1"', "m1"))
    first, second = lab.server.seen
    assert first.headers["if-none-match"] == '"e1"'
    assert not {"if-none-match", "if-modified-since"} & set(second.headers)
    assert outcome.validators == Validators(url=lab.server.url("/b", "a.test"), etag='"eB"')


@pytest.mark.case("P-13")
async def test_the_target_of_a_redirect_gets_its_own_validators(lab: Lab) -> None:
    lab.server.on("/feed", answer(302, b"", ("Location", "/b")))
    lab.server.on("/b", answer(304))
    target = Validators(url=lab.server.url("/b", "a.test"), etag='"eB"')
    outcome = await lab.poll(state=replace(lab.holding('"e1"'), target_validators=target))
    assert isinstance(outcome, NotModified)
    assert [seen.headers["if-none-match"] for seen in lab.server.seen] == ['"e1"', '"eB"']


@pytest.mark.case("P-14")
async def test_refresh_now_is_conditional_and_an_edited_url_is_not(lab: Lab) -> None:
    lab.server.on("/feed", feed())
    lab.server.on("/other", feed())
    state = replace(lab.holding('"e1"'), declared_url=lab.source.url)
    await lab.fetcher.fetch(lab.source, state, now=START, force=True)
    edited = replace(lab.source, url=lab.server.url("/other", "a.test"))
    await lab.fetcher.fetch(edited, state, now=START)
    assert [(seen.path, seen.headers.get("if-none-match")) for seen in lab.server.seen] == [
        ("/feed", '"e1"'),
        ("/other", None),
    ]


@pytest.mark.case("P-28")
async def test_a_moved_source_is_asked_where_it_moved_to(lab: Lab) -> None:
    lab.server.on("/new", feed())
    state = replace(lab.state, url=lab.server.url("/new", "a.test"), declared_url=lab.source.url)
    assert (await lab.fetched(state)).url == lab.server.url("/new", "a.test")
    assert lab.server.paths == ["/new"]


@pytest.mark.case("P-15")
async def test_an_etag_that_is_ignored_is_left_out_for_a_month(lab: Lab) -> None:
    lab.server.on("/feed", feed())
    resting = replace(lab.holding('"e-gzip"', "m"), ignored_etags=3, etag_ignored_since=START - timedelta(days=1))
    await lab.fetched(resting)
    await lab.fetched(replace(resting, etag_ignored_since=START - timedelta(days=31)))
    await lab.fetched(replace(resting, validators=lab.holding('"e-gzip"').validators))
    assert [seen.headers.get("if-none-match") for seen in lab.server.seen] == [None, '"e-gzip"', '"e-gzip"']
    assert [seen.headers.get("if-modified-since") for seen in lab.server.seen] == ["m", "m", None]
    assert len({seen.headers["accept-encoding"] for seen in lab.server.seen}) == 1


@pytest.mark.case("P-25", "P-27")
async def test_retry_after_stops_every_source_of_the_host_at_once(lab: Lab) -> None:
    lab.server.on("/feed", answer(429, b"", ("Retry-After", "7200")))
    first = await lab.failed()
    assert (first.reason, first.freshness.retry_after) == (FetchReason.RATE_LIMITED, "7200")
    other = replace(lab.source, id=SourceId("other"), url=lab.server.url("/other", "a.test"))
    second = await lab.failed(other, replace(lab.state, url=other.url))
    assert (second.reason, second.status) == (FetchReason.RATE_LIMITED, None)
    assert 7190 <= int(second.freshness.retry_after) <= 7200
    assert lab.server.paths == ["/feed"]


@pytest.mark.case("P-27")
async def test_a_redirect_with_retry_after_is_not_followed_yet(lab: Lab) -> None:
    lab.server.on("/feed", answer(301, b"", ("Location", "/b"), ("Retry-After", "120")))
    failed = await lab.failed()
    assert (failed.reason, failed.freshness.retry_after) == (FetchReason.UNAVAILABLE, "120")
    assert lab.server.paths == ["/feed"]


@pytest.mark.case("P-28", "P-29")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_redirect_is_followed_and_told(lab: Lab, status: int) -> None:
    lab.server.on("/feed", answer(status, b"", ("Location", "/b#part")))
    lab.server.on("/b", feed())
    outcome = await lab.fetched()
    assert outcome.url == lab.server.url("/b", "a.test")
    assert outcome.hops == (Hop(status=status, source=lab.source.url, target=outcome.url),)


@pytest.mark.case("P-31")
async def test_a_circle_of_redirects_ends(lab: Lab) -> None:
    lab.server.on("/feed", answer(301, b"", ("Location", "/b")))
    lab.server.on("/b", answer(302, b"", ("Location", "/feed")))
    assert (await lab.failed()).reason is FetchReason.REDIRECT_LOOP
    assert lab.server.paths == ["/feed", "/b"]


@pytest.mark.case("P-31")
async def test_no_more_than_six_requests_in_a_chain(lab: Lab) -> None:
    lab.server.on("/feed", answer(302, b"", ("Location", "/1")))
    for number in range(1, 12):
        lab.server.on(f"/{number}", answer(302, b"", ("Location", f"/{number + 1}")))
    assert (await lab.failed()).reason is FetchReason.REDIRECT_LOOP
    assert len(lab.server.seen) == 6


@pytest.mark.case("P-31", "P-65")
@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (None, FetchReason.PROTOCOL),
        ("  ", FetchReason.PROTOCOL),
        ("file:///etc/passwd", FetchReason.REDIRECT_REFUSED),
        ("ftp://b.test/feed", FetchReason.REDIRECT_REFUSED),
        ("gopher://b.test/", FetchReason.REDIRECT_REFUSED),
        ("http://[::1", FetchReason.PROTOCOL),
        ("http://inside.test/feed", FetchReason.PRIVATE_ADDRESS),
        ("http://169.254.169.254/latest/meta-data", FetchReason.PRIVATE_ADDRESS),
        ("//inside.test/feed", FetchReason.PRIVATE_ADDRESS),
        ("http://missing.test/", FetchReason.DNS_NOT_FOUND),
    ],
)
async def test_a_redirect_that_must_not_be_followed_is_named(
    lab: Lab, location: str | None, reason: FetchReason
) -> None:
    headers = () if location is None else (("Location", location),)
    lab.server.on("/feed", answer(301, b"", *headers))
    assert (await lab.failed()).reason is reason
    assert lab.server.paths == ["/feed"]


@pytest.mark.case("P-64")
@pytest.mark.parametrize("kind", ["password", "file", "bearer", "url"])
async def test_credentials_go_to_their_origin_only(
    lab: Lab, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEED_SECRET", "sesame")
    (tmp_path / "secret").write_text("sesame\n")
    source = {
        "password": replace(lab.source, username="u", password=Secret(env="FEED_SECRET")),
        "file": replace(lab.source, username="u", password=Secret(file=str(tmp_path / "secret"))),
        "bearer": replace(lab.source, bearer=Secret(env="FEED_SECRET")),
        "url": replace(lab.source, url=lab.source.url.replace("//", "//u:sesame@")),
    }[kind]
    source = replace(source, headers=(("X-Key", "k"), ("User-Agent", "other")))
    lab.server.on("/feed", answer(302, b"", ("Location", "/same")))
    lab.server.on("/same", answer(302, b"", ("Location", lab.server.url("/b", "b.test"))))
    lab.server.on("/b", feed(("ETag", '"x"')))
    outcome = await lab.poll(source, replace(lab.state, url=source.url))
    assert isinstance(outcome, Fetched)
    expected = "Bearer sesame" if kind == "bearer" else "Basic dTpzZXNhbWU="
    assert [seen.headers.get("authorization") for seen in lab.server.seen] == [expected, expected, None]
    assert [seen.headers.get("x-key") for seen in lab.server.seen] == ["k", "k", None]
    assert lab.server.seen[0].headers["user-agent"] == "other"
    assert "sesame" not in repr(outcome)


@pytest.mark.case("P-64")
async def test_a_missing_secret_is_named_and_nothing_is_sent(lab: Lab) -> None:
    failed = await lab.failed(replace(lab.source, bearer=Secret(env="NO_SUCH_SECRET")))
    assert failed.reason is FetchReason.UNAUTHORISED
    assert "NO_SUCH_SECRET" in failed.detail
    assert lab.server.seen == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, FetchReason.UNAUTHORISED),
        (402, FetchReason.PAYMENT),
        (403, FetchReason.FORBIDDEN),
        (404, FetchReason.NOT_FOUND),
        (410, FetchReason.GONE),
        (400, FetchReason.CLIENT_ERROR),
        (418, FetchReason.CLIENT_ERROR),
        (451, FetchReason.LEGAL),
        (500, FetchReason.SERVER_ERROR),
        (502, FetchReason.SERVER_ERROR),
        (503, FetchReason.UNAVAILABLE),
        (300, FetchReason.PROTOCOL),
        (201, FetchReason.ODD_SUCCESS),
        (204, FetchReason.ODD_SUCCESS),
        (205, FetchReason.ODD_SUCCESS),
        (206, FetchReason.ODD_SUCCESS),
        (226, FetchReason.ODD_SUCCESS),
    ],
)
@pytest.mark.case("P-33", "P-35", "P-37", "P-38")
async def test_a_status_that_brings_no_feed_has_its_reason_and_its_body_is_left(
    lab: Lab, status: int, reason: FetchReason
) -> None:
    lab.server.on("/feed", answer(status, b"" if status == 204 else ATOM, ("Content-Type", "application/atom+xml")))
    failed = await lab.failed()
    assert (failed.reason, failed.status) == (reason, status)


@pytest.mark.case("P-37")
async def test_a_203_is_a_200_and_an_empty_200_is_a_failure(lab: Lab) -> None:
    lab.server.on("/feed", answer(203, ATOM), answer(200, b""))
    assert (await lab.fetched()).status == 203
    assert (await lab.failed()).reason is FetchReason.EMPTY


CHALLENGE = b"<html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x.js'></script></html>"


@pytest.mark.case("P-35")
@pytest.mark.parametrize(
    "wall",
    [
        answer(403, b"<html>", ("cf-mitigated", "challenge"), ("Content-Type", "text/html")),
        answer(503, CHALLENGE, ("Content-Type", "text/html; charset=UTF-8")),
        answer(429, b"x", ("x-vercel-mitigated", "challenge")),
        answer(202, b"", ("x-amzn-waf-action", "challenge")),
        answer(200, b"<html><script id='anubis_challenge'>", ("Content-Type", "text/html")),
    ],
)
async def test_a_wall_against_robots_is_named_and_its_page_never_parsed(lab: Lab, wall: Answer) -> None:
    lab.server.on("/feed", wall)
    failed = await lab.failed()
    assert failed.reason is FetchReason.BOT_WALL
    assert lab.server.seen[0].headers["user-agent"].startswith("aggregator/")


async def test_a_page_that_mentions_a_captcha_is_no_wall_when_it_is_served_well(lab: Lab) -> None:
    lab.server.on("/feed", answer(200, b"<html>google.com/recaptcha", ("Content-Type", "text/html")))
    assert (await lab.fetched()).status == 200


@pytest.mark.case("P-54")
async def test_a_delta_is_asked_for_only_beside_an_etag_and_only_where_wanted(lab: Lab, tmp_path: Path) -> None:
    lab.server.on("/feed", feed())
    wanting = replace(LAB, delta=True)
    async with HttpClient(wanting, resolver=FakeResolver(a_test="127.0.0.1")) as client:
        other = Lab(lab.server, client, wanting, tmp_path)
        for state in (other.state, other.holding(None, "m"), other.holding('"e"')):
            await other.fetched(state)
    await lab.fetched(lab.holding('"e"'))
    assert [seen.headers.get("a-im") for seen in lab.server.seen] == [None, None, "feed", None]


@pytest.mark.case("P-54")
async def test_a_delta_is_marked_so_that_it_is_merged(lab: Lab, tmp_path: Path) -> None:
    wanting = replace(LAB, delta=True)
    async with HttpClient(wanting, resolver=FakeResolver(a_test="127.0.0.1")) as client:
        other = Lab(lab.server, client, wanting, tmp_path)
        lab.server.on("/feed", answer(226, ATOM, ("IM", "feed")), answer(200, ATOM, ("IM", "feed")), answer(226, ATOM))
        held = other.holding('"e"')
        assert (await other.fetched(held)).delta
        assert (await other.fetched(held)).delta
        assert (await other.failed(state=held)).reason is FetchReason.ODD_SUCCESS
        lab.server.on("/feed", answer(226, ATOM, ("IM", "feed")))
        assert (await other.failed()).reason is FetchReason.ODD_SUCCESS


@pytest.mark.case("P-66")
async def test_hubs_are_read_from_link_headers(lab: Lab) -> None:
    link = '</hub>; rel=hub, <https://h.test/?a=1,2>; title="a, b"; rel="other hub", <http://a.test/self>; rel="self"'
    lab.server.on("/feed", feed(("Link", link), ("Link", "<http://a.test/second>; rel=self")))
    outcome = await lab.fetched()
    hubs = (lab.server.url("/hub", "a.test"), "https://h.test/?a=1,2")
    assert outcome.hub == HubLinks(hubs=hubs, topic="http://a.test/self")


async def test_codings_are_undone_and_the_transferred_bytes_counted(lab: Lab) -> None:
    packed = gzip.compress(ATOM)
    lab.server.on("/feed", feed(("Content-Encoding", "gzip"), body=packed))
    outcome = await lab.fetched()
    assert (outcome.body, outcome.wire_bytes) == (ATOM, len(packed))


@pytest.mark.case("P-63")
async def test_robots_txt_decides_only_where_it_is_obeyed(lab: Lab) -> None:
    lab.server.on("/robots.txt", answer(200, b"User-agent: aggregator\nDisallow: /feed\n"))
    lab.server.on("/feed", feed())
    assert isinstance(await lab.poll(), Fetched)
    obeying = replace(lab.source, obey_robots=True)
    for source in (obeying, obeying, replace(lab.source, page=PageSelectors(item="a", title="b", link="c"))):
        assert (await lab.failed(source)).reason is FetchReason.ROBOTS
    assert lab.server.paths == ["/feed", "/robots.txt"]


@pytest.mark.case("P-63")
@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (answer(404), True),
        (answer(403), True),
        (answer(500), False),
        (answer(200, b"User-agent: *\nDisallow: /private\n"), True),
        (answer(200, b"User-agent: other\nDisallow: /\n"), True),
    ],
)
async def test_a_robots_txt_that_is_missing_allows_and_one_that_fails_forbids(
    lab: Lab, robots: Answer, *, allowed: bool
) -> None:
    lab.server.on("/robots.txt", robots)
    lab.server.on("/feed", feed())
    outcome = await lab.poll(replace(lab.source, obey_robots=True))
    assert isinstance(outcome, Fetched) is allowed


@pytest.mark.case("P-62")
@pytest.mark.parametrize("entry", ["a.test", "exact"])
async def test_a_publisher_who_opted_out_gets_no_request(lab: Lab, entry: str) -> None:
    lab.fetcher.opt_outs = {lab.source.url if entry == "exact" else entry}
    assert (await lab.failed()).reason is FetchReason.OPTED_OUT
    assert lab.server.seen == []


@pytest.mark.case("P-43")
async def test_the_deadline_holds_for_the_whole_chain_of_redirects(lab: Lab, tmp_path: Path) -> None:
    hurried = replace(LAB, deadline=0.5)
    slow = Answer(pieces=(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n", b"Location: /b\r\n\r\n"), pause=0.3)
    lab.server.on("/feed", slow)
    lab.server.on("/b", Answer(pieces=(), stall=True))
    async with HttpClient(hurried, resolver=FakeResolver(a_test="127.0.0.1")) as client:
        began = time.monotonic()
        assert (await Lab(lab.server, client, hurried, tmp_path).failed()).reason is FetchReason.DEADLINE
        assert time.monotonic() - began < 0.75


@pytest.mark.case("P-57")
async def test_any_document_is_got_with_the_same_manners_and_no_validators(lab: Lab) -> None:
    lab.server.on("/archive/1", feed())
    source = replace(lab.source, headers=(("X-Key", "k"),))
    got = await lab.fetcher.get(lab.server.url("/archive/1", "a.test"), source=source, now=START)
    away = await lab.fetcher.get(lab.server.url("/archive/1", "b.test"), source=source, now=START)
    assert isinstance(got, Fetched)
    assert isinstance(away, Fetched)
    assert [seen.headers.get("x-key") for seen in lab.server.seen] == ["k", None]
    assert "feed-id=moonwire" in lab.server.seen[0].headers["user-agent"]


@pytest.mark.case("P-57", "P-65")
async def test_a_document_of_the_web_does_not_lead_to_a_local_file(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(ATOM)
    got = await lab.fetcher.get("secret.xml", source=lab.source, now=START)
    assert isinstance(got, FetchFailed)
    assert got.reason is FetchReason.BAD_URL
    own = await lab.fetcher.get("secret.xml", now=START)
    assert isinstance(own, Fetched)


@pytest.mark.case("P-63")
async def test_robots_txt_is_asked_once_by_many_sources_at_a_time(lab: Lab) -> None:
    lab.server.on("/robots.txt", answer(404))
    lab.server.on("/feed", feed())
    obeying = replace(lab.source, obey_robots=True)
    await asyncio.gather(*(lab.poll(obeying) for _ in range(4)))
    assert sorted(lab.server.paths) == ["/feed"] * 4 + ["/robots.txt"]
    assert lab.server.open_most == 1
