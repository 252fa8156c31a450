"""``aggregator articles``: the records, with attribution and evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from aggregator.cli.output import say, show_record, show_rows

app = typer.Typer(help="Article records.", no_args_is_help=True)

COLUMNS = ("published", "source", "language", "licence", "title", "id")
STORY_COLUMNS = ("published", "source", "copies", "title", "id")
ArticleArgument = Annotated[str, typer.Argument(help="An article's id, url, guid or published id.")]


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Option("--source", "-s", help="Only this source's.")] = None,
    stories: Annotated[bool, typer.Option("--stories", help="One row per story: its best member.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", help="Rows at most; none: all.", min=1)] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Stored articles, newest first."""
    from aggregator.pipeline.articles import list_articles, list_stories
    from aggregator.pipeline.instance import open_instance

    limit = limit if limit or as_json else 50
    with open_instance(config) as instance:
        rows = list_stories(instance, limit) if stories else list_articles(instance, source, limit)
        columns = STORY_COLUMNS if stories else COLUMNS
        show_rows(rows, columns, as_json=as_json, empty="No article is stored.")


@app.command()
def show(article: ArticleArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """One article with its attribution, evidence, story and revisions."""
    from aggregator.pipeline.articles import show_article
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        show_record(show_article(instance, article), as_json=as_json)


@app.command()
def withdraw(
    article: ArticleArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the tombstone.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take an article out of every output for good; the next publish carries it out."""
    from aggregator.pipeline.articles import withdraw_article
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        withdrawn = withdraw_article(instance, article, reason)
    say(f"withdrew {withdrawn}; `aggregator publish` takes it out of the outputs")
