"""The facts of a row: its cells in the units of their columns, as they are read next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics import numerals
from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.basics.values import FLAG, NOT_YET, BadValue, has_percent, number_text, read
from policy_engine.tables.columns import NOT_YET_COLUMN, Column, Unclear
from policy_engine.tables.units import SCALES, word_of

_CURRENCY: Final = re.compile("[¥￥]|人民币|rmb|cny", re.IGNORECASE)


def cell_of(cells: Sequence[Any], columns: Sequence[Column], name: str) -> Any:
    """The cell that gives an input, as it stands; None where there is none."""
    return next((cell for cell, c in zip(cells, columns, strict=False) if c.entry and c.entry.name == name), None)


def facts_of(cells: Sequence[Any], columns: Sequence[Column]) -> dict[str, object]:
    """The facts of a row; a number under a header with a unit is in that unit. Raises PolicyError."""
    facts: dict[str, object] = {}
    for column, cell in zip(columns, [*cells, *[None] * len(columns)], strict=False):
        if column.entry is None or cell is None or not str(cell).strip():
            continue
        if type(cell) is int:  # sheets hand over decimals; an integer has more digits than a cell holds
            cell = f"{cell} (> 10^15)"  # noqa: PLW2901 - refused by name
        if not column.in_its_unit:
            cell = _in_unit(cell, column)  # noqa: PLW2901 - the cell in the unit of the input
        facts[column.entry.name] = cell
    return _with_not_yet(facts)


def _with_not_yet(facts: dict[str, object]) -> dict[str, object]:
    """Flags that a date has not come, put in its place; beside a date, or with no flag in them, they are refused there."""
    for flag in [name for name in facts if name.endswith(NOT_YET_COLUMN)]:
        date, told = flag.removesuffix(NOT_YET_COLUMN), facts.pop(flag)
        try:
            holds = read(told, FLAG)
        except BadValue:
            holds = None
        if holds is not False:
            word = NOT_YET if holds else str(told)
            facts[date] = f"{facts[date]}; {word}" if date in facts else word
    return facts


def _in_unit(cell: Any, column: Column) -> object:
    if isinstance(cell, float):
        return cell  # refused as a fact
    if isinstance(column, Unclear):
        if isinstance(cell, str) and re.search("[/／]", cell):
            return cell  # of its own area
        raise _ambiguous(column, f"`{cell}` is a price in `{column.money}`, of what area is not said", f"`{cell}` 为单价，所注 `{column.money}` 未写明按何面积计",
                         Text("write the unit behind the header, such as （元/平方米）, or with the number: 1200元/平方米", "请在列名后写明单位，如（元/平方米），或连单位写出，如 1200元/平方米"))  # fmt: skip
    number = Fraction(cell) if isinstance(cell, Decimal) and cell.is_finite() else numerals.parse(str(cell))
    if number is None and _CURRENCY.match(numerals.narrow(str(cell)).strip()) and not re.search("[元圆]", str(cell)):
        raise _ambiguous(column, f"`{cell}` names a currency under a header with a unit", f"`{cell}` 带货币符号，而该列另有单位",
                         Text("write the unit too, such as 3000元, or the bare number", "请连单位写出（如 3000元），或只写数"))  # fmt: skip
    if number is None or has_percent(str(cell)):
        return cell  # a cell with a unit of its own
    if column.entry is not None and column.entry.type_name == "share":
        sign = word_of(((), column.factor))
        if isinstance(cell, str) and re.search("[/／]", cell):  # 1/2 under %: a half, or half of one in a hundred?
            raise _ambiguous(column, f"`{cell}` is a fraction under a header in {sign}", f"`{cell}` 是分数，而该列以 {sign} 为单位",
                             Text("write 50% or 50", "请写 50% 或 50") if sign == "%" else Text("write 5‰ or 5", "请写 5‰ 或 5"))  # fmt: skip
        return f"{number_text(number)}{sign}"
    if SCALES.search(str(cell)):  # 1.5亿 under 万元: of yuan, or of ten thousands of them?
        raise _ambiguous(column, f"`{cell}` has a scale of its own under a header that has one", f"`{cell}` 自带数量级，而该列另有单位",
                         Text("write the unit too, such as 1.5亿元, or the bare number", "请连单位写出（如 1.5亿元），或只写数"))  # fmt: skip
    return number * column.factor


def _ambiguous(column: Column, en: str, zh: str, help: Text) -> PolicyError:
    return PolicyError(problem("unit", en, zh, Place(column.header), help))
