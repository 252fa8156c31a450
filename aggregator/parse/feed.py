"""An XML feed's root element to a `ParsedFeed`: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from aggregator.model.attribution import Link
from aggregator.model.entry import (
    FeedFormat,
    ParsedEntry,
    ParsedFeed,
    Quirk,
    Schedule,
    Tombstone,
)
from aggregator.parse import common, entry, media, texts
from aggregator.parse.draft import Draft, FeedDraft
from aggregator.parse.names import ATOM_03, RDF, split
from aggregator.parse.nodes import LANG, Context, attribute, children, name_of, text_of
from aggregator.parse.xmltree import Tree

PARSER = "aggregator-xml/1"


def format_of(root: etree._Element) -> FeedFormat | None:
    """The format that the root element names; None where it is no feed."""
    name = name_of(root)
    if name in {"atom:feed", "feed", "?:feed"}:
        uri = split(str(root.tag))[0]
        return (
            FeedFormat.ATOM_03
            if uri.startswith(ATOM_03.rstrip("#")) or root.get("version") == "0.3"
            else FeedFormat.ATOM_10
        )
    if name in {"atom:entry", "entry"}:
        return FeedFormat.ATOM_10
    if name == "rdf:rdf":
        return FeedFormat.RSS_09 if "/rdf/simple/0.9" in " ".join(map(str, root.nsmap.values())) else FeedFormat.RSS_10
    if name in {"rss", "?:rss", "channel", "?:channel"}:
        return FeedFormat.RSS_09 if (root.get("version") or "2.0").startswith("0.9") else FeedFormat.RSS_20
    return None


def read(tree: Tree, kind: FeedFormat, *, url: str, body: bytes) -> ParsedFeed:
    """The whole feed; recovered documents may hold entries inside entries, and half a one at their end."""
    root = tree.root
    context = Context(url=url, bases=b"xml:base" in body, languages=b"xml:lang" in body)
    draft = FeedDraft(context, root)
    items: list[etree._Element] = []
    for element in _tops(root):
        _top(draft, element, items)
    quirks: list[Quirk] = []
    if tree.recovered:
        items = _unnested(root, items, quirks)
    if tree.partial:
        items = items[:-1]
    try:
        entries = tuple(_entries(draft, items, quirks))
    except entry.Nested:
        quirks.clear()
        entries = tuple(_entries(draft, _unnested(root, items, quirks), quirks))
    return _feed(draft, kind, entries, tuple(quirks))


def _tops(root: etree._Element) -> list[etree._Element]:
    """The elements that hold the feed's own elements and its entries: ``channel`` and the root."""
    channels = [child for name, child in children(root) if name in {"channel", "?:channel"}]
    return [*channels, root]


def _top(draft: FeedDraft, top: etree._Element, items: list[etree._Element]) -> None:
    inside = children(top)
    for name, element in inside:
        if name in entry.ENTRIES:
            items.append(element)
        elif name == "items" and len(element) and name_of(element[0]) in entry.ENTRIES:
            items.extend(child for key, child in children(element) if key in entry.ENTRIES)
        elif handler := _HANDLERS.get(name):
            handler(draft, element, name)
    if name_of(top) == "atom:entry":
        items.append(top)
    draft.shared = media.shared(inside, draft.shared, draft.context)
    draft.id = draft.id or attribute(top, f"{RDF}about")
    draft.language = draft.language or top.get(LANG) or ""


def _unnested(root: etree._Element, items: list[etree._Element], quirks: list[Quirk]) -> list[etree._Element]:
    """Every entry of the document in its order, those inside of others lifted out of them."""
    every = [element for element in root.iter() if name_of(element) in entry.ENTRIES]
    if len(every) == len(items):
        return items
    quirks.append(Quirk.NESTED_ENTRIES)
    for element in reversed(every):
        parent = element.getparent()
        if parent is not None and element is not root:
            parent.remove(element)
    return every


def _entries(draft: FeedDraft, items: list[etree._Element], quirks: list[Quirk]) -> Iterator[ParsedEntry]:
    position, seen, missing, doubled = 0, set[str](), False, False
    for element in items:
        found = entry.read(element, draft.context, draft.shared, position)
        if found is None:
            quirks.append(Quirk.SKIPPED_ENTRIES)
            continue
        missing = missing or not found.id
        doubled = doubled or (bool(found.id) and found.id in seen)
        seen.add(found.id)
        position += 1
        yield found
    quirks.extend(quirk for quirk, there in ((Quirk.MISSING_IDS, missing), (Quirk.DUPLICATE_IDS, doubled)) if there)
    if position == 0:
        quirks.append(Quirk.EMPTY)


def _feed(
    draft: FeedDraft,
    kind: FeedFormat,
    entries: tuple[ParsedEntry, ...],
    quirks: tuple[Quirk, ...],
) -> ParsedFeed:
    return ParsedFeed(
        format=kind,
        url=draft.context.url,
        id=draft.id,
        title=draft.title or draft.fallback_title,
        subtitle=draft.summary,
        links=tuple(draft.links),
        home_url=_home(draft.links),
        language=draft.language,
        dates=tuple(draft.dates),
        people=tuple(draft.people),
        rights=tuple(draft.rights),
        categories=tuple(draft.categories),
        icon=draft.icon,
        logo=draft.logo,
        generator=draft.generator,
        schedule=_schedule(draft),
        complete=draft.complete,
        archive=draft.archive,
        tombstones=tuple(draft.tombstones),
        entries=entries,
        quirks=tuple(dict.fromkeys(quirks)),
        next_url=_next(draft.links),
        parser=PARSER,
    )


def _home(links: list[Link]) -> str:
    pages = [link for link in links if link.rel == "alternate"]
    html = [link.href for link in pages if (link.media_type or "text/html") in {"text/html", "application/xhtml+xml"}]
    return (html or [link.href for link in pages] or [""])[0]


def _next(links: list[Link]) -> str:
    """RFC 5005: ``prev-archive`` before ``next``."""
    for relation in ("prev-archive", "next"):
        for link in links:
            if link.rel == relation:
                return link.href
    return ""


def _schedule(draft: FeedDraft) -> Schedule:
    return Schedule(skip_hours=draft.skip_hours, skip_days=draft.skip_days, **draft.schedule)


def _feed_title(draft: Draft, element: etree._Element, name: str) -> None:
    read_text = texts.atom if name.startswith("atom:") else texts.loose
    draft.title = draft.title or read_text(element, draft.context, draft.top)


def _other_title(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, FeedDraft)
    draft.fallback_title = draft.fallback_title or texts.loose(element, draft.context, draft.top)


def _subtitle(draft: Draft, element: etree._Element, name: str) -> None:
    read_text = texts.atom if name.startswith("atom:") else texts.loose
    draft.summary = draft.summary or read_text(element, draft.context, draft.top)


def _feed_id(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.id = draft.id or text_of(element)


def _generator(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, FeedDraft)
    draft.generator = draft.generator or text_of(element) or attribute(element, f"{RDF}resource")


def _icon(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, FeedDraft)
    draft.icon = draft.icon or draft.context.link(element, text_of(element))


def _logo(draft: Draft, element: etree._Element, _name: str) -> None:
    """Atom ``logo``, RSS ``image/url``, ``itunes:image/@href``, webfeeds' cover and logo."""
    assert isinstance(draft, FeedDraft)
    written = attribute(element, "href", "image", f"{RDF}resource")
    inside = next((child for name, child in children(element) if name == "url"), None)
    draft.logo = draft.logo or draft.context.link(element, written or text_of(element if inside is None else inside))


def _wish(draft: Draft, element: etree._Element, name: str) -> None:
    assert isinstance(draft, FeedDraft)
    draft.schedule.setdefault(_WISHES[name], text_of(element))


def _skip(draft: Draft, element: etree._Element, name: str) -> None:
    assert isinstance(draft, FeedDraft)
    values = tuple(value for _, child in children(element) if (value := text_of(child)))
    if name == "skiphours":
        draft.skip_hours = values
    else:
        draft.skip_days = values


def _history(draft: Draft, _element: etree._Element, name: str) -> None:
    assert isinstance(draft, FeedDraft)
    draft.complete = draft.complete or name == "fh:complete"
    draft.archive = draft.archive or name == "fh:archive"


def _deleted(draft: Draft, element: etree._Element, _name: str) -> None:
    """RFC 6721."""
    assert isinstance(draft, FeedDraft)
    ref = attribute(element, "ref")
    comment = next((text_of(child) for key, child in children(element) if key == "at:comment"), "")
    if ref:
        draft.tombstones.append(Tombstone(ref=ref, when=attribute(element, "when"), comment=comment))


_WISHES = {
    "ttl": "ttl",
    "sy:updateperiod": "update_period",
    "sy:updatefrequency": "update_frequency",
    "sy:updatebase": "update_base",
}
_HANDLERS: dict[str, common.Handler] = {
    **common.HANDLERS,
    **dict.fromkeys(_WISHES, _wish),
    **dict.fromkeys(("title", "atom:title"), _feed_title),
    **dict.fromkeys(("dc:title", "itunes:title"), _other_title),
    **dict.fromkeys(("description", "atom:subtitle", "atom:tagline", "itunes:subtitle"), _subtitle),
    **dict.fromkeys(("id", "atom:id"), _feed_id),
    **dict.fromkeys(("generator", "atom:generator"), _generator),
    **dict.fromkeys(("atom:icon", "webfeeds:icon"), _icon),
    **dict.fromkeys(("atom:logo", "image", "itunes:image", "webfeeds:cover", "webfeeds:logo"), _logo),
    **dict.fromkeys(("skiphours", "skipdays"), _skip),
    **dict.fromkeys(("fh:complete", "fh:archive"), _history),
    "at:deleted-entry": _deleted,
}
