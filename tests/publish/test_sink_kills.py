"""Writers of the output that are killed at any moment, while readers go on reading (PROTOCOL B-09)."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
import pytest
import zstandard

from aggregator.web.feeds import FeedApp, Serving
from tests.support.asgi import call

KILLS = 500
LONGEST_LIFE = 0.04
"""Seconds: a version takes a few milliseconds to write, so that kills fall into every step of it."""
COPIES: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "br": brotli.decompress,
    "zst": zstandard.decompress,
}

MOTHER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.publish.document import ATOM, Document
from aggregator.publish.sink import FolderSink

def write(folder, number):
    sink = FolderSink(folder, flush=False)
    while True:
        number += 1
        body = f"<v>{number}</v>".encode() * 2000
        sink.write([Document(path="space/feed.atom", media_type=ATOM, body=body, updated=datetime.now(UTC))])

for line in sys.stdin:
    child = os.fork()
    if not child:
        write(Path(sys.argv[1]), int(line))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


class Mother:
    """A process that has everything loaded and bears one writer after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    @contextmanager
    def bear(self, first: int) -> Iterator[None]:
        """A writer of versions from `first` on, killed at the end of the block."""
        assert self._process.stdin is not None
        print(first, file=self._process.stdin, flush=True)
        writer = int(self._line())
        try:
            yield
        finally:
            os.kill(writer, signal.SIGKILL)
            assert self._line() == "dead"


@pytest.fixture
def mother(tmp_path: Path) -> Iterator[Mother]:
    command = [sys.executable, "-c", MOTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Mother(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.slow
@pytest.mark.case("B-09")
def test_readers_see_whole_versions_only_however_often_the_writer_is_killed(tmp_path: Path, mother: Mother) -> None:
    app = FeedApp(Serving(root=tmp_path, limits=None))
    moments = random.Random(9)
    seen: set[bytes] = set()
    torn = 0
    for life in range(KILLS):
        end = time.monotonic() + moments.uniform(0, LONGEST_LIFE)
        with mother.bear(life * 1_000_000):
            while time.monotonic() < end:
                seen |= read_all(app)
        seen |= read_all(app)
        torn += any(place.name.endswith("~") for place in tmp_path.rglob("*"))
        copies_belong_to_their_document(tmp_path)
    assert len(seen) > KILLS / 2
    assert torn > KILLS / 10, "the kills did not fall into the writing"


def copies_belong_to_their_document(folder: Path) -> None:
    """As a static host would serve them, with no program of ours between."""
    document = folder / "space/feed.atom"
    for ending, decode in COPIES.items():
        copy = folder / f"space/feed.atom.{ending}"
        if copy.exists():
            assert decode(copy.read_bytes()) == document.read_bytes()


def read_all(app: FeedApp) -> set[bytes]:
    """The identity and every coding; each reply whole, and its tag that of its bytes."""
    seen = set()
    for accept, decode in (("", bytes), ("gzip", COPIES["gz"]), ("br", COPIES["br"]), ("zstd", COPIES["zst"])):
        reply = call(app, "/space/feed.atom", accept_encoding=accept)
        if reply.status == 404:
            continue
        body = (decode if reply["content-encoding"] else bytes)(reply.body)
        assert whole(body)
        assert reply["etag"] == f'"{hashlib.blake2b(reply.body, digest_size=16).hexdigest()}"'
        seen.add(body[:20])
    return seen


def whole(body: bytes) -> bool:
    """Whether a body is one version from its start to its end."""
    first = body[: body.index(b"</v>") + 4]
    return body == first * 2000
