"""No url that anybody writes makes the program knock at a private address, whichever way the url comes in (P-65)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.model.ids import SourceId
from aggregator.pipeline import history
from aggregator.pipeline.sources import show_source
from aggregator.pipeline.subscribe import add_source, discover_feeds
from aggregator.pipeline.websub import keep_subscriptions
from tests.support.fileserver import Reply, Site, serving
from tests.support.instances import BASE, Newsroom, item, newsroom, rss

OPEN = "127.0.0.2"
"""The one address that may be asked here: the site of a publisher who means ill."""
LAB = BASE.replace("127.0.0.0/8", f"{OPEN}/32").replace("feeds.example.org", "feeds.example.com")
FORMS = (
    *(
        "127.0.0.1",
        "localhost.",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0",
    ),
    *("[::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"),
)
REFUSED = frozenset({"private-address", "bad-url"})
"""A form that is no address of any kind is refused as a url."""
every_form = pytest.mark.parametrize("form", FORMS)
pytestmark = [pytest.mark.case("P-65"), pytest.mark.slow]


@dataclass
class Scene:
    """The publisher's site, what it would like to reach, and our instance."""

    outside: Site
    inside: Site
    room: Newsroom

    def url(self, form: str) -> str:
        port = self.inside.url.rpartition(":")[2]
        return f"http://{form}:{port}/secret"

    def lead_to(self, form: str, path: str) -> str:
        """A url of the publisher's that redirects to the form."""
        self.outside.replies[path] = Reply(status=302, headers={"Location": self.url(form)})
        return f"{self.outside.url}{path}"


@contextmanager
def scene(root: Path, url: str = "", more: str = "") -> Iterator[Scene]:
    with serving(host=OPEN) as outside, serving({"/secret": rss(item(1))}) as inside:
        made = Scene(outside, inside, newsroom(root, [], base=LAB))
        source = f'[[source]]\nid = "s"\nurl = "{url or f"{outside.url}/feed"}"\n{more}\n'
        with made.room.config.open("a", encoding="utf-8") as config:
            config.write(source.replace("PORT", inside.url.rpartition(":")[2]))
        yield made
        assert inside.requests == [], "it was asked"


def outcome(desk: Newsroom) -> tuple[str, str]:
    """How the poll of the one source ended."""
    desk.run()
    with desk.open() as instance:
        state = instance.store.states.get(SourceId("s"))
    assert state is not None
    return state.last_outcome, state.last_message


@every_form
def test_a_source_at_a_private_address_is_not_asked(tmp_path: Path, form: str) -> None:
    with scene(tmp_path, f"http://{form}:PORT/secret") as made:
        reason, message = outcome(made.room)
        assert reason in REFUSED, message


@every_form
def test_a_redirect_to_a_private_address_is_not_followed(tmp_path: Path, form: str) -> None:
    with scene(tmp_path) as made:
        made.lead_to(form, "/feed")
        reason, message = outcome(made.room)
        assert reason in REFUSED, message
        assert made.outside.statuses("/feed") == [302]


@every_form
def test_an_archive_at_a_private_address_is_not_read(tmp_path: Path, form: str) -> None:
    with scene(tmp_path, more="history = true") as made:
        archive = made.lead_to(form, "/archive")
        space = 'xmlns="http://www.w3.org/2005/Atom"'
        made.outside.documents["/feed"] = (
            f"<feed {space}><id>urn:x</id><title>t</title><updated>2026-03-01T00:00:00Z</updated>"
            f'<link rel="prev-archive" href="{archive}"/><entry><id>urn:1</id><title>One</title>'
            f"<updated>2026-03-01T00:00:00Z</updated></entry></feed>"
        ).encode()
        assert outcome(made.room)[0] == "fetched"
        with made.room.open() as instance:
            asyncio.run(history.walk(instance))
            assert made.outside.statuses("/archive") == [302]
            assert instance.store.articles.counts() == {"s": 1}


@every_form
@pytest.mark.parametrize("way", ["direct", "redirect"])
def test_a_hub_at_a_private_address_gets_no_subscription(tmp_path: Path, form: str, way: str) -> None:
    with scene(tmp_path, more="websub = true") as made:
        made.room.config.write_text(
            made.room.config.read_text("utf-8").replace("http://feeds", "https://feeds"), "utf-8"
        )
        hub = made.url(form) if way == "direct" else made.lead_to(form, "/hub")
        made.outside.documents["/feed"] = rss(item(1))
        link = f'<{hub}>; rel="hub", <{made.outside.url}/feed>; rel="self"'
        made.outside.replies["/feed"] = Reply(body=rss(item(1)), headers={"Link": link})
        assert outcome(made.room)[0] == "fetched"
        with made.room.open() as instance:
            asyncio.run(keep_subscriptions(instance))
            told = show_source(instance, "s")["hub"]
        assert told is None or told["state"] != "active"


@every_form
@pytest.mark.parametrize("way", ["direct", "redirect", "link"])
def test_finding_feeds_does_not_look_at_private_addresses(tmp_path: Path, form: str, way: str) -> None:
    with scene(tmp_path) as made, made.room.open() as instance:
        page = f'<html><head><link rel="alternate" type="application/rss+xml" href="{made.url(form)}"></head></html>'
        made.outside.documents["/page"] = page.encode()
        made.outside.types["/page"] = "text/html"
        starts = {"direct": made.url(form), "redirect": made.lead_to(form, "/go"), "link": f"{made.outside.url}/page"}
        ask = partial(add_source, source_id=None, title=None, tags=()) if way == "link" else discover_feeds
        with pytest.raises(UsageError, match=r"address|url cannot be read"):
            ask(instance, starts[way])
