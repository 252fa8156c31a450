"""The main text of a web page, by trafilatura (extra ``fulltext``)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("trafilatura") is not None


def main_content(html: str, url: str) -> str:
    """The article in a page as HTML without what stands around it; empty where none is found.

    Asks for precision: half an article is worse than none. Needs the extra; see `is_installed`.
    """
    import trafilatura

    extract: Any = trafilatura.extract
    found: str | None = extract(
        html,
        url=url,
        output_format="html",
        include_comments=False,
        include_images=True,
        include_links=True,
        include_formatting=True,
        favor_precision=True,
        deduplicate=False,
    )
    return found or ""
