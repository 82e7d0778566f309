"""Each construct of rule files alone: on the same cases every table engine says what the interpreter says.

make constructs                       # 2,000 cases of each construct on four engines
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import agreement

sys.path.append(str(Path(__file__).parents[1]))

from policy_engine.rulebook.rows import tabled
from test_constructs import CONSTRUCTS, book_of


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_every_engine_says_of_a_construct_what_the_interpreter_says(engine, name, tmp_path, request):
    """Totals of lists are columns on engines, so of a list the total is held, and what is said of each row is open."""
    count = request.config.getoption("--constructs")
    if not count:
        pytest.skip("2,000 cases of each construct: make constructs")
    rule = book_of(tmp_path, CONSTRUCTS[name]).rule("town.rule")
    lists = rule.rows.keys()
    decided = 0
    for drawn in agreement.batches(tabled(rule), count):
        batch = replace(drawn, facts=[{k: v for k, v in facts.items() if k not in lists} for facts in drawn.facts])
        assert agreement.disagreement(engine[0], batch, list(agreement.expected(batch))) is None
        decided += len(batch.facts)
    assert decided >= count * 9 // 10
