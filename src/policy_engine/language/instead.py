"""What is written here for what other languages, sheets and people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from policy_engine.basics import numerals
from policy_engine.basics.errors import Text
from policy_engine.basics.values import DAY, MONTH, WORKDAY, Unit, number_text


def _write(this: str, zh: str = "") -> Text:
    return Text(f"write {this}", f"请写 {zh or this}")


def _flat(*groups: tuple[str, Text]) -> Mapping[str, Text]:
    return {word: told for words, told in groups for word in words.split()}


_IF: Final = _write("if … then … else …")
_BRACKETS: Final = Text("put ( ) around if … then … else …", "请给 if … then … else … 加括号")
_AS_OF: Final = Text("the date of the decision is `as_of`", "决定日期写作 as_of")
UNKNOWN: Final = Text("a fact not given is unknown; what silence means an input says by `assume`", "未给出的事实为未知；未填时的推定由输入的 `assume` 写明")  # fmt: skip
_OF_LISTS: Final = Text("over a list: a total in `rows`, totals: {paid: {sum: fee}}; of numbers: a + b", "对列表：在 `rows` 中写合计，totals: {paid: {sum: fee}}；对数字：a + b")  # fmt: skip
_NO_TEXT: Final = Text("text is not computed: make it a choice", "文字不参与计算：请设为 choice")
_WORKING: Final = _write("5 working days")
_A_DATE: Final = Text("a date is written 2024-07-31, without quotes", "日期写作 2024-07-31，不加引号")
_BETWEEN_DAYS: Final = _write("working_days(from, to) <= 5")
_BIRTHDAY: Final = _write("birth + 18 years <= as_of, or years(birth, as_of) >= 18", "birth + 18 years <= as_of，或 years(birth, as_of) >= 18")  # fmt: skip
_NO_UNIT: Final = Text("a count has no unit: working_days(from, to) <= 5; an input in days is `type: quantity, unit: day`", "个数不带单位：working_days(from, to) <= 5；以天计的输入写作 `type: quantity, unit: day`")  # fmt: skip
_FOR_EACH: Final = Text("what is counted is a plain number, so a figure for each is 50元 * n; for each day 100元/天 * days", "人数、件数等不带单位，每人（件）若干写作 50元 * n；每天若干写作 100元/天 * 天数")  # fmt: skip
_WHOLE_YEARS: Final = Text("a number of years or months has no unit: years(from, to) >= 1", "年数、月数不带单位：years(from, to) >= 1")  # fmt: skip
_QUOTES: Final = Text('quotes are "', '引号应为 "')
_BETWEEN: Final = _write("1 <= n <= 5")
_WRITTEN_LIST: Final = _write('a list in [ ]: kind in ["a", "b"]', '[ ] 列表：kind in ["a", "b"]')
_OF_A_CHOICE: Final = _write('kind == "a", or kind in ["a", "b"]', 'kind == "a"，或 kind in ["a", "b"]')
_OF_A_SET: Final = _write('"a" in kinds, or any_in(kinds, ["a", "b"])', '"a" in kinds，或 any_in(kinds, ["a", "b"])')
_IMPLIES: Final = _write("not a or b; or `when: a` of the provision", "not a or b；或在条款中写 `when: a`")
_JOINED: Final = Text("conditions are joined by `and`; no ( is open here", "条件之间用 and 连接；此前没有未闭合的 (")
FUNCTIONS: Final = _flat(
    ("age", _write("years(birth, as_of)", "years(出生日期, as_of)")), ("between", _BETWEEN), ("implies", _IMPLIES),
    ("edate date_add add_months add_days add_years dateadd", _write("date + 7 days, date + 3 months", "date + 7 days、date + 3 months")), ("eomonth last_day", _write("end of month(date)")),
    ("sumif sumifs countif countifs sum_if count_if averageif sum_where count_where", _OF_LISTS), ("months_between datedif month_diff years_between", _write("months(from, to), years(from, to)", "months(from, to)、years(from, to)")),
    ("sum", _OF_LISTS), ("any all some every exists", Text(_OF_LISTS.en.replace("sum: fee", "any: late").partition(";")[0] + "; of sets: any_in, all_in", _OF_LISTS.zh.replace("sum: fee", "any: late").partition("；")[0] + "；对集合：any_in、all_in")),
    ("avg average mean", _write("(a + b) / 2")),
    ("coalesce ifnull isnull is_null nvl defined is_known unknown known given missing is_given isblank is_unknown", UNKNOWN),
    ("if iif IF ifs switch case", _IF), ("pow power", _write("x ^ 2")), ("sqrt log exp ln", Text("it has no exact value: compare powers, x ^ 2", "其值并不精确：请比较乘方，如 x ^ 2")),
    ("date to_date", _write("2024-07-31")), ("today now current_date", _AS_OF),
    ("roundup round_up ceiling", _write("ceil(x, 0.01)")), ("rounddown round_down int trunc truncate", _write("floor(x, 0.01)")),
    ("datediff days days_between date_diff", _write("later - earlier: 7 days", "较晚日期 - 较早日期，得天数")),
    ("networkdays workdays business_days", _write("working_days(from, to)")), ("workday", _write("date + 5 working days")),
    ("dayofweek day_of_week", _write("weekday(date)")), ("len length", _write("size(set)")),
    ("quarter", _write("ceil(month(date) / 3)")), ("week", Text("days of the week: weekday(date), 1 is Monday", "星期几：weekday(date)，1 为星期一")),
    ("lookup vlookup xlookup get", Text("a table is used by its columns: rate, or rate at other_key", "表按列名使用：rate，或 rate at 其他键")),
    ("concat left right mid substr substring upper lower contains startswith", _NO_TEXT),
)  # fmt: skip
"""Functions that other languages have."""
_NAMES: Final = _flat(
    ("today now as_of", _AS_OF), ("人 户 次 件 个 项 名 位 桌 台 辆 份 套 批 间 晚 餐 天 日", _FOR_EACH), ("null none nil nothing unknown", UNKNOWN), ("yes 是", _write("true")), ("no 否", _write("false")),
    ("true", _write("true")), ("false", _write("false")), ("end", _write("end of month(date), end of year(year(date))")),
)  # fmt: skip
_SIGNS: Final = (
    (r"(?:like|matches|startswith)\b|=~", _write('starts_with(job, "01")')), (r"->|implies\b", _IMPLIES),
    (r"&&?", _write("`and`", "and")), (r"\|\|?", _write("`or`", "or")), (r"!(?!=)", _write("`not`", "not")), (r"≥|＞＝|＞=|>＝", _write(">=")),
    (r"≤|＜＝|＜=|<＝", _write("<=")), (r"≠|<>", _write("!=")), (r"=<", _write("<=")), (r"=>", _write(">=")), (r"=(?!=)|＝", _write("== to compare", "== 以作比较")),
    (r"×", _write("*")), (r"÷", _write("/")), (r"\*\*", _write("^")), (r"[“”‘’「」]", _QUOTES), (r"\{", _WRITTEN_LIST), (r"\?", _IF),
    (r"[，；、（）。；;]", Text("signs are those of ASCII: , ( ) <", "标点应为半角：, ( ) <")), (r"[¥￥$€]", _write("20元, 20 EUR", "20元、20 EUR")),
    (r"\.\.", _BETWEEN), (r"\.\d+元整", _write("20.50元")), (r"\.\d", _write("0.5")), (r"\d[\d.]*[eE][+-]?\d", _write("1000000, 100万元", "1000000、100万元")), (r"‰", _write("1.5/1000")), (r"·", _FOR_EACH), (r"[\d.]+[^\W\d]*每", _FOR_EACH),
    (r"\d[\d.]*[块角分]", _write("0.5元")), (r"\d+周?岁", _BIRTHDAY), (r"\.|[^\W\d]\w*\.[^\W\d]", Text("a list is used by its totals, another decision by `uses`", "列表经由其合计使用，其他决定经由 `uses` 使用")),
    (r"\[\d+\]", Text("a row of a list is held to a check by `each:`, all of them by totals", "列表的各行由 `each:` 逐行检查，整体经由合计使用")),
    (r"%", _write("mod(n, 2)")), (r"\[", Text("a table is looked up by `at`: rate at key", "查表写作 rate at 键")), (r"#", Text("an expression holds no comment: put it above its key", "表达式内不能有注释：请写在该键之上")),
    (r",\d{3}", _write("1000元 or 1_000元", "1000元 或 1_000元")), (r"\d+[百千万亿]+元整", _write("20万元")), (r"\d+[百千万亿]+", Text("a figure in 万 has its unit: 20万元", "以万计的数字须带单位：20万元")),
    (r"\d{4}年", _write("2024-07-31")), (r"\d+个?星?[周期]", _write("14 days")), (r"\d+[天日]", _write("5 days")), (r"\d+个?月", _write("3 months")), (r"\d+年", _write("2 years")),
    (r"(?:AND|OR|NOT|IN|IF|THEN|ELSE|OF)\b", Text("words are written small: and, or, not, if", "关键词应为小写：and、or、not、if")),
    (r"(?:workdays?|business)\b", _WORKING), (r"working\b", _write("n * 1 working day")),
    (r"if\b", _BRACKETS), (r"(?:then|else)\b", _IF), (r"days?\b", _write("n * 1 day")), (r"months?\b", _write("n * 1 month")), (r"years?\b", _write("n * 1 year")), (r"quarters?\b", _write("3 months, 6 months", "3 months、6 months")),
    (r"大于等于|不小于|不少于|不低于|不早于|至少", _write(">=")), (r"小于等于|不大于|不超过|不多于|不高于|不晚于|至多", _write("<=")), (r"不等于|不是|≠", _write("!=")),
    (r"大于|超过|多于|高于|晚于", _write(">")), (r"小于|少于|低于|早于|未满|不足", _write("<")), (r"等于|是", _write("==")), (r"并?且", _write("`and`", "and")), (r"或者?", _write("`or`", "or")), (r"[非不]", _write("`not`", "not")),
    (r"hours?\b|minutes?\b", Text("nothing is shorter than a day", "不设短于一日的时段")), (r"is\b", Text(f"write n == 5; {UNKNOWN.en}", f"请写 n == 5；{UNKNOWN.zh}")),
    (r"contains\b|has\b|includes\b", _write('"a" in kinds')), (r"between\b", _BETWEEN), (r"mod\b", _write("mod(n, 2)")), (r"xor\b", _write("a != b")), (r"when\b|otherwise\b|elif\b|elseif\b", _IF),
    (r"unless\b|except\b", Text("an exception stands under `unless:` of the provision", "例外写在条款的 `unless:` 之下")),
)  # fmt: skip
_PAIRS: Final = {"<>": _write("!="), "**": _write("^"), "//": _write("floor(a / b)"), "->": _IMPLIES}
_BEFORE: Final = (
    (r"\b(?:last|first)\s*$", _write("end of month(date), end of year(year(date))", "end of month(date)、end of year(year(date))")),
    (r"\bin_season\([^()]*$", _write('in_season(date, "07-15", "09-10")')), (r"\bin\s*\([^()]*$", _WRITTEN_LIST), (r"\b(?:NOT|AND|OR|IF)\s*$", Text("words are written small: and, or, not, if", "关键词应为小写：and、or、not、if")),
    (r"\b[A-Z]{3}\s*$", _write("20 EUR, 20元", "20 EUR、20元")),
    (r"\bcase\s*$", _IF), (r"\[\s*\d+$", _BETWEEN),
)  # fmt: skip


def of_syntax(text: str, position: int) -> Text | None:
    """What is written for what stands at a place of an expression where it makes no sense."""
    here, before = text[position:], text[:position]
    if not here.strip():
        return None
    if re.match(r"weeks?\b", here):
        many = re.search(r"(\d{1,3})\s*$", before)
        return _write(f"{7 * int(many[1] if many else 1)} days")
    if (pair := before[-1:] + here[:1]) in _PAIRS:
        return _PAIRS[pair]
    for pattern, told in _BEFORE:
        if re.search(pattern, before):
            return told
    if re.search(r"\d\s*$", before) and re.match(r"\d|\.(?![\d.])", here):
        return _write("1000, 1_000, 0.5", "1000、1_000、0.5")
    joined = (
        _JOINED
        if here[0] in ",)" and not {before.count("(") - before.count(")"), before.count("[") - before.count("]")} - {0}
        else None
    )
    return next((told for pattern, told in _SIGNS if re.match(pattern, here)), joined)


def of_name(name: str, options: Mapping[str, object]) -> Text | None:
    """What is written for a name that is none; `options` are those of all choices."""
    if name in options:
        return Text(f'an option stands in quotes: "{name}"', f'选项须加引号："{name}"')
    if name[0] in "每各":
        return _FOR_EACH
    figure = re.fullmatch(r"(.+?)(元?)整?", name)
    if figure and (value := numerals.parse(figure[1])) is not None:
        return _write(f"{number_text(value * 100)}%" if name.startswith("百分之") else number_text(value) + figure[2])
    return _NAMES.get(name.lower())


def of_set(kinds: AbstractSet[str]) -> Text | None:
    """What is written where a set is asked for what is in it, or a date for the days it may be."""
    if "date" in kinds:
        return _A_DATE
    return _OF_A_CHOICE if kinds == {"choice"} else _OF_A_SET if kinds <= {"set", "choice"} else None


def of_units(one: Unit, other: Unit) -> Text | None:
    """What is written where two units of time, or one and none, or those of things that are counted, meet."""
    if {base for base, _ in (*one, *other)} & {"person", "bed"}:
        return _FOR_EACH
    times: Mapping[frozenset[Unit], Text] = {frozenset((DAY, WORKDAY)): _BETWEEN_DAYS, frozenset(((), MONTH)): _WHOLE_YEARS, frozenset((DAY, MONTH)): _BIRTHDAY}  # fmt: skip
    return times.get(frozenset((one, other)), _NO_UNIT if {one, other} in ({(), DAY}, {(), WORKDAY}) else None)


def of_date(others: AbstractSet[str]) -> Text | None:
    """What is written for a date that was read as a quotient or a text."""
    return _A_DATE if others <= {"number", "choice"} else None
