"""``aggregator dedupe``: try the rules that join copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.options import JsonOption
from aggregator.cli.output import show_record

app = typer.Typer(help="Deduplication.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Deduplication."""


@app.command("test")
def run_test(
    file: Annotated[Path, typer.Argument(help="JSONL: one labelled item a line (id, group, kind, source, hours, …).")],
    as_json: JsonOption = False,
) -> None:
    """Precision, recall and F1 over labelled items, by kind, and the worst mistakes."""
    from aggregator.pipeline.backtest import backtest

    show_record(backtest(file), as_json=as_json)
