"""The parts of a credit line: labels, connectors, quoted titles, agencies and names.

Works on folded text, in which every character of another script's punctuation has been replaced by one ASCII character,
so that offsets stay those of the line as found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from aggregator.normalise import agencies
from aggregator.normalise.agencies import Agency
from aggregator.normalise.bylines import is_body
from aggregator.normalise.names import is_maker, is_name, is_titled
from aggregator.normalise.tables import words

FOLDED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»「」『』《》", '"'),
        **dict.fromkeys("\u00a0\u202f\u2009\u3000", " "),
        **dict(zip("：／（）｜，＝；", ":/()|,=;", strict=True)),
    }
)
LONGEST_CONNECTOR = 48
LIST = "credit-words.tsv"
SEPARATORS = re.compile(r"\s*[|;•·()\[\]]\s*|\s+[–—-]{1,2}\s+|,\s+|\s/\s|(?<=[\u3040-\u9fff\uac00-\ud7af]),")
SLASH = re.compile(r"\s*/\s*")
QUOTED = re.compile(r'^"\s*(?P<title>[^"]{2,160}?)\s*"[,.]?\s*')
ANYWHERE = re.compile(r'"\s*(?P<title>[^"]{2,160}?)\s*"')
BY = re.compile(r"^(?:by|door|par|por)\s+(?=\S)", re.IGNORECASE)
FOR = re.compile(r"^(?P<name>.+?)\s(?:for|voor|für|pour)\s(?P<body>.+)$")
SIGNED = re.compile(
    r"^(?P<agency>\S{2,6}社)?(?:记者|記者)?\s*(?P<name>[\u3005-\u9fff·]{2,8}?)\s*(?:撮影|摄影|攝影|摄|攝|供图|供圖)$"
)
REPORTER = re.compile(r"\s*(?:기자|記者撮影|撮影)$")
YEAR = re.compile(r"^(?:\d{1,2}\.?\s)?(?:[^\W\d]{3,12}\s)?\d{4}(?:\s?[-–]\s?\d{2,4})?$")
URL = re.compile(r"<?\b(?:https?://|www\.)[^\s<>\"')]+>?")
COPYRIGHT = re.compile(r"^(?:©|\(c\)|copyright\b(?:\s*©)?|℗)\s*(?:by\s+)?:?\s*", re.IGNORECASE)


@dataclass(slots=True)
class Parts:
    """What the parts of a credit turned out to be."""

    names: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    agencies: list[Agency] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    slashed: bool = False
    """Two parts were joined by a slash, as only credits do."""


@cache
def _alternatives(kind: str) -> str:
    spelt = sorted(words(LIST, kind), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in spelt)


@cache
def endings() -> frozenset[str]:
    """The words that an agency's name, a platform's or one's own work may end in."""
    named = {spelling for agency in agencies.agencies() for spelling in agency.spellings}
    return frozenset(word.split()[-1] for word in {*named, *words(LIST, "own"), "via"} if word.split())


@cache
def label_pattern(kind: str) -> re.Pattern[str]:
    """A label of one kind at the start of a segment, followed by what marks it as one."""
    ends = {
        "strong": r"\s*(?:[:=]\s*|\.\.\.\s*|…\s*|(?P<copy>©|\(c\)|\bcopyright\b)\s*)(?:(?:©|\(c\))\s*)?",
        "weak": r"\s*[:=,]\s*(?:(?:©|\(c\))\s*)?",
        "bare": r"[\s/]\s*(?=\S)",
    }
    return re.compile(rf"(?:{_alternatives(kind)}){ends[kind]}", re.IGNORECASE)


@cache
def _first_words() -> re.Pattern[str]:
    kinds = "|".join(_alternatives(kind) for kind in ("strong", "weak", "by", "courtesy"))
    return re.compile(rf"(?:{kinds})(?:[\s:=.…(/,]|©)", re.IGNORECASE)


def is_labelled(text: str) -> bool:
    """Whether a line starts with a word that may be a label."""
    return bool(_first_words().match(text))


@cache
def inner_label() -> re.Pattern[str]:
    """A strong label with its colon in the middle of a caption."""
    return re.compile(rf"(?<!\w)(?:{_alternatives('strong')})\s*[:=]\s*", re.IGNORECASE)


@cache
def by_pattern(kind: str) -> re.Pattern[str]:
    """``by`` (kind ``by``) or a word that may mean it (kind ``of``), after an optional label."""
    labels = _alternatives("strong")
    return re.compile(rf"(?:(?P<label>{labels})\s+)?(?:{_alternatives(kind)})(?:\s+|:\s*)(?=\S)", re.IGNORECASE)


@cache
def courtesy() -> re.Pattern[str]:
    labels = _alternatives("strong")
    return re.compile(rf"(?:(?:{labels})[\s:]+)?(?:{_alternatives('courtesy')})[\s:]+(?=\S)", re.IGNORECASE)


@cache
def _joining() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{_alternatives('by')})\s", re.IGNORECASE)


@cache
def _perhaps() -> re.Pattern[str]:
    return re.compile(rf"(?:{_alternatives('by')}|{_alternatives('of')})\s+", re.IGNORECASE)


@cache
def _connector() -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s,(])(?:{_alternatives('connector')})\s*:?\s*[(\"]?$", re.IGNORECASE)


@cache
def _platform() -> re.Pattern[str]:
    return re.compile(rf"^(?P<left>.*?)(?:^|\s)(?:{_alternatives('on')})\s+(?P<right>\S.*)$", re.IGNORECASE)


def fold(line: str) -> str:
    """The line with the punctuation of all scripts as ASCII, character for character."""
    return line.translate(FOLDED)


def without_connector(text: str) -> tuple[str, bool]:
    """A text that stood before a licence without *is licensed under* and its like; and whether there was any."""
    text, cut = text.rstrip(" \t,;(<"), False
    while found := _connector().search(text, max(0, len(text) - LONGEST_CONNECTOR)):
        text, cut = text[: found.start()].rstrip(" \t,;(<"), True
    return text.rstrip(" \t,;/|–—-("), cut


def titled(text: str, links: Iterable[tuple[str, str]]) -> tuple[str | None, str]:
    """A title in quotes or in a link, and what follows its *by*; (None, text) where there is none."""
    found = QUOTED.match(text)
    if found:
        rest = text[found.end() :]
        by = _perhaps().match(rest)
        return found["title"].rstrip(" ,."), rest[by.end() :] if by else rest
    for words_, _ in links:
        if words_ and text.startswith(words_) and (by := _perhaps().match(text[len(words_) :].lstrip(" ,"))):
            return words_, text[len(words_) :].lstrip(" ,")[by.end() :]
    return None, text


def title_by(text: str) -> tuple[str | None, str]:
    """*Title by creator* without quotes, split at the last unmistakable *by*."""
    found = list(_joining().finditer(text))
    if not found:
        return None, text
    return text[: found[-1].start()].strip(" ,\"'"), text[found[-1].end() :]


def take_apart(text: str, *, loose: bool) -> Parts:
    """Sort what is left of a credit into names, agencies and titles; `loose` admits user names."""
    parts = Parts()
    for found in ANYWHERE.finditer(text):
        parts.titles.append(found["title"])
    text = ANYWHERE.sub(" | ", text)
    for piece in SEPARATORS.split(text):
        _sort(piece, parts, loose=loose)
    parts.slashed = parts.slashed or " / " in text or "|" in text
    return parts


def _sort(piece: str, parts: Parts, *, loose: bool) -> None:
    piece = BY.sub("", piece.strip(" \t.,:;-–—/&\"'<>"))
    folded = piece.casefold()
    if not piece or YEAR.match(piece) or piece.isdigit() or folded in words(LIST, "own") or URL.fullmatch(piece):
        return
    piece = REPORTER.sub("", piece)
    if agency := agencies.lookup(piece):
        parts.agencies.append(agency)
        parts.sources.append(piece)
    elif split := _placed(piece):
        _sort(split[0], parts, loose=loose)
        _sort(split[1], parts, loose=loose)
    elif "/" in piece:
        parts.slashed = True
        for one in _slashed(piece):
            _sort(one, parts, loose=loose)
    elif stripped := COPYRIGHT.match(piece):
        _sort(piece[stripped.end() :], parts, loose=loose)
    elif len(piece) < 6 and piece.isupper() and piece.isascii() and folded not in words("names.tsv", "nothing"):
        parts.sources.append(piece)
    elif both := _for(piece):
        parts.names.append(both["name"])
        parts.sources.append(both["body"])
    elif is_body(piece) and is_titled(piece.removeprefix("The ")):
        parts.sources.append(piece)
    elif is_name(piece.removeprefix("The ")) or (loose and is_maker(piece)):
        (parts.sources if is_body(piece) else parts.names).append(piece)
    else:
        parts.others.append(piece)


def _for(piece: str) -> re.Match[str] | None:
    """*X for Y*, both of them names."""
    found = FOR.match(piece)
    return (
        found
        if found and is_name(found["name"]) and is_name(found["body"].removeprefix("The ").removeprefix("the "))
        else None
    )


def signed(text: str) -> str | None:
    """The maker before *撮影*, *摄* and their like, which stand after the name; None where there is no such word."""
    found = SIGNED.match(text)
    return f"{found['agency'] or ''} | {found['name']}".strip(" |") if found else None


def _placed(piece: str) -> tuple[str, str] | None:
    """*X on Unsplash*, *via Flickr*: the name and the platform apart."""
    found = _platform().match(piece)
    while found:
        if agencies.lookup(found["right"]):
            return found["left"], found["right"]
        rest = _platform().match(found["right"])
        if rest is None:
            return None
        left = piece[: len(piece) - len(found["right"])] + rest["left"]
        if agencies.lookup(rest["right"]):
            return left, rest["right"]
        found = rest
    return None


def _slashed(piece: str) -> list[str]:
    """The parts between slashes, where agencies that belong together (``AFP/Getty Images``) stay so."""
    parts = SLASH.split(piece)
    for size in range(len(parts) - 1, 1, -1):
        for start in (0, len(parts) - size):
            group = "/".join(parts[start : start + size])
            if agencies.lookup(group):
                return [*parts[:start], group, *parts[start + size :]]
    return parts
