"""Registers: on the same entries every engine says what the interpreter says, of every period, member and entry."""

from functools import cache

import pytest

pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")

import engines
import ledgers
import policy_engine
from policy_engine.evaluators.tables import Refused
from policy_engine.evaluators.tables.register import findings

BOOK = policy_engine.load()
DECISIONS = [name for name in BOOK.decisions() if BOOK.rule(name).register]
SHOWN = 5


@cache
def wanted(decision, count):
    """The ledgers of a decision with what the interpreter says of them."""
    drawn = ledgers.ledgers(BOOK.rule(decision), count)
    return [(one, said) for one in drawn if (said := ledgers.expected(one)) is not None]


def disagreement(engine, drawn, said):
    """Where an engine does not say what the interpreter says; None where it agrees."""
    stored = engines.stored(engine, ledgers.table_of(drawn), "ledger")
    table = findings(drawn.rule, ledgers.ledger_of(drawn, stored), drawn.asked)
    found = list(ledgers.differences(said, ledgers.answered(drawn.rule, engines.rows_of(engine, table))))
    return "\n".join([f"{len(found)} differences on {engine.name}, {drawn.asked}", *found[:SHOWN]]) if found else None


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_engine_says_what_the_interpreter_says_of_a_register(engine, decision, request):
    connected, _ = engine
    for drawn, said in wanted(decision, max(4, request.config.getoption("--cases") // 10)):
        try:
            found = disagreement(connected, drawn, said)
        except Refused as refused:
            assert connected.name == "polars" and "running totals on Polars" in str(refused), refused
        else:
            assert found is None, found
