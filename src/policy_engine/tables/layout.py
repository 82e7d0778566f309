"""How a sheet is laid out: titles, a header of one row or several, units, a form; read as a clerk reads it or refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, did_you_mean, problem
from policy_engine.basics.values import Unit
from policy_engine.tables.body import Body
from policy_engine.tables.columns import (
    LONG,
    Column,
    Job,
    check_mapping,
    check_side_by_side,
    column_of,
    names_input,
    read_headers,
    with_unit,
)
from policy_engine.tables.margins import check_comments, titles_of, with_comments
from policy_engine.tables.marks import is_a_fact
from policy_engine.tables.sheet import Merge, Rows, Sheet, cell_name
from policy_engine.tables.units import (
    IN_BRACKETS,
    OTHER_MONEY,
    fits,
    noted,
    own_words,
    unit_alone,
    unit_behind,
    unit_inside,
    unit_said,
)

HEADER_ROWS: Final = 30
FORM_ROWS: Final = 500
DEEP: Final = 3
"""How many rows a header may have."""
_UNSEEN: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
"""Signs without a width, as they come with what is copied."""
Head = list[tuple[int, list[str]]]


class Columns(list[Column]):
    """The columns of a sheet, and the number of the row in which their headers end; 0 for a form."""

    row = 0


def laid_out(sheet: Sheet, job: Job, file: str) -> tuple[Columns, Rows]:
    """The columns of a sheet and the rows that are cases; what was left out or filled is told at the end. Raises PolicyError."""
    rows = iter(sheet.rows)
    top = list(islice(rows, 1 if sheet.named else HEADER_ROWS + DEEP))
    head = [(number, [_word(cell) for cell in cells]) for number, cells in top]
    named = [{i: name for i, w in enumerate(words) if w and (name := names_input(w, job))} for _, words in head]
    if not sheet.named and _is_form(head, named, sheet.merges):
        found = [*top, *islice(rows, FORM_ROWS)]
        return _form(found, sheet, job, file)
    at = next((i for i, names in enumerate(named[:HEADER_ROWS]) if names), None)
    if at is None:
        raise _no_header([w for _, words in head for w in words if w], job, file)
    header = _header(head, named, at, sheet.merges, job)
    rows_of_header = range(head[header.first][0], head[header.last][0] + 1)
    read = with_comments(_columns(header, head, job, file), sheet, rows_of_header, job, file)
    columns = Columns(read if job.unit else with_unit(read, _noted_above(header, head, read, sheet, job, file)))
    columns.row = head[header.last][0]
    check_comments(columns, sheet, False, job, file)
    check_mapping(columns, job, file)
    check_side_by_side(columns, file, columns.row)
    above = ([word for word in line if word] for _, line in head[: header.first])
    titles = [words[0] for words in above if len(words) == 1]
    body = Body(sheet, columns, job, file, header.words, header.told, titles=titles)
    return columns, body.rows(chain(top[header.last + 1 :], rows))


def _word(cell: Any) -> str:
    return "" if cell is None else _UNSEEN.sub("", str(cell)).strip()


def _no_header(seen: list[str], job: Job, file: str) -> PolicyError:
    if not seen:
        return PolicyError(problem("no-header", "the table is empty", "表中没有内容", Place(file)))
    labels = [entry.label.of(job.lang) for entry in job.rule.askable.values()]
    word = next((w for w in seen if difflib.get_close_matches(w[:LONG], labels, 1, 0.5)), seen[0])
    en = f"no row of it names an input of {job.rule.decision}"
    zh = f"没有一行写明“{job.rule.title.zh}”的输入项（列名）"
    return PolicyError(problem("no-header", en, zh, Place(file), did_you_mean(word, labels)))


# --- a header ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Header:
    """The rows of a header by their places among the first rows, its words by column, and those of the groups above.

    `uppers`: all the words above the lowest of a column, from above; `told`: every word over a column, as it stands.
    """

    first: int
    last: int
    words: list[str]
    groups: Mapping[int, str]
    uppers: Mapping[int, list[str]]
    told: Mapping[int, frozenset[str]]


def _header(head: Head, named: Sequence[Mapping[int, str]], at: int, merges: Sequence[Merge], job: Job) -> _Header:
    first, last = _rows_of_header(head, named, at, merges, job)
    lines = [_spread(head, k, merges, closed=bool(merges) or k == last) for k in range(first, last + 1)]
    width = max(len(line) for line in lines)
    stacks = [list(dict.fromkeys(line[c] for line in lines if c < len(line) and line[c])) for c in range(width)]
    told = {c: frozenset(stack) for c, stack in enumerate(stacks)}
    if last < len(head) - 1 and _are_units(head[last + 1][1]):  # a row of units under the header
        units = head[last + 1][1]
        stacks = [
            [*s[:-1], f"{s[-1]}（{_bare(units[c])}）"] if s and c < len(units) and units[c] else s
            for c, s in enumerate(stacks)
        ]
        last += 1
    bottoms = [stack[-1] if stack else "" for stack in stacks]
    words = [_called(stack, bottoms) for stack in stacks]
    groups = {c: stack[-2] for c, stack in enumerate(stacks) if len(stack) > 1}
    uppers = {c: stack[:-1] for c, stack in enumerate(stacks)}
    if first > 0 and len([w for w in head[first - 1][1] if w]) > 1:  # a row of groups that is not joined by merging
        above = _spread(head, first - 1, merges, closed=bool(merges))
        groups = {c: w for c, w in enumerate(above) if w} | groups
        uppers = {c: [*([above[c]] if c < len(above) else []), *upper] for c, upper in uppers.items()}
    return _Header(first=first, last=last, words=words, groups=groups, uppers=uppers, told=told)


def _rows_of_header(
    head: Head, named: Sequence[Mapping[int, str]], at: int, merges: Sequence[Merge], job: Job
) -> tuple[int, int]:
    """The first and last row of a header around a row that names inputs: as far as cells are merged, or names go on."""
    place = {number: i for i, (number, _) in enumerate(head)}
    first = last = at
    number = head[at][0]
    for merge in merges:
        if merge.top <= number <= merge.bottom and merge.bottom - merge.top < DEEP:
            first = min(first, place.get(merge.top, first))
            last = max(last, place.get(merge.bottom, last))
    grouped = any(m.top == m.bottom == number and m.right > m.left and m.left not in named[at] for m in merges)
    if last == at and at + 1 < len(head) and (grouped or _go_on(head, named, at, job)):
        last = at + 1
    above = head[first - 1][0] if first else 0
    if (
        first == at
        and any(m.top == m.bottom == above and m.right > m.left for m in merges)
        and len([w for w in head[at - 1][1] if w]) > 1
    ):
        first -= 1
    return first, last


def _go_on(head: Head, named: Sequence[Mapping[int, str]], at: int, job: Job) -> bool:
    """Whether the next row names other inputs, by itself or under a group, in columns where this row names none."""
    below = named[at + 1] or _in_groups(head, named[at], at, job)
    return bool(below) and not set(below) & set(named[at]) and not set(below.values()) & set(named[at].values())


def _in_groups(head: Head, named: Mapping[int, str], at: int, job: Job) -> Mapping[int, str]:
    """What a row that has nothing under named columns names together with the words above, as these spread over empty cells."""
    words, groups = head[at + 1][1], _spread(head, at, (), closed=False)
    if any(c < len(words) and words[c] for c in named):
        return {}
    both = {c: _together(word, groups[c], job) for c, word in enumerate(words) if word and c < len(groups)}
    return {c: name for c, one in both.items() if one and (name := names_input(one, job))}


def _spread(head: Head, at: int, merges: Sequence[Merge], closed: bool) -> list[str]:
    """The words of a row of a header, each over all the columns it stands for: as merged, or up to the next word."""
    number, words = head[at]
    found = list(words)
    for merge in merges:
        if merge.top <= number <= merge.bottom and merge.bottom - merge.top < DEEP:
            top = next((line for n, line in head if n == merge.top), [])
            text = top[merge.left] if merge.left < len(top) else ""
            found += [""] * (merge.right + 1 - len(found)) if merge.right < 1000 else []
            for c in range(merge.left, min(merge.right + 1, len(found))):
                found[c] = text
    if not closed:
        for c in range(1, len(found)):
            found[c] = found[c] or found[c - 1]
    return found


def _are_units(words: Sequence[str]) -> bool:
    told = [word for word in words if word]
    return bool(told) and all(unit_behind(word) is not None for word in told)


def _bare(word: str) -> str:
    return word.strip("（）()[]【】 ").removeprefix("单位").lstrip(":： ")


def _called(stack: Sequence[str], bottoms: Sequence[str]) -> str:
    """What a column is called: the lowest word; with what stands above it where others are called so too."""
    if not stack:
        return ""
    return stack[-1] if len(stack) == 1 or bottoms.count(stack[-1]) == 1 else " ".join(stack)


def _columns(header: _Header, head: Head, job: Job, file: str) -> list[Column]:
    """The columns of a header; each in its own unit, else in that of its group, else in that noted for the sheet."""
    words = [_joined(word, header.groups.get(c, ""), job) for c, word in enumerate(header.words)]
    columns = read_headers(words, job, file, head[header.last][0])
    if job.unit:
        return columns
    for c, column in enumerate(columns):
        unit = next(filter(None, map(unit_behind, reversed(header.uppers.get(c, [])))), None)
        if unit and not column.own_unit:
            placed = with_unit([column], dict([unit]))[0]
            columns[c] = replace(placed, own_unit=placed.entry is not None and fits(unit[0], placed.entry))
    return columns


def _noted_above(
    header: _Header, head: Head, columns: Sequence[Column], sheet: Sheet, job: Job, file: str
) -> Mapping[Unit, Fraction]:
    """The units noted for a sheet: above its header, beside it, on its tab and its pages. Raises PolicyError."""
    above = [[w for w in line if w] for _, line in head[: header.first]]
    notes = [w for line in above for w in line] + [column.header for column in columns if column.entry is None]
    notes += [*header.groups.values(), sheet.title, *sheet.pages]
    titles = [line[0] for line in above if len(line) == 1] + titles_of(sheet)
    titles += [w for line in above if len(line) == 2 for w in line if unit_alone(w)]  # in the corner, beside a name
    titles += [w for line in above if len(line) > 1 for w in line if unit_inside(w) or unit_said(w)]
    titles += [w for line in above[:-1] if len(line) > 1 for w in line if IN_BRACKETS.fullmatch(w)]  # over no column
    return noted(notes, job.rule, file, titles)


def _together(word: str, group: str, job: Job) -> str | None:
    """A header and its group as one word that names an input: 子基金 over 总规模, 面积 over 地下一层; None where they name none."""
    both = (group + word, word + group) if group and word and group != word else ()
    return next((one for one in both if column_of(one, job).entry is not None), None)


def _joined(word: str, group: str, job: Job) -> str:
    """A header with its group, where the two together name an input, or the group alone does."""
    together = _together(word, group, job)
    if together is not None:
        return together
    if group and names_input(group, job) and not names_input(word, job) and group != word:
        return f"{group} {word}"  # 本年 under 每人奖金 is not just any 本年
    return word


# --- a form -----------------------------------------------------------------------------------------------------------


def _is_form(head: Head, named: Sequence[Mapping[int, str]], merges: Sequence[Merge]) -> bool:
    """Labels of several inputs one below the other, none beside another: the values stand to the right of them."""
    below: dict[int, set[str]] = {}
    for (number, _), names in zip(head, named, strict=True):
        for column, name in names.items():
            below.setdefault(column, set()).add(name)
            if _right_of(number, column, merges) in names:
                return False
    return any(len(names) > 1 for names in below.values())


def _right_of(row: int, column: int, merges: Sequence[Merge]) -> int:
    return next((m.right for m in merges if (m.top, m.left) == (row, column)), column) + 1


def _form(rows: list[tuple[int, list[Any]]], sheet: Sheet, job: Job, file: str) -> tuple[Columns, Rows]:
    """The one case of a form: each label a column, the cell to its right the value. Raises PolicyError."""
    columns, values, others = list[Column](), list[Any](), list[str]()
    start = 0
    for number, cells in rows:
        for i, cell in enumerate(cells):
            word = _word(cell)
            if not word or names_input(word, job) is None:
                others += [word] if word else []
                continue
            right, start = _right_of(number, i, sheet.merges), start or number
            column = column_of(word, job)
            at = _unit_beside(cells, right, column, job)
            if at is not None:
                column = _in_that_unit(column, _word(cells[at]), job)
                cells = [None if j == at else c for j, c in enumerate(cells)]  # noqa: PLW2901 - the unit is read
            value, right = _value_of(cells, right, job)
            values.append(None if names_input(_word(value), job) else value)
            columns.append(column := replace(column, at=cell_name(number, right)))
            _check_alone(column, cells, _right_of(number, right, sheet.merges), number, file)
    _check_once(columns, values, file)
    read = read_headers([column.header for column in columns], job, file)
    columns = [replace(c, at=was.at) for c, was in zip(read, columns, strict=True)]
    if not job.unit:
        titles = [*others[:1], *titles_of(sheet)]
        columns = with_unit(columns, noted([*others, sheet.title, *sheet.pages], job.rule, file, titles))
    check_comments(columns, sheet, True, job, file)
    check_mapping(columns, job, file)
    job.tell(
        Text(f"read as a form: one case of {len(columns)} labels", f"按表单读取：一个案例，{len(columns)} 项").of(
            job.lang
        )
    )
    return Columns(columns), Body(sheet, columns, job, file, form=True).rows([(start, values)])


def _check_alone(column: Column, cells: Sequence[Any], beside: int, row: int, file: str) -> None:
    """Another value beside that of a label is another case, or another year: which is meant cannot be told. Raises PolicyError."""
    cell, entry = cells[beside] if beside < len(cells) else None, column.entry
    if entry is None or entry.type.kind in ("text", "code") or not is_a_fact(cell, entry):
        return
    en = f"`{column.header}` has several values side by side: {column.at}, {cell_name(row, beside)}"
    zh = f"“{column.header}”有几个并列的值：{column.at}、{cell_name(row, beside)}"
    advice = Text("one case a row: transpose the table", "每个案例占一行：请将表格行列互换（选择性粘贴—转置）后再试")
    raise PolicyError(problem("side-by-side", en, zh, Place(file), advice))


def _unit_beside(cells: Sequence[Any], right: int, column: Column, job: Job) -> int | None:
    """The place of the one cell to the right of the label of a number, besides its value, that is a unit of measure."""
    entry = column.entry
    if entry is None or entry.type.kind != "number":
        return None
    own = own_words(entry)
    told, units = 0, list[int]()
    for i in range(right, len(cells)):
        word = _word(cells[i])
        if names_input(word, job):
            break
        told += bool(word)
        if isinstance(cells[i], str) and (
            unit_behind(word) or OTHER_MONEY.fullmatch(_bare(word)) or _bare(word) in own
        ):
            units.append(i)
    return units[0] if told > 1 and len(units) == 1 else None


def _in_that_unit(column: Column, word: str, job: Job) -> Column:
    """The column of a label with the unit beside it. Raises PolicyError where the label has another unit, or the unit is of something else."""
    header = f"{job.mapping.get(column.header, column.header)}（{_bare(word)}）"
    if not column.own_unit:
        return column_of(header, job)
    unit = unit_behind(word)
    if unit is None or unit[1] != column.factor:
        en, zh = f"`{column.header}` with `{word}` beside it", f"“{column.header}”旁又写“{word}”"
        raise PolicyError(problem("unit", en, zh, None, Text("write one unit", "请只写一种单位")))
    return column


def _value_of(cells: Sequence[Any], right: int, job: Job) -> tuple[Any, int]:
    """The cell to the right of a label; where it is empty, the only one before the next label, as in an exported form."""
    beside = cells[right : next((i for i in range(right, len(cells)) if names_input(_word(cells[i]), job)), len(cells))]
    told = [i for i, cell in enumerate(beside) if _word(cell)]
    at = right + told[0] if len(told) == 1 else right
    return (cells[at] if at < len(cells) else None), at


def _check_once(columns: Sequence[Column], values: Sequence[Any], file: str) -> None:
    """A label that stands twice, with or without two values, is two forms or a mistake. Raises PolicyError."""
    seen: dict[str, Column] = {}
    for column, _ in zip(columns, values, strict=True):
        name = column.entry.name if column.entry else ""
        if name in seen:
            cells = f"{seen[name].at}, {column.at}"
            en, zh = f"a form with two cells for `{column.header}`: {cells}", f"表单中“{column.header}”有两处：{cells}"
            advice = Text("one case a form, or a table with a header", "一张表单填一个案例；多个案例请用带表头的表")
            raise PolicyError(problem("duplicate", en, zh, Place(file), advice))
        seen[name] = column
