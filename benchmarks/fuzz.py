"""Every way in under atheris, which looks for input that reaches new code: `make fuzz`, or `python benchmarks/fuzz.py WAY [OPTION …]`.

Options are those of libFuzzer, such as `-max_total_time=600`; what it found before is kept in `.fuzz/WAY`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "drawing")]

with atheris.instrument_imports(include=["policy_engine"]):
    from ways import WAYS


def main() -> None:
    name = sys.argv[1]
    kept = ROOT / ".fuzz" / name
    kept.mkdir(parents=True, exist_ok=True)
    WAYS[name](b"")  # what is loaded once is loaded before
    atheris.Setup([sys.argv[0], str(kept), "-timeout=30", "-rss_limit_mb=2048", *sys.argv[2:]], WAYS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
