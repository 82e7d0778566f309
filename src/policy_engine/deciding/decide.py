"""What a rule says of one case: statuses, values, the outcome; what it assumes, waits for, and says if read otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, NamedTuple, Self, TypeVar

from policy_engine.basics.errors import PolicyError, did_you_mean, problem
from policy_engine.basics.values import Known, Unknown, Value, merge
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import FAILED, Alternative, OutcomeName, Status, bearing, outcome_of
from policy_engine.deciding.outline import Outline, bare, outline
from policy_engine.deciding.situation import Situation, silent
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.rulebook.bounds import bounded
from policy_engine.rulebook.rows import unfolded
from policy_engine.rulebook.rule import Bound, Provision, Rule

Choice = tuple[tuple[str, str], ...]
DEFAULTS: Final[Mapping[str, str]] = {}
Made = TypeVar("Made")
Of = TypeVar("Of")


class Worked(NamedTuple):
    """What a formula gives: a value, or Unknown with what it waits for; whether it has something to say."""

    value: Value
    applies: bool


class Verdict:
    """One case as of a date, under every choice of readings; each provision is worked out once for those it tells apart.

    Raises PolicyError for readings that are not of the rule.
    """

    def __init__(
        self, rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], today: dt.date | None = None
    ) -> None:
        check_readings(rule, chosen)
        self.told = rule, facts
        rule, facts = as_least(rule, facts, as_of if today is None else today)
        self._begin(outline(rule, as_of), rule, facts.given, silent(rule, facts.given), as_of, chosen, today)

    def _begin(
        self, said: Outline, rule: Rule, given: Mapping[str, Known], taken: frozenset[str], as_of: dt.date, chosen: Mapping[str, str],
        today: dt.date | None,
    ) -> None:  # fmt: skip
        self.rule, self.given, self.as_of, self.chosen, self.today = rule, given, as_of, chosen, today
        self.outline, self.choices, self.checks = said, said.choices(chosen), said.checks
        self.formulas = tuple(said.formulas.values())
        self._situations: dict[Choice, Situation] = {}
        self._known: dict[tuple[int, Choice], Status | Worked] = {}
        self._silent = taken

    @cached_property
    def base(self) -> Situation:
        """The case as the text is read by default."""
        return Situation(self.rule, self.given, self.as_of, self.chosen, self.today, taken=self._silent)

    def kept(self, p: Of, make: Callable[[Of, Self], Made]) -> Made:
        """What is made of a check, or of all formulas, for this case; a reading that made it before for the same facts gives that."""
        return make(p, self)

    def gap(self, p: Provision) -> Fraction | Literal[False] | None:
        """How far apart the sides of the comparison that decides are, None where none does; False where that is not said at once."""
        return False

    def would(self, p: Provision, status: Status, name: str, value: Known) -> bool | None:
        """Whether a check, judged by now, would have a status, and the facts be possible, with one fact as said; None if not said at once."""
        return None

    def limits(self, p: Provision, status: Status | None, name: str) -> Sequence[Bound] | None:
        """What a fact alone must keep for the facts to be possible, and a check to have a status; None where that is not said at once."""
        return None

    def _under(self, p: Provision, choice: Mapping[str, str]) -> tuple[tuple[int, Choice], Situation]:
        """The case under those of the choices that a provision uses, and the key for what it says there."""
        used = self.outline.asked[p.id]
        picks = tuple(pick for pick in choice.items() if pick[0] in used)
        if picks not in self._situations:
            self._situations[picks] = self.base.under(dict(picks)) if picks else self.base
        return (id(p), picks), self._situations[picks]

    def status(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Status:
        """The status of a check under a choice."""
        key, situation = self._under(p, choice)
        if key not in self._known:
            self._known[key] = status_of(p, situation)
        return self._known[key]  # type: ignore[return-value]

    def result(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Worked:
        """What a formula gives under a choice."""
        key, situation = self._under(p, choice)
        if key not in self._known:
            value = situation[p.id]
            value = situation.awaited(value) if isinstance(value, Unknown) else value
            self._known[key] = Worked(value, situation.says(p))
        return self._known[key]  # type: ignore[return-value]

    @cached_property
    def bare(self) -> Situation:
        """The case in which silence means nothing."""
        base = self.base
        return Situation(bare(base.rule), base.given, base.as_of, base.chosen, base.today)

    def assumes(self, p: Provision) -> tuple[str, ...]:
        """What a provision rests on that nobody gave: what it waits for where nothing is assumed, unless it says the same.

        What alone unsettles it where it is not assumed is among that: with less told, no less is waited for.
        """
        silent = self._silent and self._silent & self.outline.waits[p.id]
        if not silent or self.stands(p):
            return ()
        waits = silent.intersection(self.barely(p))
        return tuple([name for name in self.rule.inputs if name in waits])

    def barely(self, p: Provision) -> Iterable[str]:
        """The facts a provision waits for where nothing is assumed; a value for those too that say whether these matter."""
        missing = waiting(p, self.bare).missing
        whens = [self.bare.of(self.rule.inputs[n].when) for n in missing if p.is_formula and n in self.rule.inputs]
        return (*missing, *merge(whens).missing)

    def stands(self, p: Provision) -> bool:
        """Whether a provision says the same where nothing is assumed."""
        return _said(p, self.base) == _said(p, self.bare)

    def path(self, p: Provision) -> tuple[ir.Node, ...]:
        """The value of a formula, and what of it decided: the conditions that hold, each with its value."""
        told: tuple[ir.Node, ...] = () if p.value is None else (p.value,)
        if p.parts and not isinstance(self.base[p.id], Unknown):
            while isinstance(node := told[-1], ir.Cases):
                told += taken(node, self.base.of)
        return told

    def missing(self, p: Provision) -> tuple[str, ...]:
        """The facts a provision waits for; before it is due those alone that may settle it before."""
        return self.awaited(p).missing

    def awaited(self, p: Provision) -> Unknown:
        """The same, with what else keeps it open."""
        return open_facts(p, self.base)

    def outcome(self, choice: Mapping[str, str] = DEFAULTS) -> OutcomeName:
        """The outcome under a choice."""
        results = [(p, self.result(p, choice)) for p in self.formulas if p.origin is None]  # rows bear by their uses
        statuses = [bearing(p, self.status(p, choice)) for p in self.checks]
        return outcome_of(statuses, [(p, r.value) for p, r in results if r.applies])

    def readings(self, p: Provision) -> tuple[Alternative, ...]:
        """What a provision says otherwise under other readings; choices of what it does not use are left out."""
        differing = [choice for choice in self.choices if self.outline.asked[p.id].issuperset(choice)]
        if p.is_formula:
            value = self.result(p).value
            others = [Alternative(choice, value=self.result(p, choice).value) for choice in differing]
            return _telling(other for other in others if not _alike(other.value, value))
        status = self.status(p)
        found = [Alternative(choice, self.status(p, choice)) for choice in differing]
        return _telling(other for other in found if other.status != status)

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The outcomes under other readings, where they differ."""
        outcome = self.outcome()
        others = [Alternative(choice, outcome=self.outcome(choice)) for choice in self.choices]
        return _telling(other for other in others if other.outcome != outcome)


def as_least(rule: Rule, facts: Facts, today: dt.date) -> tuple[Rule, Facts]:
    """The rule and the least values for a case in which some dates are not yet and some totals can still grow."""
    rule = unfolded(rule, facts.rows, facts.given)
    growing = {name for name in facts.given if rule.inputs[name].grows}
    tomorrow = today if today == dt.date.max else today + dt.timedelta(days=1)
    given = {**facts.given, **dict.fromkeys(sorted(facts.not_yet), tomorrow)}
    return bounded(rule, growing | facts.not_yet, facts.not_yet), replace(facts, given=given)


def check_readings(rule: Rule, chosen: Mapping[str, str]) -> None:
    """Every reading chosen is one of the rule. Raises PolicyError."""
    problems = []
    for name, option in chosen.items():
        if name not in rule.readings:
            en, zh = f"`{name}` is not a reading of {rule.decision}", f"“{rule.title.zh}”没有 `{name}` 这个待定问题"
            questions = [r.name if name.isascii() else r.question.zh for r in rule.readings.values()]
            problems.append(problem("reading", en, zh, None, did_you_mean(name, questions)))
        elif option not in rule.readings[name].options:
            zh = f"“{rule.readings[name].question.zh}”没有 `{option}` 这种读法"
            options = [o if option.isascii() else text.zh for o, text in rule.readings[name].shown.items()]
            en = f"`{option}` is not an option of `{name}`"
            problems.append(problem("reading", en, zh, None, did_you_mean(option, options)))
    if problems:
        raise PolicyError(problems)


def contradicted(situation: Situation) -> list[tuple[ir.Node, str]]:
    """What the facts of a case must fulfil and do not: the condition, and how it is written."""
    musts = zip(situation.rule.facts_must, situation.rule.facts_must_text, strict=True)
    return [(must, text) for must, text in musts if situation.of(must) is False]


def status_of(p: Provision, situation: Situation) -> Status:
    """The status of a check in one case under one choice of readings."""
    applies = situation.applies(p)
    if applies is False:
        return "not_applicable"
    if applies is not True:
        return "undetermined"
    judged = _is_due(p, situation)
    if isinstance(judged, Unknown):
        return "undetermined"
    require = p.require if judged else p.early
    holds = Unknown() if require is None else situation.of(require)
    if isinstance(holds, Unknown):
        return "undetermined" if judged else "pending"
    return "satisfied" if holds else FAILED[p.force]


def _is_due(p: Provision, situation: Situation) -> bool | Unknown:
    """Whether a provision is judged by now."""
    due = dt.date.min if p.due is None else situation.of(p.due)
    return due if isinstance(due, Unknown) else due <= situation.today  # type: ignore[operator]


def waiting(p: Provision, situation: Situation) -> Unknown:
    """What a provision waits for: what decides whether it applies, then what decides whether it holds."""
    return merge((situation[p.id],)) if p.is_formula else _up_to_open(p, situation, p.due, p.require)


def _up_to_open(p: Provision, situation: Situation, *nodes: ir.Node | None) -> Unknown:
    """What is waited for, in order; nothing behind what stays open whatever is told, since that settles nothing."""
    found = [situation.applies(p)]
    for node in nodes:
        if isinstance(found[-1], Unknown) and found[-1].because and not found[-1].missing:
            break
        found += [] if node is None else [situation.of(node)]
    return merge(found)


def open_facts(p: Provision, situation: Situation) -> Unknown:
    """What a provision waits for on the day it is asked about, facts that do not matter in the case left out.

    Before it is due only what no later fact changes can settle it: no fact is waited for that cannot.
    """
    early = not p.is_formula and _is_due(p, situation) is False
    return situation.awaited(_up_to_open(p, situation, p.early) if early else waiting(p, situation))


def _said(p: Provision, situation: Situation) -> Status | Value:
    """What a provision says of a case: the status of a check; the value of a formula, what it waits for left out."""
    if not p.is_formula:
        return status_of(p, situation)
    value = situation[p.id]
    if not isinstance(value, Unknown):
        return value
    return "undetermined" if situation.says(p) else "not_applicable"


def _telling(found: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """Those that say something a part of their choices does not say already."""
    kept: list[Alternative] = []
    for one in found:
        known = (other for other in kept if other.choose.items() <= one.choose.items())
        if not any((o.status, o.outcome) == (one.status, one.outcome) and _alike(o.value, one.value) for o in known):
            kept.append(one)
    return tuple(kept)


def _alike(a: Value | None, b: Value | None) -> bool:
    return a == b or (isinstance(a, Unknown) and isinstance(b, Unknown))
