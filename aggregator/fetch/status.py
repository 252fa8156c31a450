"""What a status means (PROTOCOL P-09, P-25 to P-38)."""

from __future__ import annotations

from aggregator.model.fetch import FetchReason
from aggregator.net.message import Reply

_CLIENT = {
    401: (FetchReason.UNAUTHORISED, "The source asks for a user and password, or refuses the ones given."),
    402: (FetchReason.PAYMENT, "The source asks for payment."),
    403: (FetchReason.FORBIDDEN, "The source refuses to give us this feed."),
    404: (FetchReason.NOT_FOUND, "There is no feed at this url."),
    410: (FetchReason.GONE, "The publisher has taken this feed down for good."),
    429: (FetchReason.RATE_LIMITED, "The source asks us to come less often."),
    451: (FetchReason.LEGAL, "The source may not give us this feed for legal reasons."),
}
_WALL_HEADERS = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-sucuri-block", "", "Sucuri"),
    ("x-datadome", "protected", "DataDome"),
)
_WALL_WORDS = (
    (b"challenge-platform", "Cloudflare"),
    (b"cf-chl", "Cloudflare"),
    (b"captcha-delivery.com", "DataDome"),
    (b"_Incapsula_Resource", "Imperva"),
    (b"px-captcha", "PerimeterX"),
    (b"anubis_challenge", "Anubis"),
    (b"sgcaptcha", "SiteGround"),
    (b"hcaptcha.com", "hCaptcha"),
    (b"google.com/recaptcha", "reCAPTCHA"),
)
_SURE_WORDS = (b"anubis_challenge", b"sgcaptcha", b"_Incapsula_Resource")
_LOOK_AT = 16 * 1024


def bot_wall(reply: Reply) -> str | None:
    """The name of the wall against robots that answered in the source's place; None: it was the source itself."""
    for name, word, wall in _WALL_HEADERS:
        value = reply.header(name)
        if value is not None and word in value.lower():
            return wall
    if "html" not in (reply.header("content-type") or "").lower():
        return None
    head = reply.body[:_LOOK_AT]
    successful = 200 <= reply.status < 300
    return next((wall for word, wall in _WALL_WORDS if word in head and (not successful or word in _SURE_WORDS)), None)


def failure_of(reply: Reply, *, asked_delta: bool) -> tuple[FetchReason, str] | None:
    """Why a reply that is neither a redirect nor a 304 brings nothing; None: its body is to be parsed."""
    status = reply.status
    wall = bot_wall(reply) if status != 410 else None
    if wall is not None:
        return FetchReason.BOT_WALL, f"A wall against robots ({wall}) answers with status {status}."
    if status in {200, 203} or (status == 226 and asked_delta and is_delta(reply)):
        return None if reply.body else (FetchReason.EMPTY, "The body is empty.")
    if 200 <= status < 300:
        return FetchReason.ODD_SUCCESS, f"The status {status} brings no feed."
    if status in _CLIENT:
        return _CLIENT[status]
    if status == 503:
        return FetchReason.UNAVAILABLE, "The source is not available for now."
    if 400 <= status < 500:
        return FetchReason.CLIENT_ERROR, f"The source refuses the request with status {status}."
    if status >= 500:
        return FetchReason.SERVER_ERROR, f"The source failed with status {status}."
    return FetchReason.PROTOCOL, f"The status {status} was not asked for."


def is_delta(reply: Reply) -> bool:
    """Whether the body holds only what is new (RFC 3229 section 10.5.3)."""
    return any(part.strip().lower() == "feed" for part in reply.combined("im").split(","))
