"""Whether HTML inside a document is safe, balanced and stands on its own (PROTOCOL B-33)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from aggregator.publish.problems import Problem, error, warning

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"([^\s=\"'/>]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_VOID = frozenset({"area", "br", "col", "hr", "img", "source", "track", "wbr"})
_OPTIONAL_END = frozenset({"dd", "dt", "li", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"})
_SAFE = (
    _VOID
    | _OPTIONAL_END
    | frozenset(
        [
            "a",
            "abbr",
            "acronym",
            "address",
            "article",
            "aside",
            "audio",
            "b",
            "bdi",
            "bdo",
            "big",
            "blockquote",
            "caption",
            "center",
            "cite",
            "code",
            "colgroup",
            "data",
            "del",
            "details",
            "dfn",
            "dir",
            "div",
            "dl",
            "em",
            "figcaption",
            "figure",
            "font",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hgroup",
            "i",
            "ins",
            "kbd",
            "main",
            "map",
            "mark",
            "nav",
            "ol",
            "picture",
            "pre",
            "q",
            "ruby",
            "s",
            "samp",
            "section",
            "small",
            "span",
            "strike",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "time",
            "tt",
            "u",
            "ul",
            "var",
            "video",
        ]
    )
)
_LINKS = frozenset({"cite", "href", "longdesc", "poster", "src", "data"})
_ABSOLUTE = re.compile(r"(?i)(https?|mailto|tel|ftp|geo|magnet|xmpp|sms|gemini|gopher|ipfs|irc|ircs|matrix|news|nntp):")


def check_html(html: str, item: int | None) -> Iterator[Problem]:
    """Elements and attributes that may harm, links that lead nowhere, tags that do not match."""
    if "<" in html:
        yield from (replace(problem, item=item) for problem in _problems(html))


@lru_cache(maxsize=2048)
def _problems(html: str) -> tuple[Problem, ...]:
    """Kept, since the same content stands in three formats, and in the next edition again."""
    return tuple(_walk(html))


def _walk(html: str) -> Iterator[Problem]:
    open_tags: list[str] = []
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if match[1]:
            yield from _close(open_tags, name)
            continue
        if name not in _SAFE:
            yield error("SecurityRisk", f"The element {name} does not belong into a feed.")
        if match[3].strip(" /"):
            yield from _attributes(match[3])
        if name not in _VOID:
            open_tags.append(name)
    left = [name for name in open_tags if name not in _OPTIONAL_END]
    if left:
        yield warning("NotHtml", f"The element {left[0]} is not closed.")


def _close(open_tags: list[str], name: str) -> Iterator[Problem]:
    while open_tags and open_tags[-1] != name and open_tags[-1] in _OPTIONAL_END:
        open_tags.pop()
    if open_tags and open_tags[-1] == name:
        open_tags.pop()
    else:
        yield warning("NotHtml", f"The end tag of {name} has no start.")


def _attributes(text: str) -> Iterator[Problem]:
    for match in _ATTRIBUTE.finditer(text):
        name, value = match[1].lower(), (match[2] or "").strip("\"'").strip()
        if name.startswith("on"):
            yield error("SecurityRiskAttr", f"The attribute {name} runs a script.")
        elif name == "style":
            yield error("DangerousStyleAttr", "Styles of a source do not belong into a feed.")
        elif name in _LINKS:
            yield from _link(value)


def _link(value: str) -> Iterator[Problem]:
    if re.match(r"(?i)\s*(javascript|vbscript|data):", value):
        yield error("SecurityRiskAttr", "A link runs a script or carries a whole file.")
    elif not _ABSOLUTE.match(value):
        yield warning("ContainsRelRef", f"The link {value[:80]!r} is not absolute.")
