"""Whether it is we who are offline (PROTOCOL P-36)."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, NotModified
from aggregator.pacing.backoff import OFFLINE
from aggregator.text.urls import host, registrable_domain

_FEWEST = 5
_SHARE = 0.8


def outage(results: Iterable[FetchOutcome]) -> bool:
    """True when more than 80 % of at least 5 unrelated hosts could not be reached: then it is our own network.

    Hosts of one registrable domain are one; one that answered at all, even with an error, was reached.
    """
    reached: dict[str, bool] = {}
    for result in results:
        name = _name(result)
        if name:
            reached[name] = reached.get(name, False) or not _is_silent(result)
    silent = sum(not answered for answered in reached.values())
    return len(reached) >= _FEWEST and silent > _SHARE * len(reached)


def _name(result: FetchOutcome) -> str:
    name = host(result.url)
    return registrable_domain(name) or name


def _is_silent(result: Fetched | NotModified | FetchFailed) -> bool:
    return isinstance(result, FetchFailed) and result.status is None and result.reason in OFFLINE
