"""DMN models and sheets become decisions that give what their rows say."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from policy_engine.basics.errors import PolicyError
from policy_engine.book import load
from policy_engine.doors.main import app
from policy_engine.importing.formulas import Unsaid
from policy_engine.importing.grid import GridColumn, condition, split

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="Pool">'
INPUTS = """
<itemDefinition name="tDay"><typeRef>string</typeRef><allowedValues><text>"work", "off"</text></allowedValues></itemDefinition>
<inputData name="Age"><variable name="Age" typeRef="number"/></inputData>
<inputData name="Kind of Day"><variable name="Kind of Day" typeRef="tDay"/></inputData>
<inputData name="Member"><variable name="Member" typeRef="boolean"/></inputData>
"""


def model(policy, rows, aggregation="", outputs='<output typeRef="number"/>', name="Fee"):
    entries = "".join(
        "<rule>" + "".join(f"<inputEntry><text>{c}</text></inputEntry>" for c in tests)
        + "".join(f"<outputEntry><text>{c}</text></outputEntry>" for c in results) + "</rule>"
        for tests, results in rows
    )  # fmt: skip
    asked = "".join(
        f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in ("Age", "Kind of Day", "Member")
    )
    return (
        f'<decision name="{name}"><variable name="{name}"/><decisionTable hitPolicy="{policy}" {aggregation}>'
        f"{asked}{outputs}{entries}</decisionTable></decision>"
    )


UNIQUE = [
    (("&lt; 6", "-", "-"), ("0",)),
    (("[6..18)", '"work"', "-"), ("5",)),
    (("[6..18)", 'not("work")', "-"), ("8",)),
    (("&gt;= 18", "-", "true"), ("9.5",)),
    (("&gt;= 18", "-", "false"), ("12",)),
]


def imported(tmp_path, *decisions):
    (tmp_path / "m.dmn").write_text(HEAD + INPUTS + "".join(decisions) + "</definitions>", encoding="utf-8")
    return CliRunner().invoke(
        app, ["import", "dmn", str(tmp_path / "m.dmn"), "pool.fee", "-o", str(tmp_path / "rules")]
    )


def value(tmp_path, formula, **facts):
    decision = load(tmp_path / "rules").decide("pool.fee", facts, "2025-01-01")
    found = {r.provision: r.value for r in decision.results}[formula]
    return None if type(found).__name__ == "Unknown" else found


@pytest.mark.parametrize(
    ("facts", "fee"),
    [
        ({"age": "5"}, 0), ({"age": "6", "kind_of_day": "work"}, 5), ({"age": "17.9", "kind_of_day": "off"}, 8),
        ({"age": "18", "member": "true"}, 9.5), ({"age": "18", "member": "false"}, 12), ({"age": "18"}, None),
    ],
)  # fmt: skip
def test_one_row_of_a_unique_table_holds(tmp_path, facts, fee):
    result = imported(tmp_path, model("UNIQUE", UNIQUE))
    assert result.exit_code == 0, result.output
    assert value(tmp_path, "fee", **facts) == fee
    rule = load(tmp_path / "rules").rule("pool.fee")
    assert rule.document.number == "Pool"
    assert rule.provisions[0].case_cites[1].phrase == '[6..18) | "work" | - | 5'


OVERLAPPING = [(("&gt; 10", "-", "-"), ("5",)), (("&gt; 20", "-", "-"), ("7",)), (("&gt; 30", "-", "-"), ("7",))]


@pytest.mark.parametrize(
    ("policy", "aggregation", "fees"),
    [
        ("UNIQUE", "", (5, None)), ("ANY", "", (5, None)), ("FIRST", "", (5, 5)), ("COLLECT", 'aggregation="SUM"', (5, 19)),
        ("COLLECT", 'aggregation="MIN"', (5, 5)), ("COLLECT", 'aggregation="MAX"', (5, 7)), ("COLLECT", 'aggregation="COUNT"', (1, 3)),
    ],
)  # fmt: skip
def test_each_hit_policy_says_what_overlapping_rows_come_to(tmp_path, policy, aggregation, fees):
    result = imported(tmp_path, model(policy, OVERLAPPING, aggregation))
    assert result.exit_code == 0, result.output
    assert tuple(value(tmp_path, "fee", age=age) for age in ("15", "31")) == fees


def test_the_priority_of_results_decides_and_a_default_is_kept(tmp_path):
    rows = [(("&gt; 10", "-", "-"), ('"low"',)), (("&gt; 20", "-", "-"), ('"high"',))]
    outputs = '<output typeRef="string"><outputValues><text>"high", "low", "none at all"</text></outputValues><defaultOutputEntry><text>"none at all"</text></defaultOutputEntry></output>'
    assert imported(tmp_path, model("PRIORITY", rows, "", outputs)).exit_code == 0
    assert [value(tmp_path, "fee", age=age) for age in ("5", "15", "25")] == ["none at all", "low", "high"]


def test_what_cannot_be_said_is_told_and_the_rest_is_read(tmp_path):
    listing = model("COLLECT", OVERLAPPING, name="All fees")
    computed = model("UNIQUE", [(("Age + 1", "-", "-"), ("1",))], name="Sum")
    free = '<decision name="Free"><literalExpression><text>1 + 1</text></literalExpression></decision>'
    result = imported(tmp_path, model("UNIQUE", UNIQUE), listing, computed, free)
    assert result.exit_code == 0, result.output
    for said in (
        "All fees: a hit policy that gives a list: C",
        "Sum: a cell that is more",
        "Free: a decision without a table",
    ):
        assert said in result.output
    assert [p.id for p in load(tmp_path / "rules").rule("pool.fee").provisions] == ["fee"]


@pytest.mark.parametrize("text", ['<!DOCTYPE d [<!ENTITY a "b">]><d/>', "<d>", "", "<d>" * 200])
def test_xml_that_is_not_usable_is_refused(tmp_path, text):
    (tmp_path / "m.dmn").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["import", "dmn", str(tmp_path / "m.dmn"), "a.b", "-o", str(tmp_path)])
    assert result.exit_code == 2
    assert "not usable XML" in result.output


def test_a_sheet_is_looked_up(tmp_path):
    (tmp_path / "rates.csv").write_text("地区,人数,标准\n城区,<= 3,100\n城区,> 3,120.5\n县,,80\n", encoding="utf-8")
    arguments = ["import", "table", str(tmp_path / "rates.csv"), "pool.fee", "-o", str(tmp_path / "rules")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    found = [value(tmp_path, "标准", 地区=a, 人数=n) for a, n in (("城区", "3"), ("城区", "4"), ("县", "9"))]
    assert found == [100, 120.5, 80]
    assert CliRunner().invoke(app, arguments).exit_code == 2  # it is there already


@pytest.mark.parametrize("text", ["", "a\n1\n", "a,b\n", "a,b\n1,2\n3\n", "a,b\n1,2\nx,3\n"])
def test_a_sheet_that_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert (
        CliRunner().invoke(app, ["import", "table", str(tmp_path / "t.csv"), "a.b", "-o", str(tmp_path)]).exit_code == 2
    )


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("-", ""), ("5", "x == 5"), ("5, 7", "(x == 5 or x == 7)"), ("]1..2[", "1 < x < 2"), ("not(< 3)", "not (x < 3)"),
        ("= 4", "x == 4"), ("> y", "x > other"),
    ],
)  # fmt: skip
def test_the_tests_of_a_cell(test, said):
    assert condition(GridColumn("x", "X"), test, {"y": GridColumn("other", "y", "number")}) == said


def test_kinds_of_one_column_agree():
    with pytest.raises(Unsaid):
        condition(GridColumn("x", "X", "number"), '"a"', {})
    assert list(split('"a,b", c(1,2), 3')) == ['"a,b"', "c(1,2)", "3"]


HELD = '<inputData name="Age"><variable name="Age" typeRef="{}"/></inputData>'


def one_column(policy, cells, results, kind="number", output='<output typeRef="number"/>', values=""):
    held = f"<inputValues><text>{values}</text></inputValues>" if values else ""
    rules = "".join(
        f"<rule><inputEntry><text>{a}</text></inputEntry><outputEntry><text>{b}</text></outputEntry></rule>"
        for a, b in zip(cells, results, strict=True)
    )
    table = f"<input><inputExpression><text>Age</text></inputExpression>{held}</input>{output}{rules}"
    made = f'<decision name="Fee"><decisionTable hitPolicy="{policy}">{table}</decisionTable></decision>'
    return HEAD + HELD.format(kind) + made.replace('="COLLECT"', '="COLLECT" aggregation="SUM"') + "</definitions>"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (one_column("PRIORITY", ["> 1", "> 2"], ["1", "2"]), "results whose priorities are not given"),
        (one_column("COLLECT", ["> 1"], ['"a"'], output='<output typeRef="string"/>'), "a total of what is no number"),
        (
            one_column("COLLECT", ["> 1"], ["1"], output="<output><defaultOutputEntry><text>7</text></defaultOutputEntry></output>"),
            "or with a default",
        ),
        (one_column("UNIQUE", ["not(-)"], ["1"]), "a test that never holds"),
        (one_column("UNIQUE", ["３"], ["1"]), "more than a literal"),
        (one_column("UNIQUE", ['["a".."c"]'], ["1"], "string"), "an order of texts"),
        (one_column("UNIQUE", ["> 1"], ["1"], "dateTime"), "a type that is not known, or a list: dateTime"),
        (one_column("UNIQUE", ["> 1"], ["1"], values="1, 2, 3"), "values that an input is held to: 1, 2, 3"),
    ],
)  # fmt: skip
def test_what_a_model_means_otherwise_is_refused_by_name(tmp_path, text, reason):
    (tmp_path / "fee.dmn").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["import", "dmn", str(tmp_path / "fee.dmn"), "pool.fee", "-o", str(tmp_path / "rules")]
    )
    assert result.exit_code == 2
    assert reason in result.output


def test_names_stay_apart_and_inputs_are_held_to_their_values(tmp_path):
    text = one_column("FIRST", ["&lt; .5", "-"], ["-.5", "1"], values="[0..10]")
    more = '<inputData name="age"/><inputData name="if"/><inputData name="as of"/>'
    asked = "".join(
        f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in ("age", "if", "as of")
    )
    text = text.replace("<decision ", more + "<decision ").replace("</input><output", f"</input>{asked}<output")
    text = text.replace("</inputEntry><out", "</inputEntry>" + "<inputEntry><text>3</text></inputEntry>" * 3 + "<out")
    (tmp_path / "fee.dmn").write_text(
        '<?xml version="1.0" encoding="GBK"?>' + text.replace("Fee", "费"), encoding="utf-8"
    )
    result = CliRunner().invoke(
        app, ["import", "dmn", str(tmp_path / "fee.dmn"), "pool.fee", "-o", str(tmp_path / "rules")]
    )
    assert result.exit_code == 0, result.output
    book = load(tmp_path / "rules")
    assert list(book.rule("pool.fee").inputs) == ["age", "age_x", "if_x", "as_of_x"]
    facts = {"age": 0, "age_x": 3, "if_x": 3, "as_of_x": 3}
    assert str(book.decide("pool.fee", facts).values["费"]) == "-1/2"
    with pytest.raises(PolicyError, match="at most 10"):
        book.decide("pool.fee", {**facts, "age": 11})


def looked_up(tmp_path, text):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    found = CliRunner().invoke(app, ["import", "table", str(tmp_path / "t.csv"), "city.t", "-o", str(tmp_path / "rules"), "--lang", "en"])  # fmt: skip
    return found, tmp_path / "rules"


def test_identifiers_keep_their_leading_zeros(tmp_path):
    _, rules = looked_up(tmp_path, "job,rate\n0101,1.5\n101,3\n-,9\n".replace("-,9\n", ""))
    values = [load(rules).decide("city.t", {"job": job}).results[0].value for job in ("0101", "101")]
    assert values == [1.5, 3]


def test_days_are_read_however_they_are_written(tmp_path):
    _, rules = looked_up(tmp_path, "day,rate\n2024-01-01,1\n2024/7/1,2\n2024年8月1日,3\n")
    values = [load(rules).decide("city.t", {"day": day}).results[0].value for day in ("2024-07-01", "2024-08-01")]
    assert values == [2, 3]


def test_a_key_that_stands_twice_with_different_results_is_refused(tmp_path):
    found, _ = looked_up(tmp_path, "a,b\n1,2\n1,3\n")
    assert (found.exit_code, "a key that stands twice with different results: 1" in found.output) == (2, True)


def test_inputs_that_a_model_does_not_declare_are_read(tmp_path):
    (tmp_path / "p.dmn").write_text(HEAD + model("FIRST", UNIQUE) + "</definitions>", encoding="utf-8")
    arguments = ["import", "dmn", str(tmp_path / "p.dmn"), "city.pool", "-o", str(tmp_path / "rules")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    facts = {"age": 7, "kind_of_day": "work", "member": False}
    assert load(tmp_path / "rules").decide("city.pool", facts).results[0].value == 5
