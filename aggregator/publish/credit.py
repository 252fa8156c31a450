"""The visible attribution line: who wrote it, where, under which licence, whose images, and who else carried it.

Readers do not show ``source``, so that the line is part of the content where a topic asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from aggregator.model.attribution import Image
from aggregator.model.edition import Edition, EditionItem
from aggregator.model.licence import Licence
from aggregator.publish import facts
from aggregator.publish.labels import Labels, labels


def with_credit(edition: Edition, item: EditionItem) -> str:
    """The content with the editor's note, and with its attribution line where the topic asks for one (HTML)."""
    credit = line(edition, item) if edition.topic.attribution_line else ""
    return item.content + edit_note(edition, item) + credit


def edit_note(edition: Edition, item: EditionItem) -> str:
    """One paragraph of HTML that says that an editor changed the item, with the title it had; empty where none did."""
    if item.edited is None:
        return ""
    words = labels(facts.language(edition))
    parts = [f"{words.edited}: {escape(item.edited, quote=False)}"]
    if item.original_title:
        parts.append(f"{words.original}: {link(item.url, item.original_title)}")
    return f"<p><small>{' · '.join(parts)}</small></p>"


def line(edition: Edition, item: EditionItem) -> str:
    """One paragraph of HTML; never empty, since every item has an author and a publisher."""
    words = labels(facts.language(edition))
    parts = [_who(item), *_terms(item, words), *_images(edition, item, words), *_others(item, words)]
    return f"<p><small>{' · '.join(parts)}</small></p>"


def _who(item: EditionItem) -> str:
    publisher = facts.source(item)
    names = [escape(p.name, quote=False) for p in facts.people(item) if p.name != publisher.title]
    day = facts.local(item.published).date().isoformat()
    return ", ".join([*names, link(publisher.home_url or item.url, publisher.title), day])


def _terms(item: EditionItem, words: Labels) -> Iterator[str]:
    if item.licence is not None:
        yield f"{words.text}: {_licence(item.licence, words, rel='license')}"
    rights = facts.rights(item)
    if rights and (item.licence is None or rights != facts.licence_name(item.licence)):
        yield escape(rights, quote=False)


def _licence(licence: Licence, words: Labels, rel: str = "") -> str:
    shown = link(licence.url if licence.known else None, facts.licence_name(licence), rel if licence.verified else "")
    return shown if licence.verified else f"{shown} ({words.unverified})"


def _images(edition: Edition, item: EditionItem, words: Labels) -> Iterator[str]:
    for image in facts.images(edition, item):
        credit = image_credit(image, words)
        if credit:
            yield f"{words.image}: {credit}"


def image_credit(image: Image, words: Labels) -> str:
    """One image's credit as HTML; the line as found, verbatim, where there is one; empty where nothing is known."""
    parts = [link(image.source_url, image.credit_line)] if image.credit_line else list(_composed(image))
    if image.licence is not None:
        parts.append(_licence(image.licence, words))
    if image.copyright and image.copyright != image.credit_line:
        parts.append(escape(image.copyright, quote=False))
    return ", ".join(parts)


def _composed(image: Image) -> Iterator[str]:
    if image.title:
        yield link(image.source_url, f"“{image.title}”")
    if image.creator:
        yield link(image.creator_url, image.creator)
    if image.source_name:
        yield link(None if image.title else image.source_url, image.source_name)


def _others(item: EditionItem, words: Labels) -> Iterator[str]:
    others = {other.publisher.title: link(other.url, other.publisher.title) for other in item.also}
    for account in item.related:
        if account.title:
            others.setdefault(account.title, link(account.href, account.title))
    others.pop(facts.source(item).title, None)  # another feed of the same publisher
    if others:
        yield f"{words.also} {', '.join(others.values())}"
    if others and item.first_seen_at and item.also:
        yield f"{words.original if item.original_known else words.first_seen}: {escape(item.first_seen_at, quote=False)}"


def link(url: str | None, text: str, rel: str = "") -> str:
    """A link where there is an http(s) address to link to, else the words alone."""
    if not url or not url.startswith(("http://", "https://")):
        return escape(text, quote=False)
    relation = f' rel="{rel}"' if rel else ""
    return f'<a href="{escape(url)}"{relation}>{escape(text, quote=False)}</a>'
