"""The ten checks over a table, Parquet to Parquet: `python batch.py NAME SOURCE OUT [AGAIN]` does it once and prints seconds and memory.

`AGAIN`: so many times more in the same process, of which the median is printed beside: without the start of Python's libraries and the rules.

By hand: a status in words for each check, what is not known told, as `benchmarks/tables.py` has it in SQL. OpenFisca has no value
for what is not known: NULL is given to it as nothing.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
NUMBERS = ("amount", "fund_total", "subfund_total", "direct_total", "reinvestment", "stake", "management_fee")


def duckdb_by_hand(source, out):
    import duckdb

    from tables import BY_HAND

    lines = ", ".join(f'{case} AS "{name}.status"' for name, case in BY_HAND.items())
    duckdb.connect().execute(f"COPY (SELECT *, {lines} FROM read_parquet('{source}')) TO '{out}' (FORMAT parquet)")


def polars_by_hand(source, out):
    import polars as pl

    from tables import BANNED

    c = pl.col

    def check(kind, holds, failed="violated"):
        status = pl.when(holds.is_null()).then(pl.lit("undetermined")).when(holds).then(pl.lit("satisfied"))
        status = status.otherwise(pl.lit(failed))
        if not kind:
            return status
        return (
            pl.when(c("kind") != kind).then(pl.lit("not_applicable"))
            .when(c("kind").is_null()).then(pl.lit("undetermined")).otherwise(status)
        )  # fmt: skip

    hundred = {name: c(name) * 100 for name in ("amount", "direct_total", "stake", "management_fee")}
    whole = c("fund_total")
    checks = {
        "subfund-share-of-fund": check("subfund", hundred["amount"] <= whole * 15),
        "subfund-share-of-subfund": check("subfund", hundred["amount"] <= c("subfund_total") * 30),
        "direct-share-of-fund": check("direct", hundred["direct_total"] <= whole * 15),
        "direct-stake": check("direct", hundred["stake"] <= 30),
        "direct-project-range": check("direct", (whole * 5 <= hundred["amount"]) & (hundred["amount"] <= whole * 10)),
        "subfund-fee": check("subfund", hundred["management_fee"] <= 2),
        "subfund-term": check("subfund", c("term_years") == 10, "departed"),
        "reinvestment": check("subfund", c("reinvestment") >= c("amount")),
        "prohibited-activities": check(
            "", c("activities").str.split(";").list.set_intersection(BANNED).list.len() == 0
        ),
        "committee-approval": check("", c("approved_by_committee")),
    }
    named = [expression.alias(f"{name}.status") for name, expression in checks.items()]
    pl.scan_parquet(source).with_columns(named).sink_parquet(out)


def ours(engine, again=True):
    """`again`: by the plan kept from an earlier run, as it is for every run but the first of a day; else it is made."""

    def run(source, out):
        from tables import statuses_to

        statuses_to(source, engine, out, again)

    return run


def openfisca(source, out):
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from openfisca_core.simulations import SimulationBuilder
    from peers import CHECKS, openfisca_system

    table = pq.read_table(source)
    given = {name: pc.fill_null(pc.cast(table[name], pa.float64()), 0).to_numpy() for name in NUMBERS}
    given["fee"] = given.pop("management_fee")
    given["term"] = pc.fill_null(table["term_years"], 0).to_numpy()
    given["subfund"] = pc.equal(table["kind"], "subfund").to_numpy()
    given["banned"] = pc.fill_null(pc.equal(table["activities"], "futures"), False).to_numpy()
    given["approved"] = pc.fill_null(table["approved_by_committee"], False).to_numpy()
    simulation = SimulationBuilder().build_default_simulation(openfisca_system(), count=len(table))
    for name, values in given.items():
        simulation.set_input(name, "2025-03", np.asarray(values))
    for name in CHECKS:
        table = table.append_column(f"{name}.verdict", pa.array(simulation.calculate(f"v_{name}", "2025-03")))
    pq.write_table(table, out)


def floor(source, out):
    import polars as pl

    pl.scan_parquet(source).sink_parquet(out)


WAYS = {
    "Polars reads and writes": floor,
    "Polars by hand (Decimal, times 100)": polars_by_hand,
    "DuckDB by hand (DECIMAL)": duckdb_by_hand,
    "this engine on DuckDB, statuses": ours("duckdb"),
    "this engine on DuckDB, statuses, for the first time": ours("duckdb", again=False),
    "this engine on Polars, statuses": ours("polars"),
    "this engine on Polars, statuses, for the first time": ours("polars", again=False),
    "OpenFisca": openfisca,
}


if __name__ == "__main__":
    name, source, out, again = [*sys.argv[1:], "0"][:4]

    def seconds():
        """What one run takes."""
        start = time.perf_counter()
        WAYS[name](source, out)
        return time.perf_counter() - start

    told = {
        "name": name,
        "seconds": seconds(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "again": statistics.median([seconds() for _ in range(int(again))]) if int(again) else None,
    }
    sys.stdout.write(json.dumps(told) + "\n")
