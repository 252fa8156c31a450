"""Which redirects are kept, and when."""

from __future__ import annotations

import pytest

from aggregator.model.entry import ParseFailed, ParseReason
from aggregator.model.fetch import Hop, Validators
from aggregator.model.source import Source
from aggregator.pacing.observed import Observed
from tests.support.polls import URL, Player, body, hop, unchanged

B = "https://b.test/feed"
C = "https://c.test/feed"


def daily(player: Player, days: int, *hops: Hop, every: float = 24.0) -> list[str]:
    """Polls that end at the last hop's target; the urls that polls start at after each."""
    urls = []
    for _ in range(days):
        start = player.state.url
        left = () if start != URL else hops
        urls.append(player.poll(body('"e"', url=left[-1].target if left else start, hops=left)).url)
        player.wait(hours=every)
    return urls


@pytest.mark.case("P-28")
@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_kept_after_ten_sightings_over_a_week(status: int) -> None:
    player = Player()
    assert daily(player, 10, hop(status, URL, B)) == [URL] * 9 + [B]
    assert player.state.aliases == (URL,)
    assert player.state.declared_url == URL
    assert player.state.validators == Validators(url=B, etag='"e"')
    assert player.state.sightings is None


@pytest.mark.case("P-28")
def test_ten_sightings_within_a_day_are_not_enough() -> None:
    player = Player()
    urls = daily(player, 100, hop(301, URL, B), every=2.0)
    assert urls[:84] == [URL] * 84
    assert urls[84] == B


@pytest.mark.case("P-28")
def test_sightings_must_agree() -> None:
    player = Player()
    daily(player, 9, hop(301, URL, B))
    daily(player, 1, hop(301, URL, C))
    assert daily(player, 9, hop(301, URL, B)) == [URL] * 9
    daily(player, 1)
    assert player.state.sightings is None


@pytest.mark.case("P-28")
def test_a_304_at_the_target_is_a_sighting_too() -> None:
    player = Player()
    daily(player, 9, hop(301, URL, B))
    assert player.poll(unchanged(url=B, hops=(hop(301, URL, B),))).url == B
    assert player.state.validators == Validators(url=B, etag='"e"')


@pytest.mark.case("P-28")
@pytest.mark.parametrize(
    ("target", "at_once"),
    [
        ("https://a.test/feed", True),
        ("https://a.test:443/feed", True),
        ("https://www.a.test/feed", False),
        ("https://a.test/feed/", False),
        ("https://a.test/feed?x=1", False),
        ("https://a.test:8443/feed", False),
    ],
)
def test_only_the_same_address_on_https_is_kept_at_once(target: str, *, at_once: bool) -> None:
    player = Player(source=Source(id=Player().source.id, url="http://a.test/feed"))
    state = player.poll(body(url=target, hops=(hop(301, "http://a.test/feed", target),)))
    assert (state.url == target) is at_once


@pytest.mark.case("P-29")
@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_never_kept(status: int) -> None:
    player = Player()
    assert daily(player, 30, hop(status, URL, B)) == [URL] * 30
    assert player.state.sightings is None


@pytest.mark.case("P-30")
def test_of_a_mixed_chain_only_the_permanent_beginning_is_kept() -> None:
    player = Player()
    assert daily(player, 10, hop(301, URL, B), hop(302, B, C))[-1] == B
    player = Player()
    assert daily(player, 30, hop(302, URL, B), hop(301, B, C))[-1] == URL
    player = Player()
    assert daily(player, 10, hop(301, URL, B), hop(308, B, C))[-1] == C


@pytest.mark.case("P-32")
def test_a_permanent_redirect_to_a_page_is_never_kept() -> None:
    player = Player()
    login = Observed(parse_failed=ParseFailed(reason=ParseReason.HTML, detail="A web page."), complete=False)
    for _ in range(30):
        state = player.next(body(url=B, hops=(hop(301, URL, B),)), login)
        assert (state.url, state.sightings) == (URL, None)


@pytest.mark.case("P-28")
def test_a_way_back_is_possible() -> None:
    player = Player()
    daily(player, 10, hop(301, URL, B))
    for _ in range(10):
        player.poll(body(url=URL, hops=(hop(301, B, URL),)))
        player.wait(days=1)
    assert (player.state.url, player.state.aliases) == (URL, (B,))
