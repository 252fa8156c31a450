"""Bring the topics up to date with what was stored, revised or withdrawn since the last time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

from aggregator.curate.match import TopicMatch, TopicMatcher
from aggregator.curate.policy import verdict
from aggregator.curate.score import independence
from aggregator.curate.select import Candidate, update_topic
from aggregator.dedupe.original import shown
from aggregator.dedupe.stories import alone
from aggregator.model.article import Article, StoredArticle
from aggregator.model.ids import ArticleId, SourceId, StoryId, TopicSlug
from aggregator.model.licence import Licence
from aggregator.model.source import Republish
from aggregator.model.story import Story
from aggregator.model.topic import (
    Order,
    Override,
    PolicyVerdict,
    Reason,
    Selection,
    SelectionState,
    Topic,
)
from aggregator.normalise.licences import from_text, from_url
from aggregator.pipeline.candidates import Pool, without_text
from aggregator.pipeline.clock import top_of_hour
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.marks import CHANGE_CURSOR, HOUR_CURSOR, OVERRIDE_CURSOR, topic_version, version_key
from aggregator.pipeline.takeover import left_behind
from aggregator.store.records import ArticleChange

BATCH = 500
Wanted = Callable[[Pool], bool]


class Selector:
    """The topics of an instance ready to be brought up to date; made anew when the configuration changes."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._revision = ""
        self._mark = ""
        self._stories_named: dict[StoryId, Story] = {}

    def run(self, fresh: Iterable[Sequence[StoredArticle]] = ()) -> int:
        """Update every topic; returns how many stories entered or left one.

        `fresh`: articles that are at hand because they were matched just now; the other changes are read.
        """
        self.prepare()
        instance = self._instance
        now = instance.clock()
        pools = self._pools()
        cursor = int(instance.store.facts.get(CHANGE_CURSOR) or 0)
        taken = self._take(fresh, pools, top_of_hour(now))
        last, withdrawn = self._gather(pools, cursor, top_of_hour(now), taken)
        overrides = instance.store.overrides.active(now)
        by_hand = self._named_by_hand(pools, overrides)
        quiet = last == cursor and not by_hand and not self._is_due(now, pools)
        changed = 0 if quiet else sum(self._update(pool, now, overrides, withdrawn) for pool in pools.values())
        self._remember(pools, last, now)
        return changed

    def _take(self, fresh: Iterable[Sequence[StoredArticle]], pools: dict[TopicSlug, Pool], hour: datetime) -> set[int]:
        """Put articles at hand into the pools; returns their changes."""
        taken: set[int] = set()
        for batch in fresh:
            for stored in batch:
                if stored.story_id is not None and not stored.withdrawn:
                    self._place(stored, pools, hour, lambda _pool: True)
                    taken.add(stored.change)
        return taken

    def replay(self, topics: Sequence[Topic], since: datetime, *, relist: bool) -> dict[TopicSlug, int]:
        """Select again from everything stored since, reading it once; returns how many selections changed in each."""
        self.prepare()
        now = self._instance.clock()
        hour = top_of_hour(now)
        pools = {
            topic.slug: Pool(
                topic, first_edition=relist, rewritten=False, window=hour - timedelta(days=topic.window_days)
            )
            for topic in topics
        }
        for batch in self._instance.store.articles.between(since, now):
            for stored in batch:
                if stored.story_id is not None and not stored.withdrawn:
                    self._place_again(stored.article, pools, now)
        overrides = self._instance.store.overrides.active(now)
        self._named_by_hand(pools, overrides, anew=True)
        changed = {}
        for slug in list(pools):
            pool = pools.pop(slug)  # its candidates are not needed any more
            pool.trim()
            changed[slug] = self._update(pool, now, overrides, {}, relist=relist)
        return changed

    def _place_again(self, article: Article, pools: dict[TopicSlug, Pool], now: datetime) -> None:
        source = self._instance.sources.get(article.source_id)
        light: Article | None = None
        for match in self.matcher.match(article, source, top_of_hour(now)):
            pool = pools.get(match.topic)
            if pool is not None:
                light = light or without_text(article)
                pool.add_replayed(light, match, self.verdict(article, pool.topic, now))

    def prepare(self) -> None:
        """Compile the topics, where they are new or the configuration has changed."""
        if self._revision != self._instance.config.revision:
            config = self._instance.config
            self.matcher = TopicMatcher(
                self._instance.topics.values(), saved=dict(config.saved_queries), lists=dict(config.lists)
            )
            self.stated = _stated_licences(self._instance)
            self._revision = config.revision

    def _pools(self) -> dict[TopicSlug, Pool]:
        facts = self._instance.store.facts
        pools = {}
        for topic in self._instance.topics.values():
            before = facts.get(version_key(topic.slug))
            rewritten = before is not None and before != self.version(topic)
            pools[topic.slug] = Pool(topic, first_edition=before is None, rewritten=rewritten)
        return pools

    def version(self, topic: Topic) -> str:
        """Hash of everything that decides what a topic selects."""
        return topic_version(topic, self._instance.config)

    def _gather(
        self, pools: dict[TopicSlug, Pool], cursor: int, hour: datetime, taken: Collection[int]
    ) -> tuple[int, dict[ArticleId, Article]]:
        """Put what else changed into the pools; returns the last change looked at, and what was withdrawn."""
        withdrawn: dict[ArticleId, Article] = {}
        last = cursor
        for batch in self._changes(cursor):
            matched = list(takewhile(lambda change: change.story_id is not None or change.withdrawn, batch))
            stored = self._instance.store.articles.many(c.article_id for c in matched if c.change not in taken)
            for one in stored.values():
                if one.withdrawn:
                    withdrawn[one.article.id] = one.article
                else:
                    self._place(one, pools, hour, lambda _pool: True)
            last = matched[-1].change if matched else last
            if len(matched) < len(batch):
                break  # the matcher is not there yet; selection goes on from here
        fresh = {slug for slug, pool in pools.items() if pool.first_edition or pool.rewritten}
        if fresh and cursor:
            self._gather_stored(pools, fresh, hour)
        for pool in pools.values():
            pool.trim()
        return last, withdrawn

    def _changes(self, cursor: int) -> Iterable[Sequence[ArticleChange]]:
        while batch := self._instance.store.articles.changes(cursor, BATCH):
            yield batch
            cursor = batch[-1].change

    def _gather_stored(self, pools: dict[TopicSlug, Pool], fresh: set[TopicSlug], hour: datetime) -> None:
        """Topics that are new, or whose settings changed, look at everything stored."""
        for batch in self._instance.store.articles.iterate(batch=BATCH):
            for stored in batch:
                if stored.story_id is not None and not stored.withdrawn:
                    self._place(stored, {slug: pools[slug] for slug in fresh}, hour, _covers(stored.article, hour))

    def _place(self, stored: StoredArticle, pools: dict[TopicSlug, Pool], hour: datetime, wanted: Wanted) -> None:
        source = self._instance.sources.get(stored.article.source_id)
        for match in self.matcher.match(stored.article, source, hour):
            if match.topic in pools and wanted(pools[match.topic]):
                pools[match.topic].add(stored.article, match)

    def _named_by_hand(
        self, pools: dict[TopicSlug, Pool], overrides: Sequence[Override], *, anew: bool = False
    ) -> bool:
        """Articles that editors acted on are candidates, whether they match or not. True: there are new acts.

        `anew`: also where no act is new.
        """
        newest = max((override.id for override in overrides), default=0)
        log = self._instance.store.overrides.log(limit=1)
        mark = f"{newest}:{log[0].id if log else 0}"
        if not anew and mark == (self._instance.store.facts.get(OVERRIDE_CURSOR) or "0:0"):
            return False
        self._mark = mark
        named = {o.article_id for o in overrides if o.article_id} | self._members(overrides)
        stored = self._instance.store.articles.many(named)
        hour = top_of_hour(self._instance.clock())
        for override in overrides:
            for pool in [pools[override.topic]] if override.topic in pools else list(pools.values()):
                for one in self._targets(override, stored):
                    if not one.withdrawn and one.article.id not in pool.found:
                        pool.add(one.article, self._match_of(one.article, pool.topic, hour))
        return True

    def _members(self, overrides: Sequence[Override]) -> set[ArticleId]:
        stories = self._instance.store.stories.many(o.story_id for o in overrides if o.story_id)
        self._stories_named = stories
        return {member.article_id for story in stories.values() for member in story.members}

    def _targets(self, override: Override, stored: dict[ArticleId, StoredArticle]) -> list[StoredArticle]:
        names = [override.article_id] if override.article_id else []
        story = self._stories_named.get(override.story_id) if override.story_id else None
        names += [member.article_id for member in story.members] if story else []
        return [stored[name] for name in names if name in stored]

    def _match_of(self, article: Article, topic: Topic, hour: datetime) -> TopicMatch | None:
        source = self._instance.sources.get(article.source_id)
        return next((m for m in self.matcher.match(article, source, hour) if m.topic == topic.slug), None)

    def _is_due(self, now: datetime, pools: dict[TopicSlug, Pool]) -> bool:
        """Windows move at the top of the hour; new and rewritten topics are filled at once."""
        hour = top_of_hour(now).isoformat()
        fresh = any(pool.first_edition or pool.rewritten for pool in pools.values())
        return fresh or self._instance.store.facts.get(HOUR_CURSOR) != hour

    def _update(
        self,
        pool: Pool,
        now: datetime,
        overrides: Sequence[Override],
        withdrawn: dict[ArticleId, Article],
        *,
        relist: bool = False,
    ) -> int:
        store, topic = self._instance.store, pool.topic
        stories = _stories_of(self._instance, topic, pool.found)
        listed = store.selections.of_topic(
            topic.slug, [SelectionState.LISTED, SelectionState.PENDING, SelectionState.HIDDEN]
        )
        known = {one.story_id: one for one in store.selections.of_stories(_ids(stories.values()), topic.slug)}
        current = tuple((known | {one.story_id: one for one in listed}).values())
        wanted = [one.article_id for one in listed]
        articles = {name: one.article for name, one in store.articles.many(wanted).items() if not one.withdrawn}
        current, successions = self._succeeded(topic, current, withdrawn, articles, now)
        changes = update_topic(
            topic,
            candidates=self.candidates(pool, stories, now),
            current=current,
            now=now,
            overrides=overrides,
            articles=articles,
            stories=store.stories.many(one.story_id for one in listed),
            first_edition=pool.first_edition,
            relist=relist,
            version=self.version(topic),
        )
        return self._save((*successions, *changes.all), articles, pool, now)

    def _save(
        self, selections: Sequence[Selection], articles: dict[ArticleId, Article], pool: Pool, now: datetime
    ) -> int:
        with self._instance.store.transaction():
            for start in range(0, len(selections), BATCH):
                some = selections[start : start + BATCH]
                self._instance.store.selections.save(self._with_clauses(some, articles, pool, now))
        return len(selections)

    def candidates(self, pool: Pool, stories: dict[ArticleId, Story], now: datetime) -> list[Candidate]:
        """What may enter a topic, with everything that decides about it."""
        scored = pool.topic.order is Order.SCORE or pool.topic.min_score > 0
        sources = self._instance.sources
        return [
            Candidate(
                article=article,
                story=stories[article.id],
                source=sources.get(article.source_id),
                match=match,
                verdict=pool.verdicts.get(article.id) or self.verdict(article, pool.topic, now),
                voices=independence([stories[article.id]], sources) if scored else 1.0,
                joined=pool.rewritten,
            )
            for article, match in pool.found.values()
            if article.id in stories
        ]

    def verdict(self, article: Article, topic: Topic, now: datetime) -> PolicyVerdict:
        """How much of an article a topic may republish today."""
        instance = self._instance
        return verdict(
            article,
            instance.sources.get(article.source_id),
            topic,
            site=instance.site,
            defaults=instance.config.policy,
            today=now.date(),
            stated=self.stated.get(article.source_id),
        )

    def _succeeded(
        self,
        topic: Topic,
        current: tuple[Selection, ...],
        withdrawn: dict[ArticleId, Article],
        articles: dict[ArticleId, Article],
        now: datetime,
    ) -> tuple[tuple[Selection, ...], list[Selection]]:
        """Listed selections whose shown article was withdrawn pass to the next best member, or end; see `left_behind`."""
        lost = [one for one in current if one.article_id in withdrawn and one.state is SelectionState.LISTED]
        left = left_behind(self._instance, topic, current, articles)
        if not lost and not left:
            return current, []
        moved = {one.story_id: self._successor(topic, one, now) for one in lost}
        moved |= {one.story_id: heir for one in left if (heir := self._successor(topic, one, now)) != one}
        return tuple(moved.get(one.story_id, one) for one in current), list(moved.values())

    def _successor(self, topic: Topic, selection: Selection, now: datetime) -> Selection:
        store = self._instance.store
        story = store.stories.get(selection.story_id)
        stored = store.articles.many(member.article_id for member in story.members) if story else {}
        left = {name: one.article for name, one in stored.items() if not one.withdrawn}
        left = {
            name: article
            for name, article in left.items()
            if self.verdict(article, topic, now).policy is not Republish.REFUSE
        }
        declared = {name for name, article in left.items() if article.source_id in self._instance.sources}
        heir = shown(story, declared or left) if story else None
        if heir == selection.article_id:
            return selection
        if heir is None:
            reason = replace(
                selection.reason, rule="withdrawn", sentence="It was withdrawn, and no other source has it."
            )
            return replace(selection, state=SelectionState.WITHDRAWN, decided_at=now, reason=reason)
        reason = replace(selection.reason, verdict=self.verdict(left[heir], topic, now))
        return replace(selection, article_id=heir, decided_at=now, reason=reason)

    def _with_clauses(
        self, selections: Sequence[Selection], articles: dict[ArticleId, Article], pool: Pool, now: datetime
    ) -> list[Selection]:
        """The selections with what each clause found: worked out only for what is stored."""
        named = {one.article_id for one in selections if one.article_id in pool.verdicts}
        texts = {name: one.article for name, one in self._instance.store.articles.many(named).items()}
        return [self._explained(one, articles | texts, pool, top_of_hour(now)) for one in selections]

    def _explained(
        self, selection: Selection, articles: dict[ArticleId, Article], pool: Pool, hour: datetime
    ) -> Selection:
        if selection.reason.clauses:
            return selection
        found = pool.found.get(selection.article_id)
        article = articles.get(selection.article_id) or (found[0] if found else None)
        if article is None:
            return selection
        source = self._instance.sources.get(article.source_id)
        clauses = self.matcher.explain(pool.topic.slug, article, source, hour)
        reason: Reason = replace(selection.reason, clauses=clauses)
        return replace(selection, reason=reason)

    def _remember(self, pools: dict[TopicSlug, Pool], last: int, now: datetime) -> None:
        facts = self._instance.store.facts
        with self._instance.store.transaction():
            facts.set(CHANGE_CURSOR, str(last))
            facts.set(HOUR_CURSOR, top_of_hour(now).isoformat())
            if self._mark:
                facts.set(OVERRIDE_CURSOR, self._mark)
            for pool in pools.values():
                if pool.rewritten or pool.found:  # a topic without any item still waits for its first edition
                    facts.set(version_key(pool.topic.slug), self.version(pool.topic))


def _covers(article: Article, hour: datetime) -> Wanted:
    """A first edition takes everything; a topic whose settings changed looks back over its window only."""
    return lambda pool: pool.first_edition or article.when > hour - timedelta(days=pool.topic.window_days)


def _stories_of(instance: Instance, topic: Topic, article_ids: Iterable[ArticleId]) -> dict[ArticleId, Story]:
    stories = instance.store.stories.for_articles(article_ids)
    return stories if topic.dedupe else {name: alone(story, name) for name, story in stories.items()}


def _ids(stories: Iterable[Story]) -> set[StoryId]:
    return {story.id for story in stories}


def _stated_licences(instance: Instance) -> dict[SourceId, Licence]:
    """The licences that the operator knows for sources."""
    found = {
        source.id: from_url(source.licence) or from_text(source.licence)
        for source in instance.sources.values()
        if source.licence
    }
    return {source_id: licence for source_id, licence in found.items() if licence is not None}
