"""Lists of things: formulas of each row, totals, checks of each; what is not known of a row stays unknown, and only that."""

import datetime as dt
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.rulebook.rows import unfolded

RULE = """
decision: family.benefit
document: 某政发〔2025〕9号
inputs:
  ceiling: {type: money, label: {en: Ceiling, zh: 工资上限}}
rows:
  member:
    label: {en: Member, zh: 家庭成员}
    columns:
      birth: {type: date, label: {en: Born, zh: 出生日期}}
      pay: {type: money, label: {en: Pay, zh: 工资}}
      care: {type: choice, of: {full: {en: full, zh: 全托}, half: {en: half, zh: 半托}}}
    formulas:
      - id: minor
        cite: {at: 第二条, phrase: 未满18周岁}
        value: {type: flag, is: "years(birth, as_of) < 18"}
      - id: heavy
        value: {type: flag, is: pay > mean_pay}
    totals:
      minors: {count: minor, label: {en: Minors, zh: 未成年人数}}
      total_pay: {sum: pay}
      least_pay: {min: pay, where: not minor}
      most_pay: {max: pay}
      any_full: {any: care == "full", where: minor}
      all_paid: {all: pay > 0, where: not minor}
      heavies: {count: heavy}
      people: {count: "true"}
provisions:
  - id: mean_pay
    value: {type: money, is: total_pay / people}
  - id: enough
    cite: {at: 第三条, phrase: 两名以上未成年人}
    require: minors >= 2
  - id: total-cap
    cite: {at: 第三条, phrase: 工资合计不超过9000元}
    require: total_pay <= 9000
  - id: most-cap
    cite: {at: 第三条, phrase: 最高不超过8000元}
    require: most_pay <= 8000
  - id: pay-cap
    cite: {at: 第四条, phrase: 每人工资不超过上限}
    each: member
    when: not minor
    require: pay <= ceiling
"""
AS_OF = "2025-06-01"
CHILD, ADULT = {"birth": "2012-01-01", "pay": 0, "care": "full"}, {"birth": "1980-01-01", "pay": 6000, "care": "half"}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    root = tmp_path_factory.mktemp("town")
    (root / "family").mkdir()
    (root / "family" / "benefit.yaml").write_text(RULE, encoding="utf-8")
    return policy_engine.load(root)


def decided(town, **facts):
    found = town.decide("family.benefit", {"ceiling": 5000} | facts, AS_OF)
    return {f.provision: f for f in found.findings}, {r.provision: r.value for r in found.results}, found


def test_totals_are_of_the_rows_that_count(town):
    findings, values, _ = decided(town, member=[CHILD, CHILD, ADULT])
    assert findings["enough"].status == "satisfied"
    assert (values["minors"], values["total_pay"], values["people"], values["heavies"]) == (2, 6000, 3, 1)
    assert (values["least_pay"], values["most_pay"], values["any_full"], values["all_paid"]) == (6000, 6000, True, True)


def test_each_row_is_checked_and_named(town):
    findings, _, _ = decided(town, member=[CHILD, ADULT, ADULT | {"pay": 4000}])
    assert [findings[f"pay-cap[{i}]"].status for i in (1, 2, 3)] == ["not_applicable", "violated", "satisfied"]
    assert findings["pay-cap[2]"].reason.zh == "家庭成员（第2项）工资：6000 超过 5000，超出 1000 元"
    assert [(r.input, r.value) for r in findings["pay-cap[2]"].remedies] == [("member[2].pay", 5000), ("ceiling", 6000)]


def test_a_remedy_is_one_more(town):
    findings, _, _ = decided(town, member=[CHILD, ADULT])
    remedy = findings["enough"].remedies[0]
    assert (remedy.input, remedy.relation, remedy.value, remedy.change) == ("minors", ">=", 2, 1)
    assert decided(town, minors=2)[0]["enough"].status == "satisfied"


def test_a_list_not_given_is_asked_for_and_an_empty_one_is_none(town):
    findings, _, found = decided(town)
    assert found.missing == ("member",)
    assert {f.status for f in findings.values()} == {"undetermined"}
    findings, values, _ = decided(town, member=[])
    assert (values["minors"], values["any_full"], values["all_paid"]) == (0, False, True)
    assert (findings["enough"].status, findings["pay-cap"].status) == ("violated", "not_applicable")
    assert findings["pay-cap"].reason.zh == "不适用：没有列出任何一项"
    assert decided(town, member="无")[0]["enough"].status == "violated"


@pytest.mark.parametrize("word", ["member", "Member", "家庭成员", "家庭 成员"])
def test_a_list_goes_by_its_name_and_its_labels(town, word):
    by_name = decided(town, member=[CHILD, ADULT])[2]
    assert decided(town, **{word: [CHILD, ADULT]})[2].to_json() == by_name.to_json()
    assert decided(town, **{word: "无"})[1]["minors"] == 0
    with pytest.raises(PolicyError) as found:
        decided(town, **{word: "是"})
    assert [p.message.zh for p in found.value.problems] == [
        "“家庭成员”应为至多 10000 项的列表，每项写明出生日期、工资、care"
    ]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"member": [], "家庭成员": [CHILD]}, "“家庭成员”给出了两次"),
        ({"Member": [CHILD], "家庭成员": "无"}, "“家庭成员”给出了两次"),
        ({"家庭成员": [CHILD], "未成年人数": 2}, "“未成年人数”由“家庭成员”汇总得出，二者只填其一"),
        ({"member": [CHILD], "Minors": 2}, "“未成年人数”由“家庭成员”汇总得出，二者只填其一"),
    ],
)
def test_a_list_is_given_once_and_not_beside_its_totals_by_whatever_words(town, facts, says):
    with pytest.raises(PolicyError) as found:
        decided(town, **facts)
    assert [p.message.zh for p in found.value.problems] == [says]


def test_no_value_of_a_list_is_proposed_as_if_it_were_a_yes_or_a_no(town):
    findings = decided(town)[0]
    assert findings["pay-cap"].missing == ("member",) and not any(f.fits for f in findings.values())


def test_what_is_not_known_of_a_row_is_asked_for_where_it_can_matter(town):
    findings, _, found = decided(town, member=[CHILD, CHILD, {"pay": 10, "care": "half"}])
    assert findings["enough"].status == "satisfied"
    assert findings["enough"].reason.en == "Minors: 2 to 3 is not below 2"
    assert found.missing == ("member[3].birth",)
    assert decided(town, member=[CHILD, {"pay": 10}])[0]["enough"].status == "undetermined"


def test_what_is_not_known_of_a_row_that_does_not_count_is_not_waited_for(town):
    """A child need not tell its pay where the least pay of adults is asked for."""
    child = {"birth": "2012-01-01", "care": "full"}
    values = decided(town, member=[child, ADULT])[1]
    assert values["least_pay"] == 6000
    assert values["total_pay"].missing == ("member[1].pay",)
    perhaps = decided(town, member=[{"care": "full"}, ADULT])[1]
    assert set(perhaps["least_pay"].missing) == {"member[1].birth", "member[1].pay"}


@pytest.mark.parametrize("more", ["more", "尚有其他"])
def test_a_list_that_may_be_longer_can_only_add(town, more):
    findings, _, _ = decided(town, member=[CHILD, CHILD, ADULT | {"pay": 9001}, more])
    assert findings["enough"].status == "satisfied"
    assert findings["enough"].reason.zh == "未成年人数：至少 2 不低于 2"
    assert (findings["total-cap"].status, findings["most-cap"].status) == ("violated", "violated")
    assert findings["pay-cap[more]"].status == "undetermined"
    few = decided(town, member=[CHILD, more])[0]
    assert {few[name].status for name in ("enough", "total-cap", "most-cap")} == {"undetermined"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"member": [CHILD], "minors": 1}, "`minors` is worked out from `member`: give the one or the other"),
        ({"member": [{"brth": 3}]}, "`member[1].brth` is not an input of family.benefit"),
        ({"member": [CHILD, {"birth": "x"}]}, "`member[2].birth` (Born): `x` is not a date such as 2024-07-31"),
        ({"member": [{"pay": 3.5}]}, "`member[1].pay` (Pay): `3.5` is a binary float, which is not exact"),
        ({"member": [{"pay": -1}]}, "`member[1].pay` (Pay): `-1` is not accepted: it must be at least 0"),
        ({"member": {"pay": 1}}, "`member` takes a list of at most 10000 rows, each a mapping of birth, pay, care"),
        ({"member": [1]}, "`member` takes a list of at most 10000 rows, each a mapping of birth, pay, care"),
        ({"member[1].pay": 1}, "`member[1].pay` is not an input of family.benefit"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(town, facts, says):
    with pytest.raises(PolicyError) as error:
        decided(town, **facts)
    assert [p.message.en for p in error.value.problems] == [says]


def test_a_row_may_name_its_columns_by_their_labels(town):
    assert decided(town, member=[{"出生日期": "2012-01-01", "工资": "三千元", "care": "半托"}])[1]["total_pay"] == 3000


# --- laws ------------------------------------------------------------------------------------------------------------------

BIRTHS = [dt.date(2007, 6, 1), dt.date(2007, 6, 2), dt.date(1990, 1, 1)]  # 18 on the day; 18 tomorrow; grown up
PAYS = [0, 4000, 5000, 9000, 20_000]
rows = st.lists(
    st.fixed_dictionaries({"birth": st.sampled_from([None, *BIRTHS]), "pay": st.sampled_from([None, *PAYS]), "care": st.sampled_from(["full", "half"])}),
    max_size=3,
)  # fmt: skip


def completions(listed):
    fields = [
        (i, key, known)
        for i, row in enumerate(listed)
        for key, known in (("birth", BIRTHS), ("pay", PAYS))
        if row[key] is None
    ]
    for picks in product(*(known for _, _, known in fields)):
        full = [dict(row) for row in listed]
        for (i, key, _), value in zip(fields, picks, strict=True):
            full[i][key] = value
        yield full


def by_hand(full):
    minors = [row for row in full if row["birth"] > dt.date(2007, 6, 1)]
    total, most = sum(row["pay"] for row in full), max((row["pay"] for row in full), default=None)
    told = {
        "enough": len(minors) >= 2,
        "total-cap": total <= 9000,
        "most-cap": None if most is None else most <= 8000,
    }
    for i, row in enumerate(full, 1):
        told[f"pay-cap[{i}]"] = "n/a" if row in minors else row["pay"] <= 5000
    if not full:
        told["pay-cap"] = "n/a"
    return {
        name: {True: "satisfied", False: "violated", None: "undetermined", "n/a": "not_applicable"}[said]
        for name, said in told.items()
    }


@given(rows)
@settings(max_examples=150, deadline=None)
def test_a_finding_is_settled_only_as_every_completion_settles_it(town, listed):
    findings, _, _ = decided(town, member=listed)
    told = [by_hand(full) for full in completions(listed)]
    for name, finding in findings.items():
        said = {one[name] for one in told}
        if finding.status != "undetermined":
            assert said == {finding.status}, (name, finding.status, said)
        elif name in ("enough", "total-cap"):
            assert len(said) > 1, f"{name}: all that may be agree on {said}"


@given(rows, rows)
@settings(max_examples=100, deadline=None)
def test_what_is_settled_of_a_list_that_may_be_longer_stays_so_when_it_is(town, listed, rest):
    before, _, _ = decided(town, member=[*listed, "more"])
    after, _, _ = decided(town, member=[*listed, *rest])
    for name, finding in before.items():
        if finding.status != "undetermined":
            assert after[name].status == finding.status, name


OTHERS = """
decision: town.boats
document: 某政发〔2025〕9号
inputs: {hired: {type: flag}, emergency: {type: flag}}
rows:
  boat:
    label: {en: Boat, zh: 船只}
    columns: {name: {type: text}, crew: {type: count}, small: {type: flag}}
provisions:
  - id: crewed
    title: {en: Crew, zh: 船员}
    cite: {at: 一, phrase: 每船不少于2人}
    each: boat
    when: hired and not small
    unless: [{when: emergency, cite: {at: 一, phrase: 紧急情况除外}}]
    require: crew >= 2
"""


@pytest.mark.parametrize("listed", [["more"], [{"name": "甲", "crew": 2, "small": False}, "more"], None])
def test_rows_nobody_told_of_fall_under_the_conditions_that_speak_of_no_row(tmp_path, listed):
    """Not under those of the first row, whose name they do not have either."""
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "boats.yaml").write_text(OTHERS, encoding="utf-8")
    book, boats = policy_engine.load(tmp_path), {} if listed is None else {"boat": listed}

    def others(**facts):
        found = book.decide("town.boats", {**facts, **boats}, AS_OF).findings
        return next(f for f in found if f.provision == ("crewed" if listed is None else "crewed[more]"))

    assert others(hired=True, emergency=False).status == "undetermined"
    assert others(hired=False).status == "not_applicable"
    assert others(hired=True, emergency=True).status == "not_applicable"
    titles = {p.id: p.title.zh for p in unfolded(book.rule("town.boats"), {"boat": (1, False)}, {}).provisions}
    assert titles == {"crewed[1]": "船员（船只第1项）", "crewed[more]": "船员（船只：其他）"}
