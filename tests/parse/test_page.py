from __future__ import annotations

import pytest

from aggregator.model.entry import FeedFormat, ParsedFeed, ParseFailed, ParseReason, Quirk
from aggregator.model.source import PageSelectors
from aggregator.parse.document import parse

URL = "http://news.example/list/"
PAGE = """<!DOCTYPE html><html lang="nl"><head><title>Nieuws  van hier</title><base href="/archief/"></head><body>
<article><h2><a href="een.html">Één</a></h2><time datetime="2020-12-24">gisteren</time><img src="/een.jpg">
<span class="by">Ann</span><p class="lead">Over <b>zand</b></p><a rel="license" href="http://l.example/by">CC BY</a></article>
<article><h2><a href="twee.html">Twee</a></h2></article>
<article><h2>Reclame</h2></article>
<article><h2><a href="een.html">Één</a></h2></article>
</body></html>"""
SELECTORS = PageSelectors(
    item="article", title="h2", link="h2 a", date="time", image="img", author=".by", summary=".lead"
)


def read(selectors: PageSelectors, page: str = PAGE) -> ParsedFeed | ParseFailed:
    return parse(page.encode(), url=URL, content_type="text/html; charset=utf-8", page=selectors)


def feed(selectors: PageSelectors = SELECTORS) -> ParsedFeed:
    outcome = read(selectors)
    assert isinstance(outcome, ParsedFeed)
    return outcome


def test_every_field_of_an_item_is_read_by_its_selector() -> None:
    found = feed()
    entry = found.entries[0]
    assert (found.format, found.title.value if found.title else "", found.language) == (
        FeedFormat.PAGE,
        "Nieuws van hier",
        "nl",
    )
    assert entry.title is not None
    assert entry.title.value == "Één"
    assert entry.id == entry.links[0].href == "http://news.example/archief/een.html"
    assert [(date.element, date.value) for date in entry.dates] == [("page:date", "2020-12-24")]
    assert entry.media[0].url == "http://news.example/een.jpg"
    assert entry.people[0].name == "Ann"
    assert entry.summary is not None
    assert entry.summary.value == "Over <b>zand</b>"
    assert (entry.rights[0].text, entry.rights[0].url) == ("CC BY", "http://l.example/by")


def test_an_item_without_link_and_one_listed_twice_are_left_out_and_flagged() -> None:
    found = feed()
    assert [entry.position for entry in found.entries] == [0, 1]
    assert [entry.title.value for entry in found.entries if entry.title] == ["Één", "Twee"]
    assert found.quirks == (Quirk.SKIPPED_ENTRIES,)


def test_a_link_may_stand_around_or_inside_what_is_selected() -> None:
    page = '<a href="/1"><div><h2>One</h2></div></a><div><h2>Two <a href="/2">more</a></h2></div>'
    outcome = read(PageSelectors(item="div", title="h2", link="h2"), page)
    assert isinstance(outcome, ParsedFeed)
    assert [entry.id for entry in outcome.entries] == ["http://news.example/1", "http://news.example/2"]


@pytest.mark.parametrize(
    ("selectors", "named"),
    [
        (PageSelectors(item=".gone", title="h2", link="a"), "item"),
        (PageSelectors(item="article", title=".gone", link="a"), "title"),
        (PageSelectors(item="article", title="h2", link=".gone"), "link"),
        (PageSelectors(item="article[", title="h2", link="a"), "item"),
        (PageSelectors(item="article", title="h2", link="a", date="::::"), "date"),
    ],
)
def test_a_failing_selector_is_a_failure_that_names_it(selectors: PageSelectors, named: str) -> None:
    outcome = read(selectors)
    assert isinstance(outcome, ParseFailed)
    assert outcome.reason is ParseReason.SELECTOR
    assert f"selector for {named}" in outcome.detail


@pytest.mark.case("P-66")
def test_only_the_head_of_a_page_names_its_hub() -> None:
    head = '<link rel="hub" href="//hub.example/"><link rel="SELF" href="/list"><link rel="icon" href="/i.png">'
    page = PAGE.replace("<title>", f"{head}<title>").replace(
        "<article>", '<link rel="hub" href="//evil.example/"><article>'
    )
    found = read(SELECTORS, page)
    assert isinstance(found, ParsedFeed)
    named = [(link.rel, link.href) for link in found.links[1:]]
    assert named == [("hub", "http://hub.example/"), ("self", "http://news.example/list")]
