"""A decision as programs meet it: in a log, a notebook, a message; and facts from a web service, exactly."""

import json as plain
from fractions import Fraction

import pytest

import policy_engine

FACTS = {"kind": "subfund", "fund_total": "15亿元", "amount": "225000000.01"}


@pytest.fixture(scope="module")
def decided():
    return policy_engine.load().decide("fund.investment", FACTS, "2025-03-01")


def test_a_decision_is_one_line_in_a_log(decided):
    shown = repr(decided)
    assert "\n" not in shown and len(shown) < 200
    assert shown.startswith("Decision('fund.investment', as_of=2025-03-01, 'non_compliant': 1 violated, ")
    violated = next(f for f in decided.findings if f.status == "violated")
    assert repr(violated) == f"Finding({violated.provision!r}, 'violated')"


def test_it_is_text_and_markdown_in_both_languages(decided):
    assert "NON-COMPLIANT" in decided.to_text().upper() and "不合规" in decided.to_text("zh")
    assert decided.to_markdown("zh").startswith("# ") and "225,000,000" in decided.to_markdown()
    with pytest.raises(policy_engine.PolicyError, match="none of: en, zh"):
        decided.to_text("fr")
    with pytest.raises(policy_engine.PolicyError):
        decided.to_text(1)


def test_a_notebook_shows_it_in_a_frame_of_its_own(decided):
    shown = decided._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and shown.count("<") == 2  # all of the page is escaped


def test_numbers_of_a_web_service_stay_exact():
    body = '{"recipient": "individual", "amount": 3000.10, "many": [1e2, -0.1]}'
    facts = policy_engine.json.loads(body.encode())
    assert facts == {"recipient": "individual", "amount": "3000.10", "many": ["1e2", "-0.1"]}
    found = policy_engine.load().decide("award.grant", {k: facts[k] for k in ("recipient", "amount")})
    assert found.facts["amount"] == Fraction(30001, 10)
    for wrong in ("{", '{"a": 1, "a": 2}', b"\xff", "[" * 100_000):
        with pytest.raises(policy_engine.PolicyError):
            policy_engine.json.loads(wrong)
    assert policy_engine.json.loads("[true, null]") == plain.loads("[true, null]")


def test_a_problem_reads_as_it_is_told():
    with pytest.raises(policy_engine.PolicyError) as error:
        policy_engine.load().decide("award.grant", {"amount": "many"})
    assert str(error.value.problems[0]) == error.value.problems[0].render("en")
