"""Credit lines: who made a picture, where it was taken from and under which licence, as facts.

Precision before recall: a line is a credit only when something in it says so that says nothing else (a label with its
colon, an agency behind a slash, a copyright sign, a licence), and only when nothing is left over that is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from aggregator.model.licence import Licence, Term
from aggregator.normalise import agencies, creditparts, licences
from aggregator.normalise.creditparts import Parts
from aggregator.normalise.names import is_place

LONGEST = {"field": 300, "caption": 600, "near": 400}
VIEW = re.compile(
    r"\.?\s*(?:To view a copy of this licen[sc]e,? visit|To view the terms,? visit|For details,? see)\s*", re.IGNORECASE
)
GENERIC = re.compile(
    r"^(?:this|these|our|all|except|unless|content|text|the\s+(?:article|text|content|post|work|site|story|code)|we|he|she|it|they|source code"
    r"|dieser?|dieses|der (?:text|artikel|inhalt)|alle|cet(?:te)?|ce|tout|este|esta|todo|dit|deze|tekst|questo|questa|denna|detta|этот|эта|ця|цей)\b",
    re.IGNORECASE,
)
ENDS = re.compile(r"(?<!\b[A-Z]\.)(?<=[.!?。…\"”»)])\s+(?=\S)|\n+|\s\|\s|(?<=[。！？])")
ENDING = frozenset('.!?。…"”»)！？|\n')
"""One of these stands before the last character where `ENDS` finds anything that matters."""
WHOLE = re.compile(r"^\s*[(\[](?P<inside>[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]][\s.]*$")
BRACKETED = re.compile(r"[(\[](?P<inside>[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]][\s.]*$")
SIGNS = re.compile(
    r"©|\(c\)|\bCC|[Cc]reative [Cc]ommons|[Ll]icen|[Ll]izen|иценз|іценз|[Dd]omain|Unsplash|Pexels|Pixabay|Flickr|Commons|摄|攝|撮影"
)
SIGN_PARTS = (
    *("©", "(c)", "CC", "ommons", "icen", "izen", "иценз", "іценз", "omain"),
    *("Unsplash", "Pexels", "Pixabay", "Flickr", "摄", "攝", "撮影"),
)
"""One of these stands in all that `SIGNS` finds."""
SEPARATORS = (",", "/", "|", "(", "–", "—", "-", "·", ";")
STARTS_WITH_YEAR = re.compile(r"^(?:(?:©|\(c\)|copyright)\s*)+\d{4}", re.IGNORECASE)


class CreditContext(StrEnum):
    """Where a line stands: the less it was made for a credit, the more of it must say so."""

    FIELD = "field"
    """An element or attribute made for credits: ``media:credit``, ``creditText``, ``data-credit``."""
    CAPTION = "caption"
    """A caption of the image."""
    NEAR = "near"
    """Running text near an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The facts of one credit line. `raw` is the part of the line that is the credit, from `start` to `end`."""

    raw: str
    start: int = 0
    end: int = 0
    title: str | None = None
    creator: str | None = None
    creator_url: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    agency: str | None = None
    licence: Licence | None = None
    rights_managed: bool = False
    confidence: float = 1.0


@dataclass(slots=True)
class Reading:
    """One segment while it is read: what is left of it, and what has spoken for its being a credit."""

    rest: str
    context: CreditContext
    licence: Licence | None = None
    url: str | None = None
    title: str | None = None
    label: str = ""
    """``strong``, ``weak``, ``bare``, ``by``, ``of``, ``copyright``, ``courtesy`` or empty."""
    separated: bool = False
    """A comma, a slash or a bracket stood before the licence."""
    sentence: bool = False
    """*is licensed under* joined the rest and the licence."""
    enclosed: bool = False
    """The segment stood in brackets of its own."""


def parse_credit(line: str, links: Sequence[tuple[str, str]], *, context: CreditContext) -> Credit | None:
    """The credit in `line`, whose links are `links` as (text, absolute url).

    None where there is none, or where it cannot be read with care. In a caption the credit may be one sentence, or the
    bracket at its end; near an image it must be the whole line or the bracket at its end.
    """
    if not 2 <= len(line) <= LONGEST[context.value]:
        return None
    if context == CreditContext.NEAR and not worth_reading(line):
        return None
    folded = creditparts.fold(line)
    for start, end, enclosed in _segments(folded, context):
        credit = _segment(folded[start:end], links, context, enclosed=enclosed)
        if credit:
            return replace(credit, raw=line[start:end].strip(), start=start, end=end)
    return None


def worth_reading(line: str) -> bool:
    """A cheap test that most running text fails: a label at the start, a bracket at the edge, or a sign of a licence."""
    if len(line) > LONGEST["near"] or (len(line) > 260 and not line.rstrip(" .").endswith((")", "]"))):
        return False
    if line[0] in '([©"“„«「/' or line.rstrip(" .")[-1:] in {")", "]"}:
        return True
    return _signed(line) or ("/" in line and len(line) < 120) or creditparts.is_labelled(creditparts.fold(line))


def _signed(line: str) -> bool:
    return any(part in line for part in SIGN_PARTS) and bool(SIGNS.search(line))


def _segments(line: str, context: CreditContext) -> Iterator[tuple[int, int, bool]]:
    """Where a credit may stand, the likeliest first: (start, end, in brackets)."""
    whole = WHOLE.match(line)
    if whole:
        yield *whole.span("inside"), True
    yield 0, len(line), False
    if not whole and (")" in line or "]" in line) and (found := BRACKETED.search(line)):
        yield *found.span("inside"), True
    if context != CreditContext.CAPTION:
        return
    breaks = [] if ENDING.isdisjoint(line[:-1]) else [match.span() for match in ENDS.finditer(line)]
    for _, after in breaks[:12]:
        yield after, len(line), False
    for label in creditparts.inner_label().finditer(line) if ":" in line or "=" in line else ():
        if label.start():
            yield label.start(), len(line), False
    for before, _ in reversed(breaks[:12]):
        yield 0, before, False


def _segment(text: str, links: Sequence[tuple[str, str]], context: CreditContext, *, enclosed: bool) -> Credit | None:
    text = text.strip()
    if len(text) > 260 or GENERIC.match(text):
        return None
    if not links and context != CreditContext.FIELD and _is_prose(text):
        return None
    reading = Reading(rest=text, context=context, enclosed=enclosed)
    _cut_licence(reading, links)
    _cut_label(reading)
    reading.title, reading.rest = creditparts.titled(reading.rest, links)
    if reading.title is None and reading.licence and not reading.label:
        reading.title, reading.rest = creditparts.title_by(reading.rest)
    loose = bool(reading.licence or reading.title) or context == CreditContext.FIELD or _on_platform(reading.rest)
    parts = creditparts.take_apart(reading.rest, loose=loose)
    if not _believable(reading, parts):
        return None
    return _linked(_facts(reading, parts), links)


def _is_prose(text: str) -> bool:
    """Whether a text without links ends as no credit does: in a small word that is nobody's name.

    A shortcut for most captions. What is cut off a credit stands before its last word, unless it is a licence; and what
    is left may only end in a name, which has a capital, an agency, or a word for one's own work. User names, quoted
    titles and joined names are no matter of the last word alone.
    """
    last = text.rstrip(" .,:;").rpartition(" ")[2]
    if not (last.isalpha() and last[0].islower()) or last.startswith("mc"):
        return False
    if last in creditparts.endings() or last.casefold() in creditparts.endings():
        return False
    if any(mark in text for mark in ('"', "/", "|", "www.", "WWW.")):
        return False
    return last[0] not in "ªº" and not licences.may_name(text)


def _cut_licence(reading: Reading, links: Sequence[tuple[str, str]]) -> None:
    """Take the licence out of the rest: words, urls and the links' targets must agree."""
    text = VIEW.sub(" ", reading.rest)
    found = licences.find(text)
    linked = [licence for words, url in links if words and words in text and (licence := licences.from_url(url))]
    for words, url in links:
        if words in text and not licences.spans(words) and licences.from_url(url):
            text = text.replace(words, " ")
    spans = licences.spans(text)
    if spans:
        reading.separated = text[: spans[0][0]].rstrip(" <").endswith(SEPARATORS)
        before, reading.sentence = creditparts.without_connector(text[: spans[0][0]])
        middle = [text[one[1] : other[0]] for one, other in pairwise(spans) if other[0] > one[1]]
        text = f"{before} | {' | '.join(middle)} | {text[max(end for _, end in spans) :]}".strip(" |")
    if bare := creditparts.URL.search(text):
        reading.url = bare[0].strip("<>.,")
        text = f"{text[: bare.start()]} | {text[bare.end() :]}"
    reading.licence = _agreed(found.licence if found else None, linked)
    reading.rest = text.strip(" \t<>")


def _agreed(said: Licence | None, linked: Sequence[Licence]) -> Licence | None:
    candidates = [*([said] if said else []), *linked]
    best = max(candidates, key=lambda one: (one.known, len(one.id)), default=None)
    if best and any(one.known and not best.id.startswith(one.id) for one in candidates):
        return None
    return best


def _cut_label(reading: Reading) -> None:
    text = reading.rest
    for kind in ("courtesy", "strong", "weak"):
        pattern = creditparts.courtesy() if kind == "courtesy" else creditparts.label_pattern(kind)
        if found := pattern.match(text):
            reading.label, reading.rest = kind, text[found.end() :]
            _cut_by(reading)
            return
    if maker := creditparts.signed(text):
        reading.label, reading.rest = "strong", maker
        return
    if found := creditparts.COPYRIGHT.match(text):
        reading.label, reading.rest = "copyright", text[found.end() :]
        return
    for kind in ("by", "of"):
        found = creditparts.by_pattern(kind).match(text)
        if found and (found["label"] or kind == "by"):
            reading.label, reading.rest = kind if found["label"] else "", text[found.end() :]
            return
    if found := creditparts.label_pattern("bare").match(text):
        reading.label, reading.rest = "bare", text[found.end() :]


def _cut_by(reading: Reading) -> None:
    """*Photo: by X*"""
    if found := re.match(r"(?:by|door|von|par|por)\s+(?=[^\W\d_])", reading.rest, re.IGNORECASE):
        reading.rest = reading.rest[found.end() :]


def _on_platform(text: str) -> bool:
    behind = (text[match.end() :] for match in re.finditer(r"\s\S+\s+", text))
    return any(agencies.lookup(one) for one in (*behind, *re.split(r"[/|]", text)))


def _believable(reading: Reading, parts: Parts) -> bool:
    """Whether enough speaks for a credit, and nothing against it."""
    someone = bool(parts.names or parts.sources)
    if parts.others or len(parts.names) > 4 or not (someone or (reading.title and reading.licence)):
        return False
    if reading.context == CreditContext.FIELD:
        return True
    if reading.label in {"strong", "courtesy"}:
        return _strong(reading, parts)
    backed = bool(reading.licence or parts.agencies)
    match reading.label:
        case "by":
            return backed or (len(parts.names) == 1 and _full(parts.names[0]))
        case "weak" | "of":
            return backed
        case "bare":
            return (
                reading.context == CreditContext.CAPTION
                and (bool(parts.agencies) or all(map(_full, parts.names)))
                and someone
            )
        case "copyright":
            return _copyrighted(reading, parts)
        case _:
            return _unlabelled(reading, parts)


def _strong(reading: Reading, parts: Parts) -> bool:
    if reading.licence or parts.agencies:
        return True
    return all(map(_full, parts.names)) or parts.slashed


def _full(name: str) -> bool:
    """Whether a name is one that needs no other proof: two words, or a script that writes names in one."""
    return len(name.split()) > 1 or (not name.isascii() and len(name) < 8 and not name[0].isupper())


def _copyrighted(reading: Reading, parts: Parts) -> bool:
    if STARTS_WITH_YEAR.match(reading.rest) or re.match(r"\d{4}", reading.rest):
        return bool(parts.agencies or (reading.licence and reading.licence.open))
    if reading.context == CreditContext.NEAR:
        return bool(parts.agencies) or bool(reading.licence and reading.licence.open)
    return bool(parts.agencies) or all(map(_full, parts.names))


def _unlabelled(reading: Reading, parts: Parts) -> bool:
    if reading.licence:
        if reading.title or reading.sentence or parts.agencies:
            return _open(reading)
        whole = reading.context == CreditContext.CAPTION or all(map(_full, parts.names))
        return _open(reading) and reading.separated and len(parts.names) == 1 and whole
    if not parts.agencies:
        return False
    if not parts.names:
        return reading.context == CreditContext.CAPTION and len(parts.agencies) == 1 and not parts.slashed
    joined = parts.slashed or _on_platform(reading.rest)
    if reading.context == CreditContext.NEAR:
        return len(parts.names) == 1 and joined and (reading.enclosed or _full(parts.names[0]))
    return len(parts.names) == 1 and (joined or _full(parts.names[0]))


def _open(reading: Reading) -> bool:
    return reading.licence is not None and Term.NO_REUSE not in reading.licence.terms


def _facts(reading: Reading, parts: Parts) -> Credit:
    names, sources = list(parts.names), list(parts.sources)
    if reading.label in {"courtesy", "weak"} and names and not parts.agencies and not sources:
        sources, names = names, []
    if len(names) > 1 and parts.slashed:
        sources, names = [*names[1:], *sources], names[:1]
    managed = next((agency for agency in parts.agencies if agency.managed), None)
    agency = managed or next(iter(parts.agencies), None)
    licence = reading.licence if reading.licence and (reading.licence.known or reading.licence.url) else None
    return Credit(
        raw="",
        title=reading.title or next(iter(parts.titles), None),
        creator=", ".join(dict.fromkeys(names)) or None,
        source_name="/".join(dict.fromkeys(sources)) or None,
        source_url=reading.url,
        agency=agency.name if agency else None,
        licence=licence,
        rights_managed=managed is not None,
        confidence=_confidence(reading, parts),
    )


def _confidence(reading: Reading, parts: Parts) -> float:
    if reading.context == CreditContext.FIELD:
        return 0.95
    if any(is_place(name) for name in parts.names) and not parts.agencies and not reading.licence:
        return 0.6
    sure = {"strong": 0.92, "courtesy": 0.88, "by": 0.88, "bare": 0.82, "copyright": 0.85}.get(reading.label, 0.85)
    return min(0.97, sure + (0.05 if reading.licence or parts.agencies else 0.0))


def _linked(credit: Credit, links: Sequence[tuple[str, str]]) -> Credit:
    """The same credit with the targets of the links on its creator, its title and its source."""
    for words, url in links:
        if not words or not url.startswith(("http://", "https://")) or licences.from_url(url):
            continue
        if credit.creator and is_same(words, credit.creator):
            credit = replace(credit, creator_url=credit.creator_url or url)
        elif (credit.title and is_same(words, credit.title)) or (
            credit.source_name and (is_same(words, credit.source_name) or agencies.by_host(url))
        ):
            credit = replace(credit, source_url=credit.source_url or url)
    return credit


def is_same(one: str, other: str) -> bool:
    return creditparts.fold(one).strip(" \"'").casefold() == other.strip(" \"'").casefold()
