"""Issues made of real feeds: whatever is in them, the mail keeps to the rules."""

from __future__ import annotations

import re
import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from aggregator.model.edition import EditionItem
from aggregator.pipeline.digests import preview_digest
from aggregator.publish.check_mail import check_mail
from aggregator.publish.digest import first
from aggregator.publish.digest_html import write_mail
from aggregator.publish.digest_text import WIDTH, write_markdown, write_text
from aggregator.publish.mail import issue_message
from tests.support.digests import DAILY
from tests.support.instances import newsroom
from tests.support.realfeeds import corpus, rows


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("order", ["newest", "coverage"])
def test_a_mail_of_real_feeds_keeps_to_the_rules(tmp_path: Path, order: str) -> None:
    folder = corpus() / "feeds"
    files = [row["file"] for row in rows(folder / "manifest.tsv")]
    sources = [(f"s{number}", f"feeds/{file}") for number, file in enumerate(files)]
    digest = DAILY.replace('period = "daily"', f'period = "daily"\norder = "{order}"\nimages = "link"')
    shutil.copytree(folder, tmp_path / "feeds")
    room = newsroom(tmp_path, sources, more=digest)
    room.run()
    with room.open() as instance:
        issue = preview_digest(instance, "letter", stored=True).issue
        message = issue_message(issue, instance.config.mail)
    assert len(issue.items) == 100
    for shown in (issue, first(issue, 12)):
        assert [problem.sentence for problem in check_mail(write_mail(shown)) if problem.severity == "error"] == []
    parsed = message_from_bytes(message.as_bytes(), policy=default)
    assert [part.defects for part in parsed.walk() if part.defects] == []
    text, markdown = write_text(issue), write_markdown(issue)
    assert [
        line for line in text.splitlines() if len(line) > WIDTH and " " in line.strip() and "http" not in line
    ] == []
    unnamed = [one.item.id for one in issue.items if not _names(one.item) <= set(_words(text))]
    assert unnamed == []
    assert len(markdown) > len(issue.items) * 50


def _names(item: EditionItem) -> set[str]:
    return {word for person in item.authors for word in _words(person.name)}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
