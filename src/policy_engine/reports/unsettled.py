"""Why something is not settled, in words: what was asked, or what is not put to the solvers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.explaining.chinese import in_quotes
from policy_engine.rulebook.rule import Rule

_PLAIN: Final[Mapping[str, Text]] = {
    "status": Text("whether it can apply, be met, be violated", "能否适用、能否符合、能否违反"),
    "exceptions": Text("its exceptions", "各项例外"),
    "cases": Text("its cases", "各种情形"),
    "case otherwise": Text("the case where no other holds", "其他情形"),
    "input": Text("whether it matters", "是否影响结果"),
    "claim": Text("whether it holds", "是否成立"),
    "any date": Text("any date is too much", "就任意日期求解过于繁重"),
    "a list of rows": Text("a list of rows", "含逐项清单"),
    "another total": Text("a total of a list is worked out otherwise: of long lists nothing is said", "清单合计的算法有变，较长的清单未予判定"),
    "each and all": Text("of each row in one version, of all in the other", "一个版本逐行判定，另一个版本整体判定"),
    "more facts that may still come than are told apart": Text("more facts that may still come than are told apart", "尚可变化的事实过多"),
    "a number that cannot be written out": Text("a number that cannot be written out", "所得的数无法写尽"),
    "a step that is not written out": Text("a step that is not written out", "取整的单位不是写明的数"),
    "starts_with a code that is not written out": Text("the beginning of a code that is not written out", "代码的开头不是写明的"),
    "an end": Text("an end of an interval", "区间的端点"),
    "a point of the line": Text("a point of an interval", "区间中的一点"),
    "the line": Text("whether there are more intervals", "是否还有其他区间"),
    "least": Text("the least of some values", "若干数中最小者"),
    "greatest": Text("the greatest of some values", "若干数中最大者"),
}  # fmt: skip
_FORMS: Final[tuple[tuple[str, str, str], ...]] = (
    (r"exception (\d+)", "exception {0}", "第 {0} 项例外"),
    (r"case (\d+)", "case {0}", "第 {0} 种情形"),
    (r"asked of (\S+) alone", "asked of {0} alone", "仅就 {0} 这一日判定"),
    (r"a date before (\S+) or after (\S+)", "a date before {0} or after {1}", "日期早于 {0} 或晚于 {1}"),
    (
        r"more than (\d+) intervals, another at (\S+)",
        "more than {0} intervals; of those left one lies at {1}",
        "区间多于 {0} 个，其余区间之一在 {1} 处",
    ),
    (r"the line in (\d+) seconds", "its intervals are not all found in {0} seconds", "{0} 秒内未能求出全部区间"),
    (r"a bound of (\S+)", "a bound of {0}", "{0}的取值范围"),
    (r"another kind of (.+)", "another kind of {0}", "{0}的取值种类不同"),
    (r"beside (.+)", "beside {0}", "与{0}的关系"),
)
_NAMED: Final = re.compile(r"a bound of|another kind of|beside")


def unsettled(which: str, called: Callable[[str], Text], rule: Rule | None = None) -> Text:
    """What was asked and not answered; `called`: what a name is called; `rule`: whose questions may be read otherwise."""
    if which in _PLAIN:
        return _PLAIN[which]
    if rule is not None and which.startswith("reading "):
        option = which.partition(" ")[2]
        shown = [reading.shown[option] for reading in rule.readings.values() if option in reading.shown]
        said = shown[0] if shown else Text(option, option)
        return Text(f"read `{said.en}`", f"读作{in_quotes(said.zh)}")
    for form, en, zh in _FORMS:
        if found := re.fullmatch(form, which):
            if not _NAMED.match(which):
                return Text(en.format(*found.groups()), zh.format(*found.groups()))
            names = [called(name) for name in found[1].split(", ")]
            return Text(
                en.format(", ".join(name.en for name in names)), zh.format("、".join(f"“{n.zh}”" for n in names))
            )
    return called(which)
