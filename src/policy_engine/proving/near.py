"""Cases at and beside the bounds of a provision, by the interpreter alone: every comparison driven to where its sides meet."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.values import Known, Unknown, Value
from policy_engine.deciding.decide import as_least, contradicted, status_of
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.proving.meaning import Meaning, nodes_of
from policy_engine.rulebook.rule import Input, Rule

ROUNDS: Final = 60
"""So many cases are drawn for a provision before its bounds are sought."""
PUSHED: Final = 8
"""So many cases are driven to each bound."""
DAY: Final = dt.timedelta(1)
ROUND: Final = tuple(map(Fraction, (0, 1, 2, 3, 10, 100)))
LARGE: Final = tuple(Fraction(n * 10**power) for power in (4, 6, 8) for n in (1, 5))


@dataclass(frozen=True)
class Spot:
    """A case: facts, the day, readings other than the default. `at`: the fact that was driven to a bound, and where it lies beside it."""

    facts: Facts
    as_of: dt.date
    readings: Mapping[str, str]
    at: tuple[str, int] | None = None


def situation(rule: Rule, point: Spot) -> Situation:
    """The case as the interpreter sees it."""
    least, facts = as_least(rule, point.facts, point.as_of)
    return Situation(least, facts.given, point.as_of, point.readings)


def said(p_id: str, here: Situation) -> Status | Value | None:
    """The status of a check, the value of a formula, None of what the rule has not on the day."""
    p = next((p for p in here.provisions if p.id == p_id), None)
    if p is None:
        return None
    return here[p.id] if p.is_formula else status_of(p, here)


class Near:
    """What cases of one provision are drawn from. `whole`: cases with the facts of all other provisions too."""

    def __init__(self, rule: Rule, p_id: str, as_of: dt.date, whole: bool = False) -> None:
        self.rule, self.id, self.as_of = rule, p_id, as_of
        self.rng = random.Random(  # noqa: S311 - cases, no secrets
            f"{rule.decision}/{p_id}"
        )
        meaning = Meaning(rule)
        uses = meaning.uses([p_id])
        uses |= meaning.uses(rule.ids) if whole else frozenset()
        self.provisions = [p for p in rule.provisions if p.id in uses]
        nodes = [node for p in self.provisions for node in nodes_of(p)]
        musts = [m for m in rule.facts_must if uses & set(ir.names(m))]
        uses |= {n for m in musts for n in ir.names(m)}
        self.inputs = {n: e for n, e in rule.inputs.items() if n in uses and e.type.kind != "text"}
        self.readings = {n: r for n, r in rule.readings.items() if n in uses}
        self.parts = list(dict.fromkeys(part for node in (*nodes, *musts) for part in ir.walk(node)))
        self.bounds = [part for part in self.parts if isinstance(part, ir.Compare)]
        self.listed = [
            part
            for part in self.parts
            if not isinstance(part, ir.Number | ir.Const | ir.ListOf | ir.Compare | ir.Unsettled)
        ]
        self.numbers = [part.value for part in self.parts if isinstance(part, ir.Number)]
        self.words = [part.value for part in self.parts if isinstance(part, ir.Const) and isinstance(part.value, str)]
        self.words += [item for part in self.parts if isinstance(part, ir.ListOf) for item in part.items]
        self.marks = sorted(
            {part.value for part in self.parts if isinstance(part, ir.Const) and isinstance(part.value, dt.date)}
        )
        counted = any(isinstance(part, ir.Call) and part.function in ir.CALENDARED for part in self.parts)
        self.unlisted = [dt.date(as_of.year + 12, 5, 10)] if counted else []  # a year of which no calendar tells
        self.days = [*self._days(), *(day + n * DAY for day in self.unlisted for n in (0, 30))]
        self.pools = {name: self.pool(entry) for name, entry in self.inputs.items()}

    def _days(self) -> list[dt.date]:
        """Days of the decision: the one asked about, and beside each day the provision names."""
        named = [d for p in self.provisions for d in (p.due_on, p.valid_from, p.valid_until) if d is not None]
        if any(p.due is not None and p.due_on is None for p in self.provisions) or any(
            "as_of" in p.names for p in self.provisions
        ):
            named += [
                *self.marks,
                dt.date(self.as_of.year, 6, 30),
                dt.date(self.as_of.year, 12, 31),
                dt.date(self.as_of.year, 3, 1),
            ]
        beside = [
            d + shift
            for d in named
            if dt.date(1902, 1, 1) < d < dt.date(2098, 1, 1)
            for shift in (-DAY, dt.timedelta(0), DAY)
        ]
        return list(dict.fromkeys([self.as_of, *beside]))

    def pool(self, entry: Input) -> Sequence[Known]:
        """Values of an input: those the provision names, and beside them."""
        found: list[Known]
        match entry.type.kind:
            case "flag":
                found = [True, False]
            case "choice":
                used = [o for o in entry.accepts.options if o in self.words]
                found = [*used, *(o for o in entry.accepts.options if o not in used)]
            case "code":
                begun = [w + "1" for w in self.words] + [w[:-1] + "9" for w in self.words if len(w) > 1]
                found = [w for w in dict.fromkeys([*self.words, *begun, "Z9"]) if 1 <= len(w) <= 60]
            case "set":
                options = [*entry.accepts.options]
                some = [frozenset(self.rng.sample(options, self.rng.randint(1, len(options)))) for _ in range(6)]
                found = [frozenset(), *(frozenset([o]) for o in options), frozenset(options), *some]
            case "date":
                far = [d + n * DAY for d in (*self.marks, self.as_of) for n in (-400, -40, -1, 0, 1, 40, 400)]
                found = [
                    d for d in dict.fromkeys([*far, *self.unlisted]) if dt.date(1901, 1, 1) < d < dt.date(2099, 1, 1)
                ]
            case _:
                found = list(self._numbers(entry))
        return [value for value in found if within(entry, value)] or [
            value for value in self._ends(entry) if within(entry, value)
        ]

    def _numbers(self, entry: Input) -> Iterator[Fraction]:
        every = [
            *self.numbers,
            *(ROUND if entry.type_name != "money" else ()),
            *(LARGE if entry.type_name == "money" else ()),
        ]
        if entry.type_name == "share":
            every = [n for n in every if n <= 2] + [Fraction(1, 2), Fraction(1)]
        yield from (n for n in dict.fromkeys(every) if n.denominator == 1 or not entry.type.integer)

    def _ends(self, entry: Input) -> Iterator[Known]:
        for bound in entry.bounds:
            yield bound.value
            if isinstance(bound.value, Fraction):
                yield from (bound.value + 1, bound.value - 1)

    def unit(self, name: str) -> Fraction:
        """A small step of a number: one, or a ten-thousandth of a share."""
        return Fraction(1, 10_000) if self.inputs[name].type_name == "share" else Fraction(1)

    # --- cases ------------------------------------------------------------------------------------------------------------

    def possible(self, point: Spot) -> Situation | None:
        """The case as the interpreter sees it, unless a user could not give it."""
        if not all(within(self.rule.inputs[n], v) for n, v in point.facts.given.items()):
            return None
        here = situation(self.rule, point)
        return None if contradicted(here) else here

    def drawn(self) -> Spot:
        """A case with every fact the provision uses; now and then a date that has not come, another reading, another day."""
        rng = self.rng
        given = {n: rng.choice(self.pools[n]) for n in self.inputs if self.pools[n]}
        later = frozenset(n for n in given if self.inputs[n].type.kind == "date" and rng.random() < 0.15)
        picks = {n: rng.choice([*r.options]) for n, r in self.readings.items() if rng.random() < 0.3}
        picks = {n: o for n, o in picks.items() if o != self.readings[n].default}
        day = self.as_of if rng.random() < 0.4 else rng.choice(self.days)
        return Spot(Facts({n: v for n, v in given.items() if n not in later}, not_yet=later), day, picks)

    def moved(self, point: Spot) -> Spot:
        """The case with a fact, a reading or the day changed."""
        rng = self.rng
        one = rng.choice([*self.inputs, *self.readings, "as_of"])
        if one == "as_of":
            return replace(point, as_of=rng.choice(self.days), at=None)
        if one in self.readings:
            option = rng.choice([*self.readings[one].options])
            rest = {n: o for n, o in point.readings.items() if n != one}
            return replace(
                point, readings=rest if option == self.readings[one].default else {**rest, one: option}, at=None
            )
        if not self.pools[one]:
            return point
        facts = point.facts
        return replace(
            point, at=None, facts=Facts({**facts.given, one: rng.choice(self.pools[one])}, not_yet=facts.not_yet - {one})
        )  # fmt: skip

    def pushed(self, point: Spot, bound: ir.Compare) -> Iterator[Spot]:
        """The case with one fact at the bound and a step to each side of it, for every fact that bears on it."""
        uses = (
            Meaning(self.rule).uses(ir.names(bound))
            if set(ir.names(bound)) - self.inputs.keys()
            else set(ir.names(bound))
        )
        for name in point.facts.given.keys() & uses:
            if self.inputs[name].type.kind not in ("number", "date"):
                continue
            meets = self._meets(point, bound, name)
            if meets is None:
                continue
            for way in (0, 1, -1):
                value: Known = meets + way * DAY if isinstance(meets, dt.date) else meets + way * self.unit(name)
                yield replace(
                    point, facts=replace(point.facts, given={**point.facts.given, name: value}), at=(name, way)
                )
        if "as_of" in uses:
            for shift in (-1, 0, 1):
                yield replace(point, as_of=point.as_of + shift * DAY)

    def _meets(self, point: Spot, bound: ir.Compare, name: str) -> Fraction | dt.date | None:
        """Where the sides of a comparison meet as one fact is varied, if they are straight there."""
        entry, here = self.inputs[name], point.facts.given[name]
        whole = isinstance(here, dt.date) or entry.type.integer
        if isinstance(here, dt.date):
            at, step = Fraction(here.toordinal()), Fraction(7)  # over a week, so that working days rise
        elif isinstance(here, Fraction):
            at, step = here, self.unit(name)
        else:
            return None
        for _ in range(4):
            apart, further = (self._apart(point, bound, name, x) for x in (at, at + step))
            if apart is None or further is None or apart == further:
                return None
            if apart == 0:
                break
            at -= apart * step / (further - apart)
            at = Fraction(round(at)) if whole else at
        if whole:
            beside = (at + n for n in (0, -1, 1, -2, 2, -3, 3))
            at = next((x for x in beside if self._apart(point, bound, name, x) == 0), at)
        if isinstance(here, dt.date):
            return dt.date.fromordinal(int(at)) if 693_000 < at < 766_000 else None
        return at if abs(at) < 10**12 and at.denominator <= 10_000 else None

    def _apart(self, point: Spot, bound: ir.Compare, name: str, x: Fraction) -> Fraction | None:
        """The difference of the sides with a fact at a value."""
        is_date = self.inputs[name].type.kind == "date"
        if is_date and not 693_000 < x < 766_000:
            return None
        value: Known = dt.date.fromordinal(int(x)) if is_date else x
        facts = replace(point.facts, given={**point.facts.given, name: value})
        here = situation(self.rule, replace(point, facts=facts))
        left, right = here.of(bound.left), here.of(bound.right)
        if isinstance(left, dt.date) and isinstance(right, dt.date):
            return Fraction((left - right).days)
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return left - right
        return None

    def cases(self) -> Iterator[tuple[Spot, Situation]]:
        """Cases that tell something apart: each says another thing of the provision or of one of its comparisons."""
        seen: set[object] = set()
        complete: list[Spot] = []
        tried = [self.drawn() for _ in range(ROUNDS)]
        for option_of in self.inputs.values():  # each option of a list once
            if option_of.type.kind == "choice":
                tried += [
                    replace(base, facts=replace(base.facts, given={**base.facts.given, option_of.name: o}))
                    for o in self.pools[option_of.name] for base in [self.drawn()]
                ]  # fmt: skip
        for point in tried:
            if (here := self.possible(point)) is not None:
                complete.append(point)
                yield from self._new(seen, point, here)
        for bound in self.bounds:
            for point in self._some(complete):
                for beside in self.pushed(point, bound):
                    if (here := self.possible(beside)) is not None:
                        complete.append(beside)
                        yield from self._new(seen, beside, here)
        for point in self.rng.sample(complete, min(2 * PUSHED, len(complete))):
            for name in point.facts.given:
                less = replace(
                    point,
                    at=None,
                    facts=replace(point.facts, given={n: v for n, v in point.facts.given.items() if n != name}),
                )
                if (here := self.possible(less)) is not None:
                    yield from self._new(seen, less, here)

    def _some(self, complete: Sequence[Spot]) -> Iterator[Spot]:
        """Some of the cases, and some under each other answer to each question."""
        yield from self.rng.sample(complete, min(PUSHED, len(complete)))
        for name, reading in self.readings.items():
            for option in reading.options if complete else ():
                picks = {} if option == reading.default else {name: option}
                yield from (replace(self.rng.choice(complete), readings=picks) for _ in range(PUSHED // 2))

    def _new(self, seen: set[object], point: Spot, here: Situation) -> Iterator[tuple[Spot, Situation]]:
        told = said(self.id, here)
        shown: object = "unknown" if isinstance(told, Unknown) else told
        sides = tuple(self._side(bound, here, point) for bound in self.bounds)
        key = (shown, sides, tuple(map(_told, map(here.of, self.listed))), frozenset(point.readings.items()))
        if key not in seen:
            seen.add(key)
            yield point, here

    def wandered(self, complete: Sequence[Spot], tries: int) -> Iterator[tuple[Spot, Situation]]:
        """Other cases, a step or two from those at hand, at a bound now and then."""
        for _ in range(tries):
            point = self.rng.choice(complete) if complete else self.drawn()
            for _ in range(self.rng.randint(1, 3)):
                point = self.moved(point)
            beside = (
                [*self.pushed(point, self.rng.choice(self.bounds))] if self.bounds and self.rng.random() < 0.5 else []
            )
            for one in [point, *beside]:
                if (here := self.possible(one)) is not None:
                    yield one, here

    def _side(self, bound: ir.Compare, here: Situation, point: Spot) -> object:
        """On which side of a comparison a case lies, and whether close to it."""
        left, right = here.of(bound.left), here.of(bound.right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return None
        if isinstance(left, str | bool | frozenset):
            return left == right
        close = point.at is not None and abs((left - right).days if isinstance(left, dt.date) else left - right) <= 1  # type: ignore[operator]
        return (left > right) - (left < right), close  # type: ignore[operator]


def _told(value: Value) -> object:
    """A value that has few others, as it is; of any other only that it is known."""
    return value if isinstance(value, bool | str | frozenset) else isinstance(value, Unknown)
