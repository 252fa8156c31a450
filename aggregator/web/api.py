"""The API for programs, with its OpenAPI description at ``/api/v1/openapi.json``. Loaded when it is first asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import BaseModel, Field

from aggregator import __version__
from aggregator.errors import UsageError
from aggregator.pipeline.instance import Instance
from aggregator.pipeline.items import Reader


class ItemsPage(BaseModel):
    """A page of a topic's items, in the order in which they entered it."""

    items: list[dict[str, Any]] = Field(description="Items of JSON Feed 1.1 with our extensions, and `listed`.")
    next: str = Field(description="Ask with it as `cursor`, at once where `more` is true and later otherwise.")
    more: bool = Field(description="Whether there is another page now.")


Cursor = Annotated[str | None, Query(pattern=r"^\d{1,18}$", description="`next` of the page before.")]
Since = Annotated[datetime | None, Query(description="Only what entered from then on (RFC 3339); for a first page.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Items in a page, at most.")]


def make_api(instance: Instance) -> FastAPI:
    """The ASGI application below ``/api/``."""
    reader = Reader(instance)
    app = FastAPI(
        title=f"{instance.site.title}: topics and digests",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )

    @app.get("/api/v1/topics/{slug}/items")
    def items(
        slug: str, response: Response, cursor: Cursor = None, since: Since = None, limit: Limit = 50
    ) -> ItemsPage:
        """What entered a topic, the first to enter first. Following `next` never skips an item nor repeats one."""
        response.headers["Cache-Control"] = "no-store"
        start = since.replace(tzinfo=since.tzinfo or UTC) if since and cursor is None else None
        try:
            page = reader.items(slug, after=int(cursor or 0), since=start, limit=limit)
        except UsageError as error:
            raise HTTPException(404, str(error)) from error
        return ItemsPage(items=list(page.items), next=str(page.cursor), more=page.more)

    @app.get("/api/v1/digests/{name}/issues/{number}")
    def issue(name: str, number: int) -> dict[str, Any]:
        """One issue of a digest, without what was taken down since."""
        try:
            return reader.issue(name, number)
        except UsageError as error:
            raise HTTPException(404, str(error)) from error

    return app
