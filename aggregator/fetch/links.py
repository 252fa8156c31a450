"""``Link`` headers (RFC 8288)."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from aggregator.model.fetch import HubLinks

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w!#$&+\-.^`|~]+\*?(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^",;\s]*))?)*)')
_PARAMETER = re.compile(r';\s*([\w-]+)\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))')


def hub_links(header: str, url: str) -> HubLinks:
    """Hubs and the topic that a reply's ``Link`` headers announce, absolute (PROTOCOL P-66)."""
    if not header:
        return HubLinks()
    hubs: list[str] = []
    topic: str | None = None
    for target, rels in _links(header):
        try:
            absolute = urljoin(url, target)
        except ValueError:
            continue
        if "hub" in rels and absolute not in hubs:
            hubs.append(absolute)
        if "self" in rels and topic is None:
            topic = absolute
    return HubLinks(hubs=tuple(hubs), topic=topic)


def _links(header: str) -> list[tuple[str, set[str]]]:
    found = []
    for target, parameters in _LINK.findall(header):
        rel = next((a or b for name, a, b in _PARAMETER.findall(parameters) if name.lower() == "rel"), "")
        found.append((target.strip(), set(rel.lower().split())))
    return found
