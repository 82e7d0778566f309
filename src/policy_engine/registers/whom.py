"""Whom an entry of a register is about, however the name is set: what splits one person in two, or makes one of several, changes totals."""

from __future__ import annotations

import re
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, visible
from policy_engine.tables.marks import NOTHING

_HAN: Final = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_LETTER: Final = f"(?:{_HAN}|[A-Za-z])"
_UNSEEN: Final = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_SET_APART: Final = re.compile(rf"{_HAN}+(?:\s+{_HAN}+)+")
_TAIL: Final = re.compile(
    r"(股份|责任)?有限(责任)?公司|.{0,4}分公司|.{0,3}分行|.{0,3}支行|第?[一二三四五六七八九十]+[期号轮批]"
)
_OFFICE: Final = (
    "公司|集团|基金|项目|中心|银行|学校|小学|中学|大学|协会|合作社|幼儿园|[局厅委部处科室院所站队办组会校厂馆县乡镇]"
)
_OF_A_PLACE: Final = re.compile(rf"{_HAN}+[省市县区州]\s+{_HAN}+(?:{_OFFICE})")
_DITTO: Final = re.compile('[〃″"“”]|同[上前左右]|上同')
_EVERYBODY: Final = re.compile("(全体|所有|各位?|全部)(党组)?(成员|人员|人|同志|领导)?|(集体|大家)")
_SEVERAL: Final = re.compile("[、，；;|｜\n\r\v\f\u0085\u2028\u2029]")
_PERHAPS: Final = re.compile(
    rf"{_HAN}\s+{_HAN}|{_HAN}{{2}}\s*[/／]\s*{_HAN}{{2}}|({_OFFICE})(?:和|与|及|以及)[^和与及]+\1$"
    rf"|{_HAN}(?<![高中初特平同相一二三])等([0-9两一二三四五六七八九十几数多]*[人名位个家户].{{0,4}})?$"
)
"""What may be several names under any header: two by a blank or a stroke, two offices of one kind, 某某等3人."""
_OF_PERSONS: Final = re.compile(
    rf"(?=({_HAN}{{2,8}})(?:以及|和|与|及)({_HAN}{{2,8}})$)(?!.*(?:{_OFFICE})$)|{_LETTER}\s*[&＆+＋]\s*{_LETTER}|\band\b|[A-Za-z]\s*[/／]\s*[A-Za-z]",
    re.IGNORECASE,
)
"""What may be several persons, and in the name of a project be a part of it; 张和平 has one sign before 和, 财政和税务局 is an office."""
_COMMA: Final = re.compile(
    r",(?!\s*(?:inc|ltd|llc|llp|l\.?p|co|corp|limited|s\.a|jr|sr|i{2,3}|ph\.?d)\b)", re.IGNORECASE
)
_GROUPED: Final = re.compile(r"(?<![0-9,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
_THINGS: Final = re.compile("项目|基金|企业|公司|单位|部门|机构|集体|project|fund|compan|unit|firm", re.IGNORECASE)
_PERSONS: Final = re.compile("姓名|人|成员|干部|同志|职工|person|people|member|staff", re.IGNORECASE)
SIGNS: Final = 3
"""So many signs set apart are one name; four may be two."""


def whom(cell: Any) -> str:
    """The name in a cell; empty where nobody is named. The blanks that set `扎　西` apart, and signs without a width, are no part of it.

    Blanks between what may be two names stay, to be refused.
    """
    text = _UNSEEN.sub("", "" if cell is None else str(cell)).strip()
    return "" if text in NOTHING or text == "无" else _SET_APART.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    """A name without the blanks in it, if it is one: nobody is called by a single sign, and 一期 is no name."""
    text, parts = found[0], found[0].split()
    one = all(len(part) == 1 for part in parts) and len(parts) <= SIGNS
    two = len(parts) == 2 and (min(map(len, parts)) == 1 or _TAIL.fullmatch(parts[1]) or _OF_A_PLACE.fullmatch(text))
    return "".join(parts) if one or two else text


def check_whom(who: str, header: str) -> None:
    """That a name, as `whom` gives it, is one name. Raises PolicyError where it is a ditto mark, everybody, or may be several names."""
    if _DITTO.fullmatch(who) or _EVERYBODY.fullmatch(who):
        advice = Text("write the name on each row", "请逐行写明名称")
        raise PolicyError(problem("whom", f"`{who}` names nobody", f"`{who}` 不是具体的名称", Place(header), advice))
    several = _SEVERAL.search(who)
    if several or _may_be_several(who, header):
        said = ("is several names", "是几个名称") if several else ("may be several names", "可能是几个名称")
        en, zh = (f"`{visible(who)}` {word}" for word in said)
        advice = Text(
            "one row for each; one name without a blank or a comma",
            "请每个名称各占一行；只是一个名称的，中间不留空格、逗号",
        )
        raise PolicyError(problem("whom", en, zh, Place(header), advice))


def _may_be_several(who: str, header: str) -> bool:
    """Whether a name may be two; what is an office or a project may be called 财政和税务局 or `Acme, Inc.`."""
    bare = (
        who if who.replace(",", "").isdigit() else _GROUPED.sub("", who)
    )  # 1,000 in a name is a number; `1,234` may be two
    things = _THINGS.search(header) and not _PERSONS.search(header)
    return bool(_COMMA.search(bare) or _PERHAPS.search(who) or (not things and _OF_PERSONS.search(who)))
