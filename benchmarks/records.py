"""The log of decisions: appends a second, the time and size of a proof, the verification of it all with memory.

    python benchmarks/records.py 1000000

Decisions of `award.grant` with amounts that differ; what is measured is the log, so the answers are worked out once before.
"""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from policy_engine import load
from policy_engine.records.log import Log, begin
from policy_engine.records.note import read_signer
from policy_engine.records.proof import receipt
from policy_engine.records.recorder import TOGETHER
from policy_engine.records.ruleset import files_of, keep
from policy_engine.records.together import verify_again
from policy_engine.records.verify import verify

CAP = 3000


def memory():
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024


def draft(n, rules):
    """The entry of a case: an individual's reward of so many fen."""
    kept = n <= CAP * 100
    return {
        "answer": {
            "outcome": "compliant" if kept else "non_compliant",
            "statuses": {
                "approved-project": "satisfied",
                "individual-cap": "satisfied" if kept else "violated",
                "no-bonus-for-collectives": "not_applicable",
            },
            "values": {"cap": str(CAP)},
        },
        "as_of": "2025-03-01", "assume": "all", "decision": "award.grant", "readings": {}, "rules": rules, "version": "0.1.0",
        "facts": {"activity": "commendation", "approved_by_region": True, "recipient": "individual", "amount": f"{n // 100}.{n % 100:02}"},
    }  # fmt: skip


def timed(what, count, work):
    wall, own = time.perf_counter(), time.process_time()
    found = work()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(
        f"{what}: {wall:.1f} s, {own:.1f} s of processor time; {count / wall:,.0f} a second; at most {memory()} MiB (the greatest process)",
        flush=True,
    )
    return found


def main(size):
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "log"
        begin(where, "city.example/office", Path(folder) / "key")
        log, signer = Log(where), read_signer(Path(folder) / "key")
        rules = keep(files_of(load(), ["award.grant"]), log.store)

        def append():
            for start in range(0, size, TOGETHER):
                log.append(signer, [draft(n, rules) for n in range(start, min(start + TOGETHER, size))])
                log.tidy()

        timed(f"appended {size:,}, durably, {TOGETHER:,} together", size, append)
        times, longest = [], 0
        for n in range(0, size, max(size // 500, 1)):
            begun = time.perf_counter()
            proof = log.tiles().inclusion(n)
            times.append(time.perf_counter() - begun)
            longest = max(longest, len(proof))
        text = receipt(log, size // 2).text()
        print(f"proof: median {statistics.median(times) * 1e6:.0f} µs, at most {max(times) * 1e6:.0f} µs; {longest} hashes, "
              f"{longest * 32} bytes ({longest * 45} as lines); the receipt with entry and checkpoint {len(text.encode())} bytes")  # fmt: skip
        before = log.checkpoint()
        timed("tree, signature, order verified", size, lambda: verify(Log(where), log.verifier, [before]))
        found = timed(
            "and each decided again, on all cores", size, lambda: verify_again(where, "0.1.0", log.verifier, [before])
        )
        assert (found.again, found.faults) == (size, []), found.faults[:3]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
