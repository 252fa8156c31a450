from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aggregator.pipeline.articles import find_article, withdraw_article
from aggregator.pipeline.digests import freeze_digest
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.items import Reader
from aggregator.web.app import make_application
from tests.support.asgi import call
from tests.support.digests import DAILY, room_with_digest, write_feed
from tests.support.instances import Newsroom, item

HIDDEN = '[[topic]]\nslug = "inner"\ntitle = "Inner"\nprivate = true\n'


def arrive(room: Newsroom, *numbers: int) -> None:
    write_feed(room, "one", *(item(number) for number in numbers))
    room.clock.go_on(hours=1)
    room.run()


def ask(instance: Instance, path: str) -> tuple[int, Any]:
    reply = call(make_application(instance), path)
    return reply.status, json.loads(reply.body)


def test_following_the_cursor_gives_each_item_once_while_others_arrive(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path)
    seen: list[str] = []
    cursor = ""
    for last in (3, 4, 9, 9):
        arrive(room, *range(max(1, last - 6), last + 1))
        with room.open() as instance:
            _, page = ask(instance, f"/api/v1/topics/all/items?limit=2{cursor}")
            seen += [one["title"] for one in page["items"]]
            cursor = f"&cursor={page['next']}"
    with room.open() as instance:
        while page["more"]:
            _, page = ask(instance, f"/api/v1/topics/all/items?limit=2{cursor}")
            seen += [one["title"] for one in page["items"]]
            cursor = f"&cursor={page['next']}"
        assert ask(instance, f"/api/v1/topics/all/items?{cursor}")[1]["items"] == []
    assert sorted(seen) == sorted(f"Article {number}" for number in range(1, 10))


def test_items_carry_their_attribution_and_when_they_were_listed(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path)
    arrive(room, 1)
    with room.open() as instance:
        _, page = ask(instance, "/api/v1/topics/all/items")
    assert page["items"][0]["_source"]["title"] == "Source one"
    assert page["items"][0]["listed"].startswith("2026-03-")


def test_since_leaves_out_what_entered_before(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path)
    arrive(room, 1)
    start = room.clock.now.isoformat().replace("+00:00", "Z")
    room.clock.go_on(minutes=5)
    arrive(room, 1, 2)
    with room.open() as instance:
        _, page = ask(instance, f"/api/v1/topics/all/items?since={start.replace('Z', '')}.5")
    assert [one["title"] for one in page["items"]] == ["Article 2"]


def test_what_was_withdrawn_is_not_handed_out(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path)
    arrive(room, 1, 2)
    with room.open() as instance:
        withdraw_article(instance, "https://source.example/1", "asked for")
    room.run()
    with room.open() as instance:
        page = Reader(instance).items("all")
    assert [one["title"] for one in page.items] == ["Article 2"]


def test_an_issue_is_there_for_programs(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path)
    arrive(room, 1)
    with room.open() as instance:
        freeze_digest(instance, "letter", stored=True)
        status, found = ask(instance, "/api/v1/digests/letter/issues/1")
    assert status == 200
    assert found["sections"][0]["items"][0]["title"] == "Article 1"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/topics/none/items", 404),
        ("/api/v1/topics/inner/items", 404),
        ("/api/v1/digests/letter/issues/7", 404),
        ("/api/v1/digests/none/issues/1", 404),
        ("/api/v1/topics/all/items?limit=0", 422),
        ("/api/v1/topics/all/items?cursor=abc", 422),
        ("/api/v1/nothing", 404),
    ],
)
def test_what_is_not_there_or_private_is_answered_alike(tmp_path: Path, path: str, status: int) -> None:
    with room_with_digest(tmp_path, more=HIDDEN).open() as instance:
        found, body = ask(instance, path)
    assert found == status
    assert body["detail"]


def test_an_issue_of_a_private_topic_is_not_handed_out(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path, digest=DAILY.replace('["all"]', '["inner"]'), more=HIDDEN)
    arrive(room, 1)
    with room.open() as instance:
        freeze_digest(instance, "letter", stored=True)
        status, _ = ask(instance, "/api/v1/digests/letter/issues/1")
    assert status == 404


def test_the_api_describes_itself(tmp_path: Path) -> None:
    with room_with_digest(tmp_path).open() as instance:
        status, found = ask(instance, "/api/v1/openapi.json")
    assert status == 200
    assert set(found["paths"]) == {"/api/v1/topics/{slug}/items", "/api/v1/digests/{name}/issues/{number}"}


def test_a_story_that_another_source_takes_over_is_not_given_again(tmp_path: Path) -> None:
    room = room_with_digest(tmp_path, ("one", "two"))
    text = "The old harbour crane was lifted off its rails at dawn and carried across the water to the museum quay."
    write_feed(room, "one", item(1, title="The crane moves", text=text * 3))
    room.run()
    write_feed(room, "two", item(9, title="The crane moves", text=text * 3))
    room.clock.go_on(hours=1)
    room.run()
    with room.open() as instance:
        first = Reader(instance).items("all")
        assert len(first.items) == 1
        gone = find_article(instance, "https://source.example/1").article.id
        instance.store.articles.withdraw(gone, "its publisher deleted it", room.clock())
    room.run()
    with room.open() as instance:
        assert Reader(instance).items("all").items[0]["url"] == "https://source.example/9"
        assert Reader(instance).items("all", after=first.cursor).items == ()
