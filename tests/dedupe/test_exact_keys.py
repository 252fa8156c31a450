from __future__ import annotations

import pytest

from aggregator.dedupe.features import names_a_page, strong_guid
from aggregator.model.story import Tie
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY, candidate, match

GUID = "tag:islandpost.example,2026:ferry-1"
URL = "https://islandpost.example/ferry"


def test_the_same_canonical_url_at_two_sources_is_one_story() -> None:
    _, copy = match(
        candidate("a", "Electric ferry sails", FERRY, url=URL), candidate("b", "Quiet on deck", LIBRARY, url=URL)
    )
    assert (copy.tie, copy.story_of) == (Tie.SAME_URL, "a")


def test_a_front_page_as_link_joins_nothing() -> None:
    home = "https://islandpost.example/"
    _, other = match(candidate("a", "Ferry sails", FERRY, url=home), candidate("b", "Seeds to lend", LIBRARY, url=home))
    assert other.story_of is None


def test_a_link_that_a_source_gives_to_all_its_entries_identifies_none_of_them() -> None:
    show = "https://podcasts.example/show"
    *_, last = match(
        candidate("a", "Ferries", FERRY, source="show", url=show),
        candidate("b", "Bridges", BRIDGE, source="show", url=show),
        candidate("c", "Libraries", LIBRARY, source="elsewhere", url=show),
    )
    assert last.story_of is None


@pytest.mark.case("P-49")
def test_the_same_strong_id_and_title_behind_a_redirector_is_one_story() -> None:
    _, copy = match(
        candidate("a", "Electric ferry sails", FERRY, guid=GUID, url=URL),
        candidate("b", "Electric ferry sails", FERRY[:120], guid=GUID, url="https://go.redirect.example/r/1"),
    )
    assert (copy.tie, copy.story_of) == (Tie.SAME_ID, "a")


@pytest.mark.case("P-49")
def test_a_stolen_id_on_another_text_joins_nothing() -> None:
    _, spoof = match(
        candidate("a", "Electric ferry sails", FERRY, guid=GUID, url=URL),
        candidate("b", "Buy cheap watches", LIBRARY, guid=GUID, url="https://spam.example/watches"),
    )
    assert spoof.story_of is None


@pytest.mark.case("P-49")
def test_a_short_number_as_id_joins_nothing_even_under_one_title() -> None:
    _, other = match(
        candidate("a", "Open thread", FERRY, guid="1042"), candidate("b", "Open thread", LIBRARY, guid="1042")
    )
    assert other.story_of is None


def test_the_same_title_and_text_is_the_same_text() -> None:
    _, copy = match(candidate("a", "Ferry sails", FERRY), candidate("b", "Ferry sails", FERRY))
    assert (copy.tie, copy.story_of) == (Tie.SAME_TEXT, "a")


def test_exact_keys_tie_after_near_copies_are_forgotten() -> None:
    _, copy = match(
        candidate("a", "Electric ferry sails", FERRY, url=URL),
        candidate("b", "Ferry", LIBRARY, url=URL, hours=24 * 20),
    )
    assert copy.story_of == "a"


@pytest.mark.parametrize(
    ("guid", "strong"),
    [
        ("https://a.example/2026/ferry", True),
        ("https://a.example/?p=17", True),
        ("https://a.example/", False),
        ("tag:a.example,2026:1", True),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", True),
        ("1042", False),
        ("post-17", False),
        ("", False),
    ],
)
def test_only_ids_meant_for_the_world_are_strong(guid: str, strong: bool) -> None:
    assert strong_guid(guid) is strong


def test_a_fragment_alone_names_no_page() -> None:
    assert not names_a_page("https://a.example/#top")
