"""Modules of RuleSpec become rule files and scenarios that pass; what cannot be said is told."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from policy_engine.basics.places import read_text
from policy_engine.basics.values import Unknown
from policy_engine.book import load
from policy_engine.doors.main import app
from policy_engine.importing.formulas import Unsaid, parse
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.rulefiles.yaml_read import read_yaml

FEES = """
format: rulespec/v1
module: {summary: Fee of a stall.}
imports: ["town:law/rates#rate", "town:law/rates#part"]
rules:
  - name: free_area
    kind: parameter
    dtype: Count
    source: section 1
    versions: [{effective_from: '2020-01-01', formula: '4'}]
  - name: fee
    kind: derived
    dtype: Money
    unit: USD
    source: section 2(a)
    metadata: {proof: {atoms: [{path: x, kind: amount, source: {excerpt: 'rate for each square metre, above 4'}}]}}
    versions:
      - effective_from: '0001-01-01'
        formula: |-
          if stall_kind == "charity": 0
          elif not open_air and area > free_area:
              max(0, area - free_area) * rate
          else: area_fee[season]
  - name: owes
    kind: derived
    dtype: Judgment
    versions: [{effective_from: '2020-01-01', formula: fee > 0 and not waived}]
  - name: area_fee
    kind: parameter
    dtype: Money
    indexed_by: season
    versions: [{effective_from: '2020-01-01', values: {1: 10.5, 2: 20}}]
  - name: cents
    kind: derived
    dtype: Money
    rounding: half_up
    versions: [{effective_from: '2020-01-01', formula: area / 3}]
  - name: open_days
    kind: derived
    dtype: Count
    versions: [{effective_from: '2020-01-01', formula: 'days_between(opened_on, date_add_days(period_end, 1))'}]
  - name: half
    kind: parameter
    dtype: Rate
    versions: [{effective_from: '2020-01-01', formula: '0.5'}]
  - name: half_of_area
    kind: derived
    dtype: Rate
    versions: [{effective_from: '2020-01-01', formula: area * part}]
  - name: lost
    kind: derived
    dtype: Money
    versions: [{effective_from: '2020-01-01', formula: present_value(area)}]
  - name: lost_too
    kind: derived
    dtype: Money
    versions: [{effective_from: '2020-01-01', formula: lost + 1}]
"""
RATES = """
format: rulespec/v1
module: {}
rules:
  - name: rate
    kind: parameter
    dtype: Rate
    source: schedule
    versions:
      - {effective_from: '2020-01-01', formula: '0.25'}
      - {effective_from: '2022-01-01', effective_to: '2023-12-31', formula: '0.5'}
  - name: part
    kind: derived
    dtype: Rate
    versions: [{effective_from: '2020-01-01', formula: half}]
"""
CASES = """
- name: first rate
  period: 2021-05
  input: {'town:law/fees#input.stall_kind': shop, 'town:law/fees#input.open_air': false, 'town:law/fees#input.area': 10,
    'town:law/fees#input.waived': false, 'town:law/fees#input.opened_on': '2021-05-22'}
  output: {'town:law/fees#fee': 1.5, 'town:law/fees#owes': holds, 'town:law/fees#cents': 3.33, 'town:law/fees#open_days': 10,
    'town:law/rates#rate': 0.25}
- name: second rate
  period: {period_kind: tax_year, start: '2022-01-01', end: '2022-12-31'}
  input: {'town:law/fees#input.stall_kind': shop, 'town:law/fees#input.open_air': false, 'town:law/fees#input.area': 10,
    'town:law/fees#input.waived': true}
  output: {'town:law/fees#fee': 3, 'town:law/fees#owes': not_holds}
- name: no rate any more
  period: 2024-01
  input: {'town:law/fees#input.stall_kind': shop, 'town:law/fees#input.open_air': false, 'town:law/fees#input.area': 10}
  output: {'town:law/fees#fee': null}
- name: season
  period: 2021-05
  input: {'town:law/fees#input.stall_kind': charity_not, 'town:law/fees#input.open_air': true, 'town:law/fees#input.season': 1}
  output: {'town:law/fees#fee': 10.5, 'town:law/fees#area_fee': 10.5}
- name: things one by one
  period: 2021-05
  input: {'town:law/fees#input.stall_kind': shop, 'town:law/fees#input.open_air': false, 'town:law/fees#input.area': 8}
  tables: {Stall: [{'town:law/fees#input.waived': false}, {'town:law/fees#input.waived': true}]}
  output: {'town:law/fees#owes': [holds, not_holds], 'town:law/fees#free_area': 4}
- name: first year
  period: {period_kind: tax_year, start: '2019-07-01', end: '2020-06-30'}
  input: {'town:law/fees#input.area': 1, 'town:law/fees#input.waived': 3}
  output: {'town:law/fees#free_area': 4}
- name: left to others
  period: 2021-05
  input: {'town:law/fees#input.area': 8}
  output: {'town:law/fees#half_of_area': 4}
- name: cannot
  period: 2021-05
  input: {'town:law/fees#input.area': 1}
  output: {'town:law/fees#lost_too': 1}
"""


HOUSE = """
format: rulespec/v1
module: {}
imports: ["town:law/rates#rate"]
rules:
  - name: sets_part
    kind: source_relation
    source_relation: {type: sets, target: 'town:law/rates#part', value: 'town:law/house#child_age'}
  - name: resident
    kind: data_relation
    data_relation: {predicate: resident, arity: 2, arguments: [Person, House]}
  - name: adult_resident
    kind: derived_relation
    derived_relation: {arity: 2, source_relation: 'town:law/house#relation.resident'}
    versions: [{effective_from: '2020-01-01', formula: age >= 18}]
  - {name: child_age, kind: parameter, dtype: Count, versions: [{effective_from: '2020-01-01', formula: '14'}]}
  - name: is_child
    kind: derived
    entity: Person
    dtype: Judgment
    versions: [{effective_from: '2020-01-01', formula: 'age < child_age'}]
  - name: share
    kind: derived
    entity: Person
    dtype: Money
    versions:
      - {effective_from: '2020-01-01', formula: 'if is_child and in_school: 0 else: per_kind[kind] * rate'}
  - {name: per_kind, kind: parameter, indexed_by: kind, versions: [{effective_from: '2020-01-01', values: {1: 8, 2: 20}}]}
  - name: children
    kind: derived
    dtype: Count
    versions: [{effective_from: '2020-01-01', formula: 'count_where(resident, is_child)'}]
  - name: fee
    kind: derived
    dtype: Money
    versions: [{effective_from: '2020-01-01', formula: 'sum(resident.share) + len(resident) + sum_where(resident, share, is_child)'}]
  - name: grown
    kind: derived
    dtype: Count
    versions: [{effective_from: '2020-01-01', formula: len(adult_resident)}]
"""
HOUSE_CASES = """
- name: three
  period: 2021-05
  input:
    'town:law/house#relation.resident':
      - &one {'town:law/house#input.age': 8, 'town:law/house#input.in_school': true, 'town:law/house#input.kind': 1}
      - {<<: *one, 'town:law/house#input.in_school': false}
      - {'town:law/house#input.age': 30, 'town:law/house#input.in_school': false, 'town:law/house#input.kind': 2}
  output: {'town:law/house#children': 2, 'town:law/house#fee': 12, 'town:law/house#grown': 1}
- name: none
  period: 2021-05
  input: {'town:law/house#relation.resident': []}
  output: {'town:law/house#children': 0, 'town:law/house#fee': 0, 'town:law/house#grown': 0}
- name: not given is none
  period: 2021-05
  output: {'town:law/house#children': 0, 'town:law/rates#part': 14}
- name: one alone
  period: 2021-05
  input: {'town:law/house#input.age': 14}
  output: {'town:law/house#is_child': not_holds}
"""


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "modules" / "town" / "law"
    folder.mkdir(parents=True)
    for name, text in (("fees.yaml", FEES), ("rates.yaml", RATES), ("fees.test.yaml", CASES)):
        (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(corpus, *arguments):
    return CliRunner().invoke(
        app, ["import", "rulespec", str(corpus / "modules"), "-o", str(corpus / "rules"), *arguments]
    )


def test_modules_become_rules_whose_scenarios_pass(corpus):
    result = run(corpus)
    assert result.exit_code == 0, result.output
    assert "2 decisions, 8 scenarios" in result.output
    tested = CliRunner().invoke(app, ["test", str(corpus / "scenarios"), "--rules", str(corpus / "rules")])
    assert tested.exit_code == 0, tested.output
    assert load(corpus / "rules").decisions() == ["town.law.fees", "town.law.rates"]


def test_lists_become_rows(corpus):
    for name, text in (("house.yaml", HOUSE), ("house.test.yaml", HOUSE_CASES)):
        (corpus / "modules" / "town" / "law" / name).write_text(text, encoding="utf-8")
    assert "3 decisions, 12 scenarios" in run(corpus).output
    tested = CliRunner().invoke(app, ["test", str(corpus / "scenarios"), "--rules", str(corpus / "rules")])
    assert tested.exit_code == 0, tested.output
    rows = load(corpus / "rules").rule("town.law.house").rows["resident"]
    assert list(rows.columns) == ["age_of_resident", "in_school", "kind"]
    assert "share" in {p.id.partition(".")[2] for p in rows.formulas}


def test_where_a_rule_comes_from_is_kept(corpus):
    run(corpus)
    rule = load(corpus / "rules").rule("town.law.fees")
    fee = next(p for p in rule.provisions if p.id == "fee")
    assert (rule.document.number, fee.cites[0].at, fee.cites[0].phrase) == (
        "town:law/fees", "section 2(a)", "rate for each square metre, above 4",
    )  # fmt: skip
    rate = [p for p in rule.provisions if p.id == "rate"]
    assert {p.cites[0].document for p in rate} == {"town:law/rates"}
    assert [(str(p.valid_from), str(p.valid_until)) for p in rate] == [
        ("2020-01-01", "2021-12-31"),
        ("2022-01-01", "2023-12-31"),
    ]


def test_what_cannot_be_said_is_counted_and_listed(corpus):
    result = run(corpus)
    assert "1 rule: a function that is not known" in result.output
    assert "1 case: uses a rule that cannot be said" in result.output
    listed = (corpus / "not-imported.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[1:4] for line in listed[1:]] == [
        ["rule", "town:law/fees#lost", "a function that is not known"],
        ["rule", "town:law/fees#lost_too", "uses a rule that cannot be said"],
        ["case", "cannot", "uses a rule that cannot be said"],
    ]


TARIFF = """
format: rulespec/v1
module: {}
rules:
  - name: duty
    kind: parameter
    dtype: Rate
    indexed_by: line
    versions:
      - {effective_from: '2020-01-01', values: {"0101.10": 0.05, "0102.21": 0}}
      - {effective_from: '2022-01-01', values: {"0101.10": 0.1}}
  - {name: level, kind: derived, dtype: 'Enum[Level]', versions: [{formula: 'if size > 3: 1 else: 2'}]}
  - {name: band, kind: derived, dtype: Count, versions: [{formula: 'min(size, 2)'}]}
  - {name: limit, kind: parameter, dtype: Money, indexed_by: band, versions: [{values: {1: 10, 2: 20}}]}
  - name: twice
    kind: derived
    dtype: Rate
    versions: [{effective_from: '2020-01-01', formula: '2 * duty[line]'}]
"""
TARIFF_CASES = """
- {name: first, period: 2021-05, input: {'town:tariff#input.line': '0101.10'}, output: {'town:tariff#twice': 0.1}}
- {name: later, period: 2022-05, input: {'town:tariff#input.line': '0101.10'}, output: {'town:tariff#duty': 0.1}}
- {name: no row, period: 2022-05, input: {'town:tariff#input.line': '0102.21'}, output: {'town:tariff#twice': null}}
- {name: by what is given, period: 2022-05, input: {'town:tariff#input.size': 0, 'town:tariff#input.band': 1}, output: {'town:tariff#limit': 10}}
- {name: figures for names, period: 2022-05, input: {'town:tariff#input.size': 2}, output: {'town:tariff#level': 2}}
- {name: no day, period: 2019-05, input: {'town:tariff#input.line': '0102.21'}, output: {'town:tariff#duty': null}}
"""


def test_a_table_stays_a_table_unless_its_versions_leave_days_out(corpus):
    for name, text in (("tariff.yaml", TARIFF), ("tariff.test.yaml", TARIFF_CASES)):
        (corpus / "modules" / "town" / name).write_text(text, encoding="utf-8")
    gone = TARIFF.replace("'2020-01-01', values", "'2020-01-01', effective_to: '2021-06-30', values")
    (corpus / "modules" / "town" / "gap.yaml").write_text(gone, encoding="utf-8")
    run(corpus)
    tested = CliRunner().invoke(app, ["test", str(corpus / "scenarios" / "town"), "--rules", str(corpus / "rules")])
    assert tested.exit_code == 0, tested.output
    (file,) = read_yaml(read_text(corpus / "rules" / "town" / "tariff.yaml"), "tariff")
    table = file.data["tables"]["duty_at_1"]
    assert (table["by"], list(table["from"])) == ("line", ["2020-01-01", "2022-01-01"])
    (file,) = read_yaml(read_text(corpus / "rules" / "town" / "gap.yaml"), "gap")
    assert [name for name in file.data.get("tables", ()) if name.startswith("duty")] == []
    results = load(corpus / "rules").decide("town.gap", {"line": "0101.10"}, "2021-09-01").results
    assert all(isinstance(r.value, Unknown) for r in results)


NAMES = [f"condition_number_{i}_of_this_long_list" for i in range(300)]


@pytest.mark.parametrize(
    ("formula", "holds"),
    [(" or ".join(NAMES), [299]), (f"({' and '.join(NAMES[:28])}) or ({' and '.join(NAMES[28:56])})", range(28, 56))],
    ids=["many", "two that do not go together"],
)
def test_a_long_formula_stands_in_parts(corpus, formula, holds):
    folder = corpus / "modules" / "town"
    rule = f"  - {{name: r, kind: derived, dtype: Judgment, versions: [{{effective_from: '2020-01-01', formula: '{formula}'}}]}}\n"
    (folder / "long.yaml").write_text("format: rulespec/v1\nmodule: {}\nrules:\n" + rule, encoding="utf-8")
    given = ", ".join(f"'town:long#input.{n}': {'true' if i in holds else 'false'}" for i, n in enumerate(NAMES))
    case = f"- {{name: last, period: 2021-01, input: {{{given}}}, output: {{'town:long#r': holds}}}}\n"
    (folder / "long.test.yaml").write_text(case, encoding="utf-8")
    run(corpus)
    tested = CliRunner().invoke(app, ["test", str(corpus / "scenarios" / "town"), "--rules", str(corpus / "rules")])
    assert tested.exit_code == 0, tested.output


@pytest.mark.parametrize("text", ["a +", "if a: 1", "a < b < c", "f(", "match x:", "1 2"])
def test_a_formula_that_cannot_be_read_is_told(text):
    with pytest.raises(Unsaid, match="cannot be read"):
        parse(text)


STALL = """
module: {summary: Fee}
rules:
  - {name: free, kind: parameter, dtype: Count, versions: [{formula: '4'}]}
  - {name: fee, kind: derived, dtype: Money, versions: [{formula: area - free}]}
"""
STALL_CASES = "[{name: one, period: '2025', input: {'town:stall#input.area': 6}, output: {'town:stall#fee': 2}}]"


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("{summary: Fee}", "Fee", "a part of another form than a module has\tmodule"),
        ("rules:\n", "rules: none\nother:\n", "a part of another form than a module has\trules"),
        ("[{formula: '4'}]", "['4']", "a part of another form than a module has\tversions"),
        ("versions: [{formula: '4'}]", "version: [{formula: '4'}]", "a rule without versions\tfree"),
        ("name: free", "nam: free", "a rule without a name"),
        ("'2025'", "in 2025", "a period that cannot be read\tin 2025"),
        ("period: '2025', ", "", "a period that cannot be read\tNone"),
        ("{'town:stall#input.area': 6}", "area", "a part of another form than a module has\tinput"),
        ("{'town:stall#input.area': 6}", "{x: [6]}", "a part of another form than a module has\tx"),
        ("output: {'town:stall#fee': 2}", "output: 2", "a part of another form than a module has\toutput"),
    ],
)
def test_a_module_of_another_form_is_left_out_and_told(tmp_path, right, wrong, reason):
    assert right in STALL + STALL_CASES
    (tmp_path / "modules" / "town").mkdir(parents=True)
    (tmp_path / "modules" / "town" / "stall.yaml").write_text(STALL.replace(right, wrong), encoding="utf-8")
    (tmp_path / "modules" / "town" / "stall.test.yaml").write_text(STALL_CASES.replace(right, wrong), encoding="utf-8")
    result = CliRunner().invoke(app, ["import", "rulespec", str(tmp_path / "modules"), "-o", str(tmp_path / "rules")])
    assert (result.exit_code, result.exception) == (0, None)
    assert reason in (tmp_path / "not-imported.tsv").read_text(encoding="utf-8")


def test_a_folder_without_modules_is_refused(tmp_path):
    (tmp_path / "modules").mkdir()
    assert run(tmp_path).exit_code == 2
    assert (
        CliRunner().invoke(app, ["import", "rulespec", str(tmp_path / "no"), "-o", str(tmp_path / "r")]).exit_code == 2
    )


def test_what_is_written_reads_as_the_same(tmp_path):
    said = {
        "a": "x: y", "b": ["1", "a, b", "{", "- c", "null", ""], "c": {"d": 'x == "y"', "e": "long words " * 40 + "end", "f": None},
        "g": [{"when": "a > 1" * 60, "is": "#"}, {"h": {"i": "'q"}}], "j": "two  spaces " * 20 + "x", "k": "中文：是", "l": [], "m": "a\nb",
    }  # fmt: skip
    path = tmp_path / "x.yaml"
    path.write_text(yaml_text(said), encoding="utf-8")
    assert read_yaml(read_text(path), "x")[0].data == said
