"""What a failure means: how long to stay away, and what to tell the operator (PROTOCOL P-25 to P-27, P-33 to P-36)."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.fetch import FetchReason
from aggregator.pacing.words import DAY, HOUR

DEAD_AFTER = 90 * DAY
PROBE = 30 * DAY
_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """The first wait and the longest one in seconds, doubled in between; what would make the source work again."""

    first: int
    longest: int
    remedy: str
    transient: bool = False
    """It often passes by itself: the source is called failing only from the third time on."""

    def wait(self, failures: int) -> int:
        """Seconds after so many failures in a row (1 or more)."""
        return min(self.longest, self.first << min(failures - 1, _DOUBLINGS))


_WEEK = 7 * DAY
_SOON = "It is tried again by itself; nothing has to be done unless it lasts."
_ASK = "Ask the publisher for access, or remove the source."

_TRANSIENT = Rule(HOUR, DAY, _SOON, transient=True)
_BROKEN = Rule(HOUR, DAY, "The publisher has to mend the server; tell them if it lasts.")

WALL_LETTER = (
    "Send this to the publisher: Your feed is meant to be read by programs, but a wall against robots stands before it, "
    "so feed readers get a challenge page instead. Please let requests for the feed's url pass without a challenge "
    "(in Cloudflare: a rule for that path with the action Skip). Our reader names itself in its User-Agent, asks "
    "conditionally and seldom, and its page says how to opt out."
)

RULES = {
    FetchReason.DNS: Rule(
        HOUR, DAY, "Look at the name server of this machine if other sources fail too.", transient=True
    ),
    FetchReason.DNS_NOT_FOUND: Rule(6 * HOUR, _WEEK, "Look up where the site has moved to, and change the url."),
    FetchReason.CONNECT: _TRANSIENT,
    FetchReason.TIMEOUT: _TRANSIENT,
    FetchReason.DEADLINE: _TRANSIENT,
    FetchReason.TLS: Rule(
        6 * HOUR, DAY, "The publisher has to renew or mend the certificate; `verify_tls = false` makes an exception."
    ),
    FetchReason.PROTOCOL: _BROKEN,
    FetchReason.TRUNCATED: _TRANSIENT,
    FetchReason.TOO_LARGE: Rule(DAY, _WEEK, "Raise `max_body` or `max_decoded` if the feed is really that large."),
    FetchReason.BAD_CODING: _BROKEN,
    FetchReason.EMPTY: _TRANSIENT,
    FetchReason.ODD_SUCCESS: _BROKEN,
    FetchReason.REDIRECT_LOOP: Rule(6 * HOUR, _WEEK, "Find the feed's present address and change the url."),
    FetchReason.REDIRECT_REFUSED: Rule(DAY, _WEEK, "Find the feed's present address and change the url."),
    FetchReason.PRIVATE_ADDRESS: Rule(
        DAY, _WEEK, "Add the network to `allow_networks` if it is yours, or remove the source."
    ),
    FetchReason.BAD_URL: Rule(DAY, _WEEK, "Correct the url."),
    FetchReason.UNAUTHORISED: Rule(
        DAY, _WEEK, "Give the source a user and password, or a token, that the site accepts."
    ),
    FetchReason.FORBIDDEN: Rule(DAY, _WEEK, _ASK),
    FetchReason.BOT_WALL: Rule(DAY, _WEEK, WALL_LETTER),
    FetchReason.PAYMENT: Rule(DAY, _WEEK, _ASK),
    FetchReason.LEGAL: Rule(DAY, _WEEK, _ASK),
    FetchReason.NOT_FOUND: Rule(
        HOUR, _WEEK, "Find the feed's present address and change the url, or remove the source."
    ),
    FetchReason.GONE: Rule(
        PROBE, PROBE, "The feed is gone for good: remove the source, or resume it to ask once more."
    ),
    FetchReason.RATE_LIMITED: Rule(HOUR, DAY, "Wait; raise `min_interval` of the source if it happens often."),
    FetchReason.UNAVAILABLE: _TRANSIENT,
    FetchReason.CLIENT_ERROR: Rule(HOUR, _WEEK, "Look at the url in a browser; correct it or ask the publisher."),
    FetchReason.SERVER_ERROR: _TRANSIENT,
    FetchReason.ROBOTS: Rule(
        DAY, _WEEK, "Ask the publisher to allow the url in robots.txt, or switch `obey_robots` off."
    ),
    FetchReason.OPTED_OUT: Rule(_WEEK, _WEEK, "Remove the source: its publisher does not want to be read here."),
    FetchReason.FILE_MISSING: Rule(HOUR, DAY, "Put the file back, or correct the path."),
    FetchReason.FILE_UNREADABLE: Rule(HOUR, DAY, "Make the file readable for this program."),
    FetchReason.FILE_OUTSIDE: Rule(DAY, DAY, "Move the file below the feeds folder."),
    FetchReason.CANCELLED: Rule(HOUR, HOUR, _SOON),
}
"""Every reason has its rule."""

UNPARSED = Rule(HOUR, DAY, "Look at the url in a browser: it does not hold a feed that can be read.", transient=True)

OFFLINE = frozenset(
    {
        FetchReason.DNS,
        FetchReason.DNS_NOT_FOUND,
        FetchReason.CONNECT,
        FetchReason.TIMEOUT,
        FetchReason.DEADLINE,
        FetchReason.TLS,
    }
)
"""What a source seems to suffer from when it is our own network that is down."""
