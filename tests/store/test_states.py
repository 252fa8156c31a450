from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.model.ids import SourceId
from aggregator.model.source import Health, SourceState, WindowEntry
from aggregator.store import Store
from aggregator.store.records import HostBlock
from aggregator.store.states import host_of
from tests.store.build import DAY, HOUR, NOW, source

SECOND = timedelta(seconds=1)


def due(store: Store, *names_and_hosts: tuple[str, str]) -> None:
    """Sources that are due one second after the other."""
    for place, (name, host) in enumerate(names_and_hosts):
        store.states.ensure([source(name, host)], NOW + place * SECOND)


def ids(states: list[SourceState]) -> list[str]:
    return [state.source_id for state in states]


def change(store: Store, name: str, **values: object) -> None:
    state = store.states.get(SourceId(name))
    assert state is not None
    store.states.save(replace(state, **values))  # type: ignore[arg-type]


def test_a_new_source_is_due_at_once_plus_its_spread(store: Store) -> None:
    spread = {"a": timedelta(0), "b": HOUR}
    assert store.states.ensure([source("a"), source("b")], NOW, lambda name: spread[name]) == ("a", "b")
    states = store.states.all()
    assert [(state.source_id, state.due) for state in states] == [("a", NOW), ("b", NOW + HOUR)]
    assert states[0].url == states[0].declared_url == "https://a.example/a.xml"


def test_ensuring_a_source_again_keeps_what_was_learnt(store: Store) -> None:
    due(store, ("a", "a.example"))
    change(store, "a", failures=3, health=Health.FAILING)
    assert store.states.ensure([source("a"), source("b")], NOW + DAY) == ("b",)
    state = store.states.get(SourceId("a"))
    assert state is not None
    assert (state.failures, state.health) == (3, Health.FAILING)


def test_a_state_comes_back_as_it_was_saved(store: Store) -> None:
    window = (WindowEntry(key="k", raw_hash="r"),)
    state = SourceState(source_id=SourceId("a"), url="https://a.example", due=NOW, window=window, entry_times=(NOW,))
    store.states.save(state)
    assert store.states.get(SourceId("a")) == state
    assert store.states.get(SourceId("b")) is None


def test_only_what_is_due_is_claimed_the_longest_due_first(store: Store) -> None:
    due(store, ("c", "c.example"), ("a", "a.example"), ("b", "b.example"))
    assert ids(store.states.claim(NOW + SECOND, 10, "me", 60)) == ["c", "a"]
    assert ids(store.states.claim(NOW + 2 * SECOND, 10, "me", 60)) == ["b"]


def test_a_claim_takes_no_more_than_its_limit(store: Store) -> None:
    due(store, ("a", "a.example"), ("b", "b.example"), ("c", "c.example"))
    assert ids(store.states.claim(NOW + HOUR, 2, "me", 60)) == ["a", "b"]


def test_a_lease_keeps_others_away_until_it_ends(store: Store) -> None:
    due(store, ("a", "a.example"))
    assert ids(store.states.claim(NOW, 1, "dead", 60)) == ["a"]
    assert store.states.claim(NOW + 59 * SECOND, 1, "me", 60) == []
    assert ids(store.states.claim(NOW + 60 * SECOND, 1, "me", 60)) == ["a"]


def test_a_lease_can_be_given_back_and_lengthened_by_its_owner_only(store: Store) -> None:
    due(store, ("a", "a.example"))
    store.states.claim(NOW, 1, "me", 60)
    name = SourceId("a")
    assert store.states.release([name], "other") == 0
    assert not store.states.renew(name, "other", NOW + DAY)
    assert store.states.renew(name, "me", NOW + HOUR)
    assert store.states.claim(NOW + 61 * SECOND, 1, "other", 60) == []
    assert store.states.release([name], "me") == 1
    assert ids(store.states.claim(NOW, 1, "other", 60)) == ["a"]


@pytest.mark.case("P-61")
def test_one_host_is_asked_by_one_claim_at_a_time(store: Store) -> None:
    due(store, ("a", "same.example"), ("b", "same.example"), ("c", "other.example"))
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60)) == ["a", "c"]
    assert store.states.claim(NOW + HOUR, 10, "other", 60) == []
    store.states.release([SourceId("a")], "me")
    change(store, "a", due=NOW + DAY)
    assert ids(store.states.claim(NOW + HOUR, 10, "other", 60)) == ["b"]


def test_more_places_per_host_can_be_given(store: Store) -> None:
    due(store, ("a", "same.example"), ("b", "same.example"), ("c", "same.example"))
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60, per_host=2)) == ["a", "b"]
    assert store.states.claim(NOW + HOUR, 10, "me", 60, per_host=2) == []
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60, per_host=3)) == ["c"]


def test_a_host_that_another_owner_asks_is_left_to_it(store: Store) -> None:
    due(store, ("a", "same.example"), ("b", "same.example"))
    assert ids(store.states.claim(NOW, 1, "me", 7200, per_host=5)) == ["a"]
    assert store.states.claim(NOW + HOUR, 10, "other", 60, per_host=5) == []
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60, per_host=5)) == ["b"]


def test_local_files_have_no_host_and_no_limit(store: Store) -> None:
    for name in ("a", "b"):
        state = SourceState(source_id=SourceId(name), url=f"samples/{name}.xml", due=NOW)
        store.states.save(state)
    assert ids(store.states.claim(NOW, 10, "me", 60)) == ["a", "b"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://User:pw@Feeds.Example:8443/x", "feeds.example"),
        ("http://[::1]/x", "::1"),
        ("http://[broken/x", ""),
        ("samples/a.xml", ""),
    ],
)
def test_the_host_of_a_url_is_its_name_alone(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_blocked_host_is_left_alone_until_the_block_ends(store: Store) -> None:
    due(store, ("a", "busy.example"), ("b", "busy.example"), ("c", "free.example"))
    block = HostBlock(host="busy.example", until=NOW + HOUR, reason="Retry-After: 3600")
    store.states.block_host(block)
    store.states.block_host(replace(block, until=NOW + SECOND, reason="shorter"))
    assert store.states.blocks(NOW) == (block,)
    assert ids(store.states.claim(NOW + 2 * SECOND, 10, "me", 7200, ignore_due=True)) == ["c"]
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60)) == ["a"]
    assert store.states.blocks(NOW + HOUR) == ()


def test_an_unblocked_host_is_asked_again(store: Store) -> None:
    due(store, ("a", "busy.example"))
    store.states.block_host(HostBlock(host="busy.example", until=NOW + HOUR, reason="by mistake"))
    store.states.unblock_host("busy.example")
    assert ids(store.states.claim(NOW, 10, "me", 60)) == ["a"]


def test_a_paused_source_is_claimed_only_by_name(store: Store) -> None:
    due(store, ("a", "a.example"), ("b", "b.example"))
    change(store, "a", health=Health.PAUSED)
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60)) == ["b"]
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60, source_ids=[SourceId("a")])) == ["a"]


def test_named_sources_are_claimed_before_their_time_when_told_to(store: Store) -> None:
    store.states.ensure([source("a"), source("b")], NOW + DAY)
    named = [SourceId("b"), SourceId("unknown")]
    assert store.states.claim(NOW, 10, "me", 60, source_ids=named) == []
    assert store.states.claim(NOW, 10, "me", 60, source_ids=[], ignore_due=True) == []
    assert ids(store.states.claim(NOW, 10, "me", 60, source_ids=named, ignore_due=True)) == ["b"]


def test_saving_a_state_keeps_a_lease_on_it(store: Store) -> None:
    due(store, ("a", "a.example"))
    store.states.claim(NOW, 1, "me", 60)
    change(store, "a", why="an operator looked")
    assert store.states.claim(NOW, 1, "other", 60) == []


def test_a_state_that_moved_is_counted_at_its_new_host(store: Store) -> None:
    due(store, ("a", "old.example"), ("b", "new.example"))
    change(store, "a", url="https://new.example/feed")
    assert ids(store.states.claim(NOW + HOUR, 10, "me", 60)) == ["a"]


def test_the_next_due_time_ignores_paused_sources(store: Store) -> None:
    assert store.states.next_due() is None
    due(store, ("a", "a.example"), ("b", "b.example"))
    change(store, "a", health=Health.PAUSED)
    assert store.states.next_due() == NOW + SECOND


def test_removed_states_are_gone(store: Store) -> None:
    due(store, ("a", "a.example"), ("b", "b.example"))
    assert store.states.remove([SourceId("a"), SourceId("x")]) == 1
    assert [state.source_id for state in store.states.all()] == ["b"]


def test_claimers_that_start_together_never_share_a_source_or_a_host(store: Store) -> None:
    claimers, per_claim = 6, 5
    store.states.ensure([source(f"s{n:02}", f"h{n % 20}.example") for n in range(60)], NOW)
    barrier = threading.Barrier(claimers)
    taken: list[tuple[str, SourceState]] = []

    def claim(owner: str) -> None:
        barrier.wait()
        for _ in range(6):
            taken.extend((owner, state) for state in store.states.claim(NOW, per_claim, owner, 60))

    threads = [threading.Thread(target=claim, args=(f"w{n}",)) for n in range(claimers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(Counter(state.source_id for _, state in taken).values()) == 1
    assert max(Counter(host_of(state.url) for _, state in taken).values()) == 1
    assert len(taken) == 20
    assert len({owner for owner, _ in taken}) > 1


def test_an_amendment_is_made_to_what_is_stored_and_leaves_the_lease(store: Store) -> None:
    due(store, ("a", "a.example"))
    store.states.claim(NOW, 1, "me", 60)
    assert store.states.amend(SourceId("missing"), lambda state: state) is None
    amended = store.states.amend(SourceId("a"), lambda state: replace(state, feed_title="T"))
    assert amended is not None
    assert amended.feed_title == "T"
    assert store.states.get(SourceId("a")) == amended
    assert store.states.claim(NOW, 1, "another", 60) == []


def test_amendments_of_two_threads_do_not_lose_each_other(store: Store) -> None:
    due(store, ("a", "a.example"))

    def count() -> None:
        for _ in range(10):
            store.states.amend(SourceId("a"), lambda state: replace(state, failures=state.failures + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = store.states.get(SourceId("a"))
    assert state is not None
    assert state.failures == 40
