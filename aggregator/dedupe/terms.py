"""Words for comparing what texts are about: lower case, stemmed by language with a cache, function words by rarity."""

from __future__ import annotations

import re
from collections import Counter
from typing import Protocol, cast

import snowballstemmer

from aggregator.dedupe.tokens import fold

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_CACHE_LIMIT = 200_000
_TEXT_LIMIT = 1500
_TITLE_WEIGHT = 2


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


class Stemming:
    """Stems of words, remembered: each word of a language is stemmed once."""

    def __init__(self) -> None:
        self._stemmers: dict[str, _Stemmer | None] = {}
        self._known: dict[tuple[str, str], str] = {}

    def stem(self, word: str, language: str) -> str:
        """The stem of a lower-case word; the word itself where we have no stemmer for its language."""
        stem = self._known.get((language, word))
        if stem is None:
            stemmer = self._stemmer(language)
            stem = stemmer.stemWord(word) if stemmer else word
            if len(self._known) >= _CACHE_LIMIT:
                self._known.clear()
            self._known[language, word] = stem
        return stem

    def _stemmer(self, language: str) -> _Stemmer | None:
        if language not in self._stemmers:
            name = _LANGUAGES.get(language)
            self._stemmers[language] = cast("_Stemmer", snowballstemmer.stemmer(name)) if name else None
        return self._stemmers[language]


def term_counts(title: str, text: str, language: str, stemming: Stemming) -> Counter[str]:
    """How often each term stands in a text's beginning; words of the title count twice."""
    primary = language.split("-", 1)[0].lower()
    counts: Counter[str] = Counter()
    for weight, part in ((_TITLE_WEIGHT, title), (1, text[:_TEXT_LIMIT])):
        for word in _WORD.findall(fold(part)):
            counts[stemming.stem(word, primary)] += weight
    return counts
