"""Every fault of a small rule is found, and nothing is found of its twin that differs in one token."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml
from strategies import composed

from policy_engine.solving.findings import examined
from policy_engine.solving.found import FAULTS
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
LISTED = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text(encoding="utf-8"))
PAIRS = [(kind, line) for kind, lines in LISTED["faults"].items() for line in lines.splitlines()]
CITE = {"at": "第一条", "phrase": "某条"}
TOKEN = re.compile("‹(.*?)[|](.*?)›")
DAY = dt.date(2026, 11, 29)


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


def cases(text):
    found = []
    for part in text.split(", "):
        when, _, value = part.partition(" -> ")
        found.append(
            {"otherwise": value, "cite": CITE} if when == "else" else {"when": when, "is": value, "cite": CITE}
        )
    return found


def provision(i, text):
    """A check or a formula as plain data."""
    if match := re.fullmatch(r"(\w+) (money|count)( first)?: (.*)", text):
        name, kind, first, rest = match.groups()
        value = {"type": kind, "cases": cases(rest), **({"match": "first"} if first else {})}
        return {"id": name, "cite": CITE, "value": value}
    when, arrow, rest = text.rpartition(" => ")
    require, _, exception = rest.partition(" unless ")
    unless = {"unless": [{"when": exception, "cite": CITE}]} if exception else {}
    return {"id": f"p{i}", "cite": CITE, "require": require, **({"when": when} if arrow else {}), **unless}


def claim(text, inputs):
    """A claim as plain data."""
    if match := re.match(r"(\w)\^ (.*)", text):
        name, then = match.groups()
        return {"id": "claim", "says": "x", "raising": name, "never_falls" if then == "v" else "keeps": then}
    when, arrow, holds = text.rpartition(" => ")
    return {"id": "claim", "says": "x", "holds": holds, **({"when": when} if arrow else {})}


def rule_of(line, side):
    """The rule of a line: the faulty one (1) or its sound twin (2)."""
    parts = TOKEN.sub(rf"\{side}", line).split(" ;; ")
    inputs = {name: kind for name, kind in LISTED["inputs"].items() if re.search(rf"\b{name}\b", " ".join(parts))}
    claims = [claim(part.removeprefix("claim "), inputs) for part in parts if part.startswith("claim ")]
    provisions = [provision(i, part) for i, part in enumerate(parts, 1) if not part.startswith("claim ")]
    return composed({
        "decision": "town.rule", "document": "甲", "inputs": inputs, "provisions": provisions, "claims": claims,
    })  # fmt: skip


def told(line, side, solvers):
    return {found.kind for found in examined(rule_of(line, side), DAY, solvers)}


def pytest_generate_tests(metafunc):
    """A sample, or all pairs where they are asked for."""
    if "pair" in metafunc.fixturenames:
        every = 1 if metafunc.config.getoption("--faults") else 4
        metafunc.parametrize("pair", PAIRS[::every], ids=lambda pair: f"{pair[0]} {pair[1]}")


def test_there_are_sixty_or_more_of_each_kind_some():
    assert len(PAIRS) >= 60
    assert {kind for kind, _ in PAIRS} >= FAULTS - {"idle-input", "idle-reading"}
    assert all(TOKEN.search(line) for _, line in PAIRS)


def test_a_fault_is_found_and_its_twin_is_sound(pair, solvers):
    kind, line = pair
    assert kind in told(line, 1, solvers)
    assert not told(line, 2, solvers) & (FAULTS | {"not-settled"})
