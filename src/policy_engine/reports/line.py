"""A fact that is varied, as text and as JSON: the intervals of each outcome, and the best value with one unit more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import Unknown, to_json
from policy_engine.explaining.chinese import in_unit, listed
from policy_engine.reports.data import dump
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.best import Best, Tried, Way
from policy_engine.solving.line import Extent
from policy_engine.solving.world import FIRST, LAST
from policy_engine.words import OUTCOME, colon

FORMAT = 1
IMPOSSIBLE: Final = Text("whatever it is, it contradicts the other facts", "任何取值都与其他事实相矛盾")


@dataclass(frozen=True, kw_only=True)
class Varied:
    """What was found where one input of a decision is varied.

    `missing`: what the outcome still waits for; `possible`: whether any value can be beside the other facts;
    `breaking`: where no value is sure, the intervals that break the decision already.
    """

    rule: Rule
    name: str
    as_of: dt.date
    intervals: Sequence[Extent]
    way: Way | None = None
    best: Best | None = None
    missing: tuple[str, ...] = ()
    possible: bool = True
    breaking: Sequence[Extent] = ()

    @property
    def some(self) -> bool:
        """Whether there is any value to tell of."""
        return bool(self.intervals)


def headed(rule: Rule, lang: Lang) -> str:
    """What is asked about; in Chinese without its name in the program."""
    return f"{rule.title.zh}\n" if lang == "zh" else f"{rule.decision}  {rule.title.en}\n"


def text(found: Varied, lang: Lang) -> Iterator[str]:
    """The intervals, then the best value."""
    label = found.rule.inputs[found.name].label.of(lang)
    yield headed(found.rule, lang)
    for one in found.intervals:
        names = found.rule.names(found.as_of)
        values = [
            f"{names.label(id_).of(lang)} {names.shown(Unknown() if value is None else value, id_).of(lang)}"
            for id_, value in one.values.items()
            if value is not None
        ]
        more = f"  ({', '.join(values)})" if values and lang == "en" else f"（{'、'.join(values)}）" if values else ""
        yield f"  {_between(found, one, label, lang)}{': ' if lang == 'en' else '：'}{OUTCOME[one.outcome].of(lang)}{more}\n"
    if not found.intervals:
        never = Text("no value keeps the decision", "没有任何取值能使该决定合规")
        not_sure = Text("of no value is it sure that it keeps the decision, as long as more is not known",
                        "其他事项查明之前，没有取值能够确定合规")  # fmt: skip
        yield "  " + ((not_sure if found.missing else never) if found.possible else IMPOSSIBLE).of(lang) + "\n"
        for one in found.breaking:
            already = Text("non-compliant already: ", "已可确定不合规：").of(lang)
            yield f"  {already}{_between(found, one, label, lang)}\n"
    if found.way is not None and found.best is not None:
        yield from _best(found, found.best, lang)
    if found.rule.inputs[found.name].type.kind == "date" and any(
        None in (one.low, one.high) for one in found.intervals
    ):
        asked = Text(f"asked of dates from {FIRST} to {LAST}", f"仅就 {FIRST} 至 {LAST} 的日期求解")
        yield asked.of(lang) + "\n"
    if found.missing:
        labels = [found.rule.names(found.as_of).label(name).of(lang) for name in found.missing]
        yield Text("not known: ", "尚不清楚：").of(lang) + listed(labels, lang) + "\n"


def _shown(found: Varied, value: Fraction, lang: Lang) -> str:
    if found.rule.inputs[found.name].type.kind == "date":
        return dt.date.fromordinal(int(value)).isoformat()
    return in_unit(value, found.name, found.rule.names(found.as_of)).of(lang)


def _between(found: Varied, one: Extent, label: str, lang: Lang) -> str:
    low = None if one.low is None else _shown(found, one.low, lang)
    high = None if one.high is None else _shown(found, one.high, lang)
    if low is not None and low == high:
        return f"{label} = {low}"
    left = "" if low is None else f"{low} {'≤' if one.low_in else '<'} "
    right = "" if high is None else f" {'≤' if one.high_in else '<'} {high}"
    if not left and not right:
        return label + Text(" any", " 任意").of(lang)
    return f"{left}{label}{right}"


def _best(found: Varied, best: Best, lang: Lang) -> Iterator[str]:
    dated, up = found.rule.inputs[found.name].type.kind == "date", found.way == "maximize"
    most = Text("most", "最晚日期" if dated else "最大值") if up else Text("least", "最早日期" if dated else "最小值")
    step = Text(
        "one unit more" if up else "one unit less",
        ("再晚一日" if dated else "再加一个单位") if up else ("再早一日" if dated else "再减一个单位"),
    )
    if best.end is None:
        yield f"{most.of(lang)}{colon(lang)}{Text('no bound', '无界').of(lang)}\n"
        return
    attained = Text("attained", "可取到") if best.attained else Text("only approached", "只能趋近")
    end = _shown(found, best.end, lang)
    yield f"{most.en}: {end} ({attained.en})\n" if lang == "en" else f"{most.zh}：{end}（{attained.zh}）\n"
    for tried, words in ((best.safe, Text("decided", "判定")), (best.past, step)):
        if tried is not None:
            said = OUTCOME[tried.verdict.outcome()].of(lang)
            yield f"  {words.of(lang)}{colon(lang)}{_shown(found, tried.value, lang)} → {said}\n"


def data(found: Varied) -> str:
    """The same by machine: exact numbers as text, days as dates."""

    def point(value: Fraction | None) -> object:
        if value is None:
            return None
        kind = found.rule.inputs[found.name].type.kind
        return to_json(dt.date.fromordinal(int(value)) if kind == "date" else value)

    def tried(one: Tried | None) -> object:
        return None if one is None else {"value": point(one.value), "outcome": one.verdict.outcome()}

    best = found.best
    return dump({
        "format": FORMAT, "decision": found.rule.decision, "input": found.name, "as_of": found.as_of.isoformat(),
        "intervals": [
            {"outcome": one.outcome, "low": point(one.low), "low_included": one.low_in, "high": point(one.high),
             "high_included": one.high_in, "values": {k: None if v is None else to_json(v) for k, v in one.values.items()}}
            for one in found.intervals
        ],
        "best": None if best is None else {
            "way": found.way, "bound": point(best.end), "attained": best.attained, "decided": tried(best.safe), "one_unit_more": tried(best.past),
        },
        "missing": list(found.missing),
    })  # fmt: skip
