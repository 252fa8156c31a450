"""``aggregator curate``: an editor's acts on topics, all of them logged."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LimitOption, WhyOption
from aggregator.cli.output import say, show_rows

app = typer.Typer(help="Editorial acts: pin, hide, add, edit, approve, undo.", no_args_is_help=True)

COLUMNS = ("id", "kind", "topic", "article", "who", "at", "until", "why", "undone_by")
TopicArgument = Annotated[str, typer.Argument(help="A topic's slug.")]
ArticleArgument = Annotated[str, typer.Argument(help="An article's id, url, guid or published id.")]


@app.command()
def pin(
    topic: TopicArgument,
    article: ArticleArgument,
    until: Annotated[str | None, typer.Option("--until", help="A date, or a span such as 3d; none: for good.")] = None,
    reason: WhyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Keep an article on top of a topic."""
    _act(config, "pin", topic, article, reason, until=until)


@app.command()
def hide(
    topic: TopicArgument, article: ArticleArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Take an article out of a topic."""
    _act(config, "hide", topic, article, reason)


@app.command()
def add(
    topic: TopicArgument, article: ArticleArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """List an article in a topic, whatever the query says."""
    _act(config, "add", topic, article, reason)


@app.command()
def approve(
    topic: TopicArgument, article: ArticleArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """List an article that waits for approval."""
    _act(config, "approve", topic, article, reason)


@app.command()
def decline(
    topic: TopicArgument, article: ArticleArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Refuse an article that waits for approval."""
    _act(config, "decline", topic, article, reason)


@app.command()
def edit(
    topic: TopicArgument,
    article: ArticleArgument,
    note: Annotated[str, typer.Option("--note", help="What was changed and why; published with the item.")],
    title: Annotated[str | None, typer.Option("--title", help="The title to show.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="The summary to show.")] = None,
    reason: WhyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show another title or summary; the original is kept and linked, and the item marked as edited."""
    _act(config, "edit", topic, article, reason, values={"title": title, "summary": summary, "note": note})


@app.command()
def queue(topic: TopicArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """What waits for approval."""
    from aggregator.pipeline.curation import pending
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        rows = pending(instance, topic)
        show_rows(rows, ("id", "source", "published", "title"), as_json=as_json, empty="Nothing waits for approval.")


@app.command()
def undo(
    number: Annotated[int, typer.Argument(help="The act's number in the log.")],
    reason: WhyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take an act back."""
    from aggregator.pipeline.curation import undo_act
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        undo_act(instance, number, reason)
    say(f"undid act {number}")


@app.command()
def log(
    topic: Annotated[str | None, typer.Option("--topic", "-t", help="Only this topic.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Who did what, when and why."""
    from aggregator.pipeline.curation import act_log
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        show_rows(act_log(instance, topic, limit), COLUMNS, as_json=as_json, empty="No act is logged.")


def _act(
    config: ConfigOption,
    kind: str,
    topic: str,
    article: str,
    reason: str,
    *,
    until: str | None = None,
    values: dict[str, str | None] | None = None,
) -> None:
    from aggregator.pipeline.curation import act
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        number = act(instance, kind, topic, article, reason, until=until, values=values or {})
    say(f"act {number}: {kind}; `aggregator publish {topic}` carries it out")
