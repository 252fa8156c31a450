from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from aggregator.model.article import RevisedArticle, TouchedArticle, WithdrawnByPublisher
from aggregator.model.fetch import Validators
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.source import SourceState
from aggregator.store import Store
from aggregator.store.codec import pack_entry
from aggregator.store.records import Poll
from tests.store.build import DAY, HOUR, NOW, add, add_source, article, entry, new

MOONWIRE = SourceId("moonwire")


def state_of(store: Store, source_id: str = "moonwire") -> SourceState:
    state = store.states.get(SourceId(source_id))
    assert state is not None
    return state


def test_an_article_comes_back_as_it_was_stored(store: Store) -> None:
    add(store, new("a1", title="Größe \U0001f319 — наука", words=7))
    stored = store.articles.get(ArticleId("moonwire-a1"))
    assert stored is not None
    assert stored.article == article("a1", title="Größe \U0001f319 — наука", words=7)
    assert (stored.sequence, stored.story_id, stored.withdrawn) == (1, None, False)


@pytest.mark.case("P-01")
def test_validators_due_time_and_articles_commit_together(store: Store) -> None:
    add_source(store)
    validators = Validators(url="https://moonwire.example/moonwire.xml", etag='W/"x"')
    state = replace(state_of(store), due=NOW + HOUR, validators=validators)
    result = store.commit_poll(state, [new("a1"), new("a2")], now=NOW)
    assert result.new == ("moonwire-a1", "moonwire-a2")
    assert state_of(store) == state
    assert [stored.article.id for stored in store.articles.since(0, 10)] == ["moonwire-a1", "moonwire-a2"]


def test_a_poll_that_fails_half_way_leaves_nothing(store: Store) -> None:
    add_source(store)
    before = state_of(store)
    broken = replace(new("a2"), raw=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)not.null"):
        store.commit_poll(replace(before, due=NOW + DAY), [new("a1"), broken], now=NOW)
    assert state_of(store) == before
    assert store.articles.last_sequence() == 0
    assert store.commit_poll(before, [new("a1")], now=NOW).new == ("moonwire-a1",)
    assert store.articles.last_sequence() == 1


def test_sequences_run_on_without_gaps_over_sources(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    add(store, new("b1", "daily"))
    add(store, new("a3"))
    found = [(s.sequence, s.article.id) for s in store.articles.since(0, 10)]
    assert found == [(1, "moonwire-a1"), (2, "moonwire-a2"), (3, "daily-b1"), (4, "moonwire-a3")]
    assert [s.sequence for s in store.articles.since(2, 1)] == [3]


def test_what_is_stored_already_is_not_stored_again(store: Store) -> None:
    add(store, new("a1"))
    other_id = new("a1", id=ArticleId("other"))
    twice = [new("a1", title="Again"), other_id, new("a2"), new("a2", title="Twice in one document")]
    assert store.commit_poll(state_of(store), twice, now=NOW).new == ("moonwire-a2",)
    titles = [stored.article.title for stored in store.articles.since(0, 10)]
    assert titles == ["Title of a1", "Title of a2"]
    assert store.articles.last_sequence() == 2


def test_the_same_key_in_another_source_is_another_article(store: Store) -> None:
    add(store, new("a1"))
    add(store, new("a1", "daily"))
    assert [s.article.source_id for s in store.articles.since(0, 9)] == ["moonwire", "daily"]


def test_a_revision_keeps_the_one_before_with_its_raw_entry(store: Store) -> None:
    add(store, new("a1"))
    second = article("a1", title="Corrected", revision=2, revised_at=NOW + HOUR, content_hash="c2")
    intent = RevisedArticle(article=second, raw=pack_entry(entry("a1", "Corrected")), parser="test 2")
    result = store.commit_poll(state_of(store), [intent], now=NOW + HOUR)
    assert result.revised == ("moonwire-a1",)
    assert store.articles.revisions(second.id) == (article("a1"), second)
    old, current = store.articles.raw(second.id, 1), store.articles.raw(second.id)
    assert old is not None
    assert current is not None
    assert (old.revision, old.entry, old.parser) == (1, entry("a1"), "test 1")
    assert (current.revision, current.entry, current.parser) == (2, entry("a1", "Corrected"), "test 2")
    assert store.articles.raw(second.id, 3) is None


def test_a_revision_keeps_its_place_in_the_queue_but_shows_as_a_change(store: Store) -> None:
    add(store, new("a1"), new("a2"))
    seen = store.articles.changed_since(0, 10)[-1].change
    second = RevisedArticle(article=article("a1", revision=2), raw=pack_entry(entry()))
    store.commit_poll(state_of(store), [second], now=NOW)
    assert [stored.article.id for stored in store.articles.since(0, 10)] == ["moonwire-a1", "moonwire-a2"]
    assert [stored.article.id for stored in store.articles.changed_since(seen, 10)] == ["moonwire-a1"]


def test_a_revision_of_nothing_changes_nothing(store: Store) -> None:
    add_source(store)
    intent = RevisedArticle(article=article("a1", revision=2), raw=b"")
    assert store.commit_poll(state_of(store), [intent], now=NOW).revised == ()
    assert store.articles.last_sequence() == 0


def test_a_touched_article_changes_its_raw_hash_only(store: Store) -> None:
    add(store, new("a1"))
    touched = TouchedArticle(article_id=ArticleId("moonwire-a1"), raw_hash="r2")
    assert store.commit_poll(state_of(store), [touched], now=NOW).touched == 1
    known = store.articles.known(MOONWIRE, ["guid:a1"])[0]
    assert (known.raw_hash, known.content_hash, known.revision) == ("r2", "c1", 1)


def test_what_the_publisher_withdrew_never_comes_back(store: Store) -> None:
    add(store, new("a1"))
    gone = WithdrawnByPublisher(article_id=ArticleId("moonwire-a1"), reason="deleted by its publisher")
    assert store.commit_poll(state_of(store), [gone], now=NOW).withdrawn == ("moonwire-a1",)
    assert store.commit_poll(state_of(store), [gone], now=NOW).withdrawn == ()
    assert store.commit_poll(state_of(store), [new("a1")], now=NOW).new == ()
    assert [(known.id, known.withdrawn) for known in store.articles.known(MOONWIRE, ["guid:a1"])] == [
        ("moonwire-a1", True)
    ]


def test_a_poll_whose_lease_passed_to_another_writes_nothing(store: Store) -> None:
    add_source(store)
    [claimed] = store.states.claim(NOW, 1, "first", 10)
    assert [s.source_id for s in store.states.claim(NOW + HOUR, 1, "second", 10)] == ["moonwire"]
    late = store.commit_poll(replace(claimed, due=NOW + DAY), [new("a1")], now=NOW + HOUR, owner="first")
    assert late.stale
    assert state_of(store) == claimed
    assert store.articles.last_sequence() == 0
    assert not store.commit_poll(claimed, [new("a1")], now=NOW + HOUR, owner="second").stale


def test_a_poll_ends_the_lease(store: Store) -> None:
    add_source(store)
    [claimed] = store.states.claim(NOW, 1, "first", 3600)
    store.commit_poll(claimed, [], now=NOW, owner="first")
    assert store.states.claim(NOW, 1, "second", 10) == [claimed]


def test_several_polls_commit_at_once_each_with_its_result(store: Store) -> None:
    for name in ("moonwire", "daily"):
        add_source(store, name)
    polls = [
        Poll(state=state_of(store, "moonwire"), intents=(new("a1"),)),
        Poll(state=state_of(store, "daily"), intents=(new("b1", "daily"), new("b2", "daily"))),
    ]
    results = store.commit_polls(polls, now=NOW)
    assert [(result.source_id, len(result.new)) for result in results] == [("moonwire", 1), ("daily", 2)]


def test_a_poll_of_a_source_without_a_state_gives_it_one(store: Store) -> None:
    state = SourceState(source_id=MOONWIRE, url="https://moonwire.example/f", due=NOW)
    store.commit_poll(state, [], now=NOW)
    assert state_of(store) == state


@pytest.mark.parametrize("guid", ["x" * 9000, "nul\x00in it", "half \ud800 pair", "é" * 600])
def test_odd_and_long_ids_are_found_character_for_character(store: Store, guid: str) -> None:
    identity = replace(article().identity, guid=guid.replace("\ud800", "?"), key=f"k{guid}".replace("\ud800", "?"))
    add(store, new("a1", identity=identity))
    [known] = store.articles.known(MOONWIRE, [], [identity.guid])
    assert (known.guid, known.id) == (identity.guid, "moonwire-a1")
    [known] = store.articles.known(MOONWIRE, [identity.key])
    assert known.key == identity.key


def test_a_transaction_of_the_caller_holds_several_writes_together(store: Store) -> None:
    add_source(store)

    def fail_in_the_middle() -> None:
        with store.transaction():
            store.commit_poll(state_of(store), [new("a1")], now=NOW)
            store.facts.set("key", "value")
            assert store.facts.get("key") == "value"
            raise LookupError

    with pytest.raises(LookupError):
        fail_in_the_middle()
    assert (store.facts.get("key"), store.articles.last_sequence()) == (None, 0)


def test_known_and_claim_read_no_article_record(store: Store) -> None:
    add(store, new("a1"))
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    try:
        store.articles.known(MOONWIRE, ["guid:a1"])
        store.states.claim(NOW, 5, "me", 10)
    finally:
        event.remove(store.database.engine, "before_cursor_execute", note)
    assert any("articles" in statement for statement in statements)
    assert not any("articles.record" in statement or "articles.raw," in statement for statement in statements)
