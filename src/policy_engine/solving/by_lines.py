"""What a solver does in a process of its own: reads one JSON text a line, answers one a line, until nobody asks."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable

Says = Callable[[str], str]


def work() -> int:
    """How many times the work of one question it may take."""
    return int(sys.argv[1])


def answer(fresh: Callable[[], Says]) -> None:
    """Answer what is asked. `fresh`: a solver that knows nothing yet.

    Whoever asks ends it where it takes too long; where there is nobody left who would, the system does a little later.
    """
    longest, says = 2 * int(sys.argv[2]), fresh()
    for line in sys.stdin:
        text, found = json.loads(line), ""
        signal.alarm(longest)
        if text is None:
            says = fresh()
        else:
            found = says(text)
        signal.alarm(0)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
