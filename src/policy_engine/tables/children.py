"""Lists of a case as tables of their own: the rows of a list by a key that its case has too, in a file or on a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.values import number_text
from policy_engine.rulebook.rows import MORE, MORE_WORDS, called
from policy_engine.rulebook.rule import Rows as ListOfRule
from policy_engine.rulebook.rule import Rule, plain
from policy_engine.tables.columns import Column, Job, matched, rule_of_list
from policy_engine.tables.files import SHEETS, check_width, kind_of, open_sheet, sheet_names
from policy_engine.tables.given import facts_of
from policy_engine.tables.layout import laid_out
from policy_engine.tables.plain import Kept
from policy_engine.tables.sheet import cell_name
from policy_engine.tables.texts import BadLine


@dataclass(frozen=True)
class ChildRow:
    """A row of a list as it stands: its number and its cells."""

    number: int
    cells: Sequence[Any]


@dataclass(kw_only=True)
class ChildTable:
    """The rows of one list, by key; `key` is the place of the column that says whose they are."""

    rows: ListOfRule
    shown: str
    columns: list[Column]
    key: int
    in_sheet: bool
    of: dict[str, list[ChildRow]] = field(default_factory=dict)
    keyless: list[ChildRow] = field(default_factory=list)

    def place(self, row: ChildRow, column: str = "") -> str:
        """A row or a cell of it, as people find it."""
        if not column:
            return f"{self.shown} {row.number}"
        headers = [c.header for c in self.columns]
        if self.in_sheet and column in headers:
            return f"{self.shown} {cell_name(row.number, headers.index(column))} {column}"
        return f"{self.shown} {row.number} {column}"


class Children:
    """The lists of all cases, each by its key."""

    def __init__(self, job: Job, tables: Sequence[ChildTable], key: int, keys: Counter[str]) -> None:
        self.job, self.tables, self.key, self.keys = job, tables, key, keys

    def orphans(self) -> Iterator[tuple[ChildTable, ChildRow, Problem]]:
        """The rows that belong to no case, with what is wrong."""
        for table in self.tables:
            head = table.columns[table.key].header
            for row in table.keyless:
                yield (
                    table,
                    row,
                    problem("key", f"`{head}` is empty: whose row is this?", f"`{head}` 为空，不知属于哪一案例"),
                )
            for key, rows in table.of.items():
                for row in rows if key not in self.keys else []:
                    yield (
                        table,
                        row,
                        problem("key", f"no case has the {head} `{key}`", f"没有 {head} 为 `{key}` 的案例"),
                    )

    def facts(self, cells: Sequence[Any], given: Mapping[str, object]) -> tuple[dict[str, object], dict[str, Place]]:
        """The lists of a case, and where each field stands. Raises PolicyError whose places are cells."""
        key = key_of(cells[self.key] if self.key < len(cells) else None)
        if self.keys[key] > 1 and key:
            raise PolicyError(problem("key", f"`{key}` stands in {self.keys[key]} rows: whose are the rows of its lists?",
                                      f"`{key}` 出现在 {self.keys[key]} 行，无法确定列表各项属于哪一行"))  # fmt: skip
        facts, places = dict[str, object](), dict[str, Place]()
        for table in self.tables:
            rows, name = table.of.get(key, []) if key else [], table.rows.name
            if name in given:
                if rows:
                    raise PolicyError(problem("twice", f"`{name}` has rows in {table.shown} and a cell here: give the one or the other",
                                              f"`{name}` 既在 {table.shown} 中有记录，又在此处填写，二者只填其一"))  # fmt: skip
            elif rows or (self.job.none and key):
                facts[name] = self._listed(table, rows, places)
        return facts, places

    def _listed(self, table: ChildTable, rows: Sequence[ChildRow], places: dict[str, Place]) -> list[object]:
        found: list[object] = []
        more = False
        for row in rows:
            if _is_more(row.cells, table.key):
                more = True
                continue
            try:
                if isinstance(row.cells, BadLine):
                    raise row.cells.why
                if isinstance(row.cells, Kept) and row.cells.wrong is not None:
                    raise row.cells.wrong
                cells = row.cells.meant if isinstance(row.cells, Kept) else row.cells
                check_width(cells, len(table.columns))
                facts = facts_of(cells, table.columns)
            except PolicyError as error:
                at = [Place(table.place(row, p.place.file if p.place else "")) for p in error.problems]
                raise PolicyError([replace(p, place=a) for p, a in zip(error.problems, at, strict=True)]) from None
            found.append(facts)
            header_of = {c.entry.name: c.header for c in table.columns if c.entry}
            places |= {
                called(table.rows.name, len(found), k): Place(table.place(row, header_of.get(k, k))) for k in facts
            }
        return [*found, MORE] if more else found


def key_of(cell: Any) -> str:
    """A key as it is compared; empty where there is none."""
    if isinstance(cell, Decimal) and cell.is_finite():
        return number_text(Fraction(cell))
    return "" if cell is None else str(cell).strip()


def _is_more(cells: Sequence[Any], key: int) -> bool:
    """Whether a row says only that the list has others than those told."""
    told = [str(cell).strip() for i, cell in enumerate(cells) if i != key and cell is not None and str(cell).strip()]
    return len(told) == 1 and told[0] in MORE_WORDS


def open_children(job: Job, table: Path, columns: Sequence[Column]) -> Children | None:
    """The tables of lists that are asked for, or that are sheets called like a list, read whole. Raises PolicyError."""
    sources = {_list_of(job.rule, name): source for name, source in job.lists.items()} or _sheets(job, table)
    if not sources:
        if job.key is not None:
            en, zh = "--key is of tables of lists: say --rows LIST=TABLE", "--key 用于列表的表格：请写 --rows 列表=表格"
            raise PolicyError(problem("option", en, zh))
        return None
    tables = [_opened(job, table, job.rule.rows[name], source, columns) for name, source in sources.items()]
    heads = {plain(t.columns[t.key].header) for t in tables}
    mine = plain((job.key or "").partition("=")[0])
    if len(heads) > 1 and not mine:
        raise _which_key("、".join(t.shown for t in tables))
    key = next(i for i, c in enumerate(columns) if plain(c.header) == mine or (not mine and plain(c.header) in heads))
    quiet = replace(job, mapping=mapping_of_cases(job), tell=lambda text: None)
    again = laid_out(open_sheet(table, job.sheet, job.encoding), quiet, str(table))[1]
    keys = Counter(key_of(cells[key]) for _, cells in again if key < len(cells) and not isinstance(cells, BadLine))
    return Children(job, tables, key, keys)


def _list_of(rule: Rule, word: str) -> str:
    found = [name for name, rows in rule.rows.items() if plain(word) in map(plain, (name, *rows.label))]
    if len(found) == 1:
        return found[0]
    help = did_you_mean(word, [*rule.rows, *(rows.label.zh for rows in rule.rows.values())]) if rule.rows else None
    raise PolicyError(
        problem("option", f"{rule.decision} has no list `{word}`", f"{rule.decision} 没有列表 `{word}`", None, help)
    )


def _sheets(job: Job, table: Path) -> dict[str, str]:
    """Sheets of the workbook that are called like lists, beside the one with the cases."""
    names = sheet_names(table) if job.rule.rows else []
    cases = job.sheet or (names[0] if names else "")
    words = {plain(word): name for name, rows in job.rule.rows.items() for word in (name, *rows.label)}
    return {words[plain(sheet)]: f"#{sheet}" for sheet in names if plain(sheet) in words and sheet != cases}


def _opened(job: Job, table: Path, rows: ListOfRule, source: str, columns: Sequence[Column]) -> ChildTable:
    file, _, sheet = source.partition("#")
    path = Path(file) if file else table
    in_sheet = kind_of(path) in SHEETS
    shown = sheet or path.name
    own = replace(
        job,
        rule=rule_of_list(rows, job.rule),
        mapping=_mapping_of(job, rows.name),
        sheet=sheet or None,
        lists={},
        key=None,
    )
    found_there = open_sheet(path, sheet or None, job.encoding, lambda text: job.tell(f"{shown}: {text.of(job.lang)}"))
    heads, lines = laid_out(found_there, own, shown)
    job.tell(f"{shown}: {matched(heads, own)}")
    key = _key(job, heads, columns, shown)
    found = ChildTable(rows=rows, shown=shown, columns=heads, key=key, in_sheet=in_sheet)
    for number, cells in lines:
        whose = key_of(cells[key]) if key < len(cells) and not isinstance(cells, BadLine) else ""
        (found.of.setdefault(whose, []) if whose else found.keyless).append(ChildRow(number, cells))
    return found


def mapping_of_cases(job: Job) -> dict[str, str]:
    """What a mapping says of the headers of the cases."""
    return {header: name for header, name in job.mapping.items() if name.partition(".")[0] not in job.rule.rows}


def _mapping_of(job: Job, rows: str) -> dict[str, str]:
    """What a mapping says of the headers of a list: `Fee paid: member.fee`."""
    return {header: name.partition(".")[2] for header, name in job.mapping.items() if name.startswith(f"{rows}.")}


def _which_key(shown: str) -> PolicyError:
    en, zh = f"which column says whose the rows of {shown} are?", f"{shown} 的各行以哪一列对应案例？"
    return PolicyError(
        problem("key", en, zh, None, Text("say --key HEADER, a header of both tables", "请用 --key 写明两表共有的列"))
    )


def _key(job: Job, heads: Sequence[Column], columns: Sequence[Column], shown: str) -> int:
    """The place of the column that says whose a row is. Raises PolicyError."""
    theirs, mine = [plain(c.header) for c in heads], [plain(c.header) for c in columns]
    if job.key is None:
        free = {plain(c.header) for c in heads if c.entry is None} & set(mine) - {""}
        if len(free) == 1:
            return theirs.index(free.pop())
        raise _which_key(shown)
    one, _, other = job.key.partition("=")
    for word, headers, where in ((one, columns, "the cases"), (other or one, heads, shown)):
        if plain(word) not in [plain(c.header) for c in headers]:
            zh = "案例表" if headers is columns else shown
            raise PolicyError(problem("key", f"{where} has no header `{word}`", f"{zh}没有表头 `{word}`", None,
                                      did_you_mean(word, [c.header for c in headers])))  # fmt: skip
    return theirs.index(plain(other or one))
