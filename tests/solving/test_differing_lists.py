"""What changed between two versions of a rule over lists: cases with lists that both versions decide again, and nothing a list shows otherwise."""

import datetime as dt
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CITE, composed
from typer.testing import CliRunner

from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts
from policy_engine.doors.main import app
from policy_engine.solving.differing import changes
from policy_engine.solving.joined import facts_of
from policy_engine.solving.shown import so_far, weight
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
DAY = dt.date(2026, 11, 29)
FEES = {"fees": {"sum": "fee"}, "payers": {"count": "fee > 0 yuan"}, "dearest": {"max": "fee"}}
BUDGET = {"budget": {"type": "money"}}


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def rule_of(*provisions, totals=None, columns=None, formulas=(), **more):
    made = [{"id": f"p{i}", "cite": CITE} | one for i, one in enumerate(provisions)]
    member = {"columns": columns or {"fee": {"type": "money"}}, "formulas": list(formulas), "totals": totals or FEES}
    return composed({
        "decision": "town.rule", "document": "甲", "rows": {"member": member}, "inputs": BUDGET, "provisions": made, **more,
    })  # fmt: skip


def each(require, **more):
    return {"each": "member", "require": require, **more}


@pytest.fixture
def between(solvers):
    """What became of the whole and of each provision; every case is decided again by both."""

    def ask(old, new):
        whole, found = changes(old, new, DAY, lambda: solvers)
        for change in found:
            for shown in change.shown:
                assert shown.said == tuple(
                    said(rule, change.name, facts_of(rule, shown.facts), chosen)
                    for rule, chosen in zip((old, new), shown.readings, strict=True)
                )
        for shown in whole.shown:
            told = [so_far(Verdict(rule, facts_of(rule, shown.facts), DAY, {})) for rule in (old, new)]
            assert told == list(shown.said)
        return whole, {one.name: one for one in found if one.how != "same"}

    return ask


def said(rule, name, facts, chosen=None):
    """What a rule says of a check, of a row the first, or of a value."""
    verdict = Verdict(rule, facts, DAY, chosen or {})
    for p in verdict.checks:
        if p.id in (name, f"{name}[1]"):
            return verdict.status(p)
    name = name.replace("member.", "member[1].")
    return next((verdict.base[p.id] for p in verdict.formulas if p.id == name), None)


def test_a_bound_of_each_row_is_shown_by_a_list(between):
    whole, found = between(rule_of(each("fee <= 60 yuan")), rule_of(each("fee <= 50 yuan")))
    assert (whole.how, found["p0"].how) == ("stricter", "stricter")
    (shown,) = found["p0"].shown
    assert shown.facts.rows["member"][0] == 1
    assert 50 < shown.facts.given["member[1].fee"] <= 60


def test_a_bound_of_a_total_is_shown_by_the_total(between):
    whole, found = between(rule_of({"require": "payers >= 30"}), rule_of({"require": "payers > 30"}))
    assert (whole.how, found["p0"].how) == ("stricter", "stricter")
    assert found["p0"].shown[0].facts == Facts({"payers": Fraction(30)})


def test_the_same_of_each_row_in_other_words_is_proved(between):
    whole, found = between(rule_of(each("fee <= fees")), rule_of(each("not fees < fee")))
    assert (whole.how, found["p0"].how) == ("equivalent", "equivalent")


def test_a_row_beside_totals_is_found_in_lists_that_come_to_them(between):
    _, found = between(rule_of(each("2 * fee <= fees")), rule_of(each("3 * fee <= fees")))
    (shown,) = found["p0"].shown
    assert (found["p0"].how, shown.said, shown.facts.rows) == (
        "stricter",
        ("satisfied", "violated"),
        {"member": (2, True)},
    )


def test_a_check_of_each_row_is_not_one_of_all(between):
    """It names nothing of a row; of no row nothing is broken."""
    whole, found = between(rule_of({"require": "budget <= 9 yuan"}), rule_of(each("budget <= 9 yuan")))
    assert "p0" in found
    assert whole.how != "same"


def test_what_is_gone_is_missed_where_there_is_no_row(between):
    """With a row, the other check breaks the decision just the same."""
    keep, gone = each("budget <= 9 yuan", id="keep"), {"id": "gone", "require": "budget <= 9 yuan"}
    whole, found = between(rule_of(keep, gone), rule_of(keep))
    assert (whole.how, found["gone"].how) == ("looser", "removed")
    assert whole.shown[0].facts.rows.get("member", (0, True)) == (0, True)


def test_a_total_of_others_is_not_the_same_and_shown_by_a_list(between):
    more = FEES | {"payers": {"count": "fee > 1 yuan"}}
    check = {"require": "payers <= 1"}
    whole, found = between(rule_of(check), rule_of(check, totals=more))
    assert found["payers"].shown[0].way == "lower"
    assert found["p0"].shown[0].way == "looser"
    assert {one.how for one in (whole, found["p0"], found["payers"])} == {
        "not-settled"
    }  # of longer lists nothing is said
    _, found = between(rule_of(check), rule_of(check, totals=FEES | {"payers": {"count": "fee < 1 yuan"}}))
    assert {one.how for one in found.values()} == {"incomparable"}


def test_a_total_that_is_not_touched_stays_the_same(between):
    """Another total of the list is another, and so is a column nobody uses."""
    more = {
        "totals": FEES | {"many": {"count": "fee > 1 yuan"}},
        "columns": {"fee": {"type": "money"}, "age": {"type": "count"}},
    }
    whole, found = between(rule_of({"require": "fees <= 9 yuan"}), rule_of({"require": "fees <= 9 yuan"}, **more))
    assert {name: one.how for name, one in found.items()} == {"many": "added"}
    assert whole.how == "otherwise"


def test_a_value_of_each_row_rises(between):
    def part(share):
        return {"id": "part", "cite": CITE, "value": {"type": "money", "is": f"{share}% of fee"}}

    old, new = (
        rule_of({"require": "parts <= 9 yuan"}, formulas=[part(n)], totals={"parts": {"sum": "part"}}) for n in (10, 20)
    )
    _, found = between(old, new)
    assert (found["member.part"].how, found["parts"].shown[0].way) == ("higher", "higher")
    assert found["p0"].shown[0].way == "stricter"


def test_a_list_that_is_new_is_asked_about_with_its_totals(solvers):
    member = {"columns": {"fee": {"type": "money"}}, "totals": {"fees": {"sum": "fee"}}}
    child = {"columns": {"age": {"type": "count"}}, "totals": {"many": {"count": "age > 1"}, "old": {"max": "age"}}}
    same, more = ({"id": "a", "cite": CITE, "require": text} for text in ("fees <= 9 yuan", "many <= 2"))

    def rule(rows, *provisions):
        return composed(
            {"decision": "town.rule", "document": "甲", "rows": rows, "inputs": BUDGET, "provisions": provisions}
        )

    old, new = rule({"member": member}, same), rule({"member": member, "child": child}, same, more | {"id": "b"})
    whole, found = changes(old, new, DAY, lambda: solvers)
    assert (whole.how, {one.name: one.how for one in found if one.how != "same"}) == (
        "stricter", {"b": "added", "many": "added", "old": "added"},
    )  # fmt: skip
    assert whole.shown[0].facts == Facts({"many": Fraction(3)})


CHECK = st.tuples(
    st.sampled_from(["fee", "fees", "payers", "2 * fee - fees", "budget"]), st.sampled_from(["<", "<=", ">="]), st.integers(0, 3),
    st.booleans(),
)  # fmt: skip


def test_what_is_said_of_two_versions_is_so_of_every_short_list(solvers, request):
    """Checks at random: no list of up to two rows is judged otherwise than it is said."""

    def made(checks):
        for name, op, n, of_each in checks:
            unit = "" if name == "payers" else " yuan"
            yield {"require": f"{name} {op} {n}{unit}"} | (
                {"each": "member"} if of_each or "fee " in f"{name} " else {}
            )

    @given(st.lists(CHECK, min_size=2, max_size=2), st.lists(CHECK, min_size=2, max_size=2))
    @settings(max_examples=max(6, request.config.getoption("--rule-sets") // 10), deadline=None)
    def hold(before, after):
        rules = [rule_of(*made(checks)) for checks in (before, after)]
        whole, found = changes(*rules, DAY, lambda: solvers)
        how = {one.name: one.how for one in found} | {"": whole.how}
        lists = [some for size in range(3) for some in product(range(4), repeat=size)]
        for fees, all_told, budget in product(lists, (True, False), (0, 2, 5)):
            facts = Facts(
                {f"member[{i}].fee": Fraction(n) for i, n in enumerate(fees, 1)} | {"budget": Fraction(budget)},
                rows={"member": (len(fees), all_told)},
            )
            old, new = (Verdict(rule, facts, DAY, {}) for rule in rules)
            graver = {"": heavy(new) - heavy(old)}
            a, b = ({p.id: v.status(p) for p in v.checks} for v in (old, new))
            graver |= {id_.partition("[")[0]: weight(b[id_]) - weight(a[id_]) for id_ in a if id_ in b}
            for name, change in graver.items():
                allowed = {"stricter": (0, 2), "looser": (0, -2), "incomparable": (0, 2, -2), "not-settled": (0, 2, -2)}
                assert change in allowed.get(how[name], (0,)), (name, how, facts)

    def heavy(verdict):
        return 2 if so_far(verdict) == "non_compliant" else 0

    hold()


def test_the_command_shows_the_list(tmp_path):
    for side, most in (("old", 60), ("new", 50)):
        (tmp_path / side / "town").mkdir(parents=True)
        (tmp_path / side / "documents.yaml").write_text("documents: [{number: 甲}]\n", encoding="utf-8")
        (tmp_path / side / "town" / "rule.yaml").write_text(
            "decision: town.rule\ndocument: 甲\ntitle: {en: Society, zh: 社团}\nrows:\n  member:\n    label: {en: Member, zh: 成员}\n"
            "    columns:\n      fee: {type: money, label: {en: Fee, zh: 会费}}\n"
            + ("" if most == 60 else "      name: {type: text, label: {en: Name, zh: 姓名}}\n")
            + "    totals: {fees: {sum: fee}}\nprovisions:\n"
            f"  - {{id: each, title: {{en: Each, zh: 每人}}, each: member, cite: {{at: 一, phrase: 不超过{most}元}}, require: fee <= {most} yuan}}\n",
            encoding="utf-8",
        )
    asked = ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--lang", "zh", "--as-of", "2026-11-29"]
    ran = CliRunner().invoke(app, asked)
    assert (ran.exit_code, ran.stdout.splitlines()[:3]) == (
        1,
        ["社团：更严", "  成员的姓名 新增输入  — → 姓名", "  每人：更严"],
    ), ran.output
    assert "成员:\n" in ran.stdout
    for page in ("page.html", "page.md"):
        ran = CliRunner().invoke(app, [*asked, "-o", str(tmp_path / page)])
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert (ran.exit_code, "成员（第1项）会费" in text, "尚有其他" in text) == (1, True, True), ran.output
