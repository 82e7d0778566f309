"""Open lists on table engines: another of the kind is not known to be anything listed, as the interpreter has it."""

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import agreement
from strategies import composed, declared

import engines
from policy_engine.engines import plan as tables

REQUIRED = [
    'k2 == "red"', 'k2 in ["red", "green"]', 'k2 != k1', 'k1 in z2', '"red" in z2', '"red" not in z2 or f1', 'size(z2) > 1',
    'any_in(z2, ["red", "blue"])', "any_in(z1, z2)", "any_in(z2, z2)", 'all_in(z2, ["red", "green"])', "all_in(z1, z2)",
    "all_in(z2, z1)", 'all_in(["red"], z2)', "z1 == z2", 'first_outside(["red", "green"], z2) == "green"',
]  # fmt: skip
CITE = {"at": "一", "phrase": "等"}


def batch(provisions):
    rule = composed(declared(provisions))
    return agreement.batches(rule, 400)[0]


def test_another_of_the_kind_is_unsettled_on_every_engine(engine):
    connected, _ = engine
    asked = batch([{"id": f"check-{i}", "cite": CITE, "require": text} for i, text in enumerate(REQUIRED)])
    assert any("another" in case.get("z2", ()) for case in asked.facts)
    cases = engines.stored(connected, agreement.table_of(asked))
    plan = tables.plan(asked.rule, cases, asked.as_of, asked.chosen, keep=[agreement.KEY])
    answers = agreement.answered(plan, engines.rows_of(connected, plan.table))
    found = list(agreement.differences(asked, list(agreement.expected(asked)), list(answers)))
    assert not found, "\n".join(map(str, found[:5]))


@pytest.mark.parametrize("value", ["z2", "if f1 then z2 else z1", "if f1 then z2 else (if f2 then z2 else z1)"])
def test_an_open_set_is_a_value_with_another_of_the_kind(engine, value):
    connected, _ = engine
    kind = {"type": "set", "of": ["red", "green", "blue"], "is": value}
    used = {"id": "used", "cite": CITE, "require": 'any_in(v, ["red"])'}
    rule = composed(declared([{"id": "v", "cite": CITE, "value": kind, "when": "f3"}, used]))
    asked = agreement.batches(rule, 200)[0]
    cases = engines.stored(connected, agreement.table_of(asked))
    plan = tables.plan(asked.rule, cases, asked.as_of, asked.chosen, keep=[agreement.KEY])
    answers = agreement.answered(plan, engines.rows_of(connected, plan.table))
    found = list(agreement.differences(asked, list(agreement.expected(asked)), list(answers)))
    assert not found, "\n".join(map(str, found[:5]))
