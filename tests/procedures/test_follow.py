"""What follows from facts, by hand: chains, order, nothing twice."""

from policy_engine.procedures.follow import ChainRule, follow

A, B = {"kind": "finding", "of": "a", "status": "violated"}, {"kind": "finding", "of": "b", "status": "violated"}


def result(name):
    return {"kind": "consequence", "of": name}


def test_a_rule_fires_when_each_of_its_facts_is_there():
    both = [ChainRule("both", (A, B))]
    assert follow(both, [A]) == []
    assert follow(both, [B, A]) == ["both"]
    assert follow(both, [A, {**B, "status": "satisfied"}]) == []


def test_what_follows_leads_on_whatever_the_order_of_the_rules():
    rules = [ChainRule("third", (result("two"), A)), ChainRule("second", (result("one"),), result("two")),
             ChainRule("first", (A,), result("one"))]  # fmt: skip
    assert follow(rules, [A]) == ["first", "second", "third"]


def test_after_each_fact_the_first_rule_of_the_list_fires_first():
    rules = [ChainRule("of-b", (B,)), ChainRule("of-a", (A,), result("one")), ChainRule("one", (result("one"),))]
    assert follow(rules, [A, B]) == ["of-a", "one", "of-b"]
    assert follow(rules, [B, A]) == ["of-b", "of-a", "one"]


def test_a_rule_fires_once():
    loop = [ChainRule("x", (A,), result("x")), ChainRule("y", (result("x"),), A)]
    assert follow(loop, [A, A]) == ["x", "y"]
