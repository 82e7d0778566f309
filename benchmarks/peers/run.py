"""This engine and its peers on the same work in one run, in turn; writes RESULTS.md beside it: `make peers`.

python benchmarks/peers/run.py [ROUNDS] [ROWS]
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
PACKAGES = ("policy-engine", "zen-engine", "common-expression-language", "cel-python", "rule-engine", "panzi-json-logic",
            "regopy", "cedarpy", "durable_rules", "OpenFisca-Core", "polars", "duckdb", "ibis-framework")  # fmt: skip


AGAIN = "5"
"""So many times a table is decided once more in the same process."""
FAILED = []
"""The ways that gave no figure in one round or more."""


def measured(script, *arguments):
    """What a process of its own measured; None with a word on standard error where it failed."""
    ran = subprocess.run([sys.executable, str(HERE / script), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.stderr.write(f"{arguments[0]}: {ran.stderr.strip().splitlines()[-1]}\n")
        return None
    return json.loads(ran.stdout.splitlines()[-1])


def turns(script, names, rounds, *arguments):
    """Every way once in each round, one after the other, so that what else the machine does falls on all alike."""
    found = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            sys.stderr.write(f"round {turn + 1} of {rounds}: {name}\n")
            one = measured(script, name, *arguments)
            if one is not None:
                found[name].append(one)
    FAILED.extend(name for name, ones in found.items() if len(ones) < rounds)
    return {name: ones for name, ones in found.items() if ones}


def median(ones, key):
    """Of several runs."""
    return statistics.median(one[key] for one in ones)


def single(rounds):
    """One decision: a row an engine, the fastest first."""
    from peers import ENGINES

    found = turns("peers.py", list(ENGINES), rounds)
    base = median(found["Python ints by hand"], "us")
    lines = [
        "| one decision | µs | x Python by hand | first answer, s | peak, MiB | wrong of 2,000 |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for name, ones in sorted(found.items(), key=lambda item: median(item[1], "us")):
        us = median(ones, "us")
        lines.append(
            f"| {name} | {us:,.2f} | {us / base:,.1f} | {median(ones, 'first'):.2f} | {median(ones, 'peak'):.0f} | {ones[0]['wrong']} |"
        )
    return lines


def tables(rounds, rows):
    """A table: a row a way, the fastest first."""
    from batch import WAYS

    from tables import make

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "cases.parquet"
        make(rows, source)
        for name in (
            name for name in WAYS if name.startswith("this engine")
        ):  # a plan for such columns is kept from now on
            measured("batch.py", name, str(source), str(Path(folder) / "out.parquet"))
        found = turns("batch.py", list(WAYS), rounds, str(source), str(Path(folder) / "out.parquet"), AGAIN)
    lines = [
        f"| {rows:,} rows, Parquet to Parquet | s | rows a second | peak, MiB | again in that process, s | rows a second |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for name, ones in sorted(found.items(), key=lambda item: median(item[1], "seconds")):
        whole, again = (median(ones, key) for key in ("seconds", "again"))
        warm = f"{again:.2f} | {rows / again:,.0f}" if "first time" not in name else "— | —"
        lines.append(f"| {name} | {whole:.2f} | {rows / whole:,.0f} | {median(ones, 'peak'):.0f} | {warm} |")
    return lines


def environment():
    """On what, with what."""
    told = []
    for package in PACKAGES:
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            told.append(f"{package}: not installed")
    load = os.getloadavg()[0]
    return (f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"{platform.machine()}, load {load:.1f} at the end. {', '.join(told)}.")  # fmt: skip


def main():
    """Measure and write."""
    rounds, rows = (int(text) for text in (sys.argv[1:] + ["5", "1000000"][len(sys.argv) - 1 :])[:2])
    one, many = single(rounds), tables(rounds, rows)
    text = f"""# Beside peers

`make peers`: each engine in a process of its own, in turn, medians of {rounds} rounds. {environment()}

Ten checks of a fund investment. What each is given, and how it is worded there, stands in `peers.py`; of the 2,000 cases half lie at a
bound or one unit beside it. Only this engine has facts that are not known, readings and reasons; nothing of that is asked here,
but `everything as JSON` has all of it.

{chr(10).join(one)}

`batch.py`: reading and writing included; first a start of Python and the rules too, then (median of {AGAIN}) in the process that did it before. The plan of this engine is
kept from an earlier run, but "for the first time".

{chr(10).join(many)}
"""
    if FAILED:
        text += f"\nWithout a figure in every round: {', '.join(FAILED)}.\n"
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if ours := [name for name in FAILED if name.startswith("this engine")]:
        sys.exit(f"failed: {', '.join(ours)}")


if __name__ == "__main__":
    main()
