from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest

from aggregator.model.config import MailSettings
from aggregator.model.ids import ArticleId
from aggregator.publish import digest
from aggregator.publish.check_mail import check_mail
from aggregator.publish.digest_feed import feed_edition, render_archive, render_issue
from aggregator.publish.digest_html import CLIP, write_mail
from aggregator.publish.digest_json import write_json
from aggregator.publish.digest_text import WIDTH, write_markdown, write_text
from aggregator.publish.mail import issue_message
from aggregator.publish.validate import check_document, render_checked
from tests.support.digests import UNTIL, issue, long_issue
from tests.support.editions import full_item, item, site

CREDITS = ("Jan de Vries", "Maanpost", "CC BY 4.0", "CC BY 2.0", "The Moon tonight by Alice Lens", "Moonwire")
MAIL = MailSettings(host="mail.example.org", sender="The Desk <desk@example.org>")


class Words(HTMLParser):
    """What a person reads with images off: the texts, and the words that stand for images."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "img" and name == "alt"]


def seen(html: str) -> str:
    words = Words()
    words.feed(html)
    return " ".join(" ".join(words.found).split())


def test_the_mail_keeps_to_what_every_mail_reader_shows() -> None:
    assert check_mail(write_mail(issue())) == ()
    assert check_mail(write_mail(long_issue(12), "https://list.example.org/out")) == ()


@pytest.mark.parametrize("writer", [write_mail, write_text, write_markdown, lambda made: write_json(made).decode()])
def test_every_format_names_everybody(writer: object) -> None:
    assert callable(writer)
    text = writer(issue()).replace("\\", "").replace("\n  ", " ")
    assert [name for name in CREDITS if name not in text] == []


def test_with_images_off_their_words_stand_in_the_mail() -> None:
    assert "The moon over the dunes" in seen(write_mail(issue()))


def test_a_mail_is_never_cut_off_by_gmail_and_says_how_much_is_left() -> None:
    made = long_issue(90)
    html = write_mail(made)
    shown = html.count("<h3")
    assert 20 < shown < 90
    assert len(html.encode()) <= CLIP
    assert f"{90 - shown} more stories on the web" in html
    assert digest.url(made) in html
    assert check_mail(html) == ()


def test_one_more_story_would_not_fit() -> None:
    shown = write_mail(long_issue(90)).count("<h3")
    assert write_mail(long_issue(shown)).count("<h3") == shown


def test_a_title_that_looks_like_markup_is_only_words() -> None:
    title = "<script>alert(1)</script> & <b>bold</b>"
    html = write_mail(issue(item(1, title=title)))
    assert "<script" not in html
    assert title in seen(html)


def test_the_text_fits_a_terminal_except_for_addresses() -> None:
    lines = write_text(issue()).splitlines()
    assert [line for line in lines if len(line) > WIDTH and "https://" not in line] == []


def test_the_text_spells_the_licences_out() -> None:
    assert "(https://creativecommons.org/licenses/by/4.0/)" in " ".join(write_text(issue()).split())


def test_markdown_takes_no_title_for_markup() -> None:
    text = write_markdown(issue(item(1, title="1 * 2 * 3 [x](y) <b>")))
    assert r"1 \* 2 \* 3 \[x\](y) \<b\>" in text


def test_json_holds_each_storys_attribution() -> None:
    found = json.loads(write_json(issue()))
    first = found["sections"][0]["items"][0]
    assert found["number"] == 3
    assert found["id"] == "tag:feeds.example.org,2026-01-01:digests/letter/3"
    assert first["_attribution"]["licence"]["id"] == "CC-BY-4.0"
    assert first["topic"] == "space"


def test_a_message_parses_without_defects_and_says_the_same_in_both_parts() -> None:
    message = message_from_bytes(issue_message(issue(), MAIL, "Ann <ann@example.net>").as_bytes(), policy=default)
    assert [part.defects for part in message.walk() if part.defects] == []
    assert message.get_content_type() == "multipart/alternative"
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    shown = text.get_content().replace("\n  ", " ")
    assert [name for name in CREDITS if name not in shown or name not in html.get_content()] == []


@pytest.mark.parametrize(
    ("unsubscribe", "header", "one_click"),
    [
        ("https://l.example.org/out?a={address}", "<https://l.example.org/out?a=ann%2Bnews@example.net>", True),
        ("", "<mailto:desk@example.org?subject=unsubscribe%20letter>", False),
    ],
)
def test_a_reader_can_leave(unsubscribe: str, header: str, one_click: bool) -> None:
    message = issue_message(issue(), replace(MAIL, unsubscribe=unsubscribe), "ann+news@example.net")
    assert message["List-Unsubscribe"] == header
    assert (message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is one_click
    assert header.strip("<>").partition("?")[0] in str(message.get_body(("html",)))


def test_no_title_can_add_a_header() -> None:
    message = issue_message(issue(item(1, title="News\r\nBcc: all@example.com")), MAIL, "ann@example.net")
    assert message["Bcc"] is None
    assert message["Subject"] == "The Letter: News Bcc: all@example.com"


def test_equal_issues_give_equal_bytes() -> None:
    assert (
        issue_message(issue(), MAIL, "a@b.example").as_bytes() == issue_message(issue(), MAIL, "a@b.example").as_bytes()
    )
    assert render_issue(issue()) == render_issue(issue())


def test_a_withdrawn_story_is_gone_from_every_format_and_said_to_be() -> None:
    made = digest.without(issue(), {ArticleId("a1"), ArticleId("b1")})
    assert made.withdrawn == 1
    for document in render_issue(made):
        assert b"The summary of article 1." not in document.body
        assert b"moonwire.example.com/copy" not in document.body
    assert "Taken down since: 1" in write_text(made)


def test_the_pages_pass_the_gate() -> None:
    documents = render_issue(issue())
    assert [(one.path, check_document(one)) for one in documents if check_document(one)] == []
    assert {one.path for one in documents} == {
        f"digests/letter/3/{name}" for name in ("index.html", "mail.html", "issue.txt", "issue.md", "issue.json")
    }


@pytest.mark.case("B-34", "B-35", "C-07")
def test_the_issue_feed_has_one_valid_item_for_each_issue() -> None:
    issues = [issue(number=number, frozen_at=UNTIL + timedelta(days=number)) for number in (3, 2, 1)]
    edition = feed_edition(site(), "letter", "The Letter", "en", issues, {2: UNTIL + timedelta(days=9)})
    checked = render_checked(edition, now=UNTIL + timedelta(days=20))
    assert checked.refused == ()
    assert checked.quarantined == ()
    assert {one.path for one in checked.documents} == {
        f"digests/letter/feed.{kind}" for kind in ("atom", "rss", "json")
    }
    feed = json.loads(next(one.body for one in checked.documents if one.path.endswith("json")))
    assert [one["url"] for one in feed["items"]] == [
        f"https://feeds.example.org/digests/letter/{n}/" for n in (3, 2, 1)
    ]
    assert feed["items"][1]["date_modified"] > feed["items"][1]["date_published"]
    assert "Jan de Vries" in feed["items"][0]["content_html"]


def test_the_archive_names_each_issue() -> None:
    issues = [issue(number=number) for number in (2, 1)]
    page = render_archive(feed_edition(site(), "letter", "The Letter", "en", issues, {}), issues).body.decode()
    assert "Issue 2 · 2 March 2026" in page
    assert "https://feeds.example.org/digests/letter/1/" in page


@pytest.mark.parametrize(("language", "line"), [("nl", "Nummer 3 · 2 maart 2026"), ("de", "Ausgabe 3 · 2. März 2026")])
def test_an_issue_speaks_its_own_language(language: str, line: str) -> None:
    html = write_mail(issue(language=language))
    assert line in html
    assert f'<html lang="{language}"' in html


def test_a_preview_has_no_address() -> None:
    assert digest.url(issue(number=0)) == ""
    assert digest.url(issue(public=False)) == ""
    assert "digests/letter" not in write_mail(issue(number=0))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("<link rel=stylesheet href=x>", "Element"),
        ('<img src="https://a.example/b.png" width="5">', "Alt"),
        ('<img src="data:image/png;base64,x" alt="x" width="5">', "Source"),
        ('<p style="display: flex">x</p>', "Style"),
        ("<table><tr><td>x</td></tr></table>", "Table"),
        ('<a href="/relative">x</a>', "Link"),
        ('<a href="https://a.example/"></a>', "Link"),
        ('<p onclick="x()">x</p>', "Script"),
        ("<h1>two</h1>", "Heading"),
        ("<p>" + "x" * CLIP + "</p>", "Clipped"),
    ],
)
def test_the_lint_finds_each_fault(fault: str, code: str) -> None:
    broken = write_mail(issue()).replace("</body>", f"{fault}</body>")
    assert code in {problem.code for problem in check_mail(broken)}


def test_full_items_hold_what_the_tests_look_for() -> None:
    assert full_item().also
