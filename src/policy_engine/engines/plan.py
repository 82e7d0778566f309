"""A rule as table expressions: the same tree, translated to Ibis, run where the rows are.

Numbers are whole numbers with a denominator known beforehand: a column of two decimals is counted in hundredths, and
sides are cross-multiplied, so that nothing is divided and nothing rounded. NULL is a fact not given. What an engine
cannot do exactly is refused by name (`Refused`), never approximated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policy_engine.basics.errors import NO_WORDS, PolicyError, Problem, demand, problem
from policy_engine.basics.values import FLAG, BadValue, Known, read_date
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.situation import resting
from policy_engine.engines import ratios
from policy_engine.engines.codes import TEXT
from policy_engine.engines.dates import as_date
from policy_engine.engines.ratios import Ratio
from policy_engine.engines.terms import Refused, Term, shown_plain
from policy_engine.engines.translations import GIVEN, Translations
from policy_engine.registers.periods import uses
from policy_engine.rulebook.bounds import bounded_where
from policy_engine.rulebook.rows import tabled
from policy_engine.rulebook.rule import Input, Provision, Rule
from policy_engine.tables.columns import NOT_YET_COLUMN, not_yet_flag

__all__ = ["OUTCOME", "PARTS", "REFUSED", "Plan", "Refused", "plan"]

OUTCOME, CONTESTED, STATUS, VALUE, REFUSED = "outcome", "contested", "status", "value", "refused"
ASSUMES: Final = "assumes"
PARTS: Final = (OUTCOME, CONTESTED, STATUS, VALUE, ASSUMES, REFUSED)
BY: Final = "by"


@dataclass(frozen=True)
class Plan:
    """What to select for a rule.

    `table` has the columns kept, `outcome`, `contested`; `<id>.status` for each check, and `<id>.contested` where a
    reading bears on it or on a formula; each formula under its id; `<id>.assumes` where one can rest on what nobody gave. A number stands there as a whole number over `unders[id]`, and over
    `<id>.by` too where it comes from a division by a column. `refused` names what is wrong with a row whose facts are
    not possible (an input out of its bounds, or facts that contradict each other); the rest then means nothing.
    `left` names what is not told, since it rests on a list: the outcome is then what holds whatever the list has.
    """

    table: Any
    unders: Mapping[str, int]
    left: tuple[str, ...] = ()


def plan(
    rule: Rule,
    table: Any,
    as_of: dt.date,
    chosen: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    readable: bool = False,
    parts: Collection[str] = PARTS,
    dated: str | None = None,
    fixed: Mapping[str, Known] | None = None,
    below: int | None = None,
    today: dt.date | None = None,
    statuses: str = TEXT,
) -> Plan:
    """The findings of a rule over a table; `columns` says which column gives an input, else the one of its name.

    `readable` shows numbers as decimals, or as text `n/d` where they have none. `parts` says what is to be shown.
    `below`: a row with a number of more digits before the point is refused, as one that the engine may not hold.
    `fixed` has facts of every row whose column does not say otherwise. `dated` names a column with the date each row is decided as of; the provisions in force are those of `as_of`.
    `today`: up to when things are known, if that is another day: what is due by then is judged, and what is not yet comes after it.

    `statuses`: as `text`, as the `code` of `CODES`, or as `flags`: true where satisfied, false where not, NULL where that does not apply or is not known.

    Raises:
        Refused: a column or an expression cannot be read exactly.
        PolicyError: a column to keep has the name of one that the findings have.
    """
    as_of = _asked(rule, table, as_of, chosen or {})
    rule, lost, left = _listed(rule, table.columns if columns is None else columns)
    named = [*rule.inputs, *(f"{name}{NOT_YET_COLUMN}" for name in rule.inputs)]
    given = {name: name for name in named if name in table.columns} if columns is None else columns
    given = {name: column for name, column in given.items() if name in named and name not in lost}
    rule = _bounded(rule, given, fixed or {})
    translations = Translations(rule, table, as_of, dict(chosen or {}), given, dated, fixed, below, today)
    shown = _findings(translations, parts, statuses)
    unders = {}
    for p in (p for p in translations.formulas if VALUE in parts and p.id not in left):
        values, unders[p.id] = _columns(p, translations.value(p, {}), readable, translations.all_places)
        shown |= values
    for p in resting(rule, as_of) if ASSUMES in parts else ():
        shown[f"{p.id}.{ASSUMES}"] = translations.assumes(p)
    shown |= {REFUSED: translations.refused()} if REFUSED in parts else {}
    for name in sorted(shown.keys() & set(keep)):
        raise PolicyError(problem("duplicate", f"the table already has a column `{name}`", f"表中已有列 `{name}`"))
    shown = {name: column for name, column in shown.items() if name.rpartition(".")[0] not in left}
    return Plan(translations.stages.table(shown, keep), unders, left)


def _findings(translations: Translations, parts: Collection[str], statuses: str) -> dict[str, Any]:
    """The outcome, whether it is contested, and the status of each check."""
    contested = {CONTESTED: translations.contested_row()} if CONTESTED in parts else {}  # first: what readings bear on
    shown: dict[str, Any] = {OUTCOME: translations.outcome()} if OUTCOME in parts else {}
    shown |= contested
    for p in translations.provisions:
        if STATUS in parts and not p.is_formula:
            shown[f"{p.id}.{STATUS}"] = translations.status(p, statuses)
        told = translations.contested(p) if CONTESTED in parts else None
        if told is not None:
            shown[f"{p.id}.{CONTESTED}"] = told
    return shown


def _listed(rule: Rule, columns: Collection[str]) -> tuple[Rule, frozenset[str], tuple[str, ...]]:
    """The rule with the totals of its lists as inputs; the totals of lists that columns hold, which no engine adds up; what rests on them.

    Raises Refused where nothing that it says would be left.
    """
    held, plain = rule.rows.keys() & set(columns), tabled(rule)
    totals = sorted(total for name in held for total in rule.rows[name].totals)
    lost = frozenset({*held, *totals})
    named = uses(plain) if held else {}
    whose = {p.id for p in rule.provisions if p.each in held}
    left = tuple(p.id for p in plain.provisions if held and (p.id in whose or named[p.id] & lost))
    if held and not [p for p in plain.provisions if p.id not in left]:
        names, columns = ", ".join(f"`{name}`" for name in sorted(held)), ", ".join(totals)
        said = "、".join(rule.askable[total].label.zh or total for total in totals)
        raise Refused(f"column {names} holds lists: write .jsonl or .xlsx, or give its totals as columns: {columns}",
                      f"列 {names} 为列表：请将结果写为 .jsonl 或 .xlsx，或将其合计作为列给出：{said}")  # fmt: skip
    return plain, lost, left


def _asked(rule: Rule, table: Any, as_of: object, chosen: Mapping[str, str]) -> dt.date:
    """The day of a plan. Raises PolicyError where something is not of its type."""
    demand("rule", rule, Rule)
    demand("chosen", chosen, Mapping)
    for name, option in chosen.items():
        demand(f"chosen.{name}", option, str)
    check_readings(rule, chosen)
    try:
        day = read_date(as_of)
    except BadValue as error:
        raise PolicyError(Problem("bad-date", error.found, None, error.help)) from None
    if not hasattr(table, "get_backend"):
        raise PolicyError(problem("type", "`table` is not a table of ibis", "`table` 不是 ibis 的表"))
    return day


def _bounded(rule: Rule, given: Mapping[str, str], fixed: Mapping[str, Known]) -> Rule:
    """The rule where some values are only the least of what may come: totals that grow, where they are given, and dates that a flag says are not yet."""
    told = given.keys() | fixed.keys()
    flags = {name: not_yet_flag(name) for name in rule.inputs if f"{name}{NOT_YET_COLUMN}" in told}
    grows = [name for name, entry in rule.inputs.items() if entry.grows and (name in given or name in fixed)]
    flags |= {name: Input(name=f"{name}{GIVEN}", type=FLAG, type_name="flag", label=NO_WORDS) for name in grows}
    flagged = replace(rule, inputs={**rule.inputs, **{flag.name: flag for flag in flags.values()}})
    return bounded_where(flagged, {name: flag.name for name, flag in flags.items()}) if flags else rule


def _columns(p: Provision, term: Term, readable: bool, all_places: bool) -> tuple[dict[str, Any], int]:
    """The columns that show a value, and the denominator of what they show."""
    name = p.id
    if not isinstance(term, Ratio):
        return {name: as_date(shown_plain(term))}, 1
    if readable:
        return {name: ratios.shown(term, p.type is not None and p.type.integer, all_places)}, 1
    term = ratios.counted(term)
    over = {name: term.over}
    return over if term.by is None else over | {f"{name}.{BY}": term.by}, term.under
