"""Link blogs through the whole program: a link post and its article name each other, and both stay listed."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import pytest

from aggregator.model.ids import ArticleId
from aggregator.model.story import Edge, Tie
from aggregator.pipeline.explain import why
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.match import MatcherCell, match_new
from aggregator.pipeline.rematch import forget_matches, rematch
from aggregator.pipeline.stories import show_story, split_article
from tests.pipeline.test_stories import FERRY_ELSEWHERE, article, clusters, listed, room_of, told
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY
from tests.support.fileserver import serving
from tests.support.instances import Newsroom, rss

PAPER = rss(
    told(1, "Electric ferry sails for the first time", FERRY, "paper"),
    told(2, "Railway bridge closed", BRIDGE, "paper"),
    title="The Paper",
    link="https://paper.example/",
)
EMPTY = rss(title="The Paper", link="https://paper.example/")


def post(number: int, html: str, *, link: str = "", title: str = "Quiet mornings") -> str:
    text = escape(html)
    return told(number, title, text, "blog").replace(
        f"https://blog.example/{number}", link or f"https://blog.example/{number}"
    )


def blog(*posts: str) -> bytes:
    return rss(*posts, title="The Blog", link="https://blog.example/")


def to(number: int) -> str:
    return f'<a href="http://www.paper.example/{number}?utm_source=feed">Lovely piece</a>'


POST = post(1, f"<p>{to(1)}, of which I would gladly have read twice as much.</p>")


def edges(instance: Instance) -> set[tuple[Edge, ...]]:
    names = [stored.article.id for stored in instance.store.articles.since(0, 1000)]
    return {(edge,) for edge in instance.store.stories.edges(names) if edge.tie is Tie.LINKS_TO}


def coverages(instance: Instance) -> dict[ArticleId, str | None]:
    names = [stored.article.id for stored in instance.store.articles.since(0, 1000)]
    return {name: story.coverage for name, story in instance.store.stories.for_articles(names).items()}


def known(room: Newsroom) -> Any:
    """All that links have to do with, as it is stored."""
    with room.open() as instance:
        return edges(instance), coverages(instance), instance.store.matching.exact("link", ["https://paper.example/1"])


def related(room: Newsroom, name: str) -> list[str]:
    return [link["url"] for link in listed(room)[name]["_story"].get("related", ())]


def test_a_link_post_and_its_article_name_each_other_and_both_stay_listed(tmp_path: Path) -> None:
    with serving({"/paper": PAPER, "/blog": blog(POST)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
    assert len(listed(room)) == 3
    assert related(room, "urn:blog:1") == ["https://paper.example/1"]
    assert related(room, "urn:paper:1") == ["https://blog.example/1"]
    assert related(room, "urn:paper:2") == []


def test_an_article_that_comes_after_its_link_post_finds_it(tmp_path: Path) -> None:
    with serving({"/paper": EMPTY, "/blog": blog(POST)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
        assert related(room, "urn:blog:1") == []
        site.documents["/paper"] = PAPER
        room.clock.go_on(days=2)
        room.run()
    assert related(room, "urn:blog:1") == ["https://paper.example/1"]
    assert related(room, "urn:paper:1") == ["https://blog.example/1"]


def test_an_article_that_comes_too_late_finds_no_link_post(tmp_path: Path) -> None:
    with serving({"/paper": EMPTY, "/blog": blog(POST)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
        site.documents["/paper"] = PAPER
        room.clock.go_on(days=31)
        room.run()
    assert known(room)[0] == set()


def test_two_link_posts_about_one_article_are_told_with_it(tmp_path: Path) -> None:
    second = rss(
        told(9, "Ferries again", escape(f"<p>What {to(1)} leaves out: the smell of the harbour.</p>"), "diary"),
        title="The Diary",
        link="https://diary.example/",
    )
    with serving({"/paper": EMPTY, "/blog": blog(POST), "/diary": second}) as site:
        room = room_of(tmp_path, site, "paper", "blog", "diary")
        room.run()
        site.documents["/paper"] = PAPER
        room.clock.go_on(hours=2)
        room.run()
    assert set(related(room, "urn:paper:1")) == {"https://blog.example/1", "https://diary.example/9"}


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<ul>" + "".join(f"<li>{to(n)}</li>" for n in range(1, 6)) + "</ul>", id="weekly round-up"),
        pytest.param(f"<p>{LIBRARY}</p><p>{LIBRARY[::-1]}</p><p>{LIBRARY}</p><p>See {to(1)}.</p>", id="citation"),
    ],
)
def test_what_gathers_or_cites_links_is_told_with_nothing(tmp_path: Path, html: str) -> None:
    with serving({"/paper": PAPER, "/blog": blog(post(1, html))}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
    assert known(room)[0] == set()
    assert related(room, "urn:paper:1") == []


def test_posts_that_share_one_own_link_lead_to_its_article(tmp_path: Path) -> None:
    twice = blog(
        post(1, "First thoughts, all of them about salt and paint.", link="https://paper.example/1"),
        post(2, "Second thoughts on kettles.", title="More", link="https://paper.example/1"),
    )
    with serving({"/paper": PAPER, "/blog": twice}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
    assert len(listed(room)) == 4
    assert related(room, "urn:blog:1") == related(room, "urn:blog:2") == ["https://paper.example/1"]
    assert {edge.rule for (edge,) in known(room)[0]} == {"own-link"}


def test_a_link_post_that_has_found_its_article_waits_no_longer(tmp_path: Path) -> None:
    mirror = rss(
        told(1, "Electric ferry sails for the first time", FERRY, "paper"), title="Mirror", link="https://m.example/"
    )
    with serving({"/paper": EMPTY, "/blog": blog(POST), "/mirror": EMPTY}) as site:
        room = room_of(tmp_path, site, "paper", "blog", "mirror")
        room.run()
        for documents in ({"/paper": PAPER}, {"/mirror": mirror}):
            site.documents |= documents
            room.clock.go_on(days=1)
            room.run()
    assert len(known(room)[0]) == 1


def test_a_link_post_is_told_with_its_article_and_not_with_what_it_sounds_like(tmp_path: Path) -> None:
    lookalike = post(1, f"<p>{FERRY_ELSEWHERE} But rather read {to(2)}.</p>", title="Battery ferry crosses")
    with serving({"/paper": PAPER, "/blog": blog(lookalike)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
    assert related(room, "urn:blog:1") == ["https://paper.example/2"]
    assert related(room, "urn:paper:1") == []
    assert known(room)[1][ArticleId(article(room, "https://paper.example/1"))] is None


def test_a_copy_of_a_link_post_goes_where_the_first_one_leads(tmp_path: Path) -> None:
    copy = POST.replace("urn:blog", "urn:diary").replace("https://blog", "https://diary")
    diary = rss(copy, title="The Diary", link="https://diary.example/")
    with serving({"/paper": PAPER, "/blog": blog(POST), "/diary": diary}) as site:
        room = room_of(tmp_path, site, "paper", "blog", "diary")
        room.run()
    assert len(listed(room)) == 3
    assert len(known(room)[0]) == 1


def test_show_and_why_name_the_link_with_its_rule_and_scores(tmp_path: Path) -> None:
    with serving({"/paper": PAPER, "/blog": blog(POST)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
    with room.open() as instance:
        [link] = show_story(instance, "https://paper.example/1")["links"]
        assert (link["from"], link["to"]) == ("Quiet mornings", "Electric ferry sails for the first time")
        assert dict(link["edge"].scores) == {"links": 1.0, "words": 12.0, "score": 1.0}
        [answer] = why(instance, "https://blog.example/1", "all")
        [back] = why(instance, "https://paper.example/1", "all")
    assert "links to: paper https://paper.example/1 (links-to; link-post)" in answer.lines
    assert "linked from: blog https://blog.example/1 (links-to; link-post)" in back.lines
    assert answer.as_json["links"][0]["scores"]["score"] == 1.0


def test_an_article_split_from_what_it_links_to_stays_apart_in_a_replay(tmp_path: Path) -> None:
    own = blog(post(1, "My thoughts on it are about salt and paint.", link="https://paper.example/1"))
    with serving({"/paper": PAPER, "/blog": own}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
        name = next(one for one in clusters(room).values() if len(one) == 2)[1]
        with room.open() as instance:
            split_article(instance, name, "a comment")
    before = known(room)
    with room.open() as instance:
        rematch(instance)
    assert known(room) == before


def both_orders(tmp_path: Path) -> Newsroom:
    """A post that came before its article, one that came after, in three batches."""
    with serving({"/paper": EMPTY, "/blog": blog(POST)}) as site:
        room = room_of(tmp_path, site, "paper", "blog")
        room.run()
        for documents in ({"/paper": PAPER}, {"/blog": blog(POST, post(2, f"<p>Also {to(2)}!</p>", title="Steel"))}):
            site.documents |= documents
            room.clock.go_on(days=1)
            room.run()
    return room


def test_a_replay_finds_the_same_links_in_either_order(tmp_path: Path) -> None:
    room = both_orders(tmp_path)
    before = known(room)
    assert len(before[0]) == 2
    with room.open() as instance:
        rematch(instance)
    assert known(room) == before


def test_a_replay_that_was_cut_off_finds_the_same_links(tmp_path: Path) -> None:
    room = both_orders(tmp_path)
    before = known(room)
    for batches in (1, 2, 3):
        with room.open() as instance:
            forget_matches(instance)
            for _, _ in zip(range(batches), match_new(instance, MatcherCell()), strict=False):
                pass
        with room.open() as instance:
            list(match_new(instance, MatcherCell()))
        assert known(room) == before


def test_a_matcher_that_has_lost_its_lease_leaves_the_rest_to_its_holder(tmp_path: Path) -> None:
    room = both_orders(tmp_path)
    before = known(room)
    with room.open() as instance:
        forget_matches(instance)
        work, cell = match_new(instance, MatcherCell()), MatcherCell()
        next(work)
        instance.store.matching.release(instance.owner)
        assert instance.store.matching.acquire("another", instance.clock(), 60)
        assert list(work) == []
        assert edges(instance) == set()
        instance.store.matching.release("another")
        list(match_new(instance, cell))
    assert known(room) == before


def test_a_withdrawn_article_is_named_by_its_link_post_no_more(tmp_path: Path) -> None:
    room = both_orders(tmp_path)
    with room.open() as instance:
        instance.store.articles.withdraw(ArticleId(article(room, "https://paper.example/1")), "asked to", room.clock())
    room.clock.go_on(hours=1)
    with serving({"/paper": PAPER, "/blog": blog(POST)}) as site:
        room_of(tmp_path, site, "paper", "blog").run()
    assert related(room, "urn:blog:1") == []
