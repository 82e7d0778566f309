"""Exact numbers on columns: whole numbers over denominators, cross-multiplied, never divided and never rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.evaluators.tables.flags import (
    Let,
    case,
    constant,
    either,
    is_constant,
    is_null,
    known,
    negation,
    tested,
)

WHOLE: Final = "decimal(38, 0)"
MOST: Final = 38
SHORT: Final = 18


@dataclass(frozen=True)
class Ratio:
    """A number: a whole-number expression of at most so many digits over a known positive denominator.

    Up to 18 digits it is a 64-bit integer, which then cannot overflow; beyond, a decimal of 38 digits, where every
    engine makes an overflow an error. `by` is a second denominator, from a division by a column: positive, or NULL, and
    then `over` is NULL too.
    """

    over: Any
    under: int = 1
    digits: int = MOST
    by: Any = None
    by_digits: int = 0


def kind_of(digits: int) -> str:
    """The type of whole numbers of so many digits."""
    return "int64" if digits <= SHORT else WHOLE


def whole(value: int, digits: int = MOST) -> Any:
    """A whole number as a typed literal; an untyped one is read at another scale by some engines."""
    return ibis.literal(value, "int64") if digits <= SHORT else ibis.literal(Decimal(value), WHOLE)


def number(value: Fraction) -> Ratio:
    """A literal number."""
    digits = digits_of(abs(value.numerator))
    return Ratio(whole(value.numerator, digits), value.denominator, digits)


def digits_of(bound: int) -> int:
    """The least d with |n| < 10**d for every |n| <= bound."""
    return len(str(bound))


def fitted(expr: Any, digits: int) -> Any:
    """A whole number as the type of so many digits; a literal stays one."""
    if is_null(expr):
        return ibis.null(kind_of(digits))
    return whole(int(constant(expr)), digits) if is_constant(expr) else expr.cast(kind_of(digits))


def times(a: Any, b: Any, digits: int) -> Any:
    """A product of whole numbers. Two literals are multiplied here: an engine may take them for short integers."""
    if is_null(a) or is_null(b):
        return ibis.null(kind_of(digits))
    if is_constant(a) and is_constant(b):
        return whole(int(constant(a)) * int(constant(b)), digits)
    return fitted(fitted(a, digits) * fitted(b, digits), digits)


def over_denominator(term: Ratio, under: int) -> Ratio:
    """A ratio over another denominator, a multiple of its own."""
    factor = under // term.under
    if factor == 1:
        return term
    digits = term.digits + digits_of(factor - 1)  # |n| < 10**d and f <= 10**k give |n f| < 10**(d + k)
    over = times(term.over, whole(factor, digits), digits)
    return replace(term, over=over, under=under, digits=min(digits, MOST))


def alike(terms: Sequence[Ratio]) -> list[Ratio]:
    """Ratios over common denominators, of one type."""
    under = math.lcm(*(term.under for term in terms))
    common = [over_denominator(term, under) for term in _over_common_columns(terms)]
    digits = max(term.digits for term in common)
    return [replace(term, over=fitted(term.over, digits), digits=digits) for term in common]


def _over_common_columns(terms: Sequence[Ratio]) -> list[Ratio]:
    columns = {term.by.op(): (term.by, term.by_digits) for term in terms if term.by is not None}
    if not columns:
        return list(terms)
    found = []
    by, by_digits = None, 0
    for expr, digits in columns.values():
        by, by_digits = (expr, digits) if by is None else (times(by, expr, by_digits + digits), by_digits + digits)
    for term in terms:
        over, total = term.over, term.digits
        for op, (expr, digits) in columns.items():
            if term.by is None or term.by.op() != op:
                total += digits
                over = times(over, expr, total)
        found.append(Ratio(over, term.under, min(total, MOST), by, min(by_digits, MOST)))
    return found


def same_columns(terms: Sequence[Ratio]) -> bool:
    """Whether ratios have the same denominator column, or none."""
    return len({None if term.by is None else term.by.op() for term in terms}) == 1


def plus(a: Ratio, b: Ratio) -> Ratio:
    """A sum."""
    left, right = alike([a, b])
    digits = left.digits + 1
    if is_null(left.over) or is_null(right.over):
        total = ibis.null(kind_of(digits))
    elif is_constant(left.over) and is_constant(right.over):
        total = whole(int(constant(left.over)) + int(constant(right.over)), digits)
    else:
        total = fitted(fitted(left.over, digits) + fitted(right.over, digits), digits)
    return replace(left, over=total, digits=min(digits, MOST))


def minus(a: Ratio) -> Ratio:
    """The negative of a number."""
    return replace(a, over=whole(-int(constant(a.over)), a.digits) if is_constant(a.over) else -a.over)


def product(let: Let, a: Ratio, b: Ratio) -> Ratio:
    """A product; zero times anything is zero."""
    if 0 in (constant(a.over), constant(b.over)):
        return number(Fraction(0))
    a, b = laid(let, a), laid(let, b)
    digits = a.digits + b.digits
    over, by, by_digits = times(a.over, b.over, digits), a.by, a.by_digits
    if b.by is not None:
        by, by_digits = (
            (b.by, b.by_digits) if by is None else (times(by, b.by, by_digits + b.by_digits), by_digits + b.by_digits)
        )
    if not (is_constant(a.over) or is_constant(b.over)):
        zero = let(either(*(side.over == whole(0, side.digits) for side in (a, b))))
        over = case((zero, whole(0, digits)), otherwise=over)
        by = None if by is None else case((zero, whole(1, by_digits)), otherwise=by)
    return Ratio(over, a.under * b.under, min(digits, MOST), by, min(by_digits, MOST))


def quotient(let: Let, a: Ratio, b: Ratio) -> Ratio:
    """A quotient; NULL where the divisor is zero."""
    if is_constant(b.over):
        divisor = int(constant(b.over))
        return number(Fraction(0)) if not divisor else product(let, a, number(Fraction(b.under, divisor)))
    b = laid(let, b)
    zero = whole(0, b.digits)
    positive = case((b.over == zero, ibis.null(b.over.type())), (b.over < zero, -b.over), otherwise=b.over)
    sign = case((b.over < zero, whole(-b.under, 18)), (b.over > zero, whole(b.under, 18)), otherwise=ibis.null("int64"))
    flipped = Ratio(sign, 1, digits_of(b.under), None, 0)
    if b.by is not None:
        flipped = product(let, flipped, Ratio(b.by, 1, b.by_digits))
    top = product(let, a, flipped)
    over = case((known(b.over), top.over), otherwise=ibis.null(top.over.type()))
    by, by_digits = let(positive), b.digits
    if top.by is not None:
        by, by_digits = times(top.by, by, top.by_digits + by_digits), top.by_digits + by_digits
    return laid(let, Ratio(over, top.under, top.digits, by, min(by_digits, MOST)))


def laid(let: Let, term: Ratio) -> Ratio:
    """A number whose expressions are columns, to be used more than once."""
    return replace(term, over=let(term.over), by=None if term.by is None else let(term.by))


def compared(op: ir.CompareOp, a: Ratio, b: Ratio) -> Any:
    """A comparison; sides are cross-multiplied."""
    left, right = alike([a, b])
    return tested(op, left.over, right.over)


def extreme(pick: ir.CompareOp, let: Let, terms: Sequence[Ratio]) -> Ratio:
    """The least (`<=`) or the greatest (`>=`)."""
    parts = alike(terms)
    result, *others = [let(part.over) for part in parts]
    for other in others:
        first = let(tested(pick, result, other))
        result = let(case((first, result), (negation(first), other), otherwise=ibis.null(other.type())))
    return replace(parts[0], over=result)


def floor(let: Let, term: Ratio) -> Ratio:
    """n/d less its rest: no division. The rest is taken of 64-bit integers, which every engine takes exactly."""
    if term.under == 1 and term.by is None:
        return term
    over, under = let(term.over.cast("int64")), ibis.literal(term.under, "int64")
    if term.by is not None:
        under = let(times(term.by.cast("int64"), under, SHORT))
    rest = ((over % under) + under) % under
    return replace(term, over=(over - rest).cast(kind_of(term.digits + 1)), digits=min(term.digits + 1, MOST))


def ceil(let: Let, term: Ratio) -> Ratio:
    """The least whole number not below."""
    return minus(floor(let, minus(term)))


def absolute(let: Let, term: Ratio) -> Ratio:
    """The number without its sign."""
    over = let(term.over)
    return replace(term, over=case((over < whole(0, term.digits), -over), otherwise=over))
