"""``Link`` headers, as the servers write them."""

from __future__ import annotations

import pytest

from aggregator.fetch.links import hub_links
from aggregator.model.fetch import HubLinks

URL = "https://a.test/feeds/1"
HUB = "https://hub.test/"


@pytest.mark.case("P-66")
@pytest.mark.parametrize(
    ("header", "hubs", "topic"),
    [
        ("", (), None),
        (f"<{HUB}>; rel=hub", (HUB,), None),
        (f'<{HUB}>;REL = "HUB"', (HUB,), None),
        (f"<{HUB}>; rel=hub, <{HUB}>; rel=hub", (HUB,), None),
        (f"<{HUB}>; rel=hub, <https://two.test/>; rel=hub", (HUB, "https://two.test/"), None),
        ("</hub>; rel=hub, <2>; rel=self", ("https://a.test/hub",), "https://a.test/feeds/2"),
        ("< /hub >; rel=hub", ("https://a.test/hub",), None),
        ("</1>; rel=self, </2>; rel=self", (), "https://a.test/1"),
        (f'<{HUB}>; rel="self hub"', (HUB,), HUB),
        (f'<{HUB}>; title="rel=hub"; rel=next', (), None),
        (f'<{HUB}>; title="a \\" b"; rel=hub', (HUB,), None),
        (f"<{HUB}>; rel=next; rel=hub", (), None),
        (f"<{HUB}>; rel=hubs, <{HUB}>", (), None),
        (f"<http://[::1>; rel=hub, <{HUB}>; rel=hub", (HUB,), None),
    ],
)
def test_hubs_and_the_topic_are_read_as_written(header: str, hubs: tuple[str, ...], topic: str | None) -> None:
    assert hub_links(header, URL) == HubLinks(hubs=hubs, topic=topic)
