"""Headers of a table of cases: which input each column gives, in which unit; what is not used is told."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Lang, Place, PolicyError, Text, did_you_mean, problem
from policy_engine.basics.values import (
    DATE,
    FLAG,
    YUAN,
    BadValue,
    Known,
    Unit,
    read,
)
from policy_engine.deciding.facts import Facts
from policy_engine.explaining.chinese import listed
from policy_engine.rulebook.rule import Input, Rows, Rule, plain
from policy_engine.tables.sheet import column_name
from policy_engine.tables.units import (
    BEHIND,
    IN_BRACKETS,
    PRICE,
    UNIT_HEADERS,
    accepted,
    fits,
    measure_of,
    measures,
    own_words,
    plain_unit,
    word_of,
)

LONG: Final = 200  # a longer header carries no unit
NOT_YET_COLUMN: Final = ".not_yet"
"""What the name of a date is followed by where a column of flags says that it has not come."""
_SPACED: Final = re.compile(r"(.+)\s+(?:单位\s*[:：]?\s*)?(\S+)\s*", re.DOTALL)
_DECKED: Final = re.compile(r"^[*＊※★☆\s]+|[*＊※★☆\s:：]+$|^[（(]?[0-9]{1,2}[)）.．、]\s*(?![0-9])")
"""What stands around a header: marks of what must be filled in, numbers."""
_EACH: Final = re.compile("每人|人均")
"""What is said of each person: a unit may say so again."""
_ASIDES: Final = frozenset({"必填", "必填项", "选填", "可选", "可不填", "人民币", "rmb", "cny"})
"""What stands in brackets behind a header and is no unit."""
WORDS: Final = "大写"
FIGURES: Final = "小写"
_WORDS: Final = re.compile(f"(?:(.*?)(?:（{WORDS}）|[(]{WORDS}[)]|[:：]?{WORDS})|{WORDS}(.*))")
_AMOUNTS: Final = ("", "金额", "人民币", "合计", "金额人民币", "人民币金额")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to decide, and how; `unit` says in which units numbers stand that have none of their own.

    `lists`: the table of the rows of each list (a file, `#sheet`, `file#sheet`), `key`: the header that joins them to the cases;
    `none`: a case that has no row there has none, else that is not known. `only`: the parts of an answer to tell beside the outcome; none for all.
    `elsewhere`: inputs that are given besides the table, and what columns are called that say what is no input.
    """

    rule: Rule
    as_of: dt.date
    lang: Lang
    readings: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str = "utf-8-sig"
    unit: str | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    none: bool = False
    only: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    tell: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Column:
    """A column of the table: its header, the input it gives if it gives one, and the factor of the unit in its header.

    `at` is the cell that gives it, where a form has one.
    """

    header: str
    entry: Input | None = None
    factor: Fraction = Fraction(1)
    own_unit: bool = False
    at: str = ""

    @property
    def in_its_unit(self) -> bool:
        """Whether its numbers are those of its input as they stand."""
        return self.factor == 1

    def is_noted_otherwise(self, unit: Unit, factor: Fraction) -> bool:
        """Whether a unit noted for the table gives its numbers another meaning than they are read in."""
        if self.entry is None or self.own_unit:
            return False
        if (unit, self.entry.type.unit) == (YUAN, PRICE):
            return factor != 1
        return fits(unit, self.entry) and self.factor != factor


@dataclass(frozen=True)
class Unclear(Column):
    """A column of prices for which money is noted, without the area they are of: each cell has to say it."""

    money: str = ""

    @property
    def in_its_unit(self) -> bool:
        """Never: a bare number is none of its prices."""
        return False

    def is_noted_otherwise(self, unit: Unit, factor: Fraction) -> bool:
        """Never: no cell is read in what is noted."""
        return False


@dataclass(frozen=True)
class InWords(Column):
    """A column of amounts in words (大写), beside one of the same amounts in figures, which gives the input."""

    amount: Input | None = None


def columns_of(headers: Sequence[str], job: Job, file: str) -> list[Column]:
    """The columns under some headers: which input each gives, if any. Raises PolicyError."""
    columns = read_headers(headers, job, file)
    check_mapping(columns, job, file)
    return columns


def read_headers(headers: Sequence[str], job: Job, file: str, row: int = 1) -> list[Column]:
    """The columns under some headers, with the unit that the user gave if one is given. Raises PolicyError."""
    columns = _with_words([column_of(header, job) for header in headers], job)
    _check_columns(columns, file, row)
    return with_unit(columns, measures(job.unit, job.rule, file, given=True)) if job.unit else columns


def column_of(header: str, job: Job) -> Column:
    """The column under a header, with the unit it carries. Raises PolicyError where that is not one of the input."""
    name = job.mapping.get(header, header)
    if name.endswith(NOT_YET_COLUMN) and (date := job.rule.called(name.removesuffix(NOT_YET_COLUMN))):
        return Column(header, not_yet_flag(date.name) if date.type == DATE else None)
    entry = _called(name, job)
    match = None if entry or len(name) > LONG else _with_behind(name)
    if match is None:
        return Column(header, entry)
    entry = _called(match[1], job)
    if entry is None:
        return Column(header)
    told = [w for w in re.split("[、,，;；]", match[2]) if w.strip().lower() not in _ASIDES]
    if not told or entry.type.kind in ("flag", "choice", "set"):
        return Column(header, entry)  # （必填）, （是/否）
    word = plain_unit(told[0] if len(told) == 1 else match[2])
    if _EACH.search(match[1]):  # 每人奖金（元/人）
        word = re.sub("[/／](?:每?人|人次)$", "", word)
    word += "元" if word in ("千", "万", "亿") and entry.type.unit == YUAN else ""
    if word == WORDS and entry.type.unit == YUAN:
        return Column(header)
    if word == FIGURES and entry.type.unit == YUAN:
        return Column(header, entry)
    if word in own_words(entry):
        return Column(header, entry, own_unit=True)
    unit = measure_of(word)
    if unit is not None and (unit[0], entry.type.unit) == (YUAN, PRICE):
        return Unclear(header, entry, own_unit=True, money=word)
    if unit is None or not fits(unit[0], entry):
        raise _no_unit(header, word, entry)
    return Column(header, entry, unit[1], own_unit=True)


def _no_unit(header: str, word: str, entry: Input) -> PolicyError:
    """What stands behind a header is no unit of its input; a value is told where to stand."""
    try:
        read(word, entry.type)
    except BadValue:
        advice = accepted(entry)
    else:
        advice = Text("write the label and the value in cells of their own", "标签和值请分别填写在相邻的两个单元格中")
    en, zh = f"`{header}`: `{word}` is not a unit of this input", f"`{header}`：`{word}` 不是该项的单位"
    return PolicyError(problem("unit", en, zh, None, advice))


def _called(name: str, job: Job) -> Input | None:
    """The input that a header names, without what stands around it."""
    return job.rule.called(name) or (job.rule.called(_DECKED.sub("", name)) if len(name) <= LONG else None)


def _with_behind(name: str) -> re.Match[str] | None:
    """A header and what stands in brackets, behind a mark or, being a unit, behind a space."""
    bare = _DECKED.sub("", name)
    spaced = _SPACED.fullmatch(bare)
    return (
        IN_BRACKETS.fullmatch(bare)
        or BEHIND.fullmatch(bare)
        or (spaced if spaced and measure_of(plain_unit(spaced[2].strip("（）()"))) else None)
    )


def _with_words(columns: list[Column], job: Job) -> list[Column]:
    """The columns, with those of amounts in words: they are held against the figures, or give the amount where there are none."""
    money = {c.entry.name: c.entry for c in columns if c.entry and c.entry.type.unit == YUAN}
    found = []
    for column in columns:
        match = None if column.entry or len(column.header) > LONG else _WORDS.fullmatch("".join(column.header.split()))
        if match is not None:
            rest = match[1] or match[2] or ""
            entry = job.rule.called(rest) or (
                next(iter(money.values())) if len(money) == 1 and rest in _AMOUNTS else None
            )
            if entry is not None and entry.type.unit == YUAN:
                column = (  # noqa: PLW2901
                    InWords(column.header, own_unit=True, amount=entry)
                    if entry.name in money
                    else Column(column.header, entry, own_unit=True)
                )
        found.append(column)
    return found


def not_yet_flag(name: str) -> Input:
    """The input that says whether a date has not come."""
    return Input(name=f"{name}{NOT_YET_COLUMN}", type=FLAG, type_name="flag", label=NO_WORDS)


def fixed_of(facts: Facts) -> dict[str, Known]:
    """Facts of all rows, with the flag of each date that has not come."""
    return {**facts.given, **dict.fromkeys((f"{name}{NOT_YET_COLUMN}" for name in sorted(facts.not_yet)), True)}


def names_input(word: str, job: Job) -> str | None:
    """The input that a word names, with or without a unit behind it; None where it names none."""
    name = job.mapping.get(word, word).removesuffix(NOT_YET_COLUMN)
    entry = _called(name, job)
    if entry is None and len(name) <= LONG:
        match = _with_behind(name)
        entry = _called(match[1], job) if match else None
    return None if entry is None else entry.name


def with_unit(columns: Sequence[Column], measures: Mapping[Unit, Fraction]) -> list[Column]:
    """The columns in the units noted for the table, those that have no unit of their own."""

    def placed(column: Column) -> Column:
        entry = column.entry
        if entry is None or column.own_unit:
            return column
        factors = [factor for unit, factor in measures.items() if fits(unit, entry)]
        if not factors and entry.type.unit == PRICE and measures.get(YUAN, 1) != 1:
            word = word_of((YUAN, measures[YUAN]))
            return Unclear(column.header, entry, own_unit=column.own_unit, at=column.at, money=word)
        return replace(column, factor=factors[0]) if factors else column

    return [placed(column) for column in columns]


def handed_on(column: Column, job: Job) -> str:
    """The header of a column as it is handed on, away from what noted its unit: with that unit, where it has none in its own words."""
    entry = column.entry
    if isinstance(column, Unclear):
        return column.header if column_of(column.header, job).own_unit else f"{column.header}（{column.money}）"
    if (
        entry is None
        or not fits(entry.type.unit or (), entry)
        or not (column.factor != 1 or column.own_unit or job.unit)
    ):
        return column.header
    if column_of(column.header, job).own_unit:
        return column.header
    word = word_of((entry.type.unit or (), column.factor))
    for name in (column.header, entry.label.of(job.lang)):
        try:
            again = column_of(f"{name}（{word}）", job)
        except PolicyError:
            continue
        if (again.entry, again.factor) == (entry, column.factor):
            return again.header
    return column.header


def rule_of_list(rows: Rows, rule: Rule) -> Rule:
    """The rule as the table of one of its lists sees it: the columns of the list are its inputs."""
    inputs = {key: replace(column, name=key) for key, column in rows.columns.items()}
    return replace(rule, inputs=inputs, rows={}, register=None, provisions=())


def _check_columns(columns: Sequence[Column], file: str, row: int) -> None:
    """Raises PolicyError where two columns give one input, with their headers."""
    counts = Counter(column.entry.name for column in columns if column.entry)
    for name, count in counts.items():
        if count > 1:
            same = [(column_name(i), c) for i, c in enumerate(columns) if c.entry and c.entry.name == name]
            label = Text(*(next(c.entry.label.of(lang) for _, c in same if c.entry) or name for lang in ("en", "zh")))
            alike = len({c.header for _, c in same}) < len(
                same
            )  # told apart by their letters, which lines of JSON lack
            heads = Text(
                ", ".join(f"`{c.header}`" + f" ({at})" * alike for at, c in same),
                "、".join(f"“{c.header}”" + f"（{at} 列）" * alike for at, c in same),
            )
            en, zh = f"two columns give `{label.en}`: {heads.en}", f"有两列都是“{label.zh}”：{heads.zh}"
            advice = Text(
                "leave one of them; of two tables side by side put one below the other, or on a sheet of its own",
                "请只保留一列；并排的两张表，请改为上下排列，或分别放在单独的工作表中",
            )
            raise PolicyError(problem("duplicate", en, zh, Place(file, row, 1), advice))


def check_side_by_side(columns: Sequence[Column], file: str, row: int) -> None:
    """Raises PolicyError where the first header stands again further right, with inputs before and behind it.

    That is how two tables stand side by side, and two persons would be one case; one table may have two such columns.
    """
    there = [(i, c) for i, c in enumerate(columns) if c.header.strip()]
    first = there[0][1] if there else None
    if first is None or first.entry is not None or first.header.strip() in UNIT_HEADERS:
        return
    for i, column in there[1:]:
        before, behind = (any(c.entry for c in part) for part in (columns[:i], columns[i:]))
        if plain(column.header) == plain(first.header) and before and behind:
            places = [column_name(at) for at, c in there if plain(c.header) == plain(first.header)]
            en = f"`{column.header}` stands in columns {', '.join(places)}: they may be tables side by side"
            zh = f"“{column.header}”出现在 {'、'.join(places)} 列，可能是并排的几张表"
            advice = Text(
                "one table: give each of these columns a header of its own; several: put each on a sheet of its own (--sheet), or, with one header, below the other",
                "是一张表的，请将这些列改为不同的列名；是几张表的，请分别放在单独的工作表中（用 --sheet 选择），表头相同的也可上下排列",
            )
            raise PolicyError(problem("side-by-side", en, zh, Place(file, row, 1), advice))


def check_mapping(columns: Sequence[Column], job: Job, file: str) -> None:
    """A mapping names headers that are there and inputs that exist. Raises PolicyError with every mistake."""
    headers = [column.header for column in columns]
    names = [*job.rule.askable, *(label for e in job.rule.askable.values() for label in (e.label.of(job.lang),))]
    names += register_names(job.rule)
    problems = []
    for header, name in job.mapping.items():
        if header not in headers:
            en, zh = f"{file} has no header `{header}`", f"{file} 没有表头 `{header}`"
            problems.append(problem("mapping", en, zh, None, did_you_mean(header, headers)))
        bare = IN_BRACKETS.fullmatch(name)
        if job.rule.called(name) is None and name not in names and not (bare and job.rule.called(bare[1])):
            en, zh = f"`{name}` is not an input", f"`{name}` 不是输入项"
            problems.append(problem("mapping", en, zh, None, did_you_mean(name, names)))
    if problems:
        raise PolicyError(problems)


def register_names(rule: Rule) -> list[str]:
    """What the column may be called that says whom an entry of a register is about; nothing where there is none."""
    register = rule.register
    return [] if register is None or register.by is None else [register.by, *register.by_label, *register.by_aliases]


def matched(columns: Sequence[Column], job: Job) -> str:
    """Which columns give inputs, which do not and what they may mean, which inputs have no column; units applied."""
    lang, inputs = job.lang, job.rule.askable
    named = [column.entry.name for column in columns if column.entry]
    free = [entry for name, entry in inputs.items() if name not in named and name not in job.elsewhere]
    whom = [] if job.rule.provisions else register_names(job.rule)  # none: the rule as an entry sees it
    idle = [
        c.header
        for c in columns
        if c.entry is None
        and not isinstance(c, InWords)
        and c.header.strip()
        and job.mapping.get(c.header, c.header) not in whom
        and plain(c.header) not in job.elsewhere
    ]
    unused = [_with_nearest(header, free, lang) for header in idle]
    lines = [
        Text(
            f"columns: {len(named)} of {len(columns)} give inputs",
            f"共 {len(columns)} 列，其中 {len(named)} 列为输入项",
        )
    ]
    for unit, factor in dict.fromkeys((c.entry.type.unit, c.factor) for c in columns if c.entry and c.factor != 1):
        word = word_of((unit or (), factor))
        which = [c.header for c in columns if c.entry and (c.entry.type.unit, c.factor) == (unit, factor)]
        lines.append(Text(f"read in {word}: {', '.join(which)}", f"按{word}读取：{'、'.join(which)}"))
    if unused:
        lines.append(Text(f"not used: {', '.join(unused)}", f"未使用：{'、'.join(unused)}"))
    if free:
        labels = [entry.label.of(lang) for entry in free]
        lines.append(Text(f"inputs without a column: {', '.join(labels)}", f"没有对应列的输入项：{listed(labels)}"))
    return ("；" if lang == "zh" else "; ").join(line.of(lang) for line in lines)


def _with_nearest(header: str, free: list[Input], lang: Lang) -> str:
    """A header with the label of the input it may mean: by that, or by what else the input is called."""
    called = {word: entry for entry in free for word in (*entry.aliases, entry.label.of(lang))}
    near = difflib.get_close_matches(header, called, n=1, cutoff=0.5)
    if not near:
        return header
    label = called[near[0]].label.of(lang)
    return f"{header}（是否为“{label}”？）" if lang == "zh" else f"{header} (did you mean `{label}`?)"
