"""The clauses of a query: from a field and its value as written to a leaf of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from lark import Token, Tree

from aggregator.curate.nodes import (
    Between,
    Exact,
    Fact,
    Has,
    Leaf,
    Near,
    Quantity,
    Regex,
    Scope,
    Thing,
    Words,
)
from aggregator.curate.regex import regex_fault
from aggregator.curate.terms import is_run, pattern_of, spellings, words_of
from aggregator.curate.values import ValueMisfitError, compared, valued

if TYPE_CHECKING:
    Parsed = Tree[Token]

SCOPES = {
    **{scope.value: scope for scope in Scope},
    "intitle": Scope.TITLE,
    "intext": Scope.CONTENT,
    "body": Scope.CONTENT,
    "f": Scope.SOURCE,
    "feed": Scope.SOURCE,
    "label": Scope.TAG,
    "language": Scope.LANG,
    "license": Scope.LICENCE,
    "inurl": Scope.URL,
    "site": Scope.DOMAIN,
}
QUANTITIES = {
    **{quantity.value: quantity for quantity in Quantity},
    "date": Quantity.PUBLISHED,
    "pubdate": Quantity.PUBLISHED,
}
_BOUNDS = {"after": ">=", "before": "<"}
_OTHERS = ("has", "list", "search", "stem")
FIELD_NAMES = (*SCOPES, *QUANTITIES, *_BOUNDS, *_OTHERS)
MIN_PREFIX = 3
MAX_NEAR = 8
_FACTS = frozenset({Scope.LANG, Scope.LICENCE, Scope.URL, Scope.DOMAIN})
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_COMPARE = re.compile(r"([A-Za-z]+)(<=|>=|<|>|=)(.*)", re.DOTALL)
_REGEX = re.compile(r"/(.*)/([A-Za-z]*)", re.DOTALL)
_TEXT_KINDS = ("word", "phrase", "near", "exact", "regex")


class ClauseError(Exception):
    """A clause cannot be read: where (offset in the query), and what was expected."""

    def __init__(self, position: int, expected: str) -> None:
        self.position = position
        self.expected = expected
        super().__init__(expected)


def _closest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


class ClauseMaker:
    """Makes leaves; `lists` holds the words of ``list:name``. Its methods raise `ClauseError`."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self.lists = lists

    def make(self, item: Parsed, scope: Scope) -> Leaf:
        """The leaf of one parsed clause, looking in `scope` where it names no field."""
        if item.data in _TEXT_KINDS:
            return self._prose(item, scope)
        if item.data == "tagged":
            return self._tagged(_token(item), scope)
        if scope is not Scope.TEXT and not _is_list(item):
            raise ClauseError(_token(item).start_pos or 0, "expected words: one field cannot stand inside another")
        if item.data == "compare":
            return self._compared(_token(item))
        return self._field(item, scope)

    def scope(self, token: Any) -> Scope:
        """The scope that a field's token names, where it can hold several words."""
        name = _field(token)
        if name in SCOPES:
            return SCOPES[name]
        _known(name, token)
        raise ClauseError(token.start_pos + len(token), f"expected one value after {name}:, without parentheses")

    def _prose(self, item: Parsed, scope: Scope) -> Leaf:
        token = _token(item)
        if scope in _FACTS and item.data in ("word", "phrase", "near", "exact"):
            return _fact(scope, token, _unquoted(str(token)), str(token), item.data)
        match item.data:
            case "word":
                return _word(token, scope)
            case "phrase":
                return _phrase(token, scope)
            case "near":
                return _near(item, scope)
            case "exact":
                return _exact(token, scope)
            case _:
                return _regex(token, scope)

    def _tagged(self, token: Token, scope: Scope) -> Leaf:
        if scope is not Scope.TEXT:
            raise ClauseError(token.start_pos or 0, "expected words: one field cannot stand inside another")
        return _words(Scope.TAG, str(token), _unquoted(token[1:]), (token.start_pos or 0) + 1)

    def _field(self, item: Parsed, scope: Scope) -> Leaf:
        token, inner = item.children
        assert isinstance(token, Token)
        assert isinstance(inner, Tree)
        name, value = _field(token), _token(inner)
        shown = f"{token}{value}"
        if name in SCOPES:
            return self._scoped(SCOPES[name], inner, shown)
        _known(name, token)
        plain = _unquoted(str(value))
        position = value.start_pos or 0
        if name in QUANTITIES:
            return _bounded(lambda: valued(QUANTITIES[name], plain, shown), position)
        if name in _BOUNDS:
            return _bounded(lambda: compared(Quantity.PUBLISHED, _BOUNDS[name], plain, shown), position)
        return self._list(plain, shown, position, scope) if name == "list" else _has(plain, shown, position)

    def _scoped(self, scope: Scope, inner: Parsed, shown: str) -> Leaf:
        token = _token(inner)
        if inner.data == "range":
            raise ClauseError(token.start_pos or 0, f"expected words after {scope}:, not a range")
        leaf = self._prose(inner, scope)
        assert isinstance(leaf, Words | Exact | Near | Regex | Fact)
        return _shown_as(leaf, shown)

    def _list(self, name: str, shown: str, position: int, scope: Scope) -> Words:
        if name not in self.lists:
            known = ", ".join(sorted(self.lists)) or "none"
            raise ClauseError(position, f"expected the name of a list of words, not {name}; there is: {known}")
        found = [_forms(line.strip().strip('"'), position) for line in self.lists[name] if line.strip()]
        if not found:
            raise ClauseError(position, f"expected words in the list {name}: it is empty")
        forms = tuple(form for some, _ in found for form in some)
        patterns = tuple(dict.fromkeys(pattern for _, some in found for pattern in some))
        return Words(scope=scope, shown=shown, forms=forms, patterns=patterns)

    def _compared(self, token: Token) -> Leaf:
        match = _COMPARE.fullmatch(str(token))
        assert match is not None
        name, operator, value = match[1].lower(), match[2], match[3]
        position = token.start_pos or 0
        if name not in QUANTITIES:
            near = _closest(name, QUANTITIES)
            hint = f'did you mean "{near}"?' if near else f"one of {', '.join(Quantity)}"
            raise ClauseError(position, f'expected a quantity before {operator}, not "{match[1]}"; {hint}')
        at = position + len(match[1]) + len(operator)
        return _bounded(lambda: compared(QUANTITIES[name], operator, value, str(token)), at)


def _token(item: Parsed) -> Token:
    child = item.children[0]
    while isinstance(child, Tree):
        child = child.children[0]
    return child


def _is_list(item: Parsed) -> bool:
    return item.data == "field" and _field(_token(item)) == "list"


def _field(token: Token) -> str:
    return str(token)[:-1].lower()


def _known(name: str, token: Token) -> None:
    """Raises `ClauseError` where there is no such field."""
    if name not in FIELD_NAMES:
        near = _closest(name, FIELD_NAMES)
        hint = f'did you mean "{near}:"?' if near else "put it in quotes to look for the words themselves"
        raise ClauseError(token.start_pos or 0, f'expected a field, not "{token}"; {hint}')


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _shown_as(leaf: Words | Exact | Near | Regex | Fact, shown: str) -> Leaf:
    return replace(leaf, shown=shown)


def _bounded(make: Any, position: int) -> Between:
    try:
        between: Between = make()
    except ValueMisfitError as bad:
        raise ClauseError(position, str(bad)) from None
    return between


def _word(token: Token, scope: Scope) -> Words:
    text = str(token)
    if text.endswith(":") and text[:-1].lower() in FIELD_NAMES:
        raise ClauseError((token.start_pos or 0) + len(text), f"expected a value directly after {text}")
    if scope is not Scope.TEXT and text.partition(":")[0].lower() in FIELD_NAMES and ":" in text:
        raise ClauseError(token.start_pos or 0, "expected words: one field cannot stand inside another")
    return _words(scope, text, text, token.start_pos or 0)


def _phrase(token: Token, scope: Scope) -> Words | Near:
    text = str(token)
    quoted, _, distance = text.rpartition("~")
    if not (distance.isdigit() and quoted.endswith('"')):
        return _words(scope, text, _unquoted(text), token.start_pos or 0)
    words = _unquoted(quoted).split()
    if not 2 <= len(words) <= MAX_NEAR:
        raise ClauseError(
            token.start_pos or 0, f'expected two to {MAX_NEAR} words in front of ~{distance}, as in "a b"~5'
        )
    operands = tuple(_words(scope, word, word, token.start_pos or 0) for word in words)
    return Near(scope=scope, shown=text, operands=operands, distance=int(distance))


def _near(item: Parsed, scope: Scope) -> Near:
    left, joint, right = item.children
    assert isinstance(left, Tree)
    assert isinstance(right, Tree)
    operands = []
    for side in (left, right):
        token = _token(side)
        operand = _word(token, scope) if side.data == "word" else _phrase(token, scope)
        if isinstance(operand, Near):
            raise ClauseError(token.start_pos or 0, 'expected a plain "phrase" beside NEAR, without ~')
        operands.append(operand)
    shown = f"{operands[0].shown} {joint} {operands[1].shown}"
    return Near(scope=scope, shown=shown, operands=tuple(operands), distance=int(str(joint).partition("/")[2]))


def _words(scope: Scope, shown: str, text: str, position: int) -> Words:
    forms, patterns = _forms(text, position)
    return Words(scope=scope, shown=shown, forms=forms, patterns=patterns)


def _forms(text: str, position: int) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Spellings of a word or phrase, and their patterns; a ``*`` at the end lets its last word go on."""
    prefix = text.endswith("*")
    bare = text[:-1] if prefix else text
    if "*" in bare and not any(c.isspace() for c in bare):
        raise ClauseError(position + text.index("*"), "expected * only at the end of a word; use /regex/ for the rest")
    forms = spellings(bare)
    if not forms:
        raise ClauseError(position, f"expected letters or digits: there is no word in {text!r}")
    if prefix and len(forms[0][-1]) < MIN_PREFIX and not is_run(forms[0][-1]):
        raise ClauseError(position + len(bare), f"expected at least {MIN_PREFIX} letters before *")
    return forms, tuple(dict.fromkeys(pattern_of(form, prefix=prefix) for form in forms))


def _exact(token: Token, scope: Scope) -> Exact:
    text = _unquoted(token[1:])
    words = words_of(text)
    if not words:
        raise ClauseError(
            (token.start_pos or 0) + 1, f"expected letters or digits after =: there is no word in {text!r}"
        )
    return Exact(scope=scope, shown=str(token), text=" ".join(text.split()), patterns=(pattern_of(words),))


def _regex(token: Token, scope: Scope) -> Regex:
    match = _REGEX.fullmatch(str(token))
    assert match is not None
    position = token.start_pos or 0
    if set(match[2]) - {"i"}:
        raise ClauseError(position + len(match[1]) + 2, f"expected no flag but i after /regex/, not {match[2]}")
    pattern = match[1].replace("\\/", "/")
    if fault := regex_fault(pattern):
        raise ClauseError(position + 1, f"expected a regular expression (RE2): {fault}")
    return Regex(scope=scope, shown=str(token), pattern=pattern, ignore_case="i" in match[2])


def _fact(scope: Scope, token: Token, text: str, shown: str, kind: str) -> Fact:
    position = token.start_pos or 0
    if kind in ("near", "exact"):
        raise ClauseError(position, f"expected one value after {scope}:")
    value = text.lower()
    if scope is Scope.LANG and not _LANGUAGE.fullmatch(value):
        raise ClauseError(position, "expected a language such as nl or pt-BR after lang:")
    if scope is Scope.DOMAIN:
        value = value.removeprefix("www.").strip(".")
        if not value or "/" in value or ":" in value:
            raise ClauseError(
                position, "expected a domain such as example.org after domain:; use url: for parts of an address"
            )
    if not value.strip("*"):
        raise ClauseError(position, f"expected a value after {scope}:")
    return Fact(scope=scope, shown=shown, value=value)


def _has(value: str, shown: str, position: int) -> Has:
    name = value.lower().removesuffix("s") if value.lower() not in list(Thing) else value.lower()
    name = {"license": "licence", "enclosur": "enclosure"}.get(name, name)
    if name not in list(Thing):
        near = _closest(name, list(Thing))
        hint = f"did you mean has:{near}?" if near else f"one of {', '.join(Thing)}"
        raise ClauseError(position, f'expected something that has: knows, not "{value}"; {hint}')
    return Has(shown=shown, thing=Thing(name))
