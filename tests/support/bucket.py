"""A real S3 server on loopback (moto's), and a look at what lies there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto import server as moto
from werkzeug.serving import make_server


@dataclass
class S3:
    """Where the server is, and what was asked of it."""

    endpoint: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(method, path) in order."""
    refused: set[str] = field(default_factory=set)
    """Methods that are answered 403 from now on."""

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="key",
            aws_secret_access_key="very-secret",
        )

    def make(self, bucket: str) -> None:
        self.client().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def empty(self, bucket: str) -> None:
        """Nothing in the bucket, and nothing asked or refused so far."""
        self.refused.clear()
        client = self.client()
        for name in self.names(bucket):
            client.delete_object(Bucket=bucket, Key=name)
        self.asked.clear()

    def get(self, bucket: str, name: str) -> tuple[bytes, dict[str, str]]:
        """An object's bytes and headers."""
        reply = self.client().get_object(Bucket=bucket, Key=name)
        return reply["Body"].read(), reply["ResponseMetadata"]["HTTPHeaders"]

    def names(self, bucket: str) -> set[str]:
        """The keys of all objects."""
        return {one["Key"] for one in self.client().list_objects_v2(Bucket=bucket).get("Contents", ())}

    def puts(self) -> list[str]:
        return [path for method, path in self.asked if method == "PUT"]


@contextmanager
def s3_server() -> Iterator[S3]:
    """The server until the end of the block."""
    made = S3()
    backend: Any = getattr(moto, "DomainDispatcherApplication")(getattr(moto, "create_backend_app"))  # noqa: B009

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        made.asked.append((method, path))
        if method in made.refused:
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code></Error>"]
        answer: Iterable[bytes] = backend(environ, start)
        return answer

    server = make_server("127.0.0.1", 0, application, threaded=True)
    made.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
