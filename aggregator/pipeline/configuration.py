"""The configuration, checked by every room that has a word in it: queries have to parse, licences to be known."""

from __future__ import annotations

from pathlib import Path

from aggregator.config.load import load
from aggregator.errors import ConfigurationError, Fault, QuerySyntaxError
from aggregator.model.config import Config
from aggregator.normalise.licences import from_text, from_url
from aggregator.parse.opml import read_opml


def load_configuration(path: Path) -> Config:
    """The configuration at `path`. Raises ConfigurationError with every fault."""
    config = load(path, read_opml)
    faults = (*_query_faults(config, path), *_licence_faults(config, path))
    if faults:
        raise ConfigurationError(faults)
    return config


def _query_faults(config: Config, path: Path) -> list[Fault]:
    saved = dict(config.saved_queries)
    named = [(f"queries.{name}", query) for name, query in config.saved_queries]
    named += [(f"topic {topic.slug}.query", topic.query) for topic in config.topics if topic.query]
    if not named:
        return []
    # The grammar takes a moment to load, which a site without queries need not wait for.
    from aggregator.curate.query import parse_query

    faults = []
    for key, query in named:
        try:
            parse_query(query, saved=saved, lists=dict(config.lists))
        except QuerySyntaxError as error:
            faults.append(_fault(config, path, key, query, f"column {error.column}: {error.expected}"))
    return faults


def _licence_faults(config: Config, path: Path) -> list[Fault]:
    stated = [(f"source {source.id}.licence", source.licence) for source in config.sources]
    stated += [(f"topic {topic.slug}.licence", topic.licence) for topic in config.topics]
    return [
        _fault(config, path, key, licence, f'expected a licence such as "CC-BY-4.0" or its url, not {licence!r}')
        for key, licence in stated
        if licence and from_url(licence) is None and from_text(licence) is None
    ]


def _fault(config: Config, path: Path, key: str, value: str, expected: str) -> Fault:
    """Placed at the first line of the configuration's files that holds the value."""
    needle = value.strip().splitlines()[0][:60].replace('"', '\\"')
    for file in config.files:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if needle and needle in line:
                return Fault(file=str(file), line=number, key=key, expected=expected)
    return Fault(file=str(path), line=1, key=key, expected=expected)
