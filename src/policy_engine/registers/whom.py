"""Whom an entry of a register is about, however the name is set: what splits one person in two, or makes one of several, changes totals."""

from __future__ import annotations

import re
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, visible
from policy_engine.tables.marks import NOTHING

_UNSEEN: Final = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_SET_APART: Final = re.compile(r"(?<=[\u3400-\u9fff])[\s\u3000]+(?=[\u3400-\u9fff])")
_DITTO: Final = re.compile('[〃″"“”]|同[上前左右]|上同')
_EVERYBODY: Final = re.compile("(全体|所有|各位?|全部)(党组)?(成员|人员|人|同志|领导)?|(集体|大家)")
_SEVERAL: Final = re.compile("[、；;\n]")


def whom(cell: Any) -> str:
    """The name in a cell; empty where nobody is named. The blanks that set `扎　西` apart, and signs without a width, are no part of it."""
    text = _UNSEEN.sub("", "" if cell is None else str(cell)).strip()
    return "" if text in NOTHING or text == "无" else _SET_APART.sub("", text)


def check_whom(who: str, header: str) -> None:
    """That a name is one name. Raises PolicyError where it is a ditto mark, everybody, or several names."""
    if _DITTO.fullmatch(who) or _EVERYBODY.fullmatch(who):
        advice = Text("write the name on each row", "请逐行写明名称")
        raise PolicyError(problem("whom", f"`{who}` names nobody", f"`{who}` 不是具体的名称", Place(header), advice))
    if _SEVERAL.search(who):
        en, zh = (f"`{visible(who)}` {word}" for word in ("is several names", "是几个名称"))
        advice = Text("one row for each", "请每个名称各占一行")
        raise PolicyError(problem("whom", en, zh, Place(header), advice))
