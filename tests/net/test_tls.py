"""TLS failures are named, and nothing is fetched in spite of them."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

import pytest

from aggregator.model.config import FetchSettings
from aggregator.model.fetch import FetchReason
from aggregator.net.client import HttpClient
from aggregator.net.failure import NetFailed
from aggregator.net.message import HttpOutcome, HttpRequest, Reply
from tests.support.resolver import FakeResolver
from tests.support.server import ScriptedServer, feed

pytestmark = pytest.mark.anyio
CERTIFICATES = Path(__file__).parent / "certificates"
LAB = FetchSettings(allow_networks=("127.0.0.0/8",), deadline=5.0, connect_timeout=1.0)


def serving(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / name)
    return context


def outdated() -> ssl.SSLContext:
    context = serving("good.pem")
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    return context


async def ask(
    server: ScriptedServer, host: str = "a.test", *, verify: bool = True, scheme: str = "https"
) -> HttpOutcome:
    trusted = ssl.create_default_context(cafile=str(CERTIFICATES / "root.pem"))
    resolver = FakeResolver(a_test="127.0.0.1", b_test="127.0.0.1")
    async with HttpClient(LAB, resolver=resolver, trusted=trusted) as client:
        url = server.url(host=host).replace("https", scheme).replace("http://", f"{scheme}://")
        return await client.send(HttpRequest(url=url, verify_tls=verify))


async def test_a_good_certificate_is_accepted() -> None:
    async with ScriptedServer(tls=serving("good.pem")) as server:
        server.on("/feed", feed())
        assert isinstance(await ask(server), Reply)


@pytest.mark.case("P-59")
@pytest.mark.parametrize(
    ("certificate", "host"),
    [("expired.pem", "a.test"), ("good.pem", "b.test"), ("self.pem", "a.test"), ("gap.pem", "a.test")],
    ids=["expired", "wrong-host", "self-signed", "incomplete-chain"],
)
async def test_a_bad_certificate_is_a_tls_failure_without_any_request(certificate: str, host: str) -> None:
    async with ScriptedServer(tls=serving(certificate)) as server:
        server.on("/feed", feed())
        outcome = await ask(server, host)
        assert isinstance(outcome, NetFailed)
        assert outcome.reason is FetchReason.TLS
        assert host in outcome.detail
        assert server.seen == []


@pytest.mark.case("P-59")
async def test_a_server_that_knows_only_outdated_tls_is_a_tls_failure() -> None:
    async with ScriptedServer(tls=outdated()) as server:
        outcome = await ask(server)
        assert isinstance(outcome, NetFailed)
        assert outcome.reason is FetchReason.TLS


@pytest.mark.case("P-59")
async def test_the_operators_exception_lets_a_bad_certificate_pass() -> None:
    async with ScriptedServer(tls=serving("expired.pem")) as server:
        server.on("/feed", feed())
        assert isinstance(await ask(server, verify=False), Reply)


async def test_plain_http_on_the_https_port_is_a_tls_failure() -> None:
    async with ScriptedServer() as server:
        outcome = await ask(server, scheme="https")
        assert isinstance(outcome, NetFailed)
        assert outcome.reason in {FetchReason.TLS, FetchReason.TIMEOUT}
