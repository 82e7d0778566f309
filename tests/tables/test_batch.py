"""A table of cases: decided row by row, exactly; a bad row is told and loses nobody else's answer."""

import csv
import datetime as dt
import json

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.deciding.facts import read_facts
from policy_engine.doors.main import app
from policy_engine.explaining.decision import decide
from policy_engine.tables.texts import encoding_of

BOOK = policy_engine.load()
RUN = CliRunner()
DAY = dt.date(2025, 3, 1)
FUND = "kind,fund_total,amount,subfund_total,reinvestment,management_fee,term_years,activities,approved_by_committee"
REST = "10亿元,10亿元,2%,10,none,yes"
AWARDS = "recipient,amount,activity,approved_by_region\n"


def batch(tmp_path, decision, text, *args, suffix=".csv", out=".jsonl"):
    """The result of the command, and the rows it wrote."""
    table = tmp_path / f"cases{suffix}"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    target = tmp_path / f"out{out}"
    given = ["batch", decision, table, "-o", target, "--as-of", "2025-03-01", "--lang", "en", *args]
    result = RUN.invoke(app, list(map(str, given)))
    return result, rows_of(target)


def rows_of(path):
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8-sig")
    return (
        [json.loads(r) for r in text.splitlines()]
        if path.suffix == ".jsonl"
        else list(csv.DictReader(text.splitlines()))
    )


def test_one_fen_over_the_cap_is_seen(tmp_path):
    amounts = ["224999999.99", "225000000", "225000000.01", "2.25亿元", "22500.000001万元"]
    text = "\n".join([FUND, *(f"subfund,15亿元,{a},{REST}" for a in amounts)])
    result, rows = batch(tmp_path, "fund.investment", text)
    assert [r["subfund-share-of-fund.status"] for r in rows] == [
        "satisfied", "satisfied", "violated", "satisfied", "violated",
    ]  # fmt: skip
    assert [r["subfund-share-of-fund.margin"] for r in rows] == ["0.01", "0", "-0.01", "0", "-0.01"]
    assert rows[0]["amount"] == "224999999.99"
    assert result.exit_code == 1


def test_an_empty_cell_is_not_known_and_never_a_pass(tmp_path):
    result, rows = batch(tmp_path, "award.grant", AWARDS + "individual,,commendation,yes\n")
    assert rows[0]["individual-cap.status"] == rows[0]["outcome"] == "undetermined"
    assert rows[0]["missing"] == "amount"
    assert result.exit_code == 3


def test_a_row_says_what_it_rests_on_that_nobody_gave(tmp_path):
    text = (
        AWARDS.replace("\n", ",recipient_listed,higher_rule_applies\n")
        + "individual,1,commendation,yes,yes,\nindividual,1,commendation,yes,yes,no\n"
    )
    _, rows = batch(tmp_path, "award.grant", text)
    for column in ("individual-cap.assumes", "cap.assumes"):
        assert [row[column] for row in rows] == ["higher_rule_applies", ""]
    assert [row["no-bonus-for-collectives.assumes"] for row in rows] == ["", ""]
    _, rows = batch(tmp_path, "award.grant", text, "--assume", "none")
    assert [row["outcome"] for row in rows] == ["undetermined", "compliant"]
    assert "cap.assumes" not in rows[0]
    sheet = tmp_path / "out.xlsx"
    RUN.invoke(app, ["batch", "award.grant", str(tmp_path / "cases.csv"), "-o", str(sheet), "--lang", "zh"])
    cells = [cell.value for row in openpyxl.load_workbook(sheet).worksheets[0].iter_rows() for cell in row]
    assert sum(str(cell).startswith("国家和自治区另有规定：否（") for cell in cells) == 1
    assert sum("higher_rule" in str(cell) for cell in cells) == 1  # the header that was given


def test_what_other_readings_say_is_marked(tmp_path):
    text = (
        AWARDS.replace("\n", ",received_this_year,received_for_project\n")
        + "individual,2000,commendation,yes,2000,0\nindividual,1,commendation,yes,0,0\n"
    )
    _, rows = batch(tmp_path, "award.grant", text)
    assert [row["contested"] for row in rows] == [True, False]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_headers_may_be_labels(tmp_path, lang):
    entries = BOOK.rule("award.grant").inputs
    header = ",".join(entries[name].label.of(lang) for name in AWARDS.strip().split(","))
    _, rows = batch(tmp_path, "award.grant", f"{header}\nindividual,3000.01,commendation,yes\n")
    assert rows[0]["individual-cap.status"] == "violated"


def test_units_in_headers_are_understood_or_refused(tmp_path):
    text = "recipient,每人奖金（万元）,activity,approved_by_region\nindividual,0.3,commendation,yes\nindividual,0.300001,commendation,yes\n"
    _, rows = batch(tmp_path, "award.grant", text)
    assert [row["individual-cap.status"] for row in rows] == ["satisfied", "violated"]
    result, rows = batch(tmp_path, "award.grant", text.replace("万元", "公斤"), out=".csv")
    assert result.exit_code == 2
    assert "`公斤` is not a unit" in result.stderr
    assert "accepted: 元, yuan, 千元, 万元" in result.stderr
    assert rows is None


def test_a_mapping_gives_headers_their_meaning(tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("奖: amount\n", encoding="utf-8")
    text = AWARDS.replace("amount", "奖") + "individual,4000,commendation,yes\n"
    _, rows = batch(tmp_path, "award.grant", text, "--mapping", mapping)
    assert rows[0]["individual-cap.status"] == "violated"


def test_bad_rows_are_told_and_kept_and_the_others_decided(tmp_path):
    text = (
        AWARDS
        + "individual,3000,commendation,yes\nnobody,many,commendation,yes\n=cmd(),1,commendation,yes\nindividual,1,commendation,yes\n"
    )
    errors = tmp_path / "bad.csv"
    result, rows = batch(tmp_path, "award.grant", text, "--errors", errors)
    assert result.exit_code == 2
    assert [row["outcome"] for row in rows] == ["compliant", "compliant"]
    assert "row 3: recipient: " in result.stderr
    assert "amount: `amount`" in result.stderr
    bad = rows_of(errors)
    assert [(row["recipient"], row["amount"], row["row"]) for row in bad] == [
        ("nobody", "many", "3"),
        ("'=cmd()", "1", "4"),
    ]
    assert "`many`" in bad[0]["reason"]
    assert [row["column"] for row in bad] == ["recipient; amount", "recipient"]
    assert list(bad[0]) == [*AWARDS.strip().split(","), "row", "column", "reason"]


def test_text_that_a_spreadsheet_would_run_is_disarmed(tmp_path):
    text = (
        AWARDS.replace("\n", ",备注\n")
        + "individual,1,commendation,yes,=1+1\nindividual,1,commendation,yes,@x\nindividual,1,commendation,yes,-5\n"
    )
    _, rows = batch(tmp_path, "award.grant", text, out=".csv")
    assert [row["备注"] for row in rows] == ["'=1+1", "'@x", "-5"]


def test_a_file_of_another_encoding_is_read(tmp_path):
    text = "表彰对象,每人奖金,活动类别\n个人,3000.01,评比达标表彰\n".encode("gb18030")
    for given in ([], ["--encoding", "gb18030"]):
        result, rows = batch(tmp_path, "award.grant", text, *given)
        assert rows[0]["每人奖金"] == "3000.01"
        assert ("read as GB18030" in result.stderr) == (not given)
    result, rows = batch(tmp_path, "award.grant", text.decode("gb18030").encode("utf-16"))
    assert rows[0]["individual-cap.status"] == "violated" and "read as UTF-16" in result.stderr
    (tmp_path / "out.jsonl").unlink()
    result, rows = batch(tmp_path, "award.grant", text + b"\xff\xff")
    assert "the file is not UTF-8" in result.stderr
    assert rows is None
    result, _ = batch(tmp_path, "award.grant", text, "--encoding", "klingon")
    assert "the file is not KLINGON" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ["recipient,amount\nindividual,1\n", "表彰对象,每人奖金\n个人,1\n\x1a"])
def test_wide_text_is_read_with_and_without_a_mark(tmp_path, text, encoding):
    result, rows = batch(tmp_path, "award.grant", text.encode(encoding))
    assert f"read as {encoding.upper()}" in result.stderr
    assert [list(row.values())[1] for row in rows] == ["1"]


@pytest.mark.parametrize(
    "end", ["\n\x1a", "\r\n\x1a\r\n", "\n" + "\x1a" * 100, "\r\n" + "\0" * 100, "\n\0\n\x1a", "\x1a", "\0" * 100]
)
def test_what_ends_a_file_on_dos_is_no_row(tmp_path, end):
    text = AWARDS + "individual,1,commendation,yes"
    result, rows = batch(tmp_path, "award.grant", text + end)
    assert "rejected" not in result.output
    assert rows == batch(tmp_path, "award.grant", text)[1]


@pytest.mark.parametrize("text", [b"id,amount\n1,5\0", b"a,b\n1,2\n\0", b"\0"])
def test_a_short_file_that_a_zero_byte_ends_is_no_wide_text(tmp_path, text):
    (tmp_path / "cases.csv").write_bytes(text)
    assert encoding_of(tmp_path / "cases.csv") == "utf-8-sig"


def test_a_zero_byte_in_a_cell_is_no_part_of_a_number(tmp_path):
    result, rows = batch(tmp_path, "award.grant", AWARDS + "individual,1\0,commendation,yes\n")
    assert "`1\\x00` is not an amount of money" in result.stderr
    assert len(rows) == AWARDS.count("\n") - 1


def test_lines_of_json_say_what_the_interpreter_says(tmp_path):
    facts = [
        {"recipient": "individual", "amount": amount, "activity": "commendation"} for amount in ("3000", 3000.01, 0)
    ]
    text = "\n".join(json.dumps(f) for f in facts)
    _, rows = batch(tmp_path, "award.grant", text, suffix=".jsonl")
    rule = BOOK.rule("award.grant")
    for given, row in zip([["3000"], ["3000.01"], ["0"]], rows, strict=True):
        known = read_facts(rule, {"recipient": "individual", "amount": given[0], "activity": "commendation"})
        found = decide(rule, known, DAY)
        assert row["outcome"] == found.outcome
        assert {f.provision: f.status for f in found.findings} == {
            name.removesuffix(".status"): status for name, status in row.items() if name.endswith(".status")
        }


BAD_LINES = ['{"amount": 1', "[1]", '{"amount": 1, "amount": 2}', '{"amount": "\\ud800"}', "[" * 100_000, "null"]


@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("at", [0, 1])
def test_a_bad_line_of_json_is_a_refused_row_and_the_rest_is_decided(tmp_path, bad, at):
    good = [
        json.dumps({"recipient": "individual", "amount": amount, "activity": "commendation"}) for amount in (1, 9999)
    ]
    text = "\n".join([*good[:at], bad, *good[at:]]) + "\n"
    errors = tmp_path / "bad.csv"
    result, rows = batch(tmp_path, "award.grant", text, "--errors", errors, suffix=".jsonl")
    assert [row["individual-cap.status"] for row in rows] == ["satisfied", "violated"]
    assert (result.exit_code, "1 rejected" in result.stdout) == (2, True)
    assert f"row {at + 1}: " in result.stderr
    (told,) = rows_of(errors)
    assert (told["row"], told["recipient"].lstrip("'")) == (str(at + 1), bad)


def test_a_column_called_as_its_input_is_told_once(tmp_path):
    result, _ = batch(tmp_path, "eldercare.beds", "已入住的特困人员,床位数\n55%,66%\n", "--lang", "zh")
    assert "第 2 行：已入住的特困人员：`55%` 不是整数；床位数：“床位总数”：`66%` 不是整数" in result.stderr


def test_lists_of_a_refused_line_of_json_stand_in_the_errors_as_cells_have_them(tmp_path):
    lines = [
        {"principal": "third", "away": ["third", "second"], "vice_mayors": "x"},
        {"away": [], "vice_mayors": {"a": ["b"]}},
    ]
    errors = tmp_path / "bad.csv"
    text = "".join(json.dumps(line) + "\n" for line in lines)
    result, rows = batch(tmp_path, "government.substitution", text, "--errors", errors, suffix=".jsonl")
    assert (result.exit_code, rows) == (2, []), result.stderr
    assert [(row["away"], row["vice_mayors"]) for row in rows_of(errors)] == [
        ("third;second", "x"),
        ("none", '{"a": ["b"]}'),
    ]
    again = errors.read_text(encoding="utf-8-sig").replace(",x,", ",3,").splitlines()[:2]
    result, rows = batch(tmp_path, "government.substitution", "\n".join(again) + "\n")
    assert (result.exit_code, len(rows)) == (3, 1), result.stderr


def test_a_key_that_the_first_line_lacks_is_a_column(tmp_path):
    lines = [
        {"recipient": "individual", "activity": "commendation"},
        {"amount": 9999, "recipient": "individual", "备注": ["甲"]},
    ]
    _, rows = batch(tmp_path, "award.grant", "\n".join(map(json.dumps, lines)), suffix=".jsonl")
    assert [row["amount"] for row in rows] == [None, "9999"]
    assert [row["备注"] for row in rows] == [None, '["甲"]']
    assert rows[0]["individual-cap.status"] == "undetermined"


def test_lines_of_which_none_can_be_read_say_why(tmp_path):
    result, rows = batch(tmp_path, "award.grant", '{"amount": 1\n{"amount": 2\n', suffix=".jsonl")
    assert (result.exit_code, rows) == (2, None)
    assert "not valid JSON" in result.stderr


def test_two_columns_of_one_name_are_both_kept(tmp_path):
    text = AWARDS.replace("\n", ",备注,备注,,\n") + "individual,1,commendation,yes,甲,乙,丙,丁\n"
    _, rows = batch(tmp_path, "award.grant", text)
    assert [rows[0][name] for name in ("备注", "备注_2", "", "_2")] == ["甲", "乙", "丙", "丁"]


@pytest.mark.parametrize(
    "name", ["outcome", "contested", "missing", "cap", "individual-cap.status", "readings", "noted", "cites"]
)
def test_a_column_named_like_a_result_is_refused(tmp_path, name):
    text = AWARDS.replace("\n", f",{name}\n") + "individual,1,commendation,yes,mine\n"
    for out in (".csv", ".jsonl"):
        result, rows = batch(tmp_path, "award.grant", text, out=out)
        assert (result.exit_code, rows) == (2, None)
        assert f"already has a column `{name}`" in result.stderr
        assert "another name" in result.stderr


def test_in_a_workbook_both_are_kept_apart(tmp_path):
    text = AWARDS.replace("\n", ",结论,依据,每人不超过3000元\n") + "individual,1,commendation,yes,甲,乙,丙\n"
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    sheet = tmp_path / "out.xlsx"
    RUN.invoke(app, ["batch", "award.grant", str(tmp_path / "cases.csv"), "-o", str(sheet), "--lang", "zh"])
    heads, row = openpyxl.load_workbook(sheet).worksheets[0].iter_rows(values_only=True)
    assert len(set(heads)) == len(heads)
    found = dict(zip(heads, row, strict=True))
    assert [found[name] for name in ("结论", "依据", "每人不超过3000元")] == ["甲", "乙", "丙"]
    assert found["结论（判定）"] == "合规"


def test_a_cell_has_a_unit_of_its_own_or_is_refused_by_name(tmp_path):
    text = AWARDS + "individual,0.3万元,commendation,yes\nindividual,3公斤,commendation,yes\n"
    result, rows = batch(tmp_path, "award.grant", text)
    assert [row["individual-cap.status"] for row in rows] == ["satisfied"]
    assert result.exit_code == 2
    assert "row 3: amount: " in result.stderr
    assert "`3公斤`" in result.stderr


def test_a_comma_inside_a_number_does_not_move_the_cells_after_it(tmp_path):
    errors = tmp_path / "bad.csv"
    text = AWARDS + "individual,3,001,commendation,yes\nindividual,1,commendation,yes,,\n"
    result, rows = batch(tmp_path, "award.grant", text, "--errors", errors)
    assert result.exit_code == 2
    assert "row 2: amount: `3,001` may be one number" in result.stderr
    assert [row["outcome"] for row in rows] == ["compliant"]
    assert [row["row"] for row in rows_of(errors)] == ["2"]


def test_an_open_quote_does_not_swallow_rows(tmp_path):
    text = AWARDS + 'individual,1,commendation,yes\nindividual,"1,commendation,yes\nindividual,9999,commendation,yes\n'
    result, rows = batch(tmp_path, "award.grant", text)
    assert result.exit_code == 2
    assert "not valid CSV" in result.stderr
    assert rows is None


def test_exact_fractions_are_not_taken_for_formulas(tmp_path):
    from decimal import Decimal

    from policy_engine.tables.files import _safe

    assert [_safe(cell) for cell in ("-1/3", "-5%", Decimal("-1E-7"), "-1+cmd|x", "+a")] == [
        "-1/3", "-5%", "-1E-7", "'-1+cmd|x", "'+a",
    ]  # fmt: skip


@pytest.mark.parametrize("out", [".csv", ".jsonl"])
def test_a_run_that_fails_half_way_leaves_nothing(tmp_path, out):
    text = (AWARDS + "individual,1,commendation,yes\n" * 900).encode() + b"\xff\xfe"
    result, rows = batch(tmp_path, "award.grant", text, "--errors", tmp_path / "bad.csv", out=out)
    assert result.exit_code == 2
    assert rows is None
    assert [p.name for p in tmp_path.iterdir()] == ["cases.csv"]


def test_rows_are_read_as_they_are_needed(tmp_path):
    from policy_engine.tables.files import read_table

    table = tmp_path / "cases.csv"
    table.write_bytes(("a,b\n" * 100_000).encode() + b"\xff")  # read whole, it would be refused at once
    assert next(iter(read_table(table, None, "utf-8-sig"))) == (1, ["a", "b"])


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        ("甲,乙\n1,2\n", (), "names an input of award.grant"),
        (AWARDS.replace("amount", "recipient"), (), "two columns give `Recipient`"),
        (AWARDS, ("--reading", "cap_per=week"), "week"),
        (AWARDS, ("--sheet", "甲"), "has no sheets"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(tmp_path, text, args, message):
    result, rows = batch(tmp_path, "award.grant", text + "individual,1,commendation,yes\n" * ("甲" not in text), *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert rows is None


def test_an_interrupted_run_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "out.jsonl").write_text('{"kept": true}\n', encoding="utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("policy_engine.tables.batch.decide", interrupted)
    _, rows = batch(tmp_path, "award.grant", AWARDS + "individual,1,commendation,yes\n")
    assert rows == [{"kept": True}]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cases.csv", "out.jsonl"]


@pytest.mark.parametrize(("lang", "find", "stop"), [("en", "find out", ".;"), ("zh", "尚需查明", "。；")])
def test_lists_in_a_workbook_are_written_as_in_its_language(tmp_path, lang, find, stop):
    meetings = "members,present,matter,sides_close\n9,7,major,yes\n"
    (tmp_path / "cases.csv").write_text(meetings, encoding="utf-8")
    given = ["batch", "party-group.meeting", tmp_path / "cases.csv", "-o", tmp_path / "out.xlsx", "--lang", lang]
    RUN.invoke(app, list(map(str, given)))
    head, row = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True)
    (wanted,) = [cell for name, cell in zip(head, row, strict=True) if find in name]
    assert ("、" in wanted) is (lang == "zh")
    assert ("; " in wanted) is (lang == "en")
    assert not [cell for cell in row if isinstance(cell, str) and stop in cell]


@pytest.mark.parametrize(
    "command", [["batch", "government.trip"], ["register", "government.trip", "--from", "2025-01-01"]]
)
def test_results_do_not_replace_the_table_they_are_of(tmp_path, command):
    trips = "返回日期,报告日期\n2025-02-01,2025-02-03\n"
    (tmp_path / "trips.csv").write_text(trips, encoding="utf-8")
    (tmp_path / "same.csv").symlink_to(tmp_path / "trips.csv")
    for name in ("trips.csv", "same.csv"):
        result = RUN.invoke(app, [*command, str(tmp_path / "trips.csv"), "-o", str(tmp_path / name), "--lang", "en"])
        assert result.exit_code == 2
        assert "would replace" in result.stderr
        assert (tmp_path / "trips.csv").read_text(encoding="utf-8") == trips


@pytest.mark.parametrize("wrong", ["trips.csv", "same.csv", "out.csv", "more.csv"])
def test_rejected_rows_replace_neither_the_table_nor_the_results(tmp_path, wrong):
    cases = "amount,recipient\nmuch,individual\n1,individual\n"
    (tmp_path / "trips.csv").write_text(cases, encoding="utf-8")
    (tmp_path / "more.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "same.csv").symlink_to(tmp_path / "trips.csv")
    given = [tmp_path / "trips.csv", "-o", tmp_path / "out.csv", "--errors", tmp_path / wrong]
    of_lists = ["--rows", f"member={tmp_path / 'more.csv'}#x"] if wrong == "more.csv" else []
    result = RUN.invoke(app, ["batch", "award.grant", *map(str, given), *of_lists, "--lang", "en"])
    assert result.exit_code == 2
    assert "would replace" in result.stderr
    assert (tmp_path / "trips.csv").read_text(encoding="utf-8") == cases
    assert not (tmp_path / "out.csv").exists()
