"""Work done by a copy of this process, with all that it has in memory, while this one goes on."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Copy:
    """A copy of this process that does some work, where one is to be had and it is to begin."""

    others: Final = set["Connection"]()
    """The pipes of all copies that are at work."""

    def __init__(self, work: Callable[[], Any], *, begin: bool = True) -> None:
        self.work = work
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None
        alone = threading.active_count() == 1  # a copy has no other threads, but their locks
        if begin and sys.platform == "linux" and alone:
            with suppress(OSError):
                self._begin()

    def _begin(self) -> None:
        import multiprocessing

        if multiprocessing.current_process().daemon:  # which may have no processes of its own: those of a server
            return
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        self.others.add(ours)
        process = context.Process(target=self._there, args=(theirs,), daemon=True)
        try:
            with theirs, _uninterrupted(), warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which nobody uses there
                process.start()
        except OSError:
            self._close(ours)
            raise
        self.process, self.pipe = process, ours

    def _there(self, theirs: Connection) -> None:
        """Do it, and end when nobody hears of it any more."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began this ends it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        gc.disable()  # it would look at everything, and so copy it
        for pipe in self.others:
            pipe.close()
        with suppress(Exception):  # no memory, or nobody hears it; what goes wrong is told by who does it then
            theirs.send_bytes(pickle.dumps(self.work()))

    def found(self) -> Any:
        """What came of the work, once it is done; None where nothing did."""
        found = None
        if self.pipe is not None:
            with suppress(EOFError, OSError):
                found = pickle.loads(self.pipe.recv_bytes())  # noqa: S301 - of this program itself
        self.end()
        return found

    def done(self) -> Any:
        """What comes of the work, done here where the copy does not tell. Raises what the work raises."""
        found = self.found()
        return self.work() if found is None else found

    def end(self) -> None:
        """End the process, wherever it is."""
        if self.process is not None and self.pipe is not None:
            self.process.kill()
            self.process.join()
            self._close(self.pipe)

    def _close(self, pipe: Connection) -> None:
        self.others.discard(pipe)
        pipe.close()


_ENDING: Final = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What ends a run waits until a process that is begun has its own ways of ending: it would clear away the drafts of all."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
