"""Tables by date, by key, by bracket: looked up where they stand, three-valued, cited row by row, mended, proved."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown
from policy_engine.explaining.unparse import unparse
from policy_engine.proving.cases import load_cases
from policy_engine.proving.lint import not_in_phrase
from policy_engine.proving.mutate import survivors

RULE = """
decision: ferry.fare
document: 湾政办发〔2023〕12号
inputs:
  pier:     {type: choice, of: [north, south, isle], label: {en: Pier, zh: 码头}}
  seat:     {type: choice, of: [deck, cabin], label: {en: Seat, zh: 座席}}
  island:   {type: flag, label: {en: Islander, zh: 岛民}}
  income:   {type: money, label: {en: Income, zh: 收入}}
  paid:     {type: money, label: {en: Paid, zh: 已缴}}
  sold_on:  {type: date, label: {en: Sold on, zh: 售出日期}}
  lateness: {type: count, label: {en: Days late, zh: 迟延天数}}
rows:
  leg:
    columns: {from_pier: {type: choice, of: [north, south, isle]}, on: {type: choice, of: [deck, cabin]}}
    formulas:
      - {id: cost, value: {type: money, is: 'leg_fare'}}
      - {id: cost_there, value: {type: money, is: 'fare at (from_pier, on)'}}
    totals: {costs: {sum: cost}, costs_there: {sum: cost_there}}
tables:
  ceiling:
    title: {en: Ceiling, zh: 限额}
    type: money
    cite: {at: 第二条, phrase: 2023年1月1日起限额为800元}
    from:
      2023-01-01: 800
      2024-07-01: {is: 950, cite: {at: 第二条之二, phrase: 2024年7月1日起调整为950元}}
  discount:
    title: {en: Discount by pier, zh: 各码头折扣}
    type: share
    by: pier
    cite: {at: 第三条, phrase: 北埠优惠10%}
    is: {north: 10%, south: {is: 5%, cite: {at: 第三条, phrase: 南埠优惠5%}}}
    otherwise: unsettled
  levy: {type: money, by: island, cite: {at: 第三条, phrase: 岛民2元，其他人5元}, is: {yes: 2, no: 5}}
  fares:
    by: [pier, seat]
    gives:
      fare: {type: money, title: {en: Fare, zh: 票价}}
      bags: {type: count, title: {en: Bags, zh: 行李件数}}
    cite: {at: 附表一, phrase: 票价与行李}
    file: fares.csv
  leg_fare: {type: money, by: [from_pier, on], cite: {at: 附表一, phrase: 北埠甲板30元}, rows: [[north, deck, 30]], otherwise: 45, derived: [{value: 45, why: 其余各段}]}
  duty:
    title: {en: Duty on income, zh: 收入税}
    by: income
    gives:
      rate: {type: share, title: {en: Rate, zh: 税率}}
      quick: {type: money, title: {en: Quick deduction, zh: 速算扣除数}}
    cite:
      - {at: 附表二, phrase: "不超过36000元 3% 0"}
      - {at: 附表二, phrase: "超过36000元至144000元 10% 2520"}
      - {at: 附表二, phrase: "超过144000元 20% 16920"}
    up_to: {36000: [3%, 0], 144000: [10%, 2520]}
    otherwise: [20%, 16920]
  fine:
    type: money
    by: lateness
    cite: {at: 第五条, phrase: 不足3天10元，不足10天30元}
    below: {3: 10, 10: 30}
  part:
    type: share
    by: income
    from:
      2023-01-01: {up_to: {100: 1%, 200: 2%}, cite: {at: 第六条, phrase: 2023年1月1日起100元以内1%，200元以内2%}}
      2024-01-01: {up_to: {100: 3%}, cite: {at: 第六条, phrase: 2024年1月1日起100元以内3%}}
provisions:
  - {id: under-ceiling, cite: {at: 第二条, phrase: 票价不得超过限额}, require: paid <= ceiling}
  - {id: sold-under-ceiling, cite: {at: 第二条, phrase: 售出时票价不得超过限额}, require: paid <= ceiling at sold_on}
  - {id: least-rate, cite: {at: 第四条, phrase: 税率不低于10%}, require: rate >= 10%}
  - {id: tax, value: {type: money, is: marginal(rate)}}
  - {id: tax_quick, value: {type: money, is: rate * income - quick}}
  - {id: tax_of_paid, value: {type: money, is: marginal(rate of paid)}}
  - {id: part_due, value: {type: money, is: marginal(part)}}
  - {id: tax-due, cite: {at: 第四条, phrase: 税款不少于7000元}, require: tax >= 7000}
  - {id: cheap, cite: {at: 第三条, phrase: 不高于岛埠}, require: 'fare <= fare at ("isle", seat)'}
"""
FARES = "seat,pier,fare,bags\ndeck,north,30,1\ncabin,north,60,2\ndeck,south,20,1\n\ncabin,south,45,2\ndeck,isle,50,0\ncabin,isle,120,1\n"
AS_OF = "2024-08-01"


def written(root, rule=RULE, fares=FARES):
    (root / "ferry").mkdir(exist_ok=True)
    (root / "ferry" / "fare.yaml").write_text(rule, encoding="utf-8")
    (root / "ferry" / "fares.csv").write_text(fares, encoding="utf-8")
    return policy_engine.load(root)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return written(tmp_path_factory.mktemp("town"))


def decided(book, as_of=AS_OF, **facts):
    found = book.decide("ferry.fare", facts, as_of)
    return found.values, {f.provision: f for f in found.findings}, found


@pytest.mark.parametrize(
    ("as_of", "wanted"), [("2022-12-31", None), ("2023-01-01", 800), ("2024-06-30", 800), ("2024-07-01", 950)]
)
def test_a_number_by_date_is_that_of_the_day(town, as_of, wanted):
    value = decided(town, as_of)[0]["ceiling"]
    assert (value.because[0].en if isinstance(value, Unknown) else value) == (
        wanted or "Ceiling: no value before 2023-01-01"
    )


CROSSED = """
decision: town.grant
document: 某政发〔2025〕1号
inputs:
  zone: {type: choice, of: [one, two]}
  rank: {type: choice, of: [high, low]}
tables:
  WRITTEN
provisions:
  - {id: twice, cite: {at: 二, phrase: 加倍}, value: {type: money, is: grant + grant}}
"""
WAYS = {
    "of two keys": "grant: {type: money, by: [zone, rank], is: {one: {is: {high: 1200, low: 700}, cite: {at: 附表, phrase: 一类区1200 700}}, two: {is: {high: 960, low: 560}, cite: {at: 附表, phrase: 二类区960 560}}}}",
    "of two keys, cited as a whole": "grant: {type: money, by: [zone, rank], cite: {at: 附表, phrase: 一类区1200 700二类区960 560}, is: {one: {high: 1200, low: 700}, two: {high: 960, low: 560}}}",
    "of two keys with two values": "grants: {gives: {grant: {type: money}, n: {type: count}}, by: [zone, rank], cite: {at: 附表, phrase: 一类区1200 700二类区960 560 3}, is: {one: {high: [1200, 3], low: [700, 3]}, two: {high: [960, 3], low: [560, 3]}}}",
    "row by row": "grant: {type: money, by: [zone, rank], rows: [{is: [one, high, 1200], cite: {at: 附表, phrase: 一类区1200 700}}, {is: [one, low, 700], cite: {at: 附表, phrase: 一类区1200 700}}, {is: [two, high, 960], cite: {at: 附表, phrase: 二类区960 560}}, {is: [two, low, 560], cite: {at: 附表, phrase: 二类区960 560}}]}",
    "from a day on": "grant: {type: money, by: [zone, rank], from: {2024-01-01: {is: {one: {is: {high: 1200, low: 700}, cite: {at: 附表, phrase: 一类区1200 700}}, two: {is: {high: 960, low: 560}, cite: {at: 附表, phrase: 二类区960 560}}}, cite: {at: 一, phrase: 2024年1月1日}}}}",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_grid_is_written_as_it_is_printed(tmp_path, way):
    """A line of the file for each printed line, with its own citation."""
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "grant.yaml").write_text(CROSSED.replace("WRITTEN", WAYS[way]), encoding="utf-8")
    book = policy_engine.load(tmp_path)
    wanted = {("one", "high"): 1200, ("one", "low"): 700, ("two", "high"): 960, ("two", "low"): 560}
    for (zone, rank), value in wanted.items():
        assert book.decide("town.grant", {"zone": zone, "rank": rank}, AS_OF).values["grant"] == value
    assert list(not_in_phrase(book.rule("town.grant"), book)) == []


def test_a_number_on_another_day(town):
    _, findings, _ = decided(town, paid=900, sold_on="2024-06-30")
    assert (findings["under-ceiling"].status, findings["sold-under-ceiling"].status) == ("satisfied", "violated")
    assert "2024年7月1日起调整为950元" in {c.phrase for c in findings["sold-under-ceiling"].clause.cites}


def test_values_by_key_are_those_of_the_row(town):
    values, findings, found = decided(town, pier="south", seat="cabin", island=False)
    assert (values["discount"], values["fare"], values["bags"], values["levy"]) == (Fraction(1, 20), 45, 2, 5)
    assert findings["cheap"].status == "satisfied"
    cites = {r.provision: r.cites[0].phrase for r in found.results if r.cites}
    assert (cites["discount"], cites["fare"]) == ("南埠优惠5%", "票价与行李")


def test_a_key_not_known_is_not_needed_where_all_rows_agree(town, tmp_path):
    assert decided(town, pier="north")[0]["bags"] == Unknown(("seat",))
    assert decided(town, seat="deck")[0]["bags"] == Unknown(("pier",))
    same = FARES.replace("isle,50,0", "isle,50,1")
    assert decided(written(tmp_path, fares=same), seat="deck")[0]["bags"] == 1


def test_an_open_key_may_be_another_than_any_row(tmp_path):
    same = FARES.replace("isle,50,0", "isle,50,1")
    open_ = RULE.replace("[north, south, isle], label", "[north, south, isle], open: true, label")
    book = written(tmp_path, open_, same)
    assert isinstance(decided(book, seat="deck")[0]["bags"], Unknown)
    assert isinstance(decided(book, seat="deck", pier="another")[0]["bags"], Unknown)
    assert decided(book, seat="deck", pier="isle")[0]["bags"] == 1


def test_no_row_is_unknown_with_the_reason(town):
    value = decided(town, pier="isle", lateness=10)[0]
    assert "the table has no row" in value["discount"].because[0].en
    assert "没有对应" in value["fine"].because[0].zh


@pytest.mark.parametrize(("income", "rate", "tax"), [
    (0, 3, 0), (36000, 3, 1080), ("36000.01", 10, "1080.001"), (144000, 10, 11880), (144001, 20, "11880.2"), (1000000, 20, 183080),
])  # fmt: skip
def test_brackets_and_what_they_come_to(town, income, rate, tax):
    values, _, _ = decided(town, income=income)
    assert (values["rate"], values["tax"], values["tax_quick"]) == (Fraction(rate, 100), Fraction(tax), Fraction(tax))


@given(st.integers(0, 10**9))
def test_progressive_is_what_quick_deduction_gives(town, fen):
    values, _, _ = decided(town, income=Fraction(fen, 100), paid=Fraction(fen, 100))
    assert values["tax"] == values["tax_quick"] == values["tax_of_paid"]


def test_a_step_belongs_to_its_bracket_or_not(town):
    assert [decided(town, lateness=n)[0]["fine"] for n in (0, 2, 3, 9)] == [10, 10, 30, 30]


def test_versions_of_brackets(town):
    assert decided(town, "2023-05-01", income=150)[0]["part_due"] == 2
    assert decided(town, income=100)[0]["part_due"] == 3
    assert isinstance(decided(town, income=101)[0]["part_due"], Unknown)


def test_the_least_income_that_reaches_a_bracket_or_a_sum_mends(town):
    _, findings, _ = decided(town, income=30000)
    (least,) = findings["least-rate"].remedies
    assert (least.input, least.relation, least.value) == ("income", ">=", Fraction("36000.01"))
    (due,) = findings["tax-due"].remedies
    assert (due.relation, due.value) == (">=", 95200)


def test_a_table_by_the_columns_of_a_list_is_looked_up_in_each_row(town):
    legs = [{"from_pier": "north", "on": "deck"}, {"from_pier": "isle", "on": "cabin"}]
    values, _, _ = decided(town, leg=legs)
    assert (values["costs"], values["costs_there"]) == (75, 150)


def test_literals_are_held_to_the_phrase_of_their_row(tmp_path, town):
    assert list(not_in_phrase(town.rule("ferry.fare"), town)) == []
    slip = written(tmp_path, RULE.replace("[10%, 2520]", "[10%, 2530]").replace("south: {is: 5%", "south: {is: 6%"))
    told = [p.message.en for p in not_in_phrase(slip.rule("ferry.fare"), slip)]
    assert told == [
        "`discount`: 6% does not stand in the cited phrase",
        "`quick`: 2530元 does not stand in the cited phrase",
    ]


@pytest.mark.parametrize(("fares", "said", "line"), [
    (FARES.replace("fare,", "price,", 1), "the columns should be pier, seat, fare, bags", 1),
    (FARES.replace("deck,south,20,1", "deck,south,20"), "the row has 3 cells, not 4", 4),
    (FARES.replace("deck,south,20,1", "deck,south,x,1"), "`x` is not an amount of money such as 3000, 3000元 or 15亿元", 4),
    (FARES.replace("deck,isle,50", "cabin,isle,50"), "the key isle, cabin stands twice", 8),
    (FARES.replace("deck,isle,50,0\n", ""), "there is no row for isle, deck", None),
])  # fmt: skip
def test_a_mistake_in_a_file_is_told_at_its_line(tmp_path, fares, said, line):
    with pytest.raises(PolicyError) as error:
        written(tmp_path, fares=fares).rule("ferry.fare")
    found = error.value.problems[0]
    assert found.message.en == said
    assert (Path(found.place.file).name, found.place.line) == (
        ("fares.csv", line) if line else ("fare.yaml", found.place.line)
    )


def test_what_a_file_says_is_part_of_the_rule(tmp_path):
    """A file that changed is read anew, not taken from the cache."""
    assert decided(written(tmp_path), pier="north", seat="deck")[0]["fare"] == 30
    assert decided(written(tmp_path, fares=FARES.replace("30", "31")), pier="north", seat="deck")[0]["fare"] == 31


def test_what_grows_when_written_out_is_bounded(tmp_path):
    nested = "income"
    for _ in range(8):
        nested = f"marginal(rate of {nested})"
    with pytest.raises(PolicyError) as error:
        written(tmp_path, RULE.replace("is: marginal(rate)}", f"is: {nested}}}")).rule("ferry.fare")
    assert "more than 20000 parts" in error.value.problems[0].message.en


CASES = """
decision: ferry.fare
as_of: 2024-08-01
cases:
  - {facts: {income: 30000}, expect: {findings: any, values: {rate: 3%, quick: 0}}}
  - {facts: {income: 36000}, expect: {findings: any, values: {rate: 3%, quick: 0, tax: 1080, tax_quick: 1080}}}
  - {facts: {income: 36000.01}, expect: {findings: any, values: {rate: 10%, quick: 2520}}}
  - {facts: {income: 36001}, expect: {findings: any, values: {rate: 10%}}}
  - {facts: {income: 144000}, expect: {findings: any, values: {rate: 10%, quick: 2520, tax: 11880}}}
  - {facts: {income: 144000.01}, expect: {findings: any, values: {rate: 20%, quick: 16920}}}
  - {facts: {income: 144001}, expect: {findings: any, values: {rate: 20%, quick: 16920, tax: 11880.2}}}
  - {facts: {income: 200000}, expect: {findings: any, values: {tax: 23080}}}
  - {facts: {paid: 950, sold_on: 2024-06-30}, expect: {findings: {under-ceiling: satisfied, sold-under-ceiling: violated}}}
  - {as_of: 2024-06-30, facts: {}, expect: {findings: any, values: {ceiling: 800}}}
  - {as_of: 2024-07-01, facts: {}, expect: {findings: any, values: {ceiling: 950}}}
  - {as_of: 2023-01-01, facts: {}, expect: {findings: any, values: {ceiling: 800}}}
  - {as_of: 2022-12-31, facts: {}, expect: {findings: any, values: {ceiling: ~}}}
"""


def test_every_small_change_of_a_table_is_noticed(tmp_path, town):
    (tmp_path / "fare.yaml").write_text(CASES, encoding="utf-8")
    cases, proved = load_cases(tmp_path / "fare.yaml"), {"rate", "quick", "ceiling", "tax"}
    alive = survivors(town, cases, lambda mutant, killed: None, {"ferry.fare"})
    assert [m.change for m in alive if m.provision in proved] == []
    alive = survivors(town, cases[:-2], lambda mutant, killed: None, {"ferry.fare"})
    assert [m.change for m in alive if m.provision == "ceiling"] != []


def test_dates_are_of_the_calendar(town):
    assert town.decide("ferry.fare", {}, dt.date(2024, 7, 1)).values["ceiling"] == 950


def test_a_bracket_without_a_rate_adds_nothing(tmp_path):
    """A change of it would alter nothing, so none is asked for."""
    text = RULE.replace("is: marginal(rate)}", "is: marginal(free)}").replace(
        "tables:", "tables:\n  free: {type: share, by: income, cite: {at: 附表, phrase: 不超过10元的3%}, up_to: {10: 3%}, otherwise: 0}", 1
    )  # fmt: skip
    book = written(tmp_path, text)
    tax = next(p for p in book.rule("ferry.fare").provisions if p.id == "tax")
    assert "0%" not in unparse(tax.value)
    for income, due in ((5, "0.15"), (10, "0.3"), (99, "0.3")):
        assert decided(book, income=income)[0]["tax"] == Fraction(due)
