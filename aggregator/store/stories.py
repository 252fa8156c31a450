"""Stories: what they hold, what ties their members, and the ids they are published under."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, func, or_, select, update

from aggregator.model.ids import ArticleId, PublishedId, StoryId
from aggregator.model.story import Edge, Story, Tie, Verdict
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.keys import column_key
from aggregator.store.records import IdWish, StoredVerdict
from aggregator.store.times import to_instant, to_micros

_T = schema.stories.c
_M = schema.story_members.c
_A = schema.articles.c
_E = schema.edges.c
_CHUNK = 500
_POINT = update(schema.articles).where(_A.id == bindparam("of_article")).values(story_id=bindparam("to_story"))


class Stories:
    """Asked by the matcher, curation, the publisher and whatever shows a story."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, story_id: StoryId) -> Story | None:
        """A story; for one that another has absorbed, that other."""
        with self._database.read() as connection:
            return _load(connection, story_id)

    def many(self, story_ids: Iterable[StoryId]) -> dict[StoryId, Story]:
        """Those of these that exist and were not absorbed, by id."""
        wanted = list(dict.fromkeys(story_ids))
        found: dict[StoryId, Story] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chosen = _T.id.in_(wanted[start : start + _CHUNK])
                for record in connection.scalars(select(_T.record).where(chosen, _T.absorbed_by.is_(None))):
                    story = unpack(Story, record)
                    found[story.id] = story
        return found

    def for_articles(self, article_ids: Iterable[ArticleId]) -> dict[ArticleId, Story]:
        """The story of each of these articles that has one."""
        wanted = list(dict.fromkeys(article_ids))
        places: dict[ArticleId, StoryId] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                rows = select(_M.article_id, _M.story_id).where(_M.article_id.in_(wanted[start : start + _CHUNK]))
                places.update((ArticleId(row.article_id), StoryId(row.story_id)) for row in connection.execute(rows))
        stories = self.many(places.values())
        return {article_id: stories[story_id] for article_id, story_id in places.items() if story_id in stories}

    def changed_since(self, at: datetime, limit: int = 1000) -> tuple[Story, ...]:
        """Stories changed at or after an instant, the longest unchanged first."""
        statement = select(_T.record).where(_T.changed_at >= to_micros(at), _T.absorbed_by.is_(None))
        with self._database.read() as connection:
            records = connection.scalars(statement.order_by(_T.changed_at, _T.id).limit(limit)).all()
        return tuple(unpack(Story, record) for record in records)

    def of_coverage(self, coverage: str) -> tuple[Story, ...]:
        """The stories of one event."""
        statement = select(_T.record).where(_T.coverage == coverage, _T.absorbed_by.is_(None)).order_by(_T.id)
        with self._database.read() as connection:
            return tuple(unpack(Story, record) for record in connection.scalars(statement))

    def of_coverages(self, coverages: Iterable[str], most: int) -> dict[str, tuple[Story, ...]]:
        """The first stories, `most` at the most, of each of these events that has any; the earliest first."""
        wanted = sorted(set(coverages))
        found: dict[str, list[Story]] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                for row in connection.execute(_earliest(wanted[start : start + _CHUNK], most)):
                    found.setdefault(row.coverage, []).append(unpack(Story, row.record))
        return {name: tuple(stories) for name, stories in found.items()}

    def memberless(self) -> tuple[Story, ...]:
        """Stories that a replay left without articles, as they were before it."""
        held = select(_M.story_id).where(_M.story_id == _T.id).exists()
        statement = select(_T.record).where(_T.absorbed_by.is_(None), ~held).order_by(_T.id)
        with self._database.read() as connection:
            return tuple(unpack(Story, record) for record in connection.scalars(statement))

    def count(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(_T.absorbed_by.is_(None))) or 0

    def save(self, stories: Sequence[Story]) -> None:
        """Add or replace stories with their members. A published id that is stored is kept."""
        with self._database.write() as connection:
            save_stories(self._database, connection, stories)

    def published(self, published_id: PublishedId) -> Story | None:
        """The story that is or was published under an id."""
        statement = select(_T.id).where(_T.published_id == column_key(published_id))
        with self._database.read() as connection:
            story_id = connection.scalar(statement)
            return None if story_id is None else _load(connection, story_id)

    def assign_published_ids(self, wishes: Sequence[IdWish]) -> dict[StoryId, Story]:
        """The stories of `wishes` with the ids they are published under, by the ids they were asked for with.

        That is the id a story has, else the first candidate that no story ever had; earlier wishes go before later
        ones. All of them are kept or none. Raises KeyError for an unknown story, ValueError when every candidate of one
        is taken.
        """
        if not wishes:
            return {}
        with self._database.write() as connection:
            named = _all(connection, [wish.story_id for wish in wishes])
            taken = _taken(connection, {name for wish in wishes for name in wish.candidates})
            new: dict[StoryId, Story] = {}
            for wish in wishes:
                story = named[wish.story_id]
                story = new.get(story.id, story)
                if story.published_id is None:
                    chosen = _free(wish.candidates, taken)
                    taken.add(column_key(chosen))
                    story = new[story.id] = replace(story, published_id=chosen, published_article=wish.article_id)
                named[wish.story_id] = story
            _put(self._database, connection, tuple(new.values()))
        return named

    def edges(self, article_ids: Iterable[ArticleId]) -> tuple[Edge, ...]:
        """What ties these articles to others, from either side."""
        wanted = list(article_ids)
        clause = or_(_E.article_id.in_(wanted), _E.other_id.in_(wanted))
        with self._database.read() as connection:
            rows = connection.execute(select(schema.edges).where(clause).order_by(_E.article_id, _E.other_id)).all()
        return tuple(
            Edge(
                article_id=ArticleId(row.article_id),
                other_id=ArticleId(row.other_id),
                tie=Tie(row.tie),
                rule=row.rule,
                scores=tuple((name, value) for name, value in json.loads(row.scores)),
                version=row.version,
            )
            for row in rows
        )

    def judge(self, verdict: StoredVerdict) -> None:
        """Keep an operator's word on a pair; it replaces the one before, in whichever order the two are named."""
        first, second = sorted((verdict.article_id, verdict.other_id))
        row = {
            "article_id": first,
            "other_id": second,
            "verdict": verdict.verdict,
            "who": verdict.who,
            "why": verdict.why,
            "at": to_micros(verdict.at),
        }
        with self._database.write() as connection:
            connection.execute(self._database.upsert(schema.verdicts), row)

    def unjudge(self, article_id: ArticleId, other_id: ArticleId) -> bool:
        """Take an operator's word back. False: there was none."""
        first, second = sorted((article_id, other_id))
        table = schema.verdicts
        with self._database.write() as connection:
            statement = delete(table).where(table.c.article_id == first, table.c.other_id == second)
            return connection.execute(statement).rowcount > 0

    def verdicts(self) -> tuple[StoredVerdict, ...]:
        """Every word of the operators on pairs, in the order given."""
        table = schema.verdicts.c
        with self._database.read() as connection:
            rows = connection.execute(select(schema.verdicts).order_by(table.at, table.article_id)).all()
        return tuple(
            StoredVerdict(
                article_id=ArticleId(row.article_id),
                other_id=ArticleId(row.other_id),
                verdict=Verdict(row.verdict),
                who=row.who,
                why=row.why,
                at=to_instant(row.at),
            )
            for row in rows
        )


def _earliest(coverages: Sequence[str], most: int) -> Select[tuple[str, bytes]]:
    """An event may have thousands of stories: only the records of those that are asked for are read."""
    begun = (
        select(_T.id, _T.coverage, func.min(_M.joined_at).label("at"))
        .join(schema.story_members, _M.story_id == _T.id)
        .where(_T.coverage.in_(coverages), _T.absorbed_by.is_(None))
        .group_by(_T.id, _T.coverage)
        .subquery()
    )
    place = func.row_number().over(partition_by=begun.c.coverage, order_by=(begun.c.at, begun.c.id)).label("place")
    placed = select(begun.c.id, place).subquery()
    chosen = select(_T.coverage, _T.record).join(placed, placed.c.id == _T.id).where(placed.c.place <= most)
    return chosen.order_by(_T.coverage, placed.c.place)


def _load(connection: Connection, story_id: StoryId | str) -> Story | None:
    row = connection.execute(select(_T.record, _T.absorbed_by).where(_T.id == story_id)).one_or_none()
    if row is None:
        return None
    return unpack(Story, row.record) if row.absorbed_by is None else _load(connection, row.absorbed_by)


def _all(connection: Connection, story_ids: Sequence[StoryId]) -> dict[StoryId, Story]:
    """These stories by the ids asked for; for absorbed ones, those that absorbed them. Raises KeyError."""
    found: dict[StoryId, Story] = {}
    for start in range(0, len(story_ids), _CHUNK):
        chosen = _T.id.in_(story_ids[start : start + _CHUNK])
        for row in connection.execute(select(_T.id, _T.record, _T.absorbed_by).where(chosen)).all():
            heir = None if row.absorbed_by is None else _load(connection, row.absorbed_by)
            found[StoryId(row.id)] = heir or unpack(Story, row.record)
    return {story_id: found[story_id] for story_id in story_ids}


def _taken(connection: Connection, candidates: Iterable[PublishedId]) -> set[str]:
    """The keys of those that some story has or had."""
    keys = [column_key(candidate) for candidate in candidates]
    found: set[str] = set()
    for start in range(0, len(keys), _CHUNK):
        statement = select(_T.published_id).where(_T.published_id.in_(keys[start : start + _CHUNK]))
        found.update(key for key in connection.scalars(statement) if key is not None)
    return found


def _free(candidates: Sequence[PublishedId], taken: Collection[str]) -> PublishedId:
    for candidate in candidates:
        if column_key(candidate) not in taken:
            return candidate
    raise ValueError(f"Every candidate for a published id is taken: {', '.join(candidates)}")


def save_stories(database: Database, connection: Connection, stories: Sequence[Story]) -> None:
    """Upsert stories, their members and the articles' pointers to them."""
    if not stories:
        return
    _put(database, connection, _named(connection, stories))
    _save_members(database, connection, stories)


def _put(database: Database, connection: Connection, stories: Sequence[Story]) -> None:
    """Upsert the stories alone; a published id that is stored stays."""
    if not stories:
        return
    statement = database.insert(schema.stories)
    replaced = {name: statement.excluded[name] for name in ("coverage", "changed_at", "absorbed_by", "record")}
    named = func.coalesce(_T.published_id, statement.excluded.published_id)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_={**replaced, "published_id": named})
    connection.execute(statement, [_row(story) for story in stories])


def _named(connection: Connection, stories: Sequence[Story]) -> list[Story]:
    """The stories with the published ids they already have: the matcher may have read them before they got one."""
    unnamed = [story.id for story in stories if story.published_id is None]
    held: dict[StoryId, Story] = {}
    for start in range(0, len(unnamed), _CHUNK):
        chosen = _T.id.in_(unnamed[start : start + _CHUNK])
        for record in connection.scalars(select(_T.record).where(chosen, _T.published_id.is_not(None))):
            story = unpack(Story, record)
            held[story.id] = story
    return [
        replace(story, published_id=held[story.id].published_id, published_article=held[story.id].published_article)
        if story.id in held
        else story
        for story in stories
    ]


def _save_members(database: Database, connection: Connection, stories: Sequence[Story]) -> None:
    members = schema.story_members
    ids = [story.id for story in stories]
    for start in range(0, len(ids), _CHUNK):
        chosen = ids[start : start + _CHUNK]
        connection.execute(delete(members).where(members.c.story_id.in_(chosen)))
        connection.execute(update(schema.articles).where(_A.story_id.in_(chosen)).values(story_id=None))
    rows = [
        {
            "article_id": member.article_id,
            "story_id": story.id,
            "source_id": member.source_id,
            "tie": member.tie.value,
            "joined_at": to_micros(member.joined_at),
        }
        for story in stories
        for member in story.members
    ]
    if rows:
        connection.execute(database.upsert(members), rows)
        pointers = [{"of_article": row["article_id"], "to_story": row["story_id"]} for row in rows]
        connection.execute(_POINT, pointers)


def _row(story: Story) -> dict[str, object]:
    return {
        "id": story.id,
        "published_id": None if story.published_id is None else column_key(story.published_id),
        "coverage": story.coverage,
        "changed_at": to_micros(story.changed_at),
        "absorbed_by": None,
        "record": pack(Story, story),
    }
