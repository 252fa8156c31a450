"""Whose secrets go where."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.fetch.credentials import SecretMissingError, authorization, may_see_secrets, origin, read_secret
from aggregator.model.ids import SourceId
from aggregator.model.source import Secret, Source

URL = "https://a.test/feed"


def source(url: str = URL, username: str | None = None, password: Secret | None = None) -> Source:
    return Source(id=SourceId("s"), url=url, username=username, password=password)


@pytest.mark.case("P-64")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (source(), None),
        (source(username="u"), "Basic dTo="),
        (source("https://u@a.test/feed"), "Basic dTo="),
        (source("https://%75:p%40ss@a.test/feed"), "Basic dTpwQHNz"),
        (source("https://other@a.test/feed", username="é"), "Basic w6k6"),
    ],
)
def test_the_header_is_made_of_user_and_password(asked: Source, expected: str | None) -> None:
    assert authorization(asked) == expected


@pytest.mark.case("P-64")
@pytest.mark.parametrize(
    ("written", "read"), [(b"p", "p"), (b"p\n", "p"), (b"p\r\n", "p"), (b" p \n\n", " p \n"), (b"\xc3\xa9", "é")]
)
def test_a_secret_file_holds_the_secret_and_at_most_one_line_end(tmp_path: Path, written: bytes, read: str) -> None:
    (tmp_path / "secret").write_bytes(written)
    assert read_secret(Secret(file=str(tmp_path / "secret"))) == read


@pytest.mark.case("P-64")
@pytest.mark.parametrize("held", [None, b"\xff"])
def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, held: bytes | None) -> None:
    path = tmp_path / "secret"
    if held is not None:
        path.write_bytes(held)
    with pytest.raises(SecretMissingError) as caught:
        read_secret(Secret(file=str(path)))
    assert str(caught.value) == f"The secret file {path} cannot be read."


@pytest.mark.case("P-64")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://A.test/x", ("https", "a.test", 443)),
        ("http://a.test", ("http", "a.test", 80)),
        ("https://a.test:80/", ("https", "a.test", 80)),
        ("feeds/a.xml", ("", "", 80)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int]) -> None:
    assert origin(url) == expected


@pytest.mark.case("P-64")
@pytest.mark.parametrize(
    ("url", "declared", "may"),
    [
        ("https://a.test/other", "https://a.test/feed", True),
        ("https://a.test/", "http://a.test/feed", True),
        ("http://a.test/", "https://a.test/feed", False),
        ("https://b.test/", "http://a.test/feed", False),
        ("https://b.test/", "https://a.test/feed", False),
        ("https://a.test:8443/", "http://a.test/feed", False),
        ("https://a.test/", "http://a.test:8080/feed", False),
        ("http://a.test:8080/", "http://a.test/feed", False),
    ],
)
def test_secrets_stay_at_their_origin_and_may_only_grow_from_http_to_https(url: str, declared: str, may: bool) -> None:
    assert may_see_secrets(url, declared) is may
