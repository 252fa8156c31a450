"""What can be wrong with a document, named after the message classes of the W3C feed validator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    """The document, or the item at fault, is not published."""
    WARNING = "warning"
    """Valid, and yet some reader will mind: our default output has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a document."""

    code: str
    """The message class, such as ``DuplicateIds``."""
    sentence: str
    item: int | None = None
    """Place of the item at fault in the document, from 0; None where the document itself is."""
    severity: Severity = Severity.ERROR


def error(code: str, sentence: str, item: int | None = None) -> Problem:
    return Problem(code=code, sentence=sentence, item=item)


def warning(code: str, sentence: str, item: int | None = None) -> Problem:
    return Problem(code=code, sentence=sentence, item=item, severity=Severity.WARNING)
