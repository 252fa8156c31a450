"""``aggregator digests`` as a shell calls it."""

from __future__ import annotations

import json
import shutil
from email import message_from_string
from pathlib import Path

import pytest

from tests.support.commands import Call, caller
from tests.support.digests import room_with_digest, write_feed
from tests.support.instances import item


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom that has read two articles."""
    room = room_with_digest(tmp_path_factory.mktemp("read"))
    write_feed(room, "one", item(1), item(2))
    room.run()
    return room.root


@pytest.fixture
def call(read: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Commands over a copy of it; their clock is the system's."""
    shutil.copytree(read, tmp_path / "copy")
    return caller(tmp_path / "copy", capsys, monkeypatch)


def test_an_issue_goes_from_preview_to_a_dry_run(call: Call) -> None:
    assert call("digests", "list", "--json").document[0]["state"] == "new"
    draft = call("digests", "preview", "letter", "--json").document
    assert {one["rule"] for one in draft["left_out"]} == {"backfill"}
    made = call("digests", "freeze", "letter", "--stored", "--json").document
    assert [(one["number"], one["stories"]) for one in made] == [(1, 2)]
    assert call("digests", "list", "--json").document[0]["issues"] == 1
    sent = call("digests", "send", "letter", "--to", "ann@example.net", "--dry-run", "--json").document
    assert [one["state"] for one in sent] == ["would send"]


def test_a_preview_says_what_is_left_out_and_why(call: Call) -> None:
    shown = call("digests", "preview", "letter")
    assert "Left out: 2" in shown.out
    assert "no news" in shown.out


def test_each_format_stands_alone_on_stdout(call: Call) -> None:
    call("digests", "freeze", "letter", "--stored")
    shown = {
        kind: call("digests", "show", "letter", "-f", kind).out for kind in ("html", "text", "markdown", "json", "eml")
    }
    assert shown["html"].startswith("<!doctype html>")
    assert shown["text"].startswith("The Letter\n")
    assert shown["markdown"].startswith("# The Letter\n")
    assert json.loads(shown["json"])["number"] == 1
    assert message_from_string(shown["eml"]).get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("preview", "lettre"), "did you mean 'letter'"),
        (("show", "letter"), "none yet"),
        (("show", "letter", "--issue", "4"), "no issue 4"),
        (("freeze",), "--due"),
        (("freeze", "letter", "--due"), "--due"),
        (("freeze", "letter"), "--stored"),
    ],
)
def test_a_wrong_call_ends_with_two_and_a_sentence(call: Call, command: tuple[str, ...], words: str) -> None:
    called = call("digests", *command)
    assert called.code == 2
    assert words in called.err
    assert called.out == ""


def test_nothing_due_is_no_failure(call: Call) -> None:
    assert call("digests", "freeze", "--due", "--json").document == []


def test_without_a_server_sending_is_a_wrong_call(call: Call) -> None:
    call("digests", "freeze", "letter", "--stored")
    called = call("digests", "send", "letter", "--to", "ann@example.net")
    assert called.code == 2
    assert "[mail] host" in called.err
