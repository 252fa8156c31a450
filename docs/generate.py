"""Write the generated pages of the reference: settings and commands. `make docs` runs it; a test checks the result."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

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


def pages() -> dict[Path, str]:
    """Each generated page with its text."""
    return {REFERENCE / "settings.md": settings()}


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
