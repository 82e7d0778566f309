"""A count has its unit word wherever it comes from: an input, a formula, a table, the rows of a list."""

import datetime as dt
from fractions import Fraction

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.words import value

RULE = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  members: {type: count, unit: 人, label: {en: Members, zh: 成员}}
  recused: {type: count, unit: boats, label: {en: Recused, zh: 回避}}
  pier: {type: choice, of: {north: {en: north, zh: 北}, south: {en: south, zh: 南}}, label: {en: Pier, zh: 码头}}
rows:
  child:
    columns: {age: {type: count, unit: 岁, label: {en: Age, zh: 年龄}}}
    totals: {children: {count: "true", unit: 名, label: {en: Children, zh: 子女}}}
tables:
  berths: {title: {en: Berths, zh: 泊位}, type: count, unit: 个, by: pier, cite: {at: 一, phrase: 北3南6}, is: {north: 3, south: 6}}
decision_tables:
  seats:
    on: [pier]
    gives: {chairs: {type: count, unit: 张, title: {en: Chairs, zh: 椅子}}}
    cite: {at: 一, phrase: 北3南6}
    rows: [[north, 3], [south, 6]]
provisions:
  - {id: due, title: {en: Due, zh: 应到}, cite: {at: 一, phrase: 应到}, value: {type: count, unit: 名, is: members - recused}}
  - {id: plain, title: {en: Plain, zh: 其他}, cite: {at: 一, phrase: 应到}, value: {type: count, is: members - recused}}
  - {id: of-due, cite: {at: 一, phrase: 至少6}, require: due >= 6}
  - {id: of-plain, cite: {at: 一, phrase: 至少6}, require: plain >= 6}
  - {id: of-berths, cite: {at: 一, phrase: 至少6}, require: berths >= 6}
  - {id: of-chairs, cite: {at: 一, phrase: 至少6}, require: chairs >= 6}
  - {id: of-children, cite: {at: 一, phrase: 至少6}, require: children >= 6}
"""


def test_what_is_worked_out_is_told_in_its_unit(town):
    rule = town(RULE).rule("town.rule")
    facts = {"members": 9, "recused": 4, "pier": "north", "child": [{"age": 3}]}
    decision = decide(rule, read_facts(rule, facts), dt.date(2025, 3, 1))
    told = {f.provision: f.reason.zh.rpartition("，")[2] for f in decision.findings}
    assert told == {"of-due": "差 1 名", "of-plain": "差 1", "of-berths": "差 3 个", "of-chairs": "差 3 张", "of-children": "差 5 名"}  # fmt: skip
    shown = {r.provision: value(r, decision, "zh") for r in decision.results}
    assert shown.items() >= {"due": "5 名", "plain": "5", "berths": "3 个", "chairs": "3 张"}.items()
    assert read_facts(rule, {"children": "2名"}).given["children"] == Fraction(2)


def test_only_what_counts_has_a_unit(town):
    with pytest.raises(PolicyError, match="only a total that counts has `unit`"):
        town(RULE.replace('count: "true", unit', "sum: age, unit")).rule("town.rule")
