"""What `policy batch`, `register`, `watch` and `report` do, called from Python: the same answers, as objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import Lang, PolicyError, demand, problem
from policy_engine.basics.values import BadValue, read_date
from policy_engine.book import Book
from policy_engine.compiled.decide import decide
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.tables.batch import Rejected, decide_table, open_table, read_row
from policy_engine.tables.columns import Job, fixed_of


@dataclass(frozen=True)
class DecidedRow:
    """A row of a sheet: its number, and what was decided; or why it was refused."""

    number: int
    decision: Decision | None = None
    refused: PolicyError | None = None


@dataclass(frozen=True, kw_only=True)
class PeriodFinding:
    """What a provision says of a period and of whoever it is about; `unfinished` where the period is not over or not wholly known."""

    period: str
    first: dt.date
    last: dt.date
    who: str
    found: Finding | FormulaResult
    unfinished: bool
    rows: tuple[int, ...] = field(default=())


def decide_rows(book: Book, decision: str, table: str | Path, **options: Any) -> Iterator[DecidedRow]:
    """Decide the cases of a sheet (.xlsx, .xls, .ods, .csv, .tsv, .jsonl, .parquet), row by row as they are read.

    Args:
        book: the rules.
        decision: the name of the decision.
        table: the file.
        **options: `as_of` (a date; today), `readings`, `assume`, `mapping` (header to name), `sheet`, `unit` (such as 万元), `encoding`,
            `lang` (`en`), and `tell`, called with what is said of the sheet as a whole: what matched, what was left out.

    Yields:
        A row for each case, in order; a bad row has `refused` and the others are still decided.

    Raises:
        PolicyError: a sheet, rules or options that cannot be used.
    """
    job, path = _job(book, decision, options), _path(table)
    columns, rows = open_table(job, path)
    for number, cells in rows:
        try:
            yield DecidedRow(number, decide(job.rule, read_row(job.rule, cells, columns), job.as_of, job.readings))
        except PolicyError as error:
            yield DecidedRow(number, refused=error)


def decide_file(book: Book, decision: str, table: str | Path, output: str | Path, **options: Any) -> Mapping[str, int]:
    """Decide a sheet into another, whole or not at all, in the format of its ending: .xlsx, .csv, .jsonl or .parquet.

    Returns:
        How many rows have each outcome, and how many were `rejected`.

    Raises:
        PolicyError: as `decide_rows`; or the file cannot be written.
    """
    bad: list[Rejected] = []
    source, target = _path(table), _path(output)
    if target.exists() and source.exists() and source.samefile(target):
        raise PolicyError(problem("output", "the results would replace the table", "结果会覆盖原表"))
    tally = decide_table(_job(book, decision, options), source, target, bad.append)
    counts: dict[str, int] = {str(outcome): rows for outcome, rows in tally.outcomes.items()}
    return counts | {"rejected": len(bad)}


def register(
    book: Book, decision: str, table: str | Path, first: dt.date | str, last: dt.date | str,
    facts: Mapping[str, object] | None = None, members: Sequence[str] = (), ignore: Sequence[str] = (),
    rejected_row: Callable[[int, PolicyError], None] | None = None, **options: Any,
) -> Iterator[PeriodFinding]:  # fmt: skip
    """Findings by period and member over the dated entries of a sheet.

    Args:
        book: the rules.
        decision: the name of the decision.
        table: the file of entries.
        first: the first day asked about.
        last: the last day; a period that is not over by then is unfinished.
        facts: what holds of all periods.
        members: who owes findings even without entries.
        ignore: kinds of entries that do not count.
        rejected_row: called with the number of each entry that cannot be read, and why.
        **options: as those of `decide_rows`.

    Raises:
        PolicyError: a decision without a register; otherwise as `decide_rows`.
    """
    from policy_engine.deciding.facts import read_facts
    from policy_engine.registers.by_rows import findings, read_ledger
    from policy_engine.registers.periods import Span

    job, span = _job(book, decision, options), Span(_day(first), _day(last))
    if job.rule.register is None:
        raise PolicyError(problem("no-register", f"{decision} has no register", f"{decision} 没有登记表"))

    def reject(row: Rejected) -> None:
        if rejected_row is not None:
            rejected_row(row.row, PolicyError(found for _, found in row.found))

    ledger = read_ledger(job, _path(table), span, reject, ignore)
    fixed = fixed_of(read_facts(job.rule, facts or {}))
    for said in findings(job, ledger, span, fixed, reject, members):
        yield PeriodFinding(
            period=said.period.name, first=said.period.first, last=said.period.last, who=said.who, found=said.found,
            unfinished=said.unfinished, rows=tuple(entry.row for entry in said.entries),
        )  # fmt: skip


def follow(
    procedure: str, events: Iterable[str | bytes], state: str | Path | None = None, as_of: dt.date | str | None = None,
    procedures: str | Path | None = None, rules: str | Path | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The answers to events (a JSON object a line), as they come: what `policy watch` prints as JSON.

    Raises:
        PolicyError: a procedure, state or date that cannot be used. An event that cannot be is answered with its problems.
    """
    from policy_engine.procedures.load import load_procedure
    from policy_engine.procedures.watch import Stream

    lines = ((line.encode() if isinstance(line, str) else line).rstrip(b"\r\n") + b"\n" for line in events)
    found = load_procedure(procedure, None if procedures is None else _path(procedures), None if rules is None else _path(rules))  # fmt: skip
    stream = Stream(found, lines, state=None if state is None else _path(state), as_of=_day(as_of) if as_of else None)
    for answers in stream.answers():
        yield from answers


def render(found: Decision | Sequence[tuple[str, Decision]], format: str = "text", lang: Lang = "en") -> str | bytes:
    """An answer, or named answers as one report, in a format of `policy check` or `policy report`: `text`, `markdown`, `html`, ….

    Raises:
        PolicyError: no such format.
    """
    from policy_engine.reports.formats import CHECK, REPORT, View

    table = CHECK if isinstance(found, Decision) else REPORT
    if format not in table:
        names = ", ".join(table)
        raise PolicyError(problem("format", f"`{format}` is none of: {names}", f"`{format}` 不是以下格式：{names}"))
    shown = table[format](found, View(lang))
    return shown if isinstance(shown, str | bytes) else "".join(shown)


def _job(book: Book, decision: str, options: Mapping[str, Any]) -> Job:
    known = ("as_of", "readings", "assume", "mapping", "sheet", "unit", "encoding", "lang", "tell")
    if unknown := [name for name in options if name not in known]:
        told = ", ".join(known)
        raise PolicyError(
            problem("option", f"`{unknown[0]}` is none of: {told}", f"`{unknown[0]}` 不是以下选项：{told}")
        )
    demand("book", book, Book)
    given = {
        name: value for name, value in options.items() if name not in ("as_of", "assume", "lang") and value is not None
    }
    as_of = options.get("as_of")
    rule = book.rule(decision, options.get("assume", "all"))
    return Job(
        rule=rule, as_of=dt.date.today() if as_of is None else _day(as_of), lang=options.get("lang", "en"), **given
    )


def _day(date: dt.date | str) -> dt.date:
    demand("date", date, dt.date, str)
    try:
        return read_date(date)
    except BadValue as error:
        raise PolicyError(problem("bad-date", error.found.en, error.found.zh, None, error.help)) from None


def _path(path: str | Path) -> Path:
    demand("path", path, str, Path)
    return Path(path)


__all__ = ["DecidedRow", "PeriodFinding", "decide_file", "decide_rows", "follow", "register", "render"]
