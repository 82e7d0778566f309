"""The answer for a case, its statuses, values and other readings by a compiled function where there is one.

A function is made for a rule, a date and readings once they are asked for again; before, and for what it does not hold,
the interpreter answers.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final, Literal, Self

from policy_engine.basics.values import Known, Unknown
from policy_engine.compiled.counted import LARGE, UNFIT, counted
from policy_engine.compiled.otherwise import outcomes
from policy_engine.compiled.provisions import CODE, IDLE, TOLD
from policy_engine.compiled.said import SAID
from policy_engine.compiled.side import Side, known
from policy_engine.compiled.terms import Uncompiled
from policy_engine.compiled.trace import Traced
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.decide import DEFAULTS, Made, Of, Verdict, Worked, check_readings
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import STATUSES, Alternative, OutcomeName, Status
from policy_engine.deciding.situation import Situation, silent
from policy_engine.explaining import decision
from policy_engine.explaining.decision import Decision, answer
from policy_engine.explaining.once import Once
from policy_engine.explaining.sentence import check_possible
from policy_engine.language import ir
from policy_engine.rulebook.rule import Bound, Provision, Rule

MENDED: Final = frozenset(CODE[status] for status in ("violated", "departed", "missed", "undetermined"))
"""The statuses beside which it is said what would mend them."""
NOT_APPLICABLE: Final = CODE["not_applicable"]
KEPT: Final = 256
"""So many functions are kept, those asked for last."""
SELDOM: Final = 2
"""So many cases are answered by the interpreter before a function is made."""


def decide(rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str] | None = None) -> Decision:
    """The answer for one case as of a date. Raises PolicyError for facts that contradict each other or unknown readings."""
    chosen = dict(chosen or {})
    whole = _KEPT.whole(rule, as_of, chosen) if settled(rule, facts) else None
    case = None if whole is None else quick(whole, facts)
    if case is None:
        return decision.decide(rule, facts, as_of, chosen)
    if not case.possible:
        check_possible(case.base)
    return answer(case, facts)


def settled(rule: Rule, facts: Facts) -> bool:
    """Whether facts are what they are, and none stands for more that may still come."""
    return not (facts.not_yet or facts.rows or rule.rows or any(rule.inputs[name].grows for name in facts.given))


def quick(whole: Whole, facts: Facts) -> Quick | None:
    """A case by a function; None where its facts are the interpreter's."""
    taken = silent(whole.rule, facts.given)
    values = whole.facts(facts.given, taken)
    return None if values is None else Quick(whole, facts, values, taken)


def made(rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> Whole | None:
    """The function for a rule, a date and readings; None where the interpreter decides. Raises PolicyError for unknown readings."""
    check_readings(rule, chosen)
    try:
        return Whole(rule, as_of, chosen)
    except (Uncompiled, RecursionError):
        return None


class _Kept:
    """The functions asked for last."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[int, dt.date, tuple[tuple[str, str], ...]], tuple[Rule, int, Whole | None]]
        self._found = OrderedDict()

    def whole(self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> Whole | None:
        """The function for a rule, a date and readings; None where there is none, or not yet."""
        key = id(rule), as_of, tuple(chosen.items())
        kept, asked, whole = self._found.get(key, (rule, 0, None))
        assert kept is rule
        if asked <= SELDOM:
            asked += 1
            if asked > SELDOM:
                whole = made(rule, as_of, chosen)
            self._found[key] = rule, asked, whole
            if len(self._found) > KEPT:
                self._found.popitem(last=False)
        with suppress(KeyError):  # another thread may have let go of it
            self._found.move_to_end(key)
        return whole


_KEPT: Final = _Kept()


class Quick(Verdict):
    """What a function said of a case; what facts it waits for, and what is not told, the interpreter says."""

    def __init__(self, whole: Whole, facts: Facts, values: tuple[Any, ...], taken: frozenset[str]) -> None:
        self._begin(whole.outline, whole.rule, facts.given, taken, whole.as_of, whole.chosen, None)
        told = tuple(map(facts.given.__contains__, whole.place))
        self.whole, self._values, self._told_of = whole, values, told
        self._side = Side(whole, values, told)
        self._found, self._all = self._side.found, values + told
        self.possible: bool = self._found[0]
        self._resting = whole.rests(self._silent)

    def __reduce__(self) -> tuple[type[Verdict], tuple[Any, ...]]:
        """A function is not kept in a file: the case is, to be read by the interpreter."""
        return Verdict, (self.rule, Facts(self.given), self.as_of, self.chosen)

    @Once
    def base(self) -> Situation:
        """The case as the text is read by default, with the values of formulas that the function knows."""
        base = Traced(self.rule, self.given, self.as_of, self.chosen, self.today, self._side.worked, self._silent)
        return base.with_values(self.whole.trace, self._values, self._found)

    def kept(self, p: Of, make: Callable[[Of, Self], Made]) -> Made:
        """What is made of a check or of the formulas, or was for another case with the same facts as far as it can use them."""
        if isinstance(p, tuple):
            return SAID.of((self.whole, self.whole.of_values(self._all)), make, p, self)
        assert isinstance(p, Provision)
        slot = self.whole.says[p.id]
        key: tuple[Any, ...]
        if self._found[slot.at] == NOT_APPLICABLE and p.id in self.whole.whens and self._as_without_silence(p):
            key = self.whole, p.id, self.whole.whens[p.id](self._all), self._found[slot.others], "when"
        else:
            key = self.whole, p.id, self.alike(p)
        return SAID.of(key, make, p, self)

    def alike(self, p: Provision) -> Any:
        """The facts on which what a provision says can depend, with what would mend it, and which of them are given."""
        at = self.whole.says[p.id].at
        return self.whole.picks[p.id][self._found[at] in MENDED](self._all)

    def _as_without_silence(self, p: Provision) -> bool:
        """Whether a provision rests on nothing that nobody gave."""
        return p.id not in self._resting or self.stands(p)

    def assumes(self, p: Provision) -> tuple[str, ...]:
        """What a provision rests on that nobody gave."""
        if p.id not in self._resting or self.stands(p):
            return ()
        return tuple(sorted(self._silent.intersection(self.barely(p)), key=self.whole.place.__getitem__))

    def status(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Status:
        """The status of a check under a choice."""
        return super().status(p, choice) if choice else STATUSES[self._found[self.whole.says[p.id].at]]

    def result(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Worked:
        """What a formula gives under a choice."""
        if not choice:
            return self._side.results[p.id]
        i, slot = self.whole.place_of(choice), self.whole.states[p.id]
        others = self._found[slot.others]  # SAME is the last place, that of what is said by default
        state = self._found[slot.at] if i is None or others is None else (*others, self._found[slot.at])[slot.places[i]]
        if i is None or state == TOLD:
            return super().result(p, choice)
        return self.whole.inapplicable[p.id] if state == IDLE else Worked(self._side.open(p, i), self._side.bears(p, i))

    def path(self, p: Provision) -> tuple[ir.Node, ...]:
        """The value of a formula, and what of it decided: the conditions that hold, each with its value."""
        at, paths = self.whole.paths.get(p.id, (0, []))
        if paths and self._found[self.whole.states[p.id].at] == TOLD:
            return paths[self._found[at]]  # type: ignore[no-any-return]
        return () if p.value is None else (p.value,)

    def awaited(self, p: Provision) -> Unknown:
        """The facts a provision waits for, with what else keeps it open; before it is due those alone that may settle it before."""
        return self._side.unknown(self._side.waits()[self.whole.waits.checks[p.id][1]], None)

    def barely(self, p: Provision) -> Iterable[str]:
        """The facts a provision waits for where nothing is assumed; a value for those too that say whether these matter."""
        waits, found = self.whole.waits, self._bare.waits()
        if not p.is_formula:
            return tuple(found[waits.checks[p.id][0]])
        missing = found[waits.values[p.id]]
        return (
            *missing,
            *(other for name in missing if name in waits.whens for other in found[waits.whens[name][1]]),
        )

    @Once
    def _gaps(self) -> tuple[Any, ...]:
        return self.whole.gaps[1](self._values)

    def gap(self, p: Provision) -> Fraction | Literal[False] | None:
        """How far apart the sides of the comparison that decides are; None where none does."""
        at, under = self.whole.gaps[0].get(p.id, (None, 0))
        if at is None:
            return False
        found = self._gaps[at]
        return Fraction(found, under) if under and found is not None else found

    def would(self, p: Provision, status: Status, name: str, value: Known) -> bool | None:
        """Whether a check, judged by now, would have a status, and the facts be possible, with one fact as said; None if not said at once."""
        whole, large = self.whole, type(value) is Fraction and abs(value.numerator) > LARGE * value.denominator
        if large or (new := counted(self.rule.inputs[name], value)) is UNFIT:
            return None
        wakes = name in whole.beside and name not in self.given
        values = whole.facts(self.given, silent(self.rule, {**self.given, name: value})) if wakes else self._values
        if values is None:
            return None
        at = whole.place[name]
        possible, found = whole.tried(p)((*values[:at], new, *values[at + 1 :]))
        return possible is True and bool(found == CODE[status])

    def limits(self, p: Provision, status: Status | None, name: str) -> Sequence[Bound] | None:
        """What a fact alone must keep for the facts to be possible, and a check to have a status; None where that is not said at once."""
        limits = self.whole.limits(p, status)
        return None if limits is None else limits.of(name, self._values)

    @Once
    def _bare(self) -> Side:
        """What the functions say where nothing is assumed."""
        values = list(self._values)
        for name in self._silent:
            values[self.whole.place[name]] = None
        return Side(self.whole, tuple(values), self._told_of, otherwise=False)

    def stands(self, p: Provision) -> bool:
        """Whether a provision says the same where nothing is assumed."""
        one, other, at = self._found, self._bare.found, self.whole.says[p.id].at
        if p.value is None:
            return one[at] == other[at]  # type: ignore[no-any-return]
        state, then = one[self.whole.states[p.id].at], other[self.whole.states[p.id].at]
        if TOLD in (state, then):
            return state == then and one[at] == other[at]  # type: ignore[no-any-return]
        return state == then == IDLE or self._side.results[p.id].applies == self._bare.says(p)

    def readings(self, p: Provision) -> tuple[Alternative, ...]:
        """What a provision says otherwise under other readings; choices of what it does not use are left out."""
        slot = self.whole.says[p.id]
        if (others := self._found[slot.others]) is None:
            return ()
        told = self.whole.otherwise(slot, self._found[slot.at], others)
        if p.is_formula:
            values = [self._side.open(p, i) if said is None else known(said, slot.under) for i, said in told]
            return tuple([Alternative(self.choices[i], value=v) for (i, _), v in zip(told, values, strict=True)])
        return tuple([Alternative(self.choices[i], STATUSES[said]) for i, said in told])

    @Once
    def _outcomes(self) -> tuple[OutcomeName, tuple[Alternative, ...]]:
        return outcomes(self._side)

    def outcome(self, choice: Mapping[str, str] = DEFAULTS) -> OutcomeName:
        """The outcome under a choice."""
        return super().outcome(choice) if choice else self._outcomes[0]

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The outcomes under other readings, where they differ."""
        return self._outcomes[1]
