"""How fast cases are followed, and in how much memory: 100,000 events over 20,000 cases, shuffled together.

    python benchmarks/watch.py [EVENTS] [CASES] [--state FILE]
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

from policy_engine.watch import Stream

KINDS = ("topic", "notice", "convened", "discussed", "voted", "minuted")
FACTS: dict[str, dict[str, object]] = {
    "topic": {"reviewed": True},
    "notice": {"noticed_in_writing": True},
    "convened": {"members": 11, "present": 8},
    "discussed": {},
    "voted": {"matter": "personnel", "in_favour": 6, "voted_item_by_item": True, "voted_one_by_one": True, "chair_spoke_last": True},
    "minuted": {},
}  # fmt: skip


def events(count: int, cases: int, seed: int = 1) -> Iterator[bytes]:
    """Meetings in every stage at once: each event belongs to a random case and is the next of its kind there."""
    rng, stage = random.Random(seed), [0] * cases
    day = dt.date(2025, 1, 1)
    for number in range(count):
        case = rng.randrange(cases)
        while stage[case] >= len(KINDS):
            case = rng.randrange(cases)
        kind = KINDS[stage[case]]
        stage[case] += 1
        at = day + dt.timedelta(days=number * 300 // count)
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
    options.add_argument("count", type=int, nargs="?", default=100_000)
    options.add_argument("cases", type=int, nargs="?", default=20_000)
    options.add_argument("--state", type=Path)
    given = options.parse_args()
    stream = Stream("party-group.meeting", chunks(events(given.count, given.cases)), state=given.state)
    start, seen, last = time.perf_counter(), 0, time.perf_counter()
    print(f"{'events':>9} {'per second':>11} {'RSS MiB':>8}")
    print(f"{0:>9} {'':>11} {memory() / 1024:>8.0f}")
    for answers in stream.answers():
        before, seen = seen, seen + len(answers)
        if before // (given.count // 10) != seen // (given.count // 10) and seen:
            now = time.perf_counter()
            print(f"{seen:>9} {(given.count // 10) / (now - last):>11.0f} {memory() / 1024:>8.0f}", flush=True)
            last = now
    elapsed = time.perf_counter() - start
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = given.state.stat().st_size / 1e6 if given.state else 0
    print(f"{seen} events over {given.cases} cases in {elapsed:.1f} s: {seen / elapsed:.0f} a second")
    print(f"engine process: at most {child:.0f} MiB; state file: {size:.0f} MB; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
