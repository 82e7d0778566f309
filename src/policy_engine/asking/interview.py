"""A case asked for fact by fact: what can still change the answer, the decisive first. The answer is always that of what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, product
from random import Random
from typing import Final, NamedTuple

from policy_engine.asking.forced import only_value
from policy_engine.asking.useful import useful
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Known, to_json
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, read_facts, within
from policy_engine.deciding.outcome import OutcomeName
from policy_engine.deciding.situation import silent
from policy_engine.explaining.decision import Decision, Finding, FormulaResult, decide
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Rule

TRIED: Final = 60
ROUND: Final = tuple(Fraction(10**power) for power in (2, 6, 9))


class Completion(NamedTuple):
    """Two cases that differ in one fact and in their outcome; what both have besides what was said. None: a date not yet come."""

    facts: Mapping[str, Known | None]
    one: tuple[Known | None, OutcomeName]
    other: tuple[Known | None, OutcomeName]


@dataclass(frozen=True, kw_only=True)
class Interview:
    """What was said so far, as it was said; names of which the answer is not known. Immutable: each step gives another.

    `follows`: answers among them that nobody said, since what was said leaves no other.
    """

    rule: Rule
    as_of: dt.date
    chosen: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    decision: Decision = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Decide the case as far as it is told. Raises PolicyError for facts that cannot be, or cannot be together."""
        found = decide(self.rule, read_facts(self.rule, self.answers), self.as_of, self.chosen)
        object.__setattr__(self, "decision", found)

    @cached_property
    def _useful(self) -> tuple[str, ...]:
        """What evaluation waits for and can change something, the decisive first."""
        if not self.decision.missing:
            return ()
        found = useful(Verdict(self.rule, read_facts(self.rule, self.answers), self.as_of, self.chosen))
        return tuple(name for name in found if name in self.decision.missing)

    @property
    def idle(self) -> tuple[str, ...]:
        """What evaluation waits for though it changes nothing, whatever it is, while the rest is as it is: it is not asked for."""
        return tuple(name for name in self.decision.missing if name not in self._useful)

    @property
    def questions(self) -> tuple[Input, ...]:
        """What evaluation waits for, can change something, and nobody has been asked yet, the decisive first."""
        return tuple(self.decision.inputs[name] for name in self._useful if name not in self.unknown)

    def answer(self, name: str, said: object) -> Interview:
        """The interview with a fact said, or said otherwise than before. Raises PolicyError and nothing has changed."""
        entry = self.decision.rule.called(name)
        known = name if entry is None else entry.name
        unknown = tuple(one for one in self.unknown if one != known)
        return replace(self, answers={**self._said_but(known), known: said}, unknown=unknown, follows=())

    def skip(self, name: str) -> Interview:
        """The interview with a fact said to be not known; it is not asked for again."""
        unknown = (*(one for one in self.unknown if one != name), name)
        return replace(self, answers=self._said_but(name), unknown=unknown, follows=())

    def _said_but(self, name: str) -> dict[str, object]:
        """What was said, but for a fact, whatever it was called, and for what only follows."""
        called = {word: entry.name if (entry := self.rule.called(word)) else word for word in self.answers}
        return {word: said for word, said in self.answers.items() if called[word] not in (name, *self.follows)}

    def settled(self) -> Interview:
        """The interview with every question answered to which what was said leaves one answer alone."""
        now, refused = self, set[str]()
        while True:
            given = read_facts(now.rule, now.answers)
            names = (entry.name for entry in now.questions if entry.name not in refused)
            ways = ((name, only_value(now.rule, given, now.as_of, now.chosen, name)) for name in names)
            name, value = next(((name, value) for name, value in ways if value is not None), ("", None))
            if value is None:
                return now
            try:
                now = replace(now, answers={**now.answers, name: to_json(value)}, follows=(*now.follows, name))
            except PolicyError:
                refused.add(name)  # nobody said it: it is asked for, and what is said is judged then

    def waiting(self, name: str) -> tuple[Finding | FormulaResult, ...]:
        """The checks, else the formulas, that wait for a fact."""
        checks = tuple(finding for finding in self.decision.findings if name in finding.missing)
        return checks or tuple(r for r in self.decision.results if name in getattr(r.value, "missing", ()))

    def completion(self, name: str) -> Completion | None:
        """Two ways the case may turn out that differ in this fact and in the outcome; None where the search finds none.

        The same for the same case: drawn from the values that the rule speaks of, with nothing more than is needed.
        """
        given, draw = read_facts(self.rule, self.answers), Random(0)  # noqa: S311  (the same for the same case, no secret)
        lists = {*self.rule.rows, *(total for listed in given.rows for total in self.rule.rows[listed].totals)}
        inputs = {n: entry for n, entry in self.decision.inputs.items() if n not in lists}
        if name not in inputs:
            return None
        candidates = {n: list(_candidates(e, self.rule, self.as_of)) for n, e in inputs.items()}
        told = {*given.given, *given.not_yet, *silent(self.rule, {*given.given, name}), name}
        open_ = [n for n, values in candidates.items() if values and n not in told]
        for _ in range(TRIED):
            rest = {n: draw.choice(candidates[n]) for n in open_}
            found = self._differing(given, rest, name, candidates[name])
            if found is not None:
                return self._least(given, found, name)
        return None

    def _outcome(self, given: Facts, more: Mapping[str, Known]) -> OutcomeName | None:
        """The outcome with more facts; None where they cannot be together."""
        case = Verdict(self.rule, replace(given, given={**given.given, **more}), self.as_of, self.chosen)
        return None if contradicted(case.base) else case.outcome()

    def _differing(self, given: Facts, rest: Mapping[str, Known], name: str, values: list[Known]) -> Completion | None:
        outcomes = dict[OutcomeName, Known]()
        for value in values:
            outcome = self._outcome(given, {**rest, name: value})
            if outcome is not None and outcome != "undetermined":
                outcomes.setdefault(outcome, value)
        if len(outcomes) < 2:
            return None
        (first, one), (second, other) = list(outcomes.items())[:2]
        return Completion(rest, (one, first), (other, second))

    def _least(self, given: Facts, found: Completion, name: str) -> Completion:
        """The same two outcomes with as few other facts as the search can do without."""
        rest = {n: v for n, v in found.facts.items() if v is not None}
        for fact in found.facts:
            fewer = {n: v for n, v in rest.items() if n != fact}
            ways = ((v, o) for v, o in (found.one, found.other) if v is not None)
            if all(self._outcome(given, {**fewer, name: v}) == o for v, o in ways):
                rest = fewer
        return found._replace(facts=rest)


def _candidates(entry: Input, rule: Rule, today: dt.date) -> Iterator[Known]:
    """Values of an input that may tell cases apart, those that the rule speaks of first."""
    kind = entry.type.kind
    if kind == "flag":
        yield from (True, False)
    elif kind == "choice":
        yield from entry.options
    elif kind == "set":
        yield from (frozenset(), *(frozenset((option,)) for option in entry.options))
    elif kind == "date":
        spoken = (v for v in _spoken(rule) if isinstance(v, dt.date))
        yield from dict.fromkeys(v for v in (today, today - dt.timedelta(days=400), *spoken) if within(entry, v))
    elif kind == "number":
        share = entry.type_name == "share"
        step, fixed = (Fraction(1, 100), (Fraction(0), Fraction(1))) if share else (Fraction(1), (Fraction(0), *ROUND))
        numbers = [v for v in _spoken(rule) if isinstance(v, Fraction) and (v <= 1 if share else v >= 1)]
        around = (v + by for v, by in product(numbers, (Fraction(0), -step, step)))
        integer = entry.type.integer
        found = [
            v for v in dict.fromkeys(chain(fixed, around)) if within(entry, v) and (not integer or v.denominator == 1)
        ]
        yield from found or (b.value for b in entry.bounds if within(entry, b.value))


def _spoken(rule: Rule) -> Iterator[Known]:
    """The literals of a rule."""
    for p in rule.provisions:
        for node in (p.applies, p.require, p.value, p.due):
            for part in () if node is None else ir.walk(node):
                if isinstance(part, ir.Number | ir.Const):
                    yield part.value
