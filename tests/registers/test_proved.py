"""Registers are proved by entries as a sheet has them; what is changed in a register is noticed."""

import datetime as dt

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import default_scenarios
from policy_engine.proving.cases import load_cases
from policy_engine.proving.mutate import load_equivalent, mutants, survivors
from policy_engine.registers.proved import holds, run

BOOK = policy_engine.load()
TODAY = dt.date(2026, 1, 1)
ENTRIES = """decision: party-group.year
as_of: 2025-12-31
entries:
  - {日期: 2025-02-11, 事项: 深入基层, 成员: 扎西}
  - {日期: 2025-02-11, 事项: 下基层, 成员: 扎西}
expect:
  periods:
    2025: {full-report: violated, democratic-life: violated}
"""


def differences(tmp_path, text, lang="en"):
    file = tmp_path / "year.yaml"
    file.write_text(text, encoding="utf-8")
    (case,) = load_cases(file)
    return {d.what: d.said(lang) for d in run(case, BOOK, TODAY).differences}


def test_statuses_and_totals_of_periods_and_members_are_compared(tmp_path):
    right = ENTRIES + "    2025 扎西: {field_days: 1, field-days: violated, research-report: violated}\n"
    assert differences(tmp_path, right) == {}
    wrong = ENTRIES + "    2025 扎西: {field_days: 2, field-days: satisfied, research-report: violated}\n"
    assert differences(tmp_path, wrong) == {
        "periods.2025 扎西.field_days": ("2", "1"), "periods.2025 扎西.field-days": ("satisfied", "violated"),
    }  # fmt: skip


def test_a_violation_that_is_not_named_and_a_finding_that_is_not_there_are_differences(tmp_path):
    assert differences(tmp_path, ENTRIES) == {
        "periods.2025 扎西.field-days": ("not violated", "violated"),
        "periods.2025 扎西.research-report": ("not violated", "violated"),
    }
    found = differences(tmp_path, ENTRIES + "    2025-Q7: {quarterly-study: satisfied}\n")
    assert found["periods.2025-Q7.quarterly-study"] == ("satisfied", "nothing is said of it")
    found = differences(tmp_path, ENTRIES + "    2025-Q7: {quarterly-study: satisfied}\n", "zh")
    assert found["periods.2025-Q7.quarterly-study"] == ("符合", "对此未作判定")
    assert found["periods.2025 扎西.field-days"] == ("未违反", "违反")


def test_an_entry_that_is_refused_is_expected_to_be(tmp_path):
    short = ENTRIES.replace("as_of: 2025-12-31", "as_of: 2025-12-30").replace("violated", "pending")
    strange = short.replace("下基层", "党课")
    assert differences(tmp_path, strange)["refused"][0] == "not refused"
    assert differences(tmp_path, strange, "zh")["refused"][0] == "未拒绝"
    ((_, code),) = [differences(tmp_path, strange)["refused"]]
    assert differences(tmp_path, strange.replace("  periods:", f"  refused: {code}\n  periods:")) == {}


def test_periods_are_expected_of_entries_only(tmp_path):
    with pytest.raises(PolicyError) as refused:
        differences(tmp_path, ENTRIES[: ENTRIES.index("entries:")] + ENTRIES[ENTRIES.index("expect:") :])
    assert [problem.code for problem in refused.value.problems] == ["missing-key"]


@pytest.mark.parametrize("name", [name for name in BOOK.decisions() if BOOK.rule(name).register])
def test_every_change_of_a_shipped_register_is_noticed(name):
    rule = BOOK.rule(name)
    cases = load_cases(default_scenarios(None) / f"{name.replace('.', '/')}.yaml")
    entered = [case for case in cases if case.entries is not None]
    assert all(holds(case, rule) for case in entered)
    changed = [mutant for mutant in mutants(rule) if mutant.provision == "register"]
    alive = {m.change for m in changed if all(holds(case, m.rule) for case in entered)}
    equivalent = load_equivalent(BOOK.root / "equivalent.yaml")
    assert {change for change in alive if (name, "register", change) not in equivalent} == set()


def test_a_register_is_changed_in_what_it_counts_of_whom_and_when():
    changes = {m.change for m in mutants(BOOK.rule("party-group.year")) if m.provision == "register"}
    assert changes >= {
        "field_days: count", "field_days: per 6 months", "field_days: of all", "field_days: where true",
        'field_days: where what != "field-day"', 'field_days: where what == "research-report"', "each: false",
    }  # fmt: skip
    changes = {m.change for m in mutants(BOOK.rule("fund.investment")) if m.provision == "register"}
    assert changes >= {"amount: per later", "amount: per earlier in year", "amount: sum reinvestment", "each: true"}
    assert "date: sent_on" in {m.change for m in mutants(BOOK.rule("fund.reports")) if m.provision == "register"}


def test_without_entries_no_change_of_a_register_is_noticed(tmp_path):
    file = tmp_path / "weak.yaml"
    file.write_text(
        "decision: party-group.agenda\nas_of: 2025-03-01\nfacts: {meetings_this_month: 1}\nexpect: {findings: {monthly-meeting: satisfied}}\n",
        encoding="utf-8",
    )
    alive = survivors(BOOK, load_cases(file), lambda mutant, killed: None, {"party-group.agenda"}, holds)
    assert "meetings_this_month: days" in {mutant.change for mutant in alive}
