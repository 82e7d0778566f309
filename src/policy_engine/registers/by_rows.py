"""A register: dated entries, over which the periodic and cumulative provisions of a decision run."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import NO_WORDS, Place, PolicyError, Text, problem
from policy_engine.basics.values import BadValue, Known, read_date
from policy_engine.compiled.decide import decide as by_function
from policy_engine.deciding.decide import as_least
from policy_engine.deciding.facts import Facts, read_input
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import listed
from policy_engine.explaining.decision import Decision, Finding, FormulaResult, decide
from policy_engine.explaining.sentence import check_possible
from policy_engine.language import ir
from policy_engine.registers.counting import Consecutive, Counted, Counting, Entered, merged, unread_told
from policy_engine.registers.periods import (
    Period,
    Scope,
    Span,
    alike_since,
    entry_rule,
    periods,
    register_of,
    scopes,
    told_apart,
    totals_of,
    uses,
)
from policy_engine.registers.whom import check_whom, whom
from policy_engine.rulebook.bounds import NOT_OVER, bounded
from policy_engine.rulebook.rule import Rule, Total
from policy_engine.tables.batch import Reject, open_table, read_row, rejected
from policy_engine.tables.columns import NOT_YET_COLUMN, Column, Job, register_names
from policy_engine.tables.given import cell_of
from policy_engine.tables.sheet import Rows
from policy_engine.tables.texts import BadLine

RULES: Final = 256
"""How many forms of a rule are kept, by what is not final and why."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one provision says of one period, of one member, or of one entry, which is then named."""

    period: Period
    who: str
    found: Finding | FormulaResult
    totals: Mapping[str, Counted]
    unfinished: bool
    itself: Consecutive | None = None
    own_row: bool = False
    """Whether of an entry nothing but itself is listed, not those before it that count with it."""

    @property
    def entry(self) -> Entered | None:
        """The entry that something is said of, if it is of one."""
        return self.itself[0] if self.itself else None

    @property
    def entries(self) -> tuple[Entered, ...]:
        """The entries that count, in their order; in a period of a member those of the member; of an entry, itself too."""
        return tuple(entry for part in self._parts for entry in part)

    @property
    def rows(self) -> str:
        """The row numbers of these entries, a blank between them."""
        return " ".join(part.rows for part in self._parts)

    @property
    def _parts(self) -> list[Consecutive]:
        if self.own_row and self.itself is not None:
            return [self.itself]
        own = [total for total in self.totals.values() if self.who and self.itself is None and not total.of_all]
        counted = [total.entries for total in own or self.totals.values()]
        return merged(counted if self.itself is None else [*counted, self.itself])


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
        who = "" if by is None or by >= len(cells) else whom(cells[by])
        _read(ledger, seen, columns, (number, cells, who), "" if by is None else columns[by].header, span, reject)
    ledger.entries.sort(key=_order)
    return ledger


def placed(job: Job, columns: Sequence[Column], table: str) -> tuple[int, int | None]:
    """Which columns date an entry and say whom it is about, if anybody. Raises PolicyError."""
    register = register_of(job.rule)
    date = next((i for i, c in enumerate(columns) if c.entry and c.entry.name == register.date), None)
    if date is None:
        entry = job.rule.inputs[register.date]
        raise _no_column(entry.name, entry.label, entry.aliases, columns, job, table)
    names = register_names(job.rule)
    by = next((i for i, c in enumerate(columns) if job.mapping.get(c.header, c.header).strip() in names), None)
    if register.by is not None and by is None:
        raise _no_column(register.by, register.by_label, register.by_aliases, columns, job, table)
    return date, None if register.by is None else by


def _no_column(
    name: str, label: Text, aliases: Iterable[str], columns: Sequence[Column], job: Job, table: str
) -> PolicyError:
    """A register needs the column; what it may be called, and what there is."""
    words = list(dict.fromkeys([label.of(job.lang), *aliases]))
    headers = [c.header for c in columns if c.header.strip()]
    en, zh = f"there is no column `{name}` ({label.en})", f"没有“{label.zh}”一列"
    help = Text(f"call the column {', '.join(words)}, or say with --mapping which it is; the table has: {', '.join(headers)}",
                f"列名可写作：{listed(words)}；也可用 --mapping 写明是哪一列。表中现有：{listed(headers)}")  # fmt: skip
    return PolicyError(problem("no-column", en, zh, Place(table), help))


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
    ledger: Ledger, job: Job, columns: Sequence[Column], row: tuple[int, Sequence[Any], str], by: str, span: Span, reject: Reject
) -> None:  # fmt: skip
    number, cells, who = row
    rule, register = job.rule, register_of(job.rule)
    try:
        read_ = read_row(rule, cells, columns)
        given = dict(read_.given)
        check_whom(who, by)
        date = given.get(register.date)
        if not isinstance(date, dt.date):
            label = next(column.header for column in columns if column.entry and column.entry.name == register.date)
            raise PolicyError(problem("no-date", f"`{label}` is empty", f"`{label}` 为空", Place(label)))
        check_possible(Situation(rule, given, date, job.readings))
    except PolicyError as error:
        in_place = len(cells) <= len(columns) and not isinstance(cells, BadLine)  # else cells may have moved
        ledger.unread[number] = _date_of(cell_of(cells, columns, register.date)) if in_place else None
        counted = {name for total in register.totals.values() for name in ir.names(total.where)}
        kinds = [c if c.entry and c.entry.name in counted else Column(c.header) for c in columns]
        ledger.kinds |= dict.fromkeys(_kinds(cells, kinds) if in_place else ())
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

    `reject` is told of each entry that is not possible together with the others; to these it is as one that could not be read.
    """
    named = list(map(whom, members))
    for who in named:
        check_whom(who, register_of(job.rule).by_label.of(job.lang))
    work = _Findings(job, ledger, span, fixed, named)
    while wrong := work.contradicting():
        for entry, error in wrong:
            reject(rejected(entry.row, (), (), error))
        unread = {**ledger.unread, **{entry.row: entry.date for entry, _ in wrong}}
        ledger = replace(ledger, entries=[e for e in ledger.entries if e.row not in unread], unread=unread)
        work = _Findings(job, ledger, span, fixed, named)
    for months, found in groupby(scopes(job.rule), key=lambda scope: scope.months):
        shown = list(found)
        if months is None:
            yield from work.entries(shown[0].provisions)
            continue
        for period in periods(months, span):
            yield from work.period(period, months, shown)


class _Findings:
    def __init__(self, job: Job, ledger: Ledger, span: Span, fixed: Mapping[str, Known], named: Sequence[str]) -> None:
        self.job, self.ledger, self.span = job, ledger, span
        self.members = tuple(dict.fromkeys([*named, *(e.who for e in ledger.entries if e.who)]))
        self.later = frozenset(n.removesuffix(NOT_YET_COLUMN) for n in fixed if n.endswith(NOT_YET_COLUMN))
        self.fixed = {name: value for name, value in fixed.items() if name.removesuffix(NOT_YET_COLUMN) == name}
        self.register = register_of(job.rule)
        self.apart = told_apart(self.register)
        self.entry_rule = entry_rule(job.rule)
        self.rule_for = lru_cache(RULES)(lambda growing: bounded(job.rule, dict(growing)))
        self.uses = uses(job.rule)
        self.alike_since = alike_since(job.rule, span)
        self.counting = Counting(self.register, ledger.entries, ledger.unread, self._situation)

    def _situation(self, entry: Entered) -> Situation:
        return Situation(self.entry_rule, entry.facts, entry.date, self.job.readings)

    def period(self, period: Period, months: int, shown: Iterable[Scope]) -> Iterator[Said]:
        """The findings of a period, of all together and of each."""
        inside = self.counting.inside(max(period.first, self.span.first), period.last)
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
            *unread_told(unread),
        )  # fmt: skip

    def _decided(
        self,
        period: Period,
        who: str,
        inside: tuple[int, int],
        months: int,
        short: tuple[Text, ...],
        shown: Iterable[str],
    ) -> Iterator[Said]:
        totals = [total for total in self.register.totals.values() if total.per == months]
        counted = {total.name: self.counting.counted(total, inside, who) for total in totals}
        alike = {} if short else _shared(self.counting.about(who, inside))
        alike = {name: value for name, value in alike.items() if name not in self.later | self.apart}
        yield from self._lines(period, who, {**alike, **self.fixed}, counted, short, shown, self.later)

    def _lines(
        self, period: Period, who: str, given: Mapping[str, Known], counted: Mapping[str, Counted], short: tuple[Text, ...],
        shown: Iterable[str], not_yet: frozenset[str] = frozenset(),
    ) -> Iterator[Said]:  # fmt: skip
        rule, facts, growing = self._case(given, counted, short, not_yet)
        found = self._answer(rule, facts, min(period.last, self.span.last))
        results: tuple[Finding | FormulaResult, ...] = (*found.findings, *found.results)
        for result in results:
            if result.provision in shown:
                own = {t.name: counted[t.name] for t in totals_of(self.register, self.uses[result.provision])}
                yield Said(period=period, who=who, found=result, totals=own, unfinished=not growing.isdisjoint(own))

    def _answer(self, rule: Rule, facts: Facts, day: dt.date) -> Decision:
        """The answer as of a day, for what is known on the last; by the function of the last day where that says the same."""
        if rule is self.job.rule and day >= self.alike_since:
            return by_function(rule, facts, self.span.last, self.job.readings)
        return decide(rule, facts, day, self.job.readings, self.span.last)

    def _case(
        self, given: Mapping[str, Known], counted: Mapping[str, Counted], short: tuple[Text, ...], not_yet: frozenset[str]
    ) -> tuple[Rule, Facts, frozenset[str]]:  # fmt: skip
        """The rule for totals that are not final, the facts with them, and which are not final."""
        growing = {name: joined((*short, *t.doubtful)) for name, t in counted.items() if short or t.doubtful}
        rule = self.rule_for(tuple(growing.items()))
        known = {**given, **{name: total.amount for name, total in counted.items()}}
        facts = {name: value for name, value in known.items() if name in rule.inputs}
        return rule, Facts(facts, not_yet=not_yet & rule.inputs.keys()), frozenset(growing)

    def _is_told(self, entry: Entered) -> bool:
        """Whether an entry has findings."""
        return self._situation(entry).of(self.register.each) is not False

    @cached_property
    def _running(self) -> list[Total]:
        return [total for total in self.register.totals.values() if total.per is None]

    def _beside(self, i: int) -> tuple[dict[str, Known], dict[str, Counted], tuple[Text, ...], frozenset[str]]:
        """What an entry says, the totals up to it, why they are not final, and which dates have not come."""
        entry = self.ledger.entries[i]
        counted = {t.name: self.counting.counted(t, self.counting.beside(t, i), entry.who, i) for t in self._running}
        later = entry.not_yet | (self.later - entry.facts.keys())
        return {**self.fixed, **entry.facts}, counted, self.counting.lost(entry.date), later

    def contradicting(self) -> list[tuple[Entered, PolicyError]]:
        """The entries that contradict those before them or what is set, with what is wrong; before the first day those that count on."""
        found = []
        asked = self.job.rule.facts_must and any(scope.months is None for scope in scopes(self.job.rule))
        for i, entry in enumerate(self.ledger.entries if asked else ()):
            if self._running or entry.date >= self.span.first:
                rule, facts = as_least(*self._case(*self._beside(i))[:2], self.span.last)
                try:
                    check_possible(Situation(rule, facts.given, entry.date, self.job.readings, self.span.last))
                except PolicyError as error:
                    found.append((entry, error))
        return found

    def entries(self, shown: Iterable[str]) -> Iterator[Said]:
        """The findings of each entry on its own and of the totals up to it."""
        for i, entry in enumerate(self.ledger.entries):
            if entry.date < self.span.first or not self._is_told(entry):
                continue
            given, counted, lost, later = self._beside(i)
            known = entry.facts.keys() | entry.not_yet | counted.keys()
            told = {name for name in shown if self.uses[name] & known}
            period = Period(entry.date.isoformat(), entry.date, entry.date)
            itself = Consecutive(self.counting.whole, i, i + 1)
            lines = self._lines(period, entry.who, given, counted, lost, told, later)
            yield from (replace(line, itself=itself) for line in lines)


def joined(reasons: Iterable[Text]) -> Text:
    """Several reasons as one."""
    told = list(reasons)
    return Text("; ".join(text.en for text in told), "；".join(text.zh for text in told))


def _order(entry: Entered) -> tuple[dt.date, int]:
    return entry.date, entry.row


def _shared(entries: Sequence[Entered]) -> dict[str, Known]:
    """What all entries say alike."""
    if not entries:
        return {}
    first = entries[0].facts
    return {n: value for n, value in first.items() if all(e.facts.get(n) == value for e in entries)}
