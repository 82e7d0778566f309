"""What a solver does in a process of its own: reads one JSON text a line, answers one a line, until nobody asks."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

Says = Callable[[str], str]
PR_SET_PDEATHSIG: Final = 1


def work() -> int:
    """How many times the work of one question it may take."""
    return int(sys.argv[1])


def _end_with(asking: int) -> None:
    """End where the process that asks ends, whatever ends it; Linux alone has a way. It began this one with signals held back."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != asking:  # it ended before
            sys.exit()


def answer(fresh: Callable[[], Says]) -> None:
    """Answer what is asked. `fresh`: a solver that knows nothing yet.

    Whoever asks ends it where it takes too long; where there is nobody left who would, the system does, at once or a little later.
    """
    _end_with(int(sys.argv[3]))
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
