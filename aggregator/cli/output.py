"""How commands show things: tables for people, one JSON document for programs, sentences on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import typer

Row = Mapping[str, Any]


def show_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, empty: str = "Nothing to show.") -> None:
    """A list: as a table with `columns`, or whole as JSON."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        say(empty)
    else:
        _print_table(rows, columns)


def show_record(record: Any, *, as_json: bool) -> None:
    """One thing with all its facts, nested ones indented."""
    if as_json:
        show_json(record)
    else:
        typer.echo("\n".join(_lines(plain(record))))


def show_json(value: Any) -> None:
    """One document on stdout: snake_case keys, dates as RFC 3339."""
    json.dump(plain(value), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def say(sentence: str) -> None:
    """A sentence for a person, on stderr so that stdout stays what was asked for."""
    typer.echo(sentence, err=True)


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence: 1 when the work failed, 2 when the call or the configuration is wrong."""
    say(sentence)
    raise typer.Exit(code)


def plain(value: Any) -> Any:
    """`value` as JSON knows it: dataclasses as objects, instants in RFC 3339, enums as their values."""
    match value:
        case Enum():
            return value.value
        case str() | int() | float() | bool() | None:
            return value
        case datetime() | date():
            return value.isoformat().replace("+00:00", "Z")
        case Path():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return [plain(item) for item in value]


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    width = None if sys.stdout.isatty() else 200
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _cell(value: Any) -> str:
    match plain(value):
        case None | "" | []:
            return "-"
        case bool() as flag:
            return "yes" if flag else "no"
        case list() as items:
            return ", ".join(str(item) for item in items)
        case other:
            return str(other)


def _lines(value: Any, indent: int = 0) -> list[str]:
    space = "  " * indent
    if isinstance(value, dict):
        found: list[str] = []
        for key, item in value.items():
            if item in (None, "", [], {}):
                continue
            if isinstance(item, (dict, list)):
                found += [f"{space}{key}:", *_lines(item, indent + 1)]
            else:
                found.append(f"{space}{key}: {item}")
        return found
    if isinstance(value, list):
        found = []
        for item in value:
            lines = _lines(item, indent + 1)
            found += [f"{space}- {lines[0].strip()}", *lines[1:]] if lines else []
        return found
    return [f"{space}{value}"]
