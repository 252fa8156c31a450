"""The identifiers that the rooms hand to each other."""

from __future__ import annotations

from typing import NewType

SourceId = NewType("SourceId", str)
"""A slug chosen by the operator or minted once; never derived from the url again."""

ArticleId = NewType("ArticleId", str)
"""Minted from (source id, entry identity) when an entry is first seen; never changes."""

StoryId = NewType("StoryId", str)
"""Minted when a story's first article is matched; never reused."""

PublishedId = NewType("PublishedId", str)
"""The id an item carries in every feed document: an IRI, kept for the story's life (RFC 4287 section 4.2.6)."""

TopicSlug = NewType("TopicSlug", str)
"""A topic's name in urls and on the command line."""
