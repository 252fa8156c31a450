from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.entry import RawRights
from aggregator.model.licence import Origin, Term
from aggregator.normalise.licences import from_rights, from_text, from_url

URLS = {
    "http://creativecommons.org/licenses/by/2.0": "CC-BY-2.0",
    "https://creativecommons.org/licenses/by/4.0/deed.nl": "CC-BY-4.0",
    "https://www.creativecommons.org/licenses/by-sa/4.0/legalcode": "CC-BY-SA-4.0",
    "http://creativecommons.org/licenses/by-nc-nd/3.0/nl/legalcode.nl": "CC-BY-NC-ND-3.0-NL",
    "http://creativecommons.org/licenses/by-nd-nc/1.0/": "CC-BY-NC-ND-1.0",
    "http://creativecommons.org/licenses/nc-sa/1.0/": "CC-NC-SA-1.0",
    "http://creativecommons.org/licenses/by-sa/3.0/rdf": "CC-BY-SA-3.0",
    "https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1": "CC-BY-4.0",
    "//creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
    "creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "HTTPS://CREATIVECOMMONS.ORG/LICENSES/BY/4.0/": "CC-BY-4.0",
    "https://i.creativecommons.org/l/by-sa/3.0/us/88x31.png": "CC-BY-SA-3.0-US",
    "https://creativecommons.org/licenses/by/2.5/scotland/": "CC-BY-2.5-SCOTLAND",
    "https://creativecommons.org/licenses/by/3.0/igo/": "CC-BY-3.0-IGO",
    "https://creativecommons.org/licenses/by/": "CC-BY",
    "http://creativecommons.org/licenses/sampling/1.0/": "CC-SAMPLING-1.0",
    "http://creativecommons.org/licenses/sampling+/1.0/": "CC-SAMPLING-PLUS-1.0",
    "http://creativecommons.org/licenses/nc-sampling+/1.0/": "CC-NC-SAMPLING-PLUS-1.0",
    "http://creativecommons.org/licenses/devnations/2.0/": "CC-DEVNATIONS-2.0",
    "https://creativecommons.org/publicdomain/zero/1.0/deed.fr": "CC0-1.0",
    "http://creativecommons.org/publicdomain/mark/1.0/": "PDM-1.0",
    "http://creativecommons.org/licenses/publicdomain/": "public-domain",
    "http://web.resource.org/cc/PublicDomain": "public-domain",
    "https://spdx.org/licenses/CC-BY-NC-4.0.html": "CC-BY-NC-4.0",
    "https://www.gnu.org/licenses/fdl-1.3.html": "GFDL-1.3",
    "http://www.gnu.org/copyleft/fdl.html": "GFDL",
    "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/2/": "OGL-UK-2.0",
    "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf": "ETALAB-2.0",
    "https://www.govdata.de/dl-de/by-2-0": "DL-DE-BY-2.0",
    "https://www.govdata.de/dl-de/zero-2-0": "DL-DE-ZERO-2.0",
    "http://artlibre.org/licence/lal/en/": "FAL",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL-1.0",
    "https://unsplash.com/license": "Unsplash",
    "https://www.pexels.com/license/": "Pexels",
    "https://pixabay.com/service/license-summary/": "Pixabay",
}
TEXTS = {
    "CC BY 4.0": "CC-BY-4.0",
    "CC-BY-4.0": "CC-BY-4.0",
    "cc by-nc-sa 3.0": "CC-BY-NC-SA-3.0",
    "CC BY": "CC-BY",
    "CC BY-NC-ND 3.0 NL": "CC-BY-NC-ND-3.0-NL",
    "CC-BY-NC-ND-3.0-NL": "CC-BY-NC-ND-3.0-NL",
    "CC BY-SA 2.0 DE": "CC-BY-SA-2.0-DE",
    "CC0": "CC0-1.0",
    "CC-PDM-1.0": "PDM-1.0",
    "Creative Commons Attribution-ShareAlike 4.0 International": "CC-BY-SA-4.0",
    "Creative Commons Attribution-NonCommercial-NoDerivs 2.0 Generic": "CC-BY-NC-ND-2.0",
    "Creative Commons Naamsvermelding-NietCommercieel-GelijkDelen 3.0 Nederland": "CC-BY-NC-SA-3.0-NL",
    "Creative Commons Namensnennung - Weitergabe unter gleichen Bedingungen 4.0": "CC-BY-SA-4.0",
    "licence Creative Commons Attribution - Pas d'Utilisation Commerciale 3.0 France": "CC-BY-NC-3.0-FR",
    "Creative Commons Reconocimiento-CompartirIgual 4.0": "CC-BY-SA-4.0",
    "Creative Commons Attribuzione - Non commerciale 4.0 Internazionale": "CC-BY-NC-4.0",
    "Creative Commons Uznanie autorstwa-Na tych samych warunkach 3.0 Polska": "CC-BY-SA-3.0-PL",
    "Creative Commons 署名-非商业性使用-相同方式共享 4.0 国际": "CC-BY-NC-SA-4.0",
    "クリエイティブ・コモンズ 表示 4.0": "CC-BY-4.0",
    "GFDL 1.2": "GFDL-1.2",
    "GNU Free Documentation License, Version 1.3": "GFDL-1.3",
    "Open Government Licence v3.0": "OGL-UK-3.0",
    "Licence Ouverte / Open Licence version 2.0": "ETALAB-2.0",
    "dl-de/by-2-0": "DL-DE-BY-2.0",
    "Free Art License 1.3": "FAL-1.3",
    "Public domain": "public-domain",
    "gemeinfrei": "public-domain",
    "All rights reserved": "all-rights-reserved",
    "Alle rechten voorbehouden": "all-rights-reserved",
    "Tutti i diritti riservati": "all-rights-reserved",
    "Все права защищены": "all-rights-reserved",
    "禁無断転載": "all-rights-reserved",
    "版权所有": "all-rights-reserved",
    "Tüm hakları saklıdır": "all-rights-reserved",
    "For personal use only": "personal-use",
    "Some rights reserved": "unknown",
    "Creative Commons": "unknown",
    "© 2020 Lenz Press": "unknown",
    "Text CC BY 4.0, pictures CC BY-NC 4.0": "unknown",
}
NOTHING = [
    "by CC Smith",
    "CC by John Smith",
    "CC 0:34",
    "CC ND",
    "CC-BY-ND-SA 4.0",
    "CC BY 5.0",
    "This is not in the public domain",
    "The attribution of the painting is disputed",
    "Attribution 4 was late",
    "Harbour Gazette",
    "",
]


@pytest.mark.parametrize(("url", "label"), URLS.items())
def test_a_licence_url_in_any_form_gives_its_id_and_keeps_the_string(url: str, label: str) -> None:
    licence = from_url(url)
    assert licence is not None
    assert (licence.id, licence.raw) == (label, url)


@pytest.mark.parametrize(("text", "label"), TEXTS.items())
def test_a_licence_name_in_any_language_gives_its_id_and_keeps_the_string(text: str, label: str) -> None:
    licence = from_text(text)
    assert licence is not None
    assert (licence.id, licence.raw, licence.known) == (label, text, label != "unknown")


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_no_licence_gives_none(text: str) -> None:
    assert from_text(text) is None


def test_an_address_of_no_licence_gives_none() -> None:
    assert from_url("https://gazette.example/terms") is None


def test_words_that_reserve_all_rights_are_not_opened_by_others_beside_them() -> None:
    licence = from_text("All rights reserved. Some pictures CC BY 4.0.")
    assert licence is not None
    assert licence.id == "all-rights-reserved"


def test_the_terms_of_a_licence_are_filled_in() -> None:
    licence = from_text("CC BY-NC-ND 4.0")
    assert licence is not None
    assert licence.terms == {Term.ATTRIBUTION, Term.NON_COMMERCIAL, Term.NO_DERIVATIVES}
    assert licence.open


def test_reserved_rights_are_not_open_and_have_their_holder() -> None:
    licence = from_text("© 2019–2024 Lenz Press. All rights reserved.")
    assert licence is not None
    assert (licence.open, licence.holder) == (False, "Lenz Press")


@pytest.mark.parametrize("url", [url for url, label in URLS.items() if label.startswith("CC")])
def test_the_canonical_url_of_a_licence_is_that_of_the_same_licence(url: str) -> None:
    licence = from_url(url)
    assert licence is not None
    assert licence.url is None or from_url(licence.url) is not None
    assert not licence.url or getattr(from_url(licence.url), "id", None) == licence.id


def test_an_element_made_for_a_licence_decides_over_a_sentence() -> None:
    rights = (
        RawRights(element="dc:rights", text="All rights reserved"),
        RawRights(element="cc:license", url="https://creativecommons.org/licenses/by/4.0/"),
    )
    licence = from_rights(rights, Origin.FEED_ENTRY)
    assert licence is not None
    assert licence.evidence is not None
    assert (licence.id, licence.evidence.locator) == ("CC-BY-4.0", "cc:license")


def test_the_url_of_a_licence_decides_over_its_text() -> None:
    one = RawRights(element="media:license", text="CC BY-NC 4.0", url="https://creativecommons.org/licenses/by/2.0/")
    licence = from_rights((one,), Origin.FEED_ENTRY)
    assert licence is not None
    assert licence.id == "CC-BY-2.0"


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_or_opens_anything_without_a_word_for_it(text: str) -> None:
    licence = from_text(text)
    assert licence is None or licence.raw == text.strip()
