"""Where each document stands: paths below the output's root and the urls they are served under."""

from __future__ import annotations

from aggregator.model.edition import Edition, EditionItem, Site
from aggregator.model.ids import ArticleId
from aggregator.model.topic import FeedKind
from aggregator.publish import document
from aggregator.publish.addresses import uri, usable

FILES = {
    FeedKind.ATOM: ("feed.atom", document.ATOM),
    FeedKind.RSS: ("feed.rss", document.RSS),
    FeedKind.JSON: ("feed.json", document.JSON_FEED),
    FeedKind.HTML: ("index.html", document.HTML),
}
STYLESHEET = "static/feed.css"


def folder(edition: Edition) -> str:
    """The topic's folder below the output's root, without slashes at its ends."""
    return (edition.path or edition.topic.slug).strip("/")


def feed_path(edition: Edition, kind: FeedKind) -> str:
    return f"{folder(edition)}/{FILES[kind][0]}"


def topic_url(edition: Edition) -> str:
    """The topic's HTML page: the folder itself."""
    return f"{edition.site.base_url}/{folder(edition)}/"


def feed_url(edition: Edition, kind: FeedKind) -> str:
    """The canonical address that a feed document is served under: its ``self`` (PROTOCOL B-39)."""
    return topic_url(edition) if kind is FeedKind.HTML else f"{edition.site.base_url}/{feed_path(edition, kind)}"


def article_path(article_id: ArticleId) -> str:
    return f"articles/{article_id}/index.html"


def article_url(site: Site, article_id: ArticleId) -> str:
    return f"{site.base_url}/articles/{article_id}/"


def item_url(edition: Edition, item: EditionItem) -> str:
    """The original article, unwrapped; our own page about it where the source gives no address (PROTOCOL B-32)."""
    return uri(item.url) if usable(item.url) else article_url(edition.site, item.article_id)
