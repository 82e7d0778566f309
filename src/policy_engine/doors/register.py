"""The command `register`: a table of dated entries, and what periodic and cumulative provisions say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from policy_engine.doors import completing
from policy_engine.doors.on_engine import find_there, runs_there
from policy_engine.doors.options import (
    UTF_8,
    AsOf,
    Assume,
    Assumptions,
    DecisionName,
    Encoding,
    Engine,
    LangOption,
    Mapping,
    PrintSql,
    Readings,
    Rules,
    Sheet,
    Strict,
    Template,
    UnitOption,
    apart,
    complaints,
    language,
    on_date,
    open_book,
    refuse,
    rule_of,
    settings,
    tell,
)
from policy_engine.doors.options import version as version_of  # fmt: skip
from policy_engine.doors.paper import put, target
from policy_engine.doors.rows import job_of, on_the_side, only_of_rows, spooled, teller
from policy_engine.tables.tally import Tally

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.basics.values import Known
    from policy_engine.book import Book
    from policy_engine.registers.by_rows import Ledger, Said
    from policy_engine.registers.periods import Span
    from policy_engine.rulebook.rule import Rule
    from policy_engine.tables.batch import Rejected
    from policy_engine.tables.columns import Job


YEARS = 100


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command(name="register")
    def register_(
        decision: DecisionName,
        table: Annotated[str, typer.Argument(metavar="TABLE", help="Dated entries, one a row: .xlsx, .xls, .ods, .csv, .tsv, .jsonl, .parquet, - for lines of JSON, or DATABASE-URL#table.")],
        start: Annotated[str, typer.Option("--from", metavar="DATE", help="First day; earlier entries count in running totals only.")],
        end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day. A period that is not over by then is unfinished.", show_default="--as-of")] = None,
        output: Annotated[str | None, typer.Option("-o", "--output", metavar="OUT", help="Findings: .xlsx, .csv, .jsonl, .parquet, on paper .html, .docx, .pdf, .md, or #table.")] = None,
        set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A fact of all periods; repeatable.", autocompletion=completing.settings)] = None,
        member: Annotated[list[str] | None, typer.Option("--member", help="Somebody who owes findings even without entries; repeatable.")] = None,
        members: Annotated[Path | None, typer.Option("--members", metavar="FILE", help="Such people: a name a line, or a table with a column of them.")] = None,
        engine: Engine = None, print_sql: PrintSql = False,
        ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="KIND", help="A kind of entry that the register does not know and that does not count; repeatable.")] = None,
        own_row: Annotated[bool, typer.Option("--own-row", help="Of an entry list its own row alone, not all before it that count with it; engines always do.")] = False,
        key: Annotated[str | None, typer.Option("--key", metavar="COLUMN", help="With an engine: what orders entries of one day.", show_default="row number of a file")] = None,
        mapping: Mapping = None, unit: UnitOption = None, encoding: Encoding = UTF_8, sheet: Sheet = None,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
        template: Template = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Findings by period and member over dated entries.

        Example: policy register party-group.year meetings.xlsx --from 2025-01-01 --to 2025-12-31 -o findings.xlsx
        """
        tongue = language(lang)
        with complaints(tongue):
            paper, output = target(output, template)
            span = _span(start, end, today := on_date(as_of))
            rule = _with_register(open_book(rules), rule_of(rules, decision, assume.value))
            job = job_of(rule, today, tongue, reading, mapping, sheet, encoding, unit)
            apart([table, members, mapping, template], output)
            asked = span, _fixed(job, set_), [*(member or []), *_names(members, rule)]
            if engine or print_sql or (output and not paper and runs_there(table, output)):
                only_of_rows(sheet, encoding, ignore)
                raise typer.Exit(find_there(job, table, output, asked, engine, print_sql, key, strict))
            if key is not None:
                refuse("option", "--key is of an engine; rows of a file are in order",
                       "--key 只用于引擎；文件中的行本有次序")  # fmt: skip
            out = Path(output) if output else None
            with spooled(table) as there:
                to = _To(out, paper, template)
                raise typer.Exit(_run(job, Path(there), to, *asked, ignore or [], own_row).exit_code(strict))


class _To(NamedTuple):
    """Where findings go: a file or nowhere, the kind of paper or none, perhaps in a template."""

    file: Path | None
    paper: str
    template: Path | None


def _span(start: str, end: str | None, today: dt.date) -> Span:
    """The days from the first to the last, or to today. Raises PolicyError."""
    from policy_engine.registers.periods import Span

    span = Span(on_date(start), min(on_date(end), today) if end else today)
    if span.last < span.first:
        refuse("span", f"--to {span.last} lies before --from {span.first}",
               f"--to {span.last} 早于 --from {span.first}")  # fmt: skip
    if span.last.year - span.first.year > YEARS:
        refuse("span", f"a register is asked about at most {YEARS} years", f"登记表一次最多查询 {YEARS} 年")
    return span


def _run(
    job: Job, table: Path, to: _To, span: Span, fixed: dict[str, Known], members: list[str], ignore: list[str], own_row: bool
) -> Tally:  # fmt: skip
    from policy_engine.registers.by_rows import findings, read_ledger
    from policy_engine.registers.idle import idle
    from policy_engine.registers.periods import entry_rule
    from policy_engine.registers.shown import cells, headers, text
    from policy_engine.reports.summary import entries_line
    from policy_engine.tables.choosing import on_sheet
    from policy_engine.tables.files import results

    sheet = on_sheet(replace(job, rule=entry_rule(job.rule)), table).sheet
    job = replace(job, sheet=sheet, elsewhere=frozenset(fixed))
    tally = Tally()
    rejected: list[Rejected] = []
    reject = teller(rejected.append, table, job)
    ledger = read_ledger(job, table, span, reject, ignore)
    _tell_kinds(ledger.kinds, job.lang)

    def lines() -> Iterator[Said]:
        for line in findings(job, ledger, span, fixed, reject, members):
            tally.add(line.found)
            yield replace(line, own_row=own_row)

    output = to.file
    if output is None:
        tell(text(job, lines()))
    elif to.paper:
        _on_paper(job, lines(), tally, to, lambda: _counted(tally, ledger, len(rejected)))
    else:
        machine = output.suffix != ".xlsx"
        with results(output, job.rule, job.lang, tally, table) as sink:
            sink.header(headers(job.lang, machine))
            for line in lines():
                sink.write(cells(line, job, machine))
            _counted(tally, ledger, len(rejected))  # before the file is whole: it tells them too
    _counted(tally, ledger, len(rejected))
    if told := idle(job.rule, fixed, tally.provisions).of(job.lang):
        on_the_side(told)
    tell(entries_line(str(output or ""), tally, job.lang), err=output is None)
    return tally


def _counted(tally: Tally, ledger: Ledger, rejected: int) -> None:
    """What a run came to besides findings."""
    tally.rejected, tally.entries = rejected, len(ledger.entries)
    tally.later, tally.ignored = ledger.later, ledger.ignored


def _on_paper(job: Job, lines: Iterable[Said], tally: Tally, to: _To, counted: Callable[[], None]) -> None:
    """Put findings on paper, of a kind and perhaps in a template."""
    from policy_engine.registers.shown import told
    from policy_engine.reports.composed_rows import FindingsSeen, register
    from policy_engine.reports.leaf import LANGUAGES

    jobs = {lang: replace(job, lang=lang) for lang in LANGUAGES}
    seen = FindingsSeen()

    def written(line: Said) -> dict[Lang, dict[str, Any]]:
        return {lang: told(line, own) for lang, own in jobs.items()}

    for line in lines:
        seen.see(line.found, partial(written, line))
    counted()
    assert to.file is not None
    put(
        to.paper,
        to.file,
        lambda lang: register(seen, job.rule, job.as_of, tally, lang, version_of()),
        job.lang,
        to.template,
    )


def _tell_kinds(kinds: Iterable[str], lang: Lang) -> None:
    """How entries that do not count can be left out."""
    words = [f"--ignore {kind if kind.isalnum() else repr(kind)}" for kind in kinds]
    if words:
        head = "如该类事项不计入，可加：" if lang == "zh" else "where such entries do not count: "
        on_the_side(head + " ".join(words))


def _with_register(book: Book, rule: Rule) -> Rule:
    if rule.register is None:
        from policy_engine.explaining.chinese import listed

        others = [other for other in map(book.rule, book.decisions()) if other.register]
        refuse(
            "no-register",
            f"{rule.decision} has no register; these have: {', '.join(other.decision for other in others)}",
            f"“{rule.title.zh}”没有登记表；有登记表的是：{listed([other.title.zh for other in others])}",
        )
    return rule


def _fixed(job: Job, pairs: list[str] | None) -> dict[str, Known]:
    from policy_engine.deciding.facts import read_facts
    from policy_engine.tables.columns import fixed_of

    return fixed_of(read_facts(job.rule, settings(pairs)))


def _names(path: Path | None, rule: Rule) -> list[str]:
    """The names of a list, a name a line; in a table those of the column that says whom, or of its only one. Raises PolicyError."""
    if path is None:
        return []
    from policy_engine.tables.columns import register_names
    from policy_engine.tables.files import SHEETS, kind_of, read_table
    from policy_engine.tables.texts import encoding_of, lines_of

    whom = register_names(rule)
    if kind_of(path) in (*SHEETS, ".csv", ".tsv"):
        rows = [["" if c is None else str(c).strip() for c in cells] for _, cells in read_table(path, None, UTF_8)]
    else:
        rows = [[line.strip()] for line in lines_of(path, encoding_of(path))]
    at = next((i for i, header in enumerate(rows[0]) if header in whom), None) if rows else None
    if at is None and whom and any(any(row[1:]) for row in rows):
        refuse("no-column", f"{path} has several columns and none is `{whom[0]}` ({whom[1]})",
               f"{path} 有多列，但没有“{whom[2]}”一列")  # fmt: skip
    cells = (row[at or 0] for row in rows[at is not None :] if len(row) > (at or 0))
    return [name for name in cells if name]
