"""A table of cases: one case a row, decided as it streams by; bad cells are told, the other rows are still decided."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from policy_engine.basics.errors import Lang, Place, PolicyError, Problem, Text, problem
from policy_engine.compiled.decide import decide
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.explaining.decision import Decision
from policy_engine.rulebook.rule import Rule
from policy_engine.tables import beside
from policy_engine.tables.abreast import Abreast, Notes
from policy_engine.tables.alike import RowsAlike
from policy_engine.tables.answers import beside_of, cells_of, headers, shown, totals_given
from policy_engine.tables.children import Children, mapping_of_cases, open_children
from policy_engine.tables.choosing import on_sheet
from policy_engine.tables.columns import Column, Job, matched
from policy_engine.tables.files import Handed, Parted, Sink, Witness, check_width, kind_of, open_sheet, results
from policy_engine.tables.given import facts_of
from policy_engine.tables.layout import Columns, laid_out
from policy_engine.tables.plain import Kept
from policy_engine.tables.sheet import Rows, cell_name
from policy_engine.tables.tally import Tally
from policy_engine.tables.texts import BadLine
from policy_engine.words import say


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row whose facts could not be read: its number, its cells, and what is wrong with which column.

    `at`: the cells that give each column, where they are not in its row. `table`: whose row it is, if not the one with the cases.
    """

    row: int
    cells: Sequence[Any]
    found: tuple[tuple[str, Problem], ...]
    headers: Sequence[str] = ()
    at: Sequence[str] = ()
    table: str = ""

    @property
    def columns(self) -> list[str]:
        """The headers of the columns that are wrong, each once."""
        return list(dict.fromkeys(column for column, _ in self.found if column))

    def reasons(self, lang: Lang, in_sheet: bool = False) -> str:
        """What is wrong, on one line; in a sheet each column with its cell, such as C17. A column called as its input is called once."""
        told = [
            (self._place(column) if in_sheet else column, _with_help(p, lang).removeprefix(f"“{column}”："))
            for column, p in self.found
        ]
        between, joint = ("：", "；") if lang == "zh" else (": ", "; ")
        return joint.join(f"{column}{between}{message}" if column else message for column, message in told)

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


class Recording(Protocol):
    """What keeps decisions, and has kept them once it is flushed."""

    def decided(self, rule: Rule, facts: Facts, found: Decision, row: int | None = None) -> None:
        """A decision, with the number of its row."""

    def flush(self) -> None:
        """Keep what was decided so far."""


Reject = Callable[[Rejected], None]
REFUSED: Final = Text("REFUSED", "拒收")
BESIDE_KEPT: Final = ("outcome", "why", "mend", "ask", "other_reading", "assumed")
"""What is said beside each row of a sheet that is kept."""


def open_table(job: Job, table: Path) -> tuple[Columns, Rows]:
    """The columns of a table, and the rows under its header that are not empty. Raises PolicyError."""
    check_readings(job.rule, dict(job.readings))
    job = on_sheet(job, table)
    sheet = open_sheet(table, job.sheet, job.encoding, lambda text: job.tell(text.of(job.lang)))
    columns, rows = laid_out(sheet, job, str(table))
    job.tell(matched(columns, job))
    if kind_of(table) == ".parquet":
        from policy_engine.tables.parquet import refuse_floats

        refuse_floats(table, [column.header for column in columns if column.entry])
    return columns, rows


def read_row(rule: Rule, cells: Sequence[Any], columns: Sequence[Column], children: Children | None = None) -> Facts:
    """The facts of a row, with those of its lists. Raises PolicyError whose places are headers, or cells of other tables."""
    if isinstance(cells, BadLine):
        raise PolicyError([Problem(p.code, p.message, None, p.help) for p in cells.why.problems])
    if isinstance(cells, Kept):
        if cells.wrong is not None:
            raise cells.wrong
        cells = cells.meant
    check_width(cells, len(columns))
    facts = facts_of(cells, columns)
    lists, places = children.facts(cells, facts) if children else ({}, {})
    return read_facts(rule, facts | lists, lambda name: places.get(name) or _place(columns, name))


def _place(columns: Sequence[Column], name: str) -> Place:
    return Place(next((column.header for column in columns if column.entry and column.entry.name == name), name))


def rejected(number: int, cells: Sequence[Any], columns: Sequence[Column], error: PolicyError) -> Rejected:
    """A row with what is wrong with it."""
    told = tuple((p.place.file if p.place else "", Problem(p.code, p.message, None, p.help)) for p in error.problems)
    heads, at = [column.header for column in columns], [column.at for column in columns]
    return Rejected(row=number, cells=list(cells), found=told, headers=heads, at=at)


def run(
    job: Job, table: Path, sink: Sink, machine: bool, tally: Tally, reject: Reject,
    tick: Callable[[int], None] = lambda rows: None, recording: Recording | None = None, processes: int = 1,
) -> None:  # fmt: skip
    """Decide every row, in so many processes where that saves time. `reject` is told of each bad row. Raises PolicyError."""
    notes = Notes(job.tell)
    job = replace(job, tell=notes.tell)
    columns, rows = open_table(replace(job, mapping=mapping_of_cases(job)), table)
    children = open_children(job, table, columns)
    _refuse_orphans(children, tally, reject)
    sink.header(heads := _checked(headers(job, columns, machine), len(columns)))
    tally.headers = tuple(heads[: len(columns)])
    each = EachRow(job, columns, children, heads, sink, machine, tally, reject, recording)
    if processes > 1 and each.alike and isinstance(sink, Parted):
        Abreast(each, tick, processes, sink.portion).decide(rows, notes)
    else:
        for number, cells in rows:
            each.decide(number, cells)
            tick(tally.rows)
    each.count()


class EachRow:
    """What is done with each row: it is decided and written, or told why it is not."""

    def __init__(
        self, job: Job, columns: Columns, children: Children | None, heads: Sequence[str], sink: Sink, machine: bool,
        tally: Tally, reject: Reject, recording: Recording | None,
    ) -> None:  # fmt: skip
        self.job, self.columns, self.children, self.width = job, columns, children, len(heads)
        self.sink, self.machine, self.tally, self.reject, self.recording = sink, machine, tally, reject, recording
        self.there = totals_given(job, columns) if machine else ()
        self.asked_for = shown(job, columns, machine)
        self.tell = sink.say_beside if isinstance(sink, Handed) and columns.row else _untold
        self.see = sink.see if isinstance(sink, Witness) else _unseen
        self.tell(columns.row, [say(key, job.lang) for key in BESIDE_KEPT])
        whole = (
            recording is not None or children is not None or self.see is not _unseen
        )  # of which whole answers are asked
        self.alike = None if whole else RowsAlike(job, columns, machine, tally, sink)

    def apart(self, tally: Tally, reject: Reject, ahead: int) -> None:
        """From now on count, tell and write elsewhere, so many rows further down."""
        assert self.alike is not None
        self.tally = self.alike.tally = tally
        self.reject = reject
        self._parted().apart(ahead)

    def part(self) -> Any:
        """What was written since."""
        return self._parted().part()

    def take(self, tally: Tally, rejected: Sequence[Rejected], part: Any) -> None:
        """What was counted, is told and written of the next rows."""
        for bad in rejected:
            self.reject(bad)
        self._parted().take(part, tally.rows)
        self.tally.join(tally)

    def _parted(self) -> Parted:
        assert isinstance(self.sink, Parted)
        return self.sink

    def decide(self, number: int, cells: Sequence[Any]) -> None:
        """Decide a row."""
        self.tally.rows += 1
        if self.alike and (answer := self.alike.told(cells)):
            self.tally.outcomes[answer[0]] += 1
            self.tell(number, answer[2])
            self.alike.put(cells, answer[1])
            return
        there = [_whole(cell) for cell in (*cells, *[None] * len(self.columns))][: len(self.columns)]
        try:
            facts = read_row(self.job.rule, cells, self.columns, self.children)
            found = decide(self.job.rule, facts, self.job.as_of, self.job.readings)
        except PolicyError as error:
            self._refuse(rejected(number, cells, self.columns, error), there)
        else:
            self._put(number, there, facts, found)

    def count(self) -> None:
        """Count the statuses of the rows so far."""
        if self.alike:
            self.alike.count()

    def _refuse(self, bad: Rejected, there: Sequence[Any]) -> None:
        self.reject(bad)
        self.see(bad.row, there, bad)
        self.tally.rejected += 1
        told = [REFUSED.of(self.job.lang), bad.reasons(self.job.lang, in_sheet=True)]
        if not self.machine:  # every row in its order: this one too, with what is wrong
            self.sink.write([*there, *self.asked_for(told), *[None] * self.width][: self.width])
            self.tell(bad.row, told)

    def _put(self, number: int, there: Sequence[Any], facts: Facts, found: Decision) -> None:
        job = self.job
        if self.recording is not None:
            self.recording.decided(job.rule, facts, found, number)
        told = [] if self.machine else [beside.why(found, job.lang), beside.mends(found, job.lang)]
        if self.tell is not _untold:
            self.tell(number, beside_of(found, job, told))
        self.see(number, there, found)
        self.tally.outcomes[found.outcome] += 1
        for finding in found.findings:
            self.tally.count((finding.clause.origin or finding.clause).id, finding.status)
        self.sink.write([*there, *self.asked_for(cells_of(found, job, self.machine, told, self.there))])


def _refuse_orphans(children: Children | None, tally: Tally, reject: Reject) -> None:
    """Tell of rows of lists whose case is not there."""
    for child, row, wrong in children.orphans() if children else ():
        at = child.columns[child.key].header
        reject(Rejected(row=row.number, cells=(), found=((at, wrong),), table=child.shown))
        tally.rejected += 1


def _checked(heads: list[str], theirs: int) -> list[str]:
    """The headers of the results. Raises PolicyError where one of them is in the table already: one would be lost."""
    twice = [name for name, count in Counter(heads).items() if count > 1 and name in heads[theirs:]]
    if twice:
        advice = Text("give that column another name", "请为该列另取名称")
        en, zh = f"the table already has a column `{twice[0]}`", f"表中已有列 `{twice[0]}`"
        raise PolicyError(problem("duplicate", en, zh, None, advice))
    return heads


def _untold(row: int, said: Sequence[str]) -> None:
    """Where nothing is said beside a sheet."""


def _unseen(row: int, cells: Sequence[Any], found: Decision | Rejected) -> None:
    """Where nothing is shown whole answers."""


def _whole(cell: Any) -> Any:
    """A cell as it stood; a list or object of a line of JSON as JSON."""
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else cell


def decide_table(
    job: Job, table: Path, out: Path, reject: Reject, tick: Callable[[int], None] = lambda rows: None,
    recording: Recording | None = None, processes: int = 1,
) -> Tally:  # fmt: skip
    """Decide a table into another, whole or not at all, and not before it is recorded; the format is that of the suffix. Raises PolicyError."""
    tally, job = Tally(), on_sheet(job, table)
    kept = (table, job.sheet) if kind_of(table) == ".xlsx" else None
    with results(out, job.rule, job.lang, tally, table, kept) as sink:
        run(job, table, sink, out.suffix != ".xlsx", tally, reject, tick, recording, processes)
        if recording is not None:
            recording.flush()
    return tally


def rejected_text(row: Rejected, sheet: str, lang: Lang) -> str:
    """A rejected row as one line."""
    where = Text(f"row {row.row}", f"第 {row.row} 行").of(lang)
    sheet = row.table or sheet
    comma, between = ("，", "：") if lang == "zh" else (", ", ": ")
    return f"{sheet}{comma if sheet else ''}{where}{between}{row.reasons(lang, bool(sheet))}"
