"""Exact numbers on columns: whole numbers over denominators, cross-multiplied, never divided and never rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine.engines.native import without_point
from policy_engine.engines.truth import (
    Let,
    case,
    constant,
    either,
    is_constant,
    is_null,
    negation,
    tested,
)
from policy_engine.language import ir

WHOLE: Final = "decimal(38, 0)"
MOST: Final = 38
SHORT: Final = 18
PLACES: Final = 6  # a product of decimals keeps so many places on every engine


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A number: an expression of at most so many digits, of which so many are decimal places, over a known denominator.

    A whole number of up to 18 digits is a 64-bit integer, which then cannot overflow; any other is a decimal of so many
    digits, at most 38, where every engine makes an overflow an error. `under` is positive. `by` is a second denominator,
    from a division by a column, of as many places as `over`: positive, or NULL, and then `over` is NULL too.
    """

    over: Any
    under: int = 1
    digits: int = MOST
    by: Any = None
    by_digits: int = 0
    places: int = 0

    def equals(self, other: Ratio) -> bool:
        """Whether it is seen to be the same number, by the same expressions."""
        same_by = other.by is None if self.by is None else other.by is not None and self.by.equals(other.by)
        return same_by and self.over.equals(other.over) and (self.under, self.places) == (other.under, other.places)


def kind_of(digits: int, places: int = 0) -> str:
    """The type of numbers of so many digits; engines work with short decimals faster."""
    return "int64" if digits <= SHORT and not places else decimal(digits, places)


def decimal(digits: int, places: int = 0) -> str:
    """The decimal type of so many digits."""
    return f"decimal({min(MOST, max(digits, places))}, {places})"


def whole(value: int, digits: int = MOST) -> Any:
    """A whole number as a typed literal; an untyped one is read at another scale by some engines."""
    return ibis.literal(value, "int64") if digits <= SHORT else ibis.literal(Decimal(value), decimal(digits))


def number(value: Fraction) -> Ratio:
    """A literal number."""
    digits = digits_of(abs(value.numerator))
    return Ratio(over=whole(value.numerator, digits), under=value.denominator, digits=digits)


def digits_of(bound: int) -> int:
    """The least d with |n| < 10**d for every |n| <= bound."""
    return len(str(bound))


def fitted(expr: Any, digits: int, places: int = 0) -> Any:
    """A number as the type of so many digits; a literal stays one."""
    kind = kind_of(digits, places)
    if is_null(expr):
        return ibis.null(kind)
    if is_constant(expr):
        return ibis.literal(Decimal(constant(expr)), kind) if places else whole(int(constant(expr)), digits)
    return expr.cast(kind)


def as_factor(expr: Any) -> Any:
    """A whole number as a decimal of no more digits than it has: a product of 38 or less need not be checked."""
    if is_constant(expr):
        return ibis.literal(Decimal(constant(expr)), decimal(digits_of(abs(int(constant(expr))))))
    return expr if expr.type().is_decimal() else expr.cast(decimal(SHORT))


def times(a: Any, b: Any, digits: int, places: int = 0) -> Any:
    """A product, of which only the first may have places. Two literals are multiplied here: engines take them for short."""
    if is_null(a) or is_null(b):
        return ibis.null(kind_of(digits, places))
    if is_constant(a) and is_constant(b):
        return fitted(ibis.literal(constant(a) * constant(b)), digits, places)
    if constant(b) == 1:
        return fitted(a, digits, places)
    if kind_of(digits, places) == "int64":
        return fitted(a, digits) * fitted(b, digits)
    return fitted(fitted(a, digits, places) * as_factor(b), digits, places)


def counted(term: Ratio) -> Ratio:
    """The same number with no places: counted in hundredths, say."""
    if not term.places:
        return term
    over = _without_places(term.over, term.digits, term.places)
    if term.by is not None:
        return replace(term, over=over, by=_without_places(term.by, term.by_digits, term.places), places=0)
    return replace(term, over=over, under=term.under * 10**term.places, places=0)


def _without_places(expr: Any, digits: int, places: int) -> Any:
    """A decimal times ten for each of its places, as a whole number."""
    wide = min(MOST, digits + places)  # no wider than it must be: of 38 digits DuckDB looks at each product
    found = fitted(times(expr, whole(10**places), wide, places), digits)
    return found if is_constant(found) or is_null(found) else without_point(expr, found, places)


def over_denominator(term: Ratio, under: int) -> Ratio:
    """A ratio over another denominator, a multiple of its own."""
    factor = under // term.under
    if factor == 1:
        return term
    digits = _digits_times(term.digits, factor)
    over = times(term.over, whole(factor, digits), digits, term.places)
    return replace(term, over=over, under=under, digits=min(digits, MOST))


def _digits_times(digits: int, factor: int) -> int:
    """The digits of so many times a number of so many digits."""
    return digits_of((10**digits - 1) * factor)


def alike(terms: Sequence[Ratio]) -> list[Ratio]:
    """Ratios over common denominators, of one type."""
    terms = _over_common_columns(terms)
    under = math.lcm(*(term.under for term in terms))
    common = [over_denominator(term, under) for term in terms]
    places = max(term.places for term in common)
    digits = min(MOST, max(term.digits + places - term.places for term in common))
    return [replace(term, over=fitted(term.over, digits, places), digits=digits, places=places) for term in common]


def _over_common_columns(terms: Sequence[Ratio]) -> list[Ratio]:
    if all(term.by is None for term in terms):
        return list(terms)
    terms = [counted(term) for term in terms]
    columns = {term.by.op(): (term.by, term.by_digits) for term in terms if term.by is not None}
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
        found.append(Ratio(over=over, under=term.under, digits=min(total, MOST), by=by, by_digits=min(by_digits, MOST)))
    return found


def positive(term: Ratio) -> Ratio:
    """The same number over a column that is never NULL: where another is chosen, this one must not matter."""
    return (
        term if term.by is None else replace(term, by=term.by.coalesce(fitted(whole(1), term.by_digits, term.places)))
    )


def plus(a: Ratio, b: Ratio) -> Ratio:
    """A sum; with nothing the number itself, so that readings that differ only by what nobody gave are seen to be one."""
    if _nothing(b):
        return a
    if _nothing(a):
        return b
    left, right = alike([a, b])
    digits, places = left.digits + 1, left.places
    if is_null(left.over) or is_null(right.over):
        total = ibis.null(kind_of(digits, places))
    elif is_constant(left.over) and is_constant(right.over):
        total = fitted(ibis.literal(constant(left.over) + constant(right.over)), digits, places)
    else:
        total = fitted(fitted(left.over, digits, places) + fitted(right.over, digits, places), digits, places)
    return replace(left, over=total, digits=min(digits, MOST))


def _nothing(term: Ratio) -> bool:
    return term.by is None and constant(term.over) == 0


def minus(a: Ratio) -> Ratio:
    """The negative of a number."""
    return replace(
        a, over=fitted(ibis.literal(-constant(a.over)), a.digits, a.places) if is_constant(a.over) else -a.over
    )


def product(let: Let, a: Ratio, b: Ratio) -> Ratio:
    """A product; zero times anything is zero."""
    if 0 in (constant(a.over), constant(b.over)):
        return number(Fraction(0))
    if is_constant(a.over):
        a, b = b, a
    a, b = a if a.by is None and b.by is None else counted(a), counted(b)
    if not is_constant(b.over):
        a, b = laid(let, counted(a)), laid(let, b)
    digits = _digits_times(a.digits, abs(int(constant(b.over)))) if is_constant(b.over) else a.digits + b.digits
    over, by, by_digits = times(a.over, b.over, digits, a.places), a.by, a.by_digits
    if b.by is not None:
        total = by_digits + b.by_digits
        by, by_digits = (b.by, b.by_digits) if by is None else (times(by, b.by, total), total)
    if not is_constant(b.over):
        zero = let(either(*(side.over == whole(0, side.digits) for side in (a, b))))
        over = case((zero, whole(0, digits)), otherwise=over)
        by = None if by is None else case((zero, whole(1, by_digits)), otherwise=by)
    return Ratio(
        over=over,
        under=a.under * b.under,
        digits=min(digits, MOST),
        by=by,
        by_digits=min(by_digits, MOST),
        places=a.places,
    )


def quotient(let: Let, a: Ratio, b: Ratio) -> Ratio:
    """A quotient; NULL where the divisor is zero."""
    if is_constant(b.over):
        divisor = int(constant(b.over))
        return (
            Ratio(over=ibis.null("int64"), digits=1)
            if not divisor
            else product(let, a, number(Fraction(b.under, divisor)))
        )
    if b.by is not None:  # divided by a fraction: times what that is over
        b = counted(b)
        a, b = product(let, a, Ratio(over=b.by, digits=b.by_digits)), replace(b, by=None, by_digits=0)
    places = max(a.places, b.places)
    if a.by is not None or max(a.digits - a.places, b.digits - b.places) + places > MOST:
        a, b, places = counted(a), counted(b), 0
    shared = math.gcd(a.under, b.under)
    a, b = replace(a, under=a.under // shared), replace(b, under=b.under // shared)
    a, b = (laid(let, _of_places(term, places)) for term in (product(let, a, number(Fraction(b.under))), b))
    zero = fitted(whole(0), b.digits, places)
    by = let(case((b.over > zero, b.over), (b.over < zero, -b.over), otherwise=ibis.null(b.over.type())))
    over = case((b.over > zero, a.over), (b.over < zero, minus(a).over), otherwise=ibis.null(a.over.type()))
    by_digits = b.digits
    if a.by is not None:
        by, by_digits = times(a.by, by, a.by_digits + by_digits), a.by_digits + by_digits
    return laid(let, replace(a, over=over, by=by, by_digits=min(by_digits, MOST)))


def _of_places(term: Ratio, places: int) -> Ratio:
    """The same number with more places, which cannot be too many."""
    digits = term.digits + places - term.places
    return replace(term, over=fitted(term.over, digits, places), digits=digits, places=places)


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
    """n/d less its rest: no division. Where a quotient has a sign, the rest has it on some engines and not on others."""
    term = counted(term) if term.by is None else term
    if term.under == 1 and term.by is None:
        return term
    places = term.places
    digits = max(term.digits, term.by_digits + digits_of(term.under)) + 1
    if is_constant(term.over) and term.by is None:  # engines take what is made of literals for short
        least = constant(term.over) // term.under * term.under
        return replace(term, over=fitted(ibis.literal(least), digits), digits=min(digits, MOST))
    over, under = let(fitted(term.over, digits, places)), whole(term.under, digits)
    if term.by is not None:
        under = let(times(term.by, under, digits, places))
    rest = let(fitted(over % under, digits, places))
    below = rest < fitted(whole(0), digits, places)
    rest = case((below, fitted(rest + under, digits, places)), otherwise=rest)
    return replace(term, over=fitted(over - rest, digits, places), digits=min(digits, MOST))


def ceil(let: Let, term: Ratio) -> Ratio:
    """The least whole number not below."""
    return minus(floor(let, minus(term)))


def absolute(let: Let, term: Ratio) -> Ratio:
    """The number without its sign."""
    if is_constant(term.over):
        return replace(term, over=fitted(ibis.literal(abs(constant(term.over))), term.digits, term.places))
    over = let(term.over)
    return replace(term, over=case((over < fitted(whole(0), term.digits, term.places), -over), otherwise=over))


def _as_share(term: Ratio) -> Any:
    """A number over ten, twenty, … as so many tenths of it; None where it is no such number: DuckDB takes long to shift a point to the left."""
    more = next((k for k in range(1, PLACES + 1) if 10**k % term.under == 0), 0)
    if term.under == 1 or not more or term.by is not None or is_constant(term.over) or is_null(term.over):
        return None
    digits = max(term.digits, term.places)
    if digits + more > SHORT:  # of two of 18 digits DuckDB makes one of 18
        digits = max(digits, SHORT + 1)
    wide = more if term.places >= more else max(more, digits)
    if term.places + more > PLACES or digits + wide > MOST:
        return None
    share = ibis.literal(Decimal(10**more // term.under).scaleb(-more), decimal(wide, more))
    return (term.over.cast(decimal(digits, term.places)) * share).cast(f"decimal({MOST}, {term.places + more})")


def shown(term: Ratio, is_whole: bool = False, all_places: bool = False) -> Any:
    """A number as a decimal column where it has so few places, else as text: `n`, or `n/d` where that is no whole number.

    `is_whole`: it is known to be a whole number, whatever it is counted in, and is shown without places; `all_places`: a product
    of decimals has all their places on the engine.
    """
    if term.by is None and term.under == 1 and 0 < term.places <= PLACES and not is_whole:
        return term.over
    if all_places and not is_whole and (told := _as_share(term)) is not None:
        return told
    own, term = term, counted(term)
    places = next((k for k in range(PLACES + 1) if 10**k % term.under == 0), None)
    if term.by is None and places is not None:
        over = over_denominator(term, 10**places).over
        if not places or is_null(over):
            return over
        return (over.cast(WHOLE) * ibis.literal(Decimal(1).scaleb(-places), f"decimal({MOST}, {places})")).cast(
            f"decimal({MOST}, {0 if is_whole else places})"
        )
    over, under = _sides(term)
    split = over.cast("string") + "/" + under.cast("string")
    if is_null(over):
        return split
    over, under = _sides(
        own if all_places else term
    )  # as they are, where that is exact: DuckDB takes long to count them
    guess = (over / under).cast(WHOLE)  # engines divide inexactly; the product tells whether this one came out right
    return case((guess * under == over, guess.cast("string")), otherwise=split)


def _sides(term: Ratio) -> tuple[Any, Any]:
    """What is divided, and by what."""
    under = whole(term.under) if term.by is None else times(term.by, whole(term.under), MOST, term.places)
    return fitted(term.over, MOST, term.places), under
