"""In which language is this? Declared before detected, and every answer with its evidence."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, cast

from aggregator.model.article import Language, LanguageSource
from aggregator.model.entry import ParsedEntry, ParsedFeed
from aggregator.model.licence import Evidence, Origin
from aggregator.model.source import Source
from aggregator.text.listed import listed

SAMPLE = 500
"""Characters that are looked at."""
_SURE = 0.85
_LIKELY = 0.5
_FEWEST_LETTERS = 24
_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|\d{3}))?(?:[-_][a-zA-Z0-9-]+)?\Z")
_NAMES = {
    "english": "en", "dutch": "nl", "nederlands": "nl", "german": "de", "deutsch": "de", "french": "fr",
    "français": "fr", "spanish": "es", "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt",
    "russian": "ru", "japanese": "ja", "chinese": "zh", "korean": "ko", "polish": "pl", "turkish": "tr",
    "swedish": "sv", "iw": "he", "in": "id", "ji": "yi", "jp": "ja", "cn": "zh", "kr": "ko", "ua": "uk", "cz": "cs",
    "gr": "el", "se": "sv", "dk": "da", "uk": "uk", "en-uk": "en-GB", "eng": "en", "deu": "de", "ger": "de",
    "fra": "fr", "fre": "fr", "nld": "nl", "dut": "nl", "spa": "es", "ita": "it", "por": "pt", "rus": "ru",
    "jpn": "ja", "zho": "zh", "chi": "zh", "kor": "ko", "pol": "pl", "swe": "sv", "tur": "tr", "ukr": "uk",
}  # fmt: skip
"""What publishers write instead of a tag (RFC 5646)."""
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), frozenset(("ja",))),
    (re.compile(r"[\uac00-\ud7af]"), frozenset(("ko",))),
    (re.compile(r"[\u4e00-\u9fff]"), frozenset(("zh", "ja", "ko", "yue"))),
    (re.compile(r"[\u0400-\u04ff]"), listed("ru uk be bg sr mk kk ky mn tg tt ba cv os ce uz az bs")),
    (re.compile(r"[\u0600-\u06ff]"), listed("ar fa ur ps ckb ug sd ku az")),
    (re.compile(r"[\u0590-\u05ff]"), frozenset(("he", "yi"))),
    (re.compile(r"[\u0370-\u03ff]"), frozenset(("el",))),
    (re.compile(r"[\u0900-\u097f]"), listed("hi mr ne sa kok bho mai")),
    (re.compile(r"[\u0e00-\u0e7f]"), frozenset(("th",))),
)
_ANY_SCRIPT = re.compile(f"[{''.join(script.pattern[1:-1] for script, _ in _SCRIPTS)}]")
_STOPWORDS = {
    "en": "the and of to in is that for with was are this have from on it be as at by you not",
    "nl": "de het een en van in is dat niet op te zijn voor met die er aan ook bij naar werd maar",
    "de": "der die das und ist nicht mit den ein eine auf für von dem sich auch wird im zu des",
    "fr": "le la les des et est un une dans pour que qui sur pas avec au du ce par plus",
    "es": "el la los las de que y en un una por con para es del se no lo su como",
    "it": "il lo la gli le di che e un una per con non è sono del della nel anche dei",
    "pt": "o a os as de que e um uma em por com para não é do da no na dos se",
    "sv": "och att det som en är på för av med till inte den har ett om",
    "da": "og at det som en er på for af med til ikke den har et om der",
    "pl": "i w na się nie z do że jest to o jak po dla od przez",
    "af": "die van en in is nie om te het wat vir dat sy aan hy was word met se ’n 'n",
    "tr": "ve bir bu için ile de da olarak çok daha gibi olan en",
}
_STOPS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}
_FEWEST_STOPS = 6
_UNMISTAKABLE = frozenset(("en", "nl", "de", "fr", "it", "pl"))


@lru_cache(maxsize=1024)
def tag(declared: str) -> str:
    """A declared language as a BCP 47 tag with usual capitals (``pt-BR``, ``zh-Hant``); empty where it is none."""
    words = declared.strip()
    known = _NAMES.get(words.lower())
    if known:
        return known
    found = _TAG.match(words)
    if not found:
        return ""
    primary, script, region = found.groups()
    primary = _NAMES.get(primary.lower(), primary.lower())
    if primary in {"und", "xx", "mul", "zxx"}:
        return ""
    parts = [primary, script.title() if script else "", region.upper() if region else ""]
    return "-".join(part for part in parts if part)


def language(entry: ParsedEntry, feed: ParsedFeed, source: Source, text: str) -> Language:
    """The language of an entry whose plain text is `text`.

    The operator's word, then the entry's own declaration, its content's, the feed's (where the text does not plainly
    contradict it), then detection; ``und`` where none says anything. Detection is asked only where it is needed.
    """
    if source.language and (found := tag(source.language)):
        return _declared(found, LanguageSource.OPERATOR, Origin.OPERATOR, "source.language", 1.0)
    if source.trust.language and (declared := _declared_language(entry, feed, text)):
        return declared
    return _detected(text)


def _declared_language(entry: ParsedEntry, feed: ParsedFeed, text: str) -> Language | None:
    if found := tag(entry.language):
        return _declared(found, LanguageSource.ENTRY, Origin.FEED_ENTRY, "entry language", 0.95)
    body = entry.content or entry.summary
    if body is not None and body.language and (found := tag(body.language)) and found != tag(feed.language):
        return _declared(found, LanguageSource.CONTENT, Origin.FEED_ENTRY, "xml:lang of the content", 0.95)
    found = tag(feed.language)
    if not found:
        return None
    if contradicted(found, text):
        detected = _detected(text)
        if detected.confidence >= _SURE and detected.tag != found.partition("-")[0]:
            return detected
    return _declared(found, LanguageSource.FEED, Origin.FEED, "feed language", 0.9)


@lru_cache(maxsize=256)
def _declared(found: str, source: LanguageSource, origin: Origin, locator: str, confidence: float) -> Language:
    evidence = Evidence(fact="language", origin=origin, locator=locator, text=found, confidence=confidence)
    return Language(tag=found, source=source, confidence=confidence, evidence=evidence)


def contradicted(declared: str, text: str) -> bool:
    """Whether the script or the small words of `text` say that it is not in the declared language."""
    primary = declared.partition("-")[0]
    sample = text[:SAMPLE]
    if not sample.isascii() and _ANY_SCRIPT.search(sample):
        letters = sum(map(str.isalpha, sample)) or 1
        for script, languages in _SCRIPTS:
            if len(script.findall(sample)) > letters * 0.5:
                return primary not in languages
    own = _STOPS.get(primary)
    if own is None:
        return sample.isascii() and any(primary in languages for _, languages in _SCRIPTS) and len(sample) > SAMPLE // 2
    words = sample.lower().split()
    mine = sum(map(own.__contains__, words))
    if mine > 2:
        return False
    return max(sum(map(stops.__contains__, words)) for stops in _STOPS.values()) >= max(_FEWEST_STOPS, 3 * mine)


@cache
def _identifier() -> Any:
    from py3langid import langid

    model = cast("Any", langid)
    return model.LanguageIdentifier.from_model_file(model.MODEL_FILE, norm_probs=True)


def _detected(text: str) -> Language:
    sample = text[:SAMPLE]
    if found := _by_small_words(sample):
        return _inferred(found, 0.95, "function words", sample)
    if sum(map(str.isalpha, sample)) < _FEWEST_LETTERS and not _ANY_SCRIPT.search(sample):
        return Language()
    found, confidence = _identifier().classify(sample)
    return _inferred(str(found), float(confidence), "py3langid", sample) if confidence >= _LIKELY else Language()


def _by_small_words(sample: str) -> str:
    """The language whose small words stand out, among those that are not easily taken for a neighbour.

    A tenth of the price of the detector, and enough for most texts of the largest languages.
    """
    if (
        not sample.isascii()
        and _ANY_SCRIPT.search(sample)
        and any(len(script.findall(sample)) > len(sample) // 10 for script, _ in _SCRIPTS)
    ):
        return ""
    words = sample.lower().split()
    (most, found), (next_most, _) = sorted(
        ((sum(map(stops.__contains__, words)), name) for name, stops in _STOPS.items())
    )[:-3:-1]
    return found if found in _UNMISTAKABLE and most >= _FEWEST_STOPS and most > 2 * next_most else ""


def _inferred(found: str, confidence: float, locator: str, sample: str) -> Language:
    certain = min(round(confidence, 3), 0.99)
    evidence = Evidence(fact="language", origin=Origin.INFERRED, locator=locator, text=sample[:60], confidence=certain)
    return Language(tag=found, source=LanguageSource.DETECTED, confidence=certain, evidence=evidence)
