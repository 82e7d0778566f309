"""Cases answered from the text of a document before its rules were looked at, each with the clause and the reasoning.

A file `tests/readers/<document>.yaml` has the shape of a scenario file; each case says `why` besides.
"""

import datetime as dt
from pathlib import Path

import pytest
import yaml

import policy_engine
from policy_engine.proving.cases import load_cases
from policy_engine.registers.proved import run

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yaml"))
LEAST = 40  # cases a document


@pytest.fixture(scope="module")
def book():
    return policy_engine.load()


def without_why(path, folder):
    """The file as a scenario file, and the reasons taken out of it."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    reasons = [case.pop("why", "") for case in data["cases"]]
    written = folder / path.name
    written.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return written, reasons


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_rules_answer_as_the_text_does(path, tmp_path, book):
    written, _ = without_why(path, tmp_path)
    results = [run(case, book, dt.date(2025, 3, 1)) for case in load_cases(written)]
    wrong = [
        f"{r.case.name.en}: {d.what}: expected {d.expected}, found {d.found}" for r in results for d in r.differences
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_document_has_many_cases_and_each_says_why(path, tmp_path):
    _, reasons = without_why(path, tmp_path)
    assert len(reasons) >= LEAST
    assert all(len(reason) >= 8 for reason in reasons), [i for i, reason in enumerate(reasons) if len(reason) < 8]
