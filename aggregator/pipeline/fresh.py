"""Make a fresh instance."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from aggregator.errors import OutputError, UsageError


def make_instance(folder: Path, *, today: datetime | None = None) -> tuple[Path, ...]:
    """Write config.toml, feeds/ and output/ into `folder`; returns what was made.

    Raises UsageError where a config.toml stands already, OutputError where nothing can be written.
    """
    config = folder / "config.toml"
    if config.exists():
        raise UsageError(f"{config} exists already: a fresh instance needs a folder without one")
    texts = files("aggregator.pipeline") / "fresh_instance"
    authority = f"aggregator.invalid,{today or datetime.now(UTC):%Y-%m-%d}"
    made = {
        config: (texts / "config.toml").read_text("utf-8").replace("{authority}", authority),
        folder / "feeds" / "sources.toml": (texts / "sources.toml").read_text("utf-8"),
    }
    try:
        (folder / "output").mkdir(parents=True, exist_ok=True)
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"cannot make an instance in {folder}: {error.strerror}") from error
    return (*made, folder / "output")
