"""The program's entry point and its top-level commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aggregator import __version__
from aggregator.cli import articles, curate, dedupe, digests, sources, stories, topics
from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from aggregator.cli.output import say, show_json, show_record
from aggregator.errors import AggregatorError, ConfigurationError, UsageError

app = typer.Typer(
    name="aggregator",
    help="Poll feeds, keep their attribution, join duplicates, publish curated topics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(sources.app, name="sources")
app.add_typer(topics.app, name="topics")
app.add_typer(articles.app, name="articles")
app.add_typer(stories.app, name="stories")
app.add_typer(digests.app, name="digests")
app.add_typer(curate.app, name="curate")
app.add_typer(dedupe.app, name="dedupe")
database = typer.Typer(help="The database's schema.", no_args_is_help=True)
app.add_typer(database, name="db")


def main() -> None:
    """Run the command line; errors that an operator can mend end with a sentence, not a traceback."""
    try:
        app()
    except (ConfigurationError, UsageError) as error:
        say(str(error))
        sys.exit(2)
    except AggregatorError as error:
        say(str(error))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done, on stderr.")] = False,
) -> None:
    """Poll feeds, keep their attribution, join duplicates, publish curated topics."""
    if "--help" in sys.argv:
        return  # help logs nothing, and is not to wait for the libraries that do
    from aggregator.schedule.logs import be_quiet, log_to_stderr

    if verbose:
        log_to_stderr()
    else:
        be_quiet()


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path()) -> None:
    """Make a fresh instance: config.toml, feeds/, output/."""
    from aggregator.pipeline.fresh import make_instance

    for path in make_instance(folder):
        say(f"made {path}")


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Read the whole configuration and report every fault at once."""
    from aggregator.pipeline.check import check_configuration

    report = check_configuration(config)
    if as_json:
        show_json(report)
    elif report.faults:
        say("\n".join(str(fault) for fault in report.faults))
    else:
        say(f"{config}: {report.sources} sources, {report.topics} topics, {report.digests} digests, no faults")
    if report.faults:
        raise typer.Exit(2)


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Poll what is due, publish, exit.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Poll, publish and serve until stopped; with --once: one sweep, publish, exit."""
    from aggregator.cli.work import run_once_and_show, show_run

    if once:
        run_once_and_show(config, as_json=as_json)
        return
    from aggregator.schedule.daemon import run_daemon
    from aggregator.web.app import make_application

    run_daemon(config, make_application, lambda report: show_run(report, as_json=as_json))


@app.command()
def poll(
    source: Annotated[list[str] | None, typer.Argument(help="Ids of sources; none: what is due.")] = None,
    all_sources: Annotated[bool, typer.Option("--all", help="All sources, due or not.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Lift the floor between polls, never a Retry-After.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Poll what is due, or the named sources, and stop."""
    from aggregator.cli.work import poll_and_show

    poll_and_show(config, tuple(source or ()), all_sources=all_sources, force=force, as_json=as_json)


@app.command()
def publish(
    topic: Annotated[list[str] | None, typer.Argument(help="Slugs of topics; none: all.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Publish what has changed and stop."""
    from aggregator.cli.work import publish_and_show

    publish_and_show(config, tuple(topic or ()), as_json=as_json)


@app.command()
def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Serve the output and nothing else."""
    from aggregator.schedule.daemon import serve_only
    from aggregator.web.app import make_application

    serve_only(config, make_application)


@app.command()
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Health of sources, queue, storage and outputs."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.status import status_of

    with open_instance(config) as instance:
        show_record(status_of(instance), as_json=as_json)


@app.command()
def why(
    article: Annotated[str, typer.Argument(help="An article's id, url, guid or published id.")],
    topic: Annotated[str | None, typer.Option("--topic", "-t", help="Only this topic.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Why an article is, or is not, in a topic."""
    from aggregator.cli.why import show_why

    show_why(config, article, topic, as_json=as_json)


@app.command()
def replay(
    topic: Annotated[str | None, typer.Option("--topic", "-t", help="Only this topic.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only articles first seen since, such as 30d.")] = None,
    relist: Annotated[bool, typer.Option("--relist", help="Also take out what no longer matches.")] = False,
    stories: Annotated[bool, typer.Option("--stories", help="First join all articles into stories again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Apply changed rules to the stored articles."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.rematch import rematch
    from aggregator.pipeline.replay import replay as apply

    with open_instance(config) as instance:
        if stories:
            rematch(instance)
        show_record(apply(instance, topic=topic, since=since, relist=relist), as_json=as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")], config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Write a copy of the database while it is in use."""
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        instance.store.backup(file)
    say(f"wrote {file}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Put a backup in the place of the database; the old one is kept beside it."""
    from aggregator.pipeline.instance import restore_backup

    kept = restore_backup(config, file)
    say(f"restored {file}" + (f"; the former database is {kept}" if kept else ""))


@database.command("upgrade")
def database_upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Bring the schema up to date."""
    from aggregator.pipeline.instance import upgrade_database

    say(f"schema {upgrade_database(config)}")


@database.command("current")
def database_current(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say which schema the database has."""
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        typer.echo(instance.store.current())
