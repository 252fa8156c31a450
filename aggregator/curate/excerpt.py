"""The part of an article that a verdict lets through: plain words, never half a word, never half an element."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from aggregator.curate.terms import is_run, normalise
from aggregator.model.article import Article

_SPACELESS = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
_PIECE = re.compile(rf"\s*(?:{_SPACELESS}|\S+?(?={_SPACELESS}|\s|$))")
_SPACELESS_SHARE = 0.5
"""What a character counts in a script written without spaces."""
_TOO_SHORT = 8
"""Words: a summary below this is no teaser, and the text stands in."""
_IMAGE = re.compile(r"<img\b(?:[^>\"]|\"[^\"]*\")*>", re.IGNORECASE)
_SRC = re.compile(r"\ssrc=\"([^\"]*)\"", re.IGNORECASE)
_EMPTY_FIGURE = re.compile(r"<figure[^>]*>\s*</figure>", re.IGNORECASE)


def excerpt(article: Article, words: int) -> str:
    """At most `words` words of the summary, else of the text, as plain text; an ellipsis tells that more follows."""
    summary = " ".join(article.summary.split())
    text = summary if len(summary.split()) >= _TOO_SHORT or _spaceless(summary) else ""
    return cut(text or " ".join(article.text[: words * 40].split()) or summary, words)


def _spaceless(text: str) -> bool:
    return any(is_run(word) for word in normalise(text[:40]).split())


def cut(text: str, words: int) -> str:
    """`text` up to its `words`-th word."""
    count, end = 0.0, 0
    for piece in _PIECE.finditer(text):
        count += _SPACELESS_SHARE if is_run(piece[0].strip()) and len(piece[0].strip()) == 1 else 1
        if count > words:
            return f"{text[:end].rstrip(' ,;:–—-')} …"
        end = piece.end()
    return text.strip()


def as_html(text: str) -> str:
    """Plain text as one paragraph."""
    return f"<p>{escape(text, quote=False)}</p>" if text else ""


def without_images(html: str, keep: Callable[[str], bool]) -> str:
    """Sanitised HTML without the images whose address `keep` refuses."""

    def kept(match: re.Match[str]) -> str:
        source = _SRC.search(match[0])
        return match[0] if source and keep(unescape(source[1])) else ""

    changed = _IMAGE.sub(kept, html)
    return changed if changed == html else _EMPTY_FIGURE.sub("", changed)
