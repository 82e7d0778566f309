"""The entries of a register where they are: every row with its day, whom it is about, its facts, what it counts in, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis

from policy_engine.basics.values import Known
from policy_engine.engines import cells
from policy_engine.engines.columns import DATE, EACH, KEY, WHO, WRONG, counts
from policy_engine.engines.terms import Refused, as_written, column, shown_plain
from policy_engine.engines.translations import Translations
from policy_engine.engines.truth import FALSE, TRUE, both, case, known, negation, surely, unknown
from policy_engine.registers.periods import Span, entry_rule, register_of
from policy_engine.rulebook.rule import Rule, Total
from policy_engine.tables.columns import NOT_YET_COLUMN

KIND, HELD, LATER = "kind", "held", "later"


@dataclass(frozen=True)
class Entries:
    """A table of entries: the column that gives an input, whom an entry is about, what orders entries of one day."""

    table: Any
    given: Mapping[str, str]
    by: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Question:
    """What is asked of a register: the days, the readings, facts of all periods, members who owe without an entry."""

    span: Span
    chosen: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Known] = field(default_factory=dict)
    members: Sequence[str] = ()
    below: int | None = None
    """An entry with a number of more digits before the point is refused, as one that the engine may not hold."""


def entries(rule: Rule, held: Entries, asked: Question) -> Any:
    """Every row of a held: its day, whom, the facts, which totals it counts in, what is wrong with it. Raises Refused."""
    register = register_of(rule)
    given = {name: column for name, column in held.given.items() if not name.endswith(NOT_YET_COLUMN)}
    translations = Translations(
        entry_rule(rule), held.table, asked.span.last, asked.chosen, given, given[register.date], below=asked.below
    )
    situation, stages = translations.chosen_translation, translations.stages
    shown = {name: translations.given(name).value for name in given}
    for name, found in shown.items():
        kind = translations.rule.inputs[name].accepts
        if kind.kind == "set":  # its members in one order, to be compared as text
            shown[name] = cells.written(shown_plain(as_written(stages.let, found, kind.options)), kind.options)
    for total in register.totals.values():
        shown[counts(total)] = _counted(stages.let(situation.flag(total.where)), total, shown)
    undated = case((unknown(translations.date), ibis.literal(register.date)), otherwise=ibis.null("string"))
    wrong = [translations.refused(), undated]
    for flag in held.given.keys() - given.keys():
        told: Any = column(stages.given(held.given[flag]), held.given[flag], "flag")
        shown[flag] = stages.let(case((told, TRUE), otherwise=ibis.null("boolean")))
        date = flag.removesuffix(NOT_YET_COLUMN)
        both_said = both(told, known(shown[date])) if date in shown else FALSE  # a day, and not yet
        wrong.append(case((both_said, ibis.literal(date)), otherwise=ibis.null("string")))
    shown |= {DATE: translations.date, WRONG: ibis.coalesce(*wrong)}
    shown |= {EACH: surely(situation.flag(register.each), True), WHO: ibis.literal("")}
    if held.by is not None:
        shown[WHO] = _whom(stages.given(held.by), held.by)
    if held.key is not None:
        shown[KEY] = stages.given(held.key)
    return stages.table(shown)


def kinds(rule: Rule, held: Entries, asked: Question) -> Any:
    """For every row of a held, whether it is held, later than the last day, or not possible (NULL). Raises Refused."""
    rows = entries(rule, held, asked)
    later = (rows[DATE] > asked.span.last, ibis.literal(LATER))
    return rows.select(
        **{KIND: case((rows[WRONG].notnull(), ibis.null("string")), later, otherwise=ibis.literal(HELD))}
    )


def _counted(meant: Any, total: Total, shown: Mapping[str, Any]) -> Any:
    """Whether an entry counts in a total; NULL where that is not known, or not how much."""
    if total.summed is None:
        return meant
    amount = known(shown[total.summed]) if total.summed in shown else FALSE
    return case((negation(meant), FALSE), (amount, meant), otherwise=ibis.null("boolean"))


def _whom(found: Any, column: str) -> Any:
    """Whom an entry is about, without blanks around; nobody is the empty text. Raises Refused."""
    if not (found.type().is_string() or found.type().is_integer()):
        raise Refused(f"column `{column}` is {found.type()}, not text", f"列 `{column}` 为 {found.type()}，应为文字")
    return cells.stripped(found.cast("string").coalesce(""))
