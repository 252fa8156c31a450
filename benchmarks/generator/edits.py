"""What syndication does to a text. Kinds and their measures: those that real copies show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from random import Random

from benchmarks.generator.prose import LANGUAGES, Article, article, title_of

Edited = tuple[str, str]
"""Title and HTML."""
_LONG = 200


def paragraphs(sentences: list[str] | tuple[str, ...]) -> str:
    """Sentences as HTML, three to a paragraph."""
    parts = (" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts)


def _with_fillers(text: str, language: str, share: float, random: Random) -> str:
    words = []
    for word in text.split():
        words.append(word)
        if random.random() < share:
            words.append(random.choice(LANGUAGES[language].fillers))
    return " ".join(words)


def _typos(text: str, share: float, random: Random) -> str:
    def spoil(word: str) -> str:
        if len(word) < 5 or random.random() > share:
            return word
        at = random.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return " ".join(map(spoil, text.split()))


def full(base: Article, _: Random) -> Edited:
    return base.title, paragraphs(base.sentences)


def full_newtitle(base: Article, random: Random) -> Edited:
    return title_of(base, random), paragraphs(base.sentences)


def boiler(base: Article, random: Random) -> Edited:
    head = random.choice(
        ("Advertisement. Story continues below.", "Share this on your favourite network. Reading time 3 minutes.")
    )
    foot = "Sign up for our newsletter and never miss a story. Follow us everywhere. All rights reserved."
    return base.title, f"<div><p>{head}</p></div>{paragraphs(base.sentences)}<p>{foot}</p>"


def light(base: Article, random: Random) -> Edited:
    text = _typos(base.text, 0.02, random).replace('"', "”").replace("'", "’")
    return _with_fillers(base.title, base.language, 0.08, random), f"<p>{escape(text, quote=False)}</p>"


def trunc(base: Article, random: Random) -> Edited:
    words = base.text.split()
    kept = words[: max(30, int(len(words) * random.uniform(0.4, 0.8)))]
    return base.title, f"<p>{escape(' '.join(kept), quote=False)} […]</p>"


def heavy(base: Article, random: Random) -> Edited:
    """A fifth of the sentences gone, an eighth foreign, some order changed, words put in."""
    kept = [s for s in base.sentences if random.random() > 0.2] or [base.sentences[0]]
    foreign = article(random).sentences
    for at in range(len(kept) // 8):
        kept.insert(random.randrange(len(kept)), foreign[at % len(foreign)])
    for _ in range(len(kept) // 6):
        at = random.randrange(len(kept))
        kept.insert(random.randrange(len(kept)), kept.pop(at))
    edited = [_with_fillers(sentence, base.language, 0.06, random) for sentence in kept]
    return random.choice((base.title, title_of(base, random))), paragraphs(edited)


def extended(base: Article, random: Random) -> Edited:
    more = article(random).sentences[:4]
    return f"UPDATE 1-{base.title}", paragraphs((*base.sentences, *more))


def sum_lead(base: Article, random: Random) -> Edited:
    dateline = random.choice(("", "", f"{base.title.split()[0].upper()} (ANP) - "))
    return base.title, f"<p>{dateline}{escape(base.text[: random.randint(_LONG, 500)], quote=False)}…</p>"


def sum_1sent(base: Article, _: Random) -> Edited:
    return base.title, f"<p>{escape(base.sentences[0], quote=False)}</p>"


def sum_wp(base: Article, _: Random) -> Edited:
    excerpt = " ".join(base.text.split()[:55])
    tail = f'<p>The post <a href="https://blog.example/x">{escape(base.title)}</a> appeared first on Example Blog.</p>'
    return f"{base.title} - Example Blog", f"<p>{escape(excerpt, quote=False)} […]</p>{tail}"


def sum_rewrite(base: Article, random: Random) -> Edited:
    """A teaser in which three words of ten are others."""
    words = [w for w in " ".join(base.sentences[:2]).split() if random.random() > 0.15]
    return title_of(base, random), f"<p>{escape(_with_fillers(' '.join(words), base.language, 0.15, random))}</p>"


EDITS: Mapping[Callable[[Article, Random], Edited], int] = {
    full_newtitle: 14,
    boiler: 13,
    light: 12,
    trunc: 12,
    heavy: 10,
    extended: 6,
    sum_lead: 14,
    sum_1sent: 8,
    sum_wp: 7,
    sum_rewrite: 4,
}
"""Each edit and how often it is made."""
