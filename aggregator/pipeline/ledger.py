"""What was last published at each path, and when it changed.

The store keeps it, so that ``Last-Modified`` stays honest when the output folder is lost, restored or moved to another
machine (PROTOCOL B-03).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from aggregator.pipeline.instance import Instance
from aggregator.publish.document import Document
from aggregator.publish.sink import FolderSink, SinkResult, Version
from aggregator.store.records import StoredDocument

_UNLISTED = "articles/"
"""Pages that no reader polls: there are too many of them to remember each."""
_CHUNK = 500


def open_sink(instance: Instance) -> FolderSink:
    """The output folder. Nothing is written yet."""
    output = instance.config.output
    return FolderSink(output.folder, clock=instance.clock, codings=output.formats_compressed)


def write_known(
    instance: Instance,
    sink: FolderSink,
    documents: Sequence[Document],
    *,
    within: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> SinkResult:
    """`FolderSink.write` with the times of change that the store remembers; notes the new ones.

    Raises OutputError where the folder cannot be written.
    """
    paths = [document.path for document in documents if not document.path.startswith(_UNLISTED)]
    result = sink.write(documents, within=within, keep=keep, known=_known(instance, paths))
    media_types = {document.path: document.media_type for document in documents}
    listed = set(paths)
    instance.store.editions.put_documents(
        [_stored(path, media_types[path], one) for path, one in result.versions.items() if path in listed]
    )
    return result


def _known(instance: Instance, paths: Sequence[str]) -> dict[str, Version]:
    editions = instance.store.editions
    found: dict[str, StoredDocument] = {}
    for start in range(0, len(paths), _CHUNK):
        found |= editions.documents(paths[start : start + _CHUNK])
    return {path: Version(digest=one.body_hash, since=int(one.changed_at.timestamp())) for path, one in found.items()}


def _stored(path: str, media_type: str, version: Version) -> StoredDocument:
    return StoredDocument(
        path=path,
        media_type=media_type,
        etag=f'"{version.digest}"',
        body_hash=version.digest,
        changed_at=datetime.fromtimestamp(version.since, UTC),
    )
