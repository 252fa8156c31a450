from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.text import urls


@pytest.mark.parametrize(
    ("reference", "base", "expected"),
    [
        ("b", "https://x.example/a/", "https://x.example/a/b"),
        ("../b", "https://x.example/a/c/", "https://x.example/a/b"),
        ("//y.example/b", "https://x.example/", "https://y.example/b"),
        ("\\b\\c", "https://x.example/a", "https://x.example/b/c"),
        ("https://y.example/ä?q=a b", "https://x.example/", "https://y.example/ä?q=a%20b"),
        ("  https://y.ex\nample/b\t", "https://x.example/", "https://y.example/b"),
        ("mailto:a@x.example", "https://x.example/", "mailto:a@x.example"),
        ("", "https://x.example/", ""),
        ("http://[x", "https://x.example/", ""),
    ],
)
def test_references_are_resolved_as_browsers_do(reference: str, base: str, expected: str) -> None:
    assert urls.absolute(reference, base) == expected


_PARTS = st.sampled_from(
    ("/", "/", "a", "b.c", ".", "..", "-", "%20", "?", "&", "=1", "#", ";", ":", "@", "ä", " ", "\t", "[", "|")
)
_TAIL = st.lists(_PARTS, max_size=8).map("".join)
_ORIGINS = (
    "https://x.example",
    "http://x.example:80",
    "https://X.example",
    "https://u@x.example",
    "ftp://x.example",
    "",
)


@given(_TAIL, st.sampled_from(_ORIGINS), _TAIL)
@example("/a", "https://x.example:99999", "")
def test_short_cuts_lead_where_the_whole_way_leads(reference: str, origin: str, path: str) -> None:
    base = origin + path
    try:
        joined = urljoin(base, urls._CONTROL.sub("", reference.strip()))
        hostname = urlsplit(joined).hostname or ""
    except ValueError:
        joined = hostname = ""
    found = urls.absolute(reference, base)
    if reference[:1] == "/" and urls.split(joined) is not None:
        assert found == urls._UNSAFE.sub(lambda unsafe: f"%{ord(unsafe[0]):02X}", joined)
    if urls.split(joined) is not None:
        assert urls.host(joined) == hostname.rstrip(".")


@pytest.mark.parametrize("url", ["https://x.example", "HTTP://x.example/a", "http://user@x.example"])
def test_web_addresses_are_known_as_such(url: str) -> None:
    assert urls.http_only(url) == url


@pytest.mark.parametrize(
    "url", ["", "x.example", "javascript:alert(1)", "urn:t", "http://", "https:///x", "httpx://x", "/a"]
)
def test_nothing_else_passes_for_a_web_address(url: str) -> None:
    assert urls.http_only(url) == ""


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.paper.example", "paper.example"),
        ("https://news.bbc.co.uk:443/x", "bbc.co.uk"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("a.one.github.io", "one.github.io"),
        ("127.0.0.1", "127.0.0.1"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("", ""),
    ],
)
def test_the_registrable_domain_is_what_its_owner_registered(name: str, domain: str) -> None:
    assert urls.registrable_domain(name) == domain


@pytest.mark.parametrize(
    ("url", "stripped", "redacted"),
    [
        ("https://me:pw@x.example/f", "https://x.example/f", "https://***@x.example/f"),
        ("https://x.example/f?token=abc&page=2", "https://x.example/f?page=2", "https://x.example/f?token=***&page=2"),
        ("https://x.example/f?API_KEY=abc", "https://x.example/f", "https://x.example/f?API_KEY=***"),
        ("https://x.example/f?q=key%20west", "https://x.example/f?q=key%20west", "https://x.example/f?q=key%20west"),
        ("http://[bad", "", "***"),
    ],
)
def test_secrets_are_taken_out_or_hidden(url: str, stripped: str, redacted: str) -> None:
    assert urls.strip_credentials(url) == stripped
    assert urls.redact(url) == redacted


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_makes_any_of_them_raise(one: str, other: str) -> None:
    resolved = urls.absolute(one, other)
    assert "\n" not in resolved
    for function in (urls.host, urls.registrable_domain, urls.strip_credentials, urls.redact, urls.http_only):
        assert isinstance(function(one), str)
