"""Random amounts, shares and dates as people write them, each read as a cell under its header: right, refused or wrong.

`python benchmarks/written.py [HOW MANY] [SEED]`; exits with 1 where one is read wrongly.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "drawing"))

import written

import policy_engine
from policy_engine.tables.columns import Job


def main(count: int, seed: int) -> int:
    """Draw and read so many cells; print what became of them."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "town").mkdir()
        (Path(folder) / "town" / "rule.yaml").write_text(written.RULE, encoding="utf-8")
        rule = policy_engine.load(folder).rule("town.rule")
    job = {"job": Job(rule=rule, as_of=dt.date(2025, 3, 1), lang="en")}
    chance, told, wrong = random.Random(seed), Counter(), []
    for _ in range(count):
        kind, header, cell, said = written.judged(rule, job, chance)
        told[kind, said.partition(":")[0]] += 1
        if said not in ("right", "refused"):
            wrong.append((kind, header, cell, said))
    for (kind, said), number in sorted(told.items()):
        print(f"{kind:5} {said:8} {number:>9,}")
    for line in wrong[:20]:
        print(*line)
    print(f"{count:,} cells, {len(wrong)} read wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [int(arg) for arg in sys.argv[1:]]
    sys.exit(main(*(given + [1_000_000, 1][len(given) :])))
