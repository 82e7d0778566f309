"""Three-valued truth and cases on columns: NULL is not known; what is a constant stays one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import ibis
from ibis.expr import operations as ops

Let = Callable[[Any], Any]
TRUE: Final = ibis.literal(True)
FALSE: Final = ibis.literal(False)
_NO: Final = object()  # equals nothing


def constant(expr: Any) -> Any:
    """The value of a literal that is not NULL; something that equals nothing for any other expression."""
    op = expr.op()
    return op.value if isinstance(op, ops.Literal) and op.value is not None else _NO


def is_constant(expr: Any) -> bool:
    """Whether an expression is a literal that is not NULL."""
    return constant(expr) is not _NO


def negation(flag: Any) -> Any:
    """Negation as a comparison: engines are sent `NOT x IS NULL` for a negation asked whether it is NULL."""
    return ibis.literal(not constant(flag)) if is_constant(flag) else flag != TRUE


def both(a: Any, b: Any) -> Any:
    """Conjunction."""
    if constant(a) is True or constant(b) is False:
        return b
    return a if constant(b) is True or constant(a) is False else a & b


def either(a: Any, b: Any) -> Any:
    """Disjunction."""
    if constant(a) is False or constant(b) is True:
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
    op = expr.op()
    return ibis.literal(op.value is not None) if isinstance(op, ops.Literal) else expr.notnull()


def surely(flag: Any, otherwise: bool) -> Any:
    """A flag, taken for another value where it is NULL."""
    op = flag.op()
    if isinstance(op, ops.Literal):
        return ibis.literal(otherwise if op.value is None else op.value)
    return flag.fill_null(otherwise)


def case(*branches: tuple[Any, Any], otherwise: Any) -> Any:
    """The value of the first branch whose condition is true, as of one whose condition is NULL were false."""
    kept: list[tuple[Any, Any]] = []
    for condition, value in branches:
        op = condition.op()
        if isinstance(op, ops.Literal) and op.value is not True:
            continue
        if isinstance(op, ops.Literal):
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
        agreed = case((value == result, value), otherwise=ibis.null(value.type()))
        result = let(case((condition, value), (negation(condition), result), otherwise=agreed))
    return result


def only_case(let: Let, conditions: Sequence[Any], values: Sequence[Any], last: Any) -> Any:
    """What all cases that may hold agree on, and the last where none is sure to."""
    pairs = [(let(c), let(v)) for c, v in zip(conditions, values, strict=True) if constant(c) is not False]
    last = let(last)
    possible = [let(surely(condition, True)) for condition, _ in pairs]
    sure = any_of([surely(condition, False) for condition, _ in pairs])
    pick = let(case(*((may, value) for may, (_, value) in zip(possible, pairs, strict=True)), otherwise=last))
    agree = [
        either(negation(may), surely(value == pick, False)) for may, (_, value) in zip(possible, pairs, strict=True)
    ]
    agree.append(either(sure, surely(last == pick, False)))
    return case((all_of(agree), pick), otherwise=ibis.null(pick.type()))
