"""Why a story is, or is not, in a topic: one plain value for the command line, the page and the feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from aggregator.curate.overrides import Overrides
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId
from aggregator.model.licence import Evidence
from aggregator.model.story import Edge, Story
from aggregator.model.topic import (
    ClauseResult,
    Override,
    PolicyVerdict,
    Reason,
    ScorePart,
    Selection,
    SelectionState,
    Topic,
)

_HELD_BACK = "held-back"
_UNKNOWN = Reason(rule="query", sentence="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One article of the story: who carries it, and what ties it there."""

    article_id: str
    source_id: str
    url: str
    tie: str
    scores: tuple[tuple[str, float], ...] = ()
    original: bool = False
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A link post and the article that it is about: one of them is the article, the other is described."""

    article_id: str
    source_id: str
    url: str
    leads_here: bool
    """True: the other one is the link post."""
    tie: str
    rule: str
    scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that decided about one article in one topic."""

    topic: str
    article_id: str
    title: str
    url: str
    state: str
    """A state of `SelectionState`; ``held-back`` where the topic has kept no decision."""
    present: bool
    rule: str
    sentence: str
    query: str
    query_version: str = ""
    clauses: tuple[ClauseResult, ...] = ()
    score: float = 0.0
    parts: tuple[ScorePart, ...] = ()
    verdict: PolicyVerdict | None = None
    carriers: tuple[Carrier, ...] = ()
    links: tuple[Linked, ...] = ()
    acts: tuple[Override, ...] = ()
    times: tuple[tuple[str, datetime], ...] = ()
    """``published``, ``first_seen``, ``listed``, ``decided``, ``pinned_until``, ``stays_until``: those there are."""
    caps: tuple[tuple[str, str], ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Lines of plain text."""
        return tuple(_lines(self))

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with snake_case keys and RFC 3339 times."""
        return {
            "topic": self.topic,
            "article_id": self.article_id,
            "title": self.title,
            "url": self.url,
            "state": self.state,
            "present": self.present,
            "rule": self.rule,
            "sentence": self.sentence,
            "query": self.query,
            "query_version": self.query_version,
            "clauses": [_clause(clause) for clause in self.clauses],
            "score": self.score,
            "parts": [{"name": part.name, "value": part.value, "detail": part.detail} for part in self.parts],
            "verdict": _verdict(self.verdict) if self.verdict else None,
            "story": [_carrier(carrier) for carrier in self.carriers],
            "links": [_linked(link) for link in self.links],
            "overrides": [_act(act) for act in self.acts],
            "times": {name: _stamp(at) for name, at in self.times},
            "caps": dict(self.caps),
        }


def explain_article(
    topic: Topic,
    article: Article,
    *,
    clauses: tuple[ClauseResult, ...],
    selection: Selection | None,
    matched: bool,
    story: Story | None = None,
    articles: Mapping[ArticleId, Article] = MappingProxyType({}),
    links: Iterable[Edge] = (),
    overrides: Iterable[Override] = (),
    verdict: PolicyVerdict | None = None,
    hour: datetime | None = None,
) -> Explanation:
    """The explanation of one article in one topic.

    `clauses` and `matched` are today's answer of the matcher; `selection` is what the topic keeps of the story, None
    where it keeps nothing; `articles` holds the story's other members, and the other ends of its `links`, for their
    addresses; windows are counted from `hour`.
    """
    reason = selection.reason if selection else _UNKNOWN
    present = selection is not None and selection.state is SelectionState.LISTED and selection.article_id == article.id
    old = hour is not None and article.when < hour - timedelta(days=topic.window_days)
    return Explanation(
        topic=topic.slug,
        article_id=article.id,
        title=article.title,
        url=article.url,
        state=selection.state if selection else _HELD_BACK,
        present=present,
        rule=_rule(selection, article, matched=matched, old=old),
        sentence=_sentence(topic, selection, article, clauses, matched=matched, old=old),
        query=topic.query,
        query_version=reason.query_version,
        clauses=clauses or reason.clauses,
        score=reason.score,
        parts=reason.parts,
        verdict=reason.verdict or verdict,
        carriers=_carriers(story, selection, articles),
        links=tuple(_link(article.id, edge, articles) for edge in links),
        acts=_acts(topic, article, story, overrides),
        times=_times(topic, article, selection),
        caps=_caps(topic),
    )


def _rule(selection: Selection | None, article: Article, *, matched: bool, old: bool) -> str:
    if selection is None:
        return ("window" if old else "not-decided") if matched else "query"
    return "duplicate" if _another_shown(selection, article) else selection.reason.rule


def _another_shown(selection: Selection, article: Article) -> bool:
    return selection.state is SelectionState.LISTED and selection.article_id != article.id


def _sentence(
    topic: Topic,
    selection: Selection | None,
    article: Article,
    clauses: tuple[ClauseResult, ...],
    *,
    matched: bool,
    old: bool,
) -> str:
    if selection is not None and _another_shown(selection, article):
        return f"Its story is listed once, as article {selection.article_id}."
    if selection is not None:
        return selection.reason.sentence
    if matched and old:
        return f"It fits, and is older than the {topic.window_days} days that the topic covers."
    if matched:
        return "It fits, and the topic has not been matched since it came or has forgotten the decision."
    failed = [clause.clause for clause in clauses if not clause.matched]
    return f"It does not fit; not satisfied: {', '.join(failed)}." if failed else "It does not fit."


def _carriers(
    story: Story | None, selection: Selection | None, articles: Mapping[ArticleId, Article]
) -> tuple[Carrier, ...]:
    if story is None:
        return ()
    return tuple(
        Carrier(
            article_id=member.article_id,
            source_id=member.source_id,
            url=articles[member.article_id].url if member.article_id in articles else "",
            tie=member.tie,
            scores=member.edge.scores if member.edge else (),
            original=story.original_known and story.original == member.article_id,
            shown=selection is not None and selection.article_id == member.article_id,
        )
        for member in story.members
    )


def _link(mine: ArticleId, edge: Edge, articles: Mapping[ArticleId, Article]) -> Linked:
    leads_here = edge.article_id != mine
    other = edge.article_id if leads_here else edge.other_id
    return Linked(
        article_id=other,
        source_id=articles[other].source_id if other in articles else "",
        url=articles[other].url if other in articles else "",
        leads_here=leads_here,
        tie=edge.tie,
        rule=edge.rule,
        scores=edge.scores,
    )


def _acts(topic: Topic, article: Article, story: Story | None, log: Iterable[Override]) -> tuple[Override, ...]:
    names = {str(article.id)}
    if story:
        names |= {str(story.id), *(str(member.article_id) for member in story.members)}
    concerned = Overrides.of(topic.slug, log).log
    return tuple(act for act in concerned if names & {str(act.article_id), str(act.story_id)})


def _times(topic: Topic, article: Article, selection: Selection | None) -> tuple[tuple[str, datetime], ...]:
    listed = selection.listed_at if selection else None
    stays = listed + timedelta(days=topic.window_days) if listed else None
    every = (
        ("published", article.published.instant if article.published else None),
        ("first_seen", article.first_seen),
        ("listed", listed),
        ("decided", selection.decided_at if selection else None),
        ("pinned_until", selection.pinned_until if selection else None),
        ("stays_until", stays),
    )
    return tuple((name, at) for name, at in every if at is not None)


def _caps(topic: Topic) -> tuple[tuple[str, str], ...]:
    caps = [("limit", str(topic.limit)), ("window_days", str(topic.window_days)), ("min_items", str(topic.min_items))]
    if topic.per_source is not None:
        caps.append(("per_source", str(topic.per_source)))
    if topic.min_score > 0:
        caps.append(("min_score", f"{topic.min_score:g}"))
    return tuple(caps)


def _lines(told: Explanation) -> Iterator[str]:
    yield f"{told.title or told.url or told.article_id}"
    yield f"{'IN' if told.present else 'NOT IN'} {told.topic} ({told.state}; {told.rule}): {told.sentence}"
    yield f"query: {told.query or '(everything)'}"
    for clause in told.clauses:
        found = f": {', '.join(clause.words)}" if clause.words else ""
        yield f"  {'yes' if clause.matched else 'no '}  {clause.clause}{found}"
    if told.parts:
        yield f"score: {told.score:g}"
        yield from (f"  {part.value:<8g} {part.name} ({part.detail})" for part in told.parts)
    if told.verdict:
        yield f"republishing: {told.verdict.policy} by {told.verdict.rule}. {told.verdict.reason}"
        yield from (f"  evidence: {one.locator}: {one.text}" for one in told.verdict.evidence)
    if len(told.carriers) > 1:
        yield f"story: {len(told.carriers)} articles"
        yield from (f"  {_carrier_line(carrier)}" for carrier in told.carriers)
    yield from (_link_line(link) for link in told.links)
    yield from (f"editor: {act.kind} by {act.who} on {_stamp(act.at)}: {act.why}" for act in told.acts)
    yield from (f"{name.replace('_', ' ')}: {_stamp(at)}" for name, at in told.times)
    yield f"limits: {', '.join(f'{name} {value}' for name, value in told.caps)}"


def _carrier_line(carrier: Carrier) -> str:
    marks = [carrier.tie, *(["original"] if carrier.original else []), *(["shown"] if carrier.shown else [])]
    return f"{carrier.source_id} {carrier.url or carrier.article_id} ({', '.join(marks)})"


def _link_line(link: Linked) -> str:
    told = " ".join(part for part in (link.source_id, link.url or link.article_id) if part)
    return f"{'linked from' if link.leads_here else 'links to'}: {told} ({link.tie}; {link.rule})"


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _clause(clause: ClauseResult) -> dict[str, Any]:
    return {
        "clause": clause.clause,
        "matched": clause.matched,
        "words": list(clause.words),
        "field": clause.field,
    }


def _verdict(verdict: PolicyVerdict) -> dict[str, Any]:
    return {
        "policy": verdict.policy.value,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "excerpt_words": verdict.excerpt_words,
        "no_derivatives": verdict.no_derivatives,
        "share_alike": verdict.share_alike,
        "evidence": [_evidence(one) for one in verdict.evidence],
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "fact": one.fact,
        "origin": one.origin.value,
        "locator": one.locator,
        "text": one.text,
        "confidence": one.confidence,
    }


def _carrier(carrier: Carrier) -> dict[str, Any]:
    return {
        "article_id": carrier.article_id,
        "source_id": carrier.source_id,
        "url": carrier.url,
        "tie": carrier.tie,
        "scores": dict(carrier.scores),
        "original": carrier.original,
        "shown": carrier.shown,
    }


def _linked(link: Linked) -> dict[str, Any]:
    return {
        "article_id": link.article_id,
        "source_id": link.source_id,
        "url": link.url,
        "leads_here": link.leads_here,
        "tie": link.tie,
        "rule": link.rule,
        "scores": dict(link.scores),
    }


def _act(act: Override) -> dict[str, Any]:
    return {
        "id": act.id,
        "kind": act.kind.value,
        "who": act.who,
        "at": _stamp(act.at),
        "why": act.why,
        "until": _stamp(act.until) if act.until else None,
        "values": dict(act.values),
    }
