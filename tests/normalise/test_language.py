from __future__ import annotations

import pytest

from aggregator.model.article import Language, LanguageSource
from aggregator.model.entry import Text, TextKind
from aggregator.model.source import Trust
from aggregator.normalise.language import contradicted, language, tag
from tests.support.normalising import a_feed, a_source, an_entry

ENGLISH = "The council said that the bridge over the river is to be opened in the spring, and it will be free for all."
DUTCH = "De gemeente zegt dat de brug over de rivier in het voorjaar opengaat en dat zij voor iedereen gratis zal zijn."
GERMAN = "Die Stadt sagt, dass die Brücke über den Fluss im Frühjahr eröffnet wird und für alle kostenlos sein soll."
RUSSIAN = "Город сообщает, что мост через реку откроется весной и будет бесплатным для всех жителей."
JAPANESE = "市によると、川にかかる橋は春に開通し、すべての人が無料で利用できるという。"


def found(
    text: str,
    *,
    feed: str = "",
    entry: str = "",
    content: str | None = None,
    operator: str | None = None,
    trust: bool = True,
) -> Language:
    body = Text(value=text, kind=TextKind.HTML, language=content)
    parsed = an_entry(1, language=entry)
    object.__setattr__(parsed, "content", body)
    source = a_source(language=operator, trust=Trust(language=trust))
    return language(parsed, a_feed([parsed], language=feed), source, text)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("en", "en"), ("EN-us", "en-US"), ("nl_NL", "nl-NL"), ("zh-hant-tw", "zh-Hant-TW"), ("Dutch", "nl"), ("eng", "en"),
        ("iw", "he"), ("de-DE-1996", "de-DE"), ("es-419", "es-419"), ("jp", "ja"), ("und", ""), ("mul", ""), ("", ""),
        ("english language", ""), ("{lang}", ""),
    ],
)  # fmt: skip
def test_declared_languages_become_bcp_47_tags(declared: str, expected: str) -> None:
    assert tag(declared) == expected


def test_the_operators_word_comes_first_then_the_entrys_then_the_contents_then_the_feeds() -> None:
    everything = found(ENGLISH, feed="en", entry="en-GB", content="en-AU", operator="en-NZ")
    assert (everything.tag, everything.source) == ("en-NZ", LanguageSource.OPERATOR)
    assert found(ENGLISH, feed="en", entry="en-GB", content="en-AU").source is LanguageSource.ENTRY
    assert found(ENGLISH, feed="en", content="en-AU").source is LanguageSource.CONTENT
    assert found(ENGLISH, feed="en").source is LanguageSource.FEED


@pytest.mark.parametrize(("text", "detected"), [(DUTCH, "nl"), (GERMAN, "de"), (RUSSIAN, "ru"), (JAPANESE, "ja")])
def test_a_feeds_declaration_that_its_text_plainly_contradicts_gives_way_to_detection(text: str, detected: str) -> None:
    assert contradicted("en", text)
    answer = found(text, feed="en-US")
    assert (answer.tag, answer.source) == (detected, LanguageSource.DETECTED)
    assert answer.evidence is not None
    assert answer.evidence.confidence == answer.confidence < 1


@pytest.mark.parametrize(
    ("declared", "text"),
    [("nl", DUTCH), ("de-AT", GERMAN), ("ru", RUSSIAN), ("ja", JAPANESE), ("en", "IKEA Köln GmbH")],
)
def test_a_declaration_that_fits_is_not_doubted(declared: str, text: str) -> None:
    assert not contradicted(declared, text)
    assert found(text, feed=declared).source is LanguageSource.FEED


def test_an_undeclared_language_is_detected_and_a_distrusted_one_too() -> None:
    assert found(DUTCH).tag == "nl"
    assert found(DUTCH, feed="en", entry="en", trust=False).tag == "nl"


@pytest.mark.parametrize("text", ["", "12 34 56", "ok"])
def test_where_nothing_says_anything_the_language_is_unknown(text: str) -> None:
    assert found(text) == Language()


def test_every_answer_names_its_evidence() -> None:
    for answer in (found(ENGLISH, feed="en"), found(ENGLISH, entry="en"), found(ENGLISH)):
        assert answer.evidence is not None
        assert answer.evidence.fact == "language"
