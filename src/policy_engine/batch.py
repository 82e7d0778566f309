"""A table of cases: one case a row, decided as it streams by; bad cells are told, the other rows are still decided."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

from policy_engine.errors import Lang, Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.evaluators.explain import check_readings, decide
from policy_engine.facts import read_facts
from policy_engine.outcome import Decision, Exit, Status
from policy_engine.rule import Input, Rule
from policy_engine.source import read_json
from policy_engine.values import SQUARE_METRE, YUAN, Unknown, number_text, to_json
from policy_engine.wording import OUTCOME, STATUS, say
from policy_engine.writing import whole

HEADER_ROWS: Final = 30
FORMATS: Final = (".csv", ".jsonl", ".xlsx")
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


class Sink(Protocol):
    """Where results go, row by row."""

    def header(self, headers: Sequence[str]) -> None:
        """The headers of all columns."""

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""


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

    def reasons(self, lang: Lang) -> str:
        """What is wrong, on one line."""
        return "; ".join(
            f"{column}: {p.message.of(lang)}" if column else p.message.of(lang) for column, p in self.found
        )


Rows = Iterable[tuple[int, list[Any]]]


def read_table(path: Path, job: Job) -> Rows:
    """The rows of a table with their numbers. Raises PolicyError."""
    if path.suffix == ".xlsx":
        from policy_engine.sheets import read_rows

        return read_rows(path, job.sheet)
    if job.sheet is not None:
        raise PolicyError(problem("no-sheet", f"{path} has no sheets", f"{path} 没有工作表"))
    if path.suffix == ".csv":
        return enumerate(csv.reader(_lines(path, job.encoding)), 1)
    if path.suffix in (".jsonl", ".ndjson"):
        return _jsonl_rows(path, job.encoding)
    accepted = ", ".join(FORMATS)
    raise PolicyError(problem("table-format", f"`{path}` is none of: {accepted}", f"`{path}` 不是以下格式：{accepted}"))


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file as they stand, one at a time."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from file
    except OSError as error:
        reason = error.strerror or str(error)
        raise PolicyError(
            problem("unreadable", f"cannot read: {reason}", f"无法读取：{reason}", Place(str(path)))
        ) from None
    except (UnicodeDecodeError, LookupError):
        advice = Text("save it as UTF-8, or say its encoding: --encoding gb18030",
                      "请另存为 UTF-8 编码，或写明编码：--encoding gb18030")  # fmt: skip
        name = encoding.removesuffix("-sig").upper()
        raise PolicyError(
            problem("encoding", f"the file is not {name}", f"文件不是 {name} 编码", Place(str(path)), advice)
        ) from None


def _jsonl_rows(path: Path, encoding: str) -> Rows:
    """Objects as rows under the keys of the first; numbers as the text that was written."""
    keys: list[str] = []
    for number, line in enumerate(_lines(path, encoding), 1):
        if not line.strip():
            continue
        found = read_json(line, f"{path}:{number}").data
        place = Place(str(path), number, 1)
        if not isinstance(found, dict):
            raise PolicyError(problem("shape", "a line is not an object", "有一行不是对象", place))
        if not keys:
            keys = list(found)
            yield 0, keys
        for key in found.keys() - set(keys):
            told = problem("shape", f"`{key}` is not a key of the first line", f"首行没有 `{key}` 这个键", place)
            raise PolicyError(told)
        yield number, [found.get(key) for key in keys]


def find_header(rows: Rows, job: Job, file: str) -> tuple[list[Column], int]:
    """The first row whose cells name inputs; rows above it, such as a title, are passed over. Raises PolicyError."""
    seen: list[str] = []
    for number, cells in rows:
        words = ["" if cell is None else str(cell).strip() for cell in cells]
        columns = columns_of(words, job, file, number)
        if any(column.entry for column in columns):
            return columns, number
        seen += [word for word in words if word]
        if number >= HEADER_ROWS:
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
    """The facts of a row; a number under a header with a unit is in that unit. Raises ValueError with the header."""
    facts: dict[str, object] = {}
    for column, cell in zip(columns, [*cells, *[None] * len(columns)], strict=False):
        if column.entry is None or cell is None or cell == "":
            continue
        if column.factor != 1:
            cell = _in_unit(cell, column)  # noqa: PLW2901 - the cell in the unit of the input
        facts[column.entry.name] = cell
    return facts


def _in_unit(cell: Any, column: Column) -> object:
    from policy_engine import numerals

    number = Fraction(cell) if isinstance(cell, Decimal | int) else numerals.parse(str(cell))
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


def run(
    job: Job, table: Path, sink: Sink, machine: bool, reject: Callable[[Rejected], None],
    tick: Callable[[int], None] = lambda rows: None,
) -> Tally:  # fmt: skip
    """Decide every row. `reject` is told of each bad row. Raises PolicyError."""
    check_readings(job.rule, dict(job.readings))
    rows = read_table(table, job)
    columns, _ = find_header(rows, job, str(table))
    sink.header(headers(job, columns, machine))
    tally = Tally(headers=tuple(column.header for column in columns))
    for number, cells in rows:
        if all(cell is None or cell == "" for cell in cells):
            continue
        tally.rows += 1
        tick(tally.rows)
        found = _decided(job, cells, columns, number, reject)
        if found is None:
            tally.rejected += 1
            continue
        tally.outcomes[found.outcome] += 1
        for finding in found.findings:
            tally.statuses.setdefault(finding.provision, Counter())[finding.status] += 1
        own = [*cells, *[None] * len(columns)][: len(columns)]
        sink.write([*own, *cells_of(found, job, machine)])
    return tally


def _decided(
    job: Job, cells: Sequence[Any], columns: Sequence[Column], number: int, reject: Callable[[Rejected], None]
) -> Decision | None:
    header_of = {column.entry.name: column.header for column in columns if column.entry}
    try:
        facts = read_facts(job.rule, facts_of(cells, columns), lambda name: Place(header_of.get(name, name)))
        return decide(job.rule, facts, job.as_of, job.readings)
    except PolicyError as error:
        told = tuple(
            (p.place.file if p.place else "", Problem(p.code, p.message, None, p.help)) for p in error.problems
        )
        reject(Rejected(number, cells, told))
        return None


class CsvSink:
    """Comma-separated values; text that a spreadsheet would run is written so that it does not."""

    def __init__(self, file: Any) -> None:
        self.writer = csv.writer(file, lineterminator="\n")

    def header(self, headers: Sequence[str]) -> None:
        """The first row."""
        self.writer.writerow([_safe(name) for name in headers])

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        self.writer.writerow([_safe(cell) for cell in cells])


def _safe(cell: Any) -> str:
    """A cell as text; one that begins like a formula and is no number gets an apostrophe."""
    text = "" if cell is None else {True: "true", False: "false"}[cell] if isinstance(cell, bool) else str(cell)
    risky = text[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[-+][0-9.,]+", text)
    return "'" + text if risky else text


class JsonlSink:
    """One object a line; numbers as exact text."""

    def __init__(self, file: Any) -> None:
        self.file, self.headers = file, list[str]()

    def header(self, headers: Sequence[str]) -> None:
        """The keys."""
        self.headers = list(headers)

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        row = {
            name: cell if cell is None or isinstance(cell, bool) else str(cell)
            for name, cell in zip(self.headers, cells, strict=True)
        }
        self.file.write(json.dumps(row, ensure_ascii=False) + "\n")


def decide_table(
    job: Job,
    table: Path,
    out: Path,
    reject: Callable[[Rejected], None],
    tick: Callable[[int], None] = lambda rows: None,
) -> Tally:
    """Decide a table into another, whole or not at all; the format is that of the suffix. Raises PolicyError."""
    if out.suffix not in FORMATS:
        accepted = ", ".join(FORMATS)
        raise PolicyError(
            problem("table-format", f"`{out}` is none of: {accepted}", f"`{out}` 不是以下格式：{accepted}")
        )
    with whole(out) as draft:
        if out.suffix == ".xlsx":
            from policy_engine.sheets import Workbook

            book = Workbook(draft, job.rule, job.lang)
            tally = run(job, table, book, False, reject, tick)
            book.close(tally.statuses, tally.rows)
            return tally
        with draft.open("w", encoding="utf-8-sig" if out.suffix == ".csv" else "utf-8", newline="") as file:
            sink = CsvSink(file) if out.suffix == ".csv" else JsonlSink(file)
            return run(job, table, sink, True, reject, tick)


def rejected_text(row: Rejected, sheet: str, lang: Lang) -> str:
    """A rejected row as one line."""
    where = Text(f"row {row.row}", f"第 {row.row} 行").of(lang)
    return f"{sheet}{where}: {row.reasons(lang)}"
