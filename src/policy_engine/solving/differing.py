"""What changed between two versions of rules: which provisions are the same, stricter, looser, and a case each way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from policy_engine.proving.meaning import Meaning, plain_node
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.joined import TOTAL, Joined, joined, plain_name, tie
from policy_engine.solving.lists import looked_at
from policy_engine.solving.lists import plain_name as plain
from policy_engine.solving.short_lists import FEW, in_rows, of_rows, with_lists
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
    both = [id_ for id_ in mine.versions if id_ in theirs.versions]
    alike = {id_ for id_ in both if mine.same(theirs, id_)}
    if alike == {*mine.versions, *theirs.versions} and _musts(old) == _musts(new):
        return Became(name=old.decision, how="same"), [Became(name=id_, how="same") for id_ in both]
    pair = _Pair(old, new, as_of, make(), alike)
    found = [Became(name=id_, how="same") if id_ in alike else pair.change(id_) for id_ in both]
    found += [pair.only(id_, "removed") for id_ in mine.versions if id_ not in theirs.versions]
    found += [pair.only(id_, "added") for id_ in theirs.versions if id_ not in mine.versions]
    return pair.whole(found), found


def _musts(rule: Rule) -> tuple[object, ...]:
    return tuple(map(plain_node, rule.facts_must))


class _Pair:
    """Two versions of a decision, asked about on every stretch of days on which the same versions of provisions stand.

    Of lists one row is looked at, whatever the totals: what is never so of these is so of no list. Cases are those of which the lists
    themselves say the same, else they are looked for among lists of few rows.
    """

    def __init__(self, old: Rule, new: Rule, as_of: dt.date, solvers: Solvers, alike: Collection[str]) -> None:
        self.rules, self.as_of, self.solvers, self.alike = (old, new), as_of, solvers, alike
        self.told: dict[str, Told] = {}
        mine, theirs = ({name for rows in rule.rows.values() for name in rows.totals} for rule in self.rules)
        self.unheld = dict.fromkeys((mine & theirs).difference(alike), TOTAL)
        self._look((looked_at(old), looked_at(new)), self.unheld)
        with solvers.seeking():
            for many in FEW if old.rows or new.rows else ():
                if self.unheld or any(told.open for told in self.told.values()):
                    self._look((of_rows(old, many), of_rows(new, many)), (), many)

    def _look(self, rules: tuple[Rule, Rule], otherwise: Collection[str], many: int | None = None) -> None:
        """Ask about both without lists: of any, or of so many rows each."""
        one = joined(*rules, otherwise)
        if many is None:
            self.unheld |= {plain(id_): why for id_, why in one.apart.items()}
        for day in self._days(one.rule):
            self._on(day, one, rules, many)

    def _days(self, rule: Rule) -> list[dt.date]:
        """A day of each stretch, as near to that of the decision as can be, the nearest first."""
        first, last = around(self.as_of)
        ends = [p.valid_from for p in rule.provisions if p.valid_from]
        ends += [p.valid_until + dt.timedelta(1) for p in rule.provisions if p.valid_until and p.valid_until < last]
        marks = sorted({first, *(day for day in ends if first < day <= last)})
        until = [*(mark - dt.timedelta(1) for mark in marks[1:]), last]
        near = [min(max(self.as_of, start), end) for start, end in zip(marks, until, strict=True)]
        kept: dict[tuple[int, ...], dt.date] = {}
        for day in sorted(near, key=lambda day: (abs((day - self.as_of).days), day)):
            kept.setdefault(tuple(id(p) for p in rule.at(day)), day)
        return list(kept.values())

    def _on(self, day: dt.date, one: Joined, rules: tuple[Rule, Rule], many: int | None) -> None:
        """All that is asked about a stretch; about one day of it where any day is too much, and then nothing is settled."""
        try:
            found = self._asked(Study(one.rule, day, self.solvers), one, rules, many)
        except TooMuch:
            study = Study(one.rule, one_day(one.rule, day), self.solvers, any_day=False)
            found = self._asked(study, one, rules, many)
            for told in found.values():
                told.open.add("otherwise")
        for name, told in found.items():
            if many is None:
                self._real(name, told, rules)
                self.told.setdefault(plain(name), Told()).add(told)
            else:
                shown = {way: in_rows(one_, self.rules, many) for way, one_ in told.found.items()}
                self.told.setdefault(plain(name), Told()).add(Told(shown))

    def _asked(self, study: Study, one: Joined, rules: tuple[Rule, Rule], many: int | None) -> dict[str, Told]:
        tie(study, one, *rules)
        asking = Asking(study, rules, self.rules[0].rows | self.rules[1].rows if many is None else ())  # type: ignore[operator]
        if many is None:
            self.unheld |= {plain(plain_name(id_)): why for id_, why in study.unheld.items()}
        return asking.every({id_ for id_ in map(plain_name, one.rule.ids) if plain(id_) in self.alike or "[2]" in id_})

    def _real(self, name: str, told: Told, rules: tuple[Rule, Rule]) -> None:
        """Keep the cases of which lists say the same."""
        for way, shown in [*told.found.items()]:
            real = with_lists(name, shown, rules, self.rules)
            if real is None:
                del told.found[way]
                told.open.add(way)
            else:
                told.found[way] = real

    def change(self, id_: str) -> Became:
        """What became of a provision that both have."""
        told = self.told.get(id_, Told())
        if len({p.each for rule in self.rules for p in rule.provisions if p.id == id_}) > 1:
            return Became(name=id_, how="not-settled", why="each and all")
        if id_ in self.unheld or id_ not in self.told:
            return _summed(id_, Told(told.found, {*told.open, "otherwise"}), self.unheld.get(id_, ""))
        kinds = {p.is_formula for rule in self.rules for p in rule.cited if p.id == id_}
        return _summed(id_, told) if len(kinds) == 1 else Became(name=id_, how="changed")

    def only(self, id_: str, how: Literal["added", "removed"]) -> Became:
        """A provision that one version has: a case in which it is violated, or its value is known."""
        told = self.told.get(id_, Told())
        return Became(name=id_, how=how, shown=tuple(told.found.values()), why=self.unheld.get(id_, ""))

    def whole(self, each: Sequence[Became]) -> Became:
        """What became of the decision: whether more or less of what is done breaks it."""
        name, told = self.rules[0].decision, self.told[""]
        unsettled = any(one.how == "not-settled" for one in each) or bool(self.unheld)
        found = _summed(name, Told(told.found, told.open | ({"otherwise"} if unsettled else set())))
        if found.how == "equivalent" and not all(one.how in ALIKE for one in each):
            return Became(name=name, how="otherwise")
        return found


def _summed(name: str, told: Told, why: str = "") -> Became:
    """What some ways say together; one way alone is said only where it is settled that there is no other."""
    ways, shown = set(told.found), tuple(told.found.values())
    for one, other in (("stricter", "looser"), ("higher", "lower")):
        if {one, other} <= ways:
            return Became(name=name, how="incomparable", shown=shown)
    if told.open:
        return Became(name=name, how="not-settled", shown=shown, why=why)
    for way in ("stricter", "looser", "higher", "lower", "changed", "otherwise"):
        if way in ways:
            return Became(name=name, how=way, shown=tuple(one for one in shown if one.way == way))
    return Became(name=name, how="equivalent")
