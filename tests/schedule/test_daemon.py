"""The long-running process as a real one: it serves, polls, reloads, and stops when it is told to."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.commands import script
from tests.support.fileserver import Reply, serving
from tests.support.instances import Newsroom, item, newsroom, rss

PATIENCE = 40.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@dataclass
class Daemon:
    process: subprocess.Popen[str]
    port: int
    log: list[str]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def answers(self, path: str) -> bool:
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def says(self, event: str) -> bool:
        return any(event in line for line in list(self.log))

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something, and fail when it does not come or the process has ended."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, "\n".join(self.log)
            assert time.monotonic() < end, "\n".join(self.log)
            threading.Event().wait(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(room: Newsroom, *arguments: str) -> Iterator[Daemon]:
    """`aggregator run` (or another command) on a free port until the block ends."""
    port = free_port()
    with room.config.open("a", encoding="utf-8") as config:
        config.write(f'\n[serve]\nhost = "127.0.0.1"\nport = {port}\n')
    process = subprocess.Popen(
        [script(), *(arguments or ("run",))],
        cwd=room.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    daemon = Daemon(process, port, [])
    reader = threading.Thread(target=lambda: daemon.log.extend(iter(process.stderr.readline, "")), daemon=True)  # type: ignore[union-attr]
    reader.start()
    try:
        yield daemon
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
        reader.join(timeout=5)
        assert process.stderr is not None
        process.stderr.close()


def test_it_polls_publishes_serves_and_stops_on_sigterm(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        with running(room) as daemon:
            daemon.until(lambda: daemon.answers("/all/feed.json"))
            status, headers, body = daemon.get("/all/feed.json")
            assert (status, len(json.loads(body)["items"])) == (200, 1)
            assert daemon.get("/all/feed.json", If_None_Match=headers["etag"])[0] == 304
            assert daemon.get("/all/feed.atom")[1]["content-type"].startswith("application/atom+xml")
            assert daemon.get("/nothing")[0] == 404
            assert daemon.get("/healthz")[0] == 200
            assert daemon.stop() == 0
        assert not daemon.says("Traceback")
        with room.open() as instance:
            assert instance.store.states.holders(instance.clock()) == ()


def test_sigint_stops_it_too_in_the_middle_of_a_slow_poll(tmp_path: Path) -> None:
    reached, hold = threading.Event(), threading.Event()

    def come() -> None:
        reached.set()
        hold.wait(30)

    with serving() as site:
        site.replies["/feed"] = Reply(body=rss(item(1)), before=come)
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        with running(room) as daemon:
            assert reached.wait(PATIENCE)
            started = time.monotonic()
            assert daemon.stop(signal.SIGINT) == 0
            assert time.monotonic() - started < 10
            hold.set()
        assert not daemon.says("Traceback")
        with room.open() as instance:
            assert instance.store.states.holders(instance.clock()) == ()


def test_a_changed_configuration_is_taken_over_and_a_faulty_one_refused(tmp_path: Path) -> None:
    with serving({"/one": rss(item(1)), "/two": rss(item(2))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/one")])
        with running(room) as daemon:
            daemon.until(lambda: daemon.answers("/all/feed.json"))
            good = room.config.read_text("utf-8")
            room.config.write_text(f"{good}\n[[source]]\nid = 7", "utf-8")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.until(lambda: daemon.says("configuration_refused"))
            assert daemon.answers("/all/feed.json")
            added = f'{good}\n[[source]]\nid = "two"\nurl = "{site.url}/two"\n'
            room.config.write_text(added, "utf-8")  # no signal: the changed file is noticed
            daemon.until(lambda: daemon.says("configuration_loaded"))
            daemon.until(lambda: site.statuses("/two") == [200])
            assert daemon.stop() == 0


def test_a_source_file_added_to_the_feeds_folder_is_noticed(tmp_path: Path) -> None:
    with serving({"/one": rss(item(1)), "/two": rss(item(2))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/one")])
        with running(room) as daemon:
            daemon.until(lambda: daemon.answers("/all/feed.json"))
            added = f'[[source]]\nid = "two"\nurl = "{site.url}/two"\n'
            (room.root / "feeds" / "two.toml").write_text(added, "utf-8")
            daemon.until(lambda: daemon.says("configuration_loaded"))
            assert daemon.stop() == 0


def test_serve_alone_polls_nothing(tmp_path: Path) -> None:
    with serving({"/feed": rss(item(1))}) as site:
        room = newsroom(tmp_path, [("one", f"{site.url}/feed")])
        room.run()
        asked = len(site.requests)
        with running(room, "serve") as daemon:
            daemon.until(lambda: daemon.answers("/all/feed.json"))
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.process.wait(timeout=20) in {0, -signal.SIGTERM}
        assert len(site.requests) == asked


def test_a_port_that_is_taken_is_named_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        room = newsroom(tmp_path, [], more=f"[serve]\nport = {port}\n")
        ran = subprocess.run([script(), "run"], check=False, cwd=room.root, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert f"cannot serve on 127.0.0.1:{port}" in ran.stderr
    assert "Traceback" not in ran.stderr
