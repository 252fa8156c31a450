"""robots.txt (RFC 9309), where the operator wants it obeyed (PROTOCOL P-63)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import protego

from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome

PRODUCT = "aggregator"
"""The name that robots.txt files know us by."""
_KEEP = 24 * 3600.0
_MAX_HOSTS = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin's robots.txt said, and until when that counts (monotonic seconds)."""

    parsed: Any
    """None: everything is allowed."""
    reachable: bool
    expires: float


class Robots:
    """Asks each origin's robots.txt at most once a day; `get` fetches a url with all manners; what it raises is let through.

    `rules` is what is known already, by origin; it is added to, so that it may outlive this.
    """

    def __init__(
        self,
        get: Callable[[str], Awaitable[HttpOutcome]],
        clock: Callable[[], float],
        rules: dict[str, Rules] | None = None,
    ) -> None:
        self._get = get
        self._clock = clock
        self._rules = {} if rules is None else rules
        self._asking: dict[str, asyncio.Lock] = {}

    async def forbids(self, url: str, origin: str) -> str | None:
        """Why `url` may not be fetched, as a sentence; None: it may."""
        async with self._asking.setdefault(origin, asyncio.Lock()):
            rules = self._rules.get(origin)
            if rules is None or rules.expires < self._clock():
                rules = await self._ask(origin)
        if not rules.reachable:
            return "The site's robots.txt cannot be read, so nothing of it is fetched."
        if rules.parsed is None or rules.parsed.can_fetch(url, PRODUCT):
            return None
        return "The site's robots.txt does not want this url to be fetched."

    async def _ask(self, origin: str) -> Rules:
        if len(self._rules) >= _MAX_HOSTS:
            self._rules.clear()
            self._asking = {name: lock for name, lock in self._asking.items() if lock.locked()}
        reply = await self._get(f"{origin}/robots.txt")
        expires = self._clock() + _KEEP
        if isinstance(reply, NetFailed) or reply.status >= 500 or reply.status == 429:
            rules = Rules(None, reachable=False, expires=self._clock() + 3600)
        elif reply.status == 200:
            rules = Rules(_parse(reply.body[: 512 * 1024].decode("utf-8", "replace")), reachable=True, expires=expires)
        else:
            rules = Rules(None, reachable=True, expires=expires)
        self._rules[origin] = rules
        return rules


_parse = cast("Callable[[str], Any]", protego.Protego.parse)
