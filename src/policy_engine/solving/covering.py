"""The fewest cases that reach every status of every provision and notice every small change: near the bounds first, then by the solvers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from policy_engine.basics.values import Unknown, Value
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.proving.mutate import Mutant, mutants
from policy_engine.proving.near import Near, Spot, said, situation
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.differing import ALIKE, changes
from policy_engine.solving.formula import not_, or_
from policy_engine.solving.short_lists import of_rows
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import Study, TooMuch, has
from policy_engine.solving.sym import Unheld
from policy_engine.solving.world import STATES

KILLERS: Final = 12
"""Of the cases that notice one change so many are kept to choose among."""
WANDERED: Final = 2000
"""So many other cases are tried for what no case near the bounds reaches."""
FACTS: Final = 12
"""Cases are put together while they have no more facts."""
Goal = tuple[str, str, str]
"""What a case is for: a provision, `status` or `change`, and which."""


@dataclass
class Scenario:
    """A case with what it is for."""

    point: Spot
    goals: set[Goal]

    @property
    def about(self) -> list[str]:
        """The provisions it is about."""
        return list(dict.fromkeys(sorted(goal[0] for goal in self.goals)))


@dataclass(kw_only=True)
class Reached:
    """The cases of a decision; how many goals there were, and those that no case reaches: that it is proved, or that it is not settled."""

    rule: Rule
    scenarios: list[Scenario] = field(default_factory=list)
    wanted: int = 0
    changes: int = 0
    proved: list[Goal] = field(default_factory=list)
    left: list[Goal] = field(default_factory=list)


def covered(rule: Rule, as_of: dt.date, make: Callable[[], Solvers]) -> Reached:
    """The fewest cases found for one decision, of lists of one row each. `make`: gives solvers where something is left to them."""
    found = _Cover(of_rows(rule, 1), as_of, make).found()
    rows = dict.fromkeys(rule.rows, (1, True))
    for one in found.scenarios if rows else ():
        one.point = replace(one.point, facts=replace(one.point.facts, rows=rows))
    found.rule = rule
    return found


class _Cover:
    def __init__(self, rule: Rule, as_of: dt.date, make: Callable[[], Solvers]) -> None:
        self.rule, self.as_of, self.make = rule, as_of, make
        self.result = Reached(rule=rule)
        self.mutants: dict[Goal, tuple[Mutant, list[str]]] = {}
        for one in (m for m in mutants(rule) if m.rule.register is rule.register):
            moved = [q.id for p, q in zip(rule.provisions, one.rule.provisions, strict=True) if p is not q]
            goal: Goal = (moved[0] if moved else one.provision, "change", one.change)
            self.mutants[(*goal[:2], f"{one.change} ({len(self.mutants)})") if goal in self.mutants else goal] = (
                one,
                moved,
            )
        self.points: list[Spot] = []
        self.reach: dict[Goal, list[int]] = {}

    def found(self) -> Reached:
        """Search provision by provision, ask the solvers, choose, put together, leave out what is not needed."""
        for id_ in self.rule.ids:
            self._search(id_)
        wanted = {*self.mutants, *self._statuses()}
        for goal in sorted(wanted - self.reach.keys()):
            self._solved(goal)
        self.result.wanted, self.result.changes = len(wanted), len(self.mutants)
        chosen = [self._least(one) for one in self._chosen()]
        self.result.scenarios = self._together(sorted(chosen, key=self._place))
        return self.result

    def _place(self, one: Scenario) -> tuple[int, int]:
        places = [i for i, id_ in enumerate(self.rule.ids) if id_ in one.about]
        return (min(places, default=0), len(one.point.facts.given))

    # --- what a case reaches ------------------------------------------------------------------------------------------

    def _statuses(self) -> set[Goal]:
        """The statuses a check may have at all, as far as its form says."""
        found = set()
        for p in self.rule.at(self.as_of):
            if p.is_formula or p.require is None or p.force == "option":
                continue
            states = ["satisfied", "failed", "undetermined"]
            states += ["pending"] if p.due is not None else []
            states += ["not_applicable"] if p.unless or (p.names and p.when.named) else []
            found |= {(p.id, "status", state) for state in states}
        return found

    def reaches(self, goal: Goal, point: Spot, here: Situation) -> bool:
        """Whether a case reaches a goal; `here`: how the rule sees it."""
        if goal[1] == "status":
            return _state(said(goal[0], here)) == goal[2]
        mutant, moved = self.mutants[goal]
        there = situation(mutant.rule, point)
        if any(_differ(said(id_, here), said(id_, there)) for id_ in moved[:1]):
            return True
        p, q = here.formulas.get(goal[0]), there.formulas.get(goal[0])
        return p is not None and q is not None and here.says(p) != there.says(q) and self._outcomes(mutant.rule, point)

    def _outcomes(self, other: Rule, point: Spot) -> bool:
        """Whether a change is seen in the outcome alone: a value that is not known is waited for, or is not."""
        old, new = (Verdict(rule, point.facts, point.as_of, point.readings).outcome() for rule in (self.rule, other))
        return old != new

    def _search(self, id_: str) -> None:
        """Cases near the bounds of a provision, the plainest first; then others for what they do not reach."""
        near = Near(self.rule, id_, self.as_of)
        mine = [goal for goal in self.mutants if goal[0] == id_]
        cases = sorted(near.cases(), key=lambda one: self._plain(one[0]))
        for point, here in cases:
            self._see(point, here, id_, mine)
        complete = [point for point, _ in cases]
        self._seek(near.wandered(complete, WANDERED if complete else 0), id_, mine)
        idle = [
            goal
            for goal in mine
            if self.mutants[goal][0].change.startswith(("when", "unless")) and goal not in self.reach
        ]
        if idle and any(
            p.is_formula for p in self.rule.provisions if p.id == id_
        ):  # that it waits is seen where nothing else does
            self._seek(Near(self.rule, id_, self.as_of, whole=True).wandered((), WANDERED), id_, idle)

    def _seek(self, cases: Iterator[tuple[Spot, Situation]], id_: str, goals: Sequence[Goal]) -> None:
        """Look at cases until all goals are reached."""
        alive = [goal for goal in goals if goal not in self.reach]
        while alive and (one := next(cases, None)) is not None:
            self._see(*one, id_, alive)
            alive = [goal for goal in alive if goal not in self.reach]

    def _see(self, point: Spot, here: Situation, id_: str, goals: Iterable[Goal]) -> None:
        kept = [goal for goal in goals if len(self.reach.get(goal, ())) < KILLERS and self.reaches(goal, point, here)]
        status: Goal = (id_, "status", _state(said(id_, here)))
        kept += [status] if len(self.reach.get(status, ())) < KILLERS else []
        if kept:
            self._add(point, kept)

    def _add(self, point: Spot, goals: Iterable[Goal]) -> None:
        self.points.append(point)
        for goal in goals:
            self.reach.setdefault(goal, []).append(len(self.points) - 1)

    def _plain(self, point: Spot) -> tuple[int, int, int]:
        return (len(point.readings), int(point.as_of != self.as_of) + len(point.facts.not_yet), len(point.facts.given))

    # --- by the solvers -----------------------------------------------------------------------------------------------

    def _solved(self, goal: Goal) -> None:
        """A case for what the search did not reach, or that there is none."""
        try:
            point, proved = self._of_change(goal) if goal[1] == "change" else self._of_status(goal)
        except (Unheld, TooMuch):
            point, proved = None, False
        for one in (point, self._kept if goal[1] == "change" else None):
            if one is not None and self.reaches(goal, one, situation(self.rule, one)):
                self._add(one, [goal])
                return
        (self.result.proved if proved else self.result.left).append(goal)

    def _of_change(self, goal: Goal) -> tuple[Spot | None, bool]:
        mutant, _ = self.mutants[goal]
        _, each = changes(self.rule, mutant.rule, self.as_of, self.make)
        here = next((one for one in each if one.name == goal[0]), None)
        if here is None or not here.shown:
            return None, here is not None and here.how in ALIKE
        shown = here.shown[0]
        return Spot(shown.facts, shown.as_of, shown.readings[0]), False

    @cached_property
    def _kept(self) -> Spot | None:
        """A case in which nothing is broken and nothing waits, so that a value which is waited for shows in the outcome."""
        with suppress(Unheld, TooMuch):
            study = Study(self.rule, self.as_of, self.make(), any_day=False)
            claims = [not_(or_(found["failed"], found["undetermined"])) for _, found in study.said]
            claims += [or_(study.world.named(p.id).known, not_(study.world.may_apply(p))) for p in study.values]
            one = study.case(claims, lambda verdict: verdict.outcome() != "undetermined").example
            return None if one is None else Spot(one.facts, one.as_of, one.readings)
        return None

    def _of_status(self, goal: Goal) -> tuple[Spot | None, bool]:
        study = Study(self.rule, self.as_of, self.make())
        p, said_ = next(((p, s) for p, s in study.said if p.id == goal[0]), (None, None))
        if p is None or said_ is None:
            return None, False
        answered = study.case([said_[goal[2]]], has(p, goal[2]))
        if answered.example is None:
            return None, answered.settled == "none"
        one = answered.example
        return Spot(one.facts, one.as_of, one.readings), False

    # --- fewest, and smallest -----------------------------------------------------------------------------------------

    def _chosen(self) -> list[Scenario]:
        """Cases that together reach all goals that can be reached, each time the one that reaches most of what is left."""
        reaching: dict[int, set[Goal]] = {}
        for goal, points in self.reach.items():
            for i in points:
                reaching.setdefault(i, set()).add(goal)
        left, found = set(self.reach), list[Scenario]()
        while left:
            i = max(reaching, key=lambda i: (len(reaching[i] & left), [-n for n in self._plain(self.points[i])]))
            found.append(Scenario(self.points[i], reaching[i] & left))
            left -= reaching.pop(i)
        return found

    def _holds(self, point: Spot, goals: Iterable[Goal]) -> bool:
        here = situation(self.rule, point)
        return not contradicted(here) and all(self.reaches(goal, point, here) for goal in goals)

    def _least(self, one: Scenario) -> Scenario:
        """The same without readings, another day and facts that are not needed."""
        point = one.point
        for name in [*point.readings]:
            less = replace(point, readings={n: o for n, o in point.readings.items() if n != name})
            point = less if self._holds(less, one.goals) else point
        for name in reversed([n for n in self.rule.inputs if n in point.facts.given or n in point.facts.not_yet]):
            given = {n: v for n, v in point.facts.given.items() if n != name}
            less = replace(point, facts=Facts(given, not_yet=point.facts.not_yet - {name}))
            point = less if self._holds(less, one.goals) else point
        today = replace(point, as_of=self.as_of)
        return Scenario(today if self._holds(today, one.goals) else point, one.goals)

    def _together(self, every: Sequence[Scenario]) -> list[Scenario]:
        """Cases put together where they say nothing different and all they are for is still reached."""
        found: list[Scenario] = []
        for one in every:
            for i, other in enumerate(found):
                both = _joined(other.point, one.point)
                if both is not None and self._holds(both, other.goals | one.goals):
                    found[i] = Scenario(both, other.goals | one.goals)
                    break
            else:
                found.append(one)
        return found


def _joined(a: Spot, b: Spot) -> Spot | None:
    """The facts of two cases in one, unless they differ somewhere."""
    if a.as_of != b.as_of or dict(a.readings) != dict(b.readings):
        return None
    given, later = {**a.facts.given, **b.facts.given}, a.facts.not_yet | b.facts.not_yet
    if (
        len(given) > FACTS
        or later & given.keys()
        or any(a.facts.given.get(n, v) != v for n, v in b.facts.given.items())
    ):
        return None
    return replace(a, facts=Facts(given, not_yet=later), at=a.at or b.at)


def _state(said: Status | Value | None) -> str:
    """A status as a state; whether a value is known."""
    if isinstance(said, Unknown):
        return "unknown"
    if isinstance(said, str) and said in ("violated", "departed", "missed"):
        return "failed"
    return said if isinstance(said, str) and said in STATES else "known"


def _differ(a: Status | Value | None, b: Status | Value | None) -> bool:
    return a != b and not (isinstance(a, Unknown) and isinstance(b, Unknown))
