"""The tables of both databases. Contains no business logic.

A noun is one row: the columns that a query needs, and last the whole noun as one compressed `record`
(`aggregator.store.codec`), so that a new field with a default asks for no migration. Instants are whole
microseconds since 1970 in UTC (`aggregator.store.times`). Changing a table needs a migration in
`aggregator/store/migrations/versions` and its number in `REVISIONS`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from aggregator.store.metadata import metadata as metadata  # noqa: PLC0414  for who wants it with all tables in it

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision of the schema this program knows, oldest first; the last is its own."""

Number = BigInteger().with_variant(Integer, "sqlite")
"""A row number. SQLite only makes a column the row's own number when it is called INTEGER."""

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("added_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

source_overlays = Table(
    "source_overlays",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

source_states = Table(
    "source_states",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("lease_until", BigInteger),
    Column("lease_owner", Text),
    Column("health", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index(None, "due"),
    Index(None, "host"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("blocked_until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("change", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("guid", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("canonical_url", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("published", BigInteger),
    Column("updated", BigInteger),
    Column("first_seen", BigInteger, nullable=False),
    Column("sorted_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("raw_hash", Text, nullable=False),
    Column("story_id", Text),
    Column("withdrawn", Boolean, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("parser", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("source_id", "key"),
    Index(None, "change"),
    Index(None, "guid", "source_id"),
    Index(None, "canonical_url", "source_id"),
    Index(None, "url"),
    Index(None, "story_id"),
    Index(None, "sorted_at"),
    Index(None, "source_id", "sorted_at"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", Text, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("parser", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("article_id", Text, nullable=False),
    Column("guid", Text, nullable=False),
    Column("canonical_url", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires", BigInteger),
    Index(None, "article_id"),
    Index(None, "guid", "source_id"),
    Index(None, "canonical_url", "source_id"),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("published_id", Text),
    Column("coverage", Text),
    Column("changed_at", BigInteger, nullable=False),
    Column("absorbed_by", Text),
    Column("record", LargeBinary, nullable=False),
    UniqueConstraint("published_id"),
    Index(None, "coverage"),
    Index(None, "changed_at"),
)

story_members = Table(
    "story_members",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("story_id", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("source_id", Text, nullable=False),
    Column("tie", Text, nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    Index(None, "story_id"),
)

edges = Table(
    "edges",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("other_id", Text, primary_key=True),
    Column("tie", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("scores", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "other_id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("other_id", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

exact_keys = Table(
    "exact_keys",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("article_id", Text, primary_key=True),
    Column("story_id", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index(None, "expires"),
)

dedupe_segments = Table(
    "dedupe_segments",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("day", Integer, nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("items", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index(None, "day"),
)

matcher = Table(
    "matcher",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text),
    Column("until", BigInteger),
    Column("last_sequence", BigInteger, nullable=False),
)

match_batches = Table(
    "match_batches",
    metadata,
    Column("last_sequence", Number, primary_key=True, autoincrement=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

selections = Table(
    "selections",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("story_id", Text, primary_key=True),
    Column("article_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("listed_at", BigInteger),
    Column("decided_at", BigInteger, nullable=False),
    Column("rank", Float, nullable=False),
    Column("pinned_until", BigInteger),
    Column("record", LargeBinary, nullable=False),
    Index(None, "topic", "state", "rank"),
    Index(None, "story_id"),
    Index(None, "article_id"),
    Index(None, "decided_at"),
)

selection_changes = Table(
    "selection_changes",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("article_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "story_id", "topic"),
    Index(None, "at"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("topic", Text),
    Column("article_id", Text),
    Column("story_id", Text),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("undone_by", BigInteger),
    Column("record", LargeBinary, nullable=False),
    Index(None, "topic"),
    Index(None, "story_id"),
)

editions = Table(
    "editions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("path", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", BigInteger),
    Column("reason", Text, nullable=False),
    Column("record", LargeBinary),
)

mirrored = Table(
    "mirrored",
    metadata,
    Column("path", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("stamp", Text, nullable=False),
)

digest_issues = Table(
    "digest_issues",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("frozen_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

digest_items = Table(
    "digest_items",
    metadata,
    Column("name", Text, primary_key=True),
    Column("story_id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Index(None, "name", "number"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("target", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Index(None, "topic"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", BigInteger),
    Column("delivered_hash", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("topic", "callback"),
    Index(None, "lease_until"),
)
