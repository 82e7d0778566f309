"""A quotient of columns is exact, of whatever places and signs; what readings cannot change is asked for once."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import agreement
import ibis
import pyarrow as pa
from ibis.expr import operations as ops

import policy_engine
from policy_engine.engines import capabilities
from policy_engine.engines.capabilities import of_table
from policy_engine.engines.layers import Stages
from policy_engine.engines.plan import plan
from policy_engine.engines.ratios import Ratio, compared, floor, kind_of, laid, number, plus, quotient, shown
from policy_engine.engines.truth import both, either

ENGINES = pytest.mark.parametrize("name", ["duckdb", "polars"])
VALUES = (None, 0, 1, -1, 7, -7, 500, -999)
COLUMNS = {"whole": (9, 0), "money": (18, 2), "wide": (21, 2), "share": (6, 4)}  # digits and places


@ENGINES
def test_quotients_are_exact_whatever_their_places_and_signs(name):
    backend = getattr(ibis, name).connect()
    pairs = list(itertools.product(VALUES, VALUES))
    ways = [(a, b, under) for a, b in itertools.permutations(COLUMNS, 2) for under in (1, 20)]
    rows = {
        f"{side}_{column}": [None if p[at] is None else Decimal(f"{p[at]}e-{places}") for p in pairs]
        for at, side in enumerate("ab") for column, (_, places) in COLUMNS.items()
    }  # fmt: skip
    kinds = {column: pa.decimal128(*COLUMNS[column.partition("_")[2]]) for column in rows}
    stages = Stages(backend.create_table("numbers", pa.table(rows, schema=pa.schema(kinds.items()))))
    all_places = of_table(stages.source).all_places

    def term(column, under):
        digits, places = COLUMNS[column.partition("_")[2]]
        over = stages.given(column).cast(kind_of(digits, places))
        return Ratio(over=over, under=under, digits=digits, places=places)

    told = {}
    for a, b, under in ways:
        found = quotient(stages.let, term(f"a_{a}", 1), term(f"b_{b}", under))
        least = laid(stages.let, floor(stages.let, found))
        more = plus(found, number(Fraction(1, 3)))
        again = quotient(stages.let, found, quotient(stages.let, term(f"b_{b}", 1), term(f"a_{a}", 1)))
        told |= {f"{a} {b} {under} {what}": shown(one, all_places=all_places)
                 for what, one in {"": found, "floor": least, "more": more, "again": again}.items()}  # fmt: skip
        told[f"{a} {b} {under} above"] = compared(">", found, number(Fraction(7, 2)))
    held = backend.to_pyarrow(stages.table(told)).to_pydict()
    for a, b, under in ways:
        for at, (x, y) in enumerate(zip(rows[f"a_{a}"], rows[f"b_{b}"], strict=True)):
            exact = None if x is None or not y else Fraction(x) * under / Fraction(y)
            meant = {"": exact, "floor": exact, "more": exact, "again": exact if x else None}
            if exact is not None:
                meant |= {"floor": Fraction(exact // 1), "more": exact + Fraction(1, 3)}
                meant["again"] = exact * Fraction(x) / Fraction(y) if x else None
            for what, value in meant.items():
                shown_as = held[f"{a} {b} {under} {what}"][at]
                assert (None if shown_as is None else Fraction(str(shown_as))) == value, (a, b, under, what, x, y)
            assert held[f"{a} {b} {under} above"][at] == (None if exact is None else exact > Fraction(7, 2))


def test_a_flag_implies_what_it_is_made_of():
    stages = Stages(
        ibis.duckdb.connect().create_table("flags", schema={"a": "boolean", "b": "boolean", "c": "boolean"})
    )
    a, b, c = map(stages.given, "abc")
    some = stages.let(both(a, b))
    assert both(some, some).equals(some) and either(a, a).equals(a)
    assert stages.implies(some, a) and stages.implies(stages.let(both(some, c)), b)
    assert stages.implies(either(some, both(c, a)), a)
    assert not stages.implies(some, c) and not stages.implies(either(some, c), a)


def test_readings_that_change_nothing_are_not_asked_about():
    """Nobody says what came back or is unpaid: two of ten readings of the fund change nothing, and nothing is worked out under them."""
    kinds = dict.fromkeys(("fund_total", "amount", "subfund_total", "direct_total", "reinvestment"), "decimal(18, 2)")
    schema = {"kind": "string", "activities": "string", **kinds}
    table = ibis.duckdb.connect().create_table("cases", schema=schema)
    rule = policy_engine.load().rule("fund.investment")
    found = plan(rule, table, dt.date(2025, 3, 1), {}, parts=["outcome", "contested"]).table
    assert len(rule.readings) == 10
    # as chosen, and under eight others
    assert len({op for op in found.op().find(ops.Greatest) if len(op.arg) == 5}) == 9


def test_no_layer_is_wider_than_its_engine_takes(monkeypatch):
    """PostgreSQL takes 1,664 columns: what has to stay until the end is more than the room of a plan may be, but never by much."""
    rows = capabilities.ENGINES
    monkeypatch.setattr(
        capabilities, "ENGINES", rows | {"duckdb": replace(rows["duckdb"], widest=rows["postgres"].widest)}
    )
    rule = policy_engine.load().rule("parking.premium")
    batch = agreement.batches(rule, 20)[0]
    table = ibis.duckdb.connect().create_table("cases", agreement.table_of(batch))
    found = plan(rule, table, batch.as_of, {}).table
    assert max(len(layer.schema) for layer in found.op().find(ops.Project)) <= 1664


def test_where_layers_stay_a_column_used_in_one_place_is_written_there(monkeypatch):
    """Twice in one expression is two places: written out there, what nests in it would grow without end."""
    rows = capabilities.ENGINES
    monkeypatch.setattr(capabilities, "ENGINES", rows | {"duckdb": replace(rows["duckdb"], keeps_layers=False)})
    backend = ibis.duckdb.connect()
    stages = Stages(backend.create_table("numbers", pa.table({"a": [3, None], "b": [4, 5]})))
    a, b = stages.given("a"), stages.given("b")
    once, twice = stages.let(a + 1), stages.let(b + 1)
    for _ in range(40):
        twice = stages.let(twice + twice)
    for _ in range(40):
        once = stages.let(once + 1)
    table = stages.table({"once": once, "twice": twice})
    columns = {name for layer in table.op().find(ops.Project) for name in layer.schema} - {"a", "b", "once", "twice"}
    assert 40 < len(columns) < 50  # what stands twice is a column each, and what nests too deep one now and then
    assert backend.to_pyarrow(table).to_pydict() == {"once": [44, None], "twice": [5 * 2**40, 6 * 2**40]}
