"""What goes wrong with a bucket is said in one sentence, without any secret."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from aggregator.errors import OutputError
from aggregator.publish.objects import Bucket, Stored

FEED = Stored(path="all/feed.atom", body=b"<feed/>", media_type="application/atom+xml", cache_control="public")


@contextmanager
def refusing(status: int, code: str) -> Iterator[str]:
    """The address of an object store that refuses everything with one S3 error code."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = f"<Error><Code>{code}</Code></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing: the tests read what is said to the user."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (404, "NoSuchBucket", "there is no such bucket"),
        (403, "InvalidAccessKeyId", "the access key is not known there"),
        (403, "SignatureDoesNotMatch", "the secret key is not the right one"),
        (403, "AccessDenied", "its permissions do not allow it"),
        (401, "Unauthorized", "the credentials are not accepted"),
    ],
)
def test_each_refusal_has_its_sentence(status: int, code: str, sentence: str) -> None:
    with refusing(status, code) as endpoint:
        options = {
            "endpoint": endpoint,
            "region": "eu-west-1",
            "access_key_id": "key",
            "secret_access_key": "very-secret",
            "virtual_hosted_style_request": "false",
        }
        with pytest.raises(OutputError) as caught:
            Bucket("s3://site/news", options).put(FEED)
    assert str(caught.value) == f"The bucket s3://site/news cannot be written: {sentence}."


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(OutputError, match=r"^\[output\.bucket\] needs the extra objectstore: install aggregator\["):
        Bucket("s3://site", {})


def test_an_option_that_nobody_knows_is_told() -> None:
    with pytest.raises(OutputError, match=r"^The bucket s3://site cannot be opened: .*nonsense"):
        Bucket("s3://site", {"nonsense": "1"})
