"""The thresholds of near-copy matching, in one place; each edge records the version it was made with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Thresholds for joining articles. Ages in hours, lengths in shingles, titles on rapidfuzz's scale of 0 to 100.

    The defaults are tuned on the generator's seeds 1 to 5 (`benchmarks.generator`); change `version` with any of them.
    """

    version: int = 1
    window_days: int = 3
    """Articles first seen within this many days are always in the window."""
    memory_days: int = 30
    """Older ones stay in it, up to this age, while it has room: what recurs is known by its earlier issues."""
    memory_articles: int = 100_000
    """Room of the window for articles older than `window_days`."""
    exact_days: int = 30
    """Exact keys (id, url, text) are looked for this far back."""
    max_age: float = 72.0
    old_age: float = 18.0
    """Beyond this age only `old_containment` joins: recurring reports look alike, copies arrive soon."""
    old_containment: float = 0.8
    posting_limit: int = 24
    """Newest holders of a key that are looked at, per segment of the index."""
    boilerplate_holders: int = 2
    """A key that this many other articles of a source hold is that source's boilerplate."""
    informative_share: float = 0.25
    """Articles with fewer keys than this share beyond their source's boilerplate are judged by their title alone."""
    rare_keys: int = 8
    """An article with this many keys that fewer than `posting_limit` others hold is looked up by those alone."""
    sampled_share: float = 0.22
    """Texts that share fewer of their sampled keys are not compared."""
    behind_best: float = 4.0
    """Nor those that share this many times fewer than the best."""
    body_candidates: int = 3
    title_candidates: int = 2
    containment: float = 0.40
    containment_short: float = 0.45
    long_body: int = 60
    """From this many shingles `containment` is enough; below it, `containment_short`."""
    short_body: int = 20
    """Below this, and under unlike titles, `short_containment` is asked for: one shared phrase is much of a sentence."""
    short_containment: float = 0.75
    lead: float = 0.30
    """Share of a summary that must stand at the start of the longer text."""
    unlike_title: float = 45.0
    like_title: float = 70.0
    numbers_share: float = 0.6
    """Texts with figures must share this many of them, unless they are the same text (`verbatim`)."""
    verbatim: float = 0.9
    swap_containment: float = 0.8
    """Below this, titles that differ in one telling word are two reports from one template."""
    subject_containment: float = 0.95
    """Below this, texts whose titles and texts name things that the other never mentions are two reports."""
    same_title: float = 85.0
    exact_title: float = 95.0
    title_containment: float = 0.15
    """What texts of `title_text` shingles and more must share to be joined by their title; twice as much in scripts
    without spaces, whose shingles are shorter."""
    title_text: int = 40
    title_summary: int = 20
    """From this many shingles on a title that is merely alike does not join texts that share less than that."""
    title_holders: int = 6
    """A title that more articles than this carry is a rubric ("Open thread"): no reason to join anything."""
    roundup_title: float = 60.0
    """A round-up's title is less like its items' than this."""
    inside: float = 0.6
    """A round-up holds this share of each text it mentions."""
    union_containment: float = 0.8
    """Two existing stories are united only by an article this close to both."""

    telling_text: int = 120
    """No template is this long: from here on half of a text outweighs what its title names (`telling_containment`)."""
    telling_containment: float = 0.5

    unlike_containment: float = 0.65
    """What long texts (`long_body`) under unlike titles must share; `telling_containment` is enough of telling ones."""

    def unlike_limit(self, shingles: int) -> float:
        """From which containment on two texts under unlike titles are one, the shorter of this length."""
        if shingles < self.telling_text:
            return self.unlike_containment if shingles >= self.long_body else 2.0
        return self.telling_containment

    def swap_limit(self, shingles: int) -> float:
        """Up to which containment a swapped word in the title parts two texts, the shorter of this length."""
        return self.swap_containment if shingles < self.telling_text else self.telling_containment

    def subject_limit(self, shingles: int) -> float:
        """Up to which containment another subject parts two texts, the shorter of this length."""
        return self.subject_containment if shingles < self.telling_text else self.telling_containment


DEFAULT = Rules()
