from __future__ import annotations

import pytest

from aggregator.publish.render import render_site, render_topic
from tests.support.editions import edition, full_item, item


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
