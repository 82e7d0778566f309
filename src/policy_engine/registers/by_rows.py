"""A register: dated entries, over which the periodic and cumulative provisions of a decision run."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, assert_never

from policy_engine.basics.errors import NO_WORDS, Place, PolicyError, Text, did_you_mean, problem
from policy_engine.basics.values import DAY, BadValue, Known, Unknown, read_date
from policy_engine.deciding.facts import Facts, read_input
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.decision import Finding, FormulaResult, decide
from policy_engine.explaining.sentence import check_possible
from policy_engine.language.operators import add_days, add_months
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
from policy_engine.rulebook.bounds import NOT_OVER, bounded
from policy_engine.rulebook.rule import Rule, Total
from policy_engine.tables.batch import Reject, open_table, read_row, rejected
from policy_engine.tables.columns import NOT_YET_COLUMN, Column, Job, cell_of, register_names
from policy_engine.tables.sheet import Rows
from policy_engine.tables.texts import BadLine

RULES: Final = 256
"""How many forms of a rule are kept, by what is not final and why."""


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
    """A total: how much, the entries in it, those that may belong to it, and why it is not final, if it is not."""

    amount: Fraction
    entries: tuple[Entered, ...]
    of_all: bool
    doubtful: tuple[Text, ...] = ()


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
        """The entries that count, in their order; in a period of a member those of the member; of an entry, itself too."""
        own = [total for total in self.totals.values() if self.who and self.entry is None and not total.of_all]
        counted = {entry for total in own or self.totals.values() for entry in total.entries}
        return tuple(sorted(counted | ({self.entry} if self.entry else set()), key=_order))


@dataclass
class Ledger:
    """The entries of a register; rows that could not be read, with their days (None without a date); how many came later.

    `ignored` counts the rows of kinds that were said not to count, `kinds` has those of rejected rows that may be such.
    """

    entries: list[Entered] = field(default_factory=list)
    unread: dict[int, dt.date | None] = field(default_factory=dict)
    later: int = 0
    ignored: int = 0
    kinds: dict[str, None] = field(default_factory=dict)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_ledger(job: Job, table: Path, span: Span, reject: Reject, ignored: Collection[str] = ()) -> Ledger:
    """The entries of a table, but those of a kind that is `ignored`. `reject` is told of each bad row. Raises PolicyError."""
    columns, rows = open_table(replace(job, rule=entry_rule(job.rule)), table)
    return ledger_of(job, columns, rows, str(table), span, reject, ignored)


def ledger_of(
    job: Job, columns: Sequence[Column], rows: Rows, table: str, span: Span, reject: Reject, ignored: Collection[str] = ()
) -> Ledger:  # fmt: skip
    """The entries among rows under the columns of an entry; `table` is what they are called. Raises PolicyError."""
    seen = replace(job, rule=entry_rule(job.rule))
    _, by = placed(seen, columns, table)
    check_sums(seen.rule, columns, table, job)
    _check_ignored(seen.rule, ignored)
    ledger = Ledger()
    for number, cells in rows:
        if ignored and not set(ignored).isdisjoint(_kinds(cells, columns)):
            ledger.ignored += 1
            continue
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
    names = register_names(job.rule)
    by = next((i for i, c in enumerate(columns) if job.mapping.get(c.header, c.header).strip() in names), None)
    if register.by is not None and by is None:
        raise _no_column(register.by, register.by_label.of(job.lang), columns, table)
    return date, None if register.by is None else by


def _no_column(name: str, label: str, columns: Sequence[Column], table: str) -> PolicyError:
    en, zh = f"{table} has no column `{name}` ({label})", f"{table} 没有列 `{name}`（{label}）"
    return PolicyError(problem("no-column", en, zh, Place(table), did_you_mean(label, [c.header for c in columns])))


def check_sums(seen: Rule, columns: Sequence[Column], table: str, job: Job) -> None:
    """A column that is added up is in the table. Raises PolicyError naming it and what may stand for it."""
    there = {column.entry.name for column in columns if column.entry}
    for total in register_of(seen).totals.values():
        if total.summed is None or total.summed in there:
            continue
        (en, zh), of = seen.inputs[total.summed].label, job.rule.inputs[total.name].label
        unused = [column.header for column in columns if column.entry is None and column.header.strip()]
        near = [h for h in unused if h in (total.name, *of)] or difflib.get_close_matches(zh, unused, 1, 0.4)
        has = Text(f"; the table has `{near[0]}`", f"；表中有 `{near[0]}`") if near else NO_WORDS
        raise PolicyError(
            problem("no-column", f"{table}: `{total.name}` ({of.en}) is worked out from the column `{en}` ({total.summed}){has.en}",
                    f"{table}：“{of.zh}”由列 `{zh}` 逐笔相加{has.zh}", None,
                    Text("rename the column, or say what it is with --mapping", "请改表头，或用 --mapping 写明"))
        )  # fmt: skip


def _kinds(cells: Sequence[Any], columns: Sequence[Column]) -> Iterator[str]:
    """The texts in columns of kinds that are none of the kinds known."""
    for column, cell in zip(columns, cells, strict=False):
        entry = column.entry
        if entry is not None and entry.type.kind == "choice" and isinstance(cell, str) and cell.strip():
            try:
                read_input(entry, cell)
            except BadValue:
                yield cell.strip()


def _check_ignored(seen: Rule, ignored: Collection[str]) -> None:
    """What is to be left out is no kind that the register knows. Raises PolicyError."""
    for entry in seen.inputs.values():
        for word in ignored:
            if entry.type.kind == "choice" and list(_kinds([word], [Column("", entry)])) == []:
                raise PolicyError(
                    problem("ignore", f"`{word}` is a kind of `{entry.name}` that this register counts",
                            f"`{word}` 属于 `{entry.label.zh}` 的已知类别，不能略去")
                )  # fmt: skip


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
        in_place = len(cells) <= len(columns) and not isinstance(cells, BadLine)  # else cells may have moved
        ledger.unread[number] = _date_of(cell_of(cells, columns, register.date)) if in_place else None
        ledger.kinds |= dict.fromkeys(word for word in _kinds(cells, columns) if in_place)
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
        self.job, self.ledger, self.span, self.members = job, ledger, span, members
        self.later = frozenset(n.removesuffix(NOT_YET_COLUMN) for n in fixed if n.endswith(NOT_YET_COLUMN))
        self.fixed = {name: value for name, value in fixed.items() if name.removesuffix(NOT_YET_COLUMN) == name}
        self.register = register_of(job.rule)
        self.entry_rule = entry_rule(job.rule)
        self.rule_for = lru_cache(RULES)(lambda growing: bounded(job.rule, dict(growing)))
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
        doubtful = _doubts([e for e, counts in held if counts is None and self.holds(total, e) is None],
                           [e for e, counts in held if counts is None and self.holds(total, e)])  # fmt: skip
        if total.later and me:
            doubtful += _unread([row for row, day in self.ledger.unread.items() if day and day > me.date])
        return Counted(_total(total, own), own, total.of_all, doubtful)

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
        short = self._short(period)
        for scope in shown:
            for who in self.members if scope.of_each else ("",):
                yield from self._decided(period, who, inside, months, short, scope.provisions)

    def _short(self, period: Period) -> tuple[Text, ...]:
        """Why a period is not wholly known, if it is not."""
        first = self.span.first
        unread = [row for row, day in self.ledger.unread.items() if day is None or period.first <= day <= period.last]
        return (
            *([NOT_OVER] if period.last > self.span.last else []),
            *([Text(f"entries before {first} are not asked about", f"{first}之前的登记未查询")] if period.first < first else []),
            *_unread(unread),
        )  # fmt: skip

    def _decided(
        self,
        period: Period,
        who: str,
        inside: Sequence[Entered],
        months: int,
        short: tuple[Text, ...],
        shown: Iterable[str],
    ) -> Iterator[Said]:
        counted = {t.name: self.counted(t, inside, who) for t in self.register.totals.values() if t.per == months}
        alike = {} if short else _shared([e for e in inside if not who or e.who in (who, "")])
        alike = {name: value for name, value in alike.items() if name not in self.later}
        yield from self._lines(period, who, {**alike, **self.fixed}, counted, short, shown, self.later)

    def _lines(
        self, period: Period, who: str, given: Mapping[str, Known], counted: Mapping[str, Counted], short: tuple[Text, ...],
        shown: Iterable[str], not_yet: frozenset[str] = frozenset(),
    ) -> Iterator[Said]:  # fmt: skip
        growing = {name: joined((*short, *t.doubtful)) for name, t in counted.items() if short or t.doubtful}
        rule = self.rule_for(tuple(growing.items()))
        known = {**given, **{name: total.amount for name, total in counted.items()}}
        facts = Facts(
            {name: value for name, value in known.items() if name in rule.inputs}, not_yet=not_yet & rule.inputs.keys()
        )
        found = decide(rule, facts, min(period.last, self.span.last), self.job.readings, self.span.last)
        results: tuple[Finding | FormulaResult, ...] = (*found.findings, *found.results)
        for result in results:
            if result.provision in shown:
                own = {t.name: counted[t.name] for t in totals_of(self.register, self.uses[result.provision])}
                known_wholly = growing.keys().isdisjoint(own)
                yield Said(period=period, who=who, found=result, totals=own, unfinished=not known_wholly)

    def entries(self, shown: Iterable[str], reject: Reject) -> Iterator[Said]:
        """The findings of each entry on its own and of the totals up to it."""
        running = [t for t in self.register.totals.values() if t.per is None]
        for i, entry in enumerate(self.ledger.entries):
            situation = Situation(self.entry_rule, entry.facts, entry.date, self.job.readings)
            if entry.date < self.span.first or situation.of(self.register.each) is False:
                continue
            counted = {t.name: self.counted(t, self._beside(t, i), entry.who, entry) for t in running}
            lost = _unread([row for row, day in self.ledger.unread.items() if day is None or day <= entry.date])
            told = {name for name in shown if self.uses[name] & (entry.facts.keys() | entry.not_yet | counted.keys())}
            period = Period(entry.date.isoformat(), entry.date, entry.date)
            given, later = {**self.fixed, **entry.facts}, entry.not_yet | (self.later - entry.facts.keys())
            try:
                lines = list(self._lines(period, entry.who, given, counted, lost, told, later))
            except PolicyError as error:
                reject(rejected(entry.row, (), (), error))
                continue
            yield from (replace(line, entry=entry) for line in lines)

    def _beside(self, total: Total, i: int) -> Iterable[Entered]:
        """The entries that may be in a total at an entry."""
        entries = self.ledger.entries
        if total.later:
            return entries[i + 1 :]
        if total.last is not None:
            back = add_days if total.last.unit == DAY else add_months
            since = back(entries[i].date, -total.last.value)  # unknown: before the calendar, so that all are in it
            return [other for other in entries[: i + 1] if not isinstance(since, dt.date) or other.date > since]
        if not total.earlier:
            return entries[: i + 1]
        return (other for other in entries[:i] if other.date.year == entries[i].date.year)


def runs(rows: Iterable[int], many: str = "–") -> list[str]:
    """Row numbers in order, those that follow each other as one: `2`, `9–54`."""
    found: list[list[int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return [f"{a}{many}{b}" if b > a else f"{a}" for a, b in found]


def _rows(rows: Sequence[int]) -> Text:
    """`row 5`, `rows 96–97 and 101`."""
    named = runs(rows)
    head, last = ", ".join(named[:-1]), named[-1]
    word = "row " if len(rows) == 1 else "rows "
    return Text(f"{word}{head} and {last}" if head else word + last, f"第{'、'.join(named)}行")


def _unread(rows: Sequence[int]) -> tuple[Text, ...]:
    if not rows:
        return ()
    which = _rows(rows)
    return (Text(f"{which.en} could not be read", f"{which.zh}无法读取"),)


def _doubts(unsaid: Sequence[Entered], nobodys: Sequence[Entered]) -> tuple[Text, ...]:
    """Why entries may or may not belong to a total: they do not say enough, or they name nobody."""
    told = []
    if unsaid:
        which, verb = _rows([entry.row for entry in unsaid]), "does" if len(unsaid) == 1 else "do"
        told.append(
            Text(f"{which.en} {verb} not say whether or how much to count", f"{which.zh}未写明是否计入或计入多少")
        )
    if nobodys:
        which, verb = _rows([entry.row for entry in nobodys]), "names" if len(nobodys) == 1 else "name"
        told.append(Text(f"{which.en} {verb} nobody", f"{which.zh}未写明对象"))
    return tuple(told)


def joined(reasons: Iterable[Text]) -> Text:
    """Several reasons as one."""
    told = list(reasons)
    return Text("; ".join(text.en for text in told), "；".join(text.zh for text in told))


def _order(entry: Entered) -> tuple[dt.date, int]:
    return entry.date, entry.row


def _total(total: Total, entries: Sequence[Entered]) -> Fraction:
    match total.kind:
        case "sum":
            return sum((_amount(entry, total) for entry in entries), Fraction(0))
        case "days":
            return Fraction(len({entry.date for entry in entries}))
        case "count":
            return Fraction(len(entries))
        case _:
            assert_never(total.kind)


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
