"""The fewest ledgers that notice every small change of a register: what is dated, counted and added up of which entries."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.errors import Place, Text
from policy_engine.basics.places import ReadFile
from policy_engine.basics.values import Known, Unknown, to_json
from policy_engine.deciding.facts import within
from policy_engine.language import ir
from policy_engine.proving.cases import Case
from policy_engine.proving.mutate import Mutant, mutants
from policy_engine.proving.near import Near
from policy_engine.proving.shape import Expect
from policy_engine.registers.periods import entry_rule, register_of
from policy_engine.registers.proved import holds, said_by_period, without_refused
from policy_engine.rulebook.rule import Register, Rule
from policy_engine.solving.answers import written

DRAWN: Final = 150
"""So many ledgers are drawn for a register."""
ENTRIES: Final = 9
PEOPLE: Final = ("甲", "乙")
_NOTHING: Final = (Unknown(), None)
Found = Mapping[tuple[str, str], Sequence[tuple[Any, Any]]]


@dataclass
class Ledgers:
    """The cases found for a register, as scenarios; how many small changes there are, and those that no case notices."""

    scenarios: list[dict[str, object]] = field(default_factory=list)
    changes: int = 0
    left: list[str] = field(default_factory=list)


def ledgers(rule: Rule, as_of: dt.date) -> Ledgers:
    """Ledgers of one decision, none where it has no register."""
    result = Ledgers()
    if rule.register is None:
        return result
    alive = [m for m in mutants(rule) if m.rule.register is not rule.register]
    result.changes = len(alive)
    draw, kept = _Draw(rule, as_of), list[tuple[Case, list[Mutant]]]()
    for _ in range(DRAWN):
        if not alive:
            break
        case = without_refused(draw.case(), rule)
        base = said_by_period(case, rule)
        if not base:
            continue
        noticed = [m for m in alive if _first(base, said_by_period(case, m.rule)) is not None]
        if noticed:
            kept.append((case, noticed))
            alive = [m for m in alive if m not in noticed]
    result.scenarios = [_written(rule, i, *_least(rule, *one)) for i, one in enumerate(kept, 1)]
    result.left = [m.change for m in alive]
    return result


def _first(base: Found, other: Found | None) -> tuple[str, str] | None:
    """The first thing that is said otherwise of a ledger, or only in one of two; everything where an entry is refused."""
    for key in dict.fromkeys([*base, *(other or {})]):
        found = base.get(key, [_NOTHING])
        if len({_shown(one) for one in found}) == 1 and (other is None or _apart(found[0], other.get(key, ()))):
            return key
    return None


def _apart(wanted: tuple[Any, Any], found: Sequence[tuple[Any, Any]]) -> bool:
    return any(_shown(one) != _shown(wanted) for one in found) or (not found and _shown(wanted) is not None)


def _shown(found: tuple[Any, Any]) -> object:
    return None if isinstance(found[0], Unknown) else to_json(found[0])


def _least(rule: Rule, case: Case, noticed: Sequence[Mutant]) -> tuple[Case, dict[str, dict[str, object]]]:
    """The case with as few entries as notice the same changes, and what must be expected of it for that."""
    for entry in case.entries or ():
        less = replace(case, entries=[one for one in case.entries or () if one is not entry])
        if _expected(rule, less, noticed) is not None:
            case = less
    found = _expected(rule, case, noticed)
    assert found is not None
    return case, found


def _expected(rule: Rule, case: Case, noticed: Sequence[Mutant]) -> dict[str, dict[str, object]] | None:
    """What is to be expected, by period; None where a change would not be noticed."""
    base = said_by_period(case, rule)
    found: dict[str, dict[str, object]] = {}
    for mutant in noticed if base else ():
        key = _first(base or {}, said_by_period(case, mutant.rule))
        if key is None:
            return None
        found.setdefault(key[0], {})[key[1]] = _shown((base or {}).get(key, [_NOTHING])[0])
    expect = replace(case, expect=Expect(findings="any", periods=found))
    proved = bool(base) and holds(expect, rule) and not any(holds(expect, m.rule) for m in noticed)
    return found if proved else None


def _written(rule: Rule, number: int, case: Case, expected: Mapping[str, object]) -> dict[str, object]:
    name = Text(f"{rule.title.en}: by the register ({number})", f"{rule.title.zh}：按登记表（{number}）")
    data: dict[str, object] = {
        "name": {"en": name.en, "zh": name.zh},
        "as_of": str(case.as_of),
        "from": str(case.first_day),
    }
    data |= {"facts": case.facts} if case.facts else {}
    return data | {"entries": list(case.entries or ()), "expect": {"findings": "any", "periods": expected}}


class _Draw:
    """Ledgers at random, the same each time."""

    def __init__(self, rule: Rule, as_of: dt.date) -> None:
        self.rule, self.register = rule, register_of(rule)
        self.rng = random.Random(rule.decision)  # noqa: S311 - entries, no secrets
        self.year = as_of.year - 1
        seen = entry_rule(rule).inputs
        near = Near(replace(rule, inputs={**rule.inputs, **self.register.columns}), rule.ids[0], as_of, whole=True)
        self.pools: dict[str, Sequence[Known]] = {
            n: near.pools.get(n) or near.pool(e) for n, e in seen.items() if e.type.kind != "text"
        }
        each = _named(self.register) | self.register.columns.keys()
        self.each = [n for n in self.pools if n in each and n != self.register.date]
        self.fixed = [n for n in self.pools if n not in each]
        self.inputs, self.sizes = seen, list(range(ENTRIES + 1))

    def _value(self, name: str, i: int) -> Known:
        entry = self.inputs[name]
        if entry.type_name == "money":  # no two sums are alike
            return Fraction(1_000_000 * 2 ** self.sizes[i])
        return self.rng.choice(self.pools[name])

    def case(self) -> Case:
        """A year of entries, some of the year before, several on one day."""
        rng, entries = self.rng, list[dict[str, Any]]()
        self.sizes = [*rng.sample(range(ENTRIES), ENTRIES), ENTRIES]
        of_each = [n for n in self.fixed if rng.random() < 0.5]
        facts = {
            n: written(self.inputs[n], self._value(n, ENTRIES) if rng.random() < 0.5 else rng.choice(self.pools[n]))
            for n in self.fixed
            if n not in of_each and self.pools[n] and rng.random() < 0.8
        }
        days = [dt.date(self.year, rng.randint(1, 12), rng.choice((1, 15, 28))) for _ in range(ENTRIES - 3)]
        for i, day in enumerate(sorted([*days, dt.date(self.year - 1, rng.randint(6, 12), 10)])):
            entry: dict[str, Any] = {self.register.date: day.isoformat()}
            if self.register.by is not None:
                entry[self.register.by] = rng.choice(PEOPLE)
            for name in (*self.each, *of_each):
                value = self._value(name, i) if self.pools[name] and rng.random() < 0.85 else None
                if value is not None and within(self.inputs[name], value):
                    entry[name] = written(self.inputs[name], value)
            entries.append(entry)
        entries += [dict(rng.choice(entries)) for _ in range(2)]  # two of one day and kind
        last = rng.choice((dt.date(self.year, 12, 31), dt.date(self.year, 12, 31), dt.date(self.year, 11, 20)))
        return Case(
            name=Text("", ""), decision=self.rule.decision, as_of=last, facts=facts, readings={}, expect=None, entries=entries,
            first_day=dt.date(self.year, 1, 1), source=ReadFile("found", None, {}), place=Place("found"),
        )  # fmt: skip


def _named(register: Register) -> set[str]:
    """The names that the register itself uses of an entry."""
    nodes = [register.each, *(total.where for total in register.totals.values())]
    return {n for node in nodes for n in ir.names(node)} | {t.summed for t in register.totals.values() if t.summed}
