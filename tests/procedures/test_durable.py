"""The fence around durable_rules: what it fires, what it refuses, and that its death is noticed and survived."""

from __future__ import annotations

import os
import random
import signal
import sys
import textwrap

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.procedures import durable as monitor
from policy_engine.procedures.durable import ChainRule, Engine, EngineDied, check_fact, check_rules

pytest.importorskip("durable.engine")

FACT = {"kind": "finding", "of": "a", "status": "violated"}
RULES = (
    ChainRule("one", (FACT,), {"kind": "consequence", "of": "one"}),
    ChainRule("two", ({"kind": "consequence", "of": "one"}, FACT), {"kind": "consequence", "of": "two"}),
)


def reference(rules, facts):
    """Forward chaining in plain Python: after each fact the first rule of the list that can fire fires, once."""
    fired, known = [], []

    def holds(pattern):
        return any(all(fact.get(k) == v for k, v in pattern.items()) for fact in known)

    for fact in facts:
        if fact not in known:
            known.append(fact)
        while ready := [r for r in rules if r.id not in fired and all(holds(p) for p in r.when)]:
            fired.append(ready[0].id)
            if ready[0].then and ready[0].then not in known:
                known.append(ready[0].then)
    return fired


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
        with Engine(rules) as engine:
            for _ in range(60):
                facts = [
                    {"kind": "finding", "of": f"p{j}", "status": rng.choice(["violated", "missed", "ok"])}
                    for j in range(5)
                ]
                rng.shuffle(facts)
                fired = engine.run(facts)
                assert fired == reference(rules, facts)
                firings += len(fired)
    assert firings > 1000


def test_a_run_leaves_nothing_behind():
    with Engine(RULES) as engine:
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
    with Engine([ChainRule("a", ({"x": True},))]) as engine:
        assert engine.run([{"x": True}]) == ["a"]
        with pytest.raises(EngineDied, match="mixed types"):
            engine.run([{"x": 1}])
        assert engine.run([{"x": True}]) == ["a"]


@pytest.mark.parametrize("sent", [signal.SIGSEGV, signal.SIGKILL, signal.SIGFPE])
def test_a_death_is_noticed_and_the_next_run_is_well(sent):
    with Engine(RULES) as engine:
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
        Engine(RULES, (sys.executable, "-c", textwrap.dedent(NATIVE))) as engine,
        pytest.raises(EngineDied, match="SIGFPE"),
    ):
        engine.run([FACT])


def test_an_engine_that_hangs_counts_as_dead(monkeypatch):
    monkeypatch.setattr(monitor, "PATIENCE", 0.3)
    script = "import sys, time; print('{}', flush=True); sys.stdin.readline(); sys.stdin.readline(); time.sleep(60)"
    with Engine(RULES, (sys.executable, "-c", script)) as engine, pytest.raises(EngineDied, match="no answer"):
        engine.run([FACT])


def test_a_python_without_the_library_says_how_to_get_one():
    with pytest.raises(PolicyError) as caught:  # -S: no installed packages
        Engine(RULES, (sys.executable, "-S", "-P", monitor.__file__)).start()
    assert "no working durable_rules" in caught.value.render("en")
    assert "policy-engine[watch]" in caught.value.render("zh")
