"""Leases of processes that were killed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.pipeline.owners import is_dead, new_owner
from aggregator.pipeline.poll import CLAIM, LEASE_SECONDS
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, item, newsroom, rss

PRINT = "from aggregator.pipeline.owners import new_owner; print(new_owner())"


@pytest.fixture(scope="module")
def dead() -> str:
    """The name of a process that has ended."""
    return subprocess.run([sys.executable, "-c", PRINT], check=True, capture_output=True, text=True).stdout.strip()


def test_only_an_ended_process_of_this_machine_is_known_to_be_dead(dead: str) -> None:
    assert is_dead(dead)
    assert not is_dead(new_owner())
    assert not is_dead("elsewhere" + dead)
    assert not is_dead("")


def leased(room: Newsroom, owner: str) -> None:
    with room.open() as instance:
        claimed = instance.store.states.claim(instance.clock(), CLAIM, owner, LEASE_SECONDS)
        assert len(claimed) == 1
        assert instance.store.matching.acquire(owner, instance.clock(), LEASE_SECONDS)


def test_what_a_dead_process_had_leased_is_polled_and_matched_at_once(tmp_path: Path, dead: str) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        leased(room, dead)
        assert room.run().summary["new"] == 1
    assert len(room.feed()["items"]) == 1


def test_what_another_machine_has_leased_is_left_to_it_until_the_lease_ends(tmp_path: Path, dead: str) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        leased(room, f"elsewhere{dead}")
        assert room.run().summary["sources"] == 0
        room.clock.now += timedelta(seconds=LEASE_SECONDS + 1)
        assert room.run().summary["new"] == 1
