"""One fact varied, all others as they are: the exact intervals in which nothing changes, which together are everything."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.values import Known, Unknown, to_json
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outcome import OutcomeName
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, equal, not_, number, or_
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import status_named
from policy_engine.solving.sym import Sym, Unheld
from policy_engine.solving.terms import Codes
from policy_engine.solving.world import FIRST, LAST, STATES, World

MOST: Final = 60
"""So many intervals are told apart."""
LONGEST: Final = 120
"""So many seconds on the clock the solvers may take for all of them."""
NARROW: Final = Fraction(1, 10**9)
FINE: Final = NARROW**3
"""Two points so near are not told apart further."""


@dataclass(frozen=True)
class Stretch:
    """An interval of numbers or days in which nothing changes; an end that is None is none. `inside`: a point of it."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool
    inside: Fraction


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where an outcome is the same, and the values of formulas that can be listed."""

    outcome: OutcomeName
    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool
    inside: Fraction
    values: Mapping[str, Known | None]


class Axis:
    """A decision over one input, as of a date, under readings; what is given besides stays. Raises Unheld."""

    def __init__(
        self, rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], name: str, solvers: Solvers
    ) -> None:
        self.rule, self.facts, self.as_of, self.chosen, self.name, self.solvers = (
            rule,
            facts,
            as_of,
            chosen,
            name,
            solvers,
        )
        self.entry = rule.inputs[name]
        if any(isinstance(value, dt.date) and not FIRST <= value <= LAST for value in facts.given.values()):
            raise Unheld(f"a date before {FIRST} or after {LAST}")
        codes = {value for value in facts.given.values() if isinstance(value, str)}
        self.script = Script()
        self.world = World(rule, self.script, Codes(codes), {}, day=str(as_of.toordinal()), picks=chosen, version=as_of)
        self.whole = self.entry.type.kind == "date" or self.entry.type.integer
        fact = self.world.fact(name)
        self.variable = fact.value
        others = [n for n in rule.inputs if n != name]
        checks = [(p, self.world.said(p)) for p in self.world.checks]
        formulas = [(p, self.world.named(p.id), self.world.may_apply(p)) for p in self.world.formulas.values()]
        asked = [(e.name, self.world.terms.term(e.when)) for e in rule.inputs.values() if e.when != ir.TRUE]
        self.possible = self.script.let(self.world.possible(), "Bool", 6)
        self._parts = checks, formulas, asked
        self.script.holds(
            self.world.told(replace(facts, given={n: v for n, v in facts.given.items() if n != name}), others)
        )
        self.script.holds(and_(fact.given, not_(fact.not_yet)))
        self._begun = solvers.seconds_taken
        solvers.begin(self.script)

    # --- what is said at a point --------------------------------------------------------------------------------------

    def value(self, at: Fraction) -> Known:
        """A point as the value of the input."""
        return dt.date.fromordinal(int(at)) if self.entry.type.kind == "date" else at

    def verdict(self, at: Fraction) -> Verdict:
        """The case with the fact at a point, by the interpreter."""
        return Verdict(
            self.rule,
            replace(self.facts, given={**self.facts.given, self.name: self.value(at)}),
            self.as_of,
            self.chosen,
        )

    def missing(self, at: Fraction) -> tuple[str, ...]:
        """The facts that the case with the fact at a point still waits for."""
        return waited(self.verdict(at))

    def _said(self, at: Fraction) -> str:
        """That all is said as it is at a point: statuses, whether formulas have a value, what is asked for."""
        checks, formulas, asked = self._parts
        wanted = dict.fromkeys(text for _, said in checks for text in said.values())
        wanted |= dict.fromkeys(x for _, value, may in formulas for x in (value.known, may))
        wanted |= dict.fromkeys(x for p, value, _ in formulas for x in self._told(p, value))
        wanted |= dict.fromkeys(x for _, when in asked for x in (when.known, when.true))
        wanted |= {self.possible: None}
        names = [self.script.let(text, "Bool", 6) for text in wanted if text not in (TRUE, FALSE)]
        if not names:
            return TRUE
        answer, values = self.solvers.case([self._at("=", at)], names)
        if answer != "sat":
            raise Unheld("a point of the line")
        here = self.verdict(at)
        for p, said in checks:  # what is said of the point is what the interpreter says
            status = here.status(next(q for q in here.checks if q.id == p.id))
            states = {
                status_named(p, s)
                for s in STATES
                if (n := self.script.let(said[s], "Bool", 6)) == TRUE or values.get(n) == TRUE
            }
            if states != {status}:
                raise Unheld(p.id)
        return self.script.let(and_(*(n if values[n] == TRUE else not_(n) for n in names)), "Bool", 6)

    def _told(self, p: Provision, value: Sym) -> list[str]:
        """That a formula has one of the values that can be listed."""
        if p.type is None or value.known == FALSE:
            return []
        if p.type.kind == "flag":
            return [value.true]
        options = p.type.options if p.type.kind == "choice" else ()
        return [and_(value.known, equal(value.value, number(self.world.codes.of(option)))) for option in options]

    def _values(self, verdict: Verdict) -> dict[str, Known | None]:
        """The values of formulas that can be listed, None of what is not known."""
        found = {p.id: verdict.base[p.id] for p, _, _ in self._parts[1] if p.type and p.type.kind in ("flag", "choice")}
        return {id_: None if isinstance(value, Unknown) else value for id_, value in found.items()}

    def _at(self, op: str, end: Fraction) -> str:
        sort = "Int" if self.whole else "Real"
        return f"({op} {self.variable} {number(end, sort)})"  # type: ignore[arg-type]

    # --- the line in intervals ------------------------------------------------------------------------------------------

    def stretches(self) -> list[Stretch]:
        """All intervals in order; both solvers say that there is no point beside them. Raises Unheld where there are too many."""
        found: list[Stretch] = []
        while True:
            self._in_time()
            outside = [self._outside(one) for one in found]
            answer, values = self.solvers.case(outside or [TRUE], [self.variable])
            if answer == "unsat":
                return sorted(found, key=lambda one: one.inside)
            point = None if answer != "sat" else as_number(values[self.variable])
            if point is None:
                raise Unheld("the line")
            if len(found) >= MOST:
                raise Unheld(f"more than {MOST} intervals, another at {to_json(self.value(point))}")
            found.append(self._around(point))

    def _in_time(self) -> None:
        """Raises Unheld where all of it takes too long."""
        if self.solvers.seconds_taken - self._begun > LONGEST:
            raise Unheld(f"the line in {LONGEST} seconds")

    def _outside(self, one: Stretch) -> str:
        below = FALSE if one.low is None else self._at("<" if one.low_in else "<=", one.low)
        above = FALSE if one.high is None else self._at(">" if one.high_in else ">=", one.high)
        return or_(below, above)

    def _around(self, point: Fraction) -> Stretch:
        said = self._said(point)
        low, low_in = self._end(point, said, -1)
        high, high_in = self._end(point, said, 1)
        return Stretch(low, high, low_in, high_in, point)

    def _end(self, point: Fraction, said: str, way: int) -> tuple[Fraction | None, bool]:
        """Where it is said no more, and whether it still is there; None where it always is."""
        after, upto = (">", "<=") if way > 0 else ("<", ">=")
        other = [not_(said), self._at(after, point)]
        answer, values = self.solvers.case(other, [self.variable])
        if answer == "unsat":
            return self._limit(point, said, way)
        near, far = point, as_number(values.get(self.variable, ""))
        if answer != "sat" or far is None:
            raise Unheld("an end")
        while True:
            near, far = self._nearer(near, far, other, upto)
            end = near if self.whole else simplest(*sorted((near, far)))
            try:
                return self._proved(end, far, said, way, other)
            except Unheld:
                if self.whole or abs(far - near) < FINE:
                    raise

    def _nearer(self, near: Fraction, far: Fraction, other: list[str], upto: str) -> tuple[Fraction, Fraction]:
        """Two points nearer to one another, between which an end lies. Raises Unheld."""
        apart = Fraction(1) if self.whole else min(NARROW, abs(far - near) * NARROW)
        while abs(far - near) > apart:
            self._in_time()
            middle = (
                Fraction((near + far) // 2)
                if self.whole
                else simplest(*sorted((near + (far - near) / 3, far - (far - near) / 3)))
            )
            claims = [*other, self._at(upto, middle)]
            answer, values = self.solvers.first.ask(claims, [self.variable])
            if answer == "unknown":  # the end is proved later: the other solver alone will do, or the point itself
                answer, values = self.solvers.confirm(claims, [self.variable])
            if answer == "unknown" and self.solvers.first.ask([*other, self._at("=", middle)])[0] == "sat":
                answer, values = "sat", {self.variable: number(middle, "Real")}
            found = as_number(values.get(self.variable, ""))
            if answer == "sat" and found is None:
                raise Unheld("an end")
            near, far = (near, found) if answer == "sat" and found is not None else (middle, far)
        return near, far

    def _proved(self, end: Fraction, far: Fraction, said: str, way: int, other: list[str]) -> tuple[Fraction, bool]:
        """An end that both solvers confirm: before it all is said, at it or right after it no more. Raises Unheld."""
        before = "<" if way > 0 else ">"
        beyond, upto = (">", "<=") if way > 0 else ("<", ">=")
        if self.solvers.case([*other, self._at(before, end)])[0] != "unsat":
            raise Unheld("an end")
        if self.whole:
            return end, True
        if self.solvers.case([said, self._at("=", end)])[0] == "unsat":
            return end, False
        if far == end or self.solvers.case([said, self._at(beyond, end), self._at(upto, far)])[0] != "unsat":
            raise Unheld("an end")
        return end, True

    def _limit(self, point: Fraction, said: str, way: int) -> tuple[Fraction | None, bool]:
        """The bound of the input itself, where it has one."""
        signs = ("<", "<=") if way > 0 else (">", ">=")
        ends = [
            (Fraction(b.value.toordinal()) if isinstance(b.value, dt.date) else b.value, b.relation)
            for b in self.entry.bounds
            if b.relation in signs and isinstance(b.value, Fraction | dt.date)
        ]
        if not ends:
            return None, False
        value, relation = (min if way > 0 else max)(ends)
        if self.whole:  # the last whole one there is
            last = Fraction(math.floor(value) if way > 0 else math.ceil(value))
            return (last - way if last == value and not relation.endswith("=") else last), True
        return value, relation.endswith("=")

    def intervals(self) -> list[Extent]:
        """Intervals of one outcome each, as long as can be; points that contradict other facts are in none of them."""
        found: list[Extent] = []
        for one in self.stretches():
            verdict = self.verdict(one.inside)
            if contradicted(verdict.base) or not within(self.entry, self.value(one.inside)):
                continue
            here = Extent(outcome=verdict.outcome(), low=one.low, high=one.high, low_in=one.low_in, high_in=one.high_in,
                            inside=one.inside, values=self._values(verdict))  # fmt: skip
            last = found[-1] if found else None
            if (
                last is not None
                and (last.outcome, last.values) == (here.outcome, here.values)
                and self._meet(last, here)
            ):
                found[-1] = replace(last, high=here.high, high_in=here.high_in)
            else:
                found.append(here)
        return found

    def _meet(self, a: Extent, b: Extent) -> bool:
        if a.high is None or b.low is None:
            return False
        return a.high + 1 == b.low if self.whole else a.high == b.low and (a.high_in or b.low_in)

    @property
    def unit(self) -> Fraction:
        """The smallest step of the fact as people write it: a whole one, a fen, a hundredth of a percent, else a hundredth."""
        if self.whole:
            return Fraction(1)
        return Fraction(1, 10_000) if self.entry.type_name == "share" else Fraction(1, 100)


def waited(verdict: Verdict) -> tuple[str, ...]:
    """The facts that the outcome of a case waits for, as the rule lists them; none where it is settled without them."""
    if verdict.outcome() != "undetermined":
        return ()
    waits = [verdict.missing(p) for p in verdict.checks if p.force != "option" and verdict.status(p) == "undetermined"]
    results = [verdict.result(p) for p in verdict.formulas]
    waits += [one.value.missing for one in results if one.applies and isinstance(one.value, Unknown)]
    every = {name for names in waits for name in names}
    return tuple(name for name in verdict.rule.inputs if name in every)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The number with the smallest denominator from one number to another, of whole ones the one nearest to zero."""
    if low == high:
        return low
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = low.numerator // low.denominator
    return floor + 1 / simplest(1 / (high - floor), 1 / (low - floor))
