"""Blank workbooks: what is filled in goes straight back in, for every decision, register and procedure."""

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.compiled.decide import decide
from policy_engine.doors.main import app
from policy_engine.procedures.load import load_procedure, procedure_names
from policy_engine.registers.periods import entry_rule
from policy_engine.tables.batch import open_table, read_row
from policy_engine.tables.columns import Job
from policy_engine.tables.events import event_lines

BOOK = policy_engine.load()
REGISTERS = [name for name in BOOK.decisions() if BOOK.rule(name).register]


def command(*given):
    return CliRunner().invoke(app, list(map(str, given)))


def filled(tmp_path, name, lang, *args):
    """A template whose example row is copied below it as a case of its own; its headers."""
    path = tmp_path / "blank.xlsx"
    result = command("template", name, "-o", path, "--lang", lang, *args)
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    example = [cell.value for cell in sheet[2]]
    for c, value in enumerate(example[1:], 2):
        sheet.cell(3, c, value)
    sheet.cell(3, 1, 1)
    book.save(path)
    return path, [cell.value for cell in sheet[1]], example


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", BOOK.decisions())
def test_a_filled_template_of_a_decision_is_read_as_it_is(tmp_path, name, lang):
    path, heads, example = filled(tmp_path, name, lang)
    rule, said = BOOK.rule(name), []
    columns, rows = open_table(Job(rule=rule, as_of=dt.date(2025, 3, 1), lang=lang, tell=said.append), path)
    found = [read_row(rule, cells, columns) for _, cells in rows]
    assert [c.entry is not None for c in columns] == [False, *[True] * (len(heads) - 1)]
    assert {c.entry.name for c in columns if c.entry} == rule.askable.keys() - rule.rows.keys()
    (case,) = found
    given = {c.entry.name for c, value in zip(columns, example, strict=True) if c.entry and value is not None}
    assert case.given.keys() == given
    assert {c.entry.name for c in columns if c.entry} - given <= {
        n for n, e in rule.askable.items() if e.type.kind == "number"
    }
    decide(rule, case, dt.date(2025, 3, 5))  # what the example says can hold together
    assert any(("未作为案例：第 2 行" if lang == "zh" else "left out: row 2") in line for line in said)


@pytest.mark.parametrize("name", ["award.grant", "fund.investment", "party-group.meeting", "parking.premium"])
def test_a_filled_template_is_decided(tmp_path, name):
    path, _, _ = filled(tmp_path, name, "zh")
    result = command("batch", name, path, "-o", tmp_path / "out.jsonl", "--lang", "zh", "--as-of", "2025-03-05")
    assert result.exit_code != 2 or "不能同时成立" in result.output or "矛盾" in result.output, result.output


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", REGISTERS)
def test_a_filled_template_of_a_register_is_read_as_it_is(tmp_path, name, lang):
    path, heads, _ = filled(tmp_path, name, lang, "--register")
    rule = entry_rule(BOOK.rule(name))
    columns, rows = open_table(Job(rule=rule, as_of=dt.date(2025, 3, 1), lang=lang), path)
    (case,) = [read_row(rule, cells, columns) for _, cells in rows]
    assert rule.register.date in case.given
    result = command(
        "register",
        name,
        path,
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
        "-o",
        tmp_path / "o.jsonl",
        "--lang",
        lang,
        "--as-of",
        "2026-01-01",
    )
    assert "no column" not in result.output and "缺少列" not in result.output, result.output
    whom = rule.register.by_label.of(lang) if rule.register.by else None
    unused = [h for h, c in zip(heads, columns, strict=True) if c.entry is None]
    assert unused == ([heads[0], whom] if whom else heads[:1])


@pytest.mark.parametrize("name", procedure_names())
def test_a_filled_template_of_a_procedure_is_followed(tmp_path, name):
    path, _, _ = filled(tmp_path, f"watch:{name}", "zh")
    procedure = load_procedure(name)
    (line,) = event_lines(procedure, path, "zh", lambda text: None)
    event = json.loads(line)
    assert (event["case"], event["at"], event["id"]) == ("甲", "2025-03-03", "blank:3")
    result = command("watch", name, path, "--lang", "zh", "--as-of", "2025-03-05")
    answer = json.loads(result.stdout.splitlines()[0])
    assert "problems" not in answer, result.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_rows_of_a_list_are_filled_in_on_a_sheet_of_their_own(tmp_path, lang):
    rules = Path(__file__).parents[2] / "examples" / "second-city" / "rules"
    path, _, _ = filled(tmp_path, "heating.subsidy", lang, "--rules", rules)
    book = openpyxl.load_workbook(path)
    sheet = book["家庭人员" if lang == "zh" else "Person"]
    example = [cell.value for cell in sheet[2]][1:]
    for row in (3, 4):
        for c, value in enumerate([1, *example], 1):
            away = sheet.cell(1, c).value in ("服兵役或服刑", "In military service or prison")
            sheet.cell(row, c, "×" if away else value)
    for total in book.worksheets[0][1]:
        if f"“{sheet.title}”" in (total.comment.text if total.comment else ""):
            book.worksheets[0].cell(3, total.column).value = None
    book.save(path)
    result = command(
        "batch",
        "heating.subsidy",
        path,
        "--rules",
        rules,
        "-o",
        tmp_path / "o.jsonl",
        "--lang",
        lang,
        "--as-of",
        "2025-11-30",
    )
    assert result.exit_code != 2, result.output
    assert json.loads((tmp_path / "o.jsonl").read_text(encoding="utf-8"))["size"] == "2"


def test_every_column_says_how_it_is_filled_in_and_by_which_clause(tmp_path):
    command("template", "award.grant", "-o", tmp_path / "b.xlsx", "--lang", "zh")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    labels = [BOOK.rule("award.grant").inputs[name].label.zh for name in ("recipient", "amount", "activity")]
    assert heads[:4] == ["序号", labels[0], f"{labels[1]}（元）", labels[2]]
    notes = [cell.comment.text for cell in sheet[1][1:]]
    assert "拉政办发〔2024〕35号 二 「每人不超过3000元」" in notes[1] and all(notes)
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists["B2"] == "='选项'!$A$1:$A$2" or lists["B2"] == "'选项'!$A$1:$A$2"
    assert [cell.value for cell in book["选项"]["A"] if cell.value] == ["个人", "集体"]
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.print_title_rows) == (True, "$1:$1")


def test_what_cannot_be_had_is_said(tmp_path):
    assert "不是 .xlsx" in command("template", "award.grant", "-o", tmp_path / "b.csv", "--lang", "zh").output
    assert (
        "没有登记表" in command("template", "fund.fees", "--register", "-o", tmp_path / "b.xlsx", "--lang", "zh").output
    )
    result = command("template", "award.grants", "-o", tmp_path / "b.xlsx", "--lang", "zh")
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
