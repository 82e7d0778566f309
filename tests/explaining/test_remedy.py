"""A remedy is the nearest value of one input that mends a finding alone; where none is named, none was found to do so."""

import datetime as dt
from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import Facts
from policy_engine.explaining.decision import decide

DAY = dt.date(2024, 2, 1)
FEN = Fraction(1, 100)
STEPS = {"count": Fraction(1), "money": FEN, "date": 1}


def status(rule, facts, provision="check-1"):
    """The status of a finding, or `refused` where the facts contradict each other."""
    try:
        found = decide(rule, Facts(facts), DAY).findings
    except PolicyError:
        return "refused"
    return next(f.status for f in found if f.provision == provision)


def ordinal(value):
    return value.toordinal() if isinstance(value, dt.date) else value


def moved(value, by):
    return value + dt.timedelta(int(by)) if isinstance(value, dt.date) else value + by


def failing(rule, facts):
    try:
        found = decide(rule, Facts(facts), DAY).findings
    except PolicyError:
        return []
    return [f for f in found if f.status in ("violated", "departed", "missed")]


def rule_of(require, *, when=None, musts=()):
    entry = {"id": "check-1", "cite": some.CITE, "require": require}
    return some.composed(some.declared([entry | ({"when": when} if when else {})], musts))


def remedies(require, facts, **more):
    rule = rule_of(require, **more)
    facts = {name: Fraction(value) if isinstance(value, int | str) and not isinstance(value, bool) and rule.inputs[name].type.kind == "number" else value
             for name, value in facts.items()}  # fmt: skip
    (finding,) = failing(rule, facts)
    return {r.input: (r.relation, r.value) for r in finding.remedies}


# --- laws --------------------------------------------------------------------------------------------------------------


@given(some.rules(), some.all_facts)
def test_a_remedy_applied_is_satisfied(rule, facts):
    for finding in failing(rule, facts):
        for remedy in finding.remedies:
            if remedy.relation in ("==", "<=", ">="):
                assert status(rule, {**facts, remedy.input: remedy.value}, finding.provision) == "satisfied", remedy
            else:
                inside = remedy.value + (Fraction(1, 10**12) if remedy.relation == ">" else Fraction(-1, 10**12))
                assert status(rule, {**facts, remedy.input: inside}, finding.provision) == "satisfied", remedy


@given(some.rules(), some.all_facts)
def test_one_smallest_unit_short_of_a_remedy_is_not_satisfied(rule, facts):
    for finding in failing(rule, facts):
        for remedy in finding.remedies:
            kind = some.INPUTS[remedy.input]
            now = facts[remedy.input]
            if kind not in STEPS or now == remedy.value:
                continue
            step = STEPS[kind] if ordinal(remedy.value) < ordinal(now) else -STEPS[kind]
            short = moved(remedy.value, step)
            if min(ordinal(now), ordinal(remedy.value)) <= ordinal(short) <= max(ordinal(now), ordinal(remedy.value)):
                assert status(rule, {**facts, remedy.input: short}, finding.provision) != "satisfied", (
                    remedy,
                    short,
                )


@given(some.rules(), some.all_facts, st.data())
def test_no_value_nearer_than_the_remedy_mends(rule, facts, data):
    for finding in failing(rule, facts):
        for remedy in finding.remedies:
            kind, now = some.INPUTS[remedy.input], facts[remedy.input]
            if kind not in ("count", "money", "share", "date"):
                continue
            gap = abs(ordinal(remedy.value) - ordinal(now))
            other = data.draw(some.VALUES[kind], label=remedy.input)
            if abs(ordinal(other) - ordinal(now)) < gap:
                assert status(rule, {**facts, remedy.input: other}, finding.provision) != "satisfied", (
                    remedy,
                    other,
                )


@given(some.rules(), some.all_facts, st.data())
def test_where_it_is_said_that_none_can_no_single_fact_mends(rule, facts, data):
    for finding in failing(rule, facts):
        if finding.no_remedy:
            for name, kind in some.INPUTS.items():
                other = data.draw(some.VALUES[kind], label=name)
                assert status(rule, {**facts, name: other}, finding.provision) != "satisfied", (name, other)


@given(some.expressions("flag", 2), some.expressions("flag", 1), some.some_facts())
def test_a_remedy_never_makes_the_facts_contradict_each_other(require, must, facts):
    from policy_engine.words import unparse

    rule = rule_of(unparse(require), musts=[unparse(must)])
    for finding in failing(rule, facts):
        for remedy in finding.remedies:
            if remedy.relation in ("==", "<=", ">="):
                assert status(rule, {**facts, remedy.input: remedy.value}) == "satisfied", remedy


# --- examples ----------------------------------------------------------------------------------------------------------


def test_money_is_mended_to_the_exact_bound():
    assert remedies("m1 <= 15% of m2", {"m1": "225000000.01", "m2": 1_500_000_000}) == {
        "m1": ("<=", Fraction(225_000_000)),
        "m2": (">=", Fraction("1500000000.07")),  # 20/3 of the amount, in whole fen
    }


def test_a_bound_that_is_excluded_is_mended_to_the_next_fen():
    assert remedies("m1 < m2", {"m1": 100, "m2": 100}) == {
        "m1": ("<=", Fraction("99.99")),
        "m2": (">=", Fraction("100.01")),
    }


def test_a_bound_that_is_excluded_has_no_nearest_share():
    assert remedies("s1 > 15%", {"s1": "0.15"}) == {"s1": (">", Fraction(3, 20))}
    assert remedies("s1 < 15%", {"s1": "0.2"}) == {"s1": ("<", Fraction(3, 20))}


def test_a_count_is_mended_to_the_next_whole_number():
    assert remedies("c1 >= 2/3 of c2", {"c1": 6, "c2": 10}) == {"c1": (">=", Fraction(7)), "c2": ("<=", Fraction(9))}
    assert remedies("c1 > 1/2 of c2", {"c1": 5, "c2": 10}) == {"c1": (">=", Fraction(6)), "c2": ("<=", Fraction(9))}


def test_a_count_inside_a_rounding_is_mended_too():
    assert remedies("c1 >= ceil(2/3 of c2)", {"c1": 6, "c2": 10}) == {
        "c1": (">=", Fraction(7)),
        "c2": ("<=", Fraction(9)),
    }


def test_a_range_is_mended_to_its_nearer_end():
    assert remedies("5 <= c1 <= 9", {"c1": 2}) == {"c1": (">=", Fraction(5))}
    assert remedies("5 <= c1 <= 9", {"c1": 11}) == {"c1": ("<=", Fraction(9))}


def test_a_gap_is_mended_to_its_nearer_side():
    assert remedies("c1 <= 5 or c1 >= 10", {"c1": 7}) == {"c1": ("<=", Fraction(5))}
    assert remedies("c1 <= 5 or c1 >= 10", {"c1": 8}) == {"c1": (">=", Fraction(10))}


def test_an_equality_is_mended_to_the_one_value():
    assert remedies("m1 == m2 + m3", {"m1": 1, "m2": 2, "m3": 3})["m1"] == ("==", Fraction(5))


def test_a_date_is_mended_to_the_last_day():
    assert remedies("d1 <= d2 + 7 days", {"d1": dt.date(2024, 1, 20), "d2": dt.date(2024, 1, 1)}) == {
        "d1": ("<=", dt.date(2024, 1, 8)), "d2": (">=", dt.date(2024, 1, 13)),
    }  # fmt: skip


def test_a_date_behind_calendar_months_is_mended_too():
    assert remedies("d1 <= d2 + 1 month", {"d1": dt.date(2024, 3, 20), "d2": dt.date(2024, 1, 31)}) == {
        "d1": ("<=", dt.date(2024, 2, 29)), "d2": (">=", dt.date(2024, 2, 20)),
    }  # fmt: skip


def test_a_flag_and_a_choice_are_mended_by_another_value():
    assert remedies("f1", {"f1": False}) == {"f1": ("==", True)}
    assert remedies('k1 != "red"', {"k1": "red"}) == {"k1": ("==", "green")}


def test_a_set_is_mended_by_the_fewest_changes():
    assert remedies('not any_in(["red", "blue"], z1)', {"z1": frozenset({"red", "green"})}) == {
        "z1": ("==", frozenset({"green"}))
    }
    assert remedies('all_in(["red", "blue"], z1)', {"z1": frozenset()}) == {"z1": ("==", frozenset({"red", "blue"}))}


def test_nothing_is_offered_that_mends_only_together_with_another():
    rule = rule_of("m1 <= 10 and m2 <= 10")
    (finding,) = failing(rule, {"m1": Fraction(11), "m2": Fraction(11)})
    assert finding.remedies == ()
    assert finding.no_remedy


def test_a_share_of_a_quotient_is_mended_in_the_numerator_and_the_denominator():
    found = remedies("m1 / m2 <= 15%", {"m1": 20, "m2": 100})
    assert found["m1"] == ("<=", Fraction(15))
    assert found["m2"] == (">=", Fraction("133.34"))


def test_a_quotient_by_nothing_is_not_a_way_out():
    assert "c2" not in remedies("c1 / (c2 - 5) >= 2", {"c1": 0, "c2": 7})
    assert remedies("c1 / (c2 - 5) >= 2", {"c1": 2, "c2": 7})["c2"] == ("==", Fraction(6))


def test_a_search_that_was_not_finished_claims_nothing():
    rule = rule_of("floor(c1 / 5000) >= 2")
    (finding,) = failing(rule, {"c1": Fraction(1)})
    assert finding.remedies == ()
    assert not finding.no_remedy


def test_a_remedy_keeps_what_the_facts_must_fulfil():
    assert remedies("c1 >= 8", {"c1": 3, "c2": 5}, musts=["c1 <= c2"]) == {}


def test_a_remedy_does_not_switch_the_provision_off():
    assert remedies("m1 <= 10", {"m1": 11, "f1": True}, when="f1") == {"m1": ("<=", Fraction(10))}


@pytest.mark.parametrize("members", range(1, 40))
def test_a_quorum_is_mended_to_the_smallest_that_suffices(members):
    needed = -(-2 * members // 3)
    for present in range(needed):
        assert remedies("c1 >= 2/3 of c2", {"c1": present, "c2": members})["c1"] == (">=", needed)
