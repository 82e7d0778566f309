"""What is shown of foreign text: nothing a terminal obeys, no forged line, no password, in every format."""

import csv
import json
import os
import pty
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from streams import jsonl, line
from typer.testing import CliRunner

from policy_engine.basics.errors import Place, problem, visible, without_password
from policy_engine.doors.main import app
from policy_engine.proving.scenarios import Difference
from policy_engine.reports import junit, sarif

POLICY = (sys.executable, "-m", "policy_engine")
ESCAPE, FORGED = "\x1b[2J\x9b1m\u202e", "x\n✓ forged"
OBEYED = "\x1b\x9b\u202e\x07"
RULE = r"""
decision: town.rule
document: "N\e[1m\n✓ forged"
title: {en: "T\e[2J\n✓ forged", zh: "T\e[2J\n✓ forged"}
inputs:
  n: {type: count, label: {en: "L\e[2J\n✓ forged", zh: "L\u202E\n✓ forged"}}
  c: {type: choice, of: {a: {en: "A\e[2J\n✓ forged", zh: "甲\a"}, b: 乙}}
provisions:
  - {id: cap, title: "P\e[2J\n✓ forged", cite: {at: "一\e\n✓ forged", phrase: "无\e\n✓ forged"}, derived: [{value: 5, why: x}],
     require: n <= 5, note: "N\x9B\n✓ forged"}
"""


def run(*args, given=None):
    return CliRunner().invoke(app, [str(arg) for arg in args], input=given)


def harmless(text):
    """Nothing in it is obeyed, and no line of it was forged."""
    assert not set(text) & set(OBEYED), text
    assert not any(row.startswith("✓ forged") for row in text.splitlines()), text
    return True


@pytest.fixture
def tree(town, tmp_path):
    town(RULE)
    return tmp_path


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_words_of_a_rule_file(tree, lang, format):
    for command in (("check", "town.rule", "--set", "n=6", "--set", "c=a"), ("show", "town.rule"), ("list",)):
        result = run(*command, "--rules", tree, "--lang", lang, "--format", format, *(["-o", f"{format}:{tree / 'out'}"] * (command[0] == "check")))  # fmt: skip
        assert result.exit_code in (0, 1)
        assert harmless(result.stdout)
        if command[0] == "check":
            assert (tree / "out").read_text(encoding="utf-8") == result.stdout
        if format == "json" and command[0] == "check":
            assert json.loads(result.stdout)["title"]["en"] == "T\x1b[2J\n✓ forged"  # escaped, not lost


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("format", ["text", "json"])
def test_events(tmp_path, lang, format):
    events = [
        line(f"a{ESCAPE}", f"c{ESCAPE}{FORGED}", "approved", "2025-03-01", {"led_by": "vice-mayor"}),
        line(f"b{FORGED}", "d", f"appr{ESCAPE}{FORGED}", "2025-03-01"),
        line("c", "d", "approved", "2025-03-01", {f"{ESCAPE}{FORGED}": 1}),
        line(f"d{FORGED}", f"c{ESCAPE}{FORGED}", "withdrawn", "2025-03-01", corrects=f"a{ESCAPE}"),
    ]
    (tmp_path / "e.jsonl").write_bytes(jsonl(events) + b'{"id": "\x1b[2J')
    result = run("watch", "government.trip", tmp_path / "e.jsonl", "--format", format, "--lang", lang)
    assert result.exit_code == 2
    assert harmless(result.stdout)
    assert harmless(result.stderr)


def test_a_terminal_gets_what_a_pipe_gets(tmp_path):
    """Where there is a terminal colours are ours alone."""
    wrong = [("check", f"x{ESCAPE}.y"), ("check", "award.grant", "--format", ESCAPE), ("check", "award.grant", "-o", ESCAPE),
             ("show", f"x{ESCAPE}.y"), ("watch", ESCAPE, "-"), ("batch", "award.grant", f"{ESCAPE}.csv", "-o", f"{ESCAPE}.csv"),
             ("check", "award.grant", "--facts", f"{ESCAPE}.yaml"), ("report", f"{ESCAPE}.yaml"), ("list", "--rules", ESCAPE)]  # fmt: skip
    for args in wrong:
        ours, theirs = pty.openpty()
        ran = subprocess.run(
            [*POLICY, *args], stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, cwd=tmp_path, check=False
        )
        os.close(theirs)
        assert ran.returncode == 2
        assert ESCAPE[:4] not in os.read(ours, 100_000).decode()
        os.close(ours)


def test_cells_that_a_spreadsheet_would_run_or_a_terminal_obey(tmp_path):
    names = ["\n=1+1", "＝1", " =1", "+1 x", f"{ESCAPE}", "@x", "a\nb"]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["recipient", "who"], *(["individual", name] for name in names)])
    assert run("batch", "award.grant", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--lang", "en").exit_code == 3
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = [row["who"] for row in csv.DictReader(file)]
    assert kept == ["'\n=1+1", "'＝1", "' =1", "'+1 x", visible(ESCAPE), "'@x", "a\nb"]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:SECRET@h/db", "postgresql:/u:SECRET@h/db#t", "mysql://u:SE@SECRET@h/db", "x `p://u:SEC/RET SECRET@h` y",
        "postgres://h/db?user=u&password=SECRET#t", "md:db?motherduck_token=SECRET", "jdbc:x://h;pwd=SECRET;a=b", "https://:SECRET@h",
    ],
)  # fmt: skip
def test_a_password_in_any_place_of_a_url(text):
    assert "SEC" not in without_password(text)
    assert without_password("a: b@c, https://h:80/x, at 12:30") == "a: b@c, https://h:80/x, at 12:30"


@pytest.mark.parametrize("rest", [(), ("-o", "x.parquet"), ("-o", "x.csv")])
@pytest.mark.parametrize(
    "table", ["postgresql://u:SECRET@127.0.0.1:1/db", "POSTGRES://u:SECRET@h/d#t", "duckdb:///x?password=SECRET#t"]
)
def test_a_password_is_never_printed_by_any_command(tmp_path, monkeypatch, table, rest):
    monkeypatch.chdir(tmp_path)
    for command in (("batch", "award.grant", table), ("register", "party-group.year", table, "--from", "2025-01-01"),
                    ("check", "award.grant", "--facts", table), ("batch", "award.grant", "none.csv", "--errors", table)):  # fmt: skip
        result = run(*command, *rest if command[0] != "check" else ())
        assert result.exit_code == 2
        assert "SECRET" not in result.output + result.stderr


@pytest.mark.parametrize(
    "text", ["x" * 300_000, "a:/b:" * 60_000, "?password=" * 30_000, "x?" + "y" * 300_000, "a://:" + "@" * 300_000]
)
def test_hiding_passwords_takes_time_in_proportion(text):
    started = time.process_time()
    without_password(text)
    assert time.process_time() - started < 10


URI = r"^(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$"  # a relative reference without a colon in it (RFC 3986)
AT_LEAST_1 = {"type": "integer", "minimum": 1}
SARIF = {
    "type": "object", "required": ["$schema", "version", "runs"], "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": {
        "required": ["tool", "results"], "properties": {
            "tool": {"required": ["driver"], "properties": {"driver": {"required": ["name", "version", "rules"], "properties": {
                "rules": {"type": "array", "uniqueItems": True, "items": {"required": ["id"]}}}}}},
            "results": {"type": "array", "items": {"required": ["message", "ruleId"], "additionalProperties": False, "properties": {
                "ruleId": {"type": "string"}, "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
                "locations": {"type": "array", "items": {"properties": {"physicalLocation": {"required": ["artifactLocation"], "properties": {
                    "artifactLocation": {"properties": {"uri": {"type": "string", "pattern": URI}}},
                    "region": {"properties": {"startLine": AT_LEAST_1, "startColumn": AT_LEAST_1}}}}}}},
            }}}}}}},
}  # fmt: skip
"""What SARIF 2.1.0 asks of the parts that are written."""
FILES = ["a.yaml", "规则 1/a b.yaml", "a:b/#?%.yaml", "x\udc80.yaml", "/abs/[1].yaml", "\x1b\n\u202e", '"<>&', "a\\b"]


def test_warnings_keep_to_sarif():
    jsonschema = pytest.importorskip("jsonschema")
    found = [problem("x", f"{ESCAPE}{name}", "x", Place(name, i, i)) for i, name in enumerate(FILES)]
    for told in ([], found, [problem("x", "x", "x")]):
        jsonschema.validate(json.loads(sarif.report(told, "en", "1")), SARIF)


def test_junit_is_well_formed_for_every_character():
    every = "".join(map(chr, range(0x3000))) + "\ud800\udfff\ufdd0\ufffe\uffff\U0001ffff"

    class Case:
        place, decision = Place(every, 1, 1), every

        class name:  # noqa: N801
            en = every

    class Result:
        case, passed, differences = (
            Case,
            False,
            [Difference(every, every, every)],
        )

    xml = junit.report([Result])
    ElementTree.fromstring(xml.encode())
    assert harmless(xml)
