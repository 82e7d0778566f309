"""Rows of a long table told with the help of another process: one reads and puts them in order, both find what is said of them.

What is written is the same: what the other does not tell is decided here, and so is everything while it is busy or starting,
where it cannot be had, and once it is gone.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from threading import Thread
from types import SimpleNamespace
from typing import Any, Final, Self

from policy_engine.tables.alike import Given, RowsAlike, Said
from policy_engine.tables.answers import headers
from policy_engine.tables.columns import Column, Job
from policy_engine.tables.files import Making
from policy_engine.tables.sheet import Rows
from policy_engine.tables.tally import Tally

LONG: Final = 4_000
"""A table of fewer rows is told here: another process takes as long to start."""
WORDY: Final = 4
"""So many times as long takes a row of which people are told what is wrong and what would mend it."""
PART: Final = 500
"""So many rows are handed over at a time: some 20 ms of work, since each part waits for threads that take turns."""
BUSY: Final = 3
"""So many parts the other process has at a time."""
AHEAD: Final = 8
"""So many parts are told ahead of what is written."""

Row = tuple[int, Any]
"""The number and the cells of a row; last perhaps why no more of them can be read."""
Told = Callable[[], "list[Said | None]"]
"""What is said of the rows of a part, when they are to be written."""


def rows_told(rows: Rows, alike: RowsAlike | None, helped: bool) -> Generator[tuple[int, Any, Said | None]]:
    """Each row with what is said of it, in order; None where it is decided on its own."""
    long, wordy = False, WORDY if alike and not alike.machine else 1
    if alike is not None and helped:
        rows = _caught(rows)
        head = list(islice(rows, LONG // wordy))
        long, rows = len(head) == LONG // wordy, chain(head, rows)
        del head
    helper = _helper(alike) if alike and long and alike.is_made() else None
    if helper is None:
        for number, cells in rows:
            yield number, _read(cells), alike.told(cells) if alike else None
        return
    with helper:
        waiting = deque[tuple[list[Row], Told]]()
        for part in iter(lambda: list(islice(rows, PART // wordy)), []):
            waiting.append((part, helper.told(part)))
            if len(waiting) > AHEAD:
                yield from _together(*waiting.popleft())
        while waiting:
            yield from _together(*waiting.popleft())


def _caught(rows: Rows) -> Iterator[Row]:
    """The rows, and last why no more of them can be read: that is raised when those before it are told."""
    try:
        yield from rows
    except Exception as error:
        yield 0, error


def _read(cells: Any) -> Any:
    if isinstance(cells, Exception):
        raise cells
    return cells


def _together(part: list[Row], told: Told) -> Iterator[tuple[int, Any, Said | None]]:
    return ((number, _read(cells), said) for (number, cells), said in zip(part, told(), strict=True))


class _Helper:
    """The other process, as long as it is needed."""

    def __init__(self, alike: RowsAlike) -> None:
        gc.freeze()  # what is there stays, and is not gone through again for each few parts
        self.alike = alike
        kind = type(alike.sink) if isinstance(alike.sink, Making) else None
        given = (replace(alike.job, tell=_unheard), alike.columns, alike.machine, kind)
        self.pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, given)
        with _undisturbed():
            self.handed = [self.pool.submit(_said, [])] * BUSY  # until it is there

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def told(self, part: list[Row]) -> Told:
        """What is said of rows: found now, or left to the other process."""
        facts = [self.alike.facts(cells) for _, cells in part]
        here = partial(_all_said, self.alike, facts)
        self.handed = [one for one in self.handed if not one.done()]
        if len(self.handed) == BUSY:
            found = here()
            return lambda: found
        try:
            rows = [given and (list(cells), given) for (_, cells), given in zip(part, facts, strict=True)]
            self.handed.append(asked := self.pool.submit(_said, rows))
        except BrokenExecutor:
            return here
        return partial(self._answer, asked, here)

    def _answer(self, asked: Future[Any], here: Told) -> list[Said | None]:
        try:
            said, counted = asked.result()
        except BrokenExecutor:
            return here()
        self.alike.tally.also(counted)
        return said  # type: ignore[no-any-return]


def _helper(alike: RowsAlike) -> _Helper | None:
    """Another process, if one can be had: some machines have none left, or nothing that processes share."""
    try:
        return _Helper(alike)
    except (OSError, ImportError, NotImplementedError):
        return None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever stops the run waits until the other process has begun, which hears of it from the first alone."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _all_said(alike: RowsAlike, facts: list[Given | None]) -> list[Said | None]:
    return [given and alike.say(given) for given in facts]


# --- in the other process ---------------------------------------------------------------------------------------------

_THERE: Final[list[RowsAlike]] = []
_WRITTEN: Final[list[str]] = []


def _begin(job: Job, columns: Sequence[Column], machine: bool, kind: type[Any] | None) -> None:
    """Be ready to tell rows, and to write them where that is of text; the end of the first process is the end of this one."""
    first = multiprocessing.parent_process()
    Thread(target=_end_with, args=(first,), daemon=True).start()
    sink = kind(SimpleNamespace(write=_WRITTEN.append)) if kind else None
    if sink is not None:
        sink.header(headers(job, columns, machine))
    _THERE.append(RowsAlike(job, columns, machine, Tally(), sink))
    _THERE[0].is_made()
    gc.freeze()


def _end_with(first: Any) -> None:
    first.join()
    os._exit(1)


def _said(rows: list[tuple[list[Any], Given] | None]) -> tuple[list[Said | None], Tally]:
    """What is said of rows, and how many have each status."""
    alike, found = _THERE[0], list[Said | None]()
    alike.tally = Tally()
    for row in rows:
        said = row and alike.say(row[1])
        if row and said and alike.sink:
            _WRITTEN.clear()
            alike.put(row[0], said[1])
            said = said[0], "".join(_WRITTEN), said[2]
        found.append(said)
    alike.count()
    return found, alike.tally


def _unheard(text: str) -> None:
    """The first process has told it."""
