"""A case is decided as the rule says: forces, exceptions, versions, targets, readings, what the text leaves open."""

import datetime as dt
from fractions import Fraction

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.words import Exit, exit_of

FERRY = {
    "vessel": "ferry", "fee": "125000", "turnover": "100万元", "deposit": 0, "quay": "200m2", "price": 50, "crew": 12, "licensed": 8,
    "foreign": "15%", "cargo": ["timber"], "built_on": "1995-06-01", "asked_on": "2024-01-31", "answered_on": "2024-02-07",
    "insured": True, "sulphur": "34.9",
}  # fmt: skip


def berth(city, as_of="2025-03-01", readings=None, **changed):
    facts = {name: value for name, value in {**FERRY, **changed}.items() if value is not None}
    return city.decide("harbour.berth", facts, as_of, readings)


def status(decision, provision):
    return next(f.status for f in decision.findings if f.provision == provision)


def finding(decision, provision):
    return next(f for f in decision.findings if f.provision == provision)


def test_a_case_that_keeps_everything_complies(city):
    decision = berth(city, answered_on="2024-02-29")
    assert decision.outcome == "compliant"
    assert decision.missing == ()
    assert exit_of((decision.outcome,), strict=False) == Exit.COMPLIANT


@pytest.mark.parametrize(
    ("fee", "expected"), [("125000", "satisfied"), ("125000.01", "violated"), (None, "undetermined")]
)
def test_a_binding_bound_holds_to_the_fen(city, fee, expected):
    assert status(berth(city, fee=fee), "fee-cap") == expected


@pytest.mark.parametrize(("licensed", "expected"), [(8, "satisfied"), (7, "violated")])
def test_two_thirds_are_two_thirds(city, licensed, expected):
    assert status(berth(city, licensed=licensed), "licensed-crew") == expected


def test_an_exception_switches_a_provision_off_and_says_why(city):
    found = finding(berth(city, licensed=0, emergency=True), "licensed-crew")
    assert found.status == "not_applicable"
    assert "紧急情况除外" in found.reason.zh


def test_an_exception_gives_a_formula_another_value(city):
    assert berth(city, emergency=True).values["rate"] == 0
    assert berth(city).values["rate"] == Fraction(1, 10)


@pytest.mark.parametrize(("crew", "expected"), [(12, "compliant"), (13, "compliant_with_departures")])
def test_a_departure_from_an_ordinary_rule_is_no_violation(city, crew, expected):
    decision = berth(city, crew=crew, licensed=12, answered_on="2024-02-29")
    assert decision.outcome == expected
    assert exit_of((decision.outcome,), strict=False) == Exit.COMPLIANT
    assert exit_of((decision.outcome,), strict=True) == (Exit.COMPLIANT if crew == 12 else Exit.NON_COMPLIANT)


@pytest.mark.parametrize(("until", "expired"), [(None, False), ("2025-03-01", False), ("2025-02-28", True)])
def test_a_departure_stays_one_when_it_is_justified_and_the_justification_expires(city, until, expired):
    reason = {"who": "市港务局", "why": "试航", **({"until": until} if until else {})}
    found = finding(berth(city, crew=13, licensed=12, justifications={"small-crew": reason}), "small-crew")
    assert found.status == "departed"
    assert found.justification.expired is expired


@pytest.mark.parametrize(
    ("as_of", "sulphur", "expected"),
    [("2024-12-30", 99, "pending"), ("2024-12-31", 99, "missed"), ("2024-12-31", 35, "missed"), ("2024-12-31", "34.99", "satisfied"), ("2024-12-30", None, "pending"),
     ("2024-12-31", None, "undetermined")],
)  # fmt: skip
def test_a_target_is_judged_from_its_date_on(city, as_of, sulphur, expected):
    assert status(berth(city, as_of, sulphur=sulphur), "clean-air") == expected


@pytest.mark.parametrize(
    ("insured", "expected"), [(True, "satisfied"), (False, "not_applicable"), (None, "undetermined")]
)
def test_a_permission_never_fails(city, insured, expected):
    assert status(berth(city, insured=insured), "early-berth") == expected


@pytest.mark.parametrize(
    ("as_of", "answered", "expected"),
    [("2024-06-30", "2024-02-07", "satisfied"), ("2024-06-30", "2024-02-08", "violated"), ("2024-07-01", "2024-02-29", "satisfied"), ("2024-07-01", "2024-03-01", "violated")],
)  # fmt: skip
def test_the_version_in_force_on_the_date_decides(city, as_of, answered, expected):
    decision = berth(city, as_of, answered_on=answered)
    assert status(decision, "answer-in-time") == expected
    assert sum(f.provision == "answer-in-time" for f in decision.findings) == 1


def test_out_of_force_nothing_applies_and_the_answer_says_so(city):
    for as_of, word in (("2023-01-31", "not yet in force"), ("2026-02-01", "no longer in force")):
        decision = berth(city, as_of)
        assert {f.status for f in decision.findings} == {"not_applicable"}
        assert decision.outcome == "not_applicable"
        assert any(word in note.en for note in decision.notes)
    for as_of in ("2023-02-01", "2026-01-31"):
        assert berth(city, as_of).outcome != "not_applicable"


def test_the_order_of_versions_in_the_file_does_not_matter(town):
    version = "  - {{id: cap, cite: {{at: 一, phrase: 三}}, {span}, require: n <= {n}}}\n"
    spans = [
        ("from: 2020-01-01, until: 2020-12-31", 1),
        ("from: 2022-01-01, until: 2022-12-31", 2),
        ("from: 2024-01-01", 3),
    ]
    for order in (spans, spans[::-1], [spans[1], spans[0], spans[2]]):
        text = "decision: town.rule\ndocument: 湾\ninputs: {n: {type: count}}\nprovisions:\n" + "".join(
            version.format(span=s, n=n) for s, n in order
        )
        book = town(text)
        for year, expected in (
            (2019, "before 2020-01-01"),
            (2020, "1"),
            (2021, "after 2020-12-31"),
            (2022, "2"),
            (2023, "after 2022-12-31"),
            (2024, "3"),
            (2030, "3"),
        ):
            found = book.decide("town.rule", {"n": 9}, dt.date(year, 6, 1)).findings
            assert len(found) == 1
            assert found[0].reason.en.endswith(expected) or f"exceeds {expected} " in found[0].reason.en, (order, year)


def test_what_the_text_leaves_undecidable_is_said_and_never_filled_in(city):
    found = finding(berth(city, vessel="yacht"), "noise")
    assert found.status == "undetermined"
    assert found.missing == ()
    assert "The text gives no number." in found.reason.en
    assert status(berth(city, vessel="ferry"), "noise") == "not_applicable"


def test_a_case_the_text_does_not_settle_is_undetermined_with_the_reason(city):
    decision = berth(city, built_on="2010-01-01")
    assert decision.to_json()["values"]["rate"] is None
    assert decision.to_json()["undetermined"]["rate"]["reason"]["zh"] == "未规定较新船舶。"
    assert decision.outcome == "undetermined"


def test_a_value_that_does_not_apply_is_neither_zero_nor_undetermined(city):
    shown = berth(city).to_json()
    assert shown["values"]["quay_price"] is None
    assert "quay_price" in shown["not_applicable"]
    assert "quay_price" not in shown["undetermined"]
    assert berth(city, vessel="yacht").values["quay_price"] == 1000


def test_a_value_that_may_not_apply_is_not_given(city):
    decision = berth(city, vessel=None)
    assert decision.to_json()["values"]["quay_price"] is None
    assert decision.to_json()["undetermined"]["quay_price"] == {"missing": ["vessel"]}


def test_a_finding_another_reading_turns_is_contested(city):
    decision = berth(city, fee=130000, deposit="4万元")
    found = finding(decision, "fee-cap")
    assert found.status == "violated"
    assert [(a.choose, a.status) for a in found.readings] == [({"fee_base": "both"}, "satisfied")]
    assert decision.contested
    assert status(berth(city, fee=130000, deposit="4万元", readings={"fee_base": "both"}), "fee-cap") == "satisfied"
    assert not finding(decision, "small-crew").contested


def test_two_questions_are_also_varied_together(town):
    reading = "{{question: 问, default: no, options: {{no: {{}}, yes: {{}}}}}}".format()
    book = town(
        f"decision: town.rule\ndocument: 湾\nreadings: {{q: {reading}, r: {reading}}}\nprovisions:\n"
        '  - {id: cap, cite: {at: 一, phrase: 三}, require: \'q == "no" or r == "no"\'}\n'
    )
    found = book.decide("town.rule", {}, "2024-01-01").findings[0]
    assert found.status == "satisfied"
    assert [a.choose for a in found.readings] == [{"q": "yes", "r": "yes"}]


@pytest.mark.parametrize("readings", [{"fee_bas": "both"}, {"fee_base": "all"}])
def test_an_unknown_reading_is_refused(city, readings):
    with pytest.raises(PolicyError) as error:
        berth(city, readings=readings)
    assert [p.code for p in error.value.problems] == ["reading"]


def test_nothing_given_is_nothing_passed(city):
    decision = city.decide("harbour.berth", {}, "2025-03-01")
    assert {f.status for f in decision.findings} == {"undetermined"}
    assert decision.outcome == "undetermined"
    assert exit_of((decision.outcome,), strict=False) == Exit.UNDETERMINED
    unasked = {"foreign", "deposit", "insured"}  # neither of two matters under the default readings; the third permits
    assert set(decision.missing) == set(FERRY) - unasked


def test_a_violation_is_not_hidden_by_what_is_unknown(city):
    decision = city.decide("harbour.berth", {"cargo": ["oil"]}, "2025-03-01")
    assert decision.outcome == "non_compliant"
    assert exit_of((decision.outcome,), strict=False) == Exit.NON_COMPLIANT


def test_an_unknown_fact_matters_only_where_it_matters(city):
    assert status(city.decide("harbour.berth", {"vessel": "ferry"}, "2025-03-01"), "fish-only") == "not_applicable"
    assert status(city.decide("harbour.berth", {"vessel": "trawler"}, "2025-03-01"), "fish-only") == "undetermined"
    assert status(city.decide("harbour.berth", {"emergency": "是"}, "2025-03-01"), "licensed-crew") == "not_applicable"


def test_the_reason_puts_the_figures_in(city):
    found = finding(berth(city, fee="125000.01"), "fee-cap")
    assert "125,000.01" in found.reason.en
    assert "12.5% × 1,000,000 = 125,000" in found.reason.en
    assert "0.01 yuan" in found.reason.en
    assert "0.01 元" in found.reason.zh
    assert found.margin.to_json() == {"left": "125000.01", "relation": "<=", "right": "125000", "short_by": "0.01"}


def test_the_json_contract(city):
    decision = berth(city, fee="125000.01", crew=None)
    shown = decision.to_json()
    cap = next(f for f in shown["findings"] if f["provision"] == "fee-cap")
    assert (shown["decision"], shown["as_of"], shown["outcome"], shown["contested"]) == (
        "harbour.berth",
        "2025-03-01",
        "non_compliant",
        False,
    )
    assert cap["cite"] == {"document": "湾政发〔2023〕1号", "at": "第三条", "phrase": "不超过营业额的12.5%"}
    assert (cap["status"], cap["force"], cap["missing"], cap["readings"]) == ("violated", "binding", [], [])
    assert {(r["input"], r["relation"], r["value"]) for r in cap["remedies"]} == {
        ("fee", "<=", "125000"),
        ("turnover", ">=", "1000000.08"),
    }
    assert shown["values"]["base"] == "1000000"
    assert shown["undetermined"]["on_board"] == {"missing": ["crew"]}
    assert shown["missing"] == ["crew"]


@pytest.mark.parametrize("as_of", ["soon", "2024-02-30", 20240101, 1.5, dt.datetime(2024, 1, 1)])
def test_a_date_of_decision_that_is_none_is_refused(city, as_of):
    with pytest.raises(PolicyError):
        city.decide("library.loan", {}, as_of)


def test_a_calendar_month_ends_with_the_month(city):
    for returned, expected in (("2024-02-29", "satisfied"), ("2024-03-01", "violated")):
        decision = city.decide("library.loan", {"borrowed_on": "2024-01-31", "returned_on": returned}, "2024-06-01")
        assert status(decision, "return") == expected


def test_formulas_of_a_long_chain_are_worked_out(town):
    links = "".join(
        f"  - {{id: v{i}, cite: {{at: 一, phrase: 三}}, value: {{type: count, is: v{i + 1} + 1}}}}\n" for i in range(60)
    )
    book = town(
        "decision: town.rule\ndocument: 湾\ninputs: {n: {type: count}}\nprovisions:\n" + links
        + "  - {id: v60, cite: {at: 一, phrase: 三}, value: {type: count, is: n}}\n  - {id: cap, cite: {at: 一, phrase: 三}, require: v0 <= 60}\n"
    )  # fmt: skip
    assert book.decide("town.rule", {"n": 1}, "2024-01-01").outcome == "non_compliant"
    assert book.decide("town.rule", {"n": 0}, "2024-01-01").outcome == "compliant"


def test_cases_that_overlap_are_undetermined_and_said_to(town):
    book = town(
        "decision: town.rule\ndocument: 湾\ninputs: {n: {type: count}}\nprovisions:\n  - id: rate\n    cite: {at: 一, phrase: 三}\n"
        "    value: {type: share, cases: [{when: n >= 3, is: 3%}, {when: n <= 3, is: 1%}]}\n"
    )
    decision = book.decide("town.rule", {"n": 3}, "2024-01-01")
    assert decision.outcome == "undetermined"
    assert "more than one case" in decision.to_json()["undetermined"]["rate"]["reason"]["en"]
    assert book.decide("town.rule", {"n": 2}, "2024-01-01").values["rate"] == Fraction(1, 100)


OPEN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  kind: {type: choice, open: true, of: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}}
  close: {type: flag}
  paid: {type: money}
provisions:
  - {id: cap, cite: {at: 第一条, phrase: 500}, when: WHEN, require: paid <= 500}
"""


@pytest.mark.parametrize(
    ("when", "facts", "waits"),
    [
        ('kind == "a"', {}, ("kind", "paid")),
        ('kind == "a"', {"kind": "a"}, ("paid",)),
        ('kind == "a"', {"kind": "another"}, ()),
        ('kind == "a" and close', {"kind": "another"}, ("close", "paid")),
        ('kind == "a" and close', {"kind": "another", "close": True}, ()),
        ('kind == "a" or close', {"kind": "another", "close": True}, ("paid",)),
    ],
)
def test_what_may_apply_for_ever_waits_for_nothing_that_only_its_requirement_needs(town, when, facts, waits):
    """Whether it applies is not in the text, whatever else is told: then what it requires settles nothing."""
    found = town(OPEN.replace("WHEN", when)).decide("town.rule", facts, dt.date(2025, 6, 30))
    assert (found.findings[0].status, found.findings[0].missing, found.missing) == ("undetermined", waits, waits)
