"""The command line called as a shell would: its exit code, what it prints and what it says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aggregator.cli.main import main


@dataclass(frozen=True)
class Called:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What was printed, which has to be one JSON document and nothing else."""
        return json.loads(self.out)


Call = Callable[..., Called]


def caller(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls ``aggregator`` with arguments in `folder`."""

    def call(*arguments: str) -> Called:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["aggregator", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        out, err = capsys.readouterr()
        return Called(code, out, err)

    return call


def script() -> str:
    """The installed command."""
    return os.fspath(Path(sys.executable).with_name("aggregator"))
