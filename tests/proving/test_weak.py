"""What scenarios leave open is told in Chinese by labels, in English as it is written in the rule."""

import re

import pytest

import policy_engine
from policy_engine.proving.coverage import coverage
from policy_engine.proving.mutate import mutants
from policy_engine.proving.weak import described, lacking, unnoticed

BOOK = policy_engine.load()
GRANT, YEAR = BOOK.rule("award.grant"), BOOK.rule("party-group.year")


@pytest.mark.parametrize(("rule", "provision", "change", "said"), [
    (GRANT, "individual-cap", 'when: recipient != "individual"', "“每人不超过3000元”：适用条件改为：表彰对象不为“个人”"),
    (GRANT, "individual-cap", "require at 16: and → or", "要求第 16 个字符起，且 改为 或"),
    (GRANT, "individual-cap", "require at 11: 3000 → 3001", "要求第 11 个字符起，3000 改为 3001"),
    (GRANT, "individual-cap", "unless 2: dropped", "删去第 2 项例外"), (GRANT, "individual-cap", "force: ordinary", "约束力改为一般"),
    (GRANT, "cap", 'value: if recipient == "individual" then 3000 else unsettled', "表彰对象为“个人”的，3000；其他，文本未作规定"),
    (GRANT, "register", "received_this_year: sum amount", "登记表：“本年度已领奖金”改为所得奖金之和"),
    (GRANT, "register", "received_this_year: where false", "“本年度已领奖金”改为不计任何登记"),
    (YEAR, "register", "field_days: count", "“成员本年深入基层天数”改为按次计"), (YEAR, "register", "full_reports: per 6 months", "改为每 6 个月合计"),
    (YEAR, "register", "date: no_such", "登记日期改为：no_such"), (YEAR, "no-such", "gone", "党组及其成员的年度要求：gone"),
])  # fmt: skip
def test_a_change_is_told_by_labels(rule, provision, change, said):
    assert said in unnoticed(rule.decision, provision, change, rule, "zh")
    assert unnoticed(rule.decision, provision, change, rule, "en") == f"{rule.decision}/{provision}: {change}"


def test_no_short_change_of_a_shipped_rule_has_a_name_in_chinese():
    for rule in BOOK.rules():
        for mutant in mutants(rule):
            told = described(mutant, "zh").partition("：")[2]
            assert "…" in mutant.change or not re.search("[a-z]_[a-z]|[a-z]{8}", told), (mutant.change, told)


def test_what_no_scenario_exercises_is_told_by_labels():
    rows = {row.provision.id: row for row in coverage(BOOK, [], None) if row.decision == "award.grant"}
    told = lacking(rows["individual-cap"], GRANT, "zh")
    assert told.startswith(
        "表彰奖励资金，“每人不超过3000元”：缺少情景：符合；不符合；无法判定；恰在界限上（所得奖金 ≤ 3000）"
    )
    assert "not satisfied; undetermined; bound amount <= 3000" in lacking(rows["individual-cap"], GRANT, "en")
    assert "第 1 种情形；第 2 种情形" in lacking(rows["cap"], GRANT, "zh")
