"""The house's own rules, where no linter holds them."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import errors
from aggregator.errors import AggregatorError, ConfigurationError, Fault, QuerySyntaxError

REPOSITORY = Path(__file__).resolve().parents[1]
MODULES = sorted((REPOSITORY / "aggregator").rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 8


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function's name and number of lines, from `def` to its end, without docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield f"{named(path)}:{node.lineno} {node.name}", lines


def test_no_module_is_longer_than_can_be_read() -> None:
    assert [named(path) for path in MODULES if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE] == []


def test_no_function_is_longer_than_a_screen_and_most_are_short() -> None:
    found = [one for path in MODULES if "migrations" not in path.parts for one in functions(path)]
    assert [name for name, lines in found if lines > LONGEST_FUNCTION] == []
    assert sorted(lines for _, lines in found)[len(found) // 2] <= MEDIAN_FUNCTION


def test_no_module_is_a_drawer_for_leftovers() -> None:
    assert [named(path) for path in MODULES if re.search(r"(^|_)(utils?|helpers?|misc|common_utils)$", path.stem)] == []


def test_imports_say_where_they_are_from() -> None:
    relative = [
        f"{named(path)}:{node.lineno}"
        for path in [*MODULES, *sorted((REPOSITORY / "tests").rglob("*.py"))]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_packages_hold_no_code_of_their_own() -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    coded = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if path.name == "__init__.py"
        for node in ast.parse(path.read_text("utf-8")).body
        if not isinstance(node, allowed)
    ]
    assert coded == []


def test_no_test_replaces_a_part_by_a_mock() -> None:
    forbidden = re.compile(r"^\s*(from|import) unittest(\.mock)?\b|\bMagicMock\b", re.MULTILINE)
    tests = [path for path in sorted((REPOSITORY / "tests").rglob("*.py")) if path != Path(__file__)]
    assert [named(path) for path in tests if forbidden.search(path.read_text("utf-8"))] == []


def error_classes() -> list[type[AggregatorError]]:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass)]
    return [one for one in found if issubclass(one, AggregatorError)]


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_prints_its_sentence_and_stands_in_the_tree(kind: type[AggregatorError]) -> None:
    sentence = "The thing named here is at fault."
    made: AggregatorError
    if kind is ConfigurationError:
        made = ConfigurationError((Fault(file="config.toml", line=3, key="site.title", expected=sentence),))
    elif kind is QuerySyntaxError:
        made = QuerySyntaxError("moon OR", 8, sentence)
    else:
        made = kind(sentence)
    assert sentence in str(made)
    assert kind.__name__ in (errors.__doc__ or "")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this copy is not a git work tree: what is tracked is not known")
    return [REPOSITORY / name for name in listed.stdout.decode().split("\0") if name]


MACHINE = re.compile(rb"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/[\w.]|(?<![\w.])/tmp/[\w]")


def test_nothing_in_the_tree_names_a_path_of_one_machine() -> None:
    found = [
        named(path)
        for path in tracked()
        if path.is_file() and path != Path(__file__) and MACHINE.search(path.read_bytes())
    ]
    assert found == []


def test_nothing_published_or_stored_is_tracked() -> None:
    kept = {named(path) for path in tracked() if named(path).startswith(("output/", "data/"))}
    assert kept <= {"output/.gitignore", "output/.gitkeep", "output/README.md"}
