"""Content codings: undone, bounded, and honest about what is broken."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard

from aggregator.model.entry import Quirk
from aggregator.model.fetch import FetchReason
from aggregator.net.codings import decode
from aggregator.net.failure import NetError

DOCUMENT = (
    b"<?xml version='1.0'?><rss><channel>" + b"".join(b"<item>%d</item>" % n for n in range(9000)) + b"</channel></rss>"
)
LIMIT = 10**6


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODINGS = [
    ("", DOCUMENT),
    ("identity", DOCUMENT),
    ("gzip", gzip.compress(DOCUMENT)),
    ("x-gzip", gzip.compress(DOCUMENT)),
    ("GZIP", gzip.compress(DOCUMENT)),
    ("deflate", zlib.compress(DOCUMENT)),
    ("deflate", raw_deflate(DOCUMENT)),
    ("br", brotli.compress(DOCUMENT)),
    ("zstd", zstd(DOCUMENT)),
    ("zstd", zstd(DOCUMENT[:500]) + zstd(DOCUMENT[500:])),
    ("gzip", gzip.compress(DOCUMENT[:500]) + gzip.compress(DOCUMENT[500:])),
    ("gzip", gzip.compress(DOCUMENT) + b"\0" * 20),
    ("gzip, br", brotli.compress(gzip.compress(DOCUMENT))),
    ("zstd, gzip", gzip.compress(zstd(DOCUMENT[:9000]) + zstd(DOCUMENT[9000:]))),
]


@pytest.mark.case("P-39")
@pytest.mark.parametrize(("coding", "raw"), CODINGS)
def test_every_coding_that_is_asked_for_gives_the_same_document(coding: str, raw: bytes) -> None:
    assert decode(raw, coding, LIMIT) == (DOCUMENT, ())


@pytest.mark.case("P-39")
def test_members_that_end_anywhere_in_the_outer_coding_are_all_read() -> None:
    members = b"".join(gzip.compress(b"<%d>" % n * 7000) for n in range(60))
    expected = b"".join(b"<%d>" % n * 7000 for n in range(60))
    assert decode(brotli.compress(members), "gzip, br", 10**7)[0] == expected


@pytest.mark.case("P-40")
@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        ("gzip", DOCUMENT),
        ("br", DOCUMENT),
        ("deflate", DOCUMENT),
        ("zstd", b"\n " + DOCUMENT),
        ("", gzip.compress(DOCUMENT)),
        ("", zstd(DOCUMENT)),
        ("gzip", gzip.compress(gzip.compress(DOCUMENT))),
        ("gzip, gzip", gzip.compress(DOCUMENT)),
    ],
)
def test_a_mislabelled_coding_is_read_by_its_magic_bytes_and_noted(coding: str, raw: bytes) -> None:
    body, quirks = decode(raw, coding, LIMIT)
    assert body.strip() == DOCUMENT
    assert quirks == (Quirk.ODD_CODING.value,)


def reason_of(raw: bytes, coding: str, limit: int = LIMIT) -> FetchReason:
    with pytest.raises(NetError) as caught:
        decode(raw, coding, limit)
    return caught.value.reason


def bomb(coding: str, size: int) -> bytes:
    block = bytes(2**20)
    if coding == "gzip":
        engine = zlib.compressobj(9, wbits=31)
    elif coding == "deflate":
        engine = zlib.compressobj(9)
    elif coding == "zstd":
        engine = zstandard.ZstdCompressor().compressobj()  # type: ignore[assignment] # the same two methods
    else:
        compressor = brotli.Compressor()
        return b"".join([compressor.process(block) for _ in range(size)]) + bytes(compressor.finish())
    return b"".join([engine.compress(block) for _ in range(size)]) + engine.flush()


@pytest.mark.case("P-41")
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_left_at_the_limit_without_taking_more_memory_than_that(coding: str) -> None:
    raw = bomb(coding, 12)
    tracemalloc.start()
    try:
        assert reason_of(raw, coding, 4 * 2**20) is FetchReason.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 5 * 2**20 + len(raw)
    finally:
        tracemalloc.stop()


@pytest.mark.case("P-41")
def test_a_bomb_inside_a_bomb_is_left_at_the_limit_too() -> None:
    raw = gzip.compress(bomb("gzip", 12))
    tracemalloc.start()
    try:
        assert reason_of(raw, "gzip, gzip", 4 * 2**20) is FetchReason.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 5 * 2**20 + len(raw)
    finally:
        tracemalloc.stop()


@pytest.mark.case("P-41")
def test_a_zstd_window_above_eight_mebibytes_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=24, compression_level=1)
    engine = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    raw = engine.compress(DOCUMENT) + engine.flush()
    assert reason_of(raw, "zstd") is FetchReason.BAD_CODING


@pytest.mark.case("P-42")
@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        ("gzip", gzip.compress(DOCUMENT)),
        ("deflate", zlib.compress(DOCUMENT)),
        ("deflate", raw_deflate(DOCUMENT)),
        ("br", brotli.compress(DOCUMENT)),
        ("zstd", zstd(DOCUMENT)),
    ],
)
def test_a_body_cut_short_is_truncated_never_a_shorter_document(coding: str, raw: bytes) -> None:
    assert reason_of(raw[: len(raw) // 2], coding) is FetchReason.TRUNCATED
    assert reason_of(raw[:-1], coding) is FetchReason.TRUNCATED


@pytest.mark.case("P-42")
def test_gzip_without_its_trailer_or_with_a_wrong_checksum_fails() -> None:
    raw = gzip.compress(DOCUMENT)
    assert reason_of(raw[:-8], "gzip") is FetchReason.TRUNCATED
    assert reason_of(raw[:-8] + b"12345678", "gzip") is FetchReason.BAD_CODING


@pytest.mark.case("P-39")
@pytest.mark.parametrize("coding", ["compress", "sdch", "gzip, br, gzip", "aes128gcm"])
def test_an_unknown_or_a_triple_coding_is_a_named_failure(coding: str) -> None:
    assert reason_of(DOCUMENT, coding) is FetchReason.BAD_CODING


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "deflate"])
def test_binary_rubbish_is_bad_coding(coding: str) -> None:
    assert reason_of(b"\x07\x99\x12" + bytes(range(256)) * 4, coding) in {FetchReason.BAD_CODING, FetchReason.TRUNCATED}
