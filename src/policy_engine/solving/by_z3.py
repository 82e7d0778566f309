"""z3, spoken to in text, in a process of its own: reads one JSON text a line, answers one a line."""

from __future__ import annotations

import json
import sys
from typing import Any

RLIMIT = 200_000
"""The work one question may take, counted by z3 itself: the same on every machine. So many times as much as is asked for."""


def fresh() -> Any:
    """A solver that knows nothing yet."""
    import z3

    context = z3.Context()
    z3.Z3_eval_smtlib2_string(context.ref(), f"(set-option :rlimit {RLIMIT * int(sys.argv[1])})")
    return context


def answers() -> None:
    """Answer what is asked until nobody asks."""
    import z3

    context = fresh()
    for line in sys.stdin:
        text = json.loads(line)
        if text is None:
            context = fresh()
            found = ""
        else:
            found = z3.Z3_eval_smtlib2_string(context.ref(), text)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    answers()
