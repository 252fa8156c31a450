from __future__ import annotations

import gzip
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard

from aggregator.errors import OutputError
from aggregator.publish.document import ATOM, Document
from aggregator.publish.sink import FolderSink

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
MOON = Document(path="space/feed.atom", media_type=ATOM, body=b"moon " * 500, updated=WHEN)
MARS = replace(MOON, body=b"mars " * 500, updated=WHEN + timedelta(minutes=5))
COPIES = {"gz": gzip.decompress, "br": brotli.decompress, "zst": zstandard.decompress}


def sink(folder: Path, now: datetime = NOW) -> FolderSink:
    return FolderSink(folder, clock=lambda: now)


def modified(folder: Path, name: str = "space/feed.atom") -> datetime:
    return datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)


def untouched(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What no file keeps when it is written again."""
    stats = {place.name: place.stat() for place in (folder / "space").iterdir()}
    return {name: (s.st_ino, s.st_mtime_ns, s.st_ctime_ns) for name, s in stats.items()}


@pytest.mark.case("B-09")
def test_a_document_and_its_copies_have_the_same_content_and_time(tmp_path: Path) -> None:
    assert sink(tmp_path).write([MOON]).written == ("space/feed.atom",)
    assert (tmp_path / "space/feed.atom").read_bytes() == MOON.body
    for ending, decode in COPIES.items():
        assert decode((tmp_path / f"space/feed.atom.{ending}").read_bytes()) == MOON.body
        assert modified(tmp_path, f"space/feed.atom.{ending}") == WHEN
    assert modified(tmp_path) == WHEN
    assert len(list((tmp_path / "space").iterdir())) == 4


@pytest.mark.case("B-06", "B-09")
def test_unchanged_documents_are_not_touched(tmp_path: Path) -> None:
    sink(tmp_path).write([MOON])
    before = untouched(tmp_path)
    result = sink(tmp_path).write([replace(MOON, updated=WHEN + timedelta(hours=1))])
    assert (result.written, result.unchanged) == ((), ("space/feed.atom",))
    assert untouched(tmp_path) == before


@pytest.mark.case("B-02", "B-06")
def test_copies_are_equal_on_every_machine_and_at_every_time(tmp_path: Path) -> None:
    sink(tmp_path / "one").write([MOON])
    sink(tmp_path / "two", NOW + timedelta(days=9)).write([MOON])
    for ending in COPIES:
        name = f"space/feed.atom.{ending}"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one/space/feed.atom.gz").read_bytes()[4:8] == b"\0\0\0\0"


@pytest.mark.case("B-03", "C-03")
def test_the_time_of_a_document_only_goes_forward_and_never_into_the_future(tmp_path: Path) -> None:
    times = []
    for document in (
        MOON,
        MARS,
        replace(MOON, updated=WHEN - timedelta(days=1)),
        replace(MARS, updated=NOW + timedelta(days=365)),
    ):
        sink(tmp_path).write([document])
        times.append(modified(tmp_path))
    assert times[:3] == [WHEN, WHEN + timedelta(minutes=5), NOW]
    assert times == sorted(set(times))
    assert times[-1] <= NOW + timedelta(seconds=1)


@pytest.mark.case("B-09")
def test_copies_that_a_crash_left_out_are_completed(tmp_path: Path) -> None:
    sink(tmp_path).write([MOON])
    (tmp_path / "space/feed.atom.br").unlink()
    os.utime(tmp_path / "space/feed.atom.gz", (1, 1))
    (tmp_path / "space/feed.atom.gz").write_bytes(b"older")
    os.utime(tmp_path / "space/feed.atom.gz", (1, 1))
    sink(tmp_path).write([MOON])
    for ending, decode in COPIES.items():
        assert decode((tmp_path / f"space/feed.atom.{ending}").read_bytes()) == MOON.body


def test_what_a_topic_no_longer_has_is_removed_with_its_copies(tmp_path: Path) -> None:
    other = replace(MOON, path="news/feed.atom")
    sink(tmp_path).write([MOON, replace(MOON, path="space/feed.rss"), other])
    result = sink(tmp_path).write([MOON], within=["space"])
    assert result.removed == ("space/feed.rss",)
    assert sorted(p.name for p in (tmp_path / "space").iterdir()) == [
        "feed.atom",
        "feed.atom.br",
        "feed.atom.gz",
        "feed.atom.zst",
    ]
    assert (tmp_path / "news/feed.atom").exists()


def test_a_withdrawn_document_leaves_no_copy_behind(tmp_path: Path) -> None:
    sink(tmp_path).write([MOON])
    assert sink(tmp_path).remove(["space/feed.atom", "space/none"]).removed == ("space/feed.atom",)
    assert list((tmp_path / "space").iterdir()) == []


def test_small_documents_have_no_copies_and_lose_those_they_had(tmp_path: Path) -> None:
    sink(tmp_path).write([MOON])
    sink(tmp_path).write([replace(MOON, body=b"moon")])
    assert [place.name for place in (tmp_path / "space").iterdir()] == ["feed.atom"]


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match=r"^The output folder .*output cannot be written: [^\n]+\.$"):
        sink(tmp_path / "output").write([MOON])


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="leads out"):
        sink(tmp_path / "output").write([replace(MOON, path=path)])
    assert {place.name for place in tmp_path.rglob("*")} <= {"output", ".lock"}


@pytest.mark.case("B-09")
def test_two_writers_never_mix_their_versions(tmp_path: Path) -> None:
    bodies = [f"<v>{letter}</v>".encode() * 30_000 for letter in "ab"]
    start = threading.Barrier(2)

    def write(body: bytes) -> None:
        start.wait()
        for turn in range(15):
            text = body + str(turn).encode()
            FolderSink(tmp_path, flush=False).write([replace(MOON, body=text)])

    writers = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    shown = (tmp_path / "space/feed.atom").read_bytes()
    assert any(shown.startswith(body) and len(shown) == len(body) + 2 for body in bodies)
    for ending, decode in COPIES.items():
        assert decode((tmp_path / f"space/feed.atom.{ending}").read_bytes()) == shown


def test_a_full_disk_leaves_the_last_good_version(tmp_path: Path) -> None:
    sink(tmp_path).write([MOON])
    (tmp_path / "space/feed.atom.new~").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        sink(tmp_path).write([MARS])
    assert (tmp_path / "space/feed.atom").read_bytes() == MOON.body
    assert gzip.decompress((tmp_path / "space/feed.atom.gz").read_bytes()) == MOON.body


@pytest.mark.case("B-03")
def test_the_time_of_change_outlives_a_lost_folder(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, flush=False, clock=lambda: MOON.updated + timedelta(days=9))
    known = sink.write([MOON]).versions
    later = replace(MOON, body=b"<feed>later</feed>", updated=MOON.updated - timedelta(days=1))
    known = {**known, **sink.write([later], known=known).versions}
    since = (tmp_path / MOON.path).stat().st_mtime
    assert since > MOON.updated.timestamp()
    sink.remove([MOON.path])
    sink.write([later], known=known)
    assert (tmp_path / MOON.path).stat().st_mtime == since
    sink.remove([MOON.path])
    assert sink.write([MOON], known=known).versions[MOON.path].since > since


def test_a_swept_folder_leaves_not_even_its_name(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, flush=False)
    sink.write([MOON])
    assert sink.write((), within=("space",)).removed == (MOON.path,)
    assert not (tmp_path / "space").exists()


def test_what_is_to_be_kept_stays_though_it_is_not_written_again(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, flush=False)
    other = replace(MOON, path="space/archive/00001.atom")
    sink.write([MOON, other, replace(MOON, path="space/archive/00002.atom")])
    result = sink.write([MOON], within=("space",), keep=[other.path])
    assert result.removed == ("space/archive/00002.atom",)
    assert (tmp_path / f"{other.path}.gz").exists()
