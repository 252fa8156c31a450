"""Text to numbers: the tokens of a whole batch are hashed in one pass over its bytes.

A word is a run of ASCII letters, digits and non-ASCII characters that are no punctuation; scripts written without
spaces are cut into pairs of characters first. Token hashes have 32 bits and are the same on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

SHINGLE = 4
"""Tokens in a shingle."""
_LONGEST = 64
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0002ffff]+")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)


def _position_weights() -> NDArray[np.uint64]:
    """One odd 64-bit multiplier for each place in a word (the splitmix64 sequence)."""
    out, state, mask = [], 0, (1 << 64) - 1
    for _ in range(_LONGEST):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out.append((z ^ (z >> 31)) | 1)
    return np.array(out, dtype=np.uint64)


def _word_bytes() -> bytes:
    """For each byte: 1 where it stands in words."""
    return bytes(byte >= 0x80 or chr(byte).isdigit() or "a" <= chr(byte) <= "z" for byte in range(256))


_WEIGHTS = _position_weights()
_VALUES = (np.arange(256, dtype=np.uint64) + np.uint64(1)) * _WEIGHTS[:, np.newaxis]
"""What a byte adds to the hash of a word, by its place in the word."""
_WORD = _word_bytes()
_LETTER_BYTES = np.repeat(np.array([1, 2, 3, 4]), [0xCA, 0xE0 - 0xCA, 0xF0 - 0xE0, 0x10])
"""Bytes of a letter in the script that a word begins in, by its first byte; Latin letters with marks count as one."""
_IS_DIGIT = np.zeros(256, dtype=bool)
_IS_DIGIT[0x30:0x3A] = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of several texts in a row; text `i` has those from `bounds[i]` to `bounds[i + 1]`."""

    hashes: Hashes
    figures: NDArray[np.bool_]
    """True where the token starts with a digit and is longer than one byte."""
    bounds: NDArray[np.int64]
    sizes: NDArray[np.int64]
    """Bytes of each token."""


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    return f" {' '.join(run[i : i + 2] for i in range(max(1, len(run) - 1)))} "


def is_unspaced(text: str) -> bool:
    """Whether a text begins in a script without spaces between words."""
    head = text[:120]
    return not head.isascii() and sum(map(len, _UNSPACED.findall(head))) > len(head) // 3


def fold(text: str) -> str:
    """Lower case, compatibility forms unified, unspaced scripts cut into pairs."""
    if text.isascii():
        return text.lower()
    return _UNSPACED.sub(_pairs, unicodedata.normalize("NFKC", text).lower())


def _without_punctuation(raw: NDArray[np.uint8], word: NDArray[np.bool_]) -> None:
    """Takes typographic punctuation (U+0080-00BF, U+2000-206F, U+3000-303F in UTF-8) out of the words."""
    word[:-1] &= raw[:-1] != 0xC2
    word[1:] &= raw[:-1] != 0xC2
    second = raw[1:-1]
    first = raw[:-2]
    mark = ((first == 0xE2) & ((second == 0x80) | (second == 0x81))) | ((first == 0xE3) & (second == 0x80))
    for offset in range(3):
        word[offset : len(word) - 2 + offset] &= ~mark


def mix(values: NDArray[np.uint64]) -> Hashes:
    """32 well-mixed bits of each value."""
    values = (values ^ (values >> _SHIFT)) * _MIX
    return (values >> _SHIFT).astype(np.uint32)


def tokenise(texts: Sequence[str], stem: int | None = None) -> Tokens:
    """Hashes of the tokens of all texts (already folded, see `fold`), in one pass; of their first `stem` letters."""
    encoded = [text.encode("utf-8", "ignore") for text in texts]
    lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    joined = b" ".join((b"", *encoded, b"  "))
    raw = np.frombuffer(joined, dtype=np.uint8)
    word = np.frombuffer(bytearray(joined.translate(_WORD)), dtype=bool)
    if int(lengths.sum()) != sum(map(len, texts)):
        _without_punctuation(raw, word)
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    sizes = ends - starts
    bounds = np.searchsorted(starts, np.concatenate(([0], np.cumsum(lengths + 1))))
    if len(starts) == 0:
        return Tokens(np.empty(0, np.uint32), np.empty(0, bool), bounds, sizes)
    first = raw[starts]
    letters = None if stem is None else stem * _LETTER_BYTES[first]
    return Tokens(mix(_sums(raw, starts, sizes, letters)), _IS_DIGIT[first] & (sizes > 1), bounds, sizes)


def _sums(
    raw: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], letters: NDArray[np.int64] | None
) -> NDArray[np.uint64]:
    """The weighted bytes of each word, added up: the first byte of all words, the second of all that have one …

    `letters`: bytes of each word that count.
    """
    longest = int(sizes.max())
    order = np.argsort(sizes.astype(np.uint16) if longest < 1 << 16 else sizes, kind="stable")[::-1]
    starts = starts[order]
    counting = None if letters is None else letters[order]
    most = _LONGEST if letters is None else int(letters.max())
    longer_than = len(sizes) - np.cumsum(np.bincount(sizes))
    sums = np.zeros(len(starts), dtype=np.uint64)
    for place, words in enumerate(longer_than[:longest].tolist()):
        turn = place % _LONGEST
        if turn >= most:
            continue
        values = _VALUES[turn].take(raw.take(starts[:words] + place))
        if counting is not None:
            values[counting[:words] <= turn] = 0
        sums[:words] += values
    out = np.empty_like(sums)
    out[order] = sums
    return out


def shingles(hashes: Hashes, size: int = SHINGLE) -> Hashes:
    """Hashes of every `size` consecutive tokens; empty where there are fewer."""
    count = len(hashes) - size + 1
    if count <= 0:
        return np.empty(0, np.uint32)
    wide = hashes.astype(np.uint64)
    sums = wide[:count] * _WEIGHTS[size]
    for offset in range(1, size):
        sums = sums + wide[offset : offset + count] * _WEIGHTS[size + offset]
    return mix(sums)
