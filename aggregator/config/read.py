"""One TOML file read into its model; its faults with line, key and expectation."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from aggregator.config.lines import key_lines, line_of
from aggregator.errors import Fault

Model = TypeVar("Model", bound=BaseModel)


def read_table(
    path: Path, shown: str, model: type[Model]
) -> tuple[Model | None, dict[tuple[str | int, ...], int], list[Fault]]:
    """The file as `model`, the lines of its keys, and its faults; the model is None where there are any.

    `shown` is the file's name in faults.
    """
    text, faults = _text(path, shown)
    if text is None:
        return None, {}, faults
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, {}, [_toml_fault(error, shown)]
    lines = key_lines(text)
    try:
        return model.model_validate(data), lines, []
    except ValidationError as error:
        faults = [_fault(problem, model, lines, shown) for problem in error.errors(include_url=False)]
        return None, lines, sorted(faults, key=lambda fault: fault.line)


def _text(path: Path, shown: str) -> tuple[str | None, list[Fault]]:
    try:
        return path.read_text("utf-8-sig"), []
    except FileNotFoundError:
        expected = "expected the file to exist; `aggregator init` makes a fresh one"
    except IsADirectoryError:
        expected = "expected a file, not a folder"
    except UnicodeDecodeError as error:
        expected = f"expected UTF-8, but byte {error.start} is something else"
    except OSError as error:
        expected = f"expected a readable file: {error.strerror}"
    return None, [Fault(file=shown, line=1, key="file", expected=expected)]


def _toml_fault(error: tomllib.TOMLDecodeError, shown: str) -> Fault:
    message = str(error)
    line = re.search(r"at line (\d+)", message)
    sentence = re.sub(r"\s*\(at .*\)$", "", message)
    return Fault(file=shown, line=int(line.group(1)) if line else 1, key="toml", expected=f"expected TOML: {sentence}")


def _fault(problem: Any, model: type[BaseModel], lines: dict[tuple[str | int, ...], int], shown: str) -> Fault:
    path = tuple(problem["loc"])
    return Fault(file=shown, line=line_of(lines, path), key=_dotted(path), expected=_expectation(problem, path, model))


def _dotted(path: tuple[str | int, ...]) -> str:
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.lstrip(".") or "file"


def _expectation(problem: Any, path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]), _model_at(model, path[:-1]))
    if kind == "missing":
        return "expected this key: it has no default"
    if kind == "enum":
        return f"expected {context['expected']}"
    given = problem.get("input")
    return f"expected {_words(str(problem['msg']))}" + (
        f", not {given!r}" if isinstance(given, (str, int, float)) else ""
    )


def _words(message: str) -> str:
    return re.sub(r"^(Input|Value|String|Field) should (be |have |match )?", "", message)


def _unknown(key: str, model: type[BaseModel] | None) -> str:
    known = list(model.model_fields) if model else []
    close = get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}" if known else ""
    return f"expected a known key{hint}"


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model of the table at `path`: each step is a field, an index is skipped."""
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _inner_model(field.annotation) if field else None
        if inner is None:
            return None
        model = inner
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None
