"""A decision as what it may say of any case: its facts as variables, each known or not, and what every provision says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Final

from policy_engine.basics.values import ANOTHER, Known
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.outline import depends_on
from policy_engine.language import ir
from policy_engine.rulebook.bounds import TODAY, bounded
from policy_engine.rulebook.rule import Input, Provision, Rule
from policy_engine.solving.formula import FALSE, TRUE, Script, Sort, and_, as_number, ite, not_, number, or_
from policy_engine.solving.sym import NEVER, End, Sym, Unheld, chosen, let
from policy_engine.solving.terms import Codes, Terms

FIRST: Final = dt.date(1901, 1, 1)
LAST: Final = dt.date(2099, 12, 31)
"""The dates that facts are asked about lie between these."""
MOST_OPEN: Final = 5
"""So many facts that may still grow or not have come in one provision; every set of them is told apart."""
SOMEBODY: Final = "A"
"""What a name is in a case that is found: nothing is worked out from it, but whether it is given may be what silence beside it means."""
NAMED: Final = 6
"""A formula of so many characters has a name, so that a solver can be asked for its value."""


class OfList(Input):
    """A total of a list that nobody told of: while it is not known, it may be known to be so much at least or at most."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact as variables: whether it is given, whether it is a date not yet come, its value or its members; a total's ends."""

    entry: Input
    given: str
    value: str = FALSE
    members: Mapping[str, str] = field(default_factory=dict)
    not_yet: str = FALSE
    ends: tuple[End, End] | None = None

    @property
    def asked(self) -> list[str]:
        """What is asked of a solver to know it."""
        return [v for v in (self.given, self.not_yet, self.value, *self.members.values()) if v not in (TRUE, FALSE)]


Shared = dict[tuple[str, str, str, tuple[str, ...]], Fact]


class World:
    """What a decision may say; several of them may share a script, codes and facts of one name, type and label.

    `without`: a fact that is never given. `picks`: the readings chosen; `free`: variables of those that may be any.
    `day`: the date as a number or a variable; `version`: a date on which the provisions stand that are asked about.
    """

    def __init__(
        self, rule: Rule, script: Script, codes: Codes, shared: Shared, *, day: str, picks: Mapping[str, str] | None = None,
        version: dt.date, without: str = "", free: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        if rule.rows:
            raise Unheld("a list of rows")
        self.rule, self.script, self.codes, self.picks = rule, script, codes, dict(picks or {})
        self.day, self.without, self.shared, self.free = day, without, shared, dict(free or {})
        self.provisions = rule.at(version)
        self.formulas = {p.id: p for p in self.provisions if p.is_formula}
        self.checks = tuple(p for p in self.provisions if not p.is_formula)
        self.terms = Terms(script, codes, self.named)
        self._values: dict[str, Sym] = {}
        self._states: dict[str, Sym] = {}
        self._said: dict[str, dict[Status | str, str]] = {}
        self._rules: dict[frozenset[str], Rule] = {}
        self._near = not day[:1].isdigit() or FIRST.toordinal() <= int(day) < LAST.toordinal()  # so is the day after it

    # --- facts ----------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> Fact:
        """The variables of an input, made when it is first asked for."""
        entry = self.rule.inputs[name]
        key = (name, entry.type_name, entry.label.zh, tuple(entry.accepts.options))
        if key not in self.shared:
            self.shared[key] = self._new(entry)
        return self.shared[key]

    def _new(self, entry: Input) -> Fact:
        given, kind = self.script.variable("Bool", "g"), entry.type.kind
        if kind == "flag":
            return Fact(entry=entry, given=given, value=self.script.variable("Bool"))
        if kind == "text":
            return Fact(entry=entry, given=given)
        if kind == "set":
            members = {o: self.script.variable("Bool") for o in entry.accepts.options}
            return Fact(entry=entry, given=given, members=members)
        value = self.script.variable("Real" if kind == "number" and not entry.type.integer else "Int")
        if kind in ("choice", "code"):
            texts = entry.accepts.options if kind == "choice" else self._codes(entry)
            self.script.holds(or_(*(f"(= {value} {self.codes.of(text)})" for text in texts)))
        if kind == "date":
            self.script.holds(f"(<= {FIRST.toordinal()} {value} {LAST.toordinal()})")
        sort: Sort = "Real" if kind == "number" and not entry.type.integer else "Int"
        for bound in entry.bounds:
            end = bound.value.toordinal() if isinstance(bound.value, dt.date) else bound.value
            if not isinstance(end, Fraction | int):
                raise Unheld(f"a bound of {entry.name}")
            if sort == "Int" and isinstance(end, Fraction) and end.denominator != 1:
                raise Unheld(f"a bound of {entry.name}")
            within = f"({bound.relation} {value} {number(end, sort)})"
            self.script.holds(within if isinstance(entry, OfList) else or_(not_(given), within))
        not_yet = self.script.variable("Bool", "n") if kind == "date" else FALSE
        ends = self._ends(value, sort) if isinstance(entry, OfList) else None
        return Fact(entry=entry, given=given, value=value, not_yet=not_yet, ends=ends)

    def _ends(self, value: str, sort: Sort) -> tuple[End, End]:
        """What a total lies between as far as it is known."""
        low, high = (End(self.script.variable("Bool"), self.script.variable(sort)) for _ in range(2))
        self.script.holds(or_(not_(low.there), f"(<= {low.value} {value})"))
        self.script.holds(or_(not_(high.there), f"(<= {value} {high.value})"))
        return low, high

    def _codes(self, entry: Input) -> Iterator[str]:
        """Every code an expression names, and of each beginning it asks for as many others as there are codes."""
        nodes = [part for node in expressions(self.rule) for part in ir.walk(node)]
        texts = {n.value for n in nodes if isinstance(n, ir.Const) and isinstance(n.value, str)}
        texts |= {item for n in nodes if isinstance(n, ir.ListOf) for item in n.items}
        begins = {
            n.args[1].value
            for n in nodes
            if isinstance(n, ir.Call) and n.function == "starts_with" and isinstance(n.args[1], ir.Const)
        }
        many = sum(e.type.kind == "code" for e in self.rule.inputs.values())
        found = {str(text) for text in texts | begins if 1 <= len(str(text)) <= 60 and str(text) == str(text).strip()}
        others = (
            f"{begin}{9 - i % 10}{i // 10 or ''}"
            for begin in [*map(str, sorted(map(str, begins))), "Z"]
            for i in range(many + len(found))
        )
        yield from sorted({*found, *others, *self.codes.also})

    def _given(self, name: str) -> Sym:
        """A fact: given, or what its silence means."""
        entry, fact = self.rule.inputs[name], self.fact(name)
        if name == self.without:
            fact = replace(fact, given=FALSE, not_yet=FALSE, ends=None)
        known = or_(fact.given, fact.not_yet) if name != self.without else FALSE
        sort: Sort = (
            "Bool"
            if entry.type.kind in ("flag", "set")
            else "Real"
            if entry.type.kind == "number" and not entry.type.integer
            else "Int"
        )
        if entry.type.kind == "set":
            members = {o: fact.members[o] for o in entry.type.options}
            here = Sym(known=known, members=members, other=fact.members.get(ANOTHER, FALSE))
        else:
            value = ite(fact.not_yet, f"(+ {self.day} 1)", fact.value)
            open_ = entry.open and entry.type.kind == "choice"
            told = not_(f"(= {fact.value} {self.codes.of(ANOTHER)})") if open_ else TRUE
            here = Sym(known=and_(known, told), value=value, sort=sort, ends=fact.ends)
        if entry.assume is None:
            return here
        silent = not_(known)
        if (beside := entry.assume.if_given) is not None:
            silent = and_(
                silent, FALSE if beside == self.without else self.fact(beside).given, not_(self.fact(beside).not_yet)
            )
        taken = entry.assume.value
        meant = (
            Sym(known=TRUE, members=dict.fromkeys(taken, TRUE))
            if isinstance(taken, frozenset)
            else self.terms.constant(taken)
        )
        return chosen(silent, meant, here)

    def grows(self, name: str) -> str:
        """When the value of a fact is only its least."""
        fact = self.fact(name)
        if name == self.without:
            return FALSE
        return or_(fact.given, fact.not_yet) if fact.entry.grows else fact.not_yet

    def named(self, name: str) -> Sym:
        """What a name stands for."""
        if name not in self._values:
            self._values[name] = found = let(self._named(name), self.script)
            dated = name in ("as_of", TODAY) or (
                name in self.rule.inputs and self.rule.inputs[name].type.kind == "date"
            )
            if dated and self._near:
                self.terms.days.near.add(found.value)
        return self._values[name]

    def _named(self, name: str) -> Sym:
        if name in self.free and name not in self.picks:
            return Sym(known=TRUE, value=self.free[name], sort="Int")
        if name in self.rule.readings:
            return self.terms.constant(self.picks.get(name, self.rule.readings[name].default))
        if name in ("as_of", TODAY):
            return Sym(known=TRUE, value=self.day, sort="Int")
        if name in self.rule.inputs:
            return self._given(name)
        return self._formula(self.formulas[name])[0] if name in self.formulas else NEVER

    # --- what is said -----------------------------------------------------------------------------------------------------

    @cached_property
    def uses(self) -> Mapping[str, frozenset[str]]:
        """Every name that a provision uses, by way of formulas too."""
        return {p.id: depends_on(p.names, self.formulas) for p in self.provisions}

    def _combined(self, names: Iterable[str]) -> list[tuple[str, frozenset[str]]]:
        """Which of some names are not final: a condition for each set of them."""
        open_ = [n for n in self.rule.inputs if n in frozenset(names) and self.grows(n) != FALSE]
        if len(open_) > MOST_OPEN:
            raise Unheld("more facts that may still come than are told apart")
        found = []
        for size in range(len(open_) + 1):
            for some in map(frozenset, combinations(open_, size)):
                when = and_(*(self.grows(n) if n in some else not_(self.grows(n)) for n in open_))
                found.append((when, some))
        return found

    def _with_open(self, some: frozenset[str]) -> Rule:
        """The rule where some names are not final."""
        if some not in self._rules:
            self._rules[some] = bounded(self.rule, some)
        return self._rules[some]

    def changed(self, p: Provision, some: frozenset[str]) -> Provision:
        """A provision where some names are not final."""
        at = next(i for i, one in enumerate(self.rule.provisions) if one is p)
        return self._with_open(some).provisions[at]

    def in_force(self, p: Provision) -> str:
        """Whether the date lies in the span of a provision."""
        first, last = p.valid_from, p.valid_until
        return and_(self._upto(number(first.toordinal()), self.day) if first else TRUE,
                    self._upto(self.day, number(last.toordinal())) if last else TRUE)  # fmt: skip

    def _upto(self, a: str, b: str) -> str:
        ends = as_number(a), as_number(b)
        if ends[0] is not None and ends[1] is not None:
            return TRUE if ends[0] <= ends[1] else FALSE
        return f"(<= {a} {b})"

    def _formula(self, p: Provision) -> tuple[Sym, str]:
        """The value of a formula, and whether it applies or may."""
        found, may = NEVER, FALSE
        for when, some in reversed(self._combined(self.uses[p.id])):
            one = self.changed(p, some)
            applies = self.applies(one)
            value = self.terms.term(one.value or ir.TRUE)
            told = Sym(
                known=and_(value.known, applies.true),
                value=value.value,
                sort=value.sort,
                members=value.members,
                other=value.other,
            )
            if applies.known == applies.value == TRUE:
                told = value
            found = told if when == TRUE else let(chosen(when, told, found), self.script)
            may = ite(when, not_(applies.false), may)
        self._states[p.id] = Sym(known=TRUE, value=self.script.let(may, "Bool"))
        return found, may

    def may_apply(self, p: Provision) -> str:
        """That a formula is not known not to apply."""
        self.named(p.id)
        return self._states[p.id].value

    def applies(self, p: Provision) -> Sym:
        """Whether a provision applies: in force, its condition holds, no exception does."""
        inside, holds = self.in_force(p), self.terms.term(p.applies)
        return Sym(known=or_(not_(inside), holds.known), value=and_(inside, holds.true))

    def said(self, p: Provision) -> dict[Status | str, str]:
        """When a check has each status; `failed` is what its force makes of it, an option too."""
        if p.id not in self._said:
            found: dict[Status | str, str] = dict.fromkeys(STATES, FALSE)
            for when, some in self._combined(self.uses[p.id]):
                one = self._status(self.changed(p, some))
                found = {state: or_(found[state], and_(when, one[state])) for state in STATES}
            self._said[p.id] = {state: self.script.let(text, "Bool", NAMED) for state, text in found.items()}
        return self._said[p.id]

    def _status(self, p: Provision) -> dict[str, str]:
        applies = let(self.applies(p), self.script)
        judged = Sym(known=TRUE, value=TRUE)
        if p.due is not None:
            judged = let(self.terms.compared("<=", self.terms.term(p.due), self.named("as_of")), self.script)
        holds = NEVER if p.require is None else self.terms.term(p.require)
        early = NEVER if p.due is None or p.early is None else self.terms.term(p.early)
        true, now, before = applies.true, judged.true, judged.false
        return {
            "not_applicable": applies.false,
            "undetermined": or_(not_(applies.known), and_(true, or_(not_(judged.known), and_(now, not_(holds.known))))),
            "pending": and_(true, before, not_(early.known)),
            "satisfied": and_(true, or_(and_(now, holds.true), and_(before, early.true))),
            "failed": and_(true, or_(and_(now, holds.false), and_(before, early.false))),
        }  # fmt: skip

    def possible(self) -> str:
        """That facts are not such as contradict each other."""
        found = []
        for i, must in enumerate(self.rule.facts_must):
            for when, some in self._combined(depends_on(ir.names(must), self.formulas)):
                there = self._with_open(some).facts_must[i]
                found.append(or_(not_(when), not_(self.terms.term(there).false)))
        return and_(*found)

    # --- to a case and back -----------------------------------------------------------------------------------------------

    def told(self, facts: Facts, names: Iterable[str] | None = None) -> str:
        """That some inputs, all if not said, are given as in a case, or are not given where they are not in it."""
        found = []
        for name in self.rule.inputs if names is None else names:
            fact = self.fact(name)
            if name in facts.not_yet:
                found += [fact.not_yet, not_(fact.given)]
            elif name in facts.given:
                found += [fact.given, not_(fact.not_yet), self._is(fact, facts.given[name])]
            else:
                found += [not_(fact.given), not_(fact.not_yet)]
        return and_(*found)

    def _is(self, fact: Fact, value: Known) -> str:
        if isinstance(value, frozenset):
            return and_(*(member if o in value else not_(member) for o, member in fact.members.items()))
        if fact.entry.type.kind == "text":  # whatever it says
            return TRUE
        if isinstance(value, bool):
            return fact.value if value else not_(fact.value)
        if isinstance(value, Fraction):
            return f"(= {fact.value} {number(value, 'Int' if fact.entry.type.integer else 'Real')})"
        return f"(= {fact.value} {value.toordinal() if isinstance(value, dt.date) else self.codes.of(value)})"

    def facts(self, values: Mapping[str, str]) -> Facts:
        """The facts of an answer of a solver. Raises Unheld for a number that is not written out (a root)."""
        given: dict[str, Known] = {}
        later = set()
        for name in self.rule.inputs:
            entry = self.rule.inputs[name]
            key = (name, entry.type_name, entry.label.zh, tuple(entry.accepts.options))
            fact = self.shared.get(key)
            if fact is None or name == self.without:
                continue
            if values.get(fact.not_yet) == TRUE:
                later.add(name)
            elif values.get(fact.given) == TRUE:
                given[name] = self._value(fact, values)
        return Facts(given, not_yet=frozenset(later))

    def valued(self, fact: Fact, values: Mapping[str, str]) -> Known | None:
        """The value a fact has in an answer, if it can be written out."""
        try:
            return self._value(fact, values)
        except Unheld:
            return None

    def _value(self, fact: Fact, values: Mapping[str, str]) -> Known:
        kind = fact.entry.type.kind
        if kind == "set":
            return frozenset(o for o, variable in fact.members.items() if values[variable] == TRUE)
        if kind == "flag":
            return values[fact.value] == TRUE
        if kind == "text":
            return SOMEBODY
        found = as_number(values[fact.value])
        if found is None:
            raise Unheld("a number that cannot be written out")
        if kind == "date":
            return dt.date.fromordinal(int(found))
        return self.codes.text(int(found)) if kind in ("choice", "code") else found


STATES: Final = ("satisfied", "failed", "not_applicable", "pending", "undetermined")


def expressions(rule: Rule) -> Iterator[ir.Node]:
    """Every expression of a rule."""
    yield from rule.facts_must
    for p in rule.provisions:
        yield from (n for n in (p.when, p.require, p.value, p.due) if n is not None)
        yield from (n for e in p.unless for n in (e.when, e.value) if n is not None)
