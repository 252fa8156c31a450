"""What an article's own page adds to what its feed says, and what it never may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model.article import Article
from aggregator.model.licence import Origin
from aggregator.normalise.hashes import content_hash
from aggregator.normalise.page import read_page, with_page
from tests.support.normalising import an_article, html

URL = "https://news.example.org/2026/harbour"
SENTENCE = "The old crane at the harbour will be painted red this spring, said the harbour master on Monday. "
LONG = f"<p>{SENTENCE * 8}</p>"


def page(head: str = "", body: str = "") -> str:
    return f"<html><head><title>T</title>{head}</head><body>{body}</body></html>"


@pytest.fixture
def article() -> Article:
    teaser = "The old crane will be painted."
    made = an_article(content=None, summary=html(teaser))
    told = replace(made.attribution, authors=())
    known = content_hash(made.title, teaser, made.identity.canonical_url)
    return replace(
        made,
        url=URL,
        text=teaser,
        content=f"<p>{teaser}</p>",
        words=6,
        images=(),
        attribution=told,
        content_hash=known,
    )


def test_a_longer_text_replaces_a_teaser_and_counts_its_words(article: Article) -> None:
    whole = with_page(article, read_page(page(), URL, LONG))
    assert SENTENCE.strip() in whole.text
    assert whole.content.startswith("<p>The old crane")
    assert whole.words == 8 * 18
    assert whole.content_hash != article.content_hash
    assert (whole.id, whole.revision, whole.revised_at) == (article.id, article.revision, article.revised_at)


def test_a_feed_that_gives_all_keeps_its_own_words(article: Article) -> None:
    full = replace(article, text=SENTENCE * 7, words=7 * 18, content=f"<p>{SENTENCE * 7}</p>")
    assert with_page(full, read_page(page(), URL, LONG)).content == full.content


@pytest.mark.parametrize(
    "main",
    [
        "",
        "<p>Too short.</p>",
        f"<p>{SENTENCE * 6} Subscribe to read the rest.</p>",
        f"<p>{SENTENCE * 6}Déjà ? Réservé aux abonnés</p>",
    ],
    ids=["nothing", "a teaser", "a wall", "a French wall"],
)
def test_what_is_no_text_changes_nothing(article: Article, main: str) -> None:
    assert with_page(article, read_page(page(), URL, main)) == article


def test_the_text_is_cleaned_and_its_links_are_absolute(article: Article) -> None:
    main = LONG + '<p onclick="x()"><a href="/more">More</a><script>alert(1)</script></p>'
    content = with_page(article, read_page(page(), URL, main)).content
    assert 'href="https://news.example.org/more"' in content
    assert "script" not in content
    assert "onclick" not in content


def test_an_author_is_taken_where_the_feed_names_none(article: Article) -> None:
    head = '<meta name="author" content="By Ann Roe">'
    nobody = replace(article, attribution=replace(article.attribution, authors=()))
    (author,) = with_page(nobody, read_page(page(head), URL, "")).attribution.authors
    assert author.name == "Ann Roe"
    assert author.evidence is not None
    assert (author.evidence.origin, author.evidence.locator) == (Origin.PAGE, "meta[name=author]")


def test_what_the_feed_says_of_authors_and_licence_stands(article: Article) -> None:
    head = '<meta name="author" content="Somebody Else">'
    body = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC</a>'
    first = read_page(page('<meta name="author" content="Ann Roe">'), URL, "")
    named = with_page(replace(article, attribution=replace(article.attribution, authors=())), first)
    again = with_page(named, read_page(page(head, body), URL, ""))
    assert [one.name for one in again.attribution.authors] == ["Ann Roe"]


def test_a_licence_that_the_article_states_for_machines_may_decide(article: Article) -> None:
    data = '{"@type": "NewsArticle", "license": "https://creativecommons.org/licenses/by/4.0/"}'
    licence = with_page(
        article, read_page(page(f'<script type="application/ld+json">{data}</script>'), URL, "")
    ).attribution.licence
    assert licence is not None
    assert (licence.id, licence.verified) == ("CC-BY-4.0", True)
    assert licence.evidence is not None
    assert licence.evidence.origin is Origin.PAGE


def test_a_licence_link_in_a_footer_is_kept_and_decides_nothing(article: Article) -> None:
    footer = '<footer><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></footer>'
    licence = with_page(article, read_page(page("", footer), URL, "")).attribution.licence
    assert licence is not None
    assert (licence.id, licence.verified) == ("CC-BY-4.0", False)


def test_a_lead_image_is_taken_where_there_is_none_and_has_no_licence(article: Article) -> None:
    head = '<meta property="og:image" content="/crane.jpg"><meta property="og:image:alt" content="A crane">'
    (image,) = with_page(article, read_page(page(head), URL, "")).images
    assert (image.url, image.alt, image.licence) == ("https://news.example.org/crane.jpg", "A crane", None)


@pytest.mark.case("P-49")
@pytest.mark.parametrize(
    ("canonical", "identity", "original"),
    [
        ("https://news.example.org/harbour", "https://news.example.org/harbour", None),
        ("https://www.example.org/harbour", "https://example.org/harbour", None),
        ("https://agency.example.net/harbour", "", "https://agency.example.net/harbour"),
        ("javascript:alert(1)", "", None),
    ],
)
def test_a_canonical_address_is_identity_at_home_and_evidence_elsewhere(
    article: Article, canonical: str, identity: str, original: str | None
) -> None:
    whole = with_page(article, read_page(page(f'<link rel="canonical" href="{canonical}">'), URL, ""))
    assert whole.identity.canonical_url == (identity or article.identity.canonical_url)
    assert (whole.attribution.original.href if whole.attribution.original else None) == original
    assert whole.url == article.url


@pytest.mark.parametrize("broken", ["", "<", "<html", "<link rel=canonical>", '<meta name="author">', "\x00<p>"])
def test_no_page_is_too_broken(article: Article, broken: str) -> None:
    assert with_page(article, read_page(broken, URL, broken)) == article
