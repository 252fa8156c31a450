"""``config.toml``, ``feeds/*.toml`` and ``feeds/*.opml`` read into one checked `Config`; every fault names its line."""
