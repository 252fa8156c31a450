"""Local file sources: below the feeds folder and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.fetch.local import fetch_file, is_local
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, FetchReason, NotModified
from aggregator.model.ids import SourceId
from aggregator.model.source import SourceState
from tests.support.clock import START
from tests.support.server import ATOM

STATE = SourceState(source_id=SourceId("s"), url="samples/a.xml", due=START)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    feeds = tmp_path / "feeds"
    (feeds / "samples").mkdir(parents=True)
    (feeds / "samples" / "a.xml").write_bytes(ATOM)
    (tmp_path / "secret.xml").write_bytes(ATOM)
    return feeds


def read(root: Path, path: str, state: SourceState = STATE, settings: FetchSettings | None = None) -> FetchOutcome:
    return fetch_file(path, state, root, settings or FetchSettings(), now=START)


def reason(outcome: FetchOutcome) -> FetchReason:
    assert isinstance(outcome, FetchFailed)
    return outcome.reason


@pytest.mark.parametrize("path", ["samples/a.xml", "feeds/samples/a.xml", "./samples/../samples/a.xml"])
def test_a_file_below_the_feeds_folder_is_read(root: Path, path: str) -> None:
    outcome = read(root, path)
    assert isinstance(outcome, Fetched)
    assert outcome.body == ATOM
    assert outcome.unconditional


def test_an_unchanged_file_is_not_modified_and_a_changed_one_is_read(root: Path) -> None:
    first = read(root, "samples/a.xml")
    assert isinstance(first, Fetched)
    held = replace(STATE, validators=first.validators)
    assert isinstance(read(root, "samples/a.xml", held), NotModified)
    (root / "samples" / "a.xml").write_bytes(ATOM + b" ")
    assert isinstance(read(root, "samples/a.xml", held), Fetched)


@pytest.mark.case("P-65")
@pytest.mark.parametrize(
    "path", ["../secret.xml", "/etc/passwd", "samples/../../secret.xml", "samples/link.xml", "door/secret.xml"]
)
def test_a_file_outside_is_refused_by_whatever_way(root: Path, path: str) -> None:
    (root / "samples" / "link.xml").symlink_to(root.parent / "secret.xml")
    (root / "door").symlink_to(root.parent)
    assert reason(read(root, path)) is FetchReason.FILE_OUTSIDE


def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    (root / "link.xml").symlink_to(root / "samples" / "a.xml")
    assert isinstance(read(root, "link.xml"), Fetched)


def test_faults_of_files_have_their_names(root: Path) -> None:
    (root / "empty.xml").touch()
    (root / "loop.xml").symlink_to(root / "loop.xml")
    assert reason(read(root, "missing.xml")) is FetchReason.FILE_MISSING
    assert reason(read(root, "samples")) is FetchReason.FILE_UNREADABLE
    assert reason(read(root, "empty.xml")) is FetchReason.EMPTY
    assert reason(read(root, "loop.xml")) is FetchReason.FILE_UNREADABLE
    assert reason(read(root, "a\0b")) is FetchReason.FILE_UNREADABLE
    assert reason(read(root, "samples/a.xml", settings=FetchSettings(max_decoded=10))) is FetchReason.TOO_LARGE


def test_a_web_address_is_no_path() -> None:
    assert is_local("samples/a.xml")
    assert not is_local("https://a.test/feed")
    assert not is_local("file:///etc/passwd")
    assert not is_local("file:/etc/passwd")
