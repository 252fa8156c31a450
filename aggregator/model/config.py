"""The configuration as plain, checked data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aggregator.model.edition import Site
from aggregator.model.ids import TopicSlug
from aggregator.model.source import Republish, Secret, Source
from aggregator.model.topic import ImagePolicy, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How we behave towards sources. Times in seconds, sizes in bytes."""

    allow_networks: tuple[str, ...] = ()
    min_interval: int = 3600
    max_interval: int = 86_400
    default_interval: int = 3600
    unconditional_interval: int = 86_400
    """Floor for sources that give no validators (PROTOCOL P-20)."""
    host_gap: float = 1.0
    concurrency: int = 50
    connect_timeout: float = 10.0
    deadline: float = 60.0
    max_body: int = 10 * 2**20
    max_decoded: int = 50 * 2**20
    max_header: int = 64 * 2**10
    max_redirects: int = 5
    max_retry_after: int = 86_400
    obey_robots: bool = False
    user_agent: str | None = None
    """None: made from the program's name, version and the site's `/about/bot`."""
    websub: bool = True
    delta: bool = False
    """Whether servers are asked for what is new only (RFC 3229 ``A-IM: feed``): right by the book, fragile with caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    url: str = "sqlite:///data/aggregator.db"
    """As SQLAlchemy writes it; the password may come from `password`."""
    password: Secret | None = None
    keep_days: int = 400
    """Articles older than this and in no window are pruned to tombstones."""
    keep_rejections_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """A place for objects that the output folder is copied to."""

    url: str
    """``s3://bucket/prefix``, ``gs://…`` or ``az://…``."""
    options: tuple[tuple[str, str], ...] = ()
    """The library's, such as region and endpoint."""
    credentials: tuple[tuple[str, Secret], ...] = ()
    """The library's, such as access_key_id and secret_access_key."""
    gzip: bool = False
    """Whether texts lie there as gzip, with their Content-Encoding: a bucket does not negotiate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    folder: Path = Path("output")
    formats_compressed: tuple[str, ...] = ("gz", "br", "zst")
    cadence: int = 900
    """Seconds between builds."""
    archives: bool = True
    bucket: BucketSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    host: str = "127.0.0.1"
    port: int = 8080
    admin: bool = False
    admin_password: Secret | None = None
    delta: bool = False
    """Whether readers that ask for it get only what is new (RFC 3229)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """The site's defaults for republishing."""

    default: Republish = Republish.EXCERPT
    excerpt_words: int = 60
    publish_emails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """A summary of a period, made to be mailed."""

    name: str
    title: str
    topics: tuple[TopicSlug, ...]
    period: str = "weekly"
    """``daily``, ``weekly``, ``monthly`` or ``every N items``."""
    weekday: int = 0
    """0 is Monday."""
    hour: int = 7
    timezone: str = "UTC"
    stories: int = 12
    minimum: int = 1
    order: str = "score"
    sections: str = "topic"
    too_few: str = "wait"
    """``wait`` for the next period or ``send`` what there is."""
    send_to: tuple[str, ...] = ()
    carry: int = 1
    """How many further issues a story that found no room may wait for; 0: none."""
    images: ImagePolicy = ImagePolicy.LICENSED
    """Which lead images are shown, of those that the topic allows."""
    language: str | None = None
    """None: the first topic's, else the site's."""
    blurb_words: int = 60
    """Words of a summary shown, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListmonkSettings:
    """A listmonk server that takes issues as draft campaigns."""

    url: str
    username: str
    token: Secret
    lists: tuple[int, ...]
    template: int | None = None
    """None: its default template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtondownSettings:
    """A Buttondown newsletter that takes issues as drafts."""

    token: Secret
    url: str = "https://api.buttondown.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How issues leave: by SMTP for small lists, or as drafts for a mailing tool."""

    host: str = ""
    """Empty: nothing is sent by SMTP."""
    port: int = 587
    username: str = ""
    password: Secret | None = None
    sender: str = ""
    """``Name <address>`` or an address."""
    reply_to: str = ""
    starttls: bool = True
    tls: bool = False
    """TLS from the first byte (port 465) in place of STARTTLS."""
    unsubscribe: str = ""
    """An https or mailto address with ``{address}`` in it, for List-Unsubscribe (RFC 2369, RFC 8058)."""
    timeout: float = 30.0
    """Seconds."""
    listmonk: ListmonkSettings | None = None
    buttondown: ButtondownSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the operator has declared; `revision` is a hash of it that workers agree on."""

    root: Path
    """Folder of config.toml: relative paths start here."""
    feeds_root: Path
    """Local file sources must lie below it."""
    site: Site
    storage: StorageSettings = StorageSettings()
    output: OutputSettings = OutputSettings()
    fetch: FetchSettings = FetchSettings()
    serve: ServeSettings = ServeSettings()
    policy: PolicySettings = PolicySettings()
    sources: tuple[Source, ...] = ()
    topics: tuple[Topic, ...] = ()
    digests: tuple[DigestSettings, ...] = ()
    mail: MailSettings = MailSettings()
    saved_queries: tuple[tuple[str, str], ...] = ()
    """(name, query): used as ``@name`` inside other queries."""
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(name, words): used as ``list:name`` inside queries."""
    revision: str = ""
    files: tuple[Path, ...] = ()
    """The files it was read from, for the watcher."""
