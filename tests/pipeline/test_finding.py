from __future__ import annotations

from pathlib import Path

from aggregator.pipeline.articles import find_article
from tests.support.demo import demo


def test_a_url_names_its_own_article_and_not_another_members_of_its_story(tmp_path: Path) -> None:
    room = demo(tmp_path)
    room.run()
    with room.open() as instance:
        stored = find_article(instance, "https://harbourpost.example/news/storm-ferries")
        assert stored.article.source_id == "harbour-post"
        story = instance.store.stories.for_articles([stored.article.id])[stored.article.id]
        assert len(story.members) == 3
        for member in story.members:
            assert find_article(instance, member.article_id).article.id == member.article_id
