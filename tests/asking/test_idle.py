"""What is not asked for, since it changes nothing whatever it is, changes nothing: it stays unknown, and the answer is the same beside any value."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, INPUTS, VALUES, all_facts, assuming, composed, declared, expressions, some_facts
from typer.testing import CliRunner

import policy_engine
from policy_engine.asking.useful import useful
from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.doors.main import app
from policy_engine.explaining.unparse import unparse
from policy_engine.serving.answers import Answers

DAY = dt.date(2024, 2, 29)
EXAMPLES = 10
BOOK = policy_engine.load()
TIGHT = {"c1": (1, 3), "c2": (2, 4), "c3": (0, 2), "m1": (50, 100), "m2": (0, 60)}
FORMS = {name: {"at_least": str(low), "at_most": str(high)} for name, (low, high) in TIGHT.items()} | {
    "m3": {"above": "0"}
}


COUNTS, MONEY = ["c1", "c2", "c3", "c1 + c2", "c1 / c2", "c3 * c1"], ["m1", "m2", "c3 * m1", "m1 - m2", "m2 / c3"]
RELATIONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
COMPARED = st.builds(
    "{} {} {}".format, st.sampled_from(COUNTS), RELATIONS, st.sampled_from(["0", "1", "2", "4", "7", *COUNTS])
)
COMPARED |= st.builds(
    "{} {} {}".format, st.sampled_from(MONEY), RELATIONS, st.sampled_from(["0元", "50元", "60元", "101元", *MONEY])
)


SETTLED = st.sampled_from(
    ["c1 >= 1", "c1 > 3", "c2 <= 4", "c2 < 2", "c3 > 2", "m1 < 50元", "m2 > 60元", "c1 >= 2", "c2 > 3", "m2 > m1"]
)
LEFT_OPEN = st.builds("(open_ {} {})".format, st.sampled_from(["or", "and"]), SETTLED)
LEFT_OPEN |= st.builds("(({} {} f1) and open_)".format, SETTLED, st.sampled_from(["or", "and"]))
FLAGS = st.sampled_from(["f1", "f2", "open_"])
READ = st.builds('(if r1 == "near" then {} else ({}))'.format, LEFT_OPEN, SETTLED | FLAGS | COMPARED)
PARTS = LEFT_OPEN | LEFT_OPEN | READ | READ | COMPARED | FLAGS
ASKED_WHEN = {"f1": ["c1 > c2", "m1 >= 0元"], "c3": ["f2"], "m2": ["c1 > c2", "f1"]}
MUSTS = [(), ("c1 <= c2",), ("m2 <= m1", "c3 < c1"), ("c1 <= c2", 'r1 == "far" or c2 <= c3 + 2')]


@st.composite
def half_open(draw):
    """A rule with checks that the text leaves open unless, or where, something holds.

    Its inputs have narrow bounds; some matter only where others say so, and the silence of some means something.
    """
    requires = []
    for _ in range(draw(st.integers(1, 2))):
        parts = [draw(PARTS) for _ in range(draw(st.integers(1, 2)))]
        parts += [draw(expressions("flag", 1).map(unparse))] if draw(st.integers(0, 3)) == 0 else []
        requires.append(f" {draw(st.sampled_from(['or', 'and']))} ".join(f"({part})" for part in parts))
    whens = st.none() | st.none() | COMPARED.map(lambda text: {"when": text})
    dues = st.none() | st.none() | st.sampled_from(["9000-01-01", "d2 + 7 days"]).map(lambda text: {"due": text})
    made = [
        {"id": f"check-{i}", "cite": CITE, "require": text, **(draw(whens) or {}), **(draw(dues) or {})}
        for i, text in enumerate(requires)
    ]
    unsettled = {"type": "flag", "cases": [{"otherwise": "unsettled", "reason": {"en": "not said", "zh": "未定"}}]}
    when = [{"when": draw(COMPARED)}] if draw(st.integers(0, 3)) == 0 else [{}]
    asked = draw(st.sets(st.sampled_from(sorted(ASKED_WHEN)), max_size=2))
    forms = {
        name: FORMS.get(name, {}) | ({"when": draw(st.sampled_from(ASKED_WHEN[name]))} if name in asked else {})
        for name in (*FORMS, "f1")
    }
    data = declared(
        [*made, {"id": "open_", "cite": CITE, "value": unsettled, **when[0]}], draw(st.sampled_from(MUSTS)), forms
    )
    rule = composed(data)
    meant = {
        name: draw(VALUES[INPUTS[name]])
        for name in draw(st.sets(st.sampled_from(["c1", "c2", "f1", "m1"]), max_size=2))
    }
    return assuming(rule, {name: value for name, value in meant.items() if within(rule.inputs[name], value)})


def case_of(rule, given):
    """The case of some facts; None where they cannot be together."""
    case = Verdict(rule, Facts(given), DAY, {})
    return None if contradicted(case.base) else case


def unasked(case):
    """What is waited for and not asked for."""
    open_ = [p for p in case.checks if case.status(p) == "undetermined"] + [
        p for p in case.formulas if case.result(p).applies
    ]
    return {n for p in open_ for n in case.missing(p)} - set(useful(case))


def said(case):
    """What every provision says, as the text is read by default and otherwise."""
    worked = {p.id: case.result(p) for p in case.formulas}
    values = {
        n: (found.applies, "open" if isinstance(found.value, Unknown) else found.value) for n, found in worked.items()
    }
    readings = {
        p.id: [(a.choose, a.status, str(a.value)[:7]) for a in case.readings(p)] for p in (*case.checks, *case.formulas)
    }
    return (
        case.outcome(),
        {p.id: case.status(p) for p in case.checks},
        values,
        readings,
        [(a.choose, a.outcome) for a in case.alternatives],
    )


def kept_within(rule, facts):
    return {name: value for name, value in facts.items() if within(rule.inputs[name], value)}


def changed_by(rule, given, others):
    """The first fact not asked for, and a value of it, that changes something alone or beside others that are told besides."""
    now = case_of(rule, given)
    for name in () if now is None else sorted(unasked(now)):
        asked = set(useful(now))
        for value in SEVERAL[INPUTS[name]]:
            alone = case_of(rule, {**given, name: value}) if within(rule.inputs[name], value) else None
            if alone is None:
                continue  # that cannot be
            if said(alone) != said(now) or not set(useful(alone)) <= asked:
                return name, value, {}
            for more in others:
                beside = {n: v for n, v in more.items() if n not in {*given, name}}
                one, other = case_of(rule, {**given, **beside}), case_of(rule, {**given, **beside, name: value})
                if (one is None) != (other is None) or (one and said(one) != said(other)):
                    return name, value, beside
    return None


SEVERAL = {
    "count": [Fraction(n) for n in range(5)], "money": [Fraction(n) for n in (0, 1, 55, 60, 100)], "flag": [True, False],
    "share": [Fraction(0), Fraction(1)], "date": [dt.date(2024, 1, 1), DAY], "choice": ["red", "blue"], "set": [frozenset(), frozenset({"red"})],
    "code": ["0151", "x"], "text": ["x"],
}  # fmt: skip


@given(half_open(), all_facts, st.lists(some_facts(), min_size=3, max_size=3))
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_is_not_asked_for_changes_nothing_whatever_else_is_told(rule, facts, others):
    told = kept_within(rule, facts)
    for names in ((), ("c1", "m1"), ("c2", "f1"), ("c3", "m2", "f2")):
        given_ = {name: told[name] for name in names if name in told}
        assert changed_by(rule, given_, [kept_within(rule, more) for more in others]) is None


UNSETTLED = {"type": "flag", "cases": [{"otherwise": "unsettled", "reason": {"en": "not said", "zh": "未定"}}]}
ZERO = {"value": "0", "why": {"en": "none unless said", "zh": "未载明视为零"}}


@pytest.mark.parametrize(
    ("require", "forms", "musts", "given", "asked"),
    [
        ("f1 or f2", {"f1": {"when": "c1 > c2"}}, ["c1 <= c2"], {"c2": 0}, {"f1", "f2"}),
        ('if r1 == "near" then (c1 >= 0 or f1) and open_ else f1', {}, [], {}, {"f1"}),
        ("open_ or c1 >= 1", {"c2": {"assume": ZERO}}, ["c1 <= c2"], {}, {"c1"}),
        ("f1 or (c1 >= 0 and f2)", {}, [], {}, {"c1", "f1", "f2"}),
        ("open_ or c1 < 0", {}, ["c1 <= c2"], {}, {"c1"}),
        ("open_ or c1 < 0", {}, [], {}, set()),
        ("(open_ or c1 < 0) and f1", {}, [], {}, {"f1"}),
        ("open_ and c1 >= 0", {"c2": {"assume": {**ZERO, "if_given": "c1"}}}, [], {}, set()),
        ("open_ and c1 >= 0 and c2 > 1", {"c2": {"assume": {**ZERO, "if_given": "c1"}}}, [], {}, {"c1", "c2"}),
        ("open_ or c2 < 0", {}, ["c2 <= v"], {}, {"c2"}),
        ("count(c1 >= 0, open_) >= 1", {}, [], {}, {"c1"}),
        ("count(c1 >= 0, open_) >= 2", {}, [], {}, set()),
        ("(f1 or open_) and open_", {}, [], {}, set()),
        ("(f1 or open_) and f2", {}, [], {}, {"f1", "f2"}),
        ("not (f1 and open_) and open_", {}, [], {}, set()),
        ("not (f1 and open_) and (f2 or f1)", {}, [], {}, {"f1", "f2"}),
        ("open_ or (if f1 then 1 else 2) > 3", {}, [], {}, set()),
        ("open_ or (if f1 then 1 else 2) > 1", {}, [], {}, {"f1"}),
        ('open_ or (if f1 then "red" else "blue") == "blue"', {}, [], {}, {"f1"}),
        ('open_ or (if f1 and open_ then "red" else "blue") == "red"', {}, [], {}, set()),
        ('open_ or k1 == "red"', {}, [], {}, {"k1"}),
        ('open_ or (if k1 in ["red", "blue"] then 1 else 0) > 0', {}, [], {}, {"k1"}),
        ("open_ or (if f1 then c2 else 0) > 1", {}, [], {}, {"f1", "c2"}),
        ("open_ or (if c1 >= 0 then if f1 then 1 else 2 else 9) > 3", {}, [], {}, set()),
        ('open_ or k1 == (if f1 then "black" else "white")', {}, [], {}, set()),
    ],
    ids=[
        "when", "reading", "silence", "beside", "together", "open", "open-part", "ends-no-silence", "ends-a-silence", "by-a-value", "end", "open-end",
        "never-false", "may-be-false", "never-true", "may-be-true", "never-above", "may-be-above", "otherwise", "no-branch", "option",
        "one-of-a-list", "any-number", "sure-branch", "no-option"
    ],
)  # fmt: skip
def test_what_may_change_something_beside_another_fact_is_asked_for(require, forms, musts, given, asked):
    made = [{"id": "check-0", "cite": CITE, "require": require}, {"id": "open_", "cite": CITE, "value": UNSETTLED}]
    made += [{"id": "v", "cite": CITE, "when": "f3", "value": {"type": "count", "is": "2"}}]
    rule = composed(declared(made, musts, forms))
    found = set(useful(case_of(rule, {name: Fraction(value) for name, value in given.items()})))
    assert found - {"f3"} == asked  # whether `v` applies is asked for anyway


@pytest.mark.parametrize(
    ("due", "asked"), [({}, set()), ({"due": "9000-01-01"}, {"c1"}), ({"due": "d2 + 7 days"}, {"c1", "d2"})]
)
def test_whether_a_check_that_is_not_due_applies_is_asked_for_though_bounds_show_it(due, asked):
    """Told, it is pending; not known, it is not settled whether it applies."""
    check = {"id": "check-0", "cite": CITE, "when": "c1 >= 0", "require": "open_", **due}
    rule = composed(declared([check, {"id": "open_", "cite": CITE, "value": UNSETTLED}]))
    assert set(useful(case_of(rule, {}))) == asked


def test_what_is_required_and_given_where_it_can_never_apply_is_not_asked_for():
    never = {"when": "(if f1 then 1 else 2) > 3"}
    value = {"id": "w", "cite": CITE, "value": {"type": "count", "is": "c1"}, **never}
    checks = [{"id": f"check-{i}", "cite": CITE, "require": text} for i, text in enumerate(("w > c2", "w > 1 or f3"))]
    rule = composed(declared([value, *checks, {"id": "check-2", "cite": CITE, "require": "f2", **never}]))
    assert set(useful(case_of(rule, {}))) == {"f1", "f3"}


def test_what_a_value_waits_for_beside_what_does_not_matter_is_asked_for():
    """What waits for nothing but what does not matter says nothing; what waits for something else, too, is undetermined."""
    value = {"type": "flag", "is": "open_ or c1 < 0 or c2 < 0"}
    made = [{"id": "v", "cite": CITE, "value": value}, {"id": "open_", "cite": CITE, "value": UNSETTLED}]
    rule = composed(declared(made, (), {"c2": {"when": "f1"}}))
    now, then = case_of(rule, {"f1": False}), case_of(rule, {"f1": False, "c1": Fraction(0)})
    assert said(now) != said(then)
    assert "c1" in useful(now)


@pytest.mark.parametrize(
    ("decision", "facts", "idle"),
    [
        ("eldercare.facilities", {"nursing_beds": "0"}, set()),  # of no beds there is no share
        ("eldercare.homecare", {"minutes_fastest": "16", "watch_hours": "0"}, {"minutes_on_foot"}),
        ("eldercare.homecare", {"minutes_fastest": "15", "watch_hours": "0"}, set()),
        ("hospital.governance", {"funds_due": "0", "management_cost_budget": "elsewhere"}, set()),
        ("hospital.governance", {"funds_due": "1", "management_cost_budget": "elsewhere"}, set()),
    ],
)
def test_what_bounds_leave_open_whatever_it_is_is_not_asked_for(decision, facts, idle):
    now = BOOK.interview(decision, facts, dt.date(2025, 6, 30))
    assert set(now.idle) == idle
    assert not idle & {entry.name for entry in now.questions}


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Minutes on foot to the nearest service: not known (not asked"),
        ("zh", "步行至最近养老服务的时间：未知（不再询问"),
    ],
)
def test_what_is_not_asked_for_is_told(lang, said):
    facts = {"minutes_fastest": "16", "watch_hours": "0", "services": "none", "price": "1", "market_price": "2"}
    given = [word for name, value in facts.items() for word in ("--set", f"{name}={value}")]
    told = CliRunner().invoke(
        app, ["ask", "eldercare.homecare", "--as-of", "2025-06-30", "--lang", lang, *given], input=""
    )
    assert told.exit_code == 3
    assert said in told.stderr
    pages = pytest.importorskip("policy_engine.serving.pages", reason="pages need `pip install '.[web]'`")
    asked = {"lang": lang, "decision": "eldercare.homecare", "pairs": [[f"f.{n}", v] for n, v in facts.items()]}
    shown = pages.PAGES["page.findings"](Answers(BOOK), asked)["html"]
    assert said in shown
    assert 'class="asks"' not in shown
    assert Answers(BOOK).decided({"decision": "eldercare.homecare", "facts": facts})["next_question"] is None


def test_a_day_that_may_not_have_come_is_asked_for():
    """Beside a hundred working days the report is late whenever it comes; while it has not come that is not said."""
    facts = {"working_days_between": "100", "returned_on": "2025-06-30"}
    now = BOOK.interview("government.trip", facts, dt.date(2025, 6, 30))
    assert "reported_on" in {entry.name for entry in now.questions}


def test_what_bounds_alone_would_settle_is_asked_for():
    """Not known, it is not settled: the answer is one of what was said."""
    now = BOOK.interview("hospital.governance", {"funds_due": "0", "original_channel": "yes"}, dt.date(2025, 6, 30))
    assert "funds_arranged" in {entry.name for entry in now.questions}
    now = BOOK.interview("air.straw", {"straw_used": "0"}, dt.date(2025, 6, 30))
    assert [entry.name for entry in now.questions] == ["straw"]
