"""Decision tables: several formulas from one grid, of the row that holds, of the first, or of all that hold."""

import pytest

import policy_engine
from policy_engine.basics.values import Unknown
from policy_engine.proving.cases import load_cases
from policy_engine.proving.lint import not_in_phrase
from policy_engine.proving.mutate import survivors

RULE = """
decision: ferry.permit
document: 湾政办发〔2023〕12号
inputs:
  age:   {type: count, label: {en: Age, zh: 年龄}}
  risk:  {type: choice, of: [low, high], label: {en: Risk, zh: 风险}}
  local: {type: flag, label: {en: Local, zh: 本地}}
  since: {type: date, label: {en: Since, zh: 自}}
  paid:  {type: money, label: {en: Paid, zh: 已缴}}
decision_tables:
  permit:
    on: [age, risk]
    gives: {status: {type: choice, of: [approved, declined]}, fee: {type: money, title: {en: Fee, zh: 费用}}}
    cite: {at: 第二条, phrase: 满18周岁低风险收40元，已缴5%}
    rows:
      - [">= 18", low, approved, 40]
      - [">= 18", high, declined, 5% of paid]
      - {is: ["< 18", "-", declined, 7], cite: {at: 第三条, phrase: 不满18周岁7元}}
  points:
    on: [local, "2 * age", since]
    gives: {all: {type: count, by: sum}, rows_held: {type: count, by: count}, least: {type: money, by: min}, most: {type: money, by: max}}
    cite: {at: 附表, phrase: "本地3分20元，30岁5分10元，2020年1月1日前7分30元，2022年1月1日2分40元"}
    derived: [{value: 60, why: 两倍}, {value: 62, why: 两倍}]
    rows:
      - [yes, "-", "-", 3, 20]
      - ["-", ">= 60", "-", 5, 10]
      - ["-", "-", "< 2020-01-01", 7, 30]
      - [no, "in [60, 62]", 2022-01-01, 2, 40]
  grade: {on: [age], gives: {band: {type: choice, of: [a, b, c]}}, match: first, cite: {at: 第四条, phrase: 10岁20岁}, rows: [["< 10", a], ["< 20", b], ["-", c]]}
provisions:
  - {id: enough, cite: {at: 第五条, phrase: 不少于10分}, require: all >= 10}
  - {id: fee-paid, cite: {at: 第五条, phrase: 缴足费用}, require: paid >= fee}
"""
RULE = RULE.replace(", 3, 20]", ", 3, 3, 20, 20]").replace(
    ", 5, 10]", ", 5, 5, 10, 10]").replace(", 7, 30]", ", 7, 7, 30, 30]").replace(", 2, 40]", ", 2, 2, 40, 40]")  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    root = tmp_path_factory.mktemp("town")
    (root / "ferry").mkdir()
    (root / "ferry" / "permit.yaml").write_text(RULE, encoding="utf-8")
    return policy_engine.load(root)


def decided(town, **facts):
    found = town.decide("ferry.permit", facts, "2024-01-01")
    return found.values, {f.provision: f for f in found.findings}, found


def test_each_column_is_of_the_row_that_holds(town):
    values, _, found = decided(town, age=18, risk="low")
    assert (values["status"], values["fee"]) == ("approved", 40)
    assert decided(town, age=20, risk="high", paid=1000)[0]["fee"] == 50
    values, _, found = decided(town, age=17)
    assert (values["status"], values["fee"]) == ("declined", 7)
    assert {r.provision: r.cites for r in found.results}["fee"][0].phrase == "不满18周岁7元"
    assert decided(town, risk="low")[0]["fee"] == Unknown(("age",))


def test_rows_that_hold_are_collected(town):
    values, _, _ = decided(town, local=True, age=30, since="2019-01-01")
    assert (values["all"], values["rows_held"], values["least"], values["most"]) == (15, 3, 10, 30)
    values, _, _ = decided(town, local=False, age=31, since="2022-01-01")
    assert (values["all"], values["rows_held"], values["least"], values["most"]) == (7, 2, 10, 40)
    values, _, _ = decided(town, local=False, age=29, since="2022-01-01")
    assert (values["all"], values["rows_held"]) == (0, 0)
    assert isinstance(values["least"], Unknown)


def test_the_first_row_that_holds(town):
    assert [decided(town, age=n)[0]["band"] for n in (9, 10, 19, 20)] == ["a", "b", "b", "c"]


def test_a_sum_is_mended_by_what_brings_a_row_about(town):
    _, findings, _ = decided(town, local=True, age=29, since="2019-01-01", risk="low", paid=40)
    assert findings["enough"].status == "satisfied"
    _, findings, _ = decided(town, local=False, age=29, since="2019-01-01", risk="low", paid=30)
    told = {r.input: (r.relation, r.value) for r in findings["enough"].remedies}
    assert told == {"age": (">=", 30), "local": ("==", True)}
    assert {r.input: r.value for r in findings["fee-paid"].remedies}["paid"] == 40


def test_literals_are_held_to_the_phrase_of_their_row(town):
    assert [p.message.en for p in not_in_phrase(town.rule("ferry.permit"), town)] == []


CASES = """
decision: ferry.permit
as_of: 2024-01-01
cases:
  - {facts: {age: 18, risk: low}, expect: {findings: any, values: {status: approved, fee: 40}}}
  - {facts: {age: 18, risk: high, paid: 1000}, expect: {findings: any, values: {status: declined, fee: 50}}}
  - {facts: {age: 19, risk: low}, expect: {findings: any, values: {status: approved, fee: 40}}}
  - {facts: {age: 19, risk: high, paid: 1000}, expect: {findings: any, values: {status: declined, fee: 50}}}
  - {facts: {age: 17, risk: low}, expect: {findings: any, values: {status: declined, fee: 7}}}
  - {facts: {age: 17, risk: high, paid: 1000}, expect: {findings: any, values: {status: declined, fee: 7}}}
  - {facts: {age: 16, risk: high, paid: 1000}, expect: {findings: any, values: {status: declined, fee: 7}}}
"""


def test_every_small_change_of_a_grid_is_noticed(tmp_path, town):
    (tmp_path / "permit.yaml").write_text(CASES, encoding="utf-8")
    alive = survivors(town, load_cases(tmp_path / "permit.yaml"), lambda mutant, killed: None, {"ferry.permit"})
    assert [m.change for m in alive if m.provision == "fee"] == []
