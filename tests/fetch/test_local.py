"""Local file sources: below the feeds folder and nowhere else."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.fetch.local import FileFailureError, _read, fetch_file, is_local
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome, FetchReason, Freshness, NotModified, Validators
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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.xml", None),
        ("a.json", "application/feed+json"),
        ("a.HTML", "text/html"),
        ("a.htm", "text/html"),
        ("a", None),
    ],
)
def test_a_file_is_told_as_if_it_were_served(root: Path, name: str, kind: str | None) -> None:
    (root / name).write_bytes(b"{}")
    outcome = read(root, name)
    assert outcome == Fetched(
        url=name,
        status=200,
        body=b"{}",
        content_type=kind,
        validators=Validators(url=name, etag=f'"{hashlib.sha256(b"{}").hexdigest()}"'),
        freshness=Freshness(),
        received_at=START,
        unconditional=True,
        wire_bytes=2,
    )
    again = read(root, name, replace(STATE, validators=replace(outcome.validators, etag='"other"')))
    assert again == replace(outcome, unconditional=False)


def test_a_file_may_be_exactly_as_large_as_is_allowed(root: Path) -> None:
    settings = FetchSettings(max_decoded=len(ATOM))
    assert isinstance(read(root, "samples/a.xml", settings=settings), Fetched)
    (root / "samples" / "a.xml").write_bytes(ATOM + b" ")
    assert reason(read(root, "samples/a.xml", settings=settings)) is FetchReason.TOO_LARGE


def test_the_feeds_folder_may_be_named_or_not_and_a_file_in_it_comes_first(root: Path) -> None:
    (root / "feeds").mkdir()
    (root / "feeds" / "a.xml").write_bytes(b"inner")
    (root / "a.xml").write_bytes(b"outer")
    (root / "b.xml").write_bytes(b"b")
    bodies = [read(root, path) for path in ("feeds/a.xml", "a.xml", "feeds/b.xml")]
    assert [one.body for one in bodies if isinstance(one, Fetched)] == [b"inner", b"outer", b"b"]
    assert reason(read(root, "other/b.xml")) is FetchReason.FILE_MISSING


@pytest.mark.case("P-65")
def test_what_is_no_ordinary_file_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.xml")
    assert reason(read(root, "pipe.xml")) is FetchReason.FILE_UNREADABLE


@pytest.mark.case("P-65")
def test_a_link_that_takes_the_place_of_a_file_at_the_last_moment_is_not_followed(root: Path) -> None:
    (root / "late.xml").symlink_to(root.parent / "secret.xml")
    with pytest.raises(FileFailureError) as caught:
        _read(root / "late.xml", 1000)
    assert caught.value.reason is FetchReason.FILE_UNREADABLE
    assert str(caught.value) == caught.value.detail


def test_every_failure_of_a_file_names_its_path_and_its_time(root: Path) -> None:
    failed = read(root, "missing.xml")
    assert isinstance(failed, FetchFailed)
    assert (failed.url, failed.received_at) == ("missing.xml", START)
    assert failed.detail == "The file missing.xml does not exist."


@pytest.mark.parametrize("path", ["http:feed.xml", "data:text/xml,x", "mailto://a.test", "file:a.xml"])
def test_whatever_has_a_scheme_is_no_path(path: str) -> None:
    assert not is_local(path)


def test_no_file_stays_open_whatever_became_of_it(root: Path) -> None:
    (root / "empty.xml").touch()
    before = set(Path("/dev/fd").iterdir())
    for path in ("samples/a.xml", "samples", "empty.xml", "missing.xml"):
        read(root, path)
    read(root, "samples/a.xml", settings=FetchSettings(max_decoded=10))
    assert set(Path("/dev/fd").iterdir()) == before
