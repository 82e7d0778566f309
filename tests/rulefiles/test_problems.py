"""Each message, exactly, in both languages: a mistaken file beside what is said about it; `pytest --update` records anew."""

from pathlib import Path

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.deciding.facts import read_facts
from policy_engine.proving.cases import load_cases
from policy_engine.proving.facts import read_facts_file

FOLDER = Path(__file__).parents[1] / "problems"
MISTAKES = sorted(p for p in FOLDER.iterdir() if p.suffix in (".yaml", ".json"))


def complaint(path: Path, tmp_path: Path, city) -> PolicyError:
    """What is said about a file: by its name it is a rule, a list of documents, a case, or facts for a berth."""
    kind = path.name.partition("-")[0]
    with pytest.raises(PolicyError) as error:
        if kind == "facts":
            rule = city.rule("harbour.berth")
            source = read_facts_file(path)
            read_facts(rule, source.data, lambda name: source.place((name,)))
            city.decide("harbour.berth", source.data, as_of="2025-03-01")
        elif kind == "case":
            load_cases(path)
        else:
            at = tmp_path / {"rule": "town/rule.yaml", "documents": "documents.yaml"}[kind]
            at.parent.mkdir(exist_ok=True)
            at.write_bytes(path.read_bytes())
            book = policy_engine.load(tmp_path)
            assert book.documents is not None
            book.rule("town.rule")
    return error.value


@pytest.mark.parametrize("path", MISTAKES, ids=lambda p: p.stem)
def test_the_message_is_exactly_this(path, tmp_path, city, update):
    error = complaint(path, tmp_path, city)
    said = error.render("en") + "\n---\n" + error.render("zh") + "\n"
    said = said.replace(str(tmp_path) + "/", "").replace(str(FOLDER) + "/", "")
    expected = path.with_suffix(".txt")
    if update:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MISTAKES, ids=lambda p: p.stem)
def test_the_message_is_one_a_reader_can_use(path, tmp_path, city):
    for found in complaint(path, tmp_path, city).problems:
        assert found.code
        assert found.message.en != found.message.zh or found.code == "shape"
        for text in (found.message, found.help):
            for word in (
                "pydantic",
                "NoneType",
                "dictionary",
                "Traceback",
                "<class",
                "tuple",
                "constrained",
                "should be",
                "validation",
            ):
                assert text is None or word not in text.en, text.en


def test_every_recorded_message_has_its_mistake():
    assert {p.stem for p in FOLDER.glob("*.txt")} == {p.stem for p in MISTAKES}


def test_every_mistake_of_a_file_is_told_at_once(tmp_path, city):
    found = complaint(FOLDER / "rule-many-mistakes.yaml", tmp_path, city).problems
    assert [(p.code, p.place.line) for p in found] == [
        ("unknown-key", 3), ("value", 6), ("unknown-key", 7), ("name", 8), ("type", 14), ("syntax", 17), ("type", 20), ("missing-key", 22),
    ]  # fmt: skip
