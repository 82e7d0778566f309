"""The JSON answers keep to their schema, and the schema says all there is: every field has its place and its line."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from streams import FACTS, feed, interleaved, line, random_case, trip, watching
from typer.testing import CliRunner

from policy_engine.doors.main import app
from policy_engine.reports import contract

ROOT = Path(__file__).parents[2]


def strict(part):
    """The schema with no room for fields it does not name; a finding in an event is one of an answer, or short."""
    if isinstance(part, list):
        return [strict(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {k: False if k == "additionalProperties" and v is True else strict(v) for k, v in part.items()}


def validator(name):
    found = strict(contract.schema(contract.ANSWERS[name]))
    if name == "event":  # a finding of an event is one of an answer and more
        findings = strict(contract.schema(contract.FindingJson))
        found["$defs"] = {**findings["$defs"], **found["$defs"]}
        found["$defs"]["Judged"]["properties"] = findings["properties"] | found["$defs"]["Judged"]["properties"]
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def mistakes(name, answer):
    return [f"{error.json_path}: {error.message}"[:300] for error in validator(name).iter_errors(answer)]


def test_the_answers_of_all_scenarios_keep_to_the_schema():
    """A new field of an answer has its line in `reports/contract.py` and in `docs/contract.md`."""
    ran = CliRunner().invoke(app, ["report", str(ROOT / "scenarios"), "--format", "json"])
    report = json.loads(ran.stdout)
    assert len(report["cases"]) > 1000
    assert mistakes("report", report) == []
    answer = {k: v for k, v in report["cases"][0].items() if k != "case"}
    assert mistakes("answer", answer) == []
    assert mistakes("answer", {**answer, "other": 1}) == [
        "$: Additional properties are not allowed ('other' was unexpected)"
    ]
    assert mistakes("answer", {k: v for k, v in answer.items() if k != "missing"})


@pytest.mark.parametrize("name", FACTS)
def test_the_answers_to_events_keep_to_the_schema(name):
    rng = random.Random(23)
    events = list(interleaved(rng, [random_case(rng, name, f"c{i}") for i in range(12)]))
    with watching(name) as watch:
        answers = feed(watch, [*events, {"id": "x"}, line("y", "c0", "nothing", "2025-01-01")])
        answers += [*watch.timeline("c1"), *watch.close_books(dt.date(2026, 1, 1))]
    found = validator("event")
    assert [error.message for answer in answers for error in found.iter_errors(answer)] == []


def test_an_engine_that_died_is_told_as_the_schema_says():
    with watching("government.trip", reading=lambda rules: None) as watch:
        watch._crash = lambda: {"engine": {"died": "SIGSEGV", "recovered": True}}
        assert [mistakes("event", answer) for answer in feed(watch, trip())] == [[]] * 4


def parts(part):
    """The classes an answer consists of."""
    return {cls.__name__: cls for cls in vars(contract).values() if isinstance(cls, type) and issubclass(cls, part)}


def test_every_field_has_its_line_in_the_documents():
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", text))
    assert {name for cls in parts(contract.Part).values() for name in cls.model_fields} - told == set()


@pytest.mark.parametrize("kind", contract.ANSWERS)
def test_the_command_prints_the_schema(kind):
    ran = CliRunner().invoke(app, ["schema", kind])
    assert json.loads(ran.stdout) == contract.schema(contract.ANSWERS[kind])
    assert '"title": "' not in ran.stdout
