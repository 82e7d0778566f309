"""Every fault of a small rule is found, and nothing is found of its twin that differs in one token."""

import datetime as dt
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from strategies import composed

import policy_engine
from policy_engine.solving.across import across
from policy_engine.solving.findings import examined
from policy_engine.solving.found import FAULTS
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
HERE = Path(__file__).parent
LISTED = yaml.safe_load((HERE / "faults.yaml").read_text(encoding="utf-8"))
LARGER = yaml.safe_load((HERE / "larger.yaml").read_text(encoding="utf-8"))
LISTS = yaml.safe_load((HERE / "lists.yaml").read_text(encoding="utf-8"))
SEVERAL = yaml.safe_load((HERE / "several.yaml").read_text(encoding="utf-8"))
PAIRS = [(kind, line) for kind, lines in LISTED["faults"].items() for line in lines.splitlines()]
PAIRS += [(kind, data) for every in (LARGER, LISTS, SEVERAL) for kind, some in every.items() for data in some]
CITE = {"at": "第一条", "phrase": "某条"}
HELD = {
    "date": "held_on", "by": {"name": "member"},
    "columns": {"held_on": {"type": "date"}, "what": {"type": "choice", "of": ["study", "paper"]}},
}  # fmt: skip
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


def taken(part, side):
    """A part of a larger rule, the faulty one (1) or its sound twin (2)."""
    if isinstance(part, dict):
        return {key: taken(value, side) for key, value in part.items()}
    if isinstance(part, list):
        return [taken(value, side) for value in part]
    return TOKEN.sub(rf"\{side}", part) if isinstance(part, str) else part


def larger_rule(data, side):
    """A larger rule."""
    return composed(as_file(data, side))


def as_file(data, side, decision="town.rule"):
    """A rule file as plain data; what has no citation has one."""
    data = taken(data, side)
    provisions = []
    for i, part in enumerate(data.get("provisions", []), 1):
        one = provision(i, part) if isinstance(part, str) else {"id": f"p{i}", "cite": CITE} | part
        exceptions = [{"cite": CITE} | each for each in one.get("unless", ())]
        provisions.append(one | ({"unless": exceptions} if exceptions else {}))
    cited = {key: [{"cite": CITE} | one for one in data[key]] for key in ("scope",) if key in data}
    tables = {name: {"cite": CITE} | table for name, table in data.get("decision_tables", {}).items()}
    cited |= {"decision_tables": tables} if tables else {}
    if "register" in data:
        cited["register"] = HELD | {"totals": data["register"]["totals"]}
    return {"decision": decision, "document": "甲"} | data | cited | {"provisions": provisions}


def several(decisions, side, folder):
    """The rules of a town."""
    town = folder / str(side)
    (town / "town").mkdir(parents=True)
    (town / "documents.yaml").write_text("documents: [{number: 甲}, {number: 乙}]\n", encoding="utf-8")
    for name, data in decisions.items():
        text = json.dumps(as_file(data, side, f"town.{name}"), ensure_ascii=False)
        (town / "town" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return policy_engine.load(town).rules()


def told(rule, side, solvers, folder=None):
    if isinstance(rule, dict) and all({"provisions", "decision_tables"} & {*part} for part in rule.values()):
        rules = several(rule, side, folder)
        return [*(one for each in rules for one in examined(each, DAY, solvers)), *across(rules, DAY, solvers)]
    rule = rule_of(rule, side) if isinstance(rule, str) else larger_rule(rule, side)
    return examined(rule, DAY, solvers)


def pytest_generate_tests(metafunc):
    """A sample and all of lists, or all pairs where they are asked for."""
    if "pair" in metafunc.fixturenames:
        sample = [*PAIRS[::4], *((kind, rule) for kind, some in LISTS.items() for rule in some)]
        pairs = PAIRS if metafunc.config.getoption("--faults") else sample
        metafunc.parametrize("pair", pairs, ids=lambda pair: f"{pair[0]} {pair[1]}"[:200])


def test_there_are_sixty_or_more_of_each_kind_some():
    assert len(PAIRS) >= 60
    assert {kind for kind, _ in PAIRS} == FAULTS
    assert all(TOKEN.search(str(rule)) for _, rule in PAIRS)


def test_a_fault_is_found_and_its_twin_is_sound(pair, solvers, tmp_path):
    kind, rule = pair
    found = told(rule, 1, solvers, tmp_path)
    assert kind in {one.kind for one in found}
    assert not {one.kind for one in told(rule, 2, solvers, tmp_path)} & (FAULTS | {"not-settled"})
    for case in (case for one in found for case in (one.example, one.risen) if case is not None):
        assert all(round_number(value) for value in case.facts.given.values()), case.facts.given


def round_number(value):
    """Whether a value is no number, or one that people would write: of few digits, as the rule has it, or a step beside it."""
    if not isinstance(value, Fraction):
        return True
    return (value * 10_000).denominator == 1 and (len(str(abs(value.numerator)).strip("0")) <= 5 or value > 10**9)


@pytest.mark.parametrize("kind", LARGER)
def test_what_was_once_missed_is_found(kind, solvers, tmp_path):
    """The first of each kind: what was found wrong once."""
    test_a_fault_is_found_and_its_twin_is_sound((kind, LARGER[kind][0]), solvers, tmp_path)


def test_nobody_conflicts_with_another_document_whose_reach_can_be_left(solvers, tmp_path):
    pair = next(one for one in SEVERAL["conflicting"] if "‹m|n›" in str(one))
    test_a_fault_is_found_and_its_twin_is_sound(("conflicting", pair), solvers, tmp_path)


def test_exceptions_are_counted_as_they_are_written(solvers):
    """What a document does not cover is no exception of a check, though it takes it out of reach too."""
    data = {"inputs": {"n": {"type": "count"}, "f": {"type": "flag"}}, "scope": [{"when": "n < 9"}]}
    rule = {"when": "n > 5", "require": "f", "unless": [{"when": "n == 7"}, {"when": "n > 9"}]}
    (one,) = told(data | {"provisions": [rule]}, 1, solvers)
    assert (one.kind, one.which) == ("dead-exception", "2")
