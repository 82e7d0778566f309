"""What an expression writes for the signs and words that other languages, sheets and people put there."""

from __future__ import annotations

import re
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.language import instead
from policy_engine.language.instead import write

_BRACKETS: Final = Text("put ( ) around if … then … else …", "请给 if … then … else … 加括号")
_WORKING: Final = write("5 working days")
_QUOTES: Final = Text('quotes are "', '引号应为 "')
_JOINED: Final = Text("conditions are joined by `and`; no ( is open here", "条件之间用 and 连接；此前没有未闭合的 (")
_SIGNS: Final = (
    (r"(?:like|matches|startswith)\b|=~", write('starts_with(job, "01")')), (r"->|implies\b", instead.IMPLIES),
    (r"&&?", write("`and`", "and")), (r"\|\|?", write("`or`", "or")), (r"!(?!=)", write("`not`", "not")), (r"≥|＞＝|＞=|>＝", write(">=")),
    (r"≤|＜＝|＜=|<＝", write("<=")), (r"≠|<>", write("!=")), (r"=<", write("<=")), (r"=>", write(">=")), (r"=(?!=)|＝", write("== to compare", "== 以作比较")),
    (r"×", write("*")), (r"÷", write("/")), (r"\*\*", write("^")), (r"[“”‘’「」]", _QUOTES), (r"\{", instead.WRITTEN_LIST), (r"\?", instead.IF),
    (r"[，；、（）。；;]", Text("signs are those of ASCII: , ( ) <", "标点应为半角：, ( ) <")), (r"[¥￥$€]", write("20元, 20 EUR", "20元、20 EUR")),
    (r"\.\.", instead.BETWEEN), (r"\.\d+元整", write("20.50元")), (r"\.\d", write("0.5")), (r"\d[\d.]*[eE][+-]?\d", write("1000000, 100万元", "1000000、100万元")), (r"‰", write("1.5/1000")), (r"·", instead.FOR_EACH), (r"[\d.]+[^\W\d]*每", instead.FOR_EACH),
    (r"\d[\d.]*[块角分]", write("0.5元")), (r"\d+周?岁", instead.BIRTHDAY), (r"\.|[^\W\d]\w*\.[^\W\d]", Text("a list is used by its totals, another decision by `uses`", "列表经由其合计使用，其他决定经由 `uses` 使用")),
    (r"\[\d+\]", Text("a row of a list is held to a check by `each:`, all of them by totals", "列表的各行由 `each:` 逐行检查，整体经由合计使用")),
    (r"%", write("mod(n, 2)")), (r"\[", Text("a table is looked up by `at`: rate at key", "查表写作 rate at 键")), (r"#", Text("an expression holds no comment: put it above its key", "表达式内不能有注释：请写在该键之上")),
    (r",\d{3}", write("1000元 or 1_000元", "1000元 或 1_000元")), (r"\d+[百千万亿]+元整", write("20万元")), (r"\d+[百千万亿]+", Text("a figure in 万 has its unit: 20万元", "以万计的数字须带单位：20万元")),
    (r"\d{4}年", write("2024-07-31")), (r"\d+个?星?[周期]", write("14 days")), (r"\d+[天日]", write("5 days")), (r"\d+个?月", write("3 months")), (r"\d+年", write("2 years")),
    (r"(?:AND|OR|NOT|IN|IF|THEN|ELSE|OF)\b", Text("words are written small: and, or, not, if", "关键词应为小写：and、or、not、if")),
    (r"(?:workdays?|business)\b", _WORKING), (r"working\b", write("n * 1 working day")),
    (r"if\b", _BRACKETS), (r"(?:then|else)\b", instead.IF), (r"days?\b", write("n * 1 day")), (r"months?\b", write("n * 1 month")), (r"years?\b", write("n * 1 year")), (r"quarters?\b", write("3 months, 6 months", "3 months、6 months")),
    (r"大于等于|不小于|不少于|不低于|不早于|至少", write(">=")), (r"小于等于|不大于|不超过|不多于|不高于|不晚于|至多", write("<=")), (r"不等于|不是|≠", write("!=")),
    (r"大于|超过|多于|高于|晚于", write(">")), (r"小于|少于|低于|早于|未满|不足", write("<")), (r"等于|是", write("==")), (r"并?且", write("`and`", "and")), (r"或者?", write("`or`", "or")), (r"[非不]", write("`not`", "not")),
    (r"hours?\b|minutes?\b", Text("nothing is shorter than a day", "不设短于一日的时段")), (r"is\b", Text(f"write n == 5; {instead.UNKNOWN.en}", f"请写 n == 5；{instead.UNKNOWN.zh}")),
    (r"contains\b|has\b|includes\b", write('"a" in kinds')), (r"between\b", instead.BETWEEN), (r"mod\b", write("mod(n, 2)")), (r"xor\b", write("a != b")), (r"when\b|otherwise\b|elif\b|elseif\b", instead.IF),
    (r"unless\b|except\b", Text("an exception stands under `unless:` of the provision", "例外写在条款的 `unless:` 之下")),
)  # fmt: skip
_PAIRS: Final = {"<>": write("!="), "**": write("^"), "//": write("floor(a / b)"), "->": instead.IMPLIES}
_BEFORE: Final = (
    (r"\b(?:last|first)\s*$", write("end of month(date), end of year(year(date))", "end of month(date)、end of year(year(date))")),
    (r"\bin_season\([^()]*$", write('in_season(date, "07-15", "09-10")')), (r"\bin\s*\([^()]*$", instead.WRITTEN_LIST), (r"\b(?:NOT|AND|OR|IF)\s*$", Text("words are written small: and, or, not, if", "关键词应为小写：and、or、not、if")),
    (r"\b[A-Z]{3}\s*$", write("20 EUR, 20元", "20 EUR、20元")),
    (r"\d\s+of\s*\[[^\]]*$", write("count(a, b, c) >= 3")), (r"%\s*$", write("15% of amount")), (r"\bcase\s*$", instead.IF), (r"\[\s*\d+$", instead.BETWEEN),
)  # fmt: skip


def advice(text: str, position: int) -> Text | None:
    """What is written for what stands at a place of an expression where it makes no sense."""
    here, before = text[position:], text[:position]
    if not here.strip():
        return None
    if re.match(r"weeks?\b", here):
        many = re.search(r"(\d{1,3})\s*$", before)
        return write(f"{7 * int(many[1] if many else 1)} days")
    if (pair := before[-1:] + here[:1]) in _PAIRS:
        return _PAIRS[pair]
    for pattern, told in _BEFORE:
        if re.search(pattern, before):
            return told
    if re.search(r"\d\s*$", before) and re.match(r"\d|\.(?![\d.])", here):
        return write("1000, 1_000, 0.5", "1000、1_000、0.5")
    closed = before.count("(") == before.count(")") and before.count("[") == before.count("]")
    joined = _JOINED if closed and here[0] in ",)" else None
    return next((told for pattern, told in _SIGNS if re.match(pattern, here)), joined)
