"""Tables beside SQL written by hand: the same checks, the same engine, the same run, turn by turn.

python benchmarks/tables.py speed [ROWS [TURNS]]   a status per check, Parquet to Parquet
python benchmarks/tables.py rows 10000 …        `policy batch`, time and peak memory by number of rows
python benchmarks/tables.py provisions 10 …     time by number of checks of one rule
python benchmarks/tables.py registers 10000 …   `policy register`, time and peak memory by number of entries
"""

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

AS_OF = dt.date(2025, 3, 1)
TURNS = 15

MAKE = """COPY (SELECT range AS id,
  CASE WHEN random() < 0.5 THEN 'subfund' ELSE 'direct' END AS kind,
  CAST(1500000000 AS DECIMAL(18,2)) AS fund_total,
  CAST(CASE WHEN random() < 0.05 THEN 225000000 ELSE random() * 300000000 + 1 END AS DECIMAL(18,2)) AS amount,
  CASE WHEN random() < 0.1 THEN NULL ELSE CAST(random() * 900000000 + 310000000 AS DECIMAL(18,2)) END AS subfund_total,
  CASE WHEN random() < 0.1 THEN NULL ELSE CAST(random() * 300000000 + 300000001 AS DECIMAL(18,2)) END AS direct_total,
  CASE WHEN random() < 0.1 THEN NULL ELSE CAST(random() * 900000000 AS DECIMAL(18,2)) END AS reinvestment,
  CASE WHEN random() < 0.1 THEN NULL ELSE CAST(random() * 0.6 AS DECIMAL(6,4)) END AS stake,
  CAST(random() * 0.03 AS DECIMAL(6,4)) AS management_fee,
  CASE WHEN random() < 0.05 THEN NULL ELSE CAST(random() * 12 + 1 AS INTEGER) END AS term_years,
  CASE WHEN random() < 0.05 THEN NULL ELSE random() < 0.9 END AS approved_by_committee,
  CASE WHEN random() < 0.2 THEN NULL WHEN random() < 0.2 THEN 'futures' ELSE 'none' END AS activities
FROM range({rows})) TO '{path}' (FORMAT parquet)"""


# A person for every hundred entries of a year, a project for every ten investments of two.
ENTRIES = {
    "party-group.year": """SELECT range AS id, 'm' || (random() * {rows} / 100)::INT AS member,
  DATE '2025-01-01' + (random() * 364)::INT AS held_on,
  (['field-day', 'research-report', 'joint-study', 'field-day', 'field-day'])[1 + (random() * 4)::INT] AS what
FROM range({rows})""",
    "fund.investment": """SELECT range AS id, 'p' || (random() * {rows} / 10)::INT AS project,
  DATE '2024-01-01' + (random() * 730)::INT AS invested_on, CASE WHEN random() < 0.5 THEN 'subfund' ELSE 'direct' END AS kind,
  CAST(random() * 1000000 + 1 AS DECIMAL(18,2)) AS contribution, CAST(1500000000000 AS DECIMAL(18,2)) AS fund_total
FROM range({rows})""",
}


def check(kind, holds, failed="violated"):
    """The status of a check as somebody would write it in SQL, facts not given included."""
    applies = f"WHEN kind <> '{kind}' THEN 'not_applicable' WHEN kind IS NULL THEN 'undetermined' " if kind else ""
    return (f"CASE {applies}WHEN ({holds}) IS NULL THEN 'undetermined' WHEN {holds} THEN 'satisfied' "
            f"ELSE '{failed}' END")  # fmt: skip


BANNED = [
    "guarantee",
    "mortgage",
    "entrusted-loan",
    "secondary-market-stock",
    "futures",
    "real-estate",
    "securities-fund",
    "bond-below-aaa",
    "trust",
    "unprotected-wealth-product",
    "insurance-plan",
    "other-derivative",
    "bond-aaa",
]
BY_HAND = {
    "subfund-share-of-fund": check("subfund", "amount * 100 <= fund_total * 15"),
    "subfund-share-of-subfund": check("subfund", "amount * 100 <= subfund_total * 30"),
    "direct-share-of-fund": check("direct", "direct_total * 100 <= fund_total * 15"),
    "direct-stake": check("direct", "stake * 100 <= 30"),
    "direct-project-range": check("direct", "fund_total * 5 <= amount * 100 AND amount * 100 <= fund_total * 10"),
    "subfund-fee": check("subfund", "management_fee * 100 <= 2"),
    "subfund-term": check("subfund", "term_years = 10", "departed"),
    "reinvestment": check("subfund", "reinvestment >= amount"),
    "prohibited-activities": check(
        "", "NOT list_has_any(string_split(activities, ';'), [" + ", ".join(f"'{word}'" for word in BANNED) + "])"
    ),
    "committee-approval": check("", "approved_by_committee"),
}


def make(rows, path):
    """A table of cases of fund.investment, a fifth of them at or near a bound or with something not known."""
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '1500MB'; SET threads = 1; SELECT setseed(0.42)")
    connection.execute(MAKE.format(rows=rows, path=path))


def planned(path, engine, rule=None, parts=None):
    """The work of `policy batch` for a table."""
    import policy_engine
    from policy_engine.engines.run import PARTS, prepare, source_of
    from policy_engine.tables.batch import Job

    rule = rule or policy_engine.load().rule("fund.investment")
    return prepare(Job(rule=rule, as_of=AS_OF, lang="en"), source_of(str(path), engine), parts or PARTS)


def statuses_only(path, name):
    """An engine, and every row with a status for each check, as the SQL by hand gives it."""
    import policy_engine
    from policy_engine.engines.connect import connect
    from policy_engine.engines.plan import plan

    engine = connect(name)
    table = engine.read(str(path))
    found = plan(policy_engine.load().rule("fund.investment"), table, AS_OF, {}, table.columns, parts=["status"]).table
    return engine, found.select(*table.columns, *(f"{name}.status" for name in BY_HAND))


def statuses_to(path, name, out, again=True):
    """As `statuses_only`, to a file: by the plan that an earlier run kept, or by one that is made and kept; `again`: what is kept is used."""
    import policy_engine
    from policy_engine.engines import kept
    from policy_engine.rulefiles.cache import keep_plan, plan_kept
    from policy_engine.tables.columns import Job

    job = Job(rule=policy_engine.load().rule("fund.investment"), as_of=AS_OF, lang="en")
    place = kept.place_of(job, str(path), name, ["status alone"], "text")
    plan = plan_kept(place.key) if again else None
    if plan is not None:
        place.session.save(plan, str(out))
        return
    engine, table = statuses_only(path, name)
    engine.save(table, str(out))
    keep_plan(place.key, kept.written(engine.made(table), engine.backend))


FIRST_WRITTEN = (
    "outcome", "contested", *(f"{name}.status" for name in BY_HAND), "direct-share-of-fund.contested",
    "direct-project-range.contested", "reinvestment.contested", "prohibited-activities.contested", "direct_room",
    "direct_projects", "refused",
)  # fmt: skip
"""What `policy batch` wrote of a decision before it said what is assumed (82fb4bb)."""


def written_first(path, engine):
    """The work of `policy batch`, of all columns those of `FIRST_WRITTEN`."""
    from policy_engine.engines.run import PARTS

    job = planned(path, engine, parts=[part for part in PARTS if part != "assumes"])
    return job.engine, job.all_rows.select(*job.headers, *FIRST_WRITTEN)


def timed(work):
    """Seconds a piece of work takes."""
    return spent(work)[0]


def spent(work):
    """Seconds a piece of work takes: on the clock, and of all processors together."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def speed(rows, folder, turns=TURNS):
    """By hand and by rule, in turn; plans are made before, and put into SQL in the turn that is not counted."""
    from peers.batch import polars_by_hand

    source, out = folder / "cases.parquet", folder / "out.parquet"
    make(rows, source)
    lines = ", ".join(f'{case} AS "{name}.status"' for name, case in BY_HAND.items())
    by_hand = f"COPY (SELECT *, {lines} FROM read_parquet('{source}')) TO '{folder / 'hand.parquet'}' (FORMAT parquet)"
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '1500MB'")
    ways = {
        "SQL by hand, DuckDB": lambda: connection.execute(by_hand),
        "by hand, Polars": lambda: polars_by_hand(source, str(out)),
    }
    for engine in ("duckdb", "polars"):
        job = planned(source, engine)
        asked = {
            "statuses": statuses_only(source, engine),
            "the columns of 82fb4bb": written_first(source, engine),
            "everything `policy batch` writes": (job.engine, job.all_rows),
        }
        for what, (on, table) in asked.items():
            file = str(folder / f"{what.split()[0]}-{engine}.parquet")
            ways[f"{what}, {on.can.title}"] = lambda on=on, table=table, file=file: on.save(table, file)
    taken = {name: [] for name in ways}
    for turn in range(turns + 1):
        for name, work in ways.items():
            both = spent(work)
            if turn:
                taken[name].append(both)
    same = "SELECT * FROM '{}' EXCEPT SELECT * FROM '{}'"
    for other in (folder / "statuses-duckdb.parquet", folder / "statuses-polars.parquet"):
        assert not connection.execute(same.format(folder / "hand.parquet", other)).fetchall(), other
    for name, found in taken.items():
        clock, processor = (statistics.median(one[i] for one in found) for i in (0, 1))
        told = f"{name:45} {clock:5.2f} s, processor {processor:5.2f} s"
        for base in ("SQL by hand, DuckDB", "by hand, Polars"):
            beside = [
                statistics.median(h[i] / one[i] for h, one in zip(taken[base], found, strict=True)) for i in (0, 1)
            ]
            told += f"   x {base.partition(', ')[2]} {beside[0]:.2f}, {beside[1]:.2f}"
        print(told)
    print(
        f"{rows:,} rows, all statuses equal row by row; medians of {turns} turns, x the speed by hand in the same turn"
    )


def rows_of(counts, folder):
    """The whole command in a process of its own, by number of rows."""
    for rows in counts:
        source = folder / f"{rows}.parquet"
        make(rows, source)
        for engine in ("duckdb", "polars"):
            command = [sys.executable, "-m", "policy_engine", "batch", "fund.investment", str(source), "--engine", engine,
                       "-o", str(folder / "out.parquet"), "--as-of", str(AS_OF)]  # fmt: skip
            before = time.perf_counter()
            usage = _peak(command)
            print(f"{rows:>12,} rows  {engine:7} {time.perf_counter() - before:7.1f} s  {usage:6,} MiB", flush=True)
        source.unlink()


def registers(counts, folder):
    """The whole command on a register, in a process of its own, by number of entries."""
    for rows in counts:
        for decision, entries in ENTRIES.items():
            source = folder / f"{rows}.parquet"
            made = f"COPY ({entries.format(rows=rows)}) TO '{source}' (FORMAT parquet)"
            duckdb.connect().execute(f"SET memory_limit = '1500MB'; SET threads = 1; SELECT setseed(0.42); {made}")
            command = [sys.executable, "-m", "policy_engine", "register", decision, str(source), "--engine", "duckdb", "-o",
                       str(folder / "out.parquet"), "--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2026-01-05"]  # fmt: skip
            before = time.perf_counter()
            usage = _peak(command)
            print(
                f"{rows:>12,} entries  {decision:16} {time.perf_counter() - before:7.1f} s  {usage:6,} MiB", flush=True
            )
            source.unlink()


def _peak(command):
    code = (
        "import resource, subprocess, sys; "
        "assert subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode in (0, 1, 3); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    return int(
        subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True).stdout
    )


def provisions(counts, folder):
    """One rule with so many checks like those of the fund, over 100,000 rows."""

    source = folder / "cases.parquet"
    make(100_000, source)
    for count in counts:
        rules = folder / f"rules{count}"
        (rules / "load").mkdir(parents=True)
        (rules / "documents.yaml").write_text("documents:\n  - {number: 测〔2026〕1号, title: {en: Load, zh: 负载}}\n")
        checks = "".join(
            f"  - id: cap-{i}\n    title: {{en: Cap {i}, zh: 上限{i}}}\n    cite: {{at: 一, phrase: 不超过{i % 90 + 1}%}}\n"
            f'    when: kind == "{"subfund" if i % 2 else "direct"}"\n    require: amount <= {i % 90 + 1}% of fund_total\n'
            for i in range(count)
        )
        (rules / "load" / "caps.yaml").write_text(
            "decision: load.caps\ndocument: 测〔2026〕1号\ntitle: {en: Caps, zh: 上限}\ninputs:\n"
            "  kind: {type: choice, of: [subfund, direct]}\n  fund_total: {type: money}\n  amount: {type: money}\n"
            f"provisions:\n{checks}"
        )
        import policy_engine

        rule = policy_engine.load(rules).rule("load.caps")
        ready = []
        prepare = timed(lambda rule=rule, ready=ready: ready.append(planned(source, "duckdb", rule)))
        run = timed(lambda ready=ready: ready[0].engine.save(ready[0].all_rows, str(folder / "out.parquet")))
        print(
            f"{count:>6} checks  plan {prepare:6.2f} s  run {run:6.2f} s  {run / count * 1000:6.1f} ms a check",
            flush=True,
        )


if __name__ == "__main__":
    what, *numbers = sys.argv[1:] or ["speed"]
    with tempfile.TemporaryDirectory() as name:
        if what == "speed":
            speed(int(numbers[0]) if numbers else 1_000_000, Path(name), *map(int, numbers[1:]))
        elif what == "registers":
            registers([int(n) for n in numbers] or [10_000, 100_000, 1_000_000, 10_000_000], Path(name))
        elif what == "rows":
            rows_of([int(n) for n in numbers] or [10_000, 100_000, 1_000_000, 10_000_000, 30_000_000], Path(name))
        else:
            provisions([int(n) for n in numbers] or [10, 100, 1000], Path(name))
