"""Units of the numbers of a sheet: behind a header, in a row of their own, noted above, beside or below the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from policy_engine.basics import numerals
from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.basics.values import SQUARE_METRE, UNIT_WORDS, YUAN, Unit, parse_unit, unit_words, words_of_count
from policy_engine.rulebook.rule import Input, Rule

Measure = tuple[Unit, Fraction]
NOTE: Final = 2_000
"""A longer cell is no note of a unit in English."""
PRICE: Final[Unit] = (*YUAN, ("m", -2))
UNITS: Final[Mapping[str, Measure]] = {
    "元": (YUAN, Fraction(1)), "yuan": (YUAN, Fraction(1)), "千元": (YUAN, Fraction(1000)), "万元": (YUAN, Fraction(10**4)),
    "百万元": (YUAN, Fraction(10**6)), "千万元": (YUAN, Fraction(10**7)), "亿元": (YUAN, Fraction(10**8)),
    "平方米": (SQUARE_METRE, Fraction(1)), "㎡": (SQUARE_METRE, Fraction(1)),
    "m2": (SQUARE_METRE, Fraction(1)), "m²": (SQUARE_METRE, Fraction(1)), "万平方米": (SQUARE_METRE, Fraction(10**4)),
    "万㎡": (SQUARE_METRE, Fraction(10**4)), "公顷": (SQUARE_METRE, Fraction(10**4)),
    "%": ((), Fraction(1, 100)), "‰": ((), Fraction(1, 1000)),
    **{f"{money}/{area}": (PRICE, Fraction(scale)) for money, scale in (("元", 1), ("万元", 10**4)) for area in ("平方米", "㎡", "m2", "m²")},
}  # fmt: skip
_NAMES: Final = (UNIT_WORDS | {"天", "个月", "min", "day"}) - {"元", "yuan", "rmb", "cny", "人民币", "床", "人"}
_SCALE: Final = {"百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_MORE: Final = {
    "克": "g", "斤": "jin", "市斤": "jin", "两": "liang", "磅": "lb", "厘米": "cm", "毫米": "mm", "分米": "dm", "里": "li", "英里": "mile", "海里": "nmi",
    "尺": "chi", "毫升": "mL", "ml": "mL", "g": "g", "cm": "cm", "mm": "mm", "秒": "s", "日": "day", "周": "week", "月": "month", "季度": "quarter", "年": "year",
}  # fmt: skip
"""Words for units that stand in a column of them, and hardly behind a header."""
_COUNTS: Final = {
    **dict.fromkeys(("t", "kg", "mg", "μg", "g", "jin", "liang", "lb"), ("mass", 1)),
    **dict.fromkeys(("m", "km", "cm", "mm", "dm", "li", "mile", "nmi", "chi"), ("length", 1)),
    **dict.fromkeys(("h", "min", "s", "day", "workday", "week", "month", "quarter", "year"), ("time", 1)),
    "mu": ("length", 2), "L": ("length", 3), "mL": ("length", 3),
}  # fmt: skip
"""What a base unit is a unit of, and to which power."""
UNIT_HEADERS: Final = frozenset({"单位", "计量单位", "金额单位", "货币单位", "币种", "货币", "currency", "unit"})
IN_BRACKETS: Final = re.compile(r"(.+?)\s*[（(\[【](?:单位\s*[:：]?\s*)?([^（()）\]】]+)[）)\]】]\s*")
BEHIND: Final = re.compile(r"(.+?)\s*[/／:：,，]\s*(?:单位\s*[:：]?\s*)?([^/／:：,，]+)")
_COIN: Final = re.compile(r"(?:币种|货币)\s*[:：]\s*([^\s，,;；、()（）:：]+)")
_YUAN_COINS: Final = frozenset({"人民币", "元", "人民币元", "rmb", "cny", "yuan"})
_ALONE: Final = re.compile(r"[（(\[【]?\s*(?:单位\s*[:：]?\s*)?([^（()）\]】:：]+?)\s*[)）\]】]?")
_OFFICES: Final = [
    "填报",
    "编制",
    "制表",
    "报送",
    "上报",
    "主管",
    "申报",
    "所在",
    "工作",
    "主办",
    "承办",
    "责任",
    "牵头",
    "组织",
    "实施",
    "审核",
    "建设",
    "用人",
    "报告",
    "使用",
    "申请",
    "送审",
    *(
        [
            "施工",
            "监理",
            "设计",
            "勘察",
            "供应",
            "供货",
            "承包",
            "采购",
            "中标",
            "招标",
            "投标",
            "推荐",
            "获奖",
            "受奖",
            "表彰",
            "先进",
            "受助",
            "协作",
            "合作",
            "参与",
            "参加",
            "帮扶",
            "管理",
            "运营",
            "经营",
            "产权",
            "开户",
            "收款",
            "付款",
            "主送",
            "抄送",
            "发文",
        ]
    ),
]
_OF_AN_OFFICE: Final = re.compile(f"(?:{'|'.join(_OFFICES)})单位")
_NOTE: Final = re.compile(r"(?:[\u4e00-\u9fff]{2})?单位\s*[:：]\s*((?:(?!\s{2}|[（()）\]】。；;\t\u3000]).)+)")
_AMOUNT: Final = "(?:人民币)?[百千]?[万亿]?元"
_OLD: Final = str.maketrans("萬億仟佰圓單幣額計為數", "万亿千百元单币额计为数")
"""Signs of other forms of writing, as they stand in notes of units."""
_BARE_NOTE: Final = re.compile(rf"(?:单位\s*(?:均?[为是])?|以(?=\S{{2,8}}为\w{{0,2}}单位))\s*({_AMOUNT})")
_COUNTED: Final = re.compile(
    rf"(?:以|按|用|为|是|系)\s*({_AMOUNT})(?:为单位|数?(?:计|列|表示|填|统计|反映)|数?(?=\s*(?:$|[。；;，,、)）.])))"
)
"""`本表金额以万元计`, `为万元数`; not `为3万元`."""
_COIN_WORD: Final = "(?:rmb|cny|yuan|renminbi|[¥￥])"
_MONEY: Final = "rmb|cny|yuan|renminbi|[¥￥$€£]|usd|eur|hkd|dollar|euro|pound|currency|money"
_ENGLISH_SCALE: Final = re.compile(
    rf"\bin\s+(?:{_COIN_WORD}\s*)?(?:(?:tens?|hundreds?)\s+(?:of\s+)?)?(?:thousand|million|billion)s?\b(?!\s+of\s+(?!.*(?:{_MONEY})))"
    rf"|{_COIN_WORD}\s*['’]\s*000|\bin\s+{_COIN_WORD}\s*1[0,]*000\b|\bin\s+1[0,]*000\s*{_COIN_WORD}",
    re.IGNORECASE,
)
"""`in RMB 10,000`, `RMB'000`, `in thousands of yuan`: of how many is told in many ways, and none is guessed."""
HINT: Final = re.compile(
    r"[单單]位|[以按用为為是系]\s*(?:人民币)?[百佰千仟万萬亿億]{0,3}[元圆圓]|thousand|million|billion|000",
    re.IGNORECASE,
)
"""What a note of units has in it, to be looked for in every cell at little cost."""
OTHER_MONEY: Final = re.compile(
    "(人民币)?[百佰千仟万萬亿億]{1,3}[元圆圓]|[美港日欧澳加韩]元|英镑|卢布|[$€£]|usd|eur|hkd|jpy|gbp", re.IGNORECASE
)
"""Money in another unit than yuan, standing alone."""
AREA: Final = re.compile("[公市英]?亩|公顷|万(?:平方米|平米|㎡|m2|m²)", re.IGNORECASE)
"""An area in another unit than square metres, standing alone."""
_ENGLISH_NOTE: Final = re.compile(r"\bunits?\s*[:：]\s*([^()\]]+)", re.IGNORECASE)
_TITLE: Final = re.compile(rf"[（(\[【:：;；]\s*({_AMOUNT})\s*[)）\]】]?\s*$")
_INSIDE: Final = re.compile(
    r"[（(\[【〔]\s*(?:[\u4e00-\u9fff]{0,2}单位\s*[:：]?\s*)?([^（()）\[\]【】〔〕]{1,10}?)\s*[)）\]】〕]"
)
"""What stands in brackets anywhere in a title: 奖金（万元）发放表."""
_SCALED: Final = re.compile("(?<![0-9.一二三四五六七八九十两几数多百千万亿])[百千万亿]{1,2}元")
"""Many yuan in a title, with something beside: （万元、人）; not （3万元以上）."""
_ONLY: Final = re.compile(rf"[（(\[【]?\s*({_AMOUNT})\s*(?:[、,，]\s*[%‰人个次户]\s*)*[)）\]】]?")
_SAID: Final = re.compile(
    rf"[（(\[【〔*\s]*(?:..)?(?:单位\s*[:：;；（(\[【]|[金数]额\s*[:：;；])\s*{_AMOUNT}\s*[)）\]】〕\s]*"
)
"""A note of a unit that is all a cell says, in signs that no other note has: 单位（万元）, 单位；万元, 金额：万元."""
_SIGNS: Final = re.compile(
    rf"[%‰㎡²]|(?<![a-z])(?:{_MONEY}|m2|thousand|million|billion)|[百佰千仟万萬亿億0-9]\s*[元圆圓]|{OTHER_MONEY.pattern}",
    re.IGNORECASE,
)
"""What only a unit has in it, or what may be one and is no name of an office."""
_MEASURE: Final = re.compile(
    r".{0,6}(?:(?<![三广天鼎状多公])[元圆]|币|[平立]方|[平立方公厘毫千万]米|顷|亩|吨)(?:整|计|数|角|分|人民币|以[上下])*|米"
)
_OFFICE: Final = re.compile(".{2,}(?:[局厅委办院校处科所站社店厂馆司团府部队会行署组市县区乡镇村寺学室库]|中心|支队)")
"""How names of organisations end: 米林市人民医院, 三元建筑公司."""
SCALES: Final = re.compile("[百千万亿佰仟萬億]")
BESIDE: Final = 6
"""So many signs may stand beside a note that is all a cell says: `注：`, brackets."""
_OF_ALL: Final = re.compile(
    r"本表|全表|上表|表[中内]|以上|上述|上列|下同|各[行列]|所有|均[以为按]|\b(all|table|figures|amounts)\b",
    re.IGNORECASE,
)
_SAY_UNIT: Final = Text("say which with --unit, such as --unit 万元", "请用 --unit 写明，如 --unit 万元")


def _folded(word: str) -> str:
    return word.translate(_OLD)


def plain_unit(word: str) -> str:
    """A word for a unit as it is looked up: without the currency, in the signs that are used now."""
    return _folded(numerals.narrow(word)).strip().removeprefix("人民币").strip() or word


def measure_of(word: str, more: Mapping[str, str] = MappingProxyType({})) -> Measure | None:
    """The unit that a word is, and how many of it: 万元, 公里, 万吨, 微克/立方米; None where it is none. `more`: further words."""
    if (known := UNITS.get(word)) is not None:
        return known
    for scale, factor in (("", 1), *_SCALE.items()):
        rest = word.removeprefix(scale)
        if (not scale or rest != word) and rest and all(part in _NAMES or part in more for part in rest.split("/")):
            return parse_unit("/".join(more.get(part, part) for part in rest.split("/"))), Fraction(factor)
    return None


def in_another(word: str, entry: Input, factor: Fraction) -> bool:
    """Whether a word is a unit of what numbers of an input count, and not the one that they are read in: 千克 beside tonnes."""
    word = plain_unit(word)
    told = measure_of(word, _MORE) or measure_of(word.lower(), _MORE)
    if told is None or not (
        fits(entry.type.unit or (), entry) and _counted(told[0]) == _counted(entry.type.unit or ())
    ):
        return False
    return told != (entry.type.unit, factor)


def _counted(unit: Unit) -> dict[str, int]:
    """What a unit is a unit of: grams and tonnes of mass."""
    found: dict[str, int] = {}
    for base, power in unit:
        of, times = _COUNTS.get(base, (base, 1))
        found[of] = found.get(of, 0) + power * times
    return found


def _of_an_input(word: str, rule: Rule, more: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether a word is a unit, or so many of it, of what numbers of an input count: 千克 and 万吨 where there are tonnes."""
    told = measure_of(plain_unit(word), more)
    counted = _counted(told[0]) if told else {}
    return bool(counted) and any(
        entry.type.kind == "number" and _counted(entry.type.unit or ()) == counted for entry in rule.askable.values()
    )


def own_words(entry: Input) -> set[str]:
    """The words for the unit of an input, as its rule and the answers have them."""
    words = {entry.unit_word.en, *words_of_count(entry.unit_word.zh)}
    return (words | {unit_words(entry.type.unit).zh.strip()} if entry.type.kind == "number" else words) - {""}


def accepted(entry: Input) -> Text:
    """Which words may stand behind the header of an input, and what to do with numbers that are in no such unit."""
    words = [word for word, one in UNITS.items() if fits(one[0], entry)] or sorted(own_words(entry))
    if not words:
        return Text(
            "it has none: leave that out, or call the column otherwise", "该项不带单位：请从表头中删去，或另取列名"
        )
    return Text(f"accepted: {', '.join(words)}; convert numbers that are in another unit",
                f"可用：{'、'.join(words)}；其他单位的数字请先换算")  # fmt: skip


def word_of(measure: Measure) -> str:
    """The word for so many of a unit: 万元, 万吨."""
    known = next((word for word, one in UNITS.items() if one == measure), None)
    scale = next((scale for scale, factor in _SCALE.items() if factor == measure[1]), "")
    return known or scale + unit_words(measure[0]).zh.strip()


def fits(unit: Unit, entry: Input) -> bool:
    """Whether numbers of an input are in a unit, or in so many of it."""
    return entry.type.kind == "number" and unit == entry.type.unit and (unit != () or entry.type_name == "share")


def unit_behind(word: str) -> Measure | None:
    """The unit that a header of several columns carries, `奖励情况（万元）`; of a bare `（万元）` too. None where it has none."""
    word = _folded(word)
    match = IN_BRACKETS.fullmatch(word) or BEHIND.fullmatch(word) or _ALONE.fullmatch(word)
    return None if match is None else measure_of(plain_unit(match.groups()[-1]))


def bare_unit(word: str) -> Measure | None:
    """The unit that a cell is, with nothing else in it: 万元, （元）; None where it is none."""
    match = _ALONE.fullmatch(_folded(word))
    return None if match is None else measure_of(plain_unit(match[1]))


def unit_alone(word: str) -> bool:
    """Whether a cell is a unit of money and nothing else: 万元, （人民币万元）."""
    return _ONLY.fullmatch(_folded(word)) is not None


def unit_said(word: str) -> bool:
    """Whether a cell notes a unit of money and nothing else: 单位（万元）."""
    return _SAID.fullmatch(_folded(word)) is not None


def noted(words: Iterable[str], rule: Rule, file: str, titles: Iterable[str] = ()) -> dict[Unit, Fraction]:
    """The units noted above or beside a table, as in `单位：万元`, or behind a title. Raises PolicyError."""
    found: dict[Unit, Fraction] = {}
    words, titles = list(map(_folded, words)), list(map(_folded, titles))
    coins = [coin for word in words for coin in _COIN.finditer(word) if coin[1].lower() not in _YUAN_COINS]
    if coins and any(entry.type.unit == YUAN for entry in rule.askable.values()):
        raise _mixed(coins[0][0], file)
    scaled = [note for word in words if len(word) <= NOTE and (note := _ENGLISH_SCALE.search(word))]
    if scaled and any(entry.type.unit == YUAN for entry in rule.askable.values()):
        raise _mixed(scaled[0][0], file)
    told = [
        (note[0], note[1])
        for word in words
        for form in (_NOTE, _BARE_NOTE, _COUNTED, _ENGLISH_NOTE)
        for note in form.finditer(word)
    ]
    told += [(note[0], note[1]) for word in titles if (note := _ONLY.fullmatch(word) or _TITLE.search(word))]
    told += [(word, word) for word in titles if _of_an_input(word, rule)]
    told += [
        (note[0], note[1])
        for word in titles
        for note in _INSIDE.finditer(word)
        if _is_measure(note[1]) or _SCALED.search(note[1]) or _of_an_input(note[1], rule)
    ]
    for whole, text in told:
        if _OF_AN_OFFICE.match(whole) and plain_unit(text) not in UNITS:
            continue
        for unit, factor in measures(text, rule, file).items():
            if found.setdefault(unit, factor) != factor:
                raise _mixed(whole, file)
    return found


def unit_inside(word: str) -> bool:
    """Whether a unit stands in brackets within a title, and not at its end, where it may be that of a group of columns."""
    word = _folded(word)
    return unit_behind(word) is None and any(_is_measure(note[1]) for note in _INSIDE.finditer(word))


def _is_measure(word: str) -> bool:
    """Whether what stands in brackets in a title is a unit, known or another of money; % may be of anything."""
    if plain_unit(word) in UNITS:
        return word not in "%‰"
    return any(OTHER_MONEY.fullmatch(one) for one in (word, SCALES.sub("", word)))


def about_the_table(word: str) -> bool:
    """Whether a cell beside the facts of a row has a note of units that is all it says, or that speaks of the table."""
    if _OF_ALL.search(word):
        return True
    forms = (_NOTE, _BARE_NOTE, _COUNTED, _ENGLISH_NOTE, _ENGLISH_SCALE)
    found = [len(note[0]) for form in forms if (note := form.search(_folded(word)))]
    return bool(found) and len(word.strip()) <= max(found) + BESIDE


def measures(text: str, rule: Rule, file: str, given: bool = False) -> dict[Unit, Fraction]:
    """Units of measure in a note; a note of none (`单位：市财政局`) is about something else. Raises PolicyError."""
    own = {word for entry in rule.askable.values() for word in own_words(entry)}
    found: dict[Unit, Fraction] = {}
    for word in map(plain_unit, re.split("[、,，;；]|和|及", text)):
        measure = measure_of(word)
        if measure and (word in UNITS or any(fits(measure[0], entry) for entry in rule.askable.values())):
            unit, factor = measure
            if found.setdefault(unit, factor) != factor:
                raise _mixed(text, file)
        elif word not in own and (given or _may_be_one(word) or _of_an_input(word, rule, _MORE)):
            raise _of_none(word, rule, file) if given else _mixed(text, file)
    return found


def _of_none(word: str, rule: Rule, file: str) -> PolicyError:
    """A unit that was asked for, and that no input is in; with those that some are."""
    words = [w for w, one in UNITS.items() if any(fits(one[0], entry) for entry in rule.askable.values())]
    en, zh = f"no input of {rule.decision} is in `{word}`", f"“{rule.title.zh}”没有以 `{word}` 为单位的输入项"
    help = Text(f"accepted: {', '.join(words)}", f"可用：{'、'.join(words)}") if words else None
    return PolicyError(problem("unit", en, zh, Place(file), help))


def _may_be_one(word: str) -> bool:
    """Whether a word may be a unit that is not known: 万美元, 百亩, 元/人; 三元建筑公司 and 米林市财政局 are none."""
    if word and not SCALES.sub("", word.replace("w", "万").replace("W", "万")):
        return True
    first = re.split(r"[/／每]|\bper\b", word)[0].strip()
    if _OFFICE.fullmatch(first):
        return False
    return _SIGNS.search(word) is not None or any(map(_MEASURE.fullmatch, [first, *first.split()]))


def _mixed(note: str, file: str) -> PolicyError:
    en, zh = f"which unit is meant by `{note}` cannot be told", f"无法确定 `{note}` 所指的单位"
    return PolicyError(problem("unit", en, zh, Place(file), _SAY_UNIT))
