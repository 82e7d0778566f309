"""A folder that goes with its program, also where that is killed: another process waits for its end and removes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_REMOVER: Final = """
import os, shutil, signal, sys, time
for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # whoever stops the program means it; this ends with it
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
sys.stdin.read()
for _ in range(600):  # who still writes there ends soon
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.1)
"""
_PATIENCE: Final = 5
"""Seconds in which it is removed, where nothing hinders it; what takes longer goes on beside."""


class Folder:
    """A new folder below `TMPDIR` that nobody else may read, until it is removed or this process has ended."""

    def __init__(self, prefix: str) -> None:
        """Raises OSError where there can be none, or no process beside."""
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        command = [sys.executable, "-I", "-S", "-c", _REMOVER, str(self.path)]
        try:
            self._remover = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - this program itself
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Remove it with all that is in it."""
        with suppress(subprocess.TimeoutExpired):
            self._remover.communicate(timeout=_PATIENCE)
        shutil.rmtree(self.path, ignore_errors=True)  # where the process beside was killed
