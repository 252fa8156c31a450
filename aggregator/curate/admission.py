"""Whether an article may enter a topic, what it scores there, and the rule that keeps it out."""

from __future__ import annotations

from datetime import timedelta

from aggregator.curate.desk import Candidate, Desk, act_sentence, is_scored
from aggregator.curate.match import WEIGHTS
from aggregator.curate.overrides import Standing
from aggregator.curate.score import novelty, score_parts, terms
from aggregator.model.source import Republish
from aggregator.model.topic import Reason, Topic

_MOST_ITEMS = 300
"""Readers look at no more (PROTOCOL B-20)."""


def scoring(desk: Desk, candidate: Candidate) -> tuple[float, Reason]:
    article = candidate.article
    others = (words for name, words in desk.words.items() if name != article.id)
    place = candidate.match.place if candidate.match else "other"
    score, parts = score_parts(
        article,
        weight=candidate.source.weight if candidate.source else 1.0,
        place=place,
        place_weight=WEIGHTS[place],
        voices=candidate.voices,
        new=novelty(terms(article), others)[0] if is_scored(desk.topic) else 1.0,
        crowd=desk.recent[article.source_id],
        now_hour=desk.hour,
    )
    sentence = "Its sources, languages and query fit." if candidate.match else "Its query does not fit."
    reason = Reason(
        rule="query",
        sentence=sentence,
        clauses=candidate.clauses,
        score=score,
        parts=parts,
        verdict=candidate.verdict,
        query_version=desk.version,
    )
    return score, reason


def refusal(desk: Desk, candidate: Candidate, standing: Standing, score: float) -> tuple[str, str] | None:
    """The rule that keeps an article out, and a sentence; None where nothing does."""
    if standing.withdrawn:
        return "override", act_sentence(standing.withdrawn)
    if candidate.verdict.policy is Republish.REFUSE:
        return "policy", candidate.verdict.reason
    if standing.hidden or standing.declined:
        return "override", act_sentence(standing.shown)
    if standing.approved or standing.pinned_until(desk.now):
        return None
    if candidate.match is None:
        return "query", "Its query, sources or languages do not fit."
    return _by_time(desk, candidate) or _by_limits(desk, candidate, score)


def _by_time(desk: Desk, candidate: Candidate) -> tuple[str, str] | None:
    article, topic = candidate.article, desk.topic
    days = topic.backfill_days
    if candidate.source and candidate.source.backfill_days is not None:
        days = candidate.source.backfill_days
    old = article.published is None or article.when < desk.hour - timedelta(days=days)
    if (candidate.joined or article.backfill) and not desk.first_edition and old:
        return "backfill", f"Its source is new here, and only what is at most {days} days old comes with it."
    if article.when < desk.hour - timedelta(days=topic.window_days) and desk.listed >= topic.min_items:
        return "window", f"It is older than the {topic.window_days} days that the topic covers."
    return None


def _by_limits(desk: Desk, candidate: Candidate, score: float) -> tuple[str, str] | None:
    topic, source = desk.topic, candidate.article.source_id
    if score < topic.min_score:
        return "score", f"Its score {score:.3f} is below {topic.min_score:g}."
    if topic.per_source is not None and desk.per_source[source] >= topic.per_source:
        return "cap", f"The topic lists {topic.per_source} items of {source} already, and no more in one window."
    if desk.first_edition and desk.listed >= most_items(topic):
        return "window", f"The topic holds {most_items(topic)} items, and this one comes after them."
    return None


def most_items(topic: Topic) -> int:
    return min(topic.limit, _MOST_ITEMS)
