"""What a start costs beside the bare imports it stands on, whole processes in turn: medians by the clock and by processor time, and the ratios.

Run with the interpreter of an environment the project is installed in, from its wheel for what users get:
`.venvs/wheel/bin/python benchmarks/startup.py [RUNS]` after `make wheel`. Nothing is kept between runs but where it says so.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

RUNS = 15
BARE = "bare imports"
POLICY = str(Path(sys.executable).with_name("policy"))
FACTS = ["--set", "kind=subfund", "--set", "fund_total=15亿元", "--set", "amount=2.4亿元"]
CHECK, LIST = [POLICY, "check", "fund.investment", *FACTS], [POLICY, "list"]
KEPT, NOWHERE, READ_ONLY = "kept", "empty", "read-only"


def typed(line: str) -> dict[str, str]:
    """What bash sets when Tab is pressed after a command line."""
    return {"_POLICY_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}


STARTS = {
    BARE: ([sys.executable, "-c", "import pydantic, typer, yaml"], NOWHERE, {}),
    "`policy check fund.investment …`": (CHECK, NOWHERE, {}),
    "the same, kept before": (CHECK, KEPT, {}),
    "the same, a folder that cannot be written": (CHECK, READ_ONLY, {}),
    "`policy list`": (LIST, NOWHERE, {}),
    "the same, kept before ": (LIST, KEPT, {}),
    "`policy --help`": ([POLICY, "--help"], NOWHERE, {}),
    "`policy check fund` and Tab": ([POLICY], NOWHERE, typed("policy check fund")),
    "`policy check ` and Tab": ([POLICY], NOWHERE, typed("policy check ")),
    "`policy check fund.investment --set ` and Tab": ([POLICY], NOWHERE, typed("policy check fund.investment --set ")),
    "`policy ` and Tab": ([POLICY], NOWHERE, typed("policy ")),
}


def taken(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of processor time of a process."""
    start = time.perf_counter()
    nothing = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (1, 2)]
    process = os.posix_spawn(command[0], command, os.environ | environment, file_actions=nothing)
    _, _, used = os.wait4(process, 0)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def start(name: str, folder: Path) -> tuple[float, float]:
    """One start of a kind."""
    command, cache, environment = STARTS[name]
    if cache == KEPT:
        return taken(command, {**environment, "POLICY_CACHE": str(folder / "kept")})
    if cache == READ_ONLY:
        return taken(command, {**environment, "POLICY_CACHE": "/proc/none"})
    with tempfile.TemporaryDirectory(dir=folder) as empty:
        return taken(command, {**environment, "POLICY_CACHE": empty})


def main() -> None:
    """Measure all kinds in turn and print a table."""
    runs = int(sys.argv[1]) if sys.argv[1:] else RUNS
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory() as folder:
        for name in STARTS:
            start(name, Path(folder))
        for _ in range(runs):
            for name, all_of_it in found.items():
                all_of_it.append(start(name, Path(folder)))
    print(
        "| start | by the clock | processor time | beside the bare imports | by processor time |\n| --- | --- | --- | --- | --- |"
    )
    for name, all_of_it in found.items():
        clock, processor = (statistics.median(column) for column in zip(*all_of_it, strict=True))
        pairs = list(zip(all_of_it, found[BARE], strict=True))
        by_clock, by_processor = (statistics.median(a[i] / b[i] for a, b in pairs) for i in (0, 1))
        print(f"| {name} | {clock:.3f} s | {processor:.3f} s | {by_clock:.2f} | {by_processor:.2f} |")


if __name__ == "__main__":
    main()
