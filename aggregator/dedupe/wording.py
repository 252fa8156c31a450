"""Words that say nothing about what an article tells: datelines, tails, title prefixes - and those that say all.

Sources: DEDUPE section 2.3 (features 1 and 4), section 4 (agency patterns).
"""

from __future__ import annotations

import re

_DATELINE = re.compile(
    r"^\s*(?:[^\W\d_][\w .,/'’-]{1,50}?\s*)?"
    r"\((?:[A-Z][A-Za-z]{1,11}|PA Media|AP Photo|dpa(?:/\w+)?|ap|afp)\)\s*[-–—:]+\s*"
)
_TAIL_START = re.compile(
    r"(?:\bthe post\b.{0,200}?\b(?:appeared first|first appeared)\b"
    r"|©|\(c\) ?\d{4}|\ball rights reserved\b"
    r"|\((?:additional )?(?:reporting|editing|writing|berichterstattung|reportage) (?:by|von|par)\b"
    r"|\b(?:this (?:article|story|post)|the article) (?:was )?(?:originally|first) (?:published|appeared)\b"
    r"|\b(?:dit artikel verscheen eerder|dieser artikel erschien zuerst|cet article (?:est republié|a été publié))\b"
    r"|\b(?:read more|read the full|continue reading|lees (?:meer|verder)|weiterlesen|mehr lesen|lire la suite"
    r"|leer más|seguir leyendo|leggi tutto|continua a leggere|читать далее|続きを読む)\b.{0,80}$)",
    re.IGNORECASE | re.DOTALL,
)
_CREDITS = ("(report", "(additional", "(edit", "(writ", "(bericht", "(c)")
_INVITATIONS = (
    "read more",
    "read the full",
    "continu",
    "lees ",
    "lesen",
    "lire la",
    "leer m",
    "leyendo",
    "legg",
    "читать",
    "続き",
)
_INVITATION_LENGTH = 120
"""Invitations to read on are looked for at the very end."""
_TAIL_LENGTH = 320

_CORRECTION = re.compile(
    r"^\W{0,2}(?:corrected|correction|corrigendum|retraction|withdrawn|rectificatie|correctie|berichtigung|korrektur"
    r"|korrigiert|rectificatif|correctif|corrección|rectificación|rettifica|errata corrige|rättelse|uitgebreide correctie)"
    r"\b[\s:.\-–—\])]",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^\W{0,2}(?:update(?: ?\d+)?|upd|breaking(?: news)?|just in|watch|video|live(?:blog)?(?: updates)?|exclusive|wrapup ?\d*"
    r"|corrected|correction|rpt|refile|factbox|analysis|opinion|laatste nieuws|eilmeldung|kijk|correctie|rectificatie"
    r"|berichtigung|korrektur|en direct|vidéo|última hora|corrección|rettifica|rättelse)\b(?: ?\d{1,2}(?=\s*[-–—:]))?\s*"
    r"(?:[:|\]]|\s?[-–—])\s*",
    re.IGNORECASE,
)
_SITE = re.compile(r"\s+(?:[|»•·]|[-–—])\s+([^|»•·]{2,40})$")
_HARD_SITE = re.compile(r"\s*(?:\||»|•|·)\s*[^|»•·]{2,40}$")
_SITE_MARKS = ("|", "»", "•", "·", " - ", " – ", " — ")
_DIGIT = re.compile(r"\d")
_NUMBER_OR_WORD = re.compile(r"\d+(?:[.,:/\-–]\d+)*|[^\W\d_]+")
_CALENDAR_WORDS = """
    monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart mei juni juli augustus oktober
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar jänner februar märz mai juni juli
    oktober dezember
    lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre
    octobre novembre décembre
    lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio giugno luglio settembre
    ottobre dicembre
    segunda terça quarta quinta sexta janeiro fevereiro março junho julho setembro outubro dezembro
    понедельник вторник среда четверг пятница суббота воскресенье января февраля марта апреля мая июня июля августа
    сентября октября ноября декабря
"""
_CALENDAR = frozenset(_CALENDAR_WORDS.split())


def body_of(text: str, limit: int) -> str:
    """At most `limit` characters of a text, without its dateline and without the tail a syndication adds."""
    head = text[:120]
    dateline = _DATELINE.match(head) if "(" in head else None
    start = dateline.end() if dateline else 0
    if len(text) - start <= limit + _TAIL_LENGTH:
        text = _without_tail(text[start:])
        return text[:limit]
    return text[start : start + limit]


def _without_tail(text: str) -> str:
    cut = max(0, len(text) - _TAIL_LENGTH)
    tail = text[cut:].lower()
    if not _may_be_a_tail(tail):
        return text
    found = _TAIL_START.search(text, cut)
    # A tail that is most of the text is the text.
    return text[: found.start()] if found and found.start() >= len(text) // 3 else text


def _may_be_a_tail(text: str) -> bool:
    """Whether the pattern may find something: most texts have no tail, and plain searches say so much faster."""
    if "appeared" in text or "published" in text:
        return True
    if "©" in text or "all rights" in text or "artikel " in text or "cet article" in text:
        return True
    if "(" in text and any(credit in text for credit in _CREDITS):
        return True
    end = text[-_INVITATION_LENGTH:]
    return any([invitation in end for invitation in _INVITATIONS])  # noqa: C419 - a generator takes twice as long


def is_correction(title: str) -> bool:
    """Whether a title announces a correction or retraction."""
    return _CORRECTION.match(title) is not None


def title_form(title: str, site: str = "") -> str:
    """A title without ``UPDATE 1-`` and the like before it and without the site's name after it."""
    prefix = _PREFIX.match(title)
    if prefix:
        title = title[prefix.end() :]
    if not any(mark in title for mark in _SITE_MARKS):
        return title.strip()
    tail = _SITE.search(title)
    if tail and (
        _HARD_SITE.search(title) or tail.group(1).casefold() in site.casefold() or _name_shaped(tail.group(1))
    ):
        title = title[: tail.start()]
    return title.strip()


def _name_shaped(tail: str) -> bool:
    words = tail.split()
    return len(words) <= 3 and all(word[:1].isupper() for word in words) and not _DIGIT.search(tail)


def discriminators(title: str) -> tuple[str, ...]:
    """What tells two issues of one series apart: numbers, versions, weekdays and months of a title, sorted."""
    found = _NUMBER_OR_WORD.findall(title.lower())
    return tuple(sorted({one for one in found if one in _CALENDAR or one[0].isdecimal()}))
