"""Manners per host (PROTOCOL P-20, P-25, P-61): one connection at a time, a gap, a cap per domain and in total."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aggregator.text.urls import registrable_domain

PER_DOMAIN = 4
"""Requests at once to hosts of one registrable domain."""
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Block:
    """A host that asked to be left alone: until when (monotonic seconds), and why."""

    until: float
    why: str


class BlockedError(Exception):
    """The host is blocked; no request was sent."""

    def __init__(self, seconds: float, why: str) -> None:
        self.seconds = seconds
        self.why = why
        super().__init__(why)


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0


class HostGate:
    """Every request to a source passes here. One for the whole process.

    `clock` gives monotonic seconds and `sleep` waits; both are injected so that whole days can be played in a test.
    """

    def __init__(
        self,
        *,
        gap: float,
        concurrency: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        per_domain: int = PER_DOMAIN,
    ) -> None:
        self._gap = gap
        self._per_domain = per_domain
        self._clock = clock
        self._sleep = sleep
        self._total = asyncio.Semaphore(concurrency)
        self._hosts: dict[str, _Host] = {}
        self._domains: dict[str, tuple[asyncio.Semaphore, int]] = {}
        self._blocks: dict[str, Block] = {}

    def block(self, host: str, seconds: float, why: str) -> None:
        """Sends nothing to a host for so many seconds; a longer block stays."""
        until = self._clock() + seconds
        held = self._blocks.get(host)
        if held is None or held.until < until:
            self._blocks[host] = Block(until, why)

    def check(self, host: str) -> None:
        """Raises `BlockedError` while a host wants to be left alone."""
        held = self._blocks.get(host)
        if held is None:
            return
        seconds = held.until - self._clock()
        if seconds > 0:
            raise BlockedError(seconds, held.why)
        del self._blocks[host]

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Waits for our turn at a host and holds it until the reply is read; raises `BlockedError`.

        The narrow gates come first: who waits for a slow host holds no place that others could use.
        """
        self.check(host)
        entry = self._hosts.setdefault(host, _Host())
        entry.users += 1
        try:
            async with entry.turn:
                await self._wait(entry)
                async with self._domain(host), self._total:
                    self.check(host)
                    entry.free_at = self._clock() + self._gap
                    yield
        finally:
            entry.users -= 1
            self._tidy()

    async def _wait(self, entry: _Host) -> None:
        seconds = entry.free_at - self._clock()
        if seconds > 0:
            await self._sleep(seconds)

    @asynccontextmanager
    async def _domain(self, host: str) -> AsyncIterator[None]:
        name = registrable_domain(host) or host
        gate, users = self._domains.get(name, (asyncio.Semaphore(self._per_domain), 0))
        self._domains[name] = (gate, users + 1)
        try:
            async with gate:
                yield
        finally:
            gate, users = self._domains[name]
            if users <= 1:
                del self._domains[name]
            else:
                self._domains[name] = (gate, users - 1)

    def _tidy(self) -> None:
        if len(self._hosts) <= _REMEMBERED:
            return
        now = self._clock()
        self._hosts = {name: entry for name, entry in self._hosts.items() if entry.users or entry.free_at > now}
        self._blocks = {name: block for name, block in self._blocks.items() if block.until > now}
