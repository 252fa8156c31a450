"""Words that somebody encoded twice come out as they were meant, and nothing else is touched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.attribution import Link
from aggregator.model.entry import (
    FeedFormat,
    ParsedEntry,
    ParsedFeed,
    RawCategory,
    RawDate,
    RawMedia,
    RawPerson,
    RawRights,
    RawSource,
    Text,
    TextKind,
    Tombstone,
)
from aggregator.normalise.hashes import raw_entry
from aggregator.normalise.legible import legible, may_be_doubled, undoubled


def doubled(text: str) -> str:
    """UTF-8 taken for windows-1252, as browsers do: what that leaves undefined is the control of the same number."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.case("B-37")
@pytest.mark.parametrize(
    "meant", ["Peña", "løb", "Fórmula 1", "it’s", "“so”", "£5 – £6", "<p>Æble</p>", "a & ø", "schön\ngrün", "© Ann"]
)
def test_words_encoded_twice_are_read_again(meant: str) -> None:
    assert undoubled(doubled(meant)) == meant


@pytest.mark.parametrize(
    "sound",
    ["plain", "Peña", "Der Kölner Dom", "AMANHÃ\xa0DE MANHÃ», 5.º", "“é” becomes Ã©", "château", "Ãéô", "日本 Ã©", "Â"],
)
def test_sound_words_stay_as_they_are(sound: str) -> None:
    assert undoubled(sound) == sound


def test_one_stretch_between_markup_says_nothing_about_the_next() -> None:
    assert undoubled("<b>PeÃ±a</b> et <i>É</i> &amp; Ã¸l") == "<b>Peña</b> et <i>É</i> &amp; øl"


@given(st.text())
def test_no_reading_makes_or_loses_markup(text: str) -> None:
    for said in (text, doubled(text.encode(errors="ignore").decode())):
        assert [c for c in undoubled(said) if c in "<>&\n"] == [c for c in said if c in "<>&\n"]


def test_every_word_of_an_entry_is_read_and_no_id_nor_address() -> None:
    wrong, right = doubled("Peña"), "Peña"
    entry = ParsedEntry(
        id=wrong,
        title=Text(value=wrong),
        content=Text(value=f"<p>{wrong}</p>", kind=TextKind.HTML),
        people=(RawPerson(name=wrong, uri=wrong),),
        categories=(RawCategory(term=wrong, label=wrong, scheme=wrong),),
        media=(RawMedia(url=wrong, title=wrong, description=wrong, credits=(RawPerson(name=wrong),)),),
    )
    made = legible(entry)
    assert made == ParsedEntry(
        id=wrong,
        title=Text(value=right),
        content=Text(value=f"<p>{right}</p>", kind=TextKind.HTML),
        people=(RawPerson(name=right, uri=wrong),),
        categories=(RawCategory(term=right, label=right, scheme=wrong),),
        media=(RawMedia(url=wrong, title=right, description=right, credits=(RawPerson(name=right),)),),
    )
    feed = ParsedFeed(format=FeedFormat.RSS_20, url=wrong, title=Text(value=wrong), entries=(entry,))
    assert legible(feed).title == Text(value=right)
    assert legible(feed).entries == (entry,)


def test_what_is_sound_is_not_copied() -> None:
    entry = ParsedEntry(id="1", title=Text(value="Peña"), people=(RawPerson(name="Ann"),))
    assert legible(entry) is entry


def walked(said: Any, name: str = "") -> Any:
    """The same reading of the nouns as plain dictionaries, by the names of their fields alone."""
    match said:
        case dict():
            return {key: value if key == "entries" else walked(value, key) for key, value in said.items()}
        case tuple():
            return tuple(walked(one) for one in said)
        case str() if name in {"value", "name", "title", "description", "text", "label", "term"}:
            return undoubled(said)
        case _:
            return said


@given(st.sampled_from([doubled("Peña"), "Peña", "é Ã©", "plain", ""]), st.sampled_from([doubled("løb"), "château"]))
def test_no_noun_that_holds_words_is_passed_over(one: str, other: str) -> None:
    person, terms = RawPerson(name=one, email=other, uri=other), RawRights(element=other, text=one, url=other)
    link, when = Link(href=other, title=one), RawDate(element=other, value=one)
    media = RawMedia(url=other, title=one, description=other, credits=(person,), rights=(terms,))
    source = RawSource(title=one, url=other, authors=(person,), rights=(terms,))
    entry = ParsedEntry(
        id=one, title=Text(value=one), summary=Text(value=other), content=Text(value=one + other), links=(link,),
        dates=(when,), people=(person,), rights=(terms,), categories=(RawCategory(term=one, label=other),),
        media=(media,), source=source, extensions=((one, other),),
    )  # fmt: skip
    feed = ParsedFeed(
        format=FeedFormat.ATOM_10, url=other, title=Text(value=one), subtitle=Text(value=other), links=(link,),
        dates=(when,), people=(person,), rights=(terms,), categories=(RawCategory(term=other, label=one),),
        tombstones=(Tombstone(ref=one, comment=other),), entries=(entry,),
    )  # fmt: skip
    for said in (entry, feed):
        assert asdict(legible(said)) == walked(asdict(said))
    assert may_be_doubled(raw_entry(entry)) or legible(entry) == entry
