"""``aggregator stories``: which articles tell the same thing, and the operator's word on it."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LimitOption, WhyOption
from aggregator.cli.output import say, show_record, show_rows

app = typer.Typer(help="Stories: articles that tell the same thing.", no_args_is_help=True)

StoryArgument = Annotated[str, typer.Argument(help="A story's id, or anything that names one of its articles.")]
ArticleArgument = Annotated[str, typer.Argument(help="An article's id, url, guid or published id.")]


@app.command()
def show(story: StoryArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """A story: its members, what ties them, and which is the original and why."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.stories import show_story

    with open_instance(config) as instance:
        show_record(show_story(instance, story), as_json=as_json)


@app.command()
def split(article: ArticleArgument, reason: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take an article out of its story for good."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.stories import split_article

    with open_instance(config) as instance:
        kept, alone = split_article(instance, article, reason)
    say(f"split: {kept} goes on without it, {alone} is its own story now")


@app.command()
def pin(
    article: ArticleArgument,
    other: Annotated[str, typer.Argument(help="An article of the story it belongs to.")],
    reason: WhyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Join two articles into one story for good."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.stories import join_articles

    with open_instance(config) as instance:
        story = join_articles(instance, article, other, reason)
    say(f"joined in {story}")


@app.command()
def prefer(article: ArticleArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show this article of its story wherever the story is listed."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.stories import prefer_article

    with open_instance(config) as instance:
        story = prefer_article(instance, article)
    say(f"{story} shows it from the next publish on")


@app.command()
def suggest(
    since: Annotated[str, typer.Option("--since", help="How far back to look: 12h, 2d or 1w.")] = "2d",
    limit: LimitOption = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Pairs of stories that may be one, by what their titles mean; needs the extra `embeddings`."""
    from aggregator.pipeline.instance import open_instance
    from aggregator.pipeline.suggest import suggest_stories

    with open_instance(config) as instance:
        pairs = suggest_stories(instance, since, limit)
    columns = ("cosine", "first", "first_title", "second", "second_title")
    show_rows(pairs, columns, as_json=as_json, empty="No two stories look like one.")
    if pairs and not as_json:
        say("`aggregator stories pin FIRST SECOND` joins a pair")
