"""A register: dated entries, over which the periodic and cumulative provisions of a decision run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import Place, PolicyError, Problem, did_you_mean, problem
from policy_engine.basics.values import BadValue, Known, Unknown, read_date
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.decision import Finding, FormulaResult, decide
from policy_engine.explaining.sentence import check_possible
from policy_engine.registers.periods import (
    Period,
    Scope,
    Span,
    entry_rule,
    periods,
    register_of,
    scopes,
    totals_of,
    uses,
)
from policy_engine.rulebook.bounds import bounded
from policy_engine.rulebook.rule import Total
from policy_engine.tables.batch import Reject, open_table, read_row, rejected
from policy_engine.tables.columns import Column, Job, cell_of


@dataclass(frozen=True, eq=False)
class Entered:
    """A row of the register that could be read."""

    row: int
    date: dt.date
    who: str
    facts: Mapping[str, Known]
    not_yet: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Counted:
    """A total: how much, the entries in it, and whether more entries may belong to it."""

    amount: Fraction
    entries: tuple[Entered, ...]
    more: bool


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one provision says of one period, of one member, or of one entry, which is then named."""

    period: Period
    who: str
    found: Finding | FormulaResult
    totals: Mapping[str, Counted]
    unfinished: bool
    entry: Entered | None = None

    @property
    def entries(self) -> tuple[Entered, ...]:
        """The entries that count, in their order; of an entry without totals, itself."""
        counted = {entry for total in self.totals.values() for entry in total.entries}
        return tuple(sorted(counted, key=_order)) or (() if self.entry is None else (self.entry,))


@dataclass
class Ledger:
    """The entries of a register; the days of rows that could not be read, None without a date; how many came later."""

    entries: list[Entered] = field(default_factory=list)
    unread: list[dt.date | None] = field(default_factory=list)
    later: int = 0


# --- reading ---------------------------------------------------------------------------------------------------------


def read_ledger(job: Job, table: Path, span: Span, reject: Reject) -> Ledger:
    """The entries of a table. `reject` is told of each bad row. Raises PolicyError."""
    seen = replace(job, rule=entry_rule(job.rule))
    columns, rows = open_table(seen, table)
    _, by = placed(seen, columns, str(table))
    ledger = Ledger()
    for number, cells in rows:
        who = "" if by is None or by >= len(cells) or cells[by] is None else str(cells[by]).strip()
        _read(ledger, seen, columns, (number, cells, who), span, reject)
    ledger.entries.sort(key=_order)
    return ledger


def placed(job: Job, columns: Sequence[Column], table: str) -> tuple[int, int | None]:
    """Which columns date an entry and say whom it is about, if anybody. Raises PolicyError."""
    register = register_of(job.rule)
    date = next((i for i, c in enumerate(columns) if c.entry and c.entry.name == register.date), None)
    if date is None:
        raise _no_column(register.date, job.rule.inputs[register.date].label.of(job.lang), columns, table)
    names = {register.by, register.by_label.en, register.by_label.zh}
    by = next((i for i, c in enumerate(columns) if job.mapping.get(c.header, c.header).strip() in names), None)
    if register.by is not None and by is None:
        raise _no_column(register.by, register.by_label.of(job.lang), columns, table)
    return date, None if register.by is None else by


def _no_column(name: str, label: str, columns: Sequence[Column], table: str) -> PolicyError:
    found = problem("no-column", f"{table} has no column `{name}` ({label})", f"{table} 没有列 `{name}`（{label}）")
    return PolicyError(
        Problem(found.code, found.message, Place(table), did_you_mean(label, [c.header for c in columns]))
    )


def _read(
    ledger: Ledger, job: Job, columns: Sequence[Column], row: tuple[int, Sequence[Any], str], span: Span, reject: Reject
) -> None:
    number, cells, who = row
    rule, register = job.rule, register_of(job.rule)
    try:
        read_ = read_row(rule, cells, columns)
        given = dict(read_.given)
        date = given.get(register.date)
        if not isinstance(date, dt.date):
            label = next(column.header for column in columns if column.entry and column.entry.name == register.date)
            raise PolicyError(problem("no-date", f"`{label}` is empty", f"`{label}` 为空", Place(label)))
        check_possible(Situation(rule, given, date, job.readings))
    except PolicyError as error:
        in_place = len(cells) <= len(columns)  # else cells may have moved
        ledger.unread.append(_date_of(cell_of(cells, columns, register.date)) if in_place else None)
        reject(rejected(number, cells, columns, error))
        return
    if date > span.last:
        ledger.later += 1
        return
    ledger.entries.append(Entered(number, date, who, given, read_.not_yet))


def _date_of(raw: object) -> dt.date | None:
    try:
        return read_date(raw)
    except BadValue:
        return None


# --- findings --------------------------------------------------------------------------------------------------------


def findings(
    job: Job, ledger: Ledger, span: Span, fixed: Mapping[str, Known], reject: Reject, members: Iterable[str] = ()
) -> Iterator[Said]:
    """What every provision says of every period and member, then of every entry. Raises PolicyError.

    `reject` is told of each entry that is not possible together with the others.
    """
    work = _Findings(
        job, ledger, span, fixed, tuple(dict.fromkeys([*members, *(e.who for e in ledger.entries if e.who)]))
    )
    for months, found in groupby(scopes(job.rule), key=lambda scope: scope.months):
        shown = list(found)
        if months is None:
            yield from work.entries(shown[0].provisions, reject)
            continue
        for period in periods(months, span):
            yield from work.period(period, months, shown)


class _Findings:
    def __init__(
        self, job: Job, ledger: Ledger, span: Span, fixed: Mapping[str, Known], members: tuple[str, ...]
    ) -> None:
        self.job, self.ledger, self.span, self.fixed, self.members = job, ledger, span, fixed, members
        self.register = register_of(job.rule)
        self.entry_rule = entry_rule(job.rule)
        self.rule_for = cache(lambda growing: bounded(job.rule, growing))
        self.uses = uses(job.rule)
        self._holds: dict[tuple[int, str], bool | None] = {}

    def holds(self, total: Total, entry: Entered) -> bool | None:
        """Whether an entry counts; None where that is not known."""
        key = (entry.row, total.name)
        if key not in self._holds:
            found = Situation(self.entry_rule, entry.facts, entry.date, self.job.readings).of(total.where)
            unknown = isinstance(found, Unknown) or (total.summed is not None and total.summed not in entry.facts)
            self._holds[key] = False if found is False else None if unknown else True
        return self._holds[key]

    def counted(self, total: Total, entries: Iterable[Entered], who: str, me: Entered | None = None) -> Counted:
        """A total of somebody; an entry of nobody may be theirs."""
        held = [(entry, self._counts(total, entry, who, me)) for entry in entries]
        own = tuple(entry for entry, counts in held if counts)
        if total.kind == "sum":
            amount = sum((_amount(entry, total) for entry in own), Fraction(0))
        else:
            amount = Fraction(len({e.date for e in own}) if total.kind == "days" else len(own))
        return Counted(amount, own, any(counts is None for _, counts in held))

    def _counts(self, total: Total, entry: Entered, who: str, me: Entered | None) -> bool | None:
        """Whether an entry is in a total of somebody; None where that is not known."""
        if total.of_all or self.register.by is None or entry is me or (who and entry.who == who):
            return self.holds(total, entry)
        if entry.who and who:
            return False
        return False if self.holds(total, entry) is False else None

    def period(self, period: Period, months: int, shown: Iterable[Scope]) -> Iterator[Said]:
        """The findings of a period, of all together and of each."""
        inside = [e for e in self.ledger.entries if max(period.first, self.span.first) <= e.date <= period.last]
        short = period.first < self.span.first or period.last > self.span.last
        short |= any(day is None or period.first <= day <= period.last for day in self.ledger.unread)
        for scope in shown:
            for who in self.members if scope.of_each else ("",):
                yield from self._decided(period, who, inside, months, short, scope.provisions)

    def _decided(
        self, period: Period, who: str, inside: Sequence[Entered], months: int, short: bool, shown: Iterable[str]
    ) -> Iterator[Said]:
        counted = {t.name: self.counted(t, inside, who) for t in self.register.totals.values() if t.per == months}
        alike = {} if short else _shared([e for e in inside if not who or e.who in (who, "")])
        yield from self._lines(period, who, {**alike, **self.fixed}, counted, short, shown)

    def _lines(
        self, period: Period, who: str, given: Mapping[str, Known], counted: Mapping[str, Counted], short: bool,
        shown: Iterable[str], not_yet: frozenset[str] = frozenset(),
    ) -> Iterator[Said]:  # fmt: skip
        growing = frozenset(name for name, total in counted.items() if short or total.more)
        rule = self.rule_for(growing)
        known = {**given, **{name: total.amount for name, total in counted.items()}}
        facts = Facts(
            {name: value for name, value in known.items() if name in rule.inputs}, not_yet=not_yet & rule.inputs.keys()
        )
        found = decide(rule, facts, min(period.last, self.span.last), self.job.readings)
        results: tuple[Finding | FormulaResult, ...] = (*found.findings, *found.results)
        for result in results:
            if result.provision in shown:
                own = {t.name: counted[t.name] for t in totals_of(self.register, self.uses[result.provision])}
                yield Said(period=period, who=who, found=result, totals=own, unfinished=not growing.isdisjoint(own))

    def entries(self, shown: Iterable[str], reject: Reject) -> Iterator[Said]:
        """The findings of each entry on its own and of the totals up to it."""
        running = [t for t in self.register.totals.values() if t.per is None]
        for i, entry in enumerate(self.ledger.entries):
            situation = Situation(self.entry_rule, entry.facts, entry.date, self.job.readings)
            if entry.date < self.span.first or situation.of(self.register.each) is False:
                continue
            counted = {t.name: self.counted(t, self._before(t, i), entry.who, entry) for t in running}
            lost = any(day is None or day <= entry.date for day in self.ledger.unread)
            told = {name for name in shown if self.uses[name] & (entry.facts.keys() | entry.not_yet | counted.keys())}
            period = Period(entry.date.isoformat(), entry.date, entry.date)
            try:
                lines = list(
                    self._lines(period, entry.who, {**self.fixed, **entry.facts}, counted, lost, told, entry.not_yet)
                )
            except PolicyError as error:
                reject(rejected(entry.row, (), (), error))
                continue
            yield from (replace(line, entry=entry) for line in lines)

    def _before(self, total: Total, i: int) -> Iterable[Entered]:
        """The entries that may be in a running total at an entry."""
        entries = self.ledger.entries
        if not total.earlier:
            return entries[: i + 1]
        return (other for other in entries[:i] if other.date.year == entries[i].date.year)


def _order(entry: Entered) -> tuple[dt.date, int]:
    return entry.date, entry.row


def _amount(entry: Entered, total: Total) -> Fraction:
    amount = entry.facts[total.summed or ""]
    assert isinstance(amount, Fraction)
    return amount


def _shared(entries: Sequence[Entered]) -> dict[str, Known]:
    """What all entries say alike."""
    if not entries:
        return {}
    first = entries[0].facts
    return {n: value for n, value in first.items() if all(e.facts.get(n) == value for e in entries)}
