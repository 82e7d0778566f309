"""Rows decided by several processes: this one reads, and hands over so many rows at a time to one that is begun for them.

Each begins as a copy of this process, with all that it has learnt of the rows so far, and what it was handed is there
already. What it found comes back through a pipe and is written in the order of the rows; what it does not give back is
decided here.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from policy_engine.basics.errors import PolicyError
from policy_engine.tables.sheet import Rows
from policy_engine.tables.tally import Tally

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

LEARNT: Final = 2048
"""So many rows are decided here first."""
AT_A_TIME: Final = 8192
"""So many are handed over."""
Row = tuple[int, Sequence[Any]]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Deciding(Protocol):
    """What decides rows one by one, counts them and writes what it found."""

    tally: Tally

    def anew(self, tally: Tally, reject: Callable[[Any], None], file: Any) -> None:
        """From now on count, tell and write elsewhere."""

    def take(self, tally: Tally, rejected: Sequence[Any], text: str) -> None:
        """What was counted, is told and written of the next rows."""

    def decide(self, number: int, cells: Sequence[Any]) -> None:
        """Decide a row."""

    def count(self) -> None:
        """Count what was found in the rows so far."""


class Notes:
    """What is said of a table while it is read, told after what is wrong with the rows before."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.told, self.kept, self.is_ahead = told, list[str](), False

    def tell(self, text: str) -> None:
        """Say it, or keep it while rows before are being decided."""
        if self.is_ahead:
            self.kept.append(text)
        else:
            self.told(text)

    def caught_up(self) -> None:
        """Say what was kept."""
        self.is_ahead = False
        while self.kept:
            self.told(self.kept.pop(0))


@dataclass(frozen=True)
class Share:
    """Rows that were handed over; to no process where none was to be had."""

    rows: Sequence[Row]
    process: BaseProcess | None = None
    pipe: Connection | None = None

    def found(self) -> Any:
        """What the process found, once it has ended; None where nothing came of it."""
        found = None
        if self.pipe is not None:
            with suppress(EOFError, OSError):
                found = pickle.loads(self.pipe.recv_bytes())  # noqa: S301 - of this program itself
        self.end()
        return found

    def end(self) -> None:
        """End the process, wherever it is."""
        if self.process is not None and self.pipe is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()


class Abreast:
    """Rows decided by so many processes, as one would. `tick` is told how many are done."""

    def __init__(self, each: Deciding, tick: Callable[[int], None], processes: int) -> None:
        self.each, self.tick, self.processes = each, tick, processes
        self.waiting = deque[Share]()

    def decide(self, rows: Rows, notes: Notes) -> None:
        """Decide all of them. Raises what is raised as they are read."""
        rows, wrong = iter(rows), None
        self._here(islice(rows, LEARNT))
        notes.is_ahead = True
        try:
            while wrong is None:
                block, wrong = _next(rows)
                if not block:
                    break
                self.waiting.append(self._share(block))
                while len(self.waiting) >= self.processes:
                    self._take(self.waiting.popleft())
            while self.waiting:
                self._take(self.waiting.popleft())
        finally:
            for one in self.waiting:
                one.end()
        notes.caught_up()
        if wrong is not None:
            raise wrong

    def _here(self, rows: Iterable[Row]) -> None:
        for number, cells in rows:
            self.each.decide(number, cells)
            self.tick(self.each.tally.rows)

    def _share(self, rows: Sequence[Row]) -> Share:
        alone = threading.active_count() == 1  # a copy has no other threads, but their locks
        if self.processes == 1 or sys.platform != "linux" or not alone:
            return Share(rows)
        import multiprocessing

        self.each.count()  # so that nothing is counted twice
        context = multiprocessing.get_context("fork")
        try:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=self._there, args=(rows, theirs, ours), daemon=True)
            with theirs, _uninterrupted(), warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which nobody uses there
                process.start()
        except OSError:
            self.processes = 1  # each attempt leaves files open: there is no other
            return Share(rows)
        return Share(rows, process, ours)

    def _there(self, rows: Sequence[Row], theirs: Connection, ours: Connection) -> None:
        """Decide rows in a process of their own, which ends when nobody hears it any more."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began this ends it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        gc.disable()  # it would look at everything, and so copy it
        for pipe in (ours, *[one.pipe for one in self.waiting if one.pipe]):
            pipe.close()
        text, tally, rejected = io.StringIO(), Tally(), list[Any]()
        self.each.anew(tally, rejected.append, text)
        with suppress(
            Exception
        ):  # no memory, or nobody who hears it; what goes wrong is told by who decides these rows then
            for number, cells in rows:
                self.each.decide(number, cells)
            self.each.count()
            theirs.send_bytes(pickle.dumps((tally, rejected, text.getvalue())))

    def _take(self, one: Share) -> None:
        """Write what was found of rows that were handed over, or else decide them here."""
        found = one.found()
        if found is None:
            self._here(one.rows)
        else:
            self.each.take(*found)
            self.tick(self.each.tally.rows)


def _next(rows: Iterator[Row]) -> tuple[list[Row], PolicyError | None]:
    """The next rows, and what is wrong behind them."""
    found = list[Row]()
    try:
        for row in islice(rows, AT_A_TIME):
            found.append(row)
    except PolicyError as error:
        return found, error
    return found, None


_ENDING: Final = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What ends a run waits until a process that is begun has its own ways of ending: it would clear away the drafts of all."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
