"""A few of the kills, writers and changes of `benchmarks/kills.py`, which has hundreds."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("kills", Path(__file__).parents[2] / "benchmarks" / "kills.py")
kills = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kills)


@pytest.mark.parametrize(("name", "count"), [("watch", 2), ("batch", 3), ("writers", 4), ("cache", 1)])
def test_nothing_is_lost(name, count, tmp_path):
    assert kills.WHAT[name][0](count, tmp_path)


def test_a_run_of_tests_that_is_ended_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__, "-k", "nothing_is_lost"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "TMPDIR": str(tmp_path)}}
    with subprocess.Popen(command, **quiet) as tests:
        while not (begun := list(tmp_path.glob("policy-cache-*"))) and tests.poll() is None:
            time.sleep(0.01)
        tests.terminate()
    assert begun
    assert not [left.name for left in tmp_path.iterdir() if left.name.startswith("policy-")]
