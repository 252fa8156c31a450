"""The issue feed: Atom, RSS and JSON Feed with one item for each issue, for tools that make mails out of feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aggregator.model.attribution import Attribution, Person, PersonKind, Publisher
from aggregator.model.digest import Issue
from aggregator.model.edition import Edition, EditionItem, Site
from aggregator.model.ids import ArticleId, PublishedId, SourceId, StoryId, TopicSlug
from aggregator.model.moment import Moment
from aggregator.model.source import Republish
from aggregator.model.topic import FeedKind, PolicyVerdict, Reason, Topic
from aggregator.publish import digest, document, places
from aggregator.publish.digest_html import write_archive, write_fragment, write_mail, write_page
from aggregator.publish.digest_json import write_json
from aggregator.publish.digest_text import write_markdown, write_text
from aggregator.publish.document import Document

_OURS = SourceId("digest")
_NAMES = {FeedKind.ATOM: "Atom", FeedKind.RSS: "RSS", FeedKind.JSON: "JSON Feed"}
_KINDS = (FeedKind.ATOM, FeedKind.RSS, FeedKind.JSON)
_WHOLE = PolicyVerdict(policy=Republish.FULL, rule="own", reason="Each story in it keeps its own terms.")


def render_issue(issue: Issue, unsubscribe: str = "") -> tuple[Document, ...]:
    """The issue's files below its folder: the page, and what mailing tools and archives take."""
    bodies = (
        ("index.html", document.HTML, write_page(issue)),
        ("mail.html", document.HTML, write_mail(issue, unsubscribe).encode()),
        ("issue.txt", document.TEXT, write_text(issue).encode()),
        ("issue.md", document.TEXT, write_markdown(issue).encode()),
        ("issue.json", document.JSON, write_json(issue)),
    )
    return tuple(
        Document(path=digest.path(issue, file), media_type=kind, body=body, updated=issue.frozen_at)
        for file, kind, body in bodies
    )


def feed_edition(
    site: Site, name: str, title: str, language: str, issues: Sequence[Issue], changed: Mapping[int, datetime]
) -> Edition:
    """The issues as an edition, the newest first; `changed` tells when stories of an issue were taken down."""
    topic = Topic(
        slug=TopicSlug(name), title=title, language=language, formats=_KINDS, attribution_line=False, description=title
    )
    items = tuple(_item(issue, changed.get(issue.number)) for issue in issues)
    return Edition(
        site=site,
        topic=topic,
        feed_id=f"tag:{site.tag_authority}:digests/{name}",
        updated=max((item.updated for item in items), default=datetime.fromisoformat("2000-01-01T00:00:00+00:00")),
        items=items,
        cadence=3600,
        path=digest.folder(name),
        complete=True,
    )


def _item(issue: Issue, changed: datetime | None) -> EditionItem:
    site = issue.site
    publisher = Publisher(title=site.title, home_url=f"{site.base_url}/", feed_url=_own_feed(issue))
    titles = " · ".join(one.item.title for one in issue.items[:5] if one.item.title)
    identifier = digest.issue_id(issue)
    return EditionItem(
        id=PublishedId(identifier),
        article_id=ArticleId(f"{issue.name}-{issue.number}"),
        story_id=StoryId(f"{issue.name}-{issue.number}"),
        source_id=_OURS,
        guid=identifier,
        url=digest.url(issue),
        title=f"{issue.title} · {digest.number_line(issue)}",
        summary=titles or issue.title,
        content=write_fragment(issue),
        language=issue.language,
        published=Moment(instant=issue.frozen_at),
        updated=max(issue.frozen_at, changed or issue.frozen_at),
        listed=issue.frozen_at,
        attribution=Attribution(publisher=publisher),
        authors=(Person(name=site.owner or site.title, kind=PersonKind.ORGANISATION),),
        images=tuple(image for one in issue.items for image in one.item.images)[:1],
        first_seen_at=site.title,
        verdict=_WHOLE,
        reason=Reason(rule="digest", sentence="An issue of this digest."),
    )


def _own_feed(issue: Issue) -> str:
    return f"{issue.site.base_url}/{digest.folder(issue.name)}/feed.atom"


def render_archive(edition: Edition, issues: Sequence[Issue]) -> Document:
    """The page that lists the issues and names the feeds."""
    topic = edition.topic
    feeds = [
        {
            "name": _NAMES[kind],
            "title": f"{topic.title} ({kind.value})",
            "media_type": places.FILES[kind][1],
            "url": places.feed_url(edition, kind),
        }
        for kind in _KINDS
    ]
    body = write_archive(edition.site, topic.language or "en", topic.slug, topic.title, issues, feeds)
    return Document(
        path=f"{places.folder(edition)}/index.html", media_type=document.HTML, body=body, updated=edition.updated
    )
