"""One storage for SQLite and PostgreSQL. `open_store` is the door; `Store` has one attribute per noun."""

from aggregator.store.store import Store, open_store, restore

__all__ = ["Store", "open_store", "restore"]
