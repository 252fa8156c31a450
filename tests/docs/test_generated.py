from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer

from aggregator.cli.main import app
from docs.generate import pages

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", sorted(pages()), ids=lambda page: page.name)
def test_a_generated_page_says_what_the_code_says(page: Path) -> None:
    assert page.read_text("utf-8") == pages()[page], "run `make docs`"


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_toml_in_the_pages_can_be_read(page: Path) -> None:
    known = set(command_paths(typer.main.get_command(app), ()))
    for kind, text in BLOCK.findall(page.read_text("utf-8")):
        if kind == "toml":
            tomllib.loads(text)
        for line in text.splitlines() if kind == "console" else ():
            words = line.removeprefix("$ ").split()
            if words[:1] == ["aggregator"]:
                assert any(tuple(words[1 : 1 + length]) in known for length in (1, 2)), line


def command_paths(command: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    inner: dict[str, object] = getattr(command, "commands", {})
    if not inner:
        return [path]
    return [found for name, one in inner.items() for found in command_paths(one, (*path, name))]
