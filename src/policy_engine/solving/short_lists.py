"""Cases of two versions of a rule that show a change, as cases with lists: of a row and totals, or of lists of few rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts
from policy_engine.rulebook.rule import Rows, Rule
from policy_engine.solving.joined import facts_of
from policy_engine.solving.lists import as_lists, written_out
from policy_engine.solving.shown import Said, Shown, so_far
from policy_engine.solving.study import Example

FEW: Final = (1, 2, 0)
"""So many rows may lists have in which a case is looked for."""


def of_rows(rule: Rule, many: int) -> Rule:
    """A rule written out for lists of so many rows each."""
    return written_out(rule, Facts({}, rows=dict.fromkeys(rule.rows, (many, True))))[0]


def both_lists(old: Rule, new: Rule) -> dict[str, Rows]:
    """The lists of two versions, with the columns of both."""
    found = {**old.rows, **new.rows}
    for name in old.rows.keys() & new.rows.keys():
        found[name] = replace(new.rows[name], columns={**old.rows[name].columns, **new.rows[name].columns})
    return found


def in_rows(shown: Shown, rules: tuple[Rule, Rule], many: int) -> Shown:
    """A case of rules that are written out so, as one with lists."""
    return replace(shown, facts=replace(shown.facts, rows=dict.fromkeys(both_lists(*rules), (many, True))))


def with_lists(name: str, shown: Shown, looked: tuple[Rule, Rule], rules: tuple[Rule, Rule]) -> Shown | None:
    """A case of one row and totals as one with lists of which both versions say the same; None where there is none such."""
    merged = replace(rules[1], rows=both_lists(*rules))
    for example in as_lists(merged, Example(merged.decision, shown.facts, shown.as_of, {})):
        tried = replace(shown, facts=example.facts)
        if _says(name, tried, rules) == _says(name, shown, looked):
            return tried
    return None


def _says(name: str, shown: Shown, rules: tuple[Rule, Rule]) -> list[Said | None]:
    found: list[Said | None] = []
    for rule, chosen in zip(rules, shown.readings, strict=True):
        verdict = Verdict(rule, facts_of(rule, shown.facts), shown.as_of, chosen)
        if contradicted(verdict.base):
            return []
        if not name:
            found.append(so_far(verdict))
        statuses = [verdict.status(p) for p in verdict.checks if p.id == name]
        values = [verdict.base[p.id] for p in verdict.formulas if p.id == name and verdict.base.says(p)]
        found += statuses or [Unknown() if isinstance(value, Unknown) else value for value in values] or [None]
    return found
