r"""How well the rules do on labelled items: what an operator runs before changing a threshold.

The format is JSON Lines, one item a line, in the order of arrival::

    {"id": 7, "group": "flood/1", "source": "s12", "seconds": 5400, "kind": "light", "title": "…", "html": "…"}

Items of one ``group`` are copies of one text; ``kind`` says how an item was made and is free; kinds that begin with
``neg_`` are those that must never join anything. ``html`` may be ``text`` instead; ``lang`` is ignored. ``seconds`` (or
``hours``) counts from any instant. A file whose ``hours`` span more than ten years is read as seconds: such files
are about.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.dedupe import stories
from aggregator.dedupe.features import Material, built_like_a_roundup, features_from
from aggregator.dedupe.matcher import Candidate, Match, Matcher
from aggregator.dedupe.rules import DEFAULT, Rules
from aggregator.model.ids import ArticleId, SourceId
from aggregator.model.story import Story
from aggregator.text.html import plain

BATCH = 500
_START = datetime(2000, 1, 1, tzinfo=UTC)
_TEN_YEARS = 87_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One labelled item."""

    id: ArticleId
    group: str
    source: SourceId
    seconds: float
    kind: str
    title: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1, each 0 to 1; 1 where there was nothing to get wrong."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScore:
    """What became of the items of one kind."""

    kind: str
    items: int
    copies: int
    """Items that had an older one of their group."""
    found: int
    """Copies that joined their group."""
    wrong: int
    """Items that joined another group."""

    @property
    def recall(self) -> float:
        return self.found / self.copies if self.copies else 1.0

    @property
    def wrong_share(self) -> float:
        return self.wrong / self.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A wrong merge, or a copy that was not found."""

    item: Item
    joined: Item | None
    """What it joined; None: it joined nothing although it should have."""
    rule: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All scores of one run.

    By item: an item is right where it joins a story most of whose items are of its group. By pair: all pairs of all
    stories. BCubed: averaged over items (Bagga and Baldwin 1998).
    """

    items: int
    by_item: Score
    by_pair: Score
    bcubed: Score
    kinds: tuple[KindScore, ...]
    """Sorted by name."""
    mistakes: tuple[Mistake, ...]
    """Wrong merges first, the surest of them first."""


class UnreadableItemError(ValueError):
    """A line is not an item; the message says which line and why."""


def read_items(lines: Iterable[str]) -> tuple[Item, ...]:
    """The items of a file in the documented format. Raises `UnreadableItemError`."""
    rows = [_row(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    hours = [float(row["hours"]) for row in rows if "hours" in row]
    scale = 3600.0 if not hours or max(hours) - min(hours) <= _TEN_YEARS else 1.0
    return tuple(_item(row, scale) for row in rows)


def _row(number: int, line: str) -> Mapping[str, str]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UnreadableItemError(f"line {number}: no JSON: {error}") from error
    if not isinstance(row, dict):
        raise UnreadableItemError(f"line {number}: a JSON object was expected")
    missing = {"id", "group", "source", "title"} - row.keys()
    if missing or not row.keys() & {"seconds", "hours"} or not row.keys() & {"html", "text"}:
        wanted = "id, group, source, title, html or text, seconds or hours"
        raise UnreadableItemError(f"line {number}: expected the fields {wanted}")
    for field in {"seconds", "hours"} & row.keys():
        if not isinstance(row[field], int | float):
            raise UnreadableItemError(f"line {number}: {field}: a number was expected")
    return row


def _item(row: Mapping[str, str], scale: float) -> Item:
    return Item(
        id=ArticleId(str(row["id"])),
        group=str(row["group"]),
        source=SourceId(str(row["source"])),
        seconds=float(row["seconds"]) if "seconds" in row else float(row["hours"]) * scale,
        kind=str(row.get("kind", "")),
        title=plain(str(row["title"])),
        html=str(row.get("html", row.get("text", ""))),
    )


def candidates(items: Sequence[Item]) -> list[Candidate]:
    """The items as the matcher takes them: published and seen at the same instant."""
    materials = [
        Material(title=item.title, text=plain(item.html), roundup=built_like_a_roundup(item.html, "")) for item in items
    ]
    instants = [_START + timedelta(seconds=item.seconds) for item in items]
    return [
        Candidate(article_id=item.id, source_id=item.source, seen_at=at, published=at, features=found)
        for item, at, found in zip(items, instants, features_from(materials), strict=True)
    ]


def run(items: Sequence[Item], rules: Rules = DEFAULT, batch: int = BATCH, worst: int = 20) -> Result:
    """Matches the items in batches as they arrived, and scores the stories that come of it."""
    matcher, board = Matcher(rules), _Board(items)
    for start in range(0, len(items), batch):
        for match in matcher.match(candidates(items[start : start + batch])):
            board.enter(match, rules)
    return board.result(worst)


class _Board:
    """Stories as they grow, and a tally by kind."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = {item.id: item for item in items}
        self._stories: dict[str, Story] = {}
        self._story_of: dict[ArticleId, str] = {}
        self._seen: set[str] = set()
        self._tally: dict[str, Counter[str]] = defaultdict(Counter)
        self._mistakes: list[Mistake] = []

    def enter(self, match: Match, rules: Rules) -> None:
        item = self._items[match.article_id]
        self._count(match, item)
        known = {self._story_of[name] for name in stories.named([match]) if name in self._story_of}
        applied = stories.apply([match], [self._stories[name] for name in sorted(known)], rules=rules)
        for gone, _ in applied.absorbed:
            del self._stories[gone]
        for story in applied.stories:
            self._stories[story.id] = story
            self._story_of.update((member.article_id, story.id) for member in story.members)
        self._seen.add(item.group)

    def _count(self, match: Match, item: Item) -> None:
        tally = self._tally[item.kind]
        copy = item.group in self._seen
        tally.update(items=1, copies=int(copy))
        if match.story_of is None:
            if copy:
                self._mistakes.append(Mistake(item=item, joined=None, rule="", score=0.0))
            return
        right = self._majority(match.story_of) == item.group
        tally.update(found=int(right), wrong=int(not right))
        if not right:
            edge = match.edges[0]
            score = dict(edge.scores).get("score", 0.0)
            self._mistakes.append(Mistake(item=item, joined=self._items[edge.other_id], rule=edge.rule, score=score))

    def _majority(self, article: ArticleId) -> str:
        groups = Counter(self._items[m.article_id].group for m in self._stories[self._story_of[article]].members)
        return groups.most_common(1)[0][0]

    def result(self, worst: int) -> Result:
        kinds = tuple(
            KindScore(kind=kind, items=t["items"], copies=t["copies"], found=t["found"], wrong=t["wrong"])
            for kind, t in sorted(self._tally.items())
        )
        found, wrong = sum(kind.found for kind in kinds), sum(kind.wrong for kind in kinds)
        labels = [(self._story_of[item.id], item.group) for item in self._items.values()]
        ranked = sorted(self._mistakes, key=lambda mistake: (mistake.joined is None, -mistake.score))
        return Result(
            items=len(self._items),
            by_item=_score(found, found + wrong, sum(kind.copies for kind in kinds)),
            by_pair=by_pair(labels),
            bcubed=bcubed(labels),
            kinds=kinds,
            mistakes=tuple(ranked[:worst]),
        )


def _score(right: float, given: float, wanted: float) -> Score:
    return Score(precision=right / given if given else 1.0, recall=right / wanted if wanted else 1.0)


def by_pair(labels: Sequence[tuple[str, str]]) -> Score:
    """Pairs that (story, group) labels have in common."""
    both, given, wanted = _sizes(labels)
    return _score(_pairs(both), _pairs(given), _pairs(wanted))


def bcubed(labels: Sequence[tuple[str, str]]) -> Score:
    """BCubed precision and recall of (story, group) labels."""
    both, given, wanted = _sizes(labels)
    count = len(labels) or 1
    shared = sum(size * size / given[(story,)] for (story, _), size in both.items())
    covered = sum(size * size / wanted[(group,)] for (_, group), size in both.items())
    return Score(precision=shared / count, recall=covered / count) if labels else Score(precision=1.0, recall=1.0)


def _sizes(labels: Sequence[tuple[str, str]]) -> tuple[Counter[tuple[str, ...]], ...]:
    both: Counter[tuple[str, ...]] = Counter(labels)
    given: Counter[tuple[str, ...]] = Counter((story,) for story, _ in labels)
    wanted: Counter[tuple[str, ...]] = Counter((group,) for _, group in labels)
    return both, given, wanted


def _pairs(sizes: Mapping[tuple[str, ...], int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
