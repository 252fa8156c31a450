"""The configuration's files as pydantic models: one per table. Unknown keys are faults."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from aggregator.config.values import (
    BaseUrl,
    Bytes,
    Day,
    Days,
    Duration,
    FreeSlug,
    LanguageTag,
    MailAddress,
    Seconds,
    Slug,
    SourceUrl,
    TagAuthority,
    TimeZone,
    WebUrl,
    check_reference,
)
from aggregator.model.source import Republish, SourceRole
from aggregator.model.topic import FeedKind, ImagePolicy, Mode, Order, Profile


class Table(BaseModel):
    """Base of all tables: unknown keys are faults, and values are not coerced from other types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretTable(Table):
    env: str | None = Field(None, description="Name of the environment variable that holds the secret.")
    file: str | None = Field(None, description="File that holds the secret; its last line break is dropped.")

    @model_validator(mode="after")
    def _one(self) -> SecretTable:
        if (self.env is None) == (self.file is None):
            raise ValueError('expected exactly one of { env = "NAME" } and { file = "path" }')
        return self


SecretReference = Annotated[SecretTable, BeforeValidator(check_reference)]


class SiteTable(Table):
    title: str = Field("Aggregator", description="Name of the site, in every feed document.", min_length=1)
    description: str = Field("", description="One sentence about the site.")
    base_url: BaseUrl = Field("http://127.0.0.1:8080", description="Where the output is served, without a final slash.")
    language: LanguageTag = Field("en", description="Language of the site's own words (BCP 47).")
    owner: str = Field("", description="Who runs it.")
    contact: str = Field("", description="How to reach the owner: an address or a url; shown on `/about/bot`.")
    tag_authority: TagAuthority | None = Field(
        None, description="`domain,date` for the ids of feeds (RFC 4151); set it once and never change it."
    )
    commercial: bool = Field(True, description="Whether the site is commercial: decides on NC licences.")
    hubs: tuple[WebUrl, ...] = Field((), description="WebSub hubs to announce changes to.")
    icon: WebUrl | None = Field(None, description="Square icon of the site.")
    logo: WebUrl | None = Field(None, description="Logo of the site, twice as wide as high.")


class StorageTable(Table):
    url: str = Field(
        "sqlite:///data/aggregator.db", description="`sqlite:///path` or `postgresql://user@host/database`."
    )
    password: SecretReference | None = Field(None, description="The database password, by reference.")
    keep: Days = Field(400, description="How long articles are kept.")
    keep_rejections: Days = Field(30, description="How long it is kept why an article was not selected.")

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError('expected "sqlite:///path" or "postgresql://…"')
        return value


class BucketTable(Table):
    url: str = Field(
        description="Bucket and prefix: `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.",
        pattern=r"^(s3|gs|az)://[^/\s]+",
    )
    options: dict[str, str] = Field(
        {}, description="Plain options of obstore, such as `region`, `endpoint`, `account_name`."
    )
    credentials: dict[str, SecretReference] = Field(
        {}, description="Its secret options by reference, such as `access_key_id` and `secret_access_key`."
    )
    gzip: bool = Field(False, description="Whether texts lie there as gzip, for buckets without a CDN that compresses.")


class OutputTable(Table):
    folder: str = Field("output", description="Where the published site is written.", min_length=1)
    cadence: Seconds = Field(900, description="Time between builds; becomes max-age and ttl.")
    compress: tuple[str, ...] = Field(("gz", "br", "zst"), description="Which compressed copies are written.")
    archives: bool = Field(True, description="Whether older items are kept in archive documents (RFC 5005).")
    bucket: BucketTable | None = Field(None, description="An object store that the folder is copied to.")

    @field_validator("compress")
    @classmethod
    def _codings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - {"gz", "br", "zst"}:
            raise ValueError(f'expected some of "gz", "br" and "zst", not {", ".join(sorted(unknown))}')
        return value


class FetchTable(Table):
    allow_networks: tuple[str, ...] = Field((), description="Private networks that may be polled, for a lab.")
    min_interval: Seconds = Field(3600, description="No source is polled more often than this.")
    max_interval: Seconds = Field(86_400, description="Every source is polled at least this often, unless it fails.")
    default_interval: Seconds = Field(3600, description="For sources whose rate is not known yet.")
    unconditional_interval: Seconds = Field(86_400, description="Floor for sources that give no validators.")
    host_gap: Duration = Field(1.0, description="Time between two requests to one host.")
    delta: bool = Field(False, description="Whether servers are asked for what is new only (RFC 3229).")
    concurrency: int = Field(50, description="Requests under way at once, at most.", ge=1, le=1000)
    connect_timeout: Duration = Field(10.0, description="For one connection attempt.")
    deadline: Duration = Field(60.0, description="For one whole poll, redirects included.")
    max_body: Bytes = Field(10 * 2**20, description="Largest body as transferred.")
    max_decoded: Bytes = Field(50 * 2**20, description="Largest body after decompression.")
    max_redirects: int = Field(5, description="Redirects followed, at most.", ge=0, le=20)
    max_retry_after: Seconds = Field(86_400, description="Longest Retry-After that is believed.")
    obey_robots: bool = Field(False, description="Whether robots.txt decides on declared feeds too.")
    user_agent: str | None = Field(None, description="Replaces the program's own User-Agent.")
    websub: bool = Field(True, description="Whether sources with a hub are subscribed to.")

    @field_validator("allow_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f'expected networks such as "127.0.0.0/8", not {network!r}') from None
        return value

    @model_validator(mode="after")
    def _order(self) -> FetchTable:
        if self.min_interval > self.max_interval:
            raise ValueError("expected min_interval to be no longer than max_interval")
        return self


class FeedsTable(Table):
    include: tuple[str, ...] = Field(
        ("feeds/*.toml", "feeds/*.opml"), description="Further files that declare sources and topics."
    )
    folder: str = Field("feeds", description="Local file sources must lie below it.")


class ServeTable(Table):
    host: str = Field("127.0.0.1", description="Address to serve on.")
    port: int = Field(8080, description="Port to serve on.", ge=0, le=65_535)
    admin: bool = Field(False, description="Whether the operator's pages are served.")
    admin_password: SecretReference | None = Field(None, description="Password of the operator's pages, by reference.")
    delta: bool = Field(
        False, description="Whether readers that ask for it get only what is new (RFC 3229); leave it off behind a CDN."
    )


class PolicyTable(Table):
    default: Republish = Field(Republish.EXCERPT, description="Where neither licence nor permission says.")
    excerpt_words: int = Field(60, description="Length of an excerpt.", ge=5, le=500)
    publish_emails: bool = Field(False, description="Whether e-mail addresses of authors are published.")


class PermissionTable(Table):
    text: str = Field(description="The permission in the publisher's words.", min_length=1)
    granted: Day | None = Field(None, description="When it was given.")
    expires: Day | None = Field(None, description="When it ends.")
    policy: Republish = Field(Republish.FULL, description="What it allows.")
    excludes: tuple[str, ...] = Field((), description="Bylines, agencies or credits that it does not cover.")


class TrustTable(Table):
    ids: bool = Field(True, description="Whether its entry ids are believed.")
    dates: bool = Field(True, description="Whether its dates are believed.")
    authors: bool = Field(True, description="Whether its authors are believed.")
    language: bool = Field(True, description="Whether its language declarations are believed.")
    charset: bool = Field(True, description="False: valid UTF-8 wins over every declared charset.")


class PageTable(Table):
    item: str = Field(description="CSS selector of one item.")
    title: str = Field(description="CSS selector of the title within the item.")
    link: str = Field(description="CSS selector of the link within the item.")
    date: str | None = Field(None, description="CSS selector of the date.")
    image: str | None = Field(None, description="CSS selector of the image.")
    author: str | None = Field(None, description="CSS selector of the author.")
    summary: str | None = Field(None, description="CSS selector of the summary.")


class SourceTable(Table):
    id: Slug | None = Field(None, description="Its name here, for good; made from the url when missing.")
    url: SourceUrl = Field(description="http(s) url of the feed, or a path below the feeds folder.")
    title: str | None = Field(None, description="Replaces the feed's own title.")
    home_url: WebUrl | None = Field(None, description="Replaces the feed's own home page.")
    language: LanguageTag | None = Field(None, description="Language of articles that declare none.")
    timezone: TimeZone | None = Field(None, description="Time zone of dates that have none.")
    tags: tuple[str, ...] = Field((), description="Topics select sources by tag.")
    weight: float = Field(1.0, description="Weight in scores.", ge=0, le=100)
    owner: str | None = Field(None, description="Who runs it; sources of one owner count once.")
    role: SourceRole = Field(SourceRole.UNKNOWN, description="original, agency or aggregator.")
    licence: str | None = Field(None, description="Licence of its articles: an id, url or name.")
    permission: PermissionTable | None = Field(None, description="A written permission to republish.")
    policy: Republish | None = Field(None, description="Overrides what licence and permission say.")
    trust: TrustTable = Field(TrustTable(), description="What of its word is believed.")
    min_interval: Seconds | None = Field(None, description="Polled no more often than this.")
    max_interval: Seconds | None = Field(None, description="Polled at least this often.")
    backfill: Days | None = Field(None, description="How old entries of a new source may be to enter topics.")
    headers: dict[str, str] = Field({}, description="Further request headers; no credentials here.")
    username: str | None = Field(None, description="For Basic authentication.")
    password: SecretReference | None = Field(None, description="For Basic authentication, by reference.")
    bearer: SecretReference | None = Field(None, description="A bearer token, by reference.")
    proxy: SecretReference | None = Field(None, description="Proxy url for this source, by reference.")
    verify_tls: bool = Field(True, description="False: an invalid certificate is accepted, for this source only.")
    http1_only: bool = Field(False, description="Never use HTTP/2 for it.")
    obey_robots: bool = Field(False, description="Whether its robots.txt decides.")
    websub: bool = Field(True, description="Whether its hub is used.")
    history: bool = Field(False, description="Read its archives too, once each (RFC 5005).")
    full_text: bool = Field(False, description="Read the articles' pages for what the feed leaves out.")
    private: bool = Field(False, description="Its url is a secret and is never published.")
    page: PageTable | None = Field(None, description="Selectors, where the url is a page and not a feed.")
    paused: bool = Field(False, description="Not polled.")

    @field_validator("headers")
    @classmethod
    def _no_credentials(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name.lower() in {"authorization", "cookie", "proxy-authorization"}:
                raise ValueError(f"expected no credentials in headers ({name}): use password or bearer")
        return value


class TopicTable(Table):
    slug: FreeSlug = Field(description="Its name in urls.")
    title: str = Field(description="Its name for readers.", min_length=1)
    description: str = Field("", description="One sentence about it.")
    query: str = Field("", description="What it selects; empty: everything of its sources.")
    sources: tuple[Slug, ...] = Field((), description="Only these sources; empty: all.")
    tags: tuple[str, ...] = Field((), description="Only sources with one of these tags.")
    languages: tuple[LanguageTag, ...] = Field((), description="Only articles in these languages.")
    topics: tuple[Slug, ...] = Field((), description="Built from what these topics list.")
    language: LanguageTag | None = Field(None, description="Language of the feed document.")
    limit: int = Field(100, description="Items in the feed document, at most.", ge=1, le=300)
    min_items: int = Field(30, description="The window is widened until it holds this many.", ge=0, le=300)
    window: Days = Field(14, description="How long an item stays.")
    order: Order = Field(Order.NEWEST, description="newest or score.")
    min_score: float = Field(0.0, description="Items with a lower score are not listed.", ge=0)
    per_source: int | None = Field(None, description="Items per source, at most.", ge=1)
    mode: Mode = Field(Mode.AUTO, description="auto, or approve: nothing is listed before it is approved.")
    policy: Republish | None = Field(None, description="full, excerpt, link or refuse, where no licence says.")
    max_policy: Republish = Field(Republish.FULL, description="Never more than this.")
    excerpt_words: int | None = Field(None, description="Length of an excerpt.", ge=5, le=500)
    dedupe: bool = Field(True, description="One item per story.")
    backfill: Days = Field(3, description="How old entries of a source added later may be.")
    formats: tuple[FeedKind, ...] = Field(tuple(FeedKind), description="Documents that are written.")
    profile: Profile = Field(Profile.READER, description="reader or newsletter.")
    images: ImagePolicy = Field(ImagePolicy.LINK, description="link, licensed or drop.")
    attribution_line: bool = Field(True, description="Whether the content shows who made it.")
    explain: bool = Field(False, description="Whether Atom and RSS say why an item is there.")
    licence: str | None = Field(None, description="Licence of the selection itself.")
    private: bool = Field(False, description="Served under an unguessable address only.")
    indexing: bool = Field(True, description="Whether search engines may index its page.")
    former_slugs: tuple[Slug, ...] = Field((), description="Earlier names, which go on working.")


class DigestTable(Table):
    name: FreeSlug = Field(description="Its name in urls.")
    title: str = Field(description="Its name for readers.", min_length=1)
    topics: tuple[Slug, ...] = Field(description="Topics it is made from.", min_length=1)
    period: str = Field("weekly", description='"daily", "weekly", "monthly" or "every N items".')
    weekday: int = Field(0, description="0 is Monday.", ge=0, le=6)
    hour: int = Field(7, description="Hour of the day at which an issue is made.", ge=0, le=23)
    timezone: TimeZone = Field("UTC", description="Time zone of the hour.")
    stories: int = Field(12, description="Stories in an issue, at most.", ge=1, le=100)
    minimum: int = Field(1, description="Stories in an issue, at least.", ge=0)
    order: str = Field("score", description='"score", "coverage" or "newest".', pattern="^(score|coverage|newest)$")
    sections: str = Field("topic", description='"topic", "category" or "none".', pattern="^(topic|category|none)$")
    too_few: str = Field("wait", description='"wait" for the next period, or "send".', pattern="^(wait|send)$")
    send_to: tuple[MailAddress, ...] = Field((), description="Addresses an issue is sent to.")
    carry: int = Field(1, description="How many more issues a story that found no room may wait for.", ge=0, le=1000)
    images: ImagePolicy = Field(ImagePolicy.LICENSED, description="Lead images: link, licensed or drop.")
    language: LanguageTag | None = Field(None, description="Language of its own words; else the first topic's.")
    blurb_words: int = Field(60, description="Words of a summary that are shown, at most.", ge=5, le=200)

    @field_validator("period")
    @classmethod
    def _period(cls, value: str) -> str:
        words = value.split()
        counted = len(words) == 3 and words[0] == "every" and words[1].isdigit() and words[2] == "items"
        if value not in {"daily", "weekly", "monthly"} and not (counted and int(words[1]) > 0):
            raise ValueError('expected "daily", "weekly", "monthly" or "every N items"')
        return value


class ListmonkTable(Table):
    url: WebUrl = Field(description="Address of the listmonk server.")
    username: str = Field(description="Its API user.", min_length=1)
    token: SecretReference = Field(description="The API user's token, by reference.")
    lists: tuple[int, ...] = Field(description="Ids of the lists a campaign is for.", min_length=1)
    template: int | None = Field(None, description="Id of the template; its default one when missing.")


class ButtondownTable(Table):
    token: SecretReference = Field(description="The API key, by reference.")
    url: WebUrl = Field("https://api.buttondown.com", description="Address of the API.")


class MailTable(Table):
    host: str = Field("", description="The SMTP server; empty: nothing is sent by SMTP.")
    port: int = Field(587, description="Its port.", ge=1, le=65_535)
    username: str = Field("", description="For SMTP authentication; empty: none.")
    password: SecretReference | None = Field(None, description="The password, by reference.")
    sender: MailAddress | None = Field(None, alias="from", description='Who sends: "Name <address>" or an address.')
    reply_to: MailAddress | None = Field(None, description="Where replies go.")
    starttls: bool = Field(True, description="Whether the connection must be encrypted by STARTTLS.")
    tls: bool = Field(False, description="TLS from the first byte (port 465) in place of STARTTLS.")
    unsubscribe: str = Field(
        "", description="https: or mailto: address for List-Unsubscribe; `{address}` is filled in."
    )
    timeout: Duration = Field(30.0, description="For one answer of the server.")
    listmonk: ListmonkTable | None = None
    buttondown: ButtondownTable | None = None

    @field_validator("unsubscribe")
    @classmethod
    def _unsubscribe(cls, value: str) -> str:
        if value and not value.startswith(("https://", "mailto:")):
            raise ValueError("expected an address that begins with https:// or mailto:")
        return value

    @model_validator(mode="after")
    def _sender(self) -> MailTable:
        if self.host and not self.sender:
            raise ValueError('expected from = "Name <address>" beside host')
        return self


class MainFile(Table):
    """``config.toml``."""

    site: SiteTable = SiteTable()
    storage: StorageTable = StorageTable()
    output: OutputTable = OutputTable()
    fetch: FetchTable = FetchTable()
    feeds: FeedsTable = FeedsTable()
    serve: ServeTable = ServeTable()
    policy: PolicyTable = PolicyTable()
    mail: MailTable = MailTable()
    queries: dict[str, str] = Field({}, description="Saved queries by name, used as `@name`.")
    lists: dict[str, str] = Field({}, description="Files of words by name, one a line, used as `list:name`.")
    source: tuple[SourceTable, ...] = ()
    topic: tuple[TopicTable, ...] = ()
    digest: tuple[DigestTable, ...] = ()


class FeedsFile(Table):
    """A file below ``feeds/``: sources, topics, digests and saved queries."""

    queries: dict[str, str] = {}
    source: tuple[SourceTable, ...] = ()
    topic: tuple[TopicTable, ...] = ()
    digest: tuple[DigestTable, ...] = ()
