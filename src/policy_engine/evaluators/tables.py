"""A rule as table expressions: the same tree, translated to Ibis, run where the rows are.

Numbers are integers of up to 38 digits with a denominator known beforehand: a column of two decimals is counted in
hundredths, and sides are cross-multiplied, so that nothing is divided and nothing rounded. NULL is a fact not given.
What an engine cannot do exactly is refused by name (`Refused`), never approximated.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.errors import PolicyError, problem
from policy_engine.outcome import Status
from policy_engine.rule import Provision, Rule
from policy_engine.values import Known
from policy_engine.world import choices, depends_on

WHOLE: Final = "decimal(38, 0)"
NOTHING: Final = ";"
FAILED: Final[Mapping[ir.Force, Status]] = {
    "binding": "violated", "ordinary": "departed", "target": "missed", "option": "not_applicable",
}  # fmt: skip


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


class Translation:
    """One rule as of a date under one choice of readings, over one table."""

    def __init__(self, rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        self.rule, self.table, self.as_of, self.chosen = rule, table, as_of, chosen
        self.provisions = rule.at(as_of)
        self.formulas = {p.id: p for p in self.provisions if p.is_formula}
        self._terms: dict[str, Term] = {}

    def name(self, name: str) -> Term:
        """What a name stands for."""
        if name not in self._terms:
            self._terms[name] = self._name(name)
        return self._terms[name]

    def _name(self, name: str) -> Term:
        if name == "as_of":
            return ibis.literal(self.as_of)
        if name in self.rule.readings:
            return ibis.literal(self.chosen.get(name, self.rule.readings[name].default))
        if name in self.formulas:
            return self.value(self.formulas[name])
        entry = self.rule.inputs[name]
        kind = entry.type.kind
        if name not in self.table.columns:
            default = entry.default
            return _unknown(kind, entry.type.options) if default is None else self._known(default)
        if kind == "set":
            found = self.table[name]
            if entry.default is not None:
                found = found.coalesce(";".join(sorted(entry.default)))  # type: ignore[arg-type]
            return members(found, entry.type.options)
        term = column(self.table, name, kind)
        return term if entry.default is None else _coalesced(term, self._known(entry.default))

    def _known(self, value: Known) -> Term:
        if isinstance(value, Fraction):
            return Ratio(whole(value.numerator), value.denominator)
        if isinstance(value, frozenset):
            return Members({option: ibis.literal(True) for option in value})
        return ibis.literal(value)

    def value(self, p: Provision) -> Term:
        """The value of a formula; NULL where it does not apply or is not determined."""
        term = self.term(p.value or ir.TRUE)
        if not p.in_force(self.as_of):
            return _where(ibis.literal(False), term)
        return term if p.applies == ir.TRUE else _where(self.term(p.applies), term)

    def status(self, p: Provision) -> Any:
        """The status of a check, as text."""
        if not p.in_force(self.as_of):
            return ibis.literal("not_applicable")
        applies = self.term(p.applies)
        if p.require is None:
            return ibis.cases((applies.fill_null(True), "undetermined"), else_="not_applicable")
        if p.due is not None and self.as_of < p.due:
            return ibis.cases((applies, "pending"), (applies.isnull(), "undetermined"), else_="not_applicable")
        holds = self.term(p.require)
        return ibis.cases(
            (~applies, "not_applicable"), (applies.isnull() | holds.isnull(), "undetermined"), (holds, "satisfied"),
            else_=FAILED[p.force],
        )  # fmt: skip

    def applies(self, p: Provision) -> Any:
        """Whether a provision applies."""
        return self.term(p.applies) if p.in_force(self.as_of) else ibis.literal(False)

    # --- one arm per node, as in evaluate ------------------------------------------------------------------------

    def term(self, node: ir.Node) -> Term:
        """An expression as a term. Raises Refused."""
        match node:
            case ir.Number(value=value):
                return Ratio(whole(value.numerator), value.denominator)
            case ir.Const(value=constant):
                return ibis.literal(constant)
            case ir.ListOf(items=items):
                return Members({item: ibis.literal(True) for item in items})
            case ir.Name(name=name):
                return self.name(name)
            case ir.Unsettled():
                return None
            case ir.Not(operand=x):
                return ~self.term(x)
            case ir.Neg(operand=x):
                inner = self.term(x)
                return Ratio(-inner.over, inner.under)
            case ir.Logic(op=op, left=a, right=b):
                left, right = self.term(a), self.term(b)
                return left & right if op == "and" else left | right
            case ir.Arith(op=arith, left=a, right=b):
                return _arith(arith, self.term(a), self.term(b), b)
            case ir.Compare(op=compare, left=a, right=b):
                return _compare(compare, self.term(a), self.term(b))
            case ir.In(item=item, container=container):
                return _contains(self.term(container), self.term(item))
            case ir.Call():
                return self._call(node)
            case ir.Cases():
                return self._cases(node)
            case _:
                raise Refused(type(node).__name__, type(node).__name__)

    def _call(self, node: ir.Call) -> Term:
        if node.function in _ORDERED:
            order = node.args[0]
            assert isinstance(order, ir.ListOf)
            return _ORDERED[node.function](order.items, *(self.term(arg) for arg in node.args[1:]))
        if node.function not in _CALLS:
            raise Refused(f"the function {node.function}", f"函数 {node.function}")
        return _CALLS[node.function](*(self.term(arg) for arg in node.args))

    def _cases(self, node: ir.Cases) -> Term:
        conditions = [self.term(condition) for condition, _ in node.branches]
        values = [self.term(value) for _, value in node.branches]
        last = self.term(node.otherwise)
        alike = _same_kind([*values, last])
        if alike is None:
            return None
        values, last = alike[:-1], alike[-1]
        if isinstance(last, Members):
            return _members_by_case(conditions, values, last, node.first)
        under = last.under if isinstance(last, Ratio) else 0
        plain = [v.over if isinstance(v, Ratio) else v for v in values]
        rest = last.over if isinstance(last, Ratio) else last
        found = (_first if node.first else _only)(conditions, plain, rest)
        return Ratio(found, under) if under else found


def _first(conditions: list[Any], values: list[Any], last: Any) -> Any:
    """The first case that holds; where one may hold, only what it and the rest agree on."""
    result = last
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        agreed = ibis.cases((value == result, value), else_=ibis.null(value.type()))
        result = ibis.cases((condition, value), (~condition, result), else_=agreed)
    return result


def _only(conditions: list[Any], values: list[Any], last: Any) -> Any:
    """What all cases that may hold agree on, and the last where none is sure to."""
    possible = [condition.fill_null(True) for condition in conditions]
    sure = _any([condition.fill_null(False) for condition in conditions])
    pick = ibis.cases(*zip(possible, values, strict=True), else_=last)
    agree = [~may | (value == pick).fill_null(False) for may, value in zip(possible, values, strict=True)]
    agree.append(sure | (last == pick).fill_null(False))
    return ibis.cases((_all(agree), pick), else_=ibis.null(pick.type()))


def _members_by_case(conditions: list[Any], values: list[Members], last: Members, first: bool) -> Members:
    """Case by case for each option; a set is known only where every option is."""
    options = dict.fromkeys(option for found in [*values, last] for option in found.has)
    no = ibis.literal(False)
    decide = _first if first else _only
    has = {o: decide(conditions, [v.has.get(o, no) for v in values], last.has.get(o, no)) for o in options}
    known = _all([flag.notnull() for flag in has.values()])
    return Members({o: ibis.cases((known, flag), else_=ibis.null("boolean")) for o, flag in has.items()})


def _any(flags: Sequence[Any]) -> Any:
    total = ibis.literal(False)
    for flag in flags:
        total = total | flag
    return total


def _all(flags: Sequence[Any]) -> Any:
    total = ibis.literal(True)
    for flag in flags:
        total = total & flag
    return total


def _unknown(kind: str, options: Sequence[str] = ()) -> Term:
    if kind == "number":
        return Ratio(ibis.null(WHOLE))
    if kind == "set":
        return Members({option: ibis.null("boolean") for option in options})
    return ibis.null({"flag": "boolean", "date": "date", "choice": "string"}[kind])


def _where(condition: Any, term: Term) -> Term:
    """The term where a condition holds, else NULL."""
    if term is None:
        return None
    if isinstance(term, Ratio):
        return Ratio(ibis.cases((condition, term.over), else_=ibis.null(WHOLE)), term.under)
    if isinstance(term, Members):
        return Members({o: ibis.cases((condition, f), else_=ibis.null("boolean")) for o, f in term.has.items()})
    return ibis.cases((condition, term), else_=ibis.null(term.type()))


def _coalesced(term: Term, default: Term) -> Term:
    if isinstance(term, Ratio):
        under = math.lcm(term.under, default.under)
        return Ratio(_to(term, under).coalesce(_to(default, under)), under)
    return term.coalesce(default)


def _to(term: Ratio, under: int) -> Any:
    """The whole number of a ratio over another denominator, a multiple of its own."""
    factor = under // term.under
    return term.over if factor == 1 else (term.over * whole(factor)).cast(WHOLE)


def _same_kind(terms: list[Term]) -> list[Term] | None:
    """Terms of one kind, ratios over one denominator; an unsettled one becomes NULL. None if all are unsettled."""
    known = [term for term in terms if term is not None]
    if not known:
        return None
    if isinstance(known[0], Ratio):
        under = math.lcm(*(term.under for term in known))
        return [Ratio(ibis.null(WHOLE) if t is None else _to(t, under), under) for t in terms]
    if isinstance(known[0], Members):
        return [Members(dict.fromkeys(known[0].has, ibis.null("boolean"))) if t is None else t for t in terms]
    return [ibis.null(known[0].type()) if term is None else term for term in terms]


def _arith(op: str, a: Term, b: Term, right: ir.Node) -> Term:
    if op in ("+", "-"):
        under = math.lcm(a.under, b.under)
        left, other = _to(a, under), _to(b, under)
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


def _compare(op: str, a: Term, b: Term) -> Any:
    if isinstance(a, Ratio):
        under = math.lcm(a.under, b.under)
        return _TESTS[op](_to(a, under), _to(b, under))
    if isinstance(a, Members):
        same = _all(
            [a.has.get(o, ibis.literal(False)) == b.has.get(o, ibis.literal(False)) for o in {**a.has, **b.has}]
        )
        return same if op == "==" else ~same
    return _TESTS[op](a, b)


def _contains(container: Members, item: Any) -> Any:
    """Whether a choice is a member; NULL where the choice or the set is."""
    hits = [(item == option) & has for option, has in container.has.items()]
    known = _all([has.notnull() for has in container.has.values()]) & item.notnull()
    return ibis.cases((known, _any(hits)), else_=ibis.null("boolean"))


def _extreme(pick: Callable[[Any, Any], Any], *terms: Term) -> Term:
    if not isinstance(terms[0], Ratio):
        result = terms[0]
        for term in terms[1:]:
            result = ibis.cases((pick(result, term), result), (~pick(result, term), term), else_=ibis.null(term.type()))
        return result
    under = math.lcm(*(term.under for term in terms))
    result = _to(terms[0], under)
    for other in (_to(term, under) for term in terms[1:]):
        result = ibis.cases((pick(result, other), result), (~pick(result, other), other), else_=ibis.null(WHOLE))
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
    return _all([~has | b.has.get(option, ibis.literal(False)) for option, has in a.has.items()])


def _any_in(a: Members, b: Members) -> Any:
    return _any([has & b.has[option] for option, has in a.has.items() if option in b.has])


def _first_outside(order: Sequence[str], taken: Members) -> Any:
    free = [(~taken.has.get(option, ibis.literal(False)), option) for option in order]
    known = _all([has.notnull() for has in taken.has.values()])
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


_ORDERED: Final[Mapping[str, Callable[..., Term]]] = {
    "first_outside": _first_outside, "first_after": _first_after, "position": _position,
}  # fmt: skip
_CALLS: Final[Mapping[str, Callable[..., Term]]] = {
    "min": lambda *terms: _extreme(_TESTS["<="], *terms),
    "max": lambda *terms: _extreme(_TESTS[">="], *terms),
    "abs": _absolute, "floor": _floor, "ceil": _ceil, "size": _size, "all_in": _all_in, "any_in": _any_in,
    "year": lambda date: Ratio(date.year().cast(WHOLE)),
    "month": lambda date: Ratio(date.month().cast(WHOLE)),
    "day": lambda date: Ratio(date.day().cast(WHOLE)),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The expressions for a rule over a table: statuses, values over their denominators, contestedness, outcome."""

    statuses: Mapping[str, Any]
    values: Mapping[str, Any]
    unders: Mapping[str, int]
    contested: Mapping[str, Any]
    outcome: Any


def plan(rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str] | None = None) -> Plan:
    """What to select from a table whose columns are inputs of a rule. Raises Refused."""
    chosen = dict(chosen or {})
    base = Translation(rule, table, as_of, chosen)
    checks = [p for p in base.provisions if not p.is_formula]
    statuses = {p.id: base.status(p) for p in checks}
    values: dict[str, Any] = {}
    unders: dict[str, int] = {}
    for p in base.formulas.values():
        term = base.name(p.id)
        values[p.id] = _shown(term)
        unders[p.id] = term.under if isinstance(term, Ratio) else 1
    worlds = [(c, Translation(rule, table, as_of, {**chosen, **c})) for c in choices(rule, chosen)]
    contested = {p.id: _contested(p, statuses[p.id], base, worlds) for p in checks}
    return Plan(statuses, values, unders, contested, _outcome(statuses, base, values))


def _shown(term: Term) -> Any:
    if term is None:
        return ibis.null("string")
    if isinstance(term, Ratio):
        return term.over
    if isinstance(term, Members):
        named = [ibis.cases((has, f";{option}"), else_="") for option, has in sorted(term.has.items())]
        text = named[0]
        for part in named[1:]:
            text = text + part
        return ibis.cases((_all([h.notnull() for h in term.has.values()]), text), else_=ibis.null("string"))
    return term


def _contested(p: Provision, status: Any, base: Translation, worlds: list[tuple[dict[str, str], Translation]]) -> Any:
    used = depends_on(p.names, base.formulas)
    return _any([world.status(p) != status for choice, world in worlds if used.issuperset(choice)])


def _outcome(statuses: Mapping[str, Any], base: Translation, values: Mapping[str, Any]) -> Any:
    """What all statuses and values say together, as explain's `outcome_of`."""

    def some(*names: Status) -> Any:
        return _any([status.isin(list(names)) for status in statuses.values()])

    counts = {name: base.applies(base.formulas[name]).fill_null(True) for name in values}
    open_value = _any([counts[name] & value.isnull() for name, value in values.items()])
    other = _any([*counts.values(), *(status != "not_applicable" for status in statuses.values())])
    return ibis.cases(
        (some("violated"), "non_compliant"), (some("undetermined") | open_value, "undetermined"),
        (some("departed", "missed"), "compliant_with_departures"), (other, "compliant"), else_="not_applicable",
    )  # fmt: skip
