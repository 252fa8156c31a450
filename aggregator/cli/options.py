"""The options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="AGGREGATOR_CONFIG")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout instead of a table.")]
WhyOption = Annotated[str, typer.Option("--reason", help="Why, for the audit log.")]
LimitOption = Annotated[int, typer.Option("--limit", "-n", help="Rows at most.", min=1)]

DEFAULT_CONFIG = Path("config.toml")
