"""Which faults are put into a module: one changed node of its syntax tree each.

Annotations, decorators, imports, asserts and docstrings are left alone, and so are strings with a space in them: those
are sentences for people, and a test of their wording would say nothing twice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import CodeType

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LEFT_ALONE = (ast.Assert, ast.Import, ast.ImportFrom)
_SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "cause"}
_CONDITIONED = (ast.If, ast.While, ast.IfExp)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One changed place of one module, compiled."""

    module: str
    function: str
    """The qualified name of the function or class that it is in; empty: of none."""
    imported: bool
    """It stands outside every function's body, so that it counts when the module is imported."""
    whole: bool
    """The function alone cannot be exchanged: the whole module has to be."""
    lines: tuple[int, ...]
    """The numbers of the lines of the statement that it is in."""
    line: str
    """The text of the line that it is on."""
    before: str
    after: str
    code: CodeType

    @property
    def key(self) -> tuple[str, ...]:
        """What names it wherever its line is."""
        return self.module, self.function, self.line, self.before, self.after


def outermost(code: CodeType, path: str) -> tuple[str, CodeType]:
    """The outermost function on the way to a qualified name, and its code in a module's."""
    names = path.split(".")
    for at, name in enumerate(names, start=1):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
        if code.co_flags & CO_OPTIMIZED:
            return ".".join(names[:at]), code
    raise LookupError(path)


@dataclass(slots=True)
class _Place:
    """A node, and where it hangs: what stands there can be exchanged and put back."""

    parent: ast.AST
    field: str
    index: int | None
    function: str
    imported: bool
    lines: tuple[int, ...]

    def put(self, node: object) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def faults(module: str, source: str, path: str) -> list[Fault]:
    """All faults of a module in the order of its lines."""
    tree, texts = ast.parse(source), source.splitlines()
    right = compile(tree, path, "exec")
    found = []
    for node, place in list(_places(tree, "", ())):
        for changed in _changes(node, place):
            before, after = _words(node), _words(changed)
            place.put(ast.fix_missing_locations(ast.copy_location(changed, node)))
            code = compile(tree, path, "exec")
            place.put(node)
            found.append(
                Fault(
                    module=module,
                    function=place.function,
                    imported=place.imported,
                    whole=place.imported or _free(code, place) != _free(right, place),
                    lines=place.lines,
                    line=texts[getattr(node, "lineno", place.lines[0]) - 1].strip(),
                    before=before,
                    after=after,
                    code=code,
                )
            )
    return sorted(found, key=lambda fault: fault.lines[0])


def _free(code: CodeType, place: _Place) -> tuple[str, ...]:
    return outermost(code, place.function)[1].co_freevars


def _words(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _places(
    parent: ast.AST, function: str, lines: tuple[int, ...], *, imported: bool = True
) -> Iterator[tuple[ast.AST, _Place]]:
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        inside = imported and not (isinstance(parent, Function) and field == "body")
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, _LEFT_ALONE) or _is_docstring(node):
                continue
            own = _lines(node) if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) else lines
            yield node, _Place(parent, field, index, function, inside, own)
            name = node.name if isinstance(node, Function | ast.ClassDef) else ""
            yield from _places(node, f"{function}.{name}".strip(".") if name else function, own, imported=inside)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _lines(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> tuple[int, ...]:
    """Of a compound statement only its head."""
    start = node.pattern if isinstance(node, ast.match_case) else node
    first, last = start.lineno, start.end_lineno or start.lineno
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        last = max(first, body[0].lineno - 1)
    return tuple(range(first, last + 1))


def _changes(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    match node:
        case ast.stmt():
            yield from _of_statement(node)
        case ast.ExceptHandler() if not isinstance(node.body[0], ast.Raise):
            yield _with(node, body=[ast.Raise()])
        case ast.expr():
            yield from _of_expression(node, place)
            if place.field in {"ifs", "guard"} or (place.field == "test" and isinstance(place.parent, _CONDITIONED)):
                yield from _denied(node)
        case _:
            pass


def _denied(node: ast.expr) -> Iterator[ast.AST]:
    """A condition that has no operator of its own to change."""
    if not isinstance(node, ast.Compare | ast.BoolOp | ast.Constant) and not _is_not(node):
        yield ast.UnaryOp(ast.Not(), node)


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _of_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            pass
        case ast.Expr() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.AugAssign():
            yield ast.Pass()
            if type(node.op) in _ARITHMETIC:
                yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.Return(value=ast.Constant(value=None | False)):
            pass  # the other truth value is a fault of its own
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                if item.optional_vars is None:
                    rest = [other for other in node.items if other is not item]
                    yield _with(node, items=rest) if rest else ast.If(ast.Constant(value=True), node.body, [])
        case _:
            pass


def _of_expression(node: ast.expr, place: _Place) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for at, op in enumerate(node.ops):
                for other in _COMPARISONS[type(op)]:
                    yield _with(node, ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.Constant():
            yield from _of_constant(node, place)
        case ast.Call():
            yield from _of_call(node)
        case _:
            pass


def _of_constant(node: ast.Constant, place: _Place) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value + 1)
        if value:
            yield ast.Constant(value / 2)
    elif isinstance(value, bytes):
        yield ast.Constant(b"" if value else b"XX")
    elif isinstance(value, str) and " " not in value and not isinstance(place.parent, ast.JoinedStr):
        yield ast.Constant("" if value else "XX")


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield _with(node, keywords=[other for other in node.keywords if other is not keyword])
    if isinstance(node.func, ast.Name) and node.func.id in _OPPOSITES:
        yield _with(node, func=ast.Name(_OPPOSITES[node.func.id], ast.Load()))
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"strip", "lower", "encode"} and not node.args:
        yield node.func.value


def _with(node: ast.AST, **changed: object) -> ast.AST:
    other = copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other
