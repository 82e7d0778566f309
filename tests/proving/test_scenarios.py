"""Every scenario of every shipped rule comes out as it says; rules and scenarios come in pairs."""

import datetime as dt
import re
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.explaining.unparse import unparse
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.proving.coverage import coverage
from policy_engine.proving.mutate import mutants, survivors
from policy_engine.registers.proved import run
from policy_engine.reports.text import results

ROOT = Path(__file__).parents[2]
BOOK = policy_engine.load()
FILES = find_case_files([ROOT / "scenarios"])
TODAY = dt.date(2026, 1, 1)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT / "scenarios").as_posix())
def test_scenarios(file):
    for case in load_cases(file):
        result = run(case, BOOK, TODAY)
        assert result.passed, (str(case.place), result.differences)


def test_no_case_is_called_by_the_name_of_an_option_in_chinese():
    """The names of cases head the reports that people read."""
    named = []
    for case in (case for file in FILES for case in load_cases(file)):
        rule = BOOK.rule(case.decision)
        typed = [*rule.inputs.values(), *(p for p in rule.provisions if p.is_formula)]
        options = {option for one in typed for option in one.options if option.islower()}
        named += [
            case.name.zh for word in re.findall("[A-Za-z0-9_-]+", case.name.zh) if word in options.union(rule.ids)
        ]
    assert named == []


def test_each_rule_file_has_its_scenarios_and_back():
    proved = {".".join(file.relative_to(ROOT / "scenarios").with_suffix("").parts) for file in FILES}
    assert proved == set(BOOK.decisions())


def test_coverage_names_what_no_scenario_exercises(city, tmp_path):
    file = tmp_path / "berth.yaml"
    file.write_text("decision: harbour.berth\nas_of: 2024-03-01\nfacts: {crew: 12}\n", encoding="utf-8")
    rows = {row.provision.id: row for row in coverage(city, load_cases(file), TODAY) if row.decision == "harbour.berth"}
    assert rows["small-crew"].lacking == ("not satisfied", "undetermined")
    assert "bound crew <= 12" in rows["small-crew"].seen
    assert "satisfied" in rows["fee-cap"].lacking


def test_a_change_nobody_notices_survives_and_a_scenario_at_the_bound_kills_it(city, tmp_path):
    weak = tmp_path / "weak.yaml"
    weak.write_text(
        "decision: harbour.berth\nas_of: 2024-03-01\ncases:\n  - {facts: {crew: 5}, expect: {findings: {small-crew: satisfied}}}\n",
        encoding="utf-8")  # fmt: skip
    strong = tmp_path / "strong.yaml"
    strong.write_text(
        "decision: harbour.berth\nas_of: 2024-03-01\ncases:\n  - {facts: {crew: 12}, expect: {findings: {small-crew: satisfied}}}\n"
        "  - {facts: {crew: 13}, expect: {findings: {small-crew: departed}}}\n", encoding="utf-8")  # fmt: skip

    def alive(file):
        found = survivors(city, load_cases(file), lambda mutant, killed: None, {"harbour.berth"})
        return {mutant.change for mutant in found if mutant.provision == "small-crew"}

    assert alive(weak) == {"require: crew < 12", "require: crew <= 13", "require: crew <= 11", "force: binding"}
    assert alive(strong) == set()


def test_mutants_change_one_provision_each(city):
    rule = city.rule("harbour.berth")
    for mutant in mutants(rule):
        changed = [p.id for p, q in zip(rule.provisions, mutant.rule.provisions, strict=True) if p is not q]
        assert changed == [mutant.provision]


def test_a_scenario_with_a_date_not_yet_exercises_the_rule_as_it_is_decided(tmp_path):
    file = tmp_path / "transfer.yaml"
    file.write_text(
        "decision: parking.transfer\nas_of: 2025-08-01\n"
        "facts: {disposal: sale, by_developer: true, posted_on: not yet, posted_until: not yet}\ncases:\n"
        "  - {facts: {transfer_registered_on: not yet}, expect: {findings: {notice-days: pending}}}\n"
        "  - {facts: {transfer_registered_on: 2025-08-01}, expect: {findings: {notice-days: violated, notice-before-transfer: violated}}}\n",
        encoding="utf-8")  # fmt: skip
    rows = {r.provision.id: r for r in coverage(BOOK, load_cases(file), TODAY) if r.decision == "parking.transfer"}
    assert {"pending", "not satisfied"} <= rows["notice-days"].seen
    alive = survivors(BOOK, load_cases(file), lambda mutant, killed: None, {"parking.transfer"})
    changes = {m.change for m in alive if m.provision.startswith("notice")}
    assert not [change for change in changes if "transfer_registered_on < as_of" in change]


def test_coverage_asks_for_no_status_that_an_unsettled_formula_rules_out():
    rows = {(row.decision, row.provision.id): row.wanted for row in coverage(BOOK, [], TODAY)}
    assert rows["waste.domestic", "still_in_time"] == ("undetermined",)
    assert rows["waste.domestic", "city-sorting"] == ("satisfied", "undetermined")
    assert rows["waste.regular", "register"] == ("not satisfied", "undetermined")


def test_what_is_never_settled_is_changed_only_where_a_scenario_can_notice():
    changes = [(m.provision, m.change) for m in mutants(BOOK.rule("air.dust"))]
    assert [change for name, change in changes if name == "still_in_time"] == ["when: dropped"]
    assert not [change for name, change in changes if name == "enclosed-stockyard" and change.startswith("force")]
    assert [change for name, change in changes if name == "six-measures-in-full" and change.startswith("force")]


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ("{outcome: non_compliant, findings: any}", []),
        ("{outcome: compliant, findings: any}", ["outcome"]),
        ("{outcome: non_compliant}", ["findings.fee-cap"]),
        ("{findings: any, values: {dues: {about: 209, within: 1}}}", []),
        ("{findings: any, values: {dues: {about: 211, within: 1}}}", []),
        ("{findings: any, values: {dues: {about: 211.01, within: 1元}}}", ["values.dues"]),
        ("{findings: any, values: {due_on: {about: 2024-03-03, within: 2}}}", []),
        ("{findings: any, values: {due_on: {about: 2024-03-04, within: 2}}}", ["values.due_on"]),
        ("{findings: any, values: {large: {about: yes, within: 1}}}", ["values.large"]),
        ("{findings: any, values: {dues: {about: 210, within: -1}}}", ["values.dues"]),
        ("{findings: any, values: {refund: {about: 210, within: 1}}}", ["values.refund"]),
        ("{findings: any, values: {refund: null}}", []),
    ],
)
def test_a_case_may_be_known_only_about(tmp_path, expect, differs):
    rule, file = tmp_path / "rules" / "club" / "fee.yaml", tmp_path / "fee.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(
        """
decision: club.fee
document: x
inputs:
  fee: {type: money}
  paid: {type: money}
provisions:
  - {id: fee-cap, cite: {at: x, phrase: "200"}, require: fee <= 200}
  - {id: dues, value: {type: money, is: fee}}
  - {id: due_on, value: {type: date, is: as_of}}
  - {id: large, value: {type: flag, is: fee > 0}}
  - {id: refund, value: {type: money, is: paid - fee}}
""",
        encoding="utf-8",
    )
    file.write_text(
        f"decision: club.fee\nas_of: 2024-03-01\ncases: [{{facts: {{fee: 210}}, expect: {expect}}}]\n", encoding="utf-8"
    )
    book = policy_engine.load(tmp_path / "rules")
    (case,) = load_cases(file)
    assert [d.what for d in run(case, book, TODAY).differences] == differs
    if not differs:  # what holds of the rule holds when it is asked for mutation; and a change it cannot see survives
        alive = survivors(book, [case], lambda mutant, killed: None, {"club.fee"})
        assert ("outcome" in expect) == ("require: fee >= 200" not in {m.change for m in alive})


def test_what_is_expected_about_a_value_is_a_mapping_of_two(tmp_path):
    file = tmp_path / "fee.yaml"
    file.write_text("decision: club.fee\nfacts: {}\nexpect: {values: {dues: {about: 1}}}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="`within` is missing"):
        load_cases(file)
    file.write_text("decision: club.fee\nfacts: {}\nexpect: {findings: some}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="accepted: any"):
        load_cases(file)


def test_of_a_long_expression_only_the_change_is_told(town):
    """Where it is and what it becomes; no two changes of a provision are told alike."""
    cells = " else ".join(f"if amount <= {k}00元 then {k}元" for k in range(1, 12))
    rule = town(
        "decision: town.rule\ndocument: X\ninputs: {amount: {type: money}}\nprovisions:\n"
        f"  - {{id: fee, cite: {{at: 一, phrase: 甲}}, value: {{type: money, is: '{cells} else 99元'}}}}\n"
    ).rule("town.rule")
    told = [mutant.change for mutant in mutants(rule)]
    assert len(set(told)) == len(told)
    assert max(map(len, told)) < 200
    text = unparse(next(p for p in rule.provisions if p.id == "fee").value)
    change = next(one for one in told if one.endswith(": 99元 → 100元"))
    assert text[int(change.split()[2].rstrip(":")) - 1 :] == "99元"


def test_no_change_leaves_a_rounding_without_a_step(tmp_path):
    """No rule file can say so: it would divide by nothing."""
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "rule.yaml").write_text(
        "decision: town.rule\ndocument: X\ninputs: {x: {type: share}}\nprovisions:\n"
        "  - {id: one, cite: {at: 一, phrase: 1% 49%}, require: 'round(x, 1%) >= 49%'}\n",
        encoding="utf-8",
    )
    changed = [mutant.change for mutant in mutants(policy_engine.load(tmp_path).rule("town.rule"))]
    assert "require: round(x, 2%) >= 49%" in changed
    assert not [text for text in changed if "0%) " in text]


CAP = "decision: town.rule\ndocument: X\ninputs: {amount: {type: money, label: {en: Amount, zh: 金额}}}\nprovisions:\n  - {id: yearly-cap, cite: {at: 一, phrase: 5元}, require: amount <= 5元}\n"


@pytest.mark.parametrize(
    ("case", "zh", "en"),
    [
        ("{facts: {amount: 6}, expect: {findings: {yearly_cap: violated}}}", "+ 实为 没有此项条款：是否想写 `yearly-cap`？", "+ found no such provision: did you mean `yearly-cap`?"),
        ("{facts: {amount: 6}, expect: {values: {}}}", "- 应为 未违反\n    + 实为 违反：", "- expected not violated\n    + found violated: "),
        ("{facts: {amonut: 6}}", "- 应为 未拒绝\n    + 实为 unknown-fact: ", "- expected not refused\n    + found unknown-fact: "),
        ("{facts: {amount: 6}, expect: {findings: {yearly-cap: satisfied}}}", "- 应为 符合\n    + 实为 违反", "- expected satisfied\n    + found violated"),
        ("{facts: {amount: 5}, expect: {outcome: not_applicable}}", "- 应为 不适用\n    + 实为 合规", "- expected not_applicable\n    + found compliant"),
        ("{facts: {amonut: 6}}", "没有 `amonut` 这项输入", "is not an input"),
        ("{facts: {amount: 6}, expect: {refused: impossible}}", "+ 实为 未拒绝", "+ found not refused"),
    ],
)  # fmt: skip
def test_what_was_found_instead_is_told_in_both_languages(town, tmp_path, case, zh, en):
    book = town(CAP)
    (tmp_path / "cases.yaml").write_text(
        f"decision: town.rule\nas_of: 2025-03-01\ncases:\n  - {case}\n", encoding="utf-8"
    )
    found = [run(one, book, dt.date(2025, 3, 1)) for one in load_cases(tmp_path / "cases.yaml")]
    assert zh in results(found, "zh") and en in results(found, "en")
