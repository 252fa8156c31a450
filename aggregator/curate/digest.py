"""Which stories make an issue of a digest, in which order and sections, and why the others do not.

A story is a candidate from the moment a topic lists it: the listed time never goes back, whatever its publisher says
about its date, so that a late or back-dated story is in the next issue and none is lost or told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aggregator.model.attribution import Image, ImagePlace
from aggregator.model.config import DigestSettings
from aggregator.model.digest import IssueItem, IssueSection, LeftOut
from aggregator.model.edition import EditionItem
from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.topic import Topic

ELLIPSIS = " …"
Allowed = Callable[[Image, EditionItem], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One story as one topic lists it."""

    topic: Topic
    item: EditionItem
    news: bool = True
    """False: the first poll of its source brought it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What earlier issues of the digest told: the number of the issue by story and by shown article."""

    stories: Mapping[StoryId, int]
    articles: Mapping[ArticleId, int]

    def issue_of(self, item: EditionItem) -> int | None:
        """The issue that told this story, also where stories were joined since."""
        if item.story_id in self.stories:
            return self.stories[item.story_id]
        names = (item.article_id, *(other.article_id for other in item.also))
        return next((self.articles[name] for name in names if name in self.articles), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an issue holds, and what it does not."""

    sections: tuple[IssueSection, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def items(self) -> tuple[IssueItem, ...]:
        return tuple(item for section in self.sections for item in section.items)


def choose(
    settings: DigestSettings,
    candidates: Iterable[Candidate],
    *,
    since: datetime,
    until: datetime,
    sent: Sent,
    stored: bool = False,
    most: int | None = None,
    image_allowed: Allowed = lambda _image, _item: True,
) -> Choice:
    """The issue of what was listed after `since` and no later than `until`; equal arguments give equal choices.

    `candidates` come topic by topic in the digest's order. `stored` lets in what a first poll brought and what was
    listed before `since`: for a first issue that is made by hand. `most` stories are taken, by default the
    setting's number. `image_allowed` says which images may stand in the issue.
    """
    left_out: list[LeftOut] = []
    fit: dict[StoryId, Candidate] = {}
    shown: set[ArticleId] = set()
    for one in sorted(candidates, key=lambda one: settings.topics.index(one.topic.slug)):
        refusal = _refusal(one, since, until, sent, stored=stored) or _repeated(one, fit, shown)
        if refusal is not None:
            left_out.append(_left_out(one, *refusal))
            continue
        fit[one.item.story_id] = one
        shown.add(one.item.article_id)
    room = settings.stories if most is None else most
    ranked = sorted(fit.values(), key=_ranking(settings.order))
    left_out += [_left_out(one, "room", f"There was room for {room} stories.") for one in ranked[room:]]
    taken = [_shown(settings, one, image_allowed) for one in ranked[:room]]
    titles = {one.topic.slug: one.topic.title for one in fit.values()}
    return Choice(sections=_sections(settings, taken, titles), left_out=tuple(left_out))


Refusal = tuple[str, str]


def _refusal(one: Candidate, since: datetime, until: datetime, sent: Sent, *, stored: bool) -> Refusal | None:
    number = sent.issue_of(one.item)
    if number is not None:
        return "sent", f"Issue {number} told it."
    if one.item.listed > until:
        return "late", f"It was listed after {until:%Y-%m-%d %H:%M} UTC: it is for the next issue."
    if stored:
        return None
    if not one.news:
        return "backfill", "It was in its source's feed before we read it for the first time: no news."
    if one.item.listed <= since:
        return "old", f"It was listed before {since:%Y-%m-%d %H:%M} UTC."
    return None


def _repeated(one: Candidate, fit: Mapping[StoryId, Candidate], shown: set[ArticleId]) -> Refusal | None:
    if one.item.story_id not in fit and one.item.article_id not in shown:
        return None
    return "repeated", "Another topic of this digest brings it in."


def _left_out(one: Candidate, rule: str, sentence: str) -> LeftOut:
    item = one.item
    return LeftOut(
        story_id=item.story_id,
        article_id=item.article_id,
        topic=one.topic.slug,
        title=item.title,
        rule=rule,
        sentence=sentence,
    )


def _ranking(order: str) -> Callable[[Candidate], Any]:
    """Pinned ones first, then by the order asked for; the newest of equals first."""

    def coverage(item: EditionItem) -> tuple[float, ...]:
        return -item.carriers, -item.reason.score

    def score(item: EditionItem) -> tuple[float, ...]:
        return -item.reason.score, -item.carriers

    def newest(_item: EditionItem) -> tuple[float, ...]:
        return ()

    chosen = {"coverage": coverage, "score": score}.get(order, newest)
    return lambda one: (
        not one.item.pinned,
        *chosen(one.item),
        -one.item.published.instant.timestamp(),
        -one.item.listed.timestamp(),
        one.item.story_id,
    )


def _shown(settings: DigestSettings, one: Candidate, allowed: Allowed) -> IssueItem:
    item = one.item
    leads = sorted(item.images, key=lambda image: image.place is not ImagePlace.LEAD)
    image = next((image for image in leads if allowed(image, item)), None)
    told = " ".join(item.summary.split()) != " ".join(item.title.split())
    summary = _shortened(item.summary, settings.blurb_words) if told else ""
    short = replace(item, summary=summary, content="", enclosures=(), images=(image,) if image else ())
    return IssueItem(topic=one.topic.slug, item=short)


def _shortened(text: str, words: int) -> str:
    parts = text.split()
    if len(parts) > words:
        return " ".join(parts[:words]).rstrip(".,;:–- ") + ELLIPSIS
    most = words * 12
    joined = " ".join(parts)
    return joined if len(joined) <= most else joined[:most].rstrip() + ELLIPSIS


def _sections(
    settings: DigestSettings, taken: Sequence[IssueItem], titles: Mapping[TopicSlug, str]
) -> tuple[IssueSection, ...]:
    match settings.sections:
        case "topic" if len({item.topic for item in taken}) > 1:
            chosen = [slug for slug in settings.topics if any(item.topic == slug for item in taken)]
            return tuple(
                IssueSection(title=titles[slug], items=tuple(item for item in taken if item.topic == slug))
                for slug in chosen
            )
        case "category":
            return _by_category(taken)
        case _:
            return (IssueSection(title="", items=tuple(taken)),) if taken else ()


def _by_category(taken: Sequence[IssueItem]) -> tuple[IssueSection, ...]:
    """A section for each first category that two stories share; the others come together, without a heading, last."""
    named: dict[str, list[IssueItem]] = {}
    for item in taken:
        named.setdefault(_category(item.item), []).append(item)
    shared = {name: items for name, items in named.items() if name and len(items) > 1}
    rest = tuple(item for item in taken if _category(item.item) not in shared)
    made = [IssueSection(title=name, items=tuple(items)) for name, items in shared.items()]
    return (*made, *((IssueSection(title="", items=rest),) if rest else ()))


def _category(item: EditionItem) -> str:
    return next((category.label or category.term for category in item.categories), "").strip()
