"""A few of the kills, writers and changes of `benchmarks/kills.py`, which has hundreds."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("kills", Path(__file__).parents[2] / "benchmarks" / "kills.py")
kills = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kills)


@pytest.mark.parametrize(("name", "count"), [("watch", 2), ("batch", 3), ("writers", 4), ("cache", 1)])
def test_nothing_is_lost(name, count, tmp_path):
    assert kills.WHAT[name][0](count, tmp_path)
