"""The candidates of a topic's update, as many as can matter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.curate.match import TopicMatch
from aggregator.model.article import Article
from aggregator.model.ids import ArticleId
from aggregator.model.topic import Order, PolicyVerdict, Topic

_LEAD = 1000
"""Characters of a text that novelty may look at."""
_SPARE = 1000
"""How many articles older than a topic's window a replay looks at, to fill the topic up to its `min_items`."""


@dataclass(slots=True)
class Pool:
    """The candidates of one topic: all of them, or where only the newest can enter, those."""

    topic: Topic
    first_edition: bool
    rewritten: bool
    window: datetime | None = None
    """In a replay: when the topic's window begins; of what is older only the newest can enter."""
    found: dict[ArticleId, tuple[Article, TopicMatch | None]] = field(default_factory=dict)
    verdicts: dict[ArticleId, PolicyVerdict] = field(default_factory=dict)
    """Of articles that are kept without their texts."""
    _old: int = 0

    @property
    def most(self) -> int | None:
        """How many of the newest decide a first edition; None: any may."""
        plain = self.topic.order is Order.NEWEST and self.topic.per_source is None
        return 3 * self.topic.limit if self.first_edition and plain and self.topic.dedupe else None

    def add(self, article: Article, match: TopicMatch | None) -> None:
        self.found[article.id] = (article, match)
        most = self.most
        if most is not None and len(self.found) > 4 * most:
            self.trim()

    def add_replayed(self, article: Article, match: TopicMatch, verdict: PolicyVerdict) -> None:
        """A candidate whose text is not kept: a replay may have as many as the window holds."""
        self.verdicts[article.id] = verdict
        self.add(article, match)
        self._old += self.window is not None and article.when < self.window
        if self._old > 4 * self._spare:
            self.trim()

    @property
    def _spare(self) -> int:
        return max(_SPARE, 3 * self.topic.limit)

    def trim(self) -> None:
        if self.most is None and self.window is None:
            return
        newest = sorted(self.found.values(), key=lambda pair: (-pair[0].when.timestamp(), pair[0].id))
        recent = sum(self.window is not None and article.when >= self.window for article, _ in newest)
        kept = newest[: recent + self._spare if self.most is None else self.most]
        self.found = {article.id: (article, match) for article, match in kept}
        self.verdicts = {name: verdict for name, verdict in self.verdicts.items() if name in self.found}
        self._old = max(0, len(kept) - recent)


def without_text(article: Article) -> Article:
    """What decides about an article once it is matched; the lead stays for novelty."""
    return replace(
        article, summary=article.summary or article.text[:_LEAD], text="", content="", images=(), raw_hash=""
    )
