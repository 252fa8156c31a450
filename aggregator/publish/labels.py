"""The few words of our own that stand in published content, in the languages of the topics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Words around the names in an attribution line."""

    text: str
    image: str
    also: str
    original: str
    first_seen: str
    unverified: str
    rights: str
    edited: str = "Edited"


ENGLISH = Labels(
    text="Text",
    image="Image",
    also="Also reported by",
    original="Original",
    first_seen="First seen at",
    unverified="unverified",
    rights="Rights",
)

_LABELS = {
    "en": ENGLISH,
    "nl": Labels(
        text="Tekst",
        image="Beeld",
        also="Ook gemeld door",
        original="Origineel",
        first_seen="Eerst gezien bij",
        unverified="niet geverifieerd",
        rights="Rechten",
        edited="Bewerkt",
    ),
    "de": Labels(
        text="Text",
        image="Bild",
        also="Auch berichtet von",
        original="Original",
        first_seen="Zuerst gesehen bei",
        unverified="ungeprüft",
        rights="Rechte",
        edited="Bearbeitet",
    ),
    "fr": Labels(
        text="Texte",
        image="Image",
        also="Également publié par",
        original="Original",
        first_seen="Vu d’abord chez",
        unverified="non vérifié",
        rights="Droits",
        edited="Modifié",
    ),
    "es": Labels(
        text="Texto",
        image="Imagen",
        also="También publicado por",
        original="Original",
        first_seen="Visto primero en",
        unverified="sin verificar",
        rights="Derechos",
        edited="Editado",
    ),
}


def labels(language: str) -> Labels:
    """The words for a BCP 47 tag; English where there are none."""
    return _LABELS.get(language.partition("-")[0].lower(), ENGLISH)
