from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.entry import ParsedFeed, ParseFailed, ParseReason, Quirk
from aggregator.parse.discover import discover
from aggregator.parse.document import parse
from aggregator.parse.opml import read_opml
from aggregator.text.xml import is_xml_safe

URL = "http://feeds.example/feed"
ITEM = b"<item><guid>1</guid><title>t</title></item>"


def channel(inside: bytes, prolog: bytes = b"") -> bytes:
    return prolog + b'<rss version="2.0"><channel>' + inside + b"</channel></rss>"


def laughs(depth: int) -> bytes:
    entities = b'<!ENTITY e0 "haha">' + b"".join(
        b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, depth)
    )
    return channel(
        b"<item><guid>1</guid><title>&e%d;</title></item>" % (depth - 1),
        b"<!DOCTYPE rss [" + entities + b"]>",
    )


def quadratic() -> bytes:
    prolog = b'<!DOCTYPE rss [<!ENTITY a "' + b"a" * 50_000 + b'">]>'
    return channel(b"<item><title>" + b"&a;" * 50_000 + b"</title></item>", prolog)


BOMBS = {
    "billion laughs": laughs(12),
    "quadratic blow-up": quadratic(),
    "unterminated CDATA sections": channel(b"<![CDATA[" * 100_000),
    "unterminated comments": b"<rss>" + b"<!--" * 200_000,
    "comments before the root": b"<!-- -->" * 100_000 + b"<rss/>",
    "ampersands": channel(b"<item><title>" + b"&" * 500_000 + b"</title></item>"),
    "less-than signs": channel(b"<item><title>" + b"< " * 200_000 + b"</title></item>"),
    "open items": b"<rss><channel>" + b"<item>" * 200,
    "attributes": b"<rss " + b" ".join(b'a%d="x"' % n for n in range(50_000)) + b"/>",
    "open tags in a title": channel(b"<item><title>" + b"&lt;b " * 100_000 + b"</title></item>"),
    "open document types": b"<!DOCTYPE rss [" * 50_000,
    "processing instructions": b"<?x " * 200_000 + b"<rss/>",
    "many items": channel(ITEM * 20_000),
}


@pytest.mark.case("P-46", "P-47")
@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_takes_bounded_time_and_gives_a_bounded_outcome(body: bytes) -> None:
    start = time.process_time()
    outcome = parse(body, url=URL)
    assert time.process_time() - start < 5
    if isinstance(outcome, ParsedFeed):
        longest = max((len(entry.title.value) for entry in outcome.entries if entry.title), default=0)
        assert longest <= 2 * len(body)


@pytest.mark.case("P-47")
@pytest.mark.parametrize(
    "tag", [b"<rss>", b"<rss><channel><item><description>", b'<feed xmlns="http://www.w3.org/2005/Atom">']
)
def test_a_hundred_thousand_levels_are_too_deep(tag: bytes) -> None:
    outcome = parse(tag + b"<a>" * 100_000, url=URL)
    assert isinstance(outcome, ParseFailed)
    assert outcome.reason is ParseReason.TOO_DEEP


@pytest.mark.case("P-47")
def test_json_nested_a_hundred_thousand_levels_deep_is_too_deep() -> None:
    outcome = parse(b'{"items": ' + b"[" * 100_000, url=URL)
    assert isinstance(outcome, ParseFailed)
    assert outcome.reason in {ParseReason.TOO_DEEP, ParseReason.UNREADABLE}


@pytest.mark.case("P-37")
@pytest.mark.parametrize("body", [b"", b"  \r\n\t "])
def test_an_empty_body_is_named_so(body: bytes) -> None:
    outcome = parse(body, url=URL)
    assert isinstance(outcome, ParseFailed)
    assert outcome.reason is ParseReason.EMPTY_BODY


@pytest.mark.case("P-46")
def test_entries_that_lost_their_feed_are_read_by_the_last_resort() -> None:
    body = b"<item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item>"
    outcome = parse(body, url=URL)
    assert isinstance(outcome, ParsedFeed)
    assert [[link.href for link in entry.links] for entry in outcome.entries] == [
        ["http://feeds.example/1"],
        ["http://feeds.example/2"],
    ]
    assert outcome.parser.startswith("feedparser")
    assert Quirk.ILL_FORMED in outcome.quirks


WORDS = st.sampled_from(
    [
        b"<rss>",
        b"</rss>",
        b"<channel>",
        b"<item>",
        b"</item>",
        b"<title>",
        b"</title>",
        b"<![CDATA[",
        b"]]>",
        b"&amp;",
        b"&nbsp;",
        b"&",
        b"<",
        b">",
        b"<!--",
        b"-->",
        b"<?xml version='1.0' encoding='utf-16'?>",
        b"<!DOCTYPE rss [",
        b"]>",
        b'<feed xmlns="http://www.w3.org/2005/Atom">',
        b"<entry>",
        b'<link href="//[x"/>',
        b"<content type='xhtml'>",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"{",
        b'"items": [',
        b'"version": "https://jsonfeed.org/version/1.1",',
        b"]",
        b"}",
        b"<dc:creator>",
        b"<media:content url='x'>",
        b"<media:group>",
        b"<html>",
        b"text",
        b"\xe9",
        b"\xed\xa0\x80",
        b"<CHANNEL HREF='x'>",
        b"<opml>",
        b"<outline text='a' xmlUrl='http://b.example/'>",
        b"</outline>",
        b' xml:base="::"',
    ],
)
BYTES = st.one_of(st.binary(max_size=400), st.lists(WORDS, max_size=40).map(b"".join))
TYPES = st.sampled_from(
    [None, "text/xml", "text/xml; charset=utf-7", "x; charset=\x00", "application/json;charset=utf-16"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["items", "id", "url", "title", "authors", "author", "attachments", "tags", "image", "hubs", "_x"]
            ),
            inside,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.mark.case("P-46")
@settings(max_examples=300, deadline=None)
@given(body=BYTES, content_type=TYPES, trust=st.booleans())
def test_no_bytes_make_any_reader_raise(body: bytes, content_type: str | None, trust: bool) -> None:
    outcome = parse(body, url=URL, content_type=content_type, trust_charset=trust)
    assert isinstance(outcome, ParsedFeed | ParseFailed)
    assert all(found.url.startswith(("http://", "https://")) for found in discover(body, url=URL))
    assert all(found.xml_url for found in read_opml(body, URL).feeds)


@settings(max_examples=150, deadline=None)
@given(data=st.dictionaries(st.sampled_from(["items", "title", "authors", "hubs"]), JSON), version=st.booleans())
def test_no_json_makes_the_reader_raise(data: dict[str, object], version: bool) -> None:
    body = json.dumps({**data, **({"version": "https://jsonfeed.org/version/1"} if version else {})}).encode()
    assert isinstance(parse(body, url=URL), ParsedFeed | ParseFailed)


@pytest.mark.case("P-46")
@settings(max_examples=60, deadline=None)
@given(cut=st.integers(min_value=1, max_value=700))
def test_a_cut_feed_gives_a_prefix_of_its_entries_and_says_so(cut: int) -> None:
    items = b"".join(b"<item><guid>%d</guid><title>t%d</title></item>" % (n, n) for n in range(20))
    whole = channel(items)
    outcome = parse(whole[:-cut], url=URL)
    if isinstance(outcome, ParsedFeed):
        assert [entry.id for entry in outcome.entries] == [str(n) for n in range(len(outcome.entries))]
        assert all(entry.title and entry.title.value == f"t{entry.id}" for entry in outcome.entries)
        assert Quirk.TRUNCATED in outcome.quirks


def strings(value: object) -> Iterator[str]:
    """Every string inside a noun."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from strings(getattr(value, field.name))


@settings(max_examples=150, deadline=None)
@given(title=st.text(st.characters(codec=None, exclude_categories=()), max_size=20), kind=st.integers(0, 2))
def test_whatever_is_read_can_be_stored_and_written(title: str, kind: int) -> None:
    raw = title.encode("utf-8", "surrogatepass")
    body = (
        channel(b"<item><guid>" + raw + b"</guid><title>" + raw + b"</title></item>"),
        json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": title, "title": title, "_x": title}]}
        ).encode(),
        b"<item><title>" + raw + b"&#1;&#xD800;</title></item><item><title>" + raw + b"</title></item>",
    )[kind]
    outcome = parse(body, url=URL)
    assert all(is_xml_safe(text) for text in strings(outcome))
