from __future__ import annotations

import pytest

from aggregator.publish.render import render_site, render_topic
from tests.support.editions import edition, full_item, item, site, topic


@pytest.mark.case("B-06")
def test_equal_editions_give_equal_bytes() -> None:
    assert render_topic(edition(full_item(), item(1))) == render_topic(edition(full_item(), item(1)))


def test_a_topic_is_written_in_every_format_it_asks_for() -> None:
    paths = [document.path for document in render_topic(edition())]
    assert paths == ["space/feed.atom", "space/feed.rss", "space/feed.json", "space/index.html"]


def test_the_site_has_its_documents_at_the_top() -> None:
    made = edition()
    paths = {document.path for document in render_site(made.site, [made], [])}
    assert {"index.html", "opml.xml", "sources.opml", "health.json", "about/bot/index.html"} <= paths


@pytest.mark.case("B-01", "B-07", "B-10", "B-39")
def test_a_host_of_static_files_is_told_how_to_serve_feeds() -> None:
    made = edition(site=site(hubs=("https://hub.example.org/",)), cadence=1200)
    hidden = edition(topic=topic(slug="secret", private=True))
    text = next(d.body for d in render_site(made.site, [made, hidden], []) if d.path == "_headers").decode()
    rule = text.partition("/space/feed.rss\n")[2].partition("\n/")[0]
    assert rule.splitlines() == [
        "  Content-Type: application/rss+xml; charset=utf-8",
        "  Cache-Control: public, max-age=1200, stale-if-error=604800",
        "  Access-Control-Allow-Origin: *",
        '  Link: <https://feeds.example.org/space/feed.rss>; rel="self", <https://hub.example.org/>; rel="hub"',
    ]
    assert "secret" not in text
