from __future__ import annotations

import pytest

from aggregator.model.entry import ParsedEntry, RawPerson, RawRights, RawSource
from aggregator.model.ids import SourceId
from aggregator.model.licence import Origin
from aggregator.model.source import Source, Trust
from tests.support.attribution import attributed, feed

CC_BY = RawRights(element="cc:license", url="http://creativecommons.org/licenses/by/4.0/")
UNSPECIFIED = RawRights(element="atom:link[rel=license]", url="http://purl.org/atompub/license#unspecified")
RESERVED = RawRights(element="rights", text="© 2020 Example. All rights reserved.")
DECLARED = Source(id=SourceId("example"), url="https://news.example.org/feed", licence="CC BY-SA 3.0")


def test_an_entry_inherits_the_licence_of_its_feed_with_the_feed_as_evidence() -> None:
    licence = attributed(ParsedEntry(), feed(rights=(CC_BY,))).attribution.licence
    assert licence is not None
    assert licence.evidence is not None
    assert (licence.id, licence.evidence.origin) == ("CC-BY-4.0", Origin.FEED)


@pytest.mark.case("B-31")
def test_the_unspecified_licence_stops_inheritance() -> None:
    assert attributed(ParsedEntry(rights=(UNSPECIFIED,)), feed(rights=(CC_BY,))).attribution.licence is None


def test_an_entry_that_reserves_its_rights_does_not_inherit_an_open_licence() -> None:
    licence = attributed(ParsedEntry(rights=(RESERVED,)), feed(rights=(CC_BY,))).attribution.licence
    assert licence is not None
    assert licence.id == "all-rights-reserved"


def test_an_entry_taken_from_another_feed_does_not_inherit_the_licence_of_the_one_that_carries_it() -> None:
    foreign = RawSource(title="Elsewhere", id="urn:elsewhere", home_url="https://elsewhere.example.net/")
    assert attributed(ParsedEntry(source=foreign), feed(rights=(CC_BY,))).attribution.licence is None


def test_the_operators_licence_decides_over_the_feeds() -> None:
    licence = attributed(ParsedEntry(), feed(rights=(CC_BY,)), source=DECLARED).attribution.licence
    assert licence is not None
    assert licence.id == "CC-BY-SA-3.0"


def test_an_inherited_licence_is_not_verified_for_the_text_of_an_agency() -> None:
    entry = ParsedEntry(people=(RawPerson(name="Jane Roe, Reuters", element="dc:creator"),))
    found = attributed(entry, feed(rights=(CC_BY,))).attribution
    assert found.agencies == ("Reuters",)
    assert found.licence is not None
    assert not found.licence.verified


@pytest.mark.case("B-30")
def test_authors_are_inherited_from_the_feed_where_the_entry_names_none() -> None:
    parent = feed(people=(RawPerson(name="Jane Roe", element="atom:author"),))
    assert [one.name for one in attributed(ParsedEntry(), parent).attribution.authors] == ["Jane Roe"]


def test_a_webmaster_is_nobodys_author() -> None:
    parent = feed(people=(RawPerson(name="Jane Roe", element="webMaster", role="webmaster"),))
    assert attributed(ParsedEntry(), parent).attribution.authors == ()


def test_a_source_whose_authors_are_not_trusted_has_none() -> None:
    entry = ParsedEntry(people=(RawPerson(name="Jane Roe", element="dc:creator"),))
    source = Source(id=SourceId("example"), url="https://news.example.org/feed", trust=Trust(authors=False))
    assert attributed(entry, source=source).attribution.authors == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('&copy; 1994-2020 <a href="https://x.example/">Ann Roe</a>.', "© 1994-2020 Ann Roe."),
        ("© 2020 Roe & Doe", "© 2020 Roe & Doe"),
        ("Prices < 5 & rights reserved", "Prices < 5 & rights reserved"),
    ],
)
def test_a_sentence_about_rights_is_words_and_no_markup(written: str, said: str) -> None:
    rights = RawRights(element="copyright", text=written)
    assert attributed(ParsedEntry(), feed(rights=(rights,))).attribution.rights == said
