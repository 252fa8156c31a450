"""Short, stable hashes of text. They name and compare things; they protect nothing."""

from __future__ import annotations

import base64
import hashlib


def digest(data: bytes) -> str:
    """A 32-character hexadecimal hash of `data` (BLAKE2b, 16 bytes)."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def text_digest(*parts: str) -> str:
    """`digest` of several strings; where one ends and the next begins counts."""
    return digest("\x00".join(parts).encode("utf-8", "surrogatepass"))


def short_id(*parts: str, length: int = 20) -> str:
    """`length` characters (at most 51) of lower-case base32 of the SHA-256 of `parts`: fit for urls and file names."""
    raw = hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()
    groups = -(-length // 8) * 5  # each five bytes are eight characters of their own
    return base64.b32encode(raw[:groups]).decode("ascii").lower()[:length]
