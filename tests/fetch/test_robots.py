"""robots.txt of many origins over days, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.fetch.robots import Robots, Rules
from aggregator.model.fetch import FetchReason
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, Reply
from tests.support.clock import FixedClock

pytestmark = pytest.mark.anyio
A = "https://a.test"
DAY = 86_400


class Origins:
    """Answers for every robots.txt, and keeps what was asked."""

    def __init__(self, *, known: dict[str, Rules] | None = None) -> None:
        self.answer: HttpOutcome = said(404)
        self.asked: list[str] = []
        self.clock = FixedClock()
        self.robots = Robots(self.get, self.clock.seconds, known)

    async def get(self, url: str) -> HttpOutcome:
        self.asked.append(url)
        return self.answer

    async def allows(self, path: str = "/feed", origin: str = A) -> bool:
        return await self.robots.forbids(f"{origin}{path}", origin) is None


def said(status: int, body: bytes = b"") -> Reply:
    return Reply(url=f"{A}/robots.txt", status=status, headers=(), body=body, wire_bytes=len(body))


FORBIDDING = said(200, b"User-agent: *\nDisallow: /feed\n")


@pytest.mark.case("P-63")
async def test_what_a_robots_txt_says_counts_for_a_day() -> None:
    origins = Origins()
    origins.answer = FORBIDDING
    assert not await origins.allows()
    origins.clock.move(days=1)
    assert not await origins.allows()
    assert await origins.allows("/other")
    assert origins.asked == [f"{A}/robots.txt"]
    origins.clock.move(seconds=1)
    origins.answer = said(404)
    assert await origins.allows()
    origins.clock.move(seconds=DAY)
    assert await origins.allows()
    assert len(origins.asked) == 2


@pytest.mark.case("P-63")
@pytest.mark.parametrize(
    "answer", [said(500), said(503), said(429), NetFailed(reason=FetchReason.TIMEOUT, detail="Too slow.")]
)
async def test_a_robots_txt_that_cannot_be_had_forbids_for_an_hour(answer: HttpOutcome) -> None:
    origins = Origins()
    origins.answer = answer
    assert await origins.robots.forbids(f"{A}/feed", A) == (
        "The site's robots.txt cannot be read, so nothing of it is fetched."
    )
    origins.answer = said(404)
    origins.clock.move(hours=1)
    assert not await origins.allows()
    origins.clock.move(seconds=1)
    assert await origins.allows()
    assert len(origins.asked) == 2


@pytest.mark.case("P-63")
@pytest.mark.parametrize("status", [201, 301, 400, 403, 404, 428, 430, 499])
async def test_a_robots_txt_that_is_not_there_allows_everything(status: int) -> None:
    origins = Origins()
    origins.answer = said(status, b"User-agent: *\nDisallow: /\n")
    assert await origins.allows()


@pytest.mark.case("P-63")
async def test_of_a_huge_robots_txt_the_first_half_mebibyte_counts() -> None:
    rule = b"\nUser-agent: *\nDisallow: /feed"
    origins = Origins()
    origins.answer = said(200, b"#" * (512 * 1024 - len(rule)) + rule + b"ing\n")
    assert not await origins.allows()
    origins = Origins()
    origins.answer = said(200, b"#" * (512 * 1024) + rule)
    assert await origins.allows()


@pytest.mark.case("P-63")
async def test_a_robots_txt_in_no_known_encoding_is_read_as_far_as_it_goes() -> None:
    origins = Origins()
    origins.answer = said(200, b"# caf\xe9\nUser-agent: *\nDisallow: /feed\n")
    assert not await origins.allows()


@pytest.mark.case("P-63")
async def test_what_is_known_of_an_origin_is_shared_and_not_asked_again() -> None:
    known: dict[str, Rules] = {}
    first = Origins(known=known)
    first.answer = FORBIDDING
    assert not await first.allows()
    second = Origins(known=known)
    assert not await second.allows()
    assert second.asked == []


@pytest.mark.case("P-63")
async def test_a_thousand_origins_are_remembered_and_then_forgotten_together() -> None:
    known: dict[str, Rules] = {}
    origins = Origins(known=known)
    for number in range(1000):
        assert await origins.allows(origin=f"https://s{number}.test")
    assert len(known) == 1000
    assert await origins.allows(origin="https://s0.test")
    assert len(origins.asked) == 1000
    assert await origins.allows(origin="https://another.test")
    assert list(known) == ["https://another.test"]
    assert len(origins.robots._asking) <= 1


@pytest.mark.case("P-63")
async def test_forgetting_does_not_let_two_ask_one_origin_at_a_time() -> None:
    known = {f"https://s{number}.test": Rules(None, reachable=True, expires=1e12) for number in range(999)}
    waiting = asyncio.Event()
    asked: list[str] = []

    async def get(url: str) -> HttpOutcome:
        asked.append(url)
        if url.startswith("https://slow.test"):
            await waiting.wait()
        return said(404)

    robots = Robots(get, FixedClock().seconds, known)
    slow = [asyncio.create_task(robots.forbids("https://slow.test/feed", "https://slow.test")) for _ in range(2)]
    for number in range(2):
        await robots.forbids(f"https://new{number}.test/feed", f"https://new{number}.test")
    late = asyncio.create_task(robots.forbids("https://slow.test/feed", "https://slow.test"))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.set()
    assert await asyncio.gather(*slow, late) == [None, None, None]
    assert asked.count("https://slow.test/robots.txt") == 1
