"""What the fetcher makes of requests and replies, whole and in virtual time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.fetch.fetcher import Fetcher, opted_out
from aggregator.fetch.gate import HostGate
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import (
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Freshness,
    Hop,
    HubLinks,
    NotModified,
    Validators,
)
from aggregator.model.ids import SourceId
from aggregator.model.source import Secret, Source, SourceState
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from tests.support.clock import START, FixedClock

pytestmark = pytest.mark.anyio
URL = "https://a.test/feed"
B = "https://b.test/feed"
HOP = Hop(status=302, source=URL, target=B)
SOURCE = Source(id=SourceId("s"), url=URL)
STATE = SourceState(source_id=SOURCE.id, url=URL, due=START)
HELD = replace(STATE, validators=Validators(url=URL, etag='"e"'))
WORDS = (
    ("content-type", "application/atom+xml"),
    ("etag", '"e1"'),
    ("last-modified", "m1"),
    ("cache-control", "max-age=60"),
    ("cache-control", "public"),
    ("expires", "later"),
    ("date", "now"),
    ("age", "7"),
    ("retry-after", "9"),
    ("link", "</hub>; rel=hub"),
)
FRESH = Freshness(cache_control="max-age=60, public", expires="later", date="now", age="7", retry_after="9")


class Net:
    """Answers each url in order, the last one for ever; every request takes 1.5 seconds."""

    def __init__(self, settings: FetchSettings | None = None, *, gap: float = 0.0) -> None:
        self.clock = FixedClock()
        self.sent: list[HttpRequest] = []
        self.answers: dict[str, list[HttpOutcome]] = {}
        clock, settings = self.clock.seconds, settings or FetchSettings()
        gate = HostGate(gap=gap, concurrency=9, clock=clock, sleep=self.clock.sleep)
        self.fetcher = Fetcher(self, settings, base_url="https://us.test", feeds_root=Path(), gate=gate, clock=clock)

    async def send(self, request: HttpRequest) -> HttpOutcome:
        self.sent.append(request)
        self.clock.move(seconds=1.5)
        answers = self.answers[request.url]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def on(self, url: str, *answers: HttpOutcome) -> None:
        self.answers[url] = list(answers)

    async def poll(self, source: Source = SOURCE, state: SourceState = STATE) -> FetchOutcome:
        return await self.fetcher.fetch(source, state, now=self.clock())

    async def failed(self, source: Source = SOURCE, state: SourceState = STATE) -> FetchFailed:
        outcome = await self.poll(source, state)
        assert isinstance(outcome, FetchFailed), outcome
        return outcome


def said(status: int, url: str = URL, *headers: tuple[str, str], body: bytes = b"<feed/>") -> Reply:
    return Reply(url=url, status=status, headers=headers, body=body, wire_bytes=3, quirks=("odd",))


def leads(to: str, url: str = URL) -> Reply:
    return said(302, url, ("location", to))


def after(seconds: float, reason: FetchReason, detail: str, **changes: object) -> FetchFailed:
    made = FetchFailed(url=B, reason=reason, detail=detail, received_at=START + timedelta(seconds=seconds), hops=(HOP,))
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_a_body_is_told_with_all_that_came_with_it() -> None:
    net = Net()
    net.on(URL, leads(B))
    net.on(B, said(200, B, *WORDS, ("im", "feed")))
    assert await net.poll() == Fetched(
        url=B,
        status=200,
        body=b"<feed/>",
        content_type="application/atom+xml",
        validators=Validators(url=B, etag='"e1"', last_modified="m1"),
        freshness=FRESH,
        received_at=START + timedelta(seconds=3),
        hops=(HOP,),
        hub=HubLinks(hubs=("https://b.test/hub",)),
        delta=False,
        unconditional=True,
        wire_bytes=3,
        quirks=("odd",),
    )


async def test_a_body_that_came_with_nothing_is_told_without_anything() -> None:
    net = Net()
    net.on(URL, said(200))
    outcome = await net.poll(state=HELD)
    assert isinstance(outcome, Fetched)
    assert (outcome.content_type, outcome.validators) == (None, Validators(url=URL))
    assert (outcome.freshness, outcome.hub, outcome.hops) == (Freshness(), HubLinks(), ())
    assert not outcome.unconditional


@pytest.mark.case("P-07")
async def test_a_304_is_told_with_all_that_came_with_it() -> None:
    net = Net()
    net.on(URL, leads(B))
    net.on(B, said(304, B, *WORDS))
    state = replace(STATE, target_validators=Validators(url=B, etag='"e"'))
    assert await net.poll(state=state) == NotModified(
        url=B,
        validators=Validators(url=B, etag='"e1"', last_modified="m1"),
        freshness=FRESH,
        received_at=START + timedelta(seconds=3),
        hops=(HOP,),
        hub=HubLinks(hubs=("https://b.test/hub",)),
    )


@pytest.mark.case("P-09")
async def test_an_unasked_304_keeps_the_way_and_the_freshness() -> None:
    net = Net()
    net.on(URL, leads(B))
    net.on(B, said(304, B, *WORDS))
    detail = "The source answered 304 although nothing conditional was asked."
    assert await net.poll() == after(3, FetchReason.PROTOCOL, detail, status=304, freshness=FRESH)


async def test_a_failure_at_the_end_of_a_redirect_keeps_the_way_the_status_and_the_freshness() -> None:
    net = Net()
    net.on(URL, leads(B))
    net.on(B, said(404, B, *WORDS))
    detail = "There is no feed at this url."
    assert await net.poll() == after(3, FetchReason.NOT_FOUND, detail, status=404, freshness=FRESH)
    net = Net()
    net.on(URL, leads(B))
    net.on(B, NetFailed(reason=FetchReason.TLS, detail="The certificate has run out."))
    assert await net.poll() == after(3, FetchReason.TLS, "The certificate has run out.")


@pytest.mark.case("P-27", "P-31")
async def test_a_redirect_that_is_not_followed_keeps_the_way_the_status_and_the_freshness() -> None:
    net = Net()
    net.on(URL, leads(B))
    net.on(B, said(302, B, ("location", "/b"), *WORDS))
    detail = "The redirect asks us to wait before it is followed."
    assert await net.poll() == after(3, FetchReason.UNAVAILABLE, detail, status=302, freshness=FRESH)


@pytest.mark.case("P-62")
async def test_a_redirect_to_a_publisher_who_opted_out_keeps_the_way() -> None:
    net = Net()
    net.fetcher.opt_outs = {"b.test"}
    net.on(URL, leads(B))
    detail = "The publisher has asked not to be polled by this site."
    assert await net.poll() == after(1.5, FetchReason.OPTED_OUT, detail)


@pytest.mark.case("P-62")
@pytest.mark.parametrize(
    ("url", "entries", "out"),
    [
        ("https://a.test/feed", {"a.test"}, True),
        ("https://www.a.test/feed", {"a.test"}, True),
        ("https://a.test/feed", {"https://a.test/feed"}, True),
        ("https://a.test/feed", {"https://a.test/other"}, False),
        ("https://nota.test/feed", {"a.test"}, False),
        ("https://a.test/feed", {"www.a.test"}, False),
        ("https://a.test/feed", set(), False),
    ],
)
def test_an_opt_out_holds_for_a_url_a_host_or_all_of_a_domain(url: str, entries: set[str], *, out: bool) -> None:
    assert opted_out(url, entries) is out


# what the host asked for


@pytest.mark.case("P-25")
async def test_a_redirect_to_a_host_that_is_left_alone_says_how_long() -> None:
    net = Net()
    net.fetcher.gate.block("b.test", 100, "It asked us to wait.")
    net.on(URL, leads(B))
    fresh = Freshness(retry_after="99")
    assert await net.poll() == after(1.5, FetchReason.RATE_LIMITED, "It asked us to wait.", freshness=fresh)
    assert [request.url for request in net.sent] == [URL]


@pytest.mark.case("P-25", "P-26", "P-27")
@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        (429, {"retry-after": "60"}, 60),
        (503, {"retry-after": "60"}, 60),
        (429, {"retry-after": "Mon, 02 Mar 2026 14:00:00 GMT", "date": "Mon, 02 Mar 2026 13:59:00 GMT"}, 60),
        (429, {"retry-after": "999999"}, 86_400),
        (429, {}, 3600),
        (503, {}, 0),
        (500, {"retry-after": "60"}, 0),
        (504, {"retry-after": "60"}, 0),
    ],
)
async def test_a_host_is_left_alone_as_long_as_it_asked(status: int, headers: dict[str, str], waits: int) -> None:
    net = Net()
    net.on(URL, said(status, URL, *headers.items()), said(200))
    await net.failed()
    other = replace(SOURCE, id=SourceId("other"))
    if waits:
        net.clock.move(seconds=waits - 1)
        held = await net.failed(other)
        assert (held.reason, held.freshness.retry_after) == (FetchReason.RATE_LIMITED, "2")
        assert held.detail == f"a.test asked us to wait (status {status})."
        net.clock.move(seconds=1)
    assert isinstance(await net.poll(other), Fetched)


@pytest.mark.case("P-25", "P-63")
async def test_a_host_that_is_left_alone_is_not_called_closed_by_its_robots_txt() -> None:
    net = Net()
    net.on("https://a.test/robots.txt", said(404, "https://a.test/robots.txt"))
    net.on(URL, said(200))
    net.fetcher.gate.block("a.test", 100, "It asked us to wait.")
    obeying = replace(SOURCE, obey_robots=True)
    held = await net.failed(obeying)
    assert (held.reason, held.status, held.detail) == (FetchReason.RATE_LIMITED, None, "It asked us to wait.")
    net.clock.move(seconds=100)
    assert isinstance(await net.poll(obeying), Fetched)


@pytest.mark.case("P-61", "P-62", "P-63")
async def test_robots_txt_is_asked_for_with_the_manners_of_any_request() -> None:
    net = Net(gap=10.0)
    net.on("https://a.test/robots.txt", said(404, "https://a.test/robots.txt"))
    net.on(URL, said(200))
    await net.poll(replace(SOURCE, obey_robots=True))
    robots, _ = net.sent
    headers = dict(robots.headers)
    assert headers["User-Agent"].endswith("; 0 subscribers; feed-id=robots)")
    assert headers["Accept"] == "text/plain"
    assert robots.max_body == 1_048_576
    assert net.clock.slept == [8.5]


# what goes out


async def test_the_operators_word_on_the_connection_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_PROXY", "http://proxy.test:3128")
    net = Net()
    net.on(URL, said(200))
    await net.poll()
    await net.poll(replace(SOURCE, proxy=Secret(env="FEED_PROXY"), verify_tls=False, http1_only=True))
    usual, special = net.sent
    assert (usual.proxy, usual.verify_tls, usual.http1_only) == (None, True, False)
    assert (special.proxy, special.verify_tls, special.http1_only) == ("http://proxy.test:3128", False, True)


@pytest.mark.case("P-43")
async def test_a_chain_of_redirects_has_one_deadline_and_waiting_for_turns_is_free() -> None:
    net = Net(FetchSettings(deadline=4.0, host_gap=10.0), gap=10.0)
    net.on(URL, leads("/1"))
    for number in range(1, 4):
        net.on(f"https://a.test/{number}", leads(f"/{number + 1}", f"https://a.test/{number}"))
    net.on("https://a.test/4", said(200, "https://a.test/4"))
    await net.poll()
    assert [request.deadline for request in net.sent] == [4.0, 2.5, 1.0, 0.0, 0.0]
    assert net.clock.slept == [8.5, 8.5, 8.5, 8.5]


@pytest.mark.case("P-62")
async def test_who_asks_for_a_page_to_discover_feeds_in_says_so() -> None:
    net = Net()
    net.on(URL, said(200))
    assert isinstance(await net.fetcher.get(URL, now=START), Fetched)
    await net.poll()
    agents = [dict(request.headers)["User-Agent"] for request in net.sent]
    assert agents[0].endswith("; 0 subscribers; feed-id=discovery)")
    assert agents[1].endswith("; 0 subscribers; feed-id=s)")
