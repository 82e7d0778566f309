"""What the answer to a question of an interview can change: two cases that differ in it alone, or that there are none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from policy_engine.asking.interview import Completion, Interview
from policy_engine.basics.values import Known, Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, read_facts, within
from policy_engine.deciding.outcome import FAILED, GRAVITY, OUTCOMES, OutcomeName
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision
from policy_engine.solving.formula import FALSE, TRUE, Script, and_, not_, or_
from policy_engine.solving.line import waited
from policy_engine.solving.lists import as_told
from policy_engine.solving.solvers import Answer, Solvers
from policy_engine.solving.study import Example
from policy_engine.solving.sym import Unheld, same
from policy_engine.solving.terms import Codes
from policy_engine.solving.tidy import candidates, plain, tidied
from policy_engine.solving.world import FIRST, LAST, STATES, World

OPEN: Final = "undetermined"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an answer can change: the outcome, of which `two` are ways; provisions alone, of which `about` is one; nothing.

    `something`: provisions, of which `about` is one; whether the outcome too is not settled. `impossible`: what was said cannot be together, whatever is answered. This, and that the outcome, or anything, stays the same, is what
    both solvers say; the rest was decided by the interpreter.
    """

    changes: Literal["outcome", "provision", "something", "nothing", "impossible"]
    two: Completion | None = None
    about: str = ""


def effect_of(interview: Interview, name: str, solvers: Solvers) -> Effect | None:
    """What the answer to a question can change, whatever the other answers will be; None where that is not settled."""
    try:
        return _Question(interview, name, solvers).effect()
    except Unheld:
        return None


class _Question:
    """A case as far as it is told, twice: all that is not told may be anything, one fact another in each. Raises Unheld."""

    def __init__(self, interview: Interview, name: str, solvers: Solvers) -> None:
        self.as_of, self.chosen, self.name, self.solvers = interview.as_of, interview.chosen, name, solvers
        told = read_facts(interview.rule, interview.answers)
        self.rule, self.told, rows = as_told(interview.rule, told)
        if any(isinstance(value, dt.date) and not FIRST <= value <= LAST for value in self.told.given.values()):
            raise Unheld(f"a date before {FIRST} or after {LAST}")
        if name not in self.rule.inputs or self.rule.inputs[name].type.kind == "text":
            raise Unheld(name)
        self.script, codes = Script(), Codes({v for v in self.told.given.values() if isinstance(v, str)})
        self.inputs = [n for n, e in self.rule.inputs.items() if e.type.kind != "text"]
        day = str(self.as_of.toordinal())
        one = World(self.rule, self.script, codes, {}, day=day, picks=self.chosen, version=self.as_of)
        facts = [one.fact(n) for n in self.inputs]
        kept = {key: fact for key, fact in one.shared.items() if key[0] != name}
        other = World(self.rule, self.script, codes, kept, day=day, picks=self.chosen, version=self.as_of)
        self.worlds, self.idles = (one, other), [n for n in self.inputs if self.rule.inputs[n].when != ir.TRUE]
        self.script.holds(
            one.told(self.told, [n for n in self.rule.inputs if n in {*self.told.given, *self.told.not_yet}])
        )
        for world in self.worlds:
            self.script.holds(or_(world.fact(name).given, world.fact(name).not_yet))
            with suppress(Unheld):  # then more is asked about than can be, and what is found is decided again
                self.script.holds(world.possible())
        for fact in (*facts, other.fact(name)):
            self.script.holds(not_(and_(fact.given, fact.not_yet)))
        self.complete = and_(*(or_(fact.given, fact.not_yet) for fact in facts if fact.entry.name != name))
        parts = [end.there for fact in facts for end in fact.ends or ()]
        self.nobodys = [not_(text) for text in (*(f.given for f in facts if f.entry.name in rows), *parts)]
        self.later = [world.fact(n).not_yet for world in self.worlds for n in self.inputs if n not in self.told.not_yet]
        for world in self.worlds:  # what rests on the fact has to be put to the solvers; what does not is alike in both
            self._bearing(world)
        solvers.begin(self.script)

    def effect(self) -> Effect | None:
        """What the answer can change."""
        none = True
        for claims, parts in self._outcomes_differ():
            for first in ([not_(or_(*self.later))], []):
                two, settled = self._two([*claims, *first])
                if two is not None:
                    return Effect(changes="outcome", two=two)
            none = none and (settled or (bool(parts) and all(self.solvers.case(part)[0] == "unsat" for part in parts)))
        answer, values = self._case([self._provisions_differ()])
        if answer == "unsat":
            if not none:
                return None
            can = self.solvers.case([self.complete])[0]
            return Effect(changes="impossible" if can == "unsat" else "nothing")
        about = self._changed(values) if answer == "sat" else ""
        return Effect(changes="provision" if none else "something", about=about) if about else None

    # --- what is asked ------------------------------------------------------------------------------------------------

    def _bearing(self, world: World) -> list[Provision]:
        """The provisions that are put to the solvers. Raises Unheld where one of the others rests on the fact."""
        found = []
        for p in world.provisions:
            try:
                if p.is_formula:
                    world.named(p.id)
                else:
                    world.said(p)
                found.append(p)
            except Unheld:
                if self.name in world.uses[p.id]:
                    raise
        return found

    def _outcomes(self, world: World, *, idle: bool) -> dict[OutcomeName, str]:
        """When the case has each outcome; `idle`: a formula may wait for facts that do not matter, and then says nothing."""
        there: dict[OutcomeName, list[str]] = {outcome: [] for outcome in OUTCOMES}
        for p in self._bearing(world):
            if p.is_formula:
                if not p.step:  # says something, which is compliant where nothing else is said
                    there["not_applicable"].append(world.named(p.id).known)
                    there[OPEN].append(self._waits(world, p, idle=idle))
                continue
            for state in ("satisfied", "pending"):
                there[GRAVITY[state]].append(world.said(p)[state])
            there[GRAVITY[FAILED[p.force]]] += [world.said(p)["failed"]] if p.force != "option" else []
            there[OPEN].append(self._waits(world, p))
        says = or_(*there.pop("not_applicable"))
        found: dict[OutcomeName, str] = {}
        graver = FALSE
        for outcome, ways in there.items():
            here = or_(*ways)
            found[outcome] = and_(here, not_(graver))
            graver = self.script.let(or_(graver, here), "Bool")
        found["compliant"] = or_(found["compliant"], and_(says, not_(graver)))
        found["not_applicable"] = and_(not_(says), not_(graver))
        return {outcome: self.script.let(text, "Bool") for outcome, text in found.items()}

    def _waits(self, world: World, p: Provision, *, idle: bool = False) -> str:
        """When a provision leaves the outcome open."""
        if not p.is_formula:
            return world.said(p)[OPEN] if p.force != "option" else FALSE
        idles = [n for n in self.idles if n in world.uses[p.id]] if idle else []
        told = (or_(world.fact(n).given, world.fact(n).not_yet, not_(self._idle(world, n))) for n in idles)
        return and_(world.may_apply(p), not_(world.named(p.id).known), *told)

    def _told_or_idle(self, world: World) -> str:
        """That every fact but those that do not matter is told: a formula then waits for these alone, or is left open."""
        facts = ((n, world.fact(n)) for n in self.inputs)
        return and_(
            *(or_(fact.given, fact.not_yet, self._idle(world, n) if n in self.idles else FALSE) for n, fact in facts)
        )

    def _idle(self, world: World, name: str) -> str:
        """When a fact does not matter; where that is not put to the solvers more is asked about than can be."""
        try:
            return world.terms.term(self.rule.inputs[name].when).false
        except Unheld:
            return TRUE

    def _outcomes_differ(self) -> list[tuple[list[str], list[list[str]]]]:
        """Ways to differ: both are told by what is given; the text leaves one open though everything is given.

        Beside each, parts of which one is so where it is so.
        """
        asked: list[tuple[list[str], list[list[str]]]] = []
        for idle in (False, True):
            one, other = (self._outcomes(world, idle=idle) for world in self.worlds)
            apart = or_(*(and_(one[o], not_(other[o])) for o in OUTCOMES if o != OPEN))
            claims = [apart, not_(one[OPEN]), not_(other[OPEN])]
            claims += [self._told_or_idle(world) for world in self.worlds if idle and self.idles]
            asked += [(claims, [])] if (claims, []) not in asked else []
        broken = one["non_compliant"], other["non_compliant"]
        bearing = [p for p in self._bearing(self.worlds[0]) if self.name in self.worlds[0].uses[p.id]]
        waits = [tuple(self._waits(world, p) for world in self.worlds) for p in bearing]
        parts = [[self.complete, and_(*pair)] for a, b in [*waits, broken] for pair in ((a, not_(b)), (b, not_(a)))]
        left = or_(and_(one[OPEN], not_(other[OPEN])), and_(other[OPEN], not_(one[OPEN])))
        return [*asked, ([self.complete, left], parts)]

    def _provisions_differ(self) -> str:
        """That a provision says one thing and another, or has nothing to say in one of the two though everything is given."""
        one, other = self.worlds
        settled, ever = [], []
        for p in self._bearing(one):
            if self.name not in one.uses[p.id]:
                continue
            if p.is_formula:
                a, b = one.named(p.id), other.named(p.id)
                apart = FALSE if FALSE in (a.known, b.known) else not_(same(a, b))
                settled.append(and_(a.known, b.known, apart))
                pairs = ((a.known, b.known), (one.may_apply(p), other.may_apply(p)))
            else:
                before, after = one.said(p), other.said(p)
                pairs = tuple((before[state], after[state]) for state in STATES)  # type: ignore[assignment]
                apart = or_(*(and_(before[state], not_(after[state])) for state in STATES if state != OPEN))
                settled.append(and_(apart, not_(before[OPEN]), not_(after[OPEN])))
            ever += [or_(and_(a_, not_(b_)), and_(b_, not_(a_))) for a_, b_ in pairs]
        return or_(*settled, and_(self.complete, or_(*ever)))

    @cached_property
    def _wanted(self) -> list[str]:
        one, other = self.worlds
        return [*(v for n in self.inputs for v in one.fact(n).asked), *other.fact(self.name).asked]

    # --- and found ------------------------------------------------------------------------------------------------------

    def _case(self, claims: list[str]) -> tuple[Answer, dict[str, str]]:
        """A case that a user could give, without a row of a list nobody told of; `unsat` where there is none with one either."""
        answer, values = self.solvers.case([*claims, *self.nobodys], self._wanted)
        if answer == "unsat" and self.nobodys:
            return ("unsat" if self.solvers.case(claims)[0] == "unsat" else "unknown"), {}
        return answer, values

    def _two(self, claims: list[str]) -> tuple[Completion | None, bool]:
        """Two ways decided by the interpreter, with no more facts than are needed; else whether both solvers say there are none."""
        if FALSE in claims:
            return None, True
        answer, values = self._case(claims)
        if answer != "sat":
            return None, answer == "unsat"
        both = self._read(values)
        ends = [self._final(facts) for facts in both]
        if None in ends or ends[0] == ends[1]:
            return None, False
        ways = [facts.given.get(self.name) for facts in both]
        begun = Example(self.rule.decision, self._with(both[0], None), self.as_of, {})

        def stands(example: Example) -> bool:
            here = example.facts
            if any(here.given.get(n) != v for n, v in self.told.given.items()) or self.name in here.given:
                return False
            return self.told.not_yet <= here.not_yet and [self._final(self._with(here, v)) for v in ways] == ends

        if not stands(begun):  # the fact not yet come is told by what is given beside it
            return None, False
        rest = tidied(self.rule, begun, stands).facts
        for late in sorted(rest.not_yet - self.told.not_yet - {self.name}):
            less = replace(rest, not_yet=rest.not_yet - {late})
            rest = less if stands(replace(begun, facts=less)) else rest
        shown = [self._plainer(rest, v, end) for v, end in zip(ways, ends, strict=True)]
        more: dict[str, Known | None] = {n: v for n, v in rest.given.items() if n not in self.told.given}
        more |= dict.fromkeys(sorted(rest.not_yet - self.told.not_yet - {self.name}))
        (one, first), (other, second) = zip(shown, ends, strict=True)
        assert first is not None
        assert second is not None
        return Completion(more, (one, first), (other, second)), True

    def _plainer(self, rest: Facts, value: Known | None, end: OutcomeName | None) -> Known | None:
        """A plain number with the same outcome, where there is one."""
        if plain(value):
            return value
        others = candidates(self.rule, self.rule.inputs[self.name], rest)
        return next((one for one in others if self._final(self._with(rest, one)) == end), value)

    def _read(self, values: Mapping[str, str]) -> tuple[Facts, Facts]:
        """Both cases of an answer. Raises Unheld for a number that is not written out."""
        one, other = (world.facts(values) for world in self.worlds)
        return replace(one, justifications=self.told.justifications), self._with(one, other.given.get(self.name))

    def _with(self, facts: Facts, value: Known | None) -> Facts:
        """The case with the fact; None: with it as a date that is not yet, or without it where it is none."""
        given = {n: v for n, v in facts.given.items() if n != self.name}
        later = facts.not_yet - {self.name}
        if value is not None:
            return replace(facts, given={**given, self.name: value}, not_yet=later)
        dated = self.rule.inputs[self.name].type.kind == "date"
        return replace(facts, given=given, not_yet=later | {self.name} if dated else later)

    def _verdict(self, facts: Facts) -> Verdict | None:
        """The case decided; None where a user could not give it."""
        if not all(within(self.rule.inputs[name], value) for name, value in facts.given.items()):
            return None
        verdict = Verdict(self.rule, facts, self.as_of, self.chosen)
        return None if contradicted(verdict.base) else verdict

    def _final(self, facts: Facts) -> OutcomeName | None:
        """The outcome that stays whatever is told besides; None where it waits for more."""
        verdict = self._verdict(facts)
        if verdict is None:
            return None
        outcome = verdict.outcome()
        return None if outcome == OPEN and waited(verdict) else outcome

    def _changed(self, values: Mapping[str, str]) -> str:
        """The first provision of which the interpreter says one thing and another; empty where there is none."""
        before, after = map(self._verdict, self._read(values))
        if before is None or after is None:
            return ""
        for p, q in zip(before.checks, after.checks, strict=True):
            states = before.status(p), after.status(q)
            waits = [v.missing(one) for v, one, s in zip((before, after), (p, q), states, strict=True) if s == OPEN]
            if states[0] != states[1] and not any(waits):
                return p.id
        for p, q in zip(before.formulas, after.formulas, strict=True):
            a, b = before.result(p).value, after.result(q).value
            if a != b and not any(isinstance(v, Unknown) and v.missing for v in (a, b)):
                return p.id
        return ""
