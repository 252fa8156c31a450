"""Read the pages of articles whose feed leaves much out: once each, beside the polls and with the same manners.

Only for sources with ``full_text``. robots.txt is always obeyed (PROTOCOL P-63); what may be republished of it is the
licence policy's business, as for any text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from aggregator.fetch.fetcher import Fetcher
from aggregator.model.article import Article, RevisedArticle, StoredArticle
from aggregator.model.fetch import Fetched, FetchFailed, FetchOutcome
from aggregator.model.ids import ArticleId
from aggregator.model.page import PageFacts, PageState
from aggregator.model.source import Source
from aggregator.normalise.page import read_page, with_page
from aggregator.parse.charset import decode
from aggregator.parse.fulltext import is_installed, main_content
from aggregator.pipeline.door import opened_fetcher
from aggregator.pipeline.instance import Instance
from aggregator.store.codec import pack_entry
from aggregator.store.records import PageRecord

AT_ONCE = 20
"""Articles looked at in one turn: a source that is new must not keep the others waiting."""
FRESH = timedelta(days=7)
"""Only articles first seen within this time: their pages are still as they were."""
TRIES = 3
WAIT = timedelta(hours=1)
MISSING = "full_text needs the extra fulltext: install aggregator with [fulltext]."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesReport:
    """How many pages were read, how many failed, and how many articles got more than they had."""

    read: int = 0
    failed: int = 0
    completed: int = 0
    problem: str = ""


async def read_pages(instance: Instance, *, stop: Callable[[], bool] = lambda: False) -> PagesReport:
    """One turn: the pages that are due, the oldest first. Nothing is read where no source asks for it."""
    wanted = [source.id for source in instance.sources.values() if source.full_text]
    if not wanted:
        return PagesReport()
    if not is_installed():
        log.warning("pages_not_read", problem=MISSING)
        return PagesReport(problem=MISSING)
    now = instance.clock()
    due = await asyncio.to_thread(lambda: instance.store.pages.due(wanted, now, since=now - FRESH, limit=AT_ONCE))
    if not due:
        return PagesReport()
    async with opened_fetcher(instance) as fetcher:
        results = await asyncio.gather(*(_read(instance, fetcher, name, stop) for name in due))
    return _sum([one for one in results if one is not None])


def _sum(results: Sequence[tuple[PageState, bool]]) -> PagesReport:
    return PagesReport(
        read=sum(state is PageState.READ for state, _ in results),
        failed=sum(state is not PageState.READ for state, _ in results),
        completed=sum(more for _, more in results),
    )


async def _read(
    instance: Instance, fetcher: Fetcher, name: ArticleId, stop: Callable[[], bool]
) -> tuple[PageState, bool] | None:
    """One page: how it went, and whether the article has got more of it. None: there was nothing to do."""
    stored = await asyncio.to_thread(instance.store.articles.get, name)
    source = instance.sources.get(stored.article.source_id) if stored else None
    if stored is None or source is None or stored.withdrawn or stop():
        return None
    asking = replace(source, obey_robots=True, page=None)
    outcome = await fetcher.get(stored.article.url, source=asking, now=instance.clock())
    return await asyncio.to_thread(_keep, instance, stored, source, outcome)


def _keep(instance: Instance, stored: StoredArticle, source: Source, outcome: FetchOutcome) -> tuple[PageState, bool]:
    """Notes how it went, and revises the article where its page adds anything, in one transaction."""
    facts, reason, final = _facts(stored.article, source, outcome)
    before = instance.store.pages.get(stored.article.id)
    tries = (before.tries if before else 0) + 1
    now = instance.clock()
    if facts is None:
        over = final or tries >= TRIES
        state = PageState.GIVEN_UP if over else PageState.FAILED
        due = None if over else now + WAIT * 2**tries
        instance.store.pages.note(
            PageRecord(article_id=stored.article.id, state=state, at=now, tries=tries, due=due, reason=reason)
        )
        return state, False
    record = PageRecord(article_id=stored.article.id, state=PageState.READ, at=now, tries=tries)
    with instance.store.transaction():
        instance.store.pages.note(record, facts)
        return PageState.READ, _revise(instance, stored.article.id, facts)


def _revise(instance: Instance, name: ArticleId, facts: PageFacts) -> bool:
    """The article as it is by now, with its page: a poll may have revised it in the meantime."""
    stored = instance.store.articles.get(name)
    raw = instance.store.articles.raw(name)
    if stored is None or raw is None or stored.withdrawn:
        return False
    merged = with_page(stored.article, facts)
    if merged == stored.article:
        return False
    revised = replace(merged, revision=stored.article.revision + 1)
    intent = RevisedArticle(article=revised, raw=pack_entry(raw.entry), parser=raw.parser)
    return instance.store.polls.revise(intent, now=instance.clock())


def _facts(article: Article, source: Source, outcome: FetchOutcome) -> tuple[PageFacts | None, str, bool]:
    """What a page says; else why not, in one sentence, and whether that is final."""
    if isinstance(outcome, FetchFailed):
        final = outcome.reason.value in {"robots", "opted-out", "gone", "not-found", "bad-url"}
        return None, outcome.detail or outcome.reason.value, final
    if not isinstance(outcome, Fetched):
        return None, "It answered 304 to a first request.", True
    if "html" not in (outcome.content_type or "html").lower():
        return None, f"It is no page but {outcome.content_type}.", True
    html = decode(outcome.body, content_type=outcome.content_type, trust_charset=source.trust.charset).body.decode()
    main = main_content(html, outcome.url)
    publisher = article.attribution.publisher.title
    facts = read_page(html, outcome.url, main, language=article.language.tag, publisher=publisher)
    return facts, "", True
