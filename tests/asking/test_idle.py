"""What is not asked for, since it changes nothing whatever it is, changes nothing: it stays unknown, and the answer is the same beside any value."""

import datetime as dt
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import CITE, INPUTS, VALUES, composed, declared, expressions, raw, some_facts
from typer.testing import CliRunner

import policy_engine
from policy_engine.asking.interview import Interview
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown
from policy_engine.deciding.facts import within
from policy_engine.doors.main import app
from policy_engine.serving.answers import Answers
from policy_engine.words import unparse

DAY = dt.date(2024, 2, 29)
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


@st.composite
def half_open(draw):
    """A rule whose inputs have narrow bounds, with checks that the text leaves open unless, or where, something holds."""
    requires = []
    for _ in range(draw(st.integers(1, 3))):
        parts = [draw(COMPARED | st.sampled_from(["f1", "open_"])) for _ in range(draw(st.integers(1, 3)))]
        parts.append(draw(st.just("open_") | expressions("flag", 1).map(unparse)))
        requires.append(f" {draw(st.sampled_from(['or', 'and']))} ".join(f"({part})" for part in parts))
    whens = [draw(st.none() | COMPARED.map(lambda text: {"when": text})) or {} for _ in requires]
    made = [
        {"id": f"check-{i}", "cite": CITE, "require": text, **when}
        for i, (text, when) in enumerate(zip(requires, whens, strict=True))
    ]
    unsettled = {"type": "flag", "cases": [{"otherwise": "unsettled", "reason": {"en": "not said", "zh": "未定"}}]}
    musts = draw(st.sampled_from([(), ("c1 <= c2",), ("m2 <= m1", "c3 < c1")]))
    return composed(declared([*made, {"id": "open_", "cite": CITE, "value": unsettled}], musts, FORMS))


def said(now):
    """What every provision says, and what would still be asked besides."""
    values = {r.provision: "open" if isinstance(r.value, Unknown) else r.value for r in now.decision.results}
    return now.decision.outcome, {f.provision: f.status for f in now.decision.findings}, values


def begun(rule, facts):
    facts = {name: raw(value) for name, value in facts.items() if within(rule.inputs[name], value)}
    try:
        return Interview(rule=rule, as_of=DAY, answers=facts)
    except PolicyError:
        return None


@given(half_open(), some_facts(), st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_not_asked_for_changes_nothing_whatever_it_is(rule, facts, data):
    now = begun(rule, facts)
    assume(now is not None and now.idle)
    then = now
    for name in data.draw(st.sets(st.sampled_from(now.idle), min_size=1)):
        value = data.draw(VALUES[INPUTS[name]].filter(partial(within, rule.inputs[name])))
        try:
            then = then.answer(name, raw(value))
        except PolicyError:
            continue  # that cannot be
    assert said(then) == said(now)
    assert {q.name for q in then.questions} <= {q.name for q in now.questions}


@pytest.mark.parametrize(
    ("decision", "facts", "idle"),
    [
        ("eldercare.facilities", {"nursing_beds": "0"}, {"beds"}),
        ("eldercare.facilities", {"nursing_beds": "1"}, set()),
        ("eldercare.homecare", {"minutes_fastest": "16", "watch_hours": "0"}, {"minutes_on_foot"}),
        ("eldercare.homecare", {"minutes_fastest": "15", "watch_hours": "0"}, set()),
        ("hospital.governance", {"funds_due": "0", "management_cost_budget": "elsewhere"}, {"funds_arranged"}),
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
        ("en", "Beds of elder-care institutions in the city: not known (not asked"),
        ("zh", "全市养老机构床位数：未知（不再询问"),
    ],
)
def test_what_is_not_asked_for_is_told(lang, said):
    facts = {"nursing_beds": "0", "fire_compliant": "1", "institutions": "1", "barrier_free": "1"}
    given = [word for name, value in facts.items() for word in ("--set", f"{name}={value}")]
    told = CliRunner().invoke(
        app, ["ask", "eldercare.facilities", "--as-of", "2025-06-30", "--lang", lang, *given], input=""
    )
    assert told.exit_code == 3
    assert said in told.stderr
    pages = pytest.importorskip("policy_engine.serving.pages", reason="pages need `pip install '.[web]'`")
    asked = {"lang": lang, "decision": "eldercare.facilities", "pairs": [[f"f.{n}", v] for n, v in facts.items()]}
    shown = pages.PAGES["page.findings"](Answers(BOOK), asked)["html"]
    assert said in shown
    assert 'class="asks"' not in shown
    assert Answers(BOOK).decided({"decision": "eldercare.facilities", "facts": facts})["next_question"] is None


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
