"""A workbook written by a second process, while the first reads and decides: a sheet takes the time of the slower of the two.

What is written is dictated: `header`, `say_beside`, `write` and `close` of a Workbook, many at a time, through a pipe. Who
dictates is not far ahead: so many parts wait to be written, then the pipe is full. When the pipe ends nobody dictates any
more, and nothing is left behind.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO, Final

from policy_engine.basics.errors import Lang, PolicyError, problem
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.abreast import cores
from policy_engine.tables.handed import Workbook
from policy_engine.tables.tally import Tally
from policy_engine.tables.workbook import read_original

LARGE: Final = 100_000
"""A table of fewer bytes is written sooner than a process is there to write it."""
TOLD: Final = 64
"""So much is dictated at a time: rows, and what is said beside them."""
WAITING: Final = 200
"""So many parts wait to be written: what is dictated while a sheet that is kept is read."""
PATIENCE: Final = 30
"""Seconds in which a scribe that is stopped has cleared away."""
Source = tuple[Path, str | None]


@contextmanager
def workbook(path: Path, rule: Rule, lang: Lang, table: Path, kept: Source | None) -> Iterator[Workbook | Scribe]:
    """A workbook to write what is said of a table to; `kept`: the sheet that is kept in it. Raises PolicyError."""
    scribe = _scribe(path, rule, lang, table, kept)
    if scribe is None:
        yield Workbook(path, rule, lang, read_original(*kept) if kept else None)
        return
    try:
        yield scribe
    finally:
        scribe.end()


def _scribe(path: Path, rule: Rule, lang: Lang, table: Path, kept: Source | None) -> Scribe | None:
    """A process that writes, where one saves time and is to be had."""
    is_python = Path(sys.executable or "").name.startswith(("python", "pypy"))  # and no server that Python runs in
    if not table.is_file() or table.stat().st_size < LARGE or cores() < 2 or not is_python:
        return None
    try:
        return Scribe(path, rule, lang, kept)
    except OSError:
        return None


class Scribe:
    """Where rows go that another process writes."""

    def __init__(self, path: Path, rule: Rule, lang: Lang, kept: Source | None) -> None:
        places = os.pathsep.join(str(Path(part).absolute()) for part in sys.path)
        self.kept, self.told = kept is not None, list[tuple[Any, ...]]()
        self.child = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": places}, start_new_session=True,
        )  # fmt: skip
        self._say((path, rule, lang, kept))

    def header(self, headers: Sequence[str]) -> None:
        """As of a Workbook."""
        self.told.append(("header", headers))

    def say_beside(self, row: int, said: Sequence[str]) -> None:
        """As of a Workbook."""
        if self.kept:
            self.told.append(("say_beside", row, said))

    def write(self, cells: Sequence[Any]) -> None:
        """As of a Workbook. Raises what was raised there."""
        self.told.append(("write", cells))
        if len(self.told) >= TOLD:
            self._hand_over()

    def close(self, tally: Tally) -> None:
        """As of a Workbook: the file is whole. Raises what was raised there."""
        self.told.append(("close", tally))
        self._hand_over()
        self._demand_done()

    def end(self) -> None:
        """End the process, wherever it is: nothing of it is there any more."""
        self.child.terminate()
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _hand_over(self) -> None:
        told, self.told = self.told, []
        self._say(told)

    def _say(self, told: Any) -> None:
        assert self.child.stdin is not None
        try:
            self.child.stdin.write(pickle.dumps(told))
            self.child.stdin.flush()
        except OSError:  # it hears no more
            self._demand_done()

    def _demand_done(self) -> None:
        """Raises what was wrong there, or that nothing is known of it."""
        assert self.child.stdout is not None
        answer = self.child.stdout.read()
        wrong = pickle.loads(answer) if answer else _gone(self.child.wait())  # noqa: S301 - of this program itself
        if wrong is not None:
            raise wrong if isinstance(wrong, Exception) else PolicyError(wrong)


def _gone(code: int) -> PolicyError:
    en, zh = f"the process that wrote the workbook ended ({code})", f"写入工作簿的进程已终止（{code}）"
    return PolicyError(problem("unwritable", f"cannot write: {en}", f"无法写入：{zh}"))


def main() -> None:
    """Write what is dictated on standard input, and tell on standard output what was wrong: None where nothing was."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # as an exception: drafts are removed
    gc.disable()  # a sheet that is kept is read as many cells that know each other; all goes with the process
    told: Any = None
    try:
        _write(open(0, "rb", closefd=False))  # noqa: SIM115 - no name, and not the one that is flushed at the end
    except (EOFError, pickle.UnpicklingError):  # nobody dictates any more
        return
    except PolicyError as error:
        told = error.problems
    except Exception as error:
        told = error
    with suppress(OSError):
        sys.stdout.buffer.write(pickle.dumps(told))
        sys.stdout.buffer.flush()


def _write(pipe: BinaryIO) -> None:
    path, rule, lang, kept = pickle.load(pipe)  # noqa: S301 - of this program itself
    heard = Queue[Any](WAITING)
    Thread(target=_hear, args=(pipe, heard), daemon=True).start()
    book = Workbook(path, rule, lang, read_original(*kept) if kept else None)
    name = ""
    while name != "close":
        part = heard.get()
        if isinstance(part, Exception):
            raise part
        for name, *given in part:
            getattr(book, name)(*given)


def _hear(pipe: BinaryIO, heard: Queue[Any]) -> None:
    """Take what is dictated as it comes, also while nothing can be written yet; the last is why no more comes."""
    try:
        while True:
            heard.put(pickle.load(pipe))  # noqa: S301 - of this program itself
    except Exception as error:
        heard.put(error)


if __name__ == "__main__":
    main()
