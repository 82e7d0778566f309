"""Ten checks of a fund in one engine: `python peers.py NAME` measures it in a process of its own and prints JSON.

Every engine gets the record as its own users would give it: whole fen where it has whole numbers only, else yuan. Rules are
worded as the gazette has them (`amount <= 15% of the fund`); whether something banned is among the activities is worked out
before, for all of them. A verdict is 0 satisfied, 1 violated, 2 not applicable. Where a peer has no value for "not known" or for
another reading, nothing is asked of it.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
from fractions import Fraction

CHECKS = ("share", "stake_sub", "total", "stake", "range", "fee", "term", "reinvest", "clean", "approved")
NAMES = ("amount", "fund_total", "subfund_total", "direct_total", "reinvestment")
RATES = ("stake", "fee")


def records(count, seed=1):
    """Cases in fen and hundredths of a per cent; half of them at a bound or one unit beside it."""
    draw = random.Random(seed)
    for _ in range(count):
        total = 20 * draw.randrange(50_00, 250_000_000_00)
        sub, reinvestment = (10 * draw.randrange(10, 500_000_000_00) for _ in range(2))
        subfund, one = draw.random() < 0.5, draw.choice((-1, 0, 1))
        most = min(total, sub) if subfund else total
        amount = draw.randrange(1, most)
        if draw.random() < 0.5:
            bounds = (total * 3 // 20, sub * 3 // 10, reinvestment) if subfund else (total // 20, total // 10)
            amount = min(max(1, draw.choice(bounds) + one), most)
        direct = min(total, max(amount, draw.choice((total * 3 // 20 + one, draw.randrange(1, total)))))
        yield {
            "subfund": subfund, "fund_total": total, "subfund_total": sub, "direct_total": direct,
            "amount": amount, "reinvestment": reinvestment, "stake": draw.choice((2999, 3000, 3001, 1500)),
            "fee": draw.choice((199, 200, 201)), "term": draw.choice((9, 10, 11)), "banned": draw.random() < 0.2,
            "approved": draw.random() < 0.8,
        }  # fmt: skip


def by_hand(r):
    """The verdicts on whole numbers, as a good engineer would write them."""
    subfund, amount, total = r["subfund"], r["amount"], r["fund_total"]
    if subfund:
        own = (
            1 if amount * 20 > total * 3 else 0,
            1 if amount * 10 > r["subfund_total"] * 3 else 0,
            2,
            2,
            2,
            1 if r["fee"] > 200 else 0,
            0 if r["term"] == 10 else 1,
            1 if r["reinvestment"] < amount else 0,
        )
    else:
        own = (
            2,
            2,
            1 if r["direct_total"] * 20 > total * 3 else 0,
            1 if r["stake"] > 3000 else 0,
            0 if total <= amount * 20 and amount * 10 <= total else 1,
            2,
            2,
            2,
        )
    return [*own, 1 if r["banned"] else 0, 0 if r["approved"] else 1]


def yuan(r):
    """The record in yuan and shares, as binary floats."""
    return {**r, **{n: r[n] / 100 for n in NAMES}, **{n: r[n] / 10_000 for n in RATES}}


def exact(r):
    """The record in yuan and shares, exact."""
    return {**r, **{n: Fraction(r[n], 100) for n in NAMES}, **{n: Fraction(r[n], 10_000) for n in RATES}}


WORDED = {
    "share": ("subfund", "amount <= fund_total * 0.15"),
    "stake_sub": ("subfund", "amount <= subfund_total * 0.3"),
    "total": ("direct", "direct_total <= fund_total * 0.15"),
    "stake": ("direct", "stake <= 0.3"),
    "range": ("direct", "fund_total * 0.05 <= amount {and_} amount <= fund_total * 0.1"),
    "fee": ("subfund", "fee <= 0.02"),
    "term": ("subfund", "term == 10"),
    "reinvest": ("subfund", "reinvestment >= amount"),
    "clean": ("", "{not_} banned"),
    "approved": ("", "approved"),
}


def worded(and_, not_, of=lambda applies, holds: f"{applies} ? ({holds} ? 0 : 1) : 2", always="true", negate=None):
    """The ten checks as expressions of a language with these words."""
    when = {"": always, "subfund": "subfund", "direct": (negate or f"{not_} {{}}".format)("subfund")}
    return [of(when[applies], holds.format(and_=and_, not_=not_)) for applies, holds in WORDED.values()]


def python_ints():
    return by_hand, lambda r: r


def ours(part):
    """This engine: `codes` from prepared facts, `facts` typed facts prepared and decided, `decide` with all reasons as JSON."""
    import datetime as dt

    import policy_engine

    day = dt.date(2025, 3, 1)
    book = policy_engine.load()
    ids = (
        "subfund-share-of-fund", "subfund-share-of-subfund", "direct-share-of-fund", "direct-stake", "direct-project-range",
        "subfund-fee", "subfund-term", "reinvestment", "prohibited-activities", "committee-approval",
    )  # fmt: skip
    code = {"satisfied": 0, "violated": 1, "departed": 1, "not_applicable": 2}
    silent = {"returned": 0, "returned_earlier": 0, "run_by_market": True}

    def facts(r):
        r = exact(r)
        own = {
            "kind": "subfund" if r["subfund"] else "direct", "fund_total": r["fund_total"], "subfund_total": r["subfund_total"],
            "amount": r["amount"], "direct_total": r["direct_total"], "stake": r["stake"], "management_fee": r["fee"],
            "term_years": r["term"], "reinvestment": r["reinvestment"], "approved_by_committee": r["approved"],
            "activities": ["futures"] if r["banned"] else [],
        }  # fmt: skip
        inputs = book.rule("fund.investment").inputs
        return own | {name: value for name, value in silent.items() if name in inputs}

    if part == "decide":

        def decide(given):
            found = {
                f["provision"]: code[f["status"]]
                for f in book.decide("fund.investment", given, day).to_json()["findings"]
            }
            return [found[name] for name in ids]

        return decide, facts
    compiled = book.compile("fund.investment", day)
    places = [compiled.ids.index(name) for name in ids]
    if part == "facts":

        def prepare_and_decide(given):
            found = compiled.statuses(compiled.prepare(given))
            return [code[found[name]] for name in ids]

        return prepare_and_decide, facts
    from policy_engine.compiled.provisions import CODE

    told = {CODE[name]: verdict for name, verdict in code.items()}
    known = {}

    def prepared(r):
        case = compiled.prepare(facts(r))
        known.setdefault(case.names, compiled.function(case))
        return known[case.names], case.values

    def codes(case):
        function, values = case
        return function(values)

    codes.shown = lambda found: [told[found[place]] for place in places]
    return codes, prepared


def zen_expression():
    import zen

    lines = worded("and", "not", negate=lambda text: f"not({text})")
    parts = ", ".join(
        f"{name}: {line.replace('not banned', 'not(banned)')}" for name, line in zip(CHECKS, lines, strict=True)
    )
    compiled = zen.compile_expression(f"{{{parts}}}")
    return (lambda r: [int(v) for v in map(compiled.evaluate(r).__getitem__, CHECKS)]), yuan


def cel_rust():
    import cel

    lines = worded("&&", "!", negate=lambda text: f"!{text}")
    program = cel.compile("[" + ", ".join(lines) + "]")
    return program.execute, yuan


def cel_python():
    import celpy

    environment = celpy.Environment()
    lines = worded("&&", "!", negate=lambda text: f"!{text}")
    program = environment.program(environment.compile("[" + ", ".join(lines) + "]"))

    def decide(r):
        return [int(v) for v in program.evaluate(r)]

    return decide, lambda r: {n: celpy.json_to_cel(v) for n, v in yuan(r).items()}


def rule_engine():
    from decimal import Decimal

    import rule_engine as engine

    lines = worded(
        "and", "not", of=lambda when, holds: f"{when} ? ({holds} ? 0 : 1) : 2", negate=lambda text: f"(not {text})"
    )
    rules = [engine.Rule(line) for line in lines]

    def decide(r):
        return [int(rule.evaluate(r)) for rule in rules]

    def given(r):
        scaled = {n: Decimal(r[n]).scaleb(-2) for n in NAMES} | {n: Decimal(r[n]).scaleb(-4) for n in RATES}
        return {**r, **scaled, "term": Decimal(r["term"])}

    return decide, given


def json_logic():
    from json_logic import jsonLogic

    def var(name):
        return {"var": name}

    def judged(when, holds):
        verdict = {"if": [holds, 0, 1]}
        return verdict if when is None else {"if": [when, verdict, 2]}

    sub, direct = var("subfund"), {"!": [var("subfund")]}
    amount, total = var("amount"), var("fund_total")
    rules = [
        judged(sub, {"<=": [amount, {"*": [total, 0.15]}]}),
        judged(sub, {"<=": [amount, {"*": [var("subfund_total"), 0.3]}]}),
        judged(direct, {"<=": [var("direct_total"), {"*": [total, 0.15]}]}),
        judged(direct, {"<=": [var("stake"), 0.3]}),
        judged(direct, {"and": [{"<=": [{"*": [total, 0.05]}, amount]}, {"<=": [amount, {"*": [total, 0.1]}]}]}),
        judged(sub, {"<=": [var("fee"), 0.02]}),
        judged(sub, {"==": [var("term"), 10]}),
        judged(sub, {">=": [var("reinvestment"), amount]}),
        judged(None, {"!": [var("banned")]}),
        judged(None, var("approved")),
    ]
    return (lambda r: [jsonLogic(rule, r) for rule in rules]), yuan


def rego():
    from regopy import Interpreter

    words = {*NAMES, *RATES, "term", "banned", "approved"}
    lines = []
    for name, (applies, worded_) in zip(CHECKS, WORDED.values(), strict=True):
        parts = worded_.format(and_=";", not_="not").split(" ")
        holds = " ".join(f"input.{part}" if part in words else part for part in parts)
        when = {"": "", "subfund": "input.subfund; ", "direct": "not input.subfund; "}[applies]
        lines += [f"default {name} := 1", f"{name} := 0 if {{ {when}{holds} }}"]
        if applies:
            lines.append(f"{name} := 2 if {{ {'not input.subfund' if applies == 'subfund' else 'input.subfund'} }}")
    interpreter = Interpreter()
    interpreter.add_module("fund", "package fund\nimport rego.v1\n" + "\n".join(lines) + "\n")

    def decide(r):
        interpreter.set_input(r)
        found = json.loads(str(interpreter.query("data.fund")))["expressions"][0]
        return [found[name] for name in CHECKS]

    return decide, yuan


def cedar():
    """Whole numbers only, a policy a check: what it forbids is violated; scope and the rest are asked beside it."""
    import cedarpy

    forbidden = {
        "share": "context.subfund && context.amount * 20 > context.fund3",
        "stake_sub": "context.subfund && context.amount * 10 > context.sub3",
        "total": "!context.subfund && context.direct_total * 20 > context.fund3",
        "stake": "!context.subfund && context.stake > 3000",
        "range": "!context.subfund && (context.amount * 20 < context.fund_total || context.amount * 10 > context.fund_total)",
        "fee": "context.subfund && context.fee > 200",
        "term": "context.subfund && context.term != 10",
        "reinvest": "context.subfund && context.reinvestment < context.amount",
        "clean": "context.banned",
        "approved": "!context.approved",
    }
    policies = "permit(principal, action, resource);\n" + "\n".join(
        f'@id("{name}") forbid(principal, action, resource) when {{ {text} }};' for name, text in forbidden.items()
    )
    scope = [applies for applies, _ in WORDED.values()]

    def decide(r):
        request = {"principal": 'U::"u"', "action": 'A::"invest"', "resource": 'R::"fund"', "context": r}
        broken = set(cedarpy.is_authorized(request, policies, []).diagnostics.reasons)
        own = {"subfund": r["subfund"], "direct": not r["subfund"], "": True}
        return [
            (int(f"policy{i + 1}" in broken or name in broken) if own[scope[i]] else 2) for i, name in enumerate(CHECKS)
        ]

    return decide, lambda r: {**r, "fund3": r["fund_total"] * 3, "sub3": r["subfund_total"] * 3}


def durable():
    from durable.engine import MessageNotHandledException
    from durable.lang import assert_fact, m, retract_fact, ruleset, when_all

    broken = set()
    with ruleset("fund"):

        def note(name, condition):
            @when_all(condition)
            def told(c):
                broken.add(name)

        sub, direct = m.subfund == True, m.subfund == False  # noqa: E712  (the language of the library)
        note("share", sub & (m.amount > m.fund_total * 0.15))
        note("stake_sub", sub & (m.amount > m.subfund_total * 0.3))
        note("total", direct & (m.direct_total > m.fund_total * 0.15))
        note("stake", direct & (m.stake > 0.3))
        note("low", direct & (m.amount < m.fund_total * 0.05))
        note("high", direct & (m.amount > m.fund_total * 0.1))
        note("fee", sub & (m.fee > 0.02))
        note("term", sub & (m.term != 10))
        note("reinvest", sub & (m.reinvestment < m.amount))
        note("clean", m.banned == True)  # noqa: E712
        note("approved", m.approved == False)  # noqa: E712
    scope = [applies for applies, _ in WORDED.values()]

    def decide(r):
        broken.clear()
        try:
            assert_fact("fund", r)
            retract_fact("fund", r)
        except MessageNotHandledException:  # its word for: no rule matched
            pass
        own = {"subfund": r["subfund"], "direct": not r["subfund"], "": True}
        names = [{"range": {"low", "high"}}.get(name, {name}) for name in CHECKS]
        return [(int(bool(names[i] & broken)) if own[scope[i]] else 2) for i in range(10)]

    return decide, yuan


def openfisca_system():
    import numpy as np
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    case = build_entity("case", "cases", "a case", is_person=True)
    system = TaxBenefitSystem([case])

    def variable(name, kind, formula=None):
        body = {"value_type": kind, "entity": case, "definition_period": DateUnit.MONTH, "label": name}
        if formula:
            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))

    for name in (*NAMES, *RATES):
        variable(name, float)
    variable("term", int)
    for name in ("subfund", "banned", "approved"):
        variable(name, bool)
    holds = {
        "share": lambda c: c("amount") <= c("fund_total") * 0.15,
        "stake_sub": lambda c: c("amount") <= c("subfund_total") * 0.3,
        "total": lambda c: c("direct_total") <= c("fund_total") * 0.15,
        "stake": lambda c: c("stake") <= 0.3,
        "range": lambda c: (c("fund_total") * 0.05 <= c("amount")) & (c("amount") <= c("fund_total") * 0.1),
        "fee": lambda c: c("fee") <= 0.02,
        "term": lambda c: c("term") == 10,
        "reinvest": lambda c: c("reinvestment") >= c("amount"),
        "clean": lambda c: ~c("banned"),
        "approved": lambda c: c("approved"),
    }

    def formula_of(name, applies):
        def formula(cases, period):
            verdict = np.where(holds[name](lambda n: cases(n, period)), 0, 1)
            if not applies:
                return verdict
            return np.where(cases("subfund", period) == (applies == "subfund"), verdict, 2)

        return formula

    for name, (applies, _) in zip(CHECKS, WORDED.values(), strict=True):
        variable(f"v_{name}", int, formula_of(name, applies))
    return system


def openfisca():
    import numpy as np
    from openfisca_core.simulations import SimulationBuilder

    system = openfisca_system()

    def decide(r):
        simulation = SimulationBuilder().build_default_simulation(system, count=1)
        for name, value in r.items():
            simulation.set_input(name, "2025-03", np.array([value]))
        return [int(simulation.calculate(f"v_{name}", "2025-03")[0]) for name in CHECKS]

    return decide, yuan


ENGINES = {
    "Python ints by hand": python_ints,
    "this engine: statuses, facts prepared": lambda: ours("codes"),
    "this engine: statuses from typed facts": lambda: ours("facts"),
    "this engine: everything as JSON": lambda: ours("decide"),
    "zen, compiled expression": zen_expression,
    "CEL (Rust)": cel_rust,
    "cel-python": cel_python,
    "rule-engine": rule_engine,
    "json-logic": json_logic,
    "Rego (rego-cpp)": rego,
    "Cedar": cedar,
    "durable_rules": durable,
    "OpenFisca": openfisca,
}


def measure(name, seconds=0.5, count=2_000):
    """One engine: microseconds of a decision (median of seven rounds), wrong verdicts, first answer, peak memory."""
    start = time.perf_counter()
    decide, given = ENGINES[name]()
    cases = list(records(count))
    ready = [given(r) for r in cases]
    shown = getattr(decide, "shown", list)
    decide(ready[0])
    first = time.perf_counter() - start
    once = time.perf_counter()
    for case in ready[:20]:
        decide(case)
    times = max(20, int(seconds / 7 / ((time.perf_counter() - once) / 20)))
    rounds = []
    for _ in range(7):
        started = time.perf_counter()
        for i in range(times):
            decide(ready[i % count])
        rounds.append((time.perf_counter() - started) / times * 1e6)
    wrong = sum(list(shown(decide(case))) != by_hand(r) for case, r in zip(ready, cases, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"name": name, "us": statistics.median(rounds), "wrong": wrong, "first": first, "peak": peak}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
