"""What is bounded, not known: dates that are not yet, totals that grow; and until when: pending, settled, undetermined."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine import NOT_YET, PolicyError
from policy_engine.basics.errors import Text
from policy_engine.basics.values import DAY as DAYS
from policy_engine.basics.values import Unknown
from policy_engine.language import ir
from policy_engine.language.bounds import Open, opened
from policy_engine.language.evaluate import evaluate
from policy_engine.language.operators import COMPARISONS
from policy_engine.words import exit_of

HEAD = "decision: town.rule\ndocument: X\n"
DAY = dt.date(2025, 3, 1)
TRIP = (
    HEAD
    + """
inputs:
  returned_on: {type: date, label: {en: Returned, zh: 返回日期}}
  reported_on: {type: date, label: {en: Reported, zh: 报告日期}}
provisions:
  - {id: in-time, cite: {at: 一, phrase: 7 days}, require: reported_on <= returned_on + 7 days}
"""
)


def status(book, facts, day=DAY):
    found = book.decide("town.rule", facts, as_of=day)
    return [f.status for f in found.findings], found.outcome


@pytest.mark.parametrize("word", [NOT_YET, "尚未", "not yet", " Not Yet "])
@pytest.mark.parametrize(
    ("day", "wanted"), [(dt.date(2025, 2, 26), "undetermined"), (dt.date(2025, 2, 27), "violated")]
)
def test_a_trip_never_reported(town, word, day, wanted):
    """Returned 20 February: the 27th is the last day; what is not yet on it comes later."""
    assert status(town(TRIP), {"returned_on": "2025-02-20", "reported_on": word}, day)[0] == [wanted]


def test_what_is_not_yet_is_settled_only_where_a_date_would_be(town):
    """Which of two terms applies is not known: both are kept so far, and with a date it is not known which was."""
    text = TRIP.replace("provisions:", "  far: {type: flag}\nprovisions:").replace(
        "reported_on <= returned_on + 7 days", "(if far then reported_on else reported_on + 7 days) > returned_on")  # fmt: skip
    returned = {"returned_on": "2025-02-20"}
    for reported in (NOT_YET, "2025-03-05"):
        assert status(town(text), {**returned, "reported_on": reported})[0] == ["undetermined"]
        assert status(town(text), {**returned, "reported_on": reported, "far": False})[0] == ["satisfied"]


def test_what_is_due_some_days_after_a_day_to_come_is_not_due(town):
    """However many days: of the flag that says how many nothing is told in the first case."""
    text = TRIP.replace("provisions:", "  far: {type: flag}\nprovisions:").replace(
        "require", "derived: [{value: 9, why: x}], due: 'returned_on + (if far then 9 days else 7 days)', require")  # fmt: skip
    facts = {"returned_on": NOT_YET, "reported_on": NOT_YET}
    assert status(town(text), facts)[0] == ["undetermined"]
    for far in (False, True):
        assert status(town(text), {**facts, "far": far}) == (["pending"], "pending")


@pytest.mark.parametrize(
    ("require", "day", "wanted"),
    [
        ("reported_on <= returned_on + 5 working days", dt.date(2025, 3, 1), "pending"),
        ("returned_on + 5 working days >= 2025-03-10", dt.date(2025, 3, 3), "satisfied"),
        ("end of month(returned_on) >= 2025-03-31", dt.date(2025, 3, 1), "satisfied"),
        ("years(1990-03-02, returned_on) >= 35", dt.date(2025, 3, 1), "satisfied"),
        ("working_days(2025-02-20, returned_on) <= 7", dt.date(2025, 3, 3), "violated"),
    ],
)
def test_a_date_to_come_is_followed_through_what_rises_with_it(town, require, day, wanted):
    """Tomorrow at the earliest: so is all that is counted from it."""
    due = "due: returned_on + 5 working days, " if wanted == "pending" else ""
    text = TRIP.replace("inputs:", "calendar: cn\ninputs:", 1).replace(
        "require: reported_on <= returned_on + 7 days", f"{due}require: '{require}'"
    )
    facts = {"returned_on": NOT_YET, "reported_on": NOT_YET}
    assert status(town(text), facts, day)[0] == [wanted]
    assert status(town(text), {"returned_on": NOT_YET}, dt.date(2025, 2, 1))[0] in (["undetermined"], ["pending"])


def test_what_is_not_yet_is_said_so(town):
    found = town(TRIP).decide("town.rule", {"returned_on": "2025-02-20", "reported_on": NOT_YET}, as_of=DAY)
    finding = found.findings[0]
    assert finding.reason.zh == "报告日期：截至 2025-03-01 尚未发生，晚于 2025-02-20 + 7 天 = 2025-02-27"
    assert (finding.margin, [r.input for r in finding.remedies]) == (None, [r.input for r in finding.remedies])
    assert "reported_on" not in [r.input for r in finding.remedies]
    assert found.to_json()["facts"]["reported_on"] == "not yet"
    still = town(TRIP).decide("town.rule", {"returned_on": "2025-02-26", "reported_on": NOT_YET}, as_of=DAY).findings[0]
    assert (still.status, still.missing, still.reason.zh) == ("undetermined", (), "报告日期：尚未发生")


def test_what_is_not_yet_is_not_said_to_be_later_than_today_too(town):
    text = TRIP.replace("reported_on <= returned_on + 7 days", "reported_on <= as_of")
    (finding,) = town(text).decide("town.rule", {"reported_on": NOT_YET}, as_of=DAY).findings
    assert (finding.reason.en, finding.reason.zh) == (
        "Reported: not yet on 2025-03-01",
        "报告日期：截至 2025-03-01 尚未发生",
    )


def test_only_a_date_is_not_yet(town):
    text = TRIP.replace("reported_on: {type: date,", "n: {type: count}\n  reported_on: {type: date,")
    with pytest.raises(PolicyError):
        town(text).decide("town.rule", {"n": NOT_YET}, as_of=DAY)


DUE = (
    HEAD
    + """
inputs:
  returned_on: {type: date}
  reported_on: {type: date}
  held: {type: count, grows: true}
  rate: {type: share}
  done: {type: flag}
  issued: {type: flag, grows: true}
  papers: {type: set, of: [a, b], grows: true}
  year: {type: count}
  before: {type: count, given: true}
provisions:
"""
)
CHECKS = {
    "least": "require: held >= 4, due: end of year(year)",
    "most": "require: held <= 4, due: end of year(year)",
    "reported": "require: reported_on <= returned_on + 4 days, due: returned_on + 4 days",
    "done": "require: done, due: 2025-06-30",
    "not-done": "require: not done, due: 2025-06-30",
    "issued": "require: issued, due: 2025-06-30",
    "not-issued": "require: not issued, due: 2025-06-30",
    "unless-issued": "require: done, when: not issued",
    "paper": "require: '\"a\" in papers', due: 2025-06-30",
    "papers": 'require: \'all_in(["a", "b"], papers)\', due: 2025-06-30',
    "no-others": "require: 'all_in(papers, [\"a\"])', due: 2025-06-30",
    "last-year": "require: before >= 4, due: 2025-06-30",
    "rate": "require: rate >= 4/10, due: 2025-06-30, force: target",
}


@pytest.mark.parametrize(
    ("check", "facts", "day", "wanted"),
    [
        ("least", {"held": 3, "year": 2025}, DAY, "pending"),
        ("least", {"held": 4, "year": 2025}, DAY, "satisfied"),
        ("least", {"held": 3, "year": 2025}, dt.date(2025, 12, 31), "violated"),
        ("least", {"held": 3}, DAY, "undetermined"),
        ("least", {"year": 2025}, DAY, "pending"),
        ("most", {"held": 4, "year": 2025}, DAY, "pending"),
        ("most", {"held": 5, "year": 2025}, DAY, "violated"),
        ("reported", {"returned_on": "2025-02-28", "reported_on": NOT_YET}, DAY, "pending"),
        ("reported", {"returned_on": "2025-02-28", "reported_on": "2025-03-01"}, DAY, "satisfied"),
        ("reported", {"returned_on": "2025-02-20", "reported_on": NOT_YET}, DAY, "violated"),
        ("reported", {"returned_on": NOT_YET, "reported_on": NOT_YET}, DAY, "pending"),
        ("reported", {"reported_on": NOT_YET}, DAY, "undetermined"),
        ("done", {"done": False}, DAY, "pending"),
        ("done", {"done": True}, DAY, "pending"),
        ("done", {"done": False}, dt.date(2025, 6, 30), "violated"),
        ("not-done", {"done": True}, DAY, "pending"),
        ("not-done", {"done": False}, DAY, "pending"),
        ("issued", {"issued": True}, DAY, "satisfied"),
        ("issued", {"issued": False}, DAY, "pending"),
        ("issued", {"issued": False}, dt.date(2025, 6, 30), "violated"),
        ("not-issued", {"issued": True}, DAY, "violated"),
        ("not-issued", {"issued": False}, DAY, "pending"),
        ("unless-issued", {"issued": False, "done": False}, DAY, "violated"),
        ("paper", {"papers": ["a"]}, DAY, "satisfied"),
        ("paper", {"papers": ["b"]}, DAY, "pending"),
        ("paper", {"papers": ["b"]}, dt.date(2025, 6, 30), "violated"),
        ("papers", {"papers": ["a", "b"]}, DAY, "satisfied"),
        ("papers", {"papers": ["a"]}, DAY, "pending"),
        ("no-others", {"papers": ["a"]}, DAY, "pending"),
        ("rate", {"rate": "50%"}, DAY, "pending"),
        ("rate", {"rate": "50%"}, dt.date(2025, 6, 30), "satisfied"),
        ("rate", {}, DAY, "pending"),
        ("last-year", {"before": 5}, DAY, "satisfied"),
        ("last-year", {"before": 3}, DAY, "violated"),
    ],
)
def test_before_it_is_due_only_what_cannot_change_is_judged(town, check, facts, day, wanted):
    line = f"  - {{id: c, cite: {{at: 一, phrase: 4 4/10}}, derived: [{{value: 4/10, why: x}}], {CHECKS[check]}}}\n"
    found, outcome = status(town(DUE + line), facts, day)
    assert found == [wanted]
    if wanted == "pending":
        assert outcome == "pending"


@pytest.mark.parametrize(
    ("require", "before", "then"),
    [
        ("done", (), ("done",)),
        ("rate >= 4/10", (), ("rate",)),
        ("held >= 4", ("held",), ("held",)),
        ("issued", ("issued",), ("issued",)),
        ("before >= 4", ("before",), ("before",)),
        ("done or before >= 4", ("before",), ("done", "before")),
    ],
)
def test_before_it_is_due_no_fact_is_waited_for_that_cannot_settle_it(town, require, before, then):
    line = f"  - {{id: c, cite: {{at: 一, phrase: 4 4/10 2025}}, derived: [{{value: 4/10, why: x}}], when: year == 2025, require: {require}, due: 2025-06-30}}\n"
    book = town(DUE + line)
    for facts, asked in (({}, ("year",)), ({"year": 2025}, ())):
        for day, more in ((DAY, before), (dt.date(2025, 6, 30), then)):
            found = book.decide("town.rule", facts, as_of=day)
            assert found.findings[0].missing == (*asked, *more)
            assert all(name in found.findings[0].reason.en for name in more) or found.findings[0].status == "pending"


def test_before_it_is_due_nothing_is_said_of_what_is_not_judged_yet(town):
    """Neither what it lacks nor why it could not be worked out on this day."""
    line = (
        "  - {id: c, cite: {at: 一, phrase: 2025}, when: year == 2025, require: held / before >= 1, due: 2025-06-30}\n"
    )
    found = town(DUE + line).decide("town.rule", {"before": 0, "held": 1}, as_of=DAY).findings[0]
    assert (found.missing, "zero" in found.reason.en) == (("year",), False)


def test_a_case_that_is_all_pending_is_not_compliant(town):
    line = "  - {id: c, cite: {at: 一, phrase: 无}, require: done, due: 2025-06-30}\n"
    value = "  - {id: v, cite: {at: 一, phrase: 无}, value: {type: date, is: returned_on}}\n"
    settled = "  - {id: s, cite: {at: 一, phrase: 2020-01-01}, require: returned_on > 2020-01-01}\n"
    facts = {"done": False, "returned_on": "2025-01-01"}
    found = town(DUE + line + value).decide("town.rule", facts, as_of=DAY)
    assert (found.outcome, exit_of((found.outcome,), strict=False), exit_of((found.outcome,), strict=True)) == (
        "pending",
        0,
        0,
    )
    assert town(DUE + line + value + settled).decide("town.rule", facts, as_of=DAY).outcome == "compliant"


def test_an_expression_of_due_is_typed_and_cited(town):
    line = "  - {id: c, cite: {at: 一, phrase: 无}, require: done, due: held + 1}\n"
    with pytest.raises(PolicyError, match="expected date"):
        town(DUE + line).rules()


# --- laws ------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "k"])  # a and b may still rise, k is known
TERMS = st.recursive(
    NAMES.map(ir.Name) | st.integers(-3, 9).map(ir.Number),
    lambda parts: st.one_of(
        st.builds(ir.Arith, st.sampled_from(["+", "-"]), parts, parts),
        st.builds(lambda n, x: ir.Arith("*", ir.Number(n), x), st.integers(-2, 3), parts),
        st.builds(lambda f, *args: ir.Call(f, args), st.sampled_from(["min", "max"]), parts, parts),
    ),
    max_leaves=6,
)
FLAGS = st.recursive(
    st.builds(ir.Compare, st.sampled_from(sorted(COMPARISONS)), TERMS, TERMS),
    lambda parts: st.one_of(parts.map(ir.Not), st.builds(ir.Logic, st.sampled_from(["and", "or"]), parts, parts)),
    max_leaves=4,
)


@given(node=FLAGS, least=st.tuples(st.integers(0, 9), st.integers(0, 9)), more=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8), k=st.integers(0, 9))  # fmt: skip
def test_what_is_settled_stays_so_whatever_comes(node, least, more, k):
    names = Open({"a": Text("a", "a"), "b": Text("b", "b")}, frozenset("ab"))
    settled = evaluate(opened(node, names), {"a": least[0], "b": least[1], "k": k})
    if not isinstance(settled, Unknown):
        for up in ((0, 0), *more):
            assert evaluate(node, {"a": least[0] + up[0], "b": least[1] + up[1], "k": k}) == settled


@given(least=st.integers(0, 9), bound=st.integers(0, 9))
def test_a_minimum_reached_is_settled_and_a_maximum_passed(least, bound):
    names = Open({"a": Text("a", "a")}, frozenset("a"))
    at_least = ir.Compare(">=", ir.Arith("*", ir.Number(2), ir.Name("a")), ir.Number(bound))
    at_most = ir.Compare("<=", ir.Arith("+", ir.Name("a"), ir.Number(1)), ir.Number(bound))
    assert (evaluate(opened(at_least, names), {"a": least}) is True) == (2 * least >= bound)
    assert (evaluate(opened(at_most, names), {"a": least}) is False) == (least + 1 > bound)


@given(days=st.integers(-10, 20), back=st.integers(0, 30))
def test_the_day_a_deadline_passes(days, back):
    """A date that is not yet fails a deadline as soon as the deadline lies before tomorrow, and not a day sooner."""
    returned = DAY - dt.timedelta(days=back)
    node = ir.Compare("<=", ir.Name("d"), ir.Arith("+days", ir.Const(returned), ir.Number(days, DAYS)))
    names = Open({"d": Text("d", "d")}, frozenset("d"))
    found = evaluate(opened(node, names), {"d": DAY + dt.timedelta(days=1)})
    assert (found is False) == (returned + dt.timedelta(days=days) <= DAY)
    assert found is not True
