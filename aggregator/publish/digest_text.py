"""An issue as plain text for terminals and mail, and as Markdown for editors and tools."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import unescape

from aggregator.model.digest import Issue, IssueItem, IssueSection
from aggregator.publish import digest
from aggregator.publish.credit import line
from aggregator.publish.node import clean
from aggregator.text.html import plain

WIDTH = 72
_LINK = re.compile(r'<a href="([^"]*)"([^>]*)>(.*?)</a>')
_LICENCE = re.compile(r"licen[cs]e|creativecommons|publicdomain", re.IGNORECASE)
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_LIKE = re.compile(r"^(\s*)([-+]|\d+[.)])(\s)")


def write_text(issue: Issue) -> str:
    """The whole issue in 72 columns; every credit, and the addresses of articles and licences."""
    words = digest.phrases(issue)
    lines = [issue.title, digest.number_line(issue), "=" * WIDTH, ""]
    for section in issue.sections:
        lines += [*_heading(section), *(text for one in section.items for text in _story(issue, one))]
    if issue.withdrawn:
        lines += [words.withdrawn.format(issue.withdrawn), ""]
    lines += ["-" * WIDTH, *_wrapped(words.terms)]
    if digest.url(issue):
        lines.append(f"{words.on_the_web}: {digest.url(issue)}")
    return clean("\n".join(lines)) + "\n"


def _heading(section: IssueSection) -> list[str]:
    return [section.title.upper(), "-" * min(WIDTH, len(section.title)), ""] if section.title else []


def _story(issue: Issue, one: IssueItem) -> Iterator[str]:
    link = digest.link_of(issue, one)
    yield from _wrapped(f"* {one.item.title or link}", later="  ")
    if one.item.summary:
        yield from _wrapped(one.item.summary, first="  ", later="  ")
    yield f"  {link}"
    yield from _wrapped(credit_text(issue, one), first="  ", later="  ")
    yield ""


def credit_text(issue: Issue, one: IssueItem) -> str:
    """The attribution line as plain words, with the addresses of licences."""
    return " ".join(plain(_LINK.sub(_spelt, line(digest.edition(issue), one.item))).split())


def _spelt(match: re.Match[str]) -> str:
    url, relation, text = match.groups()
    return f"{text} ({url})" if "license" in relation or _LICENCE.search(url) else text


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    """Addresses stay whole."""
    words = " ".join(text.split())
    return textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def write_markdown(issue: Issue) -> str:
    """The whole issue as CommonMark."""
    words = digest.phrases(issue)
    parts = [f"# {_escaped(issue.title)}", _escaped(digest.number_line(issue))]
    for section in issue.sections:
        parts += [f"## {_escaped(section.title)}"] if section.title else []
        parts += [part for one in section.items for part in _markdown_story(issue, one)]
    if issue.withdrawn:
        parts.append(f"*{words.withdrawn.format(issue.withdrawn)}*")
    parts += ["---", _escaped(words.terms)]
    if digest.url(issue):
        parts.append(f"[{words.on_the_web}]({digest.url(issue)})")
    return clean("\n\n".join(parts)) + "\n"


def _markdown_story(issue: Issue, one: IssueItem) -> Iterator[str]:
    link = digest.link_of(issue, one)
    yield f"### [{_escaped(one.item.title or link)}]({_target(link)})"
    for image in one.item.images:
        yield f"![{_escaped(image_alt(one))}]({_target(image.url)})"
    if one.item.summary:
        yield _escaped(one.item.summary)
    yield _markdown_credit(line(digest.edition(issue), one.item))


def image_alt(one: IssueItem) -> str:
    """What stands where the lead image is not shown; empty where there is none."""
    return next((image.alt or image.title or image.description or one.item.title for image in one.item.images), "")


def _markdown_credit(html: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(html):
        parts += [
            _escaped(_words(html[end : match.start()])),
            f"[{_escaped(_words(match[3]))}]({_target(unescape(match[1]))})",
        ]
        end = match.end()
    return "".join([*parts, _escaped(_words(html[end:]))])


def _words(html: str) -> str:
    """The words of a piece of HTML; spaces at its ends stay."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def _escaped(text: str) -> str:
    return _LIST_LIKE.sub(r"\1\\\2\3", _MARKS.sub(r"\\\1", " ".join(text.split(" "))).replace("\n", " "))


def _target(url: str) -> str:
    return f"<{url}>" if re.search(r"[()\s]", url) else url
