"""What the operators mean on columns: whole numbers over known denominators, sets as flags, NULL as a fact not given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.errors import PolicyError, problem
from policy_engine.evaluators.tables.flags import (
    FALSE,
    Let,
    all_of,
    any_of,
    both,
    case,
    constant,
    either,
    first_case,
    is_constant,
    known,
    negation,
    only_case,
)

WHOLE: Final = "decimal(38, 0)"
MOST: Final = 38
SHORT: Final = 18
SEPARATOR: Final = ";"


class Refused(PolicyError):
    """Something a table engine cannot do exactly."""

    def __init__(self, what: str, zh: str) -> None:
        super().__init__(problem("tables", f"tables cannot do this exactly: {what}", f"表格引擎无法精确执行：{zh}"))


@dataclass(frozen=True)
class Ratio:
    """A number: a whole-number expression of at most so many digits over a known positive denominator.

    Up to 18 digits it is a 64-bit integer, which then cannot overflow; beyond, a decimal of 38 digits, where every
    engine makes an overflow an error.
    """

    over: Any
    under: int = 1
    digits: int = MOST


@dataclass(frozen=True)
class Members:
    """A set: for each option, whether it is a member (an expression, or a constant)."""

    has: Mapping[str, Any]


Term = Any  # a Ratio, Members, or an Ibis expression of a flag, a date or a choice; None for a value never settled


def kind_of(digits: int) -> str:
    """The type of whole numbers of so many digits."""
    return "int64" if digits <= SHORT else WHOLE


def whole(number: int, digits: int = MOST) -> Any:
    """A whole number as a typed literal; an untyped one is read at another scale by some engines."""
    return ibis.literal(number, "int64") if digits <= SHORT else ibis.literal(Decimal(number), WHOLE)


def number(value: Fraction) -> Ratio:
    """A literal number."""
    digits = _digits(abs(value.numerator))
    return Ratio(whole(value.numerator, digits), value.denominator, digits)


def _digits(bound: int) -> int:
    """The least d with |n| < 10**d for every |n| <= bound."""
    return max(1, len(str(bound)))


def column(found: Any, name: str, kind: str) -> Term:
    """A column of facts as a term. Raises Refused for binary floats and other types that are not those of the input."""
    type_ = found.type()
    wanted = {"number": "a decimal with a scale, or a whole number", "flag": "a boolean", "date": "a date"}
    if kind == "number" and type_.is_integer():
        digits = _digits(type_.bounds.upper)
        return Ratio(found.cast(kind_of(digits)), 1, digits)
    if kind == "number" and type_.is_decimal() and type_.scale is not None:
        digits, under = type_.precision or MOST, 10**type_.scale
        scaled = found.cast(f"decimal({MOST}, {type_.scale})") * whole(under) if under > 1 else found
        return Ratio(scaled.cast(kind_of(digits)), under, digits)
    fits = {"flag": type_.is_boolean(), "date": type_.is_date(), "choice": type_.is_string(), "set": type_.is_string()}
    if not fits.get(kind, False):
        needed = wanted.get(kind, "text")
        raise Refused(f"column `{name}` is {type_}, not {needed}", f"列 `{name}` 的类型为 {type_}，应为 {needed}")
    return found


def members(found: Any, options: Sequence[str]) -> Members:
    """A text column `a;b` (`` for the empty set) as a set."""
    padded = ibis.literal(SEPARATOR) + found + ibis.literal(SEPARATOR)
    return Members({option: padded.contains(f"{SEPARATOR}{option}{SEPARATOR}") for option in options})


def absent(kind: str, options: Sequence[str] = ()) -> Term:
    """A term of a kind for facts not given."""
    if kind == "number":
        return Ratio(ibis.null("int64"), 1, 1)
    if kind == "set":
        return Members({option: ibis.null("boolean") for option in options})
    return ibis.null({"flag": "boolean", "date": "date", "choice": "string"}[kind])


# --- one term or another ----------------------------------------------------------------------------------------------


def laid(let: Let, term: Term) -> Term:
    """A term whose expressions are columns, to be used more than once."""
    if term is None:
        return None
    if isinstance(term, Ratio):
        return Ratio(let(term.over), term.under, term.digits)
    if isinstance(term, Members):
        return Members({option: let(has) for option, has in term.has.items()})
    return let(term)


def where(condition: Any, term: Term) -> Term:
    """The term where a condition holds, else NULL."""

    def kept(expr: Any) -> Any:
        return case((condition, expr), otherwise=ibis.null(expr.type()))

    if term is None:
        return None
    if isinstance(term, Ratio):
        return Ratio(kept(term.over), term.under, term.digits)
    if isinstance(term, Members):
        return Members({option: kept(has) for option, has in term.has.items()})
    return kept(term)


def coalesced(term: Term, default: Term) -> Term:
    """A term, and a default where it is NULL."""
    if isinstance(term, Ratio):
        a, b = alike([term, default])
        return Ratio(a.over.coalesce(b.over), a.under, a.digits)
    return term.coalesce(default)


def over_denominator(term: Ratio, under: int) -> Ratio:
    """A ratio over another denominator, a multiple of its own."""
    factor = under // term.under
    if factor == 1:
        return term
    digits = term.digits + _digits(factor - 1)  # |n| < 10**d and f <= 10**k give |n f| < 10**(d + k)
    return Ratio(_times(term.over, whole(factor, digits), digits), under, min(digits, MOST))


def _times(a: Any, b: Any, digits: int) -> Any:
    kind = kind_of(digits)
    return (a.cast(kind) * b.cast(kind)).cast(kind)


def alike(terms: Sequence[Ratio]) -> list[Ratio]:
    """Ratios over one denominator, of one type."""
    under = math.lcm(*(term.under for term in terms))
    common = [over_denominator(term, under) for term in terms]
    digits = max(term.digits for term in common)
    return [Ratio(term.over.cast(kind_of(digits)), under, digits) for term in common]


def same_kind(terms: Sequence[Term]) -> list[Term] | None:
    """Terms of one kind, ratios over one denominator; an unsettled one becomes NULL. None if all are unsettled."""
    settled = [term for term in terms if term is not None]
    if not settled:
        return None
    if isinstance(settled[0], Ratio):
        return list(alike([absent("number") if term is None else term for term in terms]))
    if isinstance(settled[0], Members):
        return [Members(dict.fromkeys(settled[0].has, ibis.null("boolean"))) if t is None else t for t in terms]
    return [ibis.null(settled[0].type()) if term is None else term for term in terms]


def by_case(let: Let, conditions: Sequence[Any], terms: Sequence[Term], last: Term, first: bool) -> Term:
    """Case by case: the first that holds, or what all that may hold agree on."""
    decide = first_case if first else only_case
    found = same_kind([*terms, last])
    if found is None:
        return None
    if isinstance(found[0], Ratio):
        over = decide(let, conditions, [term.over for term in found[:-1]], found[-1].over)
        return Ratio(over, found[0].under, found[0].digits)
    if not isinstance(found[0], Members):
        return decide(let, conditions, found[:-1], found[-1])
    options = dict.fromkeys(option for term in found for option in term.has)
    flags = {o: [term.has.get(o, FALSE) for term in found] for o in options}
    has = {o: let(decide(let, conditions, f[:-1], f[-1])) for o, f in flags.items()}
    sure = let(all_of([known(flag) for flag in has.values()]))  # a set is known only where every option is
    return Members({o: case((sure, flag), otherwise=ibis.null("boolean")) for o, flag in has.items()})


# --- operators --------------------------------------------------------------------------------------------------------


def arith(let: Let, op: str, a: Term, b: Term, right: ir.Node) -> Term:
    """A sum, difference, product or shift. Raises Refused."""
    if op in ("+", "-"):
        left, other = alike([a, b])
        digits = left.digits + 1
        kind = kind_of(digits)
        x, y = left.over.cast(kind), other.over.cast(kind)
        return Ratio((x + y if op == "+" else x - y).cast(kind), left.under, min(digits, MOST))
    if op in ("*", "of"):
        return _product(laid(let, a), laid(let, b))
    if op == "/" and isinstance(right, ir.Number) and right.value > 0:
        return _product(a, number(1 / right.value))
    if op == "days between":
        return Ratio(a.delta(b, unit="day").cast("int64"), 1, 7)
    if op in ("+days", "-days", "+months", "-months") and isinstance(right, ir.Number):
        amount = int(right.value) * (1 if op[0] == "+" else -1)
        return a + (ibis.interval(days=amount) if op[1:] == "days" else ibis.interval(months=amount))
    raise Refused(f"`{op}` with a column on the right", f"右边为列的 `{op}`")


def _product(a: Ratio, b: Ratio) -> Ratio:
    """A product; zero times anything is zero."""
    if 0 in (constant(a.over), constant(b.over)):
        return number(Fraction(0))
    digits = a.digits + b.digits
    product = _times(a.over, b.over, digits)
    if not (is_constant(a.over) or is_constant(b.over)):
        zeros = (side.over == whole(0, side.digits) for side in (a, b))
        product = case(*((zero, whole(0, digits)) for zero in zeros), otherwise=product)
    return Ratio(product, a.under * b.under, min(digits, MOST))


_TESTS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def compare(op: str, a: Term, b: Term) -> Any:
    """A comparison of two terms of one kind."""
    if isinstance(a, Ratio):
        left, right = alike([a, b])
        return _TESTS[op](left.over, right.over)
    if isinstance(a, Members):
        same = all_of([a.has.get(o, FALSE) == b.has.get(o, FALSE) for o in {**a.has, **b.has}])
        return same if op == "==" else negation(same)
    x, y = constant(a), constant(b)
    if isinstance(x, str) and isinstance(y, str):  # a reading that is chosen
        return ibis.literal((x == y) is (op == "=="))
    return _TESTS[op](a, b)


def contains(container: Members, item: Any) -> Any:
    """Whether a choice is a member; NULL where the choice or the set is."""
    hits = [both(compare("==", item, ibis.literal(option)), has) for option, has in container.has.items()]
    sure = all_of([known(item), *(known(has) for has in container.has.values())])
    return case((sure, any_of(hits)), otherwise=ibis.null("boolean"))


def _extreme(pick: str, let: Let, *terms: Term) -> Term:
    ratios = isinstance(terms[0], Ratio)
    parts = alike(terms) if ratios else list(terms)
    result, *others = [let(part.over if ratios else part) for part in parts]
    for other in others:
        first = let(_TESTS[pick](result, other))
        result = let(case((first, result), (negation(first), other), otherwise=ibis.null(other.type())))
    return Ratio(result, parts[0].under, parts[0].digits) if ratios else result


def _floor(let: Let, term: Ratio) -> Ratio:
    """n/d less its rest: no division. The rest is taken of 64-bit integers, which every engine takes exactly."""
    if term.under == 1:
        return term
    over, under = let(term.over.cast("int64")), ibis.literal(term.under, "int64")
    rest = ((over % under) + under) % under
    return Ratio((over - rest).cast(kind_of(term.digits + 1)), term.under, min(term.digits + 1, MOST))


def _ceil(let: Let, term: Ratio) -> Ratio:
    down = _floor(let, Ratio(-term.over, term.under, term.digits))
    return Ratio(-down.over, down.under, down.digits)


def _size(let: Let, found: Members) -> Ratio:
    del let
    total = whole(0, 1)
    for has in found.has.values():
        total = total + has.cast("int64")
    return Ratio(total, 1, 3)


def _all_in(let: Let, a: Members, b: Members) -> Any:
    del let
    return all_of([either(negation(has), b.has.get(option, FALSE)) for option, has in a.has.items()])


def _any_in(let: Let, a: Members, b: Members) -> Any:
    del let
    return any_of([both(has, b.has[option]) for option, has in a.has.items() if option in b.has])


def first_outside(order: Sequence[str], taken: Members) -> Any:
    """The first of an ordered list that is not a member of a set."""
    sure = all_of([known(has) for has in taken.has.values()])
    free = [(both(sure, negation(taken.has.get(option, FALSE))), ibis.literal(option)) for option in order]
    return case(*free, otherwise=ibis.null("string"))


def _first_after(order: Sequence[str], item: Any, taken: Members) -> Any:
    options = dict.fromkeys(order)
    behind = [(item == option, first_outside(order[list(order).index(option) + 1 :], taken)) for option in options]
    return case(*behind, otherwise=ibis.null("string"))


def _position(order: Sequence[str], item: Any) -> Ratio:
    places = [(item == option, whole(list(order).index(option) + 1, 1)) for option in dict.fromkeys(order)]
    return Ratio(case(*places, otherwise=ibis.null("int64")), 1, 3)


def _absolute(let: Let, term: Ratio) -> Ratio:
    over = let(term.over)
    return Ratio(case((over < whole(0, term.digits), -over), otherwise=over), term.under, term.digits)


ORDERED: Final[Mapping[str, Callable[..., Term]]] = {
    "first_outside": first_outside, "first_after": _first_after, "position": _position,
}  # fmt: skip
CALLS: Final[Mapping[str, Callable[..., Term]]] = {
    "min": lambda let, *terms: _extreme("<=", let, *terms),
    "max": lambda let, *terms: _extreme(">=", let, *terms),
    "abs": _absolute, "floor": _floor, "ceil": _ceil, "size": _size, "all_in": _all_in, "any_in": _any_in,
    "year": lambda _, date: Ratio(date.year().cast("int64"), 1, 4),
    "month": lambda _, date: Ratio(date.month().cast("int64"), 1, 2),
    "day": lambda _, date: Ratio(date.day().cast("int64"), 1, 2),
}  # fmt: skip
