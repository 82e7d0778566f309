"""A reason is true: what it says is to spare may go and one more may not, in both languages, beside margin and remedy."""

import datetime as dt
import re
from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given, settings
from hypothesis import strategies as st

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.situation import Situation
from policy_engine.explaining import relations
from policy_engine.explaining.decision import decide
from policy_engine.explaining.margin import margin
from policy_engine.explaining.reason import why
from policy_engine.language import ir
from policy_engine.language.operators import FUNCTIONS

DAY = dt.date(2025, 3, 1)
SPARE = re.compile(r"(?:, ([\d,]+)(?: \w+)? to spare|，尚余 ([\d,]+))")
SHORT = re.compile(r"(?: by ([\d,]+)\b|，(?:差|超出|多出) ([\d,]+)\b)")
QUORUM = {"ordinary": "quorum", "major": "special-quorum", "personnel": "special-quorum"}


def told(pattern, text):
    found = pattern.search(text)
    return 0 if found is None else int((found[1] or found[2]).replace(",", ""))


def findings(rule, facts):
    try:
        return {f.provision: f for f in decide(rule, Facts(facts), DAY).findings}
    except PolicyError:
        return {}


@pytest.mark.parametrize("matter", ["ordinary", "personnel"])
def test_members_who_may_go_may_go_and_no_more(matter):
    """Every number of members from 2 to 200 and every number present: the sentence, in both languages, and the margin."""
    rule = policy_engine.load().rule("party-group.meeting")
    require = next(p for p in rule.provisions if p.id == QUORUM[matter]).require
    for members in range(2, 201):
        facts = {"members": Fraction(members), "matter": matter}
        cases = [Situation(rule, facts | {"present": Fraction(n)}, DAY, {}) for n in range(members + 1)]
        holds = [case.of(require) for case in cases]
        for present, (case, held) in enumerate(zip(cases, holds, strict=True)):
            text, gap = why(require, case, held), margin(require, case, held)
            for words in text:
                if held:
                    spare = told(SPARE, words)
                    assert holds[present - spare] is True, (members, present, words)
                    assert present - spare == 0 or not holds[present - spare - 1], (members, present, words)
                    assert spare <= gap.to_spare < spare + 1
                else:
                    short = told(SHORT, words)
                    assert holds[present + short] is True, (members, present, words)
                    assert not holds[present + short - 1], (members, present, words)
                    assert short - 1 < gap.short_by <= short


@pytest.mark.parametrize("matter", ["ordinary", "personnel"])
@pytest.mark.parametrize("members", [2, 3, 9, 10, 11, 200])
def test_the_remedy_says_what_the_reason_says(matter, members):
    rule, name = policy_engine.load().rule("party-group.meeting"), QUORUM[matter]
    for present in range(0, members + 1, max(1, members // 9)):
        facts = {"members": Fraction(members), "matter": matter, "present": Fraction(present)}
        found = findings(rule, facts)[name]
        if found.status == "violated":
            short = told(SHORT, found.reason.zh)
            assert [r.value for r in found.remedies if r.input == "present"] == [present + short]


BOUNDS = ["c1 {} c2 / 2", "c1 {} 2/3 of c2", "c1 {} c2 - 3", "c1 {} 9", "2/3 of c2 {} c1", "c1 {} max(c2, 4)"]


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("form", BOUNDS)
@pytest.mark.parametrize("negated", ["", "not "])
def test_a_count_is_held_against_the_whole_number_that_would_do(form, op, negated):
    rule = some.composed(
        some.declared([{"id": "check-1", "cite": some.CITE, "require": f"{negated}({form.format(op)})"}])
    )
    for c1 in range(0, 12, 1):
        for c2 in (0, 3, 4, 7, 11):
            facts = {"c1": Fraction(c1), "c2": Fraction(c2)}
            found = findings(rule, facts)["check-1"]
            holds = found.status == "satisfied"
            for text in (found.reason.en, found.reason.zh):
                gap = told(SPARE if holds else SHORT, text)
                reached = {s: status(rule, facts, c1 + s * gap) for s in (-1, 1)}
                beyond = {s: status(rule, facts, c1 + s * (gap + (1 if holds else -1))) for s in (-1, 1)}
                if holds:
                    assert any(reached[s] and not beyond[s] for s in (-1, 1)), (facts, text)
                elif "by" in text or "差" in text or "出" in text.split("，")[-1]:
                    assert any(reached[s] and not beyond[s] for s in (-1, 1)) or op in "<>", (facts, text)


def status(rule, facts, c1):
    return findings(rule, facts | {"c1": Fraction(c1)})["check-1"].status == "satisfied"


MEANT = {
    "m1 < m2": ({"m1": 90, "m2": 100}, "less than 10 yuan to spare", "低于 100，余量不足 10 元"),
    "s1 > s2": ({"s1": Fraction("0.12"), "s2": Fraction("0.1")}, "12% is above 10%, less than 2 percentage points to spare", "12% 超过 10%，余量不足 2 个百分点"),
    "m1 / m2 <= 15%": ({"m1": 3, "m2": 7}, "by about 27.8572 percentage points", "，超出约 27.8572 个百分点"),
    "m1 / m2 <= 50%": ({"m1": 1, "m2": 3}, ", about 16.6666 percentage points to spare", "，尚余约 16.6666 个百分点"),
    "s1 <= 30%": ({"s1": 1}, "exceeds 30% by 70 percentage points", "超过 30%，超出 70 个百分点"),
    "s1 >= 92%": ({"s1": Fraction("0.9199")}, "by 0.01 percentage points", "差 0.01 个百分点"),
    "m1 / m2 >= 50%": ({"m1": 1, "m2": 3}, "1/3 (about 33.3333%) falls short of 50% by about 16.6667 percentage points", "1/3（约 33.3333%）低于 50%，差约 16.6667 个百分点"),
    "m1 <= 15% of m2": ({"m1": 15001, "m2": 100003}, "by 0.55 yuan", "超出 0.55 元"),
    'any_in(z1, ["red"])': ({"z1": frozenset({"blue"})}, "z1 includes none of red", "z1不包含red"),
    'all_in(["red", "blue"], z1)': ({"z1": frozenset({"blue"})}, "z1 lacks red", "z1缺少red"),
    'all_in(z1, ["red"])': ({"z1": frozenset({"red", "blue"})}, "z1 holds besides blue", "z1多出blue"),
    "all_in(z1, [])": ({"z1": frozenset({"blue"})}, "z1 includes blue", "z1包含blue"),
    "not all_in(z1, [])": ({"z1": frozenset()}, "z1 are none", "z1：无"),
    "z1 == z2": ({"z1": frozenset({"red"}), "z2": frozenset({"blue"})}, "z1: lacks blue; has besides red", "z1：缺少blue；多出red"),
    'k1 == "red"': ({"k1": "red"}, "k1: red", "k1：red"),
    "size(z1) > 2": ({"z1": frozenset({"red"})}, "the number of (red) = 1 does not exceed 2 (at least 3), short by 2", "（red）的项数 = 1 未超过 2（至少 3），差 2"),
    "c1 > 0": ({"c1": 0}, "c1: 0", "c1：0"),
    "d1 <= as_of": ({"d1": dt.date(2024, 1, 1)}, "d1: 2024-01-01 is not after ", "d1：2024-01-01 不晚于 "),
    "c1 < 10": ({"c1": 3}, "3 is below 10 (at most 9), 6 to spare", "3 低于 10（至多 9），尚余 6"),
    "c1 > 9/2": ({"c1": 6}, "6 is above 9/2 (at least 5), 1 to spare", "6 超过 9/2（至少 5），尚余 1"),
    "d1 > d2": ({"d1": dt.date(2024, 1, 1), "d2": dt.date(2024, 1, 3)}, "is not after 2024-01-03, early by 2 days", "不晚于 2024-01-03，相差 2 天"),
    "d1 < d2": ({"d1": dt.date(2024, 1, 1), "d2": dt.date(2024, 1, 3)}, "is earlier than 2024-01-03, 1 day to spare", "尚余 1 天"),
    "round(s1, 1%) >= 49%": ({"s1": Fraction("0.484")}, "s1: 48.4% rounded to 1% = 48% falls short of 49%", "s1：48.4%按1%四舍五入 = 48% 低于 49%"),
    "round(s1, 1%) >= 50%": ({"s1": Fraction("0.49")}, "s1: 49% falls short of 50%", "s1：49% 低于 50%"),
    "floor(m1 + m2, 10) <= 50": ({"m1": 33, "m2": 35}, "(33 + 35) rounded down to 10 = 60 exceeds 50", "(33 + 35)按10向下取整 = 60 超过 50"),
    "mod(c1, 2) == 1": ({"c1": 4}, "4 modulo 2 = 0 differs from 1", "4除以2的余数 = 0 不等于 1"),
    "months(d1, d2) >= 6": ({"d1": dt.date(2024, 1, 1), "d2": dt.date(2024, 6, 30)}, "whole months from 2024-01-01 to 2024-06-30 = 5 falls short of 6", "2024-01-01至2024-06-30的足月数 = 5 低于 6"),
    "count(f1, c1 > 5) >= 2": ({"f1": True, "c1": 4}, "how many hold (f1: yes; c1: 4 does not exceed 5 (at least 6), short by 2) = 1 falls short of 2", "（f1：是；c1：4 未超过 5（至少 6），差 2）中成立的项数 = 1 低于 2"),
    "count(f1, f2, f3) >= 2": ({"f1": True, "f2": True}, "how many hold (f1: yes; f2: yes; f3: unknown)", "（f1：是；f2：是；f3：未知）中成立的项数"),
    "total(f1, m1, f2, m2, true, m3) <= 5": ({"f1": True, "f2": False, "m1": 8, "m2": 90, "m3": 1}, "the sum of what counts (8, 1) = 9 exceeds 5 by 4 yuan", "计入各项（8、1）之和 = 9 超过 5，超出 4 元"),
    "total(f1, m1, f2, 3) <= 0": ({"f1": False, "f2": False, "m1": 7}, "the sum of what counts (none) = 0 does not", "计入各项（无）之和 = 0"),
    "least(f1, m1, f2, m2) >= 5": ({"f1": True, "f2": True, "m1": 8, "m2": 3}, "the least of what counts (8, 3) = 3 falls short", "计入各项（8、3）中最小者 = 3 低于 5"),
    "greatest(f1, m1, f2, m2) <= 5": ({"f1": True, "f2": True, "m1": 8, "m2": 3}, "the greatest of what counts (8, 3) = 8 exceeds", "计入各项（8、3）中最大者 = 8 超过 5"),
    'starts_with(q1, "01") == f1': ({"q1": "0151", "f1": False}, "f1: no; q1: 0151 begins with 01: one without the other", "f1：否；q1：0151 开头为 01：二者不一致"),
    'position(["red", "green", "blue"], k1) <= 2': ({"k1": "blue"}, "the place of blue in (red, green, blue) = 3 exceeds 2", "blue在（red、green、blue）中的位次 = 3 超过 2"),
    'first_outside(["red", "green", "blue"], z1) == "red"': ({"z1": frozenset({"red"})}, "the first of (red, green, blue) not in (red) = green is not red", "（red、green、blue）中依序首个不属于（red）者 = green，不是“red”"),
    'first_after(["red", "green", "blue"], k1, z1) == "blue"': ({"k1": "red", "z1": frozenset()}, "the first of (red, green, blue) after red and not in (none) = green", "（red、green、blue）中red之后首个不属于（无）者 = green"),
    'k1 in ["red", "green"]': ({"k1": "blue"}, "k1: blue is not one of: red, green", "k1：blue，不属于：red、green"),
    'any_in(z1, ["red", "green"])': ({"z1": frozenset({"blue"})}, "z1 includes none of red, green", "z1不包含red、green"),
    'z1 == ["red", "green"]': ({"z1": frozenset()}, "z1: lacks red, green", "z1：缺少red、green"),
    "k1 != k2": ({"k1": "red", "k2": "red"}, "k1 and k2 are both red", "k1与k2均为red"),
    "d1 != d2": ({"d1": dt.date(2024, 3, 4), "d2": dt.date(2024, 3, 4)}, "d1 and d2 are both 2024-03-04", "d1与d2均为2024-03-04"),
    "round(m1, 10) != round(m2, 10)": ({"m1": 5, "m2": 5}, "m1 and m2 are both 5 rounded to 10 = 10", "m1与m2均为5按10四舍五入 = 10"),
    'k1 != "red"': ({"k1": "red"}, "k1: red", "k1：red"),
    "abs(m1 - m2) <= 4": ({"m1": 5, "m2": 15}, "the size of (5 - 15) = 10 exceeds 4", "(5 - 15)的绝对值 = 10 超过 4"),
    "max(m1, m2) <= 4": ({"m1": 5, "m2": 5}, "the greater of (5, 5) = 5 exceeds 4", "（5、5）中较大者 = 5 超过 4"),
    "year(d1) == 2025": ({"d1": dt.date(2024, 5, 5)}, "the year of (2024-05-05) = 2024 differs", "2024-05-05的年份 = 2024 不等于 2025"),
    "round(m1 / 3, 10) <= 5": ({"m1": 100}, "(100 / 3) rounded to 10 = 30 exceeds 5", "(100 / 3)按10四舍五入 = 30 超过 5"),
    "2 * round(m1, 10) <= 5": ({"m1": 17}, "2 × (17 rounded to 10) = 40 exceeds 5", "2 × (17按10四舍五入) = 40 超过 5"),
    "2 * floor(s1 * 10) <= 5": ({"s1": Fraction("0.77")}, "2 × rounded down (77% × 10) = 14 exceeds 5", "2 × ((77% × 10)向下取整) = 14 超过 5"),
    "if f1 then false else true": ({"f1": True}, "f1: yes", "f1：是"),
    "if f1 then true else false": ({"f1": False}, "f1: no", "f1：否"),
    "if f1 then false else false": ({}, "the condition: no", "条件：否"),
    "if f1 then c1 > 5 else true": ({"f1": True, "c1": 4}, "c1: 4 does not exceed 5", "c1：4 未超过 5"),
    "f1 != f2": ({"f1": True, "f2": True}, "f1: yes; f2: yes: both or neither", "f1：是；f2：是：二者一致"),
    "working_days(d1, d2) <= 2": ({"d1": dt.date(2024, 3, 4), "d2": dt.date(2024, 3, 7)}, "working days after 2024-03-04 up to 2024-03-07 = 3 exceeds 2", "2024-03-04之后至2024-03-07的工作日数 = 3 超过 2"),
    "d1 + c1 * 1 working day >= d2": ({"d1": dt.date(2024, 3, 4), "d2": dt.date(2024, 3, 7), "c1": 2}, "2024-03-04 + 2 working days = 2024-03-06", "2024-03-04 + 2 个工作日 = 2024-03-06"),
    "d1 + c1 * 30 days >= d2": ({"d1": dt.date(2024, 1, 4), "d2": dt.date(2024, 12, 7), "c1": 2}, "2024-01-04 + 2 × 30 days = 2024-03-04", "2024-01-04 + 2 × 30 天 = 2024-03-04"),
    "c1 in [7, 9, 11]": ({"c1": 4}, "c1: 4 is not one of: 7, 9, 11", "c1：4，不属于：7、9、11"),
    "c1 not in [7, 9]": ({"c1": 4}, "c1: 4 is not one of: 7, 9", "c1：4，不属于：7、9"),
    "s1 >= 50%": ({"s1": Fraction("0.49")}, "by 1 percentage point", "差 1 个百分点"),
}  # fmt: skip


@pytest.mark.parametrize("require", MEANT)
def test_a_reason_says_what_is_meant(require):
    facts, en, zh = MEANT[require]
    rule = some.composed(some.declared([{"id": "check-1", "cite": some.CITE, "require": require}]))
    facts = {n: Fraction(v) if isinstance(v, int) and not isinstance(v, bool) else v for n, v in facts.items()}
    found = findings(rule, facts)["check-1"]
    assert en in found.reason.en
    assert zh in found.reason.zh


def test_every_function_has_words_in_a_reason():
    """None is called by the name it has for the program."""
    conditions = {"starts_with", "any_in", "all_in", "is_working_day", "in_season"}
    said = {*relations.FUNCTIONS, *(name for name, _ in relations.IN_PLACE), *conditions, "add_working_days"}
    assert said == set(FUNCTIONS)


@given(some.rules(), some.all_facts)
def test_a_reason_is_of_the_status_and_never_of_python(rule, facts):
    for found in findings(rule, facts).values():
        assert found.reason.en
        assert not re.search(r"True|False|Fraction|frozenset|None", found.reason.en + found.reason.zh)


BOUND = some.expressions("count", 1).filter(lambda node: "c1" not in ir.names(node))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["<", "<=", ">", ">="]), BOUND, some.all_facts, st.booleans())
def test_reason_margin_and_remedy_of_any_bound_say_one_thing(op, bound, facts, mirrored):
    """The figure said to spare may go and one more may not; what is short is what the remedy adds; in Chinese no name."""
    sides = (bound, ir.Name("c1")) if mirrored else (ir.Name("c1"), bound)
    data = some.declared([some.check(1, ir.Compare(op, *sides))])
    for i, (name, entry) in enumerate(data["inputs"].items()):
        entry["label"] = {"en": f"Label of {name}", "zh": "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未"[i % 18] + "项"}
    rule = some.composed(data)
    (found,) = findings(rule, facts).values()
    holds, gap = found.status == "satisfied", found.margin
    if gap is None or found.status not in ("satisfied", "violated"):
        return
    assert not set(re.findall(r"[A-Za-z_]\w*", found.reason.zh)) & {*rule.inputs, "True", "False", "None", *FUNCTIONS}
    direction = -1 if op in (">", ">=") else 1
    direction = direction * (-1 if mirrored else 1) * (1 if holds else -1)
    for text in (found.reason.en, found.reason.zh):
        told_ = told(SPARE if holds else SHORT, text)
        if holds:
            assert status(rule, facts, facts["c1"] + direction * told_), text
            assert not status(rule, facts, facts["c1"] + direction * (told_ + 1)), text
            assert told_ <= gap.to_spare <= told_ + 1
        elif told_:
            assert status(rule, facts, facts["c1"] + direction * told_), text
            assert not status(rule, facts, facts["c1"] + direction * (told_ - 1)), text
            assert told_ - 1 <= gap.short_by <= told_
            assert [r.change for r in found.remedies if r.input == "c1"] in ([], [direction * told_])
