"""The functions of rule files as what they may be; each row takes the writer of terms, the call and its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from policy_engine.language import ir
from policy_engine.solving import between
from policy_engine.solving.formula import FALSE, and_, equal, ite, not_, number, or_
from policy_engine.solving.sym import NEVER, Sym, Unheld, alike, chosen, empty, fixed, flag, real
from policy_engine.solving.workdays import Workdays

Writer = Any  # solving.terms.Terms, which stands above this room
Meaning = Callable[[Writer, ir.Call, Sequence[Sym]], Sym]


def _told(xs: Sequence[Sym]) -> str:
    """That all are known, and no set among them has members that are not listed."""
    return and_(*(x.known for x in xs), *(not_(x.other) for x in xs))


def _extreme(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    least = node.function == "min"
    xs = alike([empty(x) for x in xs])
    value = xs[0].value
    for x in xs[1:]:
        value = work.script.let(ite(f"({'<' if least else '>'} {x.value} {value})", x.value, value), x.sort)
    ends = between.of_extreme(xs, least) if between.bounded(xs) else None
    return Sym(known=_told(xs), value=value, sort=xs[0].sort, ends=ends)


def _absolute(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    (x,) = xs
    return Sym(known=x.known, value=ite(f"(>= {x.value} {number(0, x.sort)})", x.value, f"(- {x.value})"), sort=x.sort)


def _step(xs: Sequence[Sym]) -> Fraction:
    step = xs[1].fixed if len(xs) > 1 else Fraction(1)
    if step is None:
        raise Unheld("a step that is not written out")
    return step


def _floored(x: str, sort: str, step: Fraction) -> str:
    """The whole number of steps in a number."""
    if sort == "Int" and step.denominator == 1:
        return x if step == 1 else f"(div {x} {number(step)})"
    x = real(x, sort)  # type: ignore[arg-type]
    return f"(to_int {x})" if step == 1 else f"(to_int (* {number(1 / step, 'Real')} {x}))"


def _steps(work: Writer, known: str, steps: str, step: Fraction) -> Sym:
    """So many steps, as a number."""
    steps = work.script.let(steps, "Int")
    if step.denominator == 1:
        return Sym(known=known, value=steps if step == 1 else f"(* {number(step)} {steps})", sort="Int")
    return Sym(known=known, value=f"(* {number(step, 'Real')} (to_real {steps}))", sort="Real")


def _floor(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    return _steps(work, xs[0].known, _floored(xs[0].value, xs[0].sort, _step(xs)), _step(xs))


def _ceil(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    return _steps(work, xs[0].known, f"(- {_floored(f'(- {xs[0].value})', xs[0].sort, _step(xs))})", _step(xs))


def _round(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    x, step = xs[0], _step(xs)
    up = f"(+ {real(x.value, x.sort)} {number(step / 2, 'Real')})"
    down = f"(+ (- {real(x.value, x.sort)}) {number(step / 2, 'Real')})"
    steps = ite(
        f"(>= {x.value} {number(0, x.sort)})", _floored(up, "Real", step), f"(- {_floored(down, 'Real', step)})"
    )
    return _steps(work, x.known, steps, step)


def _round_even(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    x, step = xs[0], _step(xs)
    exact = work.script.let(f"(* {number(1 / step, 'Real')} {real(x.value, x.sort)})", "Real")
    low = work.script.let(f"(to_int {exact})", "Int")
    left = work.script.let(f"(- {exact} (to_real {low}))", "Real")
    up = or_(f"(> {left} 0.5)", and_(f"(= {left} 0.5)", f"(= (mod {low} 2) 1)"))
    return _steps(work, x.known, f"(+ {low} {ite(up, '1', '0')})", step)


def _remainder(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    floor = _floor(work, node, xs)
    x, floor = alike((xs[0], floor))
    return Sym(known=x.known, value=f"(- {x.value} {floor.value})", sort=x.sort)


def _count(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    return Sym(
        known=_told(xs), value=between.plus([ite(x.value, "1", "0") for x in xs]), sort="Int", ends=between.of_count(xs)
    )


def _total(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    items = alike([empty(x) for x in xs[1::2]])
    zero = number(0, items[0].sort)
    pairs = list(zip(xs[::2], items, strict=True))
    value = between.plus([ite(holds.value, x.value, zero) for holds, x in pairs])
    known = and_(*(or_(holds.false, and_(holds.known, x.known)) for holds, x in pairs))
    return Sym(known=known, value=value, sort=items[0].sort, ends=between.of_total(pairs, zero))


def _size(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    return Sym(
        known=_told(xs),
        value=between.plus([ite(when, "1", "0") for when in (xs[0].members or {}).values()]),
        sort="Int",
    )


def _all_in(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    a, b = xs
    inside = b.members or {}
    found = and_(*(or_(not_(when), inside.get(n, FALSE)) for n, when in (a.members or {}).items()))
    return flag(and_(a.known, b.known, or_(not_(found), not_(a.other))), found)


def _any_in(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    a, b = xs
    inside = b.members or {}
    found = or_(*(and_(when, inside.get(n, FALSE)) for n, when in (a.members or {}).items()))
    return flag(and_(a.known, b.known, or_(found, and_(not_(a.other), not_(b.other)))), found)


def _first_outside(work: Writer, order: tuple[str, ...], taken: Sym) -> Sym:
    members = taken.members or {}
    found = NEVER
    for option in reversed(order):
        found = chosen(not_(members.get(option, FALSE)), work.constant(option), found)
    return replace(found, known=and_(found.known, taken.known, not_(taken.other)))


def _first_after(work: Writer, order: tuple[str, ...], item: Sym, taken: Sym) -> Sym:
    if FALSE in (item.known, taken.known):
        return NEVER
    found = NEVER
    for i, option in reversed(list(enumerate(order))):
        here = equal(item.value, work.constant(option).value)
        found = chosen(here, _first_outside(work, order[i + 1 :], taken), found)
    return replace(found, known=and_(found.known, item.known, taken.known, not_(taken.other)))


def _position(work: Writer, order: tuple[str, ...], item: Sym) -> Sym:
    if item.known == FALSE:
        return NEVER
    found = NEVER
    for i, option in reversed(list(enumerate(order))):
        found = chosen(equal(item.value, work.constant(option).value), fixed(Fraction(i + 1)), found)
    return replace(found, known=and_(found.known, item.known), fixed=None)


def _starts_with(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    prefix = node.args[1]
    if not isinstance(prefix, ir.Const) or not isinstance(prefix.value, str):
        raise Unheld("starts_with a code that is not written out")
    fits = [number(i) for text, i in work.codes.numbers.items() if text.startswith(prefix.value)]
    return flag(and_(*(x.known for x in xs)), or_(*(equal(xs[0].value, i) for i in fits)))


def _part(i: int) -> Meaning:
    """Year, month or day of a date."""
    return lambda work, node, xs: Sym(known=xs[0].known, value=work.days.parts(xs[0].value)[i], sort="Int")


def _weekday(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    return Sym(known=xs[0].known, value=work.days.weekday(xs[0].value), sort="Int")


def _months(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    months = work.days.months_between(xs[0].value, xs[1].value)
    value = f"(div {months} 12)" if node.function == "years" else months
    return Sym(known=_told(xs), value=value, sort="Int")


def _end_of_year(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    year = work.whole(xs[0])
    return Sym(
        known=and_(year.known, f"(<= 1 {year.value} 9999)"), value=work.days.ordinal(year.value, "12", "31"), sort="Int"
    )


def _end_of_month(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    value = work.days.month_end(xs[0].value, node.function == "end_of_quarter")
    return Sym(known=xs[0].known, value=value, sort="Int")


def _in_season(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    first, last = (int(str(arg.value).replace("-", "")) for arg in node.args[1:] if isinstance(arg, ir.Const))
    here = work.days.of_year(xs[0].value)
    inside = (and_ if first <= last else or_)(f"(<= {first} {here})", f"(<= {here} {last})")
    return flag(xs[0].known, inside)


def _workdays(work: Writer, node: ir.Call) -> Workdays:
    if node.calendar is None:
        raise Unheld(node.function)
    found: Workdays = work.script.once(node.calendar, lambda calendar: Workdays(work.script, calendar))
    return found


def _is_working_day(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    days = _workdays(work, node)
    return flag(and_(xs[0].known, days.inside(xs[0].value)), days.works(xs[0].value))


def _working_days(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    days, (start, end) = _workdays(work, node), (x.value for x in xs)
    known = and_(_told(xs), days.inside(start), days.inside(end))
    return Sym(known=known, value=f"(- {days.until(end)} {days.until(start)})", sort="Int")


def _add_working_days(work: Writer, node: ir.Call, xs: Sequence[Sym]) -> Sym:
    value, there = _workdays(work, node).later(xs[0].value, work.whole(xs[1]).value)
    return Sym(known=and_(_told(xs), there), value=value, sort="Int")


MEANT: Final[Mapping[str, Meaning]] = {
    "min": _extreme, "max": _extreme, "abs": _absolute, "floor": _floor, "ceil": _ceil, "round": _round, "round_even": _round_even,
    "mod": _remainder, "count": _count, "total": _total, "size": _size, "all_in": _all_in, "any_in": _any_in,
    "starts_with": _starts_with, "year": _part(0), "month": _part(1), "day": _part(2), "weekday": _weekday,
    "years": _months, "months": _months, "end_of_year": _end_of_year, "end_of_quarter": _end_of_month,
    "end_of_month": _end_of_month, "in_season": _in_season, "is_working_day": _is_working_day,
    "working_days": _working_days, "add_working_days": _add_working_days,
}  # fmt: skip
ORDERED: Final[Mapping[str, Callable[..., Sym]]] = {
    "first_outside": _first_outside, "first_after": _first_after, "position": _position,
}  # fmt: skip
PAIRED: Final = frozenset({"count", "total"})
"""Functions that say something though one of their arguments is never known."""
