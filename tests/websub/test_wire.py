"""What goes to a hub and what comes from one, byte for byte."""

from __future__ import annotations

import gzip
import hashlib
import hmac
from urllib.parse import parse_qs

import pytest

from aggregator.fetch.gate import HostGate
from aggregator.fetch.websub import Asking, Intent, body_of, intent_of, is_signed, subscribe
from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchReason
from aggregator.model.source import HubLease
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from aggregator.pipeline.websub import _new_secret
from tests.support.hub import signature

pytestmark = pytest.mark.anyio
BODY = "<feed>é</feed>".encode()


class Wire:
    """Answers in order, and keeps what was sent."""

    def __init__(self, *answers: HttpOutcome) -> None:
        self.answers = list(answers)
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpOutcome:
        self.sent.append(request)
        return self.answers.pop(0)


def said(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(url="", status=status, headers=tuple(headers.items()), body=body, wire_bytes=len(body))


async def ask(wire: Wire, hub: str = "https://hub.test/", secret: str = "s") -> str:
    gate = HostGate(gap=0, concurrency=1, clock=lambda: 0.0)
    asking = Asking(client=wire, gate=gate, settings=FetchSettings(max_redirects=3), base_url="https://us.test")
    lease = HubLease(hub=hub, topic="https://a.test/ä?b=1&c=2", callback="https://us.test/cb", secret=secret)
    return await subscribe(asking, lease, 864_000, "a")


@pytest.mark.case("P-67")
async def test_the_form_is_utf8_and_names_topic_callback_lease_and_secret() -> None:
    wire = Wire(said(202))
    assert not await ask(wire)
    (request,) = wire.sent
    assert request.method == "POST"
    assert parse_qs(request.body.decode("ascii")) == {
        "hub.mode": ["subscribe"],
        "hub.topic": ["https://a.test/ä?b=1&c=2"],
        "hub.callback": ["https://us.test/cb"],
        "hub.lease_seconds": ["864000"],
        "hub.secret": ["s"],
    }
    assert dict(request.headers)["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.case("P-67")
def test_a_secret_is_long_enough_short_enough_different_each_time_and_only_for_https() -> None:
    first, second = _new_secret("https://hub.test/"), _new_secret("https://hub.test/")
    assert first != second
    assert 32 <= len(first.encode()) < 200
    assert _new_secret("http://hub.test/") == ""


@pytest.mark.case("P-67")
async def test_a_secret_never_follows_a_redirect_to_plain_http() -> None:
    wire = Wire(said(307, location="http://hub.test/"))
    assert "unencrypted" in await ask(wire)
    assert len(wire.sent) == 1


@pytest.mark.case("P-67")
async def test_redirects_end_in_a_named_failure() -> None:
    wire = Wire(*(said(308, location=f"/{number}") for number in range(9)))
    assert "More than 3 redirects" in await ask(wire)
    assert len(wire.sent) == 4


@pytest.mark.case("P-67")
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (said(404, b"no such topic"), "404: no such topic"),
        (said(500), "500."),
        (said(303, location="/elsewhere"), "303"),
        (NetFailed(reason=FetchReason.DNS, detail="No address."), "No address."),
    ],
)
async def test_a_refusal_is_told_in_words(reply: HttpOutcome, words: str) -> None:
    assert words in await ask(Wire(reply))


@pytest.mark.case("P-70")
@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_every_algorithm_of_the_standard_is_known(algorithm: str) -> None:
    good = signature("s", BODY, algorithm)
    assert is_signed(good, "s", BODY)
    name, _, digits = good.partition("=")
    assert is_signed(f"{name}={digits.upper()}", "s", BODY)
    assert not is_signed(good, "t", BODY)
    assert not is_signed(good, "s", BODY.decode().encode("latin-1")), "the raw bytes are signed"
    assert not is_signed(good[:-1], "s", BODY)


@pytest.mark.case("P-70")
@pytest.mark.parametrize(
    "header",
    ["", "sha256", "sha256=", "=", "md5=" + hmac.new(b"s", BODY, hashlib.md5).hexdigest(), "sha256=é", "shake_128=00"],
)
def test_nonsense_is_no_signature(header: str) -> None:
    assert not is_signed(header, "s", BODY)


@pytest.mark.case("P-70")
def test_the_digits_alone_are_no_signature() -> None:
    assert not is_signed(signature("s", BODY).replace("=", ""), "s", BODY)
    assert not is_signed(signature("s", BODY).partition("=")[2], "s", BODY)


@pytest.mark.case("P-68")
def test_an_intent_is_read_whole_or_not_at_all() -> None:
    query = "hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.test%2F%3Fx%3D1&hub.challenge=a%26b%2Bc&hub.lease_seconds=60"
    assert intent_of(query) == Intent(
        mode="subscribe", topic="https://a.test/?x=1", challenge="a&b+c", lease_seconds=60
    )
    for bad in ("", "hub.mode", f"{query}&extra=1", f"{query}&hub.topic=other", "hub.mode=%ff", "&".join(["a=1"] * 99)):
        assert intent_of(bad) is None
    assert intent_of("hub.mode=subscribe&hub.topic=t&hub.lease_seconds=-5") == Intent(mode="subscribe", topic="t")


@pytest.mark.case("P-71")
def test_a_compressed_delivery_is_undone_within_the_limit() -> None:
    assert body_of(gzip.compress(BODY), "gzip", 100) == BODY
    assert body_of(gzip.compress(bytes(10_000)), "gzip", 100) is None
    assert body_of(BODY, "gzip", 100) == BODY, "mislabelled, as by many servers"
    assert body_of(BODY, "", len(BODY) - 1) is None
