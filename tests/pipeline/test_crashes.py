"""The program killed at any moment, and run again: nothing lost, nothing twice, no half-written output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.support.fileserver import Reply, Site, serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

SOURCES = 12
ENTRIES = 15
COMMAND = [str(Path(sys.executable).with_name("aggregator"))]
pytestmark = pytest.mark.slow


LONG = BASE.replace("limit = 300", "limit = 300\nmin_items = 300")


def document(source: int) -> bytes:
    return rss(
        *(
            item(n, link=f"https://s{source}.example/{n}", guid=f"urn:{source}:{n}", text=text(source, n))
            for n in range(ENTRIES)
        )
    ).replace(b"00 Mar", b"01 Mar")


def text(source: int, number: int) -> str:
    words = [f"w{(source * 7919 + number * 104729 + place * 31) % 99991}" for place in range(30)]
    return " ".join(words)


def start(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def finish(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    found: dict[str, Any] = json.loads(out)
    return found


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


def whole(room: Newsroom) -> None:
    """Every published document can be read."""
    for name, data in room.snapshot().items():
        if name.endswith((".atom", ".rss", "opml.xml", "sources.opml")):
            fromstring(data)
        elif name.endswith(".json"):
            json.loads(data)
        elif name.endswith(".html"):
            assert data.rstrip().endswith(b"</html>"), name


def complete(room: Newsroom) -> None:
    """Everything is listed, and nothing twice."""
    ids = [entry["id"] for entry in room.feed()["items"]]
    assert len(ids) == len(set(ids))
    assert set(ids) == {f"urn:{source}:{n}" for source in range(SOURCES) for n in range(ENTRIES)}
    with room.open() as instance:
        assert sum(instance.store.articles.counts().values()) == SOURCES * ENTRIES
    whole(room)


def site_room(root: Path, site: Site) -> Newsroom:
    return newsroom(root, [(f"s-{number}", f"{site.url}/{number}") for number in range(SOURCES)], base=LONG)


@pytest.mark.case("P-14")
@pytest.mark.parametrize("moment", range(0, SOURCES, 3))
def test_killed_while_polling(tmp_path: Path, moment: int) -> None:
    reached = threading.Event()
    with serving({f"/{number}": document(number) for number in range(SOURCES)}) as site:
        room = site_room(tmp_path, site)
        hold = threading.Event()

        def come() -> None:
            reached.set()
            hold.wait(20)

        site.replies[f"/{moment}"] = Reply(body=document(moment), before=come)
        process = start(tmp_path, "run", "--once", "--json")
        assert reached.wait(60)
        kill(process)
        hold.set()
        site.replies.clear()
        finish(start(tmp_path, "run", "--once", "--json"))
    complete(room)


@pytest.mark.parametrize("delay", [0.05, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3])
def test_killed_after_the_last_answer(tmp_path: Path, delay: float) -> None:
    """The moments of committing, matching, selecting and writing."""
    with serving({f"/{number}": document(number) for number in range(SOURCES)}) as site:
        room = site_room(tmp_path, site)
        last = threading.Event()
        site.replies["/11"] = Reply(body=document(11), before=last.set)
        process = start(tmp_path, "run", "--once", "--json")
        assert last.wait(60)
        threading.Event().wait(delay)
        kill(process)
        site.replies.clear()
        if room.output.exists():
            whole(room)
        first = {name: data for name, data in room.snapshot().items() if name == "all/feed.atom"}
        finish(start(tmp_path, "run", "--once", "--json"))
        complete(room)
        assert first in ({}, {"all/feed.atom": room.snapshot()["all/feed.atom"]})


def test_killed_while_an_edition_is_replaced_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    with serving({f"/{number}": document(number) for number in range(SOURCES)}) as site:
        room = site_room(tmp_path, site)
        finish(start(tmp_path, "run", "--once", "--json"))
        old = room.snapshot()
        room.config.write_text(room.config.read_text("utf-8").replace("Everything", "All of it"), "utf-8")
        process = start(tmp_path, "publish", "--json")
        while process.poll() is None:
            if (room.output / "all" / "feed.atom").read_bytes() != old["all/feed.atom"]:
                kill(process)
                break
        else:
            process.communicate(timeout=30)
        whole(room)
        finish(start(tmp_path, "run", "--once", "--json"))
    complete(room)
    assert all("All of it" in room.snapshot()[f"all/feed.{kind}"].decode() for kind in ("atom", "rss", "json"))
