"""An editor's acts as they stand now: the log read once, the undone left out, the later over the earlier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.model.ids import ArticleId, StoryId, TopicSlug
from aggregator.model.topic import Override, OverrideKind

_SHOWING = frozenset({OverrideKind.HIDE, OverrideKind.ADD, OverrideKind.APPROVE, OverrideKind.DECLINE})


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one story in one topic. None: no editor has acted."""

    shown: Override | None = None
    """The last of hide, add, approve and decline."""
    pin: Override | None = None
    edit: Override | None = None
    withdrawn: Override | None = None

    @property
    def hidden(self) -> bool:
        return self.shown is not None and self.shown.kind is OverrideKind.HIDE

    @property
    def added(self) -> bool:
        return self.shown is not None and self.shown.kind is OverrideKind.ADD

    @property
    def approved(self) -> bool:
        """By approving it, or by adding it by hand."""
        return self.shown is not None and self.shown.kind in (OverrideKind.APPROVE, OverrideKind.ADD)

    @property
    def declined(self) -> bool:
        return self.shown is not None and self.shown.kind is OverrideKind.DECLINE

    def pinned_until(self, now: datetime) -> datetime | None:
        """Until when it stays on top; a pin without an end holds for ever."""
        if self.pin is None:
            return None
        until = self.pin.until or datetime.max.replace(tzinfo=now.tzinfo)
        return until if until > now else None


@dataclass(slots=True)
class Overrides:
    """The log of one topic, ready to be asked."""

    log: tuple[Override, ...] = ()
    _by_target: dict[str, list[Override]] = field(default_factory=dict)

    @staticmethod
    def of(topic: TopicSlug, log: Iterable[Override]) -> Overrides:
        """The acts that concern `topic`: its own and those for all topics."""
        own = [entry for entry in log if entry.topic in (None, topic)]
        undone = {_undoes(entry) for entry in own if entry.kind is OverrideKind.UNDO and entry.undone_by is None}
        active = tuple(
            entry
            for entry in sorted(own, key=lambda entry: entry.id)
            if entry.undone_by is None and entry.id not in undone and entry.kind is not OverrideKind.UNDO
        )
        found = Overrides(log=active)
        for entry in active:
            for target in (entry.article_id, entry.story_id):
                if target:
                    found._by_target.setdefault(target, []).append(entry)
        return found

    def standing(self, story_id: StoryId, articles: Iterable[ArticleId]) -> Standing:
        """What holds for a story: acts on it, or on one of its articles."""
        names: list[str] = [story_id, *articles]
        acts = {entry.id: entry for name in names for entry in self._by_target.get(name, ())}
        latest: dict[OverrideKind, Override] = {}
        shown: Override | None = None
        for number in sorted(acts):
            entry = acts[number]
            latest[entry.kind] = entry
            if entry.kind in _SHOWING:
                shown = entry
        return Standing(
            shown=shown,
            pin=latest.get(OverrideKind.PIN),
            edit=latest.get(OverrideKind.EDIT),
            withdrawn=latest.get(OverrideKind.WITHDRAW),
        )


def _undoes(entry: Override) -> int | None:
    other = dict(entry.values).get("other", "")
    return int(other) if other.isdigit() else None
