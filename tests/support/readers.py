"""Real feed readers, each with a folder of its own: subscribed to one address, asked to look again, and read out."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import quoteattr

import pytest


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An item as a reader has kept it."""

    id: str
    title: str
    url: str
    author: str
    when: int
    """Seconds since 1970."""
    content: str


class Reader(Protocol):
    """A reader with a subscription."""

    def reload(self) -> list[Seen]:
        """Look for what is new; everything that is kept or was delivered then."""


def installed(*programs: str) -> str:
    """Where the first of these programs is; skips the test where any is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return str(shutil.which(programs[0]))


def _run(command: list[str], **environment: str) -> str:
    """Runs a program in an environment of its own; its output."""
    own = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, env=own, check=False, timeout=90, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


class Newsboat:
    def __init__(self, folder: Path, url: str) -> None:
        self._program, self._folder = installed("newsboat"), folder
        (folder / "urls").write_text(f"{url}\n", "utf-8")
        (folder / "config").write_text("show-read-feeds yes\n", "utf-8")

    def reload(self) -> list[Seen]:
        names = {"u": "urls", "c": "cache.db", "C": "config"}
        options = [part for letter, name in names.items() for part in (f"-{letter}", str(self._folder / name))]
        _run([self._program, *options, "-x", "reload"], HOME=str(self._folder))
        with closing(sqlite3.connect(self._folder / "cache.db")) as cache:
            rows = cache.execute("select guid, title, url, author, pubDate, content from rss_item where deleted = 0")
            names_of = ("id", "title", "url", "author", "when", "content")
            return [Seen(**dict(zip(names_of, row, strict=True))) for row in rows]


class Sfeed:
    """sfeed_update with curl, as its manual has it; a changed title or text would be a further line of the same id."""

    def __init__(self, folder: Path, url: str) -> None:
        self._program, self._folder = installed("sfeed_update", "curl"), folder
        text = f'sfeedpath="{folder}/feeds"\nfeeds() {{\n\tfeed "all" "{url}"\n}}\n'
        (folder / "sfeedrc").write_text(text, "utf-8")

    def reload(self) -> list[Seen]:
        _run([self._program, str(self._folder / "sfeedrc")], HOME=str(self._folder))
        lines = (self._folder / "feeds/all").read_text("utf-8").splitlines()
        return list({one.id: one for one in (self._seen(line.split("\t")) for line in lines)}.values())

    @staticmethod
    def _seen(fields: list[str]) -> Seen:
        when, title, link, content, _kind, identifier, author, *_ = fields
        return Seen(id=identifier, title=title, url=link, author=author, when=int(when), content=content)


class Rss2email:
    """r2e into a folder of mails: what was delivered, not what is kept."""

    CONFIG = """[DEFAULT]
from = r2e@example.net
to = ann@example.net
email-protocol = maildir
maildir-path = {folder}/mail
maildir-mailbox = inbox
html-mail = True
date-header = True
trust-guid = True
"""

    def __init__(self, folder: Path, url: str) -> None:
        self._program, self._folder = installed("r2e"), folder
        for name in ("cur", "new", "tmp"):
            (folder / "mail" / name).mkdir(parents=True)
        (folder / "config").write_text(self.CONFIG.format(folder=folder), "utf-8")
        self._r2e("add", "all", url)

    def _r2e(self, *command: str) -> None:
        _run(
            [self._program, "-c", str(self._folder / "config"), "-d", str(self._folder / "data.json"), *command],
            HOME=str(self._folder),
        )

    def reload(self) -> list[Seen]:
        self._r2e("run")
        return [self._seen(place.read_bytes()) for place in sorted((self._folder / "mail/inbox/new").iterdir())]

    @staticmethod
    def _seen(mail: bytes) -> Seen:
        message = message_from_bytes(mail, policy=default)
        assert isinstance(message, EmailMessage)
        return Seen(
            id=message["X-RSS-ID"],
            title=message["Subject"],
            url=message["X-RSS-URL"],
            author=str(message["From"]),
            when=int(parsedate_to_datetime(message["Date"]).timestamp()),
            content=message.get_content(),
        )


class PythonReader:
    """The library `reader`, in a process of its own."""

    SCRIPT = """
import json, sys, reader
found = reader.make_reader(sys.argv[1])
found.add_feed(sys.argv[2], exist_ok=True)
found.update_feeds(scheduled=False)
keep = lambda one: {"id": one.id, "title": one.title, "url": one.link, "author": one.author or "",
                    "when": int(one.published.timestamp()), "content": one.get_content().value}
print(json.dumps([keep(one) for one in found.get_entries()]))
"""

    def __init__(self, folder: Path, url: str) -> None:
        pytest.importorskip("reader", exc_type=ImportError)
        self._folder, self._url = folder, url

    def reload(self) -> list[Seen]:
        command = [sys.executable, "-c", self.SCRIPT, str(self._folder / "reader.db"), self._url]
        return [Seen(**one) for one in json.loads(_run(command, HOME=str(self._folder)))]


class NodeRssParser:
    """rss-parser under Node: a parser without a memory, so that each look brings the whole document."""

    SCRIPT = """
const Parser = require('rss-parser');
new Parser({customFields: {item: ['dc:creator']}}).parseURL(process.argv[1]).then(feed => console.log(JSON.stringify(
  feed.items.map(one => ({id: one.guid || one.id, title: one.title, url: one.link, author: one.creator || one.author,
    when: Date.parse(one.isoDate) / 1000, content: one['content:encoded'] || one.content})))));
"""
    MODULES = Path(sys.prefix) / "node/node_modules"

    def __init__(self, folder: Path, url: str) -> None:
        del folder
        self._program, self._url = installed("node"), url
        if not (self.MODULES / "rss-parser").is_dir():
            pytest.skip("rss-parser is not installed in .venv/node")

    def reload(self) -> list[Seen]:
        return [
            Seen(**one)
            for one in json.loads(_run([self._program, "-e", self.SCRIPT, self._url], NODE_PATH=str(self.MODULES)))
        ]


_REFRESH = (
    "gdbus call --session --dest org.gnome.feed.Reader --object-path /org/gnome/feed/Reader"
    " --method org.gnome.feed.Reader.Refresh >/dev/null 2>&1"
)
_UNTIL_DONE = (
    f"for i in $(seq 100); do {_REFRESH} && break; sleep 0.2; done; sleep 3; {_REFRESH}; sleep 2; kill %1; wait; true"
)
"""Shell: refresh as soon as the program answers, give it the time to store what it got, refresh again, and end it."""


class Liferea:
    """Liferea on a virtual screen, told over D-Bus to refresh."""

    LIST = """<?xml version="1.0"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
<outline title="all" text="all" type="{kind}" xmlUrl={url} id="topic" updateInterval="-1"/>
</body></opml>
"""

    def __init__(self, folder: Path, url: str) -> None:
        installed("liferea", "Xvfb", "dbus-run-session", "gdbus")
        self._folder = folder
        (folder / "config/liferea").mkdir(parents=True)
        subscribed = self.LIST.format(kind="atom" if url.endswith("atom") else "rss", url=quoteattr(url))
        (folder / "config/liferea/feedlist.opml").write_text(subscribed, "utf-8")

    def reload(self) -> list[Seen]:
        with _screen(self._folder) as display:
            script = f"liferea -w hidden >{self._folder}/log 2>&1 & {_UNTIL_DONE}"
            _run(["dbus-run-session", "--", "bash", "-c", script], **self._environment(display))
        return self._kept()

    def _environment(self, display: str) -> dict[str, str]:
        places = {f"XDG_{name}_HOME": str(self._folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
        switches = {
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # a test runs as root, which the sandbox refuses
        }
        return {"HOME": str(self._folder), "DISPLAY": display, **places, **switches}

    def _kept(self) -> list[Seen]:
        author = "(select value from metadata m where m.item_id = i.item_id and m.key in ('author', 'creator'))"
        query = f"select source_id, title, source, coalesce({author}, ''), date, description from items i"
        with closing(sqlite3.connect(self._folder / "data/liferea/liferea.db")) as kept:
            names = ("id", "title", "url", "author", "when", "content")
            return [Seen(**dict(zip(names, row, strict=True))) for row in kept.execute(query)]


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    """A virtual screen on a number that it finds itself."""
    reading, writing = os.pipe()
    with (folder / "screen").open("w") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x600x24"], pass_fds=[writing], stderr=log
        )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


READERS: Mapping[str, Callable[[Path, str], Reader]] = {
    "newsboat": Newsboat,
    "sfeed": Sfeed,
    "rss2email": Rss2email,
    "reader": PythonReader,
    "rss-parser": NodeRssParser,
    "liferea": Liferea,
}
