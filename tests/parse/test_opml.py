from __future__ import annotations

from aggregator.model.entry import Quirk
from aggregator.parse.opml import Outline, read_opml

HEAD = '<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>'
TAIL = "</body></opml>"


def feeds(inside: str, *, tail: str = TAIL) -> list[tuple[str, str, tuple[str, ...]]]:
    document = read_opml((HEAD + inside + tail).encode(), "http://o.example/l.opml")
    return [(outline.title, outline.xml_url, outline.tags) for outline in document.feeds]


def test_nested_folders_become_tags() -> None:
    inside = (
        '<outline text="Science"><outline text="Space"><outline type="rss" text="t" title="Moon" '
        'xmlUrl="http://m.example/f" htmlUrl="http://m.example/" category="/a/b,c"/></outline>'
        '<outline text="Sea" xmlUrl="http://s.example/f"/></outline>'
    )
    assert feeds(inside) == [
        ("Moon", "http://m.example/f", ("Science", "Space", "a/b", "c")),
        ("Sea", "http://s.example/f", ("Science",)),
    ]


def test_the_tree_of_folders_is_kept() -> None:
    document = read_opml(
        (HEAD + '<outline text="F"><outline text="A" xmlUrl="http://a.example/"/></outline>' + TAIL).encode()
    )
    assert document.title == "Mine"
    assert document.outlines == (
        Outline(title="F", tags=(), children=(Outline(title="A", xml_url="http://a.example/", tags=("F",)),)),
    )


def test_attribute_names_in_any_case_are_read() -> None:
    assert feeds('<Outline TEXT="A" xmlurl="http://a.example/"/>') == [("A", "http://a.example/", ())]


def test_bare_ampersands_are_read() -> None:
    assert feeds('<outline text="Q & A" xmlUrl="http://a.example/?x=1&y=2"/>') == [
        ("Q & A", "http://a.example/?x=1&y=2", ()),
    ]


def test_a_document_that_no_parser_reads_loses_nothing_readable() -> None:
    inside = (
        '<outline text="F"><outline text="A "quoted" one" xmlUrl="http://a.example/"/><outline text="B<C" '
        "xmlUrl=\"http://b.example/\"></outline><outline text='D' xmlUrl='http://d.example/' / </outline>"
    )
    assert [url for _, url, _ in feeds(inside, tail="")] == [
        "http://a.example/",
        "http://b.example/",
        "http://d.example/",
    ]


def test_an_ill_formed_document_says_so() -> None:
    document = read_opml((HEAD + '<outline text="A" xmlUrl="http://a.example/">').encode())
    assert Quirk.ILL_FORMED in document.quirks
    assert document.problem == ""


def test_what_is_skipped_is_named() -> None:
    document = read_opml(
        (
            HEAD + '<outline text="Page" type="link" url="http://p.example/"/>'
            '<outline text="Odd" xmlUrl="gopher://g.example/"/><outline text="Good" xmlUrl="feed:https://g.example/f"/>'
            + TAIL
        ).encode(),
    )
    assert [(skipped.title, skipped.reason) for skipped in document.skipped] == [
        ("Page", "it has no feed address (xmlUrl)"),
        ("Odd", "its address is not http or https"),
    ]
    assert [outline.xml_url for outline in document.feeds] == ["https://g.example/f"]


def test_a_feed_listed_twice_counts_once() -> None:
    assert (
        len(feeds('<outline text="A" xmlUrl="http://a.example/"/><outline text="B" xmlUrl="http://a.example/"/>')) == 1
    )


def test_what_is_no_opml_has_a_problem() -> None:
    assert read_opml(b"").problem == "the document is empty"
    assert read_opml(b"<rss/>").problem
    assert read_opml(b"hello").problem
    assert read_opml((HEAD + TAIL).encode()).problem == "the document holds no outlines"
