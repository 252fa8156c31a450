"""The documents kept in tests/publish/golden; ``python -m tests.support.golden`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.publish.document import Document
from aggregator.publish.render import render_articles, render_site, render_topic
from tests.support.archives import render_archives
from tests.support.editions import edition, full_item, item, site, topic

FOLDER = Path(__file__).parent.parent / "publish" / "golden"


def documents() -> tuple[Document, ...]:
    """A site with one topic that holds every fact, its archive and its pages."""
    made = edition(
        full_item(),
        item(1),
        item(2, title="Use <b>bold</b> & AT&T", content="", language="und"),
        topic=topic(licence="CC-BY-4.0"),
        site=site(hubs=("https://hub.example.org/",)),
    )
    sources = [
        Source(id=SourceId("moonwire"), url="https://moonwire.example.com/feed.xml", title="Moonwire", tags=("moon",)),
        Source(id=SourceId("maanpost"), url="https://maanpost.example.com/feed.xml", title="Maanpost"),
    ]
    topics = render_topic(made) + render_archives(made, [item(6), item(5), item(4), item(3)], size=2)
    return topics + render_articles([made]) + render_site(made.site, [made], sources)


def write() -> None:
    for document in documents():
        place = FOLDER / document.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(document.body)


if __name__ == "__main__":
    write()
