"""Text of a query -> tree. The language is described in docs/reference/query-language.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from aggregator.curate.clauses import ClauseError, ClauseMaker
from aggregator.curate.nodes import FREE_TEXT, And, Everything, Near, Node, Not, Or, Scope, Words
from aggregator.errors import QuerySyntaxError

if TYPE_CHECKING:
    Parsed = Tree[Token]

MAX_LENGTH = 20_000
MAX_DEPTH = 50
MAX_CLAUSES = 5_000
_OPERAND = 'expected a word, a "phrase", a field such as title:, or "("'
_MIXED = (
    "expected parentheses: AND (a space means AND, too) and OR are mixed here; "
    "write (a OR b) c or a OR (b c), whichever is meant"
)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\n": " ", "\r": " ", "\t": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that has been read."""

    text: str
    root: Node
    uses: frozenset[str] = frozenset()
    """Names of the saved queries it is made of, directly or not."""
    stemmed: bool = False


class _StemSwitch:
    """Stands where ``stem:on`` was written until the query around it is complete."""

    def __init__(self, *, on: bool) -> None:
        self.on = on


Built = Node | _StemSwitch


@cache
def _parser() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse_query(
    text: str, *, saved: Mapping[str, str] = _NOTHING, lists: Mapping[str, tuple[str, ...]] = _NO_LISTS
) -> Query:
    """Reads a query; an empty one stands for everything.

    `saved` holds the queries that ``@name`` stands for, `lists` the words that ``list:name`` stands for.
    Raises `QuerySyntaxError` with the column and what was expected there.
    """
    return _Reader(saved=saved, lists=lists, trail=(), known={}).read(text)


class _Reader:
    def __init__(
        self,
        *,
        saved: Mapping[str, str],
        lists: Mapping[str, tuple[str, ...]],
        trail: tuple[str, ...],
        known: dict[str, tuple[Query, int]],
    ) -> None:
        self.saved = saved
        self.lists = lists
        self.trail = trail
        self.known = known
        """Saved queries that have been read, and how many clauses each has."""
        self.text = ""
        self.uses: set[str] = set()
        self.clauses = 0

    def read(self, text: str) -> Query:
        self.text = text
        if len(text) > MAX_LENGTH:
            self.fail(MAX_LENGTH, f"expected at most {MAX_LENGTH} characters; put long lists of words into a file")
        tree = self._parsed(text.translate(_TYPOGRAPHIC))
        if not tree.children:
            return Query(text=text, root=Everything())
        built = self.build(tree.children[0], Scope.TEXT, 0)
        if isinstance(built, _StemSwitch):
            self.fail(0, "expected words beside stem:on")
        stemmed = _switched(tree, self)
        root = _stemmed(built) if stemmed else built
        return Query(text=text, root=root, uses=frozenset(self.uses), stemmed=stemmed)

    def _parsed(self, text: str) -> Parsed:
        try:
            return _parser().parse(text)
        except UnexpectedInput as error:
            ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
            self.fail(len(text) if ended else _position(error), _expectation(error, text))

    def fail(self, position: int, expected: str) -> NoReturn:
        raise QuerySyntaxError(self.text, position + 1, expected)

    def build(self, item: Parsed | Token, scope: Scope, depth: int) -> Built:
        assert isinstance(item, Tree)
        position = getattr(item.meta, "start_pos", 0)
        if depth > MAX_DEPTH:
            self.fail(position, f"expected at most {MAX_DEPTH} levels of parentheses and NOTs")
        match item.data:
            case "conjunction":
                return self._conjunction(item, scope, depth)
            case "disjunction":
                return Or(parts=tuple(self.plain(part, scope, depth + 1) for part in item.children))
            case "negation":
                return Not(part=self.plain(item.children[0], scope, depth + 1))
            case "group":
                return self.plain(item.children[1], scope, depth + 1)
            case "saved":
                return self._saved(str(item.children[0])[1:], position)
            case "field" if isinstance(item.children[1], Tree) and item.children[1].data == "group":
                return self._field_of_group(item, scope, depth, position)
            case _:
                return self._leaf(item, scope, position)

    def plain(self, item: Parsed | Token, scope: Scope, depth: int) -> Node:
        built = self.build(item, scope, depth)
        if isinstance(built, _StemSwitch):
            assert isinstance(item, Tree)
            self.fail(getattr(item.meta, "start_pos", 0), "expected stem:on beside the words, outside NOT, OR and ()")
        return built

    def _conjunction(self, item: Parsed, scope: Scope, depth: int) -> Built:
        built = [self.build(part, scope, depth + 1) for part in item.children]
        parts = tuple(part for part in built if not isinstance(part, _StemSwitch))
        if len(parts) < len(built) and depth > 0:
            switch = item.children[next(i for i, part in enumerate(built) if isinstance(part, _StemSwitch))]
            self.plain(switch, scope, depth)
        if not parts:
            return _StemSwitch(on=True)
        return parts[0] if len(parts) == 1 else And(parts=parts)

    def _leaf(self, item: Parsed, scope: Scope, position: int) -> Built:
        self._count(1, position)
        if _stem_value(item) is not None:
            return self._switch(item, position)
        if _field_name(item) == "search":
            return self._saved(_value(item), position)
        try:
            return ClauseMaker(self.lists).make(item, scope)
        except ClauseError as fault:
            self.fail(fault.position, fault.expected)

    def _switch(self, item: Parsed, position: int) -> _StemSwitch:
        value = _stem_value(item)
        if value not in ("on", "off"):
            self.fail(position + len("stem:"), "expected stem:on or stem:off")
        return _StemSwitch(on=value == "on")

    def _field_of_group(self, item: Parsed, scope: Scope, depth: int, position: int) -> Node:
        if scope is not Scope.TEXT:
            self.fail(position, "expected words: one field cannot stand inside another")
        try:
            inner = ClauseMaker(self.lists).scope(item.children[0])
        except ClauseError as fault:
            self.fail(fault.position, fault.expected)
        group = item.children[1]
        return self.plain(group, inner, depth + 1)

    def _saved(self, name: str, position: int) -> Node:
        if name in self.trail:
            loop = " → ".join(f"@{step}" for step in (*self.trail[self.trail.index(name) :], name))
            self.fail(position, f"expected a query that does not use itself: {loop}")
        if name not in self.saved:
            known = ", ".join(f"@{other}" for other in sorted(self.saved)) or "none"
            self.fail(position, f"expected the name of a saved query, not @{name}; there is: {known}")
        if name not in self.known:
            inner = _Reader(saved=self.saved, lists=self.lists, trail=(*self.trail, name), known=self.known)
            try:
                self.known[name] = inner.read(self.saved[name]), inner.clauses
            except QuerySyntaxError as error:
                self.fail(position, f"in @{name}, column {error.column}: {error.expected}")
        query, clauses = self.known[name]
        self._count(clauses, position)
        self.uses |= {name, *query.uses}
        return query.root

    def _count(self, clauses: int, position: int) -> None:
        self.clauses += clauses
        if self.clauses > MAX_CLAUSES:
            self.fail(position, f"expected at most {MAX_CLAUSES} clauses; put long lists of words into a file")


def _field_name(item: Parsed) -> str:
    return str(item.children[0])[:-1].lower() if item.data == "field" else ""


def _value(item: Parsed) -> str:
    inner = item.children[1]
    assert isinstance(inner, Tree)
    return str(inner.children[0]).strip('"')


def _stem_value(item: Parsed) -> str | None:
    return _value(item).lower() if _field_name(item) == "stem" else None


def _switched(tree: Parsed, reader: _Reader) -> bool:
    """Whether the query asks for stems: the last switch on its outermost level counts."""
    top = tree.children[0]
    assert isinstance(top, Tree)
    parts = top.children if top.data == "conjunction" else [top]
    switches = [part for part in parts if isinstance(part, Tree) and _stem_value(part) is not None]
    return bool(switches) and reader._switch(switches[-1], 0).on  # noqa: SLF001 - the same module's class


def _stemmed(node: Node) -> Node:
    match node:
        case And(parts=parts):
            return And(parts=tuple(_stemmed(part) for part in parts))
        case Or(parts=parts):
            return Or(parts=tuple(_stemmed(part) for part in parts))
        case Not(part=part):
            return Not(part=_stemmed(part))
        case Words(scope=scope) if scope in FREE_TEXT:
            return replace(node, stemmed=True)
        case Near(scope=scope, operands=operands) if scope in FREE_TEXT:
            return replace(node, operands=tuple(replace(operand, stemmed=True) for operand in operands))
        case _:
            return node


def _position(error: UnexpectedInput) -> int:
    return int(getattr(error, "pos_in_stream", None) or 0)


def _expectation(error: UnexpectedInput, text: str) -> str:
    if isinstance(error, UnexpectedCharacters):
        if text[_position(error)] == '"':
            return 'expected a closing "'
        return _OPERAND
    if not isinstance(error, UnexpectedToken):
        return _OPERAND
    wanted = set(error.accepts or error.expected)
    kind = error.token.type
    if kind == "NEAR":
        return 'expected NEAR/n between two words or "phrases", and only two'
    if (kind == "_OR") if "_AND" in wanted else ("_OR" in wanted and kind not in ("_RPAR", "$END")):
        return _MIXED
    return _at_end_or_operand(kind, wanted)


def _at_end_or_operand(kind: str, wanted: set[str]) -> str:
    if kind == "$END":
        return 'expected ")"' if "_RPAR" in wanted else f"{_OPERAND}; the query ends here"
    if kind == "_RPAR" and "$END" in wanted:
        return 'expected no ")": it closes nothing'
    return _OPERAND
