from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import zstandard

from aggregator.publish.document import ATOM, HTML, RSS, Document
from aggregator.publish.sink import FolderSink
from aggregator.web.feeds import FeedApp, Serving
from aggregator.web.limits import Limits
from tests.support.asgi import Reply, call

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
BODY = b"<feed>" + b"moon and mars " * 200 + b"</feed>"
PAGE = b"<!doctype html>" + b"moon and mars " * 200 + b"</html>"
AUDIO = bytes(range(256)) * 8


def publish(folder: Path, body: bytes = BODY, when: datetime = WHEN) -> None:
    FolderSink(folder, flush=False).write(
        [
            Document(path="space/feed.atom", media_type=ATOM, body=body, updated=when),
            Document(path="space/feed.rss", media_type=RSS, body=body, updated=when),
            Document(path="space/feed.json", media_type="application/feed+json", body=b"{}", updated=when),
            Document(path="space/index.html", media_type=HTML, body=PAGE, updated=when),
            Document(path="index.html", media_type=HTML, body=PAGE, updated=when),
            Document(path="opml.xml", media_type="text/x-opml", body=b"<opml/>", updated=when),
            Document(path="sources.opml", media_type="text/x-opml", body=b"<opml/>", updated=when),
            Document(path="space/archive/00001.atom", media_type=ATOM, body=body, updated=when),
            Document(path="files/1.mp3", media_type="audio/mpeg", body=AUDIO, updated=when, compress=False),
        ]
    )


@pytest.fixture
def output(tmp_path: Path) -> Path:
    publish(tmp_path)
    return tmp_path


@pytest.fixture
def app(output: Path) -> FeedApp:
    return FeedApp(serving(output))


def serving(output: Path, **changes: object) -> Serving:
    made = {"base_url": "https://feeds.example.org", "hubs": ("https://hub.example.org/",), "limits": None}
    return Serving(root=output, **(made | changes))  # type: ignore[arg-type]


@pytest.mark.case("B-01", "C-08")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/space/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/space/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/space/feed.json", "application/feed+json"),
        ("/opml.xml", "text/x-opml; charset=utf-8"),
        ("/sources.opml", "text/x-opml; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/space/", "text/html; charset=utf-8"),
        ("/space/archive/00001.atom", "application/atom+xml; charset=utf-8"),
    ],
)
def test_each_document_has_its_media_type(app: FeedApp, path: str, expected: str) -> None:
    assert call(app, path)["content-type"] == expected


@pytest.mark.case("B-02", "C-04")
def test_etags_are_strong_made_of_bytes_and_differ_by_coding(
    app: FeedApp, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("other-host")
    publish(elsewhere)
    other = FeedApp(serving(elsewhere))
    tags = [call(app, "/space/feed.atom", accept_encoding=c)["etag"] for c in ("identity", "gzip", "br", "zstd")]
    assert len(set(tags)) == 4
    assert all(tag.startswith('"') for tag in tags)
    assert tags == [
        call(other, "/space/feed.atom", accept_encoding=c)["etag"] for c in ("identity", "gzip", "br", "zstd")
    ]


@pytest.mark.case("B-02", "C-04")
def test_any_other_byte_is_another_etag(app: FeedApp, output: Path) -> None:
    before = call(app, "/space/feed.atom")["etag"]
    publish(output, BODY.replace(b"moon", b"MOON", 1))
    assert call(app, "/space/feed.atom")["etag"] != before


@pytest.mark.case("B-03")
@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_last_modified_is_the_time_of_the_content_for_every_coding(app: FeedApp, coding: str) -> None:
    assert call(app, "/space/feed.atom", accept_encoding=coding)["last-modified"] == DATE


def tag_of(reply: Reply) -> str:
    return reply["etag"]


@pytest.mark.case("B-04")
@pytest.mark.parametrize(
    ("field", "status"),
    [
        (lambda tag, other: tag, 304),
        (lambda tag, other: f"W/{tag}", 304),
        (lambda tag, other: f'"old", {tag}', 304),
        (lambda tag, other: "*", 304),
        (lambda tag, other: other, 304),
        (lambda tag, other: '"old"', 200),
        (lambda tag, other: "garbage", 200),
        (lambda tag, other: "", 200),
    ],
)
def test_if_none_match(app: FeedApp, field: Callable[[str, str], str], status: int) -> None:
    tag = tag_of(call(app, "/space/feed.atom"))
    other = tag_of(call(app, "/space/feed.atom", accept_encoding="gzip"))
    assert call(app, "/space/feed.atom", if_none_match=field(tag, other)).status == status


@pytest.mark.case("B-04", "C-01")
@pytest.mark.parametrize(
    ("field", "status"),
    [
        (DATE, 304),
        ("Sun, 01 Mar 2026 13:00:00 GMT", 304),
        ("Sunday, 01-Mar-26 12:00:00 GMT", 304),
        ("Sun Mar  1 12:00:00 2026", 304),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 304),
        ("Sun, 01 Mar 2026 11:59:59 GMT", 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
        ("yesterday", 200),
        ("", 200),
    ],
)
def test_if_modified_since(app: FeedApp, field: str, status: int) -> None:
    assert call(app, "/space/feed.atom", if_modified_since=field).status == status


@pytest.mark.case("B-04")
def test_if_none_match_wins_over_if_modified_since(app: FeedApp) -> None:
    tag = tag_of(call(app, "/space/feed.atom"))
    fresh, stale = "Sun, 01 Mar 2026 13:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"
    assert call(app, "/space/feed.atom", if_none_match=tag, if_modified_since=stale).status == 304
    assert call(app, "/space/feed.atom", if_none_match='"old"', if_modified_since=fresh).status == 200


@pytest.mark.case("B-05", "C-01", "C-02")
def test_a_304_carries_all_that_a_200_says_about_caching(app: FeedApp) -> None:
    full = call(app, "/space/feed.atom", accept_encoding="gzip")
    bare = call(app, "/space/feed.atom", accept_encoding="gzip", if_none_match=full["etag"])
    assert (bare.status, bare.body) == (304, b"")
    for name in ("etag", "last-modified", "cache-control", "vary", "content-location", "link"):
        assert bare[name] == full[name] != ""
    assert "content-type" not in bare
    assert "content-length" not in bare


@pytest.mark.case("B-07", "C-07")
def test_head_says_what_get_says_without_the_body(app: FeedApp) -> None:
    got, head = call(app, "/space/feed.atom"), call(app, "/space/feed.atom", method="HEAD")
    assert (head.status, head.fields, head.body) == (200, got.fields, b"")


@pytest.mark.case("B-07")
def test_other_origins_may_read_and_may_ask_whether_they_may(app: FeedApp) -> None:
    assert call(app, "/space/feed.atom")["access-control-allow-origin"] == "*"
    asked = call(app, "/space/feed.atom", method="OPTIONS", origin="https://reader.example")
    assert (asked.status, asked["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "If-None-Match" in asked["access-control-allow-headers"]


@pytest.mark.case("B-07")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(app: FeedApp, method: str) -> None:
    reply = call(app, "/space/feed.atom", method=method)
    assert (reply.status, reply["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.case("B-08")
@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("identity", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("x-gzip", "gzip"),
        (";;,,q=", ""),
        ("gzip;q=banana", ""),
    ],
)
def test_the_best_precompressed_copy_is_sent(app: FeedApp, accept: str, coding: str) -> None:
    reply = call(app, "/space/feed.atom", accept_encoding=accept)
    decode = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.decompress}[coding]
    assert reply["content-encoding"] == coding
    assert reply["vary"] == "Accept-Encoding"
    assert int(reply["content-length"]) == len(reply.body)
    assert decode(reply.body) == BODY


@pytest.mark.case("B-08")
def test_zstandard_windows_fit_into_what_browsers_accept(app: FeedApp) -> None:
    body = call(app, "/space/feed.atom", accept_encoding="zstd").body
    assert zstandard.get_frame_parameters(body).window_size <= 8 * 2**20


@pytest.mark.case("B-10")
def test_freshness_is_the_interval_between_builds(output: Path) -> None:
    app = FeedApp(serving(output, max_age=1200))
    field = call(app, "/space/feed.atom")["cache-control"]
    assert "max-age=1200" in field
    assert "stale-if-error=" in field
    assert "no-store" not in field
    assert "max-age=86400" in call(app, "/space/archive/00001.atom")["cache-control"]


@pytest.mark.case("B-11")
def test_the_last_good_bytes_are_served_whatever_happens_elsewhere(app: FeedApp, output: Path) -> None:
    (output / "space" / "feed.atom.new~").write_bytes(b"half a docu")
    reply = call(app, "/space/feed.atom")
    assert (reply.status, reply.body) == (200, BODY)


@pytest.mark.case("B-12")
def test_only_those_who_ask_too_often_and_impolitely_have_to_wait(output: Path) -> None:
    now = [0.0]
    app = FeedApp(serving(output, limits=Limits(burst=3, refill=300), clock=lambda: now[0]))
    replies = [call(app, "/space/feed.atom") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert int(replies[3]["retry-after"]) > 0
    assert len(replies[3].body) < 100
    tag = replies[0]["etag"]
    assert call(app, "/space/feed.atom", if_none_match=tag).status == 304
    assert call(app, "/space/feed.atom", if_none_match='"old"').status == 200
    assert call(app, "/space/feed.atom", client="192.0.2.2").status == 200
    assert call(app, "/space/").status == 200
    now[0] = int(replies[3]["retry-after"])
    assert call(app, "/space/feed.atom").status == 200


@pytest.mark.case("B-12")
def test_who_asks_every_five_minutes_is_never_limited(output: Path) -> None:
    now = [0.0]
    app = FeedApp(serving(output, limits=Limits(burst=3, refill=300), clock=lambda: now[0]))
    for _ in range(50):
        now[0] += 300
        assert call(app, "/space/feed.atom").status == 200


@pytest.mark.case("B-13")
def test_a_renamed_topic_redirects_for_good_and_a_retired_one_is_gone(output: Path) -> None:
    app = FeedApp(serving(output, moved={"cosmos": "space"}.get, gone={"ether"}.__contains__))
    reply = call(app, "/cosmos/feed.atom")
    assert (reply.status, reply["location"]) == (301, "/space/feed.atom")
    assert call(app, "/ether/feed.atom").status == 410


@pytest.mark.case("B-14")
@pytest.mark.parametrize("query", ["utm_source=x", "null", "a=%00"])
def test_queries_change_nothing(app: FeedApp, query: str) -> None:
    assert call(app, f"/space/feed.atom?{query}") == call(app, "/space/feed.atom")


@pytest.mark.case("B-14")
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/space/feed.atom/", "/space/feed.atom"),
        ("/Space/Feed.ATOM", "/space/feed.atom"),
        ("/space", "/space/"),
        ("/SPACE/", "/space/"),
        ("/space/feed", "/space/feed.atom"),
        ("/space/rss.xml", "/space/feed.rss"),
        ("/space//feed.rss", "/space/feed.rss"),
    ],
)
def test_nearly_right_addresses_redirect_to_the_right_one(app: FeedApp, path: str, target: str) -> None:
    reply = call(app, path)
    assert (reply.status, reply["location"]) == (301, target)


@pytest.mark.case("B-14")
def test_redirects_keep_the_path_of_the_base_url(output: Path) -> None:
    app = FeedApp(serving(output, base_url="https://example.org/feeds"))
    assert call(app, "/space")["location"] == "/feeds/space/"


@pytest.mark.case("B-15")
def test_feeds_ignore_ranges(app: FeedApp) -> None:
    reply = call(app, "/space/feed.atom", range="bytes=0-3")
    assert (reply.status, reply.body) == (200, BODY)


@pytest.mark.case("B-15")
@pytest.mark.parametrize(
    ("field", "status", "span"),
    [
        ("bytes=0-3", 206, (0, 4)),
        ("bytes=2044-", 206, (2044, 2048)),
        ("bytes=-4", 206, (2044, 2048)),
        ("bytes=2000-9999", 206, (2000, 2048)),
        ("bytes=9999-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=3-1", 200, (0, 2048)),
        ("bytes=0-1,4-5", 200, (0, 2048)),
        ("lines=1-2", 200, (0, 2048)),
        ("bytes=a-b", 200, (0, 2048)),
    ],
)
def test_other_files_are_sent_in_parts(app: FeedApp, field: str, status: int, span: tuple[int, int]) -> None:
    reply = call(app, "/files/1.mp3", range=field)
    assert (reply.status, reply.body) == (status, AUDIO[slice(*span)])
    if status == 206:
        assert reply["content-range"] == f"bytes {span[0]}-{span[1] - 1}/2048"


@pytest.mark.case("B-15")
def test_a_part_is_only_sent_of_the_version_that_was_begun(app: FeedApp) -> None:
    tag = call(app, "/files/1.mp3")["etag"]
    assert call(app, "/files/1.mp3", range="bytes=0-3", if_range=tag).status == 206
    assert call(app, "/files/1.mp3", range="bytes=0-3", if_range=DATE).status == 206
    assert call(app, "/files/1.mp3", range="bytes=0-3", if_range='"old"').status == 200
    assert call(app, "/files/1.mp3", range="bytes=0-3", if_range=f"W/{tag}").status == 200


@pytest.mark.case("B-39")
def test_hub_and_self_are_in_the_headers_of_every_feed(app: FeedApp) -> None:
    for name in ("feed.atom", "feed.rss", "feed.json"):
        field = call(app, f"/space/{name}")["link"]
        assert field.count('rel="self"') == 1
        assert f'<https://feeds.example.org/space/{name}>; rel="self"' in field
        assert '<https://hub.example.org/>; rel="hub"' in field


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/space/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/space/feed.atom.gz",
        "/.hidden",
        "/space/feed.atom%00",
        "/nothing",
        "/space/feed.atom.new~",
    ],
)
def test_nothing_outside_and_nothing_internal_is_served(app: FeedApp, output: Path, path: str) -> None:
    (output.parent / "secret.txt").write_text("secret")
    (output / ".hidden").write_text("secret")
    assert call(app, path).status == 404


def test_a_file_rewritten_behind_the_back_of_the_cache_is_seen(app: FeedApp, output: Path) -> None:
    first = call(app, "/space/feed.atom")
    place = output / "space" / "feed.atom"
    times = place.stat().st_mtime
    place.write_bytes(BODY.replace(b"moon", b"soon"))
    os.utime(place, (times, times))
    assert call(app, "/space/feed.atom")["etag"] != first["etag"]


def test_what_is_no_file_goes_to_the_rest_of_the_site(output: Path) -> None:
    async def rest(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[misc]

    assert call(FeedApp(serving(output), fallback=rest), "/api/v1/topics").status == 418
