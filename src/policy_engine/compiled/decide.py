"""The answer for a case, its statuses, values and other readings by a compiled function where there is one.

A function is made for a rule, a date and readings once they are asked for again; before, and for what it does not hold,
the interpreter answers.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal

from policy_engine.basics.values import Known, Unknown, Value
from policy_engine.compiled.counted import LARGE, UNFIT, counted
from policy_engine.compiled.provisions import CODE, NOTHING, OPEN, TOLD, UNKNOWN, VALUED, weights
from policy_engine.compiled.said import SAID
from policy_engine.compiled.terms import Uncompiled
from policy_engine.compiled.trace import Traced
from policy_engine.compiled.waits import Waiting, unknown
from policy_engine.compiled.whole import SAME, Slot, Whole
from policy_engine.deciding.decide import DEFAULTS, Made, Verdict, Worked
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import OUTCOMES, STATUSES, Alternative, Status
from policy_engine.deciding.situation import Situation, does_not_apply
from policy_engine.explaining import decision
from policy_engine.explaining.decision import Decision, answer
from policy_engine.explaining.sentence import check_possible
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision, Rule

MENDED: Final = frozenset(CODE[status] for status in ("violated", "departed", "missed", "undetermined"))
"""The statuses beside which it is said what would mend them."""
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
    values = whole.facts(facts.given)
    return None if values is None else Quick(whole, facts, values)


def made(rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> Whole | None:
    """The function for a rule, a date and readings; None where the interpreter decides."""
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
        self._found.move_to_end(key)
        return whole


_KEPT: Final = _Kept()


class Quick(Verdict):
    """What a function said of a case; what facts it waits for, and what is not told, the interpreter says."""

    def __init__(self, whole: Whole, facts: Facts, values: tuple[Any, ...]) -> None:
        self._begin(whole.outline, whole.rule, facts.given, whole.as_of, whole.chosen, None)
        told = tuple([entry.name in facts.given for entry in whole.entries])
        self.whole, self._values, self._told_of = whole, values, told
        self._side = Side(whole, values, told)
        self._found = self._side.found
        self.possible: bool = self._found[0]

    def __reduce__(self) -> tuple[type[Verdict], tuple[Any, ...]]:
        """A function is not kept in a file: the case is, to be read by the interpreter."""
        return Verdict, (self.rule, Facts(self.given), self.as_of, self.chosen)

    @cached_property
    def base(self) -> Situation:
        """The case as the text is read by default, with the values of formulas that the function knows."""
        base = Traced(self.rule, self.given, self.as_of, self.chosen, self.today, self._side.worked())
        return base.with_values(self.whole.trace, self._values, self._found)

    def kept(self, p: Provision, make: Callable[[], Made]) -> Made:
        """What is made of a provision, or was for another case with the same facts as far as it can use them."""
        slot = self.whole.says[p.id]
        pick = self.whole.whens.get(p.id)
        if pick and self._found[slot.at] == CODE["not_applicable"] and self._as_without_silence(p):
            key = self.whole, p.id, pick(self._values), pick(self._told_of), self._found[slot.others], "when"
            return SAID.of(key, make)
        return SAID.of((self.whole, p.id, *self.alike(p)), make)

    def alike(self, p: Provision) -> tuple[Any, Any]:
        """The facts on which what a provision says can depend, with what would mend it, and which of them are given."""
        at = self.whole.says[p.id].at
        pick = self.whole.picks[p.id][self._found[at] in MENDED if p.value is None else 0]
        return pick(self._values), pick(self._told_of)

    def _as_without_silence(self, p: Provision) -> bool:
        """Whether a provision rests on nothing that nobody gave."""
        return not (self._silent and self._silent & self.outline.waits[p.id]) or self.stands(p)

    def status(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Status:
        """The status of a check under a choice."""
        return super().status(p, choice) if choice else STATUSES[self._found[self.whole.says[p.id].at]]

    def result(self, p: Provision, choice: Mapping[str, str] = DEFAULTS) -> Worked:
        """What a formula gives under a choice."""
        return super().result(p, choice) if choice else Worked(self._side.value(p), self._side.says(p))

    def path(self, p: Provision) -> tuple[ir.Node, ...]:
        """The value of a formula, and what of it decided: the conditions that hold, each with its value."""
        at, paths = self.whole.paths.get(p.id, (0, []))
        if paths and self._found[self.whole.states[p.id].at] == TOLD:
            return paths[self._found[at]]  # type: ignore[no-any-return]
        return () if p.value is None else (p.value,)

    def awaited(self, p: Provision) -> Unknown:
        """The facts a provision waits for, with what else keeps it open; before it is due those alone that may settle it before."""
        side = self._side
        return unknown(side.waits[self.whole.waits.checks[p.id][1]], side.idle(None))

    def barely(self, p: Provision) -> Iterable[str]:
        """The facts a provision waits for where nothing is assumed; a value for those too that say whether these matter."""
        waits, found = self.whole.waits, self._bare.waits
        if not p.is_formula:
            return tuple(found[waits.checks[p.id][0]])
        missing = found[waits.values[p.id].at]
        return (
            *missing,
            *(other for name in missing if name in waits.whens for other in found[waits.whens[name][1].at]),
        )

    @cached_property
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
        """Whether a check would have a status, and the facts be possible, with one fact as said; None where that is not said at once."""
        whole, large = self.whole, isinstance(value, Fraction) and abs(value) > LARGE
        if p.due is not None or large or (new := counted(self.rule.inputs[name], value)) is UNFIT:
            return None
        values: tuple[Any, ...] | None
        if name in self.given:
            at = whole.place[name]
            values = (*self._values[:at], new, *self._values[at + 1 :])
        elif (values := whole.facts({**self.given, name: value})) is None:  # what is given can end a silence
            return None
        function, at = whole.tried(p)
        found = function(values)
        return found[0] is True and bool(found[at] == CODE[status])

    @cached_property
    def _bare(self) -> Side:
        """What the functions say where nothing is assumed."""
        return Side(self.whole, self.whole.facts(self.given, silence=False) or (), self._told_of)

    def stands(self, p: Provision) -> bool:
        """Whether a provision says the same where nothing is assumed."""
        one, other, at = self._found, self._bare.found, self.whole.says[p.id].at
        if p.is_formula:
            state = self.whole.states[p.id].at
            if one[state] == other[state] == TOLD:
                return bool(one[at] == other[at])
            return bool(TOLD not in (one[state], other[state]) and self._side.says(p) == self._bare.says(p))
        return bool(one[at] == other[at])

    def readings(self, p: Provision) -> tuple[Alternative, ...]:
        """What a provision says otherwise under other readings; choices of what it does not use are left out."""
        slot = self.whole.says[p.id]
        base, others = self._found[slot.at], self._found[slot.others]
        if others is None:
            return ()
        told = self.whole.telling(base, [(i, others[slot.places[i]]) for i in slot.own])
        if p.is_formula:
            return tuple(
                [
                    Alternative(
                        self.choices[i], value=self._side.open(p, i) if said is None else _known(said, slot.under)
                    )
                    for i, said in told
                ]
            )
        return tuple([Alternative(self.choices[i], STATUSES[said]) for i, said in told])

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The outcomes under other readings, where they differ: told by the codes of all, unless some wait for facts."""
        codes = self.whole.codes(self._found)
        waits = any(OPEN in said if isinstance(said, tuple) else said == OPEN for said in codes[1])
        case = (self._values, self._told_of) if waits else ()
        return SAID.of((self.whole, None, codes, case), self._alternatives)

    def _alternatives(self) -> tuple[Alternative, ...]:
        checks = [p for p in self.checks if self._found[self.whole.says[p.id].others] is not None]
        values = [p for p in self.formulas if self._may_move(p)]
        if not checks and not values:
            return ()
        moving = {p.id for p in (*checks, *values)}
        still = [weights(p)[self._found[self.whole.says[p.id].at]] for p in self.checks if p.id not in moving]
        states = [self._found[self.whole.states[p.id].at] for p in self.formulas if p.id not in moving]
        least, told = min([*still, UNKNOWN if OPEN in states else NOTHING]), TOLD in states
        values.sort(key=lambda p: len(self.outline.asked[p.id]))  # what fewer readings change is worked out less often
        says = [(self.whole.says[p.id], weights(p)) for p in checks]
        slots = [*(slot for slot, _ in says), *(self.whole.states[p.id] for p in values)]
        differ = any(map(self._may_be_idle, values))  # what they wait for may, where what they say does not
        alike, under = dict[object, int](), []
        for i, same in enumerate(zip(*[slot.places for slot in slots], strict=True)):
            key = i if differ else same
            if key not in alike:
                alike[key] = self._outcome_under(i, least, told, says, values)
            under.append((i, alike[key]))
        others = self.whole.telling(self._outcome_under(None, least, told, says, values), under)
        return tuple([Alternative(self.choices[i], outcome=OUTCOMES[found]) for i, found in others])

    def _outcome_under(
        self,
        i: int | None,
        least: int,
        told: bool,
        says: Sequence[tuple[Slot, Sequence[int]]],
        values: Sequence[Provision],
    ) -> int:
        """The outcome under a choice, None: as read by default, as its place in `OUTCOMES`, given that of all that stays as it is, and whether that has values."""
        for slot, weight in says:
            least = min(least, weight[self._under_choice(slot, i)])
        for p in values:
            if least <= UNKNOWN:
                break  # no value says anything graver
            state = self._under_choice(self.whole.states[p.id], i)
            told = told or state == TOLD
            if state == OPEN and (not self._may_be_idle(p) or self._side.bears(p, i)):
                least = UNKNOWN
        return VALUED if least == NOTHING and told else least

    def _under_choice(self, slot: Slot, i: int | None) -> Any:
        others, place = self._found[slot.others], SAME if i is None else slot.places[i]
        return self._found[slot.at] if others is None or place == SAME else others[place]

    def _may_move(self, p: Provision) -> bool:
        """Whether another reading may change whether a formula has a value, or whether that matters."""
        slot = self.whole.states[p.id]
        return self._found[slot.others] is not None or (self._found[slot.at] == OPEN and self._may_be_idle(p))

    def _may_be_idle(self, p: Provision) -> bool:
        """Whether a formula may wait for facts alone that do not matter."""
        return self.whole.asks_by_readings or not self._side.idle(None).isdisjoint(self.outline.uses[p.id])


class Side:
    """What the functions say of the facts of a case, with what silence means or without."""

    def __init__(self, whole: Whole, values: tuple[Any, ...], told: tuple[bool, ...]) -> None:
        self.whole, self._values, self._told = whole, values, told
        self.found = whole.function(values)
        self._idle: dict[int | None, frozenset[str]] = {}

    @cached_property
    def waits(self) -> tuple[Any, ...]:
        """What everything waits for that is not known."""
        return self.whole.waits.function((self._values, self._told))  # type: ignore[no-any-return]

    @cached_property
    def _waits_under(self) -> tuple[Any, ...]:
        return self.whole.waits_under.function((self._values, self._told))  # type: ignore[no-any-return]

    def idle(self, i: int | None) -> frozenset[str]:
        """The facts not given that do not matter under a choice, by its place; None: as the text is read by default."""
        if i not in self._idle:
            if i is None or not self.whole.asks_by_readings:
                whens, waits = self.whole.waits.whens, self.waits
                found = [n for n, (matters, _) in whens.items() if waits[matters.at] is False]
            else:
                whens, waits = self.whole.waits_under.whens, self._waits_under
                found = [n for n, (matters, _) in whens.items() if waits[matters.under[i]] is False]
            self._idle[i] = frozenset([n for n in found if not self._told[self.whole.place[n]]])
        return self._idle[i]

    def value(self, p: Provision) -> Value:
        """The value of a formula as the text is read by default."""
        slot, state = self.whole.says[p.id], self.found[self.whole.states[p.id].at]
        if state == TOLD:
            return _known(self.found[slot.at], slot.under)
        if state == OPEN:
            return self.open(p, None)
        return Unknown(because=(does_not_apply(p, self.whole.as_of),))

    def says(self, p: Provision) -> bool:
        """Whether a formula has something to say as the text is read by default."""
        state = self.found[self.whole.states[p.id].at]
        return bool(state == TOLD or (state == OPEN and self.bears(p, None)))

    def open(self, p: Provision, i: int | None) -> Unknown:
        """What a formula that is not known waits for under a choice."""
        return unknown(self._waits_of(p, i), self.idle(i))

    def bears(self, p: Provision, i: int | None) -> bool:
        """Whether a formula that is not known waits for more than facts that do not matter."""
        missing = [key for key in self._waits_of(p, i) if type(key) is str]
        return not missing or not self.idle(i).issuperset(missing)

    def _waits_of(self, p: Provision, i: int | None) -> Waiting:
        if i is None:
            return self.waits[self.whole.waits.values[p.id].at]  # type: ignore[no-any-return]
        return self._waits_under[self.whole.waits_under.values[p.id].under[i]]  # type: ignore[no-any-return]

    def worked(self) -> dict[str, Value]:
        """The values of formulas that apply: none is worked out again."""
        found: dict[str, Value] = {}
        for name, p in self.whole.outline.formulas.items():
            state, slot = self.found[self.whole.states[name].at], self.whole.says[name]
            if state == TOLD:
                found[name] = _known(self.found[slot.at], slot.under)
            elif state == OPEN:
                found[name] = unknown(self._waits_of(p, None))
        return found


def _known(said: Any, under: int | None) -> Value:
    return Fraction(said, under) if under else said
