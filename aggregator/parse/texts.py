"""Text constructs: what kind of characters an element holds (RFC 4287 sections 3.1 and 4.1.3, Atom 0.3, RSS habits)."""

from __future__ import annotations

import base64
import binascii
import re
from copy import deepcopy

from lxml import etree

from aggregator.model.entry import Text, TextKind
from aggregator.parse.names import canonical, split
from aggregator.parse.nodes import Context, text_of

_TAGS = (
    "a|abbr|acronym|address|article|aside|audio|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|embed|figcaption"
    "|figure|font|footer|form|h[1-6]|header|hr|i|iframe|img|ins|kbd|li|mark|nav|noscript|object|ol|p|picture|pre|q|s|samp"
    "|script|section|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|tr|tt|u|ul|var|video"
    "|wbr"
)
_MARKUP = re.compile(
    rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|&(?:#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});|<!--",
    re.IGNORECASE,
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def kind_of(value: str) -> TextKind:
    """Whether characters of undeclared kind (RSS) hold markup: a known tag, a comment or a character reference."""
    if "<" not in value and "&" not in value:
        return TextKind.TEXT
    return TextKind.HTML if _MARKUP.search(value) else TextKind.TEXT


def loose(element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    """An RSS element: kind by its characters; child elements (unescaped markup) make it XHTML."""
    if len(element):
        return _made(inner_xml(element), TextKind.XHTML, element, context, top)
    value = (element.text or "").strip()
    return _made(value, kind_of(value), element, context, top)


def html(element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    """An element whose specification says that it holds HTML: ``content:encoded``."""
    if len(element):
        return _made(inner_xml(element), TextKind.XHTML, element, context, top)
    return _made((element.text or "").strip(), TextKind.HTML, element, context, top)


def plain(element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    return _made(text_of(element), TextKind.TEXT, element, context, top)


def atom(element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    """An Atom 1.0 or 0.3 construct by its ``type`` and ``mode``; None where it is empty or no text at all."""
    kind = (element.get("type") or "text").strip().lower()
    mode = (element.get("mode") or "").strip().lower()
    if mode == "base64" or (not mode and _is_base64(kind)):
        return _from_base64(element, kind, context, top)
    if len(element) and (kind == "xhtml" or mode == "xml" or _is_xml(kind) or kind == "text"):
        return _xhtml(element, context, top)
    if kind in {"html", "text/html"} or (kind in {"xhtml", "application/xhtml+xml"}):
        return html(element, context, top)
    if mode == "escaped" or "/" not in kind:
        return plain(element, context, top) if kind in {"text", "text/plain"} else loose(element, context, top)
    return plain(element, context, top)


def _is_xml(kind: str) -> bool:
    return kind.endswith(("+xml", "/xml")) or kind == "text/html"


def _is_base64(kind: str) -> bool:
    """RFC 4287 section 4.1.3.3: any other media type is Base64."""
    return "/" in kind and not kind.startswith("text/") and not _is_xml(kind)


def _from_base64(element: etree._Element, kind: str, context: Context, top: etree._Element) -> Text | None:
    if not kind.startswith("text") and kind not in {"html", "xhtml"} and not _is_xml(kind):
        return None
    try:
        value = base64.b64decode("".join((element.text or "").split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    marked = kind not in {"text", "text/plain"}
    return _made(value.strip(), TextKind.HTML if marked else TextKind.TEXT, element, context, top)


def _xhtml(element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    """The inside of the ``div`` that RFC 4287 section 3.1.1.3 asks for, or of the element where there is none."""
    inside = element
    if (
        len(element) == 1
        and canonical(element[0].tag) in {"xhtml:div", "div", "atom:div"}
        and not (element.text or "").strip()
    ):
        inside = element[0]
    return _made(inner_xml(inside), TextKind.XHTML, inside, context, top)


def inner_xml(element: etree._Element) -> str:
    """The markup inside an element as an HTML parser reads it: no namespaces, no self-closing elements but the void."""
    copy = deepcopy(element)
    for node in copy.iter():
        tag: object = node.tag
        if not isinstance(tag, str):
            continue
        node.tag = split(tag)[1].rpartition(":")[2]
        if node.text is None and len(node) == 0 and node.tag not in _VOID:
            node.text = ""
    copy.attrib.clear()
    copy.tail = None
    etree.cleanup_namespaces(copy)
    whole = etree.tostring(copy, encoding="unicode")
    return whole[whole.find(">") + 1 : whole.rfind("</")].strip()


def _made(value: str, kind: TextKind, element: etree._Element, context: Context, top: etree._Element) -> Text | None:
    if not value:
        return None
    return Text(value=value, kind=kind, language=context.language(element, top), base=context.base(element))
