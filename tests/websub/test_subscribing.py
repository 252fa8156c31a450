"""Our subscriptions from discovery to delivery, against a hub on loopback and on a clock that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aggregator.model.fetch import Fetched, FetchOutcome, Freshness, HubLinks, Validators
from aggregator.model.ids import SourceId
from aggregator.model.source import HubLease, SourceState
from aggregator.pipeline.inbox import Inbox
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.poll import SweepOrder, sweep
from aggregator.pipeline.run import Job
from aggregator.pipeline.websub import Keeper, can_be_reached, keep_subscriptions
from aggregator.web.websub import WebSub
from tests.support.hub import FakeHub, call, signature
from tests.support.instances import BASE, Newsroom, item, newsroom, rss
from tests.support.server import ScriptedServer, answer, feed

pytestmark = pytest.mark.anyio
SOURCE = SourceId("a")


@dataclass
class Site:
    """An instance with one source whose feed names the hub, and its web side."""

    room: Newsroom
    instance: Instance
    server: ScriptedServer
    hub: FakeHub

    def __post_init__(self) -> None:
        self.app = WebSub(self.instance)
        self.job = Job(self.instance)

    @property
    def state(self) -> SourceState:
        state = self.instance.store.states.get(SOURCE)
        assert state is not None
        return state

    @property
    def lease(self) -> HubLease:
        assert self.state.hub is not None
        return self.state.hub

    def serve(self, *items: str, links: bool = True) -> None:
        header = f'<{self.hub.url}>; rel="hub", <{self.server.url()}>; rel="self"'
        self.server.on("/feed", feed(*([("Link", header)] if links else []), body=rss(*items)))

    async def poll(self) -> None:
        await self.job.poll(SweepOrder(ignore_due=True, force=True))

    async def subscribe(self, **lease: str) -> None:
        await self.poll()
        await keep_subscriptions(self.instance)
        reply = await self.hub.verify(self.app, **lease)
        assert reply.status == 200

    def titles(self) -> list[str]:
        self.job.publish()
        return sorted(one["title"] for one in self.room.feed()["items"])

    def go_on(self, **span: float) -> None:
        self.room.clock.go_on(**span)

    def with_secret(self, secret: str) -> None:
        def change(state: SourceState) -> SourceState:
            assert state.hub is not None
            return replace(state, hub=replace(state.hub, secret=secret))

        self.instance.store.states.amend(SOURCE, change)


@asynccontextmanager
async def site(root: Path, base: str = BASE) -> AsyncIterator[Site]:
    async with ScriptedServer() as server:
        room = newsroom(root, [("a", server.url())], base=base)
        with room.open() as instance:
            made = Site(room, instance, server, FakeHub(server))
            made.serve(item(1), item(2))
            yield made


@pytest.mark.case("P-66", "P-67")
async def test_a_hub_in_the_link_header_is_asked_once_with_an_unguessable_callback(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.poll()
        assert it.lease.state == "pending"
        assert await keep_subscriptions(it.instance) == 1
        assert await keep_subscriptions(it.instance) == 0
        (form,) = it.hub.forms
        assert form["hub.mode"] == "subscribe"
        assert form["hub.topic"] == it.server.url()
        assert form["hub.callback"].startswith("https://feeds.example.org/websub/callback/a.")
        assert len(form["hub.callback"].rpartition(".")[2]) >= 32
        assert "hub.secret" not in form, "over http everybody would read it"
        posted = next(seen for seen in it.server.seen if seen.path == "/hub")
        assert posted.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.case("P-66")
async def test_links_in_the_document_count_where_the_header_has_none(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        links = (
            f'<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="{it.hub.url}"/>'
            '<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="https://a.example/feed"/>'
        )
        it.serve(links, item(1), links=False)
        await it.poll()
        assert (it.lease.hub, it.lease.topic) == (it.hub.url, "https://a.example/feed")


@pytest.mark.case("P-67")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirected_request_is_posted_again_with_its_form(tmp_path: Path, status: int) -> None:
    async with site(tmp_path) as it:
        it.server.on("/hub", answer(status, b"", ("Location", "/moved")))
        it.server.on("/moved", answer(202))
        await it.poll()
        await keep_subscriptions(it.instance)
        first, second = [seen for seen in it.server.seen if seen.line.startswith("POST")]
        assert (first.path, second.path) == ("/hub", "/moved")
        assert first.raw.split(b"\r\n\r\n", 1)[1] == second.raw.split(b"\r\n\r\n", 1)[1]
        assert it.lease.failures == 0


@pytest.mark.case("P-68")
async def test_an_asked_for_subscription_is_verified_with_exactly_the_challenge(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.poll()
        await keep_subscriptions(it.instance)
        reply = await it.hub.verify(it.app, challenge="<script>1</script>é")
        assert (reply.status, reply.body) == (200, "<script>1</script>é".encode())
        assert reply["content-type"].startswith("text/plain")
        assert reply["x-content-type-options"] == "nosniff"
        assert it.lease.state == "active"


@pytest.mark.case("P-68")
@pytest.mark.parametrize(
    "changed",
    [
        {"topic": "https://other.example/feed"},
        {"mode": "unsubscribe"},
        {"mode": "dance"},
        {"mode": None},
        {"topic": None},
        {"challenge": ""},
        {"extra": "1"},
    ],
)
async def test_whatever_else_is_to_be_verified_is_not_found(tmp_path: Path, changed: dict[str, str | None]) -> None:
    async with site(tmp_path) as it:
        await it.poll()
        await keep_subscriptions(it.instance)
        fields = dict(changed)
        challenge = fields.pop("challenge", "c") or ""
        reply = await it.hub.verify(it.app, challenge=challenge, **fields)
        assert (reply.status, reply.body) == (404, b"")
        assert it.lease.state == "pending"


@pytest.mark.case("P-68")
async def test_a_verification_cannot_be_replayed_nor_come_unasked(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe(lease_seconds="1000")
        until = it.lease.expires_at
        it.go_on(seconds=10)
        assert (await it.hub.verify(it.app)).status == 404
        assert it.lease.expires_at == until
        it.go_on(hours=2)
        await keep_subscriptions(it.instance)
        it.go_on(hours=1, seconds=1)
        assert (await it.hub.verify(it.app)).status == 404, "too late"


@pytest.mark.case("P-71")
async def test_a_delivery_is_merged_and_the_next_poll_changes_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        before = it.state
        reply = await it.hub.deliver(it.app, rss(item(3, title="Pushed")))
        assert reply.status == 202
        await it.app.inbox.idle()
        assert it.titles() == ["Article 1", "Article 2", "Pushed"]
        assert it.lease.last_delivery_at == it.room.clock.now
        assert (it.state.validators, it.state.body_hash) == (before.validators, before.body_hash)
        assert len(it.state.window) == 3, "what a delivery does not hold has not left the document"
        assert (it.state.due, it.state.due_reason) == (before.due, before.due_reason)
        published = it.room.snapshot()
        it.serve(item(3, title="Pushed"), item(1), item(2))
        await it.poll()
        assert it.titles() == ["Article 1", "Article 2", "Pushed"]
        assert it.room.snapshot()["all/feed.atom"] == published["all/feed.atom"]
        assert it.state.possible_loss_at is None


@pytest.mark.case("P-71")
async def test_a_delivery_that_comes_twice_is_stored_once(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        for _ in range(2):
            assert (await it.hub.deliver(it.app, rss(item(3)))).status == 202
        await it.app.inbox.idle()
        assert it.titles() == ["Article 1", "Article 2", "Article 3"]


@pytest.mark.case("P-71")
async def test_a_source_is_polled_soon_until_its_delivery_has_been_read(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.instance.store.states.amend(SOURCE, lambda state: replace(state, due=it.room.clock.now.replace(hour=23)))
        it.instance.store.states.claim(it.room.clock.now, 1, "another", 3600, source_ids=[SOURCE], ignore_due=True)
        await it.hub.deliver(it.app, rss(item(3)))
        assert (it.state.due - it.room.clock.now).total_seconds() == 600


@pytest.mark.case("P-71")
async def test_an_oversized_delivery_is_refused_unread(tmp_path: Path) -> None:
    async with site(tmp_path, BASE.replace("host_gap = 0", 'host_gap = 0\nmax_body = "2 kB"')) as it:
        await it.subscribe()
        assert (await it.hub.deliver(it.app, rss(item(3, text="x" * 5000)))).status == 413
        assert it.lease.last_delivery_at is None


@pytest.mark.case("P-71", "P-20")
async def test_an_empty_ping_brings_the_poll_forward_to_the_floor_and_no_further(tmp_path: Path) -> None:
    async with site(tmp_path, BASE.replace("interval = 0", 'interval = "1h"')) as it:
        await it.subscribe()
        polled = it.state.last_poll_at
        assert polled is not None
        it.instance.store.states.amend(SOURCE, lambda state: replace(state, due=polled.replace(day=28)))
        it.go_on(minutes=5)
        assert (await it.hub.deliver(it.app, b"")).status == 202
        assert (it.state.due - polled).total_seconds() == 3600


@pytest.mark.case("P-70")
async def test_a_delivery_with_a_wrong_or_no_signature_is_acknowledged_and_ignored(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.with_secret("s3cret")
        body = rss(item(3))
        assert (await it.hub.deliver(it.app, body)).status == 202
        assert (await it.hub.deliver(it.app, body, x_hub_signature=signature("other", body))).status == 202
        await it.app.inbox.idle()
        assert it.titles() == ["Article 1", "Article 2"]
        assert it.lease.last_delivery_at is None
        await it.hub.deliver(it.app, body, x_hub_signature=signature("s3cret", body))
        await it.app.inbox.idle()
        assert it.titles() == ["Article 1", "Article 2", "Article 3"]


@pytest.mark.case("P-72")
async def test_a_denied_subscription_is_not_asked_for_again_for_a_week(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.poll()
        await keep_subscriptions(it.instance)
        reply = await it.hub.verify(it.app, mode="denied", reason="no room", lease_seconds=None)
        assert (reply.status, it.lease.state, it.lease.why) == (200, "denied", "no room")
        it.go_on(days=6, hours=23)
        await it.poll()
        assert await keep_subscriptions(it.instance) == 0
        it.go_on(hours=2)
        await it.poll()
        assert await keep_subscriptions(it.instance) == 1


@pytest.mark.case("P-72")
async def test_deliveries_for_what_we_no_longer_want_are_gone(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.serve(item(1), links=False)
        await it.poll()
        assert it.lease.state == "ended"
        assert (await it.hub.deliver(it.app, rss(item(3)))).status == 410
        callback = it.hub.forms[-1]["hub.callback"]
        assert (await call(it.app, f"{callback}x", method="POST", body=b"x")).status == 410
        assert (await it.hub.verify(it.app, mode="unsubscribe", challenge="bye")).body == b"bye"


@pytest.mark.case("P-69")
async def test_a_lease_is_renewed_at_half_time_also_after_a_restart(tmp_path: Path) -> None:
    async with ScriptedServer() as server:
        room = newsroom(tmp_path, [("a", server.url())])
        hub = FakeHub(server)
        with room.open() as instance:
            it = Site(room, instance, server, hub)
            it.serve(item(1))
            await it.subscribe(lease_seconds="864000")
        room.clock.go_on(days=4, hours=23)
        with room.open() as instance:
            assert await keep_subscriptions(instance) == 0
            room.clock.go_on(hours=2)
            assert await keep_subscriptions(instance) == 1
            assert hub.forms[0]["hub.callback"] == hub.forms[1]["hub.callback"]
            again = Site(room, instance, server, hub)
            assert (await hub.verify(again.app)).status == 200
            assert again.lease.renew_at is not None
            assert (again.lease.renew_at - room.clock.now).days == 5


@pytest.mark.case("P-69")
async def test_a_renewal_that_fails_brings_polling_back_at_once(tmp_path: Path) -> None:
    base = BASE.replace("interval = 0", 'interval = "1h"')
    async with site(tmp_path, base) as it:
        await it.subscribe()
        await it.hub.deliver(it.app, rss(item(3)))
        await it.app.inbox.idle()
        it.go_on(days=4, hours=23)
        await it.poll()
        slow = it.state.due - it.room.clock.now
        assert slow.total_seconds() > 12 * 3600
        it.server.on("/hub", answer(500))
        it.go_on(hours=2)
        await keep_subscriptions(it.instance)
        assert it.lease.failures == 1
        assert it.lease.state == "active"
        assert it.state.due < it.room.clock.now + slow / 2
        assert it.state.due_reason == "its hub fails: polled as usual"


@pytest.mark.case("P-73")
async def test_a_hub_that_verifies_and_never_delivers_is_found_out_by_a_poll(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.go_on(days=1)
        it.serve(item(3, day=2), item(1), item(2))
        await it.poll()
        assert it.lease.state == "active", "the entry is older than the lease"
        it.go_on(days=1)
        it.serve(item(4, day=4), item(3, day=3), item(1), item(2))
        it.go_on(hours=3)
        await it.poll()
        assert (it.lease.state, it.lease.why) == ("unreliable", "the hub has never delivered")


async def test_no_hub_is_asked_to_call_an_address_that_it_cannot_reach(tmp_path: Path) -> None:
    base = BASE.replace("https://feeds.example.org", "http://127.0.0.2:8080").replace("127.0.0.0/8", "127.0.0.1/32")
    async with site(tmp_path, base) as it:
        await it.poll()
        assert it.state.hub is None


@pytest.mark.parametrize(
    ("base_url", "allowed", "reached"),
    [
        ("https://feeds.example.org", (), True),
        ("http://feeds.example.org", (), False),
        ("https://localhost", (), False),
        ("https://10.0.0.1", (), False),
        ("http://127.0.0.1:8080", (), False),
        ("http://127.0.0.1:8080", ("127.0.0.0/8",), True),
        ("https://8.8.8.8", (), True),
    ],
)
async def test_a_lab_may_be_called_back_where_it_allows_it(
    base_url: str, allowed: tuple[str, ...], reached: bool
) -> None:
    assert can_be_reached(base_url, allowed) is reached


@pytest.mark.case("P-69")
async def test_what_a_hub_verifies_while_its_source_is_polled_is_kept(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.poll()
        await keep_subscriptions(it.instance)
        reply = Fetched(
            url=it.server.url(),
            status=200,
            body=rss(item(1)),
            content_type="application/rss+xml",
            validators=Validators(url=it.server.url()),
            freshness=Freshness(),
            received_at=it.room.clock.now,
            hub=HubLinks(hubs=(it.hub.url,), topic=it.server.url()),
        )

        class Slow:
            """The hub verifies between the claim and the reply."""

            async def fetch(self, *_: object, **__: object) -> FetchOutcome:
                assert (await it.hub.verify(it.app)).status == 200
                return reply

        await sweep(it.instance, Slow(), SweepOrder(ignore_due=True, force=True))
        assert it.lease.state == "active"


@pytest.mark.case("P-71")
async def test_a_delivery_waits_while_its_source_is_polled(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            it.instance.store.states.release([SOURCE], "another")

        it.app.inbox = Inbox(it.instance, sleep)
        it.instance.store.states.claim(it.room.clock.now, 1, "another", 3600, source_ids=[SOURCE], ignore_due=True)
        await it.hub.deliver(it.app, rss(item(3)))
        await it.app.inbox.idle()
        assert waited == [1]
        assert it.titles() == ["Article 1", "Article 2", "Article 3"]


@pytest.mark.case("P-71")
async def test_a_delivery_that_nobody_can_read_has_the_source_polled(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.instance.store.states.amend(SOURCE, lambda state: replace(state, due=it.room.clock.now.replace(hour=23)))
        assert (await it.hub.deliver(it.app, b"\x00no feed")).status == 202
        await it.app.inbox.idle()
        assert it.state.due == it.room.clock.now
        assert it.instance.store.states.claim(it.room.clock.now, 1, "x", 1), "its lease was given back"


@pytest.mark.case("P-71")
async def test_a_full_inbox_asks_the_hub_to_come_again(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        callback = it.hub.forms[-1]["hub.callback"]
        reply = await call(it.app, callback, method="POST", body=b"x", content_length=str(10**9))
        assert reply.status == 503
        assert "retry-after" in reply


async def test_the_keeper_looks_again_when_something_is_due_and_every_few_minutes(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        keeper = Keeper(it.instance)
        assert await keeper.keep() == 0
        await it.poll()
        assert await keeper.keep() == 0, "a moment ago there was nothing"
        it.go_on(minutes=2)
        assert await keeper.keep() == 1
        await it.hub.verify(it.app, lease_seconds="120")
        it.go_on(seconds=59)
        assert await keeper.keep() == 0
        it.go_on(minutes=2)
        assert await keeper.keep() == 1


async def test_a_source_that_is_no_longer_wanted_pushed_ends_its_subscription(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        it.instance.sources[SOURCE] = replace(it.instance.sources[SOURCE], websub=False)
        await keep_subscriptions(it.instance)
        assert it.lease.state == "ended"
        await it.poll()
        assert it.lease.state == "ended"
        assert (await it.hub.deliver(it.app, rss(item(3)))).status == 410


@pytest.mark.case("P-71")
async def test_a_delivery_that_breaks_off_is_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.subscribe()
        due = it.state.due
        reply = await call(it.app, it.hub.forms[-1]["hub.callback"], method="POST", body=rss(item(3)), cut=True)
        assert reply.status == 0
        await it.app.inbox.idle()
        assert it.state.due == due
        assert it.titles() == ["Article 1", "Article 2"]
