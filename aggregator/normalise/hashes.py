"""When is an entry still the same? Its raw hash for a cheap *no*, its content hash for what a reader would see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import compress, count
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from aggregator.model.entry import ParsedEntry
from aggregator.model.ids import ArticleId, SourceId
from aggregator.text.hashes import digest, short_id, text_digest
from aggregator.text.html import collapse
from aggregator.text.listed import listed

_NOT_AS_PUBLISHED: Any = {"position"}


@cache
def _adapter() -> TypeAdapter[ParsedEntry]:
    return TypeAdapter(ParsedEntry)


def raw_entry(entry: ParsedEntry) -> bytes:
    """`entry` as JSON, without its position: what a replay reads again."""
    return _adapter().dump_json(entry, exclude=_NOT_AS_PUBLISHED, exclude_defaults=True)


def read_raw_entry(raw: bytes) -> ParsedEntry:
    """The entry that `raw_entry` wrote. Raises pydantic's `ValidationError` where `raw` is nothing of the kind."""
    return _adapter().validate_json(raw)


def article_id(source_id: SourceId, key: str, salt: int = 0) -> ArticleId:
    """The id of the article that `key` names within `source_id`: twenty characters of base32, the same for ever.

    `salt` above 0 gives another id for the same key, where the first belongs to something else.
    """
    return ArticleId(short_id(source_id, key, *([str(salt)] if salt else [])))


def raw_hash(entry: ParsedEntry) -> str:
    """Hash of an entry as published, blind to its place in the document and to nothing else."""
    return digest(raw_entry(entry))


_COUNTED = listed(
    "comment comments reply replies view views read reads like likes share shares retweet retweets reaction reactions "
    "vote votes point points upvote upvotes download downloads play plays follower followers subscriber subscribers "
    "response responses clap claps kommentar kommentare antworten aufrufe reactie reacties weergaven commentaire "
    "commentaires réponses vues partages comentario comentarios respuestas vistas commento commenti risposte "
    "visualizzazioni comentário comentários kommentarer visningar visninger komentarze komentarzy комментарий "
    "комментария комментариев просмотров 评论 回复 コメント 댓글"
)
_UNITS = listed(
    "second seconds minute minutes min mins hour hours hr hrs day days week weeks month months year years sekunde "
    "sekunden minuten stunde stunden tag tagen woche wochen uur uren dag dagen weken seconde secondes heure heures jour "
    "jours semaine semaines segundos minutos hora horas día días semanas"
)
_AGO = listed("ago geleden fa atrás sedan siden temu назад read")
_SINCE = listed("vor hace há")
_STOPS = ".,:;)"
_CUES = frozenset(word + end for word in _COUNTED | _AGO | _SINCE for end in ("", ".", ",", ":", ";", ")"))
_STAMP_WORDS = ("updated", "modified", "generated", "aktualisiert", "bijgewerkt", "mis à jour", "actualizado")
_STAMP_STARTS = ("last", *_STAMP_WORDS)
_STAMP = re.compile(
    rf"^(?:last\s+)?(?:{'|'.join(_STAMP_WORDS)})\b"
    r"[^\n\d]{0,24}\d[\w,.:/+\- ]{3,40}",
    re.MULTILINE,
)
_DIGITS_MARKED = bytes(
    ord("0") if bytes((byte,)).decode("cp1252", "replace").isdigit() else byte for byte in range(256)
)
_MARKED_NUMBER = re.compile(rb"0[^ ]*")
_QUERY = re.compile(r"(https?://[^\s?#]+)[?#]\S*")


def content_hash(title: str, text: str, canonical_url: str, files: Iterable[str] = ()) -> str:
    """Hash of what a reader would see of an article: title, words, link, and the addresses of its files.

    Blind to churn: white space, markup, case, counters (*12 comments*), relative times (*3 hours ago*), *updated on*
    lines, and the
    parameters of addresses. Figures of the text itself count: five dead is not seven dead.
    """
    return text_digest(_settled(title), _settled(text), canonical_url, *sorted(_bare(url) for url in files))


def _settled(text: str) -> str:
    text = text.lower()
    if "://" in text:
        text = _QUERY.sub(r"\1", text)
    if any(line.startswith(_STAMP_STARTS) for line in text.split("\n")):
        text = _STAMP.sub(" ", text)
    line = collapse(text.replace("\n", " "))
    return _without_counts(line) if _may_count(line) else line


def _may_count(line: str) -> bool:
    """Whether a number stands beside a word that counts: asked of the numbers, which are few, not of all words."""
    try:
        marked = line.encode("ascii" if line.isascii() else "cp1252").translate(_DIGITS_MARKED)
    except UnicodeEncodeError:
        return True
    for number in _MARKED_NUMBER.finditer(marked):
        after, then = [*line[number.end() + 1 :].split(" ", 2), "", ""][:2]
        if after in _CUES or (after in _UNITS and then.rstrip(_STOPS) in _AGO):
            return True
        if not _CUES.isdisjoint(line[: number.start()].rsplit(" ", 2)[-2:]):
            return True
    return False


def _without_counts(line: str) -> str:
    words = line.split(" ")
    for place in [*compress(count(), map(_CUES.__contains__, words))]:
        _forget_number(words, place)
    return " ".join(words)


def _forget_number(words: list[str], place: int) -> None:
    """Blank the number that the word at `place` counts with, in: 12 comments, comments: 12, 3 days ago, vor 3 Tagen."""
    cue = words[place].rstrip(_STOPS)
    before, after, then = (words[at] if 0 <= at < len(words) else "" for at in (place - 1, place + 1, place + 2))
    counts = cue in _COUNTED
    if counts and _is_number(before):
        words[place - 1] = ""
    elif (counts and _is_number(after) and (words[place].endswith(":") or after[0] == "(")) or (
        cue in _SINCE and _is_number(after) and then.rstrip(_STOPS) in _UNITS
    ):
        words[place + 1] = ""
    elif cue in _AGO and before in _UNITS and place > 1 and _is_number(words[place - 2]):
        words[place - 2] = ""


def _is_number(word: str) -> bool:
    return word.lstrip("(")[:1].isdigit()


def _bare(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}"
