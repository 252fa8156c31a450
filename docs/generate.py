"""Write the generated pages of the reference: settings, commands, protocol cases. `make docs` runs it; a test checks it."""

from __future__ import annotations

import ast
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aggregator.cli.main import app
from aggregator.config import schema

REFERENCE = Path(__file__).parent / "reference"
TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[site]", schema.SiteTable),
    ("[storage]", schema.StorageTable),
    ("[output]", schema.OutputTable),
    ("[output.bucket]", schema.BucketTable),
    ("[fetch]", schema.FetchTable),
    ("[feeds]", schema.FeedsTable),
    ("[serve]", schema.ServeTable),
    ("[policy]", schema.PolicyTable),
    ("[[source]]", schema.SourceTable),
    ("[source.permission]", schema.PermissionTable),
    ("[source.trust]", schema.TrustTable),
    ("[source.page]", schema.PageTable),
    ("[[topic]]", schema.TopicTable),
    ("[[digest]]", schema.DigestTable),
    ("[mail]", schema.MailTable),
    ("[mail.listmonk]", schema.ListmonkTable),
    ("[mail.buttondown]", schema.ButtondownTable),
)
UNREAD = {
    "[serve] admin": r"serve\.admin\b",
    "[serve] admin_password": r"\.admin_password\b",
}
"""Keys that the program takes but no room reads yet, each with how a room would read it; a test watches them."""

HEAD = """# Settings

Every key of `config.toml` and of the files it includes, generated from the program (`make docs`).
`[[source]]`, `[[topic]]`, `[[digest]]` and `[queries]` may stand in any `.toml` file that `[feeds] include` names too.
`aggregator check` reports every fault at once.

| kind | written as |
| --- | --- |
| duration | `"90s"`, `"60m"`, `"12h"`, `"7d"`, `"2w"`, or a number of seconds |
| days | `"14d"`, `"2w"`, or a number of days |
| size | `"512 KiB"`, `"10 MB"`, or a number of bytes |
| secret | `{ env = "NAME" }` or `{ file = "path" }`: a reference, never the secret itself |
| language | a BCP 47 tag: `"nl"`, `"pt-BR"` |
| slug | lower-case letters, digits, and single hyphens, dots or underscores between them |
"""
KINDS = {
    "_whole_seconds": "duration",
    "_seconds": "duration",
    "_days": "days",
    "_bytes": "size",
    "_day": "date",
    "check_reference": "secret",
    "check_slug": "slug",
    "_topic_slug": "slug",
    "_language": "language",
    "_timezone": "time zone",
    "_base_url": "url",
    "_web_url": "url",
    "_source_url": "url or path",
    "_mail_address": "mail address",
}
PLAIN = {str: "text", int: "number", float: "number", bool: "true or false", dict: "table"}
UNITS = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def settings() -> str:
    """The page of settings as Markdown."""
    parts = [HEAD]
    for name, model in TABLES:
        rows = [_row(name, field.alias or key, field) for key, field in model.model_fields.items()]
        head = f"## `{name}`\n\n| key | kind | default | meaning |\n| --- | --- | --- | --- |\n"
        parts.append(head + "\n".join(rows) + "\n")
    tables = [_table_row(name, schema.MainFile.model_fields[name]) for name in ("queries", "lists")]
    return "\n".join([*parts, "## `[queries]` and `[lists]`\n\n| table | meaning |\n| --- | --- |", *tables, ""])


def _table_row(name: str, field: FieldInfo) -> str:
    return f"| `[{name}]` | {field.description} |"


def _row(table: str, key: str, field: FieldInfo) -> str:
    kind = _kind(field)
    default = "**required**" if field.is_required() else _default(field.default, kind)
    meaning = field.description or (f"Its own table, `[mail.{key}]`." if kind == "table" else "")
    sentences = [meaning, _choices(field.annotation), _limits(field)]
    if f"{table} {key}" in UNREAD:
        sentences.append("Nothing reads it yet.")
    return f"| `{key}` | {kind} | {default} | {' '.join(filter(None, sentences))} |"


def _kind(field: FieldInfo) -> str:
    return _named(field.metadata) or _kind_of(field.annotation)


def _named(metadata: Sequence[object]) -> str:
    names = (getattr(getattr(one, "func", None), "__name__", "") for one in metadata)
    return next((KINDS[name] for name in names if name in KINDS), "")


def _kind_of(annotation: Any) -> str:
    origin, inner = get_origin(annotation), [one for one in get_args(annotation) if one not in {type(None), ...}]
    if origin is tuple:
        return f"list of {_kind_of(inner[0])}"
    if origin is Annotated:
        return _named(inner[1:]) or _kind_of(inner[0])
    if inner and origin is not dict:
        return _kind_of(inner[0])
    kind = origin or annotation
    if issubclass(kind, Enum):
        return "choice"
    return "table" if issubclass(kind, BaseModel) else PLAIN[kind]


def _choices(annotation: Any) -> str:
    found = _members(annotation)
    return f"One of {', '.join(f'`{one.value}`' for one in found)}." if found else ""


def _members(annotation: Any) -> tuple[Enum, ...]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(annotation)
    return next((found for one in get_args(annotation) if (found := _members(one))), ())


def _limits(field: FieldInfo) -> str:
    """The range of a number, where it has one."""
    ends = {name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)}
    match ends:
        case {"ge": low, "le": high}:
            return f"{low:,} to {high:,}."
        case {"ge": low} if low > 0:
            return f"At least {low:,}."
        case _:
            return ""


def _default(value: Any, kind: str) -> str:
    """A default as it would be written in the file; nothing for nothing."""
    if value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return ""
    if kind == "duration":
        size, unit = next((size, unit) for size, unit in UNITS if value % size == 0)
        return f'`"{value / size:g}{unit}"`'
    if kind == "days":
        return f'`"{value}d"`'
    if kind == "size":
        return f'`"{value // 2**20} MiB"`'
    return f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, Enum):
        return f'"{value.value}"'
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


COMMANDS_HEAD = """# Commands

Every command with its arguments and options, generated from the program (`make docs`).
Those that show something have `--json`: one document on stdout and nothing else there; logs go to stderr.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | the work failed: one sentence on stderr says why |
| 2 | the call or the configuration is wrong |

`--verbose` (`-v`) before a command logs what it does; `--version` says which program this is.
The environment variable `AGGREGATOR_CONFIG` stands in for `--config`.
"""


def commands() -> str:
    """The page of commands as Markdown."""
    return COMMANDS_HEAD + "\n".join(_command_lines(typer.main.get_command(app), "aggregator"))


def _command_lines(command: Any, path: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, inner in sorted(command.commands.items()):
            yield from _command_lines(inner, f"{path} {name}")
        return
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    words = " ".join(_argument(p) for p in arguments)
    yield f"\n## `{path}{' ' + words if words else ''}`\n\n{(command.help or '').strip()}\n"
    rows = [f"| `{_argument(p)}` | {p.help or ''} |" for p in arguments]
    rows += [_option(p) for p in options]
    if rows:
        yield "| argument or option | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def _option(parameter: Any) -> str:
    """The row of an option: its names, what it takes, its meaning, its default."""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    taken = "" if parameter.is_flag else f" {_taken(parameter.type_descriptor.annotation)}"
    chosen = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    default = "" if parameter.is_flag or chosen in {None, ()} else f" Default: `{chosen}`."
    return f"| {names}{taken} | {parameter.help or ''}{default} |"


def _taken(annotation: Any) -> str:
    found = _members(annotation)
    if found:
        return " \\| ".join(f"`{one.value}`" for one in found)
    inner = [one for one in get_args(annotation) if one is not type(None)]
    return _taken(inner[0]) if inner else {int: "NUMBER", float: "NUMBER", Path: "PATH"}.get(annotation, "TEXT")


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


PROTOCOL_HEAD = """# Protocol cases

The behaviours on the wire that the program holds itself to, and the tests that show each, generated from the tests'
`case` marks (`make docs`).
P: towards sources. B: towards readers. C: what particular clients need.
M must, S should, O optional. A case without a test is open: nothing shows it.
"""


def protocol() -> str:
    """The table of cases as Markdown."""
    shown = _cases_shown()
    with (Path(__file__).parent / "cases.tsv").open(encoding="utf-8", newline="") as table:
        cases = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [
        f"| {case['case']} | {case['level']} | {case['title']} | {_status(shown.get(case['case'], []))} |"
        for case in cases
    ]
    return "\n".join(
        [
            PROTOCOL_HEAD,
            "| kind and level | shown by tests | of |\n| --- | --- | --- |",
            *_sums(cases, shown),
            "",
            "| case | level | what | shown by |\n| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _sums(cases: list[dict[str, str]], shown: dict[str, list[str]]) -> list[str]:
    total = Counter(f"{case['case'][0]} {case['level']}" for case in cases)
    done = Counter(f"{case['case'][0]} {case['level']}" for case in cases if shown.get(case["case"]))
    return [f"| {kind} | {done[kind]} | {number} |" for kind, number in sorted(total.items())]


def _status(tests: list[str]) -> str:
    """The first test by name and where the others are: adding one to a file leaves the page as it is."""
    if not tests:
        return "open"
    first = tests[0].partition("::")[0]
    others = sorted({test.partition("::")[0] for test in tests} - {first})
    return f"`{tests[0]}`" + (f"; {', '.join(f'`{name}`' for name in others)}" if others else "")


def _cases_shown() -> dict[str, list[str]]:
    """The tests that name each case, as ``file::test``."""
    shown: dict[str, list[str]] = defaultdict(list)
    root = Path(__file__).parent.parent
    for path in sorted((root / "tests").rglob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in dict.fromkeys((*_marked(node.decorator_list), *_of_all(module))):
                    shown[number].append(f"{path.relative_to(root / 'tests')}::{node.name}")
    return shown


def _of_all(module: ast.Module) -> Iterator[str]:
    """The cases that a module's ``pytestmark`` names for each of its tests."""
    for node in module.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["pytestmark"]:
            yield from _marked(node.value.elts if isinstance(node.value, ast.List) else [node.value])


def _marked(marks: Iterable[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "case":
            yield from (str(word.value) for word in mark.args if isinstance(word, ast.Constant))


def pages() -> dict[Path, str]:
    """Each generated page with its text."""
    return {
        REFERENCE / "settings.md": settings(),
        REFERENCE / "commands.md": commands(),
        REFERENCE / "protocol.md": protocol(),
    }


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
