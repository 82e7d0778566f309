"""What a function says of the parts of a provision is what the interpreter says of them."""

import datetime as dt

import agreement
import pytest
from hypothesis import given, settings
from strategies import assuming, rules, some_facts, taken

import policy_engine
from policy_engine.basics.values import Unknown
from policy_engine.compiled.decide import made, quick
from policy_engine.compiled.trace import Traced
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir

BOOK = policy_engine.load()


def agree(case):
    """How many values of parts functions told, all as the interpreter says."""
    told, traced = 0, case.base
    assert isinstance(traced, Traced)
    plain = Situation(traced.rule, traced.given, traced.as_of, traced.chosen, traced.today)
    roots = [n for p in traced.provisions for n in (p.applies, p.value, p.require, p.due, p.early) if n is not None]
    for root in (*roots, *traced.rule.facts_must, *(entry.when for entry in traced.rule.inputs.values())):
        for node in ir.walk(root):
            assert traced.of(node) == plain.of(node), node
            told += traced.trace.place(node) is not None and not isinstance(plain.of(node), Unknown)
    return told


@pytest.mark.parametrize("decision", ["fund.investment", "award.grant", "parking.premium", "government.trip"])
def test_values_of_parts_of_shipped_rules(decision):
    rule, told = BOOK.rule(decision), 0
    for batch in agreement.batches(rule, 4):
        whole = made(rule, batch.as_of, batch.chosen)
        told += sum(agree(quick(whole, agreement.told(facts))) for facts in batch.facts)
    assert told > 50


@given(rules(varied=True, musts=True), taken(), some_facts())
@settings(max_examples=60, deadline=None)
def test_values_of_parts_of_rules_nobody_wrote(rule, values, facts):
    rule = assuming(rule, values)
    whole = made(rule, dt.date(2024, 2, 29), {})
    case = whole and quick(whole, agreement.told(facts))
    if case:
        agree(case)


def test_where_a_value_is_told_is_known_once_it_can_be_told():
    """Another thread that finds the place calls the function at once."""

    class Shared(dict):
        def __ior__(self, held):
            assert all(one.part.function is not None for one in held.values())
            return super().__ior__(held)

    rule = BOOK.rule("fund.investment")
    traced = quick(made(rule, dt.date(2025, 3, 1), {}), agreement.told({"kind": "subfund"})).base
    traced.trace.held = Shared()
    assert sum(traced.trace.place(p.applies) is not None for p in traced.provisions)
