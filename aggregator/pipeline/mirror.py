"""Copy the output folder to a bucket: what changed, in an order that leaves no document leading to a missing one.

The folder stays the truth. Each object is replaced whole; the store notes which version of each lies there, so that
only what differs is sent, and what could not be sent is sent with the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from aggregator.errors import OutputError
from aggregator.fetch.credentials import SecretMissingError, read_secret
from aggregator.model.config import BucketSettings
from aggregator.pipeline.instance import Instance
from aggregator.publish.objects import Bucket, Stored
from aggregator.text.media_types import cache_control, media_type

AT_ONCE = 8
_COPIES = (".gz", ".br", ".zst")
_OF_HOSTS = frozenset({"_headers", "_redirects"})
"""Rules of hosts that read them from a folder; a bucket does not."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """How many objects were put and taken away, and the sentence of what broke it off."""

    put: int = 0
    removed: int = 0
    problem: str = ""


@dataclass(slots=True)
class _Done:
    put: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def mirror(instance: Instance, bucket: Bucket | None = None) -> Mirrored:
    """Bring the bucket up to date; nothing where none is configured. `bucket` stands in for the configured one.

    A bucket that cannot be reached is told in the result: readers keep what lies there, and the next run goes on.
    """
    settings = instance.config.output.bucket
    if settings is None:
        return Mirrored()
    target = _target(settings)
    known = instance.store.mirrored.of(target)
    here = dict(_documents(instance.config.output.folder))
    changed = sorted((path for path, stamp in here.items() if known.get(path) != stamp), key=_order)
    gone = sorted(known.keys() - here.keys())
    if not changed and not gone:
        return Mirrored()
    done, problem = _Done(), ""
    try:
        _bring(instance, bucket or opened(settings), changed, gone, here, done)
    except OutputError as error:
        left = len(changed) + len(gone) - len(done.put) - len(done.removed)
        problem = f"{error} {left} documents wait for the next run."
        log.warning("bucket_not_written", problem=problem)
    instance.store.mirrored.note(target, done.put, done.removed)
    return Mirrored(put=len(done.put), removed=len(done.removed), problem=problem)


def opened(settings: BucketSettings) -> Bucket:
    """The configured bucket. Raises OutputError where a secret or the library is missing."""
    try:
        secrets = {name: read_secret(secret) for name, secret in settings.credentials}
    except SecretMissingError as error:
        raise OutputError(f"output.bucket.credentials: {error}") from error
    return Bucket(settings.url, {**dict(settings.options), **secrets})


def _target(settings: BucketSettings) -> str:
    """What makes it another place, or other objects in it: then everything is put anew."""
    return sha256(repr((settings.url, settings.options, settings.gzip)).encode()).hexdigest()[:16]


def _documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Each document of the output with what changes when it does; compressed copies and what is being written are none."""
    for place in folder.rglob("*"):
        name = place.name
        if name.startswith(".") or name.endswith(("~", *_COPIES)) or name in _OF_HOSTS or not place.is_file():
            continue
        status = place.stat()
        yield place.relative_to(folder).as_posix(), f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def _order(path: str) -> tuple[int, str]:
    """What others lead to comes first: pages and archives, then the documents of topics, then the site's own."""
    depth = path.count("/")
    if path.startswith("digests/") and depth == 2:  # the feeds and the list of a digest, which lead to its issues
        return 1, path
    if path.startswith(("articles/", "about/", "static/")) or "/archive/" in path or depth > 1:
        return 0, path
    return (1 if depth else 2), path


def _bring(
    instance: Instance, bucket: Bucket, changed: Sequence[str], gone: Sequence[str], here: dict[str, str], done: _Done
) -> None:
    """Put what changed, group by group, then take away what is gone. Raises OutputError at the first that fails."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for group in range(3):
            paths = [path for path in changed if _order(path)[0] == group]
            _each(
                pool, lambda path: _put(instance, bucket, path), paths, lambda path: done.put.update({path: here[path]})
            )
        _each(pool, bucket.remove, gone, done.removed.append)


def _each(
    pool: ThreadPoolExecutor, act: Callable[[str], None], paths: Sequence[str], note: Callable[[str], object]
) -> None:
    """Act on each path, several at once; what succeeded is noted though another failed."""
    failure: OutputError | None = None
    for start in range(0, len(paths), AT_ONCE):
        chosen = paths[start : start + AT_ONCE]
        for path, future in [(path, pool.submit(act, path)) for path in chosen]:
            try:
                future.result()
            except OutputError as error:
                failure = error
            else:
                note(path)
        if failure is not None:
            raise failure


def _put(instance: Instance, bucket: Bucket, path: str) -> None:
    place = instance.config.output.folder / path
    settings = instance.config.output.bucket
    copy = place.with_name(f"{place.name}.gz")
    zipped = settings is not None and settings.gzip and copy.exists()
    try:
        body = (copy if zipped else place).read_bytes()
    except OSError as error:
        raise OutputError(f"The output {place} cannot be read: {error.strerror}.") from error
    bucket.put(
        Stored(
            path=path,
            body=body,
            media_type=media_type(path),
            cache_control=cache_control(path, instance.config.output.cadence, private=_is_secret(instance, path)),
            encoding="gzip" if zipped else None,
        )
    )


def _is_secret(instance: Instance, path: str) -> bool:
    return instance.store.tokens.topic_of(path.partition("/")[0]) is not None
