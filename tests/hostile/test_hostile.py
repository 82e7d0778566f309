"""Hostile input: refused in one clear message or read rightly; no traceback, no hang, no exit code that means a verdict."""

import json
import shutil
import sqlite3
import time
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.basics.errors import Place, problem, visible
from policy_engine.doors.main import app
from policy_engine.procedures.load import load_procedure
from policy_engine.procedures.watch import Stream
from policy_engine.proving.audit import audit, read_source
from policy_engine.reports import junit, sarif
from policy_engine.rulefiles.cache import cached

HEAD = ["recipient", "amount", "activity", "approved_by_region"]
ROW = ["individual", "1", "commendation", "yes"]


def run(*args, given=None):
    return CliRunner().invoke(app, [str(arg) for arg in args], input=given)


def refused(result, words=""):
    """A clear refusal: exit code 2, nothing on standard output, no traceback."""
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert words in result.stderr
    return True


@pytest.mark.parametrize("name", ["", "x" * 300, "../../etc/passwd", "/etc/passwd", "a.b\x00c", "A.B", "a..b"])
def test_a_name_that_is_none_is_unknown(name):
    assert refused(run("check", name, "--lang", "en"), "unknown decision")
    with pytest.raises(policy_engine.PolicyError):
        policy_engine.load().decide(name, {})


@pytest.mark.parametrize("name", ["../../../evil.x", "/abs/evil", "a/b.c", "A.b"])
def test_a_draft_stays_in_its_folder(tmp_path, name):
    (tmp_path / "gazette.txt").write_text("第七条 不超过3000元。", encoding="utf-8")
    given = [
        "new",
        name,
        "--source",
        tmp_path / "gazette.txt",
        "--document",
        "x",
        "--at",
        "第七条",
        "--rules",
        tmp_path / "r",
    ]
    assert refused(run(*given, "--lang", "en"), "is no name for a decision")
    assert [path.name for path in tmp_path.iterdir()] == ["gazette.txt"]


def test_what_a_terminal_would_obey_is_shown_escaped():
    assert visible("拉萨 a-b") == "拉萨 a-b"
    assert visible("\x1b[2J\x07\n\u202e\x9b") == "\\x1b[2J\\x07\\n\\u202e\\x9b"
    result = run("check", "award.grant", "--set", "amount=\x1b[2J", "--lang", "en")
    assert "\x1b" not in result.stderr
    assert "\\x1b[2J" in result.stderr
    given = {"document_kind": "regulatory", "pages": 11, "characters": 1, "demands": "none"}
    forged = {"length-pages": {"who": "x", "why": "y\n✓ forged\x1b[31m"}}
    book = policy_engine.load()
    known = {p.id for p in book.rule("document.submission").provisions}
    forged = {next(i for i in sorted(known) if "page" in i): forged["length-pages"]}
    result = run("check", "document.submission", "--facts", "-", given=json.dumps({**given, "justifications": forged}))
    assert "\x1b" not in result.stdout
    assert "\n✓ forged" not in result.stdout


@pytest.mark.parametrize(
    "url", ["postgresql://u:SECRET@h/db", "mysql://u:SECRET@h/db#t", "POSTGRESQL://u:SECRET@h/db#t"]
)
def test_a_password_is_never_printed(tmp_path, url):
    result = run("batch", "award.grant", url, "-o", tmp_path / "x.parquet", "--lang", "en")
    assert result.exit_code == 2
    assert "SECRET" not in result.output + result.stderr


def test_half_a_pair_is_no_character(tmp_path):
    assert refused(
        run("check", "award.grant", "--facts", "-", "--lang", "en", given='{"amount": "\\ud800"}'), "surrogate"
    )


def test_a_register_to_the_end_of_the_calendar(tmp_path):
    (tmp_path / "in.csv").write_text("日期,奖励金额\n", encoding="utf-8")
    given = [
        "register",
        "award.grant",
        tmp_path / "in.csv",
        "--from",
        "2025-01-01",
        "--to",
        "9999-12-31",
        "--as-of",
        "9999-12-31",
    ]
    assert refused(run(*given, "--lang", "en"), "at most 100 years")


def test_periods_end_with_the_calendar():
    import datetime as dt

    from policy_engine.registers.periods import Span, periods

    last = [p.last for p in periods(3, Span(dt.date(9999, 8, 1), dt.date.max))]
    assert last == [dt.date(9999, 9, 30), dt.date.max]


# --- workbooks and Parquet -------------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append(ROW)
    book.save(tmp_path / "in.xlsx")
    return tmp_path / "in.xlsx"


def batch(path, *args):
    return run(
        "batch", "award.grant", path, "-o", path.with_name("out.csv"), "--as-of", "2025-03-01", "--lang", "en", *args
    )


def rewritten(path, change):
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"</row>", b"</wor>"),
    ],
)
def test_a_broken_sheet_is_one_message(workbook, change):
    rewritten(workbook, change)
    assert refused(batch(workbook), "not a workbook")
    assert not workbook.with_name("out.csv").exists()


def test_a_sheet_that_unfolds_without_end_is_refused(workbook, monkeypatch):
    monkeypatch.setattr("policy_engine.tables.workbook.UNPACKED", 1 << 20)
    rewritten(workbook, lambda xml: xml.replace(b"</sheetData>", b" " * (2 << 20) + b"</sheetData>"))
    assert refused(batch(workbook), "unpacks to more than 1 MiB")


@pytest.mark.parametrize("note", ["x" * 40_000, "𠮷" * 16_384])
def test_a_text_too_long_for_a_cell_is_refused_not_cut(tmp_path, note):
    (tmp_path / "in.csv").write_text(",".join([*HEAD, "note"]) + "\n" + ",".join([*ROW, note]), encoding="utf-8")
    given = ["batch", "award.grant", tmp_path / "in.csv", "-o", tmp_path / "out.xlsx", "--lang", "en"]
    assert refused(run(*given), "a cell holds 32,767 characters")
    assert not (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_a_file_is_read_by_its_own_name(tmp_path, name):
    pa = pytest.importorskip("pyarrow.parquet") and pytest.importorskip("pyarrow")
    for file, amount in (("cases[1]", "3001"), ("cases1", "1")):
        pa.parquet.write_table(
            pa.table(
                {
                    "recipient": ["individual"],
                    "amount": pa.array([amount]).cast(pa.decimal128(18, 2)),
                    "activity": ["commendation"],
                    "approved_by_region": [True],
                }
            ),
            tmp_path / f"{file}.parquet",
        )
    result = batch(tmp_path / "cases[1].parquet", "--engine", name)
    assert result.exit_code == 1


def test_columns_that_differ_in_case_are_refused(tmp_path):
    pa = pytest.importorskip("pyarrow.parquet") and pytest.importorskip("pyarrow")
    table = pa.table([pa.array(["individual"]), pa.array(["collective"])], names=["recipient", "Recipient"])
    pa.parquet.write_table(table, tmp_path / "in.parquet")
    assert refused(batch(tmp_path / "in.parquet", "--engine", "duckdb"), "columns of one name: recipient, Recipient")


def test_a_date_past_the_calendar_is_refused_by_column(tmp_path):
    pa = pytest.importorskip("pyarrow.parquet") and pytest.importorskip("pyarrow")
    days = pa.array([2_932_897], pa.int32()).cast(pa.date32())  # 10000-01-01
    pa.parquet.write_table(pa.table({"acquired_on": days}), tmp_path / "in.parquet")
    result = run("batch", "parking.premium", tmp_path / "in.parquet", "-o", tmp_path / "o.jsonl", "--lang", "en")
    assert result.exit_code == 2
    assert "row 1: acquired_on: " in result.stderr
    assert "`10000-01-01` is not a date" in result.stderr
    assert "1 rejected" in result.stdout


# --- what others read ------------------------------------------------------------------------------------------------


def test_junit_is_xml_for_every_character():
    class Case:
        place, decision = Place("a\x01.yaml", 1, 1), "x\ufffe"

        class name:  # noqa: N801
            en = "a\x01b\ufffe\ud800"

    class Result:
        case, passed, differences = Case, True, ()

    ElementTree.fromstring(junit.report([Result]))


def test_sarif_places_are_uris():
    found = problem("x", "x", "x", Place("规则 1/a b.yaml", 1, 1))
    assert "%20" in sarif.report([found], "en", "1")
    assert "规则" not in sarif.report([found], "en", "1")


@pytest.mark.parametrize("text", ["1," * 30_000, "一" * 60_000, "第一条 不超过3元。\n" * 6_000, "1\n" * 12_000])
def test_an_audit_takes_time_in_proportion(text, town):
    started = time.process_time()
    audit(read_source(text, ()), policy_engine.load(), ())
    assert time.process_time() - started < 30


def test_a_rule_that_changes_while_it_is_compiled_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICY_CACHE", str(tmp_path / "cache"))
    source = tmp_path / "rule"
    source.write_text("A", encoding="utf-8")

    def saved_meanwhile():
        source.write_text("B", encoding="utf-8")
        return "B"

    assert cached("rule", (source,), saved_meanwhile) == "B"
    source.write_text("A", encoding="utf-8")
    assert cached("rule", (source,), lambda: "A") == "A"
    shutil.rmtree(tmp_path / "cache")


# --- rules without end -----------------------------------------------------------------------------------------------


def quickly(seconds=20):
    started = time.process_time()
    return lambda: time.process_time() - started < seconds


RULE = """
decision: town.rule
document: X
inputs:
{inputs}
provisions:
{provisions}
"""
CHECK = "  - {{id: cap, cite: {{at: 一, phrase: 无}}, derived: [{{value: {n}, why: x}}], require: {require}}}"


def rule(town, inputs, *provisions):
    text = RULE.format(inputs="\n".join(f"  {i}" for i in inputs), provisions="\n".join(provisions))
    return town(text)


def check(require, n=5):
    return CHECK.format(require=require, n=n)


def test_the_greatest_of_thirty_names(town):
    in_time = quickly()
    names = [f"x{i}" for i in range(30)]
    book = rule(town, [f"{x}: {{type: count}}" for x in names], check(f'"max({", ".join(names)}) <= 5"'))
    found = book.decide("town.rule", dict.fromkeys(names, 3) | {"x7": 9}).findings[0]
    assert (found.status, [(r.input, r.value) for r in found.remedies]) == ("violated", [("x7", 5)])
    assert in_time()


def test_a_set_of_three_hundred_options(town):
    in_time = quickly()
    options = [f"o{i}" for i in range(300)]
    inputs = [f"s: {{type: set, of: [{', '.join(options)}]}}"]
    book = rule(town, inputs, check("size(s) <= 5"))
    found = book.decide("town.rule", {"s": options[:9]}).findings[0]
    assert found.status == "violated"
    assert in_time()


def test_squares_of_squares(town):
    in_time = quickly()
    chain = [
        f"  - {{id: v{i}, cite: {{at: 一, phrase: 无}}, value: {{type: number, is: v{i - 1} * v{i - 1}}}}}"
        for i in range(1, 35)
    ]
    book = rule(town, ["v0: {type: number}"], *chain, check("v34 <= 5"))
    found = book.decide("town.rule", {"v0": 3})
    assert found.findings[0].status == "undetermined"
    assert "2000" in found.findings[0].reason.en
    assert in_time()


def test_a_chain_of_two_thousand_formulas(town):
    in_time = quickly(60)
    chain = [
        f"  - {{id: v{i}, cite: {{at: 一, phrase: 无}}, value: {{type: number, is: v{i - 1} + v0}}}}"
        for i in range(1, 2001)
    ]
    book = rule(town, ["v0: {type: number}"], *chain, check("v2000 <= 5"))
    assert [f.status for f in book.decide("town.rule", {"v0": 3}).findings] == ["violated"]
    assert in_time()


def test_a_thousand_exceptions(town):
    in_time = quickly()
    unless = ", ".join(["{when: f, cite: {at: 一, phrase: 无}}"] * 1000)
    text = f"  - {{id: cap, cite: {{at: 一, phrase: 无}}, derived: [{{value: 5, why: x}}], unless: [{unless}], require: n <= 5}}"
    book = rule(town, ["n: {type: count}", "f: {type: flag}"], text)
    assert [f.status for f in book.decide("town.rule", {"n": 6, "f": False}).findings] == ["violated"]
    assert in_time()


# --- files without end, and files that are none -----------------------------------------------------------------------


def test_a_file_without_end_is_read_to_the_limit():
    in_time = quickly(60)
    assert refused(run("check", "award.grant", "--facts", "/dev/zero", "--lang", "en"), "larger than 32 MiB")
    assert in_time()


def test_a_line_of_events_without_end():
    in_time = quickly(60)
    stream = Stream(load_procedure("government.trip"), (b"x" * 65536 for _ in range(10_000)))
    with pytest.raises(policy_engine.PolicyError, match="larger than 32 MiB"):
        list(stream.answers())
    assert in_time()


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "rule.yaml").symlink_to(tmp_path / "nothing")
    for command in (("list",), ("check", "t.rule")):
        assert refused(
            run(*command, "--rules", tmp_path, "--lang", "en"), "rule.yaml: not a file, or a link that leads nowhere"
        )


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM meta WHERE key = 'digest'", "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END", "CREATE VIEW v AS SELECT 1"],
)  # fmt: skip
def test_a_state_file_that_was_not_written_here(tmp_path, change):
    procedure = load_procedure("government.trip")
    assert list(Stream(procedure, [], state=tmp_path / "state").answers()) == [[]]
    with sqlite3.connect(tmp_path / "state") as file:
        file.execute(change)
    file.close()
    with pytest.raises(policy_engine.PolicyError, match="none that was written here"):
        list(Stream(procedure, [], state=tmp_path / "state").answers())


def test_a_header_without_end_is_read_in_time(tmp_path):
    in_time = quickly(20)
    (tmp_path / "in.csv").write_text(f"recipient,a{' ' * 100_000}b\nindividual,1\n", encoding="utf-8")
    assert batch(tmp_path / "in.csv").exit_code == 3
    assert in_time()
