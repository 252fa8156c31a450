"""Instants as the tables hold them: whole microseconds since 1970. Contains no business logic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@overload
def to_micros(instant: datetime) -> int: ...
@overload
def to_micros(instant: datetime | None) -> int | None: ...
def to_micros(instant: datetime | None) -> int | None:
    """An aware instant as microseconds. A naive one is a bug: TypeError."""
    return None if instant is None else (instant - EPOCH) // MICROSECOND


@overload
def to_instant(micros: int) -> datetime: ...
@overload
def to_instant(micros: int | None) -> datetime | None: ...
def to_instant(micros: int | None) -> datetime | None:
    """Microseconds as an aware instant in UTC."""
    return None if micros is None else EPOCH + timedelta(microseconds=micros)
