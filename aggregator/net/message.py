"""Requests and replies as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.net.failure import NetFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request as it goes out; nothing is added to it but Host, Connection and Content-Length."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    proxy: str | None = field(default=None, repr=False)
    """Url of an http proxy, by the operator's word; the environment's proxies are never used."""
    verify_tls: bool = True
    http1_only: bool = False
    """Kept for the day HTTP/2 is spoken: today every request is HTTP/1.1."""
    deadline: float | None = None
    """Seconds for everything, from name lookup to the last byte; None: the client's."""
    max_body: int | None = None
    """Bytes as transferred, at most; None: the client's."""
    max_decoded: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply, content codings undone. Redirects are replies like any other."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order received, names in lower case, values byte for byte (as Latin-1)."""
    body: bytes
    wire_bytes: int
    """Bytes of the body as transferred."""
    quirks: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header; None: not there."""
        return next((value for key, value in self.headers if key == name), None)

    def combined(self, name: str) -> str:
        """All values of a list header joined (RFC 9110 section 5.3); empty: not there."""
        return ", ".join(value for key, value in self.headers if key == name)


HttpOutcome = Reply | NetFailed
