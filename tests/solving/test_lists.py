"""What is found of rules over lists: cases with lists that read back, and nothing that a list could show to be otherwise."""

import datetime as dt
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, composed
from typer.testing import CliRunner

from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.doors.main import app
from policy_engine.reports.proof import Proof, data, text
from policy_engine.reports.proved import composed as on_paper
from policy_engine.solving.answers import case_data
from policy_engine.solving.findings import examined
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
DAY = dt.date(2026, 11, 29)
FEES = {"fees": {"sum": "fee"}, "dearest": {"max": "fee"}, "payers": {"count": "fee > 0 yuan"}}


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def rule_of(*provisions, columns=None, formulas=(), totals=None, claims=(), **more):
    made = [{"id": f"p{i}", "cite": CITE} | one for i, one in enumerate(provisions)]
    rows = {"member": {
        "columns": {"fee": {"type": "money"}} | (columns or {}), "formulas": list(formulas),
        "totals": FEES if totals is None else totals, "label": {"en": "Member", "zh": "成员"},
    }}  # fmt: skip
    return composed({
        "decision": "town.rule", "document": "甲", "rows": rows, "provisions": made, "claims": list(claims), **more,
    })  # fmt: skip


def of_row(value):
    return {"id": "part", "cite": CITE, "value": value}


GAP = of_row(
    {"type": "money", "cases": [{"when": "fee > 5 yuan", "is": "fee"}, {"when": "fee < 5 yuan", "is": "0 yuan"}]}
)


def test_a_case_of_a_row_is_a_list_that_reads_back(solvers):
    rule = rule_of({"require": "parts <= 9 yuan"}, formulas=[GAP], totals={"parts": {"sum": "part"}})
    found = examined(rule, DAY, solvers)
    (one,) = (f for f in found if f.kind == "gap")
    told = case_data(rule, one.example)["facts"]
    assert (one.about, told) == ("member.part", {"member": [{"fee": "5"}, "more"]})
    assert read_facts(rule, told) == one.example.facts
    proof = Proof(as_of=DAY, first=DAY, last=DAY, rules={rule.decision: rule}, found={rule.decision: found})
    assert "“part”：存在没有适用情形的空白\n" in "".join(text(proof, "zh"))
    assert '"more"' in data(proof)
    assert "Member 1: fee" in str(on_paper(proof, "en", "1"))


def test_what_a_value_of_a_row_comes_to_is_told_in_words(solvers):
    kind = {"type": "choice", "of": {"big": {"en": "large", "zh": "大额"}, "small": {"en": "little", "zh": "小额"}},
            "cases": [{"when": 'r == "all" or fee > 10 yuan', "is": '"big"'}, {"otherwise": '"small"'}]}  # fmt: skip
    due = {"type": "money", "cases": [{"when": 'r == "all"', "is": "fee"}, {"otherwise": "fee + 5 yuan"}]}
    for value, words in ((kind, "默认读法：大额；如此解读：小额\n"), (due, "元；如此解读：")):
        rule = rule_of({"require": "fees <= 9 yuan"}, formulas=[of_row(value)], readings=CHOICE)
        found = examined(rule, DAY, solvers)
        proof = Proof(as_of=DAY, first=DAY, last=DAY, rules={rule.decision: rule}, found={rule.decision: found})
        assert words in "".join(text(proof, "zh"))


def test_a_case_of_totals_gives_the_totals(solvers):
    rule = rule_of({"require": "fees <= 9 yuan"}, claims=[{"id": "c", "says": "x", "holds": "fees < 10 yuan"}])
    (one,) = (f for f in examined(rule, DAY, solvers) if f.kind == "claim-fails")
    assert case_data(rule, one.example)["facts"] == {"fees": "1万元"}


def test_a_case_of_a_row_and_a_total_is_a_list_that_comes_to_it(solvers):
    rule = rule_of(
        {"id": "v", "each": "member", "require": "if r == \"some\" then fee < fees else fee <= fees"},
        readings={"r": {"question": "q", "default": "all", "options": {"all": {}, "some": {}}}},
    )  # fmt: skip
    (one,) = (f for f in examined(rule, DAY, solvers) if f.kind == "reading-differs")
    facts = one.example.facts
    assert (one.about, facts.rows) == ("v", {"member": (1, True)})
    assert "fees" not in facts.given
    before, after = (Verdict(rule, facts, DAY, picks) for picks in ({}, {"r": "some"}))
    assert [v.status(v.checks[0]) for v in (before, after)] == ["satisfied", "violated"]


def test_what_the_totals_rest_on_is_not_idle_nor_taken_to_stay_the_same(solvers):
    """A rate moves the sum of what follows for each row, though no check names it."""
    rule = rule_of(
        {"require": "parts <= 9 yuan"},
        formulas=[of_row({"type": "money", "is": "rate of fee"})], totals={"parts": {"sum": "part"}},
        inputs={"rate": {"type": "share"}}, claims=[{"id": "c", "says": "x", "raising": "rate", "keeps": 'p0 == "satisfied"'}],
    )  # fmt: skip
    found = examined(rule, DAY, solvers)
    assert [(f.kind, f.about, f.which) for f in found] == [("not-settled", "c", "claim-holds")]


def shown(rule, *ids, **facts):
    """What a case comes to."""
    verdict = Verdict(rule, read_facts(rule, facts), DAY, {})
    return [verdict.status(next(p for p in verdict.checks if p.id == id_)) for id_ in ids]


def kinds(rule, solvers):
    """What is found, but for facts that no check of these rules asks for."""
    return {(f.kind, f.about, f.which) for f in examined(rule, DAY, solvers) if f.kind != "idle-input"}


PLAIN = {"id": "plain", "require": "budget <= 9 yuan"}
BUDGET = {"budget": {"type": "money"}}


@pytest.mark.parametrize(
    ("require", "kind"), [("budget <= 9 yuan and fee <= 5 yuan", "redundant"), ("budget <= 9 yuan", "equivalent")]
)
def test_what_violates_a_check_violates_none_of_rows_that_there_are_not(solvers, require, kind):
    """An empty list breaks nothing."""
    rule = rule_of(PLAIN, {"id": "every", "each": "member", "require": require}, inputs=BUDGET)
    assert shown(rule, "plain", "every", budget="10", member=[]) == ["violated", "not_applicable"]
    found = kinds(rule, solvers)
    assert ("not-settled", "plain", kind) in found
    assert not {f for f in found if f[0] == kind}


def test_what_violates_a_check_of_a_row_violates_one_of_all_and_one_of_the_same_row(solvers):
    rule = rule_of(
        {"id": "wide", "each": "member", "require": "budget <= 9 yuan or fee <= 9 yuan"},
        {"id": "narrow", "each": "member", "require": "fee <= 5 yuan and budget <= 9 yuan"}, PLAIN, inputs=BUDGET,
    )  # fmt: skip
    (one,) = (f for f in examined(rule, DAY, solvers) if f.kind == "redundant" and f.about == "wide")
    assert (one.beside, one.proved) == (("narrow", "plain"), True)


def test_a_row_of_one_list_says_nothing_of_another(solvers):
    rows = {
        name: {"columns": {"fee": {"type": "money"}}, "totals": {}, "label": {"en": name, "zh": name}}
        for name in ("aa", "bb")
    }
    rule = composed({
        "decision": "town.rule", "document": "甲", "rows": rows, "inputs": BUDGET, "provisions": [
            {"id": "p", "cite": CITE, "each": "aa", "require": "budget <= 9 yuan"},
            {"id": "q", "cite": CITE, "each": "bb", "require": "budget <= 5 yuan"},
        ],
    })  # fmt: skip
    assert shown(rule, "p[1]", "q", budget="10", aa=[{"fee": "1"}], bb=[]) == ["violated", "not_applicable"]
    assert kinds(rule, solvers) == {("not-settled", "p", "redundant")}


AT_LEAST_ONE = {"fee": "1"}, "more"
"""A list of which the total is known to be one at least."""
CHOICE = {"r": {"question": "q", "default": "all", "options": {"all": {}, "some": {}}}}


def test_a_total_may_be_known_in_part(solvers):
    rule = rule_of(
        {"id": "some", "require": "payers > 0"}, {"id": "one", "require": "payers + 1 == 2"},
        claims=[{"id": "c", "says": "x", "when": 'some == "satisfied"', "holds": 'one != "undetermined"'}],
    )  # fmt: skip
    assert shown(rule, "some", "one", member=[*AT_LEAST_ONE]) == ["satisfied", "undetermined"]
    assert kinds(rule, solvers) == {("not-settled", "c", "claim"), ("redundant", "some", "")}

    rule = rule_of(
        {"id": "p", "require": 'if r == "all" then payers >= 1 else payers == 1 or payers > 1'}, readings=CHOICE
    )
    verdict = Verdict(rule, read_facts(rule, {"member": [*AT_LEAST_ONE]}), DAY, {})
    assert [verdict.status(verdict.checks[0], picks) for picks in ({}, {"r": "some"})] == ["satisfied", "undetermined"]
    assert kinds(rule, solvers) == {("not-settled", "r", "reading some")}

    rule = rule_of(
        {"id": "p", "require": "payers >= 1 and (payers == 1 or payers > 1 or budget >= 5 yuan)"}, inputs=BUDGET
    )
    assert [shown(rule, "p", member=[*AT_LEAST_ONE], budget=b) for b in ("9", "1")] == [["satisfied"], ["undetermined"]]
    assert kinds(rule, solvers) == set()

    unless = [{"when": when, "cite": CITE} for when in ("payers == 1 or payers > 1", "payers >= 1")]
    rule = rule_of({"id": "p", "require": "budget <= 9 yuan", "unless": unless}, inputs=BUDGET)
    assert shown(rule, "p", member=[*AT_LEAST_ONE], budget="10") == ["not_applicable"]
    assert kinds(rule, solvers) == {("shadowed-exception", "p", "1")}

    rule = rule_of(
        {"id": "p", "require": "payers < 1"}, {"id": "q", "require": "payers < 0 and payers < 1 or payers + 1 < 2"}
    )
    assert kinds(rule, solvers) == {("equivalent", "p", "")}
    for fees, whole in product([(), (0,), (1,), (0, 1), (1, 1)], (True, False)):
        p, q = shown(rule, "p", "q", member=[*({"fee": str(n)} for n in fees), *([] if whole else ["more"])])
        assert (p == "violated") == (q == "violated")


TOWN = """decision: town.rule
document: 甲
title: {en: Society, zh: 社团}
rows:
  member:
    label: {en: Member, zh: 成员}
    columns:
      name: {type: text, label: {en: Name, zh: 姓名}}
      fee: {type: money, label: {en: Fee, zh: 会费}}
    totals:
      fees: {sum: fee, label: {en: Fees, zh: 会费合计}}
provisions:
  - {id: all, title: {en: In all, zh: 总额}, cite: {at: 一, phrase: 不超过100元}, require: fees <= 100 yuan}
  - {id: each, title: {en: Each, zh: 每人}, each: member, cite: {at: 一, phrase: 不超过60元}, require: fee <= 60 yuan}
"""


@pytest.fixture
def asked(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
    (tmp_path / "town" / "rule.yaml").write_text(TOWN, encoding="utf-8")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "case.yaml").write_text(
        "member: [{name: 扎西, fee: 50}, {name: 次仁, fee: 70}]\n", encoding="utf-8"
    )
    more = ["--rules", str(tmp_path), "--facts", str(tmp_path / "facts" / "case.yaml"), "--lang", "zh"]
    return lambda command, *given: CliRunner().invoke(app, [command, "town.rule", *more, *given])


def test_a_fact_of_a_row_is_solved_and_mended_beside_the_other_rows(asked):
    ran = asked("range", "--vary", "member[1].fee")
    assert ran.stdout == "社团\n  0 元 ≤ 成员（第1项 扎西）会费：不合规\n"  # the other row breaks a check of its own
    ran = asked("solve", "--maximize", "member[2].fee")
    assert "最大值：50 元（可取到）\n  判定：50 元 → 合规\n  再加一个单位：50.01 元 → 不合规" in ran.stdout, ran.output
    ran = asked("solve", "--mend")
    assert ran.exit_code == 0
    assert "每人（成员第2项 次仁）：违反" in ran.stdout, ran.output


def test_a_list_is_no_yes_or_no_and_one_that_may_be_longer_adds_up_to_so_much_at_least(asked, tmp_path):
    (tmp_path / "facts" / "case.yaml").write_text("fees: 50\n", encoding="utf-8")
    for command in ("range", "solve"):
        ran = asked(command, "--vary", "member")
        assert (ran.exit_code, "不是" in ran.stderr or "没有" in ran.stderr, ran.stdout) == (2, True, "")
    ran = asked("range", "--vary", "feez")
    assert "`member`" not in ran.stderr
    (tmp_path / "facts" / "case.yaml").write_text(
        "member: [{name: 扎西, fee: 50}, {name: 次仁}, more]\n", encoding="utf-8"
    )
    ran = asked("range", "--vary", "member[2].fee")
    assert ran.stdout == (
        "社团\n  0 元 ≤ 成员（第2项 次仁）会费 ≤ 50 元：无法判定\n  50 元 < 成员（第2项 次仁）会费：不合规\n"
    )


BOUNDS = st.tuples(
    st.sampled_from(["fee", "fees", "dearest", "payers"]),
    st.sampled_from(["<", "<=", ">", ">=", "=="]),
    st.integers(0, 3),
)


def test_what_can_never_be_of_one_row_and_any_totals_is_of_no_list(solvers, request):
    """Checks at random; what is found is held against every list of up to two rows."""

    @given(st.lists(st.tuples(BOUNDS, BOUNDS, st.sampled_from(["and", "or"])), min_size=2, max_size=2))
    @settings(max_examples=max(6, request.config.getoption("--rule-sets") // 10), deadline=None)
    def hold(checks):
        made = []
        for (a, op, m), (b, other, n), joint in checks:
            sides = [f"{x} {o} {k}{'' if x == 'payers' else ' yuan'}" for x, o, k in ((a, op, m), (b, other, n))]
            made.append({"require": f" {joint} ".join(sides)} | ({"each": "member"} if "fee" in (a, b) else {}))
        rule = rule_of(*made)
        found = {(f.kind, f.about): f for f in examined(rule, DAY, solvers)}
        seen = {p.id: set() for p in rule.provisions}
        pairs = set()
        implied = [
            (f.about, other) for f in found.values() if f.kind in ("redundant", "equivalent") for other in f.beside
        ]
        lists = [some for size in range(3) for some in product(range(5), repeat=size)]
        for fees, whole in product(lists, (True, False)):
            facts = Facts(
                {f"member[{i}].fee": Fraction(n) for i, n in enumerate(fees, 1)}, rows={"member": (len(fees), whole)}
            )
            verdict = Verdict(rule, facts, DAY, {})
            said = {p.id: verdict.status(p) for p in verdict.checks}
            for a, b in implied:
                broken = [
                    id_.removeprefix(a) for id_, status in said.items() if status == "violated" and id_.startswith(a)
                ]
                assert all(said.get(f"{b}{row}", said.get(b)) == "violated" for row in broken)
            for id_, status in said.items():
                seen[id_.partition("[")[0]].add(status)
            pairs |= {
                (said[f"p0{x}"], said[f"p1{y}"])
                for x in ("", "[1]")
                for y in ("", "[1]")
                if {f"p0{x}", f"p1{y}"} <= said.keys()
            }
        for p in ("p0", "p1"):
            assert ("never-violated", p) not in found or "violated" not in seen[p]
            assert ("never-satisfied", p) not in found or "satisfied" not in seen[p]
        if ("conflicting", "p0") in found:
            assert ("satisfied", "satisfied") not in pairs

    hold()
