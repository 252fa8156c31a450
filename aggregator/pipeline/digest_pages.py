"""The pages and feeds of frozen issues: written once, and again only when a story in them is taken down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import structlog

from aggregator.model.config import DigestSettings
from aggregator.model.digest import Issue
from aggregator.model.ids import ArticleId
from aggregator.pipeline.digest_choice import read_issue
from aggregator.pipeline.instance import Instance
from aggregator.publish.digest import path, without
from aggregator.publish.digest_feed import feed_edition, render_archive, render_issue
from aggregator.publish.document import Document
from aggregator.publish.mail import PLACEHOLDER, issue_message
from aggregator.publish.sink import FolderSink
from aggregator.publish.validate import check_document, render_checked

IN_FEED = 100
"""Issues in the issue feed, at most."""
_MOST_WITHDRAWALS = 100_000
log = structlog.get_logger(__name__)
Withdrawn = dict[ArticleId, datetime]


def as_shown(instance: Instance, issue: Issue) -> Issue:
    """The issue without what was taken down since."""
    return without(issue, _withdrawn(instance))


def _withdrawn(instance: Instance) -> Withdrawn:
    return {article: when for article, when, _ in instance.store.articles.withdrawals(_MOST_WITHDRAWALS)}


def write_issues(instance: Instance) -> int:
    """Write what is missing or was touched by a takedown; returns how many documents. Nothing else ever changes."""
    stamps = {settings.name: _stamp(instance, settings) for settings in instance.config.digests}
    return sum(
        _write_digest(instance, settings, stamps[settings.name])
        for settings in instance.config.digests
        if not _is_written(instance, settings, stamps[settings.name])
    )


def _stamp(instance: Instance, settings: DigestSettings) -> str:
    store = instance.store
    parts = (settings, instance.site, store.digests.last_number(settings.name), store.articles.withdrawals(1))
    return sha256(repr(parts).encode()).hexdigest()


def _is_written(instance: Instance, settings: DigestSettings, stamp: str) -> bool:
    if instance.store.facts.get(f"digest:{settings.name}:stamp") != stamp:
        return False
    private = any(instance.topic(slug).private for slug in settings.topics)
    return private or (instance.config.output.folder / "digests" / settings.name / "index.html").exists()


def _write_digest(instance: Instance, settings: DigestSettings, stamp: str) -> int:
    withdrawn = _withdrawn(instance)
    frozen = [read_issue(record) for record in instance.store.digests.all(settings.name, limit=IN_FEED)]
    public = [issue for issue in frozen if issue.public]
    sink = FolderSink(
        instance.config.output.folder, clock=instance.clock, codings=instance.config.output.formats_compressed
    )
    written = sum(_write_issue(instance, sink, issue, withdrawn) for issue in public)
    if public or not any(instance.topic(slug).private for slug in settings.topics):
        documents = _feed(instance, settings, public, withdrawn)
        written += len(sink.write(documents).written)
    instance.store.facts.set(f"digest:{settings.name}:stamp", stamp)
    return written


def _write_issue(instance: Instance, sink: FolderSink, issue: Issue, withdrawn: Withdrawn) -> int:
    """Left alone where it stands as it should: a newer program does not touch the issues of an older one."""
    lost = sorted(article for article in _named(issue) if article in withdrawn)
    key, wanted = f"digest:{issue.name}:{issue.number}:pages", json.dumps(lost)
    stands = (instance.config.output.folder / path(issue)).exists()
    if stands and instance.store.facts.get(key) == wanted:
        return 0
    shown = without(issue, withdrawn)
    documents = [*render_issue(shown, PLACEHOLDER), _message(instance, shown)]
    written = sink.write(_good(instance, documents)).written
    instance.store.facts.set(key, wanted)
    return len(written)


def _named(issue: Issue) -> set[ArticleId]:
    shown = {one.item.article_id for one in issue.items}
    return shown | {other.article_id for one in issue.items for other in one.item.also}


def _message(instance: Instance, issue: Issue) -> Document:
    body = issue_message(issue, instance.config.mail).as_bytes()
    return Document(path=path(issue, "issue.eml"), media_type="message/rfc822", body=body, updated=issue.frozen_at)


def _feed(
    instance: Instance, settings: DigestSettings, issues: Sequence[Issue], withdrawn: Withdrawn
) -> list[Document]:
    shown = [without(issue, withdrawn) for issue in issues]
    changed = {issue.number: when for issue in issues if (when := _changed(issue, withdrawn))}
    topic = instance.topic(settings.topics[0])
    language = settings.language or topic.language or instance.site.language
    edition = feed_edition(instance.site, settings.name, settings.title, language, shown, changed)
    checked = render_checked(edition, now=instance.clock())
    for refused in checked.refused:
        log.error("document_refused", path=refused.path, problems=[p.sentence for p in refused.problems])
    return [*checked.documents, *_good(instance, [render_archive(edition, shown)])]


def _changed(issue: Issue, withdrawn: Withdrawn) -> datetime | None:
    return max((withdrawn[article] for article in _named(issue) if article in withdrawn), default=None)


def _good(instance: Instance, documents: Sequence[Document]) -> list[Document]:
    good = []
    for document in documents:
        faults = [p for p in check_document(document, now=instance.clock()) if p.severity == "error"]
        if faults:
            log.error("document_refused", path=document.path, problems=[p.sentence for p in faults])
        else:
            good.append(document)
    return good
