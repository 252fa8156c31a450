"""Creative Commons licences, read from urls, abbreviations and names in many languages.

Sources: the licence urls of creativecommons.org (deed, legal code, translations, ported versions, retired licences) and
the official translations of the licence names. A version that is not written is never guessed; a pair of elements that
no licence has (ND with SA) is no licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aggregator.model.licence import Licence, Term
from aggregator.normalise.tables import rows

VERSIONS = frozenset({"1.0", "2.0", "2.1", "2.5", "3.0", "4.0"})
ORDER = ("by", "nc", "nd", "sa")
TERMS = {
    "by": Term.ATTRIBUTION,
    "nc": Term.NON_COMMERCIAL,
    "nd": Term.NO_DERIVATIVES,
    "sa": Term.SHARE_ALIKE,
}
SAMPLING = frozenset({Term.ATTRIBUTION})
RETIRED = {
    "sampling": ("CC-SAMPLING", SAMPLING),
    "sampling+": ("CC-SAMPLING-PLUS", SAMPLING),
    "nc-sampling+": ("CC-NC-SAMPLING-PLUS", SAMPLING | {Term.NON_COMMERCIAL}),
    "devnations": ("CC-DEVNATIONS", frozenset({Term.ATTRIBUTION})),
}
URL = re.compile(
    r"(?<![\w-])(?:https?:)?(?://)?(?:(?:www|i)\.)?creativecommons\.org/(?:licen[sc]es|l)/(?P<code>[a-z]+(?:[-+][a-z]*)*)"
    r"(?:/v?(?P<version>\d(?:\.\d)?)(?:/(?P<port>[a-z]+))?)?[^\s<>\"')\]]*",
    re.IGNORECASE,
)
PUBLIC = re.compile(
    r"(?<![\w-])(?:https?:)?(?://)?(?:(?:www|i)\.)?creativecommons\.org/(?:publicdomain|p)/(?P<code>zero|mark)\b[^\s<>\"')\]]*",
    re.IGNORECASE,
)
_ELEMENT = r"(?:BY|NC|ND|SA|Sampling\+?)"
ABBREVIATION = re.compile(
    r"(?<![\w@.])(?:(?<!/)|(?-i:(?=CC|Creative)))\(?(?:CC|Creative\s+Commons)\)?(?P<gap>[\s\-–_:]{0,3})\(?"
    rf"(?P<elements>{_ELEMENT}(?:[\s\-–_/:,]{{0,3}}{_ELEMENT})*)\)?(?![A-Za-z])"
    r"(?P<tail>[\s\-–,(_]{0,3}(?:(?:v\.?|version)\s?)?(?P<version>\d[.,]\d|(?<=[-v])\d)(?![\d.,]\d|\d))?",
    re.IGNORECASE,
)
ZERO = re.compile(
    r"(?<![\w@.])(?:(?<!/)|(?-i:(?=CC|Creative)))(?:CC|Creative\s+Commons)[\s\-–]{0,2}(?:0|Zero)(?![:\d\w])(?:[\s\-–,]{0,2}v?1\.0(?!\d))?(?!\.\d)",
    re.IGNORECASE,
)
MARK = re.compile(r"\bPublic\s+Domain\s+Mark(?:\s*1\.0)?|\bPDM[\s-]?1\.0|\bCC[\s-]PDM?(?:[\s-]1\.0)?\b", re.IGNORECASE)
_STEMS = (
    "attribution naamsverm namensn paternit reconoc atribu attribuz erkänn navngiv nimeä uznanie uveďte указан зазнач атриб"
    " 表示 署名 姓名標示 저작자 atıf alıntı alinti reconeix nevezd atribuire"
)
STEMS = tuple(_STEMS.split())
"""One of these stands in every licence that is named in words."""
VAGUE = re.compile(
    r"\bCreative[\s-]+Commons\b(?:[\s-]+(?:Licen[sc]e|Lizenz|licentie|licencia|licença|licenza))?"
    r"|(?-i:\bCC)[\s-](?:Licen[sc]e|Lizenz|licentie)\b|クリエイティブ・?コモンズ|知识共享|創用CC|크리에이티브 커먼즈",
    re.IGNORECASE,
)
VAGUE_HINT = re.compile(r"CC|[Cc]ommons|COMMONS|コモンズ|知识共享|커먼즈")

HINTS = ("cc", "creative", "mark", "pd", "commons", "コモンズ", "知识共享", "커먼즈", *STEMS)
"""One of these stands, in lower case, in all that `words` and `vague` find."""


@dataclass(frozen=True, slots=True)
class Match:
    """A licence and the span of the text that names it."""

    licence: Licence
    start: int
    end: int


@cache
def _ports() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {name.casefold(): code for code, *rest in rows("jurisdictions.tsv") for name in rest}
    codes = {code for code, *_ in rows("jurisdictions.tsv")}
    upper = "|".join(sorted(code.upper() for code in codes))
    spelt = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(
        rf"[\s\-–,(]{{1,3}}(?:(?P<code>(?:{upper})(?!\w)|(?:{upper.lower()})(?=\s*(?:$|[).,;|>])))|(?i:(?P<name>{spelt})(?!\w)))"
    )
    return pattern, names | {code: code for code in codes}


@cache
def _names() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    words = {element: "|".join(patterns) for element, *patterns in rows("licence-words.tsv")}
    gap = r"[\s\-–—‐/,.:·・()「」]{0,4}(?:(?:and|und|en|et|e|y|i|och|og|и)\s)?"
    rest = rf"(?:{gap}(?:{words['nc']}|{words['sa']}|{words['nd']}))*"
    prefix = (
        r"(?P<prefix>(?:Creative\s+Commons|(?<!\w)CC|クリエイティブ・?コモンズ|知识共享(?:许可协议)?|創用\s?CC|크리에이티브 커먼즈)"
        r"[\s\-–—:,\"“”„'’(]{0,4}(?:(?:licen[sc]e|licencia|licença|licenza|Lizenz|licentie|лицензи[яи])\s+)?)?"
    )
    version = r"(?P<tail>[\s\-–—,(]{0,4}(?:v\.?|version\s|versie\s|versión\s)?\s?(?P<version>\d[.,]\d)(?!\d))?"
    scope = r"(?:[\s,(]{0,2}(?:International|Internationaal|Internacional|Internazionale|Unported|Generic|Universal|国际|國際|국제)\b\)?)?"
    pattern = re.compile(rf"{prefix}(?<!\w)(?P<elements>(?:{words['by']}){rest}){version}{scope}", re.IGNORECASE)
    return pattern, {element: re.compile(text, re.IGNORECASE) for element, text in words.items()}


def family(code: str, version: str | None, port: str | None, raw: str) -> Licence | None:
    """The licence of a code such as ``by-nc-nd``; None where no such licence exists."""
    if version is not None:
        version = version if "." in version else f"{version}.0"
        if version not in VERSIONS:
            return None
    code = code.lower().strip("-")
    if code in RETIRED:
        return _retired(code, version, raw)
    elements = tuple(sorted(set(code.split("-")), key=lambda part: ORDER.index(part) if part in ORDER else 9))
    if not _exists(elements, version):
        return None
    return _licence(elements, version, port if version and version != "4.0" else None, raw)


def _exists(elements: tuple[str, ...], version: str | None) -> bool:
    if not set(elements) <= set(ORDER) or {"nd", "sa"} <= set(elements):
        return False
    return "by" in elements or version in {"1.0", "2.0"}


def _licence(elements: tuple[str, ...], version: str | None, port: str | None, raw: str) -> Licence:
    label = "-".join(elements).upper()
    code = "-".join(elements)
    if version == "1.0" and {"nd", "nc"} <= set(elements):
        code = code.replace("nc-nd", "nd-nc")
    url = f"https://creativecommons.org/licenses/{code}/{version}/" if version else None
    tail = [part for part in (version, port.upper() if port else None) if part]
    return Licence(
        id="-".join(["CC", label, *tail]),
        url=f"{url}{port}/" if url and port else url,
        name=" ".join(["CC", label, *tail]),
        raw=raw,
        terms=frozenset(TERMS[element] for element in elements),
    )


def _retired(code: str, version: str | None, raw: str) -> Licence:
    name, terms = RETIRED[code]
    return Licence(
        id=f"{name}-{version}" if version else name,
        url=f"https://creativecommons.org/licenses/{code}/{version}/" if version else None,
        name=f"{name.replace('-PLUS', '+').replace('-', ' ')} {version or ''}".strip(),
        raw=raw,
        terms=terms,
    )


def public(code: str, raw: str) -> Licence:
    """CC0 (``zero``) or the Public Domain Mark (``mark``): each has one version only."""
    label, name = ("CC0-1.0", "CC0 1.0") if code == "zero" else ("PDM-1.0", "Public Domain Mark 1.0")
    return Licence(id=label, url=f"https://creativecommons.org/publicdomain/{code}/1.0/", name=name, raw=raw)


def urls(text: str) -> Iterator[Match]:
    """Every Creative Commons url in a text."""
    for found in URL.finditer(text):
        version, port = found["version"], (found["port"] or "").lower()
        licence = family(found["code"], version, _ports()[1].get(port), found[0])
        if licence:
            yield Match(licence, *found.span())
    for found in PUBLIC.finditer(text):
        yield Match(public(found["code"].lower(), found[0]), *found.span())


def words(text: str) -> Iterator[Match]:
    """Every Creative Commons licence that a text names or abbreviates."""
    folded = text.lower()
    if "cc" in folded or "creative" in folded:
        for found in ABBREVIATION.finditer(text):
            if match := _abbreviated(found, text):
                yield match
        for found in ZERO.finditer(text):
            yield Match(public("zero", found[0]), *found.span())
    if "mark" in folded or "pd" in folded:
        for found in MARK.finditer(text):
            yield Match(public("mark", found[0]), *found.span())
    if any(stem in folded for stem in STEMS):
        yield from _spelt(text)


def _spelt(text: str) -> Iterator[Match]:
    pattern, _ = _names()
    for found in pattern.finditer(text):
        if match := _named(found, text):
            yield match


def vague(text: str) -> Iterator[tuple[int, int]]:
    """Spans that speak of Creative Commons without saying which licence."""
    return (found.span() for found in VAGUE.finditer(text)) if VAGUE_HINT.search(text) else iter(())


def _abbreviated(found: re.Match[str], text: str) -> Match | None:
    elements, version = found["elements"], found["version"]
    parts = re.findall(r"sampling\+?|by|nc|nd|sa", elements.lower())
    # "CC by Jane" is a credit to Jane, not a licence: lower case needs a version, a hyphen or a second element.
    if elements != elements.upper() and not version and "-" not in found["gap"] and len(parts) == 1:
        return None
    if elements.upper() != elements.lower() and elements not in {elements.upper(), elements.lower()} and not version:
        return None
    return _match(found, text, "-".join(parts), version)


def _named(found: re.Match[str], text: str) -> Match | None:
    elements = found["elements"]
    parts = [code for code, pattern in _names()[1].items() if pattern.search(elements)]
    if not found["prefix"] and not (found["version"] and _scoped(found)) and len(parts) == 1:
        return None
    if not found["prefix"] and not found["version"] and not re.search(r"[-–]", elements):
        return None
    return _match(found, text, "-".join(parts), found["version"])


def _scoped(found: re.Match[str]) -> bool:
    return not found[0].rstrip().endswith((found["version"] or "", ")"))


def _match(found: re.Match[str], text: str, code: str, version: str | None) -> Match | None:
    version = version.replace(",", ".") if version else None
    start, end, port = found.start(), found.end(), None
    if text[start : start + 1] == "(" and ")" not in text[start:end]:
        start += 1
    if version and (place := _ports()[0].match(text, end)):
        port, end = _ports()[1][(place["code"] or place["name"]).lower()], place.end()
    licence = family(code, version, port, text[start:end].strip(" (,-–"))
    return Match(licence, start, end) if licence else None
