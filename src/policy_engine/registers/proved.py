"""Registers proved by scenarios: entries as a sheet has them, and what is said of each period, member and entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from policy_engine.basics.errors import PolicyError, Text
from policy_engine.basics.values import BadValue, Type, Unknown, Value, to_json
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import Finding
from policy_engine.proving import scenarios
from policy_engine.proving.cases import Case
from policy_engine.proving.scenarios import NOT_REFUSED, NOT_VIOLATED, Difference, Result, agrees
from policy_engine.proving.shape import Expect
from policy_engine.registers.by_rows import Said, findings, ledger_of
from policy_engine.registers.periods import Span, entry_rule
from policy_engine.rulebook.rule import Rule
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.tables.batch import Rejected
from policy_engine.tables.columns import Job, columns_of, fixed_of

Found = tuple[Value, Type | None]
"""A status, or the value of a formula or total with its type."""
NOTHING: Final = Text("nothing is said of it", "对此未作判定")


def run(case: Case, book: Rulebook, today: dt.date) -> Result:
    """Decide a scenario, of one case or of entries, and compare."""
    if case.entries is None:
        return scenarios.run(case, book, today)
    return Result(case, tuple(_differences(case, book.rule(case.decision), today)))


def holds(case: Case, rule: Rule) -> bool:
    """Whether everything that is expected of entries holds under a rule."""
    return next(_differences(case, rule, dt.date.today()), None) is None


def _differences(case: Case, rule: Rule, today: dt.date) -> Iterator[Difference]:
    """Every expectation of entries that does not hold; an unnamed violation is one too."""
    expect = case.expect or Expect()
    rejects: list[Rejected] = []
    try:
        lines = list(_said(case, rule, today, rejects))
        codes = {problem.code for row in rejects for _, problem in row.found}
    except PolicyError as error:
        lines, codes = [], {problem.code for problem in error.problems}
    if codes != ({expect.refused} if expect.refused else set()):
        yield Difference("refused", expect.refused or NOT_REFUSED, ", ".join(sorted(codes)) or NOT_REFUSED)
    said = _by_period(lines, rule)
    for period, wanted in expect.periods.items():
        for name, raw in wanted.items():
            shown = [_text(found) for found, kind in said.get((period, name), ()) if not _is(found, raw, kind)]
            if shown or (raw is not None and (period, name) not in said):
                yield Difference(f"periods.{period}.{name}", str(raw), ", ".join(shown) or NOTHING)
    for (period, name), found in said.items():
        if name not in expect.periods.get(period, {}) and ("violated", None) in found and expect.findings != "any":
            yield Difference(f"periods.{period}.{name}", NOT_VIOLATED, "violated")


def _said(case: Case, rule: Rule, today: dt.date, rejects: list[Rejected]) -> Iterator[Said]:
    last = case.as_of or today
    span = Span(case.first_day or dt.date(last.year, 1, 1), last)
    job = Job(rule=rule, as_of=last, lang="en", readings=case.readings)
    check_readings(rule, case.readings)
    entries = case.entries or ()
    headers = list(dict.fromkeys(header for entry in entries for header in entry))
    columns = columns_of(headers, replace(job, rule=entry_rule(rule)), case.place.file)
    rows = ((number, [entry.get(header) for header in headers]) for number, entry in enumerate(entries, 1))
    ledger = ledger_of(job, columns, rows, case.place.file, span, rejects.append)
    yield from findings(job, ledger, span, fixed_of(read_facts(rule, case.facts)), rejects.append, case.members)


def said_by_period(case: Case, rule: Rule) -> dict[tuple[str, str], list[Found]] | None:
    """What is said of each period, member and entry of a case; None where an entry is refused."""
    rejects: list[Rejected] = []
    try:
        lines = list(_said(case, rule, case.as_of or dt.date.today(), rejects))
    except PolicyError:
        return None
    return None if rejects else _by_period(lines, rule)


def without_refused(case: Case, rule: Rule) -> Case:
    """The case without the entries that contradict those before them."""
    rejects: list[Rejected] = []
    with suppress(PolicyError):
        list(_said(case, rule, case.as_of or dt.date.today(), rejects))
    refused = {row.row for row in rejects}
    return replace(case, entries=[one for i, one in enumerate(case.entries or (), 1) if i not in refused])


def _by_period(lines: list[Said], rule: Rule) -> dict[tuple[str, str], list[Found]]:
    """What is said of each period, member and entry: statuses, values, and the totals behind them."""
    said: dict[tuple[str, str], list[Found]] = {}
    for line in lines:
        period, found = f"{line.period.name} {line.who}".strip(), line.found
        what: Found = (found.status, None) if isinstance(found, Finding) else (found.value, found.clause.type)
        totals = {name: (total.amount, rule.inputs[name].type) for name, total in line.totals.items()}
        for name, one in {found.provision: what, **totals}.items():
            said.setdefault((period, name), []).append(one)
    return said


def _is(found: Value, wanted: object, kind: Type | None) -> bool:
    try:
        return found == wanted if kind is None else agrees(found, wanted, kind)
    except BadValue:
        return False


def _text(found: Value) -> str:
    return "unknown" if isinstance(found, Unknown) else str(to_json(found))
