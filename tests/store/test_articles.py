from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aggregator.model.article import Language
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId
from aggregator.model.moment import Moment
from aggregator.store import Store
from tests.store.build import DAY, HOUR, NOW, add, article, new, publish_as, story

MOONWIRE = SourceId("moonwire")
A1 = ArticleId("moonwire-a1")


def test_known_articles_are_found_by_key_guid_or_canonical_url(store: Store) -> None:
    add(store, new("a1"), new("a2"), new("a3"), new("a4"))
    add(store, new("a1", "daily"))
    known = store.articles.known(MOONWIRE, ["guid:a1"], ["urn:a2"], ["https://moonwire.example/a3"])
    assert [k.id for k in known] == ["moonwire-a1", "moonwire-a2", "moonwire-a3"]
    first = known[0]
    assert (first.key, first.guid, first.canonical_url) == ("guid:a1", "urn:a1", "https://moonwire.example/a1")
    assert (first.title, first.content_hash, first.raw_hash, first.revision) == ("Title of a1", "c1", "r1", 1)
    assert (first.published, first.first_seen, first.withdrawn) == (NOW - HOUR, NOW, False)


def test_an_empty_guid_or_url_ties_nothing(store: Store) -> None:
    bare = replace(article().identity, guid="", canonical_url="")
    add(store, new("a1", identity=bare))
    assert store.articles.known(MOONWIRE, [""], [""], [""]) == ()
    assert store.articles.known(MOONWIRE) == ()


def test_several_articles_are_read_at_once(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    found = store.articles.many([A1, ArticleId("unknown"), A1])
    assert {name: stored.article.title for name, stored in found.items()} == {A1: "Title of a1"}
    assert store.articles.get(ArticleId("unknown")) is None


def test_an_operator_finds_an_article_by_whatever_he_has(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    store.stories.save([story("s1", A1)])
    published = PublishedId("tag:example.org,2026:x")
    publish_as(store, StoryId("s1"), [published], A1)
    for text in (A1, "urn:a1", "https://moonwire.example/a1", published):
        assert [stored.article.id for stored in store.articles.find(text)] == [A1]
    assert store.articles.find("") == ()
    assert store.articles.find("nothing") == ()
    assert [s.article.id for s in store.articles.by_url("https://x.example/?utm=1", "https://moonwire.example/a2")] == [
        "moonwire-a2"
    ]


def test_pages_come_newest_first_and_go_on_before_the_last(store: Store) -> None:
    add(store, *(new(f"a{n}") for n in range(5)))
    first = store.articles.page(limit=2)
    second = store.articles.page(limit=2, before_sequence=first[-1].sequence)
    assert [s.sequence for s in (*first, *second)] == [5, 4, 3, 2]


def test_pages_can_be_filtered(store: Store) -> None:
    old = Moment(instant=NOW - 3 * DAY)
    add(store, new("a1", published=old), new("a2", language=Language(tag="nl"), title="100% Maan"), new("a3"))
    add(store, new("b1", "daily"))
    store.articles.withdraw(ArticleId("moonwire-a3"), "asked for", NOW)

    def names(**filters: object) -> list[str]:
        return [stored.article.id for stored in store.articles.page(**filters)]  # type: ignore[arg-type]

    assert names(source_ids=["daily"]) == ["daily-b1"]
    assert names(languages=["nl"]) == ["moonwire-a2"]
    assert names(until=NOW - DAY) == ["moonwire-a1"]
    assert names(since=NOW - DAY, source_ids=["moonwire"]) == ["moonwire-a3", "moonwire-a2"]
    assert names(title="0% maan") == ["moonwire-a2"]
    assert names(title="0_ maan") == []
    assert names(withdrawn=True) == ["moonwire-a3"]
    assert "moonwire-a3" not in names(withdrawn=False)


def test_replays_stream_everything_in_order_in_batches(store: Store) -> None:
    add(store, *(new(f"a{n}") for n in range(5)))
    batches = [[s.sequence for s in batch] for batch in store.articles.iterate(1, batch=2)]
    assert batches == [[2, 3], [4, 5]]


def test_a_span_of_time_streams_by_the_articles_own_date(store: Store) -> None:
    add(store, new("a1", published=Moment(instant=NOW - DAY)), new("a2", published=None), new("a3"))
    batches = store.articles.between(NOW - 2 * HOUR, NOW + HOUR, [MOONWIRE])
    assert [s.article.id for batch in batches for s in batch] == ["moonwire-a2", "moonwire-a3"]


def test_a_withdrawn_article_stays_for_the_audit_and_keeps_its_reason(store: Store) -> None:
    add(store, new("a1"))
    seen = store.articles.changed_since(0, 10)[-1].change
    assert store.articles.withdraw(A1, "court order", NOW)
    assert not store.articles.withdraw(A1, "again", NOW + HOUR)
    assert not store.articles.withdraw(ArticleId("unknown"), "x", NOW)
    stored = store.articles.get(A1)
    assert stored is not None
    assert stored.withdrawn
    assert store.articles.withdrawals() == ((A1, NOW, "court order"),)
    assert [s.article.id for s in store.articles.changed_since(seen, 10)] == [A1]


def test_articles_are_counted_by_source_without_the_withdrawn(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    add(store, new("b1", "daily"))
    store.articles.withdraw(A1, "x", NOW)
    assert store.articles.counts() == {"moonwire": 1, "daily": 1}


def test_articles_are_found_by_their_pages_up_to_a_sequence_whatever_their_source(store: Store) -> None:
    page = "https://harbour.example/" + "long/" * 200
    at = replace(article().identity, canonical_url=page)
    add(store, new("a1", identity=at), new("a2"))
    add(store, new("b1", "daily", identity=replace(at, key="b")))
    found = store.articles.at_pages([page, "", "https://nobody.example/"], 3)
    assert [(stored.article.id, stored.sequence) for stored in found] == [(A1, 1), ("daily-b1", 3)]
    assert [stored.article.id for stored in store.articles.at_pages([page], 2)] == [A1]
    assert store.articles.at_pages([], 3) == ()


def test_instants_come_back_aware_and_exact(store: Store) -> None:
    early = datetime(1969, 7, 20, 20, 17, 40, 999999, tzinfo=UTC)
    add(store, new("a1", published=Moment(instant=early), first_seen=datetime(2999, 1, 1, tzinfo=UTC)))
    [known] = store.articles.known(MOONWIRE, ["guid:a1"])
    assert (known.published, known.first_seen) == (early, datetime(2999, 1, 1, tzinfo=UTC))
    assert known.published is not None
    assert known.published.utcoffset() is not None
