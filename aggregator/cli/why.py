"""Shows why an article is, or is not, in a topic: asked for under two names."""

from __future__ import annotations

from pathlib import Path

import typer

from aggregator.cli.output import show_json


def show_why(config: Path, article: str, topic: str | None, *, as_json: bool) -> None:
    """Print the explanation for one topic, or for all."""
    from aggregator.pipeline.explain import why
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        answers = why(instance, article, topic)
    if as_json:
        show_json([answer.as_json for answer in answers])
    else:
        typer.echo("\n\n".join("\n".join(answer.lines) for answer in answers))
