"""The archives of the topics: which there are, which have to be written again, and of what.

What is in an archive follows from where it ends in the order of listing, so the store keeps those ends alone; each is
read, rendered and let go before the next. Articles that were pruned leave it when it is next rewritten.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from aggregator.model.edition import Edition
from aggregator.model.ids import StoryId
from aggregator.model.topic import Override, Selection, SelectionState, Topic
from aggregator.pipeline.editions import edition_of
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.marks import CHANGE_CURSOR, archives_key
from aggregator.pipeline.select import Selector
from aggregator.publish.archives import archive_paths, render_archive, to_close
from aggregator.publish.validate import Checked, render_checked
from aggregator.store.selections import ListingPlace

STATES = (SelectionState.LISTED, SelectionState.AGED_OUT)
_FORM = 1
"""Grows when archives have to be written anew because the writers changed."""
_READ = 1000
"""Selections read at a time."""
_ACTS = 200
"""More new acts than this: everything is written again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """Where a topic's archives end, oldest first, and what they were last written from."""

    ends: tuple[ListingPlace, ...] = ()
    settings: str = ""
    change: int = 0
    act: int = 0
    at: datetime | None = None
    complete: bool = False
    """Nothing has ever left the live document."""

    @property
    def made(self) -> int:
        return len(self.ends)


def load_archives(instance: Instance, topic: Topic) -> Archives:
    """As they were last saved."""
    stored = instance.store.facts.get(archives_key(topic.slug))
    if not stored:
        return Archives()
    values = json.loads(stored)
    ends = tuple((datetime.fromisoformat(at), rank, StoryId(story)) for at, rank, story in values["ends"])
    at = datetime.fromisoformat(values["at"])
    return Archives(ends=ends, settings=values["settings"], change=values["change"], act=values["act"], at=at)


def save_archives(instance: Instance, topic: Topic, archives: Archives) -> None:
    """Note them, once they are written."""
    values = {
        "ends": [(at.isoformat(), rank, story) for at, rank, story in archives.ends],
        "settings": archives.settings,
        "change": archives.change,
        "act": archives.act,
        "at": archives.at.isoformat() if archives.at else "",
    }
    instance.store.facts.set(archives_key(topic.slug), json.dumps(values))


def grown(instance: Instance, topic: Topic, before: Archives) -> Archives:
    """The archives as they have to be now: what is to be closed is closed, nothing is written."""
    now = instance.clock()
    log = instance.store.overrides.log(limit=1)
    ends, complete = _ends(instance, topic, before.ends, now)
    return Archives(
        ends=ends,
        settings=_settings(instance, now.date()),
        change=int(instance.store.facts.get(CHANGE_CURSOR) or 0),
        act=log[0].id if log else 0,
        at=now,
        complete=complete,
    )


def _ends(
    instance: Instance, topic: Topic, ends: tuple[ListingPlace, ...], now: datetime
) -> tuple[tuple[ListingPlace, ...], bool]:
    """Closes archives until too little waits for one; whether all that was ever listed is in the live document."""
    while True:
        waiting = instance.store.selections.in_order_of_listing(
            topic.slug, STATES, after=ends[-1] if ends else None, limit=_READ
        )
        settled = [one for one in waiting if one.listed_at is not None and one.listed_at < now]
        left = [one.state is SelectionState.AGED_OUT for one in settled]
        sizes = to_close(left, len(ends))
        if len(waiting) == _READ:
            sizes = sizes[:-1]  # what follows may fill the last one
        start = 0
        for size in sizes:
            start += size
            ends = (*ends, place_of(settled[start - 1]))
        if len(waiting) < _READ or not sizes:
            return ends, not ends and not any(one.state is SelectionState.AGED_OUT for one in waiting)


def place_of(selection: Selection) -> ListingPlace:
    """Where it stands in the order of listing."""
    return selection.listed_at or selection.decided_at, selection.rank, selection.story_id


def _settings(instance: Instance, today: date) -> str:
    """Everything beside the articles that an archive depends on; a permission may end with a day."""
    ended = [s.id for s in instance.sources.values() if s.permission and _is_over(s.permission.expires, today)]
    parts = (_FORM, instance.config.revision, instance.site, sorted(ended))
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _is_over(expires: date | None, today: date) -> bool:
    return expires is not None and expires < today


def stale(instance: Instance, topic: Topic, edition: Edition, before: Archives, now: Archives) -> list[int]:
    """The numbers of the archives that have to be rendered; `edition` is the live one."""
    if before.settings != now.settings or before.at is None or now.act - before.act > _ACTS:
        return list(range(1, now.made + 1))
    numbers = set(range(before.made if now.made > before.made else now.made + 1, now.made + 1)) - {0}
    numbers |= {number for number in range(1, now.made + 1) if not _stands(instance, edition, number)}
    touched = instance.store.selections.touched(topic.slug, change=before.change, since=before.at) if now.ends else ()
    for selection in (*touched, *_acted_on(instance, topic, before, now)):
        number = bisect_left(now.ends, place_of(selection)) + 1
        if number <= now.made:
            numbers.add(number)
    return sorted(numbers)


def _stands(instance: Instance, edition: Edition, number: int) -> bool:
    root: Path = instance.config.output.folder
    return all((root / path).exists() for path in archive_paths(edition, number))


def _acted_on(instance: Instance, topic: Topic, before: Archives, now: Archives) -> Iterator[Selection]:
    """What editors did something to since, in this topic."""
    if now.act == before.act or not now.ends:
        return
    for act in instance.store.overrides.log(limit=_ACTS):
        if act.id > before.act and act.topic in {None, topic.slug}:
            yield from (one for one in _selections_of(instance, act) if one.topic == topic.slug and one.listed_at)


def _selections_of(instance: Instance, act: Override) -> Iterator[Selection]:
    if act.story_id is not None:
        yield from instance.store.selections.of_story(act.story_id)
    if act.article_id is not None:
        yield from instance.store.selections.of_article(act.article_id)


def render_one(instance: Instance, selector: Selector, live: Edition, archives: Archives, number: int) -> Checked:
    """The documents of one archive after the gate."""
    after = archives.ends[number - 2] if number > 1 else None
    selections = instance.store.selections.in_order_of_listing(
        live.topic.slug, STATES, after=after, until=archives.ends[number - 1]
    )
    shown = [replace(one, state=SelectionState.LISTED) for one in selections]
    edition = edition_of(instance, selector, live.topic, shown)
    items = {item.story_id: item for item in edition.items}
    ordered = tuple(items[one.story_id] for one in selections if one.story_id in items)
    edition = replace(edition, items=ordered)
    return render_checked(
        edition, now=instance.clock(), render=lambda part: render_archive(part, number, archives.made)
    )
