"""The compiled reading says what the interpreter says: statuses, outcome, what is contested, what is assumed."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import agreement
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, READINGS, assuming, composed, declared, rules, some_facts, taken

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import TEXT, is_not_yet
from policy_engine.compiled import decide as by_function
from policy_engine.compiled import said as said_before
from policy_engine.compiled.compiled import Compiled
from policy_engine.deciding.decide import Verdict, contradicted, status_of
from policy_engine.deciding.facts import _read, read_facts
from policy_engine.deciding.outcome import STATUSES
from policy_engine.explaining import decision as by_interpreter
from policy_engine.proving.cases import load_cases

BOOK = policy_engine.load()
DAY = dt.date(2025, 3, 1)
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def said(compiled, case):
    told, contested = compiled.contested(case)
    return compiled.statuses(case), compiled.outcome(case), told, contested, compiled.assumes(case)


def meant(rule, facts, as_of, chosen):
    case = Verdict(rule, facts, as_of, chosen)
    contested = frozenset(p.id for p in case.base.provisions if case.readings(p))
    assumes = {p.id: names for p in case.checks if (names := case.assumes(p))}
    return {p.id: case.status(p) for p in case.checks}, case.outcome(), bool(case.alternatives), contested, assumes


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_shipped_rules_are_read_alike(decision, request):
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, request.config.getoption("--cases")):
        compiled = Compiled(rule, batch.as_of, batch.chosen)
        for facts in batch.facts:
            given = agreement.told(facts)
            assert said(compiled, compiled.prepared(given)) == meant(rule, given, batch.as_of, batch.chosen), facts


@given(rules(varied=True), taken(), some_facts())
@settings(max_examples=200, deadline=None)
def test_rules_nobody_wrote_are_read_alike(rule, values, facts):
    rule, day = assuming(rule, values), dt.date(2024, 2, 29)
    given = agreement.told(facts)
    compiled = Compiled(rule, day, {})
    assert said(compiled, compiled.prepared(given)) == meant(rule, given, day, {}), compiled.source(facts)


NESTED = """
decision: town.rule
document: 湾政发〔2023〕7号
calendar: cn
inputs: {a: {type: flag}, b: {type: flag}, n: {type: count}, m: {type: count}, d: {type: date}}
provisions:
  - {id: unlike, cite: {at: 第一条, phrase: 虚构}, require: "is_working_day(d) != ((if a then n else m) != 2)"}
  - {id: alike, cite: {at: 第一条, phrase: 虚构}, require: "((if a then n else m) == 2) == (n * 2 == m + 2)"}
"""


def test_whole_parts_of_quotients_are_those_of_fractions():
    whole = [
        {"id": f"{name}-{limit + 3}", "cite": CITE, "require": f"{name}(m1 / (m2 - m3)) >= {limit}"}
        for name in ("floor", "ceil")
        for limit in range(-3, 4)
    ]
    rule, amounts = (
        composed(declared(whole)),
        [None, *map(Fraction, (0, 1, 3)), Fraction(501, 100)],
    )
    compiled = Compiled(rule, DAY, {})
    assert "Fraction(" not in compiled.source(["m1", "m2", "m3"])
    for m1, m2, m3 in product(amounts, repeat=3):
        facts = {name: value for name, value in (("m1", m1), ("m2", m2), ("m3", m3)) if value is not None}
        given = agreement.told(facts)
        assert said(compiled, compiled.prepared(given)) == meant(rule, given, DAY, {}), facts


def test_what_is_compared_may_itself_be_a_comparison(town):
    rule, day = town(NESTED).rule("town.rule"), dt.date(2024, 2, 29)
    compiled = Compiled(rule, day, {})
    days, counts = (dt.date(2024, 2, 28), dt.date(2024, 3, 2)), (Fraction(1), Fraction(2), Fraction(3))
    for values in product((True, False), (True,), counts, counts, days):
        given = agreement.told(dict(zip("abnmd", values, strict=True)))
        assert said(compiled, compiled.prepared(given)) == meant(rule, given, day, {}), (values, compiled.source())


OPEN = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs: {a: {type: flag}, n: {type: count, when: a}, m: {type: count, when: not a}}
provisions:
  - {id: twice, cite: {at: 第一条, phrase: 虚构}, value: {type: count, is: 2 * n}}
"""
BESIDE = "  - {id: thrice, cite: {at: 第一条, phrase: 虚构}, value: {type: count, is: 3 * m}}\n"


def test_an_outcome_said_before_is_that_of_cases_in_which_the_same_facts_matter(town, monkeypatch):
    """What is open bears on the outcome only where a fact that it waits for matters."""
    monkeypatch.setattr(by_function, "SELDOM", 0)
    rule = town(OPEN).rule("town.rule")
    told = [{"a": False}, {"a": True}, {"a": False}, {}, {"a": False, "n": Fraction(1)}, {"a": True}]
    found = [by_function.decide(rule, agreement.told(facts), DAY).outcome for facts in told]
    assert found == ["not_applicable", "undetermined", "not_applicable", "undetermined", "compliant", "undetermined"]
    rule = town(OPEN + BESIDE).rule("town.rule")
    for facts in [*told, {"a": True, "n": Fraction(1)}, {"a": True, "m": Fraction(1)}] * 2:
        case = rule, agreement.told(facts), DAY, {}
        assert whole(by_function.decide, *case) == whole(by_interpreter.decide, *case), facts


def whole(decide, rule, facts, as_of, chosen):
    try:
        return decide(rule, facts, as_of, chosen).to_json()
    except PolicyError as error:
        return [problem.message for problem in error.problems]


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_answers_are_the_same_text(decision, request, monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, request.config.getoption("--cases")):
        for facts in map(agreement.told, batch.facts):
            case = rule, facts, batch.as_of, batch.chosen
            assert whole(by_function.decide, *case) == whole(by_interpreter.decide, *case), facts


@given(rules(varied=True), taken(), some_facts())
@settings(max_examples=200, deadline=None)
def test_answers_of_rules_nobody_wrote_are_the_same_text(rule, values, facts):
    case = assuming(rule, values), agreement.told(facts), dt.date(2024, 2, 29), {}
    seldom, by_function.SELDOM = by_function.SELDOM, 0
    try:
        assert whole(by_function.decide, *case) == whole(by_interpreter.decide, *case)
    finally:
        by_function.SELDOM = seldom


def waits(case):
    """What a case waits for, what its values are, and both under every reading, as far as a program can ask."""
    under = [{}, *case.choices]
    told = [(*[case.result(p, choice) for choice in under], case.readings(p), case.assumes(p)) for p in case.formulas]
    told += [
        (case.readings(p), case.assumes(p), case.missing(p), case.awaited(p), facts_of(case.barely(p)))
        for p in case.checks
    ]
    return told, case.alternatives


def facts_of(waits):
    return [name for name in waits if isinstance(name, str)]


@pytest.mark.parametrize("decision", ["fund.investment", "parking.premium", "party-group.meeting", "party-group.year"])
def test_what_is_waited_for_is_what_the_interpreter_says(decision):
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, 8):
        whole = by_function.made(rule, batch.as_of, batch.chosen)
        for facts in map(agreement.told, batch.facts):
            case = by_function.quick(whole, facts) if whole and by_function.settled(rule, facts) else None
            if case:
                assert waits(case) == waits(Verdict(rule, facts, batch.as_of, batch.chosen)), facts


WITH_VALUES = [name for name in BOOK.decisions() if (rule := BOOK.rule(name)).readings and rule.formula_order]


@pytest.mark.parametrize("decision", WITH_VALUES)
def test_a_value_under_another_reading_is_what_the_interpreter_says(decision):
    rule, path = BOOK.rule(decision), SCENARIOS.joinpath(*decision.split(".")).with_suffix(".yaml")
    for scenario in load_cases(path):
        if scenario.entries is None and not (scenario.expect and scenario.expect.refused):
            day, facts = scenario.as_of or DAY, read_facts(rule, scenario.facts)
            whole = by_function.made(rule, day, scenario.readings)
            case = by_function.quick(whole, facts) if whole and by_function.settled(rule, facts) else None
            said = Verdict(rule, facts, day, scenario.readings)
            for p, choice in product(case.formulas if case else (), said.choices):
                assert case.result(p, choice) == said.result(p, choice), (scenario.name, p.id, choice)


@pytest.mark.parametrize("given", [{}, {"f1": False}, {"f1": True}, {"f1": False, "m1": Fraction(1)}])
def test_a_value_that_waits_for_what_does_not_matter_says_nothing_under_another_reading(given):
    first, (default, other) = next(iter(READINGS.items()))
    value = {"type": "money", "is": f'if {first} == "{default}" then 1 yuan else m1'}
    rule = composed(declared([{"id": "v0", "cite": CITE, "value": value}], forms={"m1": {"when": "f1"}}))
    case = by_function.quick(by_function.made(rule, DAY, {}), facts := agreement.told(given))
    (p,) = case.formulas
    found = case.result(p, {first: other})
    assert found == Verdict(rule, facts, DAY, {}).result(p, {first: other})
    assert found.applies is (given != {"f1": False})


@pytest.mark.parametrize(
    ("decision", "facts", "waits_for"),
    [
        ("document.submission", {"document_kind": "another"}, set()),
        ("document.submission", {"document_kind": "work-plan"}, {"pages", "characters"}),
        ("hospital.operation", {"year": Fraction(10**9)}, set()),
    ],
)
def test_behind_what_stays_open_nothing_is_waited_for(decision, facts, waits_for):
    rule, given = BOOK.rule(decision), agreement.told(facts)
    case = by_function.quick(by_function.made(rule, DAY, {}), given)
    assert waits(case) == waits(Verdict(rule, given, DAY, {}))
    open_ = {n for p in case.checks if case.status(p) == "undetermined" for n in case.missing(p)}
    assert open_ & {"pages", "characters", "energy_ratio", "institutions"} == waits_for


@given(rules(varied=True), taken(), some_facts())
@settings(max_examples=50, deadline=None)
def test_what_rules_nobody_wrote_wait_for_is_what_the_interpreter_says(rule, values, facts):
    rule, day = assuming(rule, values), dt.date(2024, 2, 29)
    whole, given = by_function.made(rule, day, {}), agreement.told(facts)
    case = by_function.quick(whole, given) if whole and by_function.settled(rule, given) else None
    if case:
        assert waits(case) == waits(Verdict(rule, given, day, {})), whole.waits.source


@given(rules(varied=True, musts=True), taken(), some_facts(), some_facts())
@settings(max_examples=60, deadline=None)
def test_what_was_said_of_a_case_is_said_of_no_other(rule, values, facts, others):
    """One fact after another is changed, taken away, and given again."""
    rule = assuming(rule, values)
    nearby = [facts | {name: value} for name, value in others.items()]
    nearby += [{n: value for n, value in facts.items() if n != name} for name in facts]
    seldom, by_function.SELDOM = by_function.SELDOM, 0
    try:
        for case in (facts, *nearby, others, facts):
            asked = rule, agreement.told(case), dt.date(2024, 2, 29), {}
            assert whole(by_function.decide, *asked) == whole(by_interpreter.decide, *asked), case
    finally:
        by_function.SELDOM = seldom


@pytest.mark.parametrize("decision", ["fund.investment", "award.grant", "parking.transfer", "hospital.setup"])
def test_a_fact_that_is_tried_is_judged_as_the_interpreter_does(decision):
    rule, tried = BOOK.rule(decision), 0
    for batch in agreement.batches(rule, 4):
        whole = by_function.made(rule, batch.as_of, batch.chosen)
        for facts in map(agreement.told, batch.facts):
            case = by_function.quick(whole, facts)
            others = (told for other in batch.facts for told in other.items() if case and not is_not_yet(told[1]))
            for name, value in others:
                changed = case.base.with_fact(name, value)
                possible = not contradicted(changed)
                for p in case.checks:
                    told = [case.would(p, status, name, value) for status in STATUSES]
                    if None not in told:
                        tried += 1
                        judged = status_of(replace(p, due=None), changed)
                        assert told == [possible and judged == status for status in STATUSES]
    assert tried > 100


@pytest.mark.parametrize(("value", "status"), [(DAY, "satisfied"), (DAY - dt.timedelta(7), "violated")])
def test_a_fact_that_is_tried_is_judged_whenever_the_check_is_due(value, status):
    rule = composed(declared([{"id": "check-1", "cite": CITE, "due": "d1 + 1 day", "require": "d1 >= d2 and c1 <= 2"}]))
    facts = agreement.told(
        {"d1": DAY - dt.timedelta(3), "d2": DAY, "c1": Fraction(1)}
    )  # which may rise until it is due
    case = by_function.quick(by_function.made(rule, DAY, {}), facts)
    (check,) = case.checks
    assert case.status(check) == "violated"
    assert [said for said in STATUSES if case.would(check, said, "d1", value)] == [status]


MANY = "count(f1, f2, f3) >= 2"  # no function holds it
LARGEST = {"type": "money", "is": "greatest(f1, m1, f2, m2)"}


@pytest.mark.parametrize(
    ("beside", "forms"),
    [
        ([{"id": "many", "require": MANY, "until": "2024-12-31"}], {}),
        ([{"id": "many", "require": MANY, "when": "false"}], {}),
        ([{"id": "largest", "value": LARGEST, "when": "false"}], {}),
        ([], {"m1": {"when": MANY}}),
    ],
)
def test_where_a_function_does_not_hold_all_that_is_waited_for_there_is_none(beside, forms):
    """What is in force no more is in no function, and neither is what says which facts matter."""
    held = {"id": "few", "require": "m1 <= 2 yuan"}
    rule = composed(declared([{**one, "cite": CITE} for one in (held, *beside)], forms=forms))
    assert by_function.made(rule, DAY, {}) is None
    again = [by_function.decide(rule, agreement.told({}), DAY).to_json() for _ in range(4)]
    assert again == [by_interpreter.decide(rule, agreement.told({}), DAY).to_json()] * 4


def test_a_function_is_made_for_what_is_asked_again_and_few_are_kept(monkeypatch):
    kept = by_function._Kept()
    rule, day = BOOK.rule("fund.investment"), dt.date(2025, 3, 1)
    assert [kept.whole(rule, day, {}) is not None for _ in range(4)] == [False, False, True, True]
    monkeypatch.setattr(by_function, "KEPT", 2)
    for i in range(3):
        kept.whole(rule, day + dt.timedelta(i + 1), {})
    assert kept.whole(rule, day, {}) is None


# --- what a user gives ---------------------------------------------------------------------------------------------------

FUND = {"kind": "subfund", "fund_total": "15亿元", "subfund_total": "10亿元", "amount": "2.4亿元"}
RAW = {
    "amount": ["2.4亿元", 240_000_000, Decimal("240000000.00"), "0.005", "15%", "x", "", None, "-1", True, 1.5, "1e9"],
    "kind": ["subfund", "子基金", "direct", "fund", 1],
    "approved_by_committee": [True, "是", "no", 1, 0],
    "activities": ["none", "", "bond-aaa", "bond-aaa,other-strategies", ["bond-aaa"], "another"],
    "management_fee": ["2%", "0.02", "2", "2.005%", "0.000001"],
    "拟投资金额": ["1元"],
    "nothing": [1],
}


def answered(decide):
    try:
        return decide()
    except PolicyError as error:
        return [problem.message.en for problem in error.problems]


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in RAW.items()}))
@settings(max_examples=300, deadline=None)
def test_facts_are_read_and_refused_alike(facts):
    compiled = BOOK.compile("fund.investment", "2025-03-01")

    def by_functions():
        case = compiled.prepare(FUND | facts)
        return compiled.statuses(case), compiled.outcome(case)

    def by_interpreter():
        found = BOOK.decide("fund.investment", FUND | facts, "2025-03-01")
        return {f.provision: f.status for f in found.findings}, found.outcome

    assert answered(by_functions) == answered(by_interpreter)
    assert answered(by_functions) == answered(by_interpreter)  # what was read before is read as it was


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_numbers_that_are_exact_are_read_as_any_others(decision):
    """At every end of what an input may be and beside it, whole and in parts that are too fine."""
    compiled = Compiled(BOOK.rule(decision), DAY, {})
    for name, entry in compiled.rule.inputs.items():
        if entry.type.kind != "number":
            continue
        ends = [bound.value for bound in entry.bounds] + [
            Fraction(0),
            Fraction(1),
            Fraction(10**100),
            Fraction(10**120),
        ]
        for end in ends:
            for step in (0, 1, Fraction(1, 100), Fraction(1, 10_000), Fraction(1, 3), Fraction(1, 100_000)):
                for value in (end + step, end - step):
                    wanted = compiled._one(name, value)
                    assert compiled._exact(name, value) == wanted
                    if value.denominator == 1:
                        assert compiled._exact(name, int(value)) == wanted


def test_a_list_of_options_is_read_as_a_set_is():
    compiled = BOOK.compile("fund.investment", DAY)
    for activities in ([], ["futures"], ["futures", "trust"], "futures,trust"):
        wanted = compiled.prepared(read_facts(compiled.rule, {"activities": activities}))
        assert compiled._at_once({"activities": activities}) == wanted
    with pytest.raises(PolicyError, match="nonsense"):
        compiled.prepare({"activities": ["nonsense"]})


def test_a_flag_read_before_is_no_number():
    compiled = BOOK.compile("fund.investment", "2025-03-01")
    assert compiled.prepare(FUND | {"approved_by_committee": True}).values is not None
    with pytest.raises(PolicyError, match="yes or no"):
        compiled.prepare(FUND | {"approved_by_committee": 1})


@pytest.mark.parametrize("chosen", [{"nonsense": "x"}, {"fund_total": "committed"}, {"direct_cap": "zz"}])
def test_a_reading_that_is_none_is_refused_each_time(chosen):
    for _ in range(4):  # by the interpreter, then by the function
        with pytest.raises(PolicyError, match=r"reading|option"):
            BOOK.decide("fund.investment", {"kind": "subfund"}, DAY, chosen)
    with pytest.raises(PolicyError, match=r"reading|option"):
        BOOK.compile("fund.investment", DAY, chosen)


def test_facts_that_contradict_each_other_are_refused():
    with pytest.raises(PolicyError, match="contradict"):
        BOOK.compile("party-group.meeting", "2025-03-01").prepare({"members": 5, "present": 6})


def test_many_cases_are_answered_in_their_order():
    compiled = BOOK.compile("fund.investment", "2025-03-01")
    rows = [FUND | {"amount": amount} for amount in ("1亿元", "2.4亿元")]
    assert [statuses["subfund-share-of-fund"] for _, statuses in compiled.many(rows)] == ["satisfied", "violated"]


def test_the_source_names_each_provision_and_holds_no_fraction_on_the_way():
    compiled = BOOK.compile("fund.investment", "2025-03-01")
    text = compiled.source(FUND).partition("def outcome")[0]
    assert "# subfund-share-of-fund" in text
    assert "Fraction" not in text


def test_readings_and_assumptions_are_those_asked_for():
    with pytest.raises(PolicyError, match="is not a reading"):
        BOOK.compile("fund.investment", "2025-03-01", readings={"nothing": "x"})
    votes = {"members": 9, "present": 7, "matter": "ordinary", "in_favour": 5}
    told = [BOOK.compile("party-group.meeting", "2025-03-01", assume=assume) for assume in ("all", "none")]
    assert [compiled.assumes(compiled.prepare(votes)) != {} for compiled in told] == [True, False]


def test_a_finding_is_not_worked_out_again_where_no_fact_it_can_use_has_changed(monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    first, again, other = (
        {f.provision: f for f in BOOK.decide("fund.investment", FUND | {"amount": amount}, DAY).findings}
        for amount in ("2.4亿元", "240000000", "2.5亿元")
    )
    assert all(found is again[name] for name, found in first.items())
    assert {name for name in first if first[name] is other[name]} == {
        "direct-stake", "prohibited-activities", "committee-approval", "direct-share-of-fund", "direct-project-range",
    }  # fmt: skip


def test_a_remedy_keeps_what_facts_must_fulfil_of_the_case_at_hand(monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    facts = FUND | {"amount": "2.4亿元", "reinvestment": "1亿元"}
    mended = []
    for returned in ("0", "2亿元"):  # no less is invested than came back
        found = BOOK.decide("fund.investment", facts | {"returned": returned}, DAY).findings
        mended.append([r.input for f in found if f.provision == "reinvestment" for r in f.remedies])
    assert mended == [["reinvestment", "amount"], ["reinvestment"]]


def test_a_finding_of_an_answer_with_a_justification_is_that_of_no_other(monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    facts = FUND | {"term_years": 9}
    accepted = {"justifications": {"subfund-term": {"who": "a", "why": "b"}}}
    found = [BOOK.decide("fund.investment", facts | more, DAY) for more in ({}, accepted, {})]
    told = [next(f for f in one.findings if f.provision == "subfund-term") for one in found]
    assert [one.status for one in told] == ["departed"] * 3
    assert [one.justification is not None for one in told] == [False, True, False]


def test_few_things_said_are_kept(monkeypatch):
    monkeypatch.setattr(said_before, "MOST", 2)
    kept, made = said_before.Recall(), []
    for key in (1, 2, 1, 3, 1, 2):  # 2 is the one asked for longest ago when 3 comes
        kept.of(key, lambda key=key: made.append(key))
    assert made == [1, 2, 3, 2]


def test_texts_of_numbers_are_kept_as_they_are_written():
    entry = replace(next(iter(BOOK.rule("fund.investment").inputs.values())), type=TEXT, options={})
    written = [_read(BOOK.rule("fund.investment"), entry, Decimal(number)) for number in ("1.0", "1", "1.00")]
    assert written == ["1.0", "1", "1.00"]


def by_margins(found):
    margins = [(f, f.margin) for f in found.findings]
    return [(m.to_spare if m.short_by is None else -m.short_by) if m else None for _, m in margins]


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_how_near_checks_are_is_what_their_margins_say(decision, monkeypatch):
    monkeypatch.setattr(by_function, "SELDOM", 0)
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, 15):
        for facts in map(agreement.told, batch.facts):
            if isinstance(whole(by_function.decide, rule, facts, batch.as_of, batch.chosen), dict):
                found = by_function.decide(rule, facts, batch.as_of, batch.chosen)
                assert [f.gap for f in found.findings] == by_margins(found), facts


@given(rules(varied=True), taken(), some_facts())
@settings(max_examples=60, deadline=None)
def test_how_near_checks_nobody_wrote_are_is_what_their_margins_say(rule, values, facts):
    seldom, by_function.SELDOM = by_function.SELDOM, 0
    try:
        found = by_function.decide(assuming(rule, values), agreement.told(facts), dt.date(2024, 2, 29), {})
    except PolicyError as error:
        assert {problem.code for problem in error.problems} == {"contradiction"}
        return
    finally:
        by_function.SELDOM = seldom
    assert [f.gap for f in found.findings] == by_margins(found)


def test_orders_of_facts_are_not_kept_without_end(monkeypatch):
    import policy_engine.compiled.compiled as room

    monkeypatch.setattr(room, "MADE", 4)
    compiled = BOOK.compile("fund.investment", "2025-03-01")
    for names in itertools.islice(itertools.permutations(FUND), 20):
        compiled.prepare({name: FUND[name] for name in names})
    assert 0 < len(compiled._in_order) <= 4


@pytest.mark.parametrize("asked", ["outcome", "statuses", "function", "contested", "assumes"])
@pytest.mark.parametrize("case", [{"kind": "subfund"}, None, 3])
def test_facts_that_are_not_prepared_are_told_as_such(asked, case):
    compiled = policy_engine.load().compile("fund.investment", as_of=dt.date(2025, 3, 1))
    with pytest.raises(PolicyError) as refused:
        getattr(compiled, asked)(case)
    (found,) = refused.value.problems
    assert type(case).__name__ in found.message.en
    assert "compiled.prepare(facts)" in found.help.zh
