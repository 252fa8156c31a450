"""Opens connections: resolve, check every answer, connect to a checked address (PROTOCOL P-58, P-65)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest

import httpcore2

from aggregator.model.fetch import FetchReason
from aggregator.net.addresses import REFUSED_PORTS, Address, Guard, literal
from aggregator.net.failure import NetError
from aggregator.net.resolver import Resolver, addresses_of
from aggregator.net.stream import TcpStream

STAGGER = 0.25
"""Seconds before the next address is tried beside the first (RFC 8305 section 8)."""
_REMEMBERED = 2000


class Connector(httpcore2.AsyncNetworkBackend):
    """Opens connections to checked addresses only.

    What was checked is what is connected to, so a name that changes its answer in between gains nothing.
    """

    def __init__(self, resolver: Resolver, guard: Guard | None, timeout: float) -> None:
        self._resolver = resolver
        self._guard = guard
        self.timeout = timeout
        self._versions: dict[str, int] = {}

    async def check(self, host: str) -> tuple[Address, ...]:
        """The addresses of a host; raises `NetError`, with ``private-address`` if *any* of them is not allowed."""
        one = literal(host)
        found = (one,) if one is not None else await addresses_of(self._resolver, host.rstrip("."))
        if self._guard is not None and not all(self._guard.allows(address) for address in found):
            raise NetError(FetchReason.PRIVATE_ADDRESS, f"{host} is not an address of the public internet.")
        return found

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> TcpStream:
        """A connection to one of the host's addresses; raises `NetError`."""
        del local_address, socket_options
        if self._guard is not None and port in REFUSED_PORTS:
            raise NetError(FetchReason.BAD_URL, f"Port {port} belongs to another protocol than HTTP.")
        addresses = self._ordered(host, await self.check(host))
        try:
            async with asyncio.timeout(timeout or self.timeout):
                stream, address = await _race(addresses, port)
        except TimeoutError:
            raise NetError(FetchReason.TIMEOUT, f"{host} did not accept a connection in time.") from None
        except OSError as error:
            raise NetError(FetchReason.CONNECT, f"{host} refused the connection: {_words(error)}.") from None
        self._remember(host, address)
        return stream

    def _ordered(self, host: str, addresses: tuple[Address, ...]) -> tuple[Address, ...]:
        """Both versions by turns, the one that worked last time first (RFC 8305 sections 4 and 9.1)."""
        if len(addresses) == 1:
            return addresses
        first = self._versions.get(host, addresses[0].version)
        pairs = zip_longest(
            (address for address in addresses if address.version == first),
            (address for address in addresses if address.version != first),
        )
        return tuple(address for address in chain.from_iterable(pairs) if address is not None)

    def _remember(self, host: str, address: Address) -> None:
        if len(self._versions) >= _REMEMBERED:
            self._versions.clear()
        self._versions[host] = address.version


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


async def _open(address: Address, port: int) -> tuple[TcpStream, Address]:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, (str(address), port))
        _, stream = await loop.create_connection(TcpStream, sock=sock)
    except BaseException:
        sock.close()
        raise
    return stream, address


async def _race(addresses: tuple[Address, ...], port: int) -> tuple[TcpStream, Address]:
    """The first connection that stands; each further address starts `STAGGER` later, or when all before have failed."""
    if len(addresses) == 1:
        return await _open(addresses[0], port)
    waiting = list(addresses)
    running: set[asyncio.Task[tuple[TcpStream, Address]]] = set()
    failure: OSError = OSError("no address")
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(_open(waiting.pop(0), port)))
            done, running = await asyncio.wait(
                running, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            winners = [task.result() for task in done if task.exception() is None]
            if winners:
                await _drop(winners[1:])
                return winners[0]
            failure = next((task.exception() for task in done), failure)  # type: ignore[assignment] # _open raises OSError
    finally:
        await _abandon(running)
    raise failure


async def _abandon(tasks: set[asyncio.Task[tuple[TcpStream, Address]]]) -> None:
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await _drop([result for result in results if not isinstance(result, BaseException)])


async def _drop(connections: list[tuple[TcpStream, Address]]) -> None:
    for stream, _ in connections:
        await stream.aclose()
