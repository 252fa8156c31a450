"""The demo instance of the repository, copied into a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.instances import Newsroom

REPOSITORY = Path(__file__).resolve().parents[2]


def demo(root: Path) -> Newsroom:
    """The demo's configuration and sample sources below `root`; nothing is polled yet."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "config.toml", root / "config.toml")
    shutil.copytree(REPOSITORY / "feeds", root / "feeds")
    return Newsroom(root)
