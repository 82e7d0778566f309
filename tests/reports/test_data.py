"""JSON as it is written for people: that of the library, and nothing a terminal would obey."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy_engine
from policy_engine import PolicyError
from policy_engine.proving.cases import load_cases
from policy_engine.reports.data import decision, dump

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BOOK = policy_engine.load()

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(max_codepoint=0x7E) | st.sampled_from("条é“\n"))
)
VALUES = st.recursive(
    LEAVES, lambda of: st.lists(of) | st.tuples(of) | st.dictionaries(st.text('ab条"\\', max_size=3), of)
)


@given(VALUES)
def test_json_is_indented_as_the_library_does(value):
    assert dump(value) == json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    assert dump(value, indent=None) == json.dumps(value, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("key", [1, True, None, 1.5, b"a"])
def test_a_key_that_is_no_text_is_no_answer(key):
    with pytest.raises(TypeError):
        dump({"a": [{key: "b"}]})


def test_what_a_terminal_would_obey_is_written_by_its_number():
    assert dump(["\x9b\u202e"]) == '[\n "\\u009b\\u202e"\n]\n'


@pytest.mark.parametrize("name", ["fund/investment", "government/trip", "hospital/training", "award/grant"])
def test_an_answer_of_which_parts_were_written_before_is_written_as_its_dict(name):
    told = set()
    for case in load_cases(SCENARIOS / f"{name}.yaml"):
        try:
            found = BOOK.decide(name.replace("/", "."), case.facts, case.as_of or dt.date(2025, 3, 1), case.readings)
        except PolicyError:
            continue
        assert decision(found) == dump(found.to_json())
        told.add(found.outcome)
    assert len(told) > 2


def test_a_departure_that_is_justified_in_words_a_terminal_would_obey():
    name = "fund.investment"
    departed = next(
        (case, finding.provision)
        for case in load_cases(SCENARIOS / "fund/investment.yaml")
        if case.entries is None and not (case.expect and case.expect.refused)
        for finding in BOOK.decide(name, case.facts, case.as_of, case.readings).findings
        if finding.status == "departed"
    )
    why = {departed[1]: {"who": "甲\x9b", "why": "乙%s\u202e"}}
    found = BOOK.decide(name, {**departed[0].facts, "justifications": why}, departed[0].as_of, departed[0].readings)
    assert decision(found) == dump(found.to_json())
    assert "甲\\u009b" in decision(found) and "乙%s\\u202e" in decision(found)


def test_what_another_thread_forgets_at_once_is_written_all_the_same(monkeypatch):
    class Forgetful(dict):
        def __setitem__(self, key, value):
            pass

    found = BOOK.decide("fund.investment", {"kind": "subfund", "amount": "2.4亿元"}, "2025-03-01")
    monkeypatch.setitem(found.rule.kept, "written", Forgetful())
    assert decision(found) == dump(found.to_json())
