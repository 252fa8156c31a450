from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.attribution import Link
from aggregator.model.entry import ParsedEntry, RawDate, RawMedia, RawPerson, Text, TextKind
from aggregator.normalise.document import Reading, read_document
from aggregator.normalise.hashes import read_raw_entry
from tests.support.normalising import NOW, a_feed, a_source, an_entry, read


def again(before: Reading, *entries: ParsedEntry) -> Reading:
    later = NOW + timedelta(hours=1)
    return read_document(a_feed(entries), a_source(), window=before.window, rung=before.rung, now=later)


def test_an_unchanged_document_has_no_drafts_in_whatever_order() -> None:
    first = read(an_entry(1), an_entry(2), an_entry(3))
    second = again(first, an_entry(3), an_entry(1), an_entry(2))
    assert second.drafts == ()
    assert {one.key for one in second.window} == {one.key for one in first.window}


def test_only_new_and_changed_entries_are_read_again() -> None:
    first = read(an_entry(1), an_entry(2))
    second = again(first, an_entry(3), an_entry(1, title="Edited"), an_entry(2))
    assert [draft.title for draft in second.drafts] == ["Story 3: new trains", "Edited"]
    assert len(second.window) == 3


def test_the_raw_entry_is_kept_with_its_draft() -> None:
    reading = read(an_entry(1), an_entry(2))
    assert [read_raw_entry(raw).id for raw in reading.raws] == [draft.identity.guid for draft in reading.drafts]
    assert reading.live == {draft.identity.key for draft in reading.drafts}


@pytest.mark.case("P-50")
def test_an_empty_document_empties_the_window_and_says_nothing_of_the_articles() -> None:
    second = again(read(an_entry(1)))
    assert (second.drafts, second.window, second.skipped) == ((), (), ())


def test_an_entry_with_nothing_to_show_gives_a_reason_instead_of_an_article() -> None:
    empty = ParsedEntry(id="x", title=Text(value="  "), position=4)
    reading = read(an_entry(1), empty)
    assert len(reading.drafts) == 1
    assert [(one.position, one.reason) for one in reading.skipped] == [(4, "nothing-to-show")]
    assert "skipped-entries" in reading.quirks


def test_entry_times_are_newest_first_and_unknown_ones_are_now_only_once() -> None:
    first = read(an_entry(1), an_entry(2), an_entry(3, date=""))
    assert [time.day for time in first.entry_times] == [1, 3, 2]
    assert first.entry_times[0] == NOW
    assert [time.day for time in again(first, an_entry(1), an_entry(3, date="")).entry_times] == [2]


def test_entry_times_keep_the_publishers_offset_so_that_a_bare_day_can_be_told_from_midnight() -> None:
    [time] = read(an_entry(1, date="2026-02-01T00:00:00+05:00")).entry_times
    assert (time.hour, time.utcoffset()) == (0, timedelta(hours=5))


_WORDS = st.text(max_size=30)
_TEXTS = st.builds(
    Text, value=_WORDS, kind=st.sampled_from(TextKind), base=st.none() | _WORDS, language=st.none() | _WORDS
)
_ENTRIES = st.builds(
    ParsedEntry,
    id=_WORDS,
    title=st.none() | _TEXTS,
    links=st.lists(st.builds(Link, href=_WORDS | _WORDS.map("http://{}".format)), max_size=2).map(tuple),
    summary=st.none() | _TEXTS,
    content=st.none() | _TEXTS,
    dates=st.lists(st.builds(RawDate, element=st.sampled_from(["pubDate", "updated"]), value=_WORDS), max_size=2).map(
        tuple
    ),
    people=st.lists(st.builds(RawPerson, name=_WORDS, email=_WORDS), max_size=2).map(tuple),
    media=st.lists(st.builds(RawMedia, url=_WORDS.map("https://{}".format), length=_WORDS), max_size=2).map(tuple),
    language=_WORDS,
    base=st.none() | _WORDS,
    comments=_WORDS,
)


@settings(deadline=None)
@given(st.lists(_ENTRIES, max_size=3))
def test_whatever_a_publisher_writes_is_read_and_reading_it_again_changes_nothing(entries: list[ParsedEntry]) -> None:
    entries = [replace(entry, position=place) for place, entry in enumerate(entries)]
    first = read(*entries)
    assert len(first.drafts) + len(first.skipped) == len(first.window) <= len(entries)
    assert all(draft.title for draft in first.drafts)
    second = again(first, *entries)
    assert (second.drafts, second.skipped, second.window) == ((), (), first.window)
    assert read(*entries) == first
