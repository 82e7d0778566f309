"""A value stands with the clause and the note it rests on: those of the case that decided."""

import datetime as dt

import pytest

import policy_engine
from policy_engine import NOT_YET
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.reports import markdown, text
from policy_engine.words import many

RULE = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  length: {type: count, label: {en: Length, zh: 长度}}
  charity: {type: flag, label: {en: Charity, zh: 公益}}
  left_on: {type: date, label: {en: Left on, zh: 离港日期}}
provisions:
  - id: fee
    cite: {at: 第一条, phrase: 收取泊位费}
    note: {en: Not collected for the time being, zh: 暂不收取}
    value:
      type: count
      cases:
        - {when: length > 20, is: length * 0, cite: {at: 第二条, phrase: 大型船舶}, note: {en: Large ships later, zh: 大型船舶另行规定}}
        - {when: length < 10, is: length * 0 + 0, cite: {at: 第三条, phrase: 小型船舶}}
        - {otherwise: 0}
    derived: [{value: 0, why: x}, {value: 10, why: x}, {value: 20, why: x}]
    unless:
      - {when: charity, is: "1", cite: {at: 第四条, phrase: 公益船舶}}
  - {id: stays, cite: {at: 第五条, phrase: 未离港}, value: {type: flag, is: left_on > 2020-01-01}}
  - id: berths
    value:
      type: count
      cases: [{when: length > 20, is: "2", cite: {at: 第七条, phrase: 二}}, {otherwise: 0}]
    derived: [{value: 2, why: x}, {value: 20, why: x}]
  - {id: small, when: length < 10, cite: {at: 第六条, phrase: 小}, value: {type: count, is: "2"}, derived: [{value: 2, why: x}]}
"""


@pytest.fixture
def said(town):
    rule = town(RULE).rule("town.rule")
    return lambda **facts: decide(rule, read_facts(rule, facts), dt.date(2024, 3, 1))


@pytest.mark.parametrize("left", [None, NOT_YET])
@pytest.mark.parametrize(
    ("length", "charity", "at"),
    [(30, False, "第二条"), (5, False, "第三条"), (15, False, "第一条"), (30, True, "第四条"), (None, False, "第一条")],
)
def test_a_value_cites_the_case_that_decided(said, length, charity, at, left):
    given = {n: v for n, v in (("length", length), ("charity", charity), ("left_on", left)) if v is not None}
    found = said(**given).to_json()
    fee = found["value_findings"][0]
    assert fee["cite"]["at"] == at
    own = {"en": "Large ships later", "zh": "大型船舶另行规定"}  # of the case that decided, else of the whole
    assert fee["note"] == (own if at == "第二条" else {"en": "Not collected for the time being", "zh": "暂不收取"})
    assert fee["assumes"] == []
    assert {v["name"]: v["value"] for v in found["value_findings"]} == {
        n: v for n, v in found["values"].items() if n not in found["not_applicable"]
    }
    assert "note" not in found["value_findings"][1]


@pytest.mark.parametrize(("lang", "note"), [("en", "Note: Large ships later"), ("zh", "大型船舶另行规定")])
def test_reports_say_the_clause_and_the_note_of_a_value(said, lang, note):
    found = said(length=30, charity=False)
    for shown in (text.decision(found, lang), markdown.decision(found, lang)):
        assert "湾政发〔2023〕7号 第二条 「大型船舶」" in shown
        assert note.lower() in shown.lower()
        assert "第三条" not in shown
        assert "第六条" not in shown  # it does not apply


def test_cases_of_one_value_are_told_apart_by_their_conditions():
    facts = {"supply": "allocated", "public_nonprofit": True}
    found = policy_engine.load().decide("parking.premium", facts, dt.date(2025, 6, 1)).to_json()
    assert {v["name"]: v["cite"]["at"] for v in found["value_findings"] if v["name"].startswith("rate")} == {
        "rate_b1": "第八条", "rate_b2": "第八条", "rate_b3": "第八条",
    }  # fmt: skip


@pytest.mark.parametrize("given", [{}, {"supply": "granted"}, {"supply": "allocated", "self_developed": "no"}])
def test_a_value_not_known_names_what_it_waits_for_once_there_or_at_the_value_it_waits_for(given):
    found = policy_engine.load().decide("parking.premium", given, dt.date(2025, 3, 1))
    told: dict[str, str] = {}
    for result in (r for r in found.results if r.applies and isinstance(r.value, Unknown)):
        told[result.provision] = said = " ".join(text.zh for text in found.awaited(result, result.value))
        followed = {p for p in told if p != result.provision and f"“{found.names.label(p).zh}”" in said}
        reached = [said, *(told[p] for p in told if p in result.clause.names)]
        while followed:  # what a value above waits for may itself be told further above
            above = told[p := followed.pop()]
            reached.append(above)
            followed |= {q for q in told if q != p and f"“{found.names.label(q).zh}”" in above}
        for name in result.value.missing:
            assert any(found.names.label(name).zh in text for text in reached), (result.provision, name)
    assert found.to_text("zh").count("以出让合同为准") <= 1


def test_one_of_something_is_not_many():
    assert [many(n, "row") for n in (0, 1, 2, 2000)] == ["0 rows", "1 row", "2 rows", "2,000 rows"]
    assert [many(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]


OPEN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  asked: {type: flag, label: {en: Asked, zh: 已请示}}
  told: {type: flag, label: {en: Told, zh: 已通报}}
  kinds: {type: set, of: {zeta: {en: zeta, zh: 甲}, eta: {en: eta, zh: 乙}, alpha: {en: alpha, zh: 丙}}, label: {en: Kinds, zh: 种类}}
readings:
  owed: {question: {en: Owed?, zh: 是否应缴？}, default: no, options: {no: {why: x}, yes: {why: x}}}
provisions:
  - {id: promptly, cite: {at: 第一条, phrase: 及时通报}, require: told or still_in_time}
  - {id: asked-first, cite: {at: 第二条, phrase: 先请示}, require: asked}
  - {id: free, cite: {at: 第五条, phrase: 不得有}, require: 'not any_in(kinds, ["zeta", "eta", "alpha"])'}
  - id: still_in_time
    title: {en: There is still time for it, zh: 尚属及时}
    cite: {at: 第一条, phrase: 及时通报}
    when: not told
    value: {type: flag, cases: [{otherwise: unsettled, reason: {en: No term is printed., zh: 未定期限。}}]}
  - id: due
    title: {en: Due, zh: 应缴}
    cite: [{at: 第三条, phrase: 应缴, occurrence: 1}, {at: 第三条, phrase: 应缴, occurrence: 2}]
    value: {type: count, cases: [{when: owed == "no", is: "0"}, {otherwise: unsettled, reason: {en: None is printed., zh: 未定。}}]}
  - id: much
    title: {en: How much, zh: 数额}
    cite: {at: 第四条, phrase: 数额}
    value: {type: count, cases: [{otherwise: unsettled, reason: {en: No amount is printed., zh: 未定数额。}}]}
"""


@pytest.fixture
def opened(town):
    rule = town(OPEN).rule("town.rule")
    return lambda **facts: decide(rule, read_facts(rule, facts), dt.date(2024, 3, 1))


@pytest.mark.parametrize("told", [True, False])
def test_what_the_text_always_leaves_open_is_said_by_the_checks_that_wait_for_it(opened, told):
    found = opened(asked=True, told=told)
    for shown in (text.decision(found, "zh"), markdown.decision(found, "zh")):
        assert "尚属及时" not in shown
        assert "未定数额" in shown  # a value that no check waits for is an answer of its own
        assert ("未定期限" in shown) is not told
    assert "still_in_time" in found.to_json()["values"]


def test_a_clause_is_cited_once_and_an_open_value_is_called_so(opened):
    shown = text.decision(opened(asked=True, told=True), "zh")
    assert shown.count("第三条 「应缴」") == 1
    assert "是否应缴？" in shown
    assert "无法判定\n" in shown.split("是否应缴？", 1)[1].split("第三条")[0]


def test_what_leaves_a_set_stands_in_the_order_of_the_rule(opened):
    shown = text.decision(opened(kinds=["alpha", "zeta", "eta"]), "zh")
    assert "去掉甲、乙、丙" in shown
