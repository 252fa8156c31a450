"""Which line of a TOML document a key stands on. Contains no business logic.

`tomllib` keeps no positions. This scanner finds them for the documents that `tomllib` accepts: it knows tables,
arrays of tables, dotted and quoted keys, strings over several lines, and arrays over several lines.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def key_lines(document: str) -> dict[Path, int]:
    """Map each key's path, such as ``("source", 2, "url")``, to its line, counted from 1."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    state = _Open()
    for number, line in enumerate(document.splitlines(), start=1):
        if state.inside():
            state.feed(line)
            continue
        if header := _HEADER.match(line):
            table = _table(header.group(2), header.group(1) == "[[", counts)
            found[table] = number
        elif key := _KEY.match(line):
            found[table + _split(key.group(1))] = number
            state.feed(line[key.end() :])
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, else of the nearest table around it, else 1."""
    for length in range(len(path), 0, -1):
        for candidate in (path[:length], (*path[:length], 0)):
            if candidate in lines:
                return lines[candidate]
    return 1


def _split(dotted: str) -> Path:
    return tuple(next(part for part in match.groups() if part is not None) for match in _PART.finditer(dotted))


def _table(name: str, is_array: bool, counts: dict[Path, int]) -> Path:
    path: Path = ()
    parts = _split(name)
    for position, part in enumerate(parts):
        path = (*path, part)
        last = position == len(parts) - 1
        if last and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


class _Open:
    """What is still open at the end of a line: a string over several lines, or brackets."""

    def __init__(self) -> None:
        self.quote = ""
        self.depth = 0

    def inside(self) -> bool:
        return bool(self.quote) or self.depth > 0

    def feed(self, line: str) -> None:
        position = 0
        while position < len(line):
            position = self._in_string(line, position) if self.quote else self._outside(line, position)

    def _in_string(self, line: str, position: int) -> int:
        end = line.find(self.quote, position)
        if end < 0:
            return len(line)
        self.quote = ""
        return end + 3

    def _outside(self, line: str, position: int) -> int:
        rest = line[position:]
        if rest.startswith(('"""', "'''")):
            self.quote = rest[:3]
            return position + 3
        if rest[0] in "\"'":
            return _after_string(line, position)
        if rest[0] == "#":
            return len(line)
        self.depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(rest[0], 0)
        return position + 1


def _after_string(line: str, position: int) -> int:
    quote = line[position]
    position += 1
    while position < len(line) and line[position] != quote:
        position += 2 if line[position] == "\\" and quote == '"' else 1
    return position + 1
