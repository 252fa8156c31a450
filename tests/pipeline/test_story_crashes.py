"""A replay of matching killed at any moment: the next run ends with the stories that were there before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aggregator.pipeline.match import MatcherCell, match_new
from tests.pipeline.test_links import both_orders, known
from tests.pipeline.test_stories import clusters, room_of, wire
from tests.support.fileserver import serving

COMMAND = str(Path(sys.executable).with_name("aggregator"))
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("delay", [0.9, 1.3, 1.8])
def test_a_killed_replay_of_matching_is_finished_by_the_next_run(tmp_path: Path, delay: float) -> None:
    with serving(wire("one", "two", "three")) as site:
        room = room_of(tmp_path, site, "one", "two", "three")
        room.run()
        before, feed = clusters(room), room.feed()
        process = subprocess.Popen([COMMAND, "replay", "--stories"], cwd=tmp_path, start_new_session=True)
        threading.Event().wait(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        room.clock.go_on(hours=1)
        room.run()
    assert clusters(room) == before
    assert [entry["id"] for entry in room.feed()["items"]] == [entry["id"] for entry in feed["items"]]


def test_a_killed_replay_finds_the_same_links_in_the_next_run(tmp_path: Path) -> None:
    room = both_orders(tmp_path)
    before = known(room)
    assert len(before[0]) == 2
    for delay in (0.9, 1.1, 1.3, 1.5):
        process = subprocess.Popen([COMMAND, "replay", "--stories"], cwd=tmp_path, start_new_session=True)
        threading.Event().wait(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        with room.open() as instance:
            list(match_new(instance, MatcherCell()))
        assert known(room) == before


def test_the_command_replays_stories(tmp_path: Path) -> None:
    with serving(wire("one", "two", "three")) as site:
        room = room_of(tmp_path, site, "one", "two", "three")
        room.run()
    before = clusters(room)
    subprocess.run([COMMAND, "replay", "--stories"], cwd=tmp_path, check=True, timeout=60)
    assert clusters(room) == before
