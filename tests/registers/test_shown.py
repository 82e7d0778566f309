"""Findings of a register as people read them: labels, units and options in their language; names are for programs."""

import json
import re

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.tables.files import read_table

ENTRIES = "日期,事项,成员\n2025-01-10,集中学习研讨,\n2025-02-11,深入基层,扎西\n"
SPAN = ("--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2025-03-01")
RULE = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  paid_so_far: {type: money, label: {en: Paid so far, zh: 已付}}
  holds: {type: flag, label: {en: It holds, zh: 成立}}
register:
  date: paid_on
  columns: {paid_on: {type: date, label: {en: Paid on, zh: 付款日期}}, paid: {type: money, label: {en: Paid, zh: 付款}}}
  totals: {paid_so_far: {sum: paid, per: running}}
provisions:
  - {id: within, title: {en: Within, zh: 未超限额}, cite: {at: 一, phrase: 5000元}, value: {type: flag, is: paid_so_far <= 5000}}
  - id: grade
    title: {en: Grade, zh: 等级}
    cite: {at: 一, phrase: 等级}
    value: {type: choice, of: {low: {en: Low, zh: 低}, high: {en: High, zh: 高}}, is: 'if paid_so_far > 5000 then "high" else "low"'}
  - {id: left, title: {en: Left, zh: 剩余}, cite: {at: 一, phrase: 5000元}, value: {type: money, is: 5000 - paid_so_far}}
  - {id: cap, title: {en: Cap, zh: 限额}, cite: {at: 一, phrase: 5000元}, require: paid_so_far <= 5000}
"""


def register(*args):
    return CliRunner().invoke(app, ["register", *map(str, args)])


@pytest.fixture
def paid(tmp_path):
    (tmp_path / "rules" / "town").mkdir(parents=True)
    (tmp_path / "rules" / "town" / "rule.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "entries.csv").write_text("付款日期,付款\n2025-01-10,3000元\n", encoding="utf-8")
    return ("town.rule", tmp_path / "entries.csv", *SPAN, "--rules", tmp_path / "rules")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_of_an_entry_its_own_row_alone_is_listed_where_that_is_asked(paid, tmp_path, kind):
    """The others that count with it are those before it: a list as long as the register beside each."""
    days = "".join(f"2025-01-{day},{day}元\n" for day in range(10, 20))
    (tmp_path / "entries.csv").write_text(f"付款日期,付款\n{days}", encoding="utf-8")

    def written(*args):
        out = tmp_path / f"found.{kind}"
        register(*paid, "-o", out, *args)
        return [cells for _, cells in read_table(out, None, "utf-8-sig")]

    head, *rows = written()
    _, *short = written("--own-row")
    at = next(i for i, name in enumerate(head) if name in ("entries", "Rows counted"))
    assert [str(row.pop(at)) for row in short] == [str(row) for row in range(2, 12) for _ in range(4)]
    listed = [str(row.pop(at)) for row in rows]
    assert listed[4] == ("2–3" if kind == "xlsx" else "2 3")
    assert short == rows
    assert "[rows 2–11]" in register(*paid, "--lang", "en").stdout
    assert "[rows 2–11]" not in register(*paid, "--lang", "en", "--own-row").stdout


def test_values_and_totals_are_told_in_words_to_people(paid, tmp_path):
    zh, en = (register(*paid, "--lang", lang).stdout for lang in ("zh", "en"))
    for said in ("未超限额：是", "等级：低", "剩余：2000 元"):
        assert said in zh
    for said in ("Within: yes", "Grade: Low", "Left: 2000 yuan"):
        assert said in en
    assert re.search("True|low|paid_so_far", zh) is None
    register(*paid, "--lang", "zh", "-o", tmp_path / "found.xlsx")
    book = openpyxl.load_workbook(tmp_path / "found.xlsx")
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    told = {row[head.index("事项")]: row[head.index("数值")] for row in rows}
    assert (told["限额"], told["未超限额"], told["等级"]) == ("已付：3000 元", "是", "低")


def test_what_is_printed_does_not_grow_as_the_square_of_the_register(paid, tmp_path):
    """Every other row counts; beside each are all before it."""

    def printed(entries, *args):
        days = "".join(f"2025-01-1{i % 2},{1 + i}元\n" for i in range(entries))
        (tmp_path / "entries.csv").write_text(f"付款日期,付款\n{days}", encoding="utf-8")
        return register(*paid, *args).stdout

    few, many = (printed(n, "--lang", "en") for n in (100, 200))
    assert len(many) < 2.4 * len(few)
    assert "[rows 2, 4, 6, 8 … 94, 96, 98, 100: 50 in all]" in few
    assert few.count("a table of findings has all: -o findings.csv") == 1
    assert "[计入的行：2, 4, 6, 8 … 94, 96, 98, 100，共 50 行]" in printed(100, "--lang", "zh")
    assert "…" not in printed(8, "--lang", "zh")


def test_values_and_totals_are_told_by_name_to_programs(paid, tmp_path):
    register(*paid, "--lang", "zh", "-o", tmp_path / "found.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["provision"]: row["value"] for row in rows} == {
        "within": "true", "grade": "low", "left": "2000", "cap": "paid_so_far 3000",
    }  # fmt: skip


def test_no_name_of_a_shipped_register_is_in_chinese_findings(tmp_path):
    (tmp_path / "entries.csv").write_text(ENTRIES, encoding="utf-8")
    told = register("party-group.year", tmp_path / "entries.csv", *SPAN, "--lang", "zh").stdout
    assert "  (期间未完结" not in told  # Chinese brackets, as everywhere
    assert "本季度集中学习研讨次数：1 次" in told
    assert [name for name in policy_engine.load().rule("party-group.year").inputs if name in told] == []


def test_what_all_periods_are_told_needs_no_column(paid):
    assert "没有对应列的输入项：成立" in register(*paid, "--lang", "zh").stderr
    assert "没有对应列的输入项" not in register(*paid, "--lang", "zh", "--set", "成立=是").stderr


def test_of_many_rows_that_cannot_be_read_the_first_and_their_number_are_told(tmp_path):
    days = "".join(f"{'x' if n % 2 else ''}2025-03-{n:02},深入基层,扎西\n" for n in range(1, 31))
    (tmp_path / "entries.csv").write_text(f"日期,事项,成员\n{days}", encoding="utf-8")
    for lang, told in (
        ("zh", "第2、4、6、8行等 15 行无法读取"),
        ("en", "rows 2, 4, 6, 8 … (15 in all) could not be read"),
    ):
        shown = register("party-group.year", tmp_path / "entries.csv", *SPAN, "--lang", lang).stdout
        assert shown.count(told) > 1 and "、10" not in shown and ", 10" not in shown
