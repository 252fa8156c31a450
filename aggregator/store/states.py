"""The schedule: one row per source, claimed with a lease."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import (
    BooleanClauseList,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from aggregator.model.ids import SourceId
from aggregator.model.source import Health, Source, SourceState
from aggregator.store import schema
from aggregator.store.codec import pack, unpack
from aggregator.store.database import Database
from aggregator.store.records import HostBlock
from aggregator.store.times import to_instant, to_micros

_T = schema.source_states.c
_H = schema.hosts.c


def host_of(url: str) -> str:
    """The host that limits and blocks are counted by; empty for a local file, which has neither."""
    try:
        return (urlsplit(url).hostname or "").lower() if "://" in url else ""
    except ValueError:
        return ""


def no_spread(_source_id: SourceId) -> timedelta:
    return timedelta(0)


class States:
    """Asked by the pipeline's sweep and poll, by workers, and by whatever shows the health of sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(
        self, sources: Iterable[Source], now: datetime, spread: Callable[[SourceId], timedelta] = no_spread
    ) -> tuple[SourceId, ...]:
        """Give each new source a state that is due at `now` plus its spread; keep those that have one.

        Returns the ids of the new ones. A source declared with another url than its state's `declared_url` is left
        alone: resetting it is the poll's decision (PROTOCOL P-14).
        """
        wanted = {source.id: source for source in sources}
        with self._database.write() as connection:
            known = set(connection.scalars(select(_T.source_id)).all())
            new = [source for source in wanted.values() if source.id not in known]
            if new:
                rows = [state_row(first_state(source, now + spread(source.id))) for source in new]
                connection.execute(schema.source_states.insert(), rows)
        return tuple(source.id for source in new)

    def claim(
        self,
        now: datetime,
        limit: int,
        owner: str,
        lease_seconds: float,
        *,
        per_host: int = 1,
        source_ids: Sequence[SourceId] | None = None,
        ignore_due: bool = False,
    ) -> list[SourceState]:
        """Take up to `limit` sources whose time has come, the longest due first, by one statement.

        Left out are sources leased to anyone, sources of hosts that are blocked or that another owner has a lease
        on, those beyond `per_host` leases of one host (local files have no host and no limit), and paused ones unless
        they are named in `source_ids`. Two claimers never get the same source, nor two owners the same host: within
        one process it is the fetcher that asks a host one request at a time.
        """
        if source_ids is not None and not source_ids:
            return []
        micros = to_micros(now)
        until = to_micros(now + timedelta(seconds=lease_seconds))
        wanted = _wanted(
            micros, owner=owner, per_host=per_host, source_ids=source_ids, ignore_due=ignore_due, limit=limit
        )
        statement = (
            update(schema.source_states)
            .where(_T.source_id.in_(self._locked(wanted, micros)))
            .values(lease_until=until, lease_owner=owner)
            .returning(_T.due, _T.source_id, _T.record)
        )
        with self._database.write() as connection:
            rows = sorted(connection.execute(statement).all(), key=lambda row: (row.due, row.source_id))
        return [unpack(SourceState, row.record) for row in rows]

    def _locked(self, wanted: Select[tuple[str]], micros: int) -> Select[tuple[str]]:
        if self._database.is_sqlite:
            return wanted
        # A window function and FOR UPDATE exclude each other in one SELECT; the lease is looked at again because
        # the row may have been taken since the window was computed.
        return select(_T.source_id).where(_T.source_id.in_(wanted), _is_free(micros)).with_for_update(skip_locked=True)

    def get(self, source_id: SourceId) -> SourceState | None:
        with self._database.read() as connection:
            record = connection.scalar(select(_T.record).where(_T.source_id == source_id))
        return None if record is None else unpack(SourceState, record)

    def all(self) -> tuple[SourceState, ...]:
        """Every state, in the order of the sources' ids."""
        with self._database.read() as connection:
            records = connection.scalars(select(_T.record).order_by(_T.source_id)).all()
        return tuple(unpack(SourceState, record) for record in records)

    def save(self, state: SourceState) -> None:
        """Add or replace a state; a lease on it stays."""
        with self._database.write() as connection:
            save_state(self._database, connection, state)

    def amend(self, source_id: SourceId, change: Callable[[SourceState], SourceState]) -> SourceState | None:
        """Replace a state by what `change` makes of it, nobody else's writes between; a lease on it stays.

        Returns the new state; None: there is none to change.
        """
        asked = select(_T.record).where(_T.source_id == source_id)
        with self._database.write() as connection:
            # SQLite has one writer and ignores the clause; PostgreSQL locks the row.
            record = connection.scalar(asked if self._database.is_sqlite else asked.with_for_update())
            if record is None:
                return None
            state = unpack(SourceState, record)
            changed = change(state)
            if changed is not state:
                save_state(self._database, connection, changed)
            return changed

    def release(self, source_ids: Iterable[SourceId], owner: str) -> int:
        """Give back leases of `owner` without having polled. Returns how many were still its own."""
        statement = (
            update(schema.source_states)
            .where(_T.source_id.in_(list(source_ids)), _T.lease_owner == owner)
            .values(lease_until=None, lease_owner=None)
        )
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def holders(self, now: datetime) -> tuple[str, ...]:
        """The owners of the leases that hold at `now`."""
        statement = select(_T.lease_owner).where(_T.lease_until > to_micros(now)).distinct()
        with self._database.read() as connection:
            return tuple(sorted(owner for owner in connection.scalars(statement) if owner))

    def release_all(self, owner: str) -> int:
        """Give back every lease of an owner that is known to be dead. Returns how many there were."""
        statement = update(schema.source_states).where(_T.lease_owner == owner)
        with self._database.write() as connection:
            return connection.execute(statement.values(lease_until=None, lease_owner=None)).rowcount

    def renew(self, source_id: SourceId, owner: str, until: datetime) -> bool:
        """Lengthen a lease. False: it has passed to another."""
        statement = (
            update(schema.source_states)
            .where(_T.source_id == source_id, _T.lease_owner == owner)
            .values(lease_until=to_micros(until))
        )
        with self._database.write() as connection:
            return connection.execute(statement).rowcount > 0

    def remove(self, source_ids: Iterable[SourceId]) -> int:
        """Forget the states of sources that are no longer declared; their articles stay."""
        statement = delete(schema.source_states).where(_T.source_id.in_(list(source_ids)))
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def next_due(self) -> datetime | None:
        """When the next source that is not paused is due; None: there is none."""
        with self._database.read() as connection:
            due: int | None = connection.scalar(select(func.min(_T.due)).where(_T.health != Health.PAUSED.value))
        return to_instant(due)

    def block_host(self, block: HostBlock) -> None:
        """Ask no source of a host before an instant, such as a Retry-After for all of it; the later of two holds."""
        row = {"host": block.host, "blocked_until": to_micros(block.until), "reason": block.reason}
        statement = self._database.insert(schema.hosts)
        statement = statement.on_conflict_do_update(
            index_elements=["host"],
            set_={"blocked_until": statement.excluded.blocked_until, "reason": statement.excluded.reason},
            where=statement.excluded.blocked_until > _H.blocked_until,
        )
        with self._database.write() as connection:
            connection.execute(statement, row)

    def unblock_host(self, host: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(schema.hosts).where(_H.host == host))

    def blocks(self, now: datetime) -> tuple[HostBlock, ...]:
        """The hosts blocked at `now`."""
        statement = select(schema.hosts).where(_H.blocked_until > to_micros(now)).order_by(_H.host)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return tuple(HostBlock(host=r.host, until=to_instant(r.blocked_until), reason=r.reason) for r in rows)


def first_state(source: Source, due: datetime) -> SourceState:
    return SourceState(source_id=source.id, url=source.url, declared_url=source.url, due=due)


def state_row(state: SourceState) -> dict[str, Any]:
    return {
        "source_id": state.source_id,
        "host": host_of(state.url),
        "due": to_micros(state.due),
        "health": state.health.value,
        "failures": state.failures,
        "record": pack(SourceState, state),
    }


_SAVE = (
    update(schema.source_states)
    .where(_T.source_id == bindparam("of_source"))
    .values({name: bindparam(name) for name in ("host", "due", "health", "failures", "record")})
)
_RELEASE = _SAVE.values(lease_until=None, lease_owner=None)
_RELEASE_OWN = _RELEASE.where(_T.lease_owner == bindparam("owner"))


def save_state(database: Database, connection: Connection, state: SourceState) -> None:
    row = state_row(state)
    if not _update(connection, _SAVE, row):
        connection.execute(database.insert(schema.source_states), row)


def finish_state(database: Database, connection: Connection, state: SourceState, owner: str | None) -> bool:
    """Save a state and end its lease. False: the lease is another's than `owner`'s, and nothing was written."""
    row = state_row(state)
    if owner is not None:
        return _update(connection, _RELEASE_OWN, row, owner=owner)
    if not _update(connection, _RELEASE, row):
        connection.execute(database.insert(schema.source_states), row)
    return True


def _update(connection: Connection, statement: Any, row: dict[str, Any], **values: str) -> bool:
    rest = {name: value for name, value in row.items() if name != "source_id"}
    return connection.execute(statement, {**rest, **values, "of_source": row["source_id"]}).rowcount > 0


def _is_free(micros: int) -> ColumnElement[bool]:
    return or_(_T.lease_until.is_(None), _T.lease_until <= micros)


def _wanted(
    micros: int, *, owner: str, per_host: int, source_ids: Sequence[SourceId] | None, ignore_due: bool, limit: int
) -> Select[tuple[str]]:
    """The ids to claim: a host's places are counted in the order of due times, after those it has already."""
    place = func.row_number().over(partition_by=_T.host, order_by=(_T.due, _T.source_id))
    leased = _leases_by_host(micros, owner)
    blocked = select(_H.host).where(_H.blocked_until > micros)
    numbered = (
        select(
            _T.source_id,
            _T.host,
            _T.due,
            place.label("place"),
            func.coalesce(leased.c.taken, 0).label("taken"),
            func.coalesce(leased.c.others, 0).label("others"),
        )
        .outerjoin(leased, leased.c.host == _T.host)
        .where(_is_free(micros), _T.host.not_in(blocked), _chosen(micros, source_ids, ignore_due=ignore_due))
        .subquery("numbered")
    )
    n = numbered.c
    return (
        select(n.source_id)
        .where(or_(n.host == "", and_(n.others == 0, n.place + n.taken <= per_host)))
        .order_by(n.due, n.source_id)
        .limit(limit)
    )


def _leases_by_host(micros: int, owner: str) -> Subquery:
    of_others = func.sum(case((_T.lease_owner == owner, 0), else_=1))
    return (
        select(_T.host, func.count().label("taken"), of_others.label("others"))
        .where(_T.lease_until > micros)
        .group_by(_T.host)
        .subquery("leases")
    )


def _chosen(
    micros: int, source_ids: Sequence[SourceId] | None, *, ignore_due: bool
) -> ColumnElement[bool] | BooleanClauseList:
    clauses: list[ColumnElement[bool]] = []
    if not ignore_due:
        clauses.append(_T.due <= micros)
    if source_ids is None:
        clauses.append(_T.health != Health.PAUSED.value)
    else:
        clauses.append(_T.source_id.in_(list(source_ids)))
    return and_(*clauses)
