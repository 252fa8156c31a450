"""The words of a request to a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

import pytest

from aggregator.fetch.request import (
    ACCEPT,
    PAGE_ACCEPT,
    common_headers,
    conditional_headers,
    is_canary_due,
    program_version,
    user_agent,
    validators_for,
    with_own_headers,
)
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Validators
from aggregator.model.ids import SourceId
from aggregator.model.source import PageSelectors, Source, SourceState
from tests.support.clock import START

URL = "https://a.test/feed"
B = "https://b.test/feed"
DAY = timedelta(days=1)
HELD = Validators(url=URL, etag='"e"', last_modified="m")
STATE = SourceState(source_id=SourceId("s"), url=URL, due=START, validators=HELD)


@pytest.mark.case("P-62")
@pytest.mark.parametrize(
    ("subscribers", "words"),
    [(0, "0 subscribers"), (1, "1 subscriber"), (2, "2 subscribers"), (1000, "1000 subscribers")],
)
def test_the_agent_says_how_many_read_and_where_to_ask(subscribers: int, words: str) -> None:
    settings = FetchSettings(user_agent="Moonwire/2")
    agent = user_agent(settings, "https://us.test/planet//", "a", subscribers)
    assert agent == f"Moonwire/2 (+https://us.test/planet/about/bot; {words}; feed-id=a)"


@pytest.mark.case("P-62")
def test_a_site_that_names_no_agent_goes_by_the_programs_name_and_version() -> None:
    program_version.cache_clear()
    agent = user_agent(FetchSettings(), "https://us.test", "a", 0)
    assert agent.startswith(f"aggregator/{version('aggregator')} (")


def test_feeds_are_wanted_of_a_feed_and_html_of_a_page() -> None:
    feed = Source(id=SourceId("s"), url=URL)
    page = replace(feed, page=PageSelectors(item="li", title="a", link="a"))
    assert dict(common_headers(feed, "us"))["Accept"] == ACCEPT
    assert dict(common_headers(page, "us"))["Accept"] == PAGE_ACCEPT
    assert [name for name, _ in common_headers(feed, "us")] == ["User-Agent", "Accept", "Accept-Encoding"]


@pytest.mark.case("P-10")
@pytest.mark.parametrize(
    ("days", "asked", "due"),
    [
        (None, None, False),
        (29.9, None, False),
        (30, None, True),
        (60, 29.9, False),
        (60, 30, True),
    ],
)
def test_a_month_of_304s_is_checked_once_a_month(days: float | None, asked: float | None, *, due: bool) -> None:
    state = replace(
        STATE,
        not_modified_since=None if days is None else START - days * DAY,
        last_unconditional_at=None if asked is None else START - asked * DAY,
    )
    assert is_canary_due(state, START) is due
    assert (validators_for(state, URL, START) is None) is due


@pytest.mark.case("P-13")
def test_only_what_a_url_gave_itself_is_sent_to_it() -> None:
    target = Validators(url=B, etag='"b"')
    state = replace(STATE, target_validators=target)
    assert validators_for(state, URL, START) == HELD
    assert validators_for(state, B, START) == target
    assert validators_for(state, "https://c.test/feed", START) is None
    assert validators_for(replace(STATE, validators=None), URL, START) is None


@pytest.mark.case("P-15")
@pytest.mark.parametrize(
    ("days", "held", "sent"),
    [
        (29.9, HELD, Validators(url=URL, last_modified="m")),
        (30, HELD, HELD),
        (None, HELD, HELD),
        (1, Validators(url=URL, etag='"e"'), Validators(url=URL, etag='"e"')),
        (1, Validators(url=URL, last_modified="m"), Validators(url=URL, last_modified="m")),
    ],
)
def test_an_ignored_etag_rests_for_a_month_if_there_is_something_else_to_send(
    days: float | None, held: Validators, sent: Validators
) -> None:
    state = replace(STATE, validators=held, etag_ignored_since=None if days is None else START - days * DAY)
    assert validators_for(state, URL, START) == sent


@pytest.mark.case("P-02", "P-03", "P-54")
@pytest.mark.parametrize(
    ("held", "delta", "headers"),
    [
        (None, True, []),
        (HELD, False, [("If-None-Match", '"e"'), ("If-Modified-Since", "m")]),
        (HELD, True, [("If-None-Match", '"e"'), ("A-IM", "feed"), ("If-Modified-Since", "m")]),
        (Validators(url=URL, last_modified="m"), True, [("If-Modified-Since", "m")]),
        (Validators(url=URL), True, []),
    ],
)
def test_a_request_repeats_what_is_held_and_asks_for_a_delta_only_beside_an_etag(
    held: Validators | None, delta: bool, headers: list[tuple[str, str]]
) -> None:
    assert conditional_headers(held, delta=delta) == headers


@pytest.mark.case("P-64")
@pytest.mark.parametrize(
    "name", ["Host", "Connection", "Content-Length", "Transfer-Encoding", "TE", "Trailer", "Upgrade"]
)
def test_an_operators_header_replaces_ours_but_none_of_the_connection(name: str) -> None:
    ours = [("User-Agent", "us"), ("Accept", "all")]
    own = (("USER-agent", "them"), (name, "x"), ("X-Key", "k"))
    assert with_own_headers(ours, own) == [("Accept", "all"), ("USER-agent", "them"), ("X-Key", "k")]
