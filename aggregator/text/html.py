"""HTML made safe and self-contained (PROTOCOL B-33, P-52).

`clean` gives HTML that can be put into any page, mail or feed: no scripts, styles, frames, forms, event handlers or
``data:`` images; every link and source absolute; elements balanced; counting pixels gone. Cleaning it again changes
nothing.
"""

from __future__ import annotations

import re
from html import escape, unescape

import nh3

from aggregator.text.listed import listed
from aggregator.text.urls import absolute, host, is_http

ALLOWED_TAGS = listed(
    "a abbr acronym address article aside audio b bdi bdo blockquote br caption center cite code col colgroup data dd "
    "del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p "
    "pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody td tfoot th thead "
    "time tr tt u ul var video wbr"
)
"""The elements that stay; of all others but `_DROPPED` the content stays."""
_DROPPED = listed(
    "applet base basefont button canvas datalist embed form frame frameset head iframe input link map math meta "
    "noembed noframes object optgroup option param script select style svg template textarea title xmp"
)
_ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height", "poster"},
    "source": {"src", "type"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite", "datetime"},
    "ins": {"cite", "datetime"},
    "time": {"datetime"},
    "data": {"value"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
}
_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags=set(_DROPPED),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    tag_attribute_values={"a": {"rel": {"license"}}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)

_PIXEL_PLACES = (
    "counter.theconversation.com",
    "pixel.wp.com",
    "stats.wordpress.com/b.gif",
    "feeds.wordpress.com/1.0/",
    "feedburner.com/~r/",
    "feedburner.com/~ff/",
    "feedsportal.com/",
    "blogger.googleusercontent.com/tracker/",
    "google-analytics.com/",
    "googletagmanager.com/",
    "doubleclick.net/",
    "facebook.com/tr",
    "scorecardresearch.com/",
    "quantserve.com/",
    "imrworldwide.com/",
    "2o7.net/",
    "met.vgwort.de/",
    "tracker.feedpress",
    "stats.g.",
    "list-manage.com/track/open",
    "analytics.twitter.com/",
    "px.ads.linkedin.com/",
    "matomo.php",
    "piwik.php",
)
"""Hosts and paths that serve counting images and nothing else, from public knowledge of these services."""

_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)"
_RAW_TAG_BODY = r"[^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*)*"
_RAW_IMAGE = re.compile(rf"<img\b{_RAW_TAG_BODY}>", re.IGNORECASE)
_RAW_FRAME = re.compile(rf"<iframe\b({_RAW_TAG_BODY})>(?:[^<]*</iframe\s*>)?", re.IGNORECASE)
_NOSCRIPT = re.compile(rf"(<img\b{_RAW_TAG_BODY}>\s*)?<noscript\b[^>]*>(.*?)</noscript\s*>", re.IGNORECASE | re.DOTALL)
_RAW_ATTRIBUTE = re.compile(rf"([a-zA-Z_:][-\w:.]*)\s*=\s*({_VALUE})")
_LAZY_NAMES = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-actualsrc", "data-url")
_SRCSET_NAMES = ("srcset", "data-srcset", "data-lazy-srcset")
DEEPEST = 512
"""Elements within elements, as in browsers; what is deeper becomes plain paragraphs."""
_ANY_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_WHOLE_NAME = re.compile(r"<(/?[a-z][a-z0-9]*)")
_UNNESTED = listed(
    "area base br col embed hr img input link meta source track wbr p li dt dd tr td th option iframe script"
)
_TAG_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
_SIMPLE_TAGS = listed(
    "a abbr b blockquote br cite code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i iframe img ins kbd li ol p "
    "q s samp script small source span strong style sub sup u ul"
)
"""Where these are the only ones, one pass of the cleaner is known to be enough."""
_LOST_BREAK = re.compile(r"<pre[^>]*>\n")
"""Each reading of it drops the line break."""
_LINKED_TAG = re.compile(r"<(a|img|audio|video|source|blockquote|q|del|ins)( [^>]*)?>")
"""A tag of sanitised HTML that may hold a link: the cleaner writes ``<`` and ``>`` in attributes as references."""
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_LINKS = frozenset(("href", "src", "cite", "poster"))
_ODD_LINK = re.compile(
    r'="(?:(?<= href=")|(?<= src=")|(?<= cite=")|(?<= poster="))(?!(?:https?://[^\s"\\<>]+|mailto:[^\s"]+)")'
)
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ASCII_CONTROL = bytes([*range(9), 11, 12, *range(14, 32), 127])


def clean(html: str, base: str, *, permalink: str = "", keep_pixels: bool = False) -> str:
    """`html` sanitised, balanced and with absolute links.

    `base` is the url that relative references are resolved against; references to a place in the same document
    (``#note``) are resolved against `permalink` where it is given. Lazy images get their real source, frames become
    links, images that only count readers go unless `keep_pixels`.
    """
    html = _without_controls(html)
    if "<" not in html:
        return _CLEANER.clean(html).strip() if "&" in html or ">" in html else html.strip()
    names = _tag_names(html)
    if (prepared := _prepare(html, names)) is not html:
        html, names = prepared, _tag_names(prepared)
    if html.count("<") > DEEPEST and _too_deep(html.lower()):
        html, names = "".join(f"<p>{escape(line, quote=False)}</p>\n" for line in plain(html).split("\n")), {"p"}
    cleaned = _sanitise(html, names)
    if _ODD_LINK.search(cleaned) or ("<img" in cleaned and _suspect_image(cleaned, keep_pixels=keep_pixels)):
        cleaned = _LINKED_TAG.sub(lambda tag: _settle(tag, base, permalink, keep_pixels=keep_pixels), cleaned)
    return cleaned.strip()


def _without_controls(html: str) -> str:
    if html.isascii():
        return html.encode().translate(None, _ASCII_CONTROL).decode()
    if html.replace("\n", " ").replace("\t", " ").replace("\xa0", " ").isprintable():  # no control character is
        return html
    return _CONTROL.sub("", html)


def _tag_names(html: str) -> set[str]:
    """The names of all start tags in lower case."""
    return set(map(str.lower, set(_TAG_NAME.findall(html))))


def _too_deep(lower: str) -> bool:
    """Whether elements are nested so deeply that reading them would take the square of their number."""
    depth = 0
    for close, name in _ANY_NAME.findall(lower):
        if name not in _UNNESTED:
            depth = max(0, depth - 1) if close else depth + 1
            if depth > DEEPEST:
                return True
    return False


def _sanitise(html: str, names: set[str]) -> str:
    """Once, and where dropped elements may leave others wrongly nested, until nothing changes."""
    cleaned = _CLEANER.clean(html)
    if names <= _SIMPLE_TAGS or _stands(cleaned, html):
        return cleaned
    for _ in range(4):
        again = _CLEANER.clean(cleaned)
        if again == cleaned:
            return cleaned
        cleaned = again
    return escape(plain(cleaned), quote=False)


def _stands(cleaned: str, html: str) -> bool:
    """Whether reading `cleaned` again must give the same elements: every tag of `html` stands where it stood."""
    if html.count("<") != cleaned.count("<") or _LOST_BREAK.search(cleaned):
        return False
    return _WHOLE_NAME.findall(html) == _WHOLE_NAME.findall(cleaned)


def _suspect_image(cleaned: str, *, keep_pixels: bool) -> bool:
    """Whether an image may have to go: one look at the images, before the costlier one at every tag."""
    for attributes in _IMAGE.findall(cleaned):
        values = dict(_ATTRIBUTE.findall(attributes or ""))
        if not values.get("src") or (not keep_pixels and _is_pixel(values)):
            return True
    return False


def _settle(tag: re.Match[str], base: str, permalink: str, *, keep_pixels: bool) -> str:
    """One tag of sanitised HTML with its links absolute; empty for an image without source or that only counts."""
    name, attributes = tag.groups()
    if not attributes:
        return "" if name == "img" else tag[0]
    values = dict(_ATTRIBUTE.findall(attributes))
    for key in _LINKS & values.keys():
        values[key] = _link(values[key], base, permalink, image=name == "img")
    if name == "img" and (not values.get("src") or (not keep_pixels and _is_pixel(values))):
        return ""
    kept = "".join(f' {key}="{value}"' for key, value in values.items() if value or key not in _LINKS)
    return f"<{name}{kept}>"


def _link(value: str, base: str, permalink: str, *, image: bool) -> str:
    raw = unescape(value) if "&" in value else value
    resolved = absolute(raw, permalink if permalink and raw.strip().startswith("#") else base)
    if is_http(resolved) or (not image and resolved[:7].lower().startswith(("mailto:", "tel:"))):
        return escape(resolved, quote=False).replace('"', "%22").replace("\xa0", "%C2%A0")
    return ""


def _is_pixel(values: dict[str, str]) -> bool:
    sizes = [values[key].strip().removesuffix("px") for key in ("width", "height") if key in values]
    if sizes and all(size in {"0", "1"} for size in sizes):
        return True
    return any(map(values["src"].__contains__, _PIXEL_PLACES))


def _prepare(html: str, names: set[str]) -> str:
    """Raw HTML with lazy images resolved, copies of images for script-less readers dropped, and frames as links."""
    if "noscript" in names:
        html = _NOSCRIPT.sub(_without_noscript, html)
    if "iframe" in names:
        html = _RAW_FRAME.sub(_frame_link, html)
    if "img" in names:
        html = _RAW_IMAGE.sub(_eager_image, html)
    return html


def _without_noscript(found: re.Match[str]) -> str:
    image, inside = found.groups()
    return image if image and _lazy_source(raw_attributes(image)) else (image or "") + inside


def raw_attributes(tag: str) -> dict[str, str]:
    """The attributes of one start tag as written, names in lower case, values unescaped; the first of a name wins."""
    found: dict[str, str] = {}
    for name, value in _RAW_ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), unescape(value[1:-1] if value[0] in "\"'" else value).strip())
    return found


def _lazy_source(values: dict[str, str]) -> str:
    lazy = next((values[name] for name in _LAZY_NAMES if _is_source(values.get(name, ""))), "")
    return lazy or next((_largest(values[name]) for name in _SRCSET_NAMES if values.get(name)), "")


def _is_source(value: str) -> bool:
    return bool(value) and not value.lower().startswith(("data:", "javascript:"))


def _largest(srcset: str) -> str:
    """The largest candidate of a ``srcset`` (HTML section 4.8.4.2.1)."""
    sized = re.findall(r"([^\s,]\S*[^\s,])(?:\s+([\d.]+)[wx])?\s*(?:,|\Z)", srcset)
    return (
        max(sized, key=lambda pair: float(pair[1].strip(".") or 0) if pair[1].count(".") < 2 else 0.0)[0]
        if sized
        else ""
    )


def _eager_image(found: re.Match[str]) -> str:
    lower = found[0].lower()
    if "data-" not in lower and "srcset" not in lower:  # then it has none of the names that a lazy source has
        return found[0]
    values = raw_attributes(found[0])
    lazy = _lazy_source(values)
    own = values.get("src", "")
    explicit = any(_is_source(values.get(name, "")) for name in _LAZY_NAMES)
    if not lazy or (_is_source(own) and not explicit):
        return found[0]
    kept = "".join(f' {key}="{escape(values[key])}"' for key in ("alt", "title", "width", "height") if key in values)
    return f'<img src="{escape(lazy)}"{kept}>'


_YOUTUBE = re.compile(r"youtube(?:-nocookie)?\.com/embed/([\w-]{6,})")
_VIMEO = re.compile(r"player\.vimeo\.com/video/(\d+)")


def _frame_link(found: re.Match[str]) -> str:
    """A frame as the link to what it shows: readers drop frames, and their content with them."""
    values = raw_attributes(found[1])
    source = next((values[name] for name in ("src", *_LAZY_NAMES) if _is_source(values.get(name, ""))), "")
    if not source or source.startswith("about:"):
        return ""
    if video := _YOUTUBE.search(source):
        source = f"https://www.youtube.com/watch?v={video[1]}"
    elif video := _VIMEO.search(source):
        source = f"https://vimeo.com/{video[1]}"
    label = values.get("title") or host(source if "://" in source else f"https:{source}") or source
    return f'<p><a href="{escape(source)}">{escape(label)}</a></p>'


_BLOCKS = listed(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre section summary table tbody td tfoot th thead "
    "tr ul video audio iframe"
)
_ANY_TAG = re.compile(rf"</?([a-zA-Z][a-zA-Z0-9]*){_RAW_TAG_BODY}>|<[!?][^>]*>")
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|textarea|svg|math|head)\b[^>]*>.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_MAY_HIDE = re.compile(r"<(?:!--|script|style|template|textarea|svg|math|head)", re.IGNORECASE)
_CLEAN_TAG = re.compile(r"</?([a-z][a-z0-9]*)[^>]*>")
_SPACES = re.compile("  +")
_BREAK = "\x00"


def plain(html: str) -> str:
    """The words of `html` (cleaned or not): one line per block, white space collapsed, entities decoded.

    Alternative texts of images are not words of the text.
    """
    text = html.replace(_BREAK, "")
    if "<" in text:
        if _MAY_HIDE.search(text):
            text = _UNSEEN.sub(" ", text)
        text = _without_tags(text, _ANY_TAG)
    return _lines(unescape(text) if "&" in text else text)


def plain_of_clean(html: str) -> str:
    """`plain` of what `clean` made, in half the time: it holds few kinds of tags and references, and nothing unseen."""
    text = _without_tags(html, _CLEAN_TAG) if "<" in html else html
    if "&" in text:
        text = text.replace("&nbsp;", "\xa0").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _lines(text)


def _without_tags(text: str, tag: re.Pattern[str]) -> str:
    pieces = tag.split(text)
    pieces[1::2] = [_BREAK if name in _BLOCKS or (name and name.lower() in _BLOCKS) else "" for name in pieces[1::2]]
    return "".join(pieces)


def _lines(text: str) -> str:
    """What stands between breaks, each on a line of its own."""
    spaced = text.replace("\n", " ").replace("\xa0", " ")
    if not spaced.replace(_BREAK, " ").isprintable():
        return "\n".join(filter(None, map(collapse, text.split(_BREAK))))
    if "  " in spaced:
        spaced = _SPACES.sub(" ", spaced)
    return "\n".join(filter(None, map(str.strip, spaced.split(_BREAK))))


def collapse(text: str) -> str:
    """`text` on one line, each run of white space one space."""
    if "  " not in text and text.isprintable():  # of all white space only the space itself is printable
        return text.strip()
    return " ".join(text.split())
