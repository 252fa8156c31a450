"""Which addresses are of the public internet, in whatever notation."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from aggregator.net.addresses import Guard, is_public, literal

REFUSED = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::80ff:fffe",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.case("P-65")
@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not Guard().allows(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed(text: str) -> None:
    assert Guard().allows(ip_address(text))


@pytest.mark.case("P-65")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0", "[::1]", "::1"],
)
def test_a_number_in_any_notation_is_an_address(host: str) -> None:
    address = literal(host)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("host", ["example.org", "1.2.3.4.example", "localhost", ""])
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None


def test_a_lab_opens_its_own_network_and_no_other() -> None:
    guard = Guard(("127.0.0.0/8", "fd00::/8"))
    assert guard.allows(ip_address("127.0.0.1"))
    assert guard.allows(ip_address("fd00::1"))
    assert not guard.allows(ip_address("10.0.0.1"))
    assert not guard.allows(ip_address("::1"))
