"""What changed between two versions of rules: which provisions are the same, stricter, looser, and a case each way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from policy_engine.proving.meaning import Meaning, plain_node
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.joined import joined, plain_name, tie
from policy_engine.solving.shown import Asking, Shown, Told
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.study import Study, TooMuch, around, one_day

How = Literal[
    "same", "equivalent", "stricter", "looser", "incomparable", "otherwise", "higher", "lower", "changed", "added", "removed",
    "not-settled",
]  # fmt: skip
ALIKE: Final[frozenset[How]] = frozenset({"same", "equivalent"})


@dataclass(frozen=True, kw_only=True)
class Became:
    """What became of a provision, or of a decision as a whole. `same`: written alike; `equivalent`: both solvers say so."""

    name: str
    how: How
    shown: tuple[Shown, ...] = ()
    why: str = ""


def changes(old: Rule, new: Rule, as_of: dt.date, make: Callable[[], Solvers]) -> tuple[Became, list[Became]]:
    """What became of a decision, and of each of its provisions. `make`: gives solvers where they are needed at all."""
    mine, theirs = Meaning(old), Meaning(new)
    both = [id_ for id_ in old.ids if id_ in theirs.versions]
    alike = {id_ for id_ in both if mine.same(theirs, id_)}
    if alike == {*old.ids, *new.ids} and _musts(old) == _musts(new):
        return Became(name=old.decision, how="same"), [Became(name=id_, how="same") for id_ in old.ids]
    pair = _Pair(old, new, as_of, make(), alike)
    found = [Became(name=id_, how="same") if id_ in alike else pair.change(id_) for id_ in both]
    found += [pair.only(id_, "removed") for id_ in old.ids if id_ not in theirs.versions]
    found += [pair.only(id_, "added") for id_ in new.ids if id_ not in mine.versions]
    return pair.whole(found), found


def _musts(rule: Rule) -> tuple[object, ...]:
    return tuple(map(plain_node, rule.facts_must))


class _Pair:
    """Two versions of a decision, asked about on every stretch of days on which the same versions of provisions stand."""

    def __init__(self, old: Rule, new: Rule, as_of: dt.date, solvers: Solvers, alike: Collection[str]) -> None:
        self.rules, self.as_of, self.solvers, self.alike = (old, new), as_of, solvers, alike
        self.joined = joined(old, new)
        self.unheld: dict[str, str] = dict(self.joined.apart)
        self.told: dict[str, Told] = {}
        for day in self._days():
            self._on(day)

    def _days(self) -> list[dt.date]:
        """A day of each stretch, as near to that of the decision as can be, the nearest first."""
        rule, (first, last) = self.joined.rule, around(self.as_of)
        ends = [p.valid_from for p in rule.provisions if p.valid_from]
        ends += [p.valid_until + dt.timedelta(1) for p in rule.provisions if p.valid_until and p.valid_until < last]
        marks = sorted({first, *(day for day in ends if first < day <= last)})
        until = [*(mark - dt.timedelta(1) for mark in marks[1:]), last]
        near = [min(max(self.as_of, start), end) for start, end in zip(marks, until, strict=True)]
        kept: dict[tuple[int, ...], dt.date] = {}
        for day in sorted(near, key=lambda day: (abs((day - self.as_of).days), day)):
            kept.setdefault(tuple(id(p) for p in rule.at(day)), day)
        return list(kept.values())

    def _on(self, day: dt.date) -> None:
        """All that is asked about a stretch; about one day of it where any day is too much, and then nothing is settled."""
        try:
            found = self._asked(Study(self.joined.rule, day, self.solvers))
        except TooMuch:
            last = one_day(self.joined.rule, day)
            found = self._asked(Study(self.joined.rule, last, self.solvers, any_day=False))
            for one in found.values():
                one.settled = False
        for name, one in found.items():
            kept = self.told.setdefault(name, Told())
            kept.settled = kept.settled and one.settled
            kept.found = {**one.found, **kept.found}

    def _asked(self, study: Study) -> dict[str, Told]:
        tie(study, self.joined, *self.rules)
        asking = Asking(study, self.rules)
        self.unheld |= {plain_name(id_): why for id_, why in study.unheld.items()}
        return asking.every(self.alike)

    def change(self, id_: str) -> Became:
        """What became of a provision that both have."""
        if id_ in self.unheld or id_ not in self.told:
            return Became(name=id_, how="not-settled", why=self.unheld.get(id_, ""))
        kinds = {p.is_formula for rule in self.rules for p in rule.provisions if p.id == id_}
        return _summed(id_, self.told[id_]) if len(kinds) == 1 else Became(name=id_, how="changed")

    def only(self, id_: str, how: Literal["added", "removed"]) -> Became:
        """A provision that one version has: a case in which it is violated, or its value is known."""
        return Became(
            name=id_, how=how, shown=tuple(self.told.get(id_, Told()).found.values()), why=self.unheld.get(id_, "")
        )

    def whole(self, each: Sequence[Became]) -> Became:
        """What became of the decision: whether more or less of what is done breaks it."""
        name, told = self.rules[0].decision, self.told[""]
        unsettled = any(one.how == "not-settled" for one in each) or bool(self.unheld)
        found = _summed(name, Told(told.settled and not unsettled, told.found))
        if found.how == "equivalent" and not all(one.how in ALIKE for one in each):
            return Became(name=name, how="otherwise")
        return found


def _summed(name: str, told: Told) -> Became:
    """What some ways say together; one way alone is said only where it is settled that there is no other."""
    ways, shown = set(told.found), tuple(told.found.values())
    for one, other in (("stricter", "looser"), ("higher", "lower")):
        if {one, other} <= ways:
            return Became(name=name, how="incomparable", shown=shown)
    if not told.settled:
        return Became(name=name, how="not-settled", shown=shown)
    for way in ("stricter", "looser", "higher", "lower", "changed", "otherwise"):
        if way in ways:
            return Became(name=name, how=way, shown=tuple(one for one in shown if one.way == way))
    return Became(name=name, how="equivalent")
