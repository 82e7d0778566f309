"""Decisions and reports as JSON: the outcome itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policy_engine.basics.errors import Problem
from policy_engine.explaining.decision import FORMAT, Decision
from policy_engine.reports.summary import summary
from policy_engine.reports.written import answer, indented, one_line

if TYPE_CHECKING:
    from policy_engine.proving.scenarios import Result


def dump(value: object, indent: int | None = 1) -> str:
    """JSON as people read it: indented, Chinese unescaped; what a terminal would obey is written by its number."""
    return (one_line(value) if indent is None else indented(value, " " * indent)) + "\n"


def decision(found: Decision) -> str:
    """The JSON contract."""
    return answer(found) + "\n"


def report(decisions: Sequence[tuple[str, Decision]]) -> str:
    """Many cases: summary, then each decision with the name of its case."""
    total = summary([d for _, d in decisions])
    rows = [
        {
            "document": r.document.number,
            "decision": r.decision,
            "provision": r.provision.id,
            "counts": {str(s): n for s, n in r.counts.items()},
        }
        for r in total.rows
    ]
    cases = [{"case": name, **found.to_json()} for name, found in decisions]
    return dump(
        {
            "format": FORMAT,
            "summary": {
                "cases": len(cases),
                "outcomes": {str(o): n for o, n in total.outcomes.items()},
                "provisions": rows,
            },
            "cases": cases,
        }
    )


def results(found: Sequence[Result]) -> str:
    """Every scenario with where it is written and what differs."""
    rows = [
        {
            "file": r.case.place.file, "line": r.case.place.line, "decision": r.case.decision, "name": r.case.name.to_json(),
            "passed": r.passed,
            "differences": [
                dict(zip(("what", "expected", "found"), (d.what, *d.said("en")), strict=True)) for d in r.differences
            ],
        }
        for r in found
    ]  # fmt: skip
    failed = sum(not r.passed for r in found)
    return dump({"format": FORMAT, "passed": len(found) - failed, "failed": failed, "scenarios": rows})


def warnings(found: Sequence[Problem]) -> str:
    """Every warning with its code and where it is."""
    rows = [
        {
            "code": w.code, "file": w.place.file if w.place else None, "line": w.place.line if w.place else None,
            "column": w.place.column if w.place else None, "message": w.message.to_json(),
            "help": w.help.to_json() if w.help else None,
        }
        for w in found
    ]  # fmt: skip
    return dump({"format": FORMAT, "warnings": rows})
