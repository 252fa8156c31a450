"""Which articles a topic reaches at all: its sources, their tags, and its languages."""

from __future__ import annotations

from aggregator.curate.document import Document
from aggregator.model.topic import ClauseResult, Topic


def limited(topic: Topic) -> bool:
    """Whether the topic takes only some sources or languages."""
    return bool(topic.sources or topic.tags or topic.languages)


def outside(topic: Topic, document: Document) -> bool:
    """Whether the article's source or language is not among the topic's."""
    return not (_of_sources(topic, document) and _of_languages(topic, document))


def _of_sources(topic: Topic, document: Document) -> bool:
    """A source counts where it is named, or where it has one of the tags; naming neither means all."""
    if not topic.sources and not topic.tags:
        return True
    if not set(topic.sources).isdisjoint(document.source_ids):
        return True
    tags = document.source.tags if document.source else ()
    return not set(topic.tags).isdisjoint(tags)


def _of_languages(topic: Topic, document: Document) -> bool:
    if not topic.languages:
        return True
    tag = document.article.language.tag.lower()
    wanted = (language.lower() for language in topic.languages)
    return any(tag == language or tag.startswith(f"{language}-") for language in wanted)


def reach_clauses(topic: Topic, document: Document) -> tuple[ClauseResult, ...]:
    """The topic's sources and languages as clauses; none where it takes all."""
    found: list[ClauseResult] = []
    if topic.sources or topic.tags:
        named = [*topic.sources, *(f"#{tag}" for tag in topic.tags)]
        found.append(
            ClauseResult(
                clause=f"sources: {', '.join(named)}",
                matched=_of_sources(topic, document),
                words=document.source_ids,
                field="sources",
            )
        )
    if topic.languages:
        found.append(
            ClauseResult(
                clause=f"languages: {', '.join(topic.languages)}",
                matched=_of_languages(topic, document),
                words=(document.article.language.tag,),
                field="languages",
            )
        )
    return tuple(found)
