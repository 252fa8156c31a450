"""A topic ready for the writers: the verdicts applied, the credits complete. Equal arguments give equal editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from aggregator.curate.excerpt import as_html, excerpt, without_images
from aggregator.curate.identity import feed_id as feed_id_of
from aggregator.curate.identity import published_id
from aggregator.curate.overrides import Overrides, Standing
from aggregator.curate.policy import image_allowed
from aggregator.model.article import Article
from aggregator.model.attribution import Attribution, Image, ImagePlace, Link, Person, PersonKind, Publisher
from aggregator.model.edition import AlsoAt, Edition, EditionItem, Site
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId
from aggregator.model.licence import Licence
from aggregator.model.moment import Moment
from aggregator.model.source import Republish, Source
from aggregator.model.story import Member, Story
from aggregator.model.topic import ImagePolicy, Override, PolicyVerdict, Selection, SelectionState, Topic

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCERPT_WORDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """What items are made from."""

    site: Site
    topic: Topic
    now: datetime
    stories: Mapping[StoryId, Story]
    articles: Mapping[ArticleId, Article]
    sources: Mapping[SourceId, Source]
    overrides: Overrides
    verdicts: Mapping[ArticleId, PolicyVerdict]
    licences: Mapping[SourceId, Licence]
    emails: bool
    related: Mapping[StoryId, Sequence[Article]]


def build_edition(
    site: Site,
    topic: Topic,
    *,
    selections: Sequence[Selection],
    stories: Mapping[StoryId, Story],
    articles: Mapping[ArticleId, Article],
    now: datetime,
    sources: Mapping[SourceId, Source] = MappingProxyType({}),
    overrides: Iterable[Override] = (),
    verdicts: Mapping[ArticleId, PolicyVerdict] = MappingProxyType({}),
    licences: Mapping[SourceId, Licence] = MappingProxyType({}),
    cadence: int = 900,
    feed_id: str | None = None,
    path: str | None = None,
    previous_archive: str | None = None,
    complete: bool = False,
    empty_since: datetime = EPOCH,
    publish_emails: bool = False,
    related: Mapping[StoryId, Sequence[Article]] = MappingProxyType({}),
) -> Edition:
    """The edition of a topic from what it lists.

    `articles` holds each shown article and, for the other carriers, every member to be named; one that is missing there
    (withdrawn, pruned) is left out. `verdicts` are today's, by article; without one the verdict kept with the selection
    holds. `licences` are those the operator states for sources. `now` decides only which pins hold; `empty_since` is the
    `updated` of an edition without items. `related` are other stories' articles about the same event.
    """
    shelf = _Shelf(
        site=site,
        topic=topic,
        now=now,
        stories=stories,
        articles=articles,
        sources=sources,
        overrides=Overrides.of(topic.slug, overrides),
        verdicts=verdicts,
        licences=licences,
        emails=publish_emails,
        related=related,
    )
    listed = (selection for selection in selections if selection.state is SelectionState.LISTED)
    made = [item for selection in listed if (item := _item(shelf, selection))]
    items = tuple(item for _, item in sorted(made, key=lambda pair: pair[0]))
    return Edition(
        site=site,
        topic=topic,
        feed_id=feed_id or feed_id_of(site, topic),
        updated=max((item.updated for item in items), default=empty_since),
        items=items,
        cadence=cadence,
        path=topic.slug if path is None else path,
        previous_archive=previous_archive,
        complete=complete,
    )


Made = tuple[tuple[bool, float, float, str], EditionItem]


def _item(shelf: _Shelf, selection: Selection) -> Made | None:
    article = shelf.articles.get(selection.article_id)
    story = shelf.stories.get(selection.story_id)
    if article is None or story is None:
        return None
    members = [member.article_id for member in story.members]
    standing = shelf.overrides.standing(story.id, [article.id, *(members if shelf.topic.dedupe else [])])
    verdict = _verdict(shelf, selection, article, standing)
    if verdict.policy is Republish.REFUSE or standing.withdrawn or standing.hidden:
        return None
    pinned = standing.pinned_until(shelf.now) is not None
    key = (not pinned, -selection.rank, -article.when.timestamp(), str(article.id))
    return key, _made(shelf, selection, article, story, standing, verdict, pinned=pinned)


def _verdict(shelf: _Shelf, selection: Selection, article: Article, standing: Standing) -> PolicyVerdict:
    """Today's verdict; an edited item is no unchanged one, so a no-derivatives licence then allows the link alone."""
    fallback = PolicyVerdict(policy=Republish.LINK, rule="default", reason="No verdict is known: the link alone.")
    verdict = shelf.verdicts.get(article.id) or selection.reason.verdict or fallback
    changes = _edits(standing)
    edited = any(changes.get(name) for name in ("title", "summary"))
    if edited and verdict.no_derivatives and verdict.policy is Republish.FULL:
        reason = f"{verdict.reason} An editor changed it, so the link alone remains."
        return replace(verdict, policy=Republish.LINK, rule="capped", reason=reason)
    return verdict


def _made(
    shelf: _Shelf,
    selection: Selection,
    article: Article,
    story: Story,
    standing: Standing,
    verdict: PolicyVerdict,
    *,
    pinned: bool,
) -> EditionItem:
    attribution = _attribution(shelf, article)
    edits = _edits(standing)
    images = _images(shelf, article, verdict)
    identifier = _identifier(shelf, story, article)
    summary, content = _texts(shelf, article, verdict, images)
    return EditionItem(
        id=identifier,
        article_id=article.id,
        story_id=story.id,
        source_id=article.source_id,
        guid=article.identity.guid or identifier,
        url=article.url,
        title=edits.get("title") or article.title,
        summary=edits.get("summary") or summary,
        content=content,
        language=article.language.tag,
        published=article.published or Moment(instant=article.first_seen),
        published_known=article.published is not None,
        updated=_updated(article, standing),
        listed=selection.listed_at or selection.decided_at,
        attribution=attribution,
        authors=_authors(attribution),
        licence=_licence(shelf, article),
        rights=article.attribution.rights or article.attribution.publisher.rights,
        categories=article.categories,
        enclosures=() if verdict.policy is Republish.LINK else article.enclosures,
        images=images,
        comments_url=article.comments_url,
        also=_also(shelf, story, article),
        related=_related(shelf, story),
        first_seen_at=_first_seen_at(shelf, story, article),
        original_known=story.original_known,
        verdict=verdict,
        reason=selection.reason,
        pinned=pinned,
        edited=_edit_note(standing, edits),
        original_title=article.title if edits.get("title") else None,
    )


def _edits(standing: Standing) -> dict[str, str]:
    return dict(standing.edit.values) if standing.edit else {}


def _edit_note(standing: Standing, edits: Mapping[str, str]) -> str | None:
    if not (standing.edit and edits):
        return None
    return edits.get("note") or "Edited by the editors of this feed."


def _identifier(shelf: _Shelf, story: Story, article: Article) -> PublishedId:
    """The story's id where one article stands for it; where each member is listed by itself, the member's own."""
    if story.published_id and (shelf.topic.dedupe or story.published_article == article.id):
        return story.published_id
    return published_id(article, shelf.site.tag_authority)


def _texts(shelf: _Shelf, article: Article, verdict: PolicyVerdict, images: Sequence[Image]) -> tuple[str, str]:
    """Summary and content that the verdict allows."""
    if verdict.policy is Republish.FULL:
        return article.summary, _content(shelf, article, images)
    if verdict.policy is Republish.EXCERPT:
        words = excerpt(article, verdict.excerpt_words or _EXCERPT_WORDS)
        return words, as_html(words)
    return "", ""


def _content(shelf: _Shelf, article: Article, images: Sequence[Image]) -> str:
    """The content without images that may not be shown: their licences are their own, whatever the text's allows."""
    if "<img" not in article.content:
        return article.content
    allowed = {image.url for image in images}
    if shelf.topic.images is not ImagePolicy.LINK:
        return without_images(article.content, allowed.__contains__)
    refused = {image.url for image in article.images} - allowed
    return without_images(article.content, lambda url: url not in refused) if refused else article.content


def _images(shelf: _Shelf, article: Article, verdict: PolicyVerdict) -> tuple[Image, ...]:
    allowed = tuple(image for image in article.images if image_allowed(image, shelf.topic.images, verdict, shelf.site))
    if verdict.policy is not Republish.EXCERPT:
        return allowed
    leads = sorted(article.images, key=lambda image: image.place is not ImagePlace.LEAD)[:1]
    return tuple(image for image in leads if image in allowed)


def _updated(article: Article, standing: Standing) -> datetime:
    """Moves with a real change of the text: the publisher's, or an editor's."""
    moved = article.revised_at if article.revision > 1 and article.revised_at else article.when
    return max(moved, standing.edit.at) if standing.edit else moved


def _authors(attribution: Attribution) -> tuple[Person, ...]:
    """The named authors, else those of the feed, else the publisher (PROTOCOL B-30)."""
    publisher = attribution.publisher
    stand_in = Person(name=publisher.title, uri=publisher.home_url, kind=PersonKind.ORGANISATION)
    return attribution.authors or publisher.authors or (stand_in,)


def _attribution(shelf: _Shelf, article: Article) -> Attribution:
    attribution = replace(
        article.attribution, publisher=_publisher(shelf, article.source_id, article.attribution.publisher)
    )
    if shelf.emails:
        return attribution
    return replace(
        attribution,
        authors=_unmailed(attribution.authors),
        contributors=_unmailed(attribution.contributors),
    )


def _unmailed(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(replace(person, email=None) if person.email else person for person in people)


def _publisher(shelf: _Shelf, source_id: SourceId, publisher: Publisher) -> Publisher:
    """The publisher as outputs may show it: a private source's addresses stay here, and so do e-mail addresses."""
    if not shelf.emails:
        publisher = replace(publisher, authors=_unmailed(publisher.authors))
    source = shelf.sources.get(source_id)
    if source is None or not source.private:
        return publisher
    secret = {source.url, publisher.feed_url, *source.aliases}
    hidden = None if publisher.feed_id in secret else publisher.feed_id
    return replace(publisher, feed_url=None, feed_id=hidden)


def _licence(shelf: _Shelf, article: Article) -> Licence | None:
    """The article's own licence, else its feed's, else the one that the operator knows for the source.

    An agency's text takes no licence from the feed that carries it.
    """
    attribution = article.attribution
    if attribution.licence or attribution.agencies:
        return attribution.licence
    return attribution.publisher.licence or shelf.licences.get(article.source_id)


def _also(shelf: _Shelf, story: Story, shown: Article) -> tuple[AlsoAt, ...]:
    """The other carriers by their dates: in which order they were polled is mere chance."""
    if not shelf.topic.dedupe:
        return ()
    others = (
        (article, member)
        for member in story.members
        if member.article_id != shown.id and (article := shelf.articles.get(member.article_id))
    )
    in_order = sorted(others, key=lambda other: (other[0].when, other[0].url, other[0].id))
    return tuple(_carrier(shelf, story, member, article, shown) for article, member in in_order)


def _carrier(shelf: _Shelf, story: Story, member: Member, article: Article, shown: Article) -> AlsoAt:
    via = {link.href for link in shown.attribution.via}
    return AlsoAt(
        article_id=article.id,
        source_id=article.source_id,
        publisher=_publisher(shelf, article.source_id, article.attribution.publisher),
        url=article.url,
        title=article.title,
        tie=member.tie,
        original=story.original_known and story.original == article.id,
        published=article.published,
        via=article.url in via or article.identity.canonical_url in via,
    )


def _related(shelf: _Shelf, story: Story) -> tuple[Link, ...]:
    """Links to what others report of the same event, by the names of their publishers."""
    return tuple(
        Link(href=other.url, rel="related", title=other.attribution.publisher.title)
        for other in shelf.related.get(story.id, ())
    )


def _first_seen_at(shelf: _Shelf, story: Story, shown: Article) -> str:
    first = shelf.articles.get(story.original, shown)
    return first.attribution.publisher.title
