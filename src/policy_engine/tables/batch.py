"""A table of cases: one case a row, decided as it streams by; bad cells are told, the other rows are still decided."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, Place, PolicyError, Problem, Text, problem
from policy_engine.basics.values import Unknown, number_text, to_json
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.deciding.situation import resting
from policy_engine.explaining.decision import Decision, Finding, FormulaResult, decide
from policy_engine.rulebook.rule import Rule
from policy_engine.tables import beside
from policy_engine.tables.body import Kept
from policy_engine.tables.columns import Column, Job, facts_of, matched
from policy_engine.tables.files import Sink, kind_of, open_sheet, results
from policy_engine.tables.layout import laid_out
from policy_engine.tables.sheet import Rows, cell_name
from policy_engine.tables.tally import Tally
from policy_engine.tables.texts import BadLine
from policy_engine.words import OUTCOME, STATUS, assumed, say


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row whose facts could not be read: its number, its cells, and what is wrong with which column.

    `at`: the cells that give each column, where they are not in its row.
    """

    row: int
    cells: Sequence[Any]
    found: tuple[tuple[str, Problem], ...]
    headers: Sequence[str] = ()
    at: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """The headers of the columns that are wrong, each once."""
        return list(dict.fromkeys(column for column, _ in self.found if column))

    def reasons(self, lang: Lang, in_sheet: bool = False) -> str:
        """What is wrong, on one line; in a sheet each column with its cell, such as C17."""
        told = [(self._place(column) if in_sheet else column, _with_help(p, lang)) for column, p in self.found]
        return "; ".join(f"{column}: {message}" if column else message for column, message in told)

    def _place(self, column: str) -> str:
        if column not in self.headers:
            return column
        place = self.headers.index(column)
        at = self.at[place] if place < len(self.at) else ""
        return f"{column} ({at or cell_name(self.row, place)})"


def _with_help(found: Problem, lang: Lang) -> str:
    """What is wrong and the way out, on one line."""
    if found.help is None:
        return found.message.of(lang)
    return (
        f"{found.message.of(lang)}（{found.help.of(lang)}）"
        if lang == "zh"
        else f"{found.message.of(lang)} ({found.help.of(lang)})"
    )


Reject = Callable[[Rejected], None]
BESIDE: Final = {"readings": beside.readings, "noted": beside.notes, "cites": beside.cites}
"""What is told of a row besides statuses and values, by the name of its column."""


def headers(job: Job, columns: Sequence[Column], machine: bool) -> list[str]:
    """The columns of the table, then outcome, status and margin of each check, values, missing facts."""
    checks, formulas = _parts(job)
    if machine:
        own = [
            "outcome",
            "contested",
            *(f"{p}.{k}" for p in checks for k in ("status", "margin")),
            *formulas,
            *(f"{p.id}.assumes" for p in resting(job.rule, job.as_of)),
            "missing",
            *BESIDE,
        ]
    else:
        titles = {p.id: p.title.of(job.lang) for p in job.rule.at(job.as_of)}
        margin = "差额" if job.lang == "zh" else "margin"
        own = [say("outcome", job.lang), say("contested", job.lang)]
        own += [text for p in checks for text in (titles[p], f"{titles[p]} {margin}")]
        own += [*(titles[f] for f in formulas), say("assumed", job.lang), say("ask", job.lang)]
        own += [say(key, job.lang) for key in ("other_reading", "note", "citation")]
        theirs = {column.header for column in columns}
        own = [
            f"{name}（判定）" if name in theirs else name for name in own
        ]  # 说明, 依据: many sheets have such columns
    return [*(column.header for column in columns), *own]


def _parts(job: Job) -> tuple[list[str], list[str]]:
    found = job.rule.at(job.as_of)
    return [p.id for p in found if not p.is_formula], [p.id for p in found if p.is_formula]


def cells_of(found: Decision, job: Job, machine: bool) -> list[Any]:
    """The answer as cells: a margin is positive with room to spare and negative where it falls short."""
    cells: list[Any] = [found.outcome if machine else OUTCOME[found.outcome].of(job.lang), beside.contested(found)]
    for finding in found.findings:
        cells.append(finding.status if machine else STATUS[finding.status].of(job.lang))
        margin = finding.margin
        gap = None if margin is None else -margin.short_by if margin.short_by is not None else margin.to_spare
        cells.append(None if gap is None else _number(gap))
    for name, value in found.values.items():
        words = isinstance(value, str | frozenset) and not machine
        cells.append(found.names.shown(value, name).of(job.lang) if words else _value(value))
    every: list[Finding | FormulaResult] = [*found.findings, *found.results]
    rests_on = {one.provision: "; ".join(one.assumes) for one in every}
    if machine:
        cells += [rests_on[p.id] for p in resting(job.rule, job.as_of)]
    else:
        cells.append(("；" if job.lang == "zh" else "; ").join(assumed(found, job.lang)))
    names = [name if machine else found.inputs[name].label.of(job.lang) for name in found.missing]
    cells.append(("; " if machine else "、").join(names))
    return cells + [told(found, job.lang, machine) or None for told in BESIDE.values()]


def _value(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    return _number(value) if isinstance(value, Fraction) else _text(value)


def _number(number: Fraction) -> Decimal | str:
    text = number_text(number)
    return text if "/" in text else Decimal(text)


def _text(value: Any) -> Any:
    shown = to_json(value)
    return ";".join(shown) if isinstance(shown, list) else shown


def open_table(job: Job, table: Path) -> tuple[list[Column], Rows]:
    """The columns of a table, and the rows under its header that are not empty. Raises PolicyError."""
    check_readings(job.rule, dict(job.readings))
    sheet = open_sheet(table, job.sheet, job.encoding, lambda text: job.tell(text.of(job.lang)))
    columns, rows = laid_out(sheet, job, str(table))
    job.tell(matched(columns, job))
    if kind_of(table) == ".parquet":
        from policy_engine.tables.parquet import refuse_floats

        refuse_floats(table, [column.header for column in columns if column.entry])
    return columns, rows


def read_row(rule: Rule, cells: Sequence[Any], columns: Sequence[Column]) -> Facts:
    """The facts of a row. Raises PolicyError whose places are headers."""
    if isinstance(cells, BadLine):
        raise PolicyError([Problem(p.code, p.message, None, p.help) for p in cells.why.problems])
    if isinstance(cells, Kept):
        if cells.wrong is not None:
            raise cells.wrong
        cells = cells.meant
    _check_width(cells, columns)
    header_of = {column.entry.name: column.header for column in columns if column.entry}
    return read_facts(rule, facts_of(cells, columns), lambda name: Place(header_of.get(name, name)))


def rejected(number: int, cells: Sequence[Any], columns: Sequence[Column], error: PolicyError) -> Rejected:
    """A row with what is wrong with it."""
    told = tuple((p.place.file if p.place else "", Problem(p.code, p.message, None, p.help)) for p in error.problems)
    heads, at = [column.header for column in columns], [column.at for column in columns]
    return Rejected(row=number, cells=cells, found=told, headers=heads, at=at)


def run(
    job: Job, table: Path, sink: Sink, machine: bool, tally: Tally, reject: Reject,
    tick: Callable[[int], None] = lambda rows: None,
) -> None:  # fmt: skip
    """Decide every row. `reject` is told of each bad row. Raises PolicyError."""
    columns, rows = open_table(job, table)
    heads = headers(job, columns, machine)
    twice = [name for name, count in Counter(heads).items() if count > 1 and name in heads[len(columns) :]]
    if twice:  # one of the two would be lost, or taken for the other
        advice = Text("give that column another name", "请为该列另取名称")
        en, zh = f"the table already has a column `{twice[0]}`", f"表中已有列 `{twice[0]}`"
        raise PolicyError(problem("duplicate", en, zh, None, advice))
    sink.header(heads)
    tally.headers = tuple(column.header for column in columns)
    for number, cells in rows:
        tally.rows += 1
        tick(tally.rows)
        try:
            found = decide(job.rule, read_row(job.rule, cells, columns), job.as_of, job.readings)
        except PolicyError as error:
            reject(rejected(number, cells, columns, error))
            tally.rejected += 1
            continue
        tally.outcomes[found.outcome] += 1
        for finding in found.findings:
            tally.count(finding.provision, finding.status)
        own = [_whole(cell) for cell in (*cells, *[None] * len(columns))][: len(columns)]
        sink.write([*own, *cells_of(found, job, machine)])


def _whole(cell: Any) -> Any:
    """A cell as it stood; a list or object of a line of JSON as JSON."""
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell


def _check_width(cells: Sequence[Any], columns: Sequence[Column]) -> None:
    """A row longer than the header is refused: a comma inside a number moves every cell after it."""
    beyond = [str(cell) for cell in cells[len(columns) :] if cell not in (None, "")]
    if beyond:
        shown = ", ".join(beyond)
        raise PolicyError(
            problem("width", f"cells beyond the last header: {shown}", f"最后一个表头之外还有单元格：{shown}")
        )


def decide_table(
    job: Job, table: Path, out: Path, reject: Reject, tick: Callable[[int], None] = lambda rows: None
) -> Tally:
    """Decide a table into another, whole or not at all; the format is that of the suffix. Raises PolicyError."""
    tally = Tally()
    with results(out, job.rule, job.lang, tally) as sink:
        run(job, table, sink, out.suffix != ".xlsx", tally, reject, tick)
    return tally


def rejected_text(row: Rejected, sheet: str, lang: Lang) -> str:
    """A rejected row as one line."""
    where = Text(f"row {row.row}", f"第 {row.row} 行").of(lang)
    return f"{sheet}{where}: {row.reasons(lang, bool(sheet))}"
