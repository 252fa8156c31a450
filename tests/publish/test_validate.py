from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.model.article import Enclosure
from aggregator.model.edition import Edition
from aggregator.model.ids import PublishedId
from aggregator.publish.document import ATOM, HTML, JSON_FEED, OPML, RSS, Document
from aggregator.publish.problems import Severity
from aggregator.publish.render import render_articles, render_site, render_topic
from aggregator.publish.validate import check_document, render_checked
from tests.support.archives import render_archives
from tests.support.editions import NOON, edition, full_item, item, site, topic

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def document(path: str, made: Edition | None = None) -> Document:
    return next(d for d in render_topic(made or edition(full_item(), item(1))) if d.path.endswith(path))


def codes(shown: Document, **changes: Any) -> set[str]:
    return {problem.code for problem in check_document(replace(shown, **changes), now=NOW)}


@pytest.mark.case("B-37")
def test_default_output_is_free_of_errors_and_warnings() -> None:
    rich = edition(
        full_item(),
        item(1),
        item(2, content="", summary=""),
        item(3, title="<b>Bold</b> &amp; more", language="und"),
        topic=topic(licence="CC-BY-4.0", title="A & B <i>"),
        site=site(hubs=("https://hub.example.org/",), icon="https://feeds.example.org/i.png"),
        complete=True,
    )
    documents = (*render_topic(rich), *render_articles([rich]), *render_site(rich.site, [rich], []))
    assert [check_document(d, now=NOW) for d in documents] == [()] * len(documents)


@pytest.mark.case("B-34", "B-37")
def test_an_entry_of_which_nothing_may_be_shown_has_its_title_for_a_summary() -> None:
    bare = edition(item(content="", summary=""), topic=topic(attribution_line=False))
    shown = document("feed.atom", bare)
    assert b'<summary type="text">Article 1</summary>' in shown.body
    assert codes(shown) == set()
    without = shown.body.replace(b'<summary type="text">Article 1</summary>', b"")
    assert codes(shown, body=without) == {"MissingTextualContent"}


@pytest.mark.case("B-37", "B-17")
def test_archives_are_free_of_errors_and_warnings() -> None:
    archives = render_archives(edition(), [item(n) for n in range(6, 0, -1)], size=2)
    assert [check_document(d, now=NOW) for d in archives] == [()] * 9


BROKEN = [
    ("feed.atom", b"</feed>", b"", "SAXError"),
    ("feed.atom", b"<?xml", b"\xef\xbb\xbf<?xml", "NotUTF8"),
    ("feed.atom", b"Jan de Vries", b"Jan \xff", "UnicodeError"),
    ("feed.atom", b"<feed ", b"<!DOCTYPE feed>\n<feed ", "InvalidDoctype"),
    ("feed.atom", b"<id>tag:feeds.example.org,2026-01-01:space</id>", b"", "UndefinedElement"),
    ("feed.atom", b"<id>https://moonwire.example.com/1</id>", b"", "UndefinedElement"),
    ("feed.atom", b"<id>https://moonwire.example.com/1</id>", b"<id>no iri</id>", "InvalidFullLink"),
    ("feed.atom", b"<id>https://moonwire.example.com/1</id>", b"<id>tag:moonwire</id>", "InvalidTAG"),
    ("feed.atom", b"<id>tag:moonwire.example.com,2020:feed", b"<id>https://moonwire.example.com", "NonCanonicalURI"),
    ("feed.atom", b"<id>https://moonwire.example.com/1</id>", b"<id>yt:video:1</id>", "SchemeNotIANARegistered"),
    ("feed.atom", b"Jan de Vries", "Jan PeÃ±a".encode(), "BadCharacters"),
    ("feed.atom", b"Jan de Vries", "Jan Pe\ufffda".encode(), "BadCharacters"),
    ("feed.rss", b"Jan de Vries", "Jan PeÃ±a".encode(), "BadCharacters"),
    ("feed.atom", b"Jan de Vries", "Jan Peña wrote Ã±".encode(), None),
    ("feed.atom", b'width="1200"', b'width="0"', "InvalidPositiveInteger"),
    ("feed.atom", b'href="https://via.example.net/maan"', 'href="https://via.example.net/é"'.encode(), "UriNotIri"),
    ("feed.atom", b'rel="self"', b'rel="related"', "MissingSelf"),
    ("feed.atom", b"/space/feed.atom", b"/space/other.atom", "SelfDoesntMatchLocation"),
    ("feed.atom", b"<published>2026-03-01T11:00:00+00:00", b"<published>Sun, 1 Mar 2026", "InvalidRFC3339Date"),
    ("feed.atom", b"<published>2026-03-01T11", b"<published>2026-02-31T11", "InvalidRFC3339Date"),
    ("feed.atom", b"<published>2026-03-01T11", b"<published>2036-03-01T11", "ImplausibleDate"),
    ("feed.atom", b'rel="replies"', b'rel="nonsense"', "UnregisteredAtomLinkRel"),
    ("feed.atom", b'type="audio/mpeg"', b'type="audio"', "InvalidMIMEAttribute"),
    ("feed.atom", b'length="12345"', b'length="long"', "UndefinedElement"),
    ("feed.atom", b'href="https://maanpost.example.com/1.mp3"', b'href="/1.mp3"', "InvalidFullLink"),
    ("feed.atom", b'rel="replies"', b'rel="alternate"', "DuplicateAtomLink"),
    ("feed.atom", b'xml:lang="nl"', b'xml:lang="Dutch language"', "InvalidLanguage"),
    ("feed.atom", b"distribution company", b"the Boss", "InvalidCreditRole"),
    ("feed.atom", b"<media:title", b"<media:wrong/><media:title", "UndefinedElement"),
    ("feed.atom", b'xmlns:fh="http://purl.org', b'xmlns:o="urn:x" xmlns:fh="http://purl.org', None),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;script&gt;vannacht", "SecurityRisk"),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;b onclick=x&gt;vannacht", "SecurityRiskAttr"),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;b style='x'&gt;vannacht", "DangerousStyleAttr"),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;a href='javascript:x'&gt;vannacht", "SecurityRiskAttr"),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;img src='/x.png'&gt;&lt;b&gt;vannacht", "ContainsRelRef"),
    ("feed.atom", b"&lt;b&gt;vannacht", b"&lt;div&gt;vannacht", "NotHtml"),
    ("feed.atom", b"vannacht", "vannacht \x85\ufffd".encode(), "BadCharacters"),
    ("feed.atom", b'rel="license"', b'rel="related"', "InheritedLicence"),
    ("feed.atom", b"2026-03-01T11:01:00.", b"2020-12-24T00:00:00.", None),
    ("feed.rss", b'version="2.0"', b'version="0.91"', "InvalidRSSVersion"),
    ("feed.rss", b"<channel>\n    <title>Space</title>", b"<channel>", "MissingTitle"),
    ("feed.rss", b"<ttl>15", b"<ttl>often", "InvalidIntegerAttribute"),
    ("feed.rss", b"<ttl>15", b"<nonsense/><ttl>15", "UndefinedElement"),
    ("feed.rss", b"Thu, 24 Dec 2020", b"Fri, 24 Dec 2020", "IncorrectDOW"),
    ("feed.rss", b"Thu, 24 Dec 2020", b"24 December 2020", "InvalidRFC2822Date"),
    ("feed.rss", b'rel="self"', b'rel="hub"', "MissingAtomSelfLink"),
    ("feed.rss", b">https://moonwire.example.com/1</guid>", b"></guid>", "MissingGuid"),
    (
        "feed.rss",
        b'isPermaLink="false">tag:feeds',
        b'isPermaLink="true">tag:feeds',
        "InvalidFullLink",
    ),
    ("feed.rss", b"<enclosure ", b"<enclosure url='https://x.example/'/><enclosure ", "DuplicateEnclosure"),
    ("feed.rss", b'length="12345"', b'length="long"', "InvalidIntegerAttribute"),
    ("feed.rss", b"<dc:creator>Jan", b"<author>x@y.z</author><dc:creator>Jan", "DuplicateItemSemantics"),
    ("feed.rss", b"<pubDate>", b"<dc:date>2026-01-01</dc:date><pubDate>", "DuplicateItemSemantics"),
    ("feed.rss", b"<content:encoded>", b"<content:encoded/><content:encoded>", "DuplicateElement"),
    ("feed.rss", b"<item>", b"<item><content:encoded/>", "NeedDescriptionBeforeContent"),
    ("feed.rss", b"<title>Article 1</title>", b"<title>&lt;b&gt;x</title>", "ContainsHTML"),
    ("feed.rss", b'<source url="https://maan', b'<source url="https://u:p@maan', "InvalidFullLink"),
    ("feed.json", b"version/1.1", b"version/9", "InvalidVersion"),
    ("feed.json", b"{", b"{{", "NotJson"),
    ("feed.json", b'"content_html"', b'"content"', "MissingContentOrAlternate"),
    ("feed.json", b'"id": "https', b'"id": 7, "x": "https', "MissingElement"),
    ("feed.json", b'"date_published": "2026', b'"date_published": "x2026', "InvalidRFC3339Date"),
    ("feed.json", b'"mime_type": "audio/mpeg"', b'"mime_type": "audio"', "InvalidMIMEAttribute"),
    ("index.html", b"</html>", b"", "SAXError"),
    ("index.html", b"<main", b"<script>1</script><main", "SecurityRisk"),
]


@pytest.mark.case("B-37")
@pytest.mark.parametrize(("path", "old", "new", "code"), BROKEN)
def test_each_class_of_fault_is_found(path: str, old: bytes, new: bytes, code: str | None) -> None:
    shown = document(path)
    assert old in shown.body
    found = codes(shown, body=shown.body.replace(old, new, 1))
    assert code in found if code else not found


OUTLINES = [
    (b'version="2.0"', b'version="3"', "InvalidOPMLVersion"),
    (b'xmlUrl="https', b'xmlUrl="/x https', "InvalidFullLink"),
    (b' type="rss"', b"", "MissingOutlineType"),
    (b' title="Space"', b"", "MissingTitleAttr"),
    (b' text="Space"', b"", "MissingAttribute"),
    (b"+0000</dateModified>", b"UTC+0</dateModified>", "InvalidRFC2822Date"),
    (b"<body>", b"<corps>", "SAXError"),
]


@pytest.mark.case("B-17")
@pytest.mark.parametrize(
    ("relation", "code"), [(b"current", "MissingCurrentInArchive"), (b"next-archive", "ArchiveIncomplete")]
)
def test_archives_that_lead_nowhere_are_found(relation: bytes, code: str) -> None:
    first = render_archives(edition(), [item(n) for n in range(4, 0, -1)], size=2)[0]
    assert codes(first) == set()
    assert codes(first, body=first.body.replace(b'rel="' + relation, b'rel="related')) == {code}


@pytest.mark.case("B-43")
@pytest.mark.parametrize(("old", "new", "code"), OUTLINES)
def test_faults_of_opml_are_found(old: bytes, new: bytes, code: str) -> None:
    shown = next(d for d in render_site(site(), [edition()], []) if d.path == "opml.xml")
    assert old in shown.body
    assert code in codes(shown, body=shown.body.replace(old, new, 1))


def test_a_document_that_readers_would_refuse_for_its_size_is_found() -> None:
    assert "ValidatorLimit" in codes(document("feed.atom", edition(item(content=f"<p>{'x' * 5_000_000}</p>"))))


@pytest.mark.parametrize(
    ("media_type", "body"), [(ATOM, b""), (RSS, b"<rss/>"), (JSON_FEED, b"[]"), (OPML, b"<opml/>"), (HTML, b"")]
)
def test_what_is_no_such_document_at_all_is_an_error(media_type: str, body: bytes) -> None:
    problems = check_document(Document(path="x", media_type=media_type, body=body, updated=NOON))
    assert Severity.ERROR in {problem.severity for problem in problems}


@pytest.mark.case("B-37")
@pytest.mark.parametrize(
    "faulty",
    [
        item(9, content="<p>x<script>alert(1)</script></p>"),
        item(9, id=PublishedId("no iri at all")),
        item(9, id=item(1).id),
        item(9, enclosures=(Enclosure(url="https://x.example/1.mp3", media_type="nonsense"),)),
    ],
)
def test_an_item_at_fault_is_quarantined_and_the_rest_is_published(faulty: Any) -> None:
    checked = render_checked(edition(item(1), faulty, item(2)), now=NOW)
    assert [q.id for q in checked.quarantined] == [faulty.id]
    assert checked.quarantined[0].problems[0].sentence
    assert checked.refused == ()
    assert checked.documents == render_topic(edition(item(1), item(2)))


def test_an_item_that_cannot_be_written_is_quarantined() -> None:
    naive = item(9, updated=datetime(2026, 1, 1))  # noqa: DTZ001  the fault under test
    checked = render_checked(replace(edition(item(1)), items=(item(1), naive)))
    assert [q.id for q in checked.quarantined] == [naive.id]
    assert checked.quarantined[0].problems[0].code == "Unwritable"
    assert len(checked.documents) == 4


def test_an_error_that_no_item_causes_is_a_bug_and_is_raised() -> None:
    with pytest.raises(ValueError, match="timezone"):
        render_checked(replace(edition(), updated=datetime(2026, 1, 1)))  # noqa: DTZ001  the fault under test


@pytest.mark.case("B-11", "B-37")
def test_a_document_at_fault_is_held_back_and_the_others_are_published() -> None:
    checked = render_checked(edition(topic=topic(language="Dutch language")))
    assert [refused.path for refused in checked.refused] == ["space/feed.atom", "space/feed.rss", "space/feed.json"]
    assert {problem.code for problem in checked.refused[1].problems} == {"InvalidLanguage"}
    assert [document.path for document in checked.documents] == ["space/index.html"]


def test_warnings_do_not_hold_anything_back() -> None:
    checked = render_checked(edition(item(1, content="<p><a href='x'>x</a></p>")))
    assert {problem.code for problem in checked.warnings} == {"ContainsRelRef"}
    assert len(checked.documents) == 4


def test_json_that_is_checked_is_the_json_that_is_published() -> None:
    assert json.loads(document("feed.json").body)["items"][0]["id"] == full_item().id
