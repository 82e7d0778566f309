"""How a decision and a tree of rules grow: `python benchmarks/growth.py`; the curves are drawn into `benchmarks/growth.svg`.

10 to 10,000 provisions in one decision: made into a rule, decided by the interpreter and by the function, in processor time.
1 to 5,000 decisions in a tree: named, every rule read, one case decided; and by commands with nothing kept: one checked, all listed.
1 to 100,000,000 rows on DuckDB, Parquet to Parquet: seconds and memory of the whole command; the last takes 8 GB of disk, by itself `growth.py rows [COUNT …]`.
`growth.py million [COUNT]` measures memory alone, `growth.py registers [COUNT …]` entries of `fund.investment` through the interpreter to CSV, half of them direct, a fifth as many projects.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import as_users_have_it, spent

import policy_engine
from policy_engine.compiled.decide import _KEPT, decide
from policy_engine.compiled.said import SAID
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining import decision as by_interpreter

DAY = dt.date(2025, 3, 1)
HEAD = """\
decision: {name}
title: {{en: Growth, zh: 增长}}
document: 试〔2024〕1号
inputs:
  amount: {{type: money, label: {{en: amount, zh: 金额}}}}
provisions:
"""
DOCUMENTS = """\
documents:
  - number: 试〔2024〕1号
    title: {en: A trial, zh: 试行办法}
    issued: 2024-01-01
    from: 2024-01-01
"""
CHECK = """\
  - id: check-{i}
    title: {{en: Check {i}, zh: 第{i}项}}
    cite: {{at: 第{i}条, phrase: 不超过{bound}元}}
    require: amount <= {bound} 元
"""
PROVISIONS, DECISIONS, CASES = (10, 100, 1000, 10_000), (1, 10, 100, 1000, 5000), 1_000_000
ROWS = (1, 1000, 100_000, 1_000_000, 10_000_000, 100_000_000)
ENTRIES = (1200, 2500, 5000)
# by a small process: one that is started counts the memory of what starts it as its own
MEASURED = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
ran = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([ran.returncode, used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024]))
"""
COLOURS = ("#1b5e9e", "#c2571a", "#2e7d32", "#7b1fa2", "#546e7a")


def timed(work):
    """Seconds of processor time, and what is made."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def written(folder, names, checks):
    """A tree of rules, each with so many checks."""
    (Path(folder) / "documents.yaml").write_text(DOCUMENTS, encoding="utf-8")
    for name in names:
        path = Path(folder) / f"{name.replace('.', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        rules = (CHECK.format(i=i, bound=1000 + i) for i in range(1, checks + 1))
        path.write_text(HEAD.format(name=name) + "".join(rules), encoding="utf-8")


def provisions(count):
    """Seconds to make a rule of so many checks; microseconds of a check by the interpreter, by the function, and again."""
    with tempfile.TemporaryDirectory() as folder:
        written(folder, ["growth.many"], count)
        book = policy_engine.load(folder)
        made, rule = timed(lambda: book.rule("growth.many"))
        facts = read_facts(rule, {"amount": "1500"})
        alone, _ = timed(lambda: by_interpreter.decide(rule, facts, DAY).to_json())
        while _KEPT.whole(rule, DAY, {}) is None:
            pass
        SAID.clear()
        first, _ = timed(lambda: decide(rule, facts, DAY).to_json())
        again, _ = timed(lambda: decide(rule, facts, DAY).to_json())
    return made, *(taken / count * 1e6 for taken in (alone, first, again))


def decisions(count):
    """Seconds to name the decisions of a tree of so many, to decide one case in it, to read all of its rules; and of two commands."""
    with tempfile.TemporaryDirectory() as folder:
        written(folder, [f"growth.d{i}" for i in range(count)], 5)
        listed, names = timed(lambda: policy_engine.load(folder).decisions())
        checked, _ = timed(lambda: policy_engine.load(folder).decide("growth.d0", {"amount": "1500"}, DAY).to_json())
        book = policy_engine.load(folder)
        read, _ = timed(lambda: [book.rule(name) for name in names])
        facts = ("--set", "amount=1500", "--rules", folder)
        commands = [
            statistics.median(command("check", "growth.d0", *facts) for _ in range(5)),
            command("list", "--rules", folder),
        ]
        commands.append(command("list", "--rules", folder, kept=True))
    assert len(names) == count
    return listed, checked, read, *commands


def command(*args, kept=False):
    """Seconds of processor time of a whole command, whose bytecode is there: no rules kept before, or those of the run before."""
    with tempfile.TemporaryDirectory() as folder:
        environment = as_users_have_it(folder)
        for again in (False, True):
            if again and not kept:
                shutil.rmtree(environment["POLICY_CACHE"])
            before = os.times()
            ran = subprocess.run(
                [sys.executable, "-m", "policy_engine", *args], env=environment, stdout=subprocess.DEVNULL, check=False
            )
            after = os.times()
            assert ran.returncode in (0, 1), ran
    return after.children_user + after.children_system - before.children_user - before.children_system


def memory():
    """Mebibytes that the process takes now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def many(count):
    """Mebibytes after each tenth of so many decisions, each of another amount."""
    book = policy_engine.load()
    taken = []
    for i in range(count):
        book.decide("fund.investment", {"kind": "subfund", "fund_total": 10**9, "amount": i + 1}, DAY)
        if (i + 1) % (count // 10) == 0:
            taken.append(memory())
    return taken


def embedded(rows):
    """Of the whole command on so many rows on DuckDB, Parquet to Parquet: seconds of processor time, on the clock, and mebibytes at most."""
    from tables import AS_OF, make

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "cases.parquet"
        make(rows, source)
        command = [sys.executable, "-m", "policy_engine", "batch", "fund.investment", str(source), "--engine", "duckdb",
                   "-o", str(Path(folder) / "out.parquet"), "--as-of", str(AS_OF)]  # fmt: skip
        environment = as_users_have_it(folder)
        subprocess.run(
            [*command, "--print-sql"], env=environment, capture_output=True, check=True
        )  # makes the bytecode
        shutil.rmtree(environment["POLICY_CACHE"])
        told = subprocess.run(
            [sys.executable, "-c", MEASURED, *command], env=environment, capture_output=True, check=True
        )
    exit_code, *found = json.loads(told.stdout)
    assert exit_code in (0, 1, 3), exit_code
    return tuple(found)


def embedded_each(counts):
    """As `embedded`, of each number of rows, told as soon as it is known."""
    found = []
    for count in counts:
        found.append(embedded(count))
        sys.stdout.write("| {:,} rows | {:.1f} s | {:.1f} s on the clock | {:,.0f} MiB |\n".format(count, *found[-1]))
        sys.stdout.flush()
    return found


def drawn(panels):
    """The curves as SVG, each table in an area of its own, both scales logarithmic."""
    width, height, left, top = 330, 220, 64, 34
    parts = []
    parts.append(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(panels) * (width + left + 20)}" height="{height + 140}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
    )
    for n, (title, xs, curves) in enumerate(panels):
        ys = [y for curve in curves.values() for y in curve]
        low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
        first, last, x0 = math.log10(xs[0]), math.log10(xs[-1]), n * (width + left + 20) + left

        def across(x, first=first, last=last, x0=x0):
            return x0 + (math.log10(x) - first) / (last - first) * width

        def up(y, low=low, high=high):
            return top + height - (math.log10(y) - low) / (high - low) * height

        parts.append(f'<text x="{x0}" y="18" font-size="13">{title}</text>')
        for power in range(low, high + 1):
            y = up(10**power)
            parts.append(f'<path d="M{x0} {y:.1f}h{width}" stroke="#ddd"/>'
                         f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{10**power:,g}</text>')  # fmt: skip
        below = f'y="{top + height + 16}" text-anchor="middle"'
        ticks = {x: f"{x:,}" if x < 10**6 else f"{x // 10**6:,}M" for x in xs}
        parts += [f'<text x="{across(x):.1f}" {below}>{tick}</text>' for x, tick in ticks.items()]
        for i, ((name, found), colour) in enumerate(zip(curves.items(), COLOURS, strict=False)):
            points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(xs, found, strict=True))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
                         f'<text x="{x0}" y="{top + height + 34 + 14 * i}" fill="{colour}">{name}</text>')  # fmt: skip
    return "\n".join([*parts, "</svg>", ""])


def register(count, *options):
    """Seconds of processor time of the whole command with some options, and the bytes it writes."""
    rng, year = random.Random(1), dt.date(2025, 1, 1)
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder, "entries.csv"), Path(folder, "findings.csv")
        lines = ["投资日期,项目,本次出资,投资方式"]
        for i in range(count):
            day, kind = year + dt.timedelta(days=i * 364 // count), rng.choice(("子基金", "股权直投"))
            lines.append(f"{day},项目{rng.randrange(max(2, count // 5))},{rng.randrange(1, 100)}万元,{kind}")
        asked = ("--from", "2025-01-01", "--to", "2025-12-31", "--as-of", "2026-01-10", "--set", "fund_total=15亿元")
        command = [
            sys.executable,
            "-m",
            "policy_engine",
            "register",
            "fund.investment",
            str(table),
            *asked,
            *options,
            "-o",
            str(out),
        ]
        environment = as_users_have_it(folder)
        for told in (lines[:2], lines):  # one entry first: that makes the bytecode
            table.write_text("\n".join(told), encoding="utf-8")
            seconds, _ = spent(command, environment)  # exit code 1: some are not met
        return seconds, out.stat().st_size


def curves(names, rows):
    """A curve for each column of a table."""
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def panels(rules, trees, tables):
    """What is drawn of the three tables: a title, what grows, and a curve for each column."""
    tree = ("load and decide one", "read all", "policy check", "policy list, nothing kept", "policy list, kept")
    told = ("made into a rule", "interpreter", "function, first", "function, again")
    checks = [(made / count * 1e6, *rest) for count, (made, *rest) in zip(PROVISIONS, rules, strict=True)]
    seconds, memory = ("whole command, processor time", "on the clock"), ("memory of the whole command, at most",)
    return [
        ("checks in a decision: µs a check", PROVISIONS, curves(told, checks)),
        ("decisions in a tree: s", DECISIONS, curves(tree, [row[1:] for row in trees])),
        ("rows on DuckDB: s", ROWS, curves(seconds, [row[:2] for row in tables])),
        ("rows on DuckDB: MiB", ROWS, curves(memory, [row[2:] for row in tables])),
    ]


def main() -> None:
    """Prints the tables and draws them; `growth.py million` measures memory alone, `growth.py rows` rows, `growth.py registers` registers."""
    if sys.argv[1:2] == ["million"]:
        shown = ", ".join(f"{size:.0f}" for size in many(int(sys.argv[2]) if sys.argv[2:] else CASES))
        sys.stdout.write(f"MiB after each tenth: {shown}\n")
        return
    if sys.argv[1:2] == ["registers"]:
        for count in map(int, sys.argv[2:] or ENTRIES):
            told = [
                f"{seconds:.1f} s | {size / 1e6:.0f} MB"
                for seconds, size in (register(count), register(count, "--own-row"))
            ]
            sys.stdout.write(f"| {count:,} entries | {' | '.join(told)} |\n")
        return
    if sys.argv[1:2] == ["rows"]:
        embedded_each(map(int, sys.argv[2:] or ROWS))
        return
    rules, trees = [], []
    for count in PROVISIONS:
        rules.append(provisions(count))
        told = " | ".join(f"{us:.0f}" for us in rules[-1][1:])
        sys.stdout.write(f"| {count:,} checks | {rules[-1][0]:.2f} s | {told} |\n")
        sys.stdout.flush()
    for count in DECISIONS:
        trees.append(decisions(count))
        sys.stdout.write(f"| {count:,} decisions | " + " | ".join(f"{seconds:.3f} s" for seconds in trees[-1]) + " |\n")
        sys.stdout.flush()
    tables = embedded_each(ROWS)
    Path(__file__).with_name("growth.svg").write_text(drawn(panels(rules, trees, tables)), encoding="utf-8")


if __name__ == "__main__":
    main()
