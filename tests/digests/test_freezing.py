from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from aggregator.errors import OutputError, UsageError
from aggregator.model.digest import Issue
from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.curation import act
from aggregator.pipeline.digests import (
    freeze_digest,
    issue_numbered,
    list_digests,
    make_due,
    preview_digest,
)
from aggregator.store.access import Facts
from tests.support.digests import DAILY, copy_of, room_with_digest, write_feed
from tests.support.instances import Newsroom, item


@cache
def _started(root: Path) -> Newsroom:
    """A newsroom that has read its source once."""
    room = room_with_digest(root)
    write_feed(room, "one", item(1))
    room.run()
    return room


def started(root: Path, *, digest: str = DAILY) -> Newsroom:
    """A newsroom that has read its source once, and whose digest has begun."""
    first = _started(root.parent / "started")
    room = copy_of(first, root, config=first.config.read_text("utf-8").replace(DAILY, digest))
    assert due(room) == []
    return room


def due(room: Newsroom) -> list[Issue]:
    with room.open() as instance:
        return make_due(instance)


def titles(made: list[Issue]) -> list[list[str]]:
    return [[one.item.title for one in issue.items] for issue in made]


def news(room: Newsroom, *numbers: int, **hours: float) -> None:
    """The source brings these beside its first item, after a while."""
    room.clock.go_on(**(hours or {"hours": 1}))
    write_feed(room, "one", item(1), *(item(number) for number in numbers))
    room.run()


def next_morning(room: Newsroom) -> None:
    room.clock.now = room.clock.now.replace(hour=7, minute=1) + timedelta(days=1)


def test_the_first_issue_holds_what_came_since_the_digest_began_and_no_backfill(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2, 3)
    next_morning(room)
    made = due(room)
    assert [sorted(one) for one in titles(made)] == [["Article 2", "Article 3"]]
    assert made[0].number == 1


def test_a_missed_tick_is_made_up_for_with_what_was_listed_until_then(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    next_morning(room)
    news(room, 2, 3, hours=5)
    assert titles(due(room)) == [["Article 2"]]
    next_morning(room)
    assert titles(due(room)) == [["Article 3"]]


def test_an_issue_is_made_once_for_each_due_time(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    next_morning(room)
    assert len(due(room)) == 1
    assert due(room) == []
    before = room.snapshot()
    room.clock.go_on(hours=1)
    assert due(room) == []
    assert room.snapshot() == before


class StoppedError(Exception):
    """The program ends here."""


class FailingFacts(Facts):
    """Facts of a program that is stopped when it notes that an issue is done."""

    def set(self, key: str, value: str) -> None:
        if key.endswith(":done"):
            raise StoppedError
        super().set(key, value)


def test_a_crash_while_freezing_leaves_nothing_and_the_next_tick_makes_the_issue(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    next_morning(room)
    with room.open() as instance:
        instance.store.facts = FailingFacts(instance.store.database)
        with pytest.raises(StoppedError):
            make_due(instance)
        assert instance.store.digests.last_number("letter") == 0
    assert titles(due(room)) == [["Article 2"]]


def test_a_crash_between_freezing_and_writing_is_completed_by_the_next_tick(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    next_morning(room)
    folder = room.output / "digests"
    blocked = folder / "letter" / "1"
    blocked.write_text("in the way", "utf-8")
    with pytest.raises(OutputError):
        due(room)
    blocked.unlink()
    assert due(room) == []
    assert "Article 2" in (folder / "letter" / "1" / "index.html").read_text("utf-8")
    assert len(json.loads((folder / "letter" / "feed.json").read_text("utf-8"))["items"]) == 1


def test_too_few_stories_wait_for_the_next_period(tmp_path: Path) -> None:
    room = started(tmp_path, digest=f"{DAILY}minimum = 2\n")
    news(room, 2)
    next_morning(room)
    assert due(room) == []
    news(room, 2, 3)
    next_morning(room)
    assert [sorted(one) for one in titles(due(room))] == [["Article 2", "Article 3"]]


def test_too_few_stories_are_sent_where_the_operator_wants_that_but_never_none(tmp_path: Path) -> None:
    room = started(tmp_path, digest=f'{DAILY}minimum = 2\ntoo_few = "send"\n')
    next_morning(room)
    assert due(room) == []
    news(room, 2)
    next_morning(room)
    assert titles(due(room)) == [["Article 2"]]


def test_what_found_no_room_is_in_the_next_issue(tmp_path: Path) -> None:
    room = started(tmp_path, digest=DAILY.replace("stories = 100", "stories = 2"))
    news(room, 2, 3, 4)
    next_morning(room)
    first = due(room)
    next_morning(room)
    second = due(room)
    assert [len(one) for one in titles(first + second)] == [2, 1]
    assert sorted(chain(*titles(first + second))) == ["Article 2", "Article 3", "Article 4"]


def test_what_found_no_room_twice_is_passed_over(tmp_path: Path) -> None:
    room = started(tmp_path, digest=f"{DAILY.replace('stories = 100', 'stories = 1')}carry = 0\n")
    news(room, 2, 3)
    next_morning(room)
    assert [len(one) for one in titles(due(room))] == [1]
    next_morning(room)
    assert due(room) == []


def test_a_counted_digest_makes_an_issue_of_every_so_many(tmp_path: Path) -> None:
    room = started(tmp_path, digest=DAILY.replace('"daily"', '"every 2 items"'))
    news(room, 2)
    assert due(room) == []
    news(room, 2, 3, 4, 5, 6)
    made = due(room)
    assert [one.number for one in made] == [1, 2]
    assert [len(one) for one in titles(made)] == [2, 2]
    news(room, 2, 3, 4, 5, 6, 7)
    made += due(room)
    assert sorted(chain(*titles(made))) == [f"Article {number}" for number in range(2, 8)]


def test_an_issue_does_not_change_when_its_articles_do(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    next_morning(room)
    due(room)
    before = {path: body for path, body in room.snapshot().items() if path.startswith("digests/letter/1/")}
    room.clock.go_on(hours=2)
    write_feed(room, "one", item(1), item(2, title="Another title", text="And another text than the one before."))
    room.run()
    next_morning(room)
    assert due(room) == []
    assert {path: body for path, body in room.snapshot().items() if path.startswith("digests/letter/1/")} == before


def test_a_takedown_empties_the_place_in_the_issue_and_its_feed(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2, 3)
    next_morning(room)
    due(room)
    with room.open() as instance:
        withdraw_article(instance, "https://source.example/2", "the author asked")
        make_due(instance)
        shown = issue_numbered(instance, "letter", 1)
    assert [one.item.title for one in shown.items] == ["Article 3"]
    texts = {path: body for path, body in room.snapshot().items() if not path.endswith((".gz", ".br", ".zst"))}
    leaked = [path for path, body in texts.items() if path.startswith("digests/") and b"Article 2" in body]
    assert leaked == []


def test_an_editors_words_stand_in_the_issue(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    with room.open() as instance:
        act(instance, "edit", "all", "https://source.example/2", "clearer", values={"summary": "The editor's blurb."})
    room.run()
    next_morning(room)
    assert [one.item.summary for one in due(room)[0].items] == ["The editor's blurb."]


def test_a_digest_of_a_private_topic_has_no_pages(tmp_path: Path) -> None:
    secret = '[[topic]]\nslug = "inner"\ntitle = "Inner"\nprivate = true\n'
    room = room_with_digest(tmp_path, digest=DAILY.replace('["all"]', '["inner"]'), more=secret)
    write_feed(room, "one", item(1))
    room.run()
    due(room)
    news(room, 2)
    next_morning(room)
    made = due(room)
    assert titles(made) == [["Article 2"]]
    assert not (room.output / "digests").exists()


def test_an_issue_by_hand_may_begin_with_what_is_stored(tmp_path: Path) -> None:
    room = started(tmp_path)
    with room.open() as instance:
        with pytest.raises(UsageError, match="--stored"):
            freeze_digest(instance, "letter")
        made = freeze_digest(instance, "letter", stored=True)
        assert titles([made]) == [["Article 1"]]
        assert list_digests(instance)[0]["issues"] == 1
    next_morning(room)
    assert due(room) == []


def test_a_preview_keeps_nothing_and_says_what_is_left_out(tmp_path: Path) -> None:
    room = started(tmp_path)
    news(room, 2)
    with room.open() as instance:
        draft = preview_digest(instance, "letter")
        assert titles([draft.issue]) == [["Article 2"]]
        assert [(one.title, one.rule) for one in draft.left_out] == [("Article 1", "backfill")]
        assert instance.store.digests.last_number("letter") == 0


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda instance: preview_digest(instance, "lettre"), "did you mean 'letter'"),
        (lambda instance: issue_numbered(instance, "letter", 9), "no issue 9"),
        (lambda instance: issue_numbered(instance, "letter", None), "none yet"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, ask: Callable[[object], object], words: str) -> None:
    with room_with_digest(tmp_path).open() as instance, pytest.raises(UsageError, match=words):
        ask(instance)
