"""An edition shows what the verdict allows, credits everyone, and is the same for the same arguments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.curate.edition import EPOCH, build_edition
from aggregator.curate.excerpt import cut, excerpt
from aggregator.curate.identity import feed_id, is_iri, published_id
from aggregator.model.article import Article, Enclosure
from aggregator.model.attribution import Image, ImagePlace, Link, Person, PersonKind, Publisher
from aggregator.model.edition import Edition, EditionItem, Site
from aggregator.model.ids import ArticleId, PublishedId, SourceId, TopicSlug
from aggregator.model.licence import Term
from aggregator.model.source import Republish, Source
from aggregator.model.story import Story
from aggregator.model.topic import (
    ImagePolicy,
    Override,
    OverrideKind,
    PolicyVerdict,
    Reason,
    Selection,
    SelectionState,
    Topic,
)
from tests.support.articles import NOON, article, licence, story

AUTHORITY = "s.example,2026-01-01"
SITE = Site(title="S", base_url="https://s.example", tag_authority=AUTHORITY)
TOPIC = Topic(slug=TopicSlug("t"), title="T")
BY = licence("CC-BY-4.0", Term.ATTRIBUTION)
HOUR = timedelta(hours=1)
LONG = " ".join(f"word{n}" for n in range(200))


def says(policy: Republish, **more: Any) -> PolicyVerdict:
    return PolicyVerdict(policy=policy, rule="default", reason="So.", **more)


FULL, LINK, REFUSE = says(Republish.FULL), says(Republish.LINK), says(Republish.REFUSE)
EXCERPT = says(Republish.EXCERPT, excerpt_words=20)


def edition(
    *articles: Article,
    verdict: PolicyVerdict = FULL,
    topic: Topic = TOPIC,
    tale: Story | None = None,
    log: tuple[Override, ...] = (),
    **more: Any,
) -> Edition:
    shown = articles[0]
    stories = (
        [tale or story("s-1", *articles)] if tale or len(articles) == 1 else [story(f"s-{a.id}", a) for a in articles]
    )
    selections = [
        Selection(
            topic=topic.slug,
            story_id=one.id,
            article_id=shown.id if tale else one.members[0].article_id,
            state=SelectionState.LISTED,
            listed_at=NOON,
            decided_at=NOON,
            rank=1.0,
            reason=Reason(rule="query", sentence="", verdict=verdict),
        )
        for one in stories
    ]
    return build_edition(
        SITE,
        topic,
        **{
            "selections": selections,
            "stories": {one.id: one for one in stories},
            "articles": {one.id: one for one in articles},
            "now": NOON,
            "overrides": log,
            **more,
        },
    )


def item(*articles: Article, **more: Any) -> EditionItem:
    return edition(*articles, **more).items[0]


def edit(**values: str) -> tuple[Override, ...]:
    return (
        Override(
            id=1,
            kind=OverrideKind.EDIT,
            topic=TOPIC.slug,
            article_id=ArticleId("a1"),
            story_id=None,
            who="ed",
            at=NOON + HOUR,
            why="clearer",
            values=tuple(values.items()),
        ),
    )


def test_full_means_the_content_as_it_is() -> None:
    about = article(text=LONG, summary="Short.", content="<p>All <b>of</b> it</p>")
    made = item(about)
    assert (made.content, made.summary) == ("<p>All <b>of</b> it</p>", "Short.")


def test_an_excerpt_is_plain_words_up_to_the_limit() -> None:
    made = item(article(text=LONG, content="<p><b>word0</b> word1</p>"), verdict=EXCERPT)
    assert made.summary == " ".join(f"word{n}" for n in range(20)) + " …"
    assert made.content == f"<p>{made.summary}</p>"


def test_an_excerpt_escapes_what_looks_like_markup() -> None:
    made = item(article(summary="How <b> works & why it is not a tag at all, dear reader"), verdict=EXCERPT)
    assert made.content == "<p>How &lt;b&gt; works &amp; why it is not a tag at all, dear reader</p>"


def test_a_link_is_nothing_but_the_title_and_refused_is_not_there() -> None:
    about = article(title="T", text=LONG, enclosures=(Enclosure(url="https://e.example/a.mp3"),))
    made = item(about, verdict=LINK)
    assert (made.title, made.summary, made.content, made.enclosures, made.images) == ("T", "", "", (), ())
    assert edition(about, verdict=REFUSE).items == ()


def test_today_s_verdict_goes_before_the_one_kept() -> None:
    about = article(text=LONG)
    assert item(about, verdicts={about.id: LINK}).content == ""
    assert edition(about, verdicts={about.id: REFUSE}).items == ()


def _image(name: str, **more: Any) -> Image:
    return Image(url=f"https://i.example/{name}.jpg", **more)


def test_with_an_excerpt_goes_the_lead_image_where_its_own_licence_allows_it() -> None:
    lead = _image("lead", place=ImagePlace.LEAD, licence=BY)
    other = _image("other", licence=BY)
    assert item(article(text=LONG, images=(other, lead)), verdict=EXCERPT).images == (lead,)
    bare = replace(lead, licence=None)
    assert item(article(text=LONG, images=(other, bare)), verdict=EXCERPT).images == ()


def test_images_that_may_not_be_shown_leave_the_content_too() -> None:
    good, bad = _image("good", licence=BY), _image("bad?a=1&b=2", rights_managed=True)
    html = (
        '<p>Hi</p><figure><img src="https://i.example/bad?a=1&amp;b=2.jpg" alt="a > b"></figure>'
        '<img src="https://i.example/good.jpg"><img src="https://i.example/else.jpg">'
    )
    about = article(text="Hi", content=html, images=(good, bad))
    linked = item(about)
    assert "bad" not in linked.content
    assert "<figure>" not in linked.content
    assert linked.content.count("<img") == 2
    licensed = item(about, topic=replace(TOPIC, images=ImagePolicy.LICENSED))
    assert (licensed.content.count("<img"), licensed.images) == (1, (good,))
    dropped = item(about, topic=replace(TOPIC, images=ImagePolicy.DROP))
    assert (dropped.content, dropped.images) == ("<p>Hi</p>", ())


@pytest.mark.case("B-30")
def test_the_author_is_never_missing() -> None:
    assert item(article(authors=("Ada",))).authors[0].name == "Ada"
    desk = Person(name="The desk")
    publisher = Publisher(title="Moonwire", home_url="https://example.org/", authors=(desk,))
    assert item(article(attribution={"publisher": publisher})).authors == (desk,)
    stand_in = item(article()).authors[0]
    assert (stand_in.name, stand_in.uri, stand_in.kind) == ("Moonwire", "https://example.org/", PersonKind.ORGANISATION)


def test_addresses_of_people_stay_here_unless_a_setting_says_otherwise() -> None:
    person = Person(name="Ada", email="ada@example.org")
    publisher = Publisher(title="M", authors=(person,))
    about = article(attribution={"authors": (person,), "contributors": (person,), "publisher": publisher})
    assert "ada@" not in repr(edition(about))
    assert item(about, publish_emails=True).authors[0].email == "ada@example.org"


def test_a_private_source_s_address_stays_here() -> None:
    secret = "https://example.org/f?token=s3cret"
    publisher = Publisher(title="M", feed_url=secret, feed_id=secret)
    source = Source(id=SourceId("moonwire"), url=secret, private=True)
    made = edition(article(attribution={"publisher": publisher}), sources={source.id: source})
    assert "s3cret" not in repr(made)
    assert made.items[0].attribution.publisher.title == "M"


@pytest.mark.case("B-26")
def test_the_date_is_never_missing_and_told_to_be_a_stand_in() -> None:
    made = item(article(published=None, first_seen=NOON - HOUR))
    assert (made.published.instant, made.published_known) == (NOON - HOUR, False)


@pytest.mark.case("B-25")
def test_updated_moves_with_the_text_only() -> None:
    about = article(text="One")
    first = edition(about)
    assert first.items[0].updated == first.updated == about.when
    tagged = replace(about, categories=(), raw_hash="other", updated=about.published)
    assert edition(tagged).updated == first.updated
    revised = replace(about, revision=2, revised_at=NOON + 3 * HOUR)
    assert edition(revised).updated == NOON + 3 * HOUR


@pytest.mark.case("B-25")
def test_an_edition_is_as_old_as_its_newest_item() -> None:
    made = edition(article("a1"), article("a2", published=NOON - HOUR))
    assert made.updated == NOON
    assert edition(article(), verdict=REFUSE).updated == EPOCH


def test_an_edit_is_marked_and_keeps_the_original_title() -> None:
    made = item(article(title="Old", text=LONG), log=edit(title="New", note="Clearer"))
    assert (made.title, made.original_title, made.edited) == ("New", "Old", "Clearer")
    assert made.updated == NOON + HOUR


def test_an_edited_summary_alone_keeps_the_title() -> None:
    made = item(article(title="Old", text=LONG), log=edit(summary="In short"))
    assert (made.title, made.original_title, made.summary) == ("Old", None, "In short")
    assert made.edited


def test_an_edited_work_is_no_longer_the_unchanged_one_that_its_licence_allows() -> None:
    unchanged = says(Republish.FULL, no_derivatives=True)
    about = article(title="Old", text=LONG)
    assert item(about, verdict=unchanged).content
    changed = item(about, verdict=unchanged, log=edit(title="New"))
    assert (changed.content, changed.verdict.rule) == ("", "capped")
    assert item(about, verdict=unchanged, log=edit(note="Look at this")).content


def test_hidden_and_withdrawn_items_are_left_out_even_before_the_selection_knows() -> None:
    act = edit()[0]
    for kind in (OverrideKind.HIDE, OverrideKind.WITHDRAW):
        assert edition(article(), log=(replace(act, kind=kind),)).items == ()


def test_the_other_carriers_are_named_with_their_ties() -> None:
    first = article("a1", source="paper", attribution={"via": (Link(href="https://example.org/a2", rel="via"),)})
    second = article("a2", source="wire", attribution={"publisher": Publisher(title="Wire")})
    gone = article("a3")
    tale = story("s-1", first, second, gone, original=second.id, original_known=True)
    made = item(first, second, tale=tale)
    other = made.also[0]
    assert [carrier.article_id for carrier in made.also] == ["a2"]
    assert (other.publisher.title, other.original, other.via, other.tie) == ("Wire", True, True, "same-text")
    assert (made.first_seen_at, made.original_known) == ("Wire", True)


def test_the_other_carriers_stand_in_the_order_of_their_dates_whoever_was_polled_first() -> None:
    first = article("a1")
    late = article("a2", source="wire", url="https://w.example/2", published=NOON - timedelta(hours=1))
    early = article("a3", source="herald", url="https://h.example/3", published=NOON - timedelta(hours=3))
    same = article("a4", source="echo", url="https://e.example/4", published=NOON - timedelta(hours=3))
    for arrived in ((late, early, same), (same, late, early)):
        made = item(first, *arrived, tale=story("s-1", first, *arrived))
        assert [carrier.article_id for carrier in made.also] == ["a4", "a3", "a2"]


def test_the_licence_is_the_article_s_else_its_feed_s_else_the_one_the_operator_knows() -> None:
    own, feed, stated = licence("CC-BY-4.0"), licence("CC-BY-3.0"), licence("CC-BY-2.0")
    with_feed = {"publisher": Publisher(title="M", licence=feed)}
    known = {SourceId("moonwire"): stated}
    assert item(article(attribution={"licence": own, **with_feed}), licences=known).licence == own
    assert item(article(attribution=with_feed), licences=known).licence == feed
    assert item(article(), licences=known).licence == stated
    assert item(article()).licence is None
    assert item(article(attribution={"agencies": ("Reuters",), **with_feed}), licences=known).licence is None


def test_pins_stand_on_top_and_equal_ranks_go_by_date() -> None:
    old, new = article("a1", published=NOON - 5 * HOUR), article("a2", published=NOON - HOUR)
    assert [i.article_id for i in edition(old, new).items] == ["a2", "a1"]
    pin = replace(edit()[0], kind=OverrideKind.PIN, until=NOON + HOUR)
    pinned = edition(old, new, log=(pin,))
    assert [(i.article_id, i.pinned) for i in pinned.items] == [("a1", True), ("a2", False)]
    assert not edition(old, new, log=(pin,), now=NOON + 2 * HOUR).items[0].pinned


@pytest.mark.case("B-06")
def test_equal_arguments_give_equal_editions_whatever_their_order() -> None:
    articles = [article(f"a{n}", text=LONG) for n in range(5)]
    assert edition(*articles) == edition(*articles)
    assert edition(*articles).items == edition(*reversed(articles)).items


IRIS = [
    "https://example.org/Post/1/",
    "HTTP://Example.ORG:80/%7euser",
    "urn:uuid:60a76c80-d399-11d9-b93C-0003939e0af6",
    "tag:example.org,2026:1",
    "https://example.org/größe",
    "org.example.app:post-1",
]


@pytest.mark.case("B-21")
@pytest.mark.parametrize("guid", IRIS)
def test_a_source_s_id_is_kept_character_for_character(guid: str) -> None:
    made = item(article(guid=guid))
    assert made.id == made.guid == guid


@pytest.mark.case("B-21")
@pytest.mark.parametrize(
    "guid",
    [
        "1234",
        "a b",
        " https://example.org/1",
        "https://exa mple.org",
        "12:30",
        "",
        "javascript:x",
        "über:x",
        "\ud800",
        "yt:video:1",
        "Oai:x:1",
    ],
)
def test_an_id_that_is_no_iri_becomes_a_tag_from_source_and_guid(guid: str) -> None:
    minted = published_id(article("a1", guid=guid), AUTHORITY)
    assert minted.startswith(f"tag:{AUTHORITY}:moonwire/")
    assert is_iri(minted)
    assert minted == published_id(article("a1", guid=guid, title="Other", url="https://elsewhere.example/"), AUTHORITY)
    assert minted != published_id(article("a1", guid=guid, source="other"), AUTHORITY)


@pytest.mark.case("B-21", "P-49")
def test_an_id_that_another_origin_holds_is_not_used_twice() -> None:
    about = article("a1", guid="https://example.org/1")
    taken = {"https://example.org/1"}
    second = published_id(about, AUTHORITY, taken)
    assert second.startswith("tag:")
    third = published_id(about, AUTHORITY, {*taken, second})
    assert third not in {*taken, second}
    assert is_iri(third)


@given(st.text(st.characters(), max_size=300))
def test_any_guid_gives_an_iri(guid: str) -> None:
    assert is_iri(published_id(article("a1", guid=guid), AUTHORITY))


@pytest.mark.case("B-21")
def test_a_story_keeps_its_id_when_another_member_is_shown() -> None:
    first, second = article("a1", guid="g1"), article("a2", guid="https://example.org/g2")
    tale = story("s-1", first, second, published_id=PublishedId("urn:x"), published_article=second.id)
    assert item(first, second, tale=tale).id == "urn:x"
    apart = item(first, second, tale=tale, topic=replace(TOPIC, dedupe=False))
    assert apart.id == f"tag:{AUTHORITY}:moonwire/g1"
    assert apart.also == ()


@pytest.mark.case("B-22")
def test_the_feed_s_id_survives_a_new_address_and_a_new_slug() -> None:
    expected = f"tag:{AUTHORITY}:t"
    assert edition(article()).feed_id == expected
    assert feed_id(replace(SITE, base_url="https://moved.example"), TOPIC) == expected
    assert feed_id(SITE, replace(TOPIC, slug=TopicSlug("new"), former_slugs=(TOPIC.slug,))) == expected
    with pytest.raises(ValueError, match="authority"):
        feed_id(replace(SITE, tag_authority=""), TOPIC)


def test_a_short_summary_is_no_teaser_and_the_text_stands_in() -> None:
    assert excerpt(article(summary="Read more", text=LONG), 5) == "word0 word1 word2 word3 word4 …"
    assert excerpt(article(summary="Read more"), 5) == "Read more"
    assert excerpt(article(), 5) == ""


def test_scripts_without_spaces_are_cut_by_characters() -> None:
    assert cut("東京タワーは高い", 2) == "東京タワ …"
    assert cut("東京 tower", 2) == "東京 tower"


@given(st.text(st.sampled_from("ab é東京 \n.,"), max_size=80), st.integers(1, 12))
def test_a_cut_never_splits_a_word(text: str, words: int) -> None:
    short = cut(text, words)
    if short.endswith(" …"):
        kept = short.removesuffix(" …")
        assert text.startswith(kept)
        rest = text[len(kept) :]
        assert not (kept[-1:].isalpha() and rest[:1].isalpha() and kept[-1:].isascii() and rest[:1].isascii())
    else:
        assert short == text.strip()
