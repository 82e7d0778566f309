"""Decisions and reports as JSON: the outcome itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from policy_engine.explaining.decision import FORMAT, Decision
from policy_engine.reports.summary import summary


def dump(value: object) -> str:
    """JSON as people read it: indented, Chinese unescaped."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def decision(found: Decision) -> str:
    """The JSON contract."""
    return dump(found.to_json())


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
