from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.normalise import hashes
from aggregator.normalise.hashes import content_hash
from aggregator.text.hashes import text_digest

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


_NUMBERS = ("12", "(12", "((3)", "7,", "2024-01", "x5", "²", "٣", "(①", "5½", "")
_PLAIN_WORDS = ("Five", "dead", "don’t", "–", "naïve", "слово", "last", "https://x.example/3?a=1", "comments12")
_WORDS = (
    st.sampled_from(sorted(hashes._COUNTED | hashes._UNITS | hashes._AGO | hashes._SINCE | {*hashes._STAMP_WORDS}))
    | st.sampled_from(_NUMBERS)
    | st.sampled_from(_PLAIN_WORDS)
)
_ENDED = st.tuples(_WORDS, st.sampled_from(("", "", "", ".", ":", "::", ")"))).map("".join)
_SPACED = st.tuples(_ENDED, st.sampled_from((" ", " ", " ", "\n", "  ", "\t", "\xa0"))).map("".join)


@given(st.lists(_SPACED, max_size=12).map("".join))
def test_counters_are_found_as_if_every_word_was_looked_at(text: str) -> None:
    lower = hashes._STAMP.sub(" ", hashes._QUERY.sub(r"\1", text.lower()))
    plainly = hashes._without_counts(" ".join(lower.split()))
    assert content_hash("", text, "") == text_digest("", plainly, "")
