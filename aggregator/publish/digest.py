"""An issue of a digest as every writer sees it: where it stands, what it is called, and its stories as an edition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from aggregator.model.digest import Issue, IssueItem
from aggregator.model.edition import Edition
from aggregator.model.ids import ArticleId, TopicSlug
from aggregator.model.topic import Topic
from aggregator.publish import facts
from aggregator.publish.digest_words import Words, words
from aggregator.publish.places import item_url

_LONGEST_SUBJECT = 110


def folder(name: str) -> str:
    """The digest's folder below the output's root."""
    return f"digests/{name}"


def path(issue: Issue, file: str = "index.html") -> str:
    return f"{folder(issue.name)}/{issue.number}/{file}"


def url(issue: Issue) -> str:
    """The issue's page; empty where it has none: a preview, or a digest of a private topic."""
    return f"{issue.site.base_url}/{folder(issue.name)}/{issue.number}/" if issue.public and issue.number else ""


def issue_id(issue: Issue) -> str:
    """A ``tag:`` URI for good (RFC 4151)."""
    return f"tag:{issue.site.tag_authority}:digests/{issue.name}/{issue.number}"


def phrases(issue: Issue) -> Words:
    return words(issue.language)


def day(issue: Issue) -> str:
    """Its date in words, in its own time zone and language."""
    return phrases(issue).date(local(issue).date())


def local(issue: Issue) -> datetime:
    return issue.until.astimezone(ZoneInfo(issue.zone))


def subject(issue: Issue) -> str:
    """What a mail is called: the digest, and the story that leads it."""
    lead = next((one.item.title for one in issue.items if one.item.title), "")
    text = " ".join(f"{issue.title}: {lead}".split()) if lead else issue.title
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def number_line(issue: Issue) -> str:
    name = phrases(issue).issue.format(issue.number) if issue.number else ""
    return " · ".join(part for part in (name, day(issue)) if part)


def edition(issue: Issue) -> Edition:
    """Its stories as the writers of items know them."""
    topic = Topic(slug=TopicSlug(issue.name), title=issue.title, language=issue.language)
    return Edition(
        site=issue.site,
        topic=topic,
        feed_id=issue_id(issue),
        updated=issue.until,
        items=tuple(one.item for one in issue.items),
        cadence=86_400,
        path=folder(issue.name),
    )


def link_of(issue: Issue, one: IssueItem) -> str:
    """Where the story leads: the article at its publisher."""
    return item_url(edition(issue), one.item)


def publisher_of(one: IssueItem) -> str:
    return facts.source(one.item).title


def without(issue: Issue, withdrawn: Collection[ArticleId]) -> Issue:
    """The issue without the stories that were taken down, neither as stories nor as other carriers."""
    sections = tuple(
        replace(
            section, items=tuple(_cut(one, withdrawn) for one in section.items if one.item.article_id not in withdrawn)
        )
        for section in issue.sections
    )
    lost = sum(one.item.article_id in withdrawn for one in issue.items)
    kept = tuple(section for section in sections if section.items)
    return replace(issue, sections=kept, withdrawn=issue.withdrawn + lost)


def _cut(one: IssueItem, withdrawn: Collection[ArticleId]) -> IssueItem:
    also = tuple(other for other in one.item.also if other.article_id not in withdrawn)
    return one if also == one.item.also else replace(one, item=replace(one.item, also=also))


def first(issue: Issue, count: int) -> Issue:
    """The issue with its first `count` stories only."""
    left, sections = count, []
    for section in issue.sections:
        items = section.items[: max(0, left)]
        left -= len(section.items)
        if items:
            sections.append(replace(section, items=items))
    return replace(issue, sections=tuple(sections))
