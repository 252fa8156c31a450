from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from aggregator.model.ids import SourceId, StoryId, TopicSlug
from aggregator.store import Store
from aggregator.store.records import (
    DigestIssue,
    OptOut,
    SourceOverlay,
    StoredDocument,
    StoredEdition,
    Subscriber,
    TopicToken,
)
from tests.store.build import DAY, HOUR, NOW, source

SPACE = TopicSlug("space")


def issue(number: int, *stories: str, name: str = "weekly") -> DigestIssue:
    return DigestIssue(name=name, number=number, frozen_at=NOW, stories=tuple(map(StoryId, stories)), record=b"{}")


def subscriber(callback: str = "https://a.example/cb", **values: object) -> Subscriber:
    made = Subscriber(topic="https://x/feed.atom", callback=callback, lease_until=NOW + DAY, created=NOW)
    return replace(made, **values)  # type: ignore[arg-type]


def test_the_last_edition_of_a_topic_replaces_the_one_before(store: Store) -> None:
    edition = StoredEdition(topic=SPACE, hash="h1", updated=NOW, written_at=NOW + HOUR, record=b"bytes" * 50)
    store.editions.put(edition)
    store.editions.put(replace(edition, hash="h2"))
    assert store.editions.get(SPACE) == replace(edition, hash="h2")
    assert store.editions.get(TopicSlug("weather")) is None


@pytest.mark.case("B-09")
def test_a_document_with_the_same_body_keeps_the_time_it_changed(store: Store) -> None:
    document = StoredDocument(
        path="space/feed.atom", media_type="application/atom+xml", etag='"1"', body_hash="b1", changed_at=NOW
    )
    store.editions.put_documents([document])
    store.editions.put_documents([replace(document, changed_at=NOW + HOUR)])
    assert store.editions.document("space/feed.atom") == document
    changed = replace(document, body_hash="b2", etag='"2"', changed_at=NOW + HOUR)
    store.editions.put_documents([changed])
    assert store.editions.documents() == {"space/feed.atom": changed}
    assert store.editions.documents([]) == {}
    assert store.editions.remove_documents(["space/feed.atom", "x"]) == 1


def test_an_issue_comes_back_with_its_stories_in_their_order(store: Store) -> None:
    assert store.digests.freeze(issue(1, "s2", "s1"))
    assert store.digests.get("weekly", 1) == issue(1, "s2", "s1")
    assert store.digests.get("weekly", 2) is None
    assert store.digests.set_state("weekly", 1, "sent")
    assert not store.digests.set_state("weekly", 2, "sent")
    assert [kept.state for kept in store.digests.all("weekly")] == ["sent"]


def test_a_story_is_in_one_issue_of_a_digest_only(store: Store) -> None:
    assert store.digests.freeze(issue(1, "s1"))
    assert not store.digests.freeze(issue(2, "s2", "s1"))
    assert not store.digests.freeze(issue(1, "s3"))
    assert store.digests.freeze(issue(1, "s1", name="daily"))
    assert store.digests.last_number("weekly") == 1
    assert store.digests.sent_stories("weekly", [StoryId("s1"), StoryId("s2")]) == {"s1": 1}
    assert store.digests.last_number("monthly") == 0


def test_two_that_freeze_at_once_make_one_issue(store: Store) -> None:
    barrier = threading.Barrier(2)
    done: list[bool] = []

    def freeze(number: int) -> None:
        barrier.wait()
        done.append(store.digests.freeze(issue(number, "s1", "s2")))

    threads = [threading.Thread(target=freeze, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    assert len(store.digests.all("weekly")) == 1


def test_sources_added_by_command_are_kept_whole(store: Store) -> None:
    added = source("moonwire", tags=("space",), weight=2.0)
    store.sources.save(source("moonwire"), now=NOW)
    store.sources.save(added, now=NOW)
    assert store.sources.all() == (added,)
    assert store.sources.get(SourceId("moonwire")) == added
    assert store.sources.remove(SourceId("moonwire"))
    assert not store.sources.remove(SourceId("moonwire"))
    assert store.sources.get(SourceId("moonwire")) is None


def test_a_pause_lies_over_a_declared_source(store: Store) -> None:
    pause = SourceOverlay(source_id=SourceId("a"), paused=True, who="ed", why="noisy", at=NOW)
    store.sources.overlay(pause)
    assert store.sources.overlays() == {"a": pause}
    store.sources.overlay(replace(pause, paused=False))
    assert not store.sources.overlays()[SourceId("a")].paused


def test_an_opt_out_covers_its_url_or_host_and_what_lies_below(store: Store) -> None:
    host = OptOut(target="example.org", at=NOW, why="asked by mail")
    url = OptOut(target="https://other.example/feed", at=NOW, why="asked")
    store.opt_outs.add(host)
    store.opt_outs.add(url)
    assert store.opt_outs.all() == (host, url)
    assert store.opt_outs.covers("https://news.EXAMPLE.org/feed") == host
    assert store.opt_outs.covers("https://other.example/feed") == url
    for free in ("https://other.example/else", "https://notexample.org/", "http://[bad", "samples/a.xml"):
        assert store.opt_outs.covers(free) is None
    assert store.opt_outs.remove("example.org")
    assert store.opt_outs.covers("https://example.org/feed") is None


def test_a_revoked_token_opens_nothing(store: Store) -> None:
    token = TopicToken(token="t0k3n", topic=SPACE, created=NOW)
    store.tokens.add(token)
    assert store.tokens.topic_of("t0k3n") == "space"
    assert store.tokens.of_topic(SPACE) == (token,)
    assert store.tokens.revoke("t0k3n", NOW)
    assert not store.tokens.revoke("t0k3n", NOW)
    assert store.tokens.topic_of("t0k3n") is None
    assert store.tokens.of_topic(SPACE) == ()


def test_a_subscriber_that_renews_stays_the_same(store: Store) -> None:
    first = store.subscribers.save(subscriber())
    renewed = store.subscribers.save(subscriber(lease_until=NOW + 2 * DAY, created=NOW + HOUR))
    assert renewed.id == first.id
    assert store.subscribers.get(first.topic, first.callback) == replace(first, lease_until=NOW + 2 * DAY)
    assert store.subscribers.remove(first.topic, first.callback)
    assert store.subscribers.get(first.topic, first.callback) is None


def test_subscribers_wait_for_what_they_have_not_got_until_their_lease_ends(store: Store) -> None:
    late = store.subscribers.save(subscriber("https://late.example/"))
    store.subscribers.save(subscriber("https://done.example/", delivered_hash="h1"))
    store.subscribers.save(subscriber("https://failed.example/", retry_at=NOW + HOUR))
    store.subscribers.save(subscriber("https://ended.example/", lease_until=NOW))
    current = [(late.topic, "h1")]
    assert store.subscribers.waiting(NOW, current) == (late,)
    assert len(store.subscribers.waiting(NOW + HOUR, current)) == 2
    assert store.subscribers.waiting(NOW, []) == ()
    assert len(store.subscribers.of_topic(late.topic, NOW)) == 3
    assert store.subscribers.expire(NOW) == 1


def test_what_was_published_is_found_by_its_paths_until_it_is_removed(store: Store) -> None:
    kept = [
        StoredDocument(path=path, media_type="text/html", etag='"e"', body_hash="e", changed_at=NOW)
        for path in ("moon/index.html", "index.html")
    ]
    store.editions.put_documents(kept)
    assert store.editions.paths() == ("index.html", "moon/index.html")
    store.editions.remove_documents(["moon/index.html"])
    assert store.editions.paths() == ("index.html",)


def test_tokens_go_over_to_a_renamed_topic(store: Store) -> None:
    store.tokens.add(TopicToken(token="t0k3n", topic=SPACE, created=NOW))
    store.tokens.rename_topic(SPACE, TopicSlug("cosmos"))
    assert store.tokens.topic_of("t0k3n") == "cosmos"
    assert store.tokens.of_topic(SPACE) == ()


def test_a_fact_can_be_forgotten(store: Store) -> None:
    store.facts.set("revision", "r1")
    store.facts.remove("revision")
    assert store.facts.get("revision") is None
