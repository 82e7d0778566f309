"""A figure in a reason is true: to the fen, the day and the hundredth of a percentage point, of random and of shipped rules."""

import datetime as dt
import random
import re
from fractions import Fraction

import agreement
import pytest
import strategies as some
from hypothesis import given, settings
from hypothesis import strategies as st

import policy_engine
from policy_engine.deciding.facts import Facts
from policy_engine.deciding.outline import depends_on
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import spoken
from policy_engine.explaining.chosen import chosen_branch
from policy_engine.explaining.decision import decide
from policy_engine.explaining.reason import why
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.language.operators import MIRRORED

DAY = dt.date(2025, 3, 1)

FIGURE = r"(?:about | |约 )?([\d,]+(?:\.\d+)?(?:/\d+)?)"
SPARE_OF = re.compile(rf"(?:, (less than )?{FIGURE}(?: [a-z ]+?)? to spare|，(?:尚余|(余量不足)){FIGURE})")
SHORT_OF = re.compile(rf"(?: by {FIGURE}|，(?:差|超出|多出|相差){FIGURE})")
STEPS = {"count": Fraction(1), "money": Fraction(1, 100), "share": Fraction(1, 10**6), "date": Fraction(1)}


def figure(text, holds):
    """The last figure told as to spare or lacking, and whether it is told as less than that."""
    found = None
    for found in (SPARE_OF if holds else SHORT_OF).finditer(text):  # noqa: B007 - the last one
        pass
    if found is None:
        return Fraction(0), False
    parts = [part for part in found.groups() if part and part[0].isdigit()]
    return Fraction(parts[0].replace(",", "")), any("less" in p or "不足" in p for p in found.groups() if p)


def untrue(node, name, case, text):
    """What a sentence about a comparison of an input says that its value does not bear out; None where it is true."""
    entry, now, holds = case.rule.inputs[name], case[name], case.of(node)
    share = "percentage point" in text or "个百分点" in text
    amount, loose = figure(text, holds)
    amount, step = amount / 100 if share else amount, STEPS[entry.type_name]
    turned = node if node.left == ir.Name(name) else ir.Compare(MIRRORED[node.op], node.right, node.left)
    up = (turned.op in ("<", "<=")) is holds
    strict = turned.op in ("<", ">")

    def at(far):
        moved = far if up else -far
        try:
            value = now + dt.timedelta(int(moved)) if isinstance(now, dt.date) else now + moved
        except OverflowError:  # beyond the calendar
            return not holds
        return case.with_fact(name, value).of(node)

    if holds:
        good = (amount - step, amount) if loose else (amount, amount + step)
        true = (at(good[0]) or good[0] < 0) and not at(good[1])
    else:
        true = (at(amount) or (strict and at(amount + step))) and not at(amount - step)
    return None if true else (text, name, str(now), str(amount))


def held(require, case):
    """The comparison of an input alone that a requirement comes to, and the input; None where it is more than that."""
    node = chosen_branch(require, case)
    if not isinstance(node, ir.Compare) or node.op in ("==", "!="):
        return None
    for side, other in ((node.left, node.right), (node.right, node.left)):
        name = side.name if isinstance(side, ir.Name) else ""
        known = name in case.given and case.rule.inputs[name].type_name in STEPS and name not in case.rule.not_yet
        if (
            known
            and name not in depends_on(ir.names(other), case.formulas)
            and isinstance(case.of(other), Fraction | dt.date)
        ):
            return node, name
    return None


def lies(require, case):
    """What the sentence says untruly, in either language."""
    found = held(require, case)
    if found is None or not isinstance(case.of(found[0]), bool):
        return []
    node, name = found
    if isinstance(node.left, ir.Name) and isinstance(node.right, ir.Name) and node.left != ir.Name(name):
        return []  # the sentence speaks of the other side
    texts = why(require, case, case.of(require))
    return [one for text in texts if (one := untrue(node, name, case, text)) is not None]


KINDS = {"money": "m1", "share": "s1", "date": "d1", "count": "c1"}


@settings(max_examples=400, deadline=None)
@given(
    st.data(), st.sampled_from(sorted(KINDS)), st.sampled_from(["<", "<=", ">", ">="]), some.all_facts, st.booleans()
)
def test_a_figure_is_true_to_the_fen_the_day_and_the_hundredth_of_a_point(data, kind, op, facts, mirrored):
    """What is told to spare may go and one unit more may not; what is told lacking is enough and one unit less is not."""
    name = KINDS[kind]
    bound = data.draw(some.expressions(kind, 1).filter(lambda node: name not in ir.names(node)))
    sides = (bound, ir.Name(name)) if mirrored else (ir.Name(name), bound)
    rule = some.composed(some.declared([some.check(1, ir.Compare(op, *sides))]))
    given_ = {n: v for n, v in facts.items() if v != "another" and (n[0] != "z" or "another" not in v)}
    case = Situation(rule, given_, DAY, {})
    assert lies(rule.provisions[0].require, case) == []


def near(rule, rng, size):
    """Cases of a rule, most of them at its bounds or a step beside."""
    draw = agreement.Drawing(rule, rng, DAY, {})
    for _ in range(size):
        facts = draw.case()
        if not agreement.impossible(rule, facts, DAY, {}):
            yield Situation(rule, facts, DAY, {})


def test_what_shipped_rules_say_near_their_bounds_is_true(request):
    """`--near N` draws so many cases of each rule."""
    seen = set()
    for rule in policy_engine.load().rules():
        rng = random.Random(rule.decision)
        for case in near(rule, rng, request.config.getoption("--near")):
            for p in case.provisions:
                if p.require is not None and isinstance(case.of(p.require), bool):
                    assert lies(p.require, case) == [], (rule.decision, p.id)
                    if held(p.require, case):
                        seen.add((rule.decision, p.id))
    assert len(seen) > 60


@pytest.mark.parametrize(
    ("span", "en", "zh"),
    [("18 years", "18 years", "18 年"), ("12 months", "1 year", "1 年"), ("18 months", "18 months", "18 个月")],
)
def test_a_span_of_whole_years_is_said_in_years(span, en, zh):
    rule = some.composed(some.declared([{"id": "grown", "cite": some.CITE, "require": f"d1 + {span} <= d2"}]))
    born = {"d1": dt.date(2010, 1, 1), "d2": dt.date(2010, 12, 31)}
    (finding,) = decide(rule, Facts(born), dt.date(2025, 3, 1)).findings
    assert f"2010-01-01 + {en} = " in finding.reason.en
    assert f"2010-01-01 + {zh} = " in finding.reason.zh
    assert unparse(rule.provisions[0].require) == f"d1 + {en} <= d2"
    assert f"+ {zh.replace(' ', '')} ≤" in spoken(rule.provisions[0].require, rule.names(dt.date(2025, 3, 1)))


@pytest.mark.parametrize(("decision", "facts", "readings", "provision", "en", "zh"), [
    ("award.grant", {"recipient": "individual", "amount": "2000", "activity": "commendation", "approved_by_region": "yes", "received_this_year": "1500"}, {"cap_per": "year"}, "individual-cap",
     "Bonus to the recipient: 2000 + Bonuses received earlier this year: 1500 = 3500 exceeds 3000", "所得奖金：2000 + 本年度已领奖金：1500 = 3500 超过 3000"),
    ("fund.investment", {"kind": "direct", "fund_total": "15亿元", "amount": "0.5亿元", "direct_total": "0.5亿元"}, {}, "direct-project-range",
     "Invested in it so far, this time included: 50,000,000 + What the same project is still to receive (assumed): 0 = 50,000,000 falls short of 5% × 1,500,000,000",
     "50,000,000 + 对该项目后续分期出资额（推定）：0 = 50,000,000 低于 5% × 1,500,000,000"),
])  # fmt: skip
def test_what_is_added_up_goes_by_its_names(decision, facts, readings, provision, en, zh):
    answer = policy_engine.load().decide(decision, facts, as_of="2025-03-01", readings=readings)
    [told] = [f.reason for f in answer.findings if f.provision == provision]
    assert en in told.en
    assert zh in told.zh
