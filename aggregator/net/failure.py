"""What can go wrong on the way, as a value; the exception that carries it never leaves this room."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.fetch import FetchReason


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFailed:
    """No whole reply came; `detail` is one sentence for the operator and names no secret."""

    reason: FetchReason
    detail: str
    status: int | None = None
    """The status line that was still read, where the body was what failed."""


class NetError(Exception):
    """Carries a `NetFailed` up to the client, which hands it out as a value."""

    def __init__(self, reason: FetchReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)
