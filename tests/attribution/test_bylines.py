from __future__ import annotations

import pytest

from aggregator.model.attribution import PersonKind
from aggregator.model.entry import RawPerson
from aggregator.normalise.bylines import authors, people

ONE = {
    ("Jane Roe", "en"): ["Jane Roe"],
    ("By Jane Roe and John Q. Doe", "en"): ["Jane Roe", "John Q. Doe"],
    ("Jane Roe, John Doe and Mary Major", "en"): ["Jane Roe", "John Doe", "Mary Major"],
    ("door Anna de Vries en Jan van Dijk", "nl"): ["Anna de Vries", "Jan van Dijk"],
    ("Von Max Muster und Erika Beispiel", "de"): ["Max Muster", "Erika Beispiel"],
    ("Par Jeanne Dupont et Luc Petit", "fr"): ["Jeanne Dupont", "Luc Petit"],
    ("Por Rocío Barrientos", "es"): ["Rocío Barrientos"],
    ("di Maria Rossi", "it"): ["Maria Rossi"],
    ("av Elsa Norrgård", "sv"): ["Elsa Norrgård"],
    ("Ursula von der Lenz", "de"): ["Ursula von der Lenz"],
    ("Di Maria", "es"): ["Di Maria"],
    ("José Ortega y Mora", "es"): ["José Ortega y Mora"],
    ("Roe, Jane", "en"): ["Roe, Jane"],
    ("Jane Roe, PhD", "en"): ["Jane Roe, PhD"],
    ("Smith & Sons", "en"): ["Smith & Sons"],
    ("By the sea", "en"): ["By the sea"],
    ("Jane Roe in Lenz", "en"): ["Jane Roe"],
    ("jane@example.org (Jane Roe)", "en"): ["Jane Roe"],
    ("Jane Roe <jane@example.org>", "en"): ["Jane Roe"],
    ("jane@example.org", "en"): [],
    ("https://example.org/@jane", "en"): ["example.org/@jane"],
    ("<a href='/jane'>Jane Roe</a>", "en"): ["Jane Roe"],
    ("jroe (Jane Roe)", "en"): ["Jane Roe"],
    ("佐々木遥", "ja"): ["佐々木遥"],
    ("", "en"): [],
}


@pytest.mark.parametrize(("case", "names"), ONE.items(), ids=lambda value: str(value)[:30])
def test_a_byline_gives_the_names_in_it_and_no_others(case: tuple[str, str], names: list[str]) -> None:
    found = people([RawPerson(name=case[0])], language=case[1], publisher="Harbour Gazette")
    assert [one.name for one in found] == names


@pytest.mark.parametrize(
    ("name", "affiliation"),
    [
        ("Jane Roe, Reuters", "Reuters"),
        ("Jane Roe (AP)", "AP"),
        ("Jane Roe | Harbour Gazette", "Harbour Gazette"),
        ("Jane Roe for Harbour Gazette", "Harbour Gazette"),
        ("Jane Roe, Professor of Law, University of Lenz", "University of Lenz"),
    ],
)
def test_an_affiliation_is_told_from_the_name(name: str, affiliation: str) -> None:
    (person,) = people([RawPerson(name=name)], language="en", publisher="Harbour Gazette")
    assert (person.name, person.affiliation) == ("Jane Roe", affiliation)


@pytest.mark.parametrize("name", ["Reuters", "Redactie", "admin", "Harbour Gazette", "University of Lenz", "News Desk"])
def test_a_body_is_an_organisation(name: str) -> None:
    (person,) = people([RawPerson(name=name)], language="en", publisher="Harbour Gazette")
    assert person.kind == PersonKind.ORGANISATION


def test_a_weblog_under_its_writers_name_has_a_person_as_author() -> None:
    (person,) = people([RawPerson(name="Jane Roe")], language="en", publisher="Jane Roe")
    assert person.kind == PersonKind.PERSON


def test_an_address_is_kept_apart_from_the_name() -> None:
    (person,) = people([RawPerson(name="jane@example.org (Jane Roe)")], language="en", publisher="")
    assert (person.name, person.email) == ("Jane Roe", "jane@example.org")


def test_one_person_in_two_elements_is_one_author_with_both_facts() -> None:
    raw = [RawPerson(name="Jane Roe", element="dc:creator"), RawPerson(name="Jane Roe", uri="https://roe.example/")]
    (person,) = people(raw, language="en", publisher="")
    assert person.uri == "https://roe.example/"
    assert person.evidence is not None
    assert person.evidence.locator == "dc:creator"


def test_the_address_of_one_is_not_given_to_two() -> None:
    raw = [RawPerson(name="Jane Roe and John Doe", email="jane@example.org")]
    assert [one.email for one in people(raw, language="en", publisher="")] == [None, None]


def test_editors_and_webmasters_are_not_authors() -> None:
    raw = [RawPerson(name="A", element="webMaster"), RawPerson(name="B", role="editor"), RawPerson(name="C")]
    assert [one.name for one in authors(raw)] == ["C"]
