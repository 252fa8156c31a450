"""Words in a form that can be compared: one function for articles and queries alike.

Compatibility forms, case, accents and apostrophes are levelled (DEDUPE section 3); names such as AT&T, c++, c# and
.net stay one word; scripts written without spaces stay runs that are searched as substrings, which finds what an index
of bigrams finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

AND_SIGN, PLUS, HASH, DOT = "\x01", "\x02", "\x03", "\x04"
"""Stand for ``& + # .`` inside a word, where these belong to it."""

_SPACELESS = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_SPACELESS}]+")
_SPECIAL_LETTERS = {
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ŋ": "n",
    "ħ": "h",
    "й": "й",  # a letter of its own, unlike the accented vowels
    "ї": "ї",
    "‘": "'",
    "’": "'",
    "ʼ": "'",
    "＇": "'",
    "′": "'",
}
_FOLDED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")

_POSSESSIVE = re.compile(r"'s\b", re.IGNORECASE)
_ELISION = re.compile(r"'(?:(?<=\b[ldjnscmt]')|(?<=\bqu')|(?<=ll')|(?<=\bun'))(?=\w)", re.IGNORECASE)
_AND_SIGN = re.compile(r"&(?<=[^\W_]&)(?=[^\W_])")
_PLUS = re.compile(r"\+\+(?<=[^\W_]\+\+)(?![^\W_])")
_HASH = re.compile(r"#(?<=\b[A-Za-z]#)(?![^\W_])")
_DOT = re.compile(r"\.(?<![\w.]\.)(?=[A-Za-z]{2})")


def _ascii_table() -> dict[int, int]:
    table = dict.fromkeys(range(128), ord(" "))
    table |= {ord(c): ord(c.lower()) for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
    table |= {ord(c): ord(c) for c in (AND_SIGN, PLUS, HASH, DOT)}
    return table


_ASCII = _ascii_table()
_ASCII_SEPARATORS = frozenset(chr(code) for code, to in _ASCII.items() if to == ord(" ") and chr(code) != " ")


class _Folds(dict[str, str]):
    """What each character beyond ASCII becomes; filled as characters are met."""

    def __missing__(self, character: str) -> str:
        folded = self[character] = _fold_character(character)
        return folded


def _fold_character(character: str) -> str:
    if special := _SPECIAL_LETTERS.get(character):
        return special
    if _is_mark(character):
        return ""
    name = unicodedata.name(character, "")
    plain = unicodedata.normalize("NFKC", character).casefold()
    if name.startswith(_FOLDED_SCRIPTS):
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return "".join(_kept(c) for c in plain)


def _is_mark(character: str) -> bool:
    """Whether it only decorates a letter: accents, Arabic and Hebrew vowel signs, invisible joiners."""
    code = ord(character)
    return (
        0x300 <= code <= 0x36F
        or 0x591 <= code <= 0x5C7
        or 0x64B <= code <= 0x65F
        or code in (0x670, 0x640, 0xAD)
        or unicodedata.category(character) == "Cf"
    )


def _kept(character: str) -> str:
    if character.isascii():
        return character
    if special := _SPECIAL_LETTERS.get(character):
        return special
    if _is_mark(character):
        return ""
    return character if unicodedata.category(character)[0] in "LNM" else " "


_FOLDS = _Folds()


def _fold(text: str) -> str:
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = text.casefold()
    for character in sorted(set(text)):
        if character > "\x7f":
            folded = _FOLDS[character]
            if folded != character:
                text = text.replace(character, folded)
    return text


def _specials(text: str) -> str:
    if "'" in text:
        text = _ELISION.sub(" ", _POSSESSIVE.sub("", text)).replace("'", "")
    if "&" in text:
        text = _AND_SIGN.sub(AND_SIGN, text)
    if "++" in text:
        text = _PLUS.sub(PLUS + PLUS, text)
    if "#" in text:
        text = _HASH.sub(HASH, text)
    if "." in text:
        text = _DOT.sub(DOT, text)
    return text


def _separated(text: str) -> str:
    for character in set(text) & _ASCII_SEPARATORS:
        text = text.replace(character, " ")
    return _RUN.sub(r" \g<0> ", text)


def normalise(text: str) -> str:
    """The words of `text`, levelled, each between single spaces: ``" the moon "``; a single space where it has none."""
    if not text.isascii():
        text = _fold(text)
    text = _specials(text)
    text = text.translate(_ASCII) if text.isascii() else _separated(text)
    return f" {joined} " if (joined := " ".join(text.split())) else " "


def words_of(text: str) -> tuple[str, ...]:
    """The levelled words of `text`."""
    return tuple(normalise(text).split())


def is_run(word: str) -> bool:
    """Whether a levelled word is of a script written without spaces, and so is searched as a substring."""
    return _RUN.match(word) is not None


def pattern_of(words: tuple[str, ...], *, prefix: bool = False) -> str:
    """The string that stands in a levelled text exactly where these words do; with `prefix` the last may go on."""
    left = "" if is_run(words[0]) else " "
    right = "" if prefix or is_run(words[-1]) else " "
    return f"{left}{' '.join(words)}{right}"


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def spellings(text: str) -> tuple[tuple[str, ...], ...]:
    """Each way a word or phrase of a query may be written in an article, as levelled words; the plain one first.

    Umlauts also as ae, oe, ue; a word with hyphens also written together.
    """
    found = [words_of(text)]
    spelt = unicodedata.normalize("NFC", text).translate(_UMLAUTS)
    if spelt != text:
        found.append(words_of(spelt))
    if "-" in text.strip("-") and not any(c.isspace() for c in text):
        found.append(words_of(text.replace("-", "")))
    return tuple(dict.fromkeys(words for words in found if words))


SNOWBALL = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


@lru_cache(maxsize=len(SNOWBALL))
def _stemmer(algorithm: str) -> Callable[[str], str]:
    import snowballstemmer

    stem: Callable[[str], str] = snowballstemmer.stemmer(algorithm).stemWord
    return stem


@lru_cache(maxsize=200_000)
def _stem(word: str, algorithm: str) -> str:
    return _stemmer(algorithm)(word)


def stem(word: str, language: str) -> str:
    """The Snowball stem of a levelled word by a BCP 47 language; the word itself where there is no stemmer for it."""
    algorithm = SNOWBALL.get(language.partition("-")[0].lower())
    return _stem(word, algorithm) if algorithm else word
