"""Rate limits for those who ask too often without asking politely (PROTOCOL B-12)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many whole feed documents one address may take of one path before it is asked to wait."""

    burst: int = 20
    """Unconditional replies in a row that cost nothing."""
    refill: int = 300
    """Seconds after which one more is allowed: who polls every five minutes is never limited."""
    remembered: int = 50_000
    """Addresses kept in memory; the oldest are forgotten."""


@dataclass(slots=True)
class Limiter:
    """A leaky bucket per (address, path)."""

    limits: Limits
    _levels: OrderedDict[tuple[str, str], tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, address: str, path: str, now: float) -> int:
        """Counts a whole reply and tells the seconds to wait before the next one is given: 0 where it is given."""
        key = (address, path)
        level, since = self._levels.pop(key, (0.0, now))
        level = max(0.0, level - (now - since) / self.limits.refill)
        allowed = level + 1 <= self.limits.burst
        self._levels[key] = (level + 1 if allowed else level, now)
        if len(self._levels) > self.limits.remembered:
            self._levels.popitem(last=False)
        return 0 if allowed else max(1, round((level + 1 - self.limits.burst) * self.limits.refill))
