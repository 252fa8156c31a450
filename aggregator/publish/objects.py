"""Objects of a bucket: S3, Google Cloud Storage or Azure, spoken by obstore.

A bucket neither negotiates codings nor tells readers about hubs in headers; what it can do is keep each object's
Content-Type, Cache-Control and Content-Encoding, and replace an object whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aggregator.errors import OutputError

_TIMEOUT = timedelta(seconds=30)
_RETRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object as it is to be."""

    path: str
    """Relative to the bucket's url."""
    body: bytes
    media_type: str
    cache_control: str
    encoding: str | None = None


class Bucket:
    """A place for objects; every call may be made from several threads."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        """`url` names bucket and prefix (``s3://``, ``gs://``, ``az://``), `options` are the library's, secrets too.

        Raises OutputError where the library is missing or nothing can be made of them. Nothing is asked yet.
        """
        self.url = url
        self._api, self._store = _opened(url, dict(options))

    def put(self, stored: Stored) -> None:
        """Replace an object whole. Raises OutputError with a sentence."""
        attributes = {"Content-Type": stored.media_type, "Cache-Control": stored.cache_control}
        if stored.encoding:
            attributes["Content-Encoding"] = stored.encoding
        try:
            self._api.put(self._store, stored.path, stored.body, attributes=attributes)
        except Exception as error:  # the library has a class for each backend and cause
            raise self._sentence(error) from error

    def remove(self, path: str) -> None:
        """Take an object away; one that is not there is no fault. Raises OutputError with a sentence."""
        try:
            self._api.delete(self._store, path)
        except FileNotFoundError:
            return
        except Exception as error:
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> OutputError:
        words = str(error)
        return OutputError(f"The bucket {self.url} cannot be written: {_cause(words)}.")


_CAUSES = (
    ("NoSuchBucket", "there is no such bucket"),
    ("InvalidAccessKeyId", "the access key is not known there"),
    ("SignatureDoesNotMatch", "the secret key is not the right one"),
    ("AccessDenied", "its permissions do not allow it"),
    ("403", "its permissions do not allow it"),
    ("401", "the credentials are not accepted"),
    ("dns error", "its host has no address"),
    ("Connection refused", "nothing answers at its address"),
    ("timed out", "it did not answer in time"),
)


def _cause(words: str) -> str:
    """What a library's report of a failure comes to; secrets never stand in it, request lines may."""
    for sign, meaning in _CAUSES:
        if sign in words:
            return meaning
    return " ".join(words.split())[:200].rstrip(".")


def _opened(url: str, options: dict[str, str]) -> tuple[Any, Any]:
    try:
        import obstore
        from obstore.store import from_url
    except ImportError as error:
        raise OutputError("[output.bucket] needs the extra objectstore: install aggregator[objectstore].") from error
    plain = options.get("endpoint", options.get("aws_endpoint", "")).startswith("http://")
    client: dict[str, Any] = {"timeout": _TIMEOUT, **({"allow_http": True} if plain else {})}
    retries: Any = {"max_retries": _RETRIES, "retry_timeout": _TIMEOUT}
    try:
        return obstore, from_url(url, config=options, client_options=client, retry_config=retries)  # type: ignore[call-overload]
    except Exception as error:
        raise OutputError(f"The bucket {url} cannot be opened: {_cause(str(error))}.") from error
