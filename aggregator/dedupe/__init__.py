"""Articles to stories: exact keys, near copies, the original and its copies, coverage of one event."""
