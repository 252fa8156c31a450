"""Subscription lists (OPML 1.0 and 2.0), ill-formed ones included: nothing readable is lost, the rest is named."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from aggregator.model.entry import Quirk
from aggregator.parse import xmltree
from aggregator.parse.charset import decode
from aggregator.parse.nodes import name_of, resolve, text_of
from aggregator.text.xml import xml_safe

_OUTLINE = re.compile(r"<(/?)outline\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([A-Za-z_][\w.:-]{0,63})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_XML_URL = re.compile(rb"\bxmlurl\s*=", re.IGNORECASE)
_TITLE = re.compile(r"<title>([^<]*)</title>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One subscription, or a folder of them (`xml_url` is empty)."""

    title: str = ""
    xml_url: str = ""
    """Absolute http(s) url."""
    html_url: str = ""
    description: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    """The folders it stands in, outermost first, then its own categories."""
    children: tuple[Outline, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An outline that is no subscription of ours, and why."""

    title: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlDocument:
    title: str = ""
    outlines: tuple[Outline, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    problem: str = ""
    """Why nothing could be read; empty where something was."""

    @property
    def feeds(self) -> tuple[Outline, ...]:
        """Every subscription in document order, each url once."""
        found: dict[str, Outline] = {}
        for outline in _flat(self.outlines):
            if outline.xml_url:
                found.setdefault(outline.xml_url, outline)
        return tuple(found.values())


def read_opml(body: bytes, url: str = "", *, content_type: str | None = None) -> OpmlDocument:
    """The outlines of an OPML document; `url` is the base of relative addresses. Never raises on any bytes."""
    if not body.strip():
        return OpmlDocument(problem="the document is empty")
    text = decode(body, content_type=content_type, trust_charset=False).body
    tree = xmltree.read(text)
    skipped: list[Skipped] = []
    if isinstance(tree, xmltree.Tree) and not (tree.recovered and _count(tree.root) < len(_XML_URL.findall(text))):
        return _from_tree(tree, url, skipped)
    loose = text.decode("utf-8", "replace")
    roots = _loose(loose, url, skipped)
    if not roots:
        return OpmlDocument(problem="the document holds no outlines", quirks=(Quirk.ILL_FORMED,))
    title = _TITLE.search(loose)
    return OpmlDocument(
        title=html.unescape(title[1]).strip() if title else "",
        outlines=roots,
        skipped=tuple(skipped),
        quirks=(Quirk.ILL_FORMED,),
    )


def _from_tree(tree: xmltree.Tree, url: str, skipped: list[Skipped]) -> OpmlDocument:
    if name_of(tree.root) != "opml" and _count(tree.root) == 0:
        return OpmlDocument(problem="the document is XML but no OPML", quirks=tree.quirks)
    outlines = tuple(_walk(tree.root, url, (), skipped))
    title = next((text_of(element) for element in tree.root.iter() if name_of(element) == "title"), "")
    return OpmlDocument(
        title=title,
        outlines=outlines,
        skipped=tuple(skipped),
        quirks=tree.quirks,
        problem="" if outlines or skipped else "the document holds no outlines",
    )


def _count(root: etree._Element) -> int:
    return sum(1 for element in root.iter() if any(str(key).lower() == "xmlurl" for key in element.attrib))


def _walk(parent: etree._Element, url: str, path: tuple[str, ...], skipped: list[Skipped]) -> Iterator[Outline]:
    """The outlines below `parent`; depth is bounded by the XML parser."""
    for element in parent:
        name = name_of(element)
        if name in {"body", "opml"}:
            yield from _walk(element, url, path, skipped)
        elif name == "outline":
            fields = {str(key).lower(): str(value) for key, value in element.attrib.items()}
            folder = path if _is_feed(fields) else (*path, *_named(fields))
            inside = tuple(_walk(element, url, folder, skipped))
            outline = _outline(fields, url, path, inside, skipped)
            if outline is not None:
                yield outline


def _named(fields: dict[str, str]) -> tuple[str, ...]:
    title = _title_of(fields)
    return (title,) if title else ()


def _is_feed(fields: dict[str, str]) -> bool:
    return bool(fields.get("xmlurl", "").strip())


def _outline(
    fields: dict[str, str],
    url: str,
    path: tuple[str, ...],
    inside: tuple[Outline, ...],
    skipped: list[Skipped],
) -> Outline | None:
    title = _title_of(fields)
    written = fields.get("xmlurl", "").strip()
    address = _address(url, written)
    if written and not address:
        skipped.append(Skipped(title=title, url=written, reason="its address is not http or https"))
    elif not written and not inside:
        kind = fields.get("type", "").strip().lower()
        if kind or fields.get("htmlurl") or fields.get("url"):
            page = fields.get("htmlurl") or fields.get("url") or ""
            skipped.append(Skipped(title=title, url=page.strip(), reason="it has no feed address (xmlUrl)"))
    if not address and not inside:
        return None
    return Outline(
        title=title,
        xml_url=address,
        html_url=_address(url, fields.get("htmlurl", "").strip()),
        description=fields.get("description", "").strip(),
        language=_language(fields),
        tags=(*path, *_categories(fields)),
        children=inside,
    )


def _title_of(fields: dict[str, str]) -> str:
    return (fields.get("title") or fields.get("text") or "").strip()


def _language(fields: dict[str, str]) -> str:
    written = fields.get("language", "").strip()
    return "" if written.lower() == "unknown" else written


def _categories(fields: dict[str, str]) -> tuple[str, ...]:
    """OPML 2.0: a list separated by commas, each a tag or a path with slashes."""
    parts = fields.get("category", "").split(",")
    return tuple(tag for part in parts if (tag := part.strip().strip("/")))


def _address(base: str, written: str) -> str:
    if written.lower().startswith("feed:"):
        rest = written[5:]
        written = f"http:{rest}" if rest.startswith("//") else rest
    address = resolve(base, written) if written else ""
    return address if address.lower().startswith(("http://", "https://")) else ""


def _flat(outlines: tuple[Outline, ...]) -> Iterator[Outline]:
    for outline in outlines:
        yield outline
        yield from _flat(outline.children)


@dataclass(slots=True)
class _Open:
    """An outline whose end tag has not come yet."""

    fields: dict[str, str]
    path: tuple[str, ...]
    children: list[Outline]


def _loose(text: str, url: str, skipped: list[Skipped]) -> tuple[Outline, ...]:
    """Outlines of a text that no XML parser reads: tag by tag, nested as far as end tags tell."""
    stack = [_Open({}, (), [])]
    tags = list(_OUTLINE.finditer(text))
    for number, tag in enumerate(tags):
        if tag[1]:
            _close(stack, url, skipped)
            continue
        following = tags[number + 1].start() if number + 1 < len(tags) else len(text)
        fields, closed = _fields(text[tag.end() : min(following, tag.end() + 20_000)])
        top = stack[-1]
        path = top.path if _is_feed(top.fields) else (*top.path, *_named(top.fields))
        stack.append(_Open(fields, path, []))
        if closed or len(stack) > 100:
            _close(stack, url, skipped)
    while len(stack) > 1:
        _close(stack, url, skipped)
    return tuple(stack[0].children)


def _close(stack: list[_Open], url: str, skipped: list[Skipped]) -> None:
    if len(stack) == 1:
        return
    done = stack.pop()
    outline = _outline(done.fields, url, done.path, tuple(done.children), skipped)
    if outline is not None:
        stack[-1].children.append(outline)


def _fields(tag: str) -> tuple[dict[str, str], bool]:
    """Attributes of the text after ``<outline``, and whether the element ends with this tag."""
    fields: dict[str, str] = {}
    end = 0
    for found in _ATTRIBUTE.finditer(tag):
        fields.setdefault(found[1].lower(), xml_safe(html.unescape(found[2] if found[2] is not None else found[3])))
        end = found.end()
    return fields, tag[end:].partition(">")[0].rstrip().endswith("/")
