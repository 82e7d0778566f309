"""What the operators mean on columns: whole numbers over known denominators, sets as flags, NULL as a fact not given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, assert_never

import ibis
from ibis.expr import operations as ops

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.basics.values import ANOTHER, Kind, Known
from policy_engine.engines import ratios, steps, workdays
from policy_engine.engines.cells import BITS, SEPARATOR
from policy_engine.engines.dates import end_of_month, end_of_year, shifted
from policy_engine.engines.native import NOT_OWN, VALUES, Own, bits, by_value
from policy_engine.engines.ratios import (
    MOST,
    PLACES,
    Ratio,
    absolute,
    alike,
    compared,
    counted,
    digits_of,
    extreme,
    kind_of,
    minus,
    number,
    plus,
    positive,
    product,
    quotient,
    whole,
)
from policy_engine.engines.truth import (
    FALSE,
    TRUE,
    Let,
    all_of,
    any_of,
    both,
    case,
    constant,
    either,
    first_case,
    is_constant,
    is_null,
    known,
    negation,
    one_case,
    only_case,
    same,
    surely,
    tested,
    unknown,
)
from policy_engine.language import ir


class Refused(PolicyError):
    """Something a table engine cannot do exactly."""

    def __init__(self, what: str, zh: str) -> None:
        super().__init__(problem("tables", f"tables cannot do this exactly: {what}", f"表格引擎无法精确执行：{zh}"))


@dataclass(frozen=True)
class Members:
    """A set: for each option, whether it is a member (an expression, or a constant), and whether that is known.

    `none`: whether it is known to have no members, which is quickly told of a column; FALSE says nothing.
    `open`: whether it has members that are not listed: whether an option is one of them is not known, and `sure` is false.
    `any`: whether one of some options is told, asked of a column at once.
    """

    has: Mapping[str, Any]
    sure: Any = TRUE
    none: Any = FALSE
    open: Any = FALSE
    any: Callable[[Sequence[str]], Any] | None = field(default=None, compare=False)

    @property
    def given(self) -> Any:
        """Whether its listed members are known."""
        return either(self.sure, self.open)

    @property
    def rest(self) -> Any:
        """Whether an option that is not listed is a member."""
        return FALSE if constant(self.open) is False else case((self.open, ibis.null("boolean")), otherwise=FALSE)


Term = Any  # a Ratio, Members, or an Ibis expression of a flag, a date or a choice; None for a value never settled


def column(found: Any, name: str, kind: Kind) -> Term:
    """A column of facts as a term. Raises Refused for binary floats and other types that are not those of the input."""
    type_ = found.type()
    if kind == "number" and type_.is_integer():
        digits = digits_of(type_.bounds.upper)
        return Ratio(over=found.cast(kind_of(digits)), digits=digits)
    if kind == "number" and type_.is_decimal() and type_.scale is not None and type_.scale < MOST:
        digits, places = type_.precision or MOST, type_.scale
        term = Ratio(over=found.cast(kind_of(digits, places)), digits=digits, places=places)
        return term if places <= PLACES else counted(term)
    dated = type_.is_date() or (type_.is_timestamp() and type_.timezone is None)
    fits = {"flag": type_.is_boolean(), "date": dated, "number": False}
    if not fits.get(kind, type_.is_string()):
        number = Text("a decimal with a scale, or a whole number", "定点小数或整数")
        date = Text("a date, or a time without a zone", "日期，或不带时区的时间")
        needed = {"number": number, "flag": Text("a boolean", "布尔值"), "date": date}.get(kind, Text("text", "文字"))
        there = f"二进制浮点数（{type_}）" if type_.is_floating() else type_
        raise Refused(f"column `{name}` is {type_}, not {needed.en}", f"列 `{name}` 为{there}，应为{needed.zh}")
    return found


def as_written(let: Let, found: Any, options: Sequence[str], own: Own = NOT_OWN, told: Any = None) -> Members:
    """The members a text column lists, another of the kind as one of them; `own`: read by the engine's own way.

    `told`: the members as bits of a number, where they are told already.
    """
    if (own == VALUES or told is not None) and len(options) <= BITS and not is_null(found):
        return _as_bits(let, found, options, own, told)
    padded = let(ibis.literal(SEPARATOR) + found + ibis.literal(SEPARATOR))
    has = {o: padded.contains(f"{SEPARATOR}{o}{SEPARATOR}") for o in options}

    def any(asked: Sequence[str]) -> Any:  # one member alone, as most lists have, is told at once
        others = [o for o in options if o not in asked]
        alone = [(found.isin(some), ibis.literal(some is asked)) for some in (asked, others) if some]
        return let(case(*alone, otherwise=any_of([has[o] for o in asked])))

    return Members(has, found.notnull(), found == "", any=any)


def _as_bits(let: Let, found: Any, options: Sequence[str], own: Own, told: Any) -> Members:
    """The members a text column lists, each as a bit of a number."""

    def mask(text: Any) -> Any:
        flags = [(SEPARATOR + text + SEPARATOR).contains(f"{SEPARATOR}{o}{SEPARATOR}") for o in options]
        return case((text.notnull(), bits(flags)), otherwise=ibis.null("int64"))

    number = let(by_value(found, mask, own) if told is None else told.coalesce(mask(found)))

    def any(asked: Sequence[str]) -> Any:
        wanted = sum(1 << at for at, option in enumerate(options) if option in asked)
        return (number & ibis.literal(wanted, "int64")) != ibis.literal(0, "int64")

    return Members({o: any([o]) for o in options}, number.notnull(), number == ibis.literal(0, "int64"), any=any)


def members(let: Let, found: Any, options: Sequence[str], own: Own = NOT_OWN, bits: Any = None) -> Members:
    """A text column `a;b` (`` for the empty set) as a set; `own`, `bits`: as for `as_written`."""
    told = as_written(let, found, options, own, bits)
    return told if ANOTHER not in options else replace(opened(let, told.has, told.sure, told.none), any=told.any)


def opened(let: Let, told: Mapping[str, Any], known: Any, none: Any = FALSE) -> Members:
    """Members as they are told, with another of the kind: then no option is known not to be one, unless it is told."""
    has = dict(told)
    other = let(surely(has.pop(ANOTHER), False))
    has = {o: case((one, TRUE), (other, ibis.null("boolean")), otherwise=one) for o, one in has.items()}
    return Members(has, both(known, negation(other)), none, both(known, other))


def as_told(term: Members) -> dict[str, Any]:
    """The members as they are told, another of the kind among them where it can be; NULL where the set is not known."""
    null = ibis.null("boolean")
    if constant(term.open) is False:
        return {o: case((term.sure, has), otherwise=null) for o, has in term.has.items()}
    has = {o: case((term.given, surely(has, False)), otherwise=null) for o, has in term.has.items()}
    return has | {ANOTHER: case((term.given, term.open), otherwise=null)}


def _count(found: Members) -> Any:
    """How many options are members; by way of 32 bits, since PostgreSQL makes no other integer of a flag."""
    total = whole(sum(constant(has) is True for has in found.has.values()), 3)
    for has in found.has.values():
        if not is_constant(has):
            total = total + has.cast("int32").cast("int64")
    return total


def absent(kind: Kind, options: Sequence[str] = ()) -> Term:
    """A term of a kind for facts not given."""
    match kind:
        case "number":
            return Ratio(over=ibis.null("int64"), digits=1)
        case "set":
            return Members({option: ibis.null("boolean") for option in options}, FALSE)
        case "flag":
            return ibis.null("boolean")
        case "date":
            return ibis.null("date")
        case "choice" | "code" | "text":
            return ibis.null("string")
        case _:
            assert_never(kind)


def shown_plain(term: Term) -> Any:
    """A term that is no number, as a column; a set as the text `a;b`, its members in order."""
    if term is None:
        return ibis.null("string")
    if isinstance(term, Members):
        text = ibis.literal("")
        for option, has in sorted(as_told(term).items()):
            text = text + case((has, ibis.literal(SEPARATOR + option)), otherwise=ibis.literal(""))
        return case((term.given, text.substr(1)), otherwise=ibis.null("string"))
    return term


def lacking(term: Term) -> Any:
    """Whether a term is not known."""
    if term is None:
        return TRUE
    if isinstance(term, Members):
        return negation(term.given)
    return unknown(term.over if isinstance(term, Ratio) else term)


# --- one term or another ----------------------------------------------------------------------------------------------


def laid(let: Let, term: Term) -> Term:
    """A term whose expressions are columns, to be used more than once."""
    if term is None:
        return None
    if isinstance(term, Ratio):
        return ratios.laid(let, term)
    if isinstance(term, Members):
        has = {o: has if isinstance(has.op(), ops.StringContains) else let(has) for o, has in term.has.items()}
        sure, none, open_ = map(let, (term.sure, term.none, term.open))
        return Members(has, sure, none, open_, term.any)  # looking for a word is asked only where it matters
    return let(term)


def where(condition: Any, term: Term) -> Term:
    """The term where a condition holds, else NULL."""

    def kept(expr: Any) -> Any:
        return case((condition, expr), otherwise=ibis.null(expr.type()))

    if term is None:
        return None
    if isinstance(term, Ratio):
        return replace(term, over=kept(term.over))
    if isinstance(term, Members):
        sure, open_ = (both(surely(condition, False), flag) for flag in (term.sure, term.open))
        return Members({option: kept(has) for option, has in term.has.items()}, sure, open=open_)
    return kept(term)


def coalesced(term: Term, default: Term) -> Term:
    """A term, and a default where it is NULL."""
    if isinstance(term, Ratio):
        a, b = alike([term, default])
        return replace(a, over=a.over.coalesce(b.over))
    return term.coalesce(default)


def settled(terms: Sequence[Term]) -> list[Term]:
    """Operands, one that is never settled as NULL of the kind of the others."""
    found = next((term for term in terms if term is not None), None)
    if found is None or isinstance(found, Ratio):
        null: Term = absent("number")
    else:
        null = absent("set", list(found.has)) if isinstance(found, Members) else ibis.null(found.type())
    return [null if term is None else term for term in terms]


def same_kind(terms: Sequence[Term]) -> list[Term] | None:
    """Terms of one kind, ratios over one denominator; an unsettled one becomes NULL. None if all are unsettled."""
    settled = [term for term in terms if term is not None]
    if not settled:
        return None
    if isinstance(settled[0], Ratio):
        return list(alike([absent("number") if term is None else positive(term) for term in terms]))
    if isinstance(settled[0], Members):
        options = [option for term in settled for option in term.has]
        return [absent("set", options) if term is None else term for term in terms]
    return [ibis.null(settled[0].type()) if term is None else term for term in terms]


def by_case(let: Let, conditions: Sequence[Any], terms: Sequence[Term], last: Term, first: bool, keyed: bool) -> Term:
    """Case by case: the first that holds, or what all that may hold agree on; by key if the conditions are of one."""
    decide = first_case if first else only_case
    found = same_kind([*terms, last])
    if found is None:
        return None
    overs = [term.over if isinstance(term, Ratio) else term for term in found]
    if keyed and not isinstance(found[0], Members) and all(is_constant(over) or is_null(over) for over in overs):
        decide = one_case
    if isinstance(found[0], Ratio):
        over = decide(let, conditions, [term.over for term in found[:-1]], found[-1].over)
        return replace(found[0], over=over)
    if not isinstance(found[0], Members):
        return decide(let, conditions, found[:-1], found[-1])
    told = [as_told(term) for term in found]
    options = dict.fromkeys(option for one in told for option in one)
    none = [case((term.given, FALSE), otherwise=ibis.null("boolean")) for term in found]
    flags = {o: [one.get(o, no) for one, no in zip(told, none, strict=True)] for o in options} or {"": none}
    has = {o: let(decide(let, conditions, f[:-1], f[-1])) for o, f in flags.items()}
    sure = let(all_of([known(flag) for flag in has.values()]))  # a set is known only where every option is
    has = {o: case((sure, has[o]), otherwise=ibis.null("boolean")) for o in options}
    return opened(let, has, sure) if ANOTHER in has else Members(has, sure)


# --- operators --------------------------------------------------------------------------------------------------------


def arith(let: Let, op: str, a: Term, b: Term) -> Term:
    """A sum, difference, product or shift."""
    if op in ("+", "-"):
        return plus(a, b if op == "+" else minus(b))
    if op in ("*", "of"):
        return product(let, a, b)
    if op == "/":
        return quotient(let, a, b)
    if op == "^":
        return steps.power(let, a, b)
    if op == "days between":
        return Ratio(over=a.delta(b, unit="day").cast("int64"), digits=7)
    return shifted(let, a, b if op[0] == "+" else minus(b), op[1:])


def compare(op: ir.CompareOp, a: Term, b: Term) -> Any:
    """A comparison of two terms of one kind."""
    if isinstance(a, Ratio):
        return compared(op, a, b)
    if isinstance(a, Members):
        same = all_of([a.has.get(o, FALSE) == b.has.get(o, FALSE) for o in {**a.has, **b.has}])
        return _strict(a, b, same if op == "==" else negation(same))
    return tested(op, a, b)


def unlike(let: Let, a: Term, b: Term) -> Any:
    """Whether two values are not the same, one that is not known being like another that is not."""
    a, b = settled((a, b))
    if not isinstance(a, Ratio):
        a, b = laid(let, shown_plain(a)), laid(let, shown_plain(b))
    if a.equals(b):
        return FALSE
    here, there = lacking(a), lacking(b)
    return let(case((here, negation(there)), (there, TRUE), otherwise=surely(compare("!=", a, b), False)))


def _strict(a: Members, b: Members, flag: Any, wholly: bool = True) -> Any:
    """A flag about two sets: not known where one of them is not, even if the other alone would decide."""
    held = both(a.sure, b.sure) if wholly else both(a.given, b.given)
    return case((held, flag), otherwise=ibis.null("boolean"))


def _listed(found: Members) -> bool:
    """Whether a set is written out, and has members."""
    return bool(found.has) and constant(found.sure) is True and all(constant(has) is True for has in found.has.values())


def contains(container: Members, item: Any) -> Any:
    """Whether a choice is a member; NULL where the choice or the set is."""
    if _listed(container) and not (is_constant(item) or is_null(item)):
        return item.isin(list(container.has))
    hits = [both(compare("==", item, ibis.literal(option)), has) for option, has in container.has.items()]
    sure = both(known(item), container.given)
    found = any_of([*hits, container.rest])
    return case((both(container.none, known(item)), FALSE), (sure, found), otherwise=ibis.null("boolean"))


def _extreme(pick: ir.CompareOp, let: Let, *terms: Term) -> Term:
    if isinstance(terms[0], Ratio):
        return extreme(pick, let, terms)
    result = terms[0]
    for other in terms[1:]:
        first = let(tested(pick, result, other))
        result = let(case((first, result), (negation(first), other), otherwise=ibis.null(other.type())))
    return result


def _size(let: Let, found: Members) -> Ratio:
    del let
    total = _count(found)
    if all(map(is_constant, found.has.values())):  # no flag says where the set is not known
        total = case((found.sure, total), otherwise=ibis.null("int64"))
    if constant(found.open) is not False:
        total = case((found.open, ibis.null("int64")), otherwise=total)
    return Ratio(over=total, digits=3)


def _all_in(let: Let, a: Members, b: Members) -> Any:
    del let  # no other member stands in for one that is listed
    inside = [either(negation(surely(x, False)), surely(b.has.get(o, FALSE), False)) for o, x in a.has.items()]
    return _strict(a, b, all_of([*inside, negation(a.rest)]), wholly=False)


def _any_in(let: Let, a: Members, b: Members) -> Any:
    del let
    shared = any_of([both(has, b.has[option]) for option, has in a.has.items() if option in b.has])
    for one, other in ((a, b), (b, a)):
        if one.any is not None and _listed(other):
            shared = one.any([option for option in other.has if option in one.has])
    shared = any_of([shared, a.rest, b.rest])
    return case((both(a.none, b.sure), FALSE), otherwise=_strict(a, b, shared, wholly=False))


def first_outside(order: Sequence[str], taken: Members) -> Any:
    """The first of an ordered list that is not a member of a set."""
    free = [(both(taken.sure, negation(taken.has.get(option, FALSE))), ibis.literal(option)) for option in order]
    return case(*free, otherwise=ibis.null("string"))


def _first_after(order: Sequence[str], item: Any, taken: Members) -> Any:
    options = dict.fromkeys(order)
    behind = [
        (same(item, ibis.literal(option)), first_outside(order[list(order).index(option) + 1 :], taken))
        for option in options
    ]
    return case(*behind, otherwise=ibis.null("string"))


def _position(order: Sequence[str], item: Any) -> Ratio:
    places = [
        (same(item, ibis.literal(option)), whole(list(order).index(option) + 1, 1)) for option in dict.fromkeys(order)
    ]
    return Ratio(over=case(*places, otherwise=ibis.null("int64")), digits=3)


ORDERED: Final[Mapping[str, Callable[..., Term]]] = {
    "first_outside": first_outside, "first_after": _first_after, "position": _position,
}  # fmt: skip
CALLS: Final[Mapping[str, Callable[..., Term]]] = {
    "min": lambda let, *terms: _extreme("<=", let, *terms),
    "max": lambda let, *terms: _extreme(">=", let, *terms),
    "end_of_year": end_of_year, "end_of_quarter": lambda let, d: end_of_month(let, d, 3),
    "end_of_month": lambda let, d: end_of_month(let, d, 1), "abs": absolute, "size": _size, "all_in": _all_in, "any_in": _any_in,
    "starts_with": lambda let, code, prefix: code.startswith(prefix),
    **steps.CALLS, **workdays.CALLS,
}  # fmt: skip


def as_term(value: Known) -> Term:
    """A value as a term."""
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, frozenset):
        return Members(dict.fromkeys(value, TRUE))
    return ibis.literal(value)
