"""Lists in tables: a nested column, a child table by key, a sheet of the same workbook; wrong rows are told by their cell."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

RUN = CliRunner()
RULE = """
decision: family.benefit
document: 某政发〔2025〕9号
inputs:
  ceiling: {type: money, label: {en: Ceiling, zh: 上限}}
rows:
  member:
    label: {en: Member, zh: 成员}
    columns:
      name: {type: text, label: {en: Name, zh: 姓名}}
      fee: {type: money, label: {en: Fee paid, zh: 已缴会费}}
      joined: {type: date, label: {en: Joined, zh: 入会日期}}
    totals:
      fees: {sum: fee, label: {en: Fees, zh: 会费合计}}
      members: {count: "true"}
provisions:
  - {id: enough, title: {en: Enough, zh: 人数}, cite: {at: 一, phrase: 不少于2名}, require: members >= 2}
  - {id: fee-cap, title: {en: Fee, zh: 会费上限}, cite: {at: 一, phrase: 不超过上限}, each: member, require: fee <= ceiling}
"""
CASES = "户号,上限\nH1,100\nH2,200\nH3,50\n"
MEMBERS = "户号,姓名,已缴会费（元）,入会日期\nH1,扎西,80,2024-01-02\nH2,卓玛,150,2024-03-01\nH1,平措,120,2024-02-01\n"


@pytest.fixture
def town(tmp_path):
    (tmp_path / "rules" / "family").mkdir(parents=True)
    (tmp_path / "rules" / "family" / "benefit.yaml").write_text(RULE, encoding="utf-8")
    return tmp_path


def batch(town, cases, *args, out="out.jsonl"):
    """What the command said, and the rows it wrote."""
    given = [
        "batch",
        "family.benefit",
        cases,
        "-o",
        town / out,
        "--rules",
        town / "rules",
        "--lang",
        "en",
        "--as-of",
        "2025-01-01",
        *args,
    ]
    result = RUN.invoke(app, list(map(str, given)))
    made = town / out
    return result, [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()] if out.endswith(
        "l"
    ) and made.exists() else None


def by_key(town, cases=CASES, members=MEMBERS, *args):
    (town / "cases.csv").write_text(cases, encoding="utf-8")
    (town / "members.csv").write_text(members, encoding="utf-8")
    return batch(town, town / "cases.csv", "--rows", f"member={town / 'members.csv'}", *args)


def said(rows):
    return [(row["enough.status"], row["fee-cap.status"], row["fee-cap.rows"], row["fees"]) for row in rows]


KEYED = [
    ("satisfied", "violated", "2", "200"),
    ("violated", "satisfied", "1", "150"),
    ("undetermined", "undetermined", None, None),
]


def test_a_child_table_gives_the_rows_of_each_case(town):
    result, rows = by_key(town)
    assert said(rows) == KEYED
    assert rows[0]["fee-cap.margin"] == "-20"
    assert "members.csv: columns: 3 of 4 give inputs" in result.stderr
    assert "member: " not in rows[2]["missing"]
    assert "member" in rows[2]["missing"]


def test_a_case_without_rows_has_none_if_that_is_said(town):
    _, rows = by_key(town, CASES, MEMBERS, "--without-rows", "none")
    assert said(rows)[2] == ("violated", "not_applicable", None, "0")


def test_a_cell_of_the_case_may_say_that_there_are_none(town):
    _, rows = by_key(town, "户号,上限,成员\nH1,100,\nH2,200,\nH3,50,无\n")
    assert said(rows) == [*KEYED[:2], ("violated", "not_applicable", None, "0")]


def test_a_list_that_is_not_complete_stays_open(town):
    _, rows = by_key(town, CASES, MEMBERS + "H2,尚有其他,,\n")
    assert said(rows)[1] == ("undetermined", "undetermined", "more", None)


def test_a_row_without_its_case_is_told_and_the_others_are_decided(town):
    result, rows = by_key(
        town, CASES, MEMBERS + "H9,格桑,1,2024-01-01\n,边巴,1,2024-01-01\n", "--errors", town / "bad.csv"
    )
    assert "members.csv: 户号,户号: no case has" in (town / "bad.csv").read_text(encoding="utf-8-sig")
    assert said(rows) == KEYED
    assert "members.csv, row 6: 户号: `户号` is empty" in result.stderr
    assert "members.csv, row 5: 户号: no case has the 户号 `H9`" in result.stderr
    assert result.exit_code == 2


def test_a_case_that_stands_twice_is_refused(town):
    result, rows = by_key(town, CASES + "H1,300\n")
    assert [row["户号"] for row in rows] == ["H2", "H3"]
    assert result.stderr.count("`H1` stands in 2 rows") == 2


def test_a_cell_that_is_wrong_refuses_its_case_by_row_and_column(town):
    result, rows = by_key(town, CASES, MEMBERS.replace("120", "lots"))
    assert [row["户号"] for row in rows] == ["H2", "H3"]
    assert "row 2: members.csv 4 已缴会费（元）: `member[2].fee` (Fee paid): `lots`" in result.stderr


def test_the_key_is_asked_for_where_it_cannot_be_told(town):
    result, rows = by_key(town, CASES, MEMBERS.replace("户号", "编号"))
    assert (result.exit_code, rows) == (2, None)
    assert "which column says whose the rows of members.csv are?" in result.stderr
    _, rows = by_key(town, CASES, MEMBERS.replace("户号", "编号"), "--key", "户号=编号")
    assert said(rows) == KEYED
    result, _ = by_key(town, CASES, MEMBERS, "--key", "户主")
    assert "the cases has no header `户主`" in result.stderr


def test_a_list_that_the_decision_has_not_is_told(town):
    (town / "cases.csv").write_text(CASES, encoding="utf-8")
    result, _ = batch(town, town / "cases.csv", "--rows", "child=x.csv")
    assert "family.benefit has no list `child`" in result.stderr
    result, _ = batch(town, town / "cases.csv", "--key", "户号")
    assert "--key is of tables of lists" in result.stderr


@pytest.mark.parametrize("title", ["成员", "名单"])
def test_a_sheet_of_the_same_workbook_gives_the_rows(town, title):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in CASES.splitlines():
        book.active.append([int(c) if c.isdigit() else c for c in line.split(",")])
    sheet = book.create_sheet(title)
    for line in MEMBERS.replace("120", "?").splitlines():
        sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(town / "cases.xlsx")
    result, rows = batch(town, town / "cases.xlsx", *(["--rows", "成员=#名单"] if title == "名单" else []))
    assert [row["户号"] for row in rows] == ["H2", "H3"]
    assert f"{title} C4 已缴会费（元）" in result.stderr


def test_a_nested_column_of_lines_of_json_gives_the_rows(town):
    lines = [
        {"ceiling": 100, "member": [{"name": "扎西", "fee": 80}, {"fee": 120}]}, {"ceiling": 200, "成员": [{"已缴会费": 150}]}, {"ceiling": 50},
        {"ceiling": 50, "member": [{"fee": 1}, {"fee": "much"}]},
    ]  # fmt: skip
    (town / "cases.jsonl").write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).replace("成员", "member"), encoding="utf-8"
    )
    result, rows = batch(town, town / "cases.jsonl")
    assert said(rows) == KEYED
    assert "`member[2].fee`" in result.stderr


def parquet(town, kind):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as files

    member = pa.list_(pa.struct([("name", pa.string()), ("fee", kind), ("joined", pa.date32())]))
    one = dt.date(2024, 1, 2)

    def fee(n):
        return float(n) if pa.types.is_floating(kind) else Decimal(n)

    lists = [
        [{"name": "a", "fee": fee(80), "joined": one}, {"name": "b", "fee": fee(120), "joined": None}],
        [{"name": "c", "fee": fee(150), "joined": one}],
        None,
        [],
    ]
    files.write_table(
        pa.table({"ceiling": pa.array([100, 200, 50, 50], pa.int64()), "member": pa.array(lists, member)}),
        town / "cases.parquet",
    )


def test_a_nested_column_of_parquet_gives_the_rows(town):
    import pyarrow as pa

    parquet(town, pa.decimal128(10, 2))
    _, rows = batch(town, town / "cases.parquet")
    assert said(rows) == [*KEYED, ("violated", "not_applicable", None, "0")]
    assert json.loads(rows[0]["member"])[1] == {"name": "b", "fee": "120.00", "joined": None}
    parquet(town, pa.float64())
    result, _ = batch(town, town / "cases.parquet")
    assert "`member.fee` holds binary floats" in result.stderr


def test_totals_given_as_columns_are_no_clash_by_rows_nor_on_engines(town):
    """The column is kept as it was; what is said of each row is the same on both ways."""
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("ibis")
    table = pa.table({"members": pa.array([3, 1, None], pa.int64()), "ceiling": pa.array([100] * 3, pa.int64())})
    (town / "b.csv").write_text("members,ceiling\n3,100\n1,100\n,100\n", encoding="utf-8")
    pytest.importorskip("pyarrow.parquet").write_table(table, town / "b.parquet")
    result, found = batch(town, town / "b.csv", out="rows.jsonl")
    assert result.exit_code == 1, result.stderr
    assert [row["members"] for row in found] == ["3", "1", ""]
    assert "fees" in found[0]  # a total that no column gives is told, though not known
    result, _ = batch(town, town / "b.parquet", out="out.parquet")
    there = pytest.importorskip("pyarrow.parquet").read_table(town / "out.parquet").to_pylist()
    names = ("outcome", "enough.status", "fee-cap.status")
    assert [[row[n] for n in names] for row in found] == [[row[n] for n in names] for row in there]
    (town / "b.csv").write_text("members,ceiling,outcome\n3,100,x\n", encoding="utf-8")
    result, _ = batch(town, town / "b.csv", out="rows.jsonl")
    assert "the table already has a column `outcome`" in result.stderr


def test_an_engine_says_that_it_reads_no_lists(town):
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("ibis")
    parquet(town, pa.decimal128(10, 2))
    result, _ = batch(town, town / "cases.parquet", out="out.parquet")
    assert (
        "column `member` holds lists: write .jsonl or .xlsx, or give its totals as columns: fees, members"
        in result.stderr
    )
    result, _ = batch(town, town / "cases.parquet", "--lang", "zh", out="out.parquet")
    assert "或将其合计作为列给出：会费合计、members" in result.stderr
    pa.parquet.write_table(pa.table({"members": [2], "ceiling": [100.5]}), town / "float.parquet")
    result, _ = batch(town, town / "float.parquet", "--lang", "zh", out="out.parquet")
    assert "列 `ceiling` 为二进制浮点数（float64），应为定点小数或整数" in result.stderr
    path = town / "rules" / "family" / "benefit.yaml"
    path.write_text(
        RULE + "  - {id: low, cite: {at: 一, phrase: 不超过150}, require: ceiling <= 150}\n", encoding="utf-8"
    )
    result, _ = batch(town, town / "cases.parquet", out="out.parquet")
    assert (
        "not decided on DuckDB, since it rests on a list: enough, fee-cap; the outcome is what holds" in result.stderr
    )
    written = pytest.importorskip("pyarrow.parquet").read_table(town / "out.parquet")
    assert ("low.status" in written.column_names, "enough.status" in written.column_names) == (True, False)
    result, _ = batch(town, town / "cases.parquet", "--rows", "member=x.csv", out="out.parquet")
    assert (result.exit_code, "--rows is of tables read row by row" in result.stderr) == (2, True)
    result, _ = batch(town, town / "cases.parquet", "--key", "name", out="out.parquet")
    assert (result.exit_code, "--key is of tables read row by row" in result.stderr) == (2, True)


def test_a_workbook_of_results_tells_which_rows(town):
    openpyxl = pytest.importorskip("openpyxl")
    (town / "cases.csv").write_text(CASES, encoding="utf-8")
    (town / "members.csv").write_text(MEMBERS, encoding="utf-8")
    batch(town, town / "cases.csv", "--rows", f"member={town / 'members.csv'}", out="out.xlsx")
    rows = list(openpyxl.load_workbook(town / "out.xlsx").worksheets[0].iter_rows(values_only=True))
    found = dict(zip(rows[0], rows[1], strict=True))
    assert (found["Fee"], found["Fee margin"], found["Fee rows"], found["Enough"]) == (
        "violated",
        -20,
        "2",
        "satisfied",
    )
