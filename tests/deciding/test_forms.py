"""Forms of a rule file: what nobody can change, what a document covers, permissions under a condition, open lists."""

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import ANOTHER
from policy_engine.proving.lint import lint
from policy_engine.proving.mutate import mutants

HEAD = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
"""
QUORUM = (
    HEAD
    + """
  members: {type: count, given: true, label: {en: Members, zh: 成员数}}
  present: {type: count, label: {en: Present, zh: 到会人数}}
provisions:
  - {id: quorum, cite: {at: 一, phrase: 半数}, require: present >= 1/2 of members}
"""
)
SCOPE = (
    HEAD
    + """
  kind: {type: choice, of: {boat: {en: boat, zh: 船舶}, car: {en: car, zh: 汽车}}, label: {en: Kind, zh: 类别}}
  paid: {type: flag, label: {en: Paid, zh: 已缴费}}
scope:
  - {when: kind == "boat", cite: {at: 二, phrase: 适用于船舶}, title: {en: Boats, zh: 船舶}}
provisions:
  - {id: fee-paid, cite: {at: 三, phrase: 应当缴费}, require: paid}
  - {id: fee, cite: {at: 三, phrase: 5元}, value: {type: money, is: "5"}}
"""
)
PERMIT = (
    HEAD
    + """
  convened_by: {type: choice, of: {mayor: {en: mayor, zh: 市长}, deputy: {en: deputy, zh: 副秘书长}}, label: {en: Convened by, zh: 召集人}}
  delegated: {type: flag, label: {en: Delegated, zh: 受委托}}
provisions:
  - {id: delegated-convening, cite: {at: 七, phrase: 受委托可以}, permits: 'convened_by == "deputy"', require: delegated}
"""
)
OPTION = PERMIT.replace("permits:", "force: option, when:")
OPEN = (
    HEAD
    + """
  kind: {type: choice, open: true, of: {boat: {en: boat, zh: 船}, car: {en: car, zh: 车}}, label: {en: Kind, zh: 类别}}
  acts: {type: set, open: true, of: {bet: {en: betting, zh: 赌博}, sell: {en: selling, zh: 买卖}}, label: {en: Acts, zh: 行为}}
provisions:
  - {id: boats-alone, cite: {at: 一, phrase: 船等}, require: 'kind == "boat"'}
  - {id: no-betting, cite: {at: 二, phrase: 不得赌博等}, require: '"bet" not in acts'}
  - {id: none-of-these, cite: {at: 二, phrase: 不得赌博等}, require: 'not any_in(acts, ["bet", "sell"])'}
  - {id: selling-alone, cite: {at: 二, phrase: 仅买卖等}, require: 'all_in(acts, ["sell"])'}
  - {id: something, cite: {at: 二, phrase: 有}, require: size(acts) > 0}
"""
)


def decided(town, text, **facts):
    decision = town(text).decide("town.rule", facts, "2025-03-01")
    return decision, {f.provision: f for f in decision.findings}


def test_what_nobody_can_change_is_no_remedy(town):
    _, found = decided(town, QUORUM, members=9, present=4)
    assert [remedy.input for remedy in found["quorum"].remedies] == ["present"]
    _, found = decided(town, QUORUM.replace("given: true, ", ""), members=9, present=4)
    assert [remedy.input for remedy in found["quorum"].remedies] == ["present", "members"]


def test_outside_the_scope_nothing_is_violated(town):
    decision, found = decided(town, SCOPE, kind="car", paid=False)
    assert found["fee-paid"].status == "not_applicable"
    assert "适用于船舶" in found["fee-paid"].reason.zh
    assert "outside the scope" in found["fee-paid"].reason.en
    assert decision.values == {"fee": 5}
    assert decided(town, SCOPE, kind="boat", paid=False)[0].outcome == "non_compliant"
    assert decided(town, SCOPE, paid=False)[1]["fee-paid"].missing == ("kind",)


def test_what_lies_outside_the_scope_falls_short_of_it(town):
    """A day too early has no days to spare."""
    dated = SCOPE.replace('kind == "boat"', "moored_on >= 2025-01-10").replace("适用于船舶", "2025年1月10日起施行")
    dated = dated.replace("  paid: ", "  moored_on: {type: date, label: {en: Moored on, zh: 停靠日期}}\n  paid: ")
    reason = decided(town, dated, moored_on="2025-01-09", paid=False)[1]["fee-paid"].reason
    assert reason.en.endswith("Moored on: 2025-01-09 is earlier than 2025-01-10 by 1 day")
    assert reason.zh.endswith("停靠日期：2025-01-09 早于 2025-01-10，相差 1 天")


def test_a_scope_is_changed_for_all_checks_together(town):
    changes = [m.change for m in mutants(town(SCOPE).rule("town.rule")) if m.provision == "scope"]
    assert changes[0] == "scope 1: dropped"
    assert len(changes) > 1


def test_what_is_short_is_told_where_there_may_be_time_for_it_still(town):
    """How much is owed so far, and that no day is set; not what a fact nobody told would settle."""
    text = (
        HEAD
        + """
  owed: {type: money, label: {en: Owed, zh: 应缴}}
  paid: {type: money, label: {en: Paid, zh: 已缴}}
  waived: {type: flag, label: {en: Waived, zh: 免缴}}
readings:
  r: {question: {en: Is it so?, zh: 是否如此？}, default: a, options: {a: {why: {en: A., zh: 甲。}}, b: {why: {en: B., zh: 乙。}}}}
provisions:
  - {id: paid-in-full, cite: {at: 三, phrase: 及时缴清}, require: paid >= owed or r == "b" and paid > 1 or waived or still_in_time}
  - id: still_in_time
    cite: {at: 三, phrase: 及时缴清}
    value: {type: flag, cases: [{otherwise: unsettled, reason: {en: No day is set., zh: 未规定天数。}}]}
"""
    )
    reason = decided(town, text, owed=9, paid=7, waived=False)[1]["paid-in-full"].reason
    assert reason.en == "so far Paid: 7 falls short of 9 by 2 yuan; Waived: no; No day is set."
    assert reason.zh == "目前已缴：7 低于 9，差 2 元；免缴：否；未规定天数。"
    assert "so far" not in decided(town, text, owed=9, paid=7)[1]["paid-in-full"].reason.en


def test_a_permission_forbids_the_act_without_its_condition(town):
    decision, found = decided(town, PERMIT, convened_by="deputy", delegated=False)
    assert decision.outcome == "non_compliant"
    assert found["delegated-convening"].reason.en.startswith("permitted only if")
    assert found["delegated-convening"].reason.zh.startswith("具备条件方可")
    assert decided(town, PERMIT, convened_by="mayor")[0].outcome == "not_applicable"
    assert decided(town, PERMIT, convened_by="deputy", delegated=True)[0].outcome == "compliant"


@pytest.mark.parametrize(("text", "codes"), [(OPTION, {"option-without-effect"}), (PERMIT, set())])
def test_an_option_whose_condition_can_never_matter_is_told(town, text, codes):
    assert {w.code for w in lint(town(text))} - {"unknown-document"} == codes


def test_what_is_permitted_leaves_no_outcome_open(town):
    decision, found = decided(town, OPTION, convened_by="deputy")
    assert found["delegated-convening"].status == "undetermined"
    assert (decision.outcome, decision.missing) == ("not_applicable", ())


@pytest.mark.parametrize("word", ["another", "同类其他", "another of the kind"])
def test_another_of_the_kind_is_an_answer_and_settles_nothing(town, word):
    decision, found = decided(town, OPEN, kind=word, acts=[word])
    assert {f.status for f in found.values()} == {"undetermined"}
    assert all("等" in f.reason.zh for f in found.values())
    assert "类别" in found["boats-alone"].reason.zh
    assert (decision.outcome, decision.missing) == ("undetermined", ())
    assert decision.facts["kind"] == ANOTHER


def test_a_listed_member_is_still_found(town):
    _, found = decided(town, OPEN, kind="boat", acts=["bet", "another"])
    assert {name: f.status for name, f in found.items()} == {
        "boats-alone": "satisfied", "no-betting": "violated", "none-of-these": "violated", "selling-alone": "violated",
        "something": "undetermined",
    }  # fmt: skip


@pytest.mark.parametrize(("acts", "status"), [
    (["another"], "violated"), (["bet", "another"], "violated"), (["bet", "sell", "another"], "satisfied"),
])  # fmt: skip
def test_another_stands_in_for_nothing_that_is_required(town, acts, status):
    required = """  - {id: both, cite: {at: 三, phrase: 赌博、买卖等}, require: 'all_in(["bet", "sell"], acts)'}\n"""
    _, found = decided(town, OPEN + required, acts=acts)
    assert found["both"].status == status
    if status == "violated":
        assert "缺少" in found["both"].reason.zh


@pytest.mark.parametrize(
    ("old", "new"), [("given: true", "open: true"), ("present: {type: count", "present: {type: choice, of: [another]")]
)
def test_only_lists_are_open(town, old, new):
    with pytest.raises(PolicyError):
        town(QUORUM.replace(old, new)).rule("town.rule")


def test_a_list_that_is_not_open_takes_no_other(town):
    with pytest.raises(PolicyError):
        decided(town, OPEN.replace("open: true, ", ""), kind="another")


def test_a_permission_has_a_condition(town):
    with pytest.raises(PolicyError):
        town(PERMIT.replace("require: delegated", "force: option, require: delegated")).rule("town.rule")


def test_a_number_of_the_scope_stands_in_its_phrase(town):
    wrong = SCOPE.replace('when: kind == "boat"', "when: size > 12").replace(
        "inputs:", "inputs:\n  size: {type: count}"
    )
    codes = [w.code for w in lint(town(wrong))]
    assert codes.count("literal-not-in-phrase") == 1
