"""One decision put to the solvers: cases in which something holds, as small and round as can be, each decided again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from math import gcd
from typing import Final, Literal

from policy_engine.basics.values import Known
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outcome import FAILED, Status
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Reading, Rule
from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, not_, or_
from policy_engine.solving.near import near_day, near_number
from policy_engine.solving.solvers import Answer, Solvers
from policy_engine.solving.sym import Unheld
from policy_engine.solving.terms import Codes
from policy_engine.solving.world import FIRST, LAST, STATES, Fact, Shared, World, expressions

YEARS: Final = (10, 20)
"""The date of the decision may lie so many years before and after the one that is asked about."""
POOLED: Final = 40
OTHERS: Final = 12
"""So many other values of a fact are tried."""
PATIENCE: Final = 0
"""So many questions about any date may stay open, before one date alone is asked about."""
SMALL: Final = tuple(
    map(Fraction, (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 200, 500, 1000))
)
LARGE: Final = tuple(Fraction(n * 10**power) for power in range(2, 11) for n in (1, 2, 5))
SHARES: Final = tuple(Fraction(n, 100) for n in (0, 100, 50, 10, 20, 5, 15, 25, 30, 40, 60, 70, 80, 90, 1, 2, 75))
Settled = Literal["found", "none", "open"]


@dataclass(frozen=True)
class Example:
    """A case that was decided again: facts, the date, readings other than the default."""

    decision: str
    facts: Facts
    as_of: dt.date
    readings: Mapping[str, str]


@dataclass(frozen=True)
class Answered:
    """Whether there is a case: found, none as both solvers say, or open; the case, and how it was decided."""

    settled: Settled
    example: Example | None = None


Meant = Callable[[Verdict], bool]
Now = Callable[[], Mapping[str, str]]
"""What a solver last said of a case that is being made plainer."""


class TooMuch(Exception):
    """More questions about any date than the solvers settle."""


class Study:
    """A decision on any date near one, facts and readings of its own; one script for all that is asked of it."""

    def __init__(self, rule: Rule, as_of: dt.date, solvers: Solvers, script: Script | None = None,
                 shared: Shared | None = None, codes: Codes | None = None, day: str = "", any_day: bool = True) -> None:  # fmt: skip
        self.rule, self.as_of, self.solvers = rule, as_of, solvers
        self.script = Script() if script is None else script
        self.shared: Shared = {} if shared is None else shared
        self.codes = Codes() if codes is None else codes
        if not day:
            day = self.script.variable("Int", "day") if any_day else str(as_of.toordinal())
        self.day = day
        if any_day:
            first, last = span(rule, as_of)
            self.script.holds(f"(<= {first.toordinal()} {day} {last.toordinal()})")
        self.free = {name: self._reading(reading) for name, reading in rule.readings.items()}
        self.world = self.under({}, free=True)
        self.unheld: dict[str, str] = {}
        self._open = 0
        self.pool: list[tuple[Example, frozenset[str]]] = []
        if script is None:
            solvers.begin(self.script)
        self.script.holds(self.world.possible())

    def _reading(self, reading: Reading) -> str:
        """A variable for the answer to a question."""
        variable = self.script.variable("Int", "r")
        self.script.holds(or_(*(f"(= {variable} {self.codes.of(option)})" for option in reading.options)))
        return variable

    def under(self, picks: Mapping[str, str], without: str = "", free: bool = False) -> World:
        """The decision under some readings, or any, or where a fact is never given; the same facts otherwise."""
        return World(self.rule, self.script, self.codes, self.shared, day=self.day, picks=picks, version=self.as_of,
                     without=without, free=self.free if free else None)  # fmt: skip

    def beside(self, name: str) -> World:
        """The decision where one fact is another, all others the same."""
        for n in self.rule.inputs:
            if n != name:
                self.world.fact(n)
        kept = {key: fact for key, fact in self.shared.items() if key[0] != name}
        return World(self.rule, self.script, self.codes, kept, day=self.day, version=self.as_of, free=self.free)

    @cached_property
    def said(self) -> list[tuple[Provision, Mapping[Status | str, str]]]:
        """The checks that are held, with when each has each status."""
        found: list[tuple[Provision, Mapping[Status | str, str]]] = []
        for p in self.world.checks:
            try:
                found.append((p, self.world.said(p)))
            except Unheld as reason:
                self.unheld[p.id] = str(reason)
        return found

    @cached_property
    def values(self) -> list[Provision]:
        """The formulas that are held."""
        found = []
        for p in self.world.formulas.values():
            try:
                self.world.named(p.id)
                found.append(p)
            except Unheld as reason:
                self.unheld[p.id] = str(reason)
        return found

    @property
    def facts(self) -> list[Fact]:
        """The facts of this decision that are variables by now."""
        mine = ((n, e.type_name, e.label.zh, tuple(e.accepts.options)) for n, e in self.rule.inputs.items())
        return [self.shared[key] for key in mine if key in self.shared]

    def wanted(self) -> list[str]:
        """What is asked of a solver to know a case, and what is said of it."""
        states = [text for _, said in self.said for text in said.values() if text not in (TRUE, FALSE)]
        return [
            *(v for fact in self.facts for v in fact.asked),
            *self.free.values(),
            *dict.fromkeys(states),
            *self._day(),
        ]

    def _day(self) -> list[str]:
        return [] if self.day[:1].isdigit() else [self.day]

    def read(self, values: Mapping[str, str], readings: Mapping[str, str] | None = None) -> Example:
        """The case of an answer, under the readings it takes or those that are said. Raises Unheld."""
        if readings is None:
            picked = {name: self.codes.text(int(values[v])) for name, v in self.free.items()}
            readings = {name: option for name, option in picked.items() if option != self.rule.readings[name].default}
        day = dt.date.fromordinal(int(values.get(self.day, self.day)))
        return Example(self.rule.decision, self.world.facts(values), day, readings)

    # --- cases ------------------------------------------------------------------------------------------------------------

    def there_is(self, claims: Sequence[str], confirmed: bool = True) -> Settled:
        """Whether there is a case in which all claims hold; it is kept, so that the next question may need no solver.

        `confirmed`: that there is none is what both solvers say; else it is only not looked into any more.
        """
        if FALSE in claims:
            return "none"
        if any(set(claims) <= known for _, known in self.pool):
            return "found"
        wanted = self.wanted()
        if not confirmed and self.solvers.alone(claims)[0] == "unsat":
            return "none"
        answer, values, claims = self._asked(claims, wanted)
        if answer == "sat":
            try:
                example = self.read(values)
            except Unheld:
                return "found"
            if len(self.pool) < POOLED:
                self.pool.append(
                    (example, frozenset(v for v in wanted if values.get(v) == TRUE) | set(claims) | {TRUE})
                )
            return "found"
        return "none" if answer == "unsat" else "open"

    def _asked(self, claims: Sequence[str], wanted: Sequence[str]) -> tuple[Answer, dict[str, str], Sequence[str]]:
        """What the solvers say; where any date is too much for them, a case is looked for on a few."""
        answer, values = self.solvers.case(claims, wanted)
        if answer == "unknown" and not self.day[:1].isdigit():
            self._open += 1
            if self._open > PATIENCE:
                raise TooMuch
            year = self.as_of.year
            for day in (self.as_of, dt.date(year, 12, 31), dt.date(year, 6, 30)):
                some = [*claims, f"(= {self.day} {day.toordinal()})"]
                found, values = self.solvers.first.ask(some, wanted)
                if found == "sat":
                    return found, values, some
        return answer, values, claims

    def case(self, claims: Sequence[str], meant: Meant, readings: Mapping[str, str] | None = None) -> Answered:
        """The smallest case in which all claims hold, where the interpreter means the same of it."""
        wanted = self.wanted()
        if FALSE in claims:
            return Answered("none")
        whole = [not_(end.there) for fact in self.facts for end in fact.ends or ()]  # no case gives a part of a total
        answer, values, pinned = self._asked([*claims, *whole], wanted)
        if answer == "unsat" and whole:
            return Answered("none" if self._asked(claims, wanted)[0] == "unsat" else "open")
        if answer != "sat":
            return Answered("none" if answer == "unsat" else "open")
        pinned = list(pinned)
        values = self._smaller(pinned, values, wanted)
        try:
            example = self.read(values, readings)
        except Unheld:
            return Answered("open")
        return Answered("found", example) if self.stands(example, meant) else Answered("open")

    def pinned(self, example: Example, names: Iterable[str]) -> list[str]:
        """That some facts are as in a case, and so are the date and the answers to questions."""
        readings = {r: example.readings.get(r, self.rule.readings[r].default) for r in self.free}
        return [
            self.world.told(example.facts, names),
            *(f"(= {self.free[r]} {self.codes.of(option)})" for r, option in readings.items()),
            *(f"(= {day} {example.as_of.toordinal()})" for day in self._day()),
        ]

    def lessened(self, example: Example, meant: Meant) -> Example:
        """The case without the facts that are not needed, where the interpreter says what is needed."""
        for name in reversed([*example.facts.given, *example.facts.not_yet]):
            less = without(example, name)
            example = less if self.stands(less, meant) else example
        return example

    def stands(self, example: Example, meant: Meant) -> bool:
        """Whether the interpreter means the same of a case, and a user could give it."""
        facts = example.facts
        if not all(within(self.rule.inputs[name], value) for name, value in facts.given.items()):
            return False
        verdict = Verdict(self.rule, facts, example.as_of, example.readings)
        return not contradicted(verdict.base) and meant(verdict)

    def _smaller(self, pinned: list[str], values: dict[str, str], wanted: Sequence[str]) -> dict[str, str]:
        """A case with as few facts as can be, then with round ones; `pinned` holds what is settled of it so far."""
        at_hand = [values]
        for one, so_already in self._simpler(lambda: at_hand[-1]):
            if so_already:  # and what follows is not to change it
                pinned.append(one)
                continue
            answer, found = self.solvers.first.ask([*pinned, one], wanted)
            if answer == "sat":
                at_hand.append(found)
                pinned.append(one)
        return at_hand[-1]

    def _simpler(self, now: Now) -> Iterator[tuple[str, bool]]:
        """What would make a case simpler, the most wanted first, and whether it is so in the case at hand."""
        for name, variable in self.free.items():
            default = str(self.codes.of(self.rule.readings[name].default))
            yield f"(= {variable} {default})", now()[variable] == default
        for fact in self.facts:
            if fact.not_yet != FALSE:
                yield not_(fact.not_yet), now()[fact.not_yet] != TRUE
        for fact in reversed(self.facts):
            silent = not_(fact.given) if fact.not_yet == FALSE else f"(and {not_(fact.given)} {not_(fact.not_yet)})"
            yield silent, now()[fact.given] != TRUE and now().get(fact.not_yet) != TRUE
        for day in self._days() if not self.day[:1].isdigit() else ():
            here = now()[self.day] == str(day.toordinal())
            yield f"(= {self.day} {day.toordinal()})", here
            if here or now()[self.day] == str(day.toordinal()):
                break
        yield from ((one, False) for one in self._bounded(now))
        for fact in self.facts:
            for claim, there in self._rounder(fact, now) if now()[fact.given] == TRUE else ():
                here = there(now())
                yield claim, here
                if here or there(now()):
                    break

    def _bounded(self, now: Now) -> Iterator[str]:
        """That all counts and other plain numbers of a case are small: found more easily at once than one by one."""
        some = [
            f.value
            for f in self.facts
            if f.entry.type.kind == "number" and f.entry.type_name not in ("money", "share") and now()[f.given] == TRUE
        ]
        if len(some) < 2:
            return
        for most in (10, 100):
            if self._largest(some, now) <= most:
                return
            yield and_(*(f"(<= (- {most}) {value} {most})" for value in some))
        found = [as_number(now()[value]) or Fraction(0) for value in some]
        common = gcd(*(n.numerator for n in found))
        if common > 1 and all(n.denominator == 1 and n >= 0 for n in found):
            yield and_(*(f"(= {value} {n.numerator // common})" for value, n in zip(some, found, strict=True)))

    def _largest(self, some: Sequence[str], now: Now) -> Fraction:
        return max(abs(as_number(now()[value]) or Fraction(0)) for value in some)

    def _days(self) -> list[dt.date]:
        marks = sorted({n.value for node in expressions(self.rule) for n in ir.walk(node)
                        if isinstance(n, ir.Const) and isinstance(n.value, dt.date)})  # fmt: skip
        year = self.as_of.year
        ends = [dt.date(y, 12, 31) for y in range(year, year + 6)] + [
            dt.date(y, 6, 30) for y in range(year - 3, year + 6)
        ]
        return list(
            dict.fromkeys([self.as_of, *ends, *marks, *(m + dt.timedelta(1) for m in marks if m < dt.date.max)])
        )

    def _rounder(self, fact: Fact, now: Now) -> Iterator[tuple[str, Callable[[Mapping[str, str]], bool]]]:
        """Values for a fact, the simplest first: what is claimed of it, and whether a case has it already."""
        if fact.members:
            for member in fact.members.values():
                yield not_(member), lambda now: False
            return
        for option in self.plainer(fact, lambda: self.world.valued(fact, now())):
            claim = self.world.told(Facts({fact.entry.name: option}), [fact.entry.name])
            yield claim, lambda now, option=option: self.world.valued(fact, now) == option  # type: ignore[misc]

    def plainer(self, fact: Fact, now: Callable[[], Known | None]) -> Iterator[Known]:
        """Values a fact may have, the plainest first, at last such as lie near the one it has in a case at hand."""
        yield from self.plain(fact)
        value, entry = now(), fact.entry
        if isinstance(value, Fraction):
            near: Iterable[Known] = near_number(value)
        else:
            near = near_day(value, self.as_of) if isinstance(value, dt.date) else ()
        for option in near:
            whole = not isinstance(option, Fraction) or option.denominator == 1 or not entry.type.integer
            if whole and within(entry, option):
                yield option

    def others(self, example: Example, name: str) -> Iterator[Example]:
        """A case with other values of one of its facts, the plainest; without a date, that it has not come."""
        fact, here = self.world.fact(name), example.facts
        rest = {n: v for n, v in here.given.items() if n != name}
        if fact.not_yet != FALSE:
            yield replace(example, facts=replace(here, given=rest, not_yet=here.not_yet | {name}))
        options: Iterable[Known] = islice(self.plain(fact), OTHERS)
        if fact.members:
            had = here.given[name]
            options = [frozenset((o,)) ^ had for o in fact.members if isinstance(had, frozenset)]
        for option in options:
            if option != here.given[name]:
                yield replace(example, facts=replace(here, given={**rest, name: option}))

    def plain(self, fact: Fact) -> Iterator[Known]:
        """Values a fact may have, the plainest first; of a set none."""
        kind, entry = fact.entry.type.kind, fact.entry
        options: Iterable[Known]
        if kind == "number":
            options = self._numbers(fact)
        elif kind == "date":
            options = self._days()
        elif kind == "flag":
            options = (True, False)
        else:
            options = list(entry.type.options) if kind != "set" else ()
        for option in options:
            whole = not isinstance(option, Fraction) or option.denominator == 1 or not entry.type.integer
            if whole and within(entry, option):
                yield option

    def _numbers(self, fact: Fact) -> list[Fraction]:
        written = {n.value for node in expressions(self.rule) for n in ir.walk(node) if isinstance(n, ir.Number)}
        share = fact.entry.type_name == "share"
        near = (SHARES, ()) if share else (SMALL, LARGE)
        money = fact.entry.type_name == "money"
        first = [n for n in LARGE if n >= 10_000] if money else near[0]
        written = {n for n in written if not money or n.denominator == 1}
        plain = dict.fromkeys([*first, *sorted(written), *near[0], *near[1]])
        return [*plain, *(-n for n in plain if n)]


def around(as_of: dt.date) -> tuple[dt.date, dt.date]:
    """The years around a date that are asked about, all of them in the years of `FIRST` to `LAST`."""
    before, after = YEARS
    first, last = (
        dt.date(max(as_of.year - before, FIRST.year), 1, 1),
        dt.date(min(as_of.year + after, LAST.year - 1), 12, 31),
    )
    return min(first, as_of), max(last, as_of)


def span(rule: Rule, as_of: dt.date) -> tuple[dt.date, dt.date]:
    """The dates around one on which the same versions of the provisions stand."""
    first, last = around(as_of)
    here = [id(p) for p in rule.at(as_of)]
    if len(rule.ids) == len(rule.provisions):
        return first, last
    marks = {
        d + dt.timedelta(n) for p in rule.provisions for d in (p.valid_from, p.valid_until) if d for n in (-1, 0, 1)
    }
    for mark in sorted(marks):
        if [id(p) for p in rule.at(mark)] != here:
            if mark < as_of:
                first = max(first, mark + dt.timedelta(1))
            else:
                last = min(last, mark - dt.timedelta(1))
    return first, last


def one_day(rule: Rule, as_of: dt.date) -> dt.date:
    """The day of the year that is asked about alone: its last, when a month, a quarter and a year end, or the last in force."""
    ends = [p.valid_until for p in rule.at(as_of) if p.valid_until and p.valid_until >= as_of]
    return min([as_of.replace(month=12, day=31), span(rule, as_of)[1], *ends])


def status_named(p: Provision, state: str) -> Status:
    """A state of a check as its status."""
    assert state in STATES
    return FAILED[p.force] if state == "failed" else state  # type: ignore[return-value]


def has(p: Provision, state: str, readings: Mapping[str, str] | None = None) -> Meant:
    """That a check has a state, for the interpreter."""

    def meant(verdict: Verdict) -> bool:
        here = next(q for q in verdict.checks if q.id == p.id)
        return verdict.status(here, readings or {}) == status_named(p, state)

    return meant


def judged(p: Provision) -> Meant:
    """That a check is met or broken."""
    return lambda verdict: has(p, "satisfied")(verdict) or has(p, "failed")(verdict)


def both(*meanings: Meant) -> Meant:
    """That several things hold of a case."""
    return lambda verdict: all(one(verdict) for one in meanings)


def without(example: Example, name: str) -> Example:
    """A case without one of its facts."""
    facts = example.facts
    given = {n: v for n, v in facts.given.items() if n != name}
    return replace(example, facts=replace(facts, given=given, not_yet=facts.not_yet - {name}))
