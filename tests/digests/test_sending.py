from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.model.digest import Issue
from aggregator.pipeline.digest_sending import hand_over, send_issue, send_made
from aggregator.pipeline.digests import freeze_digest, make_due
from aggregator.store.access import Facts
from tests.support.digests import DAILY, copy_of, room_with_digest, write_feed
from tests.support.fileserver import Reply
from tests.support.instances import Newsroom, item
from tests.support.mailserver import Mailbox, mail_server
from tests.support.posting import Posted, api_server

READERS = ("ann@example.net", "bea@example.net", "cas@example.net")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as made:
        yield made


def mail_table(port: int, further: str = "") -> str:
    return (
        f'\n[mail]\nhost = "127.0.0.1"\nport = {port}\nstarttls = false\nfrom = "The Desk <desk@example.org>"\n'
        f'unsubscribe = "https://example.org/out?who={{address}}"\ntimeout = 5\n{further}'
    )


@cache
def _with_issue(root: Path) -> Newsroom:
    names = ", ".join(f'"{reader}"' for reader in READERS)
    room = room_with_digest(root, digest=f"{DAILY}send_to = [{names}]\n")
    write_feed(room, "one", item(1), item(2))
    room.run()
    with room.open() as instance:
        freeze_digest(instance, "letter", stored=True)
    return room


def with_issue(root: Path, port: int = 0, further: str = "") -> Newsroom:
    """A newsroom with one frozen issue and three readers."""
    first = _with_issue(root.parent / "frozen")
    table = mail_table(port, further) if port else further
    return copy_of(first, root, config=first.config.read_text("utf-8") + table)


def states(room: Newsroom, *, retry: bool = False) -> list[str]:
    with room.open() as instance:
        return [row["state"] for row in send_issue(instance, "letter", retry_uncertain=retry)]


def issue_state(room: Newsroom) -> str:
    with room.open() as instance:
        record = instance.store.digests.get("letter", 1)
        return record.state if record else ""


def test_each_reader_gets_the_issue_once_however_often_it_is_sent(tmp_path: Path, box: Mailbox) -> None:
    room = with_issue(tmp_path, box.port)
    assert states(room) == ["sent"] * 3
    assert states(room) == ["sent"] * 3
    assert box.recipients == list(READERS)
    assert issue_state(room) == "sent"


def parts(message: EmailMessage) -> list[str]:
    return [part.get_content() for part in message.walk() if not part.is_multipart()]


def test_what_arrives_has_no_defects_and_names_everybody(tmp_path: Path, box: Mailbox) -> None:
    states(with_issue(tmp_path, box.port))
    for address, message in box.arrived:
        assert [part.defects for part in message.walk() if part.defects] == []
        assert message["To"] == address
        assert message["List-Unsubscribe"] == f"<https://example.org/out?who={address}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"] == "<letter.example.org>"
        for text in parts(message):
            assert [name for name in ("Article 1", "Article 2", "Source one") if name not in text] == []


class StoppedError(Exception):
    """The program ends here."""


class FailingFacts(Facts):
    """Facts of a program that is stopped when it notes something for the so-manieth time."""

    left = 0

    def set(self, key: str, value: str) -> None:
        if ":to:" in key:
            self.left -= 1
            if self.left < 0:
                raise StoppedError
        super().set(key, value)


@pytest.mark.parametrize(("notes", "arrived", "after"), [(2, 1, 3), (3, 2, 2), (0, 0, 3), (1, 1, 0)])
def test_a_crash_between_two_readers_sends_nobody_twice(
    tmp_path: Path, box: Mailbox, notes: int, arrived: int, after: int
) -> None:
    room = with_issue(tmp_path, box.port)
    with room.open() as instance:
        facts = FailingFacts(instance.store.database)
        facts.left = notes
        instance.store.facts = facts
        with pytest.raises(StoppedError):
            send_issue(instance, "letter")
    assert len(box.arrived) == arrived
    found = states(room)
    assert len(box.recipients) == len(set(box.recipients))
    assert found.count("uncertain") == notes % 2
    assert states(room, retry=True) == ["sent"] * 3


def test_a_refused_address_is_not_tried_again_and_a_busy_server_is(tmp_path: Path, box: Mailbox) -> None:
    room = with_issue(tmp_path, box.port)
    box.answers = {READERS[0]: "550 No such user", READERS[1]: "451 Try again later"}
    assert states(room) == ["refused", "failed", "sent"]
    assert issue_state(room) == "sending"
    box.answers = {}
    assert sorted(states(room)) == ["refused", "sent", "sent"]
    assert sorted(box.recipients) == sorted(READERS[1:])
    assert issue_state(room) == "sent"


def test_a_server_that_cannot_be_reached_loses_nobody(tmp_path: Path) -> None:
    with mail_server() as box:
        room = with_issue(tmp_path, box.port)
    assert states(room) == ["failed"] * 3


def test_nothing_leaves_over_a_connection_that_ought_to_be_encrypted(tmp_path: Path, box: Mailbox) -> None:
    room = with_issue(tmp_path, box.port)
    room.config.write_text(room.config.read_text("utf-8").replace("starttls = false", "starttls = true"), "utf-8")
    assert states(room) == ["failed"] * 3
    assert box.arrived == []


def test_a_dry_run_sends_nothing_and_notes_nothing(tmp_path: Path, box: Mailbox) -> None:
    room = with_issue(tmp_path, box.port)
    with room.open() as instance:
        rows = send_issue(instance, "letter", to=("Dee <dee@example.net>",), dry_run=True)
    assert [(row["recipient"], row["state"]) for row in rows] == [("Dee <dee@example.net>", "would send")]
    assert box.arrived == []
    assert states(room) == ["sent"] * 3


def test_two_spellings_of_an_address_are_one_reader(tmp_path: Path, box: Mailbox) -> None:
    with with_issue(tmp_path, box.port).open() as instance:
        send_issue(instance, "letter", to=("Ann <ANN@example.net>", "ann@example.net"))
    assert len(box.arrived) == 1


def test_the_daemon_finishes_what_was_cut_short(tmp_path: Path, box: Mailbox) -> None:
    room = with_issue(tmp_path, box.port)
    box.answers = {READERS[2]: "451 Busy"}
    states(room)
    box.answers = {}
    with room.open() as instance:
        send_made(instance, make_due(instance))
        send_made(instance, make_due(instance))
    assert box.recipients == list(READERS)


def test_the_daemon_does_not_mail_what_was_frozen_by_hand(tmp_path: Path, box: Mailbox) -> None:
    with with_issue(tmp_path, box.port).open() as instance:
        send_made(instance, [])
    assert box.arrived == []


def test_without_a_server_or_with_no_address_the_operator_is_told(tmp_path: Path) -> None:
    with with_issue(tmp_path).open() as instance:
        with pytest.raises(UsageError, match="no mail server"):
            send_issue(instance, "letter")
        with pytest.raises(UsageError, match="no mail address"):
            send_issue(instance, "letter", to=("nobody",))
        with pytest.raises(UsageError, match="listmonk is not set up"):
            hand_over(instance, "letter", None, "listmonk")


def tools(url: str) -> str:
    return (
        f'\n[mail.listmonk]\nurl = "{url}"\nusername = "robot"\ntoken = {{ env = "AGG_TEST_TOKEN" }}\nlists = [3]\n'
        f'[mail.buttondown]\nurl = "{url}"\ntoken = {{ env = "AGG_TEST_TOKEN" }}\n'
    )


def handed(room: Newsroom, tool: str) -> str:
    with room.open() as instance:
        return str(hand_over(instance, "letter", None, tool)["state"])


LISTMONK = Reply(body=b'{"data": {"id": 17, "status": "draft"}}', headers={"Content-Type": "application/json"})
BUTTONDOWN = Reply(status=201, body=b'{"id": "em_1", "status": "draft"}', headers={"Content-Type": "application/json"})


def asked(posted: Posted, path: str) -> list[dict[str, object]]:
    return [body for where, _headers, body in posted.requests if where == path]


def test_listmonk_gets_one_campaign_with_its_own_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGG_TEST_TOKEN", "secret")
    with api_server({"/api/campaigns": LISTMONK}) as posted:
        room = with_issue(tmp_path, further=tools(posted.url))
        assert [handed(room, "listmonk"), handed(room, "listmonk")] == ["drafted", "drafted"]
    (body,) = asked(posted, "/api/campaigns")
    assert posted.requests[0][1]["authorization"] == "Basic cm9ib3Q6c2VjcmV0"
    assert body["lists"] == [3]
    assert body["content_type"] == "html"
    assert str(body["body"]).count("{{ UnsubscribeURL }}") == 1
    assert str(body["body"]).count("{{") == 1
    assert "Article 1" in str(body["altbody"])


def test_buttondown_gets_one_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGG_TEST_TOKEN", "secret")
    with api_server({"/v1/emails": BUTTONDOWN}) as posted:
        room = with_issue(tmp_path, further=tools(posted.url))
        assert [handed(room, "buttondown"), handed(room, "buttondown")] == ["drafted", "drafted"]
    (body,) = asked(posted, "/v1/emails")
    assert posted.requests[0][1]["authorization"] == "Token secret"
    assert body["status"] == "draft"
    assert "Article 2" in str(body["body"])


def test_a_tool_that_refuses_may_be_asked_again_and_one_that_breaks_off_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGG_TEST_TOKEN", "secret")
    refusal = Reply(status=403, body=b'{"message": "invalid API credentials"}')
    with api_server({"/api/campaigns": refusal, "/v1/emails": Reply(body=b"oops", promised=999)}) as posted:
        room = with_issue(tmp_path, further=tools(posted.url))
        assert handed(room, "listmonk") == "failed"
        posted.replies["/api/campaigns"] = LISTMONK
        assert handed(room, "listmonk") == "drafted"
        assert handed(room, "buttondown") == "uncertain"
        posted.replies["/v1/emails"] = BUTTONDOWN
        assert handed(room, "buttondown") == "uncertain"


def test_no_words_of_a_story_run_as_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGG_TEST_TOKEN", "secret")
    with api_server({"/api/campaigns": LISTMONK, "/v1/emails": BUTTONDOWN}) as posted:
        room = room_with_digest(tmp_path, more=tools(posted.url))
        write_feed(room, "one", item(1, title="{{ .Subscriber.Email }} {% now %}"))
        room.run()
        with room.open() as instance:
            made: Issue = freeze_digest(instance, "letter", stored=True)
        assert made.items[0].item.title.startswith("{{")
        assert [handed(room, tool) for tool in ("listmonk", "buttondown")] == ["drafted", "drafted"]
    for body in (*asked(posted, "/api/campaigns"), *asked(posted, "/v1/emails")):
        for key in ("body", "altbody", "subject"):
            text = str(body.get(key, "")).replace("{{ UnsubscribeURL }}", "")
            assert "{{" not in text
            assert "{%" not in text
