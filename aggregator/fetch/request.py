"""The words of a request to a source: who asks, what is accepted, what we hold already."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Validators
from aggregator.model.source import Source, SourceState
from aggregator.net.codings import ACCEPT_ENCODING

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.3"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.3"
MONTH = timedelta(days=30)


@cache
def program_version() -> str:
    try:
        return version("aggregator")
    except PackageNotFoundError:
        return "0"


def user_agent(settings: FetchSettings, base_url: str, feed_id: str, subscribers: int) -> str:
    """Who asks: program, version, a page that explains, readers served, the source's id (PROTOCOL P-62)."""
    name = settings.user_agent or f"aggregator/{program_version()}"
    about = f"+{base_url.rstrip('/')}/about/bot"
    readers = f"{subscribers} subscriber{'' if subscribers == 1 else 's'}"
    return f"{name} ({about}; {readers}; feed-id={feed_id})"


def validators_for(state: SourceState, url: str, now: datetime) -> Validators | None:
    """What may be sent to `url`: only what that very url gave (PROTOCOL P-13), less what it ignores (P-15).

    None once in 30 days where a source has said nothing but 304 for as long (P-10).
    """
    if is_canary_due(state, now):
        return None
    held = next((v for v in (state.validators, state.target_validators) if v is not None and v.url == url), None)
    if held is None or held.etag is None or held.last_modified is None or not _ignores_etags(state, now):
        return held
    return Validators(url=url, last_modified=held.last_modified)


def is_canary_due(state: SourceState, now: datetime) -> bool:
    """Whether a server that has answered 304 for 30 days is asked once without validators (PROTOCOL P-10)."""
    since = state.not_modified_since
    if since is None or now - since < MONTH:
        return False
    return state.last_unconditional_at is None or now - state.last_unconditional_at >= MONTH


def _ignores_etags(state: SourceState, now: datetime) -> bool:
    return state.etag_ignored_since is not None and now - state.etag_ignored_since < MONTH


def conditional_headers(validators: Validators | None, *, delta: bool) -> list[tuple[str, str]]:
    """Both validators, byte for byte (PROTOCOL P-02, P-03); ``A-IM`` only beside ``If-None-Match`` (P-54)."""
    headers: list[tuple[str, str]] = []
    if validators is None:
        return headers
    if validators.etag is not None:
        headers.append(("If-None-Match", validators.etag))
        if delta:
            headers.append(("A-IM", "feed"))
    if validators.last_modified is not None:
        headers.append(("If-Modified-Since", validators.last_modified))
    return headers


def common_headers(source: Source, agent: str) -> list[tuple[str, str]]:
    """What every request carries, the same on each poll: some servers' ETags depend on it (PROTOCOL P-15)."""
    return [
        ("User-Agent", agent),
        ("Accept", PAGE_ACCEPT if source.page is not None else ACCEPT),
        ("Accept-Encoding", ACCEPT_ENCODING),
    ]


_OURS = {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade"}


def with_own_headers(headers: list[tuple[str, str]], own: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The operator's headers for a source replace ours of the same name; those of the connection are not theirs."""
    names = {name.lower() for name, _ in own}
    kept = [(name, value) for name, value in headers if name.lower() not in names]
    return kept + [(name, value) for name, value in own if name.lower() not in _OURS]
