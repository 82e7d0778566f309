"""Rules are found by their path, read whole or refused, and what they say is what was written."""

import datetime as dt
import threading
from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.language import syntax
from policy_engine.proving.schema import schema
from policy_engine.rulefiles import rulebook
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.cache import named

HEAD = "decision: town.rule\ndocument: 湾\n"
CAP = "provisions:\n  - {id: cap, cite: {at: 一, phrase: 三}, require: n <= 3}\n"


def codes(book, decision="town.rule"):
    with pytest.raises(PolicyError) as error:
        book.rule(decision)
    return [p.code for p in error.value.problems]


def test_the_path_is_the_address(city):
    assert city.decisions() == ["harbour.berth", "library.loan"]
    assert city.rule("harbour.berth").decision == "harbour.berth"


def test_a_new_decision_of_another_city_loads_and_decides(town):
    decision = town(HEAD + "inputs: {n: {type: count}}\n" + CAP).decide("town.rule", {"n": 4}, dt.date(2024, 1, 1))
    assert decision.outcome == "non_compliant"


@pytest.mark.parametrize(
    "name",
    [
        "harbour.birth",
        "harbour",
        "",
        "..",
        "../rules/harbour.berth",
        "harbour/berth",
        "documents",
        "harbour.berth.yaml",
    ],
)
def test_an_unknown_decision_is_refused_with_the_known_ones(city, name):
    with pytest.raises(PolicyError) as error:
        city.rule(name)
    (found,) = error.value.problems
    assert found.code == "unknown-decision"
    assert "harbour.berth" in found.help.en


@pytest.mark.parametrize("word", sorted(syntax.RESERVED))
def test_a_word_of_the_language_names_nothing(town, word):
    assert codes(town(HEAD + f"inputs: {{n: {{type: count}}, {word}: {{type: flag}}}}\n" + CAP)) == ["name"]


def test_a_document_gives_its_span_to_its_provisions(city):
    rule = city.rule("harbour.berth")
    assert rule.document.valid_until == dt.date(2026, 1, 31)
    assert {p.valid_from for p in rule.provisions} == {dt.date(2023, 2, 1), dt.date(2024, 7, 1)}
    assert city.rule("library.loan").document.valid_from is None


def test_a_tree_without_documents_loads(town):
    assert town(HEAD + "inputs: {n: {type: count}}\n" + CAP).rule("town.rule").document.number == "湾"


def test_formulas_stand_after_those_they_use(city):
    order = city.rule("harbour.berth").formula_order
    assert order.index("rate") < order.index("quay_price")


def test_problems_of_all_files_are_told_together(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rule.yaml").write_text(f"decision: {name}.rule\n", encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        policy_engine.load(tmp_path).rules()
    assert {p.place.file for p in error.value.problems} == {
        str(tmp_path / name / "rule.yaml") for name in ("one", "two")
    }


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PolicyError, match="is not a folder of rules"):
        policy_engine.load(tmp_path / "nowhere")


def test_every_type_of_input_can_be_declared(town):
    inputs = "".join(
        f"  i_{t}: {{type: {t}{', of: [a, b]' if t in ('choice', 'set') else ''}{', unit: t/h' if t == 'quantity' else ''}}}\n"
        for t in model.TypeName.__args__
    )
    rule = town(HEAD + "inputs:\n" + inputs + "  n: {type: count}\n" + CAP).rule("town.rule")
    assert {i.type_name for i in rule.inputs.values()} == set(model.TypeName.__args__)


@pytest.mark.parametrize(
    ("kind", "lowest"), [("count", True), ("money", True), ("share", True), ("area", True), ("number", False)]
)
def test_what_cannot_be_negative_is_not(town, kind, lowest):
    rule = town(
        HEAD
        + f"inputs: {{n: {{type: {kind}}}}}\nprovisions:\n  - {{id: cap, cite: {{at: 一, phrase: 三}}, require: n <= 3}}\n"
    ).rule("town.rule")
    assert bool(rule.inputs["n"].bounds) is lowest


@pytest.mark.parametrize(
    "text", ["\ufeff" + HEAD, HEAD.replace("\n", "\r\n"), "# a comment\n" + HEAD, "%YAML 1.1\n---\n" + HEAD]
)
def test_marks_line_ends_and_comments_do_not_matter(town, text):
    assert town(text + "inputs: {n: {type: count}}\n" + CAP).rule("town.rule")


def test_json_is_yaml(town):
    assert town('{"decision": "town.rule", "document": "湾", "inputs": {"n": {"type": "count"}}, "provisions": '
                '[{"id": "cap", "cite": {"at": "一", "phrase": "三"}, "require": "n <= 3"}]}').rule("town.rule")  # fmt: skip


def test_a_changed_file_is_read_anew(town):
    text = HEAD + "inputs: {n: {type: count}}\n" + CAP
    assert town(text).decide("town.rule", {"n": 4}, "2024-01-01").outcome == "non_compliant"
    assert town(text.replace("n <= 3", "n <= 4")).decide("town.rule", {"n": 4}, "2024-01-01").outcome == "compliant"


def test_a_text_of_many_lines_is_one_expression(town):
    text = (
        HEAD
        + "inputs: {n: {type: count}}\nprovisions:\n  - id: cap\n    cite: {at: 一, phrase: 三}\n    require: >-\n      n >= 1\n      and n <= 3\n"
    )
    assert town(text).decide("town.rule", {"n": 4}, "2024-01-01").outcome == "non_compliant"


def test_the_schema_knows_every_key(town):
    definitions = schema()["$defs"]
    assert set(schema()["properties"]) == {
        "decision",
        "document",
        "title",
        "note",
        "calendar",
        "inputs",
        "facts_must",
        "scope",
        "readings",
        "rows",
        "uses",
        "tables",
        "decision_tables",
        "register",
        "provisions",
        "claims",
    }
    assert {"id", "cite", "force", "when", "unless", "require", "value", "unsettled", "due", "from", "until"} <= set(
        definitions["Provision"]["properties"]
    )


def test_rules_used_in_tests_are_as_good_as_shipped_ones():
    assert policy_engine.load(Path(__file__).parents[1] / "rules").rules()


def test_a_decision_that_two_threads_ask_for_at_once_is_read_once(monkeypatch):
    """What is being read was taken for what uses itself."""
    book, found = policy_engine.load(), []
    other = threading.Thread(target=lambda: found.append(book.rule("award.grant")))

    def slowly(*asked):
        if other.ident is None:
            other.start()
            other.join(0.3)
        return named(*asked)

    monkeypatch.setattr(rulebook, "named", slowly)
    rule = book.rule("award.grant")
    other.join()
    assert [one is rule for one in found] == [True]
