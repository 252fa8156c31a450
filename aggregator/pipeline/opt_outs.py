"""Publishers who asked not to be polled: kept in the store, honoured by every request to their hosts (PROTOCOL P-62, P-63)."""

from __future__ import annotations

import re
from typing import Any

from aggregator.errors import UsageError
from aggregator.model.ids import SourceId
from aggregator.pipeline.articles import withdraw_article
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.store.records import OptOut
from aggregator.text.urls import is_http

PAGE = 500
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def list_opt_outs(instance: Instance) -> list[Row]:
    """A row for each, with the sources that it stops."""
    covered = _by_target(instance)
    return [
        {"id": one.target, "at": one.at, "reason": one.why, "sources": covered.get(one.target, [])}
        for one in instance.store.opt_outs.all()
    ]


def opt_out(instance: Instance, target: str, reason: str, *, withdraw: bool) -> dict[str, Any]:
    """Never ask a url, a host or a domain again; with `withdraw` also take down what came from there.

    Raises UsageError for what is neither, and where no reason is given: whoever finds the entry has to understand it.
    """
    if not reason.strip():
        raise UsageError("--reason: say who asked, when and how")
    name = _target(target)
    instance.store.opt_outs.add(OptOut(target=name, at=instance.clock(), why=reason))
    stopped = _by_target(instance).get(name, [])
    taken = sum(_withdraw_all(instance, SourceId(one), reason) for one in stopped) if withdraw else 0
    return {"id": name, "sources": stopped, "withdrawn": taken}


def opt_in(instance: Instance, target: str) -> None:
    """Take an opt-out back; what was withdrawn stays so. Raises UsageError where there is none."""
    if not instance.store.opt_outs.remove(_target(target)):
        raise UsageError(f"there is no opt-out of {target}; `aggregator sources opt-outs` lists them")


def _target(text: str) -> str:
    """A url as it is, or the name of a host or domain in lower case."""
    if is_http(text):
        return text
    name = text.strip().lower()
    if not _HOST.fullmatch(name):
        raise UsageError(f"{text!r} is neither an http(s) address nor the name of a host such as example.org")
    return name


def _by_target(instance: Instance) -> dict[str, list[str]]:
    """The sources that each opt-out stops."""
    found: dict[str, list[str]] = {}
    for source in sorted(instance.sources.values(), key=lambda source: source.id):
        covering = instance.store.opt_outs.covers(source.url)
        if covering is not None:
            found.setdefault(covering.target, []).append(source.id)
    return found


def _withdraw_all(instance: Instance, source_id: SourceId, reason: str) -> int:
    """How many articles of a source were taken down: from every output, with the next publication."""
    taken, before = 0, None
    while page := instance.store.articles.page(source_ids=[source_id], limit=PAGE, before_sequence=before):
        for stored in page:
            withdraw_article(instance, stored.article.id, reason)
        taken, before = taken + len(page), page[-1].sequence
    return taken
