"""Names to addresses."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import Protocol

from aggregator.model.fetch import FetchReason
from aggregator.net.addresses import Address
from aggregator.net.failure import NetError


class NameNotFoundError(Exception):
    """The name does not exist (NXDOMAIN)."""


class Resolver(Protocol):
    """Finds the addresses of a host; called by the connector for every new connection."""

    async def resolve(self, host: str) -> tuple[Address, ...]:
        """All addresses of a host, in the order of preference.

        Raises `NameNotFoundError` where the name does not exist, and `OSError` where nobody could tell.
        """
        ...


_NOT_FOUND = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class SystemResolver:
    """The operating system's resolver."""

    async def resolve(self, host: str) -> tuple[Address, ...]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _NOT_FOUND:
                raise NameNotFoundError(host) from None
            raise
        return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


async def addresses_of(resolver: Resolver, host: str) -> tuple[Address, ...]:
    """The addresses of a name; raises `NetError` with ``dns-not-found`` or ``dns``."""
    try:
        found = await resolver.resolve(host)
    except NameNotFoundError:
        raise NetError(FetchReason.DNS_NOT_FOUND, f"The name {host} does not exist.") from None
    except (OSError, UnicodeError):
        raise NetError(FetchReason.DNS, f"The name {host} could not be looked up.") from None
    if not found:
        raise NetError(FetchReason.DNS_NOT_FOUND, f"The name {host} has no address.")
    return found
