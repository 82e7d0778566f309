"""An interview: whatever way it went, the answer is that of what was said; nothing is asked that nothing waits for."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import policy_engine
from policy_engine.asking import interview
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import to_json
from policy_engine.doors.main import app

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)


def values(entry, rule):
    return [to_json(value) for value in interview._candidates(entry, rule, DAY)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_after_any_walk_the_answer_is_that_of_what_was_said(data):
    begun = BOOK.interview(data.draw(st.sampled_from(BOOK.decisions())), as_of=DAY)
    rule, steps, asked = begun.rule, [begun], set()
    for _ in range(data.draw(st.integers(1, 12))):
        now = steps[-1]
        if not now.questions:
            break
        entry = now.questions[0]
        assert entry.name in now.decision.missing
        assert entry.name not in now.answers
        asked.add(entry.name)
        step = data.draw(st.sampled_from(("answer", "answer", "answer", "skip", "back", "change")))
        if step == "back" and len(steps) > 1:
            steps.pop()
        elif step == "skip":
            steps.append(now.skip(entry.name))
            assert entry.name not in [q.name for q in steps[-1].questions]
        else:
            named = data.draw(st.sampled_from(sorted(now.answers))) if step == "change" and now.answers else entry.name
            can = values(rule.inputs[named], rule)
            try:
                steps.append(now.answer(named, data.draw(st.sampled_from(can))) if can else now.skip(named))
            except PolicyError:
                assert steps[-1] is now  # facts that contradict each other: what was said stands
    last = steps[-1]
    assert last.decision.to_json() == BOOK.decide(rule.decision, last.answers, DAY).to_json()
    assert set(last.answers) <= asked


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_two_ways_a_case_may_turn_out_do_turn_out_so(decision):
    begun = BOOK.interview(decision, as_of=DAY)
    found = {entry.name: begun.completion(entry.name) for entry in begun.questions[:2]}
    for name, two in found.items():
        if two is not None:
            outcomes = [BOOK.decide(decision, {**two.facts, name: value}, DAY).outcome for value, _ in two[1:]]
            assert outcomes == [outcome for _, outcome in two[1:]]
            assert outcomes[0] != outcomes[1]


def test_nothing_more_is_told_than_is_needed_to_tell_two_ways_apart():
    begun = BOOK.interview("award.grant", {"activity": "commendation", "recipient": "individual"}, DAY)
    two = begun.completion("amount")
    assert {one[1] for one in two[1:]} == {"compliant", "non_compliant"}
    for fact in two.facts:
        fewer = {n: v for n, v in {**begun.answers, **two.facts}.items() if n != fact}
        outcomes = [BOOK.decide("award.grant", {**fewer, "amount": value}, DAY).outcome for value, _ in two[1:]]
        assert outcomes != [outcome for _, outcome in two[1:]]


def test_what_is_assumed_beside_a_fact_alone_is_told_where_the_fact_is_not(town):
    """Nothing is taken for granted of `deferred` before votes are counted: two ways to turn out have to say it."""
    rule = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  close: {type: flag}
  votes: {type: count}
  deferred: {type: flag, assume: {value: false, if_given: votes, why: {en: nobody said so, zh: 未载明}}}
provisions: [{id: defer, cite: {at: 第一条, phrase: 应当暂缓}, when: close, require: deferred}]
"""
    begun = town(rule).interview("town.rule", as_of=DAY)
    two = begun.completion("close")
    assert {outcome for _, outcome in two[1:]} == {"not_applicable", "non_compliant"} or "deferred" in two.facts


def test_a_number_between_limits_of_which_the_rule_says_nothing_else_has_values_too():
    rule = BOOK.rule("government.substitution")
    assert {"2", "10"} <= set(values(rule.inputs["vice_mayors"], rule))


def talk(tmp_path, lines, *options):
    saved = tmp_path / "facts.yaml"
    told = CliRunner().invoke(
        app, ["ask", "award.grant", "--as-of", "2025-03-01", "--save", str(saved), *options], input=lines
    )
    return told, saved


def test_a_conversation_ends_with_the_report_and_the_facts(tmp_path):
    told, saved = talk(tmp_path, "1\n?\n1\n-\n<\n4000\namount=3000\nyes\n", "--lang", "en")
    assert told.exit_code == 0, told.stderr
    assert "COMPLIANT" in told.stdout
    assert "for example" in told.stderr
    again = CliRunner().invoke(
        app, ["check", "award.grant", "--as-of", "2025-03-01", "--facts", str(saved), "--lang", "en"]
    )
    assert again.stdout == told.stdout


def test_in_chinese_the_facts_are_kept_in_words_and_read_again_as_the_same(tmp_path):
    saved = tmp_path / "facts.yaml"
    ask = ["ask", "fund.investment", "--as-of", "2025-03-01", "--lang", "zh"]
    lines = "1\n2亿元\n?\n15亿元\n<\n16亿元\n-\n子基金总规模=10亿元\n-\n-\n-\n5,8\n是\n.\n"
    told = CliRunner().invoke(app, [*ask, "--save", str(saved)], input=lines)
    kept = saved.read_text(encoding="utf-8")
    assert "投资方式: 子基金" in kept and "母基金总规模: 16亿元" in kept and "期货" in kept
    assert not set("abcdefghijklmnopqrstuvwxyz_") & set(kept)
    again = CliRunner().invoke(app, ["check", *ask[1:], "--facts", str(saved)])
    assert (again.stdout, again.exit_code) == (told.stdout, told.exit_code)


def test_a_fact_is_the_same_whatever_it_is_called(tmp_path):
    """What is set wins over the file, what is answered over both; a mistake of the file is told by its line."""
    known = tmp_path / "known.yaml"
    known.write_text("每人奖金: 5000\n表彰对象: 个人\n", encoding="utf-8")
    told, saved = talk(tmp_path, "每人奖金=2000\n.\n", "--lang", "zh", "--facts", str(known), "--set", "amount=3000")
    assert told.exit_code == 3, told.stderr
    assert "奖金: 2000" in saved.read_text(encoding="utf-8")
    known.write_text("表彰对象: 个人\n每人奖金: 很多\n", encoding="utf-8")
    told, _ = talk(tmp_path, ".\n", "--lang", "zh", "--facts", str(known))
    assert (told.exit_code, "known.yaml:2:" in told.stderr) == (2, True), told.stderr


def test_what_is_no_answer_is_said_and_asked_again(tmp_path):
    told, saved = talk(tmp_path, "9\n\n甲\n.\n", "--lang", "zh")
    assert told.exit_code == 3
    assert told.stderr.count("不是以下之一") == 2
    assert "未填写" in told.stderr
    assert saved.read_text() == ""


def test_what_was_said_before_is_not_asked(tmp_path):
    told, _ = talk(tmp_path, "", "--set", "表彰对象=集体", "--lang", "zh")
    assert "（1 个人、2 集体）" not in told.stderr
    assert told.exit_code == 3


TOWN = policy_engine.load("examples/second-city/rules")


def test_a_list_is_counted_and_then_asked_for_row_by_row():
    begun = TOWN.interview("heating.subsidy", as_of=DAY)
    assert begun.questions[0].type_name == "rows"
    assert begun.completion("member") is None
    counted = begun.answer("member", [{}, {}])
    assert {"member[1].relation", "member[2].relation"} <= {entry.name for entry in counted.questions}
    said = counted.answer("member[1].relation", "applicant")
    facts = {"member": [{"relation": "applicant"}, {}]}
    assert said.decision.outcome == TOWN.decide("heating.subsidy", facts, DAY).outcome
    assert said.decision.missing == TOWN.decide("heating.subsidy", facts, DAY).missing


def test_two_ways_of_a_case_with_a_list_keep_to_the_list():
    begun = TOWN.interview("heating.subsidy", {"member": [{"relation": "applicant"}]}, DAY)
    for entry in begun.questions:
        two = begun.completion(entry.name)
        for value, outcome in () if two is None else two[1:]:
            assert (
                TOWN.decide("heating.subsidy", {**begun.answers, **two.facts, entry.name: value}, DAY).outcome
                == outcome
            )


@pytest.mark.parametrize(("said", "kept"), [("2", "  - {}\n  - {}\n"), ("[{出生日期: 1950-01-01}]", "出生日期")])
def test_a_list_is_typed_as_a_number_or_as_its_rows(tmp_path, said, kept):
    saved = tmp_path / "facts.yaml"
    command = ["ask", "heating.subsidy", "--rules", "examples/second-city/rules", "--save", str(saved)]
    told = CliRunner().invoke(app, command, input=f"{said}\n.\n")
    assert told.exit_code == 3, told.stderr
    assert kept in saved.read_text(encoding="utf-8")


def test_options_are_told_apart_by_a_mark_that_stands_in_none_of_them(tmp_path):
    told, _ = talk(tmp_path, "个人\n?\n9\n", "--lang", "zh")
    assert "（1 评比达标表彰；2 年度、绩效、目标、责任制考核；3 " in told.stderr
    assert "不是以下之一：评比达标表彰；年度、绩效、目标、责任制考核；" in told.stderr
    assert "尚有 4 项未填" in told.stderr
    assert "例如（所得奖金：3001 元；项目经自治区党委、政府批准：否）：填“评比达标表彰”则不合规；" in told.stderr


def test_what_stands_in_a_row_goes_by_its_label_too(tmp_path):
    command = [
        "ask",
        "travel.expenses",
        "--rules",
        "examples/second-city/rules",
        "--as-of",
        "2025-08-01",
        "--lang",
        "zh",
    ]
    told = CliRunner().invoke(
        app, [*command, "--set", "outside=是"], input="2\n住宿（第1项）当晚房费=-5\n住宿（第2项）当晚房费=500\n"
    )
    assert "“住宿（第1项）当晚房费”：`-5` 不可用：须不小于 0" in told.stderr
    assert '"stay[2].paid": 500' in told.stderr
    kept = tmp_path / "facts.yaml"
    kept.write_text(told.stderr.split("使用）：\n")[1], encoding="utf-8")
    again = CliRunner().invoke(app, ["check", *command[1:], "--facts", str(kept)])
    assert again.stdout == told.stdout
