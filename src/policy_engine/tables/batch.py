"""A table of cases: one case a row, decided as it streams by; bad cells are told, the other rows are still decided."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.values import SQUARE_METRE, YUAN, Unknown, number_text, to_json
from policy_engine.deciding.decide import check_readings, decide
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.deciding.outcome import Decision, Exit, Status
from policy_engine.deciding.words import OUTCOME, STATUS, say
from policy_engine.rulebook.rule import Input, Rule
from policy_engine.tables.files import Rows, Sink, read_table, results

HEADER_ROWS: Final = 30
_UNITS: Final[Mapping[str, tuple[Any, Fraction]]] = {
    "元": (YUAN, Fraction(1)), "yuan": (YUAN, Fraction(1)), "千元": (YUAN, Fraction(1000)), "万元": (YUAN, Fraction(10**4)),
    "亿元": (YUAN, Fraction(10**8)), "平方米": (SQUARE_METRE, Fraction(1)), "㎡": (SQUARE_METRE, Fraction(1)),
    "m2": (SQUARE_METRE, Fraction(1)), "m²": (SQUARE_METRE, Fraction(1)), "公顷": (SQUARE_METRE, Fraction(10**4)),
    "%": ((), Fraction(1, 100)), "％": ((), Fraction(1, 100)),
}  # fmt: skip
_WITH_UNIT: Final = re.compile(r"(.+?)\s*[（(\[]([^（()）\]]+)[）)\]]\s*")


@dataclass(frozen=True)
class Column:
    """A column of the table: its header, the input it gives if it gives one, and the factor of the unit in its header."""

    header: str
    entry: Input | None = None
    factor: Fraction = Fraction(1)


@dataclass
class Tally:
    """What a run came to."""

    rows: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[Status]] = field(default_factory=dict)
    headers: tuple[str, ...] = ()

    def exit_code(self, strict: bool) -> Exit:
        """2 where a row was rejected, else the worst of the rows."""
        if self.rejected:
            return Exit.UNUSABLE
        if self.outcomes["non_compliant"] or (strict and self.outcomes["compliant_with_departures"]):
            return Exit.NON_COMPLIANT
        return Exit.UNDETERMINED if self.outcomes["undetermined"] else Exit.COMPLIANT


@dataclass(frozen=True)
class Job:
    """What to decide, and how."""

    rule: Rule
    as_of: dt.date
    lang: Lang
    readings: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str = "utf-8-sig"


@dataclass(frozen=True)
class Rejected:
    """A row whose facts could not be read: its number, its cells, and what is wrong with which column."""

    row: int
    cells: Sequence[Any]
    found: tuple[tuple[str, Problem], ...]
    headers: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """The headers of the columns that are wrong, each once."""
        return list(dict.fromkeys(column for column, _ in self.found if column))

    def reasons(self, lang: Lang, in_sheet: bool = False) -> str:
        """What is wrong, on one line; in a sheet each column with its cell, such as C17."""
        told = [(self._place(column) if in_sheet else column, p.message.of(lang)) for column, p in self.found]
        return "; ".join(f"{column}: {message}" if column else message for column, message in told)

    def _place(self, column: str) -> str:
        if column not in self.headers:
            return column
        from policy_engine.tables.workbook import cell_name

        return f"{column} ({cell_name(self.row, self.headers.index(column))})"


Reject = Callable[[Rejected], None]


def find_header(rows: Rows, job: Job, file: str) -> tuple[list[Column], int]:
    """The first row whose cells name inputs; rows above it, such as a title, are passed over. Raises PolicyError."""
    seen: list[str] = []
    for number, cells in rows:
        words = ["" if cell is None else str(cell).strip() for cell in cells]
        columns = columns_of(words, job, file, number)
        if any(column.entry for column in columns):
            return columns, number
        seen += [word for word in words if word]
        if number == 0 or number >= HEADER_ROWS:  # 0: the names of the columns, not a row
            break
    help = did_you_mean(
        seen[0] if seen else "", [*job.rule.inputs, *(e.label.of(job.lang) for e in job.rule.inputs.values())]
    )
    found = problem(
        "no-header",
        f"no row of {file} names an input of {job.rule.decision}",
        f"{file} 没有一行写明 {job.rule.decision} 的输入",
    )
    raise PolicyError(Problem(found.code, found.message, Place(file), help))


def columns_of(headers: Sequence[str], job: Job, file: str, row: int = 1) -> list[Column]:
    """The columns under some headers: which input each gives, if any. Raises PolicyError."""
    columns = [_column(header, job) for header in headers]
    _check_columns(columns, file, row)
    return columns


def _column(header: str, job: Job) -> Column:
    name = job.mapping.get(header, header)
    entry = _entry(name, job.rule)
    if entry is not None or not (match := _WITH_UNIT.fullmatch(name)):
        return Column(header, entry)
    entry = _entry(match[1], job.rule)
    if entry is None:
        return Column(header)
    unit = _UNITS.get(match[2].strip())
    if unit is None and match[2].strip() in (entry.unit_word.en, entry.unit_word.zh):
        return Column(header, entry)
    if unit is None or unit[0] != entry.type.unit or (unit[0] == () and entry.type_name != "share"):
        word = match[2]
        raise PolicyError(
            problem("unit", f"`{header}`: `{word}` is not a unit of this input", f"`{header}`：`{word}` 不是该项的单位")
        )
    return Column(header, entry, unit[1])


def _entry(name: str, rule: Rule) -> Input | None:
    if name in rule.inputs:
        return rule.inputs[name]
    found = [entry for entry in rule.inputs.values() if name in (entry.label.en, entry.label.zh)]
    return found[0] if len(found) == 1 else None


def _check_columns(columns: Iterable[Column], file: str, row: int) -> None:
    counts = Counter(column.entry.name for column in columns if column.entry)
    for name, count in counts.items():
        if count > 1:
            raise PolicyError(
                problem("duplicate", f"two columns give `{name}`", f"有两列都是 `{name}`", Place(file, row, 1))
            )


def facts_of(cells: Sequence[Any], columns: Sequence[Column]) -> dict[str, object]:
    """The facts of a row; a number under a header with a unit is in that unit."""
    facts: dict[str, object] = {}
    for column, cell in zip(columns, [*cells, *[None] * len(columns)], strict=False):
        if column.entry is None or cell is None or cell == "":
            continue
        if type(cell) is int:  # sheets hand over decimals; an integer has more digits than a cell holds
            cell = f"{cell} (> 10^15)"  # noqa: PLW2901 - refused by name
        if column.factor != 1:
            cell = _in_unit(cell, column)  # noqa: PLW2901 - the cell in the unit of the input
        facts[column.entry.name] = cell
    return facts


def _in_unit(cell: Any, column: Column) -> object:
    from policy_engine.basics import numerals

    if isinstance(cell, float):
        return cell  # refused as a fact
    number = Fraction(cell) if isinstance(cell, Decimal) else numerals.parse(str(cell))
    if number is None or "%" in str(cell):
        return cell  # a cell with a unit of its own
    if column.factor == Fraction(1, 100):
        return f"{number_text(number)}%"
    return number * column.factor


def headers(job: Job, columns: Sequence[Column], machine: bool) -> list[str]:
    """The columns of the table, then outcome, status and margin of each check, values, missing facts."""
    checks, formulas = _parts(job)
    if machine:
        own = [
            "outcome",
            "contested",
            *(f"{p}.{k}" for p in checks for k in ("status", "margin")),
            *formulas,
            "missing",
        ]
    else:
        titles = {p.id: p.title.of(job.lang) for p in job.rule.at(job.as_of)}
        margin = "差额" if job.lang == "zh" else "margin"
        own = [say("outcome", job.lang)]
        own += [text for p in checks for text in (titles[p], f"{titles[p]} {margin}")]
        own += [*(titles[f] for f in formulas), say("ask", job.lang)]
    return [*(column.header for column in columns), *own]


def _parts(job: Job) -> tuple[list[str], list[str]]:
    found = job.rule.at(job.as_of)
    return [p.id for p in found if not p.is_formula], [p.id for p in found if p.is_formula]


def cells_of(found: Decision, job: Job, machine: bool) -> list[Any]:
    """The answer as cells: a margin is positive with room to spare and negative where it falls short."""
    cells: list[Any] = [found.outcome, found.contested] if machine else [OUTCOME[found.outcome].of(job.lang)]
    for finding in found.findings:
        cells.append(finding.status if machine else STATUS[finding.status].of(job.lang))
        margin = finding.margin
        gap = None if margin is None else -margin.short_by if margin.short_by is not None else margin.to_spare
        cells.append(None if gap is None else _number(gap))
    cells += [_value(value) for value in found.values.values()]
    names = [name if machine else found.inputs[name].label.of(job.lang) for name in found.missing]
    return [*cells, ("; " if machine else "、").join(names)]


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
    rows = iter(read_table(table, job.sheet, job.encoding))
    columns, _ = find_header(rows, job, str(table))
    if table.suffix == ".parquet":
        from policy_engine.tables.parquet import refuse_floats

        refuse_floats(table, [column.header for column in columns if column.entry])
    return columns, ((n, cells) for n, cells in rows if any(cell is not None and cell != "" for cell in cells))


def read_row(rule: Rule, cells: Sequence[Any], columns: Sequence[Column]) -> Facts:
    """The facts of a row. Raises PolicyError whose places are headers."""
    _check_width(cells, columns)
    header_of = {column.entry.name: column.header for column in columns if column.entry}
    return read_facts(rule, facts_of(cells, columns), lambda name: Place(header_of.get(name, name)))


def rejected(number: int, cells: Sequence[Any], columns: Sequence[Column], error: PolicyError) -> Rejected:
    """A row with what is wrong with it."""
    told = tuple((p.place.file if p.place else "", Problem(p.code, p.message, None, p.help)) for p in error.problems)
    return Rejected(number, cells, told, [column.header for column in columns])


def run(
    job: Job, table: Path, sink: Sink, machine: bool, tally: Tally, reject: Reject,
    tick: Callable[[int], None] = lambda rows: None,
) -> None:  # fmt: skip
    """Decide every row. `reject` is told of each bad row. Raises PolicyError."""
    columns, rows = open_table(job, table)
    sink.header(headers(job, columns, machine))
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
            tally.statuses.setdefault(finding.provision, Counter())[finding.status] += 1
        own = [*cells, *[None] * len(columns)][: len(columns)]
        sink.write([*own, *cells_of(found, job, machine)])


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
