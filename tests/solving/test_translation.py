"""What is put to the solvers means what the interpreter means: cases they find, cases drawn at random, every status."""

import datetime as dt
from collections import Counter
from fractions import Fraction

import agreement
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, assuming, composed, declared, rules, some_facts, taken

import policy_engine
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outcome import FAILED
from policy_engine.language import ir
from policy_engine.solving.formula import FALSE, TRUE, Script, ite
from policy_engine.solving.solvers import Solvers, facts_wanted, missing
from policy_engine.solving.sym import NEVER, Sym, Unheld
from policy_engine.solving.terms import Codes, Terms
from policy_engine.solving.world import FIRST, LAST, World

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
BOOK = policy_engine.load()
DAY = dt.date(2024, 2, 29)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def statuses(world):
    """The checks that are held, with when each has each status."""
    found = []
    for p in world.checks:
        try:
            found.append((p, {state: text for state, text in world.said(p).items() if text != FALSE}))
        except Unheld:
            continue
    return found


def meant(p, state):
    return FAILED[p.force] if state == "failed" else state


def possible(entry, value):
    """Whether a user could give a value."""
    options = entry.accepts.options if entry.type.kind in ("choice", "set") else ()
    if isinstance(value, dt.date) and not FIRST <= value <= LAST:
        return False  # nor are the solvers asked about it
    members = value if isinstance(value, frozenset) else {value}
    return within(entry, value) and (not options or members <= set(options))


def agree(rule, day, cases, solvers, picks=None, found=True, told=None):
    """Cases that are given have the statuses the interpreter gives them; cases that are found too, and the solvers agree.

    How many checks are held; `told` counts what was asked.
    """
    told = Counter() if told is None else told
    script, shared = Script(), {}
    codes = {value for facts in cases for value in facts.given.values() if isinstance(value, str)}
    world = World(rule, script, Codes(codes), shared, day=str(day.toordinal()), version=day, picks=picks)
    said = statuses(world)
    for name in rule.inputs:
        world.fact(name)
    solvers.begin(script)
    wanted = facts_wanted(shared)
    for facts in cases:
        if not all(possible(rule.inputs[name], value) for name, value in facts.given.items()):
            continue  # no user could give it
        verdict = Verdict(rule, facts, day, picks or {})
        states = [text for _, some in said for text in some.values() if text != TRUE]
        answer, values = solvers.case([world.told(facts)], [*states, wanted[0]])
        if answer == "unknown":
            continue  # it gives up: nothing is claimed
        assert answer == "sat", facts
        told["cases"] += 1
        for p, some in said:
            here = {meant(p, state) for state, text in some.items() if text == TRUE or values.get(text) == TRUE}
            assert here == {verdict.status(next(q for q in verdict.checks if q.id == p.id))}, (p.id, facts)
    for p, text, state in [(p, text, state) for p, some in said for state, text in some.items()] if found else ():
        first, values = solvers.alone([text], wanted)
        second, values_ = solvers.confirm([text], wanted)
        answer, values = ("sat", values_) if first == "unknown" and second == "sat" else (first, values)
        said_by_both = f"{first}, {second}"
        told[said_by_both] += 1
        assert said_by_both not in ("sat, unsat", "unsat, sat"), (p.id, state)
        if answer == "sat":
            try:
                verdict = Verdict(rule, world.facts(values), day, picks or {})
            except Unheld:  # a root
                continue
            assert verdict.status(next(q for q in verdict.checks if q.id == p.id)) == meant(p, state), (
                p.id,
                state,
                values,
            )
    assert not solvers.first.refused + solvers.second.refused  # both understand all they are told
    return len(said) / max(len(world.checks), 1)


@pytest.mark.parametrize("decision", BOOK.decisions())
def test_shipped_rules_mean_the_same_to_the_solvers(decision, solvers, request):
    rule = BOOK.rule(decision)
    for batch in agreement.batches(rule, 4)[:2]:
        cases = [agreement.told(facts) for facts in batch.facts][:4]
        agree(rule, batch.as_of, cases, solvers, batch.chosen, found=False)


def test_what_does_not_count_may_be_anything(solvers):
    """Sums of what counts, where it is not known whether something counts or how much it is."""
    sums = ["total(f1, c1, f2, c2) >= 5", "total(f1, c1 - 3, f2, c2) == 2", "count(f1, f2, c1 > 3) >= 2"]
    checks = [{"id": f"check-{i}", "cite": CITE, "require": text} for i, text in enumerate(sums)]
    flags, counts = (
        [{"f1": True, "f2": False}, {"f1": False}, {"f2": False}],
        [{}, {"c1": 5}, {"c2": 2}, {"c1": 5, "c2": 0}],
    )
    cases = [Facts(f | {name: Fraction(n) for name, n in c.items()}) for f in flags for c in counts]
    assert agree(composed(declared(checks)), DAY, cases, solvers) == 1


@pytest.mark.parametrize("told", [{}, {"t1": "red"}])
def test_what_silence_means_beside_a_name_is_meant_where_the_name_is_given(solvers, told):
    """A name is a fact as any other in that: whether it is given is not left to the solvers."""
    check = {
        "id": "check",
        "cite": CITE,
        "force": "ordinary",
        "require": "(if false then k2 else k2) in z2",
        "due": "d2",
    }
    rule = assuming(composed(declared([check])), {"c1": Fraction(1), "z2": frozenset({"red", "blue"})})
    assert rule.inputs["z2"].assume.if_given == "t1"
    cases = [Facts({**told, "d2": dt.date(2024, 1, 10), "k2": option}) for option in ("green", "red")]
    assert agree(rule, DAY, cases, solvers) == 1


def test_rules_nobody_wrote_mean_the_same_to_the_solvers(solvers, request):
    """Random rules, each with cases at random; `--rule-sets` says how many rules."""
    many, told = request.config.getoption("--rule-sets"), Counter()

    @given(data=st.data())
    @settings(max_examples=many, deadline=None)
    def hold(data):
        rule = assuming(data.draw(rules(varied=True, musts=True)), data.draw(taken()))
        agree(rule, DAY, [agreement.told(data.draw(some_facts())) for _ in range(3)], solvers, told=told)
        told["rules"] += 1

    hold()
    request.config.get_terminal_writer().line(f" {dict(told)}") if many > 1000 else None
    assert told["sat, sat"]
    assert told["unsat, unsat"]


@pytest.mark.parametrize("op", ["+", "-", "*", "of", "/", "+days", "-days", "+months", "-months", "days between"])
@pytest.mark.parametrize("never", ["a", "b", "ab"])
def test_of_what_nobody_can_ever_know_nothing_is_worked_out(solvers, op, never):
    """Both solvers understand all they are told of it, long as it may be."""
    script = Script()
    many, given = script.variable("Int"), script.variable("Bool")
    told = Sym(known=given, value=ite(given, f"(* {many} 1)", "0"), sort="Int")
    terms = Terms(script, Codes(set()), lambda name: NEVER if name in never else told)
    node = ir.Arith(op=op, left=ir.Name("a"), right=ir.Name("b"))
    for worked_out in (node, ir.Neg(operand=node), ir.Compare(op="<", left=ir.Neg(operand=node), right=node)):
        known = terms.term(worked_out).known
        assert known == FALSE or op in ("*", "of")  # zero times anything is zero
    solvers.begin(script)
    assert solvers.confirm([])[0] == "sat"
    assert not solvers.second.refused
