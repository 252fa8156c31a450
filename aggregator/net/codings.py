"""Undoes content codings with bounded memory (PROTOCOL P-39 to P-42)."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import brotli

from aggregator.model.entry import Quirk
from aggregator.model.fetch import FetchReason
from aggregator.net.failure import NetError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""What is implemented here, and the same on every request: some servers make their ETag depend on it (P-15)."""

_STEP = 64 * 1024
_DEPTH = 2
_WINDOW_LOG = 23
"""8 MiB: larger windows are refused (RFC 9659)."""
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_TEXT = (b"<", b"{", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")

Stage = Callable[[Iterable[bytes]], Iterator[bytes]]


def decode(raw: bytes, content_encoding: str, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """The body without its codings, and quirks met on the way.

    Holds no more than `limit` bytes and one step of output at any time. Raises `NetError`: ``too-large``,
    ``truncated`` or ``bad-coding``.
    """
    names = _names(content_encoding)
    if not names and not raw.startswith((_GZIP, _ZSTD)):
        return raw, ()
    chunks: Iterable[bytes] = (raw,)
    odd = not names
    applied = 0
    for name in reversed(names):
        head, chunks = _peek(chunks)
        if not _is(name, head):
            odd = True
            continue
        chunks = _STAGES[name](chunks)
        applied += 1
    while applied < _DEPTH:
        head, chunks = _peek(chunks)
        hidden = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else None
        if hidden is None:
            break
        chunks = _STAGES[hidden](chunks)
        applied += 1
        odd = True
    return _collect(chunks, limit), ((Quirk.ODD_CODING.value,) if odd else ())


def _names(content_encoding: str) -> list[str]:
    given = [name.strip().lower().removeprefix("x-") for name in content_encoding.split(",")]
    names = [name for name in given if name not in {"", "identity", "none"}]
    if len(names) > _DEPTH:
        raise NetError(FetchReason.BAD_CODING, f"The body is coded {len(names)} times over.")
    for name in names:
        if name not in _STAGES:
            raise NetError(FetchReason.BAD_CODING, f"The content coding {name[:40]!r} is not known.")
    return names


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterable[bytes]]:
    iterator = iter(chunks)
    head = b""
    for chunk in iterator:
        head += chunk
        if len(head) >= len(_ZSTD):
            break
    return head, chain((head,), iterator)


def _is(name: str, head: bytes) -> bool:
    """Whether bytes can be what they are declared to be; text that was never coded is let through (P-40)."""
    if name == "gzip":
        return head.startswith(_GZIP) or not _looks_plain(head)
    if name == "zstd":
        return head.startswith(_ZSTD) or not _looks_plain(head)
    return not _looks_plain(head) or _begins(_STAGES[name], head[:1024])


def _looks_plain(head: bytes) -> bool:
    return not head or head.lstrip(b" \t\r\n").startswith(_TEXT)


def _begins(stage: Stage, head: bytes) -> bool:
    try:
        for _ in stage((head,)):
            pass
    except NetError as error:
        return error.reason is FetchReason.TRUNCATED
    return True


def _collect(chunks: Iterable[bytes], limit: int) -> bytes:
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise NetError(FetchReason.TOO_LARGE, f"The decoded body is larger than {limit} bytes.")
        kept.append(chunk)
    return b"".join(kept)


def _bad(name: str) -> NetError:
    return NetError(FetchReason.BAD_CODING, f"The body is not valid {name}.")


def _cut(name: str) -> NetError:
    return NetError(FetchReason.TRUNCATED, f"The {name} body ended too early.")


def _members(name: str, magic: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """All members or frames one after another (RFC 1952 section 2.2); what follows the last and is none is ignored."""
    new, pull = _ENGINES[name]
    engine: Any = None
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        rest = b""
        while data:
            if engine is None or engine.eof:
                data = data.lstrip(b"\0") if engine is not None else data
                if len(data) < len(magic) and magic.startswith(data):
                    rest = data
                    break
                if not data.startswith(magic):
                    if engine is None:
                        raise _bad(name)
                    return
                engine = new()
            yield from pull(engine, data)
            data = engine.unused_data
    if engine is None or not engine.eof:
        raise _cut(name)


def _pull_zlib(engine: Any, data: bytes) -> Iterator[bytes]:
    try:
        while True:
            out = engine.decompress(data, _STEP)
            data = engine.unconsumed_tail
            if out:
                yield out
            if engine.eof or (not data and len(out) < _STEP):
                return
    except zlib.error:
        raise _bad("gzip or deflate") from None


def _pull_zstd(engine: Any, data: bytes) -> Iterator[bytes]:
    try:
        while True:
            out = engine.decompress(data, _STEP)
            data = b""
            if out:
                yield out
            if engine.eof or engine.needs_input:
                return
    except zstd.ZstdError:
        raise _bad("zstd, or its window is larger than 8 MiB") from None


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """``deflate`` as the standard has it (zlib) and as many servers send it (raw; RFC 9110 section 8.4.1.2)."""
    head, chunks = _peek(chunks)
    wrapped = len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    engine = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    for chunk in chunks:
        yield from _pull_zlib(engine, chunk)
        if engine.eof:
            return
    raise _cut("deflate")


def _unbrotli(chunks: Iterable[bytes]) -> Iterator[bytes]:
    engine = brotli.Decompressor()
    try:
        for chunk in chunks:
            data = chunk
            while True:
                out = engine.process(data, output_buffer_limit=_STEP)
                if out:
                    yield out
                if engine.is_finished():
                    return
                if not out and engine.can_accept_more_data():
                    break
                data = b""
    except brotli.error:
        raise _bad("brotli") from None
    raise _cut("brotli")


def _gzip_engine() -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _zstd_engine() -> Any:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


_ENGINES: dict[str, tuple[Callable[[], Any], Callable[[Any, bytes], Iterator[bytes]]]] = {
    "gzip": (_gzip_engine, _pull_zlib),
    "zstd": (_zstd_engine, _pull_zstd),
}
_STAGES: dict[str, Stage] = {
    "gzip": partial(_members, "gzip", _GZIP),
    "zstd": partial(_members, "zstd", _ZSTD),
    "deflate": _inflate,
    "br": _unbrotli,
}
