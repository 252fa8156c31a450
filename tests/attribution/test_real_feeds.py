"""Over real feeds: nothing raises, and every fact of an image has its evidence."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.model.entry import ParsedFeed
from aggregator.model.ids import SourceId
from aggregator.model.source import Source
from aggregator.normalise.document import read_document
from aggregator.parse.document import parse
from tests.attribution.test_cases import unproven

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENOUGH = 200


@pytest.mark.corpus
@pytest.mark.slow
def test_every_fact_read_from_real_feeds_has_its_evidence() -> None:
    folder = os.environ.get("AGGREGATOR_CORPUS")
    if not folder:
        pytest.skip("AGGREGATOR_CORPUS is not set")
    source = Source(id=SourceId("real"), url="https://real.example/feed")
    read = 0
    for path in sorted((Path(folder) / "feeds").iterdir()):
        feed = parse(path.read_bytes(), url=f"https://real.example/{path.name}")
        if not isinstance(feed, ParsedFeed):
            continue
        read += 1
        for article in read_document(feed, source, window=(), rung=0, now=NOW).drafts:
            assert not [image.url for image in article.images if unproven(image)]
            assert all(person.evidence for person in article.attribution.authors)
            assert article.attribution.licence is None or article.attribution.licence.evidence
    assert read >= ENOUGH
