"""The error tree.

::

    AggregatorError
    ├── ConfigurationError      the configuration has faults; carries all of them
    ├── UsageError              a command was called with something that does not exist or does not fit
    ├── StorageError            the database cannot be used
    │   ├── MigrationNeeded     its schema is older than this program
    │   └── SchemaTooNew        its schema is newer than this program
    ├── OutputError             the output cannot be written
    └── QuerySyntaxError        a topic's query cannot be read; carries the column

Failures of the world (a 500, a broken document, an unreadable date) are values, not exceptions: see
`aggregator.model.fetch.FetchFailed` and `aggregator.model.entry.ParseFailed`. The message of each error here is one
sentence that names the thing at fault and can be shown to an operator as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


class AggregatorError(Exception):
    """Something the operator has to know about stopped the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of the configuration: where it is, which key, and what was expected there."""

    file: str
    line: int
    key: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.expected}"


class ConfigurationError(AggregatorError):
    """The configuration has faults; `faults` holds all of them in the order of the files."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class UsageError(AggregatorError):
    """A command was called with something that does not exist or does not fit."""


class StorageError(AggregatorError):
    """The database cannot be used."""


class MigrationNeeded(StorageError):  # noqa: N818 - it says what is the matter
    """The database's schema is older than this program: `aggregator db upgrade` brings it up to date."""


class SchemaTooNew(StorageError):  # noqa: N818 - it says what is the matter
    """The database's schema is newer than this program."""


class OutputError(AggregatorError):
    """The output cannot be written."""


class QuerySyntaxError(AggregatorError):
    """A query cannot be read; `column` (counted from 1) is where, `expected` says what would fit there."""

    def __init__(self, query: str, column: int, expected: str) -> None:
        self.query = query
        self.column = column
        self.expected = expected
        super().__init__(f"column {column}: {expected}")
