"""The fence around durable_rules: what it fires, what it refuses, and that its death is noticed and survived."""

from __future__ import annotations

import os
import random
import signal
import sys
import textwrap

import pytest
from streams import load_procedure

from policy_engine.procedures import durable
from policy_engine.procedures.chains import Chains
from policy_engine.procedures.durable import DurableRules, EngineDied, at_hand, check_fact, check_rules
from policy_engine.procedures.follow import ChainRule, follow
from policy_engine.procedures.load import procedure_names

pytest.importorskip("durable.engine")

FACT = {"kind": "finding", "of": "a", "status": "violated"}
RULES = (
    ChainRule("one", (FACT,), {"kind": "consequence", "of": "one"}),
    ChainRule("two", ({"kind": "consequence", "of": "one"}, FACT), {"kind": "consequence", "of": "two"}),
)


def random_graph(rng):
    """Consequences of findings and of other consequences, in a random order of definition."""
    rules = []
    for i in range(rng.randint(1, 14)):
        patterns = []
        for _ in range(rng.randint(1, 4)):
            if i and rng.random() < 0.5:
                patterns.append({"kind": "consequence", "of": f"后果{rng.randrange(i)}"})
            else:
                patterns.append(
                    {"kind": "finding", "of": f"p{rng.randrange(5)}", "status": rng.choice(["violated", "missed"])}
                )
        unique = {tuple(p.items()): p for p in patterns}
        rules.append(ChainRule(f"r{i}", tuple(unique.values()), {"kind": "consequence", "of": f"后果{i}"}))
    rng.shuffle(rules)
    return rules


def test_random_graphs_fire_exactly_what_follows_and_in_order():
    rng, firings = random.Random(5), 0
    for _ in range(50):
        rules = random_graph(rng)
        with DurableRules(rules) as engine:
            for _ in range(60):
                facts = [
                    {"kind": "finding", "of": f"p{j}", "status": rng.choice(["violated", "missed", "ok"])}
                    for j in range(5)
                ]
                rng.shuffle(facts)
                fired = engine.run(facts)
                assert fired == follow(rules, facts)
                firings += len(fired)
    assert firings > 1000


def test_a_run_leaves_nothing_behind():
    with DurableRules(RULES) as engine:
        for _ in range(300):
            assert engine.run([FACT]) == ["one", "two"]
            assert engine.run([]) == []
            assert engine.run([{"kind": "finding", "of": "b", "status": "violated"}]) == []


@pytest.mark.parametrize(
    "fact",
    [{"x": 0.5}, {"x": None}, {"x": 2**53 + 1}, {"x": "a" * 5000}, {"id": "a"}, {"a.b": 1}, {"x": ["a"]}, {"$x": 1}],
)
def test_what_the_library_gets_wrong_may_not_cross(fact):
    with pytest.raises(ValueError):
        check_fact(fact)


def test_rules_outside_the_safe_subset_are_refused():
    many = tuple({"of": f"c{i}"} for i in range(9))
    for rules in (
        [ChainRule("a", ())],
        [ChainRule("a", ({},))],
        [ChainRule("a", many)],
        [ChainRule("a", (FACT,)), ChainRule("a", (FACT,))],
        [ChainRule(f"r{i}", ({"of": f"c{i}"},)) for i in range(241)],
    ):
        with pytest.raises(ValueError):
            check_rules(rules)


def test_mixed_types_are_an_error_not_a_wrong_answer():
    with DurableRules([ChainRule("a", ({"x": True},))]) as engine:
        assert engine.run([{"x": True}]) == ["a"]
        with pytest.raises(EngineDied, match="mixed types"):
            engine.run([{"x": 1}])
        assert engine.run([{"x": True}]) == ["a"]


@pytest.mark.parametrize("sent", [signal.SIGSEGV, signal.SIGKILL, signal.SIGFPE])
def test_a_death_is_noticed_and_the_next_run_is_well(sent):
    with DurableRules(RULES) as engine:
        assert engine.run([FACT]) == ["one", "two"]
        os.kill(engine.pid, sent)
        with pytest.raises(EngineDied) as caught:
            engine.run([FACT])
        assert caught.value.how == sent.name
        assert engine.run([FACT]) == ["one", "two"]


NATIVE = """
    import sys, json
    from durable import engine
    class Host(engine.Host):
        def _run(self): pass
    for line in sys.stdin:
        if "rules" in line:
            print('{"ready": true}', flush=True)
        else:  # integer division by zero inside the library
            Host({"r": {"x": {"all": [{"m": {"$gt": {"a": {"$div": {"$l": {"$m": "b"}, "$r": {"$m": "c"}}}}}}],
                 "run": lambda c: None}}}).assert_fact("r", {"id": "1", "sid": "1", "a": 1, "b": 1, "c": 0})
"""


def test_a_crash_inside_the_native_library_has_its_name():
    with (
        DurableRules(RULES, (sys.executable, "-c", textwrap.dedent(NATIVE))) as engine,
        pytest.raises(EngineDied, match="SIGFPE"),
    ):
        engine.run([FACT])


def test_an_engine_that_hangs_counts_as_dead(monkeypatch):
    monkeypatch.setattr(durable, "PATIENCE", 0.3)
    script = "import sys, time; print('{}', flush=True); sys.stdin.readline(); sys.stdin.readline(); time.sleep(60)"
    with DurableRules(RULES, (sys.executable, "-c", script)) as engine, pytest.raises(EngineDied, match="no answer"):
        engine.run([FACT])


def test_a_library_that_does_not_work_is_not_at_hand(monkeypatch):
    bare = (sys.executable, "-S", "-P", durable.__file__)  # -S: no installed packages
    with pytest.raises(EngineDied, match="No module named 'durable'"):
        DurableRules(RULES, bare).start()
    with at_hand(RULES) as engine:
        assert engine.run([FACT]) == ["one", "two"]
    fails = DurableRules(RULES, bare)
    monkeypatch.setattr(durable, "DurableRules", lambda rules: fails)
    assert at_hand(RULES) is None
    monkeypatch.setattr(durable.importlib.util, "find_spec", lambda name: None)
    assert at_hand(RULES) is None


# --- held to the definition -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", procedure_names())
def test_every_shipped_procedure_fires_as_the_definition_says(name):
    rng, rules, firings = random.Random(name), Chains(load_procedure(name)).rules, 0
    known = list({tuple(fact.items()): fact for rule in rules for fact in rule.when}.values())
    with DurableRules(rules) as engine:
        for _ in range(300):
            facts = rng.sample(known, rng.randint(0, len(known)))
            facts += [{"kind": "finding", "of": "nothing", "status": "violated"}, *facts[:2]]
            fired = engine.run(facts)
            assert fired == follow(rules, facts)
            firings += len(fired)
    assert firings > 100
