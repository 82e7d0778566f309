"""What decisions claim of every case: kept by cases at random, and told where one is not."""

import datetime as dt
from fractions import Fraction

import agreement
import pytest
from strategies import CITE, composed, declared

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import Facts, within
from policy_engine.language import ir
from policy_engine.proving.claims import broken

BOOK = policy_engine.load()
CLAIMED = [name for name in BOOK.decisions() if BOOK.rule(name).claims]
DAY = dt.date(2025, 3, 1)


def rule_of(claims, *provisions):
    return composed({**declared([{"cite": CITE, **p} for p in provisions], ()), "claims": claims})


def claim(**said):
    return {"id": "one", "says": "x", **said}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"holds": 'cap != "violated" or c1 > 5'}, True),
        ({"holds": 'cap != "violated"'}, False),
        ({"when": "c1 <= 5", "holds": 'cap == "satisfied"'}, True),
        ({"raising": "c1", "keeps": 'cap == "violated"'}, True),
        ({"raising": "c1", "keeps": 'cap == "satisfied"'}, False),
        ({"raising": "c1", "never_falls": "c1 * 2"}, True),
        ({"raising": "c1", "never_rises": "c1 * 2"}, False),
        ({"raising": "c1", "never_falls": "5 - c1"}, False),
        ({"raising": "f1", "keeps": "f1 or f2"}, True),
        ({"raising": "f1", "keeps": "not f1"}, False),
        ({"raising": "d1", "never_rises": "d1 - d2"}, False),
    ],
)
def test_a_claim_is_kept_or_not_near_some_case(said, kept):
    rule = rule_of([claim(**said)], {"id": "cap", "require": "c1 <= 5"})
    cases = [{"c1": Fraction(n), "f1": False, "d1": DAY, "d2": DAY} for n in (0, 4, 5, 6)]
    found = [one for facts in cases for one in broken(rule, Facts(facts), DAY, {})]
    assert (not found) is kept


def test_a_check_that_is_called_like_something_else_has_a_name_of_its_own():
    value = {"id": "too_many", "value": {"type": "flag", "is": "c1 > 5"}}
    rule = rule_of(
        [claim(when="too_many", holds='too_many_check == "violated"')], value, {"id": "too-many", "require": "c1 <= 5"}
    )
    assert (rule.claims[0].when, rule.claims[0].names) == (ir.Name("too_many"), {"too_many", "too-many"})


def test_a_check_that_has_the_very_id_of_an_input_has_no_name():
    with pytest.raises(PolicyError, match="unknown name `c1_check`"):
        rule_of([claim(holds='c1_check == "violated"')], {"id": "c1", "require": "c1 <= 5"})
    rule = rule_of([claim(when="c1 >= 7", holds="c1 <= 7")], {"id": "c1", "require": "c1 <= 5"})
    assert not list(broken(rule, Facts({"c1": Fraction(7)}), DAY, {}))
    assert list(broken(rule, Facts({"c1": Fraction(8)}), DAY, {}))


def test_nothing_is_known_of_a_date_that_has_not_come():
    rule = rule_of([claim(holds="d1 <= 2025-03-01")], {"id": "cap", "require": "c1 <= 5"})
    assert not list(broken(rule, Facts({}, not_yet=frozenset({"d1"})), DAY, {}))
    assert list(broken(rule, Facts({"d1": dt.date(2025, 3, 2)}), DAY, {}))


@pytest.mark.parametrize("decision", CLAIMED)
def test_what_a_shipped_decision_claims_is_kept_by_cases_at_random(decision):
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, 12)[:2]:
        for facts in map(agreement.told, batch.facts):
            if all(within(rule.inputs[n], value) for n, value in facts.given.items()):
                assert not [one.claim.id for one in broken(rule, facts, batch.as_of, batch.chosen)], facts
