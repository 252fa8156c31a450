"""Runs tests against a module that holds a fault, in a forked process each; nothing is written anywhere.

A fault inside a function is put in its place after everything has been imported and all tests collected, which costs
no more than the tests themselves. A fault that counts at import has its module replaced as it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import multiprocessing
import os
import pkgutil
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import coverage
import hypothesis
import pytest

from benchmarks.mutation.faults import Fault, outermost

KILLED, SURVIVED = "killed", "survived"
_FORK = multiprocessing.get_context("fork")
_BY_THE_CLOCK = "tests/fetch/test_fetcher.py::test_the_deadline_holds_for_the_whole_chain_of_redirects"
"""It fails where the machine is busy, which would count as a fault noticed."""
_OPTIONS = [
    *("-q", "-x", "-s", "-m", "not slow", "--deselect", _BY_THE_CLOCK, "--timeout", "20"),
    *("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile", "faults"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]
_MEMORY = 4 * 2**30
"""Bytes of address space: a fault that collects without end is ended."""
_MISPLACED = 99


@dataclass(slots=True, kw_only=True)
class Baseline:
    """What the tests do while nothing is wrong."""

    by_line: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """Test functions by the module and line that they run."""
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, fault: Fault, importers: set[str]) -> list[str]:
        """Tests that run the fault's statement, the quickest first.

        A fault that counts at import may show in whatever runs its module or one that imports it.
        """
        tests: set[str] = set()
        if fault.imported:
            wanted = {fault.module} | importers
            tests.update(*(found for (module, _), found in self.by_line.items() if module in wanted))
        else:
            tests.update(*(self.by_line.get((fault.module, line), set()) for line in fault.lines))
        return sorted(tests, key=lambda test: (self.seconds[test], test))

    def patience(self, tests: Iterable[str]) -> float:
        """Seconds until tests are taken to go on for ever, should they not end by themselves after the 20 of each."""
        return 60 + 5 * sum(self.seconds[test] for test in tests)


def function_of(nodeid: str) -> str:
    """A test without its parameters: they come and go with a fault, the function stays."""
    return nodeid.partition("[")[0]


def prepare(rooms: Sequence[str]) -> None:
    """Imports what no fault touches, so that each trial need not."""
    hypothesis.settings.register_profile("faults", database=None, derandomize=True, deadline=None)
    for room in rooms:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(found.name)


class _Recorder:
    """Tells coverage which test is running, and keeps how long each took."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.measured.switch_context(function_of(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[function_of(report.nodeid)] += report.duration


def baseline(tests: Sequence[str], modules: dict[str, Path]) -> Baseline:
    """Runs all tests once with the code as it is; raises where they fail."""
    receiver, sender = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_measure, args=(list(tests), modules, sender))
    process.start()
    sender.close()
    try:
        found: Baseline | str = receiver.recv()
    except EOFError:
        found = "(they broke off)"
    process.join()
    if isinstance(found, str):
        raise SystemExit(f"The tests fail without any fault:\n{found}")
    return found


def _measure(tests: list[str], modules: dict[str, Path], sender: Connection) -> None:
    measured = coverage.Coverage(data_file=None, include=[str(path) for path in modules.values()], config_file=False)
    recorder = _Recorder(measured)
    said = io.StringIO()
    measured.start()
    with redirect_stdout(said), redirect_stderr(said):
        code = pytest.main([*_OPTIONS, *tests], plugins=[recorder])
    measured.stop()
    if code:
        sender.send(said.getvalue()[-4000:])
        return
    by_line = {}
    for name, path in modules.items():
        for line, contexts in measured.get_data().contexts_by_lineno(str(path)).items():
            by_line[name, line] = {context for context in contexts if context}
    sender.send(Baseline(by_line=by_line, seconds=dict(recorder.seconds)))


def verdicts_of_modules(
    faults: Sequence[Fault], tests_of: Callable[[Fault], list[str]], known: Baseline
) -> Iterator[str]:
    """One verdict a fault, of those for which the whole module has to be replaced."""
    for fault in faults:
        tests = tests_of(fault)
        yield _verdict(_replaced, (fault, tests), known.patience(tests)) if tests else SURVIVED


def _replaced(fault: Fault, tests: list[str]) -> None:
    sys.meta_path.insert(0, _Replacing(fault.module, fault.code))
    os._exit(int(pytest.main([*_OPTIONS, "--assert=plain", *tests])))


class _Replacing(MetaPathFinder, Loader):
    """Gives one module other code."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name = name
        self.code = code

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return importlib.util.spec_from_loader(name, self, origin=self.code.co_filename) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


@dataclass(slots=True)
class InFunctions:
    """A plugin that tries faults inside functions in the place of running the tests that were collected."""

    faults: Sequence[Fault]
    tests_of: Callable[[Fault], list[str]]
    known: Baseline
    tell: Callable[[Fault, str], None]

    def run(self, tests: Sequence[str]) -> None:
        said = io.StringIO()
        with redirect_stdout(said):
            code = pytest.main([*_OPTIONS, *tests], plugins=[self])
        if code == pytest.ExitCode.INTERNAL_ERROR:
            raise SystemExit(said.getvalue())

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = defaultdict(list)
        for item in session.items:
            items[function_of(item.nodeid)].append(item)
        for fault in self.faults:
            tests = self.tests_of(fault)
            chosen = [item for test in tests for item in items[test]]
            verdict = SURVIVED
            if chosen:
                verdict = _verdict(_exchanged, (fault, session, chosen), self.known.patience(tests))
            self.tell(fault, verdict)
        return True


def _exchanged(fault: Fault, session: pytest.Session, items: list[pytest.Item]) -> None:
    try:
        _exchange(fault)
    except Exception:  # noqa: BLE001 - the process that waits for this one says what it was about
        os._exit(_MISPLACED)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            os._exit(1)
    os._exit(0)


def _exchange(fault: Fault) -> None:
    """Gives the function that is there the code with the fault, whoever holds it."""
    path, code = outermost(fault.code, fault.function)
    found: object = sys.modules[fault.module]
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    _inner(found).__code__ = code


def _inner(found: object) -> FunctionType:
    """The function itself below its decorators."""
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    assert callable(found)
    function = inspect.unwrap(found)
    assert isinstance(function, FunctionType)
    return function


def _verdict(target: Callable[..., None], arguments: tuple[object, ...], seconds: float) -> str:
    process = _FORK.Process(target=_quietly, args=(target, arguments))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return KILLED
    if process.exitcode == _MISPLACED:
        raise LookupError(f"A fault could not be put in its place: {arguments[0]}")
    return KILLED if process.exitcode else SURVIVED


def _quietly(target: Callable[..., None], arguments: tuple[object, ...]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    target(*arguments)
