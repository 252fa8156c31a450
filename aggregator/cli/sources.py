"""``aggregator sources``: inbound feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, WhyOption
from aggregator.cli.output import say, show_record, show_rows

app = typer.Typer(help="Inbound feeds.", no_args_is_help=True)

COLUMNS = ("id", "state", "due", "articles", "last_outcome", "declared", "title", "url")
SourceArgument = Annotated[str, typer.Argument(help="A source's id.")]


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """All sources with their health."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import list_sources

    with open_instance(config) as instance:
        show_rows(list_sources(instance), COLUMNS, as_json=as_json, empty="No source is declared.")


@app.command()
def show(source: SourceArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """One source: settings, health, when it is due and why."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import show_source

    with open_instance(config) as instance:
        show_record(show_source(instance, source), as_json=as_json)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a web page that names its feeds.")],
    source_id: Annotated[
        str | None, typer.Option("--id", help="Its name here; made from the url when missing.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Replaces the feed's own title.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="May be given several times.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Subscribe to a feed; shows its newest entries."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.subscribe import add_source

    with open_instance(config) as instance:
        added = add_source(instance, url, source_id=source_id, title=title, tags=tuple(tag or ()))
        show_record(added, as_json=as_json)


@app.command()
def discover(
    url: Annotated[str, typer.Argument(help="A web page.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """The feeds that a page names, best first."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.subscribe import discover_feeds

    with open_instance(config) as instance:
        rows = discover_feeds(instance, url)
        show_rows(rows, ("url", "title", "kind"), as_json=as_json, empty=f"No feed was found at {url}.")


@app.command()
def remove(source: SourceArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Unsubscribe from a source that was added by command; its articles stay."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import remove_source

    with open_instance(config) as instance:
        remove_source(instance, source)
    say(f"removed {source}; its articles stay")


@app.command()
def pause(source: SourceArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Stop polling a source until it is resumed."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import pause_source

    with open_instance(config) as instance:
        pause_source(instance, source, reason)
    say(f"paused {source}")


@app.command()
def resume(source: SourceArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Poll a source again that was paused, or is gone."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import resume_source

    with open_instance(config) as instance:
        resume_source(instance, source)
    say(f"resumed {source}")


@app.command("opt-out")
def opt_out(
    target: Annotated[str, typer.Argument(help="A feed's address, a host, or a domain with all its hosts.")],
    reason: WhyOption = "",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Also take down everything that came from there.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Never poll a publisher again who asked for that; shows the sources that it stops."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.opt_outs import opt_out as keep

    with open_instance(config) as instance:
        show_record(keep(instance, target, reason, withdraw=withdraw), as_json=as_json)


@app.command("opt-in")
def opt_in(
    target: Annotated[str, typer.Argument(help="As it was opted out.")], config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Take an opt-out back; what was withdrawn for it stays down."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.opt_outs import opt_in as forget

    with open_instance(config) as instance:
        forget(instance, target)
    say(f"{target} may be polled again")


@app.command("opt-outs")
def opt_outs(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Who asked not to be polled, since when and why."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.opt_outs import list_opt_outs

    with open_instance(config) as instance:
        columns = ("id", "at", "reason", "sources")
        show_rows(list_opt_outs(instance), columns, as_json=as_json, empty="Nobody has opted out.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Subscribe to the feeds of an OPML file; its folders become tags."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.subscribe import import_opml

    with open_instance(config) as instance:
        report = import_opml(instance, file)
    if as_json:
        show_record(report, as_json=True)
        return
    say(f"{report['added']} added, {report['known']} known already, {len(report['skipped'])} skipped")
    for line in report["skipped"]:
        say(f"skipped: {line}")


@app.command("export")
def export(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the sources as OPML to stdout; private ones and credentials are left out."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.sources import export_opml

    with open_instance(config) as instance:
        typer.echo(export_opml(instance), nl=False)
