"""What a number or date that is not known lies between, as `language/between.py` says it."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.solving.formula import FALSE, TRUE, and_, ite, not_, or_
from policy_engine.solving.sym import End, Sym

NONE = End(FALSE, "0")


def bounded(args: Sequence[Sym]) -> bool:
    """Whether any of them may be unknown and yet have ends."""
    return any(x.ends is not None for x in args)


def of_sum(a: Sym, b: Sym) -> tuple[End, End]:
    """The ends of a sum."""
    return _plus(a.low, b.low), _plus(a.high, b.high)


def of_difference(a: Sym, b: Sym) -> tuple[End, End]:
    """The ends of a difference."""
    return _plus(a.low, b.high, "-"), _plus(a.high, b.low, "-")


def _plus(a: End, b: End, sign: str = "+") -> End:
    return End(and_(a.there, b.there), f"({sign} {a.value} {b.value})")


def of_product(a: Sym, b: Sym, zero: str) -> tuple[End, End]:
    """The ends of a product with a known factor above zero."""
    by_a, by_b = and_(a.known, f"(> {a.value} {zero})"), and_(not_(a.known), b.known, f"(> {b.value} {zero})")

    def scaled(i: int) -> End:
        of_a, of_b = (a.low, b.low) if i == 0 else (a.high, b.high)
        value = ite(by_a, f"(* {a.value} {of_b.value})", f"(* {b.value} {of_a.value})")
        return End(or_(and_(by_a, of_b.there), and_(by_b, of_a.there)), value)

    return scaled(0), scaled(1)


def of_extreme(args: Sequence[Sym], least: bool) -> tuple[End, End]:
    """The ends of the least or greatest; none where one of them is wholly unknown."""
    told = and_(*(or_(x.low.there, x.high.there) for x in args))
    op = "<" if least else ">"

    def strict(ends: Sequence[End]) -> End:
        value = ends[0].value
        for end in ends[1:]:
            value = ite(f"({op} {end.value} {value})", end.value, value)
        return End(and_(told, *(end.there for end in ends)), value)

    def loose(ends: Sequence[End]) -> End:
        there, value = ends[0]
        for end in ends[1:]:
            value = ite(and_(end.there, or_(not_(there), f"({op} {end.value} {value})")), end.value, value)
            there = or_(there, end.there)
        return End(and_(told, there), value)

    lows, highs = [x.low for x in args], [x.high for x in args]
    return (strict(lows), loose(highs)) if least else (loose(lows), strict(highs))


def of_count(flags: Sequence[Sym]) -> tuple[End, End]:
    """So many hold for sure; with those that are not known, so many may."""
    sure = plus([ite(x.true, "1", "0") for x in flags])
    most = plus([ite(x.false, "0", "1") for x in flags])
    return End(TRUE, sure), End(TRUE, most)


def of_total(pairs: Sequence[tuple[Sym, Sym]], zero: str) -> tuple[End, End]:
    """Each that may count as it is, or as nothing."""

    def end(i: int) -> End:
        there, values = TRUE, []
        for holds, item in pairs:
            one = item.low if i == 0 else item.high
            there = and_(there, or_(holds.false, one.there))
            op = "<" if i == 0 else ">"
            perhaps = ite(f"({op} {one.value} {zero})", one.value, zero)
            values.append(ite(holds.false, zero, ite(holds.known, one.value, perhaps)))
        return End(there, plus(values) if values else zero)

    return end(0), end(1)


def plus(values: Sequence[str]) -> str:
    """A sum of any number of terms."""
    return f"(+ {' '.join(values)})" if len(values) > 1 else values[0] if values else "0"


def compared(op: str, a: Sym, b: Sym) -> tuple[str, str]:
    """When a comparison holds, and when it does not, whatever its sides that are not known may be."""
    (low, high), (least, most) = (a.low, a.high), (b.low, b.high)
    if op in ("==", "!="):
        apart = or_(_both(low, most, ">"), _both(high, least, "<"))
        return (apart, FALSE) if op == "!=" else (FALSE, apart)
    near, far = ((high, least), (low, most)) if op in ("<", "<=") else ((low, most), (high, least))
    return _both(*near, op), and_(far[0].there, far[1].there, not_(f"({op} {far[0].value} {far[1].value})"))


def _both(a: End, b: End, op: str) -> str:
    return and_(a.there, b.there, f"({op} {a.value} {b.value})")
