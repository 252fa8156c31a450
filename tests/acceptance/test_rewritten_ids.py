"""Publishers that give all their entries new ids between two polls. Slow; needs AGGREGATOR_CORPUS."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.corpus import corpus, feeds
from tests.support.fileserver import serving
from tests.support.instances import newsroom

pytestmark = [pytest.mark.slow, pytest.mark.corpus, pytest.mark.timeout(600)]
GUID = re.compile(rb"(<guid\b[^>]*>\s*(?:<!\[CDATA\[)?\s*)([^<\]]+?)(\s*(?:\]\]>)?\s*</guid>)", re.IGNORECASE)
ENTRY = re.compile(rb"<entry\b.*?</entry>", re.DOTALL)
ATOM_ID = re.compile(rb"(<id\b[^>]*>\s*)([^<]+?)(\s*</id>)")


def with_prefix(value: bytes) -> bytes:
    return b"moved-2026:" + value


def over_tls(value: bytes) -> bytes:
    return value.replace(b"http://", b"https://", 1) if value.startswith(b"http://") else value


REWRITES = {"a new prefix": with_prefix, "https for http": over_tls}


def rewritten(body: bytes, kind: str) -> bytes:
    """A document whose entries have other ids and are otherwise as they were."""
    change = REWRITES[kind]

    def other(match: re.Match[bytes]) -> bytes:
        return match[1] + change(match[2]) + match[3]

    return ENTRY.sub(lambda entry: ATOM_ID.sub(other, entry[0], count=1), GUID.sub(other, body))


def documents() -> list[bytes]:
    """Every feed with ids in its entries, and the newest version of each history."""
    newest = [max(_versions(folder)) for folder in (corpus() / "histories").iterdir() if folder.is_dir()]
    bodies = [path.read_bytes() for path in (*newest, *(feed.file for feed in feeds()))]
    return [body for body in bodies if rewritten(body, "a new prefix") != body]


def _versions(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.stem.isdigit()]


@pytest.mark.parametrize("kind", REWRITES)
def test_new_ids_for_all_entries_are_not_taken_for_new_entries(tmp_path: Path, kind: str) -> None:
    bodies = documents()
    assert len(bodies) >= 50
    with serving({f"/{number}": body for number, body in enumerate(bodies)}) as site:
        room = newsroom(tmp_path, [(f"feed-{number}", f"{site.url}/{number}") for number in range(len(bodies))])
        before = room.run().summary
        for number, body in enumerate(bodies):
            site.documents[f"/{number}"] = rewritten(body, kind)
        room.clock.go_on(hours=2)
        report = room.run()
    again = {row["id"]: row["new"] for row in report.sources if row["new"]}
    print(kind, before["new"], "entries, taken for new:", sum(again.values()), again)
    assert before["new"] > 1000
    assert sum(again.values()) < 0.01 * before["new"]
