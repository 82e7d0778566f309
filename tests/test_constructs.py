"""Each construct of rule files: a remedy through it, a change of it that its cases notice, a message for each way to get it wrong."""

import datetime as dt
import json
from pathlib import Path
from typing import NamedTuple

import pytest

import policy_engine
from policy_engine.basics.values import to_json
from policy_engine.proving.cases import load_cases
from policy_engine.proving.mutate import survivors
from policy_engine.proving.scenarios import run

DAY = dt.date(2025, 3, 3)
INPUTS = """
inputs:
  amount: {type: money}
  n: {type: count}
  kind: {type: choice, of: [boat, ferry, raft]}
  cargo: {type: set, of: [oil, fish]}
  plate: {type: code}
  late: {type: flag}
  start: {type: date, given: true}
  day: {type: date}
"""
CHILD = """
rows:
  child:
    columns: {pay: {type: money}, ill: {type: flag}, grade: {type: count}}
    formulas: [{id: older, cite: {at: 一, phrase: 三年级}, value: {type: flag, is: grade > 3}}]
    totals: {older_ones: {count: older}, pays: {sum: pay, where: older}, least: {min: pay}, most: {max: pay}, some_ill: {any: ill}, all_older: {all: older}}
"""
TABLES = """
tables:
  ceiling: {type: money, cite: {at: 二, phrase: 2025年1月1日起100元2026年1月1日起200元}, from: {2025-01-01: 100, 2026-01-01: 200}}
  price: {type: money, by: kind, cite: {at: 二, phrase: 10元20元30元}, is: {boat: 10, ferry: 20, raft: 30}}
  fare: {by: [kind, late], gives: {cost: {type: money}}, cite: {at: 二, phrase: 船10元迟12元渡20元迟24元筏30元迟36元}, rows: [[boat, false, 10], [boat, true, 12], [ferry, false, 20], [ferry, true, 24], [raft, false, 30], [raft, true, 36]]}
  berth: {type: money, by: [kind, late], cite: {at: 二, phrase: 船15元迟17元渡20元迟24元筏30元迟36元}, is: {boat: {false: 15, true: 17}, ferry: {false: 20, true: 24}, raft: {false: 30, true: 36}}}
  rate: {type: share, by: amount, cite: {at: 二, phrase: 不超过1000元5%其余10%}, up_to: {1000: 5%}, otherwise: 10%}
"""
GRIDS = """
decision_tables:
  points:
    on: [n, late]
    gives: {fine: {type: money}}
    cite: {at: 三, phrase: 满3件且迟到罚50元}
    rows: [[">= 3", true, 50], [">= 3", false, 0], ["< 3", "-", 0]]
  ways:
    on: [n]
    gives: {way: {type: choice, of: [plain, full]}}
    cite: {at: 三, phrase: 满5件}
    match: first
    rows: [[">= 5", full], ["-", plain]]
  sums:
    on: [n, late]
    gives: {fee: {type: money, by: sum}}
    cite: {at: 三, phrase: 满2件5元迟到7元}
    rows: [[">= 2", "-", 5], ["-", true, 7]]
"""
OTHER = """decision: town.wage
document: X
inputs: {hours: {type: count}}
provisions:
  - {id: wage, cite: {at: 四, phrase: 每小时20元}, value: {type: money, is: 20元 * hours}}
"""
USES = "\nuses: {wage: town.wage/wage}\n"


class Construct(NamedTuple):
    """What is required, in what file; cases with their statuses, the first violated; what mends that; a change they notice."""

    require: str
    cases: list[tuple[dict, str]]
    remedy: dict[str, str]
    change: str
    messages: str
    more: str = ""
    each: str = ""


V, S = "violated", "satisfied"
CONSTRUCTS = {
    "floor": Construct("floor(amount, 10) <= 100元", [({"amount": 110}, V), ({"amount": "109.99"}, S)], {"amount": "<= 109.99"}, "ceil(", "rule-step-not-written"),
    "ceil": Construct("ceil(amount) <= 100元", [({"amount": "100.01"}, V), ({"amount": 100}, S)], {"amount": "<= 100"}, "floor(", "rule-written-otherwise"),
    "round": Construct("round(amount, 10) <= 100元", [({"amount": 105}, V), ({"amount": "104.99"}, S)], {"amount": "<= 104.99"}, "floor(", "rule-step-not-written"),
    "round_even": Construct("round_even(amount) <= 100元", [({"amount": 101}, V), ({"amount": "100.5"}, S)], {"amount": "<= 100.5"}, "round(", "rule-written-otherwise"),
    "mod": Construct("mod(n, 5) == 0", [({"n": 11}, V), ({"n": 10}, S)], {"n": "== 10"}, "mod(n, 6)", "rule-written-otherwise rule-step-not-written"),
    "^": Construct("n ^ 2 >= 50", [({"n": 7}, V), ({"n": 8}, S)], {"n": ">= 8"}, "n ^ 3", "rule-exponent"),
    "years": Construct("years(day, 2025-06-15) >= 18", [({"day": "2007-06-16"}, V), ({"day": "2007-06-15"}, S)], {}, "months(", "rule-written-otherwise rule-age"),
    "months": Construct("months(start, day) >= 6", [({"start": "2025-03-05", "day": "2025-09-04"}, V), ({"start": "2025-03-05", "day": "2025-09-05"}, S)], {"day": ">= 2025-09-05"}, "years(", "rule-written-otherwise"),
    "weekday": Construct("weekday(day) <= 5", [({"day": "2025-03-08"}, V), ({"day": "2025-03-07"}, S)], {"day": "<= 2025-03-07"}, "<= 6", "rule-weekday-of-a-number"),
    "literal with a unit": Construct("amount <= 50元 * n", [({"amount": 101, "n": 2}, V), ({"amount": 100, "n": 2}, S)], {"amount": "<= 100", "n": ">= 3"}, "51元", "rule-figure-without-unit rule-wrong-unit"),
    "a rate by the day": Construct("amount <= 50元/天 * (day - start)", [({"amount": 101, "start": "2025-03-04", "day": "2025-03-06"}, V), ({"amount": 100, "start": "2025-03-04", "day": "2025-03-06"}, S)], {"amount": "<= 100", "day": ">= 2025-03-07"}, "51元/day", "rule-money-squared rule-figure-without-unit"),
    "in numbers": Construct("n in [1, 2]", [({"n": 4}, V), ({"n": 2}, S), ({"n": 1}, S)], {"n": "== 2"}, "n == 3", "rule-list-of-names"),
    "a code": Construct('starts_with(plate, "AB")', [({"plate": "AC1"}, V), ({"plate": "AB1"}, S)], {}, "starts_with(plate, \"A\")", "rule-code-and-number rule-beginning-not-written"),
    "count": Construct("older_ones >= 2", [({"child": [{"grade": 4}, {"grade": 3}]}, V), ({"child": [{"grade": 4}, {"grade": 4}]}, S)], {"older_ones": ">= 2", "child[2].grade": ">= 4"}, "rows count(true, not child.older)", "rule-rows-count-with-where", CHILD),
    "sum": Construct("pays <= 100元", [({"child": [{"grade": 4, "pay": 101}]}, V), ({"child": [{"grade": 4, "pay": 100}, {"grade": 3, "pay": 9}]}, S)], {"pays": "<= 100", "child[1].pay": "<= 100", "child[1].grade": "<= 3"}, "rows sum(true, child.pay)", "rule-rows-sum-of-flags rule-sum", CHILD),
    "min": Construct("least >= 5元", [({"child": [{"pay": 4}, {"pay": 9}]}, V), ({"child": [{"pay": 5}, {"pay": 9}]}, S)], {"least": ">= 5", "child[1].pay": ">= 5"}, "rows max(true", "rule-rows-total-of-two-kinds", CHILD),
    "max": Construct("most <= 5元", [({"child": [{"pay": 6}, {"pay": 1}]}, V), ({"child": [{"pay": 5}, {"pay": 1}]}, S)], {"most": "<= 5", "child[1].pay": "<= 5"}, "rows min(true", "rule-rows-list-as-a-value", CHILD),
    "any": Construct("some_ill", [({"child": [{"ill": False}]}, V), ({"child": [{"ill": False}, {"ill": True}]}, S)], {"some_ill": "== True", "child[1].ill": "== True"}, "rows all(true, child.ill)", "rule-rows-total-named-like-an-input", CHILD),
    "all": Construct("all_older", [({"child": [{"grade": 4}, {"grade": 3}]}, V), ({"child": [{"grade": 4}, {"grade": 4}]}, S)], {"all_older": "== True", "child[2].grade": ">= 4"}, "rows any(true, child.older)", "rule-rows-number-in-a-total", CHILD),
    "each": Construct("pay <= 100元", [({"child": [{"pay": 101}]}, V), ({"child": [{"pay": 100}]}, S)], {"child[1].pay": "<= 100"}, "101元", "rule-rows-each-of-no-list", CHILD, "child"),
    "table by date": Construct("amount <= ceiling", [({"amount": 101}, V), ({"amount": 100}, S)], {"amount": "<= 100"}, "then 100元 else if as_of >= 2025-01-01 then 200元", "rule-table-bad-date rule-table-dated-and-not", TABLES),
    "table by key": Construct("amount <= price", [({"amount": 11, "kind": "boat"}, V), ({"amount": 10, "kind": "boat"}, S)], {"amount": "<= 10", "kind": "== ferry"}, "then 20元 else if kind == \"ferry\" then 10元", "rule-table-key-missing rule-table-key-unknown rule-table-key-twice", TABLES),
    "table by keys": Construct("amount <= cost", [({"amount": 11, "kind": "boat", "late": False}, V), ({"amount": 10, "kind": "boat", "late": False}, S)], {"amount": "<= 10", "kind": "== ferry", "late": "== True"}, "(if not late then 11元", "rule-table-keys-missing rule-table-two-keys-as-a-mapping", TABLES),
    "grid of two keys": Construct("amount <= berth", [({"amount": 16, "kind": "boat", "late": False}, V), ({"amount": 15, "kind": "boat", "late": False}, S)], {"amount": "<= 15", "kind": "== ferry", "late": "== True"}, "(if not late then 16元", "rule-table-two-keys-halved rule-table-second-key-missing rule-table-one-key-crossed", TABLES),
    "table looked up": Construct('amount <= price at "ferry"', [({"amount": 21}, V), ({"amount": 20}, S)], {"amount": "<= 20"}, "amount <= 21元", "rule-table-at-no-table rule-table-at-too-few rule-table-at-wrong-key rule-table-at-wrong-type", TABLES),
    "brackets": Construct("rate >= 10%", [({"amount": 1000}, V), ({"amount": "1000.01"}, S)], {"amount": ">= 1000.01"}, "if amount < 1000元", "rule-table-steps-fall rule-table-step-of-a-choice", TABLES),
    "marginal": Construct("marginal(rate) >= 60元", [({"amount": 1099}, V), ({"amount": 1100}, S)], {"amount": ">= 1100"}, "11% * (amount", "rule-table-marginal-by-key rule-table-marginal-of-no-column", TABLES),
    "decision table": Construct("fine <= 10元", [({"n": 3, "late": True}, V), ({"n": 3, "late": False}, S), ({"n": 2, "late": True}, S)], {"n": "<= 2", "late": "== False"}, "if n > 3 and late", "rule-grid-bad-value rule-grid-row-too-short rule-grid-bad-comparison", GRIDS),
    "first row that holds": Construct('way == "full"', [({"n": 4}, V), ({"n": 5}, S)], {"n": ">= 5"}, "if n >= 4 then \"full\"", "rule-grid-no-option", GRIDS),
    "collected rows": Construct("fee <= 6元", [({"n": 1, "late": True}, V), ({"n": 2, "late": False}, S)], {"late": "== False"}, "late then 6", "rule-grid-sum-of-a-choice rule-grid-least-of-what-is-worked-out", GRIDS),
    "uses": Construct("amount <= wage", [({"amount": 41, "hours": 2}, V), ({"amount": 40, "hours": 2}, S)], {"amount": "<= 40", "hours": ">= 3"}, "21元 * hours", "rule-uses-itself rule-uses-no-formula rule-uses-unknown-decision", USES),
    "working days after": Construct("day <= start + 5 working days", [({"start": "2025-03-04", "day": "2025-03-12"}, V), ({"start": "2025-03-04", "day": "2025-03-11"}, S)], {"day": "<= 2025-03-11"}, "5 days", "rule-working-days-without-calendar rule-working-days-amiss"),
    "working days between": Construct("working_days(start, day) >= 5", [({"start": "2025-03-04", "day": "2025-03-10"}, V), ({"start": "2025-03-04", "day": "2025-03-11"}, S)], {"day": ">= 2025-03-11"}, "day - start", "rule-working-days-amiss"),
    "a working day": Construct("is_working_day(day)", [({"day": "2025-04-04"}, V), ({"day": "2025-04-27"}, S)], {"day": "<= 2025-04-03"}, "weekday(", "rule-calendar-unknown"),
    "season": Construct('in_season(day, "07-15", "09-10")', [({"day": "2025-07-14"}, V), ({"day": "2025-07-15"}, S)], {"day": ">= 2025-07-15"}, '"07-16"', "rule-working-days-amiss"),
}  # fmt: skip


def book_of(tmp_path, one):
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "wage.yaml").write_text(OTHER, encoding="utf-8")
    each = f"each: {one.each}, " if one.each else ""
    check = f"provisions:\n  - {{id: check, cite: {{at: 一, phrase: 甲}}, {each}require: '{one.require}'}}\n"
    text = f"decision: town.rule\ndocument: X\ncalendar: cn{INPUTS}{one.more}{check}"
    (tmp_path / "town" / "rule.yaml").write_text(text, encoding="utf-8")
    return policy_engine.load(tmp_path)


def found_of(book, facts):
    return next(f for f in book.decide("town.rule", facts, as_of=DAY).findings if f.provision.startswith("check"))


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_remedy_leads_through_it(name, tmp_path):
    one = CONSTRUCTS[name]
    book = book_of(tmp_path, one)
    assert [found_of(book, facts).status for facts, _ in one.cases] == [status for _, status in one.cases]
    finding = found_of(book, one.cases[0][0])
    assert {r.input: f"{r.relation} {to_json(r.value)}" for r in finding.remedies} == one.remedy
    for remedy in finding.remedies:
        if remedy.relation not in ("<", ">", "!="):
            facts = changed(one.cases[0][0], remedy.input, to_json(remedy.value))
            assert facts is None or found_of(book, facts).status == "satisfied"


def changed(facts, name, value):
    """The facts with one of them changed; of a total that a list gives, none."""
    if "[" not in name:
        return None if "child" in facts else {**facts, name: value}
    i, column = int(name[6]) - 1, name.partition(".")[2]
    return {**facts, "child": [{**row, column: value} if k == i else row for k, row in enumerate(facts["child"])]}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_change_of_it_is_noticed(name, tmp_path):
    one = CONSTRUCTS[name]
    book = book_of(tmp_path, one)
    row = "check[1]" if one.each else "check"
    cases = [{"decision": "town.rule", "as_of": str(DAY), "facts": facts, "expect": {"findings": {row: status}}} for facts, status in one.cases]  # fmt: skip
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    tried = set()
    read = load_cases(tmp_path / "cases.json")
    alive = survivors(book, read, lambda mutant, killed: tried.add(mutant.change), ["town.rule"])
    assert [run(case, book, DAY).differences for case in read] == [()] * len(read)
    assert any(one.change in change for change in tried)
    assert not [mutant.change for mutant in alive if one.change in mutant.change]


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_each_way_to_get_it_wrong_has_its_message(name):
    folder = Path(__file__).parent / "problems"
    assert CONSTRUCTS[name].messages
    for message in CONSTRUCTS[name].messages.split():
        assert (folder / f"{message}.txt").exists(), message


@pytest.mark.parametrize("name", ["case-about", "case-findings"])
def test_what_a_scenario_says_wrongly_has_its_message(name):
    assert (Path(__file__).parent / "problems" / f"{name}.txt").exists()


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ({"values": {"wage": {"about": 41, "within": 1}}}, True),
        ({"values": {"wage": {"about": "41.01", "within": 1}}}, False),
        ({"outcome": "compliant", "findings": "any"}, True),
        ({"outcome": "non_compliant", "findings": "any"}, False),
    ],
)
def test_what_is_about_a_value_or_only_an_outcome(expect, holds, tmp_path):
    """Both ends are included; a change of the rule that leads beyond is noticed."""
    book = book_of(tmp_path, CONSTRUCTS["uses"])
    case = {"decision": "town.wage", "as_of": str(DAY), "facts": {"hours": 2}, "expect": expect}
    (tmp_path / "cases.json").write_text(json.dumps([case]), encoding="utf-8")
    read = load_cases(tmp_path / "cases.json")
    assert run(read[0], book, DAY).passed is holds
    if holds and "values" in expect:
        alive = survivors(book, read, lambda mutant, killed: None, ["town.wage"])
        assert {mutant.change for mutant in alive} == {"value: 21元 * hours"}
