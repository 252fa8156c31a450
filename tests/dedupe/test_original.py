from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.dedupe.original import Facts, decide, facts_of, next_best, shown
from aggregator.model.article import Article, EntryIdentity, Language
from aggregator.model.attribution import Attribution, Link, Publisher
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId
from aggregator.model.moment import Moment, Precision
from aggregator.model.source import SourceRole
from aggregator.model.story import Member, Story, Tie
from tests.support.dedupe import START

A, B, C = ArticleId("a"), ArticleId("b"), ArticleId("c")


def story(*names: ArticleId) -> Story:
    members = tuple(
        Member(article_id=name, source_id=SourceId(f"source-{name}"), tie=Tie.NEAR_COPY, joined_at=START)
        for name in names
    )
    return Story(id=StoryId("s-a"), members=members, original=names[0], created_at=START, changed_at=START)


def fact(name: ArticleId, minutes: int = 0, **values: object) -> Facts:
    at = START + timedelta(minutes=minutes)
    plain = Facts(
        article_id=name,
        source_id=SourceId(f"source-{name}"),
        title="Ferry sails",
        url=f"https://{name}.example/ferry",
        published=at,
        first_seen=at,
        length=1000,
        home=f"{name}.example",
    )
    return replace(plain, **values)  # type: ignore[arg-type]  # the tests name fields of Facts


def book(*facts: Facts) -> Mapping[ArticleId, Facts]:
    return {one.article_id: one for one in facts}


def kinds(result: Story) -> list[tuple[str, str]]:
    return [(str(found.article_id), found.kind) for found in result.origin_evidence]


def test_time_alone_makes_a_member_first_seen_but_not_the_original() -> None:
    result = decide(story(A, B), book(fact(A, minutes=50), fact(B)))
    assert (result.original, result.original_known) == (B, False)
    assert kinds(result) == [("b", "earliest")]


def test_a_copy_that_names_its_source_makes_it_the_original_although_it_was_seen_later() -> None:
    copy = fact(A, points_at=("https://b.example/ferry",))
    result = decide(story(A, B), book(copy, fact(B, minutes=90)))
    assert (result.original, result.original_known) == (B, True)
    assert ("b", "named-as-origin") in kinds(result)


def test_a_member_that_names_itself_proves_nothing() -> None:
    result = decide(story(A, B), book(fact(A), fact(B, minutes=5, points_at=("https://b.example/ferry",))))
    assert not result.original_known
    assert kinds(result) == []


def test_two_sources_of_one_site_prove_nothing_by_pointing_at_each_other() -> None:
    section = fact(A, url="https://b.example/section/ferry", home="b.example", points_at=("https://b.example/ferry",))
    assert not decide(story(A, B), book(section, fact(B))).original_known


def test_the_agency_named_in_the_bylines_is_the_original() -> None:
    wire = fact(B, minutes=20, url="https://www.reuters.com/ferry", home="reuters.com")
    result = decide(story(A, B), book(fact(A, agencies=("reuters",)), wire))
    assert (result.original, result.original_known) == (B, True)


def test_the_only_one_without_an_agency_line_is_the_original() -> None:
    others = (fact(A, agencies=("anp",)), fact(C, agencies=("anp",)))
    result = decide(story(A, B, C), book(*others, fact(B, minutes=10)))
    assert (result.original, result.original_known) == (B, True)


@pytest.mark.case("P-49")
def test_a_carrier_of_anothers_page_is_never_its_original() -> None:
    spoof = fact(A, url="https://b.example/ferry", home="a.example")
    result = decide(story(A, B), book(spoof, fact(B, minutes=600)))
    assert (result.original, result.original_known) == (B, True)


def test_an_operators_word_on_a_source_counts() -> None:
    result = decide(story(A, B), book(fact(A), fact(B, minutes=60, role=SourceRole.ORIGINAL)))
    assert (result.original, result.original_known) == (B, True)
    pushed_down = decide(story(A, B), book(fact(A, role=SourceRole.AGGREGATOR), fact(B, minutes=60)))
    assert (pushed_down.original, pushed_down.original_known) == (B, False)


def test_a_correction_is_shown_instead_of_what_it_corrects() -> None:
    correction = fact(B, minutes=300, title="CORRECTED: Ferry sails in June")
    result = decide(replace(story(A, B), published_article=A), book(fact(A), correction))
    assert result.original == B
    assert shown(result, {A, B}) == B


def test_a_bare_day_does_not_make_a_member_the_earliest() -> None:
    assert facts_of(article(Moment(instant=START - timedelta(hours=8), precision=Precision.DAY))).published is None
    assert facts_of(article(Moment(instant=START))).published == START


def test_links_that_name_the_origin_are_read_from_markup_and_text() -> None:
    html = '<p>Ferry.</p><p>This article was originally published on <a href="https://b.example/ferry">B</a>.</p>'
    assert facts_of(article(None, html)).points_at == ("https://via.example/1", "https://b.example/ferry")


def article(published: Moment | None, html: str = "") -> Article:
    return Article(
        id=A,
        source_id=SourceId("source-a"),
        identity=EntryIdentity(key="1", guid="1", canonical_url="https://a.example/ferry"),
        url="https://a.example/ferry",
        title="Ferry sails",
        summary="",
        content=html,
        text="Ferry.",
        language=Language(),
        published=published,
        updated=None,
        first_seen=START,
        attribution=Attribution(publisher=Publisher(title="A"), via=(Link(href="https://via.example/1", rel="via"),)),
    )


def test_the_next_best_takes_over_when_the_shown_member_is_withdrawn() -> None:
    facts = book(fact(A), fact(B, minutes=60), fact(C, minutes=90, role=SourceRole.ORIGINAL))
    whole = replace(decide(story(A, B, C), facts), published_article=A, published_id=PublishedId("urn:x:a"))
    assert next_best(whole, facts, {C}) == A
    assert next_best(whole, facts, {A}) == C
    assert next_best(replace(whole, preferred=B), facts, {A}) == B
    assert next_best(whole, facts, {A, B, C}) is None


def test_the_operators_choice_is_shown_before_the_original() -> None:
    whole = story(A, B, C)
    assert shown(replace(whole, preferred=C), {A, B, C}) == C
    assert shown(replace(whole, preferred=C, published_article=B), {A, B}) == B
    assert shown(whole, {C}) == C
    assert shown(whole, set()) is None


def test_the_same_facts_in_another_order_give_the_same_original() -> None:
    facts = [fact(A, minutes=3), fact(B, minutes=1), fact(C, minutes=2)]
    assert {decide(story(A, B, C), book(*order)).original for order in (facts, facts[::-1])} == {B}
