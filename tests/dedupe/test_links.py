"""What an article mainly leads to: link posts yes, round-ups and citations no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.dedupe.links import Pointer, leads_to, pointer
from aggregator.model.article import Article
from aggregator.normalise.canon import canonical_url
from tests.support.articles import NOON, article
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY

PAGE = "https://harbour.example/news/ferry"
LONG = f"<p>{FERRY}</p><p>{BRIDGE}</p><p>{LIBRARY}</p>"


def post(html: str, *, url: str | None = None, words: int = 20) -> Article:
    return article("post", title="Worth a read", source="blog", content=html, url=url, words=words)


def led(html: str, *, url: str | None = None, words: int = 20) -> Pointer | None:
    return pointer(post(html, url=url, words=words), canonical_url)


def link(url: str, text: str = "a link") -> str:
    return f'<a href="{url}">{text}</a>'


def test_a_short_post_leads_to_the_page_that_it_links_to() -> None:
    found = led(
        f"<p>The {link('http://www.harbour.example/news/ferry/?utm_source=x&amp;fbclid=1#top')} is a delight.</p>"
    )
    assert found == Pointer(key=PAGE, rule="link-post", links=1, words=20)


def test_of_a_short_post_the_first_of_a_few_links_counts() -> None:
    found = led(f"<p>{link(PAGE)} (via {link('https://friend.example/7')})</p>")
    assert found == Pointer(key=PAGE, rule="link-post", links=2, words=20)


def test_an_entry_whose_own_link_leads_elsewhere_leads_there_however_long_it_is() -> None:
    found = led(f"<p>{FERRY} {link('https://other.example/8')}</p>", url=PAGE, words=900)
    assert found == Pointer(key=PAGE, rule="own-link", links=1, words=900)


def test_a_long_text_leads_to_its_only_link_where_it_opens_with_it() -> None:
    assert led(f"<p>The ferry {link(PAGE)} sails.</p>{LONG}", words=300) == Pointer(
        key=PAGE, rule="main-link", links=1, words=300
    )


@pytest.mark.parametrize(
    ("html", "words"),
    [
        pytest.param("".join(f"<li>{link(f'https://s{n}.example/{n}')}</li>" for n in range(4)), 40, id="weekly list"),
        pytest.param(f"<h2>1</h2><h2>2</h2><h2>3</h2>{link(PAGE)}", 40, id="headings"),
        pytest.param(f"{link(PAGE)}{link('https://harbour.example/a') * 12}", 40, id="many anchors"),
        pytest.param(f"{LONG}<p>{link(PAGE)}</p>", 300, id="cited at the end"),
        pytest.param(f"<p>{link(PAGE)} and {link('https://other.example/8')}</p>{LONG}", 300, id="two in a long text"),
        pytest.param(f"<p>{link('https://example.org/before')}</p>", 20, id="its own site"),
        pytest.param(f"<p>{link('https://blog.example.org/before')}</p>", 20, id="its own site's other host"),
        pytest.param(f"<p>{link('https://blog.example.org:8443/before')}</p>", 20, id="its own site's other port"),
        pytest.param(f"<p>{link('https://harbour.example/')}</p>", 20, id="a front page"),
        pytest.param("<p>No link at all.</p>", 20, id="nothing"),
    ],
)
def test_what_gathers_or_cites_leads_nowhere(html: str, words: int) -> None:
    assert led(html, words=words) is None


def test_a_page_that_is_linked_twice_is_one_link() -> None:
    found = led("".join(link(f"{PAGE}#p{n}") for n in range(5)))
    assert found is not None
    assert found.links == 1


def test_the_edge_names_its_rule_and_scores() -> None:
    blog = post(link(PAGE))
    edge = leads_to(blog, Pointer(key=PAGE, rule="link-post", links=2, words=20), article("ferry"))
    assert edge is not None
    assert (edge.article_id, edge.other_id, edge.tie.value, edge.rule) == ("post", "ferry", "links-to", "link-post")
    assert edge.scores == (("links", 2.0), ("words", 20.0), ("score", 0.5))


def test_a_source_that_links_to_itself_makes_no_edge() -> None:
    found = Pointer(key=PAGE, rule="link-post", links=1, words=20)
    assert leads_to(post(link(PAGE)), found, article("ferry", source="blog")) is None


def test_a_link_to_what_is_older_than_the_window_makes_no_edge() -> None:
    found = Pointer(key=PAGE, rule="link-post", links=1, words=20)
    assert leads_to(post(link(PAGE)), found, article("ferry", published=NOON - timedelta(days=31))) is None
    assert leads_to(post(link(PAGE)), found, article("ferry", published=NOON - timedelta(days=29)))
