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


@pytest.mark.case("P-67")
async def test_a_hub_is_asked_like_a_source_and_its_reply_kept_small() -> None:
    wire = Wire(said(204))
    assert not await ask(wire, secret="")
    (request,) = wire.sent
    assert request.url == "https://hub.test/"
    assert "hub.secret" not in parse_qs(request.body.decode("ascii"), keep_blank_values=True)
    headers = dict(request.headers)
    assert headers["User-Agent"].endswith(" (+https://us.test/about/bot; 1 subscriber; feed-id=a)")
    assert headers["Accept"] == "*/*"
    assert (request.deadline, request.max_body) == (30.0, 64 * 1024)


@pytest.mark.case("P-67")
async def test_a_site_in_a_hurry_waits_for_a_hub_no_longer_than_for_a_source() -> None:
    wire = Wire(said(202))
    asking = Asking(
        client=wire,
        gate=HostGate(gap=0, concurrency=1, clock=lambda: 0.0),
        settings=FetchSettings(deadline=7.0),
        base_url="https://us.test",
    )
    await subscribe(asking, HubLease(hub="https://hub.test/", topic="t", callback="c"), 60, "a")
    assert wire.sent[0].deadline == 7.0


@pytest.mark.case("P-67")
@pytest.mark.parametrize("status", [200, 202, 204, 299])
async def test_any_success_of_a_hub_is_a_yes(status: int) -> None:
    assert await ask(Wire(said(status))) == ""


@pytest.mark.case("P-67")
@pytest.mark.parametrize("status", [199, 300, 303, 304, 400, 410])
async def test_anything_else_of_a_hub_is_a_no(status: int) -> None:
    assert await ask(Wire(said(status, location="/elsewhere"))) == f"The hub answered {status}."


@pytest.mark.case("P-67")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_of_a_hub_is_posted_to_again_with_the_same_form(status: int) -> None:
    wire = Wire(said(status, location="https://other.test/hub"), said(202))
    assert not await ask(wire)
    first, second = wire.sent
    assert (second.url, second.method, second.body) == ("https://other.test/hub", "POST", first.body)


@pytest.mark.case("P-67")
async def test_of_a_long_refusal_the_beginning_is_told_on_one_line() -> None:
    assert await ask(Wire(said(400, b"caf\xe9"))) == "The hub answered 400: caf\ufffd"
    assert await ask(Wire(said(400, b"No\n\n  way. " + b"x" * 999))) == f"The hub answered 400: No way. {'x' * 189}"


@pytest.mark.case("P-67", "P-25")
async def test_a_hub_that_asked_to_be_left_alone_is_left_alone() -> None:
    gate = HostGate(gap=0, concurrency=1, clock=lambda: 0.0)
    gate.block("hub.test", 60, "It asked us to wait.")
    wire = Wire()
    asking = Asking(client=wire, gate=gate, settings=FetchSettings(), base_url="https://us.test")
    lease = HubLease(hub="https://hub.test/", topic="t", callback="c")
    assert await subscribe(asking, lease, 60, "a") == "It asked us to wait."
    assert wire.sent == []


@pytest.mark.case("P-70")
def test_a_signature_may_be_written_with_space_around_it_and_in_either_case() -> None:
    name, _, digits = signature("s", BODY).partition("=")
    assert is_signed(f"  {name.upper()}= {digits.upper()} ", "s", BODY)


@pytest.mark.case("P-68")
def test_an_intent_may_leave_out_all_but_its_mode() -> None:
    assert intent_of("hub.mode=denied") == Intent(mode="denied", topic="", challenge="", lease_seconds=None, reason="")
    assert intent_of("hub.mode=&hub.topic=") == Intent(mode="", topic="")
    assert intent_of("hub.topic=t") is None
    told = intent_of(f"hub.mode=denied&hub.topic=t&hub.reason={'x' * 999}&hub.lease_seconds={'9' * 99}")
    assert told == Intent(mode="denied", topic="t", reason="x" * 200, lease_seconds=999_999_999_999)
    every = intent_of("hub.mode=m&hub.topic=t&hub.challenge=c&hub.lease_seconds=1&hub.reason=r")
    assert every == Intent(mode="m", topic="t", challenge="c", lease_seconds=1, reason="r")
    arabic = intent_of("hub.mode=subscribe&hub.lease_seconds=%D9%A3")
    assert arabic == Intent(mode="subscribe", topic="")


@pytest.mark.case("P-71")
def test_a_delivery_may_be_exactly_as_large_as_is_allowed_and_is_nothing_in_an_unknown_coding() -> None:
    assert body_of(BODY, "", len(BODY)) == BODY
    assert body_of(gzip.compress(BODY), "gzip", len(BODY)) == BODY
    assert body_of(gzip.compress(BODY), "gzip", len(BODY) - 1) is None
    assert body_of(BODY, "rot13", 100) is None
