"""Words of plain text in any script: counted, and cut to a beginning without cutting one."""

from __future__ import annotations

import re

from aggregator.text.html import collapse

_SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_SPACELESS_RUN = re.compile(f"[{_SPACELESS}]+")
_STOPS = "。！？、，；：.,;:!?)]）】」』"
CHARACTERS_PER_WORD = 2
"""Scripts without spaces between words (Chinese, Japanese, Thai …): that many characters count as one word."""
ELLIPSIS = "…"
_CJK_LANGUAGES = frozenset(("zh", "ja", "th", "lo", "km", "my", "yue"))


def count_words(text: str) -> int:
    """How many words `text` has; in scripts without spaces two characters count as one."""
    if text.isascii() or not _HAS_SPACELESS.search(text):
        return _count(text)
    dense = sum(len(run) for run in _SPACELESS_RUN.findall(text))
    return _count(_SPACELESS_RUN.sub(" ", text)) + (dense + 1) // CHARACTERS_PER_WORD


def count_plain_words(text: str) -> int:
    """`count_words` of what `aggregator.text.html.plain` gave: it has no white space but single spaces and line ends."""
    if not text.isascii() and _HAS_SPACELESS.search(text):
        return count_words(text)
    return text.count(" ") + text.count("\n") + 1 if text else 0


def _count(text: str) -> int:
    """How many words stand between white space; by its gaps where each is one character, as in plain text."""
    line = text.replace("\n", " ")
    if "  " in line or not line.isprintable():
        return len(text.split())
    line = line.strip()
    return line.count(" ") + 1 if line else 0


def excerpt(text: str, words: int, language: str = "und") -> str:
    """The first `words` words of `text` on one line, with an ellipsis where something was left out.

    No word is cut. In scripts without spaces the cut is after two characters a word, moved back to the last stop
    where one is near; `language` (BCP 47) says so where the text itself is mixed.
    """
    if words <= 0:
        return ""
    spaceless = language.partition("-")[0] in _CJK_LANGUAGES or _HAS_SPACELESS.search(text[:200])
    if not spaceless:
        pieces = text.split(None, words)
        return " ".join(pieces) if len(pieces) <= words else _ended(" ".join(pieces[:words]))
    line = collapse(text)
    if count_words(line) <= words:
        return line
    return _ended(line[: _spaceless_cut(line, words)])


def _spaceless_cut(line: str, words: int) -> int:
    budget, position = words * CHARACTERS_PER_WORD, 0
    for token in re.finditer(rf"[{_SPACELESS}]|[^\s{_SPACELESS}]+|\s+", line):
        cost = 1 if _HAS_SPACELESS.match(token[0]) else 0 if token[0].isspace() else CHARACTERS_PER_WORD
        if cost > budget:
            break
        budget -= cost
        position = token.end()
    earlier = max((line.rfind(stop, 0, position) for stop in "。！？"), default=-1) + 1
    return earlier if earlier > position * 0.7 else position


def _ended(beginning: str) -> str:
    return beginning.rstrip().rstrip(_STOPS if not beginning.endswith(("。", "！", "？")) else " ") + ELLIPSIS
