"""What a reply means by its status, and how a wall against robots is told from a source."""

from __future__ import annotations

import pytest

from aggregator.fetch.status import bot_wall, failure_of, is_delta
from aggregator.model.fetch import FetchReason
from aggregator.net.message import Reply


def reply(status: int, body: bytes = b"", kind: str | None = "text/html", *others: tuple[str, str]) -> Reply:
    headers = others if kind is None else (*others, ("content-type", kind))
    return Reply(url="https://a.test/", status=status, headers=headers, body=body, wire_bytes=len(body))


@pytest.mark.case("P-35")
@pytest.mark.parametrize(
    ("header", "value", "wall"),
    [
        ("cf-mitigated", "Challenge", "Cloudflare"),
        ("x-vercel-mitigated", "challenge", "Vercel"),
        ("x-amzn-waf-action", "captcha", "AWS WAF"),
        ("x-amzn-waf-action", "", "AWS WAF"),
        ("x-sucuri-block", "XSS", "Sucuri"),
        ("x-datadome", "protected", "DataDome"),
        ("cf-mitigated", "no", None),
        ("x-vercel-mitigated", "deny", None),
        ("x-datadome", "off", None),
        ("server", "cloudflare", None),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_wall_is_known_by_its_header_whatever_the_status(
    header: str, value: str, wall: str | None, status: int
) -> None:
    assert bot_wall(reply(status, b"", "application/xml", (header, value))) == wall


@pytest.mark.case("P-35")
@pytest.mark.parametrize(
    ("word", "wall", "sure"),
    [
        (b"challenge-platform", "Cloudflare", False),
        (b"cf-chl", "Cloudflare", False),
        (b"captcha-delivery.com", "DataDome", False),
        (b"_Incapsula_Resource", "Imperva", True),
        (b"px-captcha", "PerimeterX", False),
        (b"anubis_challenge", "Anubis", True),
        (b"sgcaptcha", "SiteGround", True),
        (b"hcaptcha.com", "hCaptcha", False),
        (b"google.com/recaptcha", "reCAPTCHA", False),
    ],
)
def test_a_wall_is_known_by_the_words_of_its_page(word: bytes, wall: str, *, sure: bool) -> None:
    page = b"<html>" + word + b"</html>"
    assert bot_wall(reply(403, page)) == wall
    assert bot_wall(reply(300, page)) == wall
    assert bot_wall(reply(199, page)) == wall
    for status in (200, 299):
        assert bot_wall(reply(status, page)) == (wall if sure else None)
    assert bot_wall(reply(403, page, "TEXT/HTML; charset=utf-8")) == wall
    assert bot_wall(reply(403, page, "application/xml")) is None
    assert bot_wall(reply(403, page, None)) is None


@pytest.mark.case("P-35")
def test_only_the_beginning_of_a_page_is_searched_for_a_wall() -> None:
    word = b"sgcaptcha"
    assert bot_wall(reply(403, bytes(16 * 1024 - len(word)) + word)) == "SiteGround"
    assert bot_wall(reply(403, bytes(16 * 1024 - len(word) + 1) + word)) is None


@pytest.mark.case("P-33", "P-35")
def test_gone_is_gone_even_behind_a_wall() -> None:
    walled = failure_of(reply(410, b"<html>sgcaptcha"), asked_delta=False)
    assert walled is not None
    assert walled[0] is FetchReason.GONE


@pytest.mark.case("P-33", "P-35", "P-37")
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (199, FetchReason.PROTOCOL),
        (200, None),
        (201, FetchReason.ODD_SUCCESS),
        (202, FetchReason.ODD_SUCCESS),
        (203, None),
        (204, FetchReason.ODD_SUCCESS),
        (226, FetchReason.ODD_SUCCESS),
        (299, FetchReason.ODD_SUCCESS),
        (300, FetchReason.PROTOCOL),
        (399, FetchReason.PROTOCOL),
        (400, FetchReason.CLIENT_ERROR),
        (401, FetchReason.UNAUTHORISED),
        (402, FetchReason.PAYMENT),
        (403, FetchReason.FORBIDDEN),
        (404, FetchReason.NOT_FOUND),
        (405, FetchReason.CLIENT_ERROR),
        (409, FetchReason.CLIENT_ERROR),
        (410, FetchReason.GONE),
        (411, FetchReason.CLIENT_ERROR),
        (428, FetchReason.CLIENT_ERROR),
        (429, FetchReason.RATE_LIMITED),
        (430, FetchReason.CLIENT_ERROR),
        (450, FetchReason.CLIENT_ERROR),
        (451, FetchReason.LEGAL),
        (452, FetchReason.CLIENT_ERROR),
        (499, FetchReason.CLIENT_ERROR),
        (500, FetchReason.SERVER_ERROR),
        (502, FetchReason.SERVER_ERROR),
        (503, FetchReason.UNAVAILABLE),
        (504, FetchReason.SERVER_ERROR),
        (599, FetchReason.SERVER_ERROR),
    ],
)
def test_each_status_has_one_meaning(status: int, reason: FetchReason | None) -> None:
    found = failure_of(reply(status, b"<feed/>", "application/xml"), asked_delta=False)
    assert (found[0] if found is not None else None) is reason


@pytest.mark.case("P-54")
@pytest.mark.parametrize(
    ("im", "delta"), [("feed", True), ("FEED", True), ("gzip, feed ", True), ("feeds", False), ("", False)]
)
def test_a_delta_says_so_in_its_im_header(im: str, *, delta: bool) -> None:
    assert is_delta(reply(226, b"<feed/>", None, ("im", im))) is delta
    wanted = failure_of(reply(226, b"<feed/>", None, ("im", im)), asked_delta=True)
    assert (wanted is None) is delta
    assert failure_of(reply(226, b"<feed/>", None, ("im", im)), asked_delta=False) is not None


@pytest.mark.case("P-37")
def test_an_empty_body_of_any_success_brings_nothing() -> None:
    for status in (200, 203):
        assert failure_of(reply(status), asked_delta=False) == (FetchReason.EMPTY, "The body is empty.")
    assert failure_of(reply(226, b"", None, ("im", "feed")), asked_delta=True) == (
        FetchReason.EMPTY,
        "The body is empty.",
    )
