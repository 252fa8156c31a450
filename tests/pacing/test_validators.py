"""What is remembered of ETag and Last-Modified."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model.entry import ParseFailed, ParseReason
from aggregator.model.fetch import FetchReason, Validators
from aggregator.model.source import Source
from aggregator.pacing.observed import Observed
from tests.support.polls import URL, Player, body, failure, hop, unchanged

B = "https://b.test/feed"


def held(player: Player) -> tuple[str | None, str | None]:
    validators = player.state.validators
    return (validators.etag, validators.last_modified) if validators is not None else (None, None)


@pytest.mark.case("P-04")
def test_validators_are_replaced_as_a_set() -> None:
    player = Player()
    player.poll(body('"e1"', "m1"))
    player.next(body('"e2"', None))
    assert held(player) == ('"e2"', None)
    player.next(body(None, None))
    assert player.state.validators is None


@pytest.mark.case("P-05")
def test_etag_and_last_modified_move_independently() -> None:
    player = Player()
    player.poll(body('"e1"', "m1"))
    player.next(body('"e2"', "m1"))
    assert held(player) == ('"e2"', "m1")
    player.next(body('"e2"', "m2"))
    assert held(player) == ('"e2"', "m2")


@pytest.mark.case("P-06")
def test_the_same_body_with_new_validators_keeps_the_new_ones() -> None:
    player = Player()
    player.poll(body('"e1"', "m1"), Observed(body_hash="h"))
    player.next(body('"e2"', "m2"), Observed(body_hash="h"))
    assert held(player) == ('"e2"', "m2")


@pytest.mark.case("P-07")
def test_a_304_replaces_what_it_says_and_its_freshness_counts() -> None:
    player = Player()
    player.poll(body('"e1"', "m1", cache_control="max-age=7200"))
    player.next(unchanged('"e2"', None, cache_control="max-age=36000"))
    assert held(player) == ('"e2"', "m1")
    assert player.pause == 36000
    player.next(unchanged(None, "m2"))
    assert held(player) == ('"e2"', "m2")
    assert player.pause == 36000


@pytest.mark.case("P-08")
def test_a_bare_304_keeps_the_old_validators() -> None:
    player = Player()
    player.poll(body('"e1"', "m1"))
    player.next(unchanged())
    assert held(player) == ('"e1"', "m1")


@pytest.mark.case("P-12", "P-46")
@pytest.mark.parametrize(
    "seen",
    [
        Observed(
            parse_failed=ParseFailed(reason=ParseReason.UNREADABLE, detail="broken"), complete=False, body_hash="h2"
        ),
        Observed(complete=False, body_hash="h2"),
    ],
    ids=["unreadable", "salvaged"],
)
def test_validators_of_a_body_that_was_not_read_cleanly_are_not_kept(seen: Observed) -> None:
    player = Player()
    player.poll(body('"e1"', "m1"), Observed(body_hash="h1"))
    player.next(body('"e2"', "m2"), seen)
    assert held(player) == ('"e1"', "m1")
    assert player.state.body_hash == "h1"


@pytest.mark.case("P-09", "P-37")
@pytest.mark.parametrize("reason", [FetchReason.PROTOCOL, FetchReason.EMPTY, FetchReason.TRUNCATED])
def test_a_failure_leaves_the_validators_alone(reason: FetchReason) -> None:
    player = Player()
    player.poll(body('"e1"', "m1"))
    player.next(failure(reason, 200))
    assert held(player) == ('"e1"', "m1")
    assert player.state.last_success_at != player.now


@pytest.mark.case("P-13")
def test_validators_of_a_redirects_target_stand_beside_and_not_in_place() -> None:
    player = Player()
    player.poll(body('"eA"'))
    player.next(body('"eB"', url=B, hops=(hop(302, URL, B),)))
    assert held(player) == ('"eA"', None)
    assert player.state.target_validators == Validators(url=B, etag='"eB"')
    player.next(unchanged('"eB2"', url=B, hops=(hop(302, URL, B),)))
    assert held(player) == ('"eA"', None)
    assert player.state.target_validators == Validators(url=B, etag='"eB2"')


@pytest.mark.case("P-13", "P-64")
def test_validators_are_tied_to_the_url_without_its_credentials() -> None:
    source = Source(id=Player().source.id, url="https://u:p@a.test/feed")
    player = Player(source=source)
    player.poll(body('"e1"'))
    assert player.state.validators == Validators(url=URL, etag='"e1"')


@pytest.mark.case("P-14")
def test_an_edited_url_forgets_validators_and_sightings_and_keeps_an_alias() -> None:
    player = Player()
    player.poll(body('"e1"', url=B, hops=(hop(301, URL, B),)))
    player.source = replace(player.source, url="https://new.test/feed")
    state = player.next(failure(FetchReason.SERVER_ERROR, 500))
    assert (state.url, state.declared_url, state.aliases) == ("https://new.test/feed", "https://new.test/feed", (URL,))
    assert state.validators is None
    assert state.target_validators is None
    assert state.sightings is None


@pytest.mark.case("P-15")
def test_after_three_identical_bodies_the_etag_is_left_out_for_a_month() -> None:
    player = Player()
    player.poll(body('"e-gzip"', "m", unconditional=True), Observed(body_hash="h"))
    for times in (1, 2, 3):
        assert player.state.etag_ignored_since is None
        player.next(body('"e-gzip"', "m"), Observed(body_hash="h"))
        assert player.state.ignored_etags == times
    assert player.state.etag_ignored_since == player.now
    player.next(unchanged())
    assert player.state.etag_ignored_since is not None
    player.wait(days=31)
    player.poll(body('"e-gzip"', "m"), Observed(body_hash="h"))
    assert player.state.etag_ignored_since == player.now
    player.wait(days=31)
    healed = player.poll(unchanged())
    assert (healed.ignored_etags, healed.etag_ignored_since) == (0, None)


@pytest.mark.case("P-15")
def test_a_changed_body_says_nothing_against_the_etag() -> None:
    player = Player()
    player.poll(body('"e"'), Observed(body_hash="h0"))
    for number in range(5):
        player.next(body('"e"'), Observed(body_hash=f"h{number + 1}"))
    assert (player.state.ignored_etags, player.state.etag_ignored_since) == (0, None)


@pytest.mark.case("P-10")
def test_a_streak_of_304s_is_remembered_and_ends_with_a_body() -> None:
    player = Player()
    player.poll(body(unconditional=True))
    began = None
    for times in (1, 2, 3):
        player.next(unchanged())
        began = began or player.now
        assert (player.state.not_modified_streak, player.state.not_modified_since) == (times, began)
    player.next(body(unconditional=True))
    assert (player.state.not_modified_streak, player.state.not_modified_since) == (0, None)
    assert player.state.last_unconditional_at == player.now
    player.next(body())
    assert player.state.last_unconditional_at != player.now


@pytest.mark.case("P-10")
def test_a_canary_that_failed_is_not_sent_again_for_a_month() -> None:
    player = Player()
    player.poll(body(unconditional=True))
    player.next(unchanged())
    player.wait(days=20)
    player.poll(failure(FetchReason.SERVER_ERROR, 500))
    assert player.state.last_unconditional_at != player.now
    player.wait(days=10)
    player.poll(failure(FetchReason.SERVER_ERROR, 500))
    assert player.state.last_unconditional_at == player.now


@pytest.mark.case("P-54")
def test_an_unasked_delta_makes_the_next_request_unconditional() -> None:
    player = Player()
    player.poll(body('"e1"'))
    player.next(failure(FetchReason.ODD_SUCCESS, 204))
    assert held(player) == ('"e1"', None)
    player.next(failure(FetchReason.ODD_SUCCESS, 226))
    assert player.state.validators is None


@pytest.mark.case("P-55")
def test_a_repeated_delta_changes_nothing_but_the_clock() -> None:
    player = Player()
    player.poll(body('"e1"'))
    first = player.next(body('"e0"', delta=True), Observed(new=0, overlap=0))
    second = player.poll(body('"e0"', delta=True), Observed(new=0, overlap=0))
    assert first == second
    assert held(player) == ('"e0"', None)
