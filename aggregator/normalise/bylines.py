"""People from the fields of a feed: names apart from addresses, several authors apart, roles and affiliations.

Nothing is invented: an address without a name gives nobody, and what cannot be told apart stays as it was written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from aggregator.model.attribution import Person, PersonKind
from aggregator.model.entry import RawPerson
from aggregator.model.licence import Evidence, Origin
from aggregator.normalise import agencies
from aggregator.normalise.names import is_name
from aggregator.normalise.tables import words

ADDRESS = re.compile(r"(?:mailto:)?[\w.+%-]+(?:@| at |\[at\]|\(at\))[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
AT = ("@", " at ", "[at]", "(at)")
"""One of these stands in every address, in lower case."""
TAG = re.compile(r"<(?![^<>@\s]+@)[^>]*>")
URL = re.compile(r"^(?:https?:)?//\S+$|^https?:\S+$", re.IGNORECASE)
JOINER = re.compile(r"\s*[;、，]\s*|\s+(?:and|&|en|und|et|y|e|og|och|ja|i|a|и|і|та|ve)\s+", re.IGNORECASE)
SUFFIX = re.compile(
    r"^(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|MBA|MSc|BSc|MA|Dr|Esq|Prof|CPA|J\.?D|RN|FRS|OBE|CBE)\.?$", re.IGNORECASE
)
FOR_WORDS = frozenset(("for", "voor", "für", "pour", "para", "dla", "per", "для", "at", "bij", "bei", "of"))
FOR = re.compile(rf"^(?P<name>.+?)\s+(?:{'|'.join(sorted(FOR_WORDS))})\s+(?P<body>[^\s].+)$")
IN = re.compile(r"^(?P<name>.+?)\s+in\s+(?P<place>[^\s].*)$")
BRACKET = re.compile(r"^(?P<name>[^()]+?)\s*[(\[](?P<inside>[^()\[\]]+)[)\]]$")
BAR = re.compile(r"\s*(?:[|•·]|\s/|/\s|\s[–—-])\s*|(?<=\w)/(?=[A-ZÀ-Þ])")
LOCAL_BY = {"di": ("it",), "von": ("de",), "av": ("sv", "no", "nb", "nn"), "af": ("da",), "от": ("bg",), "per": ("ca",)}
AMBIGUOUS_JOINERS = {"e": ("it", "pt"), "i": ("pl", "ca"), "a": ("cs",), "y": ("es",), "en": ("nl", "af")}
ROLES_OF_AUTHORS = frozenset({"", "author", "creator", "dc:creator"})


def people(
    raw: Sequence[RawPerson], *, language: str, publisher: str, origin: Origin = Origin.FEED_ENTRY
) -> tuple[Person, ...]:
    """The persons and organisations that `raw` names, in order, each once, with evidence.

    `language` (BCP 47) decides what a short word such as *di* may mean; `publisher` is the source's title, which makes a
    name an organisation's.
    """
    if not raw:
        return ()
    found: dict[str, Person] = {}
    for one in raw:
        for person in _read(one, language.partition("-")[0].lower(), publisher, origin):
            key = person.name.casefold()
            found[key] = _merged(found[key], person) if key in found else person
    return tuple(found.values())


def _merged(one: Person, other: Person) -> Person:
    return replace(
        one,
        uri=one.uri or other.uri,
        email=one.email or other.email,
        affiliation=one.affiliation or other.affiliation,
    )


@lru_cache(maxsize=4096)
def _read(raw: RawPerson, language: str, publisher: str, origin: Origin) -> tuple[Person, ...]:
    return tuple(_each(raw, language, publisher, origin))


def _each(raw: RawPerson, language: str, publisher: str, origin: Origin) -> Iterator[Person]:
    name, email = _without_address(_plain(raw.name))
    uri = raw.uri.strip() if raw.uri.strip().startswith(("http://", "https://")) else ""
    email = raw.email.strip().removeprefix("mailto:") or email
    if URL.match(name) or not name:
        uri = uri or name
        name = re.sub(r"^(?:https?:)?//(?:www\.)?|/$", "", uri)
    parts = [*_split(_without_by(name, language), language)]
    evidence = Evidence(fact="authors", origin=origin, locator=raw.element or "author", text=raw.name or raw.uri)
    for text in parts:
        alone = len(parts) == 1
        if person := _person(text, raw, publisher, evidence, uri=uri if alone else "", email=email if alone else ""):
            yield person


def _plain(text: str) -> str:
    if "<" in text or "&" in text:
        text = html.unescape(TAG.sub(" ", html.unescape(text)))
    return " ".join(text.split())


def _without_address(name: str) -> tuple[str, str]:
    folded = name.lower()
    found = ADDRESS.search(name) if any(sign in folded for sign in AT) else None
    if not found:
        return name, ""
    rest = f"{name[: found.start()]} {name[found.end() :]}".strip(" \t<>,;:-")
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1]
    return " ".join(re.sub(r"\(\s*\)|<\s*>|\[\s*\]", "", rest).split()).strip(' "'), found[0].removeprefix("mailto:")


def _without_by(name: str, language: str) -> str:
    by = _by_words().match(name)
    if not by or not is_name(JOINER.split(by["rest"])[0].split(",")[0]):
        return name
    word = by["by"].casefold()
    if word in LOCAL_BY and (language not in LOCAL_BY[word] or len(by["rest"].split()) < 2):
        return name
    return by["rest"]


@cache
def _by_words() -> re.Pattern[str]:
    spelt = "|".join(re.escape(word) for word in sorted(words("roles.tsv", "by"), key=len, reverse=True))
    return re.compile(rf"^(?P<by>{spelt})(?:\s*[:：]\s*|\s+)(?P<rest>\S.*)$", re.IGNORECASE)


def _split(name: str, language: str) -> Iterator[str]:
    """The several authors of one byline. Every part must be a full name; otherwise the whole is one."""
    pieces = [piece for piece in JOINER.split(name) if piece]
    spoken = not any(
        f" {word} " in name and language not in languages for word, languages in AMBIGUOUS_JOINERS.items()
    ) or all(len(piece.split()) > 1 for piece in pieces)
    firsts = [piece.split(",")[0] for piece in pieces]
    if len(pieces) > 1 and spoken and _full(firsts[0]) and all(_full(first) or _wire(first) for first in firsts):
        for piece in pieces:
            yield from _commas(piece)
    else:
        yield from _commas(name)


def _full(name: str) -> bool:
    return is_name(name) and (len(name.split()) > 1 or not name.isascii()) and not is_body(name)


def _wire(name: str) -> bool:
    agency = agencies.lookup(name)
    return agency is not None and agency.kind == "wire"


def _commas(name: str) -> Iterator[str]:
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) > 1 and all(_full(part) and not _is_role(part) for part in parts):
        yield from parts
    elif name:
        yield name


def is_body(text: str) -> bool:
    """Whether `text` names an agency, a company, a desk or an institution rather than a person."""
    agency = agencies.lookup(text)
    if agency and agency.kind != "platform":
        return True
    tokens = [word.strip(".,").casefold() for word in text.split()]
    bodies = words("roles.tsv", "company")
    return text.casefold() in words("roles.tsv", "organisation") or (
        any(token in bodies or f"{token}." in bodies for token in tokens[1:])
        or (len(tokens) > 1 and tokens[0] in bodies)
    )


def _is_role(text: str) -> bool:
    folded = text.casefold()
    return any(folded == role or folded.startswith((f"{role} ", f"{role},")) for role in words("roles.tsv", "role"))


def _person(text: str, raw: RawPerson, publisher: str, evidence: Evidence, *, uri: str, email: str) -> Person | None:
    name, role, body = _apart(text.strip(" ,;|-–—"), publisher)
    if len(name) < 2 and name.isascii():
        return None
    # A weblog under its writer's name: the title is a person's, so that the author is too.
    organisation = is_body(name) or (bool(publisher) and name.casefold() == publisher.casefold() and not _full(name))
    return Person(
        name=name,
        kind=PersonKind.ORGANISATION if organisation else PersonKind.PERSON,
        uri=uri or None,
        email=email or None,
        role=role or raw.role or None,
        affiliation=body,
        evidence=evidence,
    )


def _apart(text: str, publisher: str) -> tuple[str, str | None, str | None]:
    """Name, role and affiliation of one author."""
    if text.endswith((")", "]")) and (bracket := BRACKET.match(text)):
        return _bracketed(text, bracket["name"], bracket["inside"], publisher)
    name, *rest = (part.strip() for part in (BAR.split(text) if BAR.search(text) else text.split(",")))
    if not rest:
        return _for(text, publisher)
    role: list[str] = []
    body: list[str] = []
    for part in rest:
        if SUFFIX.match(part):
            name = f"{name}, {part}"
        elif _is_role(part):
            role.append(part)
        elif _names_body(part, publisher):
            body.append(part)
        else:
            return text, None, None
    return name, ", ".join(role) or None, ", ".join(body) or None


def _names_body(text: str, publisher: str) -> bool:
    return is_body(text) or (bool(publisher) and text.casefold() == publisher.casefold())


def _bracketed(text: str, name: str, inside: str, publisher: str) -> tuple[str, str | None, str | None]:
    if _names_body(inside, publisher):
        return name, None, inside
    if _is_role(inside):
        return name, inside, None
    if " " not in name and name == name.lower() and is_name(inside):
        return inside, None, None
    return text, None, None


def _for(text: str, publisher: str) -> tuple[str, str | None, str | None]:
    parts = text.split()
    if (
        "in" in parts
        and (place := IN.match(text))
        and is_name(place["place"])
        and (_full(place["name"]) or _wire(place["name"]))
    ):
        text = place["name"]
    found = None if FOR_WORDS.isdisjoint(parts) else FOR.match(text)
    if found and _full(found["name"]) and (is_name(found["body"]) or _names_body(found["body"], publisher)):
        return found["name"], None, found["body"]
    return text, None, None


def authors(raw: Sequence[RawPerson]) -> list[RawPerson]:
    """Those who wrote: editors, webmasters, publishers and contributors are not authors."""
    return [one for one in raw if one.role in ROLES_OF_AUTHORS and one.element not in {"managingEditor", "webMaster"}]


def contributors(raw: Sequence[RawPerson]) -> list[RawPerson]:
    return [one for one in raw if one.role == "contributor"]
