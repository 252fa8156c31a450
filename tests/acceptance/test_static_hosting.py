"""The output folder behind a real nginx with the configuration of the manual, and the table there of what then holds."""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from aggregator.pipeline.topics import show_token
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, item, newsroom, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PAGE = Path(__file__).parents[2] / "docs/how-to/static-hosting.md"
FEEDS = ("feed.atom", "feed.rss", "feed.json")
TOPICS = '[[topic]]\nslug = "inner"\ntitle = "Inner circle"\nprivate = true\n'


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Host:
    """nginx on a port, and the newsroom whose output it serves."""

    room: Newsroom
    port: int

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): v for name, v in headers.items()})
            reply: HTTPResponse = connection.getresponse()
            return Answer(reply.status, {n.lower(): v for n, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def configuration(folder: Path, output: Path, port: int) -> Path:
    """What Debian's own file holds around a server block, and the manual's lines in it."""
    lines = snippet("nginx").replace("/srv/newsroom/output", str(output))
    text = f"""
daemon off; master_process off; user root; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    include /etc/nginx/mime.types; default_type application/octet-stream; access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""
    place = folder / "nginx.conf"
    place.write_text(text, "utf-8")
    return place


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None or not Path("/etc/nginx/mime.types").exists():
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    with serving({"/feed": rss(*(item(number, day=1) for number in range(9)))}) as source:
        room = newsroom(folder / "room", [("one", f"{source.url}/feed")], more=TOPICS)
        room.run()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = configuration(folder, room.output, port)
    with subprocess.Popen([program, "-c", str(config), "-p", str(folder)], stderr=subprocess.PIPE) as server:
        try:
            _wait_for(port, server)
            yield Host(room, port)
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        assert server.poll() is None, server.stderr and server.stderr.read().decode()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    pytest.fail("nginx did not come up")


@pytest.mark.case("B-01")
def test_media_types(host: Host) -> None:
    wanted = {
        "/all/feed.atom": "application/atom+xml; charset=utf-8",
        "/all/feed.rss": "application/rss+xml; charset=utf-8",
        "/all/feed.json": "application/feed+json",
        "/opml.xml": "text/x-opml; charset=utf-8",
        "/sources.opml": "text/x-opml; charset=utf-8",
        "/all/": "text/html; charset=utf-8",
    }
    assert {path: host.get(path).headers["content-type"] for path in wanted} == wanted


@pytest.mark.case("B-03", "B-05", "B-07", "B-10", "B-39")
@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_and_its_304_say_what_readers_need(host: Host, name: str) -> None:
    whole = host.get(f"/all/{name}")
    assert whole.status == 200
    again = host.get(f"/all/{name}", If_None_Match=whole.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    for header in ("etag", "last-modified", "cache-control", "vary", "access-control-allow-origin", "link"):
        assert again.headers[header] == whole.headers[header]
    assert whole.headers["cache-control"] == "public, max-age=900, stale-if-error=604800"
    assert f'<https://feeds.example.org/all/{name}>; rel="self"' in whole.headers["link"]
    head = host.get(f"/all/{name}", method="HEAD")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert host.get(f"/all/{name}", method="POST").status == 405


@pytest.mark.case("B-04")
def test_conditions(host: Host) -> None:
    whole = host.get("/all/feed.atom")
    etag, since = whole.headers["etag"], whole.headers["last-modified"]
    old = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert host.get("/all/feed.atom", If_None_Match=f"W/{etag}").status == 304
    assert host.get("/all/feed.atom", If_None_Match=f'"x", {etag}').status == 304
    assert host.get("/all/feed.atom", If_None_Match='"x"').status == 200
    assert host.get("/all/feed.atom", If_Modified_Since=since).status == 304
    assert host.get("/all/feed.atom", If_Modified_Since=old).status == 200
    assert host.get("/all/feed.atom", If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT").status == 304
    assert host.get("/all/feed.atom", If_None_Match='"x"', If_Modified_Since=since).status == 200


@pytest.mark.case("B-08", "B-09")
def test_the_compressed_copies_are_served(host: Host) -> None:
    plain, packed = host.get("/all/feed.atom"), host.get("/all/feed.atom", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["last-modified"] == plain.headers["last-modified"]
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "accept-encoding" in plain.headers["vary"].lower()


@pytest.mark.case("B-14")
@pytest.mark.parametrize(
    ("asked", "status", "place"),
    [
        ("/all/feed", 301, "/all/feed.atom"),
        ("/all/rss.xml", 301, "/all/feed.rss"),
        ("/all/atom.xml", 301, "/all/feed.atom"),
        ("/all", 301, "/all/"),
        ("/all/feed.atom?utm_source=x", 200, ""),
    ],
)
def test_addresses_that_are_nearly_right(host: Host, asked: str, status: int, place: str) -> None:
    reply = host.get(asked)
    assert (reply.status, reply.headers.get("location", "")) == (status, place)


def test_a_private_topic_is_cached_by_its_reader_alone(host: Host) -> None:
    with host.room.open() as instance:
        path = str(show_token(instance, "inner")["url"]).removeprefix("https://feeds.example.org")
    for name, kind in (
        ("feed.atom", "application/atom+xml"),
        ("feed.json", "application/feed+json"),
        ("", "text/html"),
    ):
        reply = host.get(path + name)
        assert reply.status == 200
        assert reply.headers["cache-control"].startswith("private, ")
        assert reply.headers["content-type"].partition(";")[0] == kind
        assert reply.headers["x-robots-tag"] == "noindex"
        assert "link" not in reply.headers


def test_what_is_not_for_readers_is_not_served(host: Host) -> None:
    assert (host.room.output / ".lock").exists()
    assert host.get("/.lock").status == 404
    assert host.get("/_headers").status == 404
