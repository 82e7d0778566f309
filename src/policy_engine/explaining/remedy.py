"""What would mend a finding: for one input, the nearest value for which a condition holds, solved from its expression.

Where an operator is not linear in the input (floor, ceil, months, a product with itself), whole numbers and dates are
searched outwards instead, and for other inputs no remedy is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain, combinations, count, islice
from typing import Final, Literal

from policy_engine.basics.values import ANOTHER, Known, Unknown, number_text, to_json
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import within
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.following import NotLinear, follow
from policy_engine.explaining.once import made
from policy_engine.explaining.ranges import Interval, Number, allowed
from policy_engine.explaining.trying import decisive, does, step
from policy_engine.language import ir
from policy_engine.language.ir import CompareOp
from policy_engine.rulebook.rule import Bound, Input, Provision

SEARCHED: Final = 2000
MAX_CHANGES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One input that mends the finding alone: the nearest value that does. `options`: of a choice all that do, if several."""

    input: str
    relation: CompareOp
    value: Known
    options: tuple[str, ...] = ()
    change: Fraction | None = None
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        shown: dict[str, object] = {"input": self.input, "relation": self.relation, "value": to_json(self.value)}
        if self.options:
            shown["options"] = list(self.options)
        if self.change is not None:
            shown["change"] = number_text(self.change)
        if self.add or self.remove:
            shown |= {"add": sorted(self.add), "remove": sorted(self.remove)}
        return shown


class Unsearched(Exception):
    """Values remain that were not tried."""


def remedies(p: Provision, case: Verdict) -> tuple[tuple[Remedy, ...], bool]:
    """For each input that can be changed: the nearest value that alone mends a provision, verified by evaluation.

    Also whether it is certain that none mends it alone: every value was searched, and none lifts the provision either.
    What was due on a day that has passed is not mended any more, and no days are counted but one on the last.
    """
    assert p.require is not None
    situation = case.base
    late = p.due is not None and situation.of(p.due) < situation.today  # type: ignore[operator]
    if late:
        return (), False
    found, complete = _Search(case, p, "satisfied").each()
    not_yet = [name for name in sorted(situation.rule.not_yet) if not situation.rule.inputs[name].given]
    done = {name: _done_now(p, case, name) for name in not_yet}
    found += tuple([Remedy(input=n, relation="==", value=situation.today) for n in done if done[n] == "satisfied"])
    if found or not complete or "not_applicable" in done.values():
        return tuple([remedy for remedy in found if p.due is None or not _more_days(remedy, situation)]), False
    if any(isinstance(situation[name], Unknown) for node in (p.applies, p.require) for name in ir.names(node)):
        return (), False  # one fact may mend it once the others are known
    lifted = _Search(case, p, "not_applicable")
    return (), lifted.each() == ((), True)


def _done_now(p: Provision, case: Verdict, name: str) -> Status | None:
    """What a provision says where what had not happened by the day of the decision is done on it; None where it cannot be."""
    (rule, facts), today = case.told, case.base.today
    done = replace(facts, given={**facts.given, name: today}, not_yet=facts.not_yet - {name})
    then = Verdict(rule, done, case.as_of, case.chosen, case.today)
    if not within(case.base.rule.inputs[name], today) or contradicted(then.base):
        return None
    return then.status(next(q for q in then.checks if q.id == p.id))


def _more_days(remedy: Remedy, situation: Situation) -> bool:
    """Whether a remedy asks for more days of a period than its last day is."""
    totals = situation.rule.register.totals if situation.rule.register else {}
    return remedy.input in totals and totals[remedy.input].kind == "days" and (remedy.change or 0) > 1


class _Search:
    """For conditions that one changed fact must bring about, without facts that contradict each other."""

    def __init__(self, case: Verdict, p: Provision, status: Status) -> None:
        assert p.require is not None
        self.situation = case.base
        self.told, self.limits = partial(case.would, p, status), partial(case.limits, p, status)
        self.wanted = (p.applies, p.require) if status == "satisfied" else (ir.Not(p.applies),)
        self._key = "changeable", p.id, status

    def each(self) -> tuple[tuple[Remedy, ...], bool]:
        """What is found for each input, those first that the conditions name; and whether all was searched."""
        used = decisive(self.wanted, self.situation)
        found, complete = [], True
        for entry in self.changeable:
            if entry.name in used and self.can_change(entry.name):
                try:
                    found.append(self.remedy(entry))
                except (Unsearched, RecursionError):
                    complete = False
        return tuple([remedy for remedy in found if remedy]), complete

    @property
    def changeable(self) -> Sequence[Input]:
        """The inputs that anybody can change, in the order in which they are tried: neither given nor still to happen."""
        kept = self.situation.outline.kept
        if self._key not in kept:
            rule = self.situation.rule
            named = [name for node in self.wanted for name in ir.names(node) if name in rule.inputs]
            entries = (rule.inputs[name] for name in dict.fromkeys((*named, *rule.inputs)))
            kept[self._key] = tuple([e for e in entries if not e.given and e.name not in rule.not_yet])
        return kept[self._key]  # type: ignore[no-any-return]

    def can_change(self, name: str) -> bool:
        """Whether a fact is known, and its day is not past."""
        now = self.situation[name]
        return not (isinstance(now, Unknown) or (isinstance(now, dt.date) and now < self.situation.today))

    def holds(self, entry: Input, value: Known) -> bool:
        """Whether a value of an input mends."""
        return within(entry, value) and does(entry.name, value, self.wanted, self.situation, self.told)

    def remedy(self, entry: Input) -> Remedy | None:
        """The nearest value of an input that mends. Raises Unsearched."""
        now = self.situation[entry.name]
        assert not isinstance(now, Unknown)
        if isinstance(now, str) and entry.type.kind == "code":
            return self.code(entry, now)
        if isinstance(now, bool):
            return Remedy(input=entry.name, relation="==", value=not now) if self.holds(entry, not now) else None
        if isinstance(now, str):
            mends = tuple([option for option in entry.type.options if option != now and self.holds(entry, option)])
            several = mends if len(mends) > 1 else ()
            return Remedy(input=entry.name, relation="==", value=mends[0], options=several) if mends else None
        if isinstance(now, frozenset):
            return self.members(entry, now)
        try:
            return self.solved(entry, now)
        except NotLinear:
            return self.searched(entry, now)

    def code(self, entry: Input, now: str) -> Remedy | None:
        """The one code that mends, or any other than it is: told by those that are named, and one that is not. Raises Unsearched."""
        named, begins = _codes(self.situation, entry.name)
        others = dict.fromkeys(code for code in (*named, *(_beside(b, named) for b in ("", *begins))) if code != now)
        mends = [code for code in others if self.holds(entry, code)]
        if len(mends) == 1 and mends[0] in named:
            return Remedy(input=entry.name, relation="==", value=mends[0])
        if mends and len(mends) == len(others):
            return Remedy(input=entry.name, relation="!=", value=now)
        if mends:
            raise Unsearched  # several do, and none is the nearest
        return None

    def members(self, entry: Input, now: frozenset[str]) -> Remedy | None:
        """The set with the fewest members added or removed; or else none, or all."""
        options = (*entry.type.options, *(now & {ANOTHER}))
        several = chain.from_iterable(combinations(options, count) for count in range(1, MAX_CHANGES + 1))
        tried = (now ^ frozenset(members) for members in islice(several, SEARCHED))
        for value in chain(tried, (frozenset(), frozenset(entry.type.options))):
            if value != now and self.holds(entry, value):
                return Remedy(input=entry.name, relation="==", value=value, add=value - now, remove=now - value)
        if len(options) > MAX_CHANGES:
            raise Unsearched
        return None

    def solved(self, entry: Input, now: Known) -> Remedy | None:
        """The nearest number or date, solved from the expressions. Raises NotLinear and Unsearched."""
        here = Fraction(now.toordinal()) if isinstance(now, dt.date) else now
        assert isinstance(here, Fraction)
        days = (Bound(">=", self.situation.today), Bound("<=", dt.date.max)) if isinstance(now, dt.date) else ()
        bounds, limits = (*entry.bounds, *days), self.limits(entry.name)
        if limits is not None:
            ranges = allowed((*bounds, *limits))
        else:
            ranges = follow(self.situation, entry.name).where(
                self.wanted, self.situation.rule.facts_must, allowed(bounds)
            )
        points = [found for at in ranges if (found := _nearest(at, here, step(entry))) is not None]
        if not points:
            return None
        nearest = min(points, key=lambda found: (abs(found[0] - here), found[0])) if len(points) > 1 else points[0]
        point, relation, inside = nearest
        if not does(entry.name, _like(now, inside), self.wanted, self.situation, self.told):
            raise Unsearched
        return made(Remedy, input=entry.name, relation=relation, value=_like(now, point), change=point - here)

    def searched(self, entry: Input, now: Known) -> Remedy | None:
        """The nearest whole number or date, tried outwards from where we are. Raises Unsearched."""
        if not isinstance(now, dt.date) and not entry.type.integer:
            raise Unsearched
        for value, sign, distance in _outwards(entry, now, self.situation.today):
            if self.holds(entry, value):
                beyond = _moved(now, sign * (distance + 1))
                relation = _relation(sign, single=beyond is None or not self.holds(entry, beyond))
                return Remedy(input=entry.name, relation=relation, value=value, change=Fraction(sign * distance))
        return None


def _codes(situation: Situation, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The codes that expressions name, or that are given for other inputs, and what they ask a code to begin with."""
    rule = situation.rule
    nodes = [n for p in situation.provisions for n in (p.applies, p.require, p.value, p.due) if n is not None]
    parts = [part for node in (*nodes, *rule.facts_must) for part in ir.walk(node)]
    begins = {part.args[1] for part in parts if isinstance(part, ir.Call) and part.function == "starts_with"}
    texts = {part.value for part in parts if isinstance(part, ir.Const) and isinstance(part.value, str)}
    texts |= {item for part in parts if isinstance(part, ir.ListOf) for item in part.items}
    texts |= {value for other in rule.inputs if other != name and isinstance(value := situation[other], str)}
    return frozenset(texts), frozenset(b.value for b in begins if isinstance(b, ir.Const) and isinstance(b.value, str))


def _beside(begin: str, named: Collection[str]) -> str:
    """A code with a beginning that is none of those that are named."""
    return next(code for i in count() if (code := f"{begin}{i or ''}") not in named and code)


def _like(now: Known, point: Fraction) -> Known:
    return dt.date.fromordinal(int(point)) if isinstance(now, dt.date) else point


def _nearest(at: Interval, here: Fraction, step: Fraction | None) -> tuple[Fraction, CompareOp, Fraction] | None:
    """The end of a range nearest to where we are, outside it; how the range relates to it; and a point of the range.

    In whole units, where there are some and the range holds one. Raises Unsearched.
    """
    up = at.low is not None and (here < at.low or (here == at.low and not at.with_low))
    ends = (at.low, at.with_low, at.high, at.with_high) if up else (at.high, at.with_high, at.low, at.with_low)
    (end, closed, other, closed_too), sign = ends, 1 if up else -1
    assert end is not None
    if step is not None:
        first = _whole(end, closed, sign, step)
        last = None if other is None else -_whole(other, closed_too, -sign, step)
        if last is None or first <= last:
            point = sign * first * step
            return point, _relation(sign, single=first == last), point
        if step == 1:
            return None
    end = Fraction(end)
    if closed:
        return end, _relation(sign, single=step is not None or end == other), end
    if step is not None:
        raise Unsearched
    return end, ">" if up else "<", end + sign if other is None else (end + other) / 2


def _whole(end: Number, inside: bool, sign: int, step: Fraction) -> int:
    """The first whole unit from an end of a range on, upwards with sign 1, counted in that direction."""
    units, below = sign * end.numerator * step.denominator, end.denominator * step.numerator
    return -(-units // below) if inside else units // below + 1


def _relation(sign: int, single: bool) -> CompareOp:
    """How what mends relates to the nearest value, found upwards or downwards."""
    return "==" if single else ">=" if sign > 0 else "<="


def _outwards(entry: Input, now: Known, today: dt.date) -> Iterator[tuple[Known, Literal[1, -1], int]]:
    """The values of an input from where we are, the nearer first: value, direction, distance. Raises Unsearched."""
    directions: list[Literal[1, -1]] = [-1, 1]
    for distance in range(1, SEARCHED):
        for sign in tuple(directions):
            value = _moved(now, sign * distance)
            if value is None or not within(entry, value) or (isinstance(value, dt.date) and value < today):
                directions.remove(sign)
            else:
                yield value, sign, distance
        if not directions:
            return
    raise Unsearched


def _moved(now: Known, by: int) -> Known | None:
    """A date so many days, or a number so many units, away; none beyond the calendar."""
    if isinstance(now, Fraction):
        return now + by
    assert isinstance(now, dt.date)
    return dt.date.fromordinal(day) if 1 <= (day := now.toordinal() + by) <= dt.date.max.toordinal() else None
