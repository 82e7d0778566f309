"""A decision uses values of others: with their facts, readings, assumptions and citations; no cycles; the cache knows."""

from fractions import Fraction

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.proving.lint import not_in_phrase
from policy_engine.proving.mutate import mutants

WAGE = """
decision: common.parameters
document: 湾政发〔2023〕1号
inputs:
  region: {type: choice, of: [town, isle], label: {en: Region, zh: 地区}}
  apprentice: {type: flag, assume: {value: no, why: {en: not unless it is said, zh: 未载明的，视为否}}, label: {en: Apprentice, zh: 学徒}}
  on_day: {type: date}
readings:
  scope: {question: Which?, default: wide, options: {wide: {}, narrow: {}}}
tables:
  wage: {type: money, by: region, cite: {at: 一, phrase: 镇2000元岛1800元}, is: {town: 2000, isle: 1800}}
provisions:
  - {id: half, cite: {at: 二, phrase: 学徒按一半50%，其他100%}, value: {type: share, is: 'if apprentice and scope == "wide" then 50% else 100%'}}
  - {id: ceiling, cite: {at: 三, phrase: 不超过工资}, value: {type: money, is: half of wage}}
  - {id: since, cite: {at: 三, phrase: 一日}, value: {type: date, is: on_day + 1 day}}
"""
PAY = """
decision: town.pay
document: 湾政发〔2023〕2号
inputs:
  paid: {type: money, label: {en: Paid, zh: 支付}}
  signed: {type: date}
uses:
  pay_ceiling: common.parameters/ceiling
  isle_ceiling: {from: common.parameters/ceiling, with: {region: '"isle"', apprentice: "true"}}
  begins: {from: common.parameters/since, with: {on_day: signed}}
provisions:
  - {id: cap, cite: {at: 五, phrase: 不超过上限}, require: paid <= pay_ceiling}
  - {id: isle-cap, cite: {at: 五, phrase: 不超过上限}, require: paid <= isle_ceiling}
"""


def tree(root, wage=WAGE, pay=PAY):
    for folder, name, text in (("common", "parameters", wage), ("town", "pay", pay)):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return policy_engine.load(root)


def test_a_value_of_another_decision_is_as_if_it_stood_here(tmp_path):
    book = tree(tmp_path)
    found = book.decide("town.pay", {"paid": 1900, "region": "town", "signed": "2024-01-31"}, "2024-02-01")
    assert {f.provision: f.status for f in found.findings} == {"cap": "satisfied", "isle-cap": "violated"}
    assert (found.values["pay_ceiling"], found.values["isle_ceiling"]) == (2000, 900)
    assert found.values["begins"].isoformat() == "2024-02-01"
    assert found.assumed == {"apprentice": False}
    cites = {r.provision: r.cites[0] for r in found.results if r.cites}
    assert (cites["pay_ceiling"].document, cites["pay_ceiling"].phrase) == ("湾政发〔2023〕1号", "不超过工资")
    assert {r.provision for r in found.results if r.readings} == {"isle_ceiling", "isle_ceiling_half"}
    (remedy,) = next(f for f in found.findings if f.provision == "isle-cap").remedies
    assert (remedy.input, remedy.value) == ("paid", Fraction(900))
    assert list(not_in_phrase(book.rule("town.pay"), book)) == []
    assert {m.provision for m in mutants(book.rule("town.pay"))} >= {"pay_ceiling_wage", "isle_ceiling_half"}


DATED = """
decision: common.parameters
document: 湾政发〔2023〕1号
tables:
  wage: {type: money, cite: {at: 一, phrase: 1960元2140元}, from: {2023-07-01: 1960, 2025-07-01: 2140}}
provisions:
  - {id: ceiling, cite: {at: 三, phrase: 不超过工资}, value: {type: money, is: wage}}
"""
ON_ANOTHER_DAY = PAY.replace("  begins: {from: common.parameters/since, with: {on_day: signed}}\n", "").replace(
    """{region: '"isle"', apprentice: "true"}""", "{as_of: signed}"
)


def test_a_value_may_be_that_of_another_day(tmp_path):
    """The wage of the month of signing beside that of the day of the decision."""
    book = tree(tmp_path, DATED, ON_ANOTHER_DAY)
    found = book.decide("town.pay", {"paid": 2000, "signed": "2025-06-30"}, "2025-07-01")
    assert (found.values["pay_ceiling"], found.values["isle_ceiling"]) == (2140, 1960)
    assert {f.provision: f.status for f in found.findings} == {"cap": "satisfied", "isle-cap": "violated"}
    assert book.decide("town.pay", {"paid": 2000}, "2025-07-01").missing == ("signed",)


def test_what_it_rests_on_is_asked_for(tmp_path):
    found = tree(tmp_path).decide("town.pay", {"paid": 1900}, "2024-02-01")
    assert "region" in found.missing


def test_what_silence_means_beside_another_fact_comes_with_that_fact(tmp_path):
    """The fact beside it is asked for here too; where an expression stands for it, nobody gave it and nothing is assumed."""
    wage = WAGE.replace("assume: {value: no,", "assume: {value: no, if_given: on_day,")
    book = tree(tmp_path, wage, PAY.replace("  begins: {from: common.parameters/since, with: {on_day: signed}}\n", ""))
    told = {"paid": 1900, "region": "town"}
    assert "apprentice" in book.decide("town.pay", told, "2024-02-01").missing
    found = book.decide("town.pay", {**told, "on_day": "2024-02-01"}, "2024-02-01")
    assert (found.assumed, found.values["pay_ceiling"]) == ({"apprentice": False}, 2000)
    given = tree(
        tmp_path,
        wage,
        PAY.replace("common.parameters/ceiling\n", "{from: common.parameters/ceiling, with: {on_day: signed}}\n"),
    )
    open_ = given.decide("town.pay", {**told, "signed": "2024-02-01"}, "2024-02-01")
    assert "apprentice" in open_.missing
    assert open_.assumed == {}


def test_a_file_that_is_used_is_part_of_the_rule(tmp_path):
    facts = {"paid": 1, "region": "town"}
    assert tree(tmp_path).decide("town.pay", facts, "2024-02-01").values["pay_ceiling"] == 2000
    changed = WAGE.replace("2000", "2100")
    assert tree(tmp_path, changed).decide("town.pay", facts, "2024-02-01").values["pay_ceiling"] == 2100


@pytest.mark.parametrize(("wage", "pay", "said"), [
    (WAGE, PAY.replace("/ceiling\n", "/ceilin\n"), "`common.parameters` has no formula `ceilin`"),
    (WAGE, PAY.replace("common.parameters/ceiling\n", "common.parameter/ceiling\n"), "unknown decision `common.parameter`"),
    (WAGE, PAY.replace("with: {region", "with: {regio"), "`common.parameters` has no input `regio`"),
    (WAGE, PAY.replace("signed: {type: date}", "signed: {type: date}\n  region: {type: count}"),
     "`region` means another thing in `common.parameters`: give it by `with`"),
    (WAGE, PAY.replace("on_day: signed", "on_day: paid"), "expected date, found money"),
    (DATED, ON_ANOTHER_DAY.replace("as_of: signed", "as_of: paid"), "expected date, found money"),
    (DATED.replace("value: {type: money, is: wage}", "from: 2024-01-01, value: {type: money, is: wage}"), ON_ANOTHER_DAY,
     "`ceiling` has versions with `from` or `until`, which are chosen by the date of the decision"),
    (DATED, ON_ANOTHER_DAY.replace("paid <= pay_ceiling", "paid <= pay_ceiling at signed"), "`pay_ceiling` is not a column of a table"),
    (WAGE.replace("provisions:", "uses: {c: town.pay/begins}\nprovisions:"), PAY,
     "decisions use each other: town.pay → common.parameters → town.pay"),
])  # fmt: skip
def test_a_mistake_in_what_is_used_is_told(tmp_path, wage, pay, said):
    with pytest.raises(PolicyError) as error:
        tree(tmp_path, wage, pay).rule("town.pay")
    assert said in [p.message.en for p in error.value.problems]
