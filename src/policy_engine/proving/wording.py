"""The words of a document: how strongly a sentence binds, its figures with their units, how these are compared."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from policy_engine.basics.numerals import narrow, parse
from policy_engine.basics.values import UNIT_WORDS, number_text
from policy_engine.language.ir import Force
from policy_engine.language.syntax import RESERVED
from policy_engine.proving.tokens import Numeral, scan

MARK: Final = "TODO"
MOST: Final = 24
_FORCES: Final[tuple[tuple[Force, str], ...]] = (
    ("ordinary", "一般(?!性|公共)|原则上"), ("target", "力争|目标|达到"),
    ("binding", "必须|应当|方可|不得|严禁|禁止|不超过|不低于|不少于|应(?!急|对|用|届|收)|须"), ("option", "可以|鼓励|(?<![方许认])可(?!持续|能|靠|再生|行)"),
)  # fmt: skip
_BEFORE: Final = (
    ("<=", "不得?超过|不高于|不得高于|至多|最高|不得多于|不多于"), (">=", "不得?低于|不得?少于|至少|最低|(?<![未不])年?满|达到|不小于"),
    (">", "超过|高于|多于|大于"), ("<", "低于|少于|小于|未满|不满|不足"),
)  # fmt: skip
_AFTER: Final = (("<=", "以下|以内|之内|内"), (">=", "以上"))
_ORDINAL: Final = re.compile("[等级类档把种批环]")
_EACH: Final = "|".join(sorted({*UNIT_WORDS, "天", "日", "月"}, key=len, reverse=True))
_PER: Final = re.compile(rf"[^\W\d]{{0,5}}[/／](?:(?P<unit>{_EACH})(?=$|[^\w/·]|[的以之内计]))?")
_LEADING: Final = re.compile(
    "^(?:其中|力争|到|并且?|且|由|在|对于?|为|按照?|自(?![觉愿动行主身然治我律由])|将|的|应当?|必须|须|可以?|不得|严禁|禁止|鼓励|一般|原则上|经|凡|各)+"
)
TRAILING: Final = re.compile("(?:原则上|一般|应当?|必须|须|得|为|在|的|了|由|按)+$")


def named(words: str, most: int = MOST) -> str:
    """Words of the text as a name of expressions: without signs, what leads in and out, and what no name may be."""
    name = TRAILING.sub("", re.sub(r"\W", "", _LEADING.sub("", re.sub(r"\d{4}年(?:底|末|前)?|^\W+", "", words)))[:most])
    name = re.sub(r"^[\d_A-Za-z]+", "", name).lower()
    return "" if name in RESERVED else name


def force_of(text: str) -> Force | None:
    """How strongly a sentence binds, by the word of it that comes first after its condition; 原则上 and 一般 come before all."""
    main = text.rsplit("的，", 1)[-1]
    for part in (main, text):
        if re.search(_FORCES[0][1], part):
            return "ordinary"
        found = [(m.start(), force) for force, words in _FORCES if (m := re.search(words, part))]
        if found:
            return min(found)[1]
    return None


def figures_of(text: str) -> list[Numeral]:
    """The numbers of a sentence that count something: no ordinals, grades, numbering or dates."""
    return [
        token
        for token in scan(text)
        if token.values
        and token.kind not in ("numbering", "document-number", "date")
        and not _ORDINAL.match(text[token.end : token.end + 1])
        and text[max(token.start - 1, 0) : token.start] != "第"
        and not (text[token.end : token.end + 1] == "年" and len(token.text) == 4)
        and not re.match(r"月\d+日", text[token.end :])
        and not re.search(r"\d月$", text[max(token.start - 3, 0) : token.start])
        and not re.search("四舍$|^舍五|化整为$", text[max(token.start - 3, 0) : token.start])
        and text[token.end : token.end + 3] != "舍五入"
        and not (
            token.text == "一" and re.match("次(?!数)|个|项|[抓把支盘揽]", text[token.end :]) and token.kind == "number"
        )
        and not (text[token.end : token.end + 1] == "层" and re.search("地[上下]$", text[: token.start]))
        and not re.search("“[^”]{0,3}$", text[: token.start])  # “两个确立”, “一支笔”
    ]


def relation(before: str, after: str) -> tuple[str, str, str]:
    """How a figure is compared, what is before that, and what a share is of where that stands between them."""
    for op, pattern in _BEFORE:
        if m := re.search(f"(?:{pattern})(?:(?P<base>[^，的]{{2,12}})的)?$", before):
            return op, before[: m.start()], m["base"] or ""
    return next(((op, before, "") for op, pattern in _AFTER if re.match(pattern, after)), (MARK, before, ""))


def typed_as(words: str) -> str:
    """The type of what a share is of, where its words say it."""
    return (
        "type: money"
        if re.search("金额|资金|投资|费|款|价", words)
        else "type: count"
        if re.search("人数|名额", words)
        else f"type: {MARK}"
    )


def literal_of(part: str, token: Numeral) -> tuple[str, str]:
    """A figure as an expression writes it with the unit behind it, and the type it has; a rate no expression writes is marked."""
    literal, entry = _literal_of(part, token)
    unit = {"type: money": "元", "type: area": "平方米"}.get(entry) or entry.partition("unit: ")[2]
    if per := _PER.match(part[token.end :]):
        per_unit = per["unit"] if unit and literal.endswith(unit) else None
    elif unit == "元" and re.search("每[人位]?每?[天日]", part[: token.start]):
        per_unit = "天"
    else:
        return literal, entry
    return (
        (f"{literal}/{per_unit}", f"type: quantity, unit: {unit}/{per_unit}")
        if per_unit
        else (f"{literal}/{MARK}", f"type: {MARK}")
    )


def _literal_of(part: str, token: Numeral) -> tuple[str, str]:
    """A figure and its type by what stands directly behind it, for each of what is not asked."""
    text, rest = narrow(token.text), part[token.end :]
    value = next(iter(token.values))
    if re.fullmatch(".+千", text) and re.match("[克米瓦]", rest):  # 200千克
        text, rest = text[:-1], f"千{rest}"
        value = parse(text) or value
    shown = text if re.fullmatch(r"[\d.,]+[百千万亿]*%?|\d+/\d+", text) else str(value)
    shown = shown.replace(",", "")
    if token.kind == "percent" or "%" in text:
        return shown if "%" in shown else f"{number_text(Fraction(value) * 100)}%", "type: share"  # type: ignore[arg-type]
    if token.kind == "fraction":
        return str(value), "type: share"
    if re.match("元", rest):
        return f"{shown}元", "type: money"
    shown = shown if shown[-1:].isdigit() else number_text(value)  # type: ignore[arg-type]  # 2万人
    if re.match("平方米|㎡", rest):
        return f"{shown}平方米", "type: area"
    if re.match("[天日]", rest):
        return f"{shown} days", "type: quantity, unit: day"
    if re.match("个月", rest):
        return f"{shown} months", "type: quantity, unit: month"
    if re.match("[人名次个套位家项件份处辆座所周]|岁", rest):
        return shown, "type: count"
    unit = next((u for u in sorted(UNIT_WORDS, key=len, reverse=True) if rest.startswith(u)), "")
    return (f"{shown} {unit}", f"type: quantity, unit: {unit}") if unit else (shown, f"type: {MARK}")
