from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.model.article import Article
from aggregator.model.attribution import Link
from aggregator.model.entry import ParsedEntry, RawCategory, RawDate, RawMedia, RawPerson, RawRights, Text, TextKind
from aggregator.model.source import Source, Trust
from aggregator.normalise.parts import seconds
from tests.support.normalising import NOW, a_source, an_entry, html, read


def article(entry: ParsedEntry, source: Source | None = None, **feed: object) -> Article:
    return read(entry, source=source, **feed).drafts[0]


def test_an_ordinary_entry_becomes_an_article() -> None:
    made = article(
        an_entry(
            1,
            title="The bridge",
            content='<p>It <b>opened</b> <a href="/map">here</a>.</p>',
            summary=Text(value="A bridge opened."),
            people=(RawPerson(name="Jane Doe", element="dc:creator"),),
            categories=(RawCategory(term=" News "), RawCategory(term="news"), RawCategory(term="R&amp;D")),
            comments="/comments/1",
        )
    )
    assert made.title == "The bridge"
    assert made.content == '<p>It <b>opened</b> <a href="https://paper.example/map">here</a>.</p>'
    assert made.text == "It opened here."
    assert made.summary == "A bridge opened."
    assert made.url == "https://paper.example/2026/story-1"
    assert [category.term for category in made.categories] == ["News", "R&D"]
    assert [person.name for person in made.attribution.authors] == ["Jane Doe"]
    assert made.comments_url == "https://paper.example/comments/1"
    assert (made.words, made.language.tag, made.first_seen) == (3, "en", NOW)


def test_the_permalink_is_published_as_given_but_for_secrets_of_its_reader() -> None:
    assert (
        article(an_entry(1, link="https://paper.example/a?utm_source=rss#x")).url
        == "https://paper.example/a?utm_source=rss#x"
    )
    assert article(an_entry(1, link="https://me:pw@paper.example/a")).url == "https://paper.example/a"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "urn:uuid:1", "ftp://paper.example/x", "http://[bad"])
def test_a_link_that_is_no_web_address_is_no_link(link: str) -> None:
    made = article(an_entry(1, link=link))
    assert made.url == ""
    assert made.identity.canonical_url == ""


@pytest.mark.case("P-51")
def test_a_missing_date_is_none_and_the_time_to_sort_by_is_when_it_was_first_seen() -> None:
    made = article(an_entry(1, date=""))
    assert (made.published, made.updated, made.when) == (None, None, NOW)


@pytest.mark.case("P-51")
def test_dates_of_a_source_whose_dates_are_not_trusted_are_ignored() -> None:
    assert article(an_entry(1), a_source(trust=Trust(dates=False))).published is None


def test_the_longer_of_content_and_summary_is_the_content() -> None:
    entry = an_entry(1, content="<p>Short.</p>", summary=html("<p>Much longer than the content is.</p>"))
    made = article(entry)
    assert made.text == "Much longer than the content is."
    assert made.summary == "Much longer than the content is."


def test_a_summary_that_is_missing_is_the_start_of_the_content() -> None:
    made = article(an_entry(1, content="<p>" + "word " * 200 + "</p>"))
    assert made.summary.endswith("word…")
    assert len(made.summary.split()) == 80


def test_plain_text_becomes_paragraphs_and_is_not_taken_for_markup() -> None:
    entry = replace(an_entry(1), content=Text(value="One <b> & two\nthree\n\nfour"))
    assert article(entry).content == "<p>One &lt;b&gt; &amp; two<br>\nthree</p>\n<p>four</p>"


def test_html_that_was_escaped_twice_is_read_as_what_it_was() -> None:
    assert article(an_entry(1, content="&lt;p&gt;One &amp;amp; two&lt;/p&gt;")).content == "<p>One &amp; two</p>"
    about = article(an_entry(1, content="Use &lt;p&gt; and &lt;/p&gt; for paragraphs"))
    assert about.text == "Use <p> and </p> for paragraphs"


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"content": html("<p>One two three four five six seven eight nine ten eleven twelve thirteen.</p>")},
         "One two three four five six seven eight nine ten eleven twelve…"),
        ({"content": None, "media": (RawMedia(url="https://paper.example/a.mp3", title="Episode 1"),)}, "Episode 1"),
        ({"content": None}, "story 1"),
        ({"content": None, "links": (Link(href="https://paper.example/"),)}, "paper.example"),
    ],
)  # fmt: skip
def test_an_article_always_has_a_title(changes: dict[str, object], title: str) -> None:
    entry = replace(an_entry(1), title=None, **changes)  # type: ignore[arg-type]
    assert article(entry).title == title


@pytest.mark.case("P-52")
@pytest.mark.parametrize(
    ("body_base", "entry_base", "url", "expected"),
    [
        (
            "https://base.example/x/",
            "https://entry.example/",
            "https://paper.example/f/feed.xml",
            "https://base.example/x/i.png",
        ),
        (None, "https://entry.example/e/", "https://paper.example/f/feed.xml", "https://entry.example/e/i.png"),
        (None, None, "https://moved.example/f/feed.xml", "https://moved.example/f/i.png"),
        (None, None, "http://feeds.feedburner.com/paper", "https://paper.example/i.png"),
        (None, None, "samples/paper.xml", "https://paper.example/i.png"),
    ],
)
def test_relative_references_use_the_nearest_base_else_the_final_url(
    body_base: str | None, entry_base: str | None, url: str, expected: str
) -> None:
    body = Text(value='<img src="i.png" alt="">', kind=TextKind.HTML, base=body_base)
    made = article(replace(an_entry(1), content=body, base=entry_base), url=url)
    assert f'src="{expected}"' in made.content


def test_files_that_are_no_pictures_are_enclosures_once_each() -> None:
    media = (
        RawMedia(
            url="https://paper.example/a.mp3",
            element="enclosure",
            media_type="audio/mpeg",
            length="123",
            duration="1:02:03",
        ),
        RawMedia(url="https://paper.example/a.mp3", element="media:content", medium="audio"),
        RawMedia(url="https://paper.example/b.pdf", element="enclosure", length="many"),
        RawMedia(url="https://paper.example/c.jpg", element="enclosure", media_type="image/jpeg"),
        RawMedia(url="javascript:x", element="enclosure"),
    )
    made = article(an_entry(1, media=media))
    assert [(one.url, one.media_type, one.length, one.duration) for one in made.enclosures] == [
        ("https://paper.example/a.mp3", "audio/mpeg", 123, 3723),
        ("https://paper.example/b.pdf", "application/pdf", None, None),
    ]
    assert "https://paper.example/c.jpg" in {image.url for image in made.images}


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("61", 61), ("2:01", 121), ("1:00:00", 3600), ("61.5", 61), ("", None), ("1h", None), ("0", None)],
)
def test_durations_are_seconds(duration: str, expected: int | None) -> None:
    assert seconds(duration) == expected


@pytest.mark.case("B-29")
def test_the_publisher_is_described_without_secrets() -> None:
    made = article(
        an_entry(1),
        a_source(url="https://me:pw@paper.example/feed.xml?token=abc&page=1"),
        id="urn:paper",
        icon="https://paper.example/icon.png?key=secret",
        rights=(RawRights(element="copyright", text="© 2026 The Paper"),),
        dates=(RawDate(element="lastBuildDate", value="Mon, 02 Feb 2026 10:00:00 GMT"),),
        subtitle=html("News &amp; more"),
    ).attribution.publisher
    assert made.title == "The Paper"
    assert made.feed_url == "https://paper.example/feed.xml?page=1"
    assert made.feed_id == "urn:paper"
    assert made.home_url == "https://paper.example/"
    assert made.icon == "https://paper.example/icon.png"
    assert made.rights == "© 2026 The Paper"
    assert made.updated == "2026-02-02T10:00:00Z"
    assert (made.subtitle, made.language) == ("News & more", "en")


@pytest.mark.case("B-29")
def test_a_private_sources_url_is_nowhere_in_its_articles() -> None:
    secret = "https://paper.example/private/3f2a/feed.xml"
    made = article(
        an_entry(1), a_source(url=secret, private=True), id=secret, url=secret, links=(Link(href=secret, rel="self"),)
    )
    assert made.attribution.publisher.feed_url is None
    assert "3f2a" not in repr(made)


def test_the_operators_title_comes_before_the_feeds() -> None:
    assert article(an_entry(1), a_source(title="Our Paper")).attribution.publisher.title == "Our Paper"
    assert article(an_entry(1), title=None).attribution.publisher.title == "paper.example"


def test_the_example_of_the_dutch_article() -> None:
    entry = replace(
        an_entry(1, title="De maan vannacht", date="24-12-2020"),
        content=html(
            '<p><img src="/maan.jpg" alt="Maan"></p><p>Vannacht staat de maan laag boven de horizon van de stad.</p>'
        ),
    )
    made = article(entry, language="nl")
    assert made.published is not None
    assert made.published.local.strftime("%d-%m-%Y") == "24-12-2020"
    assert made.published.instant == datetime(2020, 12, 23, 23, tzinfo=UTC)
    assert made.language.tag == "nl"
    assert made.images[0].url == "https://paper.example/maan.jpg"
