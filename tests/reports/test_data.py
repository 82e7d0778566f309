"""JSON as it is written for people: that of the library, and nothing a terminal would obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.reports.data import dump

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
