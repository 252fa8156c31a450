"""Build, check and write what has changed.

An edition is a pure function of the store and the hour, so nothing is built while neither has changed. Each document
passes the gate before it is swapped in; one that fails leaves the last good one where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from aggregator.model.edition import Edition
from aggregator.model.ids import TopicSlug
from aggregator.model.topic import Topic
from aggregator.pipeline.archives import grown, load_archives, render_one, save_archives, stale
from aggregator.pipeline.editions import edition_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.ledger import open_sink, write_known
from aggregator.pipeline.marks import PUBLISHED_STAMP, publication_stamp
from aggregator.pipeline.moves import sweep_former
from aggregator.pipeline.reports import PublishReport, Row
from aggregator.pipeline.select import Selector
from aggregator.publish.archives import archive_paths, newest_archive
from aggregator.publish.document import Document
from aggregator.publish.places import folder
from aggregator.publish.render import render_articles, render_site
from aggregator.publish.sink import FolderSink, SinkResult
from aggregator.publish.validate import Checked, check_document, render_checked

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Made:
    """One topic's documents after the gate, and what came of writing them."""

    topic: Topic
    checked: Checked
    edition: Edition
    result: SinkResult


def publish_changed(instance: Instance, selector: Selector, *, slugs: Sequence[TopicSlug] = ()) -> PublishReport:
    """Build, check and write the topics, or only those with these slugs; what has not changed is left untouched.

    Raises OutputError where the output folder cannot be written.
    """
    sink = open_sink(instance)
    stamp = publication_stamp(instance)
    chosen = [topic for topic in instance.topics.values() if not slugs or topic.slug in slugs]
    made = [_publish(instance, selector, sink, topic) for topic in chosen]
    site = _write_site(instance, sink, made, whole=not slugs)
    if not slugs:
        sweep_former(instance, sink, {folder(one.edition) for one in made})
        instance.store.facts.set(PUBLISHED_STAMP, stamp)
    return _report(made, site)


def _publish(instance: Instance, selector: Selector, sink: FolderSink, topic: Topic) -> _Made:
    """Archives first, so that the live document never leads to one that is not there."""
    live = edition_of(instance, selector, topic)
    before = load_archives(instance, topic)
    archives = grown(instance, topic, before)
    for number in stale(instance, topic, live, before, archives):
        part = render_one(instance, selector, live, archives, number)
        _tell(topic, part)
        write_known(instance, sink, part.documents)
    save_archives(instance, topic, archives)
    live = replace(live, previous_archive=newest_archive(live, archives.made), complete=archives.complete)
    checked = render_checked(live, now=instance.clock())
    _tell(topic, checked)
    kept = [path for number in range(1, archives.made + 1) for path in archive_paths(live, number)]
    kept += [one.path for one in checked.refused]
    result = write_known(instance, sink, checked.documents, within=(folder(live),), keep=kept)
    return _Made(topic, checked, checked.edition or live, result)


def _tell(topic: Topic, checked: Checked) -> None:
    for one in checked.quarantined:
        log.warning("item_left_out", topic=topic.slug, id=one.id, problems=[p.sentence for p in one.problems])
    for refused in checked.refused:
        name = refused.path.partition("/")[2]  # the folder of a private topic is a secret
        log.error("document_refused", topic=topic.slug, name=name, problems=[p.sentence for p in refused.problems])


def _write_site(instance: Instance, sink: FolderSink, made: Sequence[_Made], *, whole: bool) -> SinkResult:
    """Article pages and what stands at the top; only with all topics at hand is it known what may be removed."""
    editions = [one.edition for one in made]
    documents: list[Document] = list(render_articles(editions))
    if not whole:
        return write_known(instance, sink, _good(documents, instance.clock()))
    states = {state.source_id: state for state in instance.store.states.all()}
    sources = sorted(instance.sources.values(), key=lambda source: source.id)
    documents += render_site(instance.site, editions, sources, states)
    return write_known(instance, sink, _good(documents, instance.clock()), within=("articles",))


def _good(documents: Iterable[Document], now: datetime) -> list[Document]:
    good = []
    for document in documents:
        faults = [p for p in check_document(document, now=now) if p.severity == "error"]
        if faults:
            log.error("document_refused", path=document.path, problems=[p.sentence for p in faults])
        else:
            good.append(document)
    return good


def _report(made: Sequence[_Made], site: SinkResult) -> PublishReport:
    results = [*(one.result for one in made), site]
    return PublishReport(
        topics=tuple(_row(one) for one in made),
        written=sum(len(result.written) for result in results),
        unchanged=sum(len(result.unchanged) for result in results),
        problems=tuple(sentence for one in made for sentence in _problems(one)),
    )


def _problems(made: _Made) -> list[str]:
    left_out = [f"{one.id} was left out: {one.problems[0].sentence}" for one in made.checked.quarantined]
    refused = [
        f"{made.topic.slug}'s {one.path.partition('/')[2]} was not replaced: {one.problems[0].sentence}"
        for one in made.checked.refused
    ]
    return [*refused, *left_out]


def _row(made: _Made) -> Row:
    return {
        "id": made.topic.slug,
        "title": made.topic.title,
        "items": len(made.edition.items),
        "folder": None if made.topic.private else folder(made.edition),
        "written": len(made.result.written),
        "unchanged": len(made.result.unchanged),
        "message": "; ".join(_problems(made)),
    }
