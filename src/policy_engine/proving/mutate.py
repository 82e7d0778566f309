"""How strong scenarios are: each rule is changed in the small ways people get rules wrong; a change nobody notices is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from policy_engine.basics.errors import Place, PolicyError
from policy_engine.basics.places import ReadFile, read_text
from policy_engine.basics.values import DATE
from policy_engine.basics.values import DAY as DAYS
from policy_engine.deciding.decide import as_least, status_of
from policy_engine.deciding.facts import read_facts
from policy_engine.deciding.outcome import bearing, outcome_of
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.language.operators import STEPPED
from policy_engine.proving.cases import Case
from policy_engine.proving.coverage import never_settled, open_part
from policy_engine.proving.scenarios import agrees
from policy_engine.rulebook.rule import Exemption, Provision, Register, Rule, Total
from policy_engine.rulefiles.load import validate
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.rulefiles.shape import Model
from policy_engine.rulefiles.yaml_read import read_yaml

_SWAPPED: Final[dict[str, ir.CompareOp]] = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}
_REVERSED: Final[dict[str, ir.CompareOp]] = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}
_OTHER_ARITH: Final[dict[str, ir.ArithOp]] = {"+": "-", "-": "+", "+days": "-days", "+months": "-months"}
_OTHER_CALL: Final = {
    "min": "max",
    "max": "min",
    "floor": "ceil",
    "ceil": "floor",
    "round": "floor",
    "round_even": "round",
    "least": "greatest",
    "greatest": "least",
    "rows min": "rows max",
    "rows max": "rows min",
    "rows any": "rows all",
    "rows all": "rows any",
    "years": "months",
    "months": "years",
    "all_in": "any_in",
    "any_in": "all_in",
    "end_of_month": "end_of_quarter",
    "end_of_quarter": "end_of_month",
}
DAY: Final = dt.timedelta(1)


@dataclass(frozen=True)
class Mutant:
    """One small change of one provision."""

    decision: str
    provision: str
    change: str
    rule: Rule
    place: Place


class Equivalent(Model):
    """A change that alters nothing, with the reason."""

    decision: str
    provision: str
    change: str
    why: str = Field(min_length=10)


class EquivalentList(Model):
    """`equivalent.yaml`: changes shown to alter nothing."""

    equivalent: list[Equivalent]


def load_equivalent(path: Path) -> dict[tuple[str, str, str], str]:
    """The changes a file declares equivalent, with their reasons. Raises PolicyError, also where there is no such file."""
    sources = read_yaml(read_text(path), str(path))
    listed = validate(EquivalentList, sources[0] if sources else ReadFile(str(path), None, {}))
    return {(e.decision, e.provision, e.change): e.why for e in listed.equivalent}


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every small change of a rule, one at a time."""
    for i, provision in enumerate(rule.provisions):
        for change, changed in _provision(provision, rule):
            provisions = (*rule.provisions[:i], changed, *rule.provisions[i + 1 :])
            yield Mutant(rule.decision, provision.id, change, replace(rule, provisions=provisions), provision.place)
    yield from _of_rows(rule)
    for change, register in _registers(rule):
        yield Mutant(rule.decision, "register", change, replace(rule, register=register), rule.place)
    for k, scope in enumerate(rule.scope):
        for changed_scope in (None, *(replace(scope, when=node) for node in _changes(scope.when, rule))):
            kept = () if changed_scope is None else (changed_scope,)
            provisions = tuple(replace(p, unless=_exchanged(p.unless, scope, kept)) for p in rule.provisions)
            change = f"scope {k + 1}: {unparse(changed_scope.when) if changed_scope else 'dropped'}"
            yield Mutant(rule.decision, "scope", change, replace(rule, provisions=provisions), rule.place)


LONG: Final = 160
"""Of a changed expression that is told whole; of a longer one only what changes, and at which character."""


def _told(key: str, before: ir.Node | None, after: ir.Node) -> str:
    """A change as it is shown, and declared in `equivalent.yaml`."""
    new = unparse(after)
    if before is None or len(new) <= LONG:
        return f"{key}: {new}"
    old = unparse(before)
    first = _alike(old, new)
    first = max(old.rfind(sign, 0, first) + 1 for sign in " (")
    last = _alike(old[first:][::-1], new[first:][::-1])
    ends = (old.find(sign, len(old) - last) for sign in " ),")
    last = len(old) - min((at for at in ends if at >= 0), default=len(old))
    return (
        f"{key} at {first + 1}: {_shortened(old[first : len(old) - last])} → {_shortened(new[first : len(new) - last])}"
    )


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin alike with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONG // 2 else f"{text[: LONG // 4]} … {text[-LONG // 4 :]}"


def _of_rows(rule: Rule) -> Iterator[Mutant]:
    for name, rows in rule.rows.items():
        for i, formula in enumerate(rows.formulas):
            for changed in _changes(formula.value or ir.TRUE, rule):
                kept = (*rows.formulas[:i], replace(formula, value=changed), *rows.formulas[i + 1 :])
                mutated = replace(rule, rows={**rule.rows, name: replace(rows, formulas=kept)})
                change = _told("value", formula.value or ir.TRUE, changed)
                yield Mutant(rule.decision, formula.id, change, mutated, formula.place)


def _registers(rule: Rule) -> Iterator[tuple[str, Register]]:
    """The register with one part of it changed: what dates an entry, which are checked, what is added up of which."""
    register = rule.register
    if register is None:
        return
    seen = replace(rule, inputs={**rule.inputs, **register.columns})
    dates = [n for n, entry in seen.inputs.items() if entry.type == DATE and n != register.date]
    yield from ((f"date: {name}", replace(register, date=name)) for name in dates)
    yield from ((f"each: {unparse(node)}", replace(register, each=node)) for node in _which(register.each, seen))
    for name, total in register.totals.items():
        for change, changed in _totals(total, seen, register.by is not None):
            yield f"{name}: {change}", replace(register, totals={**register.totals, name: changed})


def _totals(total: Total, seen: Rule, by: bool) -> Iterator[tuple[str, Total]]:
    if total.kind != "sum":
        kind: Literal["count", "days"] = "days" if total.kind == "count" else "count"
        yield kind, replace(total, kind=kind)
    for name, entry in seen.inputs.items():
        kinds = seen.inputs[total.summed or total.name].type, entry.type
        if total.kind == "sum" and name not in (total.summed, *(seen.register.totals if seen.register else ())):
            yield from [(f"sum {name}", replace(total, summed=name))] if kinds[0] == kinds[1] else []
    yield from ((f"where {unparse(node)}", replace(total, where=node)) for node in _which(total.where, seen))
    if by:
        yield f"of {'each' if total.of_all else 'all'}", replace(total, of_all=not total.of_all)
    if total.per is not None:
        at = _PERIODS.index(total.per) if total.per in _PERIODS else 0
        for months in {*_PERIODS[max(at - 1, 0) : at], *_PERIODS[at + 1 : at + 2]}:
            yield f"per {months} months", replace(total, per=months)
    if total.last is not None:
        for longer in (total.last.value - 1, total.last.value + 1):
            last = replace(total.last, value=longer)
            yield f"per last {unparse(last)}", replace(total, last=last)
    for earlier, later, word in ((False, False, "running"), (True, False, "earlier in year"), (False, True, "later")):
        if total.per is None and (total.last or (total.earlier, total.later) != (earlier, later)):
            yield f"per {word}", replace(total, earlier=earlier, later=later, last=None)


_PERIODS: Final = (1, 2, 3, 6, 12)


def _which(node: ir.Node, seen: Rule) -> Iterator[ir.Node]:
    """Which entries are meant, changed; or all, or, where it is all, none."""
    yield from _changes(node, seen)
    if node != ir.TRUE:
        yield ir.TRUE


def _exchanged(unless: tuple[Exemption, ...], one: Exemption, others: tuple[Exemption, ...]) -> tuple[Exemption, ...]:
    """Exemptions with one of them exchanged for others."""
    return tuple(e for found in unless for e in (others if found is one else (found,)))


def _provision(p: Provision, rule: Rule) -> Iterator[tuple[str, Provision]]:
    never = never_settled(rule)
    if p.id in never:  # it has no value, so all that scenarios can notice is whether it applies
        yield from (() if p.when == ir.TRUE else (("when: dropped", replace(p, when=ir.TRUE)),))
        return
    for key, node in (("when", p.when), ("require", p.require), ("value", p.value)):
        for changed in _changes(node, rule) if node is not None and node != ir.TRUE else ():
            fields: dict[str, Any] = {key: changed}
            yield _told(key, node, changed), replace(p, **fields)
    if p.when != ir.TRUE:
        yield "when: dropped", replace(p, when=ir.TRUE)
    for k, exemption in enumerate(p.unless):
        others = (*p.unless[:k], *p.unless[k + 1 :])
        if exemption.value is None and exemption.scope is None:
            yield f"unless {k + 1}: dropped", replace(p, unless=others)
            for changed in _changes(exemption.when, rule):
                yield (
                    f"unless {k + 1}: {unparse(changed)}",
                    replace(p, unless=(*p.unless[:k], replace(exemption, when=changed), *p.unless[k + 1 :])),
                )
    if p.require is not None and p.force != "option" and open_part(p, never) != "or":
        yield f"force: {_OTHER_FORCE[p.force]}", replace(p, force=_OTHER_FORCE[p.force])
    yield from _dates(p, rule)


_OTHER_FORCE: Final[dict[ir.Force, ir.Force]] = {"binding": "ordinary", "ordinary": "binding", "target": "binding"}


def _dates(p: Provision, rule: Rule) -> Iterator[tuple[str, Provision]]:
    """Dates of the provision itself shifted by a day; those it has from its document are the document's."""
    if p.due_on is not None:
        for shift in (-DAY, DAY):
            yield f"due: {p.due_on + shift}", replace(p, due=ir.Const(p.due_on + shift))
    elif p.due is not None:
        for changed in _changes(p.due, rule):
            yield f"due: {unparse(changed)}", replace(p, due=changed)
    if p.valid_from is not None and p.valid_from not in (rule.document.valid_from, dt.date.min):
        for shift in (-DAY, DAY):
            yield f"from: {p.valid_from + shift}", replace(p, valid_from=p.valid_from + shift)
    if p.valid_until is not None and p.valid_until not in (rule.document.valid_until, dt.date.max):  # without end
        for shift in (-DAY, DAY):
            yield f"until: {p.valid_until + shift}", replace(p, valid_until=p.valid_until + shift)


def _changes(node: ir.Node, rule: Rule) -> Iterator[ir.Node]:
    """The node with one part of it changed."""
    yield from _local(node, rule)
    parts = ir.children(node)
    counted = isinstance(node, ir.Call) and node.function == "rows count"  # it has no `where`
    stepped = isinstance(node, ir.Call) and node.function in STEPPED
    for i, part in enumerate(parts):
        for changed in () if counted and not i else _changes(part, rule):
            if not (stepped and i and isinstance(changed, ir.Number) and changed.value <= 0):  # no rule file can say it
                yield ir.with_children(node, (*parts[:i], changed, *parts[i + 1 :]))


def _local(node: ir.Node, rule: Rule) -> Iterator[ir.Node]:
    match node:
        case ir.Compare(op=op, left=left, right=ir.Const(value=str() as option)):
            yield replace(node, op=_SWAPPED[op])
            yield from (replace(node, right=ir.Const(other)) for other in _other_options(left, option, rule))
        case ir.Compare(op=op):
            yield replace(node, op=_SWAPPED[op])
            if op in _REVERSED:
                yield replace(node, op=_REVERSED[op])
        case ir.Logic(op=op):
            yield replace(node, op="or" if op == "and" else "and")
        case ir.Number(value=value):
            step = _last_digit(value * 100) / 100 if node.percent else _last_digit(value)
            yield replace(node, value=value + step)
            if value >= step:
                yield replace(node, value=value - step)
        case ir.Const(value=bool() as flag):
            yield replace(node, value=not flag)
        case ir.Const(value=dt.date() as date):
            yield from (replace(node, value=date + shift) for shift in (-DAY, DAY))
        case ir.ListOf(items=items) if len(items) > 1:
            yield from (replace(node, items=(*items[:i], *items[i + 1 :])) for i in range(len(items)))
        case ir.Not(operand=x):
            yield x
        case ir.Arith(op=op) if op in _OTHER_ARITH:
            yield replace(node, op=_OTHER_ARITH[op])
        case ir.Call():
            yield from _calls(node)
        case ir.Cases():
            yield from _swapped_cases(node)
        case ir.Name(name=name) if _is_flag(name, rule):
            yield ir.Not(node)
        case _:
            return


def _calls(node: ir.Call) -> Iterator[ir.Node]:
    """A function taken for another, or asked of other days or rows."""
    match node:
        case ir.Call(function="add_working_days", args=(day, count)):
            yield ir.Arith("+days", day, _in_days(count))
        case ir.Call(function="working_days", args=(start, end)):
            yield ir.Arith("days between", end, start)
        case ir.Call(function="is_working_day", args=(day,)):
            yield ir.Compare("<=", ir.Call("weekday", (day,)), ir.Number(Fraction(5)))
        case ir.Call(function="in_season", args=(day, *ends)):
            for i, end in enumerate(ends):
                for shift in (-DAY, DAY):
                    other = dt.date.fromisoformat(f"2000-{end.value}") + shift  # type: ignore[attr-defined]
                    changed = ir.Const(other.isoformat()[5:])
                    yield replace(node, args=(day, *ends[:i], changed, *ends[i + 1 :]))
        case ir.Call(function="starts_with", args=(code, ir.Const(value=str() as begin))):
            yield ir.Compare("==", code, ir.Const(begin))
            if len(begin) > 1:
                yield replace(node, args=(code, ir.Const(begin[:-1])))
        case ir.Call(function=function) if function in _OTHER_CALL or function.startswith("rows "):
            if function in _OTHER_CALL:
                yield replace(node, function=_OTHER_CALL[function])
            if function.startswith("rows ") and node.args[0] != ir.TRUE:
                yield replace(node, args=(ir.TRUE, *node.args[1:]))


def _is_flag(name: str, rule: Rule) -> bool:
    """Whether a name is that of a fact which holds or not: an input, or a column or formula of a list."""
    columns = (column for rows in rule.rows.values() for column in rows.columns.values())
    formulas = (p for rows in rule.rows.values() for p in rows.formulas)
    found = rule.inputs.get(name) or next((column for column in columns if column.name == name), None)
    kind = found.type if found else next((p.type for p in formulas if p.id == name), None)
    return kind is not None and kind.kind == "flag"


def _in_days(node: ir.Node) -> ir.Node:
    """Working days as calendar days."""
    if isinstance(node, ir.Number):
        return replace(node, unit=DAYS) if node.unit else node
    return ir.with_children(node, tuple(map(_in_days, ir.children(node))))


def _other_options(left: ir.Node, option: str, rule: Rule) -> list[str]:
    """The option next to this one; for a reading, none: other readings are varied by the engine itself."""
    columns = {c.name: c for rows in rule.rows.values() for c in rows.columns.values()}
    entry = rule.inputs.get(left.name) or columns.get(left.name) if isinstance(left, ir.Name) else None
    if entry is not None:
        if entry.type.kind == "code":
            return [option[:-1] or f"{option}0"]
        options = entry.type.options
        return [options[(options.index(option) + 1) % len(options)]] if len(options) > 1 else []
    return []


def _last_digit(value: Fraction) -> Fraction:
    """One unit in the last place a number is written with."""
    step = Fraction(1)
    while (value / step).denominator != 1:
        step /= 10
        if step < Fraction(1, 10**9):
            return Fraction(1)
    return step


def _meant(node: ir.Node) -> object:
    """A value as it is told apart: a set whatever the order it is written in."""
    return frozenset(node.items) if isinstance(node, ir.ListOf) else node


def _swapped_cases(node: ir.Cases) -> Iterator[ir.Node]:
    branches = node.branches
    for i in range(len(branches) - 1):
        (a, x), (b, y) = branches[i], branches[i + 1]
        if _meant(x) != _meant(y):
            yield replace(node, branches=(*branches[:i], (a, y), (b, x), *branches[i + 2 :]))
    for i in range(len(branches)):
        if len(branches) > 1:
            yield replace(node, branches=(*branches[:i], *branches[i + 1 :]))


Judge = Callable[[Case, Rule], bool]
"""Whether everything expected of a case of entries holds under a rule."""


@dataclass(frozen=True)
class _Probe:
    """A scenario made ready to be asked many times."""

    case: Case
    entered: Judge

    def holds(self, rule: Rule) -> bool:
        """Whether every expectation holds under a rule. Refused facts are only compared with facts that are refused."""
        expect = self.case.expect
        if expect is None or (expect.refused and self.case.entries is None):
            return True
        if self.case.entries is not None:
            return self.entered(self.case, rule)
        day = self.case.as_of or dt.date.today()
        least, facts = as_least(rule, read_facts(rule, self.case.facts), day)
        situation = Situation(least, facts.given, day, self.case.readings)
        checks = {p.id: status_of(p, situation) for p in situation.provisions if not p.is_formula}
        if not expect.statuses.keys() <= checks.keys():
            return False
        if not all(expect.allows(name, status) for name, status in checks.items()):
            return False
        said = [(p, situation[p.id]) for p in situation.formulas.values() if situation.says(p)]
        bear = [bearing(p, checks[p.id]) for p in situation.provisions if not p.is_formula]
        if expect.outcome is not None and outcome_of(bear, said) != expect.outcome:
            return False
        formulas = [p for name, p in situation.formulas.items() if name in expect.values]
        if not all(agrees(situation[p.id], expect.values[p.id], p.type) for p in formulas):
            return False
        return expect.contested is None or self._contested(rule, day) == set(expect.contested)

    def _contested(self, rule: Rule, day: dt.date) -> set[str]:
        """The findings and values another reading changes; from the full answer, since it is seldom asked."""
        from policy_engine.explaining.decision import decide

        found = decide(rule, read_facts(rule, self.case.facts), day, self.case.readings)
        contested = {f.provision for f in found.findings if f.contested}
        return contested | {r.provision for r in found.results if r.readings}


def survivors(
    book: Rulebook, cases: Sequence[Case], tick: Callable[[Mutant, bool], None], decisions: Collection[str],
    entered: Judge = lambda case, rule: True,
) -> list[Mutant]:  # fmt: skip
    """The changes of the decisions that no scenario notices; `tick` is told of each change as it is tried.

    `entered` decides the cases of entries; those are asked last.
    """
    alive: list[Mutant] = []
    for rule in map(book.rule, sorted(decisions)):
        own = [case for case in cases if case.decision == rule.decision and case.expect]
        probes = [_Probe(case, entered) for case in sorted(own, key=lambda case: case.entries is not None)]
        ready = [probe for probe in probes if _fits(probe, rule)]
        for mutant in mutants(rule):
            killed = any(not _fits(probe, mutant.rule) for probe in ready)
            tick(mutant, killed)
            if not killed:
                alive.append(mutant)
    return alive


def _fits(probe: _Probe, rule: Rule) -> bool:
    try:
        return probe.holds(rule)
    except (PolicyError, ValueError, TypeError):
        return False
