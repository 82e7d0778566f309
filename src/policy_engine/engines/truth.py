"""Three-valued truth and cases on columns: NULL is not known; what is a constant stays one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import ibis
from ibis.expr import operations as ops

from policy_engine.language import ir
from policy_engine.language.operators import MIRRORED

Let = Callable[[Any], Any]
TRUE: Final = ibis.literal(True)
FALSE: Final = ibis.literal(False)
_NO: Final = object()  # equals nothing
_MADE_OF: Final = (ops.Cast, ops.Multiply, ops.Add, ops.Subtract, ops.Negate)
SPELT: Final = 3
"""Of so many names each text that may come of them is written out."""


def constant(expr: Any) -> Any:
    """The value of a literal that is not NULL; something that equals nothing for any other expression."""
    op = expr.op()
    return op.value if isinstance(op, ops.Literal) and op.value is not None else _NO


def is_constant(expr: Any) -> bool:
    """Whether an expression is a literal that is not NULL."""
    return constant(expr) is not _NO


def is_null(expr: Any) -> bool:
    """Whether an expression is the literal NULL: a fact for which the table has no column."""
    op = expr.op()
    return isinstance(op, ops.Literal) and op.value is None


_OPPOSITE: Final = {
    ops.Less: ops.GreaterEqual, ops.GreaterEqual: ops.Less, ops.Greater: ops.LessEqual, ops.LessEqual: ops.Greater,
    ops.Equals: ops.NotEquals, ops.NotEquals: ops.Equals,
}  # fmt: skip


def negation(flag: Any) -> Any:
    """Negation as a comparison: engines are sent `NOT x IS NULL` for a negation asked whether it is NULL."""
    if is_null(flag):
        return flag
    if is_constant(flag):
        return ibis.literal(not constant(flag))
    op = flag.op()
    return _OPPOSITE[type(op)](op.left, op.right).to_expr() if type(op) in _OPPOSITE else flag != TRUE


TESTS: Final[Mapping[ir.CompareOp, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def tested(op: ir.CompareOp, a: Any, b: Any) -> Any:
    """A comparison; that of two literals is one, and a column stands left: Polars takes the height from there."""
    if is_null(a) or is_null(b):
        return ibis.null("boolean")
    if is_constant(a) and is_constant(b):
        return ibis.literal(bool(TESTS[op](constant(a), constant(b))))
    return TESTS[MIRRORED[op]](b, a) if is_constant(a) else TESTS[op](a, b)


def same(a: Any, b: Any) -> Any:
    """Whether two expressions are equal."""
    return tested("==", a, b)


def differ(a: Any, b: Any) -> Any:
    """Whether two expressions differ."""
    return tested("!=", a, b)


def both(a: Any, b: Any) -> Any:
    """Conjunction."""
    if constant(a) is True or constant(b) is False or a.op() == b.op():
        return b
    return a if constant(b) is True or constant(a) is False else a & b


def either(a: Any, b: Any) -> Any:
    """Disjunction."""
    if constant(a) is False or constant(b) is True or a.op() == b.op():
        return b
    return a if constant(b) is False or constant(a) is True else a | b


def any_of(flags: Sequence[Any]) -> Any:
    """Whether one of some flags holds."""
    total = FALSE
    for flag in {flag.op(): flag for flag in flags}.values():
        total = either(total, flag)
    return total


def all_of(flags: Sequence[Any]) -> Any:
    """Whether all of some flags hold."""
    total = TRUE
    for flag in {flag.op(): flag for flag in flags}.values():
        total = both(total, flag)
    return total


def known(expr: Any) -> Any:
    """Whether an expression is not NULL."""
    return ibis.literal(not is_null(expr)) if is_null(expr) or is_constant(expr) else expr.notnull()


def unknown(expr: Any) -> Any:
    """Whether an expression is NULL; of a number that is made of others, whether one of these is, which need not be worked out."""
    if is_null(expr) or is_constant(expr):
        return ibis.literal(is_null(expr))
    op = expr.op()
    if isinstance(op, _MADE_OF) and op.dtype.is_numeric():  # too large a number is an error, and not NULL
        return any_of([unknown(part.to_expr()) for part in op.args if isinstance(part, ops.Value)])
    return expr.isnull()


def surely(flag: Any, otherwise: bool) -> Any:
    """A flag, taken for another value where it is NULL."""
    if is_null(flag):
        return ibis.literal(otherwise)
    return flag if is_constant(flag) else flag.fill_null(otherwise)


def case(*branches: tuple[Any, Any], otherwise: Any) -> Any:
    """The value of the first branch whose condition is true, as of one whose condition is NULL were false."""
    kept: list[tuple[Any, Any]] = []
    for condition, value in branches:
        if is_null(condition) or constant(condition) is False:
            continue
        if is_constant(condition):
            otherwise = value
            break
        kept.append((condition, value))
    return ibis.cases(*kept, else_=otherwise) if kept else otherwise


def first_case(let: Let, conditions: Sequence[Any], values: Sequence[Any], last: Any) -> Any:
    """The first case that holds; where one may hold, only what it and the rest agree on."""
    result = let(last)
    for condition, value in zip(map(let, reversed(conditions)), map(let, reversed(values)), strict=True):
        if is_constant(condition):
            result = value if constant(condition) is True else result
            continue
        agreed = case((same(value, result), value), otherwise=ibis.null(value.type()))
        result = let(case((condition, value), (negation(condition), result), otherwise=agreed))
    return result


def one_case(let: Let, conditions: Sequence[Any], values: Sequence[Any], last: Any) -> Any:
    """The literal of the condition that holds, of conditions that are all known or none and of which no two hold."""
    same_ones = {constant(value) for value in (*values, last)}
    agreed = last if len(same_ones) == 1 and is_constant(last) else ibis.null(last.type())
    unsettled = unknown(let(conditions[0]))
    return case((unsettled, agreed), *zip(conditions, values, strict=True), otherwise=last)


def only_case(let: Let, conditions: Sequence[Any], values: Sequence[Any], last: Any) -> Any:
    """What all cases that may hold agree on, and the last where none is sure to."""
    pairs = [(let(c), let(v)) for c, v in zip(conditions, values, strict=True) if constant(c) is not False]
    last = let(last)
    possible = [let(surely(condition, True)) for condition, _ in pairs]
    sure = any_of([surely(condition, False) for condition, _ in pairs])
    pick = let(case(*((may, value) for may, (_, value) in zip(possible, pairs, strict=True)), otherwise=last))
    agree = [
        either(negation(may), surely(same(value, pick), False)) for may, (_, value) in zip(possible, pairs, strict=True)
    ]
    agree.append(either(sure, surely(same(last, pick), False)))
    return case((all_of(agree), pick), otherwise=ibis.null(pick.type()))


def greatest(let: Let, codes: Sequence[Any]) -> Any:
    """The greatest of some codes, none of which is NULL."""
    if not codes:
        return ibis.literal(0, "int8")
    plain = [constant(code) for code in codes if is_constant(code)]
    columns = {code.op(): code for code in codes if not is_constant(code)}
    least = [ibis.literal(max(plain), "int8")] if plain and max(plain) else []
    if not columns:
        return least[0] if least else ibis.literal(0, "int8")
    parts = [*columns.values(), *least]
    return let(ibis.greatest(*parts)) if len(parts) > 1 else parts[0]


def named(let: Let, told: Sequence[tuple[Any, str]], between: str) -> Any:
    """The names whose flags hold, none of which is NULL, as one text; of a few names each text there may be is a literal."""
    told = [(let(flag), name) for flag, name in told if constant(flag) is not False]
    if len(told) > SPELT:
        text = ibis.literal("")
        for flag, name in told:
            text = text + case((flag, ibis.literal(between + name)), otherwise=ibis.literal(""))
        return let(text).substr(len(between))
    texts = [(TRUE, "")]  # those of all names after, the longer ones first
    for flag, name in reversed(told):
        texts = [(both(flag, others), between.join(filter(None, (name, text)))) for others, text in texts] + texts
    return case(*((all_, ibis.literal(text)) for all_, text in texts), otherwise=ibis.literal(""))
