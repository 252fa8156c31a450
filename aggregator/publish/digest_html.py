"""An issue for people with a browser or a mail reader: its web page, the archive of issues, and the mail.

The mail is tables with their styles inlined, because that is what mail readers show alike; what they may ignore (narrow
screens, dark mode) stands in one style element beside it. It never grows past what Gmail shows whole: stories that do
not fit are left to the page on the web.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import css_inline
from markupsafe import Markup

from aggregator.model.digest import Issue, IssueItem
from aggregator.model.edition import Site
from aggregator.publish import digest, facts
from aggregator.publish.credit import line
from aggregator.publish.digest_text import image_alt
from aggregator.publish.html import environment, page, view
from aggregator.publish.node import clean

CLIP = 102_000
"""Bytes of HTML from which Gmail cuts a message off."""
IMAGE_WIDTH = 592


def write_page(issue: Issue) -> bytes:
    """The issue's page on the site."""
    made = digest.edition(issue)
    sections = [
        {"title": section.title, "items": [view(made, one.item) for one in section.items]} for section in issue.sections
    ]
    return page(
        "digest_issue.html",
        issue.site,
        issue.language,
        title=issue.title,
        description=digest.subject(issue),
        canonical=digest.url(issue),
        number_line=digest.number_line(issue),
        sections=sections,
        withdrawn=_withdrawn(issue),
        archive=f"{issue.site.base_url}/{digest.folder(issue.name)}/",
    )


def write_archive(
    site: Site, language: str, name: str, title: str, issues: Sequence[Issue], feeds: Sequence[dict[str, str]]
) -> bytes:
    """The page that lists a digest's issues, the newest first."""
    return page(
        "digest_archive.html",
        site,
        language,
        title=title,
        canonical=f"{site.base_url}/{digest.folder(name)}/",
        feeds=feeds,
        issues=[
            {"url": digest.url(issue), "line": digest.number_line(issue), "titles": _titles(issue)} for issue in issues
        ],
    )


def _titles(issue: Issue) -> list[str]:
    return [one.item.title for one in issue.items[:3] if one.item.title]


def _withdrawn(issue: Issue) -> str:
    return digest.phrases(issue).withdrawn.format(issue.withdrawn) if issue.withdrawn else ""


def write_mail(issue: Issue, unsubscribe: str = "", most: int = CLIP) -> str:
    """The mail's HTML: a whole document below `most` bytes, with as many stories from the start as fit.

    `unsubscribe` is an address, or a mailing tool's placeholder for one; empty: no such link.
    """
    whole = _mail(issue, unsubscribe, 0)
    if len(whole.encode()) <= most:
        return whole
    fewest, count = 0, len(issue.items)
    while count - fewest > 1:
        middle = (fewest + count) // 2
        fits = len(_cut(issue, unsubscribe, middle).encode()) <= most
        fewest, count = (middle, count) if fits else (fewest, middle)
    return _cut(issue, unsubscribe, fewest)


def _cut(issue: Issue, unsubscribe: str, count: int) -> str:
    return _mail(digest.first(issue, count), unsubscribe, len(issue.items) - count)


def _mail(issue: Issue, unsubscribe: str, more: int) -> str:
    words = digest.phrases(issue)
    text = (
        environment()
        .get_template("digest_mail.html")
        .render(
            issue=issue,
            language=issue.language,
            subject=digest.subject(issue),
            number_line=digest.number_line(issue),
            preheader=" · ".join(_titles(issue)),
            sections=[{"title": s.title, "items": _views(issue, s.items)} for s in issue.sections],
            url=digest.url(issue),
            words=words,
            more=words.more.format(more) if more else "",
            because=words.because.format(issue.title),
            withdrawn=_withdrawn(issue),
            unsubscribe=unsubscribe,
            style=_read("digest_mail.css"),
            width=IMAGE_WIDTH,
        )
    )
    return _inlined(clean(text))


def _views(issue: Issue, items: Iterable[IssueItem]) -> list[dict[str, Any]]:
    lead = issue.items[0] if issue.items else None
    return [_story(issue, one, lead=one is lead) for one in items]


def _story(issue: Issue, one: IssueItem, *, lead: bool) -> dict[str, Any]:
    made = digest.edition(issue)
    link = digest.link_of(issue, one)
    image = next(iter(facts.images(made, one.item)), None)
    return {
        "title": one.item.title or link,
        "url": link,
        "publisher": digest.publisher_of(one),
        "summary": one.item.summary,
        "language": facts.item_language(one.item) or issue.language,
        "image": {"url": image.url, "alt": image_alt(one)} if image else None,
        "credit": Markup(line(made, one.item)),  # noqa: S704  built escaped
        "read": digest.phrases(issue).read_at.format(digest.publisher_of(one)),
        "lead": lead,
    }


def write_fragment(issue: Issue) -> str:
    """The issue as plain HTML without styles: what the issue feed carries and mailing tools put their own style on."""
    return (
        environment()
        .get_template("digest_fragment.html")
        .render(
            sections=[{"title": s.title, "items": _views(issue, s.items)} for s in issue.sections],
            language=issue.language,
            withdrawn=_withdrawn(issue),
        )
    )


@cache
def _read(name: str) -> Markup:
    return Markup(files("aggregator.publish").joinpath(f"templates/{name}").read_text("utf-8"))  # noqa: S704  ours


@cache
def _inliner() -> Any:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _inlined(html: str) -> str:
    inlined = cast("str", _inliner().inline(html))
    adaptive = f"<style>{_read('digest_adaptive.css')}</style>\n</head>"
    return inlined.replace("<!DOCTYPE html>", "<!doctype html>", 1).replace("</head>", adaptive, 1)
