"""What some sites' addresses mean: links that only lead to another link, and pages with several addresses.

Two tables: `_REDIRECTORS` by host, for links that carry their target within themselves, and `_RULES` by host. A site
stands here only where its forms are documented or plain to see, and where the rule cannot join two articles.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of a link while its key is made; values of `query` begin with their equals sign."""

    host: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    fragment: str = ""

    def value(self, *names: str) -> str:
        """The first non-empty value of one of these parameters, decoded."""
        return next((unquote(value[1:]) for name, value in self.query if name in names and value[1:]), "")

    def __str__(self) -> str:
        query = "&".join(name + value for name, value in self.query)
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"https://{self.host}{self.path}{'?' if query else ''}{query}{fragment}"


_REDIRECTORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "l.facebook.com": ("/l.php", ("u",)),
    "lm.facebook.com": ("/l.php", ("u",)),
    "l.instagram.com": ("/", ("u",)),
    "l.threads.net": ("/", ("u",)),
    "t.umblr.com": ("/redirect", ("z",)),
    "www.youtube.com": ("/redirect", ("q",)),
    "youtube.com": ("/redirect", ("q",)),
    "out.reddit.com": ("", ("url",)),
    "getpocket.com": ("/redirect", ("url",)),
    "slack-redir.net": ("/link", ("url",)),
    "steamcommunity.com": ("/linkfilter", ("url", "u")),
    "vk.com": ("/away.php", ("to",)),
    "www.linkedin.com": ("/redir", ("url",)),
    "duckduckgo.com": ("/l", ("uddg",)),
    "www.bing.com": ("/news/apiclick.aspx", ("url",)),
    "medium.com": ("/r", ("url",)),
    "exit.sc": ("/", ("url",)),
    "redirect.viglink.com": ("/", ("u",)),
    "go.redirectingat.com": ("/", ("url",)),
    "go.skimresources.com": ("/", ("url",)),
    "www.google.com": ("/url", ("q", "url")),
    "disq.us": ("/url", ("url",)),
    "link.zhihu.com": ("/", ("target",)),
    "flip.it": ("/redirect", ("url",)),
    "outgoing.prod.webservices.mozgcp.net": ("/v1", ("url",)),
    "eur.safelinks.protection.outlook.com": ("/", ("url",)),
}
"""Host, beginning of the path, parameters that hold the target."""

_GOOGLE = re.compile(r"(?:www\.|news\.)?google\.(?:com?\.)?[a-z]{2,3}\Z")
_AMP_CACHE = re.compile(r"\A/(?:[a-z]/)?(s/)?([^/]+\.[^/]+(?:/.*)?)\Z")
_ARCHIVE = re.compile(r"\A/web/\d{4,14}(?:[a-z]{2}_)?/(https?:/+)(.+)\Z")


def unwrap(address: Address) -> str:
    """The link that `address` only leads to; empty where it leads to itself or where that is not known."""
    host, path = address.host, address.path
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        return _from_amp_cache(path, address)
    if _GOOGLE.match(host) and path.startswith("/amp/"):
        return _from_amp_cache(path[4:], address)
    if _GOOGLE.match(host) and path == "/url":
        return address.value("q", "url")
    if host.endswith(".safelinks.protection.outlook.com"):
        return address.value("url")
    if host == "web.archive.org" and (found := _ARCHIVE.match(path)):
        return f"{found[1].rstrip('/')}//{found[2]}{_query(address)}"
    if host == "go.theregister.com" and path.startswith("/feed/"):
        return f"https://{path[6:]}"
    if host == "href.li" and address.query:
        return unquote("".join(address.query[0]))
    beginning, parameters = _REDIRECTORS.get(host, ("", ()))
    return address.value(*parameters) if parameters and path.startswith(beginning) else ""


def _from_amp_cache(path: str, address: Address) -> str:
    found = _AMP_CACHE.match(path)
    return f"http{'s' if found[1] else ''}://{found[2]}{_query(address)}" if found else ""


def _query(address: Address) -> str:
    joined = "&".join(name + value for name, value in address.query)
    return f"?{joined}" if joined else ""


_VIDEO = re.compile(r"/(?:shorts|embed|live|v|e)/([\w-]{11})(?:/|\Z)")
_ARXIV = re.compile(r"/(?:abs|pdf|html|format)/((?:[a-z-]+(?:\.[A-Z]{2})?/)?[\d.]{7,10})(?:v\d+)?(?:\.pdf)?/?\Z")
_STATUS = re.compile(r"/(?:i/web|i|[A-Za-z0-9_]{1,20})/status(?:es)?/(\d+)(?:/.*)?\Z")
_THREAD = re.compile(r"(?:/(?:r|user|u)/[^/]+)?/comments/([a-z0-9]+)(?:/[^/]*(?:/([a-z0-9]+))?)?/?\Z")
_QUESTION = re.compile(r"/(?:questions|q)/(\d+)(?:/(?!\d+\Z)[^/]*)?/?\Z")
_PRODUCT = re.compile(r"/(?:.*/)?(?:dp|gp/product)/([A-Z0-9]{10})(?:/|\Z)")
_EPISODE = re.compile(r"/(?:intl-[a-z]+/)?((?:episode|show|track|album)/\w+)")
_PODCAST = re.compile(r"/(?:[a-z]{2}/)?podcast/(?:[^/]+/)?(id\d+)\Z")


def _video(a: Address) -> Address:
    found = _VIDEO.match(a.path)
    name = found[1] if found else a.value("v") if a.path.rstrip("/") == "/watch" else ""
    if not name:
        return replace(a, query=tuple(pair for pair in a.query if pair[0] not in {"feature", "si", "pp", "ab_channel"}))
    return Address(host="youtube.com", path="/watch", query=(("v", f"={name}"),))


def _short_video(a: Address) -> Address:
    name = a.path.strip("/")
    return Address(host="youtube.com", path="/watch", query=(("v", f"={name}"),)) if len(name) == 11 else a


def _arxiv(a: Address) -> Address:
    found = _ARXIV.match(a.path)
    return Address(host="arxiv.org", path=f"/abs/{found[1].rstrip('.')}") if found else replace(a, host="arxiv.org")


def _status(a: Address) -> Address:
    found = _STATUS.match(a.path)
    return Address(host="x.com", path=f"/i/status/{found[1]}") if found else replace(a, host="x.com")


def _thread(a: Address) -> Address:
    found = _THREAD.match(a.path)
    if not found:
        return replace(a, host="reddit.com")
    return Address(host="reddit.com", path=f"/comments/{found[1]}" + (f"/_/{found[2]}" if found[2] else ""))


def _short_thread(a: Address) -> Address:
    return Address(host="reddit.com", path=f"/comments{a.path.rstrip('/')}")


def _encyclopaedia(a: Address) -> Address:
    host = a.host.replace(".m.", ".")
    title = a.value("title")
    if (
        a.path.rstrip("/") in {"/w", "/w/index.php"}
        and title
        and {name for name, _ in a.query} <= {"title", "redirect"}
    ):
        return Address(host=host, path=f"/wiki/{quote(title.replace(' ', '_'), safe='/:@!$&()*,;=~')}")
    return replace(a, host=host)


def _question(a: Address) -> Address:
    found = _QUESTION.match(a.path)
    return Address(host=a.host, path=f"/questions/{found[1]}") if found else a


def _product(a: Address) -> Address:
    found = _PRODUCT.match(a.path)
    return Address(host=a.host, path=f"/dp/{found[1]}") if found else a


def _episode(a: Address) -> Address:
    found = _EPISODE.match(a.path)
    return Address(host=a.host, path=f"/{found[1]}") if found else a


def _podcast(a: Address) -> Address:
    found = _PODCAST.match(a.path)
    episode = tuple(pair for pair in a.query if pair[0] == "i")
    return Address(host=a.host, path=f"/podcast/{found[1]}", query=episode) if found else a


def _broadcaster(a: Address) -> Address:
    return replace(a, host="bbc.com", path=re.sub(r"\A(/[a-z]+)/amp/", r"\1/", a.path))


def _renamed(host: str) -> Callable[[Address], Address]:
    return lambda a: replace(a, host=host)


def _without(*names: str) -> Callable[[Address], Address]:
    return lambda a: replace(a, query=tuple(pair for pair in a.query if pair[0] not in names))


def _pubmed(a: Address) -> Address:
    found = re.match(r"/pubmed/(\d+)", a.path)
    return Address(host="pubmed.ncbi.nlm.nih.gov", path=f"/{found[1]}") if found else a


def _newsletter(a: Address) -> Address:
    found = re.match(r"/pub/([\w-]+)/p/([\w-]+)", a.path)
    return Address(host=f"{found[1]}.substack.com", path=f"/p/{found[2]}") if found else a


def _player(a: Address) -> Address:
    found = re.match(r"/video/(\d+)", a.path)
    return Address(host="vimeo.com", path=f"/{found[1]}") if found else a


_RULES: dict[str, Callable[[Address], Address]] = {
    "youtube.com": _video,
    "music.youtube.com": _video,
    "youtube-nocookie.com": _video,
    "youtu.be": _short_video,
    "player.vimeo.com": _player,
    "arxiv.org": _arxiv,
    "export.arxiv.org": _arxiv,
    "twitter.com": _status,
    "x.com": _status,
    "reddit.com": _thread,
    "old.reddit.com": _thread,
    "new.reddit.com": _thread,
    "np.reddit.com": _thread,
    "redd.it": _short_thread,
    "stackoverflow.com": _question,
    "serverfault.com": _question,
    "superuser.com": _question,
    "askubuntu.com": _question,
    "bbc.co.uk": _broadcaster,
    "bbc.com": _broadcaster,
    "edition.cnn.com": _renamed("cnn.com"),
    "guardian.co.uk": _renamed("theguardian.com"),
    "dx.doi.org": _renamed("doi.org"),
    "feedproxy.google.com": _renamed("feeds.feedburner.com"),
    "ncbi.nlm.nih.gov": _pubmed,
    "open.spotify.com": _episode,
    "podcasts.apple.com": _podcast,
    "itunes.apple.com": _podcast,
    "open.substack.com": _newsletter,
    "medium.com": _without("source", "gi", "sk"),
}
_AMAZON = re.compile(r"amazon\.(?:com?\.)?[a-z]{2,3}\Z")
_BLOG = re.compile(r"\A([\w-]+)\.blogspot\.(?:com?\.)?[a-z]{2,3}\Z")


def apply_site_rules(address: Address) -> Address:
    """`address` in the one form of its site, where we know the site."""
    host = address.host
    if rule := _RULES.get(host):
        return rule(address)
    if host.endswith((".wikipedia.org", ".wiktionary.org", ".wikinews.org")):
        return _encyclopaedia(address)
    if host.endswith(".stackexchange.com"):
        return _question(address)
    if found := _BLOG.match(host):
        return _without("m")(replace(address, host=f"{found[1]}.blogspot.com"))
    if _AMAZON.match(host):
        return _product(address)
    return address
