"""What is written here for what other languages, sheets and people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from policy_engine.basics import numerals
from policy_engine.basics.errors import Text
from policy_engine.basics.values import DAY, MONTH, WORKDAY, Unit, number_text


def write(this: str, zh: str = "") -> Text:
    """An advice to write this."""
    return Text(f"write {this}", f"请写 {zh or this}")


def _flat(*groups: tuple[str, Text]) -> Mapping[str, Text]:
    return {word: told for words, told in groups for word in words.split()}


IF: Final = write("if … then … else …")
_AS_OF: Final = Text("the date of the decision is `as_of`", "决定日期写作 as_of")
UNKNOWN: Final = Text("a fact not given is unknown; what silence means an input says by `assume`", "未给出的事实为未知；未填时的推定由输入的 `assume` 写明")  # fmt: skip
_OF_LISTS: Final = Text("over a list: a total in `rows`, totals: {paid: {sum: fee}}; of numbers: a + b", "对列表：在 `rows` 中写合计，totals: {paid: {sum: fee}}；对数字：a + b")  # fmt: skip
_NO_TEXT: Final = Text("text is not computed: make it a choice", "文字不参与计算：请设为 choice")
_A_DATE: Final = Text("a date is written 2024-07-31, without quotes", "日期写作 2024-07-31，不加引号")
_BETWEEN_DAYS: Final = write("working_days(from, to) <= 5")
BIRTHDAY: Final = write("birth + 18 years <= as_of, or years(birth, as_of) >= 18", "birth + 18 years <= as_of，或 years(birth, as_of) >= 18")  # fmt: skip
_NO_UNIT: Final = Text("a count has no unit: working_days(from, to) <= 5; an input in days is `type: quantity, unit: day`", "个数不带单位：working_days(from, to) <= 5；以天计的输入写作 `type: quantity, unit: day`")  # fmt: skip
FOR_EACH: Final = Text("what is counted is a plain number, so a figure for each is 50元 * n; for each day 100元/天 * days", "人数、件数等不带单位，每人（件）若干写作 50元 * n；每天若干写作 100元/天 * 天数")  # fmt: skip
_WHOLE_YEARS: Final = Text("a number of years or months has no unit: years(from, to) >= 1", "年数、月数不带单位：years(from, to) >= 1")  # fmt: skip
BETWEEN: Final = write("1 <= n <= 5")
WRITTEN_LIST: Final = write('a list in [ ]: kind in ["a", "b"]', '[ ] 列表：kind in ["a", "b"]')
_OF_A_CHOICE: Final = write('kind == "a", or kind in ["a", "b"]', 'kind == "a"，或 kind in ["a", "b"]')
_OF_A_SET: Final = write('"a" in kinds, or any_in(kinds, ["a", "b"])', '"a" in kinds，或 any_in(kinds, ["a", "b"])')
IMPLIES: Final = write("not a or b; or `when: a` of the provision", "not a or b；或在条款中写 `when: a`")
FUNCTIONS: Final = _flat(
    ("age", write("years(birth, as_of)", "years(出生日期, as_of)")), ("between", BETWEEN), ("implies", IMPLIES),
    ("edate date_add add_months add_days add_years dateadd", write("date + 7 days, date + 3 months", "date + 7 days、date + 3 months")), ("eomonth last_day", write("end of month(date)")),
    ("sumif sumifs countif countifs sum_if count_if averageif sum_where count_where", _OF_LISTS), ("months_between datedif month_diff years_between", write("months(from, to), years(from, to)", "months(from, to)、years(from, to)")),
    ("sum", _OF_LISTS), ("any all some every exists", Text(_OF_LISTS.en.replace("sum: fee", "any: late").partition(";")[0] + "; of sets: any_in, all_in", _OF_LISTS.zh.replace("sum: fee", "any: late").partition("；")[0] + "；对集合：any_in、all_in")),
    ("avg average mean", write("(a + b) / 2")),
    ("coalesce ifnull isnull is_null nvl defined is_known unknown known given missing is_given isblank is_unknown", UNKNOWN),
    ("if iif IF ifs switch case", IF), ("pow power", write("x ^ 2")), ("sqrt log exp ln", Text("it has no exact value: compare powers, x ^ 2", "其值并不精确：请比较乘方，如 x ^ 2")),
    ("date to_date", write("2024-07-31")), ("today now current_date", _AS_OF),
    ("roundup round_up ceiling", write("ceil(x, 0.01)")), ("rounddown round_down int trunc truncate", write("floor(x, 0.01)")),
    ("datediff days days_between date_diff", write("later - earlier: 7 days", "较晚日期 - 较早日期，得天数")),
    ("networkdays workdays business_days", write("working_days(from, to)")), ("workday", write("date + 5 working days")),
    ("dayofweek day_of_week", write("weekday(date)")), ("len length", write("size(set)")),
    ("quarter", write("ceil(month(date) / 3)")), ("week", Text("days of the week: weekday(date), 1 is Monday", "星期几：weekday(date)，1 为星期一")),
    ("lookup vlookup xlookup get", Text("a table is used by its columns: rate, or rate at other_key", "表按列名使用：rate，或 rate at 其他键")),
    ("concat left right mid substr substring upper lower contains startswith", _NO_TEXT),
)  # fmt: skip
"""Functions that other languages have."""
_NAMES: Final = _flat(
    ("today now as_of", _AS_OF), ("人 户 次 件 个 项 名 位 桌 台 辆 份 套 批 间 晚 餐 天 日", FOR_EACH), ("null none nil nothing unknown", UNKNOWN), ("yes 是", write("true")), ("no 否", write("false")),
    ("true", write("true")), ("false", write("false")), ("end", write("end of month(date), end of year(year(date))")),
)  # fmt: skip


def of_name(name: str, options: Mapping[str, object]) -> Text | None:
    """What is written for a name that is none; `options` are those of all choices."""
    if name in options:
        return Text(f'an option stands in quotes: "{name}"', f'选项须加引号："{name}"')
    if name[0] in "每各":
        return FOR_EACH
    figure = re.fullmatch(r"(.+?)(元?)整?", name)
    if figure and (value := numerals.parse(figure[1])) is not None:
        return write(f"{number_text(value * 100)}%" if name.startswith("百分之") else number_text(value) + figure[2])
    return _NAMES.get(name.lower())


def of_set(kinds: AbstractSet[str]) -> Text | None:
    """What is written where a set is asked for what is in it, or a date for the days it may be."""
    if "date" in kinds:
        return _A_DATE
    return _OF_A_CHOICE if kinds == {"choice"} else _OF_A_SET if kinds <= {"set", "choice"} else None


def of_units(one: Unit, other: Unit) -> Text | None:
    """What is written where two units of time, or one and none, or those of things that are counted, meet."""
    if {base for base, _ in (*one, *other)} & {"person", "bed"}:
        return FOR_EACH
    times: Mapping[frozenset[Unit], Text] = {frozenset((DAY, WORKDAY)): _BETWEEN_DAYS, frozenset(((), MONTH)): _WHOLE_YEARS, frozenset((DAY, MONTH)): BIRTHDAY}  # fmt: skip
    return times.get(frozenset((one, other)), _NO_UNIT if {one, other} in ({(), DAY}, {(), WORKDAY}) else None)


def of_date(others: AbstractSet[str]) -> Text | None:
    """What is written for a date that was read as a quotient or a text."""
    return _A_DATE if others <= {"number", "choice"} else None
