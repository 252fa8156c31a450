"""``aggregator topics``: curated outbound feeds."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LimitOption
from aggregator.cli.output import show_record, show_rows

app = typer.Typer(help="Curated outbound feeds.", no_args_is_help=True)

COLUMNS = ("id", "title", "items", "newest", "query", "url")
ITEM_COLUMNS = ("listed", "source", "policy", "title", "id")
TopicArgument = Annotated[str, typer.Argument(help="A topic's slug.")]


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """All topics with how much they list."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.topics import list_topics

    with open_instance(config) as instance:
        show_rows(list_topics(instance), COLUMNS, as_json=as_json, empty="No topic is declared.")


@app.command()
def show(
    topic: TopicArgument, limit: LimitOption = 50, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """What a topic lists, newest first."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.topics import show_topic

    with open_instance(config) as instance:
        show_rows(show_topic(instance, topic, limit), ITEM_COLUMNS, as_json=as_json, empty="The topic lists nothing.")


@app.command()
def why(
    topic: TopicArgument,
    article: Annotated[str, typer.Argument(help="An article's id, url, guid or published id.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Why an article is, or is not, in this topic."""
    from aggregator.cli.why import show_why

    show_why(config, article, topic, as_json=as_json)


@app.command()
def token(
    topic: TopicArgument,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="End the present path and give the topic another one.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """The secret path of a private topic, to be handed to its readers."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.topics import renew_token, show_token

    with open_instance(config) as instance:
        show_record(renew_token(instance, topic) if revoke else show_token(instance, topic), as_json=as_json)


@app.command()
def preview(
    query: Annotated[str, typer.Argument(help="A query, or the slug of a topic.")],
    since: Annotated[str, typer.Option("--since", help="How far back, such as 30d.")] = "30d",
    limit: LimitOption = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """What a query would select from what is stored; changes nothing."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.preview import preview as compute

    with open_instance(config) as instance:
        show_record(compute(instance, query, since=since, limit=limit), as_json=as_json)
