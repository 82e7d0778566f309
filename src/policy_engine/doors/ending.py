"""How a run ends: whatever goes wrong is one line and exit code 2, so that no mistake of ours passes for a verdict."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

from policy_engine.basics.errors import Text, reason
from policy_engine.doors.options import tell
from policy_engine.doors.tongue import asked_for
from policy_engine.words import Exit

STOPPED: Final = 130
CLOSED: Final = 141  # a reader who has read enough is no verdict: as a shell tells of a closed pipe


def ending(run: Callable[[], Any]) -> int:
    """The exit code of a run. `POLICY_TRACEBACK=1` shows where an unexpected error came from."""
    caught: list[int] = []

    def stop(number: int, frame: object) -> None:  # as an exception: drafts are removed
        caught.append(number)
        sys.exit(128 + number)

    _all_open()
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, stop)
    try:
        code = _said(run)
        sys.stdout.flush()
        return (
            128 + caught[-1] if caught and code == STOPPED else code
        )  # DuckDB does not say by which signal it was stopped
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        return _unsaid(CLOSED)
    except MemoryError:
        words = Text(
            "not enough memory: let other programs end, or split the file", "内存不足：请关闭其他程序，或拆分文件后再试"
        )
        tell(words.of(asked_for(sys.argv[1:])), err=True)
        return _unsaid(Exit.UNUSABLE)
    except Exception as error:
        if os.environ.get("POLICY_TRACEBACK"):
            traceback.print_exc()
        why = reason(error)
        tell(Text(f"failed: {why.en}", f"运行失败：{why.zh}").of(asked_for(sys.argv[1:])), err=True)
        return _unsaid(Exit.UNUSABLE)


def _all_open() -> None:
    """A standard stream that was closed is there and refuses what is asked of it, but for complaints, which are lost.

    Else the next file that is opened would take its place, and what is printed would go into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def _said(run: Callable[[], Any]) -> int:
    """The code the library under the command line ends with; it has told what is wrong with a command line itself."""
    try:
        run()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # for which it ends with 1, as a verdict would
            raise error.__context__ from None
        return error.code if isinstance(error.code, int) else Exit.COMPLIANT
    return Exit.COMPLIANT


def _unsaid(code: int) -> int:
    """What is left unsaid goes nowhere: standard output takes no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
