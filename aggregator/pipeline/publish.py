"""Build, check and write what has changed.

An edition is a pure function of the store and the hour, so nothing is built while neither has changed. Each document
passes the gate before it is swapped in; one that fails leaves the last good one where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from aggregator.curate.edition import build_edition
from aggregator.curate.identity import published_id
from aggregator.model.article import Article
from aggregator.model.edition import Edition
from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.story import Story
from aggregator.model.topic import Selection, SelectionState, Topic
from aggregator.pipeline.addresses import path_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.marks import PUBLISHED_STAMP, publication_stamp
from aggregator.pipeline.reports import PublishReport, Row
from aggregator.pipeline.select import Selector, alone
from aggregator.publish.document import Document
from aggregator.publish.places import folder
from aggregator.publish.render import render_articles, render_site
from aggregator.publish.sink import FolderSink, SinkResult
from aggregator.publish.validate import Checked, check_document, render_checked

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Made:
    """One topic's documents after the gate."""

    topic: Topic
    checked: Checked
    edition: Edition


def publish_changed(instance: Instance, selector: Selector, *, slugs: Sequence[TopicSlug] = ()) -> PublishReport:
    """Build, check and write the topics, or only those with these slugs; what has not changed is left untouched.

    Raises OutputError where the output folder cannot be written.
    """
    sink = FolderSink(
        instance.config.output.folder, clock=instance.clock, codings=instance.config.output.formats_compressed
    )
    stamp = publication_stamp(instance)
    chosen = [topic for topic in instance.topics.values() if not slugs or topic.slug in slugs]
    made = [_make(instance, selector, topic) for topic in chosen]
    results = {one.topic.slug: sink.write(one.checked.documents) for one in made}
    for topic in chosen:
        if topic.private and (instance.config.output.folder / topic.slug).exists():
            sink.write((), within=(topic.slug,))  # it was public once
    results[TopicSlug("")] = _write_site(instance, sink, made, whole=not slugs)
    if not slugs:
        instance.store.facts.set(PUBLISHED_STAMP, stamp)
    return _report(made, results)


def _make(instance: Instance, selector: Selector, topic: Topic) -> _Made:
    edition = edition_of(instance, selector, topic)
    checked = render_checked(edition, now=instance.clock())
    for one in checked.quarantined:
        log.warning("item_left_out", topic=topic.slug, id=one.id, problems=[p.sentence for p in one.problems])
    for refused in checked.refused:
        log.error("document_refused", path=refused.path, problems=[p.sentence for p in refused.problems])
    return _Made(topic, checked, checked.edition or edition)


def edition_of(
    instance: Instance, selector: Selector, topic: Topic, selections: Sequence[Selection] | None = None
) -> Edition:
    """What the topic lists now, or these selections of it, ready for the writers."""
    now = instance.clock()
    if selections is None:
        selections = instance.store.selections.of_topic(topic.slug, [SelectionState.LISTED])
    articles, stories = _shelf(instance, topic, selections)
    return build_edition(
        instance.site,
        topic,
        selections=selections,
        stories=stories,
        articles=articles,
        now=now,
        sources=instance.sources,
        overrides=instance.store.overrides.active(now, topic.slug),
        verdicts={
            one.article_id: selector.verdict(articles[one.article_id], topic, now)
            for one in selections
            if one.article_id in articles
        },
        licences=selector.stated,
        cadence=instance.config.output.cadence,
        publish_emails=instance.config.policy.publish_emails,
        path=path_of(instance, topic),
    )


def _shelf(
    instance: Instance, topic: Topic, selections: Sequence[Selection]
) -> tuple[dict[ArticleId, Article], dict[StoryId, Story]]:
    """The listed stories with their published ids, and the articles of all their members."""
    store = instance.store
    shown = {one.article_id for one in selections}
    of_article = store.stories.for_articles(shown)
    members = {m.article_id for story in of_article.values() for m in story.members} if topic.dedupe else set()
    stored = store.articles.many(shown | members)
    articles = {name: one.article for name, one in stored.items() if not one.withdrawn}
    stories: dict[StoryId, Story] = {}
    for one in selections:
        story = of_article.get(one.article_id)
        if story is not None and one.article_id in articles:
            stories[one.story_id] = _published(instance, topic, story, articles[one.article_id])
    return articles, stories


def _published(instance: Instance, topic: Topic, story: Story, article: Article) -> Story:
    """The story under the id it is published with: minted now where it has none yet (PROTOCOL B-21, B-24)."""
    if not topic.dedupe:
        return alone(story, article.id)
    if story.published_id is not None:
        return story
    authority = instance.site.tag_authority
    first = published_id(article, authority)
    second = published_id(article, authority, taken=[first])
    third = published_id(article, authority, taken=[first, second])
    instance.store.stories.assign_published_id(story.id, list(dict.fromkeys([first, second, third])), article.id)
    return instance.store.stories.get(story.id) or story


def _write_site(instance: Instance, sink: FolderSink, made: Sequence[_Made], *, whole: bool) -> SinkResult:
    """Article pages and what stands at the top; only with all topics at hand is it known what may be removed."""
    editions = [one.edition for one in made]
    documents: list[Document] = list(render_articles(editions))
    if not whole:
        return sink.write(_good(documents, instance.clock()))
    states = {state.source_id: state for state in instance.store.states.all()}
    sources = sorted(instance.sources.values(), key=lambda source: source.id)
    documents += render_site(instance.site, editions, sources, states)
    return sink.write(_good(documents, instance.clock()), within=("articles",))


def _good(documents: Iterable[Document], now: datetime) -> list[Document]:
    good = []
    for document in documents:
        faults = [p for p in check_document(document, now=now) if p.severity == "error"]
        if faults:
            log.error("document_refused", path=document.path, problems=[p.sentence for p in faults])
        else:
            good.append(document)
    return good


def _report(made: Sequence[_Made], results: dict[TopicSlug, SinkResult]) -> PublishReport:
    problems = tuple(sentence for one in made for sentence in _problems(one.checked))
    return PublishReport(
        topics=tuple(_row(one.topic, one, results[one.topic.slug]) for one in made),
        written=sum(len(result.written) for result in results.values()),
        unchanged=sum(len(result.unchanged) for result in results.values()),
        problems=problems,
    )


def _problems(checked: Checked) -> list[str]:
    left_out = [f"{one.id} was left out: {one.problems[0].sentence}" for one in checked.quarantined]
    refused = [f"{one.path} was not replaced: {one.problems[0].sentence}" for one in checked.refused]
    return [*refused, *left_out]


def _row(topic: Topic, made: _Made, result: SinkResult) -> Row:
    return {
        "id": topic.slug,
        "title": topic.title,
        "items": len(made.edition.items),
        "folder": folder(made.edition),
        "written": len(result.written),
        "unchanged": len(result.unchanged),
        "message": "; ".join(_problems(made.checked)),
    }
