"""What the operators mean on columns: whole numbers over known denominators, sets as flags, NULL as a fact not given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.errors import PolicyError, problem

WHOLE: Final = "decimal(38, 0)"
NOTHING: Final = ";"


class Refused(PolicyError):
    """Something a table engine cannot do exactly."""

    def __init__(self, what: str, zh: str) -> None:
        super().__init__(problem("tables", f"tables cannot do this exactly: {what}", f"表格引擎无法精确执行：{zh}"))


@dataclass(frozen=True)
class Ratio:
    """A number: a whole-number expression over a known positive denominator."""

    over: Any
    under: int = 1


@dataclass(frozen=True)
class Members:
    """A set: for each option, whether it is a member (an expression, or a constant)."""

    has: Mapping[str, Any]


Term = Any  # a Ratio, Members, or an Ibis expression of a flag, a date or a choice


def whole(number: int) -> Any:
    """A whole number as a typed literal; an untyped one is read at another scale by some engines."""
    return ibis.literal(Decimal(number), WHOLE)


def column(table: Any, name: str, kind: str) -> Term:
    """A column of facts as a term. Raises Refused for binary floats."""
    found = table[name]
    if kind == "set":
        raise TypeError("a set needs its options")
    if kind != "number":
        return found
    if found.type().is_decimal():
        scale = found.type().scale or 0
        scaled = found.cast(f"decimal(38, {scale})") * whole(10**scale)
        return Ratio(scaled.cast(WHOLE), 10**scale)
    if found.type().is_integer():
        return Ratio(found.cast(WHOLE))
    raise Refused(
        f"column `{name}` is {found.type()}, not a decimal or a whole number", f"列 `{name}` 不是小数或整数类型"
    )


def members(found: Any, options: Sequence[str]) -> Members:
    """A text column `a;b` (`` for the empty set) as a set."""
    padded = ibis.literal(NOTHING) + found + ibis.literal(NOTHING)
    return Members({option: padded.contains(f";{option};") for option in options})


def first_case(conditions: list[Any], values: list[Any], last: Any) -> Any:
    """The first case that holds; where one may hold, only what it and the rest agree on."""
    result = last
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        agreed = ibis.cases((value == result, value), else_=ibis.null(value.type()))
        result = ibis.cases((condition, value), (negation(condition), result), else_=agreed)
    return result


def only_case(conditions: list[Any], values: list[Any], last: Any) -> Any:
    """What all cases that may hold agree on, and the last where none is sure to."""
    possible = [condition.fill_null(True) for condition in conditions]
    sure = any_of([condition.fill_null(False) for condition in conditions])
    pick = ibis.cases(*zip(possible, values, strict=True), else_=last)
    agree = [negation(may) | (value == pick).fill_null(False) for may, value in zip(possible, values, strict=True)]
    agree.append(sure | (last == pick).fill_null(False))
    return ibis.cases((all_of(agree), pick), else_=ibis.null(pick.type()))


def members_by_case(conditions: list[Any], values: list[Members], last: Members, first: bool) -> Members:
    """Case by case for each option; a set is known only where every option is."""
    options = dict.fromkeys(option for found in [*values, last] for option in found.has)
    no = ibis.literal(False)
    decide = first_case if first else only_case
    has = {o: decide(conditions, [v.has.get(o, no) for v in values], last.has.get(o, no)) for o in options}
    known = all_of([flag.notnull() for flag in has.values()])
    return Members({o: ibis.cases((known, flag), else_=ibis.null("boolean")) for o, flag in has.items()})


def negation(flag: Any) -> Any:
    """Negation as a comparison: engines are sent `NOT x IS NULL` for a negation asked whether it is NULL."""
    return flag != ibis.literal(True)


def any_of(flags: Sequence[Any]) -> Any:
    """Whether one of some flags holds."""
    total = ibis.literal(False)
    for flag in flags:
        total = total | flag
    return total


def all_of(flags: Sequence[Any]) -> Any:
    """Whether all of some flags hold."""
    total = ibis.literal(True)
    for flag in flags:
        total = total & flag
    return total


def unknown(kind: str, options: Sequence[str] = ()) -> Term:
    """A term of a kind for facts not given."""
    if kind == "number":
        return Ratio(ibis.null(WHOLE))
    if kind == "set":
        return Members({option: ibis.null("boolean") for option in options})
    return ibis.null({"flag": "boolean", "date": "date", "choice": "string"}[kind])


def where(condition: Any, term: Term) -> Term:
    """The term where a condition holds, else NULL."""
    if term is None:
        return None
    if isinstance(term, Ratio):
        return Ratio(ibis.cases((condition, term.over), else_=ibis.null(WHOLE)), term.under)
    if isinstance(term, Members):
        return Members({o: ibis.cases((condition, f), else_=ibis.null("boolean")) for o, f in term.has.items()})
    return ibis.cases((condition, term), else_=ibis.null(term.type()))


def coalesced(term: Term, default: Term) -> Term:
    """A term, and a default where it is NULL."""
    if isinstance(term, Ratio):
        under = math.lcm(term.under, default.under)
        return Ratio(over_denominator(term, under).coalesce(over_denominator(default, under)), under)
    return term.coalesce(default)


def over_denominator(term: Ratio, under: int) -> Any:
    """The whole number of a ratio over another denominator, a multiple of its own."""
    factor = under // term.under
    return term.over if factor == 1 else (term.over * whole(factor)).cast(WHOLE)


def same_kind(terms: list[Term]) -> list[Term] | None:
    """Terms of one kind, ratios over one denominator; an unsettled one becomes NULL. None if all are unsettled."""
    known = [term for term in terms if term is not None]
    if not known:
        return None
    if isinstance(known[0], Ratio):
        under = math.lcm(*(term.under for term in known))
        return [Ratio(ibis.null(WHOLE) if t is None else over_denominator(t, under), under) for t in terms]
    if isinstance(known[0], Members):
        return [Members(dict.fromkeys(known[0].has, ibis.null("boolean"))) if t is None else t for t in terms]
    return [ibis.null(known[0].type()) if term is None else term for term in terms]


def arith(op: str, a: Term, b: Term, right: ir.Node) -> Term:
    """A sum, difference, product or shift. Raises Refused."""
    if op in ("+", "-"):
        under = math.lcm(a.under, b.under)
        left, other = over_denominator(a, under), over_denominator(b, under)
        return Ratio((left + other if op == "+" else left - other).cast(WHOLE), under)
    if op in ("*", "of"):
        zero = whole(0)
        product = (a.over * b.over).cast(WHOLE)
        return Ratio(ibis.cases((a.over == zero, zero), (b.over == zero, zero), else_=product), a.under * b.under)
    if op == "/" and isinstance(right, ir.Number) and right.value > 0:
        over = (a.over * whole(b.under)).cast(WHOLE)
        return Ratio(over, a.under * right.value.numerator * (b.under // right.value.denominator))
    if op == "days between":
        return Ratio(a.delta(b, unit="day").cast(WHOLE))
    if op in ("+days", "-days", "+months", "-months") and isinstance(right, ir.Number):
        amount = int(right.value) * (1 if op[0] == "+" else -1)
        return a + (ibis.interval(days=amount) if op[1:] == "days" else ibis.interval(months=amount))
    raise Refused(f"`{op}` with a column on the right", f"右边为列的 `{op}`")


_TESTS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def compare(op: str, a: Term, b: Term) -> Any:
    """A comparison of two terms of one kind."""
    if isinstance(a, Ratio):
        under = math.lcm(a.under, b.under)
        return _TESTS[op](over_denominator(a, under), over_denominator(b, under))
    if isinstance(a, Members):
        same = all_of(
            [a.has.get(o, ibis.literal(False)) == b.has.get(o, ibis.literal(False)) for o in {**a.has, **b.has}]
        )
        return same if op == "==" else negation(same)
    return _TESTS[op](a, b)


def contains(container: Members, item: Any) -> Any:
    """Whether a choice is a member; NULL where the choice or the set is."""
    hits = [(item == option) & has for option, has in container.has.items()]
    known = all_of([has.notnull() for has in container.has.values()]) & item.notnull()
    return ibis.cases((known, any_of(hits)), else_=ibis.null("boolean"))


def _extreme(pick: Callable[[Any, Any], Any], *terms: Term) -> Term:
    if not isinstance(terms[0], Ratio):
        result = terms[0]
        for term in terms[1:]:
            result = ibis.cases(
                (pick(result, term), result), (negation(pick(result, term)), term), else_=ibis.null(term.type())
            )
        return result
    under = math.lcm(*(term.under for term in terms))
    result = over_denominator(terms[0], under)
    for other in (over_denominator(term, under) for term in terms[1:]):
        result = ibis.cases(
            (pick(result, other), result), (negation(pick(result, other)), other), else_=ibis.null(WHOLE)
        )
    return Ratio(result, under)


def _floor(term: Ratio) -> Ratio:
    """n/d less its rest: no division. The rest is taken of 64-bit integers, which every engine takes exactly."""
    if term.under == 1:
        return term
    over, under = term.over.cast("int64"), ibis.literal(term.under, "int64")
    rest = ((over % under) + under) % under
    return Ratio(((over - rest).cast(WHOLE)), term.under)


def _ceil(term: Ratio) -> Ratio:
    down = _floor(Ratio(-term.over, term.under))
    return Ratio(-down.over, down.under)


def _size(found: Members) -> Ratio:
    total = whole(0)
    for has in found.has.values():
        total = total + has.cast("int64").cast(WHOLE)
    return Ratio(total.cast(WHOLE))


def _all_in(a: Members, b: Members) -> Any:
    return all_of([negation(has) | b.has.get(option, ibis.literal(False)) for option, has in a.has.items()])


def _any_in(a: Members, b: Members) -> Any:
    return any_of([has & b.has[option] for option, has in a.has.items() if option in b.has])


def _first_outside(order: Sequence[str], taken: Members) -> Any:
    free = [(negation(taken.has.get(option, ibis.literal(False))), option) for option in order]
    known = all_of([has.notnull() for has in taken.has.values()])
    return ibis.cases(*((known & flag, option) for flag, option in free), else_=ibis.null("string"))


def _first_after(order: Sequence[str], item: Any, taken: Members) -> Any:
    options = list(dict.fromkeys(order))
    behind = [(item == option, _first_outside(order[order.index(option) + 1 :], taken)) for option in options]
    return ibis.cases(*(pair for pair in behind), else_=ibis.null("string"))


def _position(order: Sequence[str], item: Any) -> Ratio:
    places = [(item == option, whole(order.index(option) + 1)) for option in dict.fromkeys(order)]
    return Ratio(ibis.cases(*places, else_=ibis.null(WHOLE)))


def _absolute(term: Ratio) -> Ratio:
    return Ratio(ibis.cases((term.over < whole(0), -term.over), else_=term.over), term.under)


ORDERED: Final[Mapping[str, Callable[..., Term]]] = {
    "first_outside": _first_outside, "first_after": _first_after, "position": _position,
}  # fmt: skip
CALLS: Final[Mapping[str, Callable[..., Term]]] = {
    "min": lambda *terms: _extreme(_TESTS["<="], *terms),
    "max": lambda *terms: _extreme(_TESTS[">="], *terms),
    "abs": _absolute, "floor": _floor, "ceil": _ceil, "size": _size, "all_in": _all_in, "any_in": _any_in,
    "year": lambda date: Ratio(date.year().cast(WHOLE)),
    "month": lambda date: Ratio(date.month().cast(WHOLE)),
    "day": lambda date: Ratio(date.day().cast(WHOLE)),
}  # fmt: skip
