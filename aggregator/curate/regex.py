"""The one door to RE2: expressions of operators, in linear time whatever they write."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 1_000
MAX_TEXT = 100_000
"""Characters of a text that are searched."""


@lru_cache(maxsize=2_000)
def _compiled(pattern: str, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def regex_fault(pattern: str) -> str:
    """Why RE2 refuses this expression; empty where it does not."""
    if len(pattern) > MAX_PATTERN:
        return f"longer than {MAX_PATTERN} characters"
    try:
        _compiled(pattern, False)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return ""


def regex_found(pattern: str, text: str, *, ignore_case: bool) -> str | None:
    """The first piece of `text` that the expression matches; None where there is none."""
    found = _compiled(pattern, ignore_case).search(text[:MAX_TEXT])
    return str(found[0]) if found else None
