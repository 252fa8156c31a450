"""One RSS ``item`` or Atom ``entry`` to a `ParsedEntry`, whatever mixture of namespaces it is written in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from aggregator.model.attribution import Link
from aggregator.model.entry import ParsedEntry, RawMedia, RawSource, Text, TextKind
from aggregator.parse import common, media, texts
from aggregator.parse.draft import Draft, EntryDraft
from aggregator.parse.media import Shared
from aggregator.parse.names import RDF, canonical
from aggregator.parse.nodes import LANG, Context, attribute, children, text_of

ENTRIES = frozenset({"item", "atom:entry", "entry", "atom:item"})


class Nested(Exception):  # noqa: N818 - a turn of the reader, never an error that anybody sees
    """An entry stands inside another one."""


def read(element: etree._Element, context: Context, channel: Shared, position: int) -> ParsedEntry | None:
    """The entry in this element; None where it holds nothing that could be shown.

    Raises `Nested` where another entry stands inside it.
    """
    draft = EntryDraft(context, element)
    for child in element:
        tag: object = child.tag
        if not isinstance(tag, str):
            continue
        name = canonical(tag)
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(draft, child, name)
        elif name.startswith("media:"):
            draft.media_rss.append((name, child))
        elif name in ENTRIES:
            raise Nested
    _finish(draft, element, channel)
    if not (draft.title or draft.links or draft.summary or draft.content or draft.media):
        return None
    return _entry(draft, element, position)


def _entry(draft: EntryDraft, element: etree._Element, position: int) -> ParsedEntry:
    return ParsedEntry(
        id=draft.id,
        id_is_permalink=draft.id_is_permalink,
        title=draft.title,
        links=tuple(draft.links),
        original_link=draft.original_link,
        comments=draft.comments,
        summary=draft.summary,
        content=draft.content,
        dates=tuple(draft.dates),
        people=tuple(draft.people),
        rights=tuple(draft.rights),
        categories=tuple(draft.categories),
        media=tuple(draft.media),
        source=draft.source,
        language=draft.language,
        base=draft.context.base(element),
        position=position,
        extensions=tuple(draft.extensions),
    )


def _finish(draft: EntryDraft, element: etree._Element, channel: Shared) -> None:
    draft.id = draft.id or attribute(element, f"{RDF}about")
    draft.language = element.get(LANG) or draft.language
    draft.title = draft.title or draft.fallback_title
    if draft.media_rss:
        _media_rss(draft, channel)
    draft.summary = draft.summary or draft.fallback_summary
    if draft.duration:
        draft.media = [_with_duration(found, draft.duration) for found in draft.media]
    if draft.id_is_permalink and not any(link.rel == "alternate" for link in draft.links):
        _permalink(draft)


def _permalink(draft: EntryDraft) -> None:
    """RSS 2.0: a permalink guid is the item's address, also where it has no ``link``."""
    if draft.id.startswith(("http://", "https://")):
        draft.links.append(Link(href=draft.id))


def _media_rss(draft: EntryDraft, channel: Shared) -> None:
    level = media.shared(draft.media_rss, channel, draft.context)
    draft.media.extend(media.objects(draft.media_rss, level, draft.context))
    if not draft.media:
        draft.people.extend(level.credits)
        draft.rights.extend(level.statements)
    if draft.summary is None and draft.content is None and draft.fallback_summary is None:
        draft.fallback_summary = _described(draft, level)


def _described(draft: EntryDraft, level: Shared) -> Text | None:
    """``media:description`` of the item, or of its only object: all that some video feeds say."""
    value = level.description
    if not value and len({found.description for found in draft.media}) == 1:
        value = draft.media[0].description
    return Text(value=value, kind=texts.kind_of(value)) if value else None


def _with_duration(found: RawMedia, duration: str) -> RawMedia:
    return replace(found, duration=duration) if found.element == "enclosure" and not found.duration else found


def _guid(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.id = element.text or "" if len(element) == 0 else text_of(element)
    draft.id = draft.id.strip()
    draft.id_is_permalink = attribute(element, "isPermaLink", "ispermalink").lower() != "false"


def _atom_id(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.id = draft.id or text_of(element)


def _title(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.title = draft.title or texts.loose(element, draft.context, draft.top)


def _atom_title(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.title = draft.title or texts.atom(element, draft.context, draft.top)


def _other_title(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.fallback_title = draft.fallback_title or texts.loose(element, draft.context, draft.top)


def _description(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.summary = draft.summary or texts.loose(element, draft.context, draft.top)


def _atom_summary(draft: Draft, element: etree._Element, _name: str) -> None:
    draft.summary = draft.summary or texts.atom(element, draft.context, draft.top)


def _other_summary(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.fallback_summary = draft.fallback_summary or texts.loose(element, draft.context, draft.top)


def _encoded(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.content = _longer(draft.content, texts.html(element, draft.context, draft.top))


def _xhtml_body(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    value = texts.inner_xml(element)
    if value:
        found = texts.loose(element, draft.context, draft.top)
        draft.content = _longer(draft.content, replace(found, value=value, kind=TextKind.XHTML) if found else None)


def _atom_content(draft: Draft, element: etree._Element, _name: str) -> None:
    """RFC 4287 section 4.1.3: inline, or elsewhere (``src``)."""
    assert isinstance(draft, EntryDraft)
    source = draft.context.link(element, attribute(element, "src"))
    if source:
        draft.links.append(Link(href=source, rel="content", media_type=attribute(element, "type") or None))
        return
    draft.content = _longer(draft.content, texts.atom(element, draft.context, draft.top))


def _longer(one: Text | None, other: Text | None) -> Text | None:
    if one is None or other is None:
        return one or other
    return other if len(other.value) > len(one.value) else one


def _enclosure(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    url = draft.context.link(element, attribute(element, "url", "href"))
    if url:
        draft.media.append(
            RawMedia(
                url=url,
                element="enclosure",
                media_type=attribute(element, "type"),
                length=attribute(element, "length"),
            ),
        )


def _link(draft: Draft, element: etree._Element, name: str) -> None:
    """An Atom link; an enclosure is a media object as well."""
    assert isinstance(draft, EntryDraft)
    before = len(draft.links)
    common.atom_link(draft, element, name)
    for link in draft.links[before:]:
        if link.rel == "enclosure":
            draft.media.append(
                RawMedia(
                    url=link.href,
                    element="atom:link[rel=enclosure]",
                    media_type=link.media_type or "",
                    length=attribute(element, "length"),
                    title=link.title or "",
                ),
            )


def _image(draft: Draft, element: etree._Element, name: str) -> None:
    """``itunes:image`` (``href``), RSS ``image`` (``url`` inside), webfeeds' cover."""
    assert isinstance(draft, EntryDraft)
    written = attribute(element, "href", "url", "image")
    inside = next((child for key, child in children(element) if key == "url"), None)
    url = draft.context.link(element, written or text_of(element if inside is None else inside))
    if url:
        draft.media.append(RawMedia(url=url, element=name, medium="image"))


def _duration(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.duration = text_of(element)


def _comments(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.comments = draft.comments or draft.context.link(element, text_of(element))


def _original(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    draft.original_link = draft.original_link or draft.context.link(element, text_of(element))


def _rss_source(draft: Draft, element: etree._Element, _name: str) -> None:
    assert isinstance(draft, EntryDraft)
    url = draft.context.link(element, attribute(element, "url"))
    title = text_of(element)
    if url or title:
        draft.source = RawSource(title=title, url=url)


def _atom_source(draft: Draft, element: etree._Element, _name: str) -> None:
    """RFC 4287 section 4.2.11."""
    assert isinstance(draft, EntryDraft)
    inner = Draft(draft.context, element)
    icon = ""
    for inside, child in children(element):
        if inside in {"atom:icon", "atom:logo"}:
            icon = icon or draft.context.link(child, text_of(child))
        elif handler := _SOURCE.get(inside):
            handler(inner, child, inside)
    draft.source = RawSource(
        title=inner.title.value if inner.title else "",
        url=_first(inner, "self"),
        home_url=_first(inner, "alternate"),
        id=inner.id,
        updated=next((found.value for found in inner.dates if found.element == "updated"), ""),
        icon=icon,
        authors=tuple(inner.people),
        rights=tuple(inner.rights),
    )


def _first(draft: Draft, relation: str) -> str:
    return next((link.href for link in draft.links if link.rel == relation), "")


def _extension(draft: Draft, element: etree._Element, name: str) -> None:
    assert isinstance(draft, EntryDraft)
    value = text_of(element) or attribute(element, f"{RDF}resource", "href", "url")
    if value:
        draft.extensions.append((name, json.dumps(value, ensure_ascii=False)))


_SOURCE: dict[str, common.Handler] = {
    **common.HANDLERS,
    "atom:title": _atom_title,
    "atom:id": _atom_id,
}
_HANDLERS: dict[str, Callable[[Draft, etree._Element, str], None]] = {
    **common.HANDLERS,
    "guid": _guid,
    "id": _atom_id,
    "atom:id": _atom_id,
    "title": _title,
    "atom:title": _atom_title,
    "dc:title": _other_title,
    "dcterms:title": _other_title,
    "itunes:title": _other_title,
    "description": _description,
    "summary": _atom_summary,
    "atom:summary": _atom_summary,
    "atom:tagline": _atom_summary,
    "dc:description": _other_summary,
    "dcterms:abstract": _other_summary,
    "itunes:summary": _other_summary,
    "itunes:subtitle": _other_summary,
    "content:encoded": _encoded,
    "fullitem": _encoded,
    "xhtml:body": _xhtml_body,
    "xhtml:div": _xhtml_body,
    "body": _xhtml_body,
    "atom:content": _atom_content,
    "content": _atom_content,
    "enclosure": _enclosure,
    "atom:link": _link,
    "itunes:image": _image,
    "image": _image,
    "webfeeds:cover": _image,
    "webfeeds:featuredimage": _image,
    "itunes:duration": _duration,
    "comments": _comments,
    "feedburner:origlink": _original,
    "pheedo:origlink": _original,
    "source": _rss_source,
    "atom:source": _atom_source,
    "dc:source": _extension,
    "dc:identifier": _extension,
    "dcterms:identifier": _extension,
    "cc:morepermissions": _extension,
}
