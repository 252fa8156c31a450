"""The commands that do the main job, with a bar on a terminal and a table at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.output import say, show_json, show_rows
from aggregator.errors import OutputError
from aggregator.pipeline.instance import open_instance
from aggregator.pipeline.run import poll_sources, publish_topics, run_once

if TYPE_CHECKING:
    from aggregator.pipeline.reports import PublishReport, RunReport

POLL_COLUMNS = ("id", "state", "outcome", "new", "revised", "due", "message")
TOPIC_COLUMNS = ("id", "items", "listed", "written", "unchanged", "message")


def run_once_and_show(config: Path, *, as_json: bool) -> None:
    """One sweep and publish; what each source and topic came to."""
    with open_instance(config) as instance, progress() as step:
        report = run_once(instance, step)
    show_run(report, as_json=as_json)
    _insist(report.published)


def show_run(report: RunReport, *, as_json: bool) -> None:
    """What a run came to: its sums as JSON, or its tables."""
    if as_json:
        show_json(report.summary)
    else:
        show_report(report)


def poll_and_show(config: Path, names: tuple[str, ...], *, all_sources: bool, force: bool, as_json: bool) -> None:
    """Poll and stop."""
    with open_instance(config) as instance, progress() as step:
        report = poll_sources(instance, names, everything=all_sources, force=force, step=step)
    show_rows(report.sources, POLL_COLUMNS, as_json=as_json, empty="No source is due.")


def publish_and_show(config: Path, slugs: tuple[str, ...], *, as_json: bool) -> None:
    """Publish and stop."""
    with open_instance(config) as instance:
        report = publish_topics(instance, slugs)
    show_rows(report.topics, TOPIC_COLUMNS, as_json=as_json, empty="No topic is declared.")
    _insist(report)


def _insist(report: PublishReport) -> None:
    """Raises OutputError where the folder is written and the bucket is not: a command has failed then."""
    if report.bucket:
        raise OutputError(report.bucket)


def show_report(report: RunReport) -> None:
    """Tables of a sweep: sources, topics, and one line of sums."""
    show_rows(report.sources, POLL_COLUMNS, as_json=False, empty="No source is due.")
    sys.stdout.write("\n")
    show_rows(report.topics, TOPIC_COLUMNS, as_json=False, empty="No topic is declared.")
    words = ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in report.summary.items())
    say(words)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; nothing in a pipe. The callback takes how many are done and how many there are."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("polling", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
