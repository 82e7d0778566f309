"""Cells of tables on engines are read as the interpreter reads them, or refused by row: no cell is a value by accident."""

import datetime as dt
from decimal import Decimal

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import pyarrow as pa
import pyarrow.parquet as pq
from typer.testing import CliRunner

import engines
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import read_facts
from policy_engine.doors.main import app
from policy_engine.engines.plan import Refused, plan
from policy_engine.explaining.decision import decide

DAY = dt.date(2025, 3, 1)
RULE = """
decision: town.rule
document: X
inputs:
  kinds: {type: set, of: {car: {en: motor car, zh: 汽车, aliases: [小车]}, boat: 船, van: van, x-y: {en: X-Y, zh: "甲（乙）"}, one: {en: "a (B)", zh: 第1类}}}
  what: {type: choice, of: {car: {en: motor car, zh: 汽车, aliases: [小车]}, boat: 船, van: van, x-y: {en: X-Y, zh: "甲（乙）"}, one: {en: "a (B)", zh: 第1类}}}
  day: {type: date}
  fee: {type: money}
provisions:
  - {id: small, cite: {at: 一, phrase: 无}, require: 'not any_in(kinds, ["boat"])'}
  - {id: none-of-it, cite: {at: 一, phrase: 无}, require: 'size(kinds) == 0', derived: [{value: 0, why: x}]}
  - {id: by-car, cite: {at: 一, phrase: 无}, require: 'what == "car"'}
  - {id: after, cite: {at: 一, phrase: 无}, require: 'day >= 2024-01-01 or year(day) > 2000', derived: [{value: 2024-01-01, why: x}, {value: 2000, why: x}]}
  - {id: dear, cite: {at: 一, phrase: 9}, require: fee <= 9 * fee}
"""
SETS = [
    None,
    "",
    " ",
    "\u3000",
    "none",
    " NONE ",
    "无",
    "car",
    "car,boat",
    "boat;car",
    " car 、boat，",
    "car;;boat",
    ",",
    ";",
    "、",
    "train",
    "car train",
    "car;无",
    "CAR",
    "汽车",
    "汽车、船",
    "船;船，小车",
    "Motor CAR,motorcar",
    "mo tor car、boat",
    "甲（乙）、甲 （乙）;x-y,X-Y,X-y",
    "汽车船",
    "c ar",
    "汽 车",
    "无、汽车",
    "car汽车",
    "ＣＡＲ、小 车",
    "Ｍｏｔｏｒ　ｃａｒ；Ｘ-Ｙ",
    "x－y,BOAT",
    "甲(乙)",
    "ｂｏａｔ",
    "ＮＯＮＥ",
    "A(b)、第1类",
    "汽\u2003车、\u2009小车\u2028",
    "van, boat",
    "\u2002none\x85",
    "\u202f",
]
CHOICES = [
    *(
        "汽车",
        " 小 车",
        "Motor CAR",
        "motorcar",
        "甲（乙）",
        "甲 （乙） ",
        "X-Y",
        "X-y",
        "船船",
        "c ar",
        "BOAT",
        "汽车,船",
    ),
    None,
    "",
    "\u3000 ",
    "car",
    " car",
    "boat\n",
    "CAR",
    "train",
    "none",
    "ＣＡＲ",
    "ｍotor ＣAR",
    "Ｘ－ｙ",
    "甲(乙 )",
    "ｂｏａｔ",
    "第１类",
    "第 1类",
    "Ａ（Ｂ）",
    *(f"{blank}汽{blank}车" for blank in "\x0b\x1c\x1f\x85\u1680\u2000\u200a\u2028\u2029\u202f\u205f"),
    "汽\u200b车",
    "van",
]
FIRST, LAST, NEVER = (
    -719162,
    2932896,
    2**31 - 1,
)  # days since 1970 of 0001-01-01 and 9999-12-31, and what stands for infinity
DATES = [None, FIRST, LAST, 0, FIRST - 1, LAST + 1, NEVER, -NEVER]


def said(connected, rule, columns):
    table = engines.stored(
        connected, pa.table({"n": pa.array(range(len(next(iter(columns.values())))), pa.int64()), **columns})
    )
    found = engines.rows_of(connected, plan(rule, table, DAY, keep=["n"]).table)
    return sorted(found, key=lambda row: row["n"])


@pytest.mark.parametrize(("name", "written"), [("kinds", SETS), ("what", CHOICES)])
def test_text_is_read_as_the_interpreter_reads_it(engine, town, name, written):
    rule = town(RULE).rule("town.rule")
    for text, row in zip(written, said(engine[0], rule, {name: pa.array(written, pa.string())}), strict=True):
        try:
            wanted = decide(rule, read_facts(rule, {name: text}), DAY)
        except PolicyError:
            assert row["refused"] == name, (text, row)
        else:
            assert row["refused"] is None, (text, row)
            assert {f.provision: f.status for f in wanted.findings} == {
                f.provision: row[f"{f.provision}.status"] for f in wanted.findings
            }, text


def test_a_date_beyond_the_calendar_is_refused_by_row(engine, town):
    connected, _ = engine
    dates = DATES
    if connected.name == "spark":  # cannot be given such a table
        return
    if connected.name == "postgres":
        days = (
            "NULL",
            "'0001-01-01'",
            "'9999-12-31'",
            "'1970-01-01'",
            "'0001-12-31 BC'",
            "'10000-01-01'",
            "'infinity'",
            "'-infinity'",
        )
        for kind in ("date", "timestamp"):
            rows = ", ".join(f"({n}, {day}::{kind})" for n, day in enumerate(days))
            connected.backend.raw_sql(
                f"DROP TABLE IF EXISTS far; CREATE TABLE far AS SELECT * FROM (VALUES {rows}) AS t(n, day)"
            ).close()
            made = plan(town(RULE).rule("town.rule"), connected.backend.table("far"), DAY, keep=["n"])
            found = sorted(engines.rows_of(connected, made.table), key=lambda row: row["n"])
            assert [row["refused"] for row in found] == [None] * 4 + ["day"] * 4, kind
    else:
        found = said(connected, town(RULE).rule("town.rule"), {"day": pa.array(dates, pa.int32()).cast(pa.date32())})
    assert [row["refused"] for row in found] == [None] * 4 + ["day"] * 4


def test_what_is_no_number_is_refused_by_row(engine, town):
    connected, _ = engine
    if connected.name != "postgres":
        return  # a decimal of the others is always a number
    rule = town(RULE).rule("town.rule")
    for digits in (8, 18, 20, 38):
        connected.backend.raw_sql(
            f"DROP TABLE IF EXISTS sums; CREATE TABLE sums AS SELECT n, fee::numeric({digits},2) AS fee FROM (VALUES (0, '9'), (1, 'NaN'), (2, '-1'), (3, NULL)) AS t(n, fee)"
        ).close()
        rows = engines.rows_of(connected, plan(rule, connected.backend.table("sums"), DAY, keep=["n"]).table)
        found = {row["n"]: (row["refused"], row["dear.status"]) for row in rows}
        assert found[0] == (None, "satisfied")
        assert found[1][0] == "fee"
        assert found[3] == (None, "undetermined")


def test_a_decimal_without_a_whole_place_is_refused_by_column(engine, town):
    table = engines.stored(engine[0], pa.table({"fee": pa.array([Decimal("0.1")], pa.decimal128(38, 38))}))
    with pytest.raises(Refused, match="`fee` is"):
        plan(town(RULE).rule("town.rule"), table, DAY)


@pytest.mark.parametrize("called", ["duckdb", "polars"])
def test_decimals_that_no_engine_holds_are_refused_by_column(tmp_path, called):
    pq.write_table(pa.table({"amount": pa.array([Decimal(1)], pa.decimal256(50, 2))}), tmp_path / "in.parquet")
    told = CliRunner().invoke(app, ["batch", "award.grant", str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out.parquet"),
                                    "--engine", called, "--lang", "en"])  # fmt: skip
    assert (told.exit_code, "column amount" in told.stderr) == (2, True), told.stderr


@pytest.mark.parametrize("called", ["duckdb", "polars"])
def test_a_row_too_large_for_an_engine_is_refused_and_the_rest_decided(town, tmp_path, called):
    town(
        RULE.replace("fee <= 9 * fee", "fee * scale * scale <= 9 * fee").replace(
            "  fee: {", "  scale: {type: count}\n  fee: {"
        )
    )
    fees, scales = [Decimal(9), Decimal(10) ** 33, Decimal(-1), Decimal("0.5")], [1, 10**15, 1, 2]
    table = pa.table({"fee": pa.array(fees, pa.decimal128(38, 2)), "scale": pa.array(scales, pa.decimal128(20, 0))})
    pq.write_table(table, tmp_path / "in.parquet")
    told = CliRunner().invoke(app, ["batch", "town.rule", str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out.parquet"),
                                    "--engine", called, "--rules", str(tmp_path), "--as-of", "2025-03-01", "--lang", "en"])  # fmt: skip
    assert told.exit_code == 2, told.output
    assert "4 rows" in told.output
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["dear.status"] for row in rows] == ["satisfied", None, None, "satisfied"], told.output
    assert rows[1]["refused"].startswith("fee >= 10^")
    assert rows[2]["refused"] == "fee"


def test_an_entry_with_a_number_too_large_for_the_engine_is_refused_and_the_rest_told(tmp_path):
    table = pa.table({
        "出资日期": [dt.date(2025, 1, n) for n in (1, 2, 3)],
        "kind": ["direct"] * 3, "project": ["a", "b", "c"],
        "contribution": pa.array([Decimal(100), Decimal(10) ** 37, Decimal(10) ** 6], pa.decimal128(38, 0)),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    asked = [
        "register",
        "fund.investment",
        tmp_path / "in.parquet",
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
    ]
    result = CliRunner().invoke(
        app, list(map(str, [*asked, "--engine", "duckdb", "-o", tmp_path / "out.parquet", "--lang", "en"]))
    )
    assert "10^" in result.output, result.output
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert any(row["refused"] and "10^" in row["refused"] for row in rows)
    assert any(row["status"] for row in rows)
