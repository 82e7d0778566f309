"""What clerks put into cells: marks of nothing, serial numbers of days, `已批准`; and rows that are no cases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from policy_engine.basics.numerals import narrow
from policy_engine.basics.values import BadValue
from policy_engine.deciding.facts import read_input
from policy_engine.rulebook.rule import Input, plain

NOTHING: Final = frozenset({"-", "--", "---", "—", "——", "–", "―", "/", "//", "\\", "n/a"})
"""What is put where there is nothing to say; as a fact it is not known, never zero and never no."""
DAYS: Final = (dt.date(1950, 1, 1), dt.date(2100, 12, 31))
"""The days that a bare serial number under a date may stand for: 2024 is a year, and 202407 a month."""
Kind = Literal["total", "signature", "note", "example", "header", "numbers", "group"]
_TOTAL: Final = re.compile(
    r".{0,12}?([合总小共][计計]|累计|总和|汇总|总额|总数)(数|额|金额|人数|次数|人民币|[0-9]{1,6}[人户笔项家个名])?([(（]大写[)）])?([:：].{0,20})?([(（].*[)）])?|((人民币)?金额|人民币)?[(（]?大写[)）]?([:：].{0,20})?|平均(值|数|额)?[:：]?|均值|人均|其中[:：]?.{0,20}|(grand|sub)?-?totals?:?|sum|[ΣΣ∑]|共[0-9一二三四五六七八九十百]{1,6}[人户笔项家个名](合计)?|(承前|过次|转下|接上|上)页(结转|小计|合计)?|(上年|上月|上期|期初|期末|年初|年末|月末)(结转|余额|数)",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(
    r"(制表|填表|填报|编制|审核|复核|审批|批准|经办|主管|负责|联系|财务|会计|出纳)(人|单位|部门|日期|时间|领导|电话|负责人)?"
    r"([(（]?(签字|签名|签章|盖章)[)）]?)?([:：].*|(?<=人)|(?<=[)）]))|(单位负责人|分管领导|(制表|填表|填报)日期).*"
    r"|prepared by.*|checked by.*|approved by.*",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(
    r"(备?注|附注|说明|填[表报写]说明|notes?)([0-9一二三]?[:：、.]|$).*|[—\-(（]*((以下|此页|本页)(为?空白|无正文|无内容)|[转接续]上?下?页|打印(日期|时间)[:：].*)[—\-)）]*"
    r"|第.{1,3}页.*|(单位|公司|部门|本单位)?[(（]?(盖章|公章|签章|印章)[)）]?([:：].*)?",
    re.IGNORECASE,
)
_END: Final = re.compile(
    r"[(（\[【〔*＊※—\-]*((内容|名单|明细|情况)?[详请另]?见(附件|附表|附页|后附|所附|[上下次后另背反][页面])[0-9一二三四五]{0,2}|附件(见?后|另附)"
    r"|[此本]表?一式[0-9一二两三四五六]份.*|[本此上该](表(?![彰现演决达扬])|页).*|以[上下](均?无|没有|情况|数据|内容|信息|均?为?空白|资料).*|特此(说明|证明|报告|公示)"
    r"|[空留]白|完|结束|end|(制表|填表|填报|编制|审核|复核|经办|校对)人[^员数:：]{2,4}|制表|填表|加盖(公|印)?章(处)?|骑缝章"
    r"|(领导|负责人|经办人|本人|单位|主管)?(签字|签名|签章|盖章)(处|栏|盖章)?[:：]?|.{2,20}[(（](盖章|公章|签章|印章)[)）]|(2[0-9]{3})?年[0-9]{0,2}月日"
    r"|(制表|填表|填报|报送|打印|导出|统计|更新|截止|报告|公示)?(日期|时间)[:：].*|(数据)?截[至止].*[日月底]|(数据|资料|信息)?来源[:：].*"
    r"|(抄[送报]|主送|报送|公示期|(监督|举报|联系|咨询|投诉)?(电话|传真|邮箱|地址|网址))[:：].*)[)）\]】〕*＊—\-]*",
    re.IGNORECASE,
)
"""What stands at the end of a table or of its page: it is no case where nothing else stands beside it."""
_EMPTIED: Final = re.compile(r"[(（]?([暂均全]?无|没有|nil|none)[)）]?|[.…。·—–―=*＊~～_/\\|-]{1,40}", re.IGNORECASE)
"""What says that nothing follows, where it stands alone and under no input."""
_EXAMPLE: Final = re.compile(r"(填写)?(示例|样例|范例)([:：(（].*)?|(e\.g\.|example)([:(].*)?", re.IGNORECASE)
_VOID: Final = re.compile(
    r"[(（【]?(本行|此行|该行|该笔|已|予以)?(作废|废弃|注销|撤销|撤回|退回|冲销|冲红|红冲|删除|无效|不计入?|取消)[)）】]?"
)
"""What is written beside an entry that may not count."""
_PROCEEDING: Final = re.compile("注销|撤销|撤回|退回|删除|取消|废弃")
_OF_PROCEEDINGS: Final = re.compile(
    ".*(类型|类别|种类|方式|业务|事项|内容|措施|操作|动作|处分|处罚|变更|程序)(名称)?|.*(types?|kind|category|action)",
    re.IGNORECASE,
)
"""A column of kinds: 注销 under 登记类型 says what was done, not that the row does not count."""
_GROUP: Final = re.compile(
    r"【.{1,40}】|.{1,40}[:：]|([一二三四五六七八九十]{1,3}[、.．]|[(（][一二三四五六七八九十]{1,3}[)）]).{1,40}"
)
_WEEKDAY: Final = re.compile(r"[(（]?(?:星期|周|礼拜)([一二三四五六日天])[)）]?$")
_SERIAL: Final = re.compile("[0-9]{5}")
_DAY_0: Final = dt.date(1899, 12, 30)
_DONE: Final = re.compile(r"(已经?|尚?未|没有)(.{2,6})")
_LATER_TOTAL: Final = re.compile(r".{0,12}?(合计|总计|小计|共计)([:：].{0,12})?([(（].*[)）])?")
_TICKED: Final = re.compile("[☑✓✔√]?(是|否|有|无)[☑✓✔√]?")
_TICKS: Final = "☑✓✔√"
_EMPTY: Final = "□☐×✗✕"
_BOXES: Final = re.compile(f"([{_TICKS}{_EMPTY}])([^{_TICKS}{_EMPTY}]*)")
_BOXES_BEHIND: Final = re.compile(f"([^{_TICKS}{_EMPTY}]*)([{_TICKS}{_EMPTY}])")
_MARKED: Final = re.compile(f"([{_TICKS}]?)([^{_TICKS}{_EMPTY}]+)([{_TICKS}]?)")
_ORDINAL: Final = re.compile(r"[(（]?([0-9]{1,2}|[甲乙丙丁])[)）]?")


def meant(cell: Any, entry: Input, header: str, day_0: dt.date | None) -> tuple[Any, str]:
    """A cell as the fact that it means, and what was made of it: `nothing`, `day` or nothing to say."""
    kind = entry.type.kind
    if isinstance(cell, str):
        text = narrow(cell).strip()
        if text.lower() in NOTHING or (text == "无" and kind in ("number", "date", "choice")):
            return (cell, "") if entry.option(text) is not None else (None, "nothing")  # an option may be called so
        if (ticked := _ticked(text)) is not None and kind in ("flag", "choice"):
            return ticked, ""
        if kind == "flag" and len(text) == 2 and (one := _TICKED.fullmatch(text)):
            return one[1], ""
        if kind == "set" and "\n" in text:  # one below the other
            return "、".join(filter(None, map(str.strip, text.splitlines()))), ""
        if kind == "date" and (day := _without_weekday(text, entry) or _as_a_serial(text)):
            return day, ""
        done = _done(text, header) if kind == "flag" else None
        return (cell, "") if done is None else (done, "")
    if kind == "date" and day_0 is not None and isinstance(cell, Decimal) and cell == cell.to_integral_value():
        first, last = ((day - day_0).days for day in DAYS)
        if first <= cell <= last:
            return day_0 + dt.timedelta(days=int(cell)), "day"
    return cell, ""


def _as_a_serial(text: str) -> str | None:
    """A number that is a text, and stands for a day where spreadsheets count from 1900: refused with that day, since others count from 1904."""
    if not _SERIAL.fullmatch(text):
        return None
    day = _DAY_0 + dt.timedelta(days=int(text))
    return f"{text} (= {day}?)" if DAYS[0] <= day <= DAYS[1] else None


def _without_weekday(text: str, entry: Input) -> str | None:
    """A date behind which its day of the week stands; None where there is none, or it is another day."""
    day = _WEEKDAY.search(text)
    if day is None:
        return None
    bare = text[: day.start()].strip()
    try:
        date = read_input(entry, bare)
    except BadValue:
        return None
    return bare if isinstance(date, dt.date) and date.weekday() == min("一二三四五六日天".index(day[1]), 6) else None


def _ticked(text: str) -> str | None:
    """The one word that is ticked among several: `☑个人 □集体`, `是☑ 否□`, `√是 否`; None where not just one is, or it cannot be told."""
    if not text or not any(tick in text for tick in _TICKS):
        return None
    if text[0] in _TICKS + _EMPTY and len(boxes := _BOXES.findall(text)) > 1:
        found = [(box in _TICKS, word.strip()) for box, word in boxes]
    elif text[-1] in _TICKS + _EMPTY and len(boxes := _BOXES_BEHIND.findall(text)) > 1:
        found = [(box in _TICKS, word.strip()) for word, box in boxes]
    else:
        marked = [_MARKED.fullmatch(word) for word in text.split()]
        found = [(bool(one[1]) != bool(one[3]), one[2]) if one else (False, "") for one in marked]
    words = [word for tick, word in found if tick]
    return words[0] if len(found) > 1 and len(words) == 1 and all(word for _, word in found) else None


def _done(text: str, header: str) -> bool | None:
    """Whether what a header ends in was done: `已批准` under `是否经批准`; None where it says something else."""
    asked = re.sub(r"[(（].*[)）]|情况|与否|[?？:：]", "", plain(header)).removeprefix("是否")
    found = _DONE.fullmatch(plain(text))
    if found is None or not asked.endswith(found[2]) or re.search("[未不非无没否]", asked):
        return None
    return found[1] in ("已", "已经")


def kind_of_row(cells: Sequence[Any]) -> tuple[Kind, str] | None:
    """What a row is by its first words, if it is no case, and these words."""
    told = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    first = next((text for text in told if not re.fullmatch(r"[0-9.]+", text)), "")
    bare = "".join(first.split())
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("total", _TOTAL), ("example", _EXAMPLE), ("signature", _SIGNATURE), ("note", _NOTE),
    )  # fmt: skip
    if len(told) == 1 and _GROUP.fullmatch(bare):
        return "group", first
    return next(((kind, first) for kind, form in kinds if form.fullmatch(bare)), None)


def is_end(cells: Sequence[Any], entries: Sequence[Input | None]) -> bool:
    """Whether a row has nothing but what ends a table, and none of it is a fact; `entries`: the inputs of its columns."""
    under = dict(enumerate(entries))
    told = [(cell, under.get(i)) for i, cell in enumerate(cells) if cell is not None and str(cell).strip()]
    if len(told) == 1 and _EMPTIED.fullmatch("".join(str(told[0][0]).split())):
        return told[0][1] is None
    texts = ("text", "code")  # they may say anything
    return bool(told) and all(
        ends(str(cell)) and (entry is None or entry.type.kind in texts or not is_a_fact(cell, entry))
        for cell, entry in told
    )


def ends(cell: str) -> bool:
    """Whether a cell is what stands at the end of a table."""
    return _END.fullmatch("".join(cell.split())) is not None


def total_inside(cells: Sequence[Any]) -> str:
    """The words of a total that do not begin the row: 小计 behind the name of an office; empty where there are none."""
    told = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    return next((text for text in told if _LATER_TOTAL.fullmatch("".join(text.split()))), "")


def is_numbering(cells: Sequence[Any]) -> bool:
    """Whether a row under the header numbers the columns: 1, 2, 3 …; 甲, 乙, 1, 2 …."""
    told = ["".join(str(cell).split()) for cell in cells if cell is not None and str(cell).strip()]
    told = told[1:] if told[:1] in (["栏次"], ["序号"]) else told
    found = [_ORDINAL.fullmatch(text) for text in told]
    if len(told) < 3 or not all(found):
        return False
    words = [one[1] for one in found if one]
    letters = [word for word in words if not word.isdigit()]
    return words == [*"甲乙丙丁"[: len(letters)], *map(str, range(1, len(words) - len(letters) + 1))]


def is_void(cell: str, header: str) -> bool:
    """Whether a cell beside the facts says that its row may not count."""
    word = "".join(cell.split())
    if _VOID.fullmatch(word) is None:
        return False
    return not (_PROCEEDING.fullmatch(word) and _OF_PROCEEDINGS.fullmatch("".join(header.split())))


def is_a_fact(cell: Any, entry: Input) -> bool:
    """Whether a cell can be read as a fact of an input."""
    if cell is None or not str(cell).strip():
        return False
    try:
        read_input(entry, cell)
    except BadValue:
        return False
    return True
