"""What the documents show of the demo newsroom is what it publishes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import demo

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "attribution.md"
GUID = "tag:newsroom.example.org,2026-01-01:maanblad/maanblad-2020-112"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = demo(tmp_path_factory.mktemp("documents"))
    room.run()
    return room.output / "space"


def shown(heading: str) -> str:
    """The code block below a heading of the page."""
    section = PAGE.read_text("utf-8").partition(f"### {heading}\n")[2]
    found = re.search(r"^```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def entry(document: str, mark: str) -> list[str]:
    """The lines of the entry, item or card that `mark` closes, for the article of the page."""
    parts = re.split(mark, document)
    return [line.strip() for line in next(part for part in parts if "dichterbij" in part).splitlines()]


@pytest.mark.parametrize(
    ("heading", "name", "mark"),
    [("Atom", "feed.atom", "</entry>"), ("RSS 2.0", "feed.rss", "</item>"), ("The page", "index.html", "</article>")],
)
def test_each_line_that_is_shown_is_published(output: Path, heading: str, name: str, mark: str) -> None:
    published = entry((output / name).read_text("utf-8"), mark)
    assert [line for line in shown(heading).splitlines() if line.strip() not in published] == []


def test_what_is_shown_of_the_json_feed_is_published(output: Path) -> None:
    feed = json.loads((output / "feed.json").read_bytes())
    item = next(item for item in feed["items"] if item["id"] == GUID)
    assert holds(item, json.loads(shown("JSON Feed")))
    assert not holds(item, {"_attribution": {"images": [{"creator": "Nobody"}]}})


def holds(whole: Any, part: Any) -> bool:
    """Whether all of `part` stands in `whole`, which may have more keys."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)
