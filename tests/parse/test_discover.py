from __future__ import annotations

import pytest

from aggregator.parse.discover import Candidate, discover

URL = "http://site.example/blog/post"


def find(head: str, *, headers: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    page = f"<!DOCTYPE html><html><head><title>x</title>{head}</head><body></body></html>"
    return discover(page.encode(), url=URL, content_type="text/html", link_headers=headers)


def urls(head: str, *, headers: tuple[str, ...] = ()) -> list[str]:
    return [candidate.url for candidate in find(head, headers=headers)]


ATOM = 'type="application/atom+xml"'
GOOD = [
    f'<link rel="alternate" {ATOM} href="/f">',
    f'<link rel="ALTERNATE" {ATOM} href="/f">',
    f'<link rel="home alternate" {ATOM} href="/f">',
    '<link rel="alternate" type="application/rss+xml" href="/f">',
    '<link rel="alternate" type=" Application/RSS+XML ; charset=utf-8" href="/f">',
    '<link rel="alternate" type="application/feed+json" href="/f">',
    '<link rel="alternate" type="application/json" href="/feed.json">',
    '<link rel="alternate" type="text/xml" title="Our RSS feed" href="/f">',
    '<link rel="alternate" type="application/rdf+xml" title="RSS 1.0" href="/f">',
    '<link rel="feed" href="/f">',
    '<a rel="alternate" type="application/rss+xml" href="/f">News</a>',
    f'<link rel="alternate" {ATOM} href="feed:http://site.example/f">',
    f'<link rel="alternate" {ATOM} href="feed://site.example/f">',
]
BAD = [
    f'<link rel="alternate stylesheet" {ATOM} href="/f">',
    f'<link rel="stylesheet" {ATOM} href="/f">',
    f'<link rel="alternative" {ATOM} href="/f">',
    f'<link rel="notalternate" {ATOM} href="/f">',
    f'<link rel="alternate" {ATOM}>',
    f'<link rel="alternate" {ATOM} href="">',
    f'<link {ATOM} href="/f">',
    f'<link rel="alternate" {ATOM} href="javascript:alert(1)">',
    '<link rel="alternate" href="/f">',
    '<link rel="alternate" type="text/html" href="/f">',
    '<link rel="alternate" type="text/xml" title="Sitemap" href="/f">',
    '<link rel="alternate" type="application/rdf+xml" title="FOAF" href="/f">',
    '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
    '<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">',
    '<link rel="feed stylesheet" href="/f">',
]


@pytest.mark.case("P-53")
@pytest.mark.parametrize("markup", GOOD)
def test_a_feed_link_is_found(markup: str) -> None:
    found = find(markup)
    assert len(found) == 1
    assert found[0].url in {"http://site.example/f", "http://site.example/feed.json"}


@pytest.mark.case("P-53")
@pytest.mark.parametrize("markup", BAD)
def test_a_link_that_is_no_feed_is_left_alone(markup: str) -> None:
    assert find(markup) == ()


@pytest.mark.case("P-53")
def test_the_base_of_the_page_counts() -> None:
    assert urls(f'<base href="//cdn.example/x/"><link rel="alternate" {ATOM} href="f">') == ["http://cdn.example/x/f"]


@pytest.mark.case("P-53")
def test_links_in_the_body_of_the_page_count() -> None:
    page = f'<html><body><p>x<link rel="alternate" {ATOM} href="/f"></p></body></html>'
    assert [found.url for found in discover(page.encode(), url=URL)] == ["http://site.example/f"]


@pytest.mark.case("P-53")
def test_the_link_field_of_the_response_counts() -> None:
    header = '</style.css>; rel=stylesheet, </f>; rel="x alternate"; type="application/atom+xml"; title="A, \\"B\\""'
    found = find("", headers=(header, "<//[>; rel=alternate; type=application/atom+xml"))
    assert [(candidate.url, candidate.found) for candidate in found] == [("http://site.example/f", "header")]


@pytest.mark.case("P-53")
def test_comments_come_last() -> None:
    found = find(
        f'<link rel="alternate" {ATOM} title="Site » Post Comments Feed" href="/post/feed">'
        f'<link rel="alternate" {ATOM} title="Site » Feed" href="/feed">',
    )
    assert [(candidate.url[19:], candidate.comments) for candidate in found] == [("/feed", False), ("/post/feed", True)]


@pytest.mark.case("P-53")
def test_one_content_in_three_formats_is_one_suggestion() -> None:
    markup = (
        '<link rel="alternate" type="application/rss+xml" title="Site (RSS 2.0)" href="/feed.rss">'
        f'<link rel="alternate" {ATOM} title="Site (Atom)" href="/feed.atom">'
        '<link rel="alternate" type="application/feed+json" title="Site JSON Feed" href="/feed.json">'
        f'<link rel="alternate" {ATOM} title="Other" href="/other.atom">'
    )
    assert urls(markup) == ["http://site.example/feed.atom", "http://site.example/other.atom"]


@pytest.mark.case("P-53")
def test_untitled_formats_of_one_folder_are_one_suggestion() -> None:
    markup = (
        '<link rel="alternate" type="application/rss+xml" href="/feed/rss/">'
        f'<link rel="alternate" {ATOM} href="/feed/atom/">'
    )
    assert urls(markup) == ["http://site.example/feed/atom/"]


def test_a_document_that_is_a_feed_offers_itself() -> None:
    body = b'<rss version="2.0"><channel><title>W</title><item><title>a</title></item></channel></rss>'
    assert discover(body, url=URL) == (Candidate(url=URL, title="W", found="self"),)


def test_an_empty_page_offers_nothing() -> None:
    assert discover(b"", url=URL) == ()
