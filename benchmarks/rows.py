"""Rows read one by one: `python benchmarks/rows.py [ROWS] [TURNS] [OPTIONS OF BATCH]`, `policy batch` from CSV, lines of JSON and Excel to each.

Whole commands, processor time of each (the least of the turns), rows in a second of it, and the same by the clock: the rows of large tables are decided
by several processes. Half of the rows comply, or nearly so; of the others most
fail something, a tenth lacks a fact, one in a hundred has a cell that is refused. Amounts are rarely the same. As users have it: with the
bytecode of the program and the cache of its rules there, which the first command of all makes.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
KINDS = (".csv", ".jsonl", ".xlsx")
DECISIONS = ("fund.investment", "award.grant")


def investment(draw):
    """A row of fund.investment."""
    well, direct = draw.random() < 0.5, draw.random() < 0.5
    row = {
        "id": draw.randrange(10**9),
        "kind": "股权直投" if direct else "子基金",
        "fund_total": 1_500_000_000,
        "amount": draw.randrange(7_600_000_000, 15_000_000_000) / 100 if well else draw.randrange(1, 300_000_000),
        "activities": "none" if well or draw.random() < 0.8 else "futures",
        "approved_by_committee": "是" if well or draw.random() < 0.9 else "否",
    }
    if direct:
        row |= {
            "direct_total": 200_000_000 if well else 320_000_000,
            "stake": f"{draw.randrange(1, 3000 if well else 6000) / 100}%",
        }
    else:
        row |= {
            "subfund_total": draw.randrange(510_000_000 if well else 310_000_000, 1_200_000_000),
            "reinvestment": draw.randrange(160_000_000 if well else 1, 900_000_000),
            "management_fee": f"{draw.randrange(20 if well else 30) / 10}%",
            "term_years": 10 if well else draw.randrange(1, 13),
        }
    return row


def award(draw):
    """A row of award.grant."""
    well = draw.random() < 0.5
    return {
        "id": draw.randrange(10**9),
        "recipient": "个人",
        "amount": draw.randrange(1, 300_000 if well else 900_000) / 100,
        "activity": "commendation" if well or draw.random() < 0.7 else "annual-assessment",
        "approved_by_region": "是" if well or draw.random() < 0.7 else "否",
        "higher_rule_applies": "否",
        "received_this_year": draw.randrange(0, 3000 if not well else 1),
        "received_for_project": 0,
    }


ROW = {"fund.investment": investment, "award.grant": award}


def rows_of(decision, count, seed=1):
    """So many rows, some with something not known or not to be read."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        row = ROW[decision](draw)
        if draw.random() < 0.05:
            row.pop(draw.choice([name for name in row if name != "id"]))
        if draw.random() < 0.01:
            row["amount"] = "约3万"
        found.append(row)
    return found


def write(path, rows):
    """A table of the kind that its name says."""
    heads = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
    else:
        import xlsxwriter

        book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heads)
        for i, row in enumerate(rows, 1):
            for c, name in enumerate(heads):
                if name in row:
                    sheet.write(i, c, row[name])
        book.close()


def as_users_have_it(folder):
    """The environment of a command: bytecode is kept, even where this environment forbids it, and what is cached is cached here."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode")), "POLICY_CACHE": str(Path(folder, "cache"))}


def spent(arguments, environment=None):
    """Seconds of processor time of a command, start included, and the most memory in MiB of any so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def by_both(arguments, environment):
    """Seconds of a command by processor time and by the clock."""
    begun = time.perf_counter()
    return spent(arguments, environment)[0], time.perf_counter() - begun


def main(count=20_000, turns=1, *options):
    """Every kind into every kind."""
    command = [sys.executable, "-c", "from policy_engine.doors.main import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        environment = as_users_have_it(folder)
        spent([*command, "list"], environment)
        for decision in DECISIONS:
            rows = rows_of(decision, count := int(count))
            for kind in KINDS:
                table = Path(folder, f"cases{kind}")
                write(table, rows)
                for into in KINDS:
                    batch = [
                        *command,
                        "batch",
                        decision,
                        str(table),
                        "-o",
                        str(Path(folder, f"out{into}")),
                        "--as-of",
                        "2025-03-01",
                        *options,
                    ]
                    took, clock = map(min, zip(*(by_both(batch, environment) for _ in range(int(turns))), strict=True))
                    print(
                        f"{decision:16} {kind:6} to {into:6} {took:6.2f} s {count / took:8,.0f} rows/s   "
                        f"{clock:6.2f} s by the clock {count / clock:8,.0f} rows/s   load {os.getloadavg()[0]:.1f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main(*sys.argv[1:])
