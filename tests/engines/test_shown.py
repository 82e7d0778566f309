"""A number in a column is shown exactly, whatever it is counted in and over."""

import datetime as dt
import itertools
from decimal import Decimal
from fractions import Fraction

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import ibis
import pyarrow as pa
from pyarrow import parquet
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.engines.capabilities import of_table
from policy_engine.engines.layers import Stages
from policy_engine.engines.ratios import Ratio, counted, kind_of, shown

ENGINES = pytest.mark.parametrize("name", ["duckdb", "polars"])
VALUES = [None, 0, 1, -1, 999, -999, 7, -7, 500]


@ENGINES
def test_shares_of_columns_are_shown_exactly(name):
    backend = getattr(ibis, name).connect()
    ways = list(itertools.product((3, 9, 10, 15, 16, 17, 18, 19, 21, 30), (0, 2), (1, 2, 5, 20, 8, 3)))
    most = {digits: (10**digits - 1, 1 - 10**digits, 10**digits - 7) for digits, *_ in ways}
    rows = {f"c{d}_{p}": [None if v is None else Decimal(f"{v}e-{p}") for v in (*VALUES, *most[d])] for d, p, _ in ways}
    kinds = {f"c{d}_{p}": pa.decimal128(d, p) for d, p, _ in ways}
    table = backend.create_table("numbers", pa.table(rows, schema=pa.schema(kinds.items())))
    all_places, given = of_table(table).all_places, Stages(table).source

    def term(digits, places, under):
        over = given[f"c{digits}_{places}"].cast(kind_of(digits, places))
        return Ratio(over=over, under=under, digits=digits, places=places)

    shares = {f"s{d}_{p}_{u}": shown(term(d, p, u), all_places=all_places) for d, p, u in ways}
    counts = {f"n{d}_{p}_{u}": counted(term(d, p, u)).over for d, p, u in ways}
    found = backend.to_pyarrow(table.select(**shares, **counts)).to_pydict()
    for digits, places, under in ways:
        numbers = rows[f"c{digits}_{places}"]
        told = [None if v is None else Fraction(str(v)) for v in found[f"s{digits}_{places}_{under}"]]
        assert told == [None if v is None else Fraction(v) / under for v in numbers], (digits, places, under)
        assert found[f"n{digits}_{places}_{under}"] == [
            None if v is None else int(Fraction(v) * 10**places) for v in numbers
        ]


@ENGINES
def test_columns_of_many_places_are_counted_exactly(name):
    backend = getattr(ibis, name).connect()
    ways = list(itertools.product((9, 10, 12, 17, 18, 19, 20, 28, 38), (1, 9, 10, 12, 17, 18, 19)))
    ways = [(digits, places) for digits, places in ways if places <= digits]
    most = {(d, p): 10 ** min(d, 38 - p) - 1 for d, p in ways}
    rows = {
        (d, p): [v if v is None else Decimal(f"{v}e-{p}") for v in (*VALUES, m, -m, m // 3)]
        for (d, p), m in most.items()
    }
    kinds = {f"c{d}_{p}": pa.decimal128(d, p) for d, p in ways}
    table = backend.create_table("numbers", pa.table([*rows.values()], schema=pa.schema(kinds.items())))
    given = Stages(table).source

    def count(digits, places):
        over = given[f"c{digits}_{places}"].cast(kind_of(digits, places))
        return counted(Ratio(over=over, digits=digits, places=places)).over

    found = backend.to_pyarrow(table.select(**{f"c{d}_{p}": count(d, p) for d, p in ways})).to_pydict()
    for (digits, places), numbers in rows.items():
        told = [None if v is None else int(Fraction(v) * 10**places) for v in numbers]
        assert found[f"c{digits}_{places}"] == told, (digits, places)


DATES = """
decision: town.rule
document: 某政发〔2025〕1号
calendar: cn
inputs: {d: {type: date}, n: {type: count}, f: {type: flag}}
provisions:
  - {id: later, cite: {at: 一, phrase: 7日}, value: {type: date, is: d + 7 days}}
  - {id: either, cite: {at: 一, phrase: 7日}, value: {type: date, is: 'if f then d + 7 days else d'}}
  - {id: counted, cite: {at: 一, phrase: 7日}, value: {type: date, is: d + n * 1 day}}
  - {id: month, cite: {at: 一, phrase: 7日}, value: {type: date, is: d + 1 month}}
  - {id: worked, cite: {at: 一, phrase: 7日}, value: {type: date, is: d + 7 working days}}
"""


@ENGINES
def test_a_date_that_is_worked_out_is_no_moment(name, town, tmp_path):
    town(DATES)
    rows = pa.table({"d": [dt.date(2025, 1, 31), None], "n": [3, 4], "f": [True, False]})
    parquet.write_table(rows, tmp_path / "cases.parquet")
    out = tmp_path / "out.parquet"
    CliRunner().invoke(
        app,
        [
            "batch",
            "town.rule",
            str(tmp_path / "cases.parquet"),
            "-o",
            str(out),
            "--engine",
            name,
            "--rules",
            str(tmp_path),
        ],
    )
    names = ["later", "either", "counted", "month", "worked"]
    found = parquet.read_table(out, columns=names)
    assert {field.name: str(field.type) for field in found.schema} == dict.fromkeys(names, "date32[day]")
    days = ["2025-02-07", "2025-02-07", "2025-02-03", "2025-02-28", "2025-02-12"]
    assert [str(day) for day in found.to_pylist()[0].values()] == days
