"""Cases that show a change between two versions of a rule: found by the solvers, decided by the interpreter under each version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Literal

from policy_engine.basics.values import Unknown, Value
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outcome import OutcomeName, Status, outcome_of
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.solving.formula import FALSE, TRUE, and_, not_, or_
from policy_engine.solving.joined import SIDES, facts_of, of_side, plain_name, readings_of
from policy_engine.solving.study import Example, Meant, Study
from policy_engine.solving.sym import same
from policy_engine.solving.tidy import tidied
from policy_engine.solving.world import STATES

Way = Literal["stricter", "looser", "otherwise", "higher", "lower", "changed", "added", "removed"]
Said = Status | OutcomeName | Value
States = Mapping[Status | str, str]
WEIGHT: Final[Mapping[Status, int]] = {"violated": 2, "departed": 1, "missed": 1}
"""How grave it is to fail; what is only ordinary or a target weighs less than what must be."""
HEAVY: Final = {"binding": 2, "ordinary": 1, "target": 1, "option": 0}
GRAVE: Final[Mapping[object, int]] = {"non_compliant": 2, "compliant_with_departures": 1}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A case that shows a change: its facts, the readings of each version, and what each says; None where it has no such provision."""

    way: Way
    facts: Facts
    as_of: dt.date
    readings: tuple[Mapping[str, str], Mapping[str, str]]
    said: tuple[Said | None, Said | None]


@dataclass
class Told:
    """What is known of a change so far: a case each way, and the ways of which nobody knows whether there is one."""

    found: dict[Way, Shown] = field(default_factory=dict)
    open: set[Way] = field(default_factory=set)

    def add(self, other: Told) -> None:
        """Learn what was asked of other cases."""
        self.found = {**other.found, **self.found}
        self.open = (self.open | other.open) - self.found.keys()


Pair = tuple[Said | None, Said | None]
Ask = tuple[Way, Sequence[Sequence[str]], Callable[[Pair], bool]]
"""What is looked for: the claims, the plainest case first, and what the interpreter must then say of both."""
Says = Callable[[Verdict], Said | None]


class Asking:
    """What is asked about two versions that are put to the solvers as one rule."""

    def __init__(self, study: Study, rules: tuple[Rule, Rule], lists: Iterable[str] = ()) -> None:
        self.study, self.rules = study, rules
        self.there = {name: study.script.variable("Bool") for name in lists}
        """Whether lists have rows at all of which one is looked at: where there is none, no check of a row breaks anything."""
        self.checks = {p.id: (p, said) for p, said in study.said}
        self.formulas = {p.id: p for p in study.values}
        codes, readings = study.codes, study.rule.readings
        self.defaults = [f"(= {v} {codes.of(readings[name].default)})" for name, v in study.free.items()]

    def every(self, alike: Collection[str]) -> dict[str, Told]:
        """What became of each provision that is held and not written alike, and under no name of the whole."""
        names = dict.fromkeys(plain_name(id_) for id_ in (*self.checks, *self.formulas) if plain_name(id_) not in alike)
        found = {name: self._one(name) for name in names}
        return found | {"": self.whole(found)}

    def whole(self, parts: Mapping[str, Told]) -> Told:
        """What became of the decision. It is broken more than before only where one of its provisions is, so a case of one may do."""
        told = Told()
        for way, i, j, alone in (("stricter", 0, 1, "added"), ("looser", 1, 0, "removed")):
            checks = [
                one for name, one in parts.items() if {of_side(name, side) for side in SIDES} & self.checks.keys()
            ]
            bearing = [one for one in checks if {way, alone} & one.found.keys() or one.open]
            cases = [shown for one in bearing for shown in one.found.values() if shown.way in (way, alone)]
            for shown in cases:
                before, after = map(so_far, self.decided(shown))
                if _grave((before, after)[j]) > _grave((before, after)[i]):
                    told.found[way] = replace(shown, way=way, said=(before, after))  # type: ignore[index, arg-type]
                    break
            else:
                told.add(self._told([self._whole(way, i, j)] if bearing else [], so_far))  # type: ignore[arg-type]
        return told

    def _one(self, name: str) -> Told:
        ids = [of_side(name, side) for side in SIDES]
        if all(id_ in self.checks for id_ in ids):
            return self._told(self._statuses(*ids), partial(_status, name))
        if all(id_ in self.formulas for id_ in ids):
            return self._told(self._values(*ids), partial(_value, name))
        side = 0 if ids[0] in {*self.checks, *self.formulas} else 1
        way: Way = "added" if side else "removed"
        if ids[side] in self.checks:
            failed = self.checks[ids[side]][1]["failed"]
            return self._told([(way, [[failed]], lambda pair: weight(pair[side]) > 0)], partial(_status, name))
        known = self.study.world.named(ids[side]).known
        return self._told([(way, [[known]], lambda pair: not isinstance(pair[side], Unknown))], partial(_value, name))

    # --- what is looked for -------------------------------------------------------------------------------------------

    def _statuses(self, old: str, new: str) -> Iterator[Ask]:
        (p, a), (q, b) = self.checks[old], self.checks[new]
        for way, before, after, pair in (("stricter", (p, a), (q, b), (0, 1)), ("looser", (q, b), (p, a), (1, 0))):
            claim = self.study.script.let(_graver(*before, *after), "Bool")
            said = before[1]
            told = or_(said["satisfied"], said["not_applicable"], said["failed"])
            i, j = pair
            yield way, [[claim, told], [claim]], lambda pair, i=i, j=j: weight(pair[j]) > weight(pair[i])  # type: ignore[misc]
        apart = [and_(a[x], b[y]) for x in STATES for y in STATES if x != y]
        if p.force != q.force:
            apart.append(and_(a["failed"], b["failed"]))
        told = not_(or_(a["undetermined"], b["undetermined"]))
        yield "otherwise", [[or_(*apart), told], [or_(*apart)]], lambda pair: pair[0] != pair[1]

    def _values(self, old: str, new: str) -> Iterator[Ask]:
        a, b = self.study.world.named(old), self.study.world.named(new)
        ordered = {self.formulas[id_].type and self.formulas[id_].type.kind for id_ in (old, new)}  # type: ignore[union-attr]
        known = and_(a.known, b.known)
        if ordered in ({"number"}, {"date"}):
            compared = self.study.world.terms.compared
            yield "higher", [[known, compared(">", b, a).true]], lambda pair: _both(pair) and pair[1] > pair[0]  # type: ignore[operator]
            yield "lower", [[known, compared("<", b, a).true]], lambda pair: _both(pair) and pair[1] < pair[0]  # type: ignore[operator]
        apart = FALSE if FALSE in (a.known, b.known) else not_(same(a, b))
        may = [self.study.world.may_apply(self.formulas[id_]) for id_ in (old, new)]
        waits = or_(and_(may[0], not_(may[1])), and_(may[1], not_(may[0])))
        claims = [
            [known, apart],
            [or_(and_(known, apart), and_(a.known, not_(b.known)), and_(b.known, not_(a.known)))],
            [waits],
        ]
        yield "changed", claims, lambda pair: not _alike(*pair)

    def _whole(self, way: Way, i: int, j: int) -> Ask:
        """That one version is broken, and the other is not, or less."""
        ranks = []
        for side in SIDES:
            mine = [(p, said) for id_, (p, said) in self.checks.items() if id_ == of_side(plain_name(id_), side)]
            ranks.append([or_(*(self._fails(p, said) for p, said in mine if HEAVY[p.force] == n)) for n in (2, 1)])
        (before2, before1), (after2, after1) = ranks[i], ranks[j]
        less = and_(after1, not_(before1), not_(before2))
        return way, [[or_(and_(after2, not_(before2)), less)]], lambda pair: _grave(pair[j]) > _grave(pair[i])

    def _fails(self, p: Provision, said: States) -> str:
        return and_(said["failed"], self.there.get(p.origin.each if p.origin else "", TRUE))

    # --- and found ----------------------------------------------------------------------------------------------------

    def _told(self, asks: Iterable[Ask], says: Says) -> Told:
        """A case each way; what is neither stricter nor looser, higher nor lower is looked for only where nothing else is found."""
        told = Told()
        for way, every, holds in asks:
            if way in ("otherwise", "changed") and (told.found or told.open):
                break
            settled = list[str]()
            sure = [[*every[0], *self.defaults], every[0]] if self.defaults else [every[0]]
            for claims in [*sure, *every[1:]]:
                meant = self._meant(says, holds, plain=claims in sure and len(every) > 1)
                answered = self.study.case(claims, meant)
                if answered.example is not None:
                    told.found[way] = self._shown(way, self._plainer(answered.example, meant), says)
                    break
                settled.append(answered.settled)
            else:
                told.open |= set() if set(settled) == {"none"} else {way}
        return told

    def decided(self, shown: Shown) -> list[Verdict]:
        """A case under each version."""
        cases = zip(self.rules, shown.readings, strict=True)
        return [Verdict(rule, facts_of(rule, shown.facts), shown.as_of, chosen) for rule, chosen in cases]

    def _verdicts(self, facts: Facts, as_of: dt.date, chosen: Mapping[str, str]) -> list[Verdict]:
        return [
            Verdict(rule, facts_of(rule, facts), as_of, readings_of(rule, chosen, side))
            for rule, side in zip(self.rules, SIDES, strict=True)
        ]

    def _plainer(self, example: Example, meant: Meant) -> Example:
        """The same without what is not needed, of the day that is asked about where that does as well."""
        stands = partial(self.study.stands, meant=meant)
        plainer = tidied(self.study.rule, example, stands)
        today = replace(plainer, as_of=self.study.as_of)
        return today if stands(today) else plainer

    def _meant(self, says: Says, holds: Callable[[Pair], bool], plain: bool = False) -> Meant:
        """That a pair is as it is to be; `plain`: and that both versions say something."""

        def meant(verdict: Verdict) -> bool:
            pair = self._pair(verdict, says)
            return holds(pair) and not (
                plain and any(one == "undetermined" or isinstance(one, Unknown) for one in pair)
            )

        return meant

    def _pair(self, verdict: Verdict, says: Says) -> Pair:
        """What each version says of a case of both; nothing where one refuses it."""
        later = verdict.rule.not_yet
        facts = Facts({n: v for n, v in verdict.given.items() if n not in later}, not_yet=later)
        old, new = self._verdicts(facts, verdict.as_of, verdict.chosen)
        return (None, None) if contradicted(old.base) or contradicted(new.base) else (says(old), says(new))

    def _shown(self, way: Way, example: Example, says: Says) -> Shown:
        old, new = self._verdicts(example.facts, example.as_of, example.readings)
        given = {plain_name(name): value for name, value in example.facts.given.items()}
        facts = Facts(given, not_yet=frozenset(map(plain_name, example.facts.not_yet)))
        return Shown(
            way=way, facts=facts, as_of=example.as_of, readings=(old.chosen, new.chosen), said=(says(old), says(new))
        )


def so_far(verdict: Verdict) -> OutcomeName:
    """The outcome of the checks that say something, whatever the others may say once more is known."""
    return outcome_of([s for s in map(verdict.status, verdict.checks) if s != "undetermined"], [])


def _graver(p: Provision, a: States, q: Provision, b: States) -> str:
    """That one check fails more gravely than another."""
    before, after = HEAVY[p.force], HEAVY[q.force]
    if not after:
        return FALSE
    return b["failed"] if after > before else and_(b["failed"], not_(a["failed"]))


def _grave(said: Said | None) -> int:
    return GRAVE.get(said, 0) if isinstance(said, str) else 0


def weight(said: Said | None) -> int:
    """How grave a status is."""
    return WEIGHT.get(said, 0) if isinstance(said, str) else 0  # type: ignore[call-overload]


def _status(name: str, verdict: Verdict) -> Said | None:
    return next((verdict.status(p) for p in verdict.checks if p.id == name), None)


def _value(name: str, verdict: Verdict) -> Said | None:
    """The value of a formula; None where it has nothing to say."""
    p = next((p for p in verdict.formulas if p.id == name), None)
    value = None if p is None else verdict.base[p.id]
    return None if p is None or (isinstance(value, Unknown) and not verdict.base.says(p)) else value


def _both(pair: Pair) -> bool:
    return not any(one is None or isinstance(one, Unknown) for one in pair)


def _alike(a: Said | None, b: Said | None) -> bool:
    return a == b or (isinstance(a, Unknown) and isinstance(b, Unknown))
