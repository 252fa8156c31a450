from __future__ import annotations

from aggregator.config.lines import key_lines, line_of

DOCUMENT = '''
[site]
title = "a # no comment"
text = """
[not.a.table]
key = "inside"
"""
list = [
  "x", # with ] in a comment
  'y',
]
after = 1

[[source]]
id = "one"
[source.trust]
ids = false
[[source]]
"quoted key" = { a = 1 }
dotted.key = 2
'''


def test_keys_are_found_in_tables_arrays_of_tables_and_after_values_of_several_lines() -> None:
    lines = key_lines(DOCUMENT)
    assert lines["site", "title"] == 3
    assert lines["site", "after"] == 12
    assert lines["source", 0, "id"] == 15
    assert lines["source", 0, "trust", "ids"] == 17
    assert lines["source", 1, "quoted key"] == 19
    assert lines["source", 1, "dotted", "key"] == 20


def test_what_stands_inside_strings_and_arrays_is_no_key() -> None:
    lines = key_lines(DOCUMENT)
    assert ("not", "a", "table") not in lines
    assert all(path[-1] != "key" or path[0] == "source" for path in lines)


def test_a_key_without_a_line_of_its_own_gets_the_line_of_its_table() -> None:
    lines = key_lines(DOCUMENT)
    assert line_of(lines, ("source", 1, "url")) == 18
    assert line_of(lines, ("nowhere",)) == 1
