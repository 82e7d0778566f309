"""What is valid but poor: each warning has an example that earns it, and a rule that earns none."""

import inspect
import re

import pytest

from policy_engine.proving import lint

GOOD = """decision: town.rule
document: 市发〔2024〕1号
inputs:
  amount: {type: money}
  uses: {type: set, open: true, of: [sport, music]}
readings:
  base:
    question: of what
    default: all
    options: {all: {why: a}, part: {why: b}}
provisions:
  - id: cap
    cite: {at: 一, phrase: 不超过3000元}
    when: base == "all" or base == "part"
    require: amount <= 3000
  - id: use
    cite: {at: 一, phrase: 用于体育、音乐等}
    require: any_in(uses, ["sport", "music"])
"""
DOCUMENTS = "documents: [{number: 市发〔2024〕1号}]"
POOR = {
    "literal-not-in-phrase": ("3000元", "2000元"),
    "unknown-document": ("document: 市发〔2024〕1号", "document: 市发〔2024〕2号"),
    "unused-input": ("amount: {type: money}", "amount: {type: money}\n  spare: {type: flag}"),
    "unused-reading": ('base == "all" or base == "part"', "amount > 0"),
    "constant-condition": ('base == "all" or base == "part"', "2024-01-01 < 2024-01-02"),
    "long-phrase": ("不超过3000元", "不超过3000元" + "且" * lint.LONG_PHRASE),
    "closed-list": (", open: true", ""),
    "option-without-effect": (
        "    require: any_in(uses",
        "    force: option\n    when: amount > 3000\n    require: any_in(uses",
    ),
    "unknown-see": ("require: amount <= 3000", "require: amount <= 3000\n    see: [town.rule/none]"),
    "no-scenario": ("amount <= 3000", "amount <= 3000"),
}


def warned(book, proved):
    return [found.code for found in lint.lint(book, proved)]


def test_a_good_rule_earns_no_warning(town):
    assert warned(town(GOOD, DOCUMENTS), {"town.rule": {"cap", "use"}}) == []


def test_each_warning_has_an_example():
    codes = re.findall(r'problem\(\s*"([a-z-]+)"', inspect.getsource(lint))
    assert set(codes) == set(POOR)


@pytest.mark.parametrize("code", POOR)
def test_what_is_poor_is_warned_of(town, code):
    before, after = POOR[code]
    assert before in GOOD
    text = GOOD.replace(before, after)
    if code == "constant-condition":
        text = text.replace('"all" == "all" or base == "part"', "2024-01-01 < 2024-01-02")
        text += '  - {id: other, cite: {at: 一, phrase: 甲}, require: base == "all"}\n'
    proved = {} if code == "no-scenario" else {"town.rule": {"cap", "use", "other"}}
    assert code in warned(town(text, DOCUMENTS), proved)
