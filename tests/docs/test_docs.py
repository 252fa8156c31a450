"""What the documents show is what the program takes: commands, options, settings and links."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from aggregator.cli.main import app
from aggregator.config.schema import MainFile, SecretTable
from aggregator.pipeline.check import check_configuration
from docs.generate import REFERENCE, TABLES, UNREAD
from docs.generate import pages as generated_pages

ROOT = Path(__file__).parents[2]
GENERATED = generated_pages()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [page for page in PAGES if page not in GENERATED]
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(aggregator [^`]+)`")
PLACEHOLDER = re.compile(r"…|\[|\|")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def short(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchor(heading: str) -> str:
    """A heading as the fragment that GitHub gives it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def blocks(kind: str) -> list[Any]:
    found = [(page, text) for page in WRITTEN for name, text in BLOCK.findall(page.read_text("utf-8")) if name == kind]
    return [pytest.param(text, id=f"{short(page)}-{number}") for number, (page, text) in enumerate(found)]


def command_lines(text: str) -> Iterator[str]:
    """Every call of the program: lines of console blocks, and calls between backticks."""
    for kind, block in BLOCK.findall(text):
        if kind in {"", "console"}:
            # What stands behind two spaces or a hash explains the call.
            lines = (re.split(r"  +| #", line.removeprefix("$ "))[0] for line in block.splitlines())
            yield from (line for line in lines if line.startswith("aggregator "))
    for call in INLINE.findall(BLOCK.sub("", text)):
        if not PLACEHOLDER.search(call):
            yield call


def faults_of_call(line: str) -> str:
    """What the program would say about the call, without doing it; empty: nothing."""
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        known = command.commands.get(words[0])
        if known is None:
            return "" if words[0] in {"--help", "--version"} else f"no command {words[0]!r}"
        command, words = known, words[1:]
    if hasattr(command, "commands"):
        return ""
    try:
        command.make_context(command.name, words, resilient_parsing=False)
    except Exception as error:  # noqa: BLE001 - whatever the parser says is the fault
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("page", sorted(GENERATED), ids=short)
def test_a_generated_page_says_what_the_code_says(page: Path) -> None:
    assert page.read_text("utf-8") == GENERATED[page], "run `make docs`"


@pytest.mark.parametrize("page", WRITTEN, ids=short)
def test_every_call_in_a_page_is_one_the_program_takes(page: Path) -> None:
    # A bare name of a command, such as `aggregator why`, needs no arguments in prose.
    calls = [line for line in command_lines(page.read_text("utf-8")) if "--" in line or len(line.split()) > 3]
    assert {line: fault for line in calls if (fault := faults_of_call(line))} == {}


def test_a_call_with_an_option_that_does_not_exist_is_found() -> None:
    assert "no command" in faults_of_call("aggregator prais")
    assert "--loud" in faults_of_call("aggregator run --loud")
    assert "NoArgs" in faults_of_call("aggregator why") or "Missing" in faults_of_call("aggregator why")
    assert faults_of_call("aggregator run --once --json") == ""


def surroundings(block: str) -> str:
    """The sources and topics that the pages take for granted, without those that the block declares itself."""
    told = tomllib.loads(block)
    ids = {source.get("id") for source in told.get("source", ())}
    slugs = {topic["slug"] for topic in told.get("topic", ())}
    sources = "".join(
        f'[[source]]\nid = "{name}"\nurl = "https://{name}.example/feed"\ntags = ["news", "sky", "coast"]\n'
        for name in ("harbour-post", "island-courier")
        if name not in ids
    )
    topics = "".join(
        f'[[topic]]\nslug = "{slug}"\ntitle = "{slug}"\n' for slug in ("space", "climate") if slug not in slugs
    )
    return sources + topics


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_toml_block_passes_the_check(text: str, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "demo.toml").write_text(surroundings(text), "utf-8")
    (tmp_path / "feeds" / "moons.txt").write_text("Europa\n", "utf-8")
    (tmp_path / "config.toml").write_text(text, "utf-8")
    assert [str(fault) for fault in check_configuration(tmp_path / "config.toml").faults] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link's file exists and has the heading that the link names; addresses of the web are not asked."""
    path, _, fragment = link.partition("#")
    target = page.parent / path if path else page
    if "://" in link or link.startswith("mailto:") or not target.exists():
        return "://" in link or link.startswith("mailto:")
    return not fragment or fragment in {anchor(heading) for heading in HEADING.findall(target.read_text("utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_links_lead_to_a_page_and_to_a_heading_on_it(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not leads_somewhere(page, link)] == []


def test_every_page_can_be_reached_from_the_first_one() -> None:
    start = ROOT / "docs" / "index.md"
    seen, waiting = {start}, [start]
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            new = {
                path for path in (target.glob("*.md") if target.is_dir() else [target]) if path.suffix == ".md"
            } - seen
            seen |= new
            waiting += [path for path in new if path.exists()]
    assert [short(page) for page in PAGES if page.is_relative_to(start.parent) and page not in seen] == []


def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and every one that a key of it holds."""
    yield model
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            yield from tables(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not SecretTable:
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)


def test_every_table_of_the_configuration_is_in_the_reference() -> None:
    shown = {model for _, model in TABLES}
    assert {model.__name__ for model in tables(MainFile)} - {model.__name__ for model in shown} == {"MainFile"}


@pytest.mark.parametrize(("table", "model"), TABLES)
def test_every_key_of_a_table_is_explained(table: str, model: type[BaseModel]) -> None:
    page = (REFERENCE / "settings.md").read_text("utf-8")
    section = page.partition(f"## `{table}`\n")[2].partition("\n## ")[0]
    for name, field in model.model_fields.items():
        row = next(line for line in section.splitlines() if line.startswith(f"| `{field.alias or name}` |"))
        assert row.split("|")[4].strip(), f"{table} {name} has no meaning"


@pytest.mark.parametrize("key", sorted(UNREAD))
def test_a_key_that_is_said_to_do_nothing_is_read_nowhere(key: str) -> None:
    """The reference must not say so any longer once a room reads the key."""
    read = re.compile(UNREAD[key])
    rooms = [path for path in (ROOT / "aggregator").rglob("*.py") if path.parts[-2] not in {"config", "model"}]
    assert [short(path) for path in rooms if read.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ["queries", "lists"])
def test_a_table_of_names_is_in_the_reference(name: str) -> None:
    assert f"| `[{name}]` |" in (REFERENCE / "settings.md").read_text("utf-8")


def test_every_command_is_in_the_reference() -> None:
    page = (REFERENCE / "commands.md").read_text("utf-8")
    assert [path for path in paths(typer.main.get_command(app), "aggregator") if f"## `{path}" not in page] == []


def paths(command: Any, path: str) -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield path
        return
    for name, inner in command.commands.items():
        yield from paths(inner, f"{path} {name}")
