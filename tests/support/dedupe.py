"""Builders of candidates for the tests of matching."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aggregator.dedupe.features import Features, Material, features_from
from aggregator.dedupe.matcher import Match, Matcher
from aggregator.dedupe.window import Candidate
from aggregator.model.ids import ArticleId, SourceId

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

FERRY = (
    "The new ferry to the northern islands sailed for the first time on Thursday morning, four months later than the "
    "shipping company had promised. On board were the mayor, two school classes and a brass band, which played until "
    "the first swell came in. The vessel runs on batteries that are charged at the quay during the night, and needs "
    "twenty minutes longer for the crossing than its predecessor. Commuters on the islands are divided about that: "
    "some praise the silence on deck, others have already worked out how many hours a year they will lose. The company "
    "says it will look at the timetable again after the summer, once it knows how the batteries behave in the cold."
)
BRIDGE = (
    "Engineers closed the railway bridge over the estuary yesterday after divers found cracks in two of its piers. "
    "Trains are being turned back at the last station before the water, and buses take the passengers around the bay, "
    "a detour of fifty minutes. The operator expects the repair to take at least until the end of May, because the "
    "steel collars that are needed have to be forged to measure. Freight will be sent through the southern tunnel at "
    "night. Local traders fear for the season and ask the province for a temporary ferry between both shores."
)
LIBRARY = (
    "The city library will lend out seeds from next week on: tomatoes, beans and eleven sorts of lettuce lie in the "
    "drawers of the old card catalogue. Whoever takes a bag promises to bring back seeds of the harvest in autumn. "
    "The idea came from a retired gardener who had kept his own collection in shoe boxes for forty years. Librarians "
    "took a course in drying and labelling, and discovered that the humidity of the reading room suits beans best."
)


def features(title: str, text: str, *, guid: str = "", url: str = "", roundup: bool = False) -> Features:
    material = Material(title=title, text=text, guid=guid, canonical_url=url, roundup=roundup)
    return features_from([material])[0]


def candidate(
    name: str,
    title: str,
    text: str,
    *,
    source: str = "",
    hours: float = 0.0,
    guid: str = "",
    url: str = "",
    dated: bool = True,
    roundup: bool = False,
) -> Candidate:
    """An article seen `hours` after `START`, of a source of its own unless one is named."""
    at = START + timedelta(hours=hours)
    return Candidate(
        article_id=ArticleId(name),
        source_id=SourceId(source or f"source-of-{name}"),
        seen_at=at,
        published=at if dated else None,
        features=features(title, text, guid=guid, url=url, roundup=roundup),
    )


def match(*batch: Candidate) -> tuple[Match, ...]:
    return Matcher().match(batch)


def joined(matches: Sequence[Match]) -> dict[str, str | None]:
    """Which article each one joined."""
    return {str(found.article_id): found.story_of for found in matches}
