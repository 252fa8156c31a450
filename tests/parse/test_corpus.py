from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.model.entry import ParsedEntry, ParseReason, Quirk
from aggregator.parse.document import parse
from tests.support import feedcases

FOLDER = Path(__file__).parent / "corpus"
CASES = sorted(FOLDER.iterdir())
URL = "http://feeds.example/dir/feed"


def hrefs(entry: ParsedEntry) -> list[str]:
    return [link.href for link in entry.links if link.rel == "alternate"]


@pytest.mark.case("P-21", "P-22", "P-38", "P-44", "P-45", "P-46", "P-47", "P-48", "P-50", "P-52")
@pytest.mark.parametrize("path", CASES, ids=[path.name for path in CASES])
def test_a_document_is_read_as_its_comment_says(path: Path) -> None:
    case = feedcases.load(path)
    feed = parse(case.body, url=URL, content_type=case.content_type, trust_charset=case.trust_charset)
    names = {
        "feed": feed,
        "entry": next(iter(getattr(feed, "entries", ())), None),
        "hrefs": hrefs,
        "Quirk": Quirk,
        "ParseReason": ParseReason,
    }
    assert eval(case.expect, names), f"{case.expect}\n{feed}"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 120
