from __future__ import annotations

import pytest

from aggregator.normalise.hashes import content_hash

TEXT = "The bridge opened today. Five people were hurt."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The  bridge\nopened", "the bridge opened"),
        ("Story\n12 comments", "Story\n340 comments"),
        ("Story (7 likes)", "Story (8 likes)"),
        ("Story\nComments: 12", "Story\nComments: 13"),
        ("Story\nComments (12)", "Story\nComments (1)"),
        ("Seen 3 hours ago", "Seen 5 hours ago"),
        ("vor 3 Stunden", "vor 12 Stunden"),
        ("3 uur geleden", "9 uur geleden"),
        ("Story\nLast updated: 2 Feb 2026 10:00", "Story\nLast updated: 3 Feb 2026 11:30"),
        ("See https://x.example/a?utm_source=rss", "See https://x.example/a?utm_source=mail"),
        ("A 4 min read", "A 5 min read"),
    ],
)
def test_churn_is_not_seen(one: str, other: str) -> None:
    assert content_hash("t", one, "u") == content_hash("t", other, "u")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 dead", "7 dead"),
        ("on 2 February 2026", "on 3 February 2026"),
        ("The price is 12 euros", "The price is 13 euros"),
        ("It was updated in 2020", "It was updated in 2021"),
        ("won 3 points clear", "won three points clear"),
        ("a b", "ab"),
    ],
)
def test_an_edit_is_seen(one: str, other: str) -> None:
    assert content_hash("t", one, "u") != content_hash("t", other, "u")


def test_title_link_and_files_count_but_their_parameters_and_order_do_not() -> None:
    base = content_hash("Title", TEXT, "https://x.example/a", ["https://x.example/1.jpg", "https://x.example/2.mp3"])
    assert base != content_hash("Other", TEXT, "https://x.example/a", ["https://x.example/1.jpg"])
    assert base != content_hash("Title", TEXT, "https://x.example/b", ["https://x.example/1.jpg"])
    assert base != content_hash("Title", TEXT, "https://x.example/a", ["https://x.example/1.jpg"])
    assert base == content_hash(
        "Title", TEXT, "https://x.example/a", ["https://x.example/2.mp3", "https://x.example/1.jpg?w=300"]
    )


def test_a_file_with_an_address_that_cannot_be_read_counts_as_it_stands() -> None:
    assert content_hash("t", TEXT, "u", ["http://[a"]) != content_hash("t", TEXT, "u", ["http://[b"])
