"""Whether words look like the name of somebody: the last test before a credit is believed."""

from __future__ import annotations

import re
import unicodedata

from aggregator.normalise.tables import words

LONGEST = 64
OTHER_SCRIPT = re.compile(
    r"^[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af·・\s]{2,24}$"
)
SENTENCE = re.compile(r"[。！？!?、，]|の(?:は|が)|(?:です|ます|である|하다|했다|는|합니다)$")
USER = re.compile(r"^(?:User:|Benutzer:|Gebruiker:|Utilisateur:|@|u/)?[\w.\-]{2,39}$")


def letters(word: str) -> str:
    return word.strip(".,;:()[]\"'“”„«»‘’")


def capitalised(word: str) -> bool:
    """Whether a word of a name starts as names do: a capital, an initial, or a script without capitals."""
    core = letters(word).removeprefix("d'").removeprefix("d’").removeprefix("l'").removeprefix("l’").removeprefix("O'")
    if not core:
        return False
    first = core[0]
    return first.isupper() or unicodedata.category(first) in {"Lo", "Lt"} or (core[:2].lower() == "mc")


def is_name(text: str, *, most: int = 6) -> bool:
    """Whether `text` is shaped like the name of a person or a body: capitalised words and particles, nothing else."""
    text = text.strip()
    if (
        not 2 <= len(text) <= LONGEST
        or text.casefold() in words("names.tsv", "nothing")
        or "://" in text
        or SENTENCE.search(text)
    ):
        return False
    if OTHER_SCRIPT.match(text):
        return True
    parts = text.split()
    if len(parts) > most or any(any(mark in part for mark in '<>{}=|%#*+"“”') or part[-1] in ":?!" for part in parts):
        return False
    return _spelt(parts)


def _spelt(parts: list[str]) -> bool:
    particles = words("roles.tsv", "particle")
    first, last = letters(parts[0]), letters(parts[-1])
    initial = len(first) == 1 and parts[0].endswith(".")
    if (
        not initial
        and first.casefold() in words("names.tsv", "common")
        and first.casefold()
        not in {
            "de",
            "la",
            "le",
            "den",
            "o",
            "da",
            "el",
        }
    ):
        return False
    if not capitalised(last) or sum(any(c.isdigit() for c in part) for part in parts) > 0:
        return False
    return all(capitalised(part) or letters(part).casefold() in particles or part in {"&", "-"} for part in parts)


def is_user(text: str) -> bool:
    """Whether `text` is a single word as people call themselves on platforms: ``JanetR3``, ``@jane``, ``User:Jane``."""
    text = text.strip()
    return (
        bool(USER.match(text))
        and text.casefold() not in words("names.tsv", "common")
        and text.casefold() not in words("names.tsv", "nothing")
    )


def is_maker(text: str) -> bool:
    """A name or a user name: for places that can hold nothing else, such as ``by … on Flickr``."""
    return is_name(text) or is_user(text)


def is_titled(text: str) -> bool:
    """Whether every word is capitalised but the small ones between them, as in *Ministry of Health*."""
    parts = text.split()
    small = words("roles.tsv", "particle") | {"of", "the", "for"}
    ends = bool(parts) and capitalised(parts[0]) and capitalised(parts[-1])
    return ends and len(parts) <= 9 and all(capitalised(part) or letters(part).casefold() in small for part in parts)


def is_place(text: str) -> bool:
    """Whether a name may as well be a place's or a thing's: *Old Town Hall*."""
    return any(word.casefold() in words("names.tsv", "place") for word in text.split())
