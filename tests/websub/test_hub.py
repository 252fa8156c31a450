"""Our own hub and the pings to others, with subscribers and hubs on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from aggregator.pipeline.addresses import path_of
from aggregator.pipeline.hub import Announcer
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.run import Job
from aggregator.publish import document
from aggregator.publish.document import Document
from aggregator.publish.sink import FolderSink
from aggregator.store.records import Subscriber
from aggregator.text.media_types import media_type
from aggregator.web.websub import WebSub
from tests.support.asgi import Reply
from tests.support.hub import FakeHub, call, form_of, signature
from tests.support.instances import BASE, START, Newsroom, item, newsroom, rss
from tests.support.server import Answer, ScriptedServer, Seen, answer

pytestmark = pytest.mark.anyio
SITE = "https://feeds.example.org"
HUB = f"{SITE}/websub/hub"
TOPIC = f"{SITE}/all/feed.atom"
DAY = 86_400


class Callbacks(ScriptedServer):
    """Subscribers: each path confirms what it is asked to verify, unless it is scripted."""

    def _next(self, path: str) -> Answer:
        query = parse_qs(urlsplit(path).query)
        scripted = self._answers.get(urlsplit(path).path)
        if scripted:
            return scripted.pop(0) if len(scripted) > 1 else scripted[0]
        return answer(200, query.get("hub.challenge", [""])[0].encode())

    def at(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if urlsplit(seen.path).path == path]

    def posts(self, path: str = "/cb") -> list[Seen]:
        return [seen for seen in self.at(path) if seen.line.startswith("POST")]


@dataclass
class Publisher:
    """A published site with its hub, and a server on which subscribers are called back."""

    room: Newsroom
    instance: Instance
    server: Callbacks

    def __post_init__(self) -> None:
        self.app = WebSub(self.instance)
        self.announcer = Announcer(self.instance)

    def publish(self, version: int, folder: str = "all") -> None:
        """Put documents of this version into the output, as a build does."""
        self.room.clock.go_on(minutes=2)
        names = {"feed.atom": document.ATOM, "feed.rss": document.RSS, "feed.json": document.JSON_FEED}
        made = [
            Document(path=f"{folder}/{name}", media_type=kind, body=f"{name} {version}".encode(), updated=START)
            for name, kind in names.items()
        ]
        FolderSink(self.room.output, flush=False).write(made)

    async def ask(self, **changed: str | None) -> Reply:
        """Post a request to the hub, and wait until it has been verified or not."""
        fields: dict[str, str | None] = {
            "hub.mode": "subscribe",
            "hub.topic": TOPIC,
            "hub.callback": self.server.url("/cb?x=1&y=a%20b"),
        }
        fields |= {f"hub.{name}": value for name, value in changed.items()}
        form = urlencode({name: value for name, value in fields.items() if value is not None}).encode()
        reply = await call(self.app, HUB, method="POST", body=form, content_type="application/x-www-form-urlencoded")
        await self.app.hub.idle()
        return reply

    def subscribers(self, topic: str = TOPIC) -> tuple[Subscriber, ...]:
        return self.instance.store.subscribers.of_topic(topic, self.room.clock.now)

    def document(self, name: str = "feed.atom") -> bytes:
        return (self.room.output / "all" / name).read_bytes()


@asynccontextmanager
async def publisher(root: Path, *, hubs: str = f'"{HUB}"') -> AsyncIterator[Publisher]:
    base = BASE.replace("[storage]", f"hubs = [{hubs}]\n[storage]")
    async with Callbacks() as server:
        room = newsroom(root, [], base=base)
        with room.open() as instance:
            made = Publisher(room, instance, server)
            made.publish(1)
            yield made


@pytest.mark.case("B-41")
async def test_a_subscription_is_accepted_at_once_and_verified_with_a_random_challenge(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        assert (await it.ask(unknown="ignored")).status == 202
        await it.ask()
        first, second = (parse_qs(urlsplit(seen.path).query) for seen in it.server.seen)
        assert (first["x"], first["y"]) == (["1"], ["a b"]), "the callback's own query is kept"
        assert (first["hub.mode"], first["hub.topic"]) == (["subscribe"], [TOPIC])
        assert first["hub.lease_seconds"] == [str(10 * DAY)]
        assert first["hub.challenge"] != second["hub.challenge"]
        (subscriber,) = it.subscribers()
        assert (subscriber.lease_until - it.room.clock.now).total_seconds() == 10 * DAY


@pytest.mark.case("B-41")
@pytest.mark.parametrize(("asked", "granted"), [("1", 3600), ("7200", 7200), ("999999999", 30 * DAY), ("x", 10 * DAY)])
async def test_leases_are_kept_within_bounds(tmp_path: Path, asked: str, granted: int) -> None:
    async with publisher(tmp_path) as it:
        await it.ask(lease_seconds=asked)
        (subscriber,) = it.subscribers()
        assert (subscriber.lease_until - it.room.clock.now).total_seconds() == granted
        it.room.clock.go_on(seconds=granted)
        it.publish(2)
        assert await it.announcer.tell() == 0
        assert it.instance.store.subscribers.get(TOPIC, subscriber.callback) is None


@pytest.mark.case("B-41")
@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "dance"},
        {"mode": None},
        {"topic": f"{SITE}/other/feed.atom"},
        {"topic": "https://elsewhere.example/feed"},
        {"callback": None},
        {"callback": "ftp://a.example/"},
        {"callback": "https://user:word@a.example/"},
        {"callback": "https://a.example/\r\nX: 1"},
        {"secret": "s" * 200},
    ],
)
async def test_what_is_not_ours_or_cannot_be_called_is_refused(tmp_path: Path, changed: dict[str, str | None]) -> None:
    async with publisher(tmp_path) as it:
        assert (await it.ask(**changed)).status == 400
        assert it.server.seen == []


@pytest.mark.case("B-41", "P-65")
@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]", "0x0a000001", "167772161", "[fd00::1]", "0.0.0.0"]
)
async def test_a_callback_inside_somebodys_network_is_never_called(tmp_path: Path, address: str) -> None:
    async with publisher(tmp_path) as it:
        assert (await it.ask(callback=f"http://{address}:{it.server.port}/cb")).status == 202
        assert it.subscribers() == ()
        assert it.server.seen == []


@pytest.mark.case("B-41")
@pytest.mark.parametrize("said", [answer(404), answer(200, b"wrong"), answer(307, b"", ("Location", "/other"))])
async def test_who_does_not_confirm_is_not_subscribed(tmp_path: Path, said: Answer) -> None:
    async with publisher(tmp_path) as it:
        it.server.on("/cb", said)
        await it.ask()
        assert it.subscribers() == ()
        assert it.server.at("/other") == [], "callbacks are not followed elsewhere"


@pytest.mark.case("B-41")
async def test_a_change_is_delivered_once_whole_typed_linked_and_signed(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        await it.ask(secret="s3cret")
        await it.announcer.tell()
        assert it.server.posts() == [], "they have seen this version"
        it.publish(2)
        await it.announcer.tell()
        await it.announcer.tell()
        (post,) = it.server.posts()
        body = post.raw.split(b"\r\n\r\n", 1)[1]
        assert body == it.document()
        assert post.path == "/cb?x=1&y=a%20b"
        assert post.headers["content-type"] == media_type("all/feed.atom")
        assert post.headers["link"] == f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'
        assert post.headers["x-hub-signature"] == signature("s3cret", body)


@pytest.mark.case("B-41")
@pytest.mark.parametrize("name", ["feed.rss", "feed.json"])
async def test_each_format_is_delivered_as_what_it_is(tmp_path: Path, name: str) -> None:
    async with publisher(tmp_path) as it:
        await it.ask(topic=f"{SITE}/all/{name}")
        it.publish(2)
        await it.announcer.tell()
        (post,) = it.server.posts()
        assert post.headers["content-type"] == media_type(f"all/{name}")
        assert post.raw.split(b"\r\n\r\n", 1)[1] == it.document(name)
        assert "x-hub-signature" not in post.headers


@pytest.mark.case("B-41")
async def test_a_failed_delivery_is_tried_again_later_and_later_until_the_lease_ends(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        await it.ask()
        it.server.on("/cb", answer(500))
        it.publish(2)
        await it.announcer.tell()
        await it.announcer.tell()
        assert len(it.server.posts()) == 1, "not before its time"
        it.room.clock.go_on(seconds=60)
        await it.announcer.tell()
        it.room.clock.go_on(seconds=60)
        await it.announcer.tell()
        assert len(it.server.posts()) == 2, "the second wait is longer"
        it.room.clock.go_on(days=9)
        it.server.on("/cb", answer(204))
        await it.announcer.tell()
        assert len(it.server.posts()) == 3
        (subscriber,) = it.subscribers()
        assert (subscriber.failures, subscriber.retry_at) == (0, None)


@pytest.mark.case("B-41")
async def test_a_renewal_does_not_swallow_what_is_still_to_be_delivered(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        await it.ask()
        it.publish(2)
        it.room.clock.go_on(days=5)
        await it.ask()
        (subscriber,) = it.subscribers()
        assert (subscriber.lease_until - it.room.clock.now).days == 10
        await it.announcer.tell()
        assert len(it.server.posts()) == 1


@pytest.mark.case("B-41")
async def test_a_subscriber_that_is_gone_or_leaves_is_forgotten(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        await it.ask()
        await it.ask(callback=it.server.url("/gone"))
        assert len(it.subscribers()) == 2
        assert (await it.ask(mode="unsubscribe")).status == 202
        assert [urlsplit(one.callback).path for one in it.subscribers()] == ["/gone"]
        it.server.on("/gone", answer(410))
        it.publish(2)
        await it.announcer.tell()
        assert it.subscribers() == ()


@pytest.mark.case("B-41")
async def test_nobody_is_unsubscribed_by_somebody_else(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        await it.ask()
        it.server.on("/cb", answer(404))
        await it.ask(mode="unsubscribe")
        assert len(it.subscribers()) == 1


@pytest.mark.case("B-41")
async def test_one_host_cannot_be_flooded_with_verifications(tmp_path: Path) -> None:
    async with publisher(tmp_path) as it:
        replies = [await it.ask(callback=it.server.url(f"/cb{number}")) for number in range(61)]
        assert {reply.status for reply in replies[:60]} == {202}
        assert replies[60].status == 429
        assert int(replies[60]["retry-after"]) > 0
        assert len(it.server.seen) == 60


async def test_there_is_no_hub_where_the_site_does_not_name_it(tmp_path: Path) -> None:
    async with publisher(tmp_path, hubs="") as it:
        assert (await it.ask()).status == 404
        assert await it.announcer.tell() == 0


@pytest.mark.case("B-40")
async def test_a_hub_is_told_of_each_changed_document_once_and_sees_the_new_version(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        hub = FakeHub(server)
        async with publisher(tmp_path, hubs=f'"{hub.url}"') as it:
            await it.announcer.tell()
            names = [f"{SITE}/all/feed.{kind}" for kind in ("atom", "json", "rss")]
            assert sorted(form["hub.url"] for form in hub.forms) == names
            assert {(form["hub.mode"], form["hub.topic"] == form["hub.url"]) for form in hub.forms} == {
                ("publish", True)
            }
            it.publish(1)
            assert await it.announcer.tell() == 0, "nothing has changed"
            it.publish(2)
            assert await it.announcer.tell() == 3
            assert await Announcer(it.instance).tell() == 0, "nor does a new process repeat itself"


@pytest.mark.case("B-40")
async def test_what_is_told_can_be_read_already(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        hub = FakeHub(server)
        base = BASE.replace("[storage]", f'hubs = ["{hub.url}"]\n[storage]')
        room = newsroom(tmp_path, [("a", "feeds/a.xml")], base=base)
        (tmp_path / "feeds" / "a.xml").write_bytes(rss(item(1)))
        with room.open() as instance:
            await Job(instance).run()
            assert hub.forms == [], "no build waits for a hub"
            await Announcer(instance).tell()
            assert f"{SITE}/all/feed.json" in [form["hub.url"] for form in hub.forms]
            assert room.feed()["items"][0]["title"] == "Article 1"


@pytest.mark.case("B-40")
async def test_a_ping_that_fails_is_sent_again_also_by_the_next_process(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        hub = FakeHub(server)
        server.on("/hub", answer(503))
        async with publisher(tmp_path, hubs=f'"{hub.url}"') as it:
            assert await it.announcer.tell() == 3
            assert await it.announcer.tell() == 0
            server.on("/hub", answer(204))
            it.room.clock.go_on(seconds=61)
            assert await Announcer(it.instance).tell() == 3
            it.room.clock.go_on(days=1)
            assert await Announcer(it.instance).tell() == 0
            assert len(hub.forms) == 6


@pytest.mark.case("B-40")
async def test_a_change_takes_the_place_of_a_ping_that_waits(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        server.on("/hub", answer(503))
        async with publisher(tmp_path, hubs=f'"{server.url("/hub")}"') as it:
            assert await it.announcer.tell() == 3
            it.publish(2)
            assert await it.announcer.tell() == 3


@pytest.mark.case("B-40")
async def test_a_hub_that_never_answers_is_given_up_until_the_next_change(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        server.on("/hub", answer(500))
        async with publisher(tmp_path, hubs=f'"{server.url("/hub")}"') as it:
            rounds = 0
            while await it.announcer.tell():
                rounds += 1
                it.room.clock.go_on(hours=13)
            assert rounds == 8
            it.publish(2)
            assert await it.announcer.tell() == 3
            assert all(form_of(seen)["hub.mode"] == "publish" for seen in server.seen)


@pytest.mark.case("B-40")
async def test_private_topics_are_told_to_nobody(tmp_path: Path) -> None:
    async with ScriptedServer() as server, publisher(tmp_path, hubs=f'"{HUB}", "{server.url("/hub")}"') as it:
        more = it.room.config.read_text("utf-8").replace("limit = 300", "limit = 300\nprivate = true")
        it.room.config.write_text(more, "utf-8")
        it.instance.reload(it.room.config)
        path = path_of(it.instance, it.instance.topic("all"))
        it.publish(2, path)
        assert await it.announcer.tell() == 0
        assert (await it.ask(topic=f"{SITE}/{path}/feed.atom")).status == 400
