from __future__ import annotations

import pytest

from aggregator.model.attribution import Image
from aggregator.model.entry import ParsedEntry, RawMedia, RawPerson
from aggregator.model.licence import Origin
from aggregator.normalise.agencies import lookup
from aggregator.normalise.credits import Credit
from aggregator.normalise.images import key, with_credit, work_title
from aggregator.normalise.licences import from_text
from tests.support.attribution import attributed

SAME = [
    ("https://a.example/p/x.jpg", "https://a.example/p/x-300x200.jpg"),
    ("https://a.example/p/x.jpg", "https://a.example/p/x.jpg?w=640&quality=80"),
    ("https://a.example/p/x.jpg", "http://www.a.example/p/x-scaled.jpg"),
    ("https://a.example/p/x.jpg", "https://i0.wp.com/a.example/p/x.jpg?resize=300"),
    ("https://u.example/commons/a/ab/X.jpg", "https://u.example/commons/thumb/a/ab/X.jpg/320px-X.jpg"),
    ("https://b.example/s1600/x.jpg", "https://b.example/s320/x.jpg"),
]
OTHER = [
    ("https://a.example/p/x.jpg", "https://a.example/p/y.jpg"),
    ("https://a.example/i.php?id=1", "https://a.example/i.php?id=2"),
    ("https://a.example/x.jpg", "https://b.example/x.jpg"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_sizes_of_one_image_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_images_have_two_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_a_credit_of_somebody_else_adds_nothing() -> None:
    image = Image(url="https://a.example/x.jpg", creator="Jane Roe")
    assert with_credit(image, Credit(raw="", creator="John Doe", title="Raft"), Origin.TEXT, "text") == image


def test_a_credit_with_another_licence_adds_nothing() -> None:
    image = Image(url="https://a.example/x.jpg", licence=from_text("CC BY 4.0"))
    assert with_credit(image, Credit(raw="", title="Raft", licence=from_text("CC0")), Origin.TEXT, "text") == image


def test_of_several_agencies_the_rights_managed_one_counts() -> None:
    agency = lookup("NASA/Reuters")
    assert agency is not None
    assert agency.managed


def test_a_rights_managed_agency_counts_even_where_the_credit_contradicts() -> None:
    image = Image(url="https://a.example/x.jpg", creator="Jane Roe")
    assert with_credit(image, Credit(raw="", creator="John Doe", rights_managed=True), Origin.TEXT, "t").rights_managed


def test_the_larger_of_a_thumbnail_and_its_image_is_kept() -> None:
    media = (
        RawMedia(url="https://a.example/x-100x50.jpg", element="media:thumbnail", width="100", height="50"),
        RawMedia(url="https://a.example/x.jpg", medium="image", width="1200", height="600"),
    )
    (image,) = attributed(ParsedEntry(media=media)).images
    assert (image.url, image.width) == ("https://a.example/x.jpg", 1200)


def test_the_credit_line_is_taken_from_the_text_by_its_span() -> None:
    html = "<p>The tram.</p><figure><img src='/a.jpg'><figcaption>Photo: Hal Osei / CC BY 2.0</figcaption></figure>"
    found = attributed(ParsedEntry(), html=html)
    ((start, end),) = found.credit_spans
    assert (start, end) == (end - len("Photo: Hal Osei / CC BY 2.0"), end)
    assert start > len("The tram")


def test_text_evidence_names_the_span_it_was_read_from() -> None:
    html = "<p><img src='/a.jpg'></p><p>Photo: Hal Osei / CC BY 2.0</p><p>The tram.</p>"
    (image,) = attributed(ParsedEntry(), html=html).images
    proof = next(one for one in image.evidence if one.fact == "creator")
    assert (proof.origin, proof.start, proof.text) == (Origin.TEXT, 0, "Photo: Hal Osei / CC BY 2.0")
    assert proof.end == len(proof.text)


@pytest.mark.parametrize("depth", [50, 3000])
def test_nesting_of_any_depth_is_survived(depth: int) -> None:
    attributed(ParsedEntry(), html="<div>" * depth + "<img src='/a.jpg'>" + "</div>" * depth)


TITLES = [
    ("The Moon tonight", "https://a.example/p/4711.jpg"),
    ("Harbour, crane and gull", "https://a.example/p/x.jpg"),
    ("Apollo 11", "https://a.example/p/x.jpg"),
    ("Composition VIII", "https://a.example/p/x.jpg"),
    ("Guernica", "https://a.example/p/x.jpg"),
    ("2001", "https://a.example/p/2001-cover.jpg"),
    ("de haven, de kraan, de meeuw en de man die er al veertig jaar naar kijkt", "https://a.example/p/x.jpg"),
]
NO_TITLES = [
    ("img_0955", "https://a.example/p/x.jpg"),
    ("IMG-3848", "https://a.example/p/x.jpg"),
    ("DSC01234.JPG", "https://a.example/p/x.jpg"),
    ("stock-photo-193350179", "https://a.example/p/x.jpg"),
    ("shutterstock_99887766", "https://a.example/p/x.jpg"),
    ("harbour3", "https://a.example/p/harbour3.png"),
    ("Harbour-Crane", "https://a.example/p/harbour-crane.jpg?w=300"),
    ("crane.webp", "https://a.example/p/x.jpg"),
    ("harbour, harbour news, crane, harbour crane case, world news", "https://a.example/p/x.jpg"),
    ("Harbour, Crane, harbour crane, Old Harbour news, gull, world news", "https://a.example/p/x.jpg"),
    (" ", "https://a.example/p/x.jpg"),
]


@pytest.mark.parametrize(("title", "url"), TITLES)
def test_a_works_title_is_kept(title: str, url: str) -> None:
    assert work_title(title, url) == title


@pytest.mark.parametrize(("title", "url"), NO_TITLES)
def test_a_files_name_and_keywords_are_no_title(title: str, url: str) -> None:
    assert work_title(title, url) is None


def test_nothing_is_said_of_a_title_that_is_none() -> None:
    entry = ParsedEntry(
        media=(RawMedia(url="https://a.example/x.jpg", element="media:content", medium="image", title="IMG_3848"),)
    )
    (image,) = attributed(entry).images
    assert image.title is None
    assert [one for one in image.evidence if one.fact == "title"] == []


@pytest.mark.parametrize("words", ["Photograph: Contributor/8523328/Getty Images", "Photo: Stringer/Reuters"])
def test_who_has_no_name_is_not_named(words: str) -> None:
    entry = ParsedEntry(
        media=(
            RawMedia(
                url="https://a.example/x.jpg",
                element="media:content",
                medium="image",
                credits=(RawPerson(name=words, element="media:credit"),),
            ),
        )
    )
    (image,) = attributed(entry).images
    assert image.creator is None
    assert image.rights_managed
    assert image.credit_line == words
