"""Which addresses every format can carry."""

from __future__ import annotations

import re

from aggregator.text.urls import is_http

_NO_URL = re.compile(r"[\s<>\"{}|\\^`\x00-\x20\x7f]")


def usable(url: str) -> bool:
    """Whether this is an absolute http(s) address without characters that no document may hold in one."""
    return _NO_URL.search(url) is None and is_http(url)
