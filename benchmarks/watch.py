"""How fast cases are followed, and in how much memory: 100,000 events over 20,000 cases, shuffled together.

    python benchmarks/watch.py [CASES] [--window N] [--live N] [--state FILE]

Five events a case. `--window`: how many cases are under way at any time; `--live`: how many are kept in memory.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from policy_engine.procedures import watch
from policy_engine.procedures.load import load_procedure

KINDS = ("topic", "notice", "convened", "discussed", "voted")
FACTS: dict[str, dict[str, object]] = {
    "topic": {"item_kind": "general", "item_proposed_by": "secretary", "vetted_by_member": True},
    "notice": {"noticed_in_writing": True},
    "convened": {"members": 11, "present": 8},
    "discussed": {},
    "voted": {"matter": "personnel", "in_favour": 6, "voted_item_by_item": True, "voted_one_by_one": True, "chair_spoke_last": True},
}  # fmt: skip


def events(count: int, cases: int, window: int, seed: int = 1) -> Iterator[bytes]:
    """Meetings, `window` of them under way at any time: each event is the next of a random one of these."""
    rng, opened = random.Random(seed), min(window, cases)
    under_way = [[case, 0] for case in range(opened)]
    for number in range(count):
        slot = rng.randrange(len(under_way))
        case, stage = under_way[slot]
        kind, at = KINDS[stage], dt.date(2025, 1, 1) + dt.timedelta(days=number * 300 // count)
        if stage + 1 < len(KINDS):
            under_way[slot][1] += 1
        elif opened < cases:
            under_way[slot] = [opened, 0]
            opened += 1
        else:
            under_way.pop(slot)
        event = {"id": f"e{number}", "case": f"c{case}", "kind": kind, "at": at.isoformat(), "facts": FACTS[kind]}
        yield json.dumps(event).encode() + b"\n"


def memory() -> int:
    """Resident memory of this process now, in KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """As a file is read: about 64 KiB at a time."""
    part = b""
    for line in lines:
        part += line
        if len(part) > 65536:
            yield part
            part = b""
    yield part


def main() -> None:
    """Run and print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("cases", type=int, nargs="?", default=20_000)
    options.add_argument("--window", type=int, default=20_000)
    options.add_argument("--live", type=int, default=watch.LIVE_CASES)
    options.add_argument("--state", type=Path)
    given = options.parse_args()
    watch.LIVE_CASES = given.live
    count = given.cases * len(KINDS)
    lines = chunks(events(count, given.cases, given.window))
    stream = watch.Stream(load_procedure("party-group.meeting"), lines, state=given.state)
    start, seen, last = time.perf_counter(), 0, time.perf_counter()
    print(f"{'events':>9} {'a second':>9} {'RSS MiB':>8}")
    print(f"{0:>9} {'':>9} {memory() / 1024:>8.0f}")
    for answers in stream.answers():
        assert all(answer["accepted"] and answer["order"]["status"] == "in_order" for answer in answers)
        before, seen = seen, seen + len(answers)
        if before // (count // 10) != seen // (count // 10) and seen:
            now = time.perf_counter()
            print(f"{seen:>9} {(count // 10) / (now - last):>9.0f} {memory() / 1024:>8.0f}", flush=True)
            last = now
    elapsed = time.perf_counter() - start
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = given.state.stat().st_size / 1e6 if given.state else 0
    print(f"{seen} events over {given.cases} cases in {elapsed:.1f} s: {seen / elapsed:.0f} a second")
    print(f"engine process: at most {child:.0f} MiB; state file: {size:.0f} MB; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
