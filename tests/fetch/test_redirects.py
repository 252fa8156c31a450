"""Where a redirect leads."""

from __future__ import annotations

import pytest

from aggregator.fetch.redirects import Refusal, next_hop
from aggregator.model.fetch import FetchReason, Hop

URL = "https://a.test/feeds/1"


def step(location: str | None, *, url: str = URL, hops: tuple[Hop, ...] = (), limit: int = 5) -> Hop | Refusal:
    return next_hop(url, 302, location, hops, limit)


@pytest.mark.case("P-28", "P-64")
@pytest.mark.parametrize(
    ("location", "target"),
    [
        (" /b ", "https://a.test/b"),
        ("2", "https://a.test/feeds/2"),
        ("//b.test/", "https://b.test/"),
        ("HTTPS://b.test/#x", "https://b.test/"),
        ("https://u:p@b.test/", "https://b.test/"),
        ("/caf\u00c3\u00a9", "https://a.test/caf\u00e9"),
        ("/caf\u00e9", "https://a.test/caf\u00e9"),
        ("/\u20ac", "https://a.test/\u20ac"),
    ],
)
def test_a_target_is_absolute_and_carries_neither_credentials_nor_fragment(location: str, target: str) -> None:
    assert step(location) == Hop(status=302, source=URL, target=target)


@pytest.mark.case("P-31", "P-65")
@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (None, FetchReason.PROTOCOL),
        ("", FetchReason.PROTOCOL),
        (" ", FetchReason.PROTOCOL),
        ("http://[::1", FetchReason.PROTOCOL),
        ("HTTP://a.test/", FetchReason.REDIRECT_REFUSED),
        ("data:text/xml,x", FetchReason.REDIRECT_REFUSED),
        ("#top", FetchReason.REDIRECT_LOOP),
    ],
)
def test_a_redirect_that_is_not_followed_says_why(location: str | None, reason: FetchReason) -> None:
    refusal = step(location)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.case("P-31", "P-65")
def test_a_web_address_that_was_http_may_lead_to_either() -> None:
    for target in ("http://b.test/", "https://b.test/"):
        assert step(target, url="http://a.test/") == Hop(status=302, source="http://a.test/", target=target)
    shouted = step("HTTPS://b.test/", url="http://a.test/")
    assert shouted == Hop(status=302, source="http://a.test/", target="HTTPS://b.test/")
    refusal = step("http://b.test/", url="HTTPS://a.test/")
    assert isinstance(refusal, Refusal)


@pytest.mark.case("P-31")
def test_a_chain_ends_at_its_limit_or_where_it_has_been_before() -> None:
    hops = tuple(Hop(status=302, source=f"https://a.test/{n}", target=f"https://a.test/{n + 1}") for n in range(5))
    assert isinstance(step("/new", hops=hops[:4]), Hop)
    tired = step("/new", hops=hops)
    assert tired == Refusal(FetchReason.REDIRECT_LOOP, "More than 5 redirects in a row.")
    for number in (0, 3):
        assert isinstance(step(f"/{number}", hops=hops[:4]), Refusal)


@pytest.mark.case("P-65")
def test_a_long_scheme_is_not_repeated_at_length() -> None:
    refusal = step(f"{'x' * 99}:y")
    assert isinstance(refusal, Refusal)
    assert "x" * 20 in refusal.detail
    assert "x" * 21 not in refusal.detail
