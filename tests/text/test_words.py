from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.entry import Text, TextKind
from aggregator.text.html import plain
from aggregator.text.titles import plain_title
from aggregator.text.words import count_plain_words, count_words, excerpt


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("one two  three", 3), ("今天天气很好", 3), ("NASA 发射了火箭", 4), ("één twee", 2), ("สวัสดีครับ", 5)],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.text(alphabet="ab,今é\xa0\t\x1c\u2003\n &<>/p", max_size=40))
def test_the_words_of_plain_text_are_counted_by_its_gaps(html: str) -> None:
    text = plain(html)
    assert count_plain_words(text) == count_words(text)


def test_an_excerpt_ends_at_a_word_with_an_ellipsis() -> None:
    assert excerpt("One two, three four.", 2) == "One two…"
    assert excerpt("One two,\n three four.", 4) == "One two, three four."
    assert excerpt("One two", 0) == ""


def test_an_excerpt_without_spaces_ends_at_a_sentence_where_one_is_near() -> None:
    assert excerpt("今天天气很好我们去。公园玩吧朋友们。", 6, "zh") == "今天天气很好我们去。…"
    assert excerpt("今天天气很好我们去公园玩吧朋友们", 3, "zh") == "今天天气很好…"


@settings(deadline=None)
@given(st.text(alphabet="ab 今天,.。\n", max_size=80), st.integers(1, 20), st.sampled_from(["en", "zh", "und"]))
def test_an_excerpt_is_a_beginning_and_no_longer_than_asked(text: str, words: int, language: str) -> None:
    cut = excerpt(text, words, language)
    assert count_words(cut.rstrip("…")) <= words
    assert " ".join(text.split()).startswith(cut.rstrip("…").rstrip())


@pytest.mark.parametrize(
    ("kind", "value", "title"),
    [
        (TextKind.HTML, "AT&amp;T <b>grows</b>", "AT&T grows"),
        (TextKind.HTML, "A &lt;em&gt; tag", "A <em> tag"),
        (TextKind.HTML, "Vec<T> in Rust", "Vec<T> in Rust"),
        (TextKind.HTML, "a <br/> b", "a b"),
        (TextKind.HTML, "x < y", "x < y"),
        (TextKind.TEXT, "Using <b> today", "Using <b> today"),
        (TextKind.TEXT, "Tom &#8217;n&#8217; Jerry", "Tom ’n’ Jerry"),
        (TextKind.TEXT, "R&D", "R&D"),
        (TextKind.XHTML, "one\n <i>two</i>", "one two"),
    ],
)
def test_titles_are_plain_text(kind: TextKind, value: str, title: str) -> None:
    assert plain_title(Text(value=value, kind=kind)) == title


def test_a_missing_title_is_empty() -> None:
    assert plain_title(None) == ""
