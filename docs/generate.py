"""Write the generated pages of the reference: settings, commands, protocol cases. `make docs` runs it; a test checks it."""

from __future__ import annotations

import ast
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

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
HEAD = """# Settings

Every key of `config.toml` and of the files it includes, generated from the program (`make docs`).
`[[source]]`, `[[topic]]`, `[[digest]]` and `[queries]` may stand in any file below `feeds/` too.
Durations are written as `"90s"`, `"60m"`, `"12h"`, `"7d"` or seconds; a secret is `{ env = "NAME" }` or
`{ file = "path" }`, never the secret itself.
"""


def settings() -> str:
    """The page of settings as Markdown."""
    parts = [HEAD]
    for name, model in TABLES:
        rows = [_row(field.alias or key, field) for key, field in model.model_fields.items()]
        parts.append(f"## `{name}`\n\n| key | default | meaning |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(key: str, field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    meaning = (field.description or "") + (f" One of {choices}." if choices else "")
    return f"| `{key}` | {_default(field)} | {meaning} |"


def _choices(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if get_origin(annotation) is not None:
        return next((found for argument in get_args(annotation) if (found := _choices(argument))), "")
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    match value:
        case None | "" | () | {}:
            return ""
        case BaseModel():
            return "its own defaults"
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return ", ".join(f"`{item.value if isinstance(item, Enum) else item}`" for item in value)
        case _:
            return f"`{value}`"


COMMANDS_HEAD = """# Commands

Every command with its arguments and options, generated from the program (`make docs`).
Every command has `--config FILE` (default `config.toml`) where it needs an instance; those that show something have
`--json`: one document on stdout and nothing else there.
Exit codes: 0 done, 1 the work failed, 2 the call or the configuration is wrong.
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
    rows += [f"| `{', '.join(p.opts)}` | {p.help or ''} |" for p in options]
    if rows:
        yield "| argument or option | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


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
    if not tests:
        return "open"
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    return f"`{tests[0]}`{more}"


def _cases_shown() -> dict[str, list[str]]:
    """The tests that name each case, as ``file::test``."""
    shown: dict[str, list[str]] = defaultdict(list)
    root = Path(__file__).parent.parent
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in _marked(node):
                    shown[number].append(f"{path.relative_to(root / 'tests')}::{node.name}")
    return shown


def _marked(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
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
