"""Start-up of `policy check` beside the bare imports it stands on, in turn, whole processes; prints medians and the ratio.

Run with the interpreter of an environment the project is installed in: `python benchmarks/startup.py`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 15
BARE = [sys.executable, "-c", "import pydantic, typer, yaml"]
FACTS = ["--set", "kind=subfund", "--set", "fund_total=15亿元", "--set", "amount=2.4亿元"]
CHECK = [sys.executable, "-m", "policy_engine", "check", "fund.investment", *FACTS]
ALL = [sys.executable, "-c", "import policy_engine; b = policy_engine.load(); b.rules(); b.decide('award.grant', {})"]
ONE = [sys.executable, "-c", "import policy_engine; b = policy_engine.load(); b.decide('award.grant', {})"]


def seconds(command: list[str], cache: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, "POLICY_CACHE": cache}, check=False)
    return time.perf_counter() - start


def compare(name: str, command: list[str], beside: list[str], cache: str) -> None:
    seconds(command, cache), seconds(beside, cache)
    pairs = [(seconds(command, cache), seconds(beside, cache)) for _ in range(RUNS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name}: {ours:.3f} s beside {theirs:.3f} s, ratio {ratio:.2f}, difference {ours - theirs:+.3f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        compare("policy check, rules compiled before", CHECK, BARE, cache)
        compare("all rules loaded and one case decided, beside one rule and the case", ALL, ONE, cache)
    compare("policy check, nothing kept between runs", CHECK, BARE, os.devnull)
