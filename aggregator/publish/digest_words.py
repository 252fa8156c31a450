"""The few words of our own in an issue, in the languages of the topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Phrases of an issue; each ``{}`` is filled in."""

    issue: str
    on_the_web: str
    read_at: str
    more: str
    withdrawn: str
    unsubscribe: str
    because: str
    terms: str
    months: str
    """Their names in order, apart by spaces."""
    day: str = "{day} {month} {year}"

    def date(self, when: date) -> str:
        return self.day.format(day=when.day, month=self.months.split()[when.month - 1], year=when.year)


ENGLISH = Words(
    issue="Issue {}",
    on_the_web="Read on the web",
    read_at="Read it at {}",
    more="{} more stories on the web",
    withdrawn="Taken down since: {}",
    unsubscribe="Unsubscribe",
    because="You receive {} because you subscribed to it.",
    terms="Every article belongs to those who made it: names, sources and licences stand beside each.",
    months="January February March April May June July August September October November December",
)

_WORDS = {
    "en": ENGLISH,
    "nl": Words(
        issue="Nummer {}",
        on_the_web="Lees op het web",
        read_at="Lees het bij {}",
        more="Nog {} verhalen op het web",
        withdrawn="Sindsdien teruggetrokken: {}",
        unsubscribe="Afmelden",
        because="Je ontvangt {} omdat je je erop hebt geabonneerd.",
        terms="Elk artikel is van wie het maakte: namen, bronnen en licenties staan erbij.",
        months="januari februari maart april mei juni juli augustus september oktober november december",
    ),
    "de": Words(
        issue="Ausgabe {}",
        on_the_web="Im Web lesen",
        read_at="Lesen bei {}",
        more="{} weitere Meldungen im Web",
        withdrawn="Seither zurückgezogen: {}",
        unsubscribe="Abmelden",
        because="Sie erhalten {}, weil Sie es abonniert haben.",
        terms="Jeder Artikel gehört denen, die ihn gemacht haben: Namen, Quellen und Lizenzen stehen dabei.",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        day="{day}. {month} {year}",
    ),
    "fr": Words(
        issue="Numéro {}",
        on_the_web="Lire sur le web",
        read_at="Lire chez {}",
        more="{} autres articles sur le web",
        withdrawn="Retirés depuis : {}",
        unsubscribe="Se désabonner",
        because="Vous recevez {} parce que vous y êtes abonné.",
        terms="Chaque article appartient à ses auteurs : noms, sources et licences figurent à côté.",
        months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "es": Words(
        issue="Número {}",
        on_the_web="Leer en la web",
        read_at="Leer en {}",
        more="{} historias más en la web",
        withdrawn="Retiradas desde entonces: {}",
        unsubscribe="Darse de baja",
        because="Recibe {} porque se suscribió.",
        terms="Cada artículo pertenece a quienes lo hicieron: nombres, fuentes y licencias figuran al lado.",
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        day="{day} de {month} de {year}",
    ),
}


def words(language: str) -> Words:
    """The phrases for a BCP 47 tag; English where there are none."""
    return _WORDS.get(language.partition("-")[0].lower(), ENGLISH)
