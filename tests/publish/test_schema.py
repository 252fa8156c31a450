from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aggregator.model.edition import Edition
from tests.support.documents import feed_json
from tests.support.editions import edition, full_item, item, topic

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "json-feed-extensions.schema.json").read_text("utf-8")
)


def validate(feed: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(feed)


@pytest.mark.case("B-38")
@pytest.mark.parametrize(
    "made",
    [
        edition(full_item(), item(1), topic=topic(licence="CC-BY-4.0")),
        edition(item(1, content="", summary="", pinned=True, edited="Shortened", original_title="Long")),
    ],
)
def test_the_extensions_are_as_the_schema_documents_them(made: Edition) -> None:
    validate(feed_json(made))


def test_the_schema_knows_every_name_that_is_written() -> None:
    feed = feed_json(edition(full_item()))
    feed["items"][0]["_attribution"]["undocumented"] = 1
    with pytest.raises(jsonschema.ValidationError, match="undocumented"):
        validate(feed)
