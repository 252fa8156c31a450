"""Manners per host, in virtual time."""

from __future__ import annotations

import asyncio
import heapq
from itertools import pairwise

import pytest

from aggregator.fetch.gate import BlockedError, HostGate

pytestmark = pytest.mark.anyio


class VirtualTime:
    """Sleepers wake in order of their time, as soon as everybody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, event))
        await event.wait()

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        idle = 0
        while not all(task.done() for task in tasks):
            assert idle < 50, "everybody waits for somebody else"
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, event = heapq.heappop(self._sleepers)
                event.set()
                idle = 0
            else:
                idle += 1
        for task in tasks:
            task.result()


class Watch:
    """Requests that last `seconds` of virtual time, and what was under way beside each."""

    def __init__(self, time: VirtualTime, gate: HostGate) -> None:
        self.time = time
        self.gate = gate
        self.starts: list[tuple[str, float]] = []
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}

    async def ask(self, host: str, seconds: float = 0.0) -> None:
        async with self.gate.turn(host):
            self.starts.append((host, self.time.now))
            for key in {host, ".".join(host.split(".")[-2:]), "total"}:
                self.now[key] = self.now.get(key, 0) + 1
                self.most[key] = max(self.most.get(key, 0), self.now[key])
            await self.time.sleep(seconds)
            for key in {host, ".".join(host.split(".")[-2:]), "total"}:
                self.now[key] -= 1

    def task(self, host: str, seconds: float = 0.0) -> asyncio.Task[None]:
        return asyncio.create_task(self.ask(host, seconds))


def watching(gap: float = 1.0, concurrency: int = 50) -> Watch:
    time = VirtualTime()
    return Watch(time, HostGate(gap=gap, concurrency=concurrency, clock=time.clock, sleep=time.sleep))


@pytest.mark.case("P-61", "P-20")
async def test_one_host_sees_one_request_at_a_time_and_a_gap_between_their_starts() -> None:
    watch = watching(gap=1.0)
    await watch.time.run(*(watch.task("a.example", 0.3) for _ in range(20)))
    starts = [at for _, at in watch.starts]
    assert watch.most["a.example"] == 1
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(starts))
    assert starts[-1] == pytest.approx(19.0)


@pytest.mark.case("P-61")
async def test_hosts_of_one_domain_share_a_cap() -> None:
    watch = watching()
    await watch.time.run(*(watch.task(f"{number}.example.org", 1.0) for number in range(30)))
    assert watch.most["example.org"] == 4


@pytest.mark.case("P-61")
async def test_there_is_a_cap_in_total() -> None:
    watch = watching(concurrency=7)
    await watch.time.run(*(watch.task(f"site{number}.example", 1.0) for number in range(40)))
    assert watch.most["total"] == 7


@pytest.mark.case("P-61")
async def test_a_slow_host_with_many_sources_starves_nobody() -> None:
    watch = watching(concurrency=3)
    slow = [watch.task("slow.example", 50.0) for _ in range(30)]
    quick = [watch.task(f"quick{number}.example", 0.1) for number in range(20)]
    await watch.time.run(*slow, *quick)
    assert max(at for host, at in watch.starts if host.startswith("quick")) < 5.0


@pytest.mark.case("P-25")
async def test_a_blocked_host_refuses_those_who_wait_already_and_opens_in_time() -> None:
    watch = watching(gap=0.0)

    async def limited() -> None:
        async with watch.gate.turn("a.example"):
            await watch.time.sleep(1.0)
            watch.gate.block("a.example", 100.0, "asked to wait")
            watch.gate.block("a.example", 5.0, "a shorter wait changes nothing")

    async def refused() -> None:
        with pytest.raises(BlockedError) as caught:
            await watch.ask("a.example")
        assert caught.value.seconds == pytest.approx(100.0)

    await watch.time.run(asyncio.create_task(limited()), *(asyncio.create_task(refused()) for _ in range(3)))
    watch.time.now += 100.0
    await watch.time.run(watch.task("a.example"), watch.task("b.example"))
    assert [host for host, _ in watch.starts] == ["a.example", "b.example"]


async def test_a_cancelled_request_gives_its_turn_back() -> None:
    watch = watching(gap=0.0)
    stuck = watch.task("a.example", 1000.0)
    waiting = watch.task("a.example")
    for _ in range(5):
        await asyncio.sleep(0)
    stuck.cancel()
    await watch.time.run(waiting)
    assert [host for host, _ in watch.starts] == ["a.example", "a.example"]
    await asyncio.gather(stuck, return_exceptions=True)


@pytest.mark.case("P-25")
async def test_a_block_ends_at_its_time_and_not_before_and_the_longer_one_counts() -> None:
    watch = watching(gap=0.0)
    gate = watch.gate
    gate.block("a.example", 10.0, "first")
    gate.block("a.example", 20.0, "longer")
    gate.block("a.example", 20.0, "no longer")
    watch.time.now = 19.0
    with pytest.raises(BlockedError, match="longer") as caught:
        gate.check("a.example")
    assert (caught.value.seconds, caught.value.why, str(caught.value)) == (1.0, "longer", "longer")
    gate.check("b.example")
    watch.time.now = 20.0
    gate.check("a.example")
    assert gate._blocks == {}
    gate.block("a.example", 1.0, "a new one may be shorter than one that is over")
    with pytest.raises(BlockedError):
        gate.check("a.example")


@pytest.mark.case("P-25")
async def test_a_blocked_host_is_not_waited_for() -> None:
    watch = watching()
    busy = watch.task("a.example", 50.0)
    for _ in range(5):
        await asyncio.sleep(0)
    watch.gate.block("a.example", 10.0, "asked to wait")
    with pytest.raises(BlockedError):
        await asyncio.wait_for(watch.ask("a.example"), 5)
    await watch.time.run(busy)


@pytest.mark.case("P-61", "P-20")
async def test_the_first_request_to_a_host_waits_for_nothing_and_the_next_for_the_rest_of_the_gap() -> None:
    watch = watching(gap=10.0)
    watch.time.now = 100.0
    await watch.time.run(watch.task("a.example", 4.0))
    await watch.time.run(watch.task("a.example", 12.0))
    await watch.time.run(watch.task("a.example"))
    assert watch.starts == [("a.example", 100.0), ("a.example", 110.0), ("a.example", 122.0)]


@pytest.mark.case("P-61")
async def test_the_caps_hold_for_request_after_request_and_give_back_what_they_took() -> None:
    time = VirtualTime()
    gate = HostGate(gap=0.0, concurrency=3, clock=time.clock, sleep=time.sleep, per_domain=2)
    watch = Watch(time, gate)
    for _ in range(3):
        await time.run(*(watch.task(f"{number}.example.org", 1.0) for number in range(5)))
        await time.run(*(watch.task(f"site{number}.example", 1.0) for number in range(5)))
    assert (watch.most["example.org"], watch.most["total"]) == (2, 3)
    assert gate._domains == {}


@pytest.mark.case("P-61")
async def test_the_cap_of_a_domain_holds_while_some_leave_and_others_come() -> None:
    time = VirtualTime()
    watch = Watch(time, HostGate(gap=0.0, concurrency=50, clock=time.clock, sleep=time.sleep, per_domain=2))

    async def come(after: float, number: int) -> None:
        await time.sleep(after)
        await watch.ask(f"{number}.example.org", 3.0)

    await time.run(*(asyncio.create_task(come(number * 1.0, number)) for number in range(12)))
    assert watch.most["example.org"] == 2
    assert len(watch.starts) == 12


@pytest.mark.case("P-61")
async def test_addresses_without_a_domain_do_not_share_a_cap() -> None:
    time = VirtualTime()
    watch = Watch(time, HostGate(gap=0.0, concurrency=50, clock=time.clock, sleep=time.sleep, per_domain=1))
    await time.run(*(watch.task(host, 1.0) for host in ("127.0.0.1", "127.0.0.2", "localhost")))
    assert watch.most["total"] == 3


@pytest.mark.case("P-61", "P-25")
async def test_of_ten_thousand_hosts_only_those_are_forgotten_that_owe_nothing() -> None:
    watch = watching(gap=10.0)
    gate = watch.gate
    gate.block("short.example", 10.0, "short")
    gate.block("long.example", 100.0, "long")
    for number in range(9_998):
        async with gate.turn(f"{number}.example"):
            pass
    watch.time.now = 5.0
    async with gate.turn("late.example"):
        pass
    assert len(gate._hosts) == 9_999
    watch.time.now = 10.0
    async with gate.turn("full.example"):
        pass
    assert len(gate._hosts) == 10_000
    async with gate.turn("last.example"):
        pass
    assert set(gate._hosts) == {"late.example", "full.example", "last.example"}
    assert set(gate._blocks) == {"long.example"}


@pytest.mark.case("P-61")
async def test_a_busy_host_is_not_forgotten_while_it_is_asked() -> None:
    watch = watching(gap=0.0)
    busy = watch.task("busy.example", 100.0)
    for _ in range(5):
        await asyncio.sleep(0)
    for number in range(10_001):
        async with watch.gate.turn(f"{number}.example"):
            pass
    await watch.time.run(busy, watch.task("busy.example"))
    assert watch.most["busy.example"] == 1
    assert watch.starts == [("busy.example", 0.0), ("busy.example", 100.0)]
