"""A thousand sources on two hundred hosts over seven simulated days, with faults, through the fetcher and the pacing."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.gate import HostGate
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Fetched, FetchReason, NotModified
from aggregator.model.ids import SourceId
from aggregator.model.source import Source, SourceState
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from aggregator.pacing.after import after_poll
from aggregator.pacing.observed import Observed
from aggregator.text.urls import host as host_of
from tests.support.clock import START

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
DAYS = 7
SETTINGS = FetchSettings(host_gap=1.0)


class Simulated:
    """Virtual time: sleepers wake in order once nobody else can go on."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = count()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), event))
        await event.wait()

    async def run(self, tasks: list[asyncio.Task[None]], until: float) -> None:
        while self._sleepers and self._sleepers[0][0] < until:
            self.now = self._sleepers[0][0]
            while self._sleepers and self._sleepers[0][0] <= self.now:
                heapq.heappop(self._sleepers)[2].set()
            for _ in range(12):
                await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        faults = [result for result in results if not isinstance(result, asyncio.CancelledError | None)]
        assert not faults


@dataclass
class Network:
    """Servers with validators and faults, and a watch over our manners."""

    time: Simulated
    random: Random
    busy: Counter[str] = field(default_factory=Counter)
    last_start: dict[str, float] = field(default_factory=dict)
    closed_until: dict[str, float] = field(default_factory=dict)
    unconditional: Counter[str] = field(default_factory=Counter)
    given: dict[str, str] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    sins: list[str] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> HttpOutcome:
        host, now = host_of(request.url), self.time.now
        self._watch(request, host, now)
        self.busy[host] += 1
        self.last_start[host] = now
        try:
            await self.time.sleep(self.random.choice((0.05, 0.2, 0.2, 5.0)))
            return self._reply(request, host)
        finally:
            self.busy[host] -= 1

    def _watch(self, request: HttpRequest, host: str, now: float) -> None:
        if self.busy[host]:
            self.sins.append(f"two requests at a time to {host}")
        if now - self.last_start.get(host, -99.0) < SETTINGS.host_gap - 1e-6:
            self.sins.append(f"too soon after the last request to {host}")
        if now < self.closed_until.get(host, 0.0) - 1.0:
            self.sins.append(f"a Retry-After of {host} was broken")
        if not any(name == "If-None-Match" for name, _ in request.headers) and request.url in self.given:
            self.unconditional[request.url] += 1

    def _reply(self, request: HttpRequest, host: str) -> HttpOutcome:
        dice = self.random.random()
        sent = dict(request.headers).get("If-None-Match")
        if dice < 0.10:
            return self._said(request, self.random.choice((500, 502, 503)))
        if dice < 0.15:
            return self._failed(FetchReason.DEADLINE)
        if dice < 0.20:
            return self._failed(FetchReason.TRUNCATED)
        if dice < 0.22:
            return self._failed(FetchReason.TOO_LARGE)
        if dice < 0.25:
            self.closed_until[host] = max(self.closed_until.get(host, 0.0), self.time.now + 7200)
            return self._said(request, 429, ("retry-after", "7200"))
        if dice < 0.30 and "/moved" not in request.url:
            return self._said(request, 302, ("location", f"{request.url}/moved"))
        if sent is not None and self.given.get(request.url) == sent and dice < 0.85:
            return self._said(request, 304)
        self.given[request.url] = f'"{self.random.getrandbits(40)}"'
        return self._said(request, 200, ("etag", self.given[request.url]))

    def _failed(self, reason: FetchReason) -> NetFailed:
        self.statuses[reason.value] += 1
        return NetFailed(reason=reason, detail="It failed.")

    def _said(self, request: HttpRequest, status: int, *headers: tuple[str, str]) -> Reply:
        self.statuses[str(status)] += 1
        return Reply(url=request.url, status=status, headers=headers, body=b"<feed/>", wire_bytes=7)


@dataclass
class Reader:
    """Polls one source whenever its state says so."""

    fetcher: Fetcher
    time: Simulated
    random: Random
    source: Source
    gaps: list[float]
    held: list[str] = field(default_factory=list)

    async def live(self) -> None:
        state = SourceState(source_id=self.source.id, url=self.source.url, due=START)
        await self.time.sleep(self.random.uniform(0, 3600))
        while True:
            asked = self.time.now
            now = START + timedelta(seconds=asked)
            outcome = await self.fetcher.fetch(self.source, state, now=now)
            now = START + timedelta(seconds=self.time.now)
            state = after_poll(
                SETTINGS, self.source, state, outcome, self._seen(outcome), now=now, jitter=self.random.random()
            )
            pause = (state.due - now).total_seconds()
            if isinstance(outcome, Fetched | NotModified):
                self.gaps.append(pause)
            await self.time.sleep(pause)

    def _seen(self, outcome: object) -> Observed:
        if not isinstance(outcome, Fetched):
            return Observed()
        times = tuple(START + timedelta(seconds=self.time.now - 1800 * n) for n in range(10))
        return Observed(entry_times=times, new=1, overlap=9, body_hash=str(self.random.random()))


def readers(fetcher: Fetcher, time: Simulated, random: Random, gaps: list[float]) -> Iterator[Reader]:
    for number in range(1000):
        url = f"https://host{number % 200}.example/feed/{number}"
        yield Reader(fetcher, time, random, Source(id=SourceId(f"s{number}"), url=url), gaps)


@pytest.mark.case("P-13", "P-20", "P-25", "P-61")
async def test_a_week_of_faults_breaks_no_manners() -> None:
    random, time = Random(7), Simulated()
    network = Network(time, random)
    gate = HostGate(gap=SETTINGS.host_gap, concurrency=50, clock=time.clock, sleep=time.sleep)
    fetcher = Fetcher(network, SETTINGS, base_url="https://x.test", feeds_root=Path(), gate=gate, clock=time.clock)
    gaps: list[float] = []
    tasks = [asyncio.create_task(reader.live()) for reader in readers(fetcher, time, random, gaps)]
    for _ in range(3):
        await asyncio.sleep(0)
    await time.run(tasks, DAYS * 86400.0)
    assert network.sins == []
    assert sum(network.unconditional.values()) == 0
    assert min(gaps) >= SETTINGS.min_interval
    assert network.statuses["304"] > 1000
    assert network.statuses["429"] > 100
    assert network.statuses["302"] > 100
