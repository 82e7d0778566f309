"""A remedy is the nearest value of one input that mends a finding alone; where none is named, none was found to do so."""

import datetime as dt
import random
from collections import Counter
from fractions import Fraction

import pytest
import strategies as some
from hypothesis import given, settings
from hypothesis import strategies as st

import policy_engine
from policy_engine import words
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outline import depends_on
from policy_engine.explaining.decision import decide
from policy_engine.language.operators import COMPARISONS, FUNCTIONS

DAY = dt.date(2024, 2, 1)
FEN = Fraction(1, 100)
STEPS = {"count": Fraction(1), "money": FEN, "date": 1}


def status(rule, facts, provision="check-1"):
    """The status of a finding, or `refused` where the facts contradict each other."""
    try:
        found = decide(rule, Facts(facts), DAY).findings
    except PolicyError:
        return "refused"
    return next(f.status for f in found if f.provision == provision)


def ordinal(value):
    return value.toordinal() if isinstance(value, dt.date) else value


def moved(value, by):
    return value + dt.timedelta(int(by)) if isinstance(value, dt.date) else value + by


def failing(rule, facts):
    try:
        found = decide(rule, Facts(facts), DAY).findings
    except PolicyError:
        return []
    return [f for f in found if f.status in ("violated", "departed", "missed")]


def rule_of(require, *, when=None, musts=()):
    entry = {"id": "check-1", "cite": some.CITE, "require": require}
    return some.composed(some.declared([entry | ({"when": when} if when else {})], musts))


def remedies(require, facts, **more):
    rule = rule_of(require, **more)
    facts = {name: Fraction(value) if isinstance(value, int | str) and not isinstance(value, bool) and rule.inputs[name].type.kind == "number" else value
             for name, value in facts.items()}  # fmt: skip
    (finding,) = failing(rule, facts)
    return {r.input: (r.relation, r.value) for r in finding.remedies}


# --- laws --------------------------------------------------------------------------------------------------------------

FACTS_A_RULE, NEARER, ELSEWHERE = 20, 6, 40
MENDED = ("satisfied", "pending")
FACTORS = [
    Fraction(n, d) for n, d in ((1, 1), (1, 20), (3, 20), (1, 2), (3, 2), (2, 1), (2, 3), (20, 1), (20, 3), (0, 1))
]


class Case:
    """One finding that failed, and what its facts can be instead."""

    def __init__(self, rule, facts, finding, rng):
        self.rule, self.facts, self.finding, self.rng = rule, facts, finding, rng

    def becomes(self, name, value):
        """The status with another value, if it can be brought about: inside the bounds, and not in the past."""
        past, entry = isinstance(value, dt.date) and value < DAY, self.rule.inputs[name]
        if past or not within(entry, value):
            return "impossible"
        try:
            findings = decide(self.rule, Facts({**self.facts, name: value}), DAY).findings
        except PolicyError:
            return "refused"
        found = next(f for f in findings if f.provision == self.finding.provision)
        kept = found.status != "pending" or found.situation.of(found.clause.require) is True
        return found.status if kept else "postponed"

    def mended(self, name, value):
        return self.becomes(name, value) in MENDED

    def said(self, name, value):
        return f"{self.finding.clause.require} for {self.facts}, {name} = {value}: {self.finding.remedies}"

    def values(self, name):
        """Values of an input near those that are there, and anywhere."""
        kind, now, rng = some.INPUTS[name], self.facts[name], self.rng
        if kind == "flag":
            return [True, False]
        if kind in ("choice", "set"):
            every = [frozenset(o for i, o in enumerate(some.OPTIONS) if bits >> i & 1) for bits in range(8)]
            return list(some.OPTIONS) if kind == "choice" else every
        if kind in ("code", "text"):
            return [*some.CODES, "0152", "015", "56", "A-1", "red"]
        if kind == "date":
            return [now + dt.timedelta(rng.randint(-3, 3) * 10 ** rng.randint(0, 2)) for _ in range(ELSEWHERE)]
        same = [v for n, v in self.facts.items() if isinstance(v, Fraction)]
        step = STEPS.get(kind, Fraction(1, 100))
        found = [rng.choice(same) * rng.choice(FACTORS) + rng.choice([-step, 0, 0, step]) for _ in range(ELSEWHERE)]
        return [max(Fraction(0), value // step * step if kind != "share" else value) for value in found]


def applied_it_mends(case):
    for remedy in case.finding.remedies:
        off = {"<": Fraction(-1, 10**12), ">": Fraction(1, 10**12)}.get(remedy.relation)
        value = f"{remedy.value}*" if remedy.relation == "!=" else remedy.value if off is None else remedy.value + off
        for one in remedy.options or [value]:
            assert case.mended(remedy.input, one), case.said(remedy.input, one)


def every_option_that_mends_is_told(case):
    for remedy in case.finding.remedies:
        if some.INPUTS[remedy.input] == "choice":
            others = [o for o in some.OPTIONS if o != case.facts[remedy.input] and case.mended(remedy.input, o)]
            assert remedy.value == others[0], case.said(remedy.input, others)
            assert remedy.options == (tuple(others) if others[1:] else ()), case.said(remedy.input, others)


def nothing_nearer_mends(case):
    for remedy in case.finding.remedies:
        kind = some.INPUTS[remedy.input]
        if kind not in ("count", "money", "share", "date"):
            continue
        step, gap = STEPS.get(kind, 0), abs(remedy.change)
        parts = [Fraction(case.rng.randint(0, 99), 100) for _ in range(NEARER)]
        near = [gap * part // step * step if step else gap * part for part in parts]
        for by in [*near, gap - step] if step else near:
            for sign in (-1, 1):
                if by < gap:
                    value = moved(case.facts[remedy.input], sign * by)
                    assert not case.mended(remedy.input, value), case.said(remedy.input, value)


def one_value_is_called_the_one(case):
    for remedy in case.finding.remedies:
        kind = some.INPUTS[remedy.input]
        if kind in STEPS:
            value = moved(remedy.value, STEPS[kind] if remedy.change > 0 else -STEPS[kind])
            if case.becomes(remedy.input, value) != "impossible":
                assert case.mended(remedy.input, value) is (remedy.relation != "=="), case.said(remedy.input, value)


def only_one_code_mends_that_is_called_the_one(case):
    for remedy in case.finding.remedies:
        if some.INPUTS[remedy.input] == "code":
            others = [v for v in case.values(remedy.input) if v not in (remedy.value, case.facts[remedy.input])]
            for value in others:
                assert case.mended(remedy.input, value) is (remedy.relation == "!="), case.said(remedy.input, value)


def where_none_is_said_none_mends(case):
    if case.finding.no_remedy:
        for name in depends_on(case.finding.clause.names, case.finding.situation.formulas) & case.facts.keys():
            now = case.facts[name]
            fixed = case.rule.inputs[name].given or (isinstance(now, dt.date) and now < DAY)
            for value in [] if fixed else case.values(name):
                assert case.becomes(name, value) not in ("satisfied", "not_applicable"), case.said(name, value)


LAWS = [
    applied_it_mends,
    every_option_that_mends_is_told,
    nothing_nearer_mends,
    one_value_is_called_the_one,
    only_one_code_mends_that_is_called_the_one,
    where_none_is_said_none_mends,
]


def drawn(rng):
    """Facts for most of the inputs, in a range so small that bounds are often met."""
    values = {
        "count": lambda: Fraction(rng.randint(0, rng.choice([3, 12, 25]))),
        "money": lambda: Fraction(rng.choice([rng.randint(0, 40_000), rng.randint(0, 30) * 100]), 100),
        "share": lambda: rng.choice([Fraction(rng.choice([0, 5, 15, 50, 100]), 100), Fraction(rng.randint(0, 12), 12)]),
        "date": lambda: dt.date(2024, 1, 15) + dt.timedelta(rng.randint(-20, 45)),
        "flag": lambda: rng.random() < 0.5,
        "choice": lambda: rng.choice(some.OPTIONS),
        "set": lambda: frozenset(o for o in some.OPTIONS if rng.random() < 0.5),
        "code": lambda: rng.choice([*some.CODES, "0152"]),
        "text": lambda: rng.choice(some.CODES),
    }
    told = rng.choice([1, 1, 0.8])
    facts = {name: values[kind]() for name, kind in some.INPUTS.items() if rng.random() < told}
    for name in some.OPEN & facts.keys():
        if rng.random() < 0.15:
            facts[name] = facts[name] | {"another"} if isinstance(facts[name], frozenset) else "another"
    return facts


def test_remedies_mend_and_are_the_nearest_and_none_is_none(request):
    """Random rules with what facts must fulfil, each with many facts; `--pairs` says how many pairs."""
    pairs, told = request.config.getoption("--pairs"), Counter()

    @settings(max_examples=max(1, pairs // FACTS_A_RULE))
    @given(some.rules(musts=True) | some.rules(varied=True), st.integers(0, 2**40))
    def hold(rule, seed):
        rng = random.Random(seed)
        for _ in range(FACTS_A_RULE):
            facts = drawn(rng)
            told["pairs"] += 1
            for finding in failing(rule, facts):
                told["findings that failed"] += 1
                told["remedies"] += len(finding.remedies)
                told["none said to mend"] += finding.no_remedy
                for law in LAWS:
                    law(Case(rule, facts, finding, rng))

    hold()
    request.config.get_terminal_writer().line(f" {dict(told)}") if pairs > 1000 else None
    assert told["remedies"]


@settings(max_examples=60)
@given(some.rules(musts=True), st.integers(0, 2**40))
def test_what_has_not_happened_by_a_day_can_be_done_on_it(rule, seed):
    """It is told as a remedy exactly where the check is satisfied then, and "none mends" is not said where it is."""
    rng = random.Random(seed)
    for _ in range(FACTS_A_RULE):
        given, later = drawn(rng), frozenset({rng.choice(["d1", "d2"])})
        given = {name: value for name, value in given.items() if name not in later}
        try:
            found = decide(rule, Facts(given, not_yet=later), DAY).findings
        except PolicyError:
            continue
        for finding in (f for f in found if f.status in ("violated", "departed")):
            (name,) = later
            then = status(rule, {**given, name: DAY}, finding.provision)
            said = {r.input: r.value for r in finding.remedies}
            assert (said.get(name) == DAY) == (then == "satisfied"), (given, later, finding, then)
            assert not (finding.no_remedy and then == "not_applicable")


def test_on_the_last_day_itself_what_is_due_can_still_be_done():
    rule = rule_of("d1 <= d2 + 7 days")
    facts = Facts({"d2": DAY - dt.timedelta(7)}, not_yet=frozenset({"d1"}))
    on_the_last, after = (decide(rule, facts, DAY + dt.timedelta(n)).findings[0] for n in (0, 1))
    assert (on_the_last.status, on_the_last.no_remedy) == ("violated", False)
    assert [(r.input, r.relation, r.value) for r in on_the_last.remedies] == [("d1", "==", DAY)]
    assert (after.status, after.remedies) == ("violated", ())
    decision = decide(rule, facts, DAY)
    assert words.remedies(on_the_last, decision, "zh") == "整改：d1：2024-02-01（判定当日办理）"


def test_a_day_of_a_row_can_be_the_day_itself(town):
    book = town(
        """
        decision: town.rule
        document: 甲
        inputs: {ended: {type: date}}
        rows: {item: {columns: {done: {type: date}}}}
        provisions: [{id: each, each: item, cite: {at: 第一条, phrase: 虚构}, require: done <= ended + 7 days}]
        """
    )
    facts = {"ended": "2025-01-01", "item": [{"done": "not yet"}]}
    (finding,) = book.decide("town.rule", facts, as_of="2025-01-08").findings
    assert [(r.input, r.value) for r in finding.remedies] == [("item[1].done", dt.date(2025, 1, 8))]


# --- examples ----------------------------------------------------------------------------------------------------------


def test_money_is_mended_to_the_exact_bound():
    assert remedies("m1 <= 15% of m2", {"m1": "225000000.01", "m2": 1_500_000_000}) == {
        "m1": ("<=", Fraction(225_000_000)),
        "m2": (">=", Fraction("1500000000.07")),  # 20/3 of the amount, in whole fen
    }


def test_a_bound_that_is_excluded_is_mended_to_the_next_fen():
    assert remedies("m1 < m2", {"m1": 100, "m2": 100}) == {
        "m1": ("<=", Fraction("99.99")),
        "m2": (">=", Fraction("100.01")),
    }


def test_a_bound_that_is_excluded_has_no_nearest_share():
    assert remedies("s1 > 15%", {"s1": "0.15"}) == {"s1": (">", Fraction(3, 20))}
    assert remedies("s1 < 15%", {"s1": "0.2"}) == {"s1": ("<", Fraction(3, 20))}


def test_a_count_is_mended_to_the_next_whole_number():
    assert remedies("c1 >= 2/3 of c2", {"c1": 6, "c2": 10}) == {"c1": (">=", Fraction(7)), "c2": ("<=", Fraction(9))}
    assert remedies("c1 > 1/2 of c2", {"c1": 5, "c2": 10}) == {"c1": (">=", Fraction(6)), "c2": ("<=", Fraction(9))}


def test_a_count_inside_a_rounding_is_mended_too():
    assert remedies("c1 >= ceil(2/3 of c2)", {"c1": 6, "c2": 10}) == {
        "c1": (">=", Fraction(7)),
        "c2": ("<=", Fraction(9)),
    }


def test_a_range_is_mended_to_its_nearer_end():
    assert remedies("5 <= c1 <= 9", {"c1": 2}) == {"c1": (">=", Fraction(5))}
    assert remedies("5 <= c1 <= 9", {"c1": 11}) == {"c1": ("<=", Fraction(9))}


def test_a_gap_is_mended_to_its_nearer_side():
    assert remedies("c1 <= 5 or c1 >= 10", {"c1": 7}) == {"c1": ("<=", Fraction(5))}
    assert remedies("c1 <= 5 or c1 >= 10", {"c1": 8}) == {"c1": (">=", Fraction(10))}


def test_an_equality_is_mended_to_the_one_value():
    assert remedies("m1 == m2 + m3", {"m1": 1, "m2": 2, "m3": 3})["m1"] == ("==", Fraction(5))


def test_a_date_is_mended_to_the_last_day():
    assert remedies("d1 <= d2 + 7 days", {"d1": dt.date(2024, 2, 21), "d2": dt.date(2024, 2, 1)}) == {
        "d1": ("<=", dt.date(2024, 2, 8)), "d2": (">=", dt.date(2024, 2, 14)),
    }  # fmt: skip


def test_a_date_behind_calendar_months_is_mended_too():
    assert remedies("d1 <= d2 + 1 month", {"d1": dt.date(2024, 3, 20), "d2": dt.date(2024, 2, 1)}) == {
        "d1": ("<=", dt.date(2024, 3, 1)), "d2": (">=", dt.date(2024, 2, 20)),
    }  # fmt: skip


def test_what_is_past_is_not_changed_and_nothing_is_put_into_the_past():
    late = {"d1": dt.date(2024, 1, 20), "d2": dt.date(2024, 1, 1)}
    for form in ("d1 <= d2 + 7 days", "d1 <= d2 + 0 months"):
        assert remedies(form, late) == {}
        assert remedies(form, {**late, "d1": dt.date(2024, 2, 3)}) == {}
    (finding,) = failing(rule_of("d1 <= d2 + 7 days"), late)
    assert finding.no_remedy


@pytest.mark.parametrize(
    ("due", "wanted"),
    [("2024-01-31", {}), ("2024-02-01", {"c1": (">=", Fraction(4))}), (None, {"c1": (">=", Fraction(4))})],
)
def test_what_was_due_on_a_day_that_has_passed_is_not_mended_any_more(due, wanted):
    entry = {"id": "check-1", "cite": some.CITE, "require": "c1 >= 4"} | ({"due": due} if due else {})
    (finding,) = failing(some.composed(some.declared([entry])), {"c1": Fraction(3)})
    assert {r.input: (r.relation, r.value) for r in finding.remedies} == wanted
    assert finding.no_remedy is False


@pytest.mark.parametrize(("days", "wanted"), [(10, []), (43, []), (44, ["field_days"])])
def test_the_last_day_of_a_year_is_one_day(days, wanted):
    facts = {"field_days": days, "group_field_days": 60}
    found = policy_engine.load().decide("party-group.year", facts, dt.date(2025, 12, 31))
    (finding,) = [f for f in found.findings if f.provision == "field-days"]
    assert finding.status == "violated"
    assert [remedy.input for remedy in finding.remedies] == wanted


def test_it_is_not_said_that_none_mends_where_another_fact_lifts_the_provision():
    (finding,) = failing(rule_of("c1 < 0", when='k1 == "red"'), {"k1": "red", "c1": Fraction(1)})
    assert (finding.remedies, finding.no_remedy) == ((), False)


def test_a_flag_and_a_choice_are_mended_by_another_value():
    assert remedies("f1", {"f1": False}) == {"f1": ("==", True)}
    assert remedies('k1 != "red"', {"k1": "red"}) == {"k1": ("==", "green")}


def test_a_set_is_mended_by_the_fewest_changes():
    assert remedies('not any_in(["red", "blue"], z1)', {"z1": frozenset({"red", "green"})}) == {
        "z1": ("==", frozenset({"green"}))
    }
    assert remedies('all_in(["red", "blue"], z1)', {"z1": frozenset()}) == {"z1": ("==", frozenset({"red", "blue"}))}


def test_nothing_is_offered_that_mends_only_together_with_another():
    rule = rule_of("m1 <= 10 and m2 <= 10")
    (finding,) = failing(rule, {"m1": Fraction(11), "m2": Fraction(11)})
    assert finding.remedies == ()
    assert finding.no_remedy


def test_a_share_of_a_quotient_is_mended_in_the_numerator_and_the_denominator():
    found = remedies("m1 / m2 <= 15%", {"m1": 20, "m2": 100})
    assert found["m1"] == ("<=", Fraction(15))
    assert found["m2"] == (">=", Fraction("133.34"))


def test_a_quotient_by_nothing_is_not_a_way_out():
    assert "c2" not in remedies("c1 / (c2 - 5) >= 2", {"c1": 0, "c2": 7})
    assert remedies("c1 / (c2 - 5) >= 2", {"c1": 2, "c2": 7})["c2"] == ("==", Fraction(6))


def test_a_search_that_was_not_finished_claims_nothing():
    rule = rule_of("c1 * c1 >= 100000000")
    (finding,) = failing(rule, {"c1": Fraction(1)})
    assert finding.remedies == ()
    assert not finding.no_remedy


def test_a_remedy_keeps_what_the_facts_must_fulfil():
    assert remedies("c1 >= 8", {"c1": 3, "c2": 5}, musts=["c1 <= c2"]) == {}


def test_a_remedy_does_not_make_false_what_is_not_known_yet():
    must = ["c1 == 0 or c2 >= 5 and c3 < 1 and c1 < 9"]
    assert remedies("c1 >= 10", {"c1": 3}, musts=must) == {}
    assert remedies("c1 >= 7", {"c1": 3}, musts=must) == {"c1": (">=", Fraction(7))}  # stays open


def test_a_remedy_under_which_more_than_one_case_applies_is_none():
    cases = [{"when": "s1 < 10%", "is": "5"}, {"when": "f1", "is": "9"}, {"otherwise": "9"}]
    value = {"id": "v1", "cite": some.CITE, "value": {"type": "count", "cases": cases}}
    rule = some.composed(some.declared([{"id": "check-1", "cite": some.CITE, "require": "v1 <= 5"}, value]))
    (finding,) = failing(rule, {"s1": Fraction(1, 5), "f1": True})
    assert (finding.remedies, finding.no_remedy) == ((), True)


def test_the_one_value_that_mends_is_called_the_one():
    assert remedies("c1 * c1 == 49", {"c1": 3}) == {"c1": ("==", Fraction(7))}
    assert remedies("m1 > 5 and m1 < 5.02", {"m1": 1}) == {"m1": ("==", Fraction("5.01"))}


def test_nothing_times_what_is_not_known_is_nothing():
    assert remedies("c1 * (s1 of m1) >= m1", {"s1": "0", "m1": 5}) == {"m1": ("==", Fraction(0))}


def test_money_is_mended_to_a_whole_fen():
    assert remedies("m1 <= 15% of m2", {"m1": 1, "m2": "0.5"})["m1"] == ("<=", Fraction("0.07"))


def test_a_search_that_meets_the_bounds_is_a_whole_search():
    rule = rule_of("c1 * c1 < c1")
    assert [(f.remedies, f.no_remedy) for f in failing(rule, {"c1": Fraction(3)})] == [((), False)]
    data = some.declared([{"id": "check-1", "cite": some.CITE, "require": "c1 * c1 < c1"}])
    data["inputs"]["c1"] |= {"at_most": "50"}
    (finding,) = failing(some.composed(data), {"c1": Fraction(3)})
    assert (finding.remedies, finding.no_remedy) == ((), True)


def test_what_is_given_is_never_a_remedy():
    data = some.declared([{"id": "check-1", "cite": some.CITE, "require": "c1 <= c2"}])
    data["inputs"]["c2"]["given"] = True
    (finding,) = failing(some.composed(data), {"c1": Fraction(3), "c2": Fraction(1)})
    assert [r.input for r in finding.remedies] == ["c1"]


def test_a_remedy_does_not_switch_the_provision_off():
    assert remedies("m1 <= 10", {"m1": 11, "f1": True}, when="f1") == {"m1": ("<=", Fraction(10))}


@pytest.mark.parametrize("members", range(1, 40))
def test_a_quorum_is_mended_to_the_smallest_that_suffices(members):
    needed = -(-2 * members // 3)
    for present in range(needed):
        assert remedies("c1 >= 2/3 of c2", {"c1": present, "c2": members})["c1"] == (">=", needed)


@pytest.mark.parametrize("function", ["floor", "ceil", "round", "round_even"])
@pytest.mark.parametrize("op", ["<=", "<", ">=", ">", "=="])
@pytest.mark.parametrize("bound", ["10", "12.5", "-10", "0"])
def test_what_is_rounded_is_mended_to_the_fen(function, op, bound, town):
    """The nearest amount of all, found by trying every fen."""
    rounded = f"{function}(amount - 20元, 5)"
    text = (
        "decision: town.rule\ndocument: X\ninputs: {amount: {type: money}}\nprovisions:\n"
        f"  - {{id: due, cite: {{at: 一, phrase: 20 5}}, value: {{type: money, is: '{rounded}'}}}}\n"
        f"  - {{id: check, cite: {{at: 一, phrase: 20 5}}, require: 'due {op} {bound}元'}}\n"
    )
    book = town(text)
    fens = [Fraction(k, 100) for k in range(5001)]
    apply = FUNCTIONS[function].apply
    good = [x for x in fens if COMPARISONS[op].apply(apply(x - 20, Fraction(5)), Fraction(bound))]
    for now in (fens[0], fens[2000], fens[-1]):
        found = book.decide("town.rule", {"amount": str(float(now))}, as_of="2025-03-01").findings[0]
        if now in good or not good:
            assert not found.remedies
        else:
            assert found.remedies[0].value == min(good, key=lambda x: (abs(x - now), x))


@pytest.mark.parametrize("k1", ["red", "blue"])
def test_what_is_rounded_in_a_choice_that_the_fact_does_not_decide_is_mended(k1):
    found = remedies('(if k1 == "red" then round(s1, 1%) else s1) >= 49%', {"s1": Fraction("0.484"), "k1": k1})
    assert found["s1"] == (">=", Fraction("0.485") if k1 == "red" else Fraction("0.49"))


def test_it_is_not_said_that_none_mends_where_a_fact_is_not_known():
    """`no single fact mends it` would be read as: changing the one that fails is no use."""
    rule = rule_of("m1 <= 10 and m2 <= 10")
    (finding,) = failing(rule, {"m1": Fraction(11)})
    assert (finding.remedies, finding.no_remedy) == ((), False)


def test_of_a_choice_every_option_that_mends_is_told_in_its_order():
    """The first of them alone reads as the one thing to do."""
    found = policy_engine.load().decide("eldercare.idle-facilities", {"fee": "market"}, dt.date(2025, 3, 1))
    finding = next(f for f in found.findings if f.provision == "charge-to-operator")
    assert finding.to_json()["remedies"] == [
        {"input": "fee", "relation": "==", "value": "free", "options": ["free", "low"]}
    ]
    assert words.remedies(finding, found, "zh").endswith("向运营方收费方式：无偿或低偿")
    assert words.remedies(finding, found, "en").endswith("Charge to the operator: Free of charge or At a low charge")
    many = [str(i) for i in range(words.MANY + 2)]
    assert words._any_of(many, "zh") == "0、1、2、3、4、5等8项之一"
    assert words._any_of(["甲、乙", "丙"], "zh") == "“甲、乙”或“丙”"
    assert words._any_of(many, "en") == "0, 1, 2, 3, 4, 5 or one of 2 more"
