"""The models of the configuration's files turned into the nouns of the program."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.config.schema import (
    BucketTable,
    ButtondownTable,
    DigestTable,
    ListmonkTable,
    MainFile,
    SecretTable,
    SourceTable,
    TopicTable,
)
from aggregator.model.config import (
    BucketSettings,
    ButtondownSettings,
    DigestSettings,
    FetchSettings,
    ListmonkSettings,
    MailSettings,
    OutputSettings,
    PolicySettings,
    ServeSettings,
    StorageSettings,
)
from aggregator.model.edition import Site
from aggregator.model.ids import SourceId, TopicSlug
from aggregator.model.source import PageSelectors, Permission, Secret, Source, Trust
from aggregator.model.topic import Topic


def mint_source_id(url: str, taken: set[str]) -> SourceId:
    """A readable slug for a source that was given none: from host and path, numbered where it is taken."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    words = re.sub(r"\.(?:xml|rss|atom|json|rdf)$", "", parts.path.lower())
    slug = re.sub(r"[^a-z0-9]+", "-", f"{host}-{words}".lower()).strip("-")[:60].strip("-") or "source"
    candidate, number = slug, 1
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return SourceId(candidate)


def site(main: MainFile) -> Site:
    table = main.site
    return Site(
        title=table.title,
        base_url=table.base_url,
        description=table.description,
        language=table.language,
        owner=table.owner,
        contact=table.contact,
        tag_authority=table.tag_authority or "",
        commercial=table.commercial,
        hubs=table.hubs,
        icon=table.icon,
        logo=table.logo,
    )


def storage(main: MainFile) -> StorageSettings:
    table = main.storage
    return StorageSettings(
        url=table.url,
        password=secret(table.password),
        keep_days=table.keep,
        keep_rejections_days=table.keep_rejections,
    )


def output(main: MainFile, root: Path) -> OutputSettings:
    table = main.output
    return OutputSettings(
        folder=root / table.folder,
        formats_compressed=table.compress,
        cadence=table.cadence,
        archives=table.archives,
        bucket=_bucket(table.bucket) if table.bucket else None,
    )


def _bucket(table: BucketTable) -> BucketSettings:
    return BucketSettings(
        url=table.url,
        options=tuple(sorted(table.options.items())),
        credentials=tuple(
            sorted((name, Secret(env=one.env, file=one.file)) for name, one in table.credentials.items())
        ),
        gzip=table.gzip,
    )


def fetch(main: MainFile) -> FetchSettings:
    return FetchSettings(**main.fetch.model_dump())


def serve(main: MainFile) -> ServeSettings:
    table = main.serve
    return ServeSettings(
        host=table.host,
        port=table.port,
        admin=table.admin,
        admin_password=secret(table.admin_password),
        delta=table.delta,
    )


def policy(main: MainFile) -> PolicySettings:
    return PolicySettings(**main.policy.model_dump())


def mail(main: MainFile) -> MailSettings:
    table = main.mail
    return MailSettings(
        host=table.host,
        port=table.port,
        username=table.username,
        password=secret(table.password),
        sender=table.sender or "",
        reply_to=table.reply_to or "",
        starttls=table.starttls,
        tls=table.tls,
        unsubscribe=table.unsubscribe,
        timeout=table.timeout,
        listmonk=_listmonk(table.listmonk) if table.listmonk else None,
        buttondown=_buttondown(table.buttondown) if table.buttondown else None,
    )


def _listmonk(table: ListmonkTable) -> ListmonkSettings:
    return ListmonkSettings(
        url=table.url.rstrip("/"),
        username=table.username,
        token=Secret(env=table.token.env, file=table.token.file),
        lists=table.lists,
        template=table.template,
    )


def _buttondown(table: ButtondownTable) -> ButtondownSettings:
    return ButtondownSettings(url=table.url.rstrip("/"), token=Secret(env=table.token.env, file=table.token.file))


def secret(table: SecretTable | None) -> Secret | None:
    return Secret(env=table.env, file=table.file) if table else None


def source(table: SourceTable, source_id: SourceId) -> Source:
    """One source; `source_id` is the declared or minted id."""
    return Source(
        id=source_id,
        url=table.url,
        title=table.title,
        home_url=table.home_url,
        language=table.language,
        timezone=table.timezone,
        tags=table.tags,
        weight=table.weight,
        owner=table.owner,
        role=table.role,
        licence=table.licence,
        permission=Permission(**table.permission.model_dump()) if table.permission else None,
        policy=table.policy,
        trust=Trust(**table.trust.model_dump()),
        min_interval=table.min_interval,
        max_interval=table.max_interval,
        backfill_days=table.backfill,
        headers=tuple(sorted(table.headers.items())),
        username=table.username,
        password=secret(table.password),
        bearer=secret(table.bearer),
        proxy=secret(table.proxy),
        verify_tls=table.verify_tls,
        http1_only=table.http1_only,
        obey_robots=table.obey_robots,
        websub=table.websub,
        history=table.history,
        full_text=table.full_text,
        private=table.private,
        page=PageSelectors(**table.page.model_dump()) if table.page else None,
        paused=table.paused,
    )


def topic(table: TopicTable) -> Topic:
    """One topic."""
    renamed = {"window", "backfill", "slug", "sources", "topics", "former_slugs"}
    return Topic(
        slug=TopicSlug(table.slug),
        sources=tuple(SourceId(name) for name in table.sources),
        topics=tuple(TopicSlug(name) for name in table.topics),
        former_slugs=tuple(TopicSlug(name) for name in table.former_slugs),
        window_days=table.window,
        backfill_days=table.backfill,
        **table.model_dump(exclude=renamed),
    )


def digest(table: DigestTable) -> DigestSettings:
    """One digest."""
    values = table.model_dump(exclude={"topics"})
    return DigestSettings(topics=tuple(TopicSlug(name) for name in table.topics), **values)
