"""Two facts mend what none does alone, or one beyond its nearest value: by as little as can be, as the interpreter says of the case with both."""

import datetime as dt
import json
from fractions import Fraction

import pytest
from strategies import CITE, composed, declared
from typer.testing import CliRunner

from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts
from policy_engine.doors import solve
from policy_engine.doors.main import app
from policy_engine.doors.options import rule_of
from policy_engine.explaining.decision import decide
from policy_engine.reports import mended
from policy_engine.solving.mending import Mending
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
DAY = dt.date(2026, 11, 29)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def two(require, given, solvers, forms=None, *more):
    provisions = [{"id": f"check-{i}", "cite": CITE, "require": text} for i, text in enumerate([require, *more])]
    rule = composed(declared(provisions, forms=forms))
    facts = Facts(given)
    (finding,) = (f for f in decide(rule, facts, DAY).findings if f.provision == "check-0")
    assert (finding.status, finding.remedies) == ("violated", ())
    found = Mending(rule, facts, DAY, {}, solvers).least(rule.provisions[0])
    if found is not None:
        after = Verdict(rule, Facts({**given, **found.values}), DAY, {})
        assert after.status(after.checks[0]) == "satisfied"
    return found


def test_two_answers_that_must_both_be_yes(solvers):
    found = two("f1 and f2", {"f1": False, "f2": False}, solvers)
    assert (found.values, found.amounts) == ({"f1": True, "f2": True}, 2)


def test_numbers_change_by_the_least_part_of_what_they_are(solvers):
    """Ten more are wanted of two that may be 12 at most; of the larger it is the smaller part."""
    forms = {"c1": {"at_most": "12"}, "c2": {"at_most": "12"}}
    found = two("c1 + c2 >= 20", {"c1": Fraction(3), "c2": Fraction(6)}, solvers, forms)
    assert found.values == {"c1": Fraction(8), "c2": Fraction(12)}
    assert found.amounts == Fraction(5, 3) + 1
    assert Fraction(99, 100) * found.amounts <= found.least <= found.amounts


def test_no_other_check_is_broken_by_it(solvers):
    given = {"f1": False, "f2": False, "c1": Fraction(1)}
    assert two("f1 and f2", given, solvers, None, "not f1 or c1 <= 5").values == {"f1": True, "f2": True}
    assert two("f1 and f2", given, solvers, None, "not f1 or c1 > 5") is None


def test_the_second_fact_may_be_one_of_the_check_that_the_first_breaks(solvers):
    """What is taken from one source must come from the other."""
    texts = ("m1 < 50% of m3", "m1 + m2 == m3", "m2 < m3 and c1 <= 5")
    provisions = [{"id": f"check-{i}", "cite": CITE, "require": text} for i, text in enumerate(texts)]
    rule = composed(declared(provisions, forms={"m3": {"given": True}}))
    given = {"m1": Fraction(800), "m2": Fraction(200), "m3": Fraction(1000), "c1": Fraction(1)}
    found = Mending(rule, Facts(given), DAY, {}, solvers).least(rule.provisions[0])
    assert found.values == {"m1": Fraction(499), "m2": Fraction(501)}
    after = Verdict(rule, Facts({**given, **found.values}), DAY, {})
    assert {after.status(p) for p in after.checks} == {"satisfied"}


def test_what_may_still_grow_is_mended_beside_the_rest(solvers):
    """Where a total grows its checks are others than those of the rule; it was looked for among these, and ended with an error."""
    given = {"c1": Fraction(1), "f1": False, "f2": False}
    for require, values in (("c1 >= 1 and f1 and f2", {"f1": True, "f2": True}), ("c1 <= 5 and f1 and f2", None)):
        rule = composed(declared([{"id": "cap", "cite": CITE, "require": require}], forms={"c1": {"grows": True}}))
        mending = Mending(rule, Facts(given), DAY, {}, solvers)
        found = mending.least(mending.now.checks[0])
        assert values == (found and found.values)  # of what is at most so much, more may come


def test_what_two_facts_cannot_do_is_not_found(solvers):
    assert two("f1 and f2 and c1 > 5", {"f1": False, "f2": False, "c1": Fraction(1)}, solvers) is None


def test_it_is_asked_for_by_solve():
    asked = [
        "solve",
        "award.grant",
        "--mend",
        "--as-of",
        "2026-11-29",
        "--set",
        "recipient=individual",
        "--set",
        "activity=commendation",
    ]
    ran = CliRunner().invoke(app, [*asked, "--set", "amount=3001", "--set", "approved_by_region=yes", "--lang", "en"])
    assert (ran.exit_code, "to mend it" in ran.stdout) == (0, True), ran.output


GROUND = """decision: town.budget
document: 甲
title: {en: Budget, zh: 预算}
inputs:
  a: {type: money, label: {en: Roads, zh: 道路}}
  b: {type: money, label: {en: Parks, zh: 公园}}
provisions:
  - {id: total, title: {en: In all, zh: 合计}, cite: {at: 一, phrase: 合计}, require: a + b <= 100 yuan}
  - {id: roads, title: {en: For roads, zh: 道路不少于}, cite: {at: 一, phrase: 道路}, require: a >= 55 yuan}
  - {id: parks, title: {en: For parks, zh: 公园不少于}, cite: {at: 一, phrase: 公园}, require: b >= 40 yuan}
"""


def test_what_mends_alone_but_breaks_another_check_is_told_with_two_that_do_not(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "town" / "budget.yaml").write_text(GROUND, encoding="utf-8")

    def ran_with(*more):
        return CliRunner().invoke(
            app, ["solve", "town.budget", "--rules", str(tmp_path), "--mend", "--set", "a=80", *more]
        )

    ran = ran_with("--set", "b=60", "--lang", "zh")
    assert ran.exit_code == 0
    assert (
        "任何一项单独变更至上述最近取值的，均会违反其他核验（“道路不少于”、“公园不少于”）\n    整改（两项同时）："
        in ran.stdout
    )
    ran = ran_with("--set", "b=50")
    assert (ran.exit_code, "breaks" in ran.stdout, "both" in ran.stdout) == (0, False, True)
    ran = ran_with("--set", "b=41")
    assert (ran.exit_code, "another check" in ran.stdout) == (0, False)  # less for roads is enough


APART = """decision: town.budget
document: 甲
title: {en: Budget, zh: 预算}
inputs:
  a: {type: count, label: {en: Roads, zh: 道路}}
  b: {type: count, label: {en: Parks, zh: 公园}}
provisions:
  - {id: least, title: {en: Least, zh: 下限}, cite: {at: 一, phrase: 十}, require: a >= 10}
  - {id: apart, title: {en: Apart, zh: 分开}, cite: {at: 一, phrase: 十二}, require: a < 10 or a > 12 or b >= 20}
"""


def test_a_fact_that_mends_beyond_its_nearest_value_is_told_as_one(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "town" / "budget.yaml").write_text(APART, encoding="utf-8")
    found = solve._mended(rule_of(tmp_path, "town.budget"), None, {"a": "5", "b": "1"}, None, None)
    assert found.whole
    said = "".join(mended.text(found, "en"))
    assert (
        "at its nearest value it would break another check (Apart)\n    to mend it: Roads 5 → 13 (a change of 160%"
        in said
    )
    said = "".join(mended.text(found, "zh"))
    assert "变更至上述最近取值，会违反其他核验（“分开”）\n    整改：道路 5 → 13（变动 160%；" in said
    (finding,) = json.loads(mended.data(found))["findings"]
    assert (finding["breaks"], finding["least"]["changes"]) == (["apart"], {"a": {"from": "5", "to": "13"}})


BEYOND = """decision: town.mix
document: 甲
title: {en: Mix, zh: 配比}
inputs:
  x: {type: number, label: {en: Ash, zh: 灰分}}
  job: {type: code, label: {en: Job, zh: 工种}}
provisions:
  - {id: under, title: {en: Under, zh: 低于}, cite: {at: 一, phrase: 五}, require: x < 5}
  - {id: other, title: {en: Other, zh: 其他}, cite: {at: 一, phrase: 外}, require: 'job != "0151"'}
  - {id: also, title: {en: Also, zh: 另须}, cite: {at: 一, phrase: 四}, require: 'CHECK'}
"""


@pytest.mark.parametrize(
    ("check", "given", "breaks"),
    [
        ("x >= 5 or x <= 3", {"x": "6"}, {"under": ["also"]}),  # just below 5 breaks it
        ("x >= 5 or x > 4.9", {"x": "6"}, {"under": []}),
        ("x >= 4.999 or x <= 4.9", {"x": "6"}, {"under": []}),  # 4.99 breaks it, 4.999 does not
        ("x > 5 or x <= 4.98", {"x": "6"}, {"under": ["also"]}),  # however near
        ('job == "0151"', {"job": "'0151'"}, {"other": ["also"]}),
        ('job == "0151" or job == "0152"', {"job": "'0151'"}, {"other": []}),  # another code that is named will do
        ('starts_with(job, "01")', {"job": "'0151'"}, {"other": []}),
    ],
)
def test_what_is_only_approached_is_tried_for_what_it_breaks_too(tmp_path, check, given, breaks):
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    text = BEYOND.replace("'CHECK'", json.dumps(check, ensure_ascii=False))
    (tmp_path / "town" / "mix.yaml").write_text(text, encoding="utf-8")
    given = {name: value.strip("'") for name, value in given.items()}
    found = solve._mended(rule_of(tmp_path, "town.mix"), None, given, None, None)
    told = {one["provision"]: one["breaks"] for one in json.loads(mended.data(found))["findings"]}
    assert told == breaks
    assert {r.relation for f in found.failing for r in f.remedies} <= {"<", "!="}


LATE = """decision: town.late
document: 甲
title: {en: Late, zh: 报告}
inputs:
  ended_on: {type: date, label: {en: Ended on, zh: 结束日期}}
  reported_on: {type: date, label: {en: Reported on, zh: 报告日期}}
  signed_on: {type: date, given: true, label: {en: Signed on, zh: 签字日期}}
provisions:
  - {id: in-time, title: {en: In time, zh: 按时}, cite: {at: 一, phrase: 7日内}, require: reported_on <= ended_on + 7 days}
  - {id: after, title: {en: After signing, zh: 签后}, cite: {at: 一, phrase: 签字后}, require: reported_on > signed_on + 3 days}
"""


def test_a_date_not_yet_come_is_tried_at_the_value_that_would_mend(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "town" / "late.yaml").write_text(LATE, encoding="utf-8")
    case = {"ended_on": "2025-01-01", "reported_on": "not yet", "signed_on": "2025-01-08"}
    found = solve._mended(rule_of(tmp_path, "town.late"), None, case, "2025-01-08", None)
    (one,) = json.loads(mended.data(found))["findings"]
    assert (one["provision"], one["breaks"], one["least"]) == ("in-time", ["after"], None)
