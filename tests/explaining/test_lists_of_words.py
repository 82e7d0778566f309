"""Words of a list in Chinese: in quotes where one has a comma of its own, wherever labels are listed."""

import datetime as dt

import pytest

import policy_engine
from policy_engine.explaining.chinese import listed

BOOK, DAY = policy_engine.load(), dt.date(2025, 3, 1)


@pytest.mark.parametrize(("words", "lang", "said"), [
    (["甲", "乙、丙", "丁，戊"], "zh", "“甲”、“乙、丙”、“丁，戊”"), (["甲", "乙"], "zh", "甲、乙"), (["甲", "乙，丙"], "zh", "“甲”、“乙，丙”"), (["建成“无废细胞”单位", "甲、乙"], "zh", "“建成‘无废细胞’单位”、“甲、乙”"), ([], "zh", ""), (["a", "b, c"], "en", "a, b, c"),
])  # fmt: skip
def test_it_is_told_where_a_word_ends(words, lang, said):
    assert listed(words, lang) == said


def test_options_and_facts_with_commas_are_told_apart():
    [waiting] = [f for f in BOOK.decide("party-group.decision", {}, as_of=DAY).findings if f.provision == "minutes"]
    assert "未知：“纪要已印发党组成员”、“已通知有关部门办理”、“已确定密级、归档和保管”、" in waiting.reason.zh
    ordinary = BOOK.decide("party-group.meeting", {"matter": "ordinary"}, as_of=DAY)
    [idle] = [f for f in ordinary.findings if f.provision == "one-by-one"]
    assert "不属于：“干部任免”、“推荐、提名干部”、“干部奖励”、“干部惩处”" in idle.reason.zh
