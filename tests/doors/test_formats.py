"""A format is a row: what `--format` accepts is rendered, and each format is another answer."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.reports import formats
from policy_engine.solving.solvers import missing

GRANT = ["--set", "approved_by_region=yes", "--set", "recipient=individual", "--set", "activity=commendation"]
EVENT = json.dumps({"id": "e1", "case": "c", "kind": "nothing", "at": "2025-01-01"})


@pytest.fixture
def asked(tmp_path):
    """For each table of formats, the command that offers it and what the command is given."""
    case, source = tmp_path / "case.yaml", tmp_path / "gazette.txt"
    case.write_text("decision: award.grant\nfacts: {recipient: individual, amount: 3000}\n", encoding="utf-8")
    source.write_text("拉萨市人民政府\n", encoding="utf-8")
    return {
        "CHECK": (["check", "award.grant", *GRANT, "--set", "amount=1"], None),
        "REPORT": (["report", str(case)], None),
        "COMPARE": (["compare", str(case), "--try", "amount=3001"], None),
        "MEASURE": (["measure", str(source)], None),
        "SHOW": (["show", "award.grant"], None),
        "PROCEDURE": (["show", "watch:government.trip"], None),
        "LIST": (["list"], None),
        "TEST": (["test", "scenarios/award"], None),
        "LINT": (["lint", "--rules", "tests/rules"], None),
        "PROVE": (["prove", "award.funds"], None),
        "DIFF": (["diff", "rules", "rules", "award.grant"], None),
        "LINE": (["solve", "award.grant", *GRANT, "--maximize", "amount"], None),
        "AUDIT": (["audit", "--source", str(source), "--rules", "tests/rules"], None),
        "WATCH": (["watch", "government.trip", "-"], EVENT + "\n"),
    }


TABLES = [name for name, table in vars(formats).items() if name.isupper() and isinstance(table, dict)]
LOOKS = {
    "json": lambda text: [json.loads(line) for line in (text.splitlines() if text.startswith('{"') else [text])],
    "sarif": json.loads,
    "junit": lambda text: Xml.fromstring(text.encode()),
    "markdown": lambda text: text.index("#" if text.startswith("#") else "| --- |"),
    "html": lambda text: text.index("<html"),
    "text": lambda text: None,
    "csv": lambda text: text.index(",Citation"),
    "xlsx": lambda text: text.index("PK"),
    "docx": lambda text: text.index("PK"),
    "pdf": lambda text: text.index("%PDF"),
}


def test_every_command_with_formats_is_asked(asked):
    """A table without a command, or a command whose formats are no table, would be rendered by nobody."""
    assert set(asked) == set(TABLES)
    offering = {
        n
        for c in app.registered_commands
        if "format" in c.callback.__annotations__
        for n in [c.name or c.callback.__name__]
    }
    assert offering == {arguments[0] for arguments, _ in asked.values()} | {"ask", "range"}  # as `check` and `solve`


@pytest.mark.parametrize("table", TABLES)
def test_each_format_is_accepted_and_another_answer(asked, table):
    arguments, given = asked[table]
    if table in ("PROVE", "LINE") and missing():
        pytest.skip("z3 and cvc5 are not installed (policy-engine[prove])")
    answers = {}
    for name in getattr(formats, table):
        ran = CliRunner().invoke(app, [*arguments, "--format", name, "--lang", "en"], input=given)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), (name, ran.exception)
        assert "is none of" not in ran.stderr
        answers[name] = ran.stdout
        LOOKS[name](ran.stdout)
    assert len(set(answers.values())) == len(answers)


@pytest.mark.parametrize("table", TABLES)
def test_no_other_format_is_accepted(asked, table):
    arguments, given = asked[table]
    ran = CliRunner().invoke(app, [*arguments, "--format", "another"], input=given)
    assert ran.exit_code == 2
    assert f"is none of: {', '.join(getattr(formats, table))}" in " ".join(ran.stderr.replace("│", " ").split())


def test_an_audit_tells_build_servers_where_the_number_stands(tmp_path):
    source = tmp_path / "gazette.txt"
    text = (Path("examples/second-city/gazette.txt")).read_text(encoding="utf-8")
    source.write_text(text + "\n另加77人。\n", encoding="utf-8")
    given = ["audit", "--source", str(source), "--rules", "examples/second-city/rules", "--lang", "zh", "--format"]
    sarif = CliRunner().invoke(app, [*given, "sarif"])
    (found,) = json.loads(sarif.stdout)["runs"][0]["results"]
    place = found["locations"][0]["physicalLocation"]
    assert (sarif.exit_code, found["ruleId"]) == (1, "unaccounted")
    assert place["artifactLocation"]["uri"].endswith("gazette.txt")
    assert place["region"]["startLine"] == len(text.splitlines()) + 2
    junit = Xml.fromstring(CliRunner().invoke(app, [*given, "junit"]).stdout.encode())
    assert (junit.get("failures"), "77" in junit.find(".//failure").get("message")) == ("1", True)
