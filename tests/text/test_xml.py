from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.text.xml import is_xml_safe, xml_clean, xml_safe

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


@pytest.mark.parametrize("point", [0x0, 0x8, 0xB, 0xC, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_a_character_that_xml_forbids_is_removed(point: int) -> None:
    assert not is_xml_safe(f"a{chr(point)}b")
    assert xml_safe(f"a{chr(point)}b") == "ab"
    assert xml_clean(f"a{chr(point)}b") == "ab"


@pytest.mark.parametrize("text", ["", "plain", "tab\tline\nreturn\r", "é 中 😀", "\ufffd", "a\u2028b", "\U0010fffd"])
def test_all_other_text_stays_character_for_character(text: str) -> None:
    assert is_xml_safe(text)
    assert xml_safe(text) == text
    assert xml_clean(text) == text


@pytest.mark.parametrize("point", [0x7F, 0x80, 0x84, 0x86, 0x9F, 0xFDD0, 0xFDEF, 0x1FFFE, 0x10FFFF])
def test_discouraged_characters_are_removed_only_where_asked(point: int) -> None:
    assert xml_safe(chr(point)) == chr(point)
    assert xml_clean(chr(point)) == ""


@given(ANY)
def test_any_text_made_safe_can_be_written_and_read_as_xml(text: str) -> None:
    safe = xml_safe(text)
    element = etree.Element("a")
    element.text = safe
    again = etree.fromstring(etree.tostring(element))
    assert (again.text or "") == safe
