"""Work that a copy of this process does, or else this one."""

import multiprocessing
import os
import sys
from functools import partial

import pytest

from policy_engine.tables.copies import Copy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process is copied")


def test_a_copy_does_it():
    copy = Copy(os.getpid)
    assert copy.done() == copy.process.pid != os.getpid()
    assert not Copy.others


def test_one_that_is_not_to_begin_is_done_here():
    assert Copy(os.getpid, begin=False).done() == os.getpid()


def test_what_the_work_raises_is_raised_here():
    with pytest.raises(ZeroDivisionError):
        Copy(partial(divmod, 1, 0)).done()
    assert not Copy.others


def test_none_is_done_here_too():
    done = []
    assert Copy(partial(done.append, 1)).done() is None
    assert done == [1]


def work(pipe):
    pipe.send(Copy(os.getpid).done() == os.getpid())


def test_a_process_of_a_server_has_no_copies():
    """Python lets it have no processes of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=work, args=(theirs,), daemon=True)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert ours.recv() is True
