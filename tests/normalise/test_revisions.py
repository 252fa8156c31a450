from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.model.article import (
    Article,
    ArticleIntent,
    KnownArticle,
    NewArticle,
    RevisedArticle,
    TouchedArticle,
    WithdrawnByPublisher,
)
from aggregator.model.entry import ParsedEntry, RawDate, Tombstone
from aggregator.normalise.document import read_document
from aggregator.normalise.revisions import FREE_REVISIONS, decide, stored_links, withdrawals
from tests.support.normalising import NOW, a_feed, a_source, an_article, an_entry, read, stored

LATER = NOW + timedelta(hours=2)


def decided(article: Article, *known: KnownArticle, live: tuple[str, ...] = ()) -> tuple[ArticleIntent, ...]:
    return decide([article], known, now=LATER, raws=[b"{}"], live=live)


def test_an_unknown_entry_is_a_new_article() -> None:
    (intent,) = decided(an_article(1), stored(an_article(2)))
    assert isinstance(intent, NewArticle)
    assert (intent.article.revision, intent.raw) == (1, b"{}")


def test_an_unchanged_entry_is_nothing() -> None:
    assert decided(an_article(1), stored(an_article(1))) == ()


def test_an_edited_entry_is_a_revision_under_the_old_id() -> None:
    old = an_article(1)
    (intent,) = decided(an_article(1, content="<p>Now with a correction.</p>"), stored(old))
    assert isinstance(intent, RevisedArticle)
    assert (intent.article.id, intent.article.revision, intent.article.revised_at) == (old.id, 2, LATER)
    assert intent.article.first_seen == old.first_seen


@pytest.mark.parametrize(
    "content",
    [
        "<p>What   happened\n in story <b>1</b>.</p>",
        "<div>What happened in story 1.</div><p>12 comments</p>",
    ],
)
def test_a_change_that_no_reader_sees_only_touches(content: str) -> None:
    old = an_article(1, content="<div>What happened in story 1.</div><p>7 comments</p>" if "12" in content else None)
    (intent,) = decided(an_article(1, content=content), stored(old))
    assert intent == TouchedArticle(article_id=old.id, raw_hash=an_article(1, content=content).raw_hash)


def test_a_date_alone_does_not_make_a_revision() -> None:
    (intent,) = decided(an_article(1, date="Tue, 03 Feb 2026 11:00:00 GMT"), stored(an_article(1)))
    assert isinstance(intent, TouchedArticle)


@pytest.mark.case("P-48")
@pytest.mark.parametrize("guid", ["https://paper.example/2026/story-1", "https://www.paper.example/?p=1", "paper-1"])
def test_a_changed_guid_at_a_known_link_is_the_old_article(guid: str) -> None:
    old = stored(an_article(1, guid="http://paper.example/2026/story-1"))
    (touched,) = decided(an_article(1, guid=guid), old)
    (revised,) = decided(an_article(1, guid=guid, content="<p>Edited.</p>"), old)
    assert isinstance(touched, TouchedArticle)
    assert isinstance(revised, RevisedArticle)
    assert revised.article.id == old.id
    assert revised.article.identity.key == old.key


def test_a_new_guid_at_the_home_page_is_a_new_article() -> None:
    old = stored(an_article(1, guid="a", link="https://paper.example/"))
    (intent,) = decided(an_article(1, guid="b", link="https://paper.example/", content="<p>Other.</p>"), old)
    assert isinstance(intent, NewArticle)


def test_a_new_guid_at_a_link_whose_entry_still_stands_in_the_document_is_a_new_article() -> None:
    old = stored(an_article(1, guid="a"))
    draft = an_article(1, guid="b", content="<p>Other.</p>")
    (intent,) = decided(draft, old, live=(old.key, draft.identity.key))
    assert isinstance(intent, NewArticle)


def test_a_new_guid_at_a_link_that_two_stored_entries_share_is_a_new_article() -> None:
    (intent,) = decided(an_article(1, guid="c"), stored(an_article(1, guid="a")), stored(an_article(1, guid="b")))
    assert isinstance(intent, NewArticle)


def test_another_story_at_the_same_link_is_a_new_article() -> None:
    old = stored(an_article(1, guid="day-1", link="https://paper.example/today", title="Storm closes harbour"))
    draft = an_article(
        2, guid="day-2", link="https://paper.example/today", title="Museum shows maps", content="<p>Maps.</p>"
    )
    (intent,) = decided(draft, old)
    assert isinstance(intent, NewArticle)


def test_a_reused_guid_is_a_new_article_and_stays_one() -> None:
    old = stored(an_article(1, guid="post", title="Storm closes harbour"))
    reused = an_article(
        20, guid="post", title="Museum shows maps", link="https://paper.example/maps", content="<p>Maps are shown.</p>"
    )
    (intent,) = decided(reused, old)
    assert isinstance(intent, NewArticle)
    assert intent.article.id != old.id
    again = stored(intent.article)
    assert decided(reused, old, again) == ()
    edited = an_article(
        20, guid="post", title="Museum shows maps", link="https://paper.example/maps", content="<p>More maps.</p>"
    )
    (revision,) = decided(edited, old, again)
    assert isinstance(revision, RevisedArticle)
    assert revision.article.id == again.id


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("Storm closes the old harbour", "Mon, 23 Feb 2026 10:00:00 GMT"),
        ("Museum shows maps", "Wed, 04 Feb 2026 10:00:00 GMT"),
    ],
)
def test_a_guid_that_moved_with_its_story_or_within_the_week_is_a_revision(title: str, date: str) -> None:
    old = stored(an_article(1, guid="post", title="Storm closes harbour"))
    moved = an_article(1, guid="post", title=title, date=date, link="https://paper.example/moved")
    (intent,) = decided(moved, old)
    assert isinstance(intent, RevisedArticle)
    assert intent.article.id == old.id
    assert intent.article.url == "https://paper.example/moved"


@pytest.mark.parametrize("guid", [None, "rewritten"])
def test_what_was_withdrawn_never_comes_back(guid: str | None) -> None:
    gone = stored(an_article(1), withdrawn=True)
    assert decided(an_article(1, guid=guid, content="<p>Edited.</p>"), gone) == ()


def test_an_article_that_flaps_comes_to_rest() -> None:
    known = stored(an_article(1))
    revisions, now = 0, NOW
    for turn in range(300):
        now += timedelta(hours=1)
        draft = an_article(1, content=f"<p>State {'AB'[turn % 2]}.</p>")
        (intent,) = decide([draft], [known], now=now, raws=[b""])
        if isinstance(intent, RevisedArticle):
            revisions += 1
            known = stored(intent.article)
        else:
            known = replace(known, raw_hash=draft.raw_hash)
    assert FREE_REVISIONS <= revisions <= FREE_REVISIONS + 9


def test_two_entries_that_mean_one_stored_article_give_one_intent() -> None:
    old = stored(an_article(1))
    drafts = [an_article(1, content="<p>A.</p>"), an_article(1, content="<p>B.</p>")]
    assert len(decide(drafts, [old], now=LATER, raws=[b"a", b"b"])) == 1


@pytest.mark.case("P-48")
@pytest.mark.parametrize("prefix", ["https://paper.example/?p=", "tag:new.paper.example,2026:", ""])
def test_a_rewrite_of_every_guid_re_emits_nothing(prefix: str) -> None:
    before = read(*(an_entry(number, guid=f"http://paper.example/?p={number}") for number in range(100)))
    after = read_document(
        a_feed([an_entry(number, guid=f"{prefix}{number}" if prefix else "") for number in range(100)]),
        a_source(),
        window=before.window,
        rung=before.rung,
        now=LATER,
    )
    known = [stored(draft) for draft in before.drafts]
    intents = decide(after.drafts, known, now=LATER, raws=after.raws, live=after.live)
    assert [intent for intent in intents if not isinstance(intent, TouchedArticle)] == []
    assert len(intents) == 100


@pytest.mark.case("P-49")
def test_another_sources_id_does_not_reach_our_article() -> None:
    ours = stored(an_article(1))
    theirs = read(an_entry(1, title="Forged"), source=a_source(id="other", url="https://other.example/feed")).drafts[0]
    assert theirs.id != ours.id
    (intent,) = decide([theirs], [], now=LATER, raws=[b""])
    assert isinstance(intent, NewArticle)


@pytest.mark.case("P-51")
def test_an_updated_that_stands_in_for_published_does_not_move_it_later() -> None:
    def dated(when: str, content: str) -> ParsedEntry:
        return replace(an_entry(1, content=content, date=""), dates=(RawDate(element="updated", value=when),))

    first = read(dated("2026-02-01T10:00:00Z", "<p>One.</p>")).drafts[0]
    edited = read(dated("2026-02-20T10:00:00Z", "<p>Two.</p>")).drafts[0]
    (intent,) = decided(edited, stored(first))
    assert isinstance(intent, RevisedArticle)
    assert intent.article.published is not None
    assert intent.article.published.instant == datetime.fromisoformat("2026-02-01T10:00:00+00:00")
    assert intent.article.updated is not None
    assert intent.article.updated.instant == datetime.fromisoformat("2026-02-20T10:00:00+00:00")


@pytest.mark.case("P-50")
def test_a_publishers_own_deletion_withdraws_what_it_names_and_nothing_else() -> None:
    known = [stored(an_article(1)), stored(an_article(2)), stored(an_article(3), withdrawn=True)]
    stones = [Tombstone(ref=known[0].guid, comment="wrong"), Tombstone(ref=known[2].guid), Tombstone(ref="unknown")]
    assert withdrawals(stones, known) == (WithdrawnByPublisher(article_id=known[0].id, reason="wrong"),)


def test_stored_links_are_what_the_ladder_asks_for() -> None:
    known = [stored(an_article(1)), stored(an_article(2), withdrawn=True), stored(an_article(3, guid=""))]
    assert stored_links(known) == {"https://paper.example/2026/story-1": "tag:paper.example,2026:1"}
