"""Issues of digests: when they are due, what is in them, and freezing them so that nobody is told a story twice.

The due times are in the database, not in the scheduler: a tick that was missed is made up for by the next one, with
the issue that was due then. An issue holds what was listed until its due time, so that it does not matter how late it
is made.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from aggregator.curate.periods import counted, last_due, next_due
from aggregator.errors import UsageError
from aggregator.model.config import DigestSettings
from aggregator.model.digest import Issue
from aggregator.pipeline.digest_choice import Draft, digest_named, draft, key, read_issue, started
from aggregator.pipeline.digest_pages import as_shown, write_issues
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.reports import Row
from aggregator.pipeline.select import Selector
from aggregator.publish.digest import url
from aggregator.store.codec import adapter
from aggregator.store.records import DigestIssue

log = structlog.get_logger(__name__)


def issue_numbered(instance: Instance, name: str, number: int | None) -> Issue:
    """A frozen issue as it may be shown today, the last one where no number is given. Raises UsageError."""
    settings = digest_named(instance, name)
    wanted = instance.store.digests.last_number(settings.name) if number is None else number
    record = instance.store.digests.get(settings.name, wanted)
    if record is None:
        made = "it has none yet" if number is None else f"it has no issue {number}"
        raise UsageError(f"digest {name!r}: {made}; see `aggregator digests list`")
    return as_shown(instance, read_issue(record))


def list_digests(instance: Instance) -> list[Row]:
    """A row for each digest."""
    return [_row(instance, settings) for settings in instance.config.digests]


def _row(instance: Instance, settings: DigestSettings) -> Row:
    issues = instance.store.digests.all(settings.name, limit=1)
    last = issues[0] if issues else None
    now = instance.clock()
    return {
        "id": settings.name,
        "title": settings.title,
        "period": settings.period,
        "issues": last.number if last else 0,
        "last": last.frozen_at if last else None,
        "stories": len(last.stories) if last else 0,
        "state": last.state if last else "new",
        "next": None if counted(settings) else (_due(instance, settings, now) or next_due(settings, now)),
        "topics": settings.topics,
        "recipients": len(settings.send_to),
    }


def issue_row(issue: Issue) -> Row:
    """A frozen issue in a table."""
    return {
        "id": issue.name,
        "number": issue.number,
        "title": issue.title,
        "stories": len(issue.items),
        "frozen_at": issue.frozen_at,
        "state": "frozen",
        "url": url(issue),
    }


def preview_digest(instance: Instance, name: str, *, stored: bool = False) -> Draft:
    """The issue that would be made now. `stored`: also of what was there before the digest, as for a first issue."""
    settings = digest_named(instance, name)
    return draft(instance, _selector(instance), settings, until=instance.clock(), stored=stored)


def freeze_digest(instance: Instance, name: str, *, stored: bool = False) -> Issue:
    """Make an issue now, by hand. The due times stay what they are.

    Raises UsageError where there is no story for it.
    """
    settings = digest_named(instance, name)
    offered = draft(instance, _selector(instance), settings, until=instance.clock(), stored=stored).issue
    if not offered.items:
        why = "; `--stored` takes what was there before the digest" if not stored else ""
        raise UsageError(f"there is no new story for an issue of {name!r}{why}")
    issue = _freeze(instance, offered, None)
    if issue is None:
        raise UsageError(f"another process has just made an issue of {name!r}")
    write_issues(instance)
    return issue


def is_any_due(instance: Instance) -> bool:
    """Whether some digest may have an issue to make; cheap, for every tick."""
    now = instance.clock()
    return any(_due(instance, settings, now) is not None for settings in instance.config.digests)


def make_due(instance: Instance) -> list[Issue]:
    """Freeze every issue that is due, and bring the pages up to date. Safe to repeat after a crash anywhere in it."""
    now = instance.clock()
    due = [(settings, when) for settings in instance.config.digests if (when := _due(instance, settings, now))]
    made: list[Issue] = []
    if due:
        selector = _selector(instance)
        for settings, when in due:
            made += _make(instance, selector, settings, when)
    write_issues(instance)
    return made


def _selector(instance: Instance) -> Selector:
    selector = Selector(instance)
    selector.prepare()
    return selector


def _due(instance: Instance, settings: DigestSettings, now: datetime) -> datetime | None:
    """The due time that no issue has answered yet. Counted digests are looked at whenever something was listed."""
    if counted(settings):
        started(instance, settings, now)
        seen = instance.store.facts.get("selected_change")
        return None if seen == instance.store.facts.get(key(settings, "seen")) else now
    done = started(instance, settings, now)
    due = last_due(settings, now)
    return due if due > done else None


def _make(instance: Instance, selector: Selector, settings: DigestSettings, due: datetime) -> list[Issue]:
    number = counted(settings)
    made: list[Issue] = []
    while True:
        offered = draft(instance, selector, settings, until=due).issue
        found = len(offered.items)
        enough = found >= (number or settings.minimum) or (settings.too_few == "send" and number is None)
        issue = _freeze(instance, offered, due) if found and enough else None
        if issue is None:
            _pass(instance, settings, due, found)
            return made
        made.append(issue)
        log.info("issue_made", digest=settings.name, number=issue.number, stories=found)
        if number is None:
            return made


def _pass(instance: Instance, settings: DigestSettings, due: datetime, found: int) -> None:
    """No issue this time: its stories wait for the next."""
    facts = instance.store.facts
    if counted(settings):
        facts.set(key(settings, "seen"), facts.get("selected_change") or "")
        return
    facts.set(key(settings, "done"), due.isoformat())
    log.info("issue_put_off", digest=settings.name, due=due.isoformat(), stories=found, minimum=settings.minimum)


def _freeze(instance: Instance, issue: Issue, due: datetime | None) -> Issue | None:
    """Number it and keep it, together with the due time it answers. None: another process was faster."""
    store = instance.store
    done = f"digest:{issue.name}:done"
    with store.transaction():
        if due is not None and datetime.fromisoformat(store.facts.get(done) or due.isoformat()) > due:
            return None
        numbered = replace(issue, number=store.digests.last_number(issue.name) + 1)
        record = DigestIssue(
            name=issue.name,
            number=numbered.number,
            frozen_at=numbered.frozen_at,
            stories=tuple(one.item.story_id for one in numbered.items),
            record=adapter(Issue).dump_json(numbered, exclude_defaults=True),
        )
        if not store.digests.freeze(record):
            return None
        if due is not None:
            store.facts.set(done, due.isoformat())
    return numbered
